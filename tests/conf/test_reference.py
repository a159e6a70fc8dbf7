#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The reference pages say of every row what it means, and of every struct since when it is there.

What the versions say must be possible too: none is newer than what we know, and nothing is older
than the element it stands in, except rows that several structs share.  Speaks TAP.
"""
from __future__ import annotations

import glob
import os
import re
import sys

from documents import CONF
from xmldoc import gaps
from xmlgen import Row, Schema, load, walk

NEWEST = (11, 3, 0)


def version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split('.'))


def odd(schema: Schema) -> list[str]:
    """Versions and texts that cannot be right."""
    out: list[str] = []
    shared = {id(r) for rows in schema.shared.values() for r in walk(rows)}

    def since(where: str, text: str, outer: str, both: bool = False) -> str:
        if text and not re.fullmatch(r'\d+\.\d+\.\d+', text):
            out.append(f"{where}: '{text}' is no version such as 1.2.3")
        elif text and version(text) > NEWEST:
            out.append(f'{where}: {text} is newer than {".".join(map(str, NEWEST))}')
        elif text and outer and version(text) < version(outer):
            if both:
                return outer
            out.append(f'{where}: since {text}, but what it stands in is there since {outer}')
        return text or outer

    def look(rows: list[Row], outer: str) -> None:
        for r in rows:
            here = since(r.where, r.since, outer, id(r) in shared)
            if r.doc and r.doc.strip(' .`').lower() in (r.name.lower(), r.member.lower()):
                out.append(f"{r.where}: '{r.doc}' says no more than the name")
            look(r.rows, here)
            for case in r.cases.values():
                look(case, here)

    for s in schema.structs.values():
        if s.file == schema.file:
            look(s.rows, since(s.where, s.since, ''))
    return list(dict.fromkeys(out))


def main() -> int:
    failed = 0
    paths = sorted(glob.glob(os.path.join(CONF, '*.xs')))
    print(f'1..{len(paths)}')
    for number, path in enumerate(paths, 1):
        schema = load(path)
        said = gaps(schema) + odd(schema)
        failed += bool(said)
        print(f'{"not ok" if said else "ok"} {number} {os.path.basename(path)}')
        for line in said:
            print(f'# {line}')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
