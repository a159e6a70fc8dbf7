# SPDX-License-Identifier: LGPL-2.1-or-later
"""Jobs on the disks of guests that run, with real QEMU and stock virsh

What a disk holds is written before the guest starts, and compared when it has ended: whatever a job
did to the chain, the content must be the same.
"""
import os
import re
import signal
import threading
from typing import Any, Callable

import libvirt

from harness import (DIRECT, connect, equal, gone, guest_xml, holds, later, main, refused, run, signal_daemon, test,
                     virsh, wait_for)

DIR = "/var/lib/libvirt/images/blockjob"
MIB = 1 << 20


def image(name: str, size: str = "8M", backing: str = "", fmt: str = "qcow2", writes: str = "") -> str:
    """An image with what @writes says ("PATTERN:OFFSET:LENGTH ...") in it."""
    os.makedirs(DIR, exist_ok=True)
    os.chmod(DIR, 0o777)  # QEMU makes sockets here
    path = f"{DIR}/{name}"
    extra = ["-b", backing, "-F", "qcow2" if backing.endswith("qcow2") else "raw"] if backing else []
    run("qemu-img", "create", "-q", "-f", fmt, *extra, path, *([] if backing else [size]))
    commands = []
    for write in writes.split():
        pattern, offset, length = write.split(":")
        commands += ["-c", f"write -q -P {pattern} {offset} {length}"]
    if commands:
        run("qemu-io", "-f", fmt, *commands, path)
    later(lambda: os.path.exists(path) and os.unlink(path))
    return path


def chain(*names: str) -> list[str]:
    """Images on each other, lowest first, each with something of its own; and "expected.raw", what the guest sees."""
    paths: list[str] = []
    for at, name in enumerate(names):
        paths.append(image(f"{name}.qcow2", backing=paths[-1] if paths else "",
                           writes=f"{at + 1}:{at}M:1M {at + 17}:{4 + at}M:64k"))
    keep_expected(paths[-1])
    return paths


def keep_expected(path: str) -> None:
    run("qemu-img", "convert", "-O", "raw", path, f"{DIR}/expected.raw")
    later(lambda: os.path.exists(f"{DIR}/expected.raw") and os.unlink(f"{DIR}/expected.raw"))


def same(path: str, fmt: str = "qcow2", other: str = f"{DIR}/expected.raw") -> None:
    run("qemu-img", "compare", "-q", "-f", fmt, "-F", "raw", path, other)


def disk_xml(path: str, fmt: str = "qcow2", extra: str = "", target: str = "vda") -> str:
    return f"""<disk type='file' device='disk'>
      <driver name='qemu' type='{fmt}'/><source file='{path}'/><target dev='{target}' bus='virtio'/>{extra}</disk>"""


def guest(devices: str, name: str = "sector") -> libvirt.virDomain:
    domain = connect(DIRECT).defineXML(guest_xml(name=name, devices=devices))
    later(lambda: gone(domain))
    later(lambda: forget(name))
    domain.create()
    return domain


def forget(name: str) -> None:
    """Checkpoints would keep a definition from going."""
    connection = libvirt.open(DIRECT)
    for domain in connection.listAllDomains():
        for checkpoint in domain.listAllCheckpoints() if domain.name() == name else []:
            checkpoint.delete(libvirt.VIR_DOMAIN_CHECKPOINT_DELETE_METADATA_ONLY)
    connection.close()


def xml_of(domain: libvirt.virDomain, flags: int = 0) -> str:
    """The element of vda."""
    text = str(domain.XMLDesc(flags))
    return next(found for found in re.findall(r"<disk .*?</disk>", text, re.S) if "dev='vda'" in found)


def paths_of(xml: str) -> list[str]:
    return re.findall(r"<source file='([^']*)'", xml)


def nodes_of(domain: libvirt.virDomain) -> list[str]:
    text = virsh("qemu-monitor-command", domain.name(), '{"execute":"query-named-block-nodes"}', uri=DIRECT)
    return sorted(set(re.findall(r'"node-name":\s*"(libvirt-[^"]*)"', text)))


