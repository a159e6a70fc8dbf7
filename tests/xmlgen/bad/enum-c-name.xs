# error: 2: enum 'a': 'x-y' and another word have the same C name
enum a { x-y x_y }
