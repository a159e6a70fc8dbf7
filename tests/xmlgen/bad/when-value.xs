# error: 5: 'z' is not in enum 'a'
enum a { x y }
struct Thing "A thing"
    @a a
    @b uint when a z
