#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Server, router and daemon framework end to end: test-daemons.py FAKE-DAEMON VIRTPROXYD [NAME...]

Hostile and clumsy clients, siblings that are absent, hung, killed or restarted, and what becomes of
connections, descriptors and memory.
"""
from __future__ import annotations

import inspect
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
import traceback

from rig import (ADMIN, CALL, CLOSE, CONSOLE, CONTINUE, DOMAIN_EVENT, DOMAIN_REGISTER, ERROR, EVENT, FEATURE, GRAPHICS,
                 GRAPHICS_FD, KEEPALIVE, LOOKUP_DOMAIN, NET_CREATE, NET_DEREGISTER, NET_EVENT, NET_LOOKUP,
                 NET_REGISTER, OK, OPEN, REMOTE, RESUME, SCREENSHOT, STREAM, VERSION, Client, Gone, Manager, RemoteError, Rig,
                 domain, network, string, wait_for)

URI = 'qemu:///system'
RPC, NO_DOMAIN, INTERNAL, INVALID_ARG, NO_SUPPORT, TIMEOUT, SYSTEM, DENIED = 39, 42, 1, 8, 3, 68, 38, 29


def refused(code: int, text: str, function, *args, **more) -> None:  # type: ignore[no-untyped-def]
    try:
        function(*args, **more)
    except RemoteError as error:
        assert error.code == code and text in error.text, f'{error} instead of {code}: {text}'
        return
    raise AssertionError(f'not refused: {text}')


def gone(client: Client) -> None:
    try:
        while True:
            client.receive()
    except Gone:
        return


def number(payload: bytes) -> int:
    return struct.unpack('>i', payload)[0]


def check_alive(rig: Rig, name: str = 'virtqemud') -> None:
    with Client(rig.path(name), URI) as client:
        assert client.call(VERSION) == struct.pack('>Q', 1002003)


def await_event(client: Client, proc: int, callback: int) -> None:
    """Until that one comes; what others cause comes in between."""
    while True:
        event = client.event()
        if (event.proc, number(event.payload[:4])) == (proc, callback):
            return


def test_garbage(rig: Rig) -> None:
    """Bytes that are no packet end the connection, and only that."""
    rig.up('virtqemud')
    check_alive(rig)
    before = rig.settled_fds('virtqemud')
    head = struct.pack('>IIiiIi', REMOTE, 1, 1, CALL, 0, OK)
    for bad in (b'\0\0\0\0', b'\0\0\0\x1b', b'\xff\xff\xff\xff', struct.pack('>I', 33554437) + head,
                b'GET / HTTP/1.1\r\n\r\n', struct.pack('>I', 28) + struct.pack('>IIiiIi', REMOTE, 1, 1, 4, 0, OK),
                struct.pack('>I', 32) + struct.pack('>IIiiIi', REMOTE, 1, 1, 4, 0, OK) + struct.pack('>I', 33),
                struct.pack('>I', 28) + struct.pack('>IIiiIi', REMOTE, 1, 1, 99, 0, OK),
                struct.pack('>I', 28) + struct.pack('>IIiiIi', REMOTE, 1, 1, 1, 0, OK)):
        with Client(rig.path('virtqemud')) as client:
            client.sock.sendall(bad)
            gone(client)
    for part in (b'', b'\0', b'\0\0\0\x1c', struct.pack('>I', 28) + head[:10], struct.pack('>I', 33554436) + head):
        with Client(rig.path('virtqemud')) as client:
            client.sock.sendall(part)  # and goes
    check_alive(rig)
    wait_for(lambda: [rig.fds('virtqemud')] == before, 'descriptors to return to baseline')


def test_claimed_length(rig: Rig) -> None:
    """Who announces 32 MiB and sends little costs little."""
    rig.up('virtqemud')
    check_alive(rig)
    before = rig.rss_kib('virtqemud')
    clients = [Client(rig.path('virtqemud')) for _ in range(50)]
    for client in clients:
        client.sock.sendall(struct.pack('>IIIiiIi', 33554436, REMOTE, 1, 1, CALL, 0, OK))
    check_alive(rig)
    assert rig.sanitized() or rig.rss_kib('virtqemud') - before < 4096
    for client in clients:
        client.sock.close()


def test_wrong_calls(rig: Rig) -> None:
    """Wrong program, version, procedure, status, arguments, order: an error each, and the connection lives."""
    rig.up('virtqemud')
    with Client(rig.path('virtqemud')) as client:
        refused(RPC, 'program 0x12345', client.call, 1, program=0x12345)
        refused(RPC, 'program 0x6900690', client.call, 1, program=ADMIN)
        refused(RPC, 'version 9', client.call, 1, version=9)
        refused(RPC, 'status', client.call, 1, status=ERROR)
        for proc in (0, -1, 9999, 2147483647, DOMAIN_EVENT):
            refused(RPC, 'unknown procedure', client.call, proc)
        refused(INTERNAL, 'not open', client.call, VERSION)
        refused(INTERNAL, 'not open', client.call, LOOKUP_DOMAIN, string('one'))
        refused(RPC, '', client.call, OPEN, b'\0\0')
        refused(5, "''", client.call, OPEN, struct.pack('>II', 0, 0))
        client.call(OPEN, struct.pack('>I', 1) + string(URI) + struct.pack('>I', 0))
        refused(INTERNAL, 'already open', client.call, OPEN, struct.pack('>I', 1) + string(URI) + struct.pack('>I', 0))
        refused(RPC, '', client.call, LOOKUP_DOMAIN, b'')
        refused(RPC, '', client.call, LOOKUP_DOMAIN, struct.pack('>I', 0xffffffff))
        refused(NO_DOMAIN, 'two', client.call, LOOKUP_DOMAIN, string('two'))
        refused(NO_SUPPORT, 'virDomainSuspend', client.call, 34, domain())
        client.call(LOOKUP_DOMAIN, string('one') + b'more than asked for')


def test_readonly(rig: Rig) -> None:
    """The read-only socket and the flag both keep a client from changing anything."""
    if os.geteuid():
        return
    rig.up('virtqemud')
    for suffix, flag in (('-sock-ro', False), ('-sock', True)):
        with Client(rig.path('virtqemud', suffix), URI, readonly=flag) as client:
            client.call(LOOKUP_DOMAIN, string('one'))
            refused(DENIED, 'read only access prevents virDomainResume', client.call, RESUME, domain())


def test_keepalive(rig: Rig) -> None:
    """A ping is answered while the client's calls fill its limit; a silent client is given up."""
    rig.up('virtnetworkd')
    with Client(rig.path('virtnetworkd'), 'network:///system') as client:
        serials = [client.send(NET_LOOKUP, string('slow300')) for _ in range(8)]
        client.send(1, program=KEEPALIVE, kind=EVENT, serial=0)
        pong = client.receive()
        assert (pong.program, pong.proc, pong.type) == (KEEPALIVE, 2, EVENT)
        answered = sorted(client.receive().serial for _ in serials)
        assert answered == serials
    with Client(rig.path('virtnetworkd')) as client:
        start = time.monotonic()  # the silence begins with the call, however late its answer is read
        assert number(client.call(FEATURE, struct.pack('>i', 10))) == 1
        gone(client)
        assert 1.5 < time.monotonic() - start < 10


