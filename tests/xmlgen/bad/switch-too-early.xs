# error: 4: 'a' must come before its switch
enum a { x y }
struct Thing "A thing"
    switch a {
        x { @c string }
    }
    @a a
