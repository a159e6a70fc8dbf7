# SPDX-License-Identifier: LGPL-2.1-or-later
"""Networks on the host: bridges, firewall, DHCP, and what stands in their way."""
import glob
import json
import os
import signal
import re
import socket

import libvirt
import harness
from harness import (daemon_pid, equal, holds, later, main, network_xml, refused, run, signal_daemon, test, wait_for,
                     with_network)

URI = "network:///system"  # the daemon's own socket, so that no other daemon is needed


def connect() -> libvirt.virConnect:
    return harness.connect(URI)


def virsh(*args: str) -> str:
    return harness.virsh(*args, uri=URI)


def links() -> set[str]:
    return {link["ifname"] for link in json.loads(run("ip", "-j", "link", "show"))}


def dnsmasq_pids() -> list[int]:
    found = []
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, "rb") as file:
                if os.path.basename(file.read().split(b"\0")[0]) == b"dnsmasq":
                    found.append(int(path.split("/")[2]))
        except (FileNotFoundError, ProcessLookupError):
            pass
    return sorted(found)


def settled_dnsmasq() -> list[int]:
    """Its two processes, and none of the short-lived ones that become the lease helper."""
    return list(wait_for("dnsmasq and its helper alone", lambda: pids if len(pids := dnsmasq_pids()) == 2 else None))


def ruleset() -> str:
    """With handles, which change when a rule is put in anew; without the counters, which count."""
    return re.sub(r"packets \d+ bytes \d+", "", run("nft", "-a", "list", "ruleset"))


def clean(what: str) -> None:
    """Nothing of any network is on the host."""
    equal({name for name in links() if name.startswith(("itbr", "vnet", "virbr"))}, set(), f"links after {what}")
    wait_for(f"no dnsmasq after {what}", lambda: not dnsmasq_pids())
    assert "itbr" not in ruleset(), f"firewall after {what}: {ruleset()}"


@test("define, start, look, stop, undefine a NAT network with stock virsh")
def lifecycle() -> None:
    with open("/run/net.xml", "w", encoding="ascii") as file:
        file.write(network_xml())
    virsh("net-define", "/run/net.xml")
    later(lambda: os.unlink("/run/net.xml"))
    holds(virsh("net-list", "--all"), r"itest\s+inactive\s+no\s+yes")
    virsh("net-start", "itest")
    holds(virsh("net-list"), r"itest\s+active")
    holds(virsh("net-info", "itest"), r"Active:\s+yes.*Bridge:\s+itbr0")
    holds(virsh("net-dumpxml", "itest"), "<forward mode=.nat.>?.*<bridge name=.itbr0.*<mac address=")
    holds(run("ip", "-4", "addr", "show", "itbr0"), r"inet 192\.168\.150\.1/24")
    holds(ruleset(), "itbr0.*masquerade|masquerade.*192.168.150.0/24|192.168.150.0/24.*masquerade")
    equal(len(dnsmasq_pids()) > 0, True, "dnsmasq runs")
    virsh("net-autostart", "itest")
    assert os.path.islink("/etc/libvirt/qemu/networks/autostart/itest.xml"), "no autostart link"
    virsh("net-autostart", "itest", "--disable")
    virsh("net-destroy", "itest")
    clean("net-destroy")
    virsh("net-undefine", "itest")
    equal(virsh("net-list", "--all"), "")
    equal(glob.glob("/etc/libvirt/qemu/networks/*.xml"), [], "definitions left")


@test("a client gets a lease, which net-dhcp-leases shows")
def lease() -> None:
    connection = connect()
    network = with_network(connection)
    run("ip", "netns", "add", "client")
    later(lambda: run("ip", "netns", "delete", "client"))
    run("ip", "link", "add", "vcl0", "type", "veth", "peer", "name", "eth0", "address", "52:54:00:00:00:07",
        "netns", "client")
    run("ip", "link", "set", "vcl0", "master", "itbr0", "up")
    run("ip", "-n", "client", "link", "set", "eth0", "up")
    got = run("ip", "netns", "exec", "client", "busybox", "udhcpc", "-n", "-q", "-f", "-i", "eth0", "-t", "10", "-T",
              "1", "-s", "/bin/true", "-x", "hostname:friend", status=None)
    address = holds(got, r"lease of (\S+) obtained")
    leases = wait_for("the lease to be listed", network.DHCPLeases)
    equal(leases[0]["ipaddr"], address, "address")
    equal(leases[0]["mac"], "52:54:00:00:00:07", "MAC address")
    equal(leases[0]["hostname"], "friend", "host name")
    holds(virsh("net-dhcp-leases", "itest"), f"52:54:00:00:00:07\\s+ipv4\\s+{address}/24\\s+friend")


