# error: 3: 'default' cannot be a member; name one with 'as'
struct Thing "A thing"
    @default string
