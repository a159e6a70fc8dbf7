#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Call every public function of one libvirt.so.0 on a real daemon that serves a test driver; write down what happened.

    visitor.py FOLDER|system OUTPUT URI FIRST [PATTERN]

Each function finds the test driver as its file says: a connection has it for itself.  The cases are those of caller.py
that a daemon can answer: ordinary arguments, then each at its boundaries.
"""
from __future__ import annotations

import json
import os
import re
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, '..', 'negative')]

from caller import APART  # noqa: E402
from library import Library, functions  # noqa: E402
from peer import STYLES  # noqa: E402
from probe import NEVER, Probe  # noqa: E402


class Visitor(Probe):
    """Without a scripted peer there is nothing to note of what was sent."""

    class Nobody:
        style, features = '', 0
        sent: list[object] = []

    def __init__(self, library: Library, uri: str) -> None:
        super().__init__(library, uri)
        self.peer = self.Nobody()  # type: ignore[assignment]


def main() -> int:
    folder, output, uri, first = sys.argv[1:5]
    pattern = re.compile(sys.argv[5] if len(sys.argv) > 5 else '')
    library = Library(None if folder == 'system' else folder)
    visitor = Visitor(library, uri)
    number = 0
    with open(output, 'a', encoding='utf-8') as out:
        for function in functions():
            if APART.search(function.name) or 'Migrate' in function.name or NEVER.search(function.name) or \
                    not pattern.search(function.name) or function.version > (9, 0, 0):
                continue
            if not function.params or not function.params[0].object:
                continue
            visitor.forget()
            for label, _, _, changed in visitor.cases(function):
                if label in [*STYLES[1:], 'gone', 'no features'] or label.endswith('=null') or ' ' in label.split('=')[-1]:
                    continue
                number += 1
                if number <= int(first):
                    continue
                out.write(f'{number}\t{function.name}\t{label}\t')
                out.flush()
                try:
                    said = visitor.run(function, '', 0, changed)
                except LookupError as missing:
                    said = [f'no {missing}', [], None, []]
                out.write(json.dumps(said) + '\n')
    return 0


if __name__ == '__main__':
    sys.exit(main())
