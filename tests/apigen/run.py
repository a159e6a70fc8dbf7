#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Run apigen over good and bad input.

A file in bad/ says in its first line what must be said about it, 'LINE: message'.  The outputs of
good/domain.api are held against the .golden files beside it.  TEST_REGENERATE=1 rewrites both: review the difference.
"""
from __future__ import annotations

import os
import re
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(TOP, 'src', 'rpc', 'api'))

import apigen  # noqa: E402
from gen import check, emit_docs, model, parse  # noqa: E402

BASE = os.path.join(HERE, 'base.api')
HEADERS = os.path.join(TOP, 'include', 'libvirt')
USERS = emit_docs.Users({'virDomainSetMemory': ['qemu', 'test']}, {'virDomainSetMemory': ['setmem']},
                        {'virDomainSetMemory': ['qemu=0.1.1'], 'virDomainGetXMLDesc': ['lxc=0.4.2']})
REGENERATE = os.environ.get('TEST_REGENERATE') == '1'
OUTPUTS = ['api_gen.h', 'api_tables.c', 'api_entry_domain.c', 'libvirt.syms', 'libvirt-domain.rst', 'acl.rst', 'support.rst',
           'org.libvirt.api.policy']


def build(path: str) -> model.Model:
    built = model.build(parse.parse([BASE, path]))
    check.check(built)
    return built


def complaint(path: str) -> str:
    """What apigen says about a file, without the path."""
    try:
        built = build(path)
        stem = os.path.basename(path).removesuffix('.api').replace('-', '_')
        for name in ('api_gen.h', 'api_tables.c', f'api_entry_{stem}.c'):
            apigen.produce(built, name, HEADERS, emit_docs.Users())
    except parse.ApiError as error:
        found = str(error)
        return found.removeprefix(path + ':') if found.startswith(path) else found
    return 'nothing'


def test_bad(name: str) -> list[str]:
    path = os.path.join(HERE, 'bad', name)
    with open(path, encoding='utf-8') as stream:
        lines = stream.read().split('\n')
    found = complaint(path)
    if REGENERATE:
        with open(path, 'w', encoding='utf-8') as stream:
            stream.write('\n'.join([f'# expect: {found}'] + lines[1:]))
        return []
    wanted = lines[0].removeprefix('# expect: ')
    return [] if found == wanted else [f"says '{found}' instead of '{wanted}'"]


def test_good(name: str) -> list[str]:
    built = build(os.path.join(HERE, 'good', 'domain.api'))
    text = apigen.produce(built, name, HEADERS, USERS)
    path = os.path.join(HERE, 'good', name + '.golden')
    if REGENERATE:
        apigen.write(path, text)
    with open(path, encoding='utf-8') as stream:
        wanted = stream.read()
    if text == wanted:
        return []
    for number, (have, want) in enumerate(zip(text.split('\n'), wanted.split('\n')), 1):
        if have != want:
            return [f"line {number} is '{have}' instead of '{want}'"]
    return ['has another length']


def messages() -> set[str]:
    """Every message in the sources of apigen, as a pattern."""
    found = set()
    folder = os.path.join(TOP, 'src', 'rpc', 'api', 'gen')
    for name in sorted(os.listdir(folder)):
        if name.endswith('.py') and name != 'emit_text.py':
            with open(os.path.join(folder, name), encoding='utf-8') as stream:
                text = stream.read()
            for match in re.finditer(r"""(?:raise ApiError\(|\n +fail\()[^\n]*?,\s*f?("[^"\n]*"|'[^'\n]*')""", text):
                literal = match[1][1:-1]
                if '{' in literal and literal.startswith('{call.name} {message}'):
                    continue
                found.add(literal)
    return found


def test_covered(names: list[str]) -> list[str]:
    """One bad file for each message."""
    said = [complaint(os.path.join(HERE, 'bad', name)) for name in names]
    missing = []
    for message in sorted(messages()):
        pattern = re.sub(r'\\\{.*?\\\}', '.*', re.escape(message))
        if not any(re.search(pattern, text) for text in said):
            missing.append(f'no bad file for: {message}')
    return missing


def main() -> int:
    bad = sorted(os.listdir(os.path.join(HERE, 'bad')))
    results = [(f'bad/{name}', test_bad(name)) for name in bad]
    results += [(f'good/{name}', test_good(name)) for name in OUTPUTS]
    results.append(('every message has a bad file', test_covered(bad)))
    print(f'1..{len(results)}')
    failed = 0
    for number, (name, wrong) in enumerate(results, 1):
        for line in wrong:
            print(f'# {line}')
        print(f'{"not ok" if wrong else "ok"} {number} - {name}')
        failed += bool(wrong)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
