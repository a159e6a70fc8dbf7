# error: 3: no rows 'R' above
struct Thing "A thing"
    use R
