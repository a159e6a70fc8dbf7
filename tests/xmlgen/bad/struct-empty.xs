# error: 2: struct 'Thing' has no rows
struct Thing "A thing"
