# SPDX-License-Identifier: LGPL-2.1-or-later
"""Mediated devices: what virtnodedevd defines is mdevctl's, and what mdevctl defines is virtnodedevd's.

No device of this machine need be able to have them: definitions do not ask, and making one is refused by mdevctl.
"""
import ctypes
import json
import os
import shutil
from typing import Any

import libvirt
from harness import Skip, connect, equal, holds, later, main, refused, run, test, virsh, wait_for

URI = "nodedev:///system"
UUID, OTHER = "d069d019-36ea-4111-8f0a-8c9a70e21366", "d069d019-36ea-4111-8f0a-8c9a70e21367"
INACTIVE = libvirt.VIR_CONNECT_LIST_NODE_DEVICES_INACTIVE
PERSISTENT = 1 << 28  # newer than python3-libvirt


def parent(connection: libvirt.virConnect) -> tuple[str, str]:
    """Name and address of a PCI device."""
    if not shutil.which("mdevctl"):
        raise Skip("there is no mdevctl")
    found = connection.listAllDevices(libvirt.VIR_CONNECT_LIST_NODE_DEVICES_CAP_PCI_DEV)
    if not found:
        raise Skip("this machine has no PCI device")
    name = found[0].name()
    return name, "{}:{}:{}.{}".format(*name.removeprefix("pci_").split("_"))


def document(above: str, uuid: str = UUID, more: str = "") -> str:
    return (f"<device><parent>{above}</parent><capability type='mdev'><type id='sort-1'/><uuid>{uuid}</uuid>{more}"
            "</capability></device>")


def definitions() -> dict[str, Any]:
    return {uuid: what for parents in json.loads(run("mdevctl", "list", "--dumpjson", "--defined")) for children in
            parents.values() for child in children for uuid, what in child.items()}


def names(connection: libvirt.virConnect, flags: int) -> list[str]:
    return [device.name() for device in connection.listAllDevices(flags)]


@test("a definition is made, described, listed, started by hand or by itself, and removed")
def define() -> None:
    connection = connect(URI)
    above, address = parent(connection)
    seen: list[tuple[str, int]] = []
    connection.nodeDeviceEventRegisterAny(None, libvirt.VIR_NODE_DEVICE_EVENT_ID_LIFECYCLE,
                                          lambda conn, device, event, detail, opaque: seen.append((device.name(), event)), None)
    name = "mdev_" + f"{UUID}_{address}".replace("-", "_").replace(":", "_").replace(".", "_")
    device = connection.nodeDeviceDefineXML(document(above, more="<attr name='b' value='2'/><attr name='a' value='1'/>"))
    equal(device.name(), name, "name")
    equal(definitions(), {UUID: {"mdev_type": "sort-1", "start": "manual", "attrs": [{"b": "2"}, {"a": "1"}]}}, "definitions")
    equal((device.isActive(), device.isPersistent(), device.autostart(), device.parent()), (0, 1, 0, above), "what it is")
    holds(device.XMLDesc(), f"<type id='sort-1'/>.*<uuid>{UUID}</uuid>.*<attr name='b' value='2'/>.*<attr name='a' value='1'/>")
    equal(device.listCaps(), ["mdev"], "capabilities")
    equal(names(connection, INACTIVE), [name], "inactive devices")
    equal(names(connection, PERSISTENT), [name], "persistent devices")
    assert name in names(connection, 0), "not among all"
    assert name not in names(connection, libvirt.VIR_CONNECT_LIST_NODE_DEVICES_ACTIVE), "among the active ones"
    device.setAutostart(1)
    equal((device.autostart(), definitions()[UUID]["start"]), (1, "auto"), "autostart")
    device.setAutostart(0)
    equal((device.autostart(), definitions()[UUID]["start"]), (0, "manual"), "autostart")
    refused(device.create, text="mediated device 'mdev_d069d019")  # the PCI device has no such type
    refused(device.destroy, text="is not active")
    device.undefine()
    equal(definitions(), {}, "definitions")
    refused(connection.nodeDeviceLookupByName, name, code=libvirt.VIR_ERR_NO_NODE_DEVICE)
    equal(names(connection, INACTIVE), [], "inactive devices")
    wanted = [(name, libvirt.VIR_NODE_DEVICE_EVENT_DEFINED), (name, libvirt.VIR_NODE_DEVICE_EVENT_UNDEFINED)]
    wait_for("the events", lambda: [one for one in seen if one[0] == name] == wanted)


