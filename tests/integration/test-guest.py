# SPDX-License-Identifier: LGPL-2.1-or-later
"""A guest's life, through restarts of its daemon and of its network, and what can go wrong."""
import contextlib
import glob
import json
import os
import signal
import stat
from typing import Any

import libvirt
from harness import (SerialConsole, connect, daemon_pid, equal, gone, guest_xml, holds, later, main, refused,
                     run, signal_daemon, started, test, virsh, wait_for, with_network)


def state(domain: libvirt.virDomain) -> int:
    return int(domain.state()[0])


def qemu_pid(name: str = "sector") -> int:
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        with contextlib.suppress(OSError), open(path, "rb") as file:
            if f"guest={name},".encode() in file.read():
                return int(path.split("/")[2])
    raise AssertionError(f"guest '{name}' has no process")


def ended(pid: int) -> bool:
    return not os.path.exists(f"/proc/{pid}")


class Events:
    """Lifecycle events of all guests, in the order in which they came."""

    def __init__(self, connection: libvirt.virConnect) -> None:
        self.seen: list[tuple[str, int, int]] = []
        ident = connection.domainEventRegisterAny(
            None, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE,
            lambda conn, dom, event, detail, opaque: self.seen.append((dom.name(), event, detail)), None)
        later(lambda: connection.domainEventDeregisterAny(ident))

    def wait(self, *events: int) -> None:
        try:
            wait_for("the events", lambda: len(self.seen) >= len(events))
        finally:
            equal([event for _, event, _ in self.seen], list(events), "events")
        self.seen = []


@test("a guest's life on pc and q35: start, suspend, resume, reset, destroy, with its events")
def lifecycle() -> None:
    for machine in ("pc", "q35"):
        connection = connect()
        events = Events(connection)
        domain = started(connection, machine=machine)
        events.wait(libvirt.VIR_DOMAIN_EVENT_DEFINED, libvirt.VIR_DOMAIN_EVENT_STARTED,
                    libvirt.VIR_DOMAIN_EVENT_SUSPENDED, libvirt.VIR_DOMAIN_EVENT_RESUMED)
        equal(state(domain), libvirt.VIR_DOMAIN_RUNNING, "state")
        assert domain.ID() > 0, "no id"
        console = SerialConsole(domain)
        console.send("x")
        console.wait("x")
        domain.suspend()
        equal(state(domain), libvirt.VIR_DOMAIN_PAUSED, "state")
        domain.resume()
        equal(state(domain), libvirt.VIR_DOMAIN_RUNNING, "state")
        events.wait(libvirt.VIR_DOMAIN_EVENT_SUSPENDED, libvirt.VIR_DOMAIN_EVENT_RESUMED)
        domain.reset(0)
        console.wait("sector up")
        console.close()
        pid = qemu_pid()
        domain.destroy()
        equal(state(domain), libvirt.VIR_DOMAIN_SHUTOFF, "state")
        wait_for("QEMU to be gone", lambda: ended(pid), 2)
        events.wait(libvirt.VIR_DOMAIN_EVENT_STOPPED)
        domain.undefine()
        refused(connection.lookupByName, "sector", code=libvirt.VIR_ERR_NO_DOMAIN)


@test("a shutdown by the power button, with stock virsh")
def shutdown() -> None:
    domain = started(connect())
    holds(virsh("list"), r"\d+\s+sector\s+running")
    holds(virsh("dominfo", "sector"), r"State:\s+running.*Max memory:\s+16384 KiB")
    virsh("shutdown", "sector")
    wait_for("the guest to be off", lambda: state(domain) == libvirt.VIR_DOMAIN_SHUTOFF)
    equal(domain.state()[1], libvirt.VIR_DOMAIN_SHUTOFF_SHUTDOWN, "reason")
    holds(virsh("domstate", "--reason", "sector"), r"shut off \(shutdown\)")


@test("a guest that powers off by itself; a reboot keeps it running")
def off_by_itself() -> None:
    domain = started(connect())
    console = SerialConsole(domain)
    console.send("z")
    console.wait("sector up")
    equal(state(domain), libvirt.VIR_DOMAIN_RUNNING, "state after a reset")
    console.send("q")
    wait_for("the guest to be off", lambda: state(domain) == libvirt.VIR_DOMAIN_SHUTOFF)


