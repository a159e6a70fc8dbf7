# error: 4: 'once' is for a single element
struct Part "x"
    @a  string
    @b  string once
