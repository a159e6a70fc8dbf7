# error: 5: struct 'Other' must have one choice and no other row
struct Other "x"
    @a string
struct Thing "A thing"
    items[] Other as others
