# SPDX-License-Identifier: LGPL-2.1-or-later
"""Pools of folders and their volumes."""
import os
import signal
from typing import Any

import libvirt
import harness
from harness import daemon_pid, equal, holds, later, main, refused, run, signal_daemon, test, wait_for

URI = "storage:///system"
FOLDER = "/var/lib/libvirt/images/itest"
XML = f"<pool type='dir'><name>itest</name><target><path>{FOLDER}</path></target></pool>"


def volume_xml(name: str, size: int = 1 << 20, kind: str = "raw", more: str = "") -> str:
    return (f"<volume><name>{name}</name><capacity>{size}</capacity><allocation>0</allocation>"
            f"<target><format type='{kind}'/></target>{more}</volume>")


def with_pool(connection: libvirt.virConnect) -> libvirt.virStoragePool:
    pool = connection.storagePoolDefineXML(XML)
    pool.create(libvirt.VIR_STORAGE_POOL_CREATE_WITH_BUILD)

    def end() -> None:
        again = harness.connect(URI)
        for left in again.listAllStoragePools():
            if left.isActive():
                left.destroy()
            if left.isPersistent():
                left.undefine()
        run("rm", "-rf", FOLDER)
    later(end)
    return pool


@test("a pool is defined, built, started, found by its folder, stopped and undefined with stock virsh")
def lifecycle() -> None:
    def virsh(*args: str) -> str:
        return harness.virsh(*args, uri=URI)
    virsh("pool-define-as", "itest", "dir", "--target", FOLDER)
    holds(virsh("pool-list", "--all"), r"itest\s+inactive\s+no")
    virsh("pool-build", "itest")
    equal(os.path.isdir(FOLDER), True, "folder is there")
    virsh("pool-start", "itest")
    holds(virsh("pool-info", "itest"), r"State:\s+running[\s\S]*Persistent:\s+yes[\s\S]*Capacity:\s+[0-9.]+ [GTM]iB")
    virsh("vol-create-as", "itest", "disk.qcow2", "8M", "--format", "qcow2")
    holds(virsh("vol-list", "itest", "--details"), r"disk.qcow2\s+/\S+/disk.qcow2\s+file\s+8.00 MiB")
    holds(run("qemu-img", "info", f"{FOLDER}/disk.qcow2"), r"file format: qcow2[\s\S]*virtual size: 8 MiB")
    virsh("vol-delete", "disk.qcow2", "--pool", "itest")
    equal(os.listdir(FOLDER), [], "folder after vol-delete")
    virsh("pool-destroy", "itest")
    virsh("pool-delete", "itest")
    equal(os.path.exists(FOLDER), False, "folder after pool-delete")
    virsh("pool-undefine", "itest")
    equal(os.path.exists("/etc/libvirt/storage/itest.xml"), False, "definition after pool-undefine")


@test("what the header of an image says is what the volume says, and a refresh finds strangers")
def headers() -> None:
    pool = with_pool(harness.connect(URI))
    run("qemu-img", "create", "-q", "-f", "raw", f"{FOLDER}/base.raw", "3M")
    run("qemu-img", "create", "-q", "-f", "qcow2", "-o", "cluster_size=131072,lazy_refcounts=on", "-b", "base.raw", "-F",
        "raw", f"{FOLDER}/top.qcow2", "5M")
    run("qemu-img", "create", "-q", "-f", "vmdk", f"{FOLDER}/other.vmdk", "7M")
    os.mkfifo(f"{FOLDER}/pipe")
    with open(f"{FOLDER}/bad.qcow2", "wb") as file:
        file.write(b"QFI\xfb\0\0\0\x63" + b"\xff" * 200)
    pool.refresh()
    equal(sorted(pool.listVolumes()), ["base.raw", "other.vmdk", "top.qcow2"], "volumes")
    xml = pool.storageVolLookupByName("top.qcow2").XMLDesc()
    holds(xml, r"<capacity unit='bytes'>5242880<")
    holds(xml, r"<clusterSize unit='B'>131072<[\s\S]*<lazy_refcounts/>")
    holds(xml, rf"<backingStore>\s*<path>{FOLDER}/base.raw</path>\s*<format type='raw'/>")
    equal(pool.storageVolLookupByName("other.vmdk").info()[1], 7 << 20, "capacity of the VMDK image")


def send_all(connection: libvirt.virConnect, volume: libvirt.virStorageVol, data: bytes) -> None:
    stream = connection.newStream()
    volume.upload(stream, 0, len(data))
    done = 0
    while done < len(data):
        done += stream.send(data[done:done + 65536])
    stream.finish()


