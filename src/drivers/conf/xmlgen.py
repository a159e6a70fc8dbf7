#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Turn a document schema (.xs) into C structs and tables, RELAX NG or a reference page.

    xmlgen.py c OUTDIR FILE.xs           NAME_gen.h and NAME_gen.c
    xmlgen.py rng OUTFILE STRUCT FILE.xs the grammar of one document
    xmlgen.py rst OUTFILE FILE.xs        its description
    xmlgen.py check FILE.xs...           only look for mistakes
    xmlgen.py gaps FILE.xs...            rows the reference pages say nothing of
    xmlgen.py list OUTFILE FILE.xs...    C tables of all structs and enums of these files, for tests

The language is described in docs/schema-language.rst.  Four steps: parse (Parser), check
(Checker), model (members, member tables) and emit (emit_*); errors are FILE:LINE: MESSAGE.
"""
from __future__ import annotations

import importlib
import os
import re
import sys
from dataclasses import dataclass, field
from types import ModuleType
from typing import Iterator

# name: C declaration (before the member, after it), owns memory
TYPES: dict[str, tuple[str, str, bool]] = {
    'string': ('char *', '', True), 'mac': ('char *', '', True), 'ip': ('char *', '', True),
    'uint': ('unsigned ', '', False), 'int': ('int ', '', False), 'ull': ('uint64_t ', '', False),
    'll': ('int64_t ', '', False), 'hex': ('unsigned ', '', False), 'hex64': ('uint64_t ', '', False),
    'octal': ('unsigned ', '', False), 'double': ('double ', '', False), 'kib': ('uint64_t ', '', False),
    'mib': ('uint64_t ', '', False), 'megs': ('uint64_t ', '', False), 'octets': ('uint64_t ', '', False),
    'pretty': ('uint64_t ', '', False), 'prettykib': ('uint64_t ', '', False), 'prettymegs': ('uint64_t ', '', False),
    'natural': ('unsigned ', '', False), 'positive': ('unsigned ', '', False), 'num': ('unsigned ', '', False), 'num64': ('uint64_t ', '', False),
    'bytes': ('uint64_t ', '', False), 'uuid': ('uint8_t ', '[16]', False),
    'bitmap': ('Bitmap *', '', True),
}
UNITS = ('kib', 'mib', 'megs', 'bytes', 'octets', 'pretty', 'prettykib', 'prettymegs')
FLAGS = {'required': 'XML_REQUIRED', 'always': 'XML_ALWAYS', 'abi': 'XML_ABI', 'secure': 'XML_SECURE',
         'live': 'XML_LIVE', 'status': 'XML_STATUS', 'input': 'XML_INPUT',
         'once': 'XML_ONCE', 'unread': 'XML_UNREAD'}
# Who may use a row, as docs/support.rst names them.
DRIVERS = ('qemu lxc xen bhyve ch vz vbox vmware esx hyperv openvz test network interface storage nodedev secret '
           'nwfilter').split()
VALUE_WORDS = ('as', 'since', 'default', 'bare', 'absent', 'max', 'at', 'when', 'unless', 'drivers')
KEYWORDS = set('auto bool break case char const continue default do double else enum extern float for goto if inline int '
               'long register restrict return short signed sizeof static struct switch typedef union unsigned void '
               'volatile while extra'.split())


class SchemaError(Exception):
    """A mistake in a schema; the text is FILE:LINE: MESSAGE."""


@dataclass
class Row:
    """One line of a schema; kinds are those of XmlKind plus VAR (a member that no XML shows)."""
    kind: str
    where: str
    name: str = ''
    type: str = ''
    arg: int = 0
    member: str = ''
    since: str = ''
    doc: str = ''
    default: str = ''
    bare: str = ''                                     # of an attribute: what its element means without it
    absent: str = ''                                   # for the reference page: what counts without a value
    drivers: list[str] = field(default_factory=list)   # those that use it; none: as the element around it
    max: str = ''
    opt: bool = False
    when: list[str] = field(default_factory=list)      # member, then values
    unless: bool = False
    place: str = ''                                    # bool member, '!' in front for the first place
    flags: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    cases: dict[str, list[Row]] = field(default_factory=dict)


@dataclass
class Enum:
    name: str
    where: str
    words: list[str]
    aliases: list[tuple[str, str]]
    file: str


@dataclass
class Struct:
    name: str
    element: str
    doc: str
    where: str
    file: str
    rows: list[Row] = field(default_factory=list)
    check: str = ''
    errors: tuple[str, str] = ('', '')                 # virErrorDomain and label of text that is no XML
    since: str = ''
    drivers: list[str] = field(default_factory=list)


@dataclass
class Schema:
    """Everything one file says, with what it imports."""
    file: str
    imports: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    enums: dict[str, Enum] = field(default_factory=dict)
    structs: dict[str, Struct] = field(default_factory=dict)
    shared: dict[str, list[Row]] = field(default_factory=dict)
    namespaces: list[tuple[str, str]] = field(default_factory=list)
    types: dict[str, str] = field(default_factory=dict)   # name: file
    patterns: dict[str, str] = field(default_factory=dict)   # what the text of a type looks like


# ---- parse ------------------------------------------------------------------

def snake(name: str) -> str:
    return re.sub(r'([a-z0-9])([A-Z])', r'\1_\2', re.sub(r'([A-Z]+)([A-Z][a-z])', r'\1_\2', name)).lower()


def member_name(name: str) -> str:
    return re.sub(r'\W', '_', snake(name.split(':')[-1]))


class Parser:
    """Reads statements: they end at a newline, a ';' or behind a brace; quotes protect all three.
    A line that is only a quoted text goes on with the text of what stands above it."""

    def __init__(self, path: str, schema: Schema):
        self.path, self.schema = path, schema
        self.toks: list[tuple[int, str]] = []
        words: list[str] = []
        with open(path, encoding='utf-8') as f:
            for n, line in enumerate(f, 1):
                for w in re.findall(r'"[^"]*"|#.*|[{};]|[^\s{};"#]+', line) + [';']:
                    if w[0] == '#':
                        continue
                    if w not in (';', '}'):
                        words.append(w)
                    if w in '{};' and words:
                        self.toks.append((n, ' '.join(words)))
                        words = []
                    if w == '}':
                        self.toks.append((n, w))
        self.i = 0

    def where(self) -> str:
        n = self.toks[min(max(self.i - 1, 0), len(self.toks) - 1)][0] if self.toks else 1
        return f'{os.path.basename(self.path)}:{n}'

    def fail(self, msg: str) -> SchemaError:
        return SchemaError(f'{self.where()}: {msg}')

    def peek(self) -> str:
        return self.toks[self.i][1] if self.i < len(self.toks) else ''

    def take(self) -> str:
        if self.i >= len(self.toks):
            raise self.fail("unexpected end of file; a '}' is missing")
        self.i += 1
        return self.toks[self.i - 1][1]

    def parse(self) -> None:
        s = self.schema
        while self.peek():
            t = self.take()
            if m := re.fullmatch(r'import ([\w-]+)', t):
                s.imports.append(m[1])
                path = os.path.join(os.path.dirname(self.path), m[1] + '.xs')
                if not os.path.exists(path):
                    raise self.fail(f"no file '{m[1]}.xs' to import")
                if path not in s.files:
                    s.files.append(path)
                    outer, s.imports = s.imports, []
                    Parser(path, s).parse()
                    s.imports = outer
            elif m := re.fullmatch(r'namespace (\w+) (\S+)', t):
                if (m[1], m[2]) not in s.namespaces:
                    s.namespaces.append((m[1], m[2]))
            elif m := re.fullmatch(r'type (\w+)(?: "(.+)")?', t):
                self.text_type(m[1])
                if m[2]:
                    s.patterns[m[1]] = m[2]
            elif m := re.fullmatch(r'enum (\w+)\s*{', t):
                self.enum(m[1])
            elif m := re.fullmatch(r'rows (\w+)\s*{', t):
                if m[1] in s.shared:
                    raise self.fail(f"rows '{m[1]}' are defined twice")
                s.shared[m[1]] = self.block()
            elif m := re.fullmatch(r'struct (\w+)(?: <([\w-]+)>)? "(.*)"', t):
                self.struct(m[1], m[2] or '', m[3])
            else:
                raise self.fail(f"unexpected '{t}'; expected import, namespace, type, enum, rows or struct")

    def text_type(self, name: str) -> None:
        """A kind of text that C code checks: a char * with an XmlType of its own."""
        if name in TYPES:
            raise self.fail(f"type '{name}' is defined twice")
        TYPES[name] = ('char *', '', True)
        self.schema.types[name] = self.path

    def enum(self, name: str) -> None:
        words: list[str] = []
        aliases: list[tuple[str, str]] = []
        where = self.where()
        if name in self.schema.enums:
            raise self.fail(f"enum '{name}' is defined twice")
        while self.peek() != '}':
            for w in self.take().split():
                if '=' in w:
                    old, new = w.split('=', 1)
                    aliases.append((old, new))
                elif w in words:
                    raise self.fail(f"enum '{name}' has '{w}' twice")
                else:
                    words.append(w)
        self.take()
        self.schema.enums[name] = Enum(name, where, words, aliases, self.path)

    def struct(self, name: str, element: str, doc: str) -> None:
        s = Struct(name, element, doc, self.where(), self.path)
        if name in self.schema.structs:
            raise self.fail(f"struct '{name}' is defined twice")
        while self.peek() and not re.match(r'(struct|enum|rows|import|namespace|type) \S+( <[\w-]+>)?( "|\s*{|$)', self.peek()):
            if m := re.fullmatch(r'check (\w+)', self.peek()):
                self.take()
                s.check = m[1]
            elif m := re.fullmatch(r'errors (VIR_FROM_\w+) (\w+)', self.peek()):
                self.take()
                s.errors = (m[1], m[2])
            elif m := re.fullmatch(r'since (\S+)', self.peek()):
                self.take()
                s.since = m[1]
            elif m := re.fullmatch(r'drivers ([\w ]+)', self.peek()):
                self.take()
                s.drivers = self.drivers(m[1].split())
            elif not s.rows and self.peek().startswith('"'):
                s.doc += ' ' + self.text()
            else:
                s.rows += self.row()
        self.schema.structs[name] = s

    def text(self) -> str:
        """The lines of text that come next, as one."""
        lines: list[str] = []
        while self.peek().startswith('"'):
            line = self.take()
            if not re.fullmatch(r'"[^"]*"( "[^"]*")*', line):
                raise self.fail(f"text and something else on a line without ';' between: '{line}'")
            lines.append(line.replace('" "', ' ').strip('"'))
        return ' '.join(lines)

    def drivers(self, names: list[str]) -> list[str]:
        for name in names:
            if name not in DRIVERS:
                raise self.fail(f"no driver is called '{name}'; xmlgen.py lists them as DRIVERS")
        return names

    def block(self) -> list[Row]:
        rows: list[Row] = []
        while self.peek() != '}':
            rows += self.row()
        self.take()
        return rows

    def cases(self, kind: str, member: str) -> list[Row]:
        row = Row(kind, self.where(), member=member)
        while self.peek() != '}':
            t = self.take()
            if not t.endswith('{'):
                raise self.fail(f"expected a case such as 'word {{', found '{t}'")
            words, body = t[:-1].split(), self.block()
            for w in words:
                if w in row.cases:
                    raise self.fail(f"case '{w}' is there twice")
                row.cases[w] = body
        self.take()
        return [row]

    def row(self) -> list[Row]:
        t = self.take()
        if m := re.fullmatch(r'(switch|choice) (\w+)\s*{', t):
            return self.cases(m[1].upper(), m[2])
        if t.endswith('{'):
            words = t[:-1].split()
            if not re.fullmatch(r'[\w:.-]+', words[0]):
                raise self.fail(f"cannot read '{t}'")
            row = Row('GROUP', self.where(), words[0])
            self.words(row, t[:-1].split(' ')[1:])
            row.doc = (row.doc + ' ' + self.text()).strip()
            row.rows = self.block()
            return [row]
        w = t.split(' ')
        if w[0] == 'use':
            if len(w) != 2 or w[1] not in self.schema.shared:
                raise self.fail(f"no rows '{' '.join(w[1:])}' above")
            return self.schema.shared[w[1]]
        if w[0] == 'include' and len(w) > 1:
            row = Row('MIXIN', self.where(), type=w[1], member=member_name(w[1]))
            self.words(row, w[2:])
            return [row]
        if w[0] == 'var' and len(w) == 3:
            return [Row('VAR', self.where(), type=w[1], member=w[2])]
        if w[0] == 'items[]' and len(w) > 1:
            row = Row('ITEMS', self.where(), type=w[1], member='items')
            self.words(row, w[2:])
            return [row]
        return [self.plain(t, w)]

    def plain(self, t: str, w: list[str]) -> Row:
        name = re.fullmatch(r'(@?)([\w:.-]+)(\[\])?', w[0])
        typ = re.fullmatch(r'(\w+)(?:\((\d+)\))?', w[1]) if len(w) > 1 else None
        if not name or not typ:
            raise self.fail(f"cannot read row '{t}'")
        if name[2] == '.':
            kind = 'TEXT'
        elif name[1]:
            kind = 'ATTR'
        elif name[3]:
            kind = 'LIST' if typ[1][0].isupper() else 'LEAVES'
        elif typ[1] in ('flag', 'raw'):
            kind = typ[1].upper()
        else:
            kind = 'CHILD' if typ[1][0].isupper() else 'LEAF'
        row = Row(kind, self.where(), '' if kind == 'TEXT' else name[2], typ[1], int(typ[2] or 0),
                  member_name(name[2]) + ('s' if name[3] else ''))
        self.words(row, w[2:])
        if kind == 'TEXT' and row.member == '_':
            row.member = 'text'
        return row

    def words(self, row: Row, rest: list[str]) -> None:
        """What stands behind the name and the type of a row, and its text."""
        rest = re.findall(r'"[^"]*"|[^\s"]+', ' '.join(rest))
        while rest:
            k = rest.pop(0)
            if k in FLAGS:
                row.flags.append(k)
            elif k == 'opt':
                row.opt = True
            elif k[0] == '"':
                row.doc = (row.doc + ' ' + k.strip('"')).strip()
            elif k in VALUE_WORDS and rest:
                values = [rest.pop(0).strip('"')]
                while k in ('when', 'unless', 'drivers') and rest and self.is_value(rest[0]):
                    values.append(rest.pop(0))
                if k in ('when', 'unless'):
                    row.unless, row.when = k == 'unless', values
                elif k == 'drivers':
                    row.drivers = self.drivers(values)
                else:
                    setattr(row, {'as': 'member', 'at': 'place'}.get(k, k), values[0])
            else:
                raise self.fail(f"unknown word '{k}'")
        row.doc = (row.doc + ' ' + self.text()).strip()

    @staticmethod
    def is_value(word: str) -> bool:
        return word not in FLAGS and word not in VALUE_WORDS and word != 'opt' and word[0] != '"'


BUILT_IN = dict(TYPES)


def load(path: str) -> Schema:
    TYPES.clear()
    TYPES.update(BUILT_IN)
    schema = Schema(path, files=[path])
    Parser(path, schema).parse()
    return schema


# ---- model ------------------------------------------------------------------

def walk(rows: list[Row]) -> Iterator[Row]:
    """All rows that hold a member of the same struct."""
    for r in rows:
        yield r
        if r.kind in ('GROUP', 'SWITCH', 'CHOICE'):
            yield from walk(r.rows)
            seen: list[int] = []
            for c in r.cases.values():
                if id(c) not in seen:
                    seen.append(id(c))
                    yield from walk(c)


@dataclass
class Member:
    kind: str
    type: str
    where: str
    name: str
    opt: bool = False
    default: str = ''


def members(s: Struct) -> dict[str, Member]:
    """The members of the C struct, in the order of their first row."""
    out: dict[str, Member] = {}
    for r in walk(s.rows):
        if r.kind in ('SWITCH', 'CHOICE') or r.kind == 'GROUP' and not r.member:
            continue
        kind = {'ATTR': 'VALUE', 'TEXT': 'VALUE', 'LEAF': 'VALUE', 'FLAG': 'BOOL', 'GROUP': 'BOOL',
                'VAR': 'VALUE'}.get(r.kind, r.kind)
        typ = 'bool' if kind == 'BOOL' else r.type
        if kind == 'VALUE' and typ == 'bool':
            kind = 'BOOL'
        m = out.setdefault(r.member, Member(kind, typ, r.where, r.member, r.opt))
        if (m.kind, m.type) != (kind, typ):
            raise SchemaError(f"{r.where}: member '{r.member}' is {typ} here and {m.type} at {m.where}")
        m.opt = m.opt or r.opt
        m.default = m.default or r.default
    return out


def camel(n: str) -> str:
    return ''.join(p[:1].upper() + p[1:] for p in n.split('_'))


def const(enum: str, word: str) -> str:
    return f'{enum}_{"unset" if word == "-" else re.sub(r"[^A-Za-z0-9]", "_", word)}'.upper()


def name_bit(name: str) -> int:
    """The same as name_bit() of src/util/xml.c."""
    value = 0
    for byte in name.split(':')[-1].encode():
        value = value * 5 + byte
    return value % 64


def declaration(schema: Schema, m: Member) -> str:
    if m.kind == 'BOOL':
        return f'bool {m.name};'
    if m.kind in ('LIST', 'ITEMS'):
        return f'GPtrArray *{m.name};  /* {m.type} */'
    if m.kind == 'LEAVES':
        return f'GPtrArray *{m.name};  /* char */'
    if m.kind == 'CHILD':
        return f'{m.type} *{m.name};'
    if m.kind == 'MIXIN':
        return f'{m.type} {m.name};'
    if m.kind == 'RAW':
        return f'char *{m.name};  /* the element as text */'
    if m.type in schema.enums:
        return f'{camel(m.type)} {m.name};'
    before, after, _ = TYPES[m.type]
    return f'{before}{m.name}{after};'


def declarations(schema: Schema, s: Struct) -> list[str]:
    """Those of all members: the large ones first, so that nothing is lost between them."""
    lines: dict[int, list[str]] = {8: [], 4: [], 1: []}
    for m in members(s).values():
        if m.opt:
            lines[1].append(f'bool has_{m.name};')
        line = declaration(schema, m)
        small = m.kind == 'BOOL' or m.kind == 'VALUE' and (m.type in schema.enums or m.type == 'uuid')
        middle = m.kind == 'VALUE' and re.match(r'(unsigned|int) ', line)
        lines[1 if small else 4 if middle else 8].append(line)
    return lines[8] + lines[4] + lines[1]


# ---- check ------------------------------------------------------------------

class Checker:
    """Rules of the language that need the whole schema."""

    def __init__(self, schema: Schema):
        self.schema = schema

    def fail(self, r: Row | Struct | Enum, msg: str) -> SchemaError:
        return SchemaError(f'{r.where}: {msg}')

    def check(self) -> None:
        for e in self.schema.enums.values():
            if not e.words:
                raise self.fail(e, f"enum '{e.name}' is empty")
            if len(e.words) > 255:
                raise self.fail(e, f"enum '{e.name}' has more words than a byte can tell apart")
            if '-' in e.words[1:]:
                raise self.fail(e, f"enum '{e.name}': '-' can only be the first word")
            for old, new in e.aliases:
                if new not in e.words:
                    raise self.fail(e, f"enum '{e.name}': alias '{old}' stands for '{new}', which is no word of it")
            consts = [const(e.name, w) for w in e.words] + [f'{e.name}_last'.upper()]
            for w in e.words:
                if consts.count(const(e.name, w)) > 1:
                    raise self.fail(e, f"enum '{e.name}': '{w}' and another word have the same C name")
        types: dict[str, str] = {}
        for n in [camel(e) for e in self.schema.enums] + list(self.schema.structs):
            if n in types:
                raise self.fail(self.schema.structs.get(n) or next(e for e in self.schema.enums.values() if camel(e.name) == n),
                                f"two types have the C name '{n}'")
            types[n] = n
        for s in self.schema.structs.values():
            if not s.rows:
                raise self.fail(s, f"struct '{s.name}' has no rows")
            own = members(s)
            self.rows(s, s.rows, own, set())
        for s in self.schema.structs.values():
            self.no_loop(s, [])

    def no_loop(self, s: Struct, path: list[str]) -> None:
        if s.name in path:
            raise self.fail(s, f"struct '{s.name}' includes itself")
        for r in walk(s.rows):
            if r.kind == 'MIXIN':
                self.no_loop(self.schema.structs[r.type], path + [s.name])

    def rows(self, s: Struct, rows: list[Row], own: dict[str, Member], above: set[str]) -> None:
        names: set[tuple[str, str]] = set()
        for r in rows:
            self.row(s, r, own, above)
            key = ('@' if r.kind == 'ATTR' else '', r.name)
            if r.name and key in names and not r.when:
                raise self.fail(r, f"'{r.name}' is there twice in one element")
            names.add(key)
            if r.member:
                above.add(r.member)
            self.rows(s, r.rows, own, above)
            for c in r.cases.values():
                self.rows(s, c, own, above)

    def enum_of(self, r: Row, own: dict[str, Member], member: str) -> Enum:
        if member not in own or own[member].type not in self.schema.enums:
            raise self.fail(r, f"'{member}' is no enum member of this struct")
        return self.schema.enums[own[member].type]

    def row(self, s: Struct, r: Row, own: dict[str, Member], above: set[str]) -> None:
        types = self.schema.structs if r.kind in ('CHILD', 'LIST', 'ITEMS', 'MIXIN') else None
        if types is not None and r.type not in types:
            raise self.fail(r, f"unknown struct '{r.type}'")
        if r.kind in ('ATTR', 'TEXT', 'LEAF') and r.type not in TYPES and r.type not in self.schema.enums:
            raise self.fail(r, f"unknown type '{r.type}'")
        if r.kind == 'VAR' and r.type != 'bool' and r.type not in TYPES and r.type not in self.schema.enums:
            raise self.fail(r, f"unknown type '{r.type}'")
        if r.kind == 'LEAVES' and r.type != 'string':
            raise self.fail(r, 'a list of plain values can only be of strings')
        if r.member in KEYWORDS:
            raise self.fail(r, f"'{r.member}' cannot be a member; name one with 'as'")
        if r.max and (not r.max.isdigit() or r.type not in ('uint', 'ull', 'num', 'hex', 'hex64')):
            raise self.fail(r, f"'max {r.max}' is no number, or '{r.type}' has none")
        if r.max and r.type.startswith('hex') and int(r.max) & (int(r.max) + 1):
            raise self.fail(r, f"'max {r.max}' of a hexadecimal value must have all lower bits set")
        if r.arg and r.type not in ('hex', 'hex64'):
            raise self.fail(r, f"type '{r.type}' takes no parameter")
        if ':' in r.name and r.name.split(':')[0] not in [p for p, _ in self.schema.namespaces]:
            raise self.fail(r, f"namespace '{r.name.split(':')[0]}' is not declared")
        if r.opt and r.kind not in ('ATTR', 'TEXT', 'LEAF'):
            raise self.fail(r, "'opt' is for values; presence of an element is 'as MEMBER'")
        if r.default:
            e = self.schema.enums.get(r.type)
            if e and r.default not in e.words:
                raise self.fail(r, f"default '{r.default}' is not in enum '{r.type}'")
            if not e and not re.fullmatch(r'-?\d+', r.default):
                raise self.fail(r, f"default '{r.default}' is no number")
        if r.bare:
            if r.kind != 'ATTR' or r.type not in self.schema.enums or r.bare not in self.schema.enums[r.type].words:
                raise self.fail(r, f"'bare {r.bare}' is for an attribute that is an enum with this word")
            if r.opt or r.place or own[r.member].default or {'required', 'input'} & set(r.flags):
                raise self.fail(r, "'bare' cannot stand with 'required', 'default', 'opt', 'input' or 'at'")
        if 'once' in r.flags and r.kind in ('ATTR', 'TEXT', 'LIST', 'LEAVES', 'ITEMS', 'MIXIN', 'CHOICE', 'SWITCH'):
            raise self.fail(r, "'once' is for a single element")
        if r.kind in ('SWITCH', 'CHOICE'):
            e = self.enum_of(r, own, r.member) if r.member in own else None
            if not e:
                raise self.fail(r, f"no member '{r.member}' to {r.kind.lower()} on")
            if r.kind == 'SWITCH' and r.member not in above:
                raise self.fail(r, f"'{r.member}' must come before its switch")
            for c in r.cases:
                if c not in e.words and c != '*':
                    raise self.fail(r, f"case '{c}' is not in enum '{e.name}'")
        if r.when:
            if r.when[0] not in own:
                raise self.fail(r, f"no member '{r.when[0]}' for 'when'")
            if len(r.when) > 1:
                e = self.enum_of(r, own, r.when[0])
                if len(e.words) > 64:
                    raise self.fail(r, f"enum '{e.name}' is too large for 'when'")
                for v in r.when[1:]:
                    if v not in e.words:
                        raise self.fail(r, f"'{v}' is not in enum '{e.name}'")
            elif own[r.when[0]].kind != 'BOOL' and not own[r.when[0]].type == 'bool':
                raise self.fail(r, f"'{r.when[0]}' is not a yes-or-no member; list values")
        if r.place and r.place.lstrip('!') not in own:
            raise self.fail(r, f"no member '{r.place.lstrip('!')}' to remember the place")
        if r.kind == 'ITEMS':
            sub = self.schema.structs[r.type]
            if [x.kind for x in sub.rows if x.kind != 'VAR'] != ['CHOICE']:
                raise self.fail(r, f"struct '{r.type}' must have one choice and no other row")


# ---- emit: C ----------------------------------------------------------------

def write(path: str, text: str) -> None:
    """Write @path unless it says so already, so that nothing is built again for nothing."""
    try:
        with open(path, encoding='utf-8') as f:
            if f.read() == text:
                return
    except FileNotFoundError:
        pass
    with open(path, 'w', encoding='utf-8') as f:
        f.write(text)


def embedded_first(structs: list[Struct]) -> list[Struct]:
    """The order C wants: a struct behind those it embeds."""
    out: list[Struct] = []
    by_name = {s.name: s for s in structs}

    def put(s: Struct) -> None:
        if s in out:
            return
        for r in walk(s.rows):
            if r.kind == 'MIXIN' and r.type in by_name:
                put(by_name[r.type])
        out.append(s)

    for s in structs:
        put(s)
    return out


def emit_header(schema: Schema) -> str:
    base = os.path.splitext(os.path.basename(schema.file))[0]
    o = [f'/* Generated by xmlgen.py from {base}.xs; do not edit. */', '#pragma once', '',
         '#include "util/bitmap.h"', '#include "util/xml.h"']
    o += [f'#include "drivers/conf/{i.replace("-", "_")}_gen.h"' for i in schema.imports] + ['']
    own = embedded_first([s for s in schema.structs.values() if s.file == schema.file])
    for e in schema.enums.values():
        if e.file != schema.file:
            continue
        o += ['typedef enum {'] + [f'    {const(e.name, w)},' for w in e.words]
        o += [f'    {e.name.upper()}_LAST', f'}} __attribute__((packed)) {camel(e.name)};',
              f'extern const XmlEnum {e.name}_enum;',
              f'extern const char *const {e.name}_words[];', '']
    o += [f'extern const XmlType xml_type_{t};' for t, f in schema.types.items() if f == schema.file]
    o += [f'typedef struct {s.name} {s.name};' for s in own]
    for s in own:
        o += ['', f'/* {s.doc} */', f'struct {s.name} {{', '    XmlExtra *extra;']
        o += [f'    {line}' for line in declarations(schema, s)]
        o += ['};', f'extern const XmlStruct {snake(s.name)}_xml;']
        if s.check:
            o.append(f'bool {s.check}(void *obj, unsigned flags, GError **error);')
        # Inner structs are freed with their document; drivers make and drop them too.
        o += ['', 'static inline void', f'{snake(s.name)}_free({s.name} *obj)', '{',
              f'    xml_free(&{snake(s.name)}_xml, obj);', '}',
              f'G_DEFINE_AUTOPTR_CLEANUP_FUNC({s.name}, {snake(s.name)}_free)']
    return '\n'.join(o) + '\n'


class Tables:
    """The const tables of one struct."""

    def __init__(self, schema: Schema, s: Struct):
        self.schema, self.s, self.own = schema, s, members(s)
        self.out: list[str] = []
        self.labels: set[str] = set()
        self.done: dict[int, str] = {}

    def label(self, want: str) -> str:
        want = re.sub(r'\W', '_', want)
        n = want
        i = 2
        while n in self.labels:
            n = f'{want}_{i}'
            i += 1
        self.labels.add(n)
        return n

    def offset(self, member: str) -> str:
        return f'offsetof({self.s.name}, {member})'

    def case_table(self, r: Row, label: str) -> str:
        enum = self.schema.enums[self.own[r.member].type]
        entries = []
        for w in enum.words:
            body = r.cases.get(w, r.cases.get('*', None))
            if body is None or not body:
                if body is not None and r.kind == 'CHOICE':
                    entries.append(f'[{const(enum.name, w)}] = {self.rows([], label + "_" + w)}')
                continue
            if id(body) not in self.done:
                self.done[id(body)] = self.rows(body, label + '_' + w)
            entries.append(f'[{const(enum.name, w)}] = {self.done[id(body)]}')
        name = self.label(label + '_cases')
        self.out.append(f'static const XmlField *const {name}[{enum.name.upper()}_LAST] = {{\n    '
                        + ',\n    '.join(entries) + '\n};')
        return name

    def condition(self, r: Row) -> list[str]:
        if r.place:
            first = r.place.startswith('!')
            return [f'.tag = {self.offset(r.place.lstrip("!"))}', f'.when = {1 if first else 2}']
        if not r.when:
            return []
        if len(r.when) == 1:
            return [f'.tag = {self.offset(r.when[0])}', '.when = 2']
        enum = self.own[r.when[0]].type
        bits = ' | '.join(f'UINT64_C(1) << {const(enum, v)}' for v in r.when[1:])
        return [f'.tag = {self.offset(r.when[0])}', f'.when = {bits}']

    def field(self, r: Row, label: str) -> str:
        flags = [FLAGS[f] for f in r.flags]
        if r.unless:
            flags.append('XML_UNLESS')
        if r.place:
            flags.append('XML_PLACE')
        if r.bare:
            flags.append('XML_BARE')
        init = [f'XML_{r.kind}']
        if flags:
            init.append('.flags = ' + ' | '.join(flags))
        if r.name:
            init.append(f'.name = "{r.name}", .bit = {name_bit(r.name)}')
        init += self.condition(r)
        if r.kind == 'GROUP':
            if r.member:
                init.append(f'.offset = {self.offset(r.member)}')
            init.append(f'.rows = {self.rows(r.rows, label + "_" + r.name)}')
        elif r.kind in ('SWITCH', 'CHOICE'):
            init += [f'.tag = {self.offset(r.member)}', f'.cases = {self.case_table(r, label)}']
            if r.kind == 'CHOICE':
                init.append(f'.names = &{self.own[r.member].type}_enum')
        else:
            init.append(f'.offset = {self.offset(r.member)}')
            default = self.own[r.member].default
            if r.opt or self.own[r.member].opt:
                init.append(f'.has = {self.offset("has_" + r.member)}')
            if r.kind in ('CHILD', 'LIST', 'ITEMS', 'MIXIN'):
                init.append(f'.sub = &{snake(r.type)}_xml')
            elif r.type in self.schema.enums:
                init += ['.type = &xml_type_enum', f'.words = &{r.type}_enum']
                if default or r.bare:
                    init.append(f'.def = {const(r.type, default or r.bare)}')
            elif r.type in TYPES:
                init.append(f'.type = &xml_type_{r.type}')
                if default:
                    init.append(f'.def = {default}')
            if r.arg:
                init.append(f'.arg = {r.arg}')
        return '    { ' + ', '.join(init) + ' },'

    def rows(self, rows: list[Row], label: str) -> str:
        body = [self.field(r, label) for r in rows if r.kind != 'VAR']
        name = self.label(label + '_rows')
        self.out.append(f'static const XmlField {name}[] = {{\n' + ''.join(b + '\n' for b in body) + '    { XML_END }\n};')
        return name

    def member_table(self) -> str:
        out = []
        for m in self.own.values():
            at = f'.offset = {self.offset(m.name)}'
            if m.kind in ('CHILD', 'LIST', 'ITEMS', 'MIXIN'):
                kind = 'LIST' if m.kind == 'ITEMS' else m.kind
                out.append(f'    {{ XML_{kind}, {at}, .sub = &{snake(m.type)}_xml }},')
            elif m.kind == 'LEAVES':
                out.append(f'    {{ XML_LEAVES, {at} }},')
            elif m.kind == 'RAW':
                out.append(f'    {{ XML_LEAF, {at}, .type = &xml_type_string }},')
            elif m.kind == 'VALUE' and m.type in TYPES and TYPES[m.type][2]:
                out.append(f'    {{ XML_LEAF, {at}, .type = &xml_type_{m.type} }},')
            elif m.default and m.type in self.schema.enums:
                out.append(f'    {{ XML_ATTR, {at}, .def = {const(m.type, m.default)}, .type = &xml_type_enum }},')
            elif m.default:
                out.append(f'    {{ XML_ATTR, {at}, .def = {m.default}, .type = &xml_type_{m.type} }},')
        name = f'{snake(self.s.name)}_members'
        self.out.append(f'static const XmlMember {name}[] = {{\n' + ''.join(x + '\n' for x in out) + '    { XML_END }\n};')
        return name

    def emit(self) -> list[str]:
        s = self.s
        name = snake(s.name)
        top = self.rows(s.rows, name)
        mem = self.member_table()
        ns = 'namespaces' if self.schema.namespaces else 'NULL'
        self.out.append(f'const XmlStruct {name}_xml = {{\n    "{s.name}", "{s.element}", sizeof({s.name}), {top}, {mem}, {ns}, '
                        f'{s.check or "NULL"}' + (f',\n    "{s.errors[1]}", {s.errors[0]}' if s.errors[0] else '') + '\n};\n')
        return self.out


def emit_source(schema: Schema) -> str:
    base = os.path.splitext(os.path.basename(schema.file))[0]
    o = [f'/* Generated by xmlgen.py from {base}.xs; do not edit. */',
         f'#include "{base.replace("-", "_")}_gen.h"', '', '#include <libvirt/virterror.h>', '#include <stddef.h>', '']
    if schema.namespaces and any(s.file == schema.file for s in schema.structs.values()):
        o += ['static const XmlNamespace namespaces[] = {'] + [f'    {{ "{p}", "{h}" }},' for p, h in schema.namespaces]
        o += ['    { NULL, NULL }', '};', '']
    for e in schema.enums.values():
        if e.file != schema.file:
            continue
        words = ', '.join('""' if w == '-' else f'"{w}"' for w in e.words)
        o.append(f'const char *const {e.name}_words[] = {{ {words}, NULL }};')
        aliases = 'NULL'
        if e.aliases:
            aliases = f'{e.name}_aliases'
            o.append(f'static const char *const {aliases}[] = {{ '
                     + ', '.join(f'"{a}", "{b}"' for a, b in e.aliases) + ', NULL };')
        o += [f'const XmlEnum {e.name}_enum = {{ "{e.name}", {e.name}_words, {aliases} }};', '']
    for s in schema.structs.values():
        if s.file == schema.file:
            o += Tables(schema, s).emit()
    # Every struct and enum of the file, for the tests that try them all.
    tag = base.replace('-', '_')
    o += [f'extern const XmlStruct *const {tag}_xml_structs[];', f'const XmlStruct *const {tag}_xml_structs[] = {{']
    o += [f'    &{snake(s.name)}_xml,' for s in schema.structs.values() if s.file == schema.file] + ['    NULL', '};']
    o += [f'extern const XmlEnum *const {tag}_xml_enums[];', f'const XmlEnum *const {tag}_xml_enums[] = {{']
    o += [f'    &{e.name}_enum,' for e in schema.enums.values() if e.file == schema.file] + ['    NULL', '};']
    return '\n'.join(o) + '\n'


def emit_list(paths: list[str]) -> str:
    tags = [os.path.splitext(os.path.basename(p))[0].replace('-', '_') for p in paths]
    o = ['/* Generated by xmlgen.py; do not edit. */', '#include "util/xml.h"', '']
    for kind, what in (('XmlStruct', 'structs'), ('XmlEnum', 'enums')):
        o += [f'extern const {kind} *const {t}_xml_{what}[];' for t in tags]
        o += [f'extern const {kind} *const *const all_xml_{what}[];', f'const {kind} *const *const all_xml_{what}[] = {{']
        o += [f'    {t}_xml_{what},' for t in tags] + ['    NULL', '};', '']
    return '\n'.join(o)


# ---- main -------------------------------------------------------------------

def backend() -> ModuleType:
    """The other back ends, loaded when needed; they import this file by its name."""
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    sys.dont_write_bytecode = True
    return importlib.import_module('xmldoc')


def main(argv: list[str]) -> int:
    if len(argv) < 2:
        sys.stderr.write(__doc__ or '')
        return 2
    try:
        mode, path = argv[0], argv[-1]
        if mode == 'check':
            for p in argv[1:]:
                Checker(load(p)).check()
            return 0
        if mode == 'gaps':
            missing = [line for p in argv[1:] for line in backend().gaps(load(p))]
            print('\n'.join(missing), end='\n' if missing else '')
            return 1 if missing else 0
        if mode == 'list':
            write(argv[1], emit_list(argv[2:]))
            return 0
        schema = load(path)
        Checker(schema).check()
        if mode == 'rng' and len(argv) == 4:
            if not schema.structs.get(argv[2]) or not schema.structs[argv[2]].element:
                raise SchemaError(f"{os.path.basename(path)}:1: no document '{argv[2]}'")
            write(argv[1], backend().emit_rng(schema, argv[2]))
        elif mode == 'rst' and len(argv) == 3:
            write(argv[1], backend().emit_rst(schema))
        elif mode == 'c' and len(argv) == 3:
            base = os.path.splitext(os.path.basename(path))[0].replace('-', '_')
            write(os.path.join(argv[1], base + '_gen.h'), emit_header(schema))
            write(os.path.join(argv[1], base + '_gen.c'), emit_source(schema))
        else:
            sys.stderr.write(__doc__ or '')
            return 2
    except SchemaError as e:
        print(e, file=sys.stderr)
        return 1
    except OSError as e:
        print(f'{e.filename}: {e.strerror}', file=sys.stderr)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
