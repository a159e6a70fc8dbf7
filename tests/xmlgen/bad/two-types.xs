# error: 4: member 'a' is uint here and string at two-types.xs:3
struct Thing "A thing"
    @a string
    b uint as a
