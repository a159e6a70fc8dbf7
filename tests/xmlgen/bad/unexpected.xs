# error: 2: unexpected 'strcut Thing "x"'; expected import, namespace, type, enum, rows or struct
strcut Thing "x"
