# error: 3: no member 'b' for 'when'
struct Thing "A thing"
    @a uint when b x
