# SPDX-License-Identifier: LGPL-2.1-or-later
"""The guest agent: a real one in a small Linux guest, and one of ours that misbehaves.

The guest has two ports. Its agent listens at the first; for the faults the guest joins the two, and the test
plays the agent at the host's end of the second.
"""
import glob
import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time
from typing import Any, Callable, Optional

import libvirt
import libvirt_qemu
from harness import (SerialConsole, Skip, Thread, cleanups, connect, equal, gone, guest_xml, holds, later, main,
                     refused, run, signal_daemon, test, wait_for)

AGENT, PEER = "org.qemu.guest_agent.0", "org.test.peer"
IMAGE = os.environ.get("GUEST_IMAGE", "")
QEMU_GA = "/usr/sbin/qemu-ga"
INFO_LOAD = 1 << 7  # newer than some bindings
PEER_SOCKET = "/run/libvirt/test-peer.sock"
# Debian's agent calls programs that the image has not.
PROGRAMS = {"shutdown": "exec poweroff -f", "hwclock": "exec busybox hwclock \"$@\""}


def extend_initrd() -> str:
    """The image's initrd with the agent and its libraries behind it: the kernel unpacks one after the other."""
    path = "/var/lib/libvirt/agent.initrd"
    if os.path.exists(path):
        return path
    with tempfile.TemporaryDirectory(dir="/var/lib/libvirt") as tree:
        files = [QEMU_GA] + re.findall(r"(/\S+) \(0x", run("ldd", QEMU_GA))
        for file in files:
            os.makedirs(tree + os.path.dirname(file), exist_ok=True)
            run("cp", "-L", file, tree + file)
        os.makedirs(f"{tree}/sbin", exist_ok=True)
        for name, text in PROGRAMS.items():
            with open(f"{tree}/sbin/{name}", "w", encoding="ascii") as out:
                out.write(f"#!/bin/busybox sh\n{text}\n")
            os.chmod(f"{tree}/sbin/{name}", 0o755)
        names = "\n".join(os.path.relpath(os.path.join(place, name), tree)
                          for place, folders, found in os.walk(tree) for name in folders + found)
        extra = subprocess.run(["cpio", "-o", "-H", "newc", "--quiet", "-R", "0:0"], input=names.encode(), cwd=tree,
                               stdout=subprocess.PIPE, check=True).stdout
    with open(path, "wb") as out, open(f"{IMAGE}/initrd", "rb") as image:
        data = image.read()
        out.write(data + b"\0" * (-len(data) % 4) + extra)
    os.chmod(path, 0o644)
    return path


class Guest:
    """The one guest of all tests here: it takes seconds to boot."""
    domain: libvirt.virDomain
    console: SerialConsole
    states: list[tuple[int, int]] = []

    def open_console(self) -> None:
        """For the tests that follow as well."""
        self.console = SerialConsole(self.domain)
        cleanups.remove(self.console.close)

    def command(self, line: str, pattern: str = "") -> None:
        self.console.text = ""
        self.console.send(f"{line}; echo fini''shed\n")
        self.console.wait(pattern or "finished")

    def wait_state(self, state: int, count: int = 1) -> None:
        wait_for(f"the agent's state {state}", lambda: [s for s, _ in self.states].count(state) >= count)

    def port(self, name: str) -> str:
        self.command(f"for p in /sys/class/virtio-ports/*; do [ $(cat $p/name) = {name} ] && echo po''rt=${{p##*/}}; done")
        return "/dev/" + holds(self.console.text, r"port=(vport\w+)")


guest = Guest()
UP, DOWN = libvirt.VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_STATE_CONNECTED, \
    libvirt.VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_STATE_DISCONNECTED
keep: list[Any] = []


def again() -> libvirt.virDomain:
    """Over a new connection: the daemon may have been killed."""
    connection = libvirt.open("qemu:///system?mode=direct")
    keep.append(connection)
    guest.domain = connection.lookupByName("agent")
    connection.domainEventRegisterAny(
        guest.domain, libvirt.VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE,
        lambda conn, dom, state, reason, opaque: guest.states.append((state, reason)), None)
    return guest.domain


def state_in_xml() -> str:
    return holds(guest.domain.XMLDesc(), rf"name='{re.escape(AGENT)}' state='(\w+)'")