def receive_all(connection: libvirt.virConnect, volume: libvirt.virStorageVol) -> bytes:
    stream = connection.newStream()
    volume.download(stream, 0, 0)
    parts = []
    while part := stream.recv(65536):
        parts.append(part)
    stream.finish()
    return b"".join(parts)


@test("three megabytes go up and come down as they were")
def content() -> None:
    connection = harness.connect(URI)
    volume = with_pool(connection).createXML(volume_xml("data", 3 << 20))
    data = os.urandom(3 << 20)
    send_all(connection, volume, data)
    equal(receive_all(connection, volume) == data, True, "content is the same")
    wait_for("the allocation to be seen", lambda: volume.info()[2] >= 3 << 20)
    volume.wipe()
    equal(receive_all(connection, volume) == bytes(3 << 20), True, "content is zeros after a wipe")


@test("a volume is cloned, grown, not shrunk unless asked to, and looked up by path and key")
def changes() -> None:
    connection = harness.connect(URI)
    pool = with_pool(connection)
    first = pool.createXML(volume_xml("one.qcow2", 4 << 20, "qcow2"))
    second = pool.createXMLFrom(volume_xml("two.qcow2", 1 << 20, "qcow2"), first)
    equal(second.info()[1], 4 << 20, "a clone holds all of the original")
    first.resize(6 << 20)
    equal(first.info()[1], 6 << 20, "capacity after resize")
    refused(first.resize, 5 << 20, code=libvirt.VIR_ERR_INVALID_ARG, text="one.qcow2")
    equal(connection.storageVolLookupByPath(f"{FOLDER}//one.qcow2").name(), "one.qcow2", "by path")
    equal(connection.storageVolLookupByKey(second.key()).storagePoolLookupByVolume().name(), "itest", "by key, its pool")


@test("bad input names the volume or pool, and leaves nothing behind")
def refusals() -> None:
    pool = with_pool(connection := harness.connect(URI))
    pool.createXML(volume_xml("here"))
    refused(pool.createXML, volume_xml("here"), code=libvirt.VIR_ERR_STORAGE_VOL_EXIST, text="here")
    refused(pool.createXML, volume_xml("../up"), code=libvirt.VIR_ERR_XML_ERROR, text="../up")
    refused(pool.createXML, volume_xml("huge", 1 << 63), text="huge")
    refused(pool.createXML, volume_xml("locked.qcow2", kind="nonsense"), text="nonsense")
    refused(pool.storageVolLookupByName, "nowhere", code=libvirt.VIR_ERR_NO_STORAGE_VOL, text="nowhere")
    refused(connection.storagePoolDefineXML, XML.replace("<name>itest", "<name>other"), text="itest")
    refused(connection.storagePoolDefineXML, XML.replace("'dir'", "'sheepdog'"), text="source host name")
    refused(connection.storagePoolCreateXML, XML.replace("itest", "missing"), text="missing")
    equal([p.name() for p in connection.listAllStoragePools()], ["itest"], "pools")
    equal(os.listdir(FOLDER), ["here"], "files")


@test("pools and volumes are there after virtstoraged was killed")
def restart() -> None:
    connection = harness.connect(URI)
    pool = with_pool(connection)
    pool.setAutostart(1)
    pool.createXML(volume_xml("kept"))
    before = pool.UUIDString()
    pid = daemon_pid("virtstoraged")
    signal_daemon("virtstoraged", signal.SIGKILL)
    again = harness.connect(URI).storagePoolLookupByName("itest")
    equal((again.UUIDString(), again.isActive(), again.autostart()), (before, 1, 1), "UUID, active, autostart")
    equal(again.listVolumes(), ["kept"], "volumes")
    assert daemon_pid("virtstoraged") != pid


@test("events tell of each step of a pool's life")
def events() -> None:
    libvirt.virEventRegisterDefaultImpl()
    connection = harness.connect(URI)
    seen: list[Any] = []
    connection.storagePoolEventRegisterAny(None, libvirt.VIR_STORAGE_POOL_EVENT_ID_LIFECYCLE,
                                           lambda c, p, event, detail, _: seen.append(event), None)
    pool = with_pool(connection)
    pool.destroy()
    pool.undefine()
    tick = libvirt.virEventAddTimeout(100, lambda timer, opaque: None, None)
    later(lambda: libvirt.virEventRemoveTimeout(tick))

    def all_seen() -> bool:
        libvirt.virEventRunDefaultImpl()
        return len(seen) >= 4
    wait_for("four events", all_seen)
    equal(seen, [libvirt.VIR_STORAGE_POOL_EVENT_DEFINED, libvirt.VIR_STORAGE_POOL_EVENT_STARTED,
                 libvirt.VIR_STORAGE_POOL_EVENT_STOPPED, libvirt.VIR_STORAGE_POOL_EVENT_UNDEFINED], "events")


main()