def test_flood(rig: Rig) -> None:
    """A client that sends and never reads is not read for ever, and gets everything in the end."""
    rig.up('virtqemud')
    with Client(rig.path('virtqemud'), URI) as client:
        client.sock.setblocking(False)
        sent, data = 0, b''
        stuck = time.monotonic()
        while sent < 1 << 20 and time.monotonic() - stuck < 0.5:
            if not data:
                data = b''.join(client.packet(VERSION) for _ in range(100))
                sent += 100
            try:
                data = data[client.sock.send(data):]
                stuck = time.monotonic()
            except BlockingIOError:
                pass
        assert sent < 1 << 20, 'it was read for ever'
        assert rig.sanitized() or rig.rss_kib('virtqemud') < 60000
        check_alive(rig)
        client.sock.settimeout(20)
        whole = sent - (len(data) + 27) // 28
        for serial in range(1, whole + 1):
            assert client.receive().serial == serial


def test_never_reads_events(rig: Rig) -> None:
    """A client that does not read its events is disconnected, with a reason in the log."""
    rig.start('virtqemud', '--verbose')
    rig.await_socket('virtqemud')
    with Client(rig.path('virtqemud'), URI) as deaf, Client(rig.path('virtqemud'), URI) as other:
        deaf.call(DOMAIN_REGISTER, struct.pack('>iI', 0, 0))
        for _ in range(700):
            other.call(RESUME, domain('x' * 60000))
        gone(deaf)
    with open(f'{rig.dir}/virtqemud.log', encoding='utf-8') as log:
        assert 'does not read the events' in log.read()


