#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Turn .api files into C tables, prototypes, entry points, symbol maps, policy and reference pages.

    apigen.py <output>... --out DIR --headers DIR FILE.api...

Outputs are named on the command line; each is written only if its content changed.
docs/api-language.rst describes the language.
"""
from __future__ import annotations

import argparse
import glob
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from gen import emit_c, model, parse  # noqa: E402


def read_enums(folder: str) -> dict[str, list[str]]:
    """The constants of every public enumeration, without the _LAST sentinels."""
    enums: dict[str, list[str]] = {}
    for path in sorted(glob.glob(os.path.join(folder, '*.h.in'))):
        with open(path, encoding='utf-8') as stream:
            text = re.sub(r'#ifdef VIR_ENUM_SENTINELS.*?#endif', '', stream.read(), flags=re.S)
        for match in re.finditer(r'typedef enum \{(.*?)\} (\w+);', text, flags=re.S):
            enums[match[2]] = re.findall(r'^\s*(VIR_\w+) =', match[1], flags=re.M)
    return enums


def write(path: str, text: str) -> None:
    """Write @text, but leave the file alone if it already reads so."""
    try:
        with open(path, encoding='utf-8') as stream:
            if stream.read() == text:
                return
    except FileNotFoundError:
        pass
    with open(path, 'w', encoding='utf-8') as stream:
        stream.write(text)


def main(argv: list[str]) -> int:
    options = argparse.ArgumentParser()
    options.add_argument('--out', default='.')
    options.add_argument('--headers', required=True)
    options.add_argument('--emit', required=True)
    options.add_argument('files', nargs='+')
    args = options.parse_args(argv)
    try:
        built = model.build(parse.parse(args.files))
        for name in args.emit.split(','):
            if name == 'api_gen.h':
                text = emit_c.emit_header(built)
            elif name == 'api_tables.c':
                text = emit_c.emit_tables(built, read_enums(args.headers))
            write(os.path.join(args.out, name), text)
    except parse.ApiError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
