# SPDX-License-Identifier: LGPL-2.1-or-later
"""Back ends of xmlgen.py that are not C: RELAX NG and reference pages.

A grammar is a little wider than the engine: the rows of all cases of a switch are allowed
together, because libxml2 cannot have attributes depend on one another inside <interleave>.
What belongs to which case is checked by the engine, from the same rows.
"""
from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from xml.sax.saxutils import escape, quoteattr

from xmlgen import UNITS, Row, Schema, Struct

DATA = {
    'string': '<text/>', 'mac': '<data type="string"><param name="pattern">[0-9a-fA-F]{1,2}(:[0-9a-fA-F]{1,2}){5}</param></data>',
    'ip': '<data type="string"><param name="pattern">[0-9a-fA-F:.]+</param></data>',
    'uint': '<data type="unsignedInt"/>', 'natural': '<data type="unsignedInt"/>',
    'positive': '<data type="unsignedInt"><param name="minInclusive">1</param></data>', 'int': '<data type="int"/>', 'ull': '<data type="unsignedLong"/>',
    'll': '<data type="long"/>', 'double': '<data type="double"/>',
    'octal': '<data type="string"><param name="pattern">[0-7]+</param></data>',
    'uuid': '<data type="string"><param name="pattern">[0-9a-fA-F\\-]{32,36}</param></data>',
    'bitmap': '<data type="string"><param name="pattern">[0-9,\\-\\^ ]*</param></data>',
}
NUMBER = '<data type="string"><param name="pattern">(0[xX])?[0-9a-fA-F]+</param></data>'
# What a value looks like, for the reference pages.
TYPE_WORDS = {
    'string': 'text', 'mac': 'MAC address', 'ip': 'IPv4 or IPv6 address', 'uint': 'number', 'natural': 'number', 'positive': 'number', 'int': 'number, may be negative',
    'ull': 'number of 64 bits', 'll': 'number of 64 bits, may be negative', 'hex': 'number, hexadecimal with ``0x``',
    'hex64': 'number of 64 bits, hexadecimal with ``0x``', 'num': 'number, decimal or hexadecimal',
    'num64': 'number of 64 bits, decimal or hexadecimal', 'octal': 'octal number', 'double': 'number with a fraction',
    'uuid': 'UUID', 'bitmap': 'list such as ``0-3,^2,8``', 'kib': 'size, in KiB unless ``unit`` says otherwise',
    'mib': 'size, in MiB unless ``unit`` says otherwise', 'megs': 'size, in MiB unless ``unit`` says otherwise',
    'bytes': 'size, in bytes unless ``unit`` says otherwise', 'octets': 'size, in bytes unless ``unit`` says otherwise',
    'pretty': 'size, in bytes unless ``unit`` says otherwise',
}
UNIT = '<optional><attribute name="unit"/></optional>'


HEX = '<data type="string"><param name="pattern">0[xX]0*%s</param></data>'


def hex_digits(top: int) -> str:
    """The digits of numbers up to @top, all of whose lower bits are set."""
    digits, first = divmod(top.bit_length(), 4)
    head = f'[0-{2 ** first - 1}]' if first else ''
    return f'{head}?[0-9a-fA-F]{{1,{digits}}}'.lstrip('?') if digits else head


