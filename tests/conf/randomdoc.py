# SPDX-License-Identifier: LGPL-2.1-or-later
"""Random documents from a RELAX NG schema: same seed, same documents, every one valid.

Each optional part is a throw of dice; what makes documents end is a budget of elements, behind which
the cheapest choice is taken.  Values are such as people write, not all that the pattern of a
schema would let through (no 299.0.0.1, no 10^30).
"""
from __future__ import annotations

import random
import re
from typing import Callable, Optional
from xml.sax.saxutils import escape, quoteattr

from relaxng import Grammar, Pattern

FOREVER = 10 ** 6


class Sampler:
    """Text that a regular expression of XML Schema matches."""

    PRINTABLE = 'abcxyzABCXYZ0123456789_.-+:/@ '

    def __init__(self, pattern: str, rng: random.Random):
        self.pattern, self.rng, self.i = pattern, rng, 0

    def sample(self) -> str:
        return self.alternatives()

    def alternatives(self) -> str:
        found = [self.branch()]
        while self.i < len(self.pattern) and self.pattern[self.i] == '|':
            self.i += 1
            found.append(self.branch())
        return self.rng.choice(found)

    def branch(self) -> str:
        out = ''
        while self.i < len(self.pattern) and self.pattern[self.i] not in '|)':
            start = self.i
            atom = self.atom()
            low, high = self.quantifier()
            end = self.i
            for n in range(self.rng.randint(low, high)):
                self.i = start
                out += atom if n == 0 else self.atom()
            self.i = end
        return out

    def quantifier(self) -> tuple[int, int]:
        m = re.compile(r'\?|\*|\+|\{(\d+)(,?)(\d*)\}').match(self.pattern, self.i)
        if not m:
            return 1, 1
        self.i = m.end()
        if m[0] in '?*+':
            return {'?': (0, 1), '*': (0, 6), '+': (1, 6)}[m[0]]
        low = int(m[1])
        return low, low if not m[2] else min(int(m[3]), low + 8) if m[3] else low + 4

    def atom(self) -> str:
        c = self.pattern[self.i]
        self.i += 1
        if c == '(':
            out = self.alternatives()
            self.i += 1
            return out
        if c == '[':
            return self.rng.choice(self.charset())
        if c == '\\':
            return self.escaped()
        return self.rng.choice(self.PRINTABLE) if c == '.' else c

    def escaped(self) -> str:
        c = self.pattern[self.i]
        self.i += 1
        return {'n': '\n', 't': '\t', 's': ' ', 'd': '7'}.get(c, c)

    def charset(self) -> list[str]:
        negated = self.pattern[self.i] == '^'
        self.i += negated
        out: list[str] = []
        while self.pattern[self.i] != ']':
            c = self.pattern[self.i]
            self.i += 1
            c = self.escaped() if c == '\\' else c
            if self.pattern[self.i] == '-' and self.pattern[self.i + 1] != ']':
                high = self.pattern[self.i + 1]
                self.i += 2
                out += [chr(n) for n in range(ord(c), ord(high) + 1)]
            else:
                out.append(c)
        self.i += 1
        return [c for c in self.PRINTABLE if c not in out] if negated else out