def test_mid_reply(rig: Rig) -> None:
    """Clients that go while they are being answered."""
    rig.up('virtqemud', 'virtnetworkd')
    check_alive(rig)
    before = rig.settled_fds('virtqemud', 'virtnetworkd')
    for _ in range(100):
        with Client(rig.path('virtqemud'), URI) as client:
            client.sock.sendall(b''.join(client.packet(VERSION) for _ in range(50)))
        with Client(rig.path('virtnetworkd'), 'network:///system') as client:
            for _ in range(3):
                client.send(NET_LOOKUP, string('slow5'))
    check_alive(rig)
    wait_for(lambda: [rig.fds('virtqemud'), rig.fds('virtnetworkd')] == before, 'descriptors to return to baseline')


def test_descriptors(rig: Rig) -> None:
    """Descriptors both ways, directly and through the proxy; ones that nobody expects are closed."""
    rig.up('virtqemud', 'virtproxyd')
    for name in ('virtqemud', 'virtproxyd'):
        with Client(rig.path(name), URI) as client:
            client.call(VERSION)
            before = rig.settled_fds('virtqemud', 'virtproxyd')
            packet = client.reply(client.send(GRAPHICS_FD, domain() + struct.pack('>II', 0, 0)))
            assert len(packet.fds) == 1
            assert os.fstat(packet.fds[0]).st_rdev == os.stat('/dev/null').st_rdev
            os.close(packet.fds[0])
            read, write = os.pipe()
            client.send_fds(GRAPHICS, domain() + struct.pack('>II', 0, 0), [write])
            assert client.receive().status == OK
            os.close(write)
            assert os.read(read, 100) == b'graphics' and os.read(read, 1) == b''
            client.send_fds(VERSION, b'', [read] * 32)
            assert client.receive().status == OK
            os.close(read)
            wait_for(lambda was=before: [rig.fds('virtqemud'), rig.fds('virtproxyd')] == was, 'no leak')
            socket.send_fds(client.sock, [client.packet(VERSION)[:20]], [0])  # in the middle of a packet
            client.sock.sendall(client.packet(VERSION)[20:])
            gone(client)


def test_streams(rig: Rig) -> None:
    """A file of several packets and a console's greeting come whole; abort and finish are answered once."""
    path = f'{rig.dir}/picture'
    content = bytes(i * 7 & 255 for i in range(1 << 12)) * 300
    with open(path, 'wb') as file:
        file.write(content)
    os.environ['FAKE_SCREENSHOT'] = path
    rig.up('virtqemud', 'virtproxyd')
    for name in ('virtqemud', 'virtproxyd'):
        with Client(rig.path(name), URI) as client:
            serial = client.send(SCREENSHOT, domain() + struct.pack('>II', 0, 0))
            client.reply(serial)
            got = b''
            while True:
                packet = client.receive()
                assert (packet.type, packet.status, packet.serial) == (STREAM, CONTINUE, serial)
                if not packet.payload:
                    break
                got += packet.payload
            assert got == content
            client.send(SCREENSHOT, kind=STREAM, status=OK, serial=serial)
            packet = client.receive()
            assert (packet.type, packet.status, packet.payload) == (STREAM, OK, b'')
            client.send(SCREENSHOT, kind=STREAM, status=OK, serial=serial)  # over: dropped in silence

            serial = client.send(CONSOLE, domain() + struct.pack('>II', 0, 0))
            client.reply(serial)
            assert client.receive().payload == b'hello'
            client.send(CONSOLE, kind=STREAM, status=ERROR, serial=serial)
            while (packet := client.receive()).status == CONTINUE:
                pass
            assert (packet.type, packet.status) == (STREAM, OK)
            client.call(VERSION)
        with Client(rig.path(name), URI) as client:  # who goes in the middle of one
            client.send(SCREENSHOT, domain() + struct.pack('>II', 0, 0))
            client.receive()
    check_alive(rig)


