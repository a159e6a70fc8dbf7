#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Fill the unit templates for the daemons that were built.

units.py --out DIR --type notify-reload --sbindir /usr/sbin --sysconfig /etc/sysconfig DAEMON...
What differs between daemons is in the tables here; everything else is in service.in and socket.in.
"""
from __future__ import annotations

import argparse
import os
import pathlib
import re

DESCRIPTIONS = {
    'virtqemud': 'QEMU guests',
    'virtnetworkd': 'virtual networks',
    'virtstoraged': 'storage pools and volumes',
    'virtnodedevd': 'host devices',
    'virtproxyd': 'libvirt connections to all drivers',
}
# Settings beyond those that all services share.  Units that are not part of this suite yet (virtlogd,
# virtlockd) are left out: a missing required unit would keep the service from starting.
EXTRA: dict[str, dict[str, list[str]]] = {
    'virtqemud': {
        'unit': ['Wants=systemd-machined.service', 'After=systemd-machined.service', 'After=remote-fs.target'],
        'service': ['KillMode=process', 'LimitNOFILE=1024:524288', 'TasksMax=32768', 'LimitMEMLOCK=64M'],
    },
    'virtnetworkd': {'service': ['KillMode=process']},
    'virtstoraged': {'unit': ['After=iscsid.service', 'After=remote-fs.target']},
}
# suffix of the unit, of the socket, its mode, what it is
FLAVOURS = [
    ('', '-sock', '0666', 'connections'),
    ('-ro', '-sock-ro', '0666', 'read-only connections'),
    ('-admin', '-admin-sock', '0600', 'administration'),
]
# Of the proxy only, and enabled by who wants them: suffix, port, what it is.
REMOTE = [('-tcp', '16509', 'unencrypted connections from other hosts'), ('-tls', '16514', 'connections from other hosts')]


def lines(items: list[str]) -> str:
    return ''.join(item + '\n' for item in items)


def fill(template: str, values: dict[str, str]) -> str:
    return re.sub(r'@(\w+)@', lambda match: values[match[1]], template).rstrip('\n') + '\n'


def service(template: str, name: str, args: argparse.Namespace) -> str:
    extra = EXTRA.get(name, {})
    return fill(template, {
        'name': name, 'NAME': name.upper(), 'description': f'Daemon for {DESCRIPTIONS[name]}', 'type': args.type,
        'sbindir': args.sbindir, 'sysconfig': args.sysconfig, 'unit': lines(extra.get('unit', [])),
        'service': lines(extra.get('service', [])), 'install': lines(extra.get('install', [])),
    })


def socket(template: str, name: str, suffix: str, path: str, mode: str, flavour: str) -> str:
    prefix = 'libvirt' if name == 'virtproxyd' else name
    others = [f'Also={name}{other}.socket' for other, _, _, _ in FLAVOURS if other != suffix]
    binds = [f'BindsTo={name}.socket', f'After={name}.socket'] if suffix else []
    return fill(template, {
        'name': name, 'description': f'Socket for {DESCRIPTIONS[name]}', 'flavour': flavour, 'suffix': suffix,
        'path': f'/run/libvirt/{prefix}{path}', 'binds': lines(binds), 'also': lines(others),
        'socket': lines([f'SocketMode={mode}', 'RemoveOnStop=yes']),
    })


def remote_socket(template: str, suffix: str, port: str, flavour: str) -> str:
    return fill(template, {
        'name': 'virtproxyd', 'description': f'Socket for {DESCRIPTIONS["virtproxyd"]}', 'flavour': flavour,
        'suffix': suffix, 'path': port, 'binds': lines(['BindsTo=virtproxyd.socket', 'After=virtproxyd.socket']),
        'also': '', 'socket': '',
    })


def main() -> None:
    parser = argparse.ArgumentParser(description='Fill the unit templates.')
    parser.add_argument('--out', required=True)
    parser.add_argument('--type', default='notify-reload')
    parser.add_argument('--sbindir', default='/usr/sbin')
    parser.add_argument('--sysconfig', default='/etc/sysconfig')
    parser.add_argument('daemons', nargs='+')
    args = parser.parse_args()

    here = pathlib.Path(__file__).parent
    service_in = (here / 'service.in').read_text(encoding='utf-8')
    socket_in = (here / 'socket.in').read_text(encoding='utf-8')
    units = {}
    for name in args.daemons:
        units[f'{name}.service'] = service(service_in, name, args)
        for flavour in FLAVOURS:
            units[f'{name}{flavour[0]}.socket'] = socket(socket_in, name, *flavour)
        if name == 'virtproxyd':
            for remote in REMOTE:
                units[f'{name}{remote[0]}.socket'] = remote_socket(socket_in, *remote)
    for unit, text in units.items():
        with open(os.path.join(args.out, unit), 'w', encoding='utf-8') as file:
            file.write(text)


if __name__ == '__main__':
    main()
