#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every event that one libvirt.so.0 knows, from a scripted peer to a callback; writes down what the callback was given.

    events.py FOLDER|system OUTPUT SCRATCH WIRE-TOOL

One line an event and style of message, as of caller.py.  The letters say what a callback is given after connection and
object: i int, I unsigned, q and Q 64 bits, z text, T typed parameters and their count, a address, s subject of graphics.
"""
from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
from typing import Any, Optional

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from caller import Caller  # noqa: E402
from codec import Facts  # noqa: E402
from library import Library, text_at, words_at  # noqa: E402
from peer import Peer  # noqa: E402
from tool import Tool  # noqa: E402

DOMAIN = [('LIFECYCLE', 'ii'), ('REBOOT', ''), ('RTC_CHANGE', 'q'), ('WATCHDOG', 'i'), ('IO_ERROR', 'zzi'), ('GRAPHICS', 'iaazs'),
          ('IO_ERROR_REASON', 'zziz'), ('CONTROL_ERROR', ''), ('BLOCK_JOB', 'zii'), ('DISK_CHANGE', 'zzzi'),
          ('TRAY_CHANGE', 'zi'),
          ('PMWAKEUP', 'i'), ('PMSUSPEND', 'i'), ('BALLOON_CHANGE', 'Q'), ('PMSUSPEND_DISK', 'i'), ('DEVICE_REMOVED', 'z'),
          ('BLOCK_JOB_2', 'zii'), ('TUNABLE', 'T'), ('AGENT_LIFECYCLE', 'ii'), ('DEVICE_ADDED', 'z'),
          ('MIGRATION_ITERATION', 'i'),
          ('JOB_COMPLETED', 'T'), ('DEVICE_REMOVAL_FAILED', 'z'), ('METADATA_CHANGE', 'iz'), ('BLOCK_THRESHOLD', 'zzQQ'),
          ('MEMORY_FAILURE', 'iiI'), ('MEMORY_DEVICE_SIZE_CHANGE', 'zQ')]
OTHERS = [('Network', 'NETWORK_EVENT', [('LIFECYCLE', 'ii')]),
          ('StoragePool', 'STORAGE_POOL_EVENT', [('LIFECYCLE', 'ii'), ('REFRESH', '')]),
          ('NodeDevice', 'NODE_DEVICE_EVENT', [('LIFECYCLE', 'ii'), ('UPDATE', '')]),
          ('Secret', 'SECRET_EVENT', [('LIFECYCLE', 'ii'), ('VALUE_CHANGED', '')])]
CALLBACK = ctypes.CFUNCTYPE(None, *[ctypes.c_uint64] * 9)
BITS: dict[str, Any] = {'i': ctypes.c_int, 'I': ctypes.c_uint, 'q': ctypes.c_longlong, 'Q': ctypes.c_ulonglong}


def shown(library: Library, letters: str, values: list[int]) -> list[Any]:
    out: list[Any] = []
    left = list(values)
    for letter in letters:
        value = left.pop(0)
        if letter in BITS:
            out.append(BITS[letter](value).value)
        elif letter == 'z':
            out.append(text_at(value))
        elif letter == 'T':
            out.append(library.typed(value, ctypes.c_int(left.pop(0)).value))
        elif letter == 'a':
            words = words_at(value, 3)
            out.append([words[0] & 0xffffffff, text_at(words[1]), text_at(words[2])])
        else:
            count, at = words_at(value, 2)
            out.append([[text_at(one) for one in words_at(at + 16 * i, 2)] for i in range(count & 0xffffffff)])
    return out


class Listener:
    def __init__(self, library: Library, peer: Peer, caller: Caller) -> None:
        self.library, self.peer, self.caller = library, peer, caller
        self.procs = {(proc.program, proc.name): proc for proc in peer.facts.procedures}
        self.said: Optional[list[Any]] = None

    def one(self, kind: str, number: int, name: str, letters: str, style: str) -> Any:
        proc = self.procs[('qemu' if kind == 'Qemu' else 'remote', name)]
        base = {'Qemu': 'Domain'}.get(kind, kind)

        def called(_: int, at: int, *values: int) -> None:
            self.said = [self.library.describe(base, at), shown(self.library, letters, list(values))]

        callback = CALLBACK(called)
        conn = ctypes.c_void_p(self.caller.handle('Connect'))
        if kind == 'Qemu':
            register = self.library.get('virConnectDomainQemuMonitorEventRegister', ctypes.c_int, 'libvirt-qemu')
            remove = self.library.get('virConnectDomainQemuMonitorEventDeregister', ctypes.c_int, 'libvirt-qemu')
            mine = register(conn, None, None, callback, None, None, 0)
        else:
            register = self.library.get(f'virConnect{kind}EventRegisterAny', ctypes.c_int)
            remove = self.library.get(f'virConnect{kind}EventDeregisterAny', ctypes.c_int)
            mine = register(conn, None, number, callback, None, None)
        if mine < 0:
            return f'not registered: {self.library.error()}'
        if 'msg' in proc.records:
            value = self.peer.facts.value(proc.records['msg'], style, 11) | {'callbackID': self.peer.callback}
        else:
            value = self.peer.facts.value(proc.records['legacy'], style, 11)
        self.said = None
        self.peer.event(proc, value)
        signal.alarm(20)
        while self.said is None:
            self.library.main.virEventRunDefaultImpl()
        signal.alarm(0)
        self.peer.style = 'one'
        remove(conn, mine)
        return self.said


def main() -> int:
    folder, output, scratch, tool = sys.argv[1:5]
    library = Library(None if folder == 'system' else folder)
    library.main.virEventRegisterDefaultImpl()
    peer = Peer(os.path.join(scratch, 'sock'), Facts(), None if tool == '-' else Tool(tool))
    listener = Listener(library, peer, Caller(library, peer, os.path.join(scratch, 'sock')))
    todo = [('Domain', number, f'DOMAIN_EVENT_{"" if number > 15 and name in NAMED else "CALLBACK_"}{name}', letters)
            for number, (name, letters) in enumerate(DOMAIN)]
    todo += [(kind, number, f'{prefix}_{name}', letters) for kind, prefix, events in OTHERS
             for number, (name, letters) in enumerate(events)]
    todo.append(('Qemu', 0, 'DOMAIN_MONITOR_EVENT', 'zqIz'))
    with open(output, 'w', encoding='utf-8') as out:
        for kind, number, name, letters in todo:
            for style in ('one', 'empty'):
                out.write(f'0\t{name}\t{style}\t{json.dumps(listener.one(kind, number, name, letters, style))}\n')
                out.flush()
        # And from a daemon that knows no callbacks, which sends the older form.
        listener.caller.forget()
        peer.features = 0
        for number, (name, letters) in enumerate(DOMAIN):
            old = listener.procs.get(('remote', f'DOMAIN_EVENT_{name}'))
            for style in ('one', 'empty') if old and 'legacy' in old.records else ():
                out.write(f'0\t{old.name}\t{style}\t{json.dumps(listener.one("Domain", number, old.name, letters, style))}\n')
                out.flush()
    return 0


# Of the newer events, those whose names lack the word.
NAMED = {'BLOCK_JOB_2', 'BLOCK_THRESHOLD', 'MEMORY_FAILURE', 'MEMORY_DEVICE_SIZE_CHANGE'}

if __name__ == '__main__':
    sys.exit(main())
