# SPDX-License-Identifier: LGPL-2.1-or-later
"""library - any libvirt.so.0 through ctypes: prototypes from the facts, arguments by type, results put into words.

Nothing here is written per function.  A value is made from the C type and name of a parameter, and what a call left
behind (its result, every buffer and list it was given, the thread's error) becomes plain data that two libraries can be
compared by.
"""
from __future__ import annotations

import ctypes
import os
import re
import struct
import zlib
from dataclasses import dataclass
from typing import Any, Callable, Optional

from codec import FACTS, Facts

LIBRARIES = ['libvirt', 'libvirt-qemu', 'libvirt-lxc', 'libvirt-admin']
OURS = 11003000  # the version that ours says it is
CANARY = 0xA5
ROOM = 1 << 17  # bytes behind every pointer to numbers
BIG = 9 << 20   # ... and behind maps and peeked memory
OBJECTS = ['Connect', 'Domain', 'Network', 'NetworkPort', 'Interface', 'StoragePool', 'StorageVol', 'NodeDevice', 'Secret',
           'NWFilter', 'NWFilterBinding', 'DomainSnapshot', 'DomainCheckpoint', 'Stream', 'AdmConnect', 'AdmServer',
           'AdmClient']
# Structures without pointers, and with texts (z): native layout.
STRUCTS = {'DomainInfo': 'BLLHQ', 'DomainBlockStats': '5q', 'DomainInterfaceStats': '8q', 'DomainBlockInfo': '3Q',
           'DomainMemoryStat': 'iQ', 'VcpuInfo': 'IiQi', 'DomainBlockJobInfo': 'iLQQ', 'DomainJobInfo': 'i11Q',
           'DomainControlInfo': 'IIQ', 'StoragePoolInfo': 'i3Q', 'StorageVolInfo': 'iQQ', 'NodeInfo': '32sL6I',
           'NodeCPUStats': '80sQ', 'NodeMemoryStats': '80sQ', 'SecurityLabel': '4097si', 'SecurityModel': '257s257s',
           'DomainDiskError': 'zi', 'NetworkDHCPLease': 'zqizzzIzz'}
NUMBERS: dict[str, Any] = {
    'int': ctypes.c_int, 'unsigned int': ctypes.c_uint, 'unsigned long': ctypes.c_ulong, 'long long': ctypes.c_longlong,
    'unsigned long long': ctypes.c_ulonglong, 'size_t': ctypes.c_size_t, 'double': ctypes.c_double}
CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int)
UNUSED = CALLBACK(lambda: 0)


class TypedParam(ctypes.Structure):
    class Value(ctypes.Union):
        _fields_ = [('i', ctypes.c_int), ('ui', ctypes.c_uint), ('l', ctypes.c_longlong), ('ul', ctypes.c_ulonglong),
                    ('d', ctypes.c_double), ('b', ctypes.c_byte), ('s', ctypes.c_char_p)]
    _fields_ = [('field', ctypes.c_char * 80), ('type', ctypes.c_int), ('value', Value)]


class Error(ctypes.Structure):
    _fields_ = [('code', ctypes.c_int), ('domain', ctypes.c_int), ('message', ctypes.c_char_p), ('level', ctypes.c_int),
                ('conn', ctypes.c_void_p), ('dom', ctypes.c_void_p), ('str1', ctypes.c_char_p), ('str2', ctypes.c_char_p),
                ('str3', ctypes.c_char_p), ('int1', ctypes.c_int), ('int2', ctypes.c_int), ('net', ctypes.c_void_p)]


@dataclass(frozen=True)
class Param:
    type: str
    name: str

    @property
    def object(self) -> Optional[str]:
        """'Domain' for virDomainPtr."""
        match = re.fullmatch(r'vir(\w+)Ptr', self.type)
        return match[1] if match and match[1] in OBJECTS else None

    @property
    def struct(self) -> Optional[str]:
        match = re.fullmatch(r'vir(\w+)Ptr', self.type)
        return match[1] if match and match[1] in STRUCTS else None


@dataclass(frozen=True)
class Function:
    library: str
    version: tuple[int, ...]
    name: str
    result: str
    params: tuple[Param, ...]


def functions() -> list[Function]:
    found = []
    for library, node, name, prototype, _ in Facts.read(FACTS, 'symbols.tsv'):
        match = re.fullmatch(r'(.+?)\((.*)\)', prototype)
        if not match:
            continue
        params = []
        for text in match[2].split('; ') if match[2] not in ('', 'void') else []:
            kind, _, word = text.rpartition(' ')
            params.append(Param(kind, word))
        version = tuple(int(part) for part in node.rsplit('_', 1)[1].split('.'))
        found.append(Function(library, version, name, match[1].strip(), tuple(params)))
    return found


def pointer(value: Optional[int]) -> Optional[int]:
    return value or None


def text_at(address: Optional[int]) -> Optional[str]:
    if not address:
        return None
    data = ctypes.string_at(address)
    return data.decode('utf-8', 'replace') if len(data) < 400 else f'{len(data)} bytes, {zlib.crc32(data):08x}'


def words_at(address: int, n: int) -> list[int]:
    return list((ctypes.c_uint64 * n).from_address(address))


