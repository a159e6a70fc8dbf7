#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Call every public function of one libvirt.so.0 against a scripted peer, at every boundary; write down what happened.

    caller.py FOLDER|system OUTPUT SCRATCH WIRE-TOOL|- FIRST [PATTERN]

One line a case: what was called, what came back, what was sent.  test-clients.py runs this for two libraries and compares.
A call may end the process (a NULL where the interface wants none); it is then started again at case FIRST.
"""
from __future__ import annotations

import ctypes
import json
import os
import re
import signal
import sys
import time
import zlib
from dataclasses import dataclass
from typing import Any, Iterator, Optional

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from codec import STRING_MAX, Facts  # noqa: E402
from library import BIG, CANARY, NUMBERS, OBJECTS, ROOM, UNUSED, Function, Library, Param, TypedParam  # noqa: E402
from library import functions, size_of, struct_at, text_at, words_at  # noqa: E402
from peer import STYLES, Peer  # noqa: E402
from tool import Tool  # noqa: E402

# What cannot be called like this: it ends or makes handles, waits for its own callbacks, or changes this process.
APART = re.compile(r'Free$|FreeList$|Ref$|^virEvent|Error(?!s)|^virInitialize|Open(Auth|ReadOnly)?$|Connect(Close|SetKeepAlive)$|'
                   r'^virTypedParam|LxcEnter|^virGetVersion|virConnectAuthPtr|'
                   r'virStream(SendAll|RecvAll|Sparse|EventAddCallback)')
FETCH = {
    'Domain': ('virDomainLookupByName', 'Connect', b'dom'), 'Network': ('virNetworkLookupByName', 'Connect', b'net'),
    'NetworkPort': ('virNetworkPortLookupByUUID', 'Network', bytes(range(16))),
    'Interface': ('virInterfaceLookupByName', 'Connect', b'eth0'),
    'StoragePool': ('virStoragePoolLookupByName', 'Connect', b'pool'),
    'StorageVol': ('virStorageVolLookupByName', 'StoragePool', b'vol'),
    'NodeDevice': ('virNodeDeviceLookupByName', 'Connect', b'dev'),
    'Secret': ('virSecretLookupByUUID', 'Connect', bytes(range(16))),
    'NWFilter': ('virNWFilterLookupByName', 'Connect', b'filter'),
    'NWFilterBinding': ('virNWFilterBindingLookupByPortDev', 'Connect', b'vnet0'),
    'DomainSnapshot': ('virDomainSnapshotLookupByName', 'Domain', b'snap'),
    'DomainCheckpoint': ('virDomainCheckpointLookupByName', 'Domain', b'check'),
    'AdmServer': ('virAdmConnectLookupServer', 'AdmConnect', b'server')}
VALUES: dict[str, list[Any]] = {
    'int': [0, 1, 2, 16, 17, -1, 2**31 - 1, -2**31], 'unsigned int': [0, 1, 2, 16, 17, 65, 2**31, 2**32 - 1],
    'unsigned long': [0, 1, 2**32, 2**64 - 1], 'long long': [0, -1, 2**63 - 1, -2**63],
    'unsigned long long': [0, 1, 2**63, 2**64 - 1], 'size_t': [0, 1, 4194304, 4194305], 'double': [0.0, -1.5]}
ARRAYS = {'VcpuInfo', 'DomainMemoryStat', 'DomainDiskError'}
GIVEN = {'keycodes', 'pageSizes', 'pageCounts', 'pages'}
FILES = {'files', 'fds', 'infiles', 'fdlist'}
IN_ARRAY = 70  # how many entries arrays that are passed in have


@dataclass(frozen=True)
class Long:
    """A text of so many bytes, made only when it is used."""
    length: int

    def __str__(self) -> str:
        return f'{self.length} bytes'


class Caller:
    def __init__(self, library: Library, peer: Peer, path: str) -> None:
        self.library, self.peer, self.path = library, peer, path
        self.handles: dict[str, int] = {}
        self.buffers: dict[int, Any] = {}
        self.made: dict[tuple[int, int], Any] = {}
        self.null = (ctypes.c_int * IN_ARRAY)(*[os.open('/dev/null', os.O_RDWR)] * IN_ARRAY)
        self.keep: list[Any] = []

    # ---- handles ----

    def handle(self, kind: str) -> int:
        if kind not in self.handles:
            self.handles[kind] = self.fetch(kind)
            assert self.handles[kind], f'no {kind}: {self.library.error()}'
        return self.handles[kind]

    def fetch(self, kind: str) -> int:
        get = self.library.get
        if kind == 'Connect':
            return get('virConnectOpen')(f'test+unix:///default?socket={self.path}'.encode())  # type: ignore[no-any-return]
        if kind == 'AdmConnect':
            return get('virAdmConnectOpen')(f'libvirtd:///system?socket={self.path}'.encode(), 0)  # type: ignore[no-any-return]
        if kind == 'Stream':
            return get('virStreamNew')(ctypes.c_void_p(self.handle('Connect')), 0)  # type: ignore[no-any-return]
        if kind == 'AdmClient':
            server = ctypes.c_void_p(self.handle('AdmServer'))
            return get('virAdmServerLookupClient')(server, ctypes.c_ulonglong(7), 0)  # type: ignore[no-any-return]
        name, parent, key = FETCH[kind]
        return get(name)(ctypes.c_void_p(self.handle(parent)), key, 0)  # type: ignore[no-any-return]

    def forget(self) -> None:
        self.handles.clear()

    # ---- arguments ----

    def buffer(self, place: int, size: int) -> Any:
        """Memory full of canaries; one for each place, used again."""
        key = (place, size)
        if key not in self.made:
            self.made[key] = ctypes.create_string_buffer(size)
        self.buffers[place] = self.made[key]
        ctypes.memset(self.buffers[place], CANARY, min(size, 1 << 16))
        return self.buffers[place]

    def typed_in(self, count: int) -> Any:
        array = (TypedParam * IN_ARRAY)()
        for i, param in enumerate(array):
            param.field, param.type = f'field{i}'.encode(), 1 + (i + count) % 7
            for member, value in (('i', -i), ('ui', i), ('l', -i), ('ul', i), ('d', i + 0.5), ('b', i % 2), ('s', b'text')):
                if member == (None, 'i', 'ui', 'l', 'ul', 'd', 'b', 's')[param.type]:
                    setattr(param.value, member, value)
        return array

    @staticmethod
    def typed_is_given(function: Function) -> bool:
        return 'Get' not in function.name and 'BlockStats' not in function.name

    def base(self, function: Function, param: Param) -> Any:
        """The ordinary value of a number or a text."""
        if param.type == 'const char *':
            return f'text of {param.name}'.encode()
        if param.name == 'flags':
            return 0
        if param.name == 'eventID':
            return 0
        if re.match(r'max|n[a-z]*$|.*len$|size|length|value_size|nbytes|ncpus', param.name):
            return 8 if re.search('Get|List|Peek|Recv', function.name) else 2
        return 3

    def make(self, function: Function, place: int, value: Any) -> tuple[Any, int]:
        """The argument for ctypes, and the address of what the call may fill (0: nothing)."""
        param = function.params[place]
        if param.object:
            return self.make_object(param.object, value), 0
        if isinstance(value, str) and value == 'null':
            return None, 0
        if param.type == 'const char *':
            return b'x' * value.length if isinstance(value, Long) else value, 0
        if param.type in NUMBERS:
            return NUMBERS[param.type](value), 0
        made = self.make_pointer(function, place, param)
        self.keep.append(made)
        filled = 0 if made is None or param.type.startswith('const') else ctypes.addressof(made)
        return made, filled

    def make_object(self, kind: str, value: Any) -> Any:
        if value == 'null':
            return None
        if value == 'wrong':
            other = {'Adm': ('AdmConnect', 'AdmServer')}.get(kind[:3], ('Domain', 'StoragePool'))
            kind = other[1] if kind == other[0] else other[0]
        if kind == 'Stream':
            self.handles.pop('Stream', None)
        return ctypes.c_void_p(self.handle(kind))

    def make_pointer(self, function: Function, place: int, param: Param) -> Any:
        kind = param.type
        if kind == 'virTypedParameterPtr':
            return self.typed_in(0) if self.typed_is_given(function) else self.buffer(place, BIG)
        if kind == 'virDomainPtr *':
            return (ctypes.c_void_p * 3)(self.handle('Domain'), self.handle('Domain'), None)
        if kind == 'const char **':
            return (ctypes.c_char_p * (IN_ARRAY + 1))(*[f'item{i}'.encode() for i in range(IN_ARRAY)])
        if kind == 'const unsigned char *':
            return (ctypes.c_ubyte * ROOM)(*range(1, 100))
        if kind.endswith(('Func', 'Callback')):
            return UNUSED
        if kind == 'void *':
            return self.buffer(place, BIG) if param.name == 'buffer' else None
        if param.name in FILES and kind == 'int *':
            return self.null
        if param.name in GIVEN:
            width = ctypes.c_ulonglong if 'long' in kind else ctypes.c_uint
            return (width * IN_ARRAY)(*range(1, IN_ARRAY + 1))
        large = kind in ('unsigned char *', 'char ** const', 'char **') or param.struct in ARRAYS
        made = self.buffer(place, BIG if large else ROOM)
        if kind == 'virTypedParameterPtr *':
            ctypes.memset(made, 0, 8)  # anything else is taken for room to fill
        if param.name == 'nparams':
            ctypes.c_int.from_buffer(made).value = 8
        return made

    # ---- cases ----

    def cases(self, function: Function) -> Iterator[tuple[str, str, int, dict[int, Any]]]:
        """Label, style of replies, features, arguments that are not ordinary."""
        for style in STYLES:
            yield style, style, 1, {}
        yield 'no features', 'one', 0, {}
        texts = 0
        for place, param in enumerate(function.params):
            values: list[Any] = ['null']
            if param.object:
                values = ['null', 'wrong']
            elif param.type == 'const char *':
                values = ['null', b''] + ([] if texts else [Long(STRING_MAX), Long(STRING_MAX + 1)])
                texts += 1  # the longest once a call: every member's limit is test-codec.py's
            elif param.name == 'flags' or param.name == 'stats':
                values = [1 << bit for bit in (*range(8), 31)] + [2**32 - 1]
            elif param.name == 'eventID':
                values = [-1, *range(1, 30), 2**31 - 1]
            elif param.type in NUMBERS:
                values = VALUES[param.type]
                if param.name.startswith('n') and any('*' in other.type for other in function.params):
                    values = [value for value in values if value < IN_ARRAY]  # no more than what is really there
            for value in values:
                shown = f'{len(value)} bytes' if isinstance(value, bytes) else value
                yield f'{param.name}={shown}', 'one', 1, {place: value}
                if param.name.startswith(('max', 'n')) and param.type in ('int', 'unsigned int') and value in (0, 1, 16):
                    for style in ('empty', 'count', 'max'):
                        yield f'{param.name}={shown} {style}', style, 1, {place: value}
        yield 'gone', 'one', 1, {}

    # ---- results ----

    def outcome(self, function: Function, result: Any, filled: list[int]) -> list[Any]:
        kind = function.result
        good = result is not None and (not isinstance(result, int) or result >= 0)
        if kind == 'char *' or kind == 'const char *':
            shown = text_at(result)
        elif kind.startswith('vir') and kind[3:-3] in OBJECTS:
            shown = self.library.describe(kind[3:-3], result)
        elif kind == 'unsigned char *':
            size = words_at(filled[1], 1)[0] if result else 0
            shown = ctypes.string_at(result, size).hex()[:400] if result else None
        else:
            shown = result
        count = result if isinstance(result, int) and kind == 'int' else 0
        outs = [self.out(function, place, address, good, count, filled) for place, address in enumerate(filled) if address]
        return [shown, outs]

    def out(self, function: Function, place: int, address: int, good: bool, count: int, filled: list[int]) -> Any:
        param = function.params[place]
        kind = param.type
        size = len(self.buffers[place]) if place in self.buffers else 0
        if param.name in FILES | GIVEN or kind in ('virDomainPtr *', 'const char **') or kind.endswith(('Func', 'Callback')):
            return None
        if kind == 'virTypedParameterPtr' and self.typed_is_given(function):
            return None
        listed = param.name.endswith('names') or param.name == 'uuids'
        if kind.endswith('**') and not listed or kind.endswith('Ptr *') or kind == 'char ***':
            return self.slot(function, param, address, good, count, filled)
        if not good:
            return f'{zlib.crc32(ctypes.string_at(address, 4096)):08x}'
        if 'char **' in kind:
            return [text_at(at) for at in words_at(address, min(count, BIG // 8))]
        if kind == 'virTypedParameterPtr':
            return Library.typed(address, self.params_count(function, count, filled))
        if param.struct:
            n = count if param.struct in ARRAYS else 1
            if param.struct in ('NodeCPUStats', 'NodeMemoryStats'):
                n = self.params_count(function, 0, filled)
            return [struct_at(param.struct, address + i * size_of(param.struct)) for i in range(min(n, 20000))]
        text = ctypes.string_at(address, min(size, ROOM))
        return f'{text[:64].hex()} {zlib.crc32(text):08x}'

    @staticmethod
    def params_count(function: Function, count: int, filled: list[int]) -> int:
        for place, param in enumerate(function.params):
            if param.name == 'nparams' and filled[place]:
                return min(max(ctypes.c_int.from_address(filled[place]).value, 0), 90000)
        return max(count, 0)

    def slot(self, function: Function, param: Param, address: int, good: bool, count: int, filled: list[int]) -> Any:
        """A pointer that the call set to a list it made."""
        at = words_at(address, 1)[0]
        if at == CANARY * 0x0101010101010101:
            return 'untouched'
        if not at or not good:
            return 'none' if not at else 'something'
        kind = param.type.rstrip(' *')
        if param.type == 'char **':
            return text_at(at)
        if param.type == 'char ***':
            return [text_at(one) for one in words_at(at, count)]
        if param.type == 'unsigned char **':
            return ctypes.string_at(at, (count + 7) // 8).hex()[:400]
        if param.type == 'int **':
            return 'descriptors'
        if kind == 'virTypedParameterPtr':
            return Library.typed(at, self.params_count(function, count, filled))
        if kind == 'virSecurityLabelPtr':
            return [struct_at('SecurityLabel', at + 4104 * i) for i in range(count)]
        listed = [self.library.element(kind[3:-3], one) for one in words_at(at, count)]
        return listed if count < 100 else [count, listed[0], listed[-1]]

    # ---- one case ----

    def run(self, function: Function, style: str, features: int, changed: dict[int, Any]) -> list[Any]:
        self.peer.style, self.peer.features = 'one', features
        self.keep.clear()
        arguments, filled = [], []
        for place, param in enumerate(function.params):
            value = changed.get(place)
            if value is None and (param.type in NUMBERS or param.type == 'const char *'):
                value = self.base(function, param)
            made, address = self.make(function, place, value)
            arguments.append(made)
            filled.append(address)
        result_type = NUMBERS.get(function.result, None if function.result == 'void' else ctypes.c_void_p)
        call = self.library.get(function.name, result_type, function.library)
        self.peer.style, self.peer.features = style, features
        self.library.main.virResetLastError()
        self.peer.sent.clear()
        signal.alarm(20)
        result = call(*arguments)
        signal.alarm(0)
        sent = list(self.peer.sent)
        error = self.library.error()
        return [*self.outcome(function, result, filled), error, sent]


def main() -> int:
    folder, output, scratch, tool, first = sys.argv[1:6]
    pattern = re.compile(sys.argv[6] if len(sys.argv) > 6 else '')
    path = os.path.join(scratch, 'sock')
    library = Library(None if folder == 'system' else folder)
    library.main.virEventRegisterDefaultImpl()
    peer = Peer(path, Facts(), None if tool == '-' else Tool(tool))
    caller = Caller(library, peer, path)
    number = 0
    with open(output, 'a', encoding='utf-8') as out:
        for function in functions():
            if APART.search(function.name) or not pattern.search(function.name) or function.version > (9, 0, 0):
                continue
            caller.forget()
            for label, style, features, changed in caller.cases(function):
                number += 1
                if number <= int(first):
                    continue
                peer.label = f'{function.name} {label}'
                out.write(f'{number}\t{function.name}\t{label}\t')
                out.flush()
                if label == 'no features':  # what the peer can do is asked once
                    caller.forget()
                if label == 'gone':
                    for param in function.params:
                        if param.object:
                            caller.handle(param.object)
                    caller.peer.drop()
                began = time.monotonic()
                out.write(json.dumps(caller.run(function, style, features, changed)) + '\n')
                if os.environ.get('INTEROP_TIMES') and time.monotonic() - began > 0.02:
                    print(f'{time.monotonic() - began:.3f} {function.name} {label}', file=sys.stderr)
                if label in ('gone', 'no features'):
                    caller.forget()
    return 0


if __name__ == '__main__':
    sys.exit(main())
