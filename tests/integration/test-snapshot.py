# SPDX-License-Identifier: LGPL-2.1-or-later
"""Snapshots of guests, running and stopped, inside their images and on top of them: made, gone back to, deleted."""
import json
import os
import re
import signal
import socket
from typing import Any

import libvirt
from harness import (SLOW, connect, equal, guest_xml, holds, later, main, refused, run, signal_daemon, state,
                     test, virsh, wait_for)

FOLDER = "/var/lib/libvirt/images"
METADATA = "/var/lib/libvirt/qemu/snapshot"
RUNNING, PAUSED, SHUTOFF = libvirt.VIR_DOMAIN_RUNNING, libvirt.VIR_DOMAIN_PAUSED, libvirt.VIR_DOMAIN_SHUTOFF

# A guest that remembers: 't' tells how long it has run, which is in its memory; 'd' adds one to a number on its disk
# and tells that.
SOURCE = """
        .code16
        .globl start
        .set serial, 0x3f8
start:  xorw %ax, %ax
        movw %ax, %ds
        movw %ax, %es
        movw %ax, %ss
        movw $start, %sp
        movw $hello, %si
        movw $serial, %dx
again:  lodsb
        testb %al, %al
        jz ready
        outb %al, %dx
        jmp again
ready:  sti
wait:   hlt
        incw ticks
        movw $serial + 5, %dx
        inb %dx, %al
        testb $1, %al
        jz wait
        movw $serial, %dx
        inb %dx, %al
        movw ticks, %bx
        cmpb $'t', %al
        je tell
        cmpb $'d', %al
        jne wait
        movw $0x4200, %ax
        call disk
        incw 0x8000
        movw $0x4300, %ax
        call disk
        movw 0x8000, %bx
        movw $serial, %dx
tell:   movw $4, %cx
digit:  rolw $4, %bx
        movb %bl, %al
        andb $15, %al
        addb $'0', %al
        cmpb $'9', %al
        jbe decimal
        addb $'a' - '9' - 1, %al
decimal:
        outb %al, %dx
        loop digit
        movb $'\\n', %al
        outb %al, %dx
        jmp wait
disk:   movb $0x80, %dl
        movw $packet, %si
        int $0x13
        ret
packet: .byte 16, 0, 1, 0
        .word 0x8000, 0
        .long 1, 0
hello:  .asciz "up\\n"
ticks:  .word 0
        .org 510
        .word 0xaa55
"""


def disk_image(path: str) -> str:
    """A qcow2 image with the guest."""
    raw = f"{FOLDER}/counter.raw"
    os.makedirs(FOLDER, exist_ok=True)
    if not os.path.exists(raw):
        run("as", "--32", "-o", f"{raw}.o", stdin=SOURCE)
        run("ld", "-m", "elf_i386", "-Ttext=0x7c00", "-e", "start", "--oformat", "binary", "-o", raw, f"{raw}.o")
        os.truncate(raw, 1 << 20)
    run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", raw, path)
    return path


def clean(name: str) -> None:
    for file in os.listdir(FOLDER):
        if file.startswith(f"{name}."):
            os.unlink(f"{FOLDER}/{file}")


def defined(connection: libvirt.virConnect, name: str) -> libvirt.virDomain:
    later(lambda: clean(name))
    xml = guest_xml(name=name, disk=disk_image(f"{FOLDER}/{name}.qcow2")).replace("type='raw'", "type='qcow2'")
    xml = xml.replace("<serial type='pty'/>", f"<serial type='unix'><source mode='bind' path='/run/{name}.line'/></serial>")
    xml = xml.replace("<console type='pty'/>", "")
    domain = connection.defineXML(xml)
    later(lambda: forget(domain))
    return domain


def forget(domain: libvirt.virDomain) -> None:
    connection = libvirt.open("qemu:///system?mode=direct")
    try:
        again = connection.lookupByUUIDString(domain.UUIDString())
        if again.isActive():
            again.destroy()
        again.undefineFlags(libvirt.VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA)
    except libvirt.libvirtError as error:
        if error.get_error_code() != libvirt.VIR_ERR_NO_DOMAIN:
            raise
    connection.close()


