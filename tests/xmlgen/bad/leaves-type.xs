# error: 3: a list of plain values can only be of strings
struct Thing "A thing"
    a[] uint
