# error: 2: struct 'Thing' includes itself
struct Thing "A thing"
    include Other
struct Other "x"
    include Thing
