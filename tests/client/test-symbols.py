# SPDX-License-Identifier: LGPL-2.1-or-later
"""The built libraries export the public symbols, in their version nodes, and nothing else.

    test-symbols.py FOLDER-OF-LIBRARIES
"""
import os
import subprocess
import sys

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'data', 'facts', 'symbols.tsv')


def golden() -> dict[str, set[tuple[str, str]]]:
    wanted: dict[str, set[tuple[str, str]]] = {}
    with open(GOLDEN, encoding='utf-8') as file:
        for line in file:
            if not line.startswith('#'):
                library, node, symbol = line.rstrip('\n').split('\t')[:3]
                wanted.setdefault(library, set()).add((node, symbol))
    return wanted


def exported(path: str) -> set[tuple[str, str]]:
    out = subprocess.run(['nm', '-D', '--defined-only', '--with-symbol-versions', path], check=True,
                         capture_output=True, text=True).stdout
    found = set()
    for line in out.splitlines():
        kind, name = line.split()[-2:]
        if kind != 'A':  # the version nodes themselves
            symbol, _, node = name.replace('@@', '@').partition('@')
            found.add((node, symbol))
    return found


def main(folder: str) -> int:
    wanted = golden()
    bad = 0
    print(f'1..{2 * len(wanted)}')
    for i, (library, symbols) in enumerate(sorted(wanted.items())):
        path = os.path.join(folder, library + '.so.0')
        found = exported(path)
        for symbol in sorted(symbols - found)[:20]:
            print('# missing:', *symbol)
        for symbol in sorted(found - symbols)[:20]:
            print('# not public:', *symbol)
        ok = symbols == found
        print(f'{"ok" if ok else "not ok"} {2 * i + 1} {library} exports its {len(symbols)} symbols')
        dynamic = subprocess.run(['readelf', '-d', path], check=True, capture_output=True, text=True).stdout
        soname = f'[{library}.so.0]' in dynamic
        print(f'{"ok" if soname else "not ok"} {2 * i + 2} soname of {library}')
        bad += (not ok) + (not soname)
    return bad > 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1]))
