# error: 3: no member 'b' to choice on
struct Thing "A thing"
    choice b {
        x { @c string }
    }
