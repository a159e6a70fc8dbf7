# SPDX-License-Identifier: LGPL-2.1-or-later
"""libvirt-dbus on a private session bus: its objects for test:///default, by method, property and signal.

    test-dbus.py LIBVIRT-DBUS
"""
from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from typing import Any, Optional

from rig import DIR, PLAIN, at_end, case, equal, holds, main, skip_all, turn_until

if not os.path.exists(sys.argv[1]):
    skip_all(f'{sys.argv[1]} is not there: run scripts/deps')
if os.geteuid():
    skip_all('only root can have a view of its own')
from gi.repository import Gio, GLib  # noqa: E402

CONFIG = """<busconfig><type>session</type><listen>unix:path=%s/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*"/><allow eavesdrop="false"/><allow own="*"/></policy></busconfig>"""
ROOT = '/org/libvirt/Test'
XML = """<domain type='test'><name>dbus</name><memory unit='MiB'>64</memory><vcpu>2</vcpu><os><type arch='i686'>hvm</type></os>
  <devices><disk type='file' device='disk'><source file='/x.img'/><target dev='vda' bus='virtio'/></disk></devices></domain>"""
def die_with_us() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


with open(f'{DIR}/bus.conf', 'w', encoding='ascii') as file:
    file.write(CONFIG % DIR)
daemons = [subprocess.Popen(['dbus-daemon', f'--config-file={DIR}/bus.conf', '--nofork', '--print-address=1'],
                            stdout=subprocess.PIPE, env=PLAIN, preexec_fn=die_with_us)]
assert daemons[0].stdout
at_end.append(daemons[0].terminate)
address = daemons[0].stdout.readline().decode().strip()
# It is not installed, but looks for its descriptions where they would be: a view of its own has them there.
SHARE = '/usr/share/dbus-1'
VIEW = f'mount --bind "{sys.argv[1].removesuffix("/usr/sbin/libvirt-dbus")}{SHARE}" {SHARE} && exec "$0" --session'
daemons.append(subprocess.Popen(['unshare', '-m', 'sh', '-c', VIEW, sys.argv[1]], preexec_fn=die_with_us,
                                env={**os.environ, 'DBUS_SESSION_BUS_ADDRESS': address}))
at_end.append(daemons[1].terminate)
bus = Gio.DBusConnection.new_for_address_sync(
    address, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)


owner: list[str] = []
Gio.bus_watch_name_on_connection(bus, 'org.libvirt', Gio.BusNameWatcherFlags.NONE,
                                 lambda _bus, _name, who: owner.append(who), None)
turn_until('libvirt-dbus', lambda: owner)


def call(path: str, interface: str, method: str, signature: str = '()', *args: Any) -> Any:
    answer = bus.call_sync('org.libvirt', path, f'org.libvirt.{interface}', method, GLib.Variant(signature, args), None,
                           Gio.DBusCallFlags.NONE, 20000, None).unpack()
    return answer[0] if len(answer) == 1 else answer


def prop(path: str, interface: str, name: str, value: Optional[GLib.Variant] = None) -> Any:
    if value is not None:
        bus.call_sync('org.libvirt', path, 'org.freedesktop.DBus.Properties', 'Set',
                      GLib.Variant('(ssv)', (f'org.libvirt.{interface}', name, value)), None, Gio.DBusCallFlags.NONE, 20000, None)
        return None
    return bus.call_sync('org.libvirt', path, 'org.freedesktop.DBus.Properties', 'Get',
                         GLib.Variant('(ss)', (f'org.libvirt.{interface}', name)), None, Gio.DBusCallFlags.NONE, 20000,
                         None).unpack()[0]


