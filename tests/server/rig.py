# SPDX-License-Identifier: LGPL-2.1-or-later
"""rig - daemons in a folder of their own, and a client that speaks the wire protocol by hand."""
from __future__ import annotations

import fcntl
import os
import signal
import socket
import struct
import subprocess
import tempfile
import time
from typing import Optional

REMOTE, QEMU, ADMIN, KEEPALIVE = 0x20008086, 0x20008087, 0x06900690, 0x6b656570
CALL, REPLY, EVENT, STREAM, CALL_FDS, REPLY_FDS, HOLE = range(7)
OK, ERROR, CONTINUE = range(3)
# Procedures used here.
OPEN, CLOSE, TYPE, VERSION, HOSTNAME, FEATURE, AUTH_LIST = 1, 2, 3, 4, 59, 60, 66
LOOKUP_DOMAIN, RESUME, SCREENSHOT, CONSOLE = 23, 28, 211, 201
NET_LOOKUP, NET_CREATE, NET_REGISTER, NET_DEREGISTER = 46, 39, 313, 314
DOMAIN_REGISTER, DOMAIN_DEREGISTER, GRAPHICS, GRAPHICS_FD = 316, 317, 249, 343
NET_EVENT, DOMAIN_EVENT = 315, 318
UUID = bytes(range(1, 17))


def string(text: str | bytes) -> bytes:
    data = text.encode() if isinstance(text, str) else text
    return struct.pack('>I', len(data)) + data + bytes(-len(data) % 4)


def domain(name: str = 'one') -> bytes:
    return string(name) + UUID + struct.pack('>i', 1)


def network(name: str = 'net') -> bytes:
    return string(name) + UUID


class Gone(Exception):
    """The server closed the connection."""


class RemoteError(Exception):
    def __init__(self, payload: bytes) -> None:
        self.code, self.domain, has = struct.unpack_from('>iiI', payload)
        self.text = ''
        if has:
            length, = struct.unpack_from('>I', payload, 12)
            self.text = payload[16:16 + length].decode()
        super().__init__(f'{self.code}: {self.text}')


class Packet:
    def __init__(self, raw: bytes, fds: list[int]) -> None:
        _, self.program, _, self.proc, self.type, self.serial, self.status = struct.unpack_from('>IIIiiIi', raw)
        start = 32 if self.type in (CALL_FDS, REPLY_FDS) else 28
        self.payload, self.fds = raw[start:], fds


class Client:
    def __init__(self, path: str, uri: Optional[str] = None, readonly: bool = False, timeout: float = 20) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(timeout)
        self.sock.connect(path)
        self.serial = 0
        self.buffer = b''
        self.arrived: list[int] = []
        self.events: list[Packet] = []
        self.replies: dict[int, Packet] = {}
        if uri is not None:
            self.call(OPEN, struct.pack('>I', 1) + string(uri) + struct.pack('>I', int(readonly)))

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.sock.close()

    def packet(self, proc: int, payload: bytes = b'', program: int = REMOTE, version: int = 1, kind: int = CALL,
               status: int = OK, serial: Optional[int] = None) -> bytes:
        if serial is None:
            serial = self.serial
            self.serial += 1
        return struct.pack('>IIIiiIi', 28 + len(payload), program, version, proc, kind, serial, status) + payload

    def send(self, proc: int, payload: bytes = b'', **more: int) -> int:
        data = self.packet(proc, payload, **more)
        self.sock.sendall(data)
        return struct.unpack_from('>I', data, 20)[0]

    def send_fds(self, proc: int, payload: bytes, fds: list[int]) -> None:
        self.sock.sendall(self.packet(proc, struct.pack('>I', len(fds)) + payload, kind=CALL_FDS))
        for fd in fds:
            socket.send_fds(self.sock, [b'\0'], [fd])

    def fill(self) -> None:
        try:
            data, fds, _, _ = socket.recv_fds(self.sock, 1 << 18, 32)
        except ConnectionError as error:
            raise Gone from error
        if not data:
            raise Gone
        self.buffer += data
        self.arrived += fds

    def receive(self) -> Packet:
        while len(self.buffer) < 4 or len(self.buffer) < struct.unpack_from('>I', self.buffer)[0]:
            self.fill()
        length, = struct.unpack_from('>I', self.buffer)
        raw, self.buffer = self.buffer[:length], self.buffer[length:]
        fds: list[int] = []
        if struct.unpack_from('>i', raw, 16)[0] == REPLY_FDS:
            count, = struct.unpack_from('>I', raw, 28)
            while len(self.buffer) < count:
                self.fill()
            self.buffer = self.buffer[count:]
            fds, self.arrived = self.arrived[:count], self.arrived[count:]
        return Packet(raw, fds)

    def reply(self, serial: int) -> Packet:
        while serial not in self.replies:
            packet = self.receive()
            if packet.type == EVENT:
                self.events.append(packet)
            elif packet.type in (REPLY, REPLY_FDS):
                self.replies[packet.serial] = packet
        packet = self.replies.pop(serial)
        if packet.status == ERROR:
            raise RemoteError(packet.payload)
        return packet

    def call(self, proc: int, payload: bytes = b'', **more: int) -> bytes:
        return self.reply(self.send(proc, payload, **more)).payload

    def event(self) -> Packet:
        while not self.events:
            packet = self.receive()
            if packet.type == EVENT:
                self.events.append(packet)
        return self.events.pop(0)

    def hostname(self) -> str:
        return self.call(HOSTNAME)[4:].rstrip(b'\0').decode()


