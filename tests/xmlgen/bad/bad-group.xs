# error: 3: cannot read '@a {'
struct Thing "A thing"
    @a {
        @b string
    }
