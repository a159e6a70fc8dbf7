# error: 3: 'max 12' of a hexadecimal value must have all lower bits set
struct Sample "A sample"
    @slot hex(2) max 12
