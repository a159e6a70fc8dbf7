# SPDX-License-Identifier: LGPL-2.1-or-later
"""The way through virtproxyd: routing, daemons that are away, hang or die, many clients."""
import os
import signal
import subprocess

import libvirt
from harness import (DIRECT, PROXY, SLOW, Thread, connect, daemon_pid, equal, fds_of, holds, later, main,
                     private_kib, refused, signal_daemon, test, virsh, wait_for, with_network)


def clients_of(name: str) -> int:
    shown = subprocess.run(["ss", "-xnH", "state", "established", "src", f"/run/libvirt/{name}-sock"],
                           stdout=subprocess.PIPE, text=True, check=True)
    return len(shown.stdout.splitlines())


@test("virsh reaches the hypervisor through virtproxyd")
def hypervisor() -> None:
    equal(virsh("uri"), PROXY)
    holds(virsh("version"), r"Running hypervisor: QEMU \d")
    holds(virsh("capabilities"), "<host>.*<arch>x86_64</arch>.*<guest>")
    holds(virsh("nodeinfo"), r"CPU\(s\):\s+\d")
    assert daemon_pid("virtproxyd"), "virtproxyd is not running"


@test("every daemon answers on its own socket")
def own_sockets() -> None:
    for uri, kind in ((DIRECT, "QEMU"), ("network:///system", "network"),
                      ("storage:///system", "storage"), ("nodedev:///system", "nodedev")):
        connection = connect(uri)
        equal(connection.getType(), kind, f"type of {uri}")
        equal(connection.isAlive(), 1, f"{uri} is alive")


@test("virtproxyd and virtqemud route the calls of other drivers")
def routes() -> None:
    for uri in (PROXY, DIRECT):
        connection = connect(uri)
        equal([net.name() for net in connection.listAllNetworks()], [], f"networks over {uri}")
        equal(connection.listAllStoragePools(), [], f"pools over {uri}")
        assert connection.listAllDevices(), f"no devices over {uri}"


@test("a read-only connection reads, and changes nothing")
def read_only() -> None:
    connection = libvirt.openReadOnly(PROXY)
    later(connection.close)
    equal(connection.listAllDomains(), [], "guests")
    refused(connection.networkDefineXML, "<network><name>x</name></network>",
            code=libvirt.VIR_ERR_OPERATION_DENIED)


@test("a sibling that does not run is started by its socket")
def starts_sibling() -> None:
    first = connect()
    first.listAllNetworks()
    first.close()
    # With a client's connection in its care it would be started again at once.
    wait_for("virtnetworkd to lose its client", lambda: not clients_of("virtnetworkd"))
    signal_daemon("virtnetworkd", signal.SIGTERM)
    equal(daemon_pid("virtnetworkd"), 0, "process of virtnetworkd")
    equal(connect().listAllNetworks(), [], "networks")
    assert daemon_pid("virtnetworkd"), "virtnetworkd was not started"


@test("a restart is a pause to the clients of every daemon on the way")
def seamless_restart() -> None:
    for uri in (PROXY, DIRECT, "network:///system"):
        connection = connect(uri)
        connection.listAllNetworks()
        for name in ("virtnetworkd", "virtqemud", "virtproxyd"):
            if daemon_pid(name):
                signal_daemon(name, signal.SIGTERM)
                equal(connection.isAlive(), 1, f"{uri} is alive after a restart of {name}")
                equal(connection.listAllNetworks(), [], f"networks over {uri} after a restart of {name}")
        connection.close()


@test("a sibling that hangs costs only the call to it, and that not for ever")
def hung_sibling() -> None:
    connection = connect()
    connection.listAllNetworks()
    pid = daemon_pid("virtnetworkd")
    os.kill(pid, signal.SIGSTOP)
    later(lambda: os.kill(pid, signal.SIGCONT))
    hung = Thread(connection.listAllNetworks)
    equal(connection.listAllDomains(), [], "guests, meanwhile")
    assert connection.getHostname(), "no host name, meanwhile"
    hung.join(90)
    assert isinstance(hung.error, libvirt.libvirtError), f"the hung call gave {hung.result!r}"
    holds(str(hung.error), "virtnetworkd|network")
    os.kill(pid, signal.SIGCONT)
    equal(connection.listAllDomains(), [], "guests, after")
    wait_for("networks to be listed again", lambda: connection.listAllNetworks() == [])


