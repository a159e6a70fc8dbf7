#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Hold the symbols that the built libraries export, and their version nodes, against the golden copy.

    symbols.py NM LIBRARY.so...
"""
from __future__ import annotations

import os
import subprocess
import sys

GOLDEN = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'data', 'facts', 'symbols.tsv')


def exported(nm: str, path: str) -> set[str]:
    """'virDomainFree@@LIBVIRT_0.0.3', and whatever else leaves the library."""
    out = subprocess.run([nm, '-D', '--defined-only', path], check=True, capture_output=True, text=True).stdout
    names = {line.split()[-1] for line in out.splitlines() if line.split()[1] != 'A'}
    return {name for name in names if not name.startswith(('_init', '_fini'))}


def wanted(library: str) -> set[str]:
    with open(GOLDEN, encoding='utf-8') as stream:
        rows = [line.split('\t') for line in stream if not line.startswith('#')]
    return {f'{name}@@{node}' for owner, node, name, *_ in rows if owner == library}


def main() -> int:
    nm, paths = sys.argv[1], sys.argv[2:]
    print(f'1..{len(paths)}')
    failed = 0
    for number, path in enumerate(paths, 1):
        library = os.path.basename(path).split('.so')[0]
        have, want = exported(nm, path), wanted(library)
        for name in sorted(want - have):
            print(f'# missing: {name}')
        for name in sorted(have - want):
            print(f'# not in libvirt: {name}')
        print(f'{"ok" if have == want else "not ok"} {number} - {library}')
        failed += have != want
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
