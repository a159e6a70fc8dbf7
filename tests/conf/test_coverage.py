#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every element, attribute and word of the public schemas has its row in src/drivers/conf/*.xs, and the other way round.

Walks each public schema beside the rows of the document; what no row knows, or only our rows know, and
test_coverage.tsv does not excuse is a failure, and so is an excuse that is not needed any more.  Speaks TAP.
"""
from __future__ import annotations

import os
import sys
from typing import Iterator, Optional

from documents import DOCUMENTS, HERE, Document, document
from relaxng import Grammar, Pattern
from xmlgen import UNITS, Row, Schema

HIDDEN = {'status', 'input'}   # rows for state files, and for forms of old versions


class Walk:
    """One public schema beside one of ours."""

    def __init__(self, grammar: Grammar, schema: Schema):
        self.grammar, self.schema = grammar, schema
        self.seen: set[tuple[frozenset[int], frozenset[int]]] = set()
        self.missing: list[str] = []
        self.places: dict[tuple[str, str], str] = {}   # rows and words of ours, and the first path to each
        self.public: set[tuple[str, str]] = set()      # those of them that the public schema has somewhere
        self.paths = 0

    def meet(self, key: tuple[str, str], path: str, public: bool) -> None:
        self.places.setdefault(key, path)
        if public:
            self.public.add(key)


    def flatten(self, rows: list[Row]) -> Iterator[Row]:
        for r in rows:
            if r.kind == 'SWITCH':
                for c in {id(c): c for c in r.cases.values()}.values():
                    yield from self.flatten(c)
            elif r.kind == 'MIXIN':
                yield from self.flatten(self.schema.structs[r.type].rows)
            elif r.kind == 'ITEMS':
                yield from self.flatten(self.schema.structs[r.type].rows)
            else:
                yield r

    def children(self, rows: list[Row]) -> Iterator[tuple[str, Row, Optional[list[Row]]]]:
        """Name, row and content of each element that may be in @rows; content None: anything."""
        for r in self.flatten(rows):
            if r.kind == 'CHOICE':
                for word, body in r.cases.items():
                    yield word, r, body
            elif r.kind == 'GROUP':
                yield self.full(r.name), r, r.rows
            elif r.kind in ('CHILD', 'LIST'):
                yield self.full(r.name), r, self.schema.structs[r.type].rows
            elif r.kind in ('LEAF', 'LEAVES', 'FLAG'):
                text = Row('TEXT', r.where, type=r.type if r.kind == 'LEAF' else 'string')
                yield self.full(r.name), r, [] if r.kind == 'FLAG' else [text]
            elif r.kind == 'RAW':
                yield self.full(r.name), r, None

    def full(self, name: str) -> str:
        if ':' not in name:
            return name
        prefix, local = name.split(':')
        return f'{{{dict(self.schema.namespaces)[prefix]}}}{local}'

    def words(self, path: str, patterns: list[Pattern], rows: list[Row]) -> None:
        """The words that the public schema has for a value."""
        known: set[str] = set()
        for r in rows:
            if r.type not in self.schema.enums:
                return   # free text, a number: values are the business of test_random.py
            e = self.schema.enums[r.type]
            known |= {w for w in e.words if w != '-'} | {old for old, _ in e.aliases}
        values = [v for p in patterns for k in p.kids for v in self.grammar.inside(k)]
        words = {v.value for v in values if v.kind == 'value'}
        self.missing += [f'{path}={v.value}' for v in values if v.kind == 'value' and v.value not in known]
        for r in rows:
            for w in self.schema.enums[r.type].words:
                if w != '-':
                    self.meet((r.type, w), f'{path}={w}', w in words or len(words) < len(values))

    def element(self, path: str, patterns: list[Pattern], bodies: list[list[Row]]) -> None:
        key = (frozenset(map(id, patterns)), frozenset(id(b) for b in bodies if b))
        if key in self.seen:
            return
        self.seen.add(key)
        attrs: dict[str, list[Pattern]] = {}
        elems: dict[str, list[Pattern]] = {}
        for p in patterns:
            for k in p.kids:
                for found in self.grammar.inside(k):
                    if found.kind in ('attribute', 'element'):
                        for n in found.names:
                            (attrs if found.kind == 'attribute' else elems).setdefault(n, []).append(found)
        rows = [r for b in bodies for r in self.flatten(b)]
        for r in rows:
            if r.kind == 'ATTR' and not HIDDEN & set(r.flags):
                self.meet((r.where, r.name), f'{path}/@{r.name}', r.name in attrs)
        for b in bodies:
            for name, r, _ in self.children(b):
                if not HIDDEN & set(r.flags):
                    self.meet((r.where, name), f'{path}/{name}', name in elems)
        units = any(r.kind in ('ATTR', 'TEXT') and r.type in UNITS for r in rows)
        for name, found_attrs in attrs.items():
            self.paths += 1
            ours = [r for r in rows if r.kind == 'ATTR' and r.name == name]
            if ours:
                self.words(f'{path}/@{name}', found_attrs, ours)
            elif not (name == 'unit' and units):
                self.missing.append(f'{path}/@{name}')
        for name, found_elems in elems.items():
            self.paths += 1
            bodies_of = [(r, body) for b in bodies for n, r, body in self.children(b) if n == name]
            if not bodies_of:
                self.missing.append(f'{path}/{name}')
            elif all(body is not None for _, body in bodies_of):
                self.element(f'{path}/{name}', found_elems, [b for _, b in bodies_of if b is not None])


def examine(doc: Document) -> Walk:
    walk = Walk(doc.grammar, doc.schema)
    by_name: dict[str, list[Pattern]] = {}
    for root in doc.grammar.roots():
        for n in root.names:
            by_name.setdefault(n, []).append(root)
    for n, roots in by_name.items():
        walk.element(n, roots, [doc.schema.structs[s].rows for s in doc.structs])
    walk.missing = list(dict.fromkeys(walk.missing))
    return walk


def beyond(walks: list[Walk]) -> list[str]:
    """What no public schema has, though our rows do: once for a row that several documents share."""
    places: dict[tuple[str, str], str] = {}
    for walk in walks:
        places |= {k: p for k, p in walk.places.items() if k not in places}
    return sorted({p for k, p in places.items() if not any(k in w.public for w in walks)})


def main(argv: list[str]) -> int:
    excuses: dict[str, set[str]] = {}
    with open(os.path.join(HERE, 'test_coverage.tsv'), encoding='utf-8') as f:
        for line in f:
            if line.strip() and not line.startswith('#'):
                name, path, _ = line.split('\t', 2)
                excuses.setdefault(name, set()).add(path)
    failed = False
    walks: list[Walk] = []
    print(f'1..{len(DOCUMENTS) + 1}')
    for n, name in enumerate(DOCUMENTS, 1):
        doc = document(name)
        if not doc:
            print(f'ok {n} {name} # SKIP no rows for this document yet')
            continue
        walk = examine(doc)
        walks.append(walk)
        missing = [p for p in walk.missing if p not in excuses.get(name, set())]
        stale = excuses.get(name, set()) - set(walk.missing)
        problems = [f'no row for {p}' for p in missing] + [f'excused, but known: {p}' for p in sorted(stale)]
        failed = failed or bool(problems)
        print(('not ok' if problems else 'ok') + f' {n} {name}: {walk.paths} paths, {len(walk.missing)} not known'
              + ''.join(f'\n# {p}' for p in problems))
    ours = beyond(walks)
    excused = excuses.get('ours', set())
    problems = [f'in no public schema: {p}' for p in ours if p not in excused]
    problems += [f'excused, but known: {p}' for p in sorted(excused - set(ours))]
    print(('not ok' if problems else 'ok') + f' {len(DOCUMENTS) + 1} {len(ours)} rows and words are ours alone'
          + ''.join(f'\n# {p}' for p in problems))
    return 1 if failed or problems else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
