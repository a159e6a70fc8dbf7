#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Call every public function of a libvirt.so.0 as it must not be called, against a test driver; write down what it says.

    probe.py FOLDER|system OUTPUT URI FIRST [PATTERN]

Scenarios: null and wrong object, read-only connection, flags nobody knows, each pair of exclusive flags; with a daemon
(DAEMON_DENY names the file whose presence makes everything forbidden) permission denied; last of all, the daemon gone
(DAEMON_ENDS).  Objects that the driver does not have come from a scripted peer, for what the library refuses by itself.  One line a case: function, scenario, result and error, whether all objects are as they were, whether
the object still answers.
"""
from __future__ import annotations

import ctypes
import json
import os
import re
import signal
import sys
import zlib
from typing import Any, Optional

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, '..', 'interop')]

from caller import APART, Caller  # noqa: E402
from codec import FACTS, Facts  # noqa: E402
from library import NUMBERS, Function, Library, functions, text_at  # noqa: E402
from peer import Peer  # noqa: E402

XML = {
    'StorageVol': "<volume><name>probe-vol</name><capacity>1024</capacity></volume>",
    'Secret': "<secret ephemeral='no' private='no'><usage type='volume'><volume>/probe</volume></usage></secret>",
    'DomainSnapshot': "<domainsnapshot><name>probe-snap</name></domainsnapshot>",
    'Other': "<domain type='test'><name>other</name><memory>1024</memory><os><type>hvm</type></os></domain>",
    'DomainCheckpoint': "<domaincheckpoint><name>probe-check</name></domaincheckpoint>",
    'NetworkPort': "<networkport><owner><name>probe</name><uuid>11111111-2222-4333-8444-555555555555</uuid></owner>"
                   "<mac address='52:54:00:7b:35:93'/><plug type='network' bridge='virbr0'/></networkport>"}
# How an object is had from another: function, parent, text.
HAVE = {
    'Domain': ('virDomainLookupByName', 'Connect', 'test'), 'Network': ('virNetworkLookupByName', 'Connect', 'default'),
    'Interface': ('virInterfaceLookupByName', 'Connect', 'eth1'),
    'StoragePool': ('virStoragePoolLookupByName', 'Connect', 'default-pool'),
    'NodeDevice': ('virNodeDeviceLookupByName', 'Connect', 'computer'),
    'StorageVol': ('virStorageVolCreateXML', 'StoragePool', XML['StorageVol']),
    'Secret': ('virSecretDefineXML', 'Connect', XML['Secret']),
    'DomainSnapshot': ('virDomainSnapshotCreateXML', 'Domain', XML['DomainSnapshot']),
    'Other': ('virDomainDefineXML', 'Connect', XML['Other']),
    'DomainCheckpoint': ('virDomainCheckpointCreateXML', 'Other', XML['DomainCheckpoint']),
    'NetworkPort': ('virNetworkPortCreateXML', 'Network', XML['NetworkPort']),
    'NWFilter': ('virNWFilterLookupByName', 'Connect', 'absent'),
    'NWFilterBinding': ('virNWFilterBindingLookupByPortDev', 'Connect', 'absent')}
FOUND = {'StorageVol': ('virStorageVolLookupByName', 'StoragePool', 'probe-vol'),
         'DomainSnapshot': ('virDomainSnapshotLookupByName', 'Domain', 'probe-snap'),
         'Other': ('virDomainLookupByName', 'Connect', 'other'),
         'DomainCheckpoint': ('virDomainCheckpointLookupByName', 'Other', 'probe-check')}
# Lists of everything, and how one of it is described.
LISTS = [('virConnectListAllDomains', 'Domain', 'virDomainGetXMLDesc'),
         ('virConnectListAllNetworks', 'Network', 'virNetworkGetXMLDesc'),
         ('virConnectListAllInterfaces', 'Interface', 'virInterfaceGetXMLDesc'),
         ('virConnectListAllStoragePools', 'StoragePool', 'virStoragePoolGetXMLDesc'),
         ('virConnectListAllNodeDevices', 'NodeDevice', 'virNodeDeviceGetXMLDesc'),
         ('virConnectListAllSecrets', 'Secret', 'virSecretGetXMLDesc')]
LOCAL = re.compile('null|wrong|exclusive|read-only')  # scenarios that the library judges before it asks anybody
UNKNOWN = 1 << 27  # no call has it
# What would not come back, or changes what the other cases stand on.
NEVER = re.compile(r'virConnectDomain\w*Event|Event(De)?[Rr]egister|CloseCallback|virConnectSetIdentity|virStreamNew|^virAdm|'
                   r'SetKeepAlive|virStream|virDomainLxc')


class Probe(Caller):
    def __init__(self, library: Library, uri: str) -> None:
        super().__init__(library, None, '')  # type: ignore[arg-type]
        self.uri, self.readonly = uri, False
        self.watcher: Optional[Probe] = None
        self.last: Optional[int] = None  # the state after the case before

    def fetch(self, kind: str) -> int:
        get = self.library.get
        if kind == 'Connect':
            return get('virConnectOpenReadOnly' if self.readonly else 'virConnectOpen')(self.uri.encode())  # type: ignore
        if kind == 'Stream':
            return get('virStreamNew')(ctypes.c_void_p(self.handle('Connect')), 0)  # type: ignore[no-any-return]
        name, parent, text = HAVE[kind]
        if self.readonly or kind in FOUND:
            found = self.look(*FOUND.get(kind, HAVE[kind])) if kind != 'NetworkPort' else None
            if found or self.readonly:
                return found or self.second(kind)
        return self.look(name, parent, text) or 0

    def look(self, name: str, parent: str, text: str) -> Optional[int]:
        at = self.library.get(name)(ctypes.c_void_p(self.handle(parent)), text.encode(), 0)
        self.library.main.virResetLastError()
        return at  # type: ignore[no-any-return]

    def second(self, kind: str) -> int:
        """The object of a kind that cannot be looked up by a name we know: what the writing connection made."""
        if kind not in ('Secret', 'NetworkPort') or not self.watcher:
            return 0
        uuid = ctypes.create_string_buffer(16)
        made = self.watcher.handle(kind)
        self.library.get(f'vir{kind}GetUUID', ctypes.c_int)(ctypes.c_void_p(made), uuid)
        parent = 'Connect' if kind == 'Secret' else 'Network'
        return self.library.get(f'vir{kind}LookupByUUID')(ctypes.c_void_p(self.handle(parent)), uuid) or 0

    def handle(self, kind: str) -> int:
        if kind not in self.handles:
            made = self.fetch(kind)
            if not made:
                raise LookupError(kind)
            self.handles[kind] = made
        return self.handles[kind]

    def state(self) -> int:
        """All that can be seen, as one number."""
        text = []
        for lister, kind, describer in LISTS:
            array = ctypes.c_void_p()
            n = self.library.get(lister, ctypes.c_int)(ctypes.c_void_p(self.handle('Connect')), ctypes.byref(array), 0)
            for at in (ctypes.c_void_p * max(n, 0)).from_address(array.value) if n > 0 and array.value else []:
                shown = self.library.get(describer)(ctypes.c_void_p(at), 0)
                text.append(text_at(shown) or 'none')
                if kind == 'Domain':
                    text.append(str(self.library.get('virDomainIsActive', ctypes.c_int)(ctypes.c_void_p(at))))
                    text.append(str(self.library.get('virDomainSnapshotNum', ctypes.c_int)(ctypes.c_void_p(at), 0)))
                self.library.get(f'vir{kind}Free', ctypes.c_int)(ctypes.c_void_p(at))
        self.library.main.virResetLastError()
        return zlib.crc32('\n'.join(sorted(text)).encode())

    def base(self, function: Function, param: Any) -> Any:
        """What can be looked up is: whether that is allowed shows only then."""
        if param.type == 'const char *':
            for name, _, text in HAVE.values():
                if name == function.name and 'Lookup' in name:
                    return text.encode()
        return super().base(function, param)

    def call(self, function: Function, changed: dict[int, Any]) -> list[Any]:
        self.keep.clear()
        arguments = []
        for place, param in enumerate(function.params):
            value = changed.get(place)
            if value is None and (param.type in NUMBERS or param.type == 'const char *'):
                value = self.base(function, param)
            arguments.append(self.make(function, place, value)[0])
        kind = NUMBERS.get(function.result, None if function.result == 'void' else ctypes.c_void_p)
        call = self.library.get(function.name, kind, function.library)
        self.library.main.virResetLastError()
        signal.alarm(20)
        result = call(*arguments)
        signal.alarm(0)
        error = self.library.error()
        good = result not in (None, 0 if function.result.startswith('unsigned') else -1) if kind is not None else True
        return [good, error[:2] + error[3:4] if error else None]

    def alive(self, function: Function) -> bool:
        """Whether the function's own object still says who it is."""
        kind = function.params[0].object
        if kind not in self.handles or kind in ('Connect', 'Stream'):
            return bool(self.library.get('virConnectIsAlive', ctypes.c_int)(ctypes.c_void_p(self.handle('Connect'))) == 1)
        getter = {'Domain': 'virDomainGetXMLDesc', 'Network': 'virNetworkGetXMLDesc'}.get(kind, '')
        if not getter:
            return bool(self.library.describe(kind, self.handle(kind)))
        return bool(self.library.get(getter)(ctypes.c_void_p(self.handle(kind)), 0))