def test_many_streams(rig: Rig) -> None:
    """One client cannot open streams without end."""
    os.environ['FAKE_SCREENSHOT'] = '/proc/self/exe'
    rig.up('virtqemud')
    with Client(rig.path('virtqemud'), URI) as client:
        for _ in range(64):
            client.reply(client.send(SCREENSHOT, domain() + struct.pack('>II', 0, 0)))
        refused(9, '64 streams', lambda: client.reply(client.send(SCREENSHOT, domain() + struct.pack('>II', 0, 0))))
    check_alive(rig)
    wait_for(lambda: len(os.listdir(f'/proc/{rig.pid("virtqemud")}/task')) < 20, 'the threads to end')


def test_slow_stream(rig: Rig) -> None:
    """A client that does not take its stream costs bounded memory."""
    path = f'{rig.dir}/big'
    with open(path, 'wb') as file:
        file.truncate(200 << 20)
    os.environ['FAKE_SCREENSHOT'] = path
    rig.up('virtqemud', 'virtproxyd')
    with Client(rig.path('virtproxyd'), URI) as client:
        client.call(VERSION)
        before = rig.rss_kib('virtqemud') + rig.rss_kib('virtproxyd')
        serial = client.send(SCREENSHOT, domain() + struct.pack('>II', 0, 0))
        client.reply(serial)
        stuck = time.monotonic()
        while time.monotonic() - stuck < 0.5:
            now = rig.rss_kib('virtqemud') + rig.rss_kib('virtproxyd')
            assert rig.sanitized() or now - before < 16384
            check_alive(rig)
    check_alive(rig)


def test_router(rig: Rig) -> None:
    """Through the proxy: domains here, networks there; errors, events and identities pass."""
    rig.up('virtqemud', 'virtnetworkd', 'virtproxyd')
    for name in ('virtproxyd', 'virtqemud'):
        with Client(rig.path(name), URI) as client:
            client.call(LOOKUP_DOMAIN, string('one'))
            refused(NO_DOMAIN, 'two', client.call, LOOKUP_DOMAIN, string('two'))
            client.call(NET_LOOKUP, string('net'))
            refused(43, 'absent', client.call, NET_LOOKUP, string('absent'))
            here = number(client.call(DOMAIN_REGISTER, struct.pack('>iI', 0, 0)))
            there = number(client.call(NET_REGISTER, struct.pack('>iI', 0, 0)))
            client.call(RESUME, domain())
            event = client.event()
            assert event.proc == DOMAIN_EVENT and number(event.payload[:4]) == here
            client.call(NET_CREATE, network())
            event = client.event()
            assert event.proc == NET_EVENT and number(event.payload[:4]) == there
            client.call(NET_DEREGISTER, struct.pack('>i', there))
            refused(INVALID_ARG, 'callback', client.call, NET_DEREGISTER, struct.pack('>i', there))
    with Client(rig.path('virtproxyd')) as client:
        refused(INTERNAL, 'not open', client.call, VERSION)
        refused(5, "no daemon serves 'nosuch:///x'", client.call, OPEN,
                struct.pack('>I', 1) + string('nosuch:///x') + struct.pack('>I', 0))
        client.call(OPEN, struct.pack('>II', 0, 0))  # the only hypervisor with a socket
        client.call(LOOKUP_DOMAIN, string('one'))


def test_identity(rig: Rig) -> None:
    """The daemon behind the proxy knows who asks, and a stranger cannot speak for others."""
    if os.geteuid():
        return
    rig.up('virtqemud', 'virtproxyd')
    pid = os.fork()
    if pid == 0:
        os.setgid(65534)
        os.setuid(65534)
        status = 1
        try:
            for name in ('virtqemud', 'virtproxyd'):
                with Client(rig.path(name), URI) as client:
                    assert client.hostname() == 'uid65534', client.hostname()
                    identity = struct.pack('>I', 1) + string('unix-user-id') + struct.pack('>iQ', 4, 0)
                    refused(88, '65534', client.call, 419, identity + struct.pack('>I', 0))
                    assert client.hostname() == 'uid65534'
            status = 0
        except BaseException:  # the parent must not go on in here
            traceback.print_exc()
        os._exit(status)
    assert os.waitpid(pid, 0)[1] == 0


