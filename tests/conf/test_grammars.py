#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The generated RELAX NG says of documents what the public schemas say, and refuses spoilt ones.

Arguments: the grammars, ELEMENT.rng each.  Documents: ../data/conf and every XML file of the corpus
(VIRT_CORPUS, or beside the sources).  Where only ours accepts a file, or only theirs,
test_verdicts.tsv has to say why; that list only shrinks.  Speaks TAP.
"""
from __future__ import annotations

import os
import re
import sys
import tempfile

from documents import CORPUS, HERE, files_by_root, invalid, root_of, schema_path

PUBLIC = {'capabilities': 'capability', 'device': 'nodedev', 'domainCapabilities': 'domaincaps', 'filter': 'nwfilter',
          'filterbinding': 'nwfilterbinding', 'pool': 'storagepool', 'storagepoolCapabilities': 'storagepoolcaps',
          'volume': 'storagevol'}


def spoilt(path: str, out: str) -> list[str]:
    """The document with an unknown element, and with an unknown attribute on its root."""
    with open(path, encoding='utf-8') as f:
        text = f.read()
    root = root_of(text)
    made = []
    novel = (re.sub(rf'</{root}>', f'<novel/></{root}>', text), re.sub(rf'<{root}\b', f"<{root} novel='1'", text, count=1))
    for n, bad in enumerate(novel):
        if bad != text:
            made.append(os.path.join(out, f'{n}-{os.path.basename(path)}'))
            with open(made[-1], 'w', encoding='utf-8') as f:
                f.write(bad)
    return made


def read_excuses() -> set[tuple[str, str]]:
    with open(os.path.join(HERE, 'test_verdicts.tsv'), encoding='utf-8') as f:
        return {tuple(line.split('\t')[:2]) for line in f if line.strip() and line[0] != '#'}   # type: ignore[misc]


def verdicts(root: str, grammar: str, paths: list[str], excuses: set[tuple[str, str]]) -> tuple[str, list[str]]:
    """What went how, and what is wrong with it."""
    ours = invalid(grammar, paths)
    public = schema_path(PUBLIC.get(root, root))
    if not os.path.exists(public):
        return f'{root} accepts {len(paths)} documents', [f'{p}: {why}' for p, why in ours.items()]
    theirs = invalid(public, paths)
    differ = {(os.path.relpath(p, CORPUS), 'ours' if p in ours else 'public') for p in ours.keys() ^ theirs.keys()}
    problems = [f'only the {who} schema refuses {p}' for p, who in sorted(differ - excuses)]
    known = {os.path.relpath(p, CORPUS) for p in paths}
    problems += [f'no difference any more: {p}' for p, who in sorted(excuses - differ) if p in known]
    return (f'{root}: of {len(paths)} documents {len(paths) - len(ours.keys() | theirs.keys())} are valid for both, '
            f'{len(ours.keys() & theirs.keys())} for none, {len(differ)} for one'), problems


def main(grammars: list[str]) -> int:
    failed = 0
    by_root, excuses = files_by_root(), read_excuses()
    print(f'1..{2 * len(grammars)}')
    n = 0
    for grammar in grammars:
        root = os.path.splitext(os.path.basename(grammar))[0]
        paths = by_root.get(root, [])
        if paths:
            name, wrong = verdicts(root, grammar, paths, excuses)
        else:
            name, wrong = f'{root} # SKIP no document with that root here', []
        with tempfile.TemporaryDirectory() as out:
            bad = [b for p in paths[:20] for b in spoilt(p, out)]
            refused = invalid(grammar, bad) if bad else {}
        for what, problems in ((name, wrong), (f'{root} refuses {len(bad)} spoilt ones', [b for b in bad if b not in refused])):
            n += 1
            failed += bool(problems)
            print(('not ok' if problems else 'ok') + f' {n} {what}' + ''.join(f'\n# {p}' for p in problems))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