def struct_at(kind: str, address: int) -> list[Any]:
    form = '@' + STRUCTS[kind].replace('z', 'P')
    values = struct.unpack(form, ctypes.string_at(address, struct.calcsize(form)))
    out: list[Any] = []
    letters = re.sub(r'(\d+)([a-rt-zA-Z])', lambda m: m[2] * int(m[1]), re.sub(r'\d+s', 's', STRUCTS[kind]))
    for letter, value in zip(letters, values):
        if letter == 'z':
            out.append(text_at(value))
        elif letter == 's':
            out.append(value.split(b'\0')[0].decode('utf-8', 'replace'))
        else:
            out.append(value)
    return out


def size_of(kind: str) -> int:
    form = '@' + STRUCTS[kind].replace('z', 'P')
    size = struct.calcsize(form)
    align = 8 if re.search('[LQqP]', form) else 4 if 'i' in form or 'I' in form else 1
    return -(-size // align) * align


class Library:
    def __init__(self, folder: Optional[str] = None) -> None:
        """@folder: where the libraries are; None: the system's."""
        self.libraries = {}
        for name in LIBRARIES:
            path = os.path.join(folder, f'{name}.so.0') if folder else f'{name}.so.0'
            self.libraries[name] = ctypes.CDLL(path, mode=ctypes.RTLD_GLOBAL)
        self.main = self.libraries['libvirt']
        version = ctypes.c_ulong()
        self.main.virGetVersion(ctypes.byref(version), None, None)
        assert (version.value == OURS) == (folder is not None), f'libvirt {version.value} is the wrong library for {folder}'
        self.silent = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)(lambda *_: None)
        self.main.virSetErrorFunc(None, self.silent)

    def get(self, name: str, result: Any = ctypes.c_void_p, library: str = 'libvirt') -> Callable[..., Any]:
        function = getattr(self.libraries['libvirt-admin' if name.startswith('virAdm') else library], name)
        function.restype = result
        return function  # type: ignore[no-any-return]

    def has(self, function: Function) -> bool:
        return hasattr(self.libraries[function.library], function.name)

    # ---- what things are, in words ----

    def describe(self, kind: str, handle: Optional[int]) -> Any:
        """An object by what its own getters say."""
        if not handle:
            return None
        if kind in ('Connect', 'Stream', 'AdmConnect'):
            return kind
        out: list[Any] = [kind]
        special: dict[str, list[str]] = {
            'StorageVol': ['Name', 'Key'], 'Secret': ['UsageID'], 'NWFilterBinding': ['PortDev', 'FilterName'],
            'Interface': ['Name', 'MACString'], 'NetworkPort': [], 'AdmClient': []}
        for name in special.get(kind, ['Name']):
            out.append(text_at(self.get(f'vir{kind}Get{name}')(ctypes.c_void_p(handle))))
        if kind in ('Domain', 'Network', 'NetworkPort', 'StoragePool', 'Secret', 'NWFilter'):
            uuid = ctypes.create_string_buffer(16)
            self.get(f'vir{kind}GetUUID', ctypes.c_int)(ctypes.c_void_p(handle), uuid)
            out.append(uuid.raw.hex())
        if kind == 'Domain':
            out.append(self.get('virDomainGetID', ctypes.c_int)(ctypes.c_void_p(handle)))
        if kind == 'AdmClient':
            for name in ('ID', 'Timestamp', 'Transport'):
                out.append(self.get(f'virAdmClientGet{name}', ctypes.c_longlong)(ctypes.c_void_p(handle)) & 0xffffffff)
        self.main.virResetLastError()
        return out

    @staticmethod
    def typed(address: int, n: int) -> list[Any]:
        out = []
        for param in (TypedParam * n).from_address(address):
            member = {1: 'i', 2: 'ui', 3: 'l', 4: 'ul', 5: 'd', 6: 'b', 7: 's'}.get(param.type)
            value = getattr(param.value, member) if member else None
            if isinstance(value, bytes):
                value = value.decode('utf-8', 'replace')
            out.append([param.field.decode('utf-8', 'replace'), param.type, value])
        return out

    def element(self, kind: str, address: int) -> Any:
        """What a pointer in a returned list leads to."""
        if kind in OBJECTS:
            return self.describe(kind, address)
        if kind in STRUCTS:
            return struct_at(kind, address)
        words = words_at(address, 5 if kind == 'DomainFSInfo' else 4 if kind == 'DomainInterface' else 3)
        if kind == 'DomainStatsRecord':
            return [self.describe('Domain', words[0]), self.typed(words[1], words[2] & 0xffffffff)]
        if kind == 'DomainFSInfo':
            names = [text_at(at) for at in words_at(words[4], words[3])] if words[3] else []
            return [text_at(at) for at in words[:3]] + names
        if kind == 'DomainIOThreadInfo':
            return [words[0] & 0xffffffff, ctypes.string_at(words[1], words[2] & 0xffffffff).hex() if words[1] else None]
        assert kind == 'DomainInterface', kind
        out = [text_at(words[0]), text_at(words[1])]
        for i in range(words[2] & 0xffffffff):
            family, text, prefix = struct.unpack('@iPI', ctypes.string_at(words[3] + 24 * i, 20))
            out.append([family, text_at(text), prefix])  # type: ignore[arg-type]
        return out

    def error(self) -> Any:
        get = self.get('virGetLastError')
        address = get()
        if not address:
            return None
        error = Error.from_address(address)
        texts = [value.decode('utf-8', 'replace')[:300] if value else value for value in
                 (error.message, error.str1, error.str2, error.str3)]
        return [error.code, error.domain, error.level, texts[0], texts[1:], error.int1, error.int2]
