#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Turn .api files into C tables, prototypes, entry points, symbol maps, policy and reference pages.

    apigen.py --emit NAME,... --out DIR --headers DIR FILE.api...

Each output is written only if its content changed.
docs/api-language.rst describes the language.
"""
from __future__ import annotations

import argparse
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from gen import check, emit_c, emit_docs, emit_entry, emit_text, emit_xml, headers, model, parse  # noqa: E402


def read_enums(folder: str) -> dict[str, list[str]]:
    """The constants of every public enumeration, without the _LAST sentinels."""
    enums: dict[str, list[str]] = {}
    for header in headers.read_all(folder):
        for constant in header.constants:
            if not constant.sentinel:
                enums.setdefault(constant.enum, []).append(constant.name)
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


def read_table(path: str, key: int, value: int) -> dict[str, list[str]]:
    """Words of column @key -> all words of column @value in the same rows."""
    table: dict[str, list[str]] = {}
    if path:
        with open(path, encoding='utf-8') as stream:
            rows = [line.rstrip('\n').split('\t') for line in stream if line.strip() and not line.startswith('#')]
        for row in rows:
            for word in row[key].split():
                table.setdefault(word, []).extend(w for w in row[value].split() if w not in table.get(word, []))
    return table


def check_names(built: model.Model, tables: dict[str, dict[str, list[str]]]) -> None:
    """Tables for the reference must not speak of functions that are not there."""
    names = {call.name for call in built.source.calls}
    for path, table in tables.items():
        for name in table:
            if name not in names:
                raise parse.ApiError(path, f"'{name}' is no function of the API")


def produce(built: model.Model, name: str, folder: str, users: emit_docs.Users) -> str:
    """The content of one output, by its name."""
    if name == 'api_gen.h':
        return emit_c.emit_header(built)
    if name == 'api_tables.c':
        return emit_c.emit_tables(built, read_enums(folder))
    if name.startswith('api_entry_'):
        return emit_entry.emit_entry(built, name.removeprefix('api_entry_').removesuffix('.c'))
    if name.endswith('.syms'):
        return emit_text.emit_syms(built, name.removesuffix('.syms').replace('libvirt-', ''))
    if name.endswith('-api.xml'):
        library = name.removesuffix('-api.xml').replace('libvirt-', '')
        return emit_xml.emit_api(built, headers.read_all(folder), library)
    if name.endswith('.policy'):
        return emit_text.emit_policy(built)
    if name == 'support.rst':
        return emit_docs.emit_support(built, users)
    if name == 'acl.rst':
        return emit_docs.emit_acl(built)
    if name.endswith('.rst'):
        header = name.removesuffix('.rst') + '.h'
        if header in emit_docs.TITLES:
            return emit_docs.emit_reference(built, header, users)
    if name.endswith('.h'):
        return emit_text.emit_header_file(built, name, emit_text.find_template(folder, name))
    raise parse.ApiError(name, 'no such output')


def main(argv: list[str]) -> int:
    options = argparse.ArgumentParser(description='Turn .api files into C, headers, symbol maps and documents.')
    options.add_argument('--out', default='.', help='folder to write to')
    options.add_argument('--headers', required=True, help='folder of the .h.in files')
    options.add_argument('--emit', default='', help='outputs, separated by commas')
    options.add_argument('--custom', action='store_true', help='list the public functions that are written by hand')
    options.add_argument('--drivers', default='', help='who has what: function, driver (for pages)')
    options.add_argument('--commands', default='', help='who calls what: program, command, functions (for pages)')
    options.add_argument('--upstream', default='', help="upstream's drivers: function, driver=since ... (for support.rst)")
    options.add_argument('files', nargs='+')
    args = options.parse_args(argv)
    try:
        built = model.build(parse.parse(args.files))
        check.check(built)
        if args.custom:
            print(emit_entry.custom_list(built), end='')
        users = emit_docs.Users(read_table(args.drivers, 0, 1), read_table(args.commands, 2, 1),
                                read_table(args.upstream, 0, 1))
        check_names(built, {args.commands: users.commands, args.upstream: users.upstream})
        for name in [n for n in args.emit.split(',') if n]:
            write(os.path.join(args.out, name), produce(built, name, args.headers, users))
    except parse.ApiError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
