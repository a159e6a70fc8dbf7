# SPDX-License-Identifier: LGPL-2.1-or-later
"""peer - a scripted server: writes down what a client sends, and answers with values at their boundaries.

It knows the protocol from codec.py.  Given a wire-tool, whatever comes in is also decoded by our own tables, and whatever
goes out is encoded by them: a stock client then speaks with our codec.
"""
from __future__ import annotations

import os
import socket
import struct
import threading
import zlib
from typing import Any, Optional

from codec import EXTREMES, Facts, Field, Many, Procedure, as_json, flat
from tool import Tool

PROGRAMS = {0x20008086: 'remote', 0x20008087: 'qemu', 0x00068000: 'lxc', 0x06900690: 'admin', 0x6b656570: 'keepalive'}
NUMBERS = {name: number for number, name in PROGRAMS.items()}
CALL, REPLY, EVENT, STREAM, CALL_FDS, REPLY_FDS = range(6)
AUTH_LIST, SUPPORTS_FEATURE, OPEN, CLOSE, GET_URI = 66, 60, 1, 2, 110
# How a reply looks.  There is also 'count': what was asked for is only counted.
STYLES = ['one', 'empty', 'two', 'low', 'high', 'types', 'max', 'over', 'short', 'long', 'error', 'errno', 'plain',
          'bare error']
COUNTS = {'ret', 'nparams', 'nerrors', 'num'}
FDS_OUT = {('remote', 343), ('lxc', 1), ('qemu', 7)}


def show(payload: bytes) -> str:
    return payload.hex() if len(payload) <= 600 else f'{len(payload)} bytes, {zlib.crc32(payload):08x}'


