# SPDX-License-Identifier: LGPL-2.1-or-later
"""Debian's python3-libvirt on our libvirt.so.0: with a daemon, and with the driver in the library.

    LD_LIBRARY_PATH=FOLDER test-python.py FAKE-DAEMON

FAKE-DAEMON is that of tests/server, which serves a driver made for tests.
"""
from __future__ import annotations

import os
import socket
import sys
import threading
import time
import traceback
from typing import Callable

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, '..', 'server'), os.path.join(HERE, '..', 'interop')]

from known import library_environment  # noqa: E402

if os.environ.get('LD_LIBRARY_PATH') and 'LD_PRELOAD' not in os.environ:
    proper = library_environment(os.environ['LD_LIBRARY_PATH'].split(':')[0])
    if 'LD_PRELOAD' in proper:  # a sanitizer's: only a program that begins with it can load the library
        os.execve(sys.executable, [sys.executable, *sys.argv], proper)
try:
    import libvirt  # noqa: E402
except ImportError as error:
    print(f'1..0 # SKIP no libvirt bindings that fit: {error}')
    sys.exit(0)
from rig import Rig  # noqa: E402

DEADLINE = 20.0


def wait_for(condition: Callable[[], bool], what: str) -> None:
    """Let the loop's thread get on with it until @condition holds."""
    end = time.monotonic() + DEADLINE
    with arrived:
        while not condition():
            left = end - time.monotonic()
            assert left > 0, f'waited too long for {what}'
            arrived.wait(left)


BRIDGE = '''#!/usr/bin/python3
import os, select, socket
sock = socket.socket(socket.AF_UNIX)
sock.connect("{socket}")
while True:
    ready = select.select([0, sock], [], [])[0]
    for source in ready:
        data = os.read(source if source == 0 else sock.fileno(), 65536)
        if not data:
            raise SystemExit
        os.write(sock.fileno() if source == 0 else 1, data)
'''
arrived = threading.Condition()
running = True


def loop() -> None:
    while running:
        libvirt.virEventRunDefaultImpl()


def fails(code: int, call: Callable[[], object]) -> libvirt.libvirtError:
    try:
        call()
    except libvirt.libvirtError as error:
        assert error.get_error_code() == code, error
        return error
    raise AssertionError('it succeeded')


# ---- with a daemon ----

def test_facts(conn: libvirt.virConnect) -> None:
    assert conn.getURI() == conn_uri, conn.getURI()
    assert conn.getType() == conn.getType() != ''
    assert conn.getLibVersion() > 0 and conn.getVersion() > 0
    assert conn.getHostname()
    assert conn.isAlive() == 1


def test_objects(conn: libvirt.virConnect) -> None:
    names = [d.name() for d in conn.listAllDomains()]
    assert 'one' in names, names
    domain = conn.lookupByName('one')
    assert domain.ID() == 1 and len(domain.UUIDString()) == 36
    assert domain.connect().getURI() == conn.getURI()
    assert len(domain.state()) == 2
    fails(libvirt.VIR_ERR_NO_DOMAIN, lambda: conn.lookupByName('absent'))


def test_unsupported(conn: libvirt.virConnect) -> None:
    fails(libvirt.VIR_ERR_NO_SUPPORT, conn.getSysinfo)


def test_read_only(conn: libvirt.virConnect) -> None:
    reader = libvirt.openReadOnly(conn_uri.replace('-sock', '-sock-ro'))
    error = fails(libvirt.VIR_ERR_OPERATION_DENIED, reader.lookupByName('one').resume)
    assert 'virDomainResume' in str(error), error


def test_screenshot(conn: libvirt.virConnect) -> None:
    stream = conn.newStream()
    got = bytearray()
    assert conn.lookupByName('one').screenshot(stream, 0) == 'text/plain'
    stream.recvAll(lambda _stream, data, _opaque: got.extend(data), None)
    stream.finish()
    with open(__file__, 'rb') as file:  # what the fake driver was told to show
        assert bytes(got) == file.read()


def test_console(conn: libvirt.virConnect) -> None:
    stream = conn.newStream()
    conn.lookupByName('one').openConsole(None, stream, 0)
    got = b''
    while len(got) < 5:
        data = stream.recv(100)
        assert data, 'the console ended early'
        got += data
    assert got == b'hello'  # the fake driver greets and leaves
    stream.abort()


def test_console_nonblocking(conn: libvirt.virConnect) -> None:
    stream = conn.newStream(libvirt.VIR_STREAM_NONBLOCK)
    got = bytearray()

    def readable(_stream: libvirt.virStream, events: int, _opaque: object) -> None:
        with arrived:
            if events & libvirt.VIR_STREAM_EVENT_READABLE:
                data = stream.recv(100)
                if isinstance(data, bytes):
                    got.extend(data)
            arrived.notify_all()

    conn.lookupByName('one').openConsole(None, stream, 0)
    stream.eventAddCallback(libvirt.VIR_STREAM_EVENT_READABLE, readable, None)
    wait_for(lambda: bytes(got) == b'hello', 'the greeting')
    stream.eventRemoveCallback()
    stream.abort()


def test_descriptors(conn: libvirt.virConnect) -> None:
    descriptor = conn.lookupByName('one').openGraphicsFD(0, 0)
    os.close(descriptor)
    ours, theirs = socket.socketpair()
    conn.lookupByName('one').openGraphics(0, theirs.fileno(), 0)
    theirs.close()
    ours.close()
    reader, writer = os.pipe()
    fails(libvirt.VIR_ERR_INVALID_ARG, lambda: conn.lookupByName('one').openGraphics(0, writer, 0))
    os.close(writer)
    os.close(reader)


