# error: 3: unknown type 'strnig'
struct Thing "A thing"
    @a strnig
