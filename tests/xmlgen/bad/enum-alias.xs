# error: 2: enum 'a': alias 'y' stands for 'z', which is no word of it
enum a { x y=z }
