# error: 2: enum 'a': '-' can only be the first word
enum a { x - }
