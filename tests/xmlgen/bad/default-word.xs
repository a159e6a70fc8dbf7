# error: 4: default 'z' is not in enum 'a'
enum a { x y }
struct Thing "A thing"
    @a a default z
