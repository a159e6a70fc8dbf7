# error: 3: rows 'R' are defined twice
rows R { @a string }
rows R { @b string }
