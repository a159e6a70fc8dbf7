# error: 3: 'max 12' is no number, or 'string' has none
struct Sample "A sample"
    @slot string max 12
