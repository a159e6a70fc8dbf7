# error: 3: namespace 'q' is not declared
struct Thing "A thing"
    q:a string