class Grammar:
    """One document as RELAX NG."""

    def __init__(self, schema: Schema):
        self.schema = schema
        self.wanted: list[str] = []

    def value(self, r: Row) -> str:
        if r.type in self.schema.enums:
            e = self.schema.enums[r.type]
            words = [w for w in e.words if w != '-'] + [a for a, _ in e.aliases]
            return '<choice>' + ''.join(f'<value>{escape(w)}</value>' for w in words) + '</choice>'
        if r.type in self.schema.types:
            pattern = self.schema.patterns.get(r.type)
            return f'<data type="string"><param name="pattern">{escape(pattern)}</param></data>' if pattern else '<text/>'
        if r.max:
            top = f'<data type="unsignedLong"><param name="maxInclusive">{r.max}</param></data>'
            return top if r.type in ('uint', 'natural', 'ull') else f'<choice>{top}{HEX % hex_digits(int(r.max))}</choice>'
        return DATA.get(r.type, '<data type="unsignedLong"/>' if r.type in UNITS else NUMBER)

    def element(self, name: str, body: str) -> str:
        ns = ''
        if ':' in name:
            prefix, name = name.split(':')
            ns = f' ns={quoteattr(dict(self.schema.namespaces)[prefix])}'
        return f'<element name="{name}"{ns}>{body or "<empty/>"}</element>'

    def ref(self, struct: str) -> str:
        if struct not in self.wanted:
            self.wanted.append(struct)
        return f'<ref name="{struct}"/>'

    def flatten(self, rows: list[Row], optional: bool) -> list[tuple[Row, bool]]:
        """Rows of one element, those of switches and embedded structs among them; and whether
        each may be absent."""
        out: list[tuple[Row, bool]] = []
        for r in rows:
            if r.kind == 'SWITCH':
                seen: list[int] = []
                for c in r.cases.values():
                    if id(c) not in seen:
                        seen.append(id(c))
                        out += self.flatten(c, True)
            elif r.kind == 'MIXIN':
                out += self.flatten(self.schema.structs[r.type].rows, optional)
            elif r.kind != 'VAR':
                out.append((r, optional or 'required' not in r.flags or bool(r.when)))
        return out

    def one(self, r: Row) -> str:
        if r.kind == 'LEAF':
            return self.element(r.name, (UNIT if r.type in UNITS else '') + self.value(r))
        if r.kind == 'LEAVES':
            return self.element(r.name, '<text/>')
        if r.kind == 'RAW':
            return self.element(r.name, self.ref('anything'))
        if r.kind in ('CHILD', 'LIST'):
            return self.element(r.name, self.ref(r.type))
        return self.element(r.name, '<empty/>')

    def choice(self, r: Row) -> str:
        seen: dict[int, list[str]] = {}
        for word, rows in r.cases.items():
            seen.setdefault(id(rows), []).append(word)
        return ''.join(self.element(w, self.content(r.cases[w])) for words in seen.values() for w in words)

    def content(self, rows: list[Row], optional: bool = False) -> str:
        """Attributes first, then one interleave: elements of one name are one pattern in it."""
        attrs: dict[str, list[tuple[Row, bool]]] = {}
        elems: dict[str, list[tuple[Row, bool]]] = {}
        text: list[Row] = []
        parts: list[str] = []
        unit = False
        for r, opt in self.flatten(rows, optional):
            if r.kind == 'ATTR':
                attrs.setdefault(r.name, []).append((r, opt))
                unit = unit or r.type in UNITS
            elif r.kind == 'TEXT':
                text.append(r)
                unit = unit or r.type in UNITS
            elif r.kind == 'CHOICE':
                parts.append(f'<zeroOrMore><choice>{self.choice(r)}</choice></zeroOrMore>')
            elif r.kind == 'ITEMS':
                inner = next(x for x in self.schema.structs[r.type].rows if x.kind == 'CHOICE')
                parts.append(f'<zeroOrMore><choice>{self.choice(inner)}</choice></zeroOrMore>')
            else:
                elems.setdefault(r.name, []).append((r, opt))
        out = UNIT if unit and 'unit' not in attrs else ''
        for name, found in attrs.items():
            values = list(dict.fromkeys(self.value(r) for r, _ in found))
            x = f'<attribute name="{name}">' + (values[0] if len(values) == 1 else f'<choice>{"".join(values)}</choice>')
            x += '</attribute>'
            out += x if all(not o for _, o in found) else f'<optional>{x}</optional>'
        for name, found in elems.items():
            groups = [x for r, _ in found if r.kind == 'GROUP' for x in r.rows]
            pats = [self.one(r) for r, _ in found if r.kind != 'GROUP']
            if any(r.kind == 'GROUP' for r, _ in found):
                pats.append(self.element(name, self.content(groups, len(found) > 1)))
            pats = list(dict.fromkeys(pats))
            x = pats[0] if len(pats) == 1 else f'<choice>{"".join(pats)}</choice>'
            if any(r.kind in ('LIST', 'LEAVES') for r, _ in found):
                x = f'<zeroOrMore>{x}</zeroOrMore>'
            elif any(o for _, o in found):
                x = f'<optional>{x}</optional>'
            parts.append(x)
        if text and parts:
            parts.append('<text/>')
        elif text:
            out += self.value(text[0]) if 'required' in text[0].flags else f'<choice>{self.value(text[0])}<empty/></choice>'
        return out + (f'<interleave>{"".join(parts)}</interleave>' if len(parts) > 1 else ''.join(parts))

    def emit(self, top: str) -> str:
        s = self.schema.structs[top]
        o = ['<?xml version="1.0"?>', f'<!-- Generated by xmlgen.py from {os.path.basename(self.schema.file)}; do not edit. -->',
             '<grammar xmlns="http://relaxng.org/ns/structure/1.0" '
             'datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes">',
             f'<start><element name="{s.element}">{self.ref(top)}</element></start>']
        done = 0
        while done < len(self.wanted):
            name = self.wanted[done]
            done += 1
            if name == 'anything':
                body = ('<zeroOrMore><choice><attribute><anyName/></attribute><text/>'
                        '<element><anyName/><ref name="anything"/></element></choice></zeroOrMore>')
            else:
                body = self.content(self.schema.structs[name].rows) or '<empty/>'
            o.append(f'<define name="{name}">{body}</define>')
        return '\n'.join(o + ['</grammar>']) + '\n'


