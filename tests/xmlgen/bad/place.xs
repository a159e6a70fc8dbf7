# error: 3: no member 'inside' to remember the place
struct Thing "A thing"
    a string at inside
