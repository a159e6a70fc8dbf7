# error: 3: cannot read row '@a'
struct Thing "A thing"
    @a