def test_events(conn: libvirt.virConnect) -> None:
    seen: list[tuple[str, int]] = []

    def lifecycle(_conn: libvirt.virConnect, domain: libvirt.virDomain, event: int, _detail: int,
                  _opaque: object) -> None:
        with arrived:
            seen.append((domain.name(), event))
            arrived.notify_all()

    number = conn.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, lifecycle, None)
    conn.lookupByName('one').resume()
    wait_for(lambda: bool(seen), 'an event')
    assert seen[0][0] == 'one', seen
    conn.domainEventDeregisterAny(number)


def test_keepalive_threads(conn: libvirt.virConnect) -> None:
    assert conn.setKeepAlive(1, 5) == 0
    failures: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(100):
                conn.lookupByName('one').state()
        except BaseException as error:  # pylint: disable=broad-except
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures
    conn.setKeepAlive(-1, 0)


def test_external_command(conn: libvirt.virConnect) -> None:
    script = f'{rig.dir}/bridge'
    with open(script, 'w', encoding='utf-8') as file:
        file.write(BRIDGE.format(socket=rig.path('virtqemud')))
    os.chmod(script, 0o700)
    far = libvirt.open(f'qemu+ext:///system?command={script}')
    assert far.getHostname() == conn.getHostname()
    assert far.lookupByName('one').ID() == 1
    ours, theirs = socket.socketpair()
    error = fails(libvirt.VIR_ERR_NO_SUPPORT, lambda: far.lookupByName('one').openGraphics(0, theirs.fileno(), 0))
    ours.close()
    theirs.close()
    assert 'file descriptors' in str(error), error
    far.close()


def test_daemon_killed(_conn: libvirt.virConnect) -> None:
    doomed = libvirt.open(conn_uri)
    reasons: list[int] = []

    def closed(_conn: libvirt.virConnect, reason: int, _opaque: object) -> None:
        with arrived:
            reasons.append(reason)
            arrived.notify_all()

    doomed.registerCloseCallback(closed, None)
    rig.running['virtqemud'].kill()
    rig.running['virtqemud'].wait()
    wait_for(lambda: bool(reasons), 'the close callback')
    assert doomed.isAlive() == 0
    fails(libvirt.VIR_ERR_INTERNAL_ERROR, doomed.getHostname)
    rig.up('virtqemud')
    assert libvirt.open(conn_uri).getHostname()


# ---- with the driver in the library ----

def test_local(_conn: libvirt.virConnect) -> None:
    conn = libvirt.open('test:///default')
    assert conn.getURI() == 'test:///default'
    assert [d.name() for d in conn.listAllDomains()] == ['test']
    domain = conn.lookupByName('test')
    seen: list[int] = []

    def lifecycle(_conn: object, _domain: object, event: int, _detail: int, _opaque: object) -> None:
        with arrived:
            seen.append(event)
            arrived.notify_all()

    number = conn.domainEventRegisterAny(domain, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, lifecycle, None)
    domain.suspend()
    domain.resume()
    wait_for(lambda: len(seen) == 2, 'two events')
    assert seen == [libvirt.VIR_DOMAIN_EVENT_SUSPENDED, libvirt.VIR_DOMAIN_EVENT_RESUMED], seen
    conn.domainEventDeregisterAny(number)
    assert '<name>test</name>' in domain.XMLDesc()
    fails(libvirt.VIR_ERR_NO_DOMAIN, lambda: conn.lookupByName('nobody'))
    fails(libvirt.VIR_ERR_OPERATION_DENIED, libvirt.openReadOnly('test:///default').lookupByName('test').destroy)


TESTS = [test_facts, test_objects, test_unsupported, test_read_only, test_screenshot, test_console,
         test_console_nonblocking, test_descriptors, test_events, test_keepalive_threads,
         test_external_command, test_daemon_killed]


def have_local() -> bool:
    try:
        return libvirt.open('test:///default').close() >= 0
    except libvirt.libvirtError as error:
        if error.get_error_code() == libvirt.VIR_ERR_NO_CONNECT:
            return False
        raise


if __name__ == '__main__':
    libvirt.registerErrorHandler(lambda _context, _error: None, None)
    libvirt.virEventRegisterDefaultImpl()
    threading.Thread(target=loop, daemon=True).start()
    tests = TESTS + ([test_local] if have_local() else [])
    print(f'1..{len(TESTS) + 1}')
    os.environ['FAKE_SCREENSHOT'] = os.path.abspath(__file__)
    rig = Rig(sys.argv[1], sys.argv[1])
    rig.up('virtqemud')
    conn_uri = f'qemu:///system?socket={rig.path("virtqemud")}'
    bad = 0
    try:
        for index, test in enumerate(tests, 1):
            try:
                with libvirt.open(conn_uri) as connection:
                    test(connection)
                print(f'ok {index} {test.__name__}', flush=True)
            except Exception:  # pylint: disable=broad-except
                bad += 1
                print(''.join('# ' + line + '\n' for line in traceback.format_exc().splitlines()), end='')
                print(f'not ok {index} {test.__name__}', flush=True)
        if len(tests) == len(TESTS):
            print(f'ok {len(TESTS) + 1} test_local # SKIP this library has no test driver')
    finally:
        for process in rig.running.values():
            process.kill()
            process.wait()
        rig.folder.cleanup()
    running = False
    sys.stdout.flush()
    os._exit(bad > 0)  # the loop's thread waits in the library
