# SPDX-License-Identifier: LGPL-2.1-or-later
"""Back ends of xmlgen.py that are not C: RELAX NG and reference pages.

A grammar is a little wider than the engine: the rows of all cases of a switch are allowed
together, because libxml2 cannot have attributes depend on one another inside <interleave>.
What belongs to which case is checked by the engine, from the same rows.
"""
from __future__ import annotations

import os
from xml.sax.saxutils import escape, quoteattr

from xmlgen import UNITS, Row, Schema, Struct

DATA = {
    'string': '<text/>', 'mac': '<data type="string"><param name="pattern">[0-9a-fA-F]{1,2}(:[0-9a-fA-F]{1,2}){5}</param></data>',
    'ip': '<data type="string"><param name="pattern">[0-9a-fA-F:.]+</param></data>',
    'uint': '<data type="unsignedInt"/>', 'int': '<data type="int"/>', 'ull': '<data type="unsignedLong"/>',
    'll': '<data type="long"/>', 'double': '<data type="double"/>',
    'octal': '<data type="string"><param name="pattern">[0-7]+</param></data>',
    'uuid': '<data type="string"><param name="pattern">[0-9a-fA-F\\-]{32,36}</param></data>',
    'bitmap': '<data type="string"><param name="pattern">[0-9,\\-\\^ ]*</param></data>',
}
NUMBER = '<data type="string"><param name="pattern">(0[xX])?[0-9a-fA-F]+</param></data>'
# What a value looks like, for the reference pages.
TYPE_WORDS = {
    'string': 'text', 'mac': 'MAC address', 'ip': 'IPv4 or IPv6 address', 'uint': 'number', 'int': 'number, may be negative',
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
            return top if r.type in ('uint', 'ull') else f'<choice>{top}{HEX % hex_digits(int(r.max))}</choice>'
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

class Page:
    """The structs of one file as reStructuredText."""

    def __init__(self, schema: Schema):
        self.schema = schema
        self.out: list[str] = []

    def about(self, r: Row) -> str:
        bits = [r.doc] if r.doc else []
        if r.kind == 'FLAG':
            bits.append('present or not')
        elif r.kind in ('CHILD', 'LIST', 'ITEMS'):
            bits.append(f'{r.type}_')
        elif r.kind == 'RAW':
            bits.append('any content, kept as it is')
        elif r.type in self.schema.enums:
            bits.append('one of ' + ', '.join(f'``{w}``' for w in self.schema.enums[r.type].words if w != '-'))
        elif r.type:
            bits.append(TYPE_WORDS.get(r.type, 'text of a certain form'))
        if r.max:
            bits.append(f'at most {r.max}')
        if r.kind in ('LIST', 'LEAVES'):
            bits.append('any number')
        for flag, words in (('required', 'required'), ('secure', 'shown with the SECURE flag only'),
                            ('live', 'while running only'), ('abi', 'seen by the guest'), ('input', 'read, never written'),
                            ('status', 'in state files of the daemons only'), ('notmigratable', 'not sent along in a migration')):
            if flag in r.flags:
                bits.append(words)
        if r.default:
            bits.append(f'default ``{r.default}``')
        if r.when:
            bits.append(f'{"unless" if r.unless else "when"} {r.when[0]} {" or ".join(r.when[1:])}'.rstrip())
        if r.since:
            bits.append(f'since {r.since}')
        return '; '.join(bits)

    def rows(self, rows: list[Row], depth: int) -> None:
        pad = '  ' * depth
        for r in rows:
            if r.kind in ('SWITCH', 'CHOICE'):
                seen: dict[int, list[str]] = {}
                for w, c in r.cases.items():
                    seen.setdefault(id(c), []).append(w)
                for words in seen.values():
                    body = r.cases[words[0]]
                    if body:
                        self.out += [f'{pad}- where {r.member} is ' + ', '.join(f'``{w}``' for w in words) + ':', '']
                        self.rows(body, depth + 1)
                        self.out.append('')
            elif r.kind == 'MIXIN':
                self.out.append(f'{pad}- what {r.type}_ has')
            elif r.kind == 'ITEMS':
                self.out.append(f'{pad}- any number of {r.type}_')
            elif r.kind != 'VAR':
                name = 'text' if r.kind == 'TEXT' else f'``{r.name}``' if r.kind == 'ATTR' else f'``<{r.name}>``'
                about = self.about(r)
                self.out.append(f'{pad}- {name}' + (f': {about}' if about else ''))
                if r.rows:
                    self.out.append('')
                    self.rows(r.rows, depth + 1)
                    self.out.append('')

    def struct(self, s: Struct) -> None:
        title = f'<{s.element}>' if s.element else s.name
        label = ['', f'.. _{s.name}:'] if title != s.name else []   # a title is a target by itself
        self.out += label + ['', title, '-' * len(title), '', s.doc + '.', '']
        self.rows(s.rows, 0)

    def emit(self) -> str:
        name = os.path.splitext(os.path.basename(self.schema.file))[0]
        title = f'Format: {name}'
        self.out += [title, '=' * len(title), '',
                     f'Generated from ``{name}.xs``. Attributes and elements are listed in the order they are written.']
        structs = sorted(self.schema.structs.values(), key=lambda s: not s.element)
        for s in structs:
            self.struct(s)
        # One blank line is enough between blocks.
        text: list[str] = []
        for line in self.out:
            if line or (text and text[-1]):
                text.append(line)
        return '\n'.join(text) + '\n'


def emit_rst(schema: Schema) -> str:
    return Page(schema).emit()
