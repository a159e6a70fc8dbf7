# error: 4: struct 'Thing' is defined twice
struct Thing "A thing"
    @a string
struct Thing "Again"
    @a string