def test_absent_sibling(rig: Rig) -> None:
    """A sibling without a socket: an error that names it, and the rest works."""
    rig.up('virtqemud', 'virtproxyd')
    with Client(rig.path('virtproxyd'), URI) as client:
        refused(SYSTEM, "cannot connect to virtnetworkd at '", client.call, NET_LOOKUP, string('net'))
        client.call(LOOKUP_DOMAIN, string('one'))
        rig.up('virtnetworkd')
        client.call(NET_LOOKUP, string('net'))


def test_killed_sibling(rig: Rig) -> None:
    """Killed in mid-call: that call fails, the connection lives, the next call and events work again."""
    rig.up('virtqemud', 'virtnetworkd', 'virtproxyd')
    with Client(rig.path('virtproxyd'), URI) as client:
        callback = number(client.call(NET_REGISTER, struct.pack('>iI', 0, 0)))
        for _ in range(3):
            serial = client.send(NET_LOOKUP, string('die'))
            refused(RPC, 'virtnetworkd ended while it worked on this call', client.reply, serial)
            client.call(LOOKUP_DOMAIN, string('one'))
            rig.stop('virtnetworkd', signal.SIGKILL)
            rig.up('virtnetworkd')
            client.call(NET_LOOKUP, string('net'))
            with Client(rig.path('virtnetworkd'), 'network:///system') as other:
                other.call(NET_CREATE, network())
            event = client.event()
            assert event.proc == NET_EVENT and number(event.payload[:4]) == callback
        # The hypervisor's own daemon, too.
        rig.stop('virtqemud', signal.SIGKILL)
        rig.up('virtqemud')
        client.call(LOOKUP_DOMAIN, string('one'))


def test_hung_sibling(rig: Rig) -> None:
    """Hung: its calls fail at the deadline, those to others go on; a slow one is waited for.

    The deadline is long enough for a busy machine to answer within, and what must come first is told by order, not by
    the clock.
    """
    with open(rig.conf, encoding='utf-8') as file:
        text = file.read().replace('keepalive_count = 2', 'keepalive_count = 5')
    with open(f'{rig.dir}/patient.conf', 'w', encoding='utf-8') as file:
        file.write(text)
    for name in ('virtqemud', 'virtnetworkd', 'virtproxyd'):
        rig.start(name, conf=f'{rig.dir}/patient.conf')
    for name in ('virtqemud', 'virtnetworkd', 'virtproxyd'):
        rig.await_socket(name)
    with Client(rig.path('virtproxyd'), URI) as client:
        start = time.monotonic()  # the silence counts from the last that was heard
        client.call(NET_LOOKUP, string('net'))
        os.kill(rig.pid('virtnetworkd'), signal.SIGSTOP)
        serial = client.send(NET_LOOKUP, string('net'))
        client.call(LOOKUP_DOMAIN, string('one'))
        assert serial not in client.replies, 'a call to another waited for the one that hangs'
        refused(TIMEOUT, 'virtnetworkd has been silent for 5 seconds', client.reply, serial)
        assert time.monotonic() - start > 4
        # Now it hangs before it has accepted.
        refused(TIMEOUT, 'silent', client.call, NET_LOOKUP, string('net'))
        os.kill(rig.pid('virtnetworkd'), signal.SIGCONT)
        client.call(NET_LOOKUP, string('net'))
        client.call(NET_LOOKUP, string('slow7000'))  # beyond the deadline, but it answers pings


def test_thousand_clients(rig: Rig) -> None:
    """1,000 clients through the proxy, some rudely: descriptors, memory and connections return."""
    rig.up('virtqemud', 'virtnetworkd', 'virtproxyd')
    names = ('virtqemud', 'virtnetworkd', 'virtproxyd')

    def come_and_go(count: int) -> None:
        for i in range(count):
            with Client(rig.path('virtproxyd'), URI) as client:
                client.call(LOOKUP_DOMAIN, string('one'))
                client.call(NET_LOOKUP, string('net'))
                if i % 3 == 0:
                    client.call(NET_REGISTER, struct.pack('>iI', 0, 0))
                if i % 2:
                    client.call(CLOSE)

    with Client(rig.path('virtproxyd'), URI):
        pass
    before = rig.settled_fds(*names)
    come_and_go(50)
    wait_for(lambda: [rig.fds(name) for name in names] == before, 'descriptors to return to baseline')
    memory = [rig.rss_kib(name) for name in names]
    come_and_go(1000)
    wait_for(lambda: [rig.fds(name) for name in names] == before, 'descriptors to return to baseline')
    grown = [rig.rss_kib(name) - was for name, was in zip(names, memory)]
    assert rig.sanitized() or max(grown) < 1024, grown