def emit_rng(schema: Schema, top: str) -> str:
    return Grammar(schema).emit(top)


# ---- reference pages ---------------------------------------------------------

COLUMNS = ('Name', 'Meaning', 'Value', 'If absent', 'Since', 'Drivers')
FLAG_WORDS = {'secure': 'shown with the SECURE flag only', 'live': 'while running only', 'abi': 'seen by the guest',
              'unread': 'made while running, not read from a definition',
              'unread': 'made while running, not read from a definition',
              'input': 'read, never written', 'status': 'in state files of the daemons only'}


@dataclass(frozen=True)
class Place:
    """What a row takes over from what stands around it."""
    path: str = ''
    since: str = ''
    drivers: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()

    def inside(self, r: Row) -> Place:
        # Rows that several structs share may be older than the place they stand in here.
        since = max(self.since, r.since, key=lambda text: [int(n) for n in re.findall(r'\d+', text)])
        return replace(self, since=since, drivers=tuple(r.drivers) or self.drivers)


class Page:
    """The structs of one file as reStructuredText: a table each, a line for every row."""

    def __init__(self, schema: Schema):
        self.schema = schema
        self.own = [s for s in schema.structs.values() if s.file == schema.file]
        self.out: list[str] = []

    def link(self, struct: str) -> str:
        s = self.schema.structs[struct]
        page = '' if s in self.own else os.path.splitext(os.path.basename(s.file))[0] + '.rst'
        title = self.title(s)
        return f'{struct}_' if not page else f'`{struct} <{page}#{re.sub("[^a-z0-9]+", "-", title.lower()).strip("-")}>`__'

    @staticmethod
    def title(s: Struct) -> str:
        return f'<{s.element}>' if s.element else s.name

    def value(self, r: Row) -> str:
        if r.kind == 'FLAG':
            bits = ['there or not']
        elif r.kind in ('CHILD', 'LIST', 'ITEMS', 'MIXIN'):
            bits = [self.link(r.type)]
        elif r.kind == 'RAW':
            bits = ['any content, kept as it is']
        elif r.kind == 'GROUP':
            bits = ['element']
        elif r.type in self.schema.enums:
            bits = [', '.join(f'``{w}``' for w in self.schema.enums[r.type].words if w != '-')]
        else:
            bits = [TYPE_WORDS.get(r.type, 'text of a certain form')]
        if r.max:
            bits.append(f'at most {r.max}')
        if r.kind in ('LIST', 'LEAVES', 'ITEMS'):
            bits.append('any number')
        return '; '.join(bits + [words for flag, words in FLAG_WORDS.items() if flag in r.flags])

    def meaning(self, r: Row, place: Place) -> str:
        bits = [r.doc or (self.schema.structs[r.type].doc if r.type in self.schema.structs else '')]
        bits += [f'Only {c}.' for c in place.cases]
        if r.when:
            bits.append(f'Written {"unless" if r.unless else "when"} {r.when[0]} {"is" if r.when[1:] else "is set"} '
                        f'{" or ".join(f"``{w}``" for w in r.when[1:])}'.rstrip() + '.')
        return ' '.join(b if b.endswith('.') else b + '.' for b in bits if b)

    def line(self, name: str, r: Row, place: Place) -> None:
        here = place.inside(r)
        other = self.schema.structs.get(r.type)   # what its table says holds for the way to it
        if other:
            here = here.inside(Row('', '', since=other.since, drivers=r.drivers or other.drivers))
        counts = r.bare or r.default
        absent = 'an error' if 'required' in r.flags else r.absent or (f'``{counts}``' if counts else '')
        cells = [name, self.meaning(r, place), self.value(r), absent, here.since, ', '.join(here.drivers) or 'all']
        self.out += [f'   {"* -" if i == 0 else "  -"} {text}'.rstrip() for i, text in enumerate(cells)]

    def rows(self, rows: list[Row], place: Place) -> None:
        for r in rows:
            if r.kind in ('SWITCH', 'CHOICE'):
                self.cases(r, place)
            elif r.kind in ('MIXIN', 'ITEMS'):
                self.line('*more*', r, place)
            elif r.kind != 'VAR':
                path = place.path + ('text' if r.kind == 'TEXT' else ('@' if r.kind == 'ATTR' else '') + r.name)
                self.line(f'``{path}``', r, place)
                self.rows(r.rows, replace(place.inside(r), path=path + '/'))

    def cases(self, r: Row, place: Place) -> None:
        seen: dict[int, list[str]] = {}
        for w, c in r.cases.items():
            seen.setdefault(id(c), []).append(w)
        for words in seen.values():
            names = ['otherwise' if w == '*' else 'unset' if w == '-' else f'``{w}``' for w in words]
            if r.kind == 'CHOICE':
                head = Row('GROUP', r.where, doc='An element of one of these names')
                self.line(', '.join(f'``<{w}>``' for w in words), head, place)
            case = f'where {r.member} is {" or ".join(names)}' if r.kind == 'SWITCH' else f'in {" or ".join(names)}'
            self.rows(r.cases[words[0]], replace(place, cases=(*place.cases, case)))

    def struct(self, s: Struct) -> None:
        title = self.title(s)
        label = ['', f'.. _{s.name}:'] if title != s.name else []   # a title is a target by itself
        self.out += label + ['', title, '-' * len(title), '', s.doc + ('' if s.doc.endswith('.') else '.'), '']
        self.out += ['.. list-table::', '   :header-rows: 1', '']
        self.out += [f'   {"* -" if i == 0 else "  -"} {c}' for i, c in enumerate(COLUMNS)]
        self.rows(s.rows, Place('', s.since, tuple(s.drivers)))

    def emit(self) -> str:
        name = os.path.splitext(os.path.basename(self.schema.file))[0]
        title = f'Format: {name}'
        self.out += [title, '=' * len(title), '',
                     f'Generated from ``{name}.xs``. Lines are in the order in which things are written; ``@`` marks attributes,',
                     '*text* is the content of the element, *more* the lines of another table.']
        for s in sorted(self.own, key=lambda s: not s.element):
            self.struct(s)
        return '\n'.join(self.out) + '\n'


def emit_rst(schema: Schema) -> str:
    return Page(schema).emit()


def gaps(schema: Schema) -> list[str]:
    """What the reference page of @schema does not say: WHERE: WHAT."""
    out: list[str] = []

    def look(rows: list[Row], path: str) -> None:
        for r in rows:
            here = f'{path}/{"@" if r.kind == "ATTR" else ""}{r.name or "text"}'
            if r.kind in ('SWITCH', 'CHOICE'):
                for c in {id(c): c for c in r.cases.values()}.values():
                    look(c, path)
            elif r.kind not in ('VAR', 'MIXIN', 'ITEMS') and not r.doc and r.type not in schema.structs:
                out.append(f'{r.where}: {here} has no text')
            look(r.rows, here)

    for s in schema.structs.values():
        if s.file == schema.file:
            if not s.since:
                out.append(f'{s.where}: {s.name} has no since')
            look(s.rows, s.element or s.name)
    return list(dict.fromkeys(out))
