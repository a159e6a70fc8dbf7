# error: 7: case 'x' is there twice
enum a { x y }
struct Thing "A thing"
    @a a
    switch a {
        x { @b string }
        x { @c string }
    }
