# error: 6: expected a case such as 'word {', found '@b string'
enum a { x y }
struct Thing "A thing"
    @a a
    switch a {
        @b string
    }
