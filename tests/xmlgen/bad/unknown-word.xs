# error: 3: unknown word 'sometimes'
struct Thing "A thing"
    @a string sometimes