def test_spawn(rig: Rig) -> None:
    """A user's proxy starts the user's daemons: nobody else does."""
    fake, proxy = f'{rig.dir}/fake-daemon', f'{rig.dir}/virtproxyd'
    shutil.copy(rig.programs['virtqemud'][0], fake)
    shutil.copy(rig.programs['virtproxyd'][0], proxy)
    for name in ('virtqemud', 'virtnetworkd'):
        with open(f'{rig.dir}/{name}', 'w', encoding='utf-8') as script:
            script.write(f'#!/bin/sh\nexec {fake} {name} "$@"\n')
        os.chmod(f'{rig.dir}/{name}', 0o755)
    home = f'{rig.dir}/home'
    os.mkdir(home)
    user = {'user': 65534, 'group': 65534, 'extra_groups': []} if os.geteuid() == 0 else {}
    if user:
        os.chown(home, 65534, 65534)
    env = {key: value for key, value in os.environ.items() if not key.startswith('XDG_')}
    env.update(XDG_RUNTIME_DIR=home, HOME=home)
    with subprocess.Popen([proxy], env=env, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **user) as process:
        pids = []
        try:
            wait_for(lambda: rig.answers(f'{home}/libvirt/libvirt-sock'), 'the proxy to listen')
            with Client(f'{home}/libvirt/libvirt-sock', 'qemu:///session') as client:
                client.call(LOOKUP_DOMAIN, string('one'))
                client.call(NET_LOOKUP, string('net'))
            for name in ('virtqemud', 'virtnetworkd'):
                with open(f'{home}/libvirt/{name}.pid', encoding='ascii') as file:
                    pids.append(int(file.read()))
            refused(SYSTEM, 'virtlxcd', Client, f'{home}/libvirt/libvirt-sock', 'lxc:///system')
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGTERM)
            process.terminate()
        assert process.wait(20) == 0
        for pid in pids:
            wait_for(lambda pid=pid: not os.path.exists(f'/proc/{pid}'), f'process {pid} to end')


def test_limits(rig: Rig) -> None:
    """Beyond max_clients nobody is accepted until somebody goes."""
    conf = f'{rig.dir}/few.conf'
    with open(rig.conf, encoding='utf-8') as file, open(conf, 'w', encoding='utf-8') as few:
        few.write(file.read() + 'max_clients = 3\n')
    rig.start('virtqemud', conf=conf)
    rig.await_socket('virtqemud')
    clients = [Client(rig.path('virtqemud'), URI) for _ in range(3)]
    waiting = Client(rig.path('virtqemud'), timeout=0.5)
    try:
        waiting.call(OPEN, struct.pack('>I', 1) + string(URI) + struct.pack('>I', 0))
        raise AssertionError('a fourth client was served')
    except TimeoutError:
        pass
    clients.pop().sock.close()
    waiting.sock.settimeout(20)
    assert waiting.receive().status == OK
    for client in clients + [waiting]:
        client.sock.close()


def test_out_of_descriptors(rig: Rig) -> None:
    """Out of descriptors new clients wait; those that are there are served."""
    rig.start('virtqemud', preexec_fn=lambda: __import__('resource').setrlimit(7, (30, 30)))
    rig.await_socket('virtqemud')
    clients = [Client(rig.path('virtqemud')) for _ in range(40)]
    clients[0].call(OPEN, struct.pack('>I', 1) + string(URI) + struct.pack('>I', 0))
    clients[0].call(VERSION)
    for client in clients[:-1]:
        client.sock.close()
    clients[-1].call(OPEN, struct.pack('>I', 1) + string(URI) + struct.pack('>I', 0))
    clients[-1].sock.close()


