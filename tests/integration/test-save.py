# SPDX-License-Identifier: LGPL-2.1-or-later
"""Guests put away in files and taken out again, dumped, and what can go wrong with it.

A guest that goes on where it was says how often its timer has ticked; one that boots anew says "sector up" and
begins to count at 0.
"""
import os
import shutil
import signal
from typing import Any

import libvirt
from harness import (DIRECT, SerialConsole, Thread, connect, equal, gone, guest_xml, holds, later, main,
                     refused, run, signal_daemon, started, state, test, ticks, virsh, wait_for)

FOLDER = "/var/lib/libvirt/images"
IMAGE = f"{FOLDER}/guest.save"
MANAGED = "/var/lib/libvirt/qemu/save/sector.save"


def folder() -> None:
    """An empty place for images; nothing may be left in it but what is asked for."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    os.makedirs(FOLDER)
    later(lambda: shutil.rmtree(FOLDER, ignore_errors=True))


def events_of(connection: libvirt.virConnect) -> list[tuple[int, int]]:
    seen: list[tuple[int, int]] = []
    ident = connection.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                                              lambda conn, dom, event, detail, opaque: seen.append((event, detail)), None)
    later(lambda: connection.domainEventDeregisterAny(ident))
    return seen


@test("save and restore: the guest goes on where it was; events, state, statistics, owner and mode of the file")
def save_restore() -> None:
    folder()
    connection = connect()
    domain = started(connection)
    before = ticks(domain)
    seen = events_of(connection)
    domain.save(IMAGE)
    equal(state(domain), (libvirt.VIR_DOMAIN_SHUTOFF, libvirt.VIR_DOMAIN_SHUTOFF_SAVED), "state")
    equal(os.listdir(FOLDER), ["guest.save"], "files")
    equal(os.stat(IMAGE).st_mode & 0o777, 0o600, "mode")
    with open(IMAGE, "rb") as file:
        equal(file.read(16), b"LibvirtQemudSave", "magic")
    wait_for("the events", lambda: len(seen) >= 2)
    equal(seen, [(libvirt.VIR_DOMAIN_EVENT_SUSPENDED, libvirt.VIR_DOMAIN_EVENT_SUSPENDED_PAUSED),
                 (libvirt.VIR_DOMAIN_EVENT_STOPPED, libvirt.VIR_DOMAIN_EVENT_STOPPED_SAVED)], "events")
    stats = domain.jobStats(libvirt.VIR_DOMAIN_JOB_STATS_COMPLETED)
    equal((stats["type"], stats["operation"]), (libvirt.VIR_DOMAIN_JOB_COMPLETED, libvirt.VIR_DOMAIN_JOB_OPERATION_SAVE),
          "job that ended")
    assert stats["memory_total"] > 16 << 20 and stats["memory_remaining"] == 0, stats
    equal(domain.jobStats(libvirt.VIR_DOMAIN_JOB_STATS_COMPLETED), {"type": libvirt.VIR_DOMAIN_JOB_NONE}, "statistics once told")
    del seen[:]
    connection.restore(IMAGE)
    equal(state(domain), (libvirt.VIR_DOMAIN_RUNNING, libvirt.VIR_DOMAIN_RUNNING_RESTORED), "state")
    ticks(domain, before)
    wait_for("the event", lambda: (libvirt.VIR_DOMAIN_EVENT_STARTED, libvirt.VIR_DOMAIN_EVENT_STARTED_RESTORED) in seen)
    refused(connection.restore, IMAGE, code=libvirt.VIR_ERR_OPERATION_INVALID, text="already active as 'sector'")


@test("a transient guest comes back with stock virsh, paused or running as asked, packed by each program")
def programs() -> None:
    folder()
    connection = connect(DIRECT)
    domain = connection.createXML(guest_xml(), 0)
    later(lambda: gone(domain))
    SerialConsole(domain).wait("sector up")
    sizes = {}
    for form in ("raw", "gzip", "bzip2", "xz", "zstd"):
        if form != "raw" and not shutil.which(form):
            continue
        before = ticks(domain)
        domain.saveParams({"file": IMAGE, "image_format": form}, libvirt.VIR_DOMAIN_SAVE_PAUSED if form == "gzip" else 0)
        refused(connection.lookupByName, "sector", code=libvirt.VIR_ERR_NO_DOMAIN)
        sizes[form] = os.stat(IMAGE).st_size
        virsh("restore", IMAGE, uri=DIRECT)
        domain = connection.lookupByName("sector")
        if form == "gzip":
            equal(state(domain)[0], libvirt.VIR_DOMAIN_PAUSED, "state")
            domain.resume()
        ticks(domain, before)
    assert sizes["gzip"] < sizes["raw"], sizes
    refused(domain.saveParams, {"file": IMAGE, "image_format": "rar"}, 0, text="Invalid save image format.*rar")
    equal(state(domain)[0], libvirt.VIR_DOMAIN_RUNNING, "state")


@test("past the page cache, on a disk that allows it")
def bypass() -> None:
    folder()
    domain = started(connect())
    before = ticks(domain)
    with open(f"{FOLDER}/disk", "wb") as file:
        file.truncate(100 << 20)
    run("mkfs.ext4", "-q", f"{FOLDER}/disk")
    os.mkdir(f"{FOLDER}/there")
    run("mount", "-o", "loop", f"{FOLDER}/disk", f"{FOLDER}/there")
    later(lambda: run("umount", f"{FOLDER}/there"))
    virsh("save", "sector", f"{FOLDER}/there/image", "--bypass-cache")
    virsh("restore", f"{FOLDER}/there/image", "--bypass-cache")
    ticks(domain, before)


@test("the definition in an image: shown, changed where hardware stays the same, refused else")
def definition() -> None:
    folder()
    connection = connect()
    domain = started(connection)
    before = ticks(domain)
    xml = domain.XMLDesc(libvirt.VIR_DOMAIN_XML_MIGRATABLE)
    refused(domain.saveFlags, IMAGE, xml.replace("<vcpu placement='static'>1<", "<vcpu placement='static'>2<"), 0,
            code=libvirt.VIR_ERR_CONFIG_UNSUPPORTED)
    equal(state(domain)[0], libvirt.VIR_DOMAIN_RUNNING, "state")
    equal(os.listdir(FOLDER), [], "files after a save that was refused")
    domain.saveFlags(IMAGE, xml.replace("</name>", "</name><title>first</title>"), 0)
    text = connection.saveImageGetXMLDesc(IMAGE, 0)
    holds(text, "<title>first</title>")
    connection.saveImageDefineXML(IMAGE, text.replace("first", "second"), libvirt.VIR_DOMAIN_SAVE_PAUSED)
    holds(virsh("save-image-dumpxml", IMAGE), "<title>second</title>")
    refused(connection.saveImageDefineXML, IMAGE, text.replace("first", "x" * 10000), 0, text="too large to fit")
    refused(connection.saveImageDefineXML, IMAGE, text.replace("'x86_64' machine='", "'x86_64' machine='q"), 0)
    connection.restoreFlags(IMAGE, text.replace("first", "third"), 0)
    equal(state(domain)[0], libvirt.VIR_DOMAIN_PAUSED, "state, as the image says")
    holds(domain.XMLDesc(), "<title>third</title>")
    domain.resume()
    ticks(domain, before)


@test("managed save: the next start goes on; shown, changed, removed, and left behind by a boot that is forced")
def managed() -> None:
    connection = connect()
    domain = started(connection)
    before = ticks(domain)
    domain.managedSave()
    equal(domain.hasManagedSaveImage(), 1, "has an image")
    holds(virsh("list", "--all", "--managed-save"), "sector +saved")
    holds(domain.managedSaveGetXMLDesc(0), "<name>sector</name>")
    refused(domain.undefine, code=libvirt.VIR_ERR_OPERATION_INVALID, text="managed save image exists")
    signal_daemon("virtqemud", signal.SIGTERM)
    connection = connect()
    domain = connection.lookupByName("sector")
    equal(domain.hasManagedSaveImage(), 1, "has an image, after a restart of the daemon")
    domain.create()
    before = ticks(domain, before)
    equal((domain.hasManagedSaveImage(), os.path.exists(MANAGED)), (0, False), "image after the start")
    domain.managedSave(libvirt.VIR_DOMAIN_SAVE_PAUSED)
    domain.managedSaveDefineXML(domain.managedSaveGetXMLDesc(0), libvirt.VIR_DOMAIN_SAVE_RUNNING)
    virsh("start", "sector")
    equal(state(domain)[0], libvirt.VIR_DOMAIN_RUNNING, "state")
    ticks(domain, before)
    domain.managedSave()
    domain.managedSaveRemove()
    equal((domain.hasManagedSaveImage(), os.path.exists(MANAGED)), (0, False), "image after its removal")
    refused(domain.managedSaveGetXMLDesc, 0, text="does not have managed save image")
    domain.create()
    SerialConsole(domain).wait("sector up")
    domain.managedSave()
    virsh("start", "sector", "--force-boot")
    SerialConsole(domain).wait("sector up")
    assert not os.path.exists(MANAGED), "the image is still there"
    domain.managedSave()
    domain.undefineFlags(libvirt.VIR_DOMAIN_UNDEFINE_MANAGED_SAVE)
    assert not os.path.exists(MANAGED), "the image is still there"


@test("a corrupt image of a managed save is removed, and the guest boots; other broken images are refused")
def corrupt() -> None:
    folder()
    connection = connect()
    domain = started(connection)
    domain.managedSave()
    with open(MANAGED, "r+b") as file:
        file.write(b"garbage")
    domain.create()
    SerialConsole(domain).wait("sector up")
    assert not os.path.exists(MANAGED), "the image is still there"
    domain.save(IMAGE)
    size = os.stat(IMAGE).st_size
    os.truncate(IMAGE, size // 2)
    refused(connection.restore, IMAGE, text="job failed")
    equal(state(domain)[0], libvirt.VIR_DOMAIN_SHUTOFF, "state")
    os.truncate(IMAGE, 50)
    refused(connection.restore, IMAGE, text="too short")
    with open(IMAGE, "wb") as file:
        file.write(b"x" * 4096)
    refused(connection.restore, IMAGE, text="no save image")
    refused(connection.restore, f"{FOLDER}/none", text="No such file")
    domain.create()
    SerialConsole(domain).wait("sector up")


@test("a disk that is full: the guest goes on, nothing is left")
def full() -> None:
    folder()
    domain = started(connect())
    before = ticks(domain)
    run("mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs", FOLDER)
    later(lambda: run("umount", FOLDER))
    for form in ("raw", "gzip"):
        with open(f"{FOLDER}/fill", "wb") as file:
            file.write(b"x" * (60 << 10))
        refused(domain.saveParams, {"file": IMAGE, "image_format": form}, 0, code=libvirt.VIR_ERR_OPERATION_FAILED)
        equal(os.listdir(FOLDER), ["fill"], "files")
        equal(state(domain), (libvirt.VIR_DOMAIN_RUNNING, libvirt.VIR_DOMAIN_RUNNING_SAVE_CANCELED), "state")
        before = ticks(domain, before)


def slow_save(domain: libvirt.virDomain) -> tuple[Thread, Any]:
    """A save into a pipe that nobody empties, and the pipe.  On a connection of its own: see slow() in test-migrate.py."""
    os.mkfifo(IMAGE)
    reader = os.open(IMAGE, os.O_RDONLY | os.O_NONBLOCK)
    call = Thread(connect().lookupByName(domain.name()).save, IMAGE)
    wait_for("the save to begin", lambda: domain.jobInfo()[0] == libvirt.VIR_DOMAIN_JOB_UNBOUNDED)
    return call, reader


@test("a save that is aborted: its caller is told, the guest goes on")
def abort() -> None:
    folder()
    connection = connect()
    domain = started(connection)
    before = ticks(domain)
    refused(domain.abortJob, code=libvirt.VIR_ERR_OPERATION_INVALID, text="no job is active")
    call, reader = slow_save(domain)
    stats = domain.jobStats()
    equal(stats["operation"], libvirt.VIR_DOMAIN_JOB_OPERATION_SAVE, "operation")
    holds(virsh("domjobinfo", "sector"), "Operation: +Save")
    equal(state(domain), (libvirt.VIR_DOMAIN_PAUSED, libvirt.VIR_DOMAIN_PAUSED_SAVE), "state")
    domain.abortJob()
    os.close(reader)  # what QEMU waits for
    call.join(20)
    holds(str(call.error), "canceled by a client")
    wait_for("the guest to go on", lambda: state(domain)[0] == libvirt.VIR_DOMAIN_RUNNING)
    ticks(domain, before)
    equal(domain.jobInfo()[0], libvirt.VIR_DOMAIN_JOB_NONE, "job")


@test("the daemon is killed during a save: the next one lets the guest go on")
def killed() -> None:
    folder()
    domain = started(connect())
    before = ticks(domain)
    call, reader = slow_save(domain)
    with open("/run/libvirt/qemu/sector.xml", encoding="utf-8") as file:
        holds(file.read(), "<job type='none' async='save' phase='none'.*asyncOwner='virDomainSave'")
    signal_daemon("virtqemud", signal.SIGKILL)
    os.close(reader)
    call.join(20)
    domain = connect().lookupByName("sector")
    wait_for("the guest to go on", lambda: state(domain)[0] == libvirt.VIR_DOMAIN_RUNNING)
    ticks(domain, before)
    equal(domain.jobInfo()[0], libvirt.VIR_DOMAIN_JOB_NONE, "job")
    os.unlink(IMAGE)
    domain.save(IMAGE)
    equal(os.listdir(FOLDER), ["guest.save"], "files")


@test("a guest that is destroyed while it is being saved")
def destroyed() -> None:
    folder()
    domain = started(connect())
    call, reader = slow_save(domain)
    end = Thread(connect().lookupByName(domain.name()).destroy)
    os.close(reader)  # QEMU ends when its writing does
    end.join(20)
    call.join(20)
    assert call.error, "the save worked"
    equal(state(domain), (libvirt.VIR_DOMAIN_SHUTOFF, libvirt.VIR_DOMAIN_SHUTOFF_DESTROYED), "state")


@test("dumps: of memory for debuggers, and of everything; the guest goes on, is reset or ends")
def dumps() -> None:
    folder()
    path = f"{FOLDER}/core"
    domain = started(connect())
    before = ticks(domain)
    virsh("dump", "sector", path, "--memory-only")
    with open(path, "rb") as file:
        equal(file.read(4), b"\x7fELF", "magic")
    before = ticks(domain, before)
    domain.coreDumpWithFormat(path, libvirt.VIR_DOMAIN_CORE_DUMP_FORMAT_KDUMP_ZLIB, libvirt.VIR_DUMP_MEMORY_ONLY)
    with open(path, "rb") as file:
        equal(file.read(12), b"makedumpfile", "magic")
    refused(domain.coreDumpWithFormat, path, libvirt.VIR_DOMAIN_CORE_DUMP_FORMAT_KDUMP_ZLIB, 0, text="memory-only")
    stats = domain.jobStats(libvirt.VIR_DOMAIN_JOB_STATS_COMPLETED)
    equal(stats["operation"], libvirt.VIR_DOMAIN_JOB_OPERATION_DUMP, "operation")
    for flags in (0, libvirt.VIR_DUMP_LIVE):
        os.unlink(path)
        domain.coreDump(path, flags)
        assert os.stat(path).st_size > 100000, "the dump is short"
        equal(state(domain)[0], libvirt.VIR_DOMAIN_RUNNING, "state")
        before = ticks(domain, before)
    console = SerialConsole(domain)
    domain.coreDump(path, libvirt.VIR_DUMP_RESET)
    console.wait("sector up")
    console.close()
    refused(domain.coreDump, f"{FOLDER}/none/core", 0, text="No such file")
    equal(state(domain)[0], libvirt.VIR_DOMAIN_RUNNING, "state")
    domain.coreDump(path, libvirt.VIR_DUMP_CRASH)
    equal(state(domain), (libvirt.VIR_DOMAIN_SHUTOFF, libvirt.VIR_DOMAIN_SHUTOFF_CRASHED), "state")
    equal(os.listdir(FOLDER), ["core"], "files")


main()
