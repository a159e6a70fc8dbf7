# SPDX-License-Identifier: LGPL-2.1-or-later
"""Guests on an interface of the host, by macvtap: alone, and through a network with a pool of interfaces."""
import json
import signal
import xml.etree.ElementTree as ET

import libvirt
from harness import connect, daemon_pid, equal, gone, guest_xml, later, main, run, signal_daemon, test, virsh, wait_for

NETWORK = """<network><name>pool</name><forward mode='private'><interface dev='lower0'/></forward></network>"""


def macvtaps() -> list[tuple[str, str, str, str]]:
    """Name, address, device below, mode."""
    links = json.loads(run("ip", "-j", "-d", "link", "show", "type", "macvtap") or "[]")
    return [(one["ifname"], one["address"], one["link"], one["linkinfo"]["info_data"]["mode"]) for one in links if one]


def lower() -> None:
    run("ip", "link", "add", "lower0", "type", "veth", "peer", "name", "peer0")
    later(lambda: run("ip", "link", "delete", "lower0"))
    run("ip", "link", "set", "lower0", "up")


def guest(source: str, kind: str = "direct") -> libvirt.virDomain:
    domain = connect().defineXML(guest_xml(devices=f"""<interface type='{kind}'><mac address='52:54:00:00:77:01'/>
      {source}<model type='virtio'/></interface>"""))
    later(lambda: gone(domain))
    return domain


@test("a macvtap device for the life of a guest, through a restart of the daemon")
def life() -> None:
    lower()
    domain = guest("<source dev='lower0' mode='bridge'/>")
    domain.create()
    (name, *rest), = macvtaps()
    equal(rest, ["52:54:00:00:77:01", "lower0", "bridge"], "device")
    target = ET.fromstring(domain.XMLDesc(0)).find("devices/interface/target")
    equal(target is not None and target.get("dev"), name, "target")
    signal_daemon("virtqemud", signal.SIGKILL)
    wait_for("the guest to be taken over", lambda: "running" in virsh("domstate", "sector"))
    equal(macvtaps()[0][0], name, "device after a restart")
    assert daemon_pid("virtqemud")
    virsh("destroy", "sector")
    equal(macvtaps(), [], "devices after the guest's end")


@test("a network with a pool of interfaces says which, and how")
def pool() -> None:
    lower()
    connection = connect()
    network = connection.networkDefineXML(NETWORK)
    later(network.undefine)
    network.create()
    later(network.destroy)
    domain = guest("<source network='pool'/>", "network")
    domain.create()
    equal([one[2:] for one in macvtaps()], [("lower0", "private")], "device")
    interface = ET.fromstring(domain.XMLDesc(0)).find("devices/interface")
    source = interface.find("source") if interface is not None else None
    assert interface is not None and source is not None
    equal((interface.get("type"), source.get("network"), source.get("dev"), source.get("mode")),
          ("direct", "pool", "lower0", "private"), "the interface of the running guest")
    domain.destroy()
    equal(macvtaps(), [], "devices after the guest's end")


@test("a device of that name that is somebody else's stays")
def taken() -> None:
    lower()
    run("ip", "link", "add", "link", "lower0", "name", "mine", "type", "macvtap", "mode", "bridge")
    domain = guest("<source dev='lower0' mode='bridge'/><target dev='mine'/>")
    text = virsh("start", domain.name(), status=1)
    assert "mine" in text, text
    equal([one[0] for one in macvtaps()], ["mine"], "devices")


@test("what macvtap cannot do yet is refused by name")
def not_yet() -> None:
    lower()
    domain = guest("<source dev='lower0' mode='passthrough'/>")
    text = virsh("start", domain.name(), status=1)
    assert "passthrough" in text, text
    equal(macvtaps(), [], "devices")


main()