@test("a transient guest is gone when it stops")
def transient() -> None:
    connection = connect()
    domain = connection.createXML(guest_xml(), 0)
    later(lambda: gone(domain))
    equal((domain.isPersistent(), domain.isActive()), (0, 1), "persistent, active")
    domain.destroy()
    refused(connection.lookupByName, "sector", code=libvirt.VIR_ERR_NO_DOMAIN)


@test("definitions, autostart and dumps")
def definitions() -> None:
    connection = connect()
    domain = connection.defineXML(guest_xml())
    later(lambda: gone(domain))
    assert os.path.exists("/etc/libvirt/qemu/sector.xml"), "no definition"
    domain.setAutostart(1)
    equal(domain.autostart(), 1, "autostart")
    assert os.path.islink("/etc/libvirt/qemu/autostart/sector.xml"), "no autostart link"
    domain.setAutostart(0)
    text = domain.XMLDesc()
    holds(text, f"<uuid>{domain.UUIDString()}</uuid>.*<memory unit='KiB'>16384</memory>")
    equal(connection.defineXML(text).XMLDesc(), text, "a dump, defined again")
    refused(connection.defineXML, guest_xml().replace("<memory", "<uuid>" + "1" * 32 + "</uuid><memory"),
            text="sector.*already|already.*sector")
    domain.undefine()
    assert not os.path.exists("/etc/libvirt/qemu/sector.xml"), "definition left"


@test("restart and kill of virtqemud: the guest goes on, and obeys")
def restart() -> None:
    domain = started(connect())
    pid, uuid, ident = qemu_pid(), domain.UUIDString(), domain.ID()
    for number in (signal.SIGTERM, signal.SIGKILL):
        signal_daemon("virtqemud", number)
        again = connect().lookupByUUIDString(uuid)
        wait_for("the guest to be running", lambda: state(again) == libvirt.VIR_DOMAIN_RUNNING)
        equal((qemu_pid(), again.ID()), (pid, ident), "process, id")
        assert not ended(pid), "QEMU is gone"
        again.suspend()
        signal_daemon("virtqemud", number)
        again = connect().lookupByUUIDString(uuid)
        wait_for("the guest to be paused", lambda: state(again) == libvirt.VIR_DOMAIN_PAUSED)
        again.resume()
        console = SerialConsole(again)
        console.send("y")
        console.wait("y")
        console.close()
    again.destroy()
    wait_for("QEMU to be gone", lambda: ended(pid), 2)


@test("a guest that dies while virtqemud is away is found dead")
def died_meanwhile() -> None:
    domain = started(connect())
    pid, uuid = qemu_pid(), domain.UUIDString()
    daemon = daemon_pid("virtqemud")
    os.kill(daemon, signal.SIGSTOP)
    os.kill(pid, signal.SIGKILL)
    signal_daemon("virtqemud", signal.SIGKILL)
    again = connect().lookupByUUIDString(uuid)
    wait_for("the guest to be off", lambda: state(again) == libvirt.VIR_DOMAIN_SHUTOFF)
    assert not os.path.exists("/run/libvirt/qemu/sector.xml"), "status file left"


@test("a guest that is killed is seen to have crashed")
def killed() -> None:
    connection = connect()
    domain = started(connection)
    events = Events(connection)
    os.kill(qemu_pid(), signal.SIGKILL)
    wait_for("the guest to be off", lambda: state(domain) == libvirt.VIR_DOMAIN_SHUTOFF)
    events.wait(libvirt.VIR_DOMAIN_EVENT_STOPPED)


@test("a guest whose monitor hangs costs only calls to it")
def hung_guest() -> None:
    connection = connect()
    domain = started(connection)
    pid = qemu_pid()
    os.kill(pid, signal.SIGSTOP)
    later(lambda: ended(pid) or os.kill(pid, signal.SIGCONT))
    equal(state(domain), libvirt.VIR_DOMAIN_RUNNING, "state, read while the monitor hangs")
    holds(virsh("list", limit=5), "sector")
    domain.destroy()
    wait_for("QEMU to be gone", lambda: ended(pid), 5)


NIC = "<interface type='network'><mac address='52:54:00:00:00:0a'/><source network='itest'/><model type='virtio'/></interface>"


