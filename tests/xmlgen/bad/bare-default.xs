# error: 4: 'bare' cannot stand with 'required', 'default', 'opt', 'input' or 'at'
enum a { - x y }
struct Thing "A thing"
    @a a default x bare y
