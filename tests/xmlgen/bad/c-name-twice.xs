# error: 3: two types have the C name 'Thing'
enum thing { x }
struct Thing "A thing"
    @a string