class Line:
    """The guest's serial line: a socket, for which QEMU does not look but once a second as it does for a terminal."""

    def __init__(self, domain: libvirt.virDomain) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(20 * SLOW)
        self.sock.connect(f"/run/{domain.name()}.line")

    def wait(self, pattern: str) -> str:
        text = ""
        while not re.search(pattern, text):
            more = self.sock.recv(4096).decode(errors="replace")
            if not more:
                raise AssertionError(f"the guest ended, having said '{text}'")
            text += more
        return holds(text, pattern)

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *reason: Any) -> None:
        self.sock.close()


def boot(domain: libvirt.virDomain) -> None:
    domain.createWithFlags(libvirt.VIR_DOMAIN_START_PAUSED)
    with Line(domain) as line:
        domain.resume()
        line.wait("up")


def ask(domain: libvirt.virDomain, letter: str) -> int:
    with Line(domain) as line:
        line.sock.sendall(letter.encode())
        return int(line.wait(r"[0-9a-f]{4}(?=\n)"), 16)


def ticks(domain: libvirt.virDomain) -> int:
    return ask(domain, "t")


def write(domain: libvirt.virDomain) -> int:
    """One more write to its disk: how many there were."""
    return ask(domain, "d")


def inside(path: str) -> list[str]:
    """Snapshots in an image, by qemu-img."""
    info = json.loads(run("qemu-img", "info", "-U", "--output=json", path))
    return [snapshot["name"] for snapshot in info.get("snapshots", [])]


def chain(path: str) -> list[str]:
    return [os.path.basename(layer["filename"])
            for layer in json.loads(run("qemu-img", "info", "-U", "--backing-chain", "--output=json", path))]


def images(xml: str) -> list[str]:
    """The chain of the only disk, as its definition shows it."""
    disk = holds(xml, "<disk .*?</disk>")
    return [os.path.basename(path) for path in re.findall("<source file='([^']*)'", disk)]


def make(domain: libvirt.virDomain, name: str, flags: int = 0, more: str = "") -> libvirt.virDomainSnapshot:
    return domain.snapshotCreateXML(f"<domainsnapshot><name>{name}</name>{more}</domainsnapshot>", flags)


def names(domain: libvirt.virDomain, flags: int = 0) -> list[str]:
    return [snapshot.getName() for snapshot in domain.listAllSnapshots(flags)]


DISK_ONLY = libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_DISK_ONLY


@test("a running guest: memory and disk inside the image; the tree outlives the daemon")
def internal_running() -> None:
    domain = defined(connect(), "inner")
    path = f"{FOLDER}/inner.qcow2"
    boot(domain)
    equal(write(domain), 1, "first write")
    make(domain, "one")
    equal(inside(path), ["one"], "snapshots in the image")
    equal(state(domain)[0], RUNNING, "state after the snapshot")
    make(domain, "two")
    current = domain.snapshotCurrent()
    equal((current.getName(), current.getParent().getName()), ("two", "one"), "current one and its parent")
    for snapshot, active in ("two", 1), ("one", 0):
        with open(f"{METADATA}/inner/{snapshot}.xml", encoding="utf-8") as file:
            holds(file.read(), f"<active>{active}</active>")
    signal_daemon("virtqemud", signal.SIGKILL)
    domain = connect().lookupByName("inner")
    equal(names(domain), ["one", "two"], "snapshots for a new daemon")
    equal(domain.snapshotCurrent().getName(), "two", "current one for a new daemon")
    equal(names(domain, libvirt.VIR_DOMAIN_SNAPSHOT_LIST_INTERNAL | libvirt.VIR_DOMAIN_SNAPSHOT_LIST_ACTIVE),
          ["one", "two"], "internal ones of a running guest")
    equal(names(domain, libvirt.VIR_DOMAIN_SNAPSHOT_LIST_EXTERNAL), [], "external ones")
    equal(domain.snapshotNum(libvirt.VIR_DOMAIN_SNAPSHOT_LIST_ROOTS), 1, "number of roots")
    refused(make, domain, "one", code=libvirt.VIR_ERR_OPERATION_FAILED, text="already exists")
    refused(make, domain, "disks", DISK_ONLY, "<disks><disk name='hda' snapshot='internal'/></disks>",
            code=libvirt.VIR_ERR_CONFIG_UNSUPPORTED, text="require external disk snapshots; disk hda requested internal")


