# error: 3: default 'z' is no number
struct Thing "A thing"
    @a uint default z
