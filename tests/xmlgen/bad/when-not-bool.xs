# error: 4: 'a' is not a yes-or-no member; list values
struct Thing "A thing"
    @a uint
    @b uint when a
