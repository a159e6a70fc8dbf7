# SPDX-License-Identifier: LGPL-2.1-or-later
"""Guests on a bridge of a real Open vSwitch, in its userspace datapath: ports, VLANs, identities, and what survives."""
import os
import signal
import xml.etree.ElementTree as ET

from harness import connect, daemon_pid, equal, gone, guest_xml, later, main, run, signal_daemon, test, virsh, wait_for

FOLDER = "/run/openvswitch"
NETWORK = """<network>
  <name>ovsnet</name>
  <forward mode='bridge'/>
  <bridge name='ovsbr0'/>
  <virtualport type='openvswitch'/>
  <portgroup name='red' default='yes'>
    <vlan><tag id='42'/></vlan>
    <virtualport><parameters profileid='red-profile'/></virtualport>
  </portgroup>
  <portgroup name='trunked'>
    <vlan trunk='yes'><tag id='7' nativeMode='untagged'/><tag id='9'/></vlan>
  </portgroup>
</network>"""


def start_switch() -> None:
    os.makedirs(FOLDER, exist_ok=True)
    database = f"{FOLDER}/conf.db"
    run("ovsdb-tool", "create", database, "/usr/share/openvswitch/vswitch.ovsschema")
    run("ovsdb-server", database, f"--remote=punix:{FOLDER}/db.sock", f"--pidfile={FOLDER}/ovsdb.pid", "--detach",
        f"--unixctl={FOLDER}/ovsdb.ctl", "-vconsole:off")
    run("ovs-vsctl", "--no-wait", "init")
    run("ovs-vswitchd", f"unix:{FOLDER}/db.sock", f"--pidfile={FOLDER}/vswitchd.pid", "--detach",
        f"--unixctl={FOLDER}/vswitchd.ctl", "-vconsole:off")
    run("ovs-vsctl", "--timeout=20", "add-br", "ovsbr0", "--", "set", "bridge", "ovsbr0", "datapath_type=netdev")


def column(table: str, name: str, what: str) -> str:
    return run("ovs-vsctl", "--timeout=5", "--if-exists", "get", table, name, what).strip().strip('"')


def ports() -> list[str]:
    return run("ovs-vsctl", "--timeout=5", "list-ports", "ovsbr0").split()


def interface(portgroup: str = "") -> str:
    group = f" portgroup='{portgroup}'" if portgroup else ""
    return (f"<interface type='network'><mac address='52:54:00:00:42:01'/><source network='ovsnet'{group}/>"
            "<model type='virtio'/></interface>")


def plugged(portgroup: str = "") -> tuple[ET.Element, str, ET.Element]:
    """A guest that runs, the name of its port, and its interface as it is described."""
    connection = connect()
    domain = connection.defineXML(guest_xml(devices=interface(portgroup)))
    later(lambda: gone(domain))
    domain.create()
    root = ET.fromstring(domain.XMLDesc(0))
    found = root.find("devices/interface")
    assert found is not None
    return root, found.find("target").get("dev"), found  # type: ignore[union-attr,return-value]


@test("a port has what interface, port group and network say together, and tells controllers whose it is")
def identity() -> None:
    connection = connect()
    network = connection.networkDefineXML(NETWORK)
    later(network.undefine)
    network.create()
    later(network.destroy)
    root, tap, described = plugged()
    equal(ports(), [tap], "ports of the bridge")
    equal(column("Port", tap, "tag"), "42", "VLAN")
    equal(column("Interface", tap, "external_ids:attached-mac"), "52:54:00:00:42:01", "address")
    equal(column("Interface", tap, "external_ids:vm-id"), root.findtext("uuid"), "the guest's UUID")
    equal(column("Interface", tap, "external_ids:iface-status"), "active", "status")
    equal(column("Interface", tap, "external_ids:port-profile"), "red-profile", "profile")
    parameters = described.find("virtualport/parameters")
    assert parameters is not None, ET.tostring(described)
    equal(column("Interface", tap, "external_ids:iface-id"), parameters.get("interfaceid"), "the port's id")
    equal((described.get("type"), described.find("source").get("network"),   # type: ignore[union-attr]
           described.find("source").get("bridge"), described.find("vlan/tag").get("id")),   # type: ignore[union-attr]
          ("bridge", "ovsnet", "ovsbr0", "42"), "the interface of the running guest")
    inactive = ET.fromstring(virsh("dumpxml", "--inactive", "sector")).find("devices/interface")
    assert inactive is not None
    equal((inactive.get("type"), inactive.find("vlan")), ("network", None), "the interface of the definition")
    virsh("destroy", "sector")
    equal(ports(), [], "ports after the guest's end")


@test("a trunk with a native VLAN")
def trunk() -> None:
    connection = connect()
    network = connection.networkDefineXML(NETWORK)
    later(network.undefine)
    network.create()
    later(network.destroy)
    _, tap, _ = plugged("trunked")
    equal(column("Port", tap, "trunks"), "[7, 9]", "VLANs")
    equal((column("Port", tap, "tag"), column("Port", tap, "vlan_mode")), ("7", "native-untagged"), "native VLAN")


@test("a restart of the daemon leaves a port alone, and brings back one that was taken away")
def restart() -> None:
    domain = connect().defineXML(guest_xml(devices="""<interface type='bridge'><source bridge='ovsbr0'/>
      <virtualport type='openvswitch'/><vlan><tag id='5'/></vlan></interface>"""))
    later(lambda: gone(domain))
    domain.create()
    tap = ports()[0]
    uuid = column("Interface", tap, "_uuid")
    signal_daemon("virtqemud", signal.SIGKILL)
    virsh("domstate", "sector")
    wait_for("the daemon", lambda: daemon_pid("virtqemud"))
    wait_for("the guest to be taken over", lambda: "running" in virsh("domstate", "sector"))
    equal(column("Interface", tap, "_uuid"), uuid, "the port after a restart")
    run("ovs-vsctl", "--timeout=5", "del-port", tap)
    signal_daemon("virtqemud", signal.SIGKILL)
    virsh("domstate", "sector")
    wait_for("the port to be back", lambda: ports() == [tap])
    equal(column("Port", tap, "tag"), "5", "VLAN")


@test("a bridge that is none of the switch's is refused by name, and nothing stays")
def no_bridge() -> None:
    domain = connect().defineXML(guest_xml(devices="""<interface type='bridge'><source bridge='nobridge'/>
      <virtualport type='openvswitch'/></interface>"""))
    later(lambda: gone(domain))
    text = virsh("start", "sector", status=1)
    assert "nobridge" in text and "OVS" in text, text
    equal(ports(), [], "ports")


start_switch()
main()