class Events:
    """Events of a guest, in the order in which they come."""

    def __init__(self, domain: libvirt.virDomain, event: int) -> None:
        self.seen: list[tuple[Any, ...]] = []
        self.told = threading.Condition()
        connection = domain.connect()
        number = connection.domainEventRegisterAny(domain, event, self.take, None)
        later(lambda: connection.domainEventDeregisterAny(number))

    def take(self, _connection: Any, _domain: Any, *args: Any) -> None:
        with self.told:
            self.seen.append(args[:-1])
            self.told.notify_all()

    def wait(self, want: Callable[[tuple[Any, ...]], bool], seconds: float = 60) -> tuple[Any, ...]:
        with self.told:
            if not self.told.wait_for(lambda: any(want(event) for event in self.seen), seconds):
                raise AssertionError(f"an event that was due did not come; these did: {self.seen}")
            return next(event for event in self.seen if want(event))


@test("pull: the whole chain, and down to an image")
def _() -> None:
    base, middle, top = chain("base", "middle", "top")
    domain = guest(disk_xml(top))
    equal(paths_of(xml_of(domain)), [top, middle, base], "chain that was found")
    before = nodes_of(domain)
    events = Events(domain, libvirt.VIR_DOMAIN_EVENT_ID_BLOCK_JOB_2)
    virsh("blockpull", "sector", "vda", "--base", base, "--wait", uri=DIRECT)
    equal(events.wait(lambda e: e[2] == libvirt.VIR_DOMAIN_BLOCK_JOB_COMPLETED),
          ("vda", libvirt.VIR_DOMAIN_BLOCK_JOB_TYPE_PULL, libvirt.VIR_DOMAIN_BLOCK_JOB_COMPLETED), "event")
    equal(paths_of(xml_of(domain)), [top, base], "chain")
    equal(len(nodes_of(domain)), len(before) - 2, "block nodes")
    virsh("blockpull", "sector", "vda", "--wait", uri=DIRECT)
    wait_for("the chain's end", lambda: paths_of(xml_of(domain)) == [top])
    refused(domain.blockRebase, "vda", "/nowhere", 0, 0, text="could not find image '/nowhere' in chain for")
    domain.destroy()
    same(top)


@test("commit: an image in the middle, and the top with a pivot")
def _() -> None:
    base, middle, upper, top = chain("base", "middle", "upper", "top")
    domain = guest(disk_xml(top))
    refused(domain.blockCommit, "vda", None, None, 0, 0, text="commit of 'vda' active layer requires active flag")
    refused(domain.blockCommit, "vda", None, base, 0, 0, text="has no backing file")
    index = re.findall(r"index='(\d+)'", xml_of(domain))
    virsh("blockcommit", "sector", "vda", "--top", f"vda[{index[1]}]", "--base", f"vda[{index[2]}]", "--wait", "--delete",
          uri=DIRECT)
    equal(paths_of(xml_of(domain)), [top, middle, base], "chain")
    equal(os.path.exists(upper), False, "the image that was committed")
    virsh("blockcommit", "sector", "vda", "--active", "--wait", uri=DIRECT)
    holds(xml_of(domain), f"<mirror type='file' job='active-commit' ready='yes'>.*{base}")
    equal(domain.blockJobInfo("vda")["type"], libvirt.VIR_DOMAIN_BLOCK_JOB_TYPE_ACTIVE_COMMIT, "type")
    refused(domain.blockPull, "vda", 0, 0, text="disk 'vda' already in active block job")
    virsh("blockjob", "sector", "vda", "--pivot", uri=DIRECT)
    equal(paths_of(xml_of(domain)), [base], "chain")
    equal(paths_of(xml_of(domain, libvirt.VIR_DOMAIN_XML_INACTIVE)), [base], "definition")
    equal(len([node for node in nodes_of(domain) if "format" in node]), 2, "format nodes")
    domain.destroy()
    same(base)