class Maker:
    """Makes documents of one grammar."""

    LIMITS = {'positiveInteger': (1, 200), 'unsignedShort': (0, 65535), 'short': (0, 200)}
    SIZES = '|'.join(('KiB', 'k', 'b', 'bytes'))
    # What a schema lets through, and what people write: numbers in hexadecimal bear a prefix, modes have four digits.
    TAMER = (('(0x)?', '0x'), ('[0-7]+', '0[0-7]{3}'), ('[0-9]+', '[1-9][0-9]{0,3}'))
    # The schema has one source for all character devices; each type takes a part of it.
    SOURCES = {
        'dev': "<source path='/dev/ttyS0'/>", 'file': "<source path='/tmp/x' append='on'/>", 'pipe': "<source path='/tmp/x'/>",
        'unix': "<source mode='bind' path='/tmp/x'/>", 'spiceport': "<source channel='a.b'/>",
        'tcp': "<source mode='connect' host='h' service='7' tls='no'/><protocol type='telnet'/>",
        'udp': "<source mode='bind' host='h' service='7'/><source mode='connect' host='h' service='8'/>",
        'nmdm': "<source master='/dev/a' slave='/dev/b'/>", 'dbus': "<source channel='a.b'/>",
        'qemu-vdagent': "<source><clipboard copypaste='yes'/><mouse mode='client'/></source>",
    }
    # Parts that no document does without, and elements and attributes whose text no schema describes.
    ALWAYS = ('memory', 'devices', 'source', 'target')
    TEXTS = {'creationTime': '[1-9][0-9]{1,9}', 'port': '[0-9]{1,4}', 'mode': 'bind|connect', 'unique_id': '[0-9]',
             'type': 'dir|fs|rbd'}

    def __init__(self, grammar: Grammar, seed: int, generosity: float = 0.35):
        self.grammar, self.rng = grammar, random.Random(seed)
        self.generosity, self.left = generosity, 0
        self.cost: dict[str, int] = {name: FOREVER for name in grammar.defines}
        changed = True
        while changed:
            changed = False
            for name, body in grammar.defines.items():
                new = self.price(body)
                if new < self.cost[name]:
                    self.cost[name] = new
                    changed = True
        self.special: dict[str, Callable[[], str]] = {
            'ipv4Addr': self.ipv4, 'ipv6Addr': self.ipv6, 'ipAddr': self.ipv4,
            'cpuset': lambda: self.rng.choice(('0', '0-3', '1,3', '2-5,^3')),
            'unit': lambda: Sampler(self.SIZES, self.rng).sample(),
            'absFilePath': lambda: '/var/lib/' + Sampler('[a-z0-9_.]{1,8}', self.rng).sample(),
            'addrIP': self.ipv4, 'addrIPv6': self.ipv6, 'addrMask': lambda: str(self.rng.randint(1, 32)),
            'addrMaskv6': lambda: str(self.rng.randint(1, 128)), 'usbPort': lambda: str(self.rng.randint(1, 8)),
            'PortNumber': lambda: str(self.rng.randint(1, 65535)),
            'usbAddr': lambda: hex(self.rng.randint(1, 255)),
        }

    def ipv4(self) -> str:
        return f'10.{self.rng.randint(0, 255)}.{self.rng.randint(0, 255)}.{self.rng.randint(1, 254)}'

    def ipv6(self) -> str:
        return f'fd00:{self.rng.randint(1, 65535):x}::{self.rng.randint(1, 65535):x}'

    def price(self, p: Pattern) -> int:
        """Least number of elements of what @p stands for."""
        if p.kind == 'notAllowed':
            return FOREVER
        if p.kind == 'ref':
            return self.cost[p.ref]
        if p.kind in ('optional', 'zeroOrMore', 'empty', 'text', 'data', 'value', 'list'):
            return 0
        kids = [self.price(k) for k in p.kids]
        if p.kind == 'choice':
            return min(kids, default=FOREVER)
        return min(FOREVER, sum(kids) + (p.kind == 'element'))

    def data(self, p: Pattern) -> str:
        if 'pattern' in p.params:
            low, high = self.LIMITS.get(p.type, (-FOREVER, 10 ** 20))
            low, high = int(p.params.get('minInclusive', low)), int(p.params.get('maxInclusive', high))
            pattern = p.params['pattern']
            for wide, tame in self.TAMER:
                pattern = pattern.replace(wide, tame)
            for _ in range(100):
                text = Sampler(pattern, self.rng).sample().strip()
                no = [v.value for k in p.kids for v in self.grammar.inside(k)]
                if text not in no and re.fullmatch(p.params['pattern'].replace('$[', r'\$['), text):
                    if p.type == 'string' or low <= int(text) <= high:
                        return text
            raise RuntimeError(f'no value for {p}')
        if p.type in ('string', 'NCName', 'anyURI'):
            return Sampler('[a-z][a-z0-9]{0,7}', self.rng).sample()
        if p.type == 'dateTime':
            return f'20{self.rng.randint(10, 37)}-0{self.rng.randint(1, 9)}-1{self.rng.randint(0, 9)}T11:22:33'
        if p.type == 'double':
            return f'{self.rng.randint(0, 99)}.5'
        low, high = self.LIMITS.get(p.type, (1, 200))
        low = int(p.params.get('minInclusive', low))
        high = min(max(high, low), int(p.params.get('maxInclusive', 10 ** 20)))
        return str(self.rng.randint(low, high))

    def wanted(self, p: Pattern) -> bool:
        cost = min((self.price(k) for k in p.kids), default=0) if p.kind == 'choice' else sum(self.price(k) for k in p.kids)
        kid = self.grammar.resolve(p.kids[0]) if len(p.kids) == 1 else p
        kid = kid.kids[0] if kid.kind == 'group' and len(kid.kids) == 1 else kid
        if kid.kind == 'element' and kid.names and kid.names[0] in self.ALWAYS and p.kind == 'optional' and cost < FOREVER:
            return True
        return cost < FOREVER and cost <= self.left and self.rng.random() < self.generosity

    def text(self, p: Pattern) -> str:
        """The value of an attribute, or text alone."""
        if p.kind == 'ref':
            return self.special[p.ref]() if p.ref in self.special else self.text(self.grammar.defines[p.ref])
        if p.kind == 'value':
            return p.value
        if p.kind == 'data':
            return self.data(p)
        if p.kind == 'text':
            return Sampler("[a-z]([a-z0-9 <&'\"]{0,6}[a-z])?", self.rng).sample()
        if p.kind == 'choice':
            return self.text(self.rng.choice(p.kids))
        if p.kind == 'optional':
            return self.text(p.kids[0]) if self.rng.random() < 0.5 else ''
        if p.kind == 'list':
            return ' '.join(self.text(k) for k in p.kids)
        return ''.join(self.text(k) for k in p.kids)

    def content(self, p: Pattern, attrs: dict[str, str], out: list[str]) -> None:
        if p.kind == 'ref':
            if p.ref in self.special:
                out.append(escape(self.special[p.ref]()))
            elif p.ref == 'qemucdevSrcDef':
                out.append(self.SOURCES.get(attrs.get('type', ''), ''))
            else:
                self.content(self.grammar.defines[p.ref], attrs, out)
        elif p.kind == 'element':
            self.element(p, out)
        elif p.kind == 'attribute':
            if p.names:
                known = self.TEXTS.get(p.names[0]) if p.kids[0].kind == 'text' else None
                attrs[p.names[0]] = Sampler(known, self.rng).sample() if known else self.text(Pattern('group', p.kids))
        elif p.kind in ('text', 'data', 'value', 'list'):
            out.append(escape(self.text(p)))
        elif p.kind == 'choice':
            able = [k for k in p.kids if self.price(k) <= max(self.left, min(self.price(x) for x in p.kids))]
            self.content(self.rng.choice(able), attrs, out)
        elif p.kind == 'optional':
            if self.wanted(p):
                self.content(Pattern('group', p.kids), attrs, out)
        elif p.kind in ('zeroOrMore', 'oneOrMore'):
            if p.kind == 'oneOrMore':
                self.content(Pattern('group', p.kids), attrs, out)
            while self.wanted(p):
                self.content(Pattern('group', p.kids), attrs, out)
        elif p.kind == 'interleave':
            parts: list[list[str]] = []
            for k in p.kids:
                parts.append([])
                self.content(k, attrs, parts[-1])
            self.rng.shuffle(parts)
            out += [x for part in parts for x in part]
        else:
            for k in p.kids:
                self.content(k, attrs, out)

    def element(self, p: Pattern, out: list[str]) -> None:
        self.left -= 1
        if not p.names:   # any name: only metadata has it
            out.append('<app:any xmlns:app="urn:app" x="1">text</app:any>')
            return
        attrs: dict[str, str] = {}
        kids: list[str] = []
        for k in p.kids:
            self.content(k, attrs, kids)
        name = self.rng.choice(p.names)
        if name in self.TEXTS and p.kids[0].kind == 'text':
            kids = [Sampler(self.TEXTS[name], self.rng).sample()]
        ns = ''
        if name[0] == '{':
            ns, name = name[1:].split('}')
            ns, name = f' xmlns:ns={quoteattr(ns)}', 'ns:' + name
        words = ''.join(f' {k}={self.attribute(v)}' for k, v in attrs.items())
        out.append(f'<{name}{ns}{words}>' + ''.join(kids) + f'</{name}>')

    @staticmethod
    def attribute(value: str) -> str:
        return quoteattr(value, {'\n': '&#10;'})

    def make(self, budget: int = 120, root: Optional[Pattern] = None) -> str:
        out: list[str] = []
        self.left = budget
        self.element(root or self.rng.choice(self.grammar.roots()), out)
        return out[0]


