#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Random documents that the public schemas allow are understood, and come out valid and stable.

Arguments: document-tool, and perhaps --count N, --seed N, --only SCHEMA, --show.  Of each public
schema N documents are made (randomdoc.py); VALIDATE must find nothing unknown or missing in them,
what we format of them must be valid under the public schema, and parsing and formatting that
must change nothing.  Then the same with the rules of drivers on: what those accept, too.
test_random.tsv lists what is refused nevertheless, and why.  Speaks TAP.
"""
from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile

from documents import (DOCUMENTS, FORMAT_SECURE, HERE, PARSE_NO_CHECK, PARSE_STRICT, Document, Tool, document, invalid)
from randomdoc import Maker


class Trial:
    """All documents of one schema."""

    def __init__(self, doc: Document, tool: Tool, folder: str, excuses: list[re.Pattern[str]]):
        self.doc, self.tool, self.folder, self.excuses = doc, tool, folder, excuses
        self.problems: list[str] = []
        self.formatted: dict[str, str] = {}      # file: the document it was made of
        self.used: set[str] = set()
        self.accepted = self.excused = 0

    def excuse(self, text: str) -> bool:
        for e in self.excuses:
            if e.search(text):
                self.used.add(e.pattern)
                self.excused += 1
                return True
        return False

    def complain(self, what: str, source: str) -> None:
        if not self.excuse(what):
            path = os.path.join(self.folder, f'{self.doc.name}-{len(self.problems)}.xml')
            with open(path, 'w', encoding='utf-8') as f:
                f.write(source)
            self.problems.append(f'{what} ({path})')

    def one(self, n: int, source: str, parse: int) -> None:
        answers = [self.tool.ask(s, source, parse, FORMAT_SECURE) for s in self.doc.structs]
        status, first, second = next((a for a in answers if not a[0]), (answers[0][0], ' | '.join(a[1] for a in answers), ''))
        if status:
            # Rules may refuse what a schema lets through, but not what we have formatted ourselves.
            if status == -2 or parse & PARSE_NO_CHECK:
                self.complain(('' if status == -1 else 'own output: ') + first, source)
            return
        self.accepted += 1
        if first != second:
            lines = next((f'{a.strip()} became {b.strip()}' for a, b in zip(first.split('\n'), second.split('\n')) if a != b), '')
            self.complain(f'formatted differently the second time: {lines}', source)
        path = os.path.join(self.folder, f'out-{self.doc.name}-{n}-{parse}.xml')
        with open(path, 'w', encoding='utf-8') as f:
            f.write(first)
        self.formatted[path] = source

    def finish(self) -> None:
        sources = {}
        for n, text in enumerate(dict.fromkeys(self.formatted.values())):
            path = os.path.join(self.folder, f'in-{self.doc.name}-{n}.xml')
            sources[path] = text
            with open(path, 'w', encoding='utf-8') as f:
                f.write(text)
        for path, why in invalid(self.doc.path(), sources).items():
            self.complain(f'made by ourselves and not valid: {why}', sources[path])
        for path, why in invalid(self.doc.path(), self.formatted).items():
            with open(path, encoding='utf-8') as f:
                text = f.read()
            if not self.excuse(f'output: {text}'):
                self.complain(f'not valid: {why}', self.formatted[path] + '\n<!-- became\n' + text + '-->\n')


def read_excuses() -> dict[str, list[re.Pattern[str]]]:
    out: dict[str, list[re.Pattern[str]]] = {}
    with open(os.path.join(HERE, 'test_random.tsv'), encoding='utf-8') as f:
        for line in f:
            if line.strip() and not line.startswith('#'):
                name, pattern, _ = line.split('\t', 2)
                out.setdefault(name, []).append(re.compile(pattern))
    return out


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument('tool')
    parser.add_argument('--count', type=int, default=150)
    parser.add_argument('--seed', type=int, default=20)
    parser.add_argument('--only')
    parser.add_argument('--folder', help='where to leave what went wrong')
    options = parser.parse_args()
    tool, excuses, failed = Tool(options.tool), read_excuses(), False
    print(f'1..{len(DOCUMENTS)}')
    for n, name in enumerate(DOCUMENTS, 1):
        doc = document(name) if options.only in (None, name) else None
        if not doc:
            print(f'ok {n} {name} # SKIP no rows for this document yet')
            continue
        with tempfile.TemporaryDirectory() as folder:
            trial = Trial(doc, tool, options.folder or folder, excuses.get(name, []))
            maker = Maker(doc.grammar, options.seed)
            count = options.count * (4 if name == 'domain' else 1)
            for i in range(count):
                source = maker.make(20 + 120 * i // count)
                trial.one(i, source, PARSE_STRICT | PARSE_NO_CHECK)
                trial.one(i, source, 0)
            trial.finish()
        problems = list(dict.fromkeys(trial.problems))
        failed = failed or bool(problems)
        print(('not ok' if problems else 'ok') + f' {n} {name}: {count} documents, accepted {trial.accepted} of {2 * count} '
              f'times, {trial.excused} excused' + ''.join(f'\n# {p}' for p in problems), flush=True)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