@test("a running guest: an image on top, in the live definition, in the status file, and at the next start")
def external_running() -> None:
    domain = defined(connect(), "outer")
    boot(domain)
    write(domain)
    make(domain, "one", DISK_ONLY)
    equal(images(domain.XMLDesc()), ["outer.one", "outer.qcow2"], "chain in the live definition")
    equal(images(domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)), ["outer.one"], "image in the configuration")
    equal(chain(f"{FOLDER}/outer.one"), ["outer.one", "outer.qcow2"], "chain in the images")
    equal(write(domain), 2, "write to the new image")
    signal_daemon("virtqemud", signal.SIGKILL)
    domain = connect().lookupByName("outer")
    make(domain, "two", DISK_ONLY | libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_ATOMIC)
    equal(images(domain.XMLDesc()), ["outer.two", "outer.one", "outer.qcow2"], "chain of two")
    equal(names(domain, libvirt.VIR_DOMAIN_SNAPSHOT_LIST_EXTERNAL | libvirt.VIR_DOMAIN_SNAPSHOT_LIST_DISK_ONLY),
          ["one", "two"], "external ones")
    domain.destroy()
    boot(domain)
    equal(images(domain.XMLDesc()), ["outer.two", "outer.one", "outer.qcow2"], "chain found at the start")
    equal(write(domain), 3, "write after the start")


@test("what fails leaves nothing: no image, no metadata, no change")
def failures() -> None:
    domain = defined(connect(), "fails")
    boot(domain)
    with open(f"{FOLDER}/fails.taken", "w", encoding="ascii") as file:
        file.write("mine")
    refused(make, domain, "taken", DISK_ONLY, code=libvirt.VIR_ERR_CONFIG_UNSUPPORTED,
            text="already exists and is not a block device")
    refused(make, domain, "far", DISK_ONLY, "<disks><disk name='hda'><source file='/nowhere/far.img'/></disk></disks>",
            text="/nowhere/far.img")
    refused(make, domain, "../up", DISK_ONLY, text="invalid snapshot name")
    refused(make, domain, "none", DISK_ONLY, "<disks><disk name='hda' snapshot='no'/></disks>",
            code=libvirt.VIR_ERR_CONFIG_UNSUPPORTED, text="nothing selected for snapshot")
    refused(make, domain, "lost", DISK_ONLY | libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_REUSE_EXT,
            code=libvirt.VIR_ERR_CONFIG_UNSUPPORTED, text="missing existing file for disk hda")
    # The second disk cannot be made; the first must not be left.
    domain.destroy()
    second = f"{FOLDER}/fails.second.qcow2"
    run("qemu-img", "create", "-q", "-f", "qcow2", second, "1M")
    xml = domain.XMLDesc().replace("</disk>", f"""</disk><disk type='file' device='disk'>
      <driver name='qemu' type='qcow2'/><source file='{second}'/><target dev='hdb' bus='ide'/></disk>""", 1)
    domain = domain.connect().defineXML(xml)
    for running in False, True:
        if running:
            boot(domain)
        refused(make, domain, "pair", DISK_ONLY, "<disks><disk name='hdb'><source file='/nowhere/b'/></disk></disks>")
        equal(names(domain), [], "snapshots")
        assert not os.path.exists(f"{FOLDER}/fails.pair"), "an image was left"
        equal(images(domain.XMLDesc()), ["fails.qcow2"], "images")
    equal(sorted(os.listdir(METADATA)), [], "metadata")
    nodes = json.loads(virsh("qemu-monitor-command", "fails", '{"execute":"query-named-block-nodes"}'))["return"]
    equal(len([node for node in nodes if node["node-name"].endswith("format")]), 2, "nodes of images")