@test("copy: given up, pivoted, shallow, with limits on it")
def _() -> None:
    base, top = chain("base", "top")
    copy = f"{DIR}/copy.qcow2"
    later(lambda: [os.unlink(f"{DIR}/{name}") for name in os.listdir(DIR) if name.startswith("copy")])
    domain = guest(disk_xml(top))
    before = nodes_of(domain)
    virsh("blockcopy", "sector", "vda", "--dest", copy, "--wait", uri=DIRECT)
    holds(xml_of(domain), f"<mirror type='file' file='{copy}' format='qcow2' job='copy' ready='yes'>")
    equal(virsh("blockjob", "sector", "vda", "--abort", uri=DIRECT), "", "output")
    equal((paths_of(xml_of(domain)), nodes_of(domain)), ([top, base], before), "chain and nodes")
    domain.suspend()
    same(copy)
    domain.resume()
    refused(domain.blockCopy, "vda", f"<disk type='file'><source file='{copy}'/><driver type='qcow2'/></disk>", {}, 0,
            text="already exists and is not a block device")
    virsh("blockcopy", "sector", "vda", "--dest", f"{copy}.raw", "--format", "raw", "--granularity", "65536", "--buf-size",
          "1048576", "--wait", "--pivot", uri=DIRECT)
    equal(paths_of(xml_of(domain)), [f"{copy}.raw"], "chain after the pivot")
    holds(xml_of(domain, libvirt.VIR_DOMAIN_XML_INACTIVE), f"type='raw'.*<source file='{copy}.raw'")
    domain.destroy()
    same(f"{copy}.raw", "raw")


@test("a shallow copy stands on the images that were there")
def _() -> None:
    base, top = chain("base", "top")
    copy = f"{DIR}/copy.qcow2"
    later(lambda: os.path.exists(copy) and os.unlink(copy))
    domain = guest(disk_xml(top))
    virsh("blockcopy", "sector", "vda", "--dest", copy, "--shallow", "--wait", "--pivot", uri=DIRECT)
    equal(paths_of(xml_of(domain)), [copy, base], "chain")
    domain.destroy()
    same(copy)
    holds(run("qemu-img", "info", copy), f"backing file: {base}")


@test("a slow copy goes on while no daemon runs, and is found by the next")
def _() -> None:
    path = image("slow.qcow2", writes="5:0:8M")
    keep_expected(path)
    copy = f"{DIR}/copy.qcow2"
    later(lambda: os.path.exists(copy) and os.unlink(copy))
    guest(disk_xml(path))
    virsh("blockcopy", "sector", "vda", "--dest", copy, "--bandwidth", "1", uri=DIRECT)
    signal_daemon("virtqemud", signal.SIGKILL)
    domain = connect(DIRECT).lookupByName("sector")
    info = domain.blockJobInfo("vda")
    equal((info["type"], info["bandwidth"]), (libvirt.VIR_DOMAIN_BLOCK_JOB_TYPE_COPY, 1), "type and speed")
    events = Events(domain, libvirt.VIR_DOMAIN_EVENT_ID_BLOCK_JOB_2)
    refused(domain.blockJobAbort, "vda", libvirt.VIR_DOMAIN_BLOCK_JOB_ABORT_PIVOT, text="not ready for pivot yet")
    virsh("blockjob", "sector", "vda", "--bandwidth", "0", uri=DIRECT)
    events.wait(lambda e: e[2] == libvirt.VIR_DOMAIN_BLOCK_JOB_READY)
    domain.blockJobAbort("vda", libvirt.VIR_DOMAIN_BLOCK_JOB_ABORT_PIVOT)
    equal(paths_of(xml_of(domain)), [copy], "chain")
    equal(domain.blockJobInfo("vda"), {}, "job")
    domain.destroy()
    same(copy)