def test_activation(rig: Rig) -> None:
    """Sockets handed over are served at once; the daemon ends when idle, but not while someone listens."""
    path = rig.path('virtqemud')
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(10)
        program = [*rig.programs['virtqemud'], '-f', rig.conf, '-p', f'{rig.dir}/a.pid', '-t', '1']
        shell = f'exec 3<&{listener.fileno()}; export LISTEN_PID=$$ LISTEN_FDS=1; exec "$@"'
        with Client(path) as client:
            env = {key: value for key, value in os.environ.items() if key != 'LISTEN_FDNAMES'}
            process = subprocess.Popen(['sh', '-c', shell, 'sh', *program],
                                       pass_fds=[listener.fileno()], env=env)
            client.call(OPEN, struct.pack('>I', 1) + string(URI) + struct.pack('>I', 0))
            client.call(DOMAIN_REGISTER, struct.pack('>iI', 0, 0))
            try:
                process.wait(2.5)
                raise AssertionError('it ended under its client')
            except subprocess.TimeoutExpired:
                pass
        assert process.wait(20) == 0
    assert os.path.exists(path), 'the socket belongs to who made it'


def test_drain(rig: Rig) -> None:
    """Told to end, it finishes what it works on."""
    rig.up('virtnetworkd')
    with Client(rig.path('virtnetworkd'), 'network:///system') as client:
        client.call(NET_LOOKUP, string('net'))
        serial = client.send(NET_LOOKUP, string('slow500'))
        client.send(1, program=KEEPALIVE, kind=EVENT, serial=0)
        client.receive()  # the call has been read, too
        rig.running['virtnetworkd'].send_signal(signal.SIGTERM)
        client.reply(serial)
        gone(client)
    assert rig.running.pop('virtnetworkd').wait(20) == 0
    assert not os.path.exists(rig.path('virtnetworkd'))
    assert not os.path.exists(f'{rig.dir}/virtnetworkd.pid')


def test_seamless_restart(rig: Rig) -> None:
    """Restarted by a manager that keeps descriptors, a daemon goes on with its clients as if nothing had been."""
    rig.up('virtnetworkd')
    managers = [Manager(rig, name) for name in ('virtqemud', 'virtproxyd')]
    for manager in managers:
        manager.start()
        manager.listen_for('READY=1')
    with Client(rig.path('virtqemud'), URI) as direct, Client(rig.path('virtproxyd'), URI) as proxied, \
            Client(rig.path('virtqemud')) as unopened, Client(rig.path('virtqemud'), URI, readonly=True) as reader:
        callbacks = []
        for client in (direct, proxied):
            client.call(LOOKUP_DOMAIN, string('one'))
            callbacks.append((number(client.call(DOMAIN_REGISTER, struct.pack('>iI', 0, 0))),
                              number(client.call(NET_REGISTER, struct.pack('>iI', 0, 0)))))
        half = direct.packet(LOOKUP_DOMAIN, string('one'))
        direct.sock.sendall(half[:17])
        asked = proxied.send(NET_LOOKUP, string('slow300'))  # is answered first
        wait_for(lambda: rig.rss_kib('virtnetworkd'), 'the call to be on its way')
        for round_ in range(2):
            for manager in managers:
                manager.stop()
                assert [name for name, _ in manager.store].count('libvirt-clients-state') == 1, manager.store
            if round_ == 0:
                unread = direct.packet(VERSION)
                proxied_late = proxied.send(LOOKUP_DOMAIN, string('one'))  # nobody is there
            for manager in managers:
                manager.start()
                manager.listen_for('READY=1')
                manager.listen_for('FDNAME=libvirt-clients-state')
                assert not manager.store
            if round_ == 0:
                direct.sock.sendall(half[17:] + unread)
                assert direct.receive().payload == domain() and direct.receive().payload == struct.pack('>Q', 1002003)
                assert proxied.reply(asked).payload == network('slow300')
                assert proxied.reply(proxied_late).payload == domain()
            for client, (here, there) in zip((direct, proxied), callbacks):
                client.call(LOOKUP_DOMAIN, string('one'))
                client.call(NET_LOOKUP, string('net'))
                client.call(RESUME, domain())
                await_event(client, DOMAIN_EVENT, here)
                with Client(rig.path('virtnetworkd'), 'network:///system') as other:
                    other.call(NET_CREATE, network())
                await_event(client, NET_EVENT, there)
            refused(DENIED, 'read only', reader.call, RESUME, domain())
            refused(INTERNAL, 'not open', unopened.call, VERSION)
    for manager in managers:
        manager.close()