class StandIn(Probe):
    """Objects of every kind, of a peer that has whatever it is asked for: nothing is sent to it that is refused here."""

    def __init__(self, library: Library, path: str, peer: Peer, readonly: bool) -> None:
        super().__init__(library, f'test+unix:///default?socket={path}')
        self.peer, self.readonly = peer, readonly

    def fetch(self, kind: str) -> int:
        # pylint: disable-next=bad-super-call  # not by looking it up in the test driver
        return super().fetch(kind) if kind == 'Connect' else super(Probe, self).fetch(kind)

    def case(self, function: Function, changed: dict[int, Any]) -> list[Any]:
        for kind in ['Domain', 'StoragePool'] + [param.object for param in function.params]:  # the first for wrong ones
            if kind and kind != 'Stream':
                self.handle(kind)
        before = len(self.peer.sent)
        good, error = self.call(function, changed)
        return [good, error, good or len(self.peer.sent) == before, self.alive(function)]


def exclusive() -> dict[str, list[list[str]]]:
    found: dict[str, list[list[str]]] = {}
    for name, check, args, condition, _ in Facts.read(FACTS, 'checks.tsv'):
        if check == 'VIR_EXCLUSIVE_FLAGS' and not condition:
            found.setdefault(name, []).append(args.split(','))
    return found


