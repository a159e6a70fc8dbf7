# error: 2: enum 'a' has 'x' twice
enum a { x y x }