@test("size, content, thresholds and limits of a disk")
def _() -> None:
    path = image("plain.raw", fmt="raw", writes="7:0:64k")
    domain = guest(disk_xml(path, "raw"))
    virsh("blockresize", "sector", "vda", "16M", uri=DIRECT)
    equal(domain.blockInfo("vda")[0], 16 * MIB, "capacity")
    equal(domain.blockPeek("vda", 0, 4), b"\7\7\7\7", "content")
    equal(domain.diskErrors(), {}, "errors")
    virsh("domblkthreshold", "sector", "vda", "1048576", uri=DIRECT)
    text = virsh("qemu-monitor-command", "sector", '{"execute":"query-named-block-nodes"}', uri=DIRECT)
    holds(text, r'"write_threshold":\s*1048576')
    events = Events(domain, libvirt.VIR_DOMAIN_EVENT_ID_BLOCK_THRESHOLD)
    write_as_guest(domain, "3:2M:64k")
    equal(events.wait(lambda e: True), ("vda", path, MIB, MIB + 65536), "event")
    virsh("blkdeviotune", "sector", "vda", "--total-bytes-sec", "1000000", "--total-bytes-sec-max", "2000000", "--live",
          "--config", uri=DIRECT)
    equal(domain.blockIoTune("vda")["total_bytes_sec"], 1000000, "limit")
    holds(xml_of(domain, libvirt.VIR_DOMAIN_XML_INACTIVE), "<total_bytes_sec>1000000</total_bytes_sec>")
    holds(virsh("qemu-monitor-command", "sector", '{"execute":"query-block"}', uri=DIRECT), r'"bps":\s*1000000')
    refused(domain.setBlockIoTune, "vda", {"total_bytes_sec": 1, "read_bytes_sec": 1}, text="cannot be set at the same time")
    domain.setBlockIoTune("vda", {"total_bytes_sec": 0, "total_bytes_sec_max": 0})
    equal("<iotune>" in xml_of(domain), False, "limits that are left")


def checkpoint_xml(name: str) -> str:
    return f"<domaincheckpoint><name>{name}</name><disks><disk name='vda'/></disks></domaincheckpoint>"


def write_as_guest(domain: libvirt.virDomain, writes: str) -> None:
    """Through the guest's own device, so that bitmaps see it."""
    for write in writes.split():
        pattern, offset, length = write.split(":")
        said = virsh("qemu-monitor-command", domain.name(), "--hmp", "qemu-io -d /machine/peripheral/virtio-disk0/virtio-backend "
                     f'"write -P {pattern} {offset} {length}"', uri=DIRECT)
        equal("rror" in said or "ailed" in said, False, f"a failure in '{said}'")


@test("checkpoints: made, measured, listed, kept over a restart of the daemon, deleted")
def _() -> None:
    path = image("check.qcow2", writes="1:0:1M")
    domain = guest(disk_xml(path))
    refused(domain.checkpointCreateXML, checkpoint_xml("a b"), text="invalid checkpoint name")
    refused(domain.checkpointCreateXML, checkpoint_xml("q"), libvirt.VIR_DOMAIN_CHECKPOINT_CREATE_QUIESCE, text="agent")
    domain.checkpointCreateXML(checkpoint_xml("first"))
    write_as_guest(domain, "9:3M:64k")
    domain.checkpointCreateXML(checkpoint_xml("second"))
    equal([c.getName() for c in domain.listAllCheckpoints()], ["first", "second"], "checkpoints")
    holds(virsh("checkpoint-dumpxml", "sector", "first", "--size", "--no-domain", uri=DIRECT), "size='65536'")
    holds(virsh("checkpoint-dumpxml", "sector", "second", "--size", "--no-domain", uri=DIRECT), "size='0'")
    refused(domain.checkpointCreateXML, checkpoint_xml("first"), text="already exists")
    signal_daemon("virtqemud", signal.SIGKILL)
    domain = connect(DIRECT).lookupByName("sector")
    equal(domain.checkpointLookupByName("second").getParent().getName(), "first", "parent")
    virsh("checkpoint-delete", "sector", "first", uri=DIRECT)
    equal([c.getName() for c in domain.listAllCheckpoints()], ["second"], "checkpoints that are left")
    refused(domain.checkpointLookupByName, "first", code=libvirt.VIR_ERR_NO_DOMAIN_CHECKPOINT)
    domain.destroy()
    text = run("qemu-img", "info", path)
    holds(text, "name: second")
    equal("name: first" in text, False, "bitmap of the checkpoint that was deleted")
    refused(domain.undefine, text="checkpoints")
    domain.undefineFlags(libvirt.VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA)