class Manager:
    """What a service manager does for one daemon: sockets, notifications, and a store of descriptors."""

    def __init__(self, rig: Rig, name: str) -> None:
        self.rig, self.name = rig, name
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(rig.path(name))
        self.listener.listen(20)
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(f'{rig.dir}/{name}.notify')
        self.notify.settimeout(20)
        self.store: list[tuple[str, int]] = []
        self.said: list[str] = []

    def start(self, *options: str) -> None:
        fds = [self.listener.fileno()] + [fd for _, fd in self.store]
        names = [f'{self.name}.socket'] + [name for name, _ in self.store]
        program = [*self.rig.programs[self.name], '-f', self.rig.conf, '-p', f'{self.rig.dir}/{self.name}.pid', *options]
        high = [fcntl.fcntl(fd, fcntl.F_DUPFD, 100) for fd in fds]  # out of the way of 3, 4 ...

        def hand_over() -> None:
            for target, fd in enumerate(high, 3):
                os.dup2(fd, target, inheritable=True)
            os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(fds)), LISTEN_FDNAMES=':'.join(names),
                              NOTIFY_SOCKET=f'{self.rig.dir}/{self.name}.notify')
            os.execvp(program[0], program)

        with open(f'{self.rig.dir}/{self.name}.log', 'ab') as log:
            self.rig.running[self.name] = subprocess.Popen(['true'], preexec_fn=hand_over, close_fds=False,
                                                           stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        for fd in high:
            os.close(fd)

    def listen_for(self, word: str) -> None:
        """Take notifications until one holds @word."""
        while not any(word in line for line in self.said):
            data, fds, _, _ = socket.recv_fds(self.notify, 65536, 16)
            text = data.decode()
            if 'FDSTORE=1' in text:
                name = next(line[7:] for line in text.splitlines() if line.startswith('FDNAME='))
                self.store += [(name, fd) for fd in fds]
            else:
                if 'FDSTOREREMOVE=1' in text:
                    name = next(line[7:] for line in text.splitlines() if line.startswith('FDNAME='))
                    for kept in [kept for kept in self.store if kept[0] == name]:
                        os.close(kept[1])
                        self.store.remove(kept)
                for fd in fds:  # of a barrier: that we have seen everything
                    os.close(fd)
            self.said += text.splitlines()

    def stop(self) -> None:
        self.said.clear()
        self.rig.running[self.name].send_signal(signal.SIGTERM)
        self.listen_for('STOPPING=1')
        self.listen_for('BARRIER=1')
        status = self.rig.running.pop(self.name).wait(20)
        assert status == 0, status
        self.said.clear()

    def close(self) -> None:
        self.listener.close()
        self.notify.close()
        for _, fd in self.store:
            os.close(fd)


class Rig:
    """A folder with sockets, and daemons that serve there."""

    def __init__(self, fake: str, proxy: str) -> None:
        self.programs = {'virtproxyd': [proxy], 'virtqemud': [fake, 'virtqemud'],
                         'virtnetworkd': [fake, 'virtnetworkd']}
        self.folder = tempfile.TemporaryDirectory(prefix='rig-')
        self.dir = self.folder.name
        os.chmod(self.dir, 0o755)
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.conf = f'{self.dir}/daemon.conf'
        with open(self.conf, 'w', encoding='utf-8') as file:
            file.write(f'unix_sock_dir = "{self.dir}"\nauth_unix_rw = "none"\nauth_unix_ro = "none"\n'
                       'unix_sock_rw_perms = "0777"\nkeepalive_interval = 1\nkeepalive_count = 2\n')

    def path(self, name: str, suffix: str = '-sock') -> str:
        return f'{self.dir}/{"libvirt" if name == "virtproxyd" else name}{suffix}'

    def start(self, name: str, *options: str, conf: Optional[str] = None, **more: object) -> subprocess.Popen[bytes]:
        with open(f'{self.dir}/{name}.log', 'ab') as log:
            process = subprocess.Popen([*self.programs[name], '-f', conf or self.conf,  # type: ignore[call-overload]
                                        '-p', f'{self.dir}/{name}.pid', *options], stdin=subprocess.DEVNULL,
                                       stdout=log, stderr=log, **more)
        self.running[name] = process
        return process

    def await_socket(self, name: str, suffix: str = '-admin-sock') -> None:  # the last to be bound
        wait_for(lambda: self.answers(self.path(name, suffix)), f'{name} to listen')

    @staticmethod
    def answers(path: str) -> bool:
        with socket.socket(socket.AF_UNIX) as sock:
            return sock.connect_ex(path) == 0

    def up(self, *names: str) -> None:
        for name in names:
            self.start(name)
        for name in names:
            self.await_socket(name)

    def pid(self, name: str) -> int:
        return self.running[name].pid

    def fds(self, name: str) -> int:
        return len(os.listdir(f'/proc/{self.pid(name)}/fd'))

    def settled_fds(self, *names: str) -> list[int]:
        """Counts of open descriptors once they have stopped to change."""
        same, last = 0, [0]

        def still() -> bool:
            nonlocal same, last
            now = [self.fds(name) for name in names]
            same = same + 1 if now == last else 0
            last = now
            return same >= 10

        wait_for(still, 'descriptors to settle')
        return last

    def sanitized(self) -> bool:
        """Whether the daemons are built to find mistakes: memory then says nothing."""
        with open(self.programs['virtproxyd'][0], 'rb') as file:
            text = file.read()
        return b'libasan' in text or b'libtsan' in text

    def rss_kib(self, name: str) -> int:
        with open(f'/proc/{self.pid(name)}/status', encoding='ascii') as file:
            return next(int(line.split()[1]) for line in file if line.startswith('VmRSS'))

    def stop(self, name: str, number: int = signal.SIGTERM) -> int:
        process = self.running.pop(name)
        process.send_signal(signal.SIGCONT)
        process.send_signal(number)
        return process.wait(20)

    def end(self) -> None:
        """Ask all to end, and see that they do so well: sanitizers speak through the status."""
        for name in list(self.running):
            status = self.stop(name)
            assert status == 0, f'{name} ended with status {status}'

    def down(self) -> None:
        for name in list(self.running):
            self.stop(name, signal.SIGKILL)
        self.folder.cleanup()


def wait_for(condition, what: str, seconds: float = 15) -> None:  # type: ignore[no-untyped-def]
    """Look until it is so, at most @seconds."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f'waited {seconds} s in vain for {what}')
        time.sleep(0.005)  # between two looks, not instead of one