@test("a sibling that dies in mid-call: a clear error, and the connection lives")
def died_sibling() -> None:
    connection = connect()
    connection.listAllNetworks()
    pid = daemon_pid("virtnetworkd")
    os.kill(pid, signal.SIGSTOP)
    doomed = Thread(connection.listAllNetworks)
    # The call has arrived when its bytes wait in the stopped daemon's socket.
    wait_for("the call to be sent", lambda: any(
        int(line.split()[2]) > 0 for line in subprocess.run(
            ["ss", "-xnH", "src", "/run/libvirt/virtnetworkd-sock"], stdout=subprocess.PIPE, text=True,
            check=True).stdout.splitlines() if "ESTAB" in line))
    signal_daemon("virtnetworkd", signal.SIGKILL)
    doomed.join(30)
    assert isinstance(doomed.error, libvirt.libvirtError), f"the call gave {doomed.result!r}"
    holds(str(doomed.error), "virtnetworkd|network")
    equal(connection.isAlive(), 1, "the connection lives")
    equal(connection.listAllNetworks(), [], "the next call works")


@test("events of several daemons come over one connection")
def events() -> None:
    connection = connect()
    seen = []
    connection.networkEventRegisterAny(None, libvirt.VIR_NETWORK_EVENT_ID_LIFECYCLE,
                                       lambda conn, net, event, detail, opaque: seen.append((net.name(), event)),
                                       None)
    with_network(connection)
    wanted = [("itest", libvirt.VIR_NETWORK_EVENT_DEFINED), ("itest", libvirt.VIR_NETWORK_EVENT_STARTED)]
    wait_for("two events", lambda: len(seen) >= 2)
    equal(seen, wanted, "events")


@test("1,000 clients come and go, and leave nothing behind")
def many_clients() -> None:
    def client() -> None:
        connection = libvirt.open(PROXY)
        connection.listAllDomains()
        connection.listAllNetworks()
        connection.close()

    names = ("virtproxyd", "virtqemud", "virtnetworkd")
    client()
    pids = {name: daemon_pid(name) for name in names}

    def used() -> dict[str, int]:
        return {name: private_kib(pid) for name, pid in pids.items()}

    # The baseline is what they use once caches are filled and every worker has run.
    for _ in range(20):
        before = used()
        for _ in range(100):
            client()
        if all(abs(after - before[name]) < 32 for name, after in used().items()):
            break

    def fds() -> dict[str, int]:
        return {name: fds_of(pid) for name, pid in pids.items()}

    def settled() -> dict[str, int]:
        """The last client's descriptors are closed a moment after it has left."""
        last = fds()
        wait_for("descriptors to settle", lambda: fds() == min((last, fds()), key=lambda x: sum(x.values())), 5)
        return fds()

    before_fds = settled()
    before = used()

    def thousand() -> dict[str, int]:
        for _ in range(1000):
            client()
        return {name: kib - before[name] for name, kib in used().items()}
    grown = thousand()
    wait_for(f"descriptors to return to {before_fds}",
             lambda: all(fds()[name] <= before_fds[name] for name in names))
    if SLOW == 1:  # a sanitizer keeps freed memory for a while
        # A worker may take an arena of malloc's for the first time, once; what leaks grows again.
        again = thousand() if max(grown.values()) >= 512 else grown
        for name, kib in again.items():
            assert kib < 512 or kib < grown[name] + 256, f"{name} has grown by {grown[name]}, then {kib} KiB"
    equal({name: daemon_pid(name) for name in names}, pids, "processes")


main()