@test("a guest without an agent says which: none configured, none connected")
def without() -> None:
    if not os.path.exists(f"{IMAGE}/vmlinuz") or not os.path.exists(QEMU_GA):
        raise Skip("no image of a small guest, or no qemu-guest-agent")
    connection = connect()
    plain = connection.createXML(guest_xml(name="plain"), 0)
    later(lambda: gone(plain))
    refused(plain.hostname, 0, code=libvirt.VIR_ERR_ARGUMENT_UNSUPPORTED, text="agent is not configured")
    plain.destroy()  # the two have one disk
    channels = f"""
        <channel type='unix'><target type='virtio' name='{AGENT}'/></channel>
        <channel type='unix'><source mode='bind' path='{PEER_SOCKET}'/><target type='virtio' name='{PEER}'/></channel>"""
    text = guest_xml(name="agent", devices=channels, vcpus=2).replace("16</memory>", "160</memory>").replace(
        "<os>", f"<os><kernel>{IMAGE}/vmlinuz</kernel><initrd>{extend_initrd()}</initrd>"
        "<cmdline>console=ttyS0 quiet guest.name=tiny</cmdline>")
    libvirt.open("qemu:///system?mode=direct").createXML(text, libvirt.VIR_DOMAIN_START_PAUSED)
    domain = again()
    guest.open_console()
    domain.resume()
    equal(state_in_xml(), "disconnected", "state of the channel")
    refused(domain.hostname, 0, code=libvirt.VIR_ERR_AGENT_UNRESPONSIVE, text="agent is not connected")
    guest.console.wait("guest: ready", 90)
    guest.command("true")


def ready() -> libvirt.virDomain:
    if not hasattr(guest, "domain"):
        raise Skip("the guest did not start")
    return guest.domain


def start_agent() -> None:
    port = guest.port(AGENT)
    count = [s for s, _ in guest.states].count(UP)
    guest.command(f"mkdir -p /run /var/run /usr/var/run; qemu-ga -m virtio-serial -p {port} -t /run -f /run/ga.pid -d")
    guest.wait_state(UP, count + 1)


@test("a real agent: connects with an event, and answers")
def real() -> None:
    domain = ready()
    # The daemon's shell has no PATH of Debian's.
    guest.command("export PATH=/bin:/sbin:/usr/sbin")
    start_agent()
    equal(guest.states[-1][1], libvirt.VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_REASON_CHANNEL, "reason")
    wait_for("the state in the XML", lambda: state_in_xml() == "connected")
    equal(domain.hostname(libvirt.VIR_DOMAIN_GET_HOSTNAME_AGENT), "tiny", "host name")
    domain.setTime({"seconds": 1500000000, "nseconds": 5})
    seconds = domain.getTime()["seconds"]
    assert 1500000000 <= seconds < 1500000100, f"time {seconds}"
    info = domain.guestInfo(libvirt.VIR_DOMAIN_GUEST_INFO_HOSTNAME | libvirt.VIR_DOMAIN_GUEST_INFO_TIMEZONE |
                            libvirt.VIR_DOMAIN_GUEST_INFO_OS | libvirt.VIR_DOMAIN_GUEST_INFO_INTERFACES)
    equal((info["hostname"], info["timezone.offset"], info["os.machine"]), ("tiny", 0, "x86_64"), "facts")
    holds(info["os.kernel-release"], r"^\d+\.\d+")
    names = [info[f"if.{at}.name"] for at in range(info["if.count"])]
    assert "lo" in names, f"interfaces {names}"
    equal(info[f"if.{names.index('lo')}.addr.0.addr"], "127.0.0.1", "address of lo")
    # All that this agent knows: one without guest-get-load is no reason to fail.
    assert "hostname" in domain.guestInfo(0), "no facts"
    refused(domain.guestInfo, INFO_LOAD, text="guest-get-load|load")
    addresses = domain.interfaceAddresses(libvirt.VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT)
    assert {"addr": "127.0.0.1", "prefix": 8, "type": 0} in addresses["lo"]["addrs"], str(addresses)
    assert isinstance(domain.fsInfo(), list), "file systems"
    reply = json.loads(libvirt_qemu.qemuAgentCommand(domain, '{"execute":"guest-ping"}', 5, 0))
    equal(reply, {"return": {}}, "ping")
    refused(lambda: libvirt_qemu.qemuAgentCommand(domain, '{"execute":"no-such"}', 5, 0), text="no-such")
    refused(lambda: libvirt_qemu.qemuAgentCommand(domain, "[]", 5, 0), code=libvirt.VIR_ERR_INVALID_ARG)
    refused(domain.fSTrim, "/mnt", 0, code=libvirt.VIR_ERR_ARGUMENT_UNSUPPORTED)
    refused(domain.setUserPassword, "nobody-here", "secret", code=libvirt.VIR_ERR_AGENT_COMMAND_FAILED
            if hasattr(libvirt, "VIR_ERR_AGENT_COMMAND_FAILED") else None, text="guest-set-user-password")


