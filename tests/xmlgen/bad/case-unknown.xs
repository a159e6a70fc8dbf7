# error: 5: case 'z' is not in enum 'a'
enum a { x y }
struct Thing "A thing"
    @a a
    switch a {
        z { @b string }
    }
