# error: 4: text and something else on a line without ';' between: '"A b" @b string'
struct Thing "A thing"
    a {
        "A b" @b string
    }
