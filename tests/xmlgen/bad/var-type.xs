# error: 3: unknown type 'widget'
struct Thing "A thing"
    var widget w
    @a string