@test("a stopped guest: inside the image, on top of it, with metadata only, with none")
def stopped() -> None:
    domain = defined(connect(), "still")
    path = f"{FOLDER}/still.qcow2"
    make(domain, "one")
    equal(inside(path), ["one"], "snapshots in the image")
    equal(names(domain, libvirt.VIR_DOMAIN_SNAPSHOT_LIST_INACTIVE), ["one"], "of a stopped guest")
    make(domain, "bare", libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_NO_METADATA)
    equal((inside(path), names(domain)), (["one", "bare"], ["one"]), "snapshots in the image, and known")
    xml = domain.snapshotLookupByName("one").getXMLDesc(libvirt.VIR_DOMAIN_SNAPSHOT_XML_SECURE)
    domain.snapshotCreateXML(xml.replace("<name>one</name>", "<name>again</name>", 1),
                             libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE | libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_CURRENT)
    equal(domain.snapshotCurrent().getName(), "again", "current one")
    make(domain, "top", DISK_ONLY)
    equal(images(domain.XMLDesc()), ["still.top"], "image in the configuration")
    equal(chain(f"{FOLDER}/still.top"), ["still.top", "still.qcow2"], "chain in the images")
    refused(domain.undefine, code=libvirt.VIR_ERR_OPERATION_INVALID, text="cannot delete inactive domain with 3 snapshots")
    domain.rename("stiller")
    equal(sorted(names(domain)), ["again", "one", "top"], "snapshots under the new name")
    equal(sorted(os.listdir(f"{METADATA}/stiller")), ["again.xml", "one.xml", "top.xml"], "files under the new name")
    domain.undefineFlags(libvirt.VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA)
    equal(os.listdir(METADATA), [], "metadata after the guest is gone")

class Events:
    """Lifecycle events of one guest, in the order in which they came."""

    def __init__(self, domain: libvirt.virDomain) -> None:
        self.seen: list[tuple[int, int]] = []
        connection = domain.connect()
        ident = connection.domainEventRegisterAny(
            domain, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE,
            lambda conn, dom, event, detail, opaque: self.seen.append((event, detail)), None)
        later(lambda: connection.domainEventDeregisterAny(ident))

    def wait(self, *events: tuple[int, int]) -> None:
        wait_for(f"events {events}, of which came {self.seen}", lambda: list(events) == self.seen[-len(events):])
        self.seen = []


STOPPED = libvirt.VIR_DOMAIN_EVENT_STOPPED, libvirt.VIR_DOMAIN_EVENT_STOPPED_FROM_SNAPSHOT
STARTED = libvirt.VIR_DOMAIN_EVENT_STARTED, libvirt.VIR_DOMAIN_EVENT_STARTED_FROM_SNAPSHOT
RESUMED = libvirt.VIR_DOMAIN_EVENT_RESUMED, libvirt.VIR_DOMAIN_EVENT_RESUMED_FROM_SNAPSHOT
SUSPENDED = libvirt.VIR_DOMAIN_EVENT_SUSPENDED, libvirt.VIR_DOMAIN_EVENT_SUSPENDED_FROM_SNAPSHOT


