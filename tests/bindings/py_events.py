# SPDX-License-Identifier: LGPL-2.1-or-later
"""py_events - events of every class through the bindings' loop, and streams of both kinds"""
from __future__ import annotations

from typing import Any

import libvirt
from py_guest import guest, remove
from py_others import NETWORK, POOL
from rig import URI, arrived, case, equal, wait_for

conn: libvirt.virConnect = None


def note(seen: list[tuple[Any, ...]], *what: Any) -> None:
    with arrived:
        seen.append(what)
        arrived.notify_all()


@case('events: life of guests, by both ways to register')
def _() -> None:
    seen: list[tuple[Any, ...]] = []
    mine = guest()

    def life(_conn: Any, domain: libvirt.virDomain, event: int, detail: int, opaque: Any) -> None:
        note(seen, opaque, domain.name(), event, detail)

    conn.domainEventRegister(life, 'old')
    one = conn.domainEventRegisterAny(mine, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, life, 'mine')
    every = conn.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, life, 'all')
    other = conn.lookupByName('test')
    other.suspend()
    other.resume()
    mine.create()
    mine.destroy()
    wanted = [('test', 3, 0), ('test', 4, 0), ('mine', 2, 0), ('mine', 5, 1)]
    wait_for('every event', lambda: len(seen) >= 10)
    equal([row[1:] for row in seen if row[0] == 'all'], wanted)
    equal([row[1:] for row in seen if row[0] == 'old'], wanted)
    equal([row[1:] for row in seen if row[0] == 'mine'], wanted[2:])
    conn.domainEventDeregister(life)
    conn.domainEventDeregisterAny(one)
    conn.domainEventDeregisterAny(every)
    watcher = conn.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, life, 'last')
    mine.undefine()
    wait_for('the last event', lambda: any(row[0] == 'last' for row in seen))
    equal(len(seen), 11, 'nothing for who has left')
    conn.domainEventDeregisterAny(watcher)


@case('events: other classes of guests')
def _() -> None:
    seen: list[tuple[Any, ...]] = []
    mine = guest(start=True)
    ids = [conn.domainEventRegisterAny(mine, libvirt.VIR_DOMAIN_EVENT_ID_BALLOON_CHANGE,
                                       lambda _c, d, kib, _o: note(seen, 'balloon', d.name(), kib), None),
           conn.domainEventRegisterAny(mine, libvirt.VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED,
                                       lambda _c, d, alias, _o: note(seen, 'removed', d.name(), alias), None),
           conn.domainEventRegisterAny(mine, libvirt.VIR_DOMAIN_EVENT_ID_METADATA_CHANGE,
                                       lambda _c, d, kind, uri, _o: note(seen, 'metadata', d.name(), kind, uri), None)]
    mine.setMetadata(libvirt.VIR_DOMAIN_METADATA_TITLE, 'A title', None, None)
    wait_for('the change of metadata', lambda: ('metadata', 'mine', libvirt.VIR_DOMAIN_METADATA_TITLE, None) in seen)
    mine.detachDeviceAlias('ua-nic')
    wait_for('the removal', lambda: ('removed', 'mine', 'ua-nic') in seen)
    for number in ids:
        conn.domainEventDeregisterAny(number)
    remove('mine')


