#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Two client libraries, one script: Debian's libvirt.so.0 and ours must send and hand back the same, call by call.

    test-clients.py FOLDER-OF-OUR-LIBRARIES WIRE-TOOL [PATTERN]

caller.py calls every function of each library at its boundaries.  What the stock library sends is decoded by our tables,
what it is answered was encoded by them; then both records are compared.  Prints TAP: one test for each function.
"""
from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from typing import Any

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from codec import Facts  # noqa: E402
from known import library_environment, read_known  # noqa: E402
from library import functions  # noqa: E402


def start(scratch: str, name: str, folder: str, tool: str, pattern: str, first: int) -> subprocess.Popen[bytes]:
    path = os.path.join(scratch, name)
    os.makedirs(path, exist_ok=True)
    if os.path.exists(f'{path}/sock'):
        os.unlink(f'{path}/sock')
    environment = library_environment(folder) | {'LIBVIRT_DEBUG': '4', 'XDG_RUNTIME_DIR': path, 'XDG_CONFIG_HOME': path,
                                                 'HOME': path}
    with open(f'{path}/log', 'ab') as log:
        return subprocess.Popen([sys.executable, f'{HERE}/caller.py', folder, f'{path}/out', path, tool, str(first), pattern],
                                env=environment, stdout=log, stderr=log)


def run(scratch: str, name: str, folder: str, tool: str, pattern: str) -> list[str]:
    """Until all cases are done: a case that ends the process is noted, and the rest goes on."""
    process = start(scratch, name, folder, tool, pattern, 0)
    while process.wait():
        with open(f'{scratch}/{name}/out', encoding='utf-8') as stream:
            lines = stream.read().split('\n')
        number = lines[-1].split('\t')[0]
        if not number:
            with open(f'{scratch}/{name}/log', encoding='utf-8', errors='replace') as stream:
                raise AssertionError(f'{name}: status {process.returncode}: {stream.read()[-2000:]}')
        with open(f'{scratch}/{name}/out', 'a', encoding='utf-8') as out:
            out.write(f'"ended with status {process.returncode}"\n')
        process = start(scratch, name, folder, tool, pattern, int(number))
    with open(f'{scratch}/{name}/out', encoding='utf-8') as stream:
        return stream.read().replace(f'{scratch}/{name}/', 'SCRATCH/').splitlines()


def events(scratch: str, name: str, folder: str, tool: str) -> list[str]:
    """What callbacks were given, by event."""
    path = f'{scratch}/{name}-events'
    os.makedirs(path)
    environment = library_environment(folder) | {'LIBVIRT_DEBUG': '4', 'XDG_RUNTIME_DIR': path, 'XDG_CONFIG_HOME': path,
                                                 'HOME': path}
    subprocess.run([sys.executable, f'{HERE}/events.py', folder, f'{path}/out', path, tool], env=environment, check=True)
    with open(f'{path}/out', encoding='utf-8') as stream:
        return stream.read().splitlines()


def complaints(scratch: str) -> list[str]:
    found = []
    for name in ('stock', 'ours', 'stock-events', 'ours-events'):
        path = f'{scratch}/{name}/sock.wrong'
        if os.path.exists(path):
            with open(path, encoding='utf-8') as stream:
                found += [f'{name}: {line.rstrip()}' for line in stream]
    return found


def packets(record: str) -> Any:
    value = json.loads(record.split('\t', 3)[3])
    return value[3] if isinstance(value, list) else []


ERR_RPC, FROM_NONE, FROM_RPC, FROM_REMOTE = 39, 0, 7, 13


def loose(label: str, value: Any) -> Any:
    """What can be compared of a case: not the words for messages that cannot be encoded or decoded."""
    if isinstance(value, list):  # what the other side can do is asked at different times
        value[3] = [one for one in value[3] if one[:2] != ['remote', 60]]
    if isinstance(value, list) and value[2]:  # what is in the caller's memory after a failure is nobody's business
        value[1] = []
        if value[2][0] == ERR_RPC and value[2][1] in (FROM_NONE, FROM_RPC, FROM_REMOTE):
            value[2] = [ERR_RPC]
    if label == 'gone' and isinstance(value, list):  # who sees the end first decides the words
        return [value[0], value[1] if value[2] is None else [], bool(value[2])]
    return value


def compare(stock: str, ours: str) -> str:
    """Where two records of one case differ; empty if they do not."""
    number, function, label, text = stock.split('\t', 3)
    ours_number, _, _, ours_text = ours.split('\t', 3)
    assert number == ours_number, f'{stock[:80]} beside {ours[:80]}'
    one, other = loose(label, json.loads(text)), loose(label, json.loads(ours_text))
    if isinstance(one, str):  # it ended the process there, so anything is right here
        return ''
    if one == other:
        return ''
    if isinstance(other, str) or label == 'gone':
        return f'{label}: {str(other)[:400]} instead of {str(one)[:400]}'
    names = ['result', 'left behind', 'error', 'sent']
    return f'{label}: ' + '; '.join(f'{name} {str(b)[:300]} instead of {str(a)[:300]}'
                                    for name, a, b in zip(names, one, other) if a != b)


def main() -> int:
    folder, tool = sys.argv[1:3]
    pattern = sys.argv[3] if len(sys.argv) > 3 else ''
    known = read_known()
    with tempfile.TemporaryDirectory(prefix='interop-') as scratch:
        scratch = os.environ.get('INTEROP_KEEP', scratch)  # to look at afterwards
        sides = {'stock': ('system', tool), 'ours': (folder, '-')}
        with ThreadPoolExecutor() as pool:
            running = {name: pool.submit(run, scratch, name, *side, pattern) for name, side in sides.items()}
            records = {name: one.result() for name, one in running.items()}
        told = {name: events(scratch, name, *side) for name, side in sides.items()}
        odd = complaints(scratch)
    wrong: dict[str, list[str]] = {}
    cases: dict[str, int] = {}
    excused: dict[str, int] = {}
    called = set()
    for stock, ours in zip(records['stock'], records['ours']):
        called |= {(one[0], one[1]) for one in packets(stock)}
        function, label = stock.split('\t')[1:3]
        cases[function] = cases.get(function, 0) + 1
        difference = compare(stock, ours)
        reason = next((why for who, what, why in known if who.match(function) and what.match(label)), '') if difference else ''
        if reason:
            excused[reason] = excused.get(reason, 0) + 1
        elif difference:
            wrong.setdefault(function, []).append(difference)
    for stock, ours in zip(told['stock'], told['ours']):
        event = stock.split('\t')[1]
        cases[event] = cases.get(event, 0) + 1
        if stock != ours:
            wrong.setdefault(event, []).append(f'{ours} instead of {stock}')
    odd += [] if len(told['stock']) == len(told['ours']) else ['the two did not know the same events']
    print(f'1..{len(cases) + 1}')
    for number, (function, count) in enumerate(cases.items(), 1):
        bad = wrong.get(function, [])
        print(f'{"not ok" if bad else "ok"} {number} - {function}: {count} cases')
        for line in bad[:6]:
            print(f'# {line}')
    odd += [] if len(records['stock']) == len(records['ours']) else ['the two did not run the same cases']
    print(f'{"not ok" if odd else "ok"} {len(cases) + 1} - our tables read what the stock library sends, and write what it reads')
    for line in odd[:20]:
        print(f'# {line}')
    calls = {(proc.program, proc.number) for proc in Facts().procedures if proc.kind == 'call'}
    newer = sum(function.version > (9, 0, 0) for function in functions())
    print(f'# {len(cases) - len(wrong)} of {len(cases)} functions and events, {sum(cases.values())} cases; '
          f'{len(called & calls)} of {len(calls)} procedures were called, the others have test-codec.py only; '
          f'{newer} functions are newer than the stock library')
    for reason, count in excused.items():
        print(f'# {count} cases differ: {reason}')
    return 1 if wrong or odd else 0


if __name__ == '__main__':
    sys.exit(main())