@test("back to memory and disk inside the image: the guest's own counters tell; its events; what must be forced")
def revert_internal() -> None:
    domain = defined(connect(), "back")
    boot(domain)
    write(domain)
    before = ticks(domain)
    one = make(domain, "one")
    write(domain)
    wait_for("time to go by in the guest", lambda: ticks(domain) > before + 18)
    late = ticks(domain)
    events = Events(domain)
    domain.revertToSnapshot(one)
    events.wait(STOPPED, RESUMED, STARTED)
    equal(state(domain), (RUNNING, libvirt.VIR_DOMAIN_RUNNING_FROM_SNAPSHOT), "state")
    assert before <= ticks(domain) < late, f"the guest's clock shows {ticks(domain)}, was {before}, then {late}"
    equal(write(domain), 2, "number on the disk, which went back as well")
    domain.revertToSnapshot(one, libvirt.VIR_DOMAIN_SNAPSHOT_REVERT_PAUSED)
    events.wait(STOPPED, STARTED, SUSPENDED)
    equal(state(domain), (PAUSED, libvirt.VIR_DOMAIN_PAUSED_FROM_SNAPSHOT), "state, as asked for")
    domain.destroy()
    domain.revertToSnapshot(one)
    equal(write(domain), 2, "number on the disk of a guest that was stopped")
    domain.destroy()
    cold = make(domain, "cold")
    equal(cold.getParent().getName(), "one", "parent of one taken after going back")
    domain.create()
    refused(domain.revertToSnapshot, cold, libvirt.VIR_DOMAIN_SNAPSHOT_REVERT_RUNNING,
            code=libvirt.VIR_ERR_SNAPSHOT_REVERT_RISKY, text="must respawn guest")
    domain.revertToSnapshot(cold)
    equal(state(domain), (SHUTOFF, libvirt.VIR_DOMAIN_SHUTOFF_FROM_SNAPSHOT), "state")
    domain = domain.connect().defineXML(domain.XMLDesc().replace("<vcpu placement='static'>1<", "<vcpu placement='static'>2<"))
    domain.create()
    refused(domain.revertToSnapshot, one, code=libvirt.VIR_ERR_SNAPSHOT_REVERT_RISKY, text="revert requires force")
    domain.revertToSnapshot(one, libvirt.VIR_DOMAIN_SNAPSHOT_REVERT_FORCE)
    equal(domain.maxVcpus(), 1, "CPUs of then")
    equal(inside(f"{FOLDER}/back.qcow2"), ["one", "cold"], "snapshots in the image")
    one.delete(libvirt.VIR_DOMAIN_SNAPSHOT_DELETE_CHILDREN_ONLY)
    equal((inside(f"{FOLDER}/back.qcow2"), names(domain)), (["one"], ["one"]), "what is left of a running guest")
    domain.destroy()
    one.delete(libvirt.VIR_DOMAIN_SNAPSHOT_DELETE_METADATA_ONLY)
    equal((inside(f"{FOLDER}/back.qcow2"), names(domain)), (["one"], []), "the image keeps it")


@test("back below images on top: new ones are made, those that nobody needs go")
def revert_external() -> None:
    domain = defined(connect(), "layers")
    boot(domain)
    write(domain)
    one = make(domain, "one", DISK_ONLY)
    write(domain)
    two = make(domain, "two", DISK_ONLY)
    write(domain)
    domain.revertToSnapshot(one, libvirt.VIR_DOMAIN_SNAPSHOT_REVERT_FORCE | libvirt.VIR_DOMAIN_SNAPSHOT_REVERT_RUNNING)
    layers = images(domain.XMLDesc())
    equal((len(layers), layers[1:]), (2, ["layers.qcow2"]), "chain after going back")
    assert re.fullmatch(r"layers\.\d+", layers[0]), f"name of the new image: {layers[0]}"
    assert not os.path.exists(f"{FOLDER}/layers.two"), "an image that nobody needs is left"
    assert os.path.exists(f"{FOLDER}/layers.one"), "an image that a snapshot needs is gone"
    holds(one.getXMLDesc(), f"<revertDisks>.*{layers[0]}.*</revertDisks>")
    equal(domain.snapshotCurrent().getName(), "one", "current one")
    domain.destroy()
    boot(domain)
    equal(write(domain), 2, "number on the disk")
    domain.destroy()
    domain.revertToSnapshot(two)
    equal(images(domain.XMLDesc())[0][:7], "layers.", "image in the configuration")
    boot(domain)
    equal(write(domain), 3, "number on the disk with the other snapshot")
    refused(one.delete, code=libvirt.VIR_ERR_OPERATION_UNSUPPORTED, text="reverted to it, and it has a child")