@case('events: networks, pools, devices')
def _() -> None:
    seen: list[tuple[Any, ...]] = []
    net = conn.networkEventRegisterAny(None, libvirt.VIR_NETWORK_EVENT_ID_LIFECYCLE,
                                       lambda _c, n, event, detail, _o: note(seen, 'net', n.name(), event), None)
    pool = conn.storagePoolEventRegisterAny(None, libvirt.VIR_STORAGE_POOL_EVENT_ID_LIFECYCLE,
                                            lambda _c, p, event, detail, _o: note(seen, 'pool', p.name(), event), None)
    fresh = conn.storagePoolEventRegisterAny(None, libvirt.VIR_STORAGE_POOL_EVENT_ID_REFRESH,
                                             lambda _c, p, _o: note(seen, 'refresh', p.name()), None)
    device = conn.nodeDeviceEventRegisterAny(None, libvirt.VIR_NODE_DEVICE_EVENT_ID_LIFECYCLE,
                                             lambda _c, d, event, detail, _o: note(seen, 'device', d.name(), event), None)
    network = conn.networkDefineXML(NETWORK % ('watched', 'virbr8'))
    network.create()
    network.destroy()
    network.undefine()
    storage = conn.storagePoolCreateXML(POOL % ('watched', 'watched'))
    storage.refresh()
    storage.destroy()
    wait_for('the events of the network', lambda: len([r for r in seen if r[0] == 'net']) >= 4)
    equal([r[2] for r in seen if r[0] == 'net'], [0, 2, 3, 1])
    wait_for('the refresh', lambda: ('refresh', 'watched') in seen)
    wait_for('the end of the pool', lambda: ('pool', 'watched', libvirt.VIR_STORAGE_POOL_EVENT_STOPPED) in seen)
    secrets = [conn.secretEventRegisterAny(None, libvirt.VIR_SECRET_EVENT_ID_LIFECYCLE,
                                           lambda _c, s, event, detail, _o: note(seen, 'secret', s.usageID(), event), None),
               conn.secretEventRegisterAny(None, libvirt.VIR_SECRET_EVENT_ID_VALUE_CHANGED,
                                           lambda _c, s, _o: note(seen, 'secret', s.usageID(), 'value'), None)]
    secret = conn.secretDefineXML("<secret><usage type='ceph'><name>watched</name></usage></secret>")
    secret.setValue(b'x')
    secret.undefine()
    wait_for('the events of the secret', lambda: ('secret', 'watched', 1) in seen)
    equal([r[2] for r in seen if r[0] == 'secret'], [0, 'value', 1])
    for number in secrets:
        conn.secretEventDeregisterAny(number)
    conn.networkEventDeregisterAny(net)
    conn.storagePoolEventDeregisterAny(pool)
    conn.storagePoolEventDeregisterAny(fresh)
    conn.nodeDeviceEventDeregisterAny(device)


@case('events: none after the connection is gone')
def _() -> None:
    seen: list[tuple[Any, ...]] = []
    other = libvirt.open(URI)
    late = other.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, lambda *_: note(seen, 'late'), None)
    other.domainEventDeregisterAny(late)
    equal(other.close(), 0)
    ours = conn.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, lambda *_: note(seen, 'ours'), None)
    domain = conn.lookupByName('test')
    domain.suspend()
    domain.resume()
    wait_for('our own', lambda: seen.count(('ours',)) == 2)
    equal(seen, [('ours',), ('ours',)])
    conn.domainEventDeregisterAny(ours)


@case('streams: a picture, blocking')
def _() -> None:
    stream = conn.newStream()
    domain = conn.lookupByName('test')
    kind = domain.screenshot(stream, 0)
    got = bytearray()
    stream.recvAll(lambda _stream, data, opaque: opaque.extend(data), got)
    equal(stream.finish(), 0)
    assert kind.startswith('image/') and len(got) > 64, (kind, len(got))
    again = conn.newStream()
    domain.screenshot(again, 0)
    piece = again.recv(10)
    assert bytes(got).startswith(piece) and piece
    equal(again.abort(), 0)
    assert again.connect() is conn


@case('streams: a picture, driven by the loop')
def _() -> None:
    stream = conn.newStream(libvirt.VIR_STREAM_NONBLOCK)
    conn.lookupByName('test').screenshot(stream, 0)
    got = bytearray()
    ended: list[bool] = []

    def ready(stream_: libvirt.virStream, events: int, opaque: bytearray) -> None:
        with arrived:
            while events & libvirt.VIR_STREAM_EVENT_READABLE:
                data = stream_.recv(64)
                if data == -2:
                    break
                if not data:
                    ended.append(True)
                    stream_.eventUpdateCallback(0)
                    break
                opaque.extend(data)
            arrived.notify_all()

    stream.eventAddCallback(libvirt.VIR_STREAM_EVENT_READABLE | libvirt.VIR_STREAM_EVENT_HANGUP, ready, got)
    wait_for('the end of the picture', lambda: ended)
    stream.eventRemoveCallback()
    stream.finish()
    assert len(got) > 64, len(got)
