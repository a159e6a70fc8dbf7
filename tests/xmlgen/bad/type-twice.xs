# error: 3: type 'odd' is defined twice
type odd
type odd
