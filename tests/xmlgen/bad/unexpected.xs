# error: 2: unexpected 'strcut Thing "x"'; expected import, namespace, enum, rows or struct
strcut Thing "x"
