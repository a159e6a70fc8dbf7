# error: 4: 'bare z' is for an attribute that is an enum with this word
enum a { - x y }
struct Thing "A thing"
    @a a bare z