@test("what others define with mdevctl is there at once")
def others() -> None:
    connection = connect(URI)
    above, address = parent(connection)
    equal(names(connection, INACTIVE), [], "inactive devices")
    run("mdevctl", "define", f"--parent={address}", f"--uuid={OTHER}", "--type=sort-2")
    later(lambda: run("mdevctl", "undefine", f"--uuid={OTHER}"))
    found, = connection.listAllDevices(INACTIVE)
    holds(virsh("nodedev-dumpxml", found.name(), uri=URI), f"<parent>{above}</parent>.*<type id='sort-2'/>")
    holds(virsh("nodedev-list", "--inactive", uri=URI), found.name())


@test("without a UUID mdevctl makes one up; what cannot be is refused")
def odd() -> None:
    connection = connect(URI)
    above, _ = parent(connection)
    device = connection.nodeDeviceDefineXML(document(above).replace(f"<uuid>{UUID}</uuid>", ""))
    uuid, = definitions()
    holds(device.name(), uuid.replace("-", "_"))
    device.undefine()
    refused(connection.nodeDeviceDefineXML, document("pci_absent"), code=libvirt.VIR_ERR_NO_NODE_DEVICE)
    refused(connection.nodeDeviceDefineXML, document(above).replace("mdev", "drm").replace("<type id='sort-1'/>",
                                                                                           "<type>primary</type>"),
            text="only mediated devices")
    refused(connection.nodeDeviceLookupByName(above).destroy, text="is no mediated device")
    refused(connection.nodeDeviceLookupByName(above).undefine, text="is not defined")
    equal(definitions(), {}, "definitions")


@test("attributes of a definition can be changed, what it is cannot")
def update() -> None:
    if "LD_LIBRARY_PATH" not in os.environ:
        raise Skip("Debian's library is older than the call")
    connection = connect(URI)
    above, _ = parent(connection)
    name = connection.nodeDeviceDefineXML(document(above, more="<attr name='a' value='1'/>")).name()
    library = ctypes.CDLL("libvirt.so.0")
    for function in ("virConnectOpen", "virNodeDeviceLookupByName"):
        getattr(library, function).restype = ctypes.c_void_p
    library.virGetLastErrorMessage.restype = ctypes.c_char_p
    conn = ctypes.c_void_p(library.virConnectOpen(URI.encode()))
    device = ctypes.c_void_p(library.virNodeDeviceLookupByName(conn, name.encode()))

    def change(xml: str, flags: int = 0) -> str:
        failed = library.virNodeDeviceUpdate(device, xml.encode(), flags)
        return library.virGetLastErrorMessage().decode() if failed else ""
    attributes = [{"a": "1"}]
    if "--jsonfile" in run("mdevctl", "modify", "--help"):
        equal(change(document(above, more="<attr name='z' value='26'/>")), "", "error of a change")
        attributes = [{"z": "26"}]
        equal(definitions()[UUID]["attrs"], attributes, "attributes")
    else:  # mdevctl before 1.3
        holds(change(document(above, more="<attr name='z' value='26'/>")), f"mediated device '{name}'.*--jsonfile")
    holds(change(document(above).replace("sort-1", "sort-2")), "the type of mediated device '.*' cannot be changed")
    holds(change(document(above, OTHER)), "the UUID of mediated device '.*' cannot be changed")
    holds(change(document(above), 1), "is not active")
    equal(definitions()[UUID]["attrs"], attributes, "attributes")
    library.virNodeDeviceFree(device)
    library.virConnectClose(conn)
    connection.nodeDeviceLookupByName(name).undefine()


if __name__ == "__main__":
    main()