def constants() -> dict[str, int]:
    return {name: int(value) for name, kind, value in Facts.read(FACTS, 'constants.tsv') if kind == 'enum'}


def scenarios(function: Function, pairs: dict[str, list[list[str]]], numbers: dict[str, int]) -> list[tuple[str, dict[int, Any]]]:
    found: list[tuple[str, dict[int, Any]]] = []
    for place, param in enumerate(function.params):
        if param.object:
            found += [(f'null {param.name}', {place: 'null'}), (f'wrong {param.name}', {place: 'wrong'})]
        if param.name == 'flags':
            found.append(('unknown flags', {place: UNKNOWN}))
            for pair in pairs.get(function.name, []):
                found.append((f'exclusive {" ".join(pair)}', {place: sum(numbers[name] for name in pair)}))
    return found + [('read-only', {})] + ([('denied', {})] if 'DAEMON_DENY' in os.environ else [])


def deny(yes: bool) -> None:
    path = os.environ['DAEMON_DENY']
    if yes:
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o666))
    elif os.path.exists(path):
        os.unlink(path)


def one(writer: Probe, reader: Probe, stand_ins: dict[bool, StandIn], function: Function, scenario: str,
        changed: dict[int, Any]) -> Any:
    probe = reader if scenario == 'read-only' else writer
    try:
        for param in function.params:
            if param.object and param.object != 'Stream' and param.object not in probe.handles:
                probe.handle(param.object)
                writer.last = None  # it may have been made
    except LookupError as missing:
        if LOCAL.match(scenario):
            return stand_ins[scenario == 'read-only'].case(function, changed)
        return f'no {missing}'
    before = writer.last if writer.last is not None else writer.state()
    if scenario == 'denied':
        deny(True)
    try:
        said = probe.call(function, changed)
    except LookupError as missing:
        return f'no {missing}'
    finally:
        if scenario == 'denied':
            deny(False)
    writer.last = writer.state()
    return [*said, writer.last == before, probe.alive(function)]


