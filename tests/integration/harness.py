# SPDX-License-Identifier: LGPL-2.1-or-later
"""harness - what the integration tests share

A test is a function with @test; a file of them ends with main().  They run in order inside
scripts/devhost, with python3-libvirt over stock libvirt.so.0 or, when LD_LIBRARY_PATH says so,
over ours.  Every wait has a deadline.
"""
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import traceback
from typing import Any, Callable, Optional

import libvirt

PROXY = "qemu:///system?mode=legacy"  # virtproxyd's socket
DIRECT = "qemu:///system?mode=direct"
HERE = os.path.dirname(os.path.realpath(__file__))
SLOW = 4 if "asan" in os.environ.get("DEVHOST_BUILD", "") else 1
# Our library and a sanitizer's runtime are for this process only: stock virsh is bound to stock libvirt.so.0, and
# other programs need not get on with a sanitizer.
PLAIN = {key: value for key, value in os.environ.items() if key not in ("LD_LIBRARY_PATH", "LD_PRELOAD")}
libvirt.virEventRegisterDefaultImpl()
tests: list[tuple[str, Callable[[], None]]] = []
cleanups: list[Callable[[], Any]] = []


class Skip(Exception):
    """This machine cannot run the test; the text says why."""


def test(name: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    def add(function: Callable[[], None]) -> Callable[[], None]:
        tests.append((name, function))
        return function
    return add


def later(cleanup: Callable[[], Any]) -> None:
    """Has @cleanup run at the end of the test, whatever comes; the latest first."""
    cleanups.append(cleanup)


def run_loop() -> None:
    """Events, and streams that do not block, are served here while tests wait."""
    while True:
        libvirt.virEventRunDefaultImpl()


def main() -> None:
    threading.Thread(target=run_loop, daemon=True).start()
    # Messages of the library would mix with the test points; the exceptions carry them.
    libvirt.registerErrorHandler(lambda context, error: None, None)
    failed = 0
    print(f"1..{len(tests)}")
    for number, (name, function) in enumerate(tests, 1):
        word, extra, text = "ok", "", ""
        start = time.monotonic()
        try:
            function()
        except Skip as reason:
            extra = f" # SKIP {reason}"
        except Exception:  # pylint: disable=broad-except
            word, text = "not ok", traceback.format_exc()
            failed += 1
        while cleanups:
            try:
                cleanups.pop()()
            except (libvirt.libvirtError, OSError, subprocess.SubprocessError) as error:
                text += f"cleaning up: {error}\n"
        print(f"{word} {number} - {name}{extra}")
        for line in text.splitlines() + [f"{time.monotonic() - start:.2f} s"]:
            print(f"# {line}")
        sys.stdout.flush()
    if failed:
        for log in sorted(os.listdir(os.environ["DEVHOST_DIR"])):
            if log.endswith(".log"):
                with open(f"{os.environ['DEVHOST_DIR']}/{log}", encoding="utf-8", errors="replace") as file:
                    for line in file.readlines()[-20:]:
                        print(f"# {log}: {line.rstrip()}")
        sys.stdout.flush()
    os._exit(1 if failed else 0)  # not held up by a thread that hangs in a call


# Looking and waiting

def wait_for(what: str, condition: Callable[[], Any], seconds: float = 20) -> Any:
    deadline = time.monotonic() + seconds * SLOW
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not so after {seconds * SLOW:.0f} s")
        time.sleep(0.01)


def equal(got: Any, wanted: Any, what: str = "value") -> None:
    if got != wanted:
        raise AssertionError(f"{what}: got {got!r}, wanted {wanted!r}")


def holds(text: str, pattern: str) -> str:
    found = re.search(pattern, text, re.S)
    if not found:
        raise AssertionError(f"'{pattern}' is not in: {text}")
    return found.group(found.lastindex or 0)


def refused(function: Callable[..., Any], *args: Any, code: Optional[int] = None, text: str = "") -> str:
    """The message of the error with which @function must fail."""
    try:
        result = function(*args)
    except libvirt.libvirtError as error:
        if code is not None:
            equal(error.get_error_code(), code, f"error code of '{error}'")
        if text:
            holds(str(error), text)
        return str(error)
    raise AssertionError(f"{getattr(function, '__name__', function)}{args} worked ({result!r}), "
                         f"but an error with '{text}' was due")


class Thread:
    """A call in a thread of its own, with its result or error."""

    def __init__(self, function: Callable[..., Any], *args: Any) -> None:
        self.result: Any = None
        self.error: Optional[Exception] = None
        self.thread = threading.Thread(target=self.body, args=(function, args), daemon=True)
        self.thread.start()

    def body(self, function: Callable[..., Any], args: Any) -> None:
        try:
            self.result = function(*args)
        except Exception as error:  # pylint: disable=broad-except
            self.error = error

    def join(self, seconds: float) -> None:
        self.thread.join(seconds * SLOW)
        if self.thread.is_alive():
            raise AssertionError(f"the call has not ended after {seconds * SLOW:.0f} s")


# Commands, daemons

def run(*argv: str, status: Optional[int] = 0, limit: float = 60, stdin: str = "") -> str:
    """Output and errors of a command."""
    done = subprocess.run(argv, input=stdin, env=PLAIN, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=limit * SLOW, check=False)
    if status is not None and done.returncode != status:
        raise AssertionError(f"{' '.join(argv)}: status {done.returncode}, not {status}: {done.stdout}")
    return done.stdout


def virsh(*args: str, uri: str = PROXY, status: int = 0, limit: float = 60) -> str:
    done = subprocess.run(["virsh", "-q", "-c", uri, *args], stdin=subprocess.DEVNULL, env=PLAIN, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=limit * SLOW, check=False)
    if done.returncode != status:
        raise AssertionError(f"virsh {' '.join(args)}: status {done.returncode}, not {status}: {done.stdout}")
    return done.stdout.rstrip("\n")


def connect(uri: str = PROXY) -> libvirt.virConnect:
    connection = libvirt.open(uri)
    later(lambda: close(connection))
    return connection


def close(connection: libvirt.virConnect) -> None:
    """Also when the daemon that it led to has been killed."""
    try:
        connection.close()
    except libvirt.libvirtError:
        pass


def daemon_pid(name: str) -> int:
    try:
        with open(f"{os.environ['DEVHOST_DIR']}/{name}.pid", encoding="ascii") as file:
            return int(file.read())
    except FileNotFoundError:
        return 0


def signal_daemon(name: str, number: signal.Signals) -> None:
    """Sends a signal; for those that end it, waits for the end."""
    pid = daemon_pid(name)
    if not pid:
        raise AssertionError(f"{name} is not running")
    os.kill(pid, number)
    if number in (signal.SIGKILL, signal.SIGTERM):
        wait_for(f"the end of {name}", lambda: daemon_pid(name) != pid)


def fds_of(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


def private_kib(pid: int) -> int:
    """Memory that is this process's alone."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        return sum(int(found) for found in re.findall(r"^Private_\w+:\s+(\d+)", file.read(), re.M))


# The wire, for what no library would send

REMOTE, QEMU, KEEPALIVE = 0x20008086, 0x20008087, 0x6B656570
OPEN, CLOSE, GET_TYPE, AUTH_LIST, DOMAIN_CREATE_XML = 1, 2, 3, 66, 10
CALL, REPLY = 0, 1


def packet(proc: int, body: bytes = b"", program: int = REMOTE, version: int = 1, kind: int = CALL,
           serial: int = 1, status: int = 0, length: Optional[int] = None) -> bytes:
    data = struct.pack(">IIiiIi", program, version, proc, kind, serial, status) + body
    return struct.pack(">I", len(data) + 4 if length is None else length) + data


def xdr_string(text: bytes) -> bytes:
    return struct.pack(">I", len(text)) + text + b"\0" * (-len(text) % 4)


def open_body(uri: bytes, flags: int = 0) -> bytes:
    return struct.pack(">I", 1) + xdr_string(uri) + struct.pack(">I", flags)


class Wire:
    """A client that says what it likes."""

    def __init__(self, path: str = "/run/libvirt/libvirt-sock") -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(20 * SLOW)
        self.sock.connect(path)
        later(self.sock.close)

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def receive(self) -> Optional[tuple[int, int, int, bytes]]:
        """(procedure, serial, status, body) of the next packet; None when the peer has closed."""
        data = b""
        try:
            while len(data) < 4 or len(data) < struct.unpack(">I", data[:4])[0]:
                want = 4 if len(data) < 4 else struct.unpack(">I", data[:4])[0]
                more = self.sock.recv(want - len(data))
                if not more:
                    return None
                data += more
        except ConnectionResetError:
            return None
        _, _, _, proc, _, serial, status = struct.unpack(">IIIiiIi", data[:28])
        return proc, serial, status, data[28:]

    def call(self, proc: int, body: bytes = b"", **fields: Any) -> tuple[int, bytes]:
        """(status, body) of the reply."""
        self.send(packet(proc, body, **fields))
        answer = self.receive()
        if answer is None:
            raise AssertionError(f"the daemon closed instead of answering procedure {proc}")
        return answer[2], answer[3]

    def open(self, uri: bytes = b"qemu:///system") -> None:
        equal(self.call(AUTH_LIST)[0], 0, "status of the list of authentications")
        equal(self.call(OPEN, open_body(uri))[0], 0, "status of open")


def still_serves(path: str = "/run/libvirt/libvirt-sock") -> None:
    """The daemon answers others as if nothing had been."""
    wire = Wire(path)
    wire.open()
    status, body = wire.call(GET_TYPE)
    equal((status, body), (0, xdr_string(b"QEMU")), "type of the connection")


# Guests and networks

def sector_disk(path: str) -> str:
    """A disk whose only sector is a guest: see sector.s."""
    if not os.path.exists(path):
        run("as", "--32", "-o", f"{path}.o", f"{HERE}/sector.s")
        run("ld", "-m", "elf_i386", "-Ttext=0x7c00", "-e", "start", "--oformat", "binary", "-o", path, f"{path}.o")
        os.truncate(path, 1 << 20)
        os.unlink(f"{path}.o")
        os.chmod(path, 0o644)
    return path


def guest_xml(name: str = "sector", machine: str = "pc", disk: str = "", devices: str = "", emulator: str = "",
              extra: str = "", vcpus: int = 1) -> str:
    disk = disk or sector_disk("/var/lib/libvirt/sector.img")
    emulator = f"<emulator>{emulator}</emulator>" if emulator else ""
    bus = "ide" if machine == "pc" else "sata"
    return f"""<domain type='qemu'>
  <name>{name}</name>
  <memory unit='MiB'>16</memory>
  <vcpu>{vcpus}</vcpu>
  <os><type arch='x86_64' machine='{machine}'>hvm</type></os>
  <features><acpi/></features>
  {extra}
  <devices>
    {emulator}
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw'/>
      <source file='{disk}'/>
      <target dev='{"hda" if bus == "ide" else "sda"}' bus='{bus}'/>
    </disk>
    {devices}
    <serial type='pty'/>
    <console type='pty'/>
    <memballoon model='none'/>
  </devices>
</domain>"""


def network_xml(name: str = "itest", bridge: str = "itbr0", net: str = "192.168.150", forward: str = "nat",
                extra: str = "") -> str:
    mode = f"<forward mode='{forward}'/>" if forward else ""
    return f"""<network>
  <name>{name}</name>{mode}
  <bridge name='{bridge}' stp='on' delay='0'/>{extra}
  <ip address='{net}.1' netmask='255.255.255.0'>
    <dhcp><range start='{net}.2' end='{net}.254'/></dhcp>
  </ip>
</network>"""


def with_network(connection: libvirt.virConnect, **fields: str) -> libvirt.virNetwork:
    """A network that is started, and gone at the end of the test."""
    network = connection.networkDefineXML(network_xml(**fields))
    later(lambda: network_gone(network.UUIDString()))
    network.create()
    return network


def network_gone(uuid: str) -> None:
    """Over a connection of its own: the test may have killed the daemon of another."""
    connection = libvirt.open("network:///system")
    end(connection.networkLookupByUUIDString(uuid))
    connection.close()


def gone(domain: libvirt.virDomain) -> None:
    connection = libvirt.open(DIRECT)
    try:
        end(connection.lookupByUUIDString(domain.UUIDString()))
    except libvirt.libvirtError as error:
        if error.get_error_code() != libvirt.VIR_ERR_NO_DOMAIN:
            raise
    connection.close()


def end(thing: Any) -> None:
    """Stops and undefines a guest or network that may be stopped, or transient."""
    for step in (thing.destroy, thing.undefine):
        try:
            step()
        except libvirt.libvirtError as error:
            if error.get_error_code() not in (libvirt.VIR_ERR_NO_DOMAIN, libvirt.VIR_ERR_NO_NETWORK,
                                              libvirt.VIR_ERR_OPERATION_INVALID):
                raise


class SerialConsole:
    """The guest's first serial line, through a stream."""

    def __init__(self, domain: libvirt.virDomain) -> None:
        self.stream = domain.connect().newStream(libvirt.VIR_STREAM_NONBLOCK)
        domain.openConsole(None, self.stream, libvirt.VIR_DOMAIN_CONSOLE_FORCE)
        later(self.close)
        self.text = ""

    def close(self) -> None:
        if self.stream:
            self.stream.abort()
            self.stream = None

    def send(self, text: str) -> None:
        equal(self.stream.send(text.encode()), len(text), "bytes sent to the console")

    def wait(self, pattern: str, seconds: float = 20) -> str:
        def look() -> Optional[str]:
            got = self.stream.recv(4096)
            if isinstance(got, bytes):
                self.text += got.decode(errors="replace")
            found = re.search(pattern, self.text)
            return found.group(0) if found else None
        return str(wait_for(f"'{pattern}' on the console, which showed '{self.text}'", look, seconds))


ENOUGH = 20  # ticks, of which there are 18 in a second: a guest that boots has fewer at first


def state(domain: libvirt.virDomain) -> tuple[int, int]:
    """The state of a guest, and why it is in it."""
    found = domain.state()
    return int(found[0]), int(found[1])


def ticks(domain: libvirt.virDomain, at_least: int = 0) -> int:
    """How long the guest has run, by its own word; it must not have booted meanwhile."""
    console = SerialConsole(domain)

    def ask() -> int:
        console.text = ""
        console.send("t")
        return int(console.wait(r"[0-9a-f]{4}\n"), 16)

    first = ask()
    assert first >= at_least, f"{first} ticks, fewer than the {at_least} before: it has booted"
    assert "sector up" not in console.text, "it has booted"
    wait_for(f"{ENOUGH} ticks", lambda: ask() >= ENOUGH)
    now = ask()
    console.close()
    return now


def started(connection: libvirt.virConnect, **fields: Any) -> libvirt.virDomain:
    """A guest that runs, by its own word; gone at the end of the test."""
    domain = connection.defineXML(guest_xml(**fields))
    later(lambda: gone(domain))
    domain.createWithFlags(libvirt.VIR_DOMAIN_START_PAUSED)
    console = SerialConsole(domain)
    domain.resume()
    console.wait("sector up")
    console.close()
    return domain