@test("images on top are merged into those below when their snapshot is deleted, running and stopped")
def merge() -> None:
    for running in True, False:
        name = f"merge{int(running)}"
        domain = defined(connect(), name)
        boot(domain)
        for number, snapshot in enumerate(["one", "two", "three"], 1):
            equal(write(domain), number, "write")
            make(domain, snapshot, DISK_ONLY)
        equal(write(domain), 4, "write to the last image")
        if not running:
            domain.destroy()
        domain.snapshotLookupByName("two").delete()
        equal(names(domain), ["one", "three"], "snapshots without the one in the middle")
        equal(domain.snapshotLookupByName("three").getParent().getName(), "one", "parent of the last one")
        equal(chain(f"{FOLDER}/{name}.three"), [f"{name}.three", f"{name}.one", f"{name}.qcow2"], "chain in the images")
        equal(images(holds(domain.snapshotLookupByName("three").getXMLDesc(), "<domain .*")), [f"{name}.one"],
              "what the last one froze")
        domain.snapshotLookupByName("three").delete()
        want = [f"{name}.one", f"{name}.qcow2"]
        equal(images(domain.XMLDesc()), want if running else want[:1], "chain without the last one")
        equal(domain.snapshotCurrent().getName(), "one", "current one")
        if running:
            equal(write(domain), 5, "write to the image that was merged into")
        domain.snapshotLookupByName("one").delete()
        equal(images(domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)), [f"{name}.qcow2"], "image without any")
        equal(sorted(file for file in os.listdir(FOLDER) if file.startswith(f"{name}.")), [f"{name}.qcow2"], "files")
        if running:
            domain.destroy()
        boot(domain)
        equal(write(domain), 6 if running else 5, "write after all were deleted")
        domain.destroy()


@test("memory in a file beside images on top: back to it, stopped before or live, and deleted with it")
def memory() -> None:
    for flags in 0, libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_LIVE:
        name = f"memory{flags}"
        domain = defined(connect(), name)
        file = f"{FOLDER}/{name}.mem"
        boot(domain)
        write(domain)
        before = ticks(domain)
        one = make(domain, "one", flags, f"<memory snapshot='external' file='{file}'/>")
        equal(state(domain)[0], RUNNING, "state after the snapshot")
        assert os.path.getsize(file) > 4096, "no memory in the file"
        equal(images(domain.XMLDesc()), [f"{name}.one", f"{name}.qcow2"], "chain")
        equal(names(domain, libvirt.VIR_DOMAIN_SNAPSHOT_LIST_EXTERNAL | libvirt.VIR_DOMAIN_SNAPSHOT_LIST_ACTIVE), ["one"],
              "external ones of a running guest")
        write(domain)
        wait_for("time to go by in the guest", lambda: ticks(domain) > before + 18)
        late = ticks(domain)
        events = Events(domain)
        domain.revertToSnapshot(one)
        events.wait(STOPPED, RESUMED, STARTED)
        assert before <= ticks(domain) < late, f"the guest's clock shows {ticks(domain)}, was {before}, then {late}"
        equal(write(domain), 2, "number on the disk, which went back as well")
        one.delete()
        equal((images(domain.XMLDesc()), os.path.exists(file)), ([f"{name}.qcow2"], False), "chain, and the file")
        equal(write(domain), 3, "write after it was deleted")
        domain.destroy()


@test("a halted guest; one whose agent is missing; stock virsh on all of it")
def odds() -> None:
    domain = defined(connect(), "odd")
    boot(domain)
    refused(make, domain, "quiet", DISK_ONLY | libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_QUIESCE,
            code=libvirt.VIR_ERR_ARGUMENT_UNSUPPORTED, text="agent is not configured")
    equal(os.path.exists(f"{FOLDER}/odd.quiet"), False, "an image")
    make(domain, "halt", libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_HALT)
    equal(state(domain), (SHUTOFF, libvirt.VIR_DOMAIN_SHUTOFF_FROM_SNAPSHOT), "state")
    virsh("snapshot-create-as", "odd", "cold", "--description", "of a stopped guest")
    holds(virsh("snapshot-list", "odd", "--tree"), r"halt\n\s*\|\n\s*\+- cold")
    holds(virsh("snapshot-info", "odd", "--current"), r"Name:\s+cold.*Current:\s+yes.*State:\s+shutoff.*Parent:\s+halt")
    holds(virsh("snapshot-dumpxml", "odd", "cold"), "<description>of a stopped guest</description>")
    virsh("snapshot-revert", "odd", "halt", "--paused")
    equal(state(domain)[0], PAUSED, "state")
    virsh("snapshot-current", "odd", "cold")
    equal(virsh("snapshot-current", "odd", "--name"), "cold", "current one")
    virsh("snapshot-delete", "odd", "halt", "--children")
    equal((names(domain), inside(f"{FOLDER}/odd.qcow2")), ([], []), "snapshots left")
    refused(domain.snapshotLookupByName, "halt", code=libvirt.VIR_ERR_NO_DOMAIN_SNAPSHOT)
    refused(domain.snapshotCurrent, code=libvirt.VIR_ERR_NO_DOMAIN_SNAPSHOT)


