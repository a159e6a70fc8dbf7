# error: 4: 'a' is no enum member of this struct
struct Thing "A thing"
    @a string
    switch a {
        x { @c string }
    }
