# error: 4: no member 'b' to switch on
struct Thing "A thing"
    @a string
    switch b {
        x { @c string }
    }