class Replies:
    """What to answer a procedure with, by style."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.procs = {(proc.program, proc.number): proc for proc in facts.procedures}
        self.made: dict[tuple[str, int, str], tuple[bool, bytes, Any]] = {}

    def error(self, style: str) -> dict[str, Any]:
        domain = {'name': 'dom', 'uuid': bytes(range(16)), 'id': 7}
        network = {'name': 'net', 'uuid': bytes(range(16))}
        full = {'code': 55, 'domain': 10, 'message': 'Requested operation is not valid: so it is', 'level': 2, 'dom': domain,
                'str1': 'Requested operation is not valid: %s', 'str2': 'so it is', 'str3': 'third', 'int1': 5, 'int2': 6,
                'net': network}
        bare = {name: None if full[name].__class__ in (str, dict) else full[name] for name in full} | {'int1': -1, 'int2': -1}
        if style == 'errno':
            text = 'so it is: Permission denied'
            return bare | {'code': 38, 'message': text, 'str1': '%s', 'str2': text, 'int1': 13}
        if style == 'plain':
            return bare | {'code': 8, 'domain': 7, 'message': 'path in virFoo must not be NULL', 'str1': 'virFoo', 'str2': 'path',
                           'int1': 0, 'int2': 0}
        return bare if style == 'bare error' else full

    def value(self, fields: list[Field], style: str) -> dict[str, Any]:
        kind = style if style in ('one', 'empty') else 'empty' if style in ('count', 'max', 'over') else 'one'
        made = self.facts.value(fields, kind, 3)
        arrays = 0
        for one in fields:
            value = made[one.name]
            if one.array == 'variable':
                if style in ('two', 'low', 'high') and isinstance(value, list):
                    made[one.name] = [self.facts.single(one.base, 'one', 40 + i) for i in range(2)]
                elif style in ('two', 'low', 'high'):
                    made[one.name] = b'\x01\x02'
                elif style == 'types' and one.type == 'typed_param':
                    made[one.name] = [self.facts.single(one.base, 'one', 70 + i) for i in range(8)]
                    made[one.name][0]['field'] = 'f' * 79
                elif style == 'long' and one.type == 'typed_param':
                    made[one.name][0]['field'] = 'f' * 80
                elif style in ('max', 'over'):
                    times = one.max + (style == 'over')
                    each = b'y' if one.type in ('opaque', 'char') else self.facts.single(one.base, 'empty', 0)
                    made[one.name] = Many(times, each)
                arrays = max(arrays, made[one.name].times if isinstance(made[one.name], Many) else len(made[one.name]))
            elif one.array == '' and one.base in EXTREMES and style in ('low', 'high'):
                made[one.name] = 0 if one.base[0] == 'u' and style == 'low' else EXTREMES[one.base][0 if style == 'low' else -1]
            elif one.array == 'fixed':
                made[one.name] = bytes(one.max - 1) if style == 'low' else made[one.name]
                made[one.name] = made[one.name][:one.max - 1].ljust(one.max, b'\0')
        if any(one.array == 'variable' for one in fields):
            for one in fields:
                if one.name in COUNTS:
                    counted = 5 if style == 'count' else arrays
                    made[one.name] = 0 if one.name == 'nparams' and arrays else counted
        return made

    def reply(self, proc: Procedure, style: str) -> tuple[bool, bytes, Any]:
        """Whether it is an error, payload, and the value where the payload is what our tables can make."""
        key = (proc.program, proc.number, style)
        if key not in self.made:
            self.made[key] = self.make(proc, style)
        return self.made[key]

    def make(self, proc: Procedure, style: str) -> tuple[bool, bytes, Any]:
        if style in ('error', 'errno', 'plain', 'bare error'):
            value = self.error(style)
            return True, flat(self.facts.encode(self.facts.structs['error'], value)), value
        fields = proc.records.get('ret', [])
        value = self.value(fields, style)
        if proc.name == 'DOMAIN_GET_CPU_STATS' and value['params']:  # the one that counts what one CPU has
            value['nparams'] = 1
        payload = flat(self.facts.encode(fields, value))
        if style == 'short':
            return False, payload[:-4], None
        return False, payload, None if style == 'over' else value


class Peer:
    def __init__(self, path: str, facts: Facts, tool: Optional[Tool] = None) -> None:
        self.facts, self.replies, self.tool = facts, Replies(facts), tool
        self.style, self.features, self.callback = 'one', 1, 0
        self.sent: list[list[Any]] = []
        self.complaints, self.label = path + '.wrong', ''
        self.connections: list[socket.socket] = []
        self.seen: set[tuple[str, bytes]] = set()
        self.null = os.open('/dev/null', os.O_RDWR)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(20)
        threading.Thread(target=self.accept, daemon=True).start()

    def complain(self, text: str) -> None:
        with open(self.complaints, 'a', encoding='utf-8') as stream:
            stream.write(f'{self.label}: {text[:1000]}\n')

    def accept(self) -> None:
        while True:
            sock, _ = self.listener.accept()
            self.connections.append(sock)
            threading.Thread(target=self.serve, args=(sock,), daemon=True).start()

    def serve(self, sock: socket.socket) -> None:
        try:
            while self.packet(sock):
                pass
        except OSError:
            pass
        except Exception as error:  # pylint: disable=broad-except
            self.complain(f'{type(error).__name__}: {error}')
            sock.shutdown(socket.SHUT_RDWR)  # whoever waits for an answer is to know that none will come

    @staticmethod
    def read(sock: socket.socket, n: int) -> bytes:
        parts = []
        while n:
            data, fds, _, _ = socket.recv_fds(sock, min(n, 1 << 20), 32)
            for fd in fds:
                os.close(fd)
            if not data:
                raise ConnectionError
            parts.append(data)
            n -= len(data)
        return b''.join(parts)

    def packet(self, sock: socket.socket) -> bool:
        length, = struct.unpack('>I', self.read(sock, 4))
        body = self.read(sock, length - 4)
        number, version, proc_number, kind, serial, status = struct.unpack_from('>IIiiIi', body)
        program = PROGRAMS[number]
        payload = body[24:]
        n_fds = 0
        if kind == CALL_FDS:
            n_fds, = struct.unpack_from('>I', payload)
            payload = payload[4:]
            self.read(sock, n_fds)
        self.sent.append([program, proc_number, kind, status, n_fds, show(payload)])
        if kind == STREAM and status != 2:
            self.answer(sock, number, proc_number, STREAM, serial, 0, b'')
        elif kind in (CALL, CALL_FDS):
            self.call(sock, self.replies.procs[(program, proc_number)], number, serial, payload)
        return True

    def call(self, sock: socket.socket, proc: Procedure, number: int, serial: int, payload: bytes) -> None:
        fields = proc.records.get('args', [])
        args, used = self.facts.decode(fields, payload)
        if used != len(payload):
            self.complain(f'{proc.name}: {len(payload) - used} bytes too many')
        name = f'{proc.program}/{proc.number}'
        if self.tool and fields and self.unseen(name, payload):
            ours = self.tool.decode(f'{name}/args', [(payload, 1)])
            if ours.get('value') != as_json(args) or not ours.get('same'):
                self.complain(f'{proc.name}: our tables read {ours} instead of {args}')
        fixed = self.setup_reply(proc)
        if fixed is not None:
            self.answer(sock, number, proc.number, REPLY, serial, 0, fixed)
            return
        failed, reply, value = self.replies.reply(proc, self.style)
        if not failed and [one.name for one in proc.records.get('ret', [])] == ['callbackID']:
            self.callback += 1  # no two the same, as of a daemon
            reply, value = struct.pack('>i', self.callback), {'callbackID': self.callback}
        if self.tool and value is not None and (failed or proc.records.get('ret')) and self.unseen(name, reply):
            ours = self.tool.encode('WireError' if failed else f'{name}/ret', value)
            if ours.get('hex') != as_json(reply):
                self.complain(f'{proc.name}: our tables encode {ours} instead of {reply.hex()}')
        if (proc.program, proc.number) in FDS_OUT and not failed:
            count = 1 if proc.number == 343 else 2
            self.answer(sock, number, proc.number, REPLY_FDS, serial, 0, struct.pack('>I', count) + reply)
            for _ in range(count):
                socket.send_fds(sock, [b'\0'], [self.null])
        else:
            self.answer(sock, number, proc.number, REPLY, serial, int(failed), reply)

    def unseen(self, name: str, payload: bytes) -> bool:
        """Whether our tables are to be asked: for each message once, and test-codec.py has the large ones."""
        if len(payload) >= 100000 or (name, payload) in self.seen:
            return False
        self.seen.add((name, payload))
        return True

    def setup_reply(self, proc: Procedure) -> Optional[bytes]:
        """What it takes to have a connection at all; the same whatever the script says."""
        if proc.program != 'remote':
            return b'' if proc.name in ('CONNECT_OPEN', 'CONNECT_CLOSE') else None
        if proc.number == SUPPORTS_FEATURE:
            return struct.pack('>i', self.features)
        if proc.number == AUTH_LIST:
            return struct.pack('>Ii', 1, 0)
        if proc.number in (OPEN, CLOSE):
            return b''
        return None

    @staticmethod
    def answer(sock: socket.socket, program: int, proc: int, kind: int, serial: int, status: int, payload: bytes) -> None:
        sock.sendall(struct.pack('>IIIiiIi', 28 + len(payload), program, 1, proc, kind, serial, status) + payload)

    def event(self, proc: Procedure, value: dict[str, Any]) -> None:
        """To the newest connection."""
        part = 'msg' if 'msg' in proc.records else 'legacy'
        payload = flat(self.facts.encode(proc.records[part], value))
        if self.tool and self.tool.encode(f'{proc.program}/{proc.number}/{part}', value).get('hex') != as_json(payload):
            self.complain(f'{proc.name}: our tables encode it otherwise')
        self.answer(self.connections[-1], NUMBERS[proc.program], proc.number, EVENT, 1, 0, payload)

    def drop(self) -> None:
        """End every connection, as a daemon that dies does."""
        for sock in self.connections:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.connections.clear()