def with_second(domain: libvirt.virDomain, path: str, form: str) -> libvirt.virDomain:
    """The guest with one more disk, of which it makes no use."""
    run("qemu-img", "create", "-q", "-f", form, path, "1M")
    return domain.connect().defineXML(domain.XMLDesc().replace("</disk>", f"""</disk><disk type='file' device='disk'>
      <driver name='qemu' type='{form}'/><source file='{path}'/><target dev='hdb' bus='ide'/></disk>""", 1))


@test("two disks at one moment, one of them raw; images that are there; one that is copied by hand; a transient guest")
def kinds() -> None:
    domain = with_second(defined(connect(), "kinds"), f"{FOLDER}/kinds.second.raw", "raw")
    boot(domain)
    refused(make, domain, "raw", code=libvirt.VIR_ERR_CONFIG_UNSUPPORTED, text="internal snapshot for disk hdb unsupported")
    both = make(domain, "both", DISK_ONLY)
    xml = both.getXMLDesc()
    equal(re.findall("<source file='[^']*/([^']*)'", holds(xml, "<disks>.*?</disks>")), ["kinds.both", "kinds.second.both"],
          "images")
    equal(chain(f"{FOLDER}/kinds.second.both"), ["kinds.second.both", "kinds.second.raw"], "chain on a raw image")
    ready = f"{FOLDER}/kinds.ready"
    run("qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", "kinds.both", ready)
    make(domain, "ready", DISK_ONLY | libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_REUSE_EXT,
         f"<disks><disk name='hda'><source file='{ready}'/></disk><disk name='hdb' snapshot='no'/></disks>")
    equal(images(domain.XMLDesc())[:2], ["kinds.ready", "kinds.both"], "chain with the image that was there")
    make(domain, "hand", DISK_ONLY, "<disks><disk name='hda' snapshot='manual'/><disk name='hdb' snapshot='no'/></disks>")
    equal(state(domain), (PAUSED, libvirt.VIR_DOMAIN_PAUSED_SNAPSHOT), "state, for images to be copied")
    domain.resume()
    hand = domain.snapshotLookupByName("hand")
    refused(domain.revertToSnapshot, hand, code=libvirt.VIR_ERR_OPERATION_UNSUPPORTED, text="saved manually")
    refused(hand.delete, code=libvirt.VIR_ERR_OPERATION_UNSUPPORTED, text="saved manually")
    hand.delete(libvirt.VIR_DOMAIN_SNAPSHOT_DELETE_METADATA_ONLY)
    both.delete(libvirt.VIR_DOMAIN_SNAPSHOT_DELETE_CHILDREN)
    equal(re.findall("<source file='[^']*/([^']*)'", holds(domain.XMLDesc(), "<disk .*</disk>")),
          ["kinds.qcow2", "kinds.second.raw"], "images after all were merged")
    equal(os.path.exists(ready), False, "the image that was there")
    write(domain)
    domain.undefine()
    equal(domain.isPersistent(), 0, "whether it is persistent")
    refused(make, domain, "off", libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_HALT | DISK_ONLY, code=libvirt.VIR_ERR_OPERATION_INVALID,
            text="cannot halt after transient")
    make(domain, "last", DISK_ONLY)
    equal(os.listdir(METADATA), ["kinds"], "metadata of a transient guest")
    domain.destroy()
    equal(os.listdir(METADATA), [], "metadata after it ended")


main()