@test("a guest on a network holds a port, which goes when it stops")
def port() -> None:
    connection = connect()
    network = with_network(connection)
    domain = started(connection, devices=NIC)
    ports = network.listAllPorts()
    equal(len(ports), 1, "number of ports")
    holds(ports[0].XMLDesc(), domain.UUIDString())
    tap = holds(domain.XMLDesc(), "<target dev='(vnet[0-9]+)'")
    holds(run("ip", "link", "show", tap), "master itbr0")
    domain.destroy()
    equal(network.listAllPorts(), [], "ports after destroy")
    assert not os.path.exists(f"/sys/class/net/{tap}"), f"{tap} is left"


@test("a network destroyed and started again under a guest has it back, under the same port UUID")
def network_restarted() -> None:
    connection = connect()
    network = with_network(connection)
    domain = started(connection, devices=NIC)
    uuid = network.listAllPorts()[0].UUIDString()
    tap = holds(domain.XMLDesc(), "<target dev='(vnet[0-9]+)'")
    network.destroy()
    network.create()
    wait_for("the tap on the bridge", lambda: "master itbr0" in run("ip", "link", "show", tap))
    wait_for("the port", lambda: [p.UUIDString() for p in network.listAllPorts()] == [uuid])
    holds(network.XMLDesc(), "connections=.1.")


@test("both daemons killed: tap and port are the same afterwards")
def both_killed() -> None:
    connection = connect()
    network = with_network(connection)
    domain = started(connection, devices=NIC)
    uuid = network.listAllPorts()[0].UUIDString()
    for name in ("virtnetworkd", "virtqemud"):
        signal_daemon(name, signal.SIGKILL)
    again = connect()
    equal(state(again.lookupByUUIDString(domain.UUIDString())), libvirt.VIR_DOMAIN_RUNNING, "state")
    equal([p.UUIDString() for p in again.networkLookupByName("itest").listAllPorts()], [uuid], "ports")


def refused_start(text: str, **fields: str) -> None:
    connection = connect()
    domain = connection.defineXML(guest_xml(**fields))
    later(lambda: gone(domain))
    refused(domain.create, text=text)
    equal(state(domain), libvirt.VIR_DOMAIN_SHUTOFF, "state")
    assert not os.path.exists("/run/libvirt/qemu/sector.pid"), "pid file left"
    assert not os.path.exists("/run/libvirt/qemu/sector.xml"), "status file left"
    equal([name for name in os.listdir("/sys/class/net") if name.startswith("vnet")], [], "taps left")


@test("the disk is missing")
def no_disk() -> None:
    refused_start("/nonexistent/disk.img", disk="/nonexistent/disk.img")


@test("the disk is not to be read")
def bad_disk() -> None:
    os.makedirs("/var/lib/libvirt/dir.img", exist_ok=True)
    refused_start("/var/lib/libvirt/dir.img", disk="/var/lib/libvirt/dir.img")


@test("limits of a disk reach QEMU, all of them")
def limits() -> None:
    disk = """<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='/var/lib/libvirt/two.img'/>
        <target dev='vda' bus='virtio'/><iotune><read_bytes_sec>1000000</read_bytes_sec>
        <read_bytes_sec_max>2000000</read_bytes_sec_max><read_bytes_sec_max_length>7</read_bytes_sec_max_length>
        <total_iops_sec>500</total_iops_sec><size_iops_sec>4096</size_iops_sec></iotune></disk>"""
    run("truncate", "-s", "1M", "/var/lib/libvirt/two.img")
    later(lambda: os.unlink("/var/lib/libvirt/two.img"))
    started(connect(), devices=disk)
    answer = json.loads(virsh("qemu-monitor-command", "sector", '{"execute":"query-block"}'))
    tuned = next(block["inserted"] for block in answer["return"] if block.get("inserted", {}).get("iops"))
    equal({key: tuned[key] for key in ("bps_rd", "bps_rd_max", "bps_rd_max_length", "iops", "iops_size", "bps_wr")},
          {"bps_rd": 1000000, "bps_rd_max": 2000000, "bps_rd_max_length": 7, "iops": 500, "iops_size": 4096, "bps_wr": 0},
          "limits in QEMU")


