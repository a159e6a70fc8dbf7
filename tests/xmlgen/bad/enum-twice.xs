# error: 3: enum 'a' is defined twice
enum a { x }
enum a { y }