def test_restart_over_stale(rig: Rig) -> None:
    """A socket left by a killed daemon is replaced; that of a living one is not taken away."""
    rig.up('virtqemud')
    rig.stop('virtqemud', signal.SIGKILL)
    rig.up('virtqemud')
    second = subprocess.run([*rig.programs['virtqemud'], '-f', rig.conf, '-p', f'{rig.dir}/other.pid'],
                            stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False)
    assert second.returncode == 1 and b'another daemon is listening' in second.stderr, second.stderr
    check_alive(rig)


def test_config(rig: Rig) -> None:
    """Mistakes in the configuration are told with file and line."""
    conf = f'{rig.dir}/bad.conf'
    for text, message in (('\nmax_clients = 5\nmax_cleints = 5\n', ':3: '), ('max_clients = "x"\n', ':1: '),
                          ('max_clients = 0\n', 'at least 1'), ('auth_unix_rw = "sasl2"\n', 'auth_unix_rw'),
                          ('min_workers = 9\nmax_workers = 3\n', 'min_workers'),
                          ('unix_sock_rw_perms = "0999"\nunix_sock_dir = "/tmp"\n', 'unix_sock_rw_perms'),
                          ('tls_port = "1"\n', ':1: ')):
        with open(conf, 'w', encoding='utf-8') as file:
            file.write(text)
        run = subprocess.run([*rig.programs['virtqemud'], '-f', conf, '-p', f'{rig.dir}/c.pid'], timeout=20,
                             stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        assert run.returncode == 1 and message in run.stderr, (text, run.stderr)
    run = subprocess.run([*rig.programs['virtqemud'], '-f', f'{rig.dir}/nosuch'], timeout=20, capture_output=True,
                         text=True, check=False)
    assert run.returncode == 1 and 'nosuch' in run.stderr


def test_admin(rig: Rig) -> None:
    """Servers, clients, limits and closing a client by the administration socket."""
    rig.up('virtqemud')
    with Client(rig.path('virtqemud', '-admin-sock')) as admin, Client(rig.path('virtqemud'), URI) as client:
        client.call(VERSION)

        def call(proc: int, payload: bytes = b'') -> bytes:
            return admin.call(proc, payload, program=ADMIN)

        refused(INTERNAL, 'not open', call, 3)
        refused(RPC, 'program', admin.call, OPEN)
        call(1, struct.pack('>I', 0))
        assert struct.unpack('>Q', call(3))[0] == 11003000
        servers = call(4, struct.pack('>II', 1, 0))
        assert servers == struct.pack('>I', 2) + string('virtqemud') + string('admin') + struct.pack('>I', 2)
        refused(95, 'nosuch', call, 5, string('nosuch') + struct.pack('>I', 0))
        clients = call(8, string('virtqemud') + struct.pack('>II', 1, 0))
        count, = struct.unpack_from('>I', clients)
        assert count == 1
        at = 4 + len(string('virtqemud'))
        identity = clients[4:at + 20]
        call(11, identity + struct.pack('>I', 0))
        gone(client)
        refused(96, 'no client', call, 11, identity + struct.pack('>I', 0))


def main() -> int:
    fake, proxy, *names = sys.argv[1:]
    tests = [(name[5:], function) for name, function in globals().items()
             if name.startswith('test_') and inspect.isfunction(function) and (not names or name[5:] in names)]
    print(f'1..{len(tests)}', flush=True)
    failed = 0
    for number_, (name, function) in enumerate(tests, 1):
        rig = Rig(fake, proxy)
        start = time.monotonic()
        try:
            function(rig)
            for daemon, process in rig.running.items():
                assert process.poll() is None, f'{daemon} ended with status {process.returncode}'
            rig.end()
            print(f'ok {number_} {name} # {time.monotonic() - start:.2f} s', flush=True)
        except Exception:
            failed += 1
            print(''.join('# ' + line + '\n' for line in traceback.format_exc().splitlines()), end='')
            for daemon in rig.programs:
                if os.path.exists(f'{rig.dir}/{daemon}.log'):
                    with open(f'{rig.dir}/{daemon}.log', encoding='utf-8', errors='replace') as log:
                        print(''.join(f'# {daemon}: {line}' for line in log.readlines()[-5:]), end='')
            print(f'not ok {number_} {name}', flush=True)
        finally:
            rig.down()
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