def main() -> int:
    folder, output, uri, first = sys.argv[1:5]
    pattern = re.compile(sys.argv[5] if len(sys.argv) > 5 else '')
    library = Library(None if folder == 'system' else folder)
    writer, reader = Probe(library, uri), Probe(library, uri)
    reader.readonly, reader.watcher = True, writer
    path = f'{output}.peer'
    if os.path.exists(path):  # of the process before
        os.unlink(path)
    peer = Peer(path, Facts())
    os.chmod(path, 0o666)
    stand_ins = {readonly: StandIn(library, path, peer, readonly) for readonly in (False, True)}
    pairs, numbers = exclusive(), constants()
    number = 0
    gone = []
    with open(output, 'a', encoding='utf-8') as out:
        if 'DAEMON_DENY' in os.environ and os.getuid() == 0:  # polkit is not asked about root
            os.setgroups([])
            os.setresgid(65534, 65534, 65534)
            os.setresuid(65534, 65534, 65534)
        if 'DAEMON_DENY' in os.environ:
            deny(False)
        for function in functions():
            if APART.search(function.name) or NEVER.search(function.name) or not pattern.search(function.name) or \
                    not library.has(function) or not function.params or not function.params[0].object:
                continue
            gone.append(function)
            for scenario, changed in scenarios(function, pairs, numbers):
                number += 1
                if number <= int(first):
                    continue
                out.write(f'{number}\t{function.name}\t{scenario}\t')
                out.flush()
                said = one(writer, reader, stand_ins, function, scenario, changed)
                out.write(json.dumps(said) + '\n')
                if isinstance(said, list) and not (said[2] and said[3]):
                    writer.last = None
                    writer.forget()  # it did something: the next one begins with what is there now
                    reader.forget()
        if 'DAEMON_ENDS' in os.environ:
            after_end(writer, gone, number, int(first), out)
    return 0


def after_end(writer: Probe, functions_left: list[Function], number: int, first: int, out: Any) -> None:
    """The daemon is killed: every function fails, and soon."""
    for function in functions_left:
        for param in function.params:
            try:
                if param.object:
                    writer.handle(param.object)
            except LookupError:
                pass
    if first < number:
        print('end it', flush=True)
        sys.stdin.readline()
    for function in functions_left:
        number += 1
        if number <= first:
            continue
        out.write(f'{number}\t{function.name}\tclosed\t')
        out.flush()
        missing = [param.object for param in function.params if param.object and param.object not in writer.handles
                   and param.object != 'Stream']
        said: Any = f'no {missing[0]}' if missing else [*writer.call(function, {}), True, True]
        out.write(json.dumps(said) + '\n')


if __name__ == '__main__':
    sys.exit(main())
