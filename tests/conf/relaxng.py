# SPDX-License-Identifier: LGPL-2.1-or-later
"""RELAX NG schemas as trees of patterns, for the tests that walk the public schemas.

load() follows <include> and combines definitions; every element carries a Names, the set of names
it may have.  Nothing here validates: xmllint does that.
"""
from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Iterator, Optional
from xml.etree import ElementTree

NS = '{http://relaxng.org/ns/structure/1.0}'


@dataclass
class Pattern:
    """One pattern; `kind` is the RELAX NG word."""
    kind: str
    kids: list[Pattern] = field(default_factory=list)
    names: list[str] = field(default_factory=list)   # element, attribute: '{ns}local' or 'local'; empty: any
    ref: str = ''
    type: str = ''                                    # data
    params: dict[str, str] = field(default_factory=dict)
    value: str = ''


class Grammar:
    """A schema with all it includes."""

    def __init__(self) -> None:
        self.defines: dict[str, Pattern] = {}
        self.start: Optional[Pattern] = None

    def resolve(self, p: Pattern) -> Pattern:
        while p.kind == 'ref':
            p = self.defines[p.ref]
        return p

    def inside(self, p: Pattern) -> Iterator[Pattern]:
        """Elements, attributes and texts of the content @p stands for, those of references too."""
        stack, seen = [p], set()
        while stack:
            p = stack.pop()
            if p.kind == 'ref':
                if p.ref not in seen:
                    seen.add(p.ref)
                    stack.append(self.defines[p.ref])
            elif p.kind in ('element', 'attribute', 'text', 'data', 'value', 'list'):
                yield p
            else:
                stack += reversed(p.kids)

    def roots(self) -> list[Pattern]:
        assert self.start
        return [p for p in self.inside(self.start) if p.kind == 'element']


def tag(e: ElementTree.Element) -> str:
    return e.tag[len(NS):] if isinstance(e.tag, str) and e.tag.startswith(NS) else ''


def read_names(e: ElementTree.Element, ns: str) -> tuple[list[str], list[ElementTree.Element]]:
    """The name class of an element or attribute, and the patterns behind it."""
    prefix = f'{{{ns}}}' if ns else ''
    kids = [k for k in e if tag(k)]
    if 'name' in e.attrib:
        return [prefix + e.attrib['name'].strip()], kids
    first = kids.pop(0)
    if tag(first) == 'name':
        return [prefix + (first.text or '').strip()], kids
    if tag(first) == 'choice':
        return [prefix + (n.text or '').strip() for n in first if tag(n) == 'name'], kids
    return [], kids


def read(e: ElementTree.Element, ns: str, grammar: Grammar) -> Pattern:
    kind, ns = tag(e), e.attrib.get('ns', ns)
    if kind == 'ref':
        return Pattern('ref', ref=e.attrib['name'])
    if kind == 'value':
        return Pattern('value', value=(e.text or '').strip())
    if kind == 'data':
        params = {k.attrib['name']: (k.text or '').strip() for k in e if tag(k) == 'param'}
        but = [read(k, ns, grammar) for k in e if tag(k) == 'except']
        return Pattern('data', but, type=e.attrib['type'], params=params)
    names: list[str] = []
    kids = [k for k in e if tag(k)]
    if kind in ('element', 'attribute'):
        names, kids = read_names(e, ns if kind == 'element' else e.attrib.get('ns', ''))
    patterns = [read(k, ns, grammar) for k in kids]
    if kind == 'attribute' and not patterns:
        patterns = [Pattern('text')]
    return Pattern(kind, patterns, names)


def load_into(path: str, grammar: Grammar, skip: set[str]) -> None:
    """@skip: definitions that the including file replaces."""
    top = ElementTree.parse(path).getroot()
    ns = top.attrib.get('ns', '')
    for e in top:
        kind = tag(e)
        if kind == 'include':
            own = {k.attrib['name'] for k in e if tag(k) == 'define'} | {'start' for k in e if tag(k) == 'start'}
            load_into(os.path.join(os.path.dirname(path), e.attrib['href']), grammar, skip | own)
            todo = [k for k in e if tag(k) in ('define', 'start')]
        else:
            todo = [e] if kind in ('define', 'start') else []
        for d in todo:
            name = d.attrib.get('name', 'start')
            if name in skip:
                continue
            body = Pattern('group', [read(k, ns, grammar) for k in d if tag(k)])
            if name == 'start':
                # The file on top says where documents start.
                grammar.start = body
            elif name in grammar.defines:
                old = grammar.defines[name]
                grammar.defines[name] = Pattern(d.attrib.get('combine', 'choice'), [old, body])
            else:
                grammar.defines[name] = body


def load(path: str) -> Grammar:
    grammar = Grammar()
    load_into(path, grammar, set())
    return grammar
