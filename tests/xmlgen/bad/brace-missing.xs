# error: 4: unexpected end of file; a '}' is missing
struct Thing "A thing"
    group {
        @a string
