# error: 4: 'a' is there twice in one element
struct Thing "A thing"
    @a string
    @a string as b