@test("freeze and thaw; vCPUs in the guest's eyes")
def freeze() -> None:
    domain = ready()
    frozen = domain.fsFreeze()
    equal(domain.fsThaw(), frozen, "file systems thawed")
    equal(domain.guestVcpus()["vcpus"], "0-1", "vCPUs")
    equal(domain.vcpusFlags(libvirt.VIR_DOMAIN_VCPU_GUEST), 2, "vCPUs in use")
    domain.setGuestVcpus("1", 0)
    equal(domain.guestVcpus()["online"], "0", "vCPUs in use")
    domain.setVcpusFlags(2, libvirt.VIR_DOMAIN_VCPU_GUEST)
    equal(domain.vcpusFlags(libvirt.VIR_DOMAIN_VCPU_GUEST), 2, "vCPUs in use")
    equal(domain.vcpusFlags(libvirt.VIR_DOMAIN_VCPU_GUEST | libvirt.VIR_DOMAIN_VCPU_MAXIMUM), 2, "vCPUs")
    refused(domain.setVcpusFlags, 3, libvirt.VIR_DOMAIN_VCPU_GUEST, code=libvirt.VIR_ERR_INVALID_ARG)
    refused(domain.setGuestVcpus, "7", 1, code=libvirt.VIR_ERR_INVALID_ARG, text="'7' is not present")


@test("kill -9 of virtqemud: the next one speaks to the agent, and remembers how long to wait")
def restart() -> None:
    domain = ready()
    domain.agentSetResponseTimeout(17)
    signal_daemon("virtqemud", signal.SIGKILL)
    domain = again()
    equal(domain.hostname(), "tiny", "host name")
    equal(state_in_xml(), "connected", "state of the channel")
    domain.agentSetResponseTimeout(libvirt.VIR_DOMAIN_AGENT_RESPONSE_TIMEOUT_BLOCK)
    with open("/run/libvirt/qemu/agent.xml", encoding="utf-8") as file:
        holds(file.read(), "agentTimeout>-2<")
    guest.open_console()


@test("an agent that goes: an event, and a clear error")
def gone_away() -> None:
    domain = ready()
    guest.states.clear()
    guest.command("kill $(cat /run/ga.pid)")
    guest.wait_state(DOWN)
    refused(domain.hostname, 0, code=libvirt.VIR_ERR_AGENT_UNRESPONSIVE, text="not connected")
    wait_for("the state in the XML", lambda: state_in_xml() == "disconnected")


class Peer:
    """The agent's side, as a program: @answer gets each request and says what bytes to send."""

    def __init__(self, answer: Callable[[dict[str, Any]], Optional[bytes]]) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(PEER_SOCKET)
        self.answer = answer
        self.asked: list[str] = []
        later(self.close)
        threading.Thread(target=self.serve, daemon=True).start()

    def close(self) -> None:
        self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()

    def serve(self) -> None:
        data = b""
        try:
            while True:
                more = self.sock.recv(65536)
                if not more:
                    return
                data += more
                while b"\n" in data:
                    line, data = data.split(b"\n", 1)
                    if not line.lstrip(b"\xff").strip():
                        continue
                    request = json.loads(line[line.rfind(b"\xff") + 1:])
                    self.asked.append(request["execute"])
                    answer = self.answer(request)
                    if answer:
                        self.sock.sendall(answer)
        except OSError:
            pass


def synced(request: dict[str, Any]) -> Optional[bytes]:
    if request["execute"] != "guest-sync-delimited":
        return None
    return b"\xff" + json.dumps({"return": request["arguments"]["id"]}).encode() + b"\n"


