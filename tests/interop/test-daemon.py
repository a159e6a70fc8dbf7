#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Our library and a stock daemon: Debian's libvirtd with its test driver must give both libraries the same answers.

    test-daemon.py FOLDER-OF-OUR-LIBRARIES WIRE-TOOL [PATTERN]

First every procedure raw: what our tables encode is decoded by the daemon (which then may say that it has no such domain,
or that the driver cannot do it), and a message cut short is not.  Then visitor.py calls every function through each
library, at a daemon of its own.  The daemon is unpacked, never installed, and runs under its own /run and /var/lib.
"""
from __future__ import annotations

import glob
import json
import os
import re
import socket
import struct
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from typing import Any

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from codec import Facts, Procedure  # noqa: E402
from known import library_environment, read_known  # noqa: E402
from peer import NUMBERS  # noqa: E402
from stock_daemon import StockDaemon  # noqa: E402
from tool import Tool  # noqa: E402

CACHE = '/var/cache/libvirt-test-stock'
PRIVATE = ('/run', '/var/lib/libvirt')
ERR_RPC = 39
# Their answer is the end of the connection, or they are what a connection begins with.
ENDS = {'CONNECT_CLOSE', 'CONNECT_OPEN', 'AUTH_SASL_INIT', 'AUTH_SASL_START', 'AUTH_SASL_STEP', 'AUTH_POLKIT'}


def unpacked_daemon() -> str:
    """Debian's libvirtd, unpacked once."""
    path = f'{CACHE}/usr/sbin/libvirtd'
    if not os.path.exists(path):
        os.makedirs(CACHE, exist_ok=True)
        subprocess.run(['apt-get', '-q', 'download', 'libvirt-daemon'], cwd=CACHE, check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        subprocess.run(['dpkg-deb', '-x', glob.glob(f'{CACHE}/libvirt-daemon_*.deb')[0], CACHE], check=True)
    return path


class Raw:
    """A connection by hand."""

    def __init__(self, path: str, facts: Facts, tool: Tool) -> None:
        self.path, self.facts, self.tool = path, facts, tool
        self.open()

    def open(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(20)
        self.sock.connect(self.path)
        self.serial = 0
        self.call(0x20008086, 66, b'')
        name = b'test:///default'
        self.call(0x20008086, 1, struct.pack('>II', 1, len(name)) + name + b'\0' + struct.pack('>I', 0))

    def read(self, n: int) -> bytes:
        data = b''
        while len(data) < n:
            more = self.sock.recv(n - len(data))
            if not more:
                raise ConnectionError('the daemon ended the connection')
            data += more
        return data

    def call(self, program: int, proc: int, payload: bytes) -> tuple[int, str]:
        """The error's code and text; 0 for success."""
        self.serial += 1
        self.sock.sendall(struct.pack('>IIIiiIi', 28 + len(payload), program, 1, proc, 0, self.serial, 0) + payload)
        while True:
            length, = struct.unpack('>I', self.read(4))
            body = self.read(length - 4)
            kind, serial, status = struct.unpack_from('>iIi', body, 12)
            if serial == self.serial and kind in (1, 5):
                break
        if status == 0:
            return 0, ''
        error, _ = self.facts.decode(self.facts.structs['error'], body[24:])
        return error['code'], str(error['message'])


def raw_case(raw: Raw, proc: Procedure, style: str) -> str:
    """What is wrong with how the daemon takes a message of ours; empty if nothing is."""
    fields = proc.records['args']
    hexes = raw.tool.encode(f'{proc.program}/{proc.number}/args', raw.facts.value(fields, style))['hex']
    payload = bytes.fromhex(hexes)
    code, text = raw.call(NUMBERS[proc.program], proc.number, payload)
    if code == ERR_RPC and 'decode' in text:
        return f'{style}: {text}'
    code, text = raw.call(NUMBERS[proc.program], proc.number, payload[:-4])
    if (code, 'decode' in text) != (ERR_RPC, True):
        return f'{style}, cut short: {code} {text}'
    return ''


def raw_cases(daemon: StockDaemon, tool: Tool) -> tuple[int, list[str]]:
    facts = Facts()
    raw = Raw(daemon.socket, facts, tool)
    wrong, passed = [], 0
    for proc in facts.procedures:
        if proc.kind != 'call' or proc.program not in ('remote', 'qemu') or not proc.records.get('args') or proc.name in ENDS:
            continue
        try:
            code, text = raw.call(NUMBERS[proc.program], proc.number, b'')
            if 'unknown procedure' in text:
                continue  # newer than the daemon
            bad = raw_case(raw, proc, 'empty') or raw_case(raw, proc, 'one')
        except (OSError, ConnectionError) as error:
            bad = str(error)
            raw.open()
        if bad:
            wrong.append(f'{proc.name}: {bad}')
        passed += not bad
    return passed, wrong


def visit(scratch: str, name: str, folder: str, daemon: StockDaemon, pattern: str) -> list[str]:
    path = f'{scratch}/{name}.out'
    environment = library_environment(folder) | {'LIBVIRT_DEBUG': '4', 'HOME': scratch, 'XDG_RUNTIME_DIR': scratch}
    first = '0'
    while True:
        with open(f'{scratch}/{name}.log', 'ab') as log:
            status = subprocess.run([sys.executable, f'{HERE}/visitor.py', folder, path,
                                     f'test+unix://{HERE}/node.xml?socket={daemon.socket}', first, pattern],
                                    env=environment, stdout=log, stderr=log, cwd=daemon.dir, check=False).returncode
        if status == 0:
            break
        with open(path, encoding='utf-8') as stream:
            first = stream.read().split('\n')[-1].split('\t')[0]
        assert first, f'{name}: status {status}'
        with open(path, 'a', encoding='utf-8') as out:
            out.write('"ended"\n')
    with open(path, encoding='utf-8') as stream:
        return stream.read().replace(f'{scratch}/{name}/', 'SCRATCH/').splitlines()


def differs(label: str, stock: Any, ours: Any) -> bool:
    if isinstance(stock, str) or isinstance(stock[0], str) and stock[0].startswith('no '):
        return False
    if isinstance(ours, str):
        return True
    if stock[2] and ours[2] and stock[2][0] == ours[2][0] == ERR_RPC:
        return False
    if stock[2] or ours[2]:
        return bool(stock[2]) != bool(ours[2]) or stock[2][:2] != ours[2][:2]
    return bool(stock[0] != ours[0] or in_order(stock[1]) != in_order(ours[1]))


def in_order(value: Any) -> Any:
    """Lists of objects come in no order."""
    return sorted((in_order(one) for one in value), key=str) if isinstance(value, list) else value


# What changes from one call to the next, or belongs to the process.
ALIVE = re.compile('GetURI|GetTime|GetCPUTime|CPUStats|GetJob|OpenGraphicsFD|InterfaceStats|BlockStats|GetInfo|GetVcpus|GetState|'
                   'GetXMLDesc|ControlInfo|GetAllDomainStats|ListGetStats|MemoryStats|GetVersion')


def main() -> int:
    folder, tool = sys.argv[1:3]
    pattern = sys.argv[3] if len(sys.argv) > 3 else ''
    try:
        program = unpacked_daemon()
        if os.getuid() != 0:
            raise OSError('only root can give the daemon its own /run')
    except (OSError, subprocess.CalledProcessError, IndexError) as error:
        print(f'1..0 # SKIP no stock daemon here: {error}')
        return 0
    wrong: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory(prefix='stock-') as scratch:
        daemons = {name: StockDaemon(program, f'{scratch}/{name}', PRIVATE) for name in ('stock', 'ours')}
        try:
            with ThreadPoolExecutor() as pool:
                folders = {'stock': 'system', 'ours': folder}
                running = {name: pool.submit(visit, scratch, name, folders[name], daemons[name], pattern) for name in daemons}
                lines = {name: one.result() for name, one in running.items()}
            passed, bad_raw = raw_cases(daemons['ours'], Tool(tool)) if not pattern else (0, [])
        finally:
            for daemon in daemons.values():
                daemon.end()
    cases, absent, answered, known = 0, 0, 0, read_known()
    for stock, ours in zip(lines['stock'], lines['ours']):
        _, function, label, text = stock.split('\t', 3)
        one, other = json.loads(text), json.loads(ours.split('\t', 3)[3])
        cases += 1
        absent += isinstance(one, list) and str(one[0]).startswith('no ')
        answered += isinstance(one, list) and one[2] is None
        bad = wrong.setdefault(function, [])
        if differs(label, one, other) and not (ALIVE.search(function) and bool(one[2]) == bool(other[2])):
            if not any(who.match(function) and what.match(label) for who, what, _ in known):
                bad.append(f'{label}: {str(other)[:300]} instead of {str(one)[:300]}')
    print(f'1..{len(wrong) + 1}')
    for number, (function, bad) in enumerate(wrong.items(), 1):
        print(f'{"not ok" if bad else "ok"} {number} - {function}')
        for text in bad[:5]:
            print(f'# {text}')
    print(f'{"not ok" if bad_raw else "ok"} {len(wrong) + 1} - the daemon decodes what our tables encode')
    for text in bad_raw[:30]:
        print(f'# {text}')
    failed = sum(bool(bad) for bad in wrong.values())
    print(f'# {len(wrong) - failed} of {len(wrong)} functions, {cases} cases, of which {answered} succeed and {absent} lack the '
          f'object; {passed} procedures raw')
    return 1 if failed or bad_raw else 0


if __name__ == '__main__':
    sys.exit(main())
