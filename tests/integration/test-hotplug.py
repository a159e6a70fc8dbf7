# SPDX-License-Identifier: LGPL-2.1-or-later
"""Devices that come to and leave a guest that runs; what is left of those that could not; late leavers."""
import functools
import glob
import json
import os
import re
import signal
from typing import Any, Callable

import libvirt
import libvirt_qemu
from harness import (SerialConsole, Thread, connect, equal, gone, guest_xml, holds, later, main, refused, run,
                     signal_daemon, started, test, virsh, wait_for, with_network)

LIVE, CONFIG = libvirt.VIR_DOMAIN_AFFECT_LIVE, libvirt.VIR_DOMAIN_AFFECT_CONFIG
USB = "<controller type='usb' index='0' model='qemu-xhci'/>"
SCSI = "<controller type='scsi' index='0' model='virtio-scsi'/>"


def image(name: str, mib: int = 1) -> str:
    path = f"/var/lib/libvirt/images/{name}"
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.truncate(mib << 20)
    later(lambda: os.unlink(path))
    return path


def disk(path: str, target: str, bus: str, device: str = "disk", kind: str = "raw") -> str:
    source = f"<source file='{path}'/>" if path else ""
    return (f"<disk type='file' device='{device}'><driver name='qemu' type='{kind}'/>{source}"
            f"<target dev='{target}' bus='{bus}'/></disk>")


def monitor(domain: libvirt.virDomain, command: str, **arguments: Any) -> Any:
    text = json.dumps({"execute": command, "arguments": arguments})
    return json.loads(libvirt_qemu.qemuMonitorCommand(domain, text, 0))["return"]


def nodes(domain: libvirt.virDomain) -> set[str]:
    return {node["node-name"] for node in monitor(domain, "query-named-block-nodes") if node["node-name"][0] != "#"}


def children(domain: libvirt.virDomain, path: str) -> set[str]:
    return {item["name"] for item in monitor(domain, "qom-list", path=path) if item["type"].startswith("child<")}


def everything(domain: libvirt.virDomain) -> tuple[str, set[str], set[str], set[str], set[str]]:
    """The definition and all that QEMU has of the guest."""
    chardevs = {item["label"] for item in monitor(domain, "query-chardev")}
    return (domain.XMLDesc(), nodes(domain), children(domain, "/machine/peripheral"), children(domain, "/objects"), chardevs)


class DeviceEvents:
    """Devices that came, left, or did not; and trays."""

    def __init__(self, connection: libvirt.virConnect) -> None:
        self.seen: list[tuple[str, str]] = []
        for word, ident in (("added", libvirt.VIR_DOMAIN_EVENT_ID_DEVICE_ADDED),
                            ("removed", libvirt.VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED),
                            ("tray", libvirt.VIR_DOMAIN_EVENT_ID_TRAY_CHANGE)):
            self.register(connection, word, ident)

    def register(self, connection: libvirt.virConnect, word: str, ident: int) -> None:
        def told(conn: Any, dom: Any, alias: str, *rest: Any) -> None:
            self.seen.append((word, alias if len(rest) < 2 else f"{alias}:{rest[0]}"))
        number = connection.domainEventRegisterAny(None, ident, told, None)
        later(lambda: connection.domainEventDeregisterAny(number))

    def wait(self, *events: tuple[str, str]) -> None:
        try:
            wait_for("the events", lambda: len(self.seen) >= len(events))
        finally:
            equal(self.seen, list(events), "events")
        self.seen = []


def paused(connection: libvirt.virConnect, **fields: Any) -> libvirt.virDomain:
    """A guest that has not begun, whose hardware lets go of devices by itself where it can."""
    domain = connection.defineXML(guest_xml(**fields))
    later(lambda: gone(domain))
    domain.createWithFlags(libvirt.VIR_DOMAIN_START_PAUSED)
    return domain


@test("a disk on SCSI and one on USB come and leave, with their nodes and events")
def scsi_disk() -> None:
    connection = connect()
    domain = paused(connection, devices=USB + SCSI)
    events = DeviceEvents(connection)
    before = everything(domain)
    path = image("hot.qcow2")
    run("qemu-img", "create", "-q", "-f", "qcow2", path, "1M")
    for bus, target, alias in (("scsi", "sdb", "scsi0-0-0-1"), ("usb", "sdc", "usb-disk2")):
        domain.attachDevice(disk(path, target, bus, kind="qcow2"))
        events.wait(("added", alias))
        text = domain.XMLDesc()
        holds(text, f"<source file='{path}' index='\\d+'/>.*<target dev='{target}' bus='{bus}'/>.*<alias name='{alias}'/>")
        equal(len(nodes(domain) - before[1]), 2, "new block nodes")
        assert alias in children(domain, "/machine/peripheral"), "no device"
        refused(domain.attachDevice, disk(path, target, bus, kind="qcow2"), code=libvirt.VIR_ERR_OPERATION_FAILED,
                text=f"target {target} already exists")
        domain.detachDevice(disk("", target, bus))
        events.wait(("removed", alias))
        equal(everything(domain), before, "what the guest has")
    refused(domain.detachDevice, disk("", "sdz", "scsi"), code=libvirt.VIR_ERR_DEVICE_MISSING, text="disk sdz not found")
    refused(domain.attachDevice, disk(path, "hdd", "ide"), code=libvirt.VIR_ERR_OPERATION_UNSUPPORTED, text="disk bus 'ide'")


