# error: 3: unknown struct 'Other'
struct Thing "A thing"
    other Other
