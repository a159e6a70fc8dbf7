#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The generated RELAX NG accepts the golden documents and refuses spoilt ones.

Arguments: the grammars, ELEMENT.rng each.  Documents: ../data/conf, and those in the folder named
by VIRT_CORPUS when it is set.  Speaks TAP.
"""
from __future__ import annotations

import glob
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.join(HERE, '..', 'data', 'conf')
CORPUS = ('domain-xml-stable/in', 'network-xml2xml/out', 'network-port-xml2xml/in', 'host-caps/out', 'domain-status/in',
          'storage-pool-xml2xml/out', 'storage-vol-xml2xml/out', 'secret-xml2xml/in', 'nwfilter-xml2xml/out',
          'nwfilter-binding-xml2xml/in', 'domain-caps/out', 'domain-snapshot/in', 'domain-snapshot/out', 'domain-backup/out',
          'domain-checkpoint/out')


def root_of(path: str) -> str:
    with open(path, encoding='utf-8') as f:
        m = re.search(r'<([A-Za-z][\w-]*)', re.sub(r'<!--.*?-->|<\?.*?\?>', '', f.read(), flags=re.S))
    return m[1] if m else ''


def invalid(grammar: str, paths: list[str]) -> list[str]:
    r = subprocess.run(['xmllint', '--noout', '--relaxng', grammar, *paths], capture_output=True, text=True, check=False)
    if 'Relax-NG parser error' in r.stderr:
        return [f'{grammar}: {r.stderr.splitlines()[0]}']
    return re.findall(r'^(.*) fails to validate$', r.stderr, re.M)


def spoilt(path: str, out: str) -> list[str]:
    """The document with an unknown element, and with an unknown attribute on its root."""
    with open(path, encoding='utf-8') as f:
        text = f.read()
    root = root_of(path)
    made = []
    novel = (re.sub(rf'</{root}>', f'<novel/></{root}>', text), re.sub(rf'<{root}\b', f"<{root} novel='1'", text, count=1))
    for n, bad in enumerate(novel):
        made.append(os.path.join(out, f'{n}-{os.path.basename(path)}'))
        with open(made[-1], 'w', encoding='utf-8') as f:
            f.write(bad)
    return made


def main(grammars: list[str]) -> int:
    failed = 0
    by_root: dict[str, list[str]] = {}
    found = glob.glob(DATA + '/*.xml')
    corpus = os.environ.get('VIRT_CORPUS')
    for folder in CORPUS if corpus else ():
        found += glob.glob(f'{corpus}/{folder}/*.xml')
    for path in sorted(found):
        by_root.setdefault(root_of(path), []).append(path)
    print(f'1..{2 * len(grammars)}')
    n = 0
    for grammar in grammars:
        root = os.path.splitext(os.path.basename(grammar))[0]
        paths = by_root.get(root, [])
        with tempfile.TemporaryDirectory() as out:
            bad = [b for p in paths[:20] for b in spoilt(p, out)]
            refused = invalid(grammar, bad) if bad else []
        wrong = invalid(grammar, paths) if paths else [f'no document to try {root} on']
        for name, problems in ((f'{root} accepts {len(paths)} documents', wrong),
                               (f'{root} refuses {len(bad)} spoilt ones', [b for b in bad if b not in refused])):
            n += 1
            failed += bool(problems)
            print(('not ok' if problems else 'ok') + f' {n} {name}' + ''.join(f'\n# {p}' for p in problems))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
