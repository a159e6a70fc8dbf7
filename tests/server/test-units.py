#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The units that systemd/units.py makes, held against tests/data/server/units.tsv: unit, Section.Key, value.

The file is from the interface facts (uris-and-paths.tsv).  What may differ is listed here with the reason.
"""
from __future__ import annotations

import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Units of daemons that this suite does not have yet.
ABSENT = ('virtlogd.socket', 'virtlockd.socket')
# Ours: clients stay connected while a daemon is restarted.
OURS = ('Service.FileDescriptorStoreMax',)
# Words for people.
TEXT = ('Unit.Description', 'Unit.Documentation')


def read(path: pathlib.Path) -> list[tuple[str, str, str]]:
    section, rows = '', []
    for line in path.read_text(encoding='utf-8').splitlines():
        if line.startswith('['):
            section = line.strip('[]')
        elif line and not line.startswith('#'):
            key, value = line.split('=', 1)
            rows.append((path.name, f'{section}.{key}', value))
    return rows


def main() -> int:
    golden = ROOT / 'tests/data/server/units.tsv'
    expected = {tuple(line.split('\t')) for line in golden.read_text(encoding='utf-8').splitlines()}
    expected = {row for row in expected if row[2] not in ABSENT}
    daemons = sorted({row[0].removesuffix('.service') for row in expected if row[0].endswith('.service')})
    assert len(daemons) == 5, daemons
    with tempfile.TemporaryDirectory() as out:
        subprocess.run([sys.executable, str(ROOT / 'systemd/units.py'), '--out', out, *daemons], check=True)
        made = {row for path in pathlib.Path(out).iterdir() for row in read(path) if row[1] not in TEXT + OURS}
    print(f'1..{len(daemons)}')
    failed = False
    for number, daemon in enumerate(daemons, 1):
        own = (f'{daemon}.', f'{daemon}-')
        missing = sorted(row for row in expected - made if row[0].startswith(own))
        extra = sorted(row for row in made - expected if row[0].startswith(own))
        for word, rows in (('missing', missing), ('not in the facts', extra)):
            for row in rows:
                print(f'# {word}: {" ".join(row)}')
        print(f'{"not ok" if missing or extra else "ok"} {number} units of {daemon}')
        failed |= bool(missing or extra)
    return failed


if __name__ == '__main__':
    sys.exit(main())
