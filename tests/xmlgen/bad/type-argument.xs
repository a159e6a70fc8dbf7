# error: 3: type 'uint' takes no parameter
struct Thing "A thing"
    @a uint(4)