@test("backups: full and incremental copies, which together are the disk")
def _() -> None:
    path = image("data.qcow2", writes="1:0:1M 2:4M:1M")
    full, more = f"{DIR}/full.qcow2", f"{DIR}/more.qcow2"
    later(lambda: [os.path.exists(name) and os.unlink(name) for name in (full, more)])
    keep_expected(path)
    domain = guest(disk_xml(path))
    completed = Events(domain, libvirt.VIR_DOMAIN_EVENT_ID_JOB_COMPLETED)
    domain.backupBegin(f"<domainbackup><disks><disk name='vda' type='file'><target file='{full}'/><driver type='qcow2'/>"
                       "</disk></disks></domainbackup>", checkpoint_xml("begin"))
    completed.wait(lambda e: e[0].get("success") is True)
    same(full)
    write_as_guest(domain, "7:2M:64k 8:5M:64k")
    completed.seen.clear()
    domain.backupBegin("<domainbackup><incremental>begin</incremental><disks><disk name='vda' type='file'>"
                       f"<target file='{more}'/><driver type='qcow2'/></disk></disks></domainbackup>", checkpoint_xml("next"))
    completed.wait(lambda e: e[0].get("success") is True)
    equal(domain.jobStats(libvirt.VIR_DOMAIN_JOB_STATS_COMPLETED)["operation"], libvirt.VIR_DOMAIN_JOB_OPERATION_BACKUP, "job")
    refused(domain.backupGetXMLDesc, code=libvirt.VIR_ERR_NO_DOMAIN_BACKUP)
    domain.destroy()
    # Only what changed is in the second; on top of the first it is the disk.
    equal(len(re.findall(r'"data": true', run("qemu-img", "map", "--output=json", more))), 2, "parts in the second copy")
    run("qemu-img", "rebase", "-u", "-F", "qcow2", "-b", full, more)
    keep_expected(path)
    same(more)


@test("a backup that clients read, and one that is given up")
def _() -> None:
    path = image("data.qcow2", writes="1:0:1M 2:4M:1M")
    keep_expected(path)
    sock, scratch, copy = f"{DIR}/backup.sock", f"{DIR}/scratch.qcow2", f"{DIR}/copy.raw"
    later(lambda: os.path.exists(copy) and os.unlink(copy))
    domain = guest(disk_xml(path))
    before = nodes_of(domain)
    xml = (f"<domainbackup mode='pull'><server transport='unix' socket='{sock}'/><disks><disk name='vda' type='file'>"
           f"<scratch file='{scratch}'/></disk></disks></domainbackup>")
    refused(domain.backupBegin, xml.replace(f"transport='unix' socket='{sock}'", "transport='tcp' tls='yes' name='::1'"), None,
            text="TLS")
    virsh("backup-begin", "sector", write_text("backup.xml", xml), uri=DIRECT)
    holds(virsh("backup-dumpxml", "sector", uri=DIRECT), f"<scratch file='{scratch}'")
    equal(domain.jobInfo()[0], libvirt.VIR_DOMAIN_JOB_UNBOUNDED, "job")
    refused(domain.blockPull, "vda", 0, 0, text="already in active block job")
    signal_daemon("virtqemud", signal.SIGKILL)
    domain = connect(DIRECT).lookupByName("sector")
    run("qemu-img", "convert", "-f", "raw", "-O", "raw", f"nbd+unix:///vda?socket={sock}", copy)
    same(copy, "raw")
    completed = Events(domain, libvirt.VIR_DOMAIN_EVENT_ID_JOB_COMPLETED)
    virsh("domjobabort", "sector", uri=DIRECT)
    completed.wait(lambda e: "success" in e[0])
    equal((os.path.exists(scratch), nodes_of(domain)), (False, before), "what is left of it")


def write_text(name: str, text: str) -> str:
    path = f"{DIR}/{name}"
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
    later(lambda: os.unlink(path))
    return path


main()
