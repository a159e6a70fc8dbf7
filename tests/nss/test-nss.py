#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The NSS modules behind libc: test-nss.py FOLDER-OF-THE-MODULES

getent runs in a mount namespace where /etc/nsswitch.conf names them and /var/lib/libvirt holds two networks' files.
"""
from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from typing import Any

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'interop'))

from known import library_environment  # noqa: E402

NAMESPACE = ['unshare', *([] if os.geteuid() == 0 else ['-r']), '-m', 'sh', '-c',
             'mount -t tmpfs none /var/lib && cp -r "$0/lib/." /var/lib/ && mount --bind "$0/nsswitch.conf" /etc/nsswitch.conf'
             ' && exec "$@"']
NEVER, LATE, LATER, PAST = 0, 4000000000, 4000000001, 1
LEASES: dict[str, list[tuple[str, str, str, int]]] = {
    'virbr0.status': [('192.168.9.2', '52:54:00:00:00:01', 'host-a', LATE), ('192.168.9.3', '52:54:00:00:00:02', '', LATE),
                      ('192.168.9.4', '52:54:00:00:00:01', 'host-a', PAST), ('192.168.9.5', '52:54:00:00:00:09', 'kept', NEVER)],
    'virbr1.status': [('192.168.8.2', '52:54:00:00:00:11', 'Host-A', LATER), ('2001:db8::7', '52:54:00:00:00:12', 'six', LATE)]
                     + [(f'192.168.8.{i}', '52:54:00:00:00:13', 'many', LATE + i) for i in range(100, 200)],
}
GUESTS = {'virbr0.macs': {'guest one': ['52:54:00:00:00:02'], 'two': ['52:54:00:00:00:01']},
          'virbr1.macs': {'two': ['52:54:00:00:00:12']}}
# Database, name, addresses.
CASES: list[tuple[str, str, list[str]]] = [
    ('ahosts', 'host-a', ['192.168.8.2', '192.168.9.2']),
    ('ahosts', 'HOST-A', ['192.168.8.2', '192.168.9.2']),
    ('ahostsv4', 'host-a', ['192.168.8.2', '192.168.9.2']),
    ('ahosts', 'kept', ['192.168.9.5']),
    ('ahosts', 'six', ['2001:db8::7']),
    ('ahostsv6', 'six', ['2001:db8::7']),
    ('hosts', 'six', ['2001:db8::7']),
    ('hosts', 'guest one', ['192.168.9.3']),
    ('ahosts', 'two', ['192.168.9.2', '2001:db8::7']),
    ('ahostsv4', 'many', [f'192.168.8.{i}' for i in range(100, 200)]),  # more than libc's first buffer holds
    ('ahosts', 'nobody', []),
    ('ahosts', 'broken', []),
]


def prepare(scratch: str) -> None:
    folder = f'{scratch}/lib/libvirt/dnsmasq'
    os.makedirs(folder)
    files: dict[str, Any] = {
        name: [{'ip-address': ip, 'mac-address': mac, 'expiry-time': expiry} | ({'hostname': host} if host else {})
               for ip, mac, host, expiry in leases] for name, leases in LEASES.items()}
    files |= {name: [{'domain': guest, 'macs': macs} for guest, macs in guests.items()] for name, guests in GUESTS.items()}
    files['odd.status'] = [1, {}, {'ip-address': 5, 'hostname': 'broken', 'expiry-time': LATE},
                           {'ip-address': 'x', 'hostname': 'broken', 'expiry-time': LATE}]
    for name, content in files.items():
        with open(f'{folder}/{name}', 'w', encoding='ascii') as file:
            json.dump(content, file)
    with open(f'{folder}/bad.status', 'w', encoding='ascii') as file:
        file.write('[{"hostname": "broken", ')
    with open(f'{scratch}/nsswitch.conf', 'w', encoding='ascii') as file:
        file.write('hosts: libvirt [NOTFOUND=continue] libvirt_guest\n')


def ask(scratch: str, modules: str, database: str, name: str) -> list[str]:
    changes = set(library_environment(modules, 'libnss_libvirt.so.2').items()) - set(os.environ.items())
    done = subprocess.run([*NAMESPACE, scratch, 'env', *(f'{key}={value}' for key, value in changes), 'getent', database, name],
                          text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=30,
                          check=False)
    # 2: not found
    if done.returncode not in (0, 2) or done.stderr:
        raise AssertionError(f'getent ended with status {done.returncode}: {done.stderr}')
    return sorted({line.split()[0] for line in done.stdout.splitlines()})


def main(modules: str) -> int:
    failed = 0
    probe = subprocess.run([*NAMESPACE[:-3], 'true'], stderr=subprocess.DEVNULL, check=False)
    if probe.returncode:
        print('1..0 # SKIP no mount namespace can be made here')
        return 0
    print(f'1..{len(CASES)}')
    with tempfile.TemporaryDirectory(prefix='nss-') as scratch:
        os.chmod(scratch, 0o755)
        prepare(scratch)
        for number, (database, name, wanted) in enumerate(CASES, 1):
            got = ask(scratch, modules, database, name)
            right = got == sorted(wanted)
            failed += not right
            print(f'{"ok" if right else "not ok"} {number} - {database} {name}')
            if not right:
                print(f'# got {got}, wanted {sorted(wanted)}')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1]))
