# SPDX-License-Identifier: LGPL-2.1-or-later
"""codec - the protocol's records and their XDR form, a second time and from the facts alone.

Nothing here comes from src/rpc/api: the layouts are those of tests/data/facts/wire.tsv, the limits those of limits.tsv.
Values are dicts, lists, ints, str, bytes and None; Many(n, v) is a list, text or bytes of n times v.  What is encoded is
a list of (bytes, times), so that the largest messages cost nothing to carry.
"""
from __future__ import annotations

import os
import re
import struct
from dataclasses import dataclass, field
from typing import Any, Iterator

FACTS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'data', 'facts')
STRING_MAX = 4194304
Segments = list[tuple[bytes, int]]
RUN = 64
SCALARS = {'int': '>i', 'unsigned int': '>I', 'hyper': '>q', 'unsigned hyper': '>Q', 'double': '>d', 'char': '>i',
           'unsigned char': '>I', 'unsigned short': '>I'}
EXTREMES: dict[str, list[Any]] = {
    'int': [-2**31, -1, 2**31 - 1], 'unsigned int': [2**31, 2**32 - 1], 'hyper': [-2**63, -1, 2**63 - 1],
    'unsigned hyper': [2**63, 2**64 - 1], 'double': [-1.5, 2.0**1000, 2.0**-1000], 'char': [-128, -1, 127],
    'unsigned char': [128, 255], 'unsigned short': [65535]}
# The one union: tag -> member and type.  The same in the programs remote and admin.
UNION = {1: ('i', 'int'), 2: ('ui', 'unsigned int'), 3: ('l', 'hyper'), 4: ('ul', 'unsigned hyper'), 5: ('d', 'double'),
         6: ('b', 'int'), 7: ('s', 'string')}


@dataclass(frozen=True)
class Many:
    times: int
    each: Any


@dataclass
class Field:
    name: str
    type: str
    array: str  # '', 'fixed', 'variable'
    max: int

    @property
    def optional(self) -> bool:
        return self.type.endswith('?')

    @property
    def base(self) -> str:
        return self.type.rstrip('?')


@dataclass
class Procedure:
    program: str
    number: int
    name: str
    kind: str  # call, event, event-legacy
    records: dict[str, list[Field]] = field(default_factory=dict)  # args, ret, msg, legacy