@test("live and definition: each, both, by alias, and virsh")
def both() -> None:
    domain = paused(connect(), devices=USB + SCSI)
    path = image("both.img")
    device = disk(path, "sdb", "scsi")

    def counts() -> tuple[int, int]:
        return (domain.XMLDesc().count(path), domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE).count(path))

    for flags, found in ((LIVE, (1, 0)), (CONFIG, (0, 1)), (LIVE | CONFIG, (1, 1))):
        domain.attachDeviceFlags(device, flags)
        equal(counts(), found, f"places with flags {flags}")
        domain.detachDeviceFlags(device, flags)
        equal(counts(), (0, 0), "places")
    virsh("attach-disk", "sector", path, "sdb", "--targetbus", "scsi", "--persistent")
    equal(counts(), (1, 1), "places")
    domain.detachDeviceAlias("scsi0-0-0-1", LIVE)
    equal(counts(), (0, 1), "places")
    virsh("detach-disk", "sector", "sdb", "--config")
    equal(counts(), (0, 0), "places")
    domain.destroy()
    refused(domain.attachDevice, device, code=libvirt.VIR_ERR_OPERATION_INVALID, text="not running")
    domain.attachDeviceFlags(device, libvirt.VIR_DOMAIN_AFFECT_CURRENT)
    equal(counts(), (1, 1), "places of one that does not run")
    domain.create()