def replies(value: Any) -> bytes:
    return json.dumps({"return": value}).encode() + b"\n"


@test("an agent that is silent holds up nobody but those who ask it")
def silent() -> None:
    domain = ready()
    one, other = guest.port(AGENT), guest.port(PEER)
    guest.states.clear()
    peer = Peer(lambda request: None)
    # A port can be opened once; and it is at its end as long as nobody is at the other.
    guest.command(f"exec 3<>{one} 4<>{other}")
    guest.command("{ while :; do cat <&3 >&4; sleep 0.1; done & } ; one=$!")
    guest.command("{ while :; do cat <&4 >&3; sleep 0.1; done & } ; other=$!")
    guest.wait_state(UP)
    call = Thread(domain.hostname, libvirt.VIR_DOMAIN_GET_HOSTNAME_AGENT)
    wait_for("the question", lambda: peer.asked)
    times = []
    user = connect("qemu:///system?mode=direct").lookupByName("agent")
    for other_call in (user.info, user.suspend, user.resume, user.XMLDesc):
        start = time.monotonic()
        other_call()
        times.append(time.monotonic() - start)
    assert call.thread.is_alive(), f"other calls were held up: {times}"
    call.join(20)
    assert isinstance(call.error, libvirt.libvirtError), f"result {call.result}"
    equal(call.error.get_error_code(), libvirt.VIR_ERR_AGENT_UNRESPONSIVE, f"code of '{call.error}'")


@test("what comes before the answer is skipped; an answer that is none, or late, or too much, is an error")
def garbage() -> None:
    domain = ready()

    def junk(request: dict[str, Any]) -> bytes:
        return b"\0\xfe{{{\"}\n" * 50 + (synced(request) or replies({"host-name": "after junk"}))

    peer = Peer(lambda request: junk(request) if synced(request) else replies({"host-name": "after junk"}))
    equal(domain.hostname(), "after junk", "host name")
    peer.answer = lambda request: synced(request) or b"{'return': {}}\n"
    refused(domain.hostname, 0, text="no reply")
    peer.answer = lambda request: synced(request) or replies([1, 2])
    refused(domain.hostname, 0, text="host-name")
    peer.answer = lambda request: synced(request) or replies({"no": "name"})
    refused(domain.hostname, 0, text="host-name")
    # Too late: the answer to one question is not taken for that to the next.
    domain.agentSetResponseTimeout(1)
    peer.answer = synced
    refused(domain.hostname, 0, text="did not answer in time|timed out")
    peer.sock.sendall(replies({"host-name": "too late"}))
    peer.answer = lambda request: synced(request) or replies({"host-name": "in time"})
    equal(domain.hostname(), "in time", "host name")
    domain.agentSetResponseTimeout(5)
    peer.answer = lambda request: synced(request) or replies([{"name": f"x{at}", "ip-addresses": []} for at in range(3000)])
    refused(domain.interfaceAddresses, libvirt.VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT, text="more interfaces")
    peer.answer = lambda request: synced(request) or b'"' + b"x" * (4 << 20)
    before = rss()
    refused(domain.hostname, 0, text="time|more than")
    assert rss() - before < 64 << 10, "the daemon kept what it was flooded with"
    peer.answer = lambda request: synced(request) or replies({"host-name": "well again"})
    # What is still on its way through the guest comes first.
    wait_for("the agent to be well again", lambda: attempt(domain) == "well again", 40)


def attempt(domain: libvirt.virDomain) -> str:
    try:
        return str(domain.hostname())
    except libvirt.libvirtError as error:
        return str(error)


def rss() -> int:
    """KiB of virtqemud."""
    with open(f"{os.environ['DEVHOST_DIR']}/virtqemud.pid", encoding="ascii") as file:
        pid = file.read().strip()
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return int(holds(file.read(), r"VmRSS:\s+(\d+)"))


@test("shutdown by the agent, which has no time to answer")
def shutdown() -> None:
    domain = ready()
    guest.states.clear()
    guest.command("kill $one $other; killall cat; exec 3>&- 4>&-")
    guest.wait_state(DOWN)
    start_agent()
    domain.shutdownFlags(libvirt.VIR_DOMAIN_SHUTDOWN_GUEST_AGENT)
    wait_for("the guest to be off", lambda: not glob.glob("/run/libvirt/qemu/agent.xml"))


main()
