# SPDX-License-Identifier: LGPL-2.1-or-later
"""Hostile and broken clients: each gets an error or is cut off, and nobody else notices."""
import os
import random
import signal
import struct

import libvirt
from harness import (CALL, CLOSE, DOMAIN_CREATE_XML, GET_TYPE, OPEN, QEMU, REPLY, SLOW, Wire, connect,
                     daemon_pid, equal, fds_of, later, main, open_body, packet, refused, run, still_serves,
                     test, wait_for, xdr_string)

SOCKETS = ["/run/libvirt/libvirt-sock", "/run/libvirt/virtqemud-sock"]


def each(function):
    """The same on virtproxyd's socket and on a driver's own, and then others are served as before."""
    def both() -> None:
        for path in SOCKETS:
            function(path)
            still_serves(path)
    return both


def closes(wire: Wire) -> None:
    """The daemon may answer with errors first, but then it must close."""
    while True:
        answer = wire.receive()
        if answer is None:
            return
        assert answer[2] == 1, f"neither an error nor the end: {answer}"


@test("packets of impossible length end the connection")
@each
def lengths(path: str) -> None:
    for length in (0, 3, 4, 27, 0x7FFFFFFF, 0xFFFFFFFF, 34 * 1024 * 1024):
        wire = Wire(path)
        try:
            wire.send(struct.pack(">I", length) + b"\0" * 64)
            closes(wire)
        except (BrokenPipeError, ConnectionResetError):
            pass


@test("garbage ends the connection")
@each
def garbage(path: str) -> None:
    rng = random.Random(11)
    for _ in range(50):
        wire = Wire(path)
        data = rng.randbytes(rng.randint(1, 3000))
        try:
            wire.send(packet(rng.randint(0, 500), data) + rng.randbytes(100))
            wire.sock.shutdown(1)
            closes(wire)
        except (BrokenPipeError, ConnectionResetError):
            pass


@test("a packet cut off at any byte is dropped with its client")
@each
def truncated(path: str) -> None:
    whole = packet(OPEN, open_body(b"qemu:///system"))
    for end in range(1, len(whole)):
        wire = Wire(path)
        wire.send(whole[:end])
        wire.sock.shutdown(1)
        closes(wire)


@test("arguments cut off at any word are refused")
@each
def short_arguments(path: str) -> None:
    body = open_body(b"qemu:///system")
    for end in range(0, len(body), 4):
        wire = Wire(path)
        status, answer = wire.call(OPEN, body[:end])
        equal(status, 1, f"status with {end} bytes of arguments")
        assert len(answer) > 16, "an error without a message"


@test("wrong program, version, procedure and type are refused by name")
@each
def wrong_header(path: str) -> None:
    for fields in ({"program": 0x12345678}, {"version": 99}, {"program": QEMU, "version": 0}):
        wire = Wire(path)
        wire.send(packet(GET_TYPE, **fields))
        answer = wire.receive()
        assert answer is None or answer[2] == 1, f"{fields} was answered: {answer}"
    wire = Wire(path)
    wire.open()
    for proc in (0, 99999, -1):
        status, _ = wire.call(proc)
        equal(status, 1, f"status of procedure {proc}")
    equal(wire.call(GET_TYPE)[0], 0, "status of a good call afterwards")


@test("a reply or a stream packet that nobody asked for does no harm")
@each
def unasked(path: str) -> None:
    for kind in (REPLY, 2, 3, 5, 77):
        wire = Wire(path)
        try:
            wire.send(packet(GET_TYPE, b"\0" * 16, kind=kind))
            wire.send(packet(CLOSE, kind=CALL, serial=2))
            wire.sock.shutdown(1)
            while wire.receive() is not None:
                pass
        except (BrokenPipeError, OSError):
            pass  # cut off already


@test("calls before open, and open twice, are refused")
@each
def order(path: str) -> None:
    wire = Wire(path)
    equal(wire.call(GET_TYPE)[0], 1, "status of a call before open")
    wire = Wire(path)
    wire.open()
    status, body = wire.call(OPEN, open_body(b"qemu:///system"))
    equal(status, 1, "status of the second open")
    assert b"open" in body, f"the error does not name what is wrong: {body!r}"


@test("the read-only socket takes no changes, whatever the client claims")
def read_only() -> None:
    wire = Wire("/run/libvirt/libvirt-sock-ro")
    wire.open()
    xml = b"<domain type='qemu'><name>x</name></domain>"
    status, body = wire.call(DOMAIN_CREATE_XML, xdr_string(xml) + struct.pack(">I", 0))
    equal(status, 1, "status of a create")
    assert b"read only" in body or b"read-only" in body, f"the error does not say so: {body!r}"


