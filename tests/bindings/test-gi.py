# SPDX-License-Identifier: LGPL-2.1-or-later
"""libvirt-glib, -gconfig and -gobject through GObject introspection: GLib's main loop drives the library."""
from __future__ import annotations

from typing import Any

from rig import URI, case, equal, holds, main, skip_all, turn_until

try:
    import gi
    gi.require_version('LibvirtGLib', '1.0')
    gi.require_version('LibvirtGConfig', '1.0')
    gi.require_version('LibvirtGObject', '1.0')
    from gi.repository import GLib, LibvirtGConfig, LibvirtGLib, LibvirtGObject
except (ImportError, ValueError) as error:
    skip_all(f'no introspection data: {error}')

LibvirtGLib.init_check([])
LibvirtGLib.event_register()
conn = LibvirtGObject.Connection.new(URI)
conn.open(None)
XML = """<domain type='test'><name>gi</name><memory unit='MiB'>64</memory><vcpu>2</vcpu><os><type arch='i686'>hvm</type></os>
  <devices><disk type='file' device='disk'><source file='/x.img'/><target dev='vda' bus='virtio'/></disk></devices></domain>"""


def domain(name: str) -> Any:
    return conn.find_domain_by_name(name)


@case('the connection and its lists')
def _() -> None:
    equal(conn.is_open(), True)
    equal(conn.is_read_only(), False)
    holds(conn.get_uri(), '^test')
    equal(conn.get_hypervisor_name(), 'TEST')
    conn.fetch_domains(None)
    equal([d.get_name() for d in conn.get_domains()], ['test'])
    conn.fetch_storage_pools(None)
    equal([p.get_name() for p in conn.get_storage_pools()], ['default-pool'])
    conn.fetch_networks(None)
    equal([n.get_name() for n in conn.get_networks()], ['default'])
    conn.fetch_interfaces(None)
    equal([i.get_name() for i in conn.get_interfaces()], ['eth1'])
    node = conn.get_node_info()
    equal((node.cpus, node.nodes), (16, 2))
    caps = conn.get_capabilities()
    equal(caps.get_host().get_cpu().get_arch(), 'i686')
    equal({guest.get_os_type() for guest in caps.get_guests()},
          {LibvirtGConfig.DomainOsType.HVM, LibvirtGConfig.DomainOsType.XEN})


@case('a guest from a configuration, and its signals by the loop')
def _() -> None:
    seen: list[str] = []
    config = LibvirtGConfig.Domain.new_from_xml(XML)
    equal((config.get_name(), config.get_vcpus()), ('gi', 2))
    config.set_title('A title')
    conn.connect('domain-added', lambda _conn, added: seen.append(f'added {added.get_name()}'))
    made = conn.create_domain(config)
    turn_until('the new guest', lambda: 'added gi' in seen)
    made.connect('started', lambda *_: seen.append('started'))
    made.connect('suspended', lambda *_: seen.append('suspended'))
    made.connect('resumed', lambda *_: seen.append('resumed'))
    made.connect('stopped', lambda *_: seen.append('stopped'))
    made.start(0)
    made.suspend()
    equal(made.get_info().state, LibvirtGObject.DomainState.PAUSED)
    made.resume()
    made.stop(0)
    turn_until('its life', lambda: 'stopped' in seen)
    equal(seen, ['added gi', 'started', 'suspended', 'resumed', 'stopped'])
    equal(made.get_config(0).get_title(), 'A title')
    equal([type(device).__name__ for device in made.get_config(0).get_devices()][:1], ['DomainDisk'])
    made.delete(0)
    turn_until('its removal', lambda: domain('gi') is None)


@case('asynchronous calls')
def _() -> None:
    results: list[Any] = []
    conn.fetch_domains_async(None, lambda source, result: results.append(source.fetch_domains_finish(result)))
    turn_until('the list', lambda: results)
    equal(results, [True])
    states: list[Any] = []
    domain('test').get_info_async(None, lambda source, result: states.append(source.get_info_finish(result)))
    turn_until('the state', lambda: states)
    equal(states[0].state, LibvirtGObject.DomainState.RUNNING)


@case('errors')
def _() -> None:
    try:
        conn.create_domain(LibvirtGConfig.Domain.new_from_xml(XML.replace("'test'", "'bogus'")))
        raise AssertionError('a type of guest that is not served')
    except GLib.Error as failure:
        assert failure.message, failure
    other = LibvirtGObject.Connection.new('bogus:///here')
    try:
        other.open(None)
        raise AssertionError('a URI of nobody')
    except GLib.Error as failure:
        holds(failure.message, 'bogus|no connection driver|Unable to open')


@case('a stream into a buffer, with a volume and a pool')
def _() -> None:
    pool = conn.find_storage_pool_by_name('default-pool')
    pool.refresh(None)
    volume = pool.create_volume(LibvirtGConfig.StorageVol.new_from_xml(
        "<volume><name>gv</name><capacity>1048576</capacity></volume>"))
    equal(volume.get_info().capacity, 1048576)
    equal(volume.get_path(), '/default-pool/gv')
    volume.delete(0)
    stream = conn.get_stream(0)
    kind = domain('test').screenshot(stream, 0, 0)
    holds(kind, '^image/')
    got = bytearray()
    source = stream.get_input_stream()
    ended: list[bool] = []

    def more(_source: Any, result: Any) -> None:
        data = source.read_bytes_finish(result).get_data()
        got.extend(data or b'')
        if data:
            source.read_bytes_async(256, GLib.PRIORITY_DEFAULT, None, more)
        else:
            ended.append(True)

    source.read_bytes_async(256, GLib.PRIORITY_DEFAULT, None, more)
    turn_until('the end of the picture', lambda: ended)
    assert len(got) > 64, len(got)


if __name__ == '__main__':
    main()