@case('the connection: properties and lists')
def _() -> None:
    assert prop(ROOT, 'Connect', 'LibVersion') >= 9000000
    equal(prop(ROOT, 'Connect', 'Version'), 2)
    assert prop(ROOT, 'Connect', 'Hostname')
    domains = call(ROOT, 'Connect', 'ListDomains', '(u)', 0)
    equal([prop(path, 'Domain', 'Name') for path in domains], ['test'])
    equal(len(call(ROOT, 'Connect', 'ListNetworks', '(u)', 0)), 1)
    equal(len(call(ROOT, 'Connect', 'ListStoragePools', '(u)', 0)), 1)
    equal(len(call(ROOT, 'Connect', 'ListInterfaces', '(u)', 0)), 1)
    equal(len(call(ROOT, 'Connect', 'ListNodeDevices', '(u)', 0)), 4)
    holds(call(ROOT, 'Connect', 'GetCapabilities'), '<os_type>hvm</os_type>')
    equal(call(ROOT, 'Connect', 'NodeGetCPUStats', '(iu)', -1, 0)['user'], 9797400000)


@case('a guest: defined, living, signals, statistics')
def _() -> None:
    seen: list[tuple[Any, ...]] = []
    bus.signal_subscribe('org.libvirt', 'org.libvirt.Connect', 'DomainEvent', ROOT, None, Gio.DBusSignalFlags.NONE,
                         lambda _bus, _who, _path, _interface, _name, args: seen.append(args.unpack()))
    path = call(ROOT, 'Connect', 'DomainDefineXML', '(s)', XML)
    equal(call(ROOT, 'Connect', 'DomainLookupByName', '(s)', 'dbus'), path)
    equal((prop(path, 'Domain', 'Active'), prop(path, 'Domain', 'Persistent')), (False, True))
    call(path, 'Domain', 'Create', '(u)', 0)
    equal(call(path, 'Domain', 'GetState', '(u)', 0), (1, 1))
    call(path, 'Domain', 'Suspend')
    call(path, 'Domain', 'Resume')
    equal(call(path, 'Domain', 'GetVcpus', '(u)', 0), 2)
    holds(call(path, 'Domain', 'GetXMLDesc', '(u)', 0), '<name>dbus</name>')
    call(path, 'Domain', 'SetMemoryParameters', '(a{sv}u)', {'hard_limit': GLib.Variant('t', 100000)}, 2)
    equal(call(path, 'Domain', 'GetMemoryParameters', '(u)', 2)['hard_limit'], 100000)
    prop(path, 'Domain', 'Autostart', GLib.Variant('b', True))
    equal(prop(path, 'Domain', 'Autostart'), True)
    stats = call(ROOT, 'Connect', 'GetAllDomainStats', '(uu)', 1, 0)
    equal({name: values['state.state'] for name, values in stats}, {'test': 1, 'dbus': 1})
    call(path, 'Domain', 'SnapshotCreateXML', '(su)', '<domainsnapshot><name>s</name></domainsnapshot>', 0)
    equal(len(call(path, 'Domain', 'ListDomainSnapshots', '(u)', 0)), 1)
    call(path, 'Domain', 'Destroy', '(u)', 0)
    call(path, 'Domain', 'Undefine', '(u)', 2)
    turn_until('six signals', lambda: len(seen) >= 6)
    equal([event for _, event, _ in seen][:6], [0, 2, 3, 4, 5, 1])


@case('a network, a pool and a volume')
def _() -> None:
    network = call(ROOT, 'Connect', 'NetworkDefineXML', '(s)', "<network><name>dn</name><bridge name='virbr5'/></network>")
    call(network, 'Network', 'Create')
    equal(prop(network, 'Network', 'Active'), True)
    call(network, 'Network', 'Destroy')
    call(network, 'Network', 'Undefine')
    pool = call(ROOT, 'Connect', 'StoragePoolLookupByName', '(s)', 'default-pool')
    volume = call(pool, 'StoragePool', 'StorageVolCreateXML', '(su)',
                  '<volume><name>dv</name><capacity>1048576</capacity></volume>', 0)
    equal(prop(volume, 'StorageVol', 'Path'), '/default-pool/dv')
    call(volume, 'StorageVol', 'Delete', '(u)', 0)


@case('errors travel')
def _() -> None:
    try:
        call(ROOT, 'Connect', 'DomainLookupByName', '(s)', 'absent')
        raise AssertionError('an absent guest')
    except GLib.Error as error:
        holds(error.message, 'org.libvirt.Error.*Domain not found')


if __name__ == '__main__':
    main()