@test("clients that close in mid-reply do not disturb the daemon")
def closes_early() -> None:
    for _ in range(200):
        wire = Wire()
        wire.send(packet(OPEN, open_body(b"qemu:///system")) + packet(7, serial=2) * 20)
        wire.sock.close()
    still_serves()


@test("a client that never reads is bounded, and others are served")
def never_reads() -> None:
    wire = Wire()
    wire.open()
    wire.sock.setblocking(False)
    pid = daemon_pid("virtproxyd")
    call = packet(7)  # capabilities: small question, large answer
    sent = 0
    try:
        for _ in range(200000):
            sent += wire.sock.send(call)
    except BlockingIOError:
        pass  # the daemon has stopped reading, as it should
    except (BrokenPipeError, ConnectionResetError):
        pass  # or cut us off
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        rss = next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))
    assert rss < 200 * 1024 * SLOW, f"virtproxyd holds {rss} KiB for a client that does not read ({sent} bytes)"
    still_serves()


XML = [  # what, document, part of the error
    ("empty", "", "empty|XML|Document"),
    ("only blanks", "  \n ", "XML|empty|Document|[Ss]tart tag"),
    ("not XML", "hello", "XML|[Ss]tart tag"),
    ("not closed", "<domain type='qemu'><name>x</name>", "XML|domain"),
    ("wrong root", "<network><name>x</name></network>", "network"),
    ("deep", "<domain type='qemu'>" + "<a>" * 5000 + "</a>" * 5000 + "</domain>", "deep|depth|nested|XML"),
    ("huge", "<domain type='qemu'><name>" + "x" * 3000000 + "</name></domain>", "name|large|long|size|XML"),
    ("entities", "<!DOCTYPE d [<!ENTITY a 'x'>]><domain type='qemu'><name>&a;</name></domain>", "XML|DOCTYPE|DTD|entit"),
    ("no name", "<domain type='qemu'><memory>1024</memory><os><type>hvm</type></os></domain>", "name"),
    ("name with a slash", "<domain type='qemu'><name>a/../b</name><memory>1024</memory><os><type>hvm</type></os></domain>",
     "name"),
    ("memory no number", "<domain type='qemu'><name>x</name><memory>lots</memory><os><type>hvm</type></os></domain>",
     "memory"),
    ("bad uuid", "<domain type='qemu'><name>x</name><uuid>1-2</uuid><memory>1024</memory><os><type>hvm</type></os></domain>",
     "uuid|UUID"),
    ("unknown type", "<domain type='quemu'><name>x</name><memory>1024</memory><os><type>hvm</type></os></domain>",
     "quemu"),
]


@test("bad XML: an error that names the place, and nothing defined")
def bad_xml() -> None:
    connection = connect()
    for what, document, text in XML:
        message = refused(connection.defineXML, document, text=text)
        assert len(message) < 2000, f"{what}: the message has {len(message)} characters"
    equal(connection.listAllDomains(), [], "guests")
    refused(connection.networkDefineXML, "<network/>", text="name")
    refused(connection.networkDefineXML, "<network><name>n</name><ip address='1.2.3'/></network>", text="address|1.2.3")
    equal(connection.listAllNetworks(), [], "networks")


@test("VALIDATE tells of an unknown element, with the near miss")
def validate() -> None:
    connection = connect()
    document = "<network><name>n</name><brigde name='x'/></network>"
    message = refused(connection.networkDefineXMLFlags, document, libvirt.VIR_NETWORK_DEFINE_VALIDATE, text="brigde")
    assert "bridge" in message, f"no hint in: {message}"


@test("a daemon without descriptors left refuses, and recovers")
def out_of_fds() -> None:
    connect("nodedev:///system")
    pid = daemon_pid("virtnodedevd")
    limit = fds_of(pid) + 8
    run("prlimit", f"--pid={pid}", f"--nofile={limit}:{limit}")
    wires = []
    try:
        for _ in range(40):
            wires.append(Wire("/run/libvirt/virtnodedevd-sock"))
        equal(daemon_pid("virtnodedevd"), pid, "process of virtnodedevd")
    finally:
        for wire in wires:
            wire.sock.close()
    wait_for("the daemon to serve again",
             lambda: libvirt.open("nodedev:///system").getType() == "nodedev")
    equal(daemon_pid("virtnodedevd"), pid, "process of virtnodedevd")
    later(lambda: os.kill(pid, signal.SIGTERM))


main()
