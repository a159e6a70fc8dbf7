# error: 5: 'opt' is for values; presence of an element is 'as MEMBER'
struct Other "x"
    @a string
struct Thing "A thing"
    a Other opt