@test("what cannot be given is refused, not left out")
def promises() -> None:
    tune = "<cputune><cachetune vcpus='0'><cache id='0' level='3' type='both' size='1' unit='MiB'/></cachetune></cputune>"
    refused(connect().defineXML, guest_xml(extra=tune), text="only supported for KVM")
    refused_start("numad", extra="<numatune><memory mode='strict' placement='auto'/></numatune>")


@test("a program beside QEMU that is missing is named")
def no_helper() -> None:
    for program in ("/usr/bin/swtpm", "/usr/bin/swtpm_setup"):
        run("mount", "--bind", "/dev/null", program)
        later(lambda path=program: run("umount", path))  # type: ignore[misc]
    refused_start("swtpm", devices="<tpm model='tpm-tis'><backend type='emulator' version='2.0'/></tpm>")


@test("a disk whose secret cannot be had")
def no_secret() -> None:
    refused_start("secret", devices="""<disk type='file' device='disk'><driver name='qemu' type='raw'/>
        <source file='/var/lib/libvirt/sector.img'><encryption format='luks'><secret type='passphrase' usage='none'/></encryption>
        </source><target dev='vda' bus='virtio'/></disk>""")


@test("memory comes from where the definition says, vCPUs that may go are there from the start, disks share a limit")
def backends() -> None:
    run("truncate", "-s", "1M", "/var/lib/libvirt/two.img")
    later(lambda: os.unlink("/var/lib/libvirt/two.img"))
    started(connect(), extra="""<numatune><memory mode='strict' nodeset='0'/></numatune>
        <memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>
        <vcpus><vcpu id='0' enabled='yes' hotpluggable='no'/><vcpu id='1' enabled='yes' hotpluggable='yes'/></vcpus>
        <throttlegroups><throttlegroup>
        <total_iops_sec>700</total_iops_sec><group_name>slow</group_name></throttlegroup></throttlegroups>
        """, vcpus=2, devices="""<disk type='file' device='disk'><driver name='qemu' type='raw'/>
        <source file='/var/lib/libvirt/two.img'/><target dev='vda' bus='virtio'/>
        <throttlefilters><throttlefilter group='slow'/></throttlefilters></disk>""")

    def ask(command: str, **arguments: Any) -> Any:
        text = json.dumps({"execute": command, "arguments": arguments})
        return json.loads(virsh("qemu-monitor-command", "sector", text))["return"]
    memory = ask("query-memdev")[0]
    equal((memory["policy"], memory["host-nodes"], memory["share"]), ("bind", [0], True), "memory")
    equal(len(ask("query-cpus-fast")), 2, "vCPUs")
    equal(ask("qom-get", path="/objects/throttle-slow", property="limits")["iops-total"], 700, "limit")
    nodes = {node["node-name"]: node for node in ask("query-named-block-nodes", flat=True)}
    holds(" ".join(sorted(nodes)), r"libvirt-\d+-filter")


@test("the network does not exist or is not active")
def no_network() -> None:
    refused_start("itest", devices=NIC)


def script(path: str, text: str) -> str:
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
    os.chmod(path, stat.S_IRWXU | stat.S_IRGRP | stat.S_IXGRP | stat.S_IROTH | stat.S_IXOTH)
    return path


@test("the emulator is missing")
def no_emulator() -> None:
    connection = connect()

    def define_and_start() -> None:
        domain = connection.defineXML(guest_xml(emulator="/nonexistent/qemu"))
        later(lambda: gone(domain))
        domain.create()
    refused(define_and_start, text="/nonexistent/qemu")


@test("the emulator dies at once: what it said is in the error")
def dying_emulator() -> None:
    # Answers the probe as QEMU does, and refuses to run.
    emulator = script("/var/lib/libvirt/moody-qemu", """#!/bin/sh
case " $* " in *guest=*|*name*sector*) echo "the stars are wrong" >&2; exit 3 ;; esac
exec /usr/bin/qemu-system-x86_64 "$@"
""")
    refused_start("stars are wrong", emulator=emulator)


@test("the emulator refuses an argument: its message is in the error")
def refusing_emulator() -> None:
    emulator = script("/var/lib/libvirt/strict-qemu", """#!/bin/sh
case " $* " in *guest=*|*name*sector*) set -- "$@" -no-such-option ;; esac
exec /usr/bin/qemu-system-x86_64 "$@"
""")
    refused_start("no-such-option", emulator=emulator)


main()
