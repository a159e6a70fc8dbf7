# error: 2: enum 'a' is empty
enum a { }