class Facts:
    def __init__(self, folder: str = FACTS) -> None:
        self.limits = {name: int(value) for name, value in self.read(folder, 'limits.tsv')}
        self.structs: dict[str, list[Field]] = {}
        self.procedures: list[Procedure] = []
        for row in self.read(folder, 'wire.tsv'):
            kind, program, number, name, first, second = (row + [''] * 6)[:6]
            if kind == 'struct':
                self.structs[name] = self.fields(first)
                continue
            if kind == 'async':
                continue
            proc = Procedure(program, int(number), name, kind)
            names = {'call': ('args', 'ret'), 'event': ('msg', ''), 'event-legacy': ('legacy', '')}[kind]
            for part, text in zip(names, (first, second)):
                if text:
                    proc.records[part] = self.fields(text)
                    self.structs[self.global_name(proc, part)] = proc.records[part]
            self.procedures.append(proc)

    @staticmethod
    def read(folder: str, name: str) -> Iterator[list[str]]:
        with open(os.path.join(folder, name), encoding='utf-8') as stream:
            for line in stream:
                if not line.startswith('#'):
                    yield line.rstrip('\n').split('\t')

    @staticmethod
    def global_name(proc: Procedure, part: str) -> str:
        return f'{proc.name.lower()}_{"msg" if part == "legacy" else part}'

    def fields(self, text: str) -> list[Field]:
        found = []
        for item in text.split('; '):
            match = re.fullmatch(r'(.+) (\w+?)(?:\[(\w+)\]|<(\w+)>)?', item)
            assert match, item
            kind, name, fixed, variable = match.groups()
            limit = fixed or variable
            found.append(Field(name, kind, 'fixed' if fixed else 'variable' if variable else '',
                               int(limit) if limit and limit.isdigit() else self.limits[limit] if limit else 0))
        return found

    # ---- encode ----

    def encode(self, fields: list[Field], value: dict[str, Any]) -> Segments:
        out: Segments = []
        for one in fields:
            self.put(one, value[one.name], out)
        return out

    def put(self, one: Field, value: Any, out: Segments) -> None:
        if one.array == 'fixed':
            out.append((b''.join(struct.pack('>i', x - 256 if x > 127 else x) for x in value), 1))
            return
        if one.array == 'variable':
            if one.type == 'opaque':
                self.put_bytes(value, out)
                return
            n = value.times if isinstance(value, Many) else len(value)
            out.append((struct.pack('>I', n), 1))
            if one.type == 'char':
                each = value.each if isinstance(value, Many) else value
                code = b''.join(struct.pack('>i', x - 256 if x > 127 else x) for x in each)
                out.append((code, n if isinstance(value, Many) else 1))
                return
            element = Field(one.name, one.type, '', 0)
            if isinstance(value, Many):
                inner: Segments = []
                self.put(element, value.each, inner)
                out.append((flat(inner), n))
            else:
                for item in value:
                    self.put(element, item, out)
            return
        if one.optional:
            out.append((struct.pack('>I', value is not None), 1))
            if value is None:
                return
        self.put_single(one.base, value, out)

    def put_single(self, kind: str, value: Any, out: Segments) -> None:
        if kind in SCALARS:
            out.append((struct.pack(SCALARS[kind], value), 1))
        elif kind == 'string':
            self.put_bytes(Many(value.times, value.each.encode()) if isinstance(value, Many) else value.encode(), out)
        elif kind == 'uuid':
            out.append((value, 1))
        elif kind == 'typed_param_value':
            tag = value['type']
            out.append((struct.pack('>i', tag), 1))
            if tag in UNION:
                self.put_single(UNION[tag][1], value[UNION[tag][0]], out)
        else:
            out += self.encode(self.structs[kind], value)

    @staticmethod
    def put_bytes(value: bytes | Many, out: Segments) -> None:
        n = value.times if isinstance(value, Many) else len(value)
        out.append((struct.pack('>I', n), 1))
        out.append((value.each, n) if isinstance(value, Many) else (value, 1))
        out.append((bytes(-n % 4), 1))

    # ---- decode ----

    def decode(self, fields: list[Field], data: bytes, at: int = 0) -> tuple[dict[str, Any], int]:
        value: dict[str, Any] = {}
        for one in fields:
            value[one.name], at = self.get(one, data, at)
        return value, at

    def get(self, one: Field, data: bytes, at: int) -> tuple[Any, int]:
        if one.array:
            if one.array == 'fixed':
                n = one.max
            else:
                n, at = word(data, at)
                assert n <= one.max, f'{one.name}: {n} entries of at most {one.max}'
            if one.type == 'opaque':
                return data[at:at + n], at + n + -n % 4
            if one.type == 'char':
                return bytes(struct.unpack_from('>i', data, at + 4 * i)[0] & 255 for i in range(n)), at + 4 * n
            items = []
            for _ in range(n):
                item, at = self.get(Field(one.name, one.type, '', 0), data, at)
                items.append(item)
            return items, at
        if one.optional:
            flag, at = word(data, at)
            assert flag in (0, 1), f'{one.name}: flag {flag}'
            if not flag:
                return None, at
        return self.get_single(one.base, data, at)

    def get_single(self, kind: str, data: bytes, at: int) -> tuple[Any, int]:
        if kind in SCALARS:
            form = SCALARS[kind]
            return struct.unpack_from(form, data, at)[0], at + struct.calcsize(form)
        if kind == 'string':
            n, at = word(data, at)
            assert n <= STRING_MAX and at + n <= len(data), f'a string of {n} bytes'
            return data[at:at + n].decode(), at + n + -n % 4
        if kind == 'uuid':
            return data[at:at + 16], at + 16
        if kind == 'typed_param_value':
            tag, at = word(data, at)
            name, sub = UNION[tag]
            value, at = self.get_single(sub, data, at)
            return {'type': tag, name: value}, at
        return self.decode(self.structs[kind], data, at)

    # ---- making values ----

    def value(self, fields: list[Field], style: str, salt: int = 1) -> dict[str, Any]:
        """@style 'empty': nothing that can be absent; 'one': one of all, no two members equal."""
        made = {}
        for number, one in enumerate(fields):
            made[one.name] = self.make(one, style, salt * 31 + number)
        return made

    def make(self, one: Field, style: str, salt: int) -> Any:
        full = style == 'one'
        if one.array == 'fixed':
            return bytes(1 + (salt + i) % 127 for i in range(one.max)) if full else bytes(one.max)
        if one.array == 'variable':
            if one.type in ('opaque', 'char'):
                return bytes([salt % 256]) if full else b''
            return [self.single(one.base, style, salt)] if full else []
        if one.optional and not full:
            return None
        return self.single(one.base, style, salt)

    def single(self, kind: str, style: str, salt: int) -> Any:
        full = style == 'one'
        if kind in ('char', 'unsigned char'):
            return salt % 127 if full else 0
        if kind == 'double':
            return salt + 0.25 if full else 0.0
        if kind in SCALARS:
            return salt % 30000 if full else 0
        if kind == 'string':
            return f'text{salt}' if full else ''
        if kind == 'uuid':
            return bytes((salt + i) % 256 for i in range(16)) if full else bytes(16)
        if kind == 'typed_param_value':
            tag = 1 + salt % 7 if full else 1
            name, sub = UNION[tag]
            return {'type': tag, name: self.single(sub, style, salt)}
        return self.value(self.structs[kind], style, salt)


def word(data: bytes, at: int) -> tuple[int, int]:
    return struct.unpack_from('>I', data, at)[0], at + 4


def flat(segments: Segments) -> bytes:
    return b''.join(text * times for text, times in segments)


def as_json(value: Any) -> Any:
    """As wire-tool writes it."""
    if isinstance(value, Many) and value.times > RUN:
        return {'times': value.times, 'each': as_json(value.each)}
    if isinstance(value, Many):
        return as_json(value.each * value.times if isinstance(value.each, (bytes, str)) else [value.each] * value.times)
    if isinstance(value, (bytes, bytearray)):
        if len(value) > RUN and len(set(value)) == 1:
            return {'times': len(value), 'each': bytes(value[:1]).hex()}
        return value.hex()
    if isinstance(value, dict):
        return {name: as_json(item) for name, item in value.items()}
    if isinstance(value, list):
        return [as_json(item) for item in value]
    return value


def plain(text: str) -> str:
    """A record's name without what our C names add."""
    return text.replace('_', '').lower().removeprefix('wire')