@test("a CD-ROM drive: another disc, no disc, the tray in the definition and its events")
def cdrom() -> None:
    connection = connect()
    first, second = image("first.iso"), image("second.iso")
    domain = paused(connection, devices=disk(first, "hdc", "ide", "cdrom"))
    events = DeviceEvents(connection)
    holds(domain.XMLDesc(), f"<source file='{first}' index='\\d+'/>.*<target dev='hdc' bus='ide'/>")
    count = len(nodes(domain))
    # The same disc is no change.
    domain.updateDeviceFlags(disk(first, "hdc", "ide", "cdrom"), LIVE)
    equal(events.seen, [], "events")
    domain.updateDeviceFlags(disk(second, "hdc", "ide", "cdrom"), LIVE)
    holds(domain.XMLDesc(), f"<source file='{second}' index='\\d+'/>.*<target dev='hdc' bus='ide'/>")
    assert first not in domain.XMLDesc(), "the former disc is still there"
    equal(len(nodes(domain)), count, "nodes")
    equal([item["inserted"]["file"] for item in monitor(domain, "query-block") if "ide0-1-0" in item.get("qdev", "")],
          [second], "disc in the drive")
    events.wait(("tray", "ide0-1-0:0"), ("tray", "ide0-1-0:1"))
    virsh("change-media", "sector", "hdc", "--eject", "--live")
    assert second not in domain.XMLDesc(), "the disc is still there"
    equal(len(nodes(domain)), count // 2, "nodes without a disc")
    events.wait(("tray", "ide0-1-0:0"), ("tray", "ide0-1-0:1"))
    refused(domain.updateDeviceFlags, disk("/nowhere.iso", "hdc", "ide", "cdrom"), LIVE, text="/nowhere.iso")
    # An old way to insert one.
    domain.attachDevice(disk(first, "hdc", "ide", "cdrom"))
    holds(domain.XMLDesc(), f"<source file='{first}'")
    equal(len(nodes(domain)), count, "nodes")
    refused(domain.updateDeviceFlags, disk(second, "hda", "ide"), LIVE, code=libvirt.VIR_ERR_OPERATION_UNSUPPORTED,
            text="cannot modify")
    monitor(domain, "blockdev-open-tray", id="ide0-1-0")
    events.wait(("tray", "ide0-1-0:0"), ("tray", "ide0-1-0:1"), ("tray", "ide0-1-0:0"))
    holds(domain.XMLDesc(), "<target dev='hdc' bus='ide' tray='open'/>")


def tap_of(domain: libvirt.virDomain, mac: str) -> str:
    for text in re.findall(r"<interface.*?</interface>", domain.XMLDesc(), re.S):
        if mac in text:
            return holds(text, "<target dev='([^']+)'/>")
    return ""


def master(tap: str) -> str:
    return os.path.basename(os.path.realpath(f"/sys/class/net/{tap}/master"))


@test("an interface on a network: tap, port and netdev are gone when it left; link state; another network")
def interface() -> None:
    connection = connect()
    network = with_network(connection)
    other = with_network(connection, name="itest2", bridge="itbr1", net="192.168.151")
    domain = started(connection)
    before = everything(domain)
    mac = "52:54:00:11:22:33"
    device = f"<interface type='network'><mac address='{mac}'/><source network='itest'/><model type='virtio'/></interface>"
    events = DeviceEvents(connection)
    domain.attachDevice(device)
    events.wait(("added", "net0"))
    tap = tap_of(domain, mac)
    equal((master(tap), len(network.listAllPorts())), ("itbr0", 1), "bridge, ports")
    domain.updateDeviceFlags(device.replace("</interface>", "<link state='down'/></interface>"), LIVE)
    holds(domain.XMLDesc(), "<link state='down'/>")
    domain.updateDeviceFlags(device.replace("itest", "itest2"), LIVE)
    equal((master(tap), len(network.listAllPorts()), len(other.listAllPorts())), ("itbr1", 0, 1), "bridge, ports")
    refused(domain.updateDeviceFlags, device.replace("virtio", "e1000"), LIVE, code=libvirt.VIR_ERR_OPERATION_UNSUPPORTED,
            text="cannot modify")
    refused(domain.detachDevice, device.replace("33'", "34'"), code=libvirt.VIR_ERR_DEVICE_MISSING, text="52:54:00:11:22:34")
    signal_daemon("virtqemud", signal.SIGKILL)
    domain = connect().lookupByName("sector")
    leave(domain, lambda: domain.detachDevice(device.replace("itest", "itest2")))
    equal(everything(domain), before, "what the guest has")
    assert not os.path.exists(f"/sys/class/net/{tap}"), "the tap device is still there"
    equal(len(connect("network:///system").networkLookupByName("itest2").listAllPorts()), 0, "ports")


def leave(domain: libvirt.virDomain, ask: Callable[[], Any]) -> None:
    """Ask for a PCI device of a guest that knows nothing of such things: when it resets itself, the hardware lets go."""
    console = SerialConsole(connect().lookupByName(domain.name()))  # see slow() in test-migrate.py
    asked = Thread(ask)
    while asked.thread.is_alive():
        console.text = ""
        console.send("z")
        console.wait("sector up")
    console.close()
    if asked.error:
        raise asked.error


@test("random numbers, a channel, a serial port, a watchdog and shared memory")
def small() -> None:
    connection = connect()
    domain = started(connection, devices="<controller type='virtio-serial' index='0'/>" + USB)
    before = everything(domain)
    for alias, device in (
            ("rng0", "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>"),
            ("channel0", "<channel type='unix'><source mode='bind'/><target type='virtio' name='org.test.0'/></channel>"),
            ("channel0", "<channel type='pty'><target type='virtio' name='org.test.1'/></channel>"),
            ("channel0", "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>"),
            ("serial1", "<serial type='pty'><target type='usb-serial' port='1'/></serial>"),
            ("watchdog0", "<watchdog model='i6300esb' action='none'/>"),
            ("input2", "<input type='tablet' bus='usb'/>"),
            ("shmem0", "<shmem name='itest-shmem'><model type='ivshmem-plain'/><size unit='M'>4</size></shmem>")):
        domain.attachDevice(device)
        holds(domain.XMLDesc(), f"<alias name='{alias}'/>")
        assert everything(domain) != before, "nothing came"
        if alias in ("rng0", "watchdog0", "shmem0"):
            leave(domain, functools.partial(domain.detachDeviceAlias, alias, LIVE))
        else:
            domain.detachDeviceAlias(alias, LIVE)
        equal(everything(domain), before, f"what the guest has after '{alias}' left")
    for path in glob.glob("/dev/shm/itest-shmem"):
        os.unlink(path)
    equal(glob.glob("/var/lib/libvirt/qemu/channel/*/org.test.0") + glob.glob("/run/libvirt/qemu/channel/*/org.test.0"), [],
          "sockets")


@test("memory modules: one comes, others may not, and leave nothing behind")
def memory() -> None:
    extra = "<maxMemory slots='4' unit='MiB'>1024</maxMemory>"
    cpu = "<cpu><numa><cell id='0' cpus='0' memory='16' unit='MiB'/></numa></cpu>"
    domain = paused(connect(), extra=extra + cpu)
    dimm = "<memory model='dimm'><target><size unit='MiB'>128</size><node>0</node></target></memory>"
    domain.attachDevice(dimm)
    holds(domain.XMLDesc(), "<memory unit='KiB'>147456</memory>.*<alias name='dimm0'/>")
    refused(domain.attachDevice, dimm.replace("128", "2048"), code=libvirt.VIR_ERR_OPERATION_INVALID, text="maxMemory")
    holds(domain.XMLDesc(), "<memory unit='KiB'>147456</memory>")
    before = everything(domain)
    refused(domain.attachDevice, dimm.replace("<target>", "<source><pagesize unit='GiB'>7</pagesize></source><target>"))
    equal(everything(domain), before, "what the guest has")


@test("what cannot be attached leaves nothing behind: definition, nodes, objects, taps and ports")
def failures() -> None:
    connection = connect()
    network = with_network(connection)
    domain = paused(connection, devices=SCSI)
    before = everything(domain)
    taps = set(os.listdir("/sys/class/net"))
    path = image("fail.img")
    bad_address = "<address type='pci' domain='0' bus='0' slot='{}' function='0'/>"
    for device, word in (
            (disk("/nowhere.img", "sdb", "scsi"), "/nowhere.img"),
            (disk(path, "sdb", "scsi", kind="qcow2"), "qcow2|format|header"),
            ("<rng model='virtio'><backend model='random'>/nowhere</backend></rng>", "nowhere"),
            # QEMU refuses what stands in the slot of the host bridge, after the back ends were made.
            ("<interface type='network'><source network='itest'/><model type='virtio'/>" + bad_address.format("0x1") +
             "</interface>", "."),
            ("<interface type='network'><source network='nowhere'/></interface>", "nowhere"),
            ("<interface type='network'><source network='itest'/><model type='no-such-model'/></interface>", "no-such-model"),
            ("<channel type='unix'><source mode='bind' path='/nowhere/socket'/><target type='virtio' name='org.test.2'/></channel>",
             "nowhere"),
            ("<graphics type='vnc'/>", "live attach of device 'graphics'"),
            ("<video><model type='vga'/></video>", "live attach of device 'video'"),
            ("<memballoon model='virtio'/>", "live attach of device 'memballoon'|memballoon"),
            ("<nonsense/>", "nonsense")):
        refused(domain.attachDevice, device, text=word)
        after = everything(domain)
        # A controller that was made for the device stays, as it may be there to be used.
        equal(after[1:2] + after[3:], before[1:2] + before[3:], f"what the guest has after '{device}'")
        equal(len(network.listAllPorts()), 0, "ports")
        equal(set(os.listdir("/sys/class/net")), taps, "links")


@test("a guest that does not answer keeps the device; when it leaves later, clients hear of it")
def late() -> None:
    connection = connect()
    domain = started(connection, devices="<controller type='pci' model='pcie-root-port'/>" * 4, machine="q35")
    before = everything(domain)
    domain.attachDevice(disk(image("late.img"), "vdb", "virtio"))
    events = DeviceEvents(connection)
    domain.detachDevice(disk("", "vdb", "virtio"))
    holds(domain.XMLDesc(), "vdb")
    assert nodes(domain) - before[1], "the nodes of a disk that is there are gone"
    # A reset finishes what was asked for.
    monitor(domain, "system_reset")
    events.wait(("removed", "virtio-disk1"))
    equal(everything(domain), before, "what the guest has")


@test("devices that leave while no daemon runs are noticed by the next one")
def unattended() -> None:
    domain = started(connect(), devices="<controller type='pci' model='pcie-root-port'/>" * 4, machine="q35")
    before = everything(domain)
    path = image("unattended.img")
    domain.attachDevice(disk(path, "vdb", "virtio"))
    domain.detachDevice(disk("", "vdb", "virtio"))
    terminal = holds(domain.XMLDesc(), "<serial type='pty'>.*?<source path='([^']+)'/>")
    signal_daemon("virtqemud", signal.SIGKILL)
    # The guest resets itself at this word, and says when it is up again.
    with open(terminal, "r+b", buffering=0) as file:
        os.set_blocking(file.fileno(), False)
        file.write(b"z")
        said = bytearray()

        def up() -> bool:
            said.extend(file.read(4096) or b"")
            return b"sector up" in said
        wait_for("the guest to be up again", up)
    domain = connect().lookupByName("sector")
    wait_for("the disk to be gone", lambda: "vdb" not in domain.XMLDesc())
    wait_for("its nodes to be gone", lambda: nodes(domain) == before[1])
    equal(everything(domain), before, "what the guest has")


main()