@test("an isolated network routes nowhere")
def isolated() -> None:
    with_network(connect(), forward="")
    assert "masquerade" not in ruleset(), ruleset()
    holds(ruleset(), "itbr0")


@test("a transient network leaves nothing behind")
def transient() -> None:
    connection = connect()
    network = connection.networkCreateXML(network_xml())
    equal((network.isActive(), network.isPersistent()), (1, 0), "active, persistent")
    network.destroy()
    equal(connection.listAllNetworks(), [], "networks")
    clean("destroy")


@test("restart and kill of virtnetworkd change nothing on the host")
def restart() -> None:
    connection = connect()
    network = with_network(connection)
    uuid, servers, rules = network.UUIDString(), settled_dnsmasq(), ruleset()
    with open("/sys/class/net/itbr0/ifindex", encoding="ascii") as file:
        index = file.read()
    for number in (signal.SIGTERM, signal.SIGKILL):
        signal_daemon("virtnetworkd", number)
        again = wait_for("the network after the restart", lambda: connect().networkLookupByName("itest"))
        equal((again.UUIDString(), again.isActive()), (uuid, 1), "UUID, active")
        equal(settled_dnsmasq(), servers, "dnsmasq processes")
        equal(ruleset(), rules, "firewall")
        with open("/sys/class/net/itbr0/ifindex", encoding="ascii") as file:
            equal(file.read(), index, "index of the bridge")


@test("a reload heals a flushed firewall and a killed dnsmasq")
def heals() -> None:
    with_network(connect())
    rules = ruleset()
    for pid in dnsmasq_pids():
        os.kill(pid, signal.SIGKILL)
    run("nft", "flush", "ruleset")
    os.kill(daemon_pid("virtnetworkd"), signal.SIGHUP)
    wait_for("dnsmasq to be back", dnsmasq_pids)
    wait_for("the firewall to be back", lambda: ruleset().count("itbr0") == rules.count("itbr0"))


@test("ports: create, look up, list, delete, and the counter of connections")
def ports() -> None:
    connection = connect()
    network = with_network(connection)
    xml = """<networkport>
      <owner><name>someone</name><uuid>11111111-2222-3333-4444-555555555555</uuid></owner>
      <mac address='52:54:00:00:00:09'/>
    </networkport>"""
    port = network.portCreateXML(xml)
    equal([p.UUIDString() for p in network.listAllPorts()], [port.UUIDString()], "ports")
    found = network.portLookupByUUIDString(port.UUIDString())
    holds(found.XMLDesc(), "<name>someone</name>.*52:54:00:00:00:09.*<plug type=.(network|bridge).")
    holds(network.XMLDesc(), "connections=.1.")
    port.delete()
    equal(network.listAllPorts(), [], "ports after deletion")
    assert "connections=" not in network.XMLDesc(), network.XMLDesc()
    refused(network.portLookupByUUIDString, port.UUIDString(), code=libvirt.VIR_ERR_NO_NETWORK_PORT)


def refused_start(xml: str, text: str) -> None:
    connection = connect()
    network = connection.networkDefineXML(xml)
    later(network.undefine)
    refused(network.create, text=text)
    equal(network.isActive(), 0, "active")


@test("the bridge's name is in use")
def bridge_in_use() -> None:
    run("ip", "link", "add", "itbr7", "type", "veth", "peer", "name", "itpeer")
    later(lambda: run("ip", "link", "delete", "itbr7"))
    refused_start(network_xml(bridge="itbr7"), "itbr7")
    assert "itbr7" in links(), "the other's interface is gone"
    wait_for("no dnsmasq", lambda: not dnsmasq_pids())


@test("the bridge's name belongs to another network")
def bridge_of_network() -> None:
    connection = connect()
    with_network(connection)

    def second() -> None:
        network = connection.networkDefineXML(network_xml(name="other", net="192.168.151"))
        later(network.undefine)
        network.create()
    refused(second, text="itbr0")


@test("the subnet is in use on the host")
def subnet_in_use() -> None:
    run("ip", "link", "add", "itown", "type", "bridge")
    later(lambda: run("ip", "link", "delete", "itown"))
    run("ip", "addr", "add", "192.168.150.77/24", "dev", "itown")
    run("ip", "link", "set", "itown", "up")
    refused_start(network_xml(), "192.168.150")
    clean("a refused start")


@test("dnsmasq is missing")
def no_dnsmasq() -> None:
    program = os.path.realpath("/usr/sbin/dnsmasq")
    run("mount", "--bind", "/dev/null", program)
    later(lambda: run("umount", program))
    refused_start(network_xml(), "dnsmasq")
    clean("a refused start")


@test("port 53 is in use")
def port_in_use() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("0.0.0.0", 53))
        refused_start(network_xml(), "dnsmasq.*in use|53.*in use")
    clean("a refused start")


main()
