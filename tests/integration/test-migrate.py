# SPDX-License-Identifier: LGPL-2.1-or-later
"""Guests that move from one daemon to another, and what can go wrong on the way.

The other host is a second virtqemud with a mount namespace, and so state, of its own; disks are seen by both.
A guest that moved says how often its timer has ticked; one that booted anew begins at 0.
"""
import os
import shutil
import signal
import subprocess
from typing import Any, Optional

import libvirt
from harness import (DIRECT, PLAIN, SerialConsole, Thread, close, connect, equal, gone, guest_xml, holds,
                     later, main, refused, signal_daemon, started, state, test, ticks, virsh, wait_for)

ROOT = "/run/other"
OTHER = f"qemu+unix:///system?socket={ROOT}/run/virtqemud-sock"
PLACES = {"run": "/run/libvirt", "etc": "/etc/libvirt", "lib": "/var/lib/libvirt/qemu", "log": "/var/log/libvirt/qemu"}
LIVE = libvirt.VIR_MIGRATE_LIVE | libvirt.VIR_MIGRATE_UNSAFE
RUNNING, PAUSED, SHUTOFF = libvirt.VIR_DOMAIN_RUNNING, libvirt.VIR_DOMAIN_PAUSED, libvirt.VIR_DOMAIN_SHUTOFF
daemon: Optional[subprocess.Popen[bytes]] = None


def start_other() -> None:
    """The other host's daemon."""
    global daemon  # pylint: disable=global-statement
    for name, place in PLACES.items():
        os.makedirs(f"{ROOT}/{name}", exist_ok=True)
        os.makedirs(place, exist_ok=True)
    shutil.chown(f"{ROOT}/lib", "libvirt-qemu")
    with open(f"{ROOT}/etc/virtqemud.conf", "w", encoding="ascii") as file:
        file.write('host_uuid = "11111111-2222-3333-4444-555555555555"\n')
    with open(f"{ROOT}/etc/qemu.conf", "w", encoding="ascii") as file:
        file.write('migration_host = "127.0.0.1"\nuser = "root"\n')  # who may use userfaultfd
    binds = " && ".join(f"mount --bind {ROOT}/{name} {place}" for name, place in PLACES.items())
    with open(f"{os.environ['DEVHOST_DIR']}/other.log", "ab") as log:
        daemon = subprocess.Popen(["unshare", "-m", "sh", "-c", f"{binds} && exec \"$0\" --pid-file {ROOT}/pid",
                                   f"{os.environ['DEVHOST_BUILD']}/daemons/virtqemud"], env=PLAIN, stderr=log)

    def up() -> bool:
        try:
            libvirt.open(OTHER).close()
            return True
        except libvirt.libvirtError:
            return False
    wait_for("the other daemon", up)


def both(uri: str = DIRECT) -> tuple[libvirt.virConnect, libvirt.virConnect]:
    if daemon is None:
        start_other()
    here, there = connect(uri), connect(OTHER)
    later(lambda: [end_all(OTHER), end_all(DIRECT)])
    return here, there


def end_all(uri: str) -> None:
    connection = libvirt.open(uri)
    for domain in connection.listAllDomains():
        if domain.isActive():
            domain.destroy()
    for domain in connection.listAllDomains():
        domain.undefine()
    close(connection)


def names(connection: libvirt.virConnect) -> list[str]:
    return sorted(domain.name() for domain in connection.listAllDomains())


def events_of(connection: libvirt.virConnect) -> list[tuple[int, int]]:
    seen: list[tuple[int, int]] = []
    ident = connection.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                                              lambda conn, dom, event, detail, opaque: seen.append((event, detail)), None)
    later(lambda: connection.domainEventDeregisterAny(ident))
    return seen


def nothing_left(where: str) -> None:
    """No process, status file or folder of a guest."""
    equal([name for name in os.listdir(f"{where}/qemu") if name.endswith((".xml", ".pid"))], [], "state files")


@test("live, led by stock virsh: the guest goes on there, stays defined here; events, state, statistics")
def live() -> None:
    here, there = both()
    domain = started(here)
    before = ticks(domain)
    ours, theirs = events_of(here), events_of(there)
    virsh("migrate", "--live", "--unsafe", "sector", OTHER, uri=DIRECT)
    moved = there.lookupByName("sector")
    equal(state(moved), (RUNNING, libvirt.VIR_DOMAIN_RUNNING_MIGRATED), "state there")
    equal(state(domain), (SHUTOFF, libvirt.VIR_DOMAIN_SHUTOFF_MIGRATED), "state here")
    equal(moved.isPersistent(), 0, "defined there")
    ticks(moved, before)
    wait_for("the event here", lambda: (libvirt.VIR_DOMAIN_EVENT_STOPPED, libvirt.VIR_DOMAIN_EVENT_STOPPED_MIGRATED) in ours)
    wait_for("the event there", lambda: (libvirt.VIR_DOMAIN_EVENT_STARTED, libvirt.VIR_DOMAIN_EVENT_STARTED_MIGRATED) in theirs)
    stats = domain.jobStats(libvirt.VIR_DOMAIN_JOB_STATS_COMPLETED)
    equal((stats["type"], stats["operation"]),
          (libvirt.VIR_DOMAIN_JOB_COMPLETED, libvirt.VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT), "job that ended")
    assert stats["memory_processed"] > 0, stats
    nothing_left("/run/libvirt")


@test("there and back, with the definition; renamed; paused; through a UNIX socket")
def there_and_back() -> None:
    here, there = both()
    domain = started(here)
    before = ticks(domain)
    domain.migrate3(there, {}, LIVE | libvirt.VIR_MIGRATE_PERSIST_DEST | libvirt.VIR_MIGRATE_UNDEFINE_SOURCE)
    moved = there.lookupByName("sector")  # the binding gives domains of migrate3() the wrong connection
    equal((names(here), names(there)), ([], ["sector"]), "guests")
    equal(moved.isPersistent(), 1, "defined there")
    before = ticks(moved, before)
    moved.migrate3(here, {libvirt.VIR_MIGRATE_PARAM_URI: f"unix://{ROOT}/lib/way", libvirt.VIR_MIGRATE_PARAM_DEST_NAME: "other"},
                            libvirt.VIR_MIGRATE_UNSAFE | libvirt.VIR_MIGRATE_PAUSED)
    domain = here.lookupByName("other")
    equal(state(domain)[0], PAUSED, "state")
    equal(state(moved)[0], SHUTOFF, "state there")
    domain.resume()
    ticks(domain, before)


@test("peer to peer: the daemon leads by itself")
def peer() -> None:
    here, there = both()
    domain = started(here)
    before = ticks(domain)
    virsh("migrate", "--live", "--unsafe", "--p2p", "--persistent", "--undefinesource", "sector", OTHER, uri=DIRECT)
    equal((names(here), names(there)), ([], ["sector"]), "guests")
    ticks(there.lookupByName("sector"), before)


@test("a guest that does not run moves its definition only")
def offline() -> None:
    here, there = both()
    domain = here.defineXML(guest_xml())
    refused(domain.migrate3, there, {}, LIVE, code=libvirt.VIR_ERR_OPERATION_INVALID, text="not running")
    virsh("migrate", "--offline", "--persistent", "--undefinesource", "sector", OTHER, uri=DIRECT)
    equal((names(here), names(there)), ([], ["sector"]), "guests")


@test("what is refused: unsafe disks, unknown addresses, another guest of that name, hardware that changes")
def refusals() -> None:
    here, there = both()
    domain = started(here)
    before = ticks(domain)
    flags = libvirt.VIR_MIGRATE_LIVE
    refused(domain.migrate3, there, {}, flags, code=libvirt.VIR_ERR_MIGRATE_UNSAFE, text="unsafe")
    refused(domain.migrate3, there, {libvirt.VIR_MIGRATE_PARAM_URI: "carrier:pigeon"}, LIVE, text="carrier")
    refused(domain.migrate3, there, {libvirt.VIR_MIGRATE_PARAM_URI: "tcp:192.0.2.1:1", "listen_address": "192.0.2.1"}, LIVE)
    xml = domain.XMLDesc(libvirt.VIR_DOMAIN_XML_MIGRATABLE)
    refused(domain.migrate3, there, {libvirt.VIR_MIGRATE_PARAM_DEST_XML: xml.replace(">16384<", ">32768<")}, LIVE,
            code=libvirt.VIR_ERR_CONFIG_UNSUPPORTED)
    refused(domain.migrate3, here, {}, LIVE)
    other = there.defineXML(guest_xml())
    refused(domain.migrate3, there, {}, LIVE, text="already.*exists|already defined")
    other.undefine()
    equal(state(domain)[0], RUNNING, "state")
    equal(names(there), [], "guests there")
    before = ticks(domain, before)
    domain.migrate3(there, {}, LIVE)
    ticks(there.lookupByName("sector"), before)


def slow(domain: libvirt.virDomain, there: libvirt.virConnect, flags: int = 0) -> Thread:
    """A migration that lasts, on connections of its own: with two threads on one and events, the client of 9.0 can miss that it
    is to wake up, and the second thread waits for the first."""
    domain.migrateSetMaxSpeed(1)
    own = connect(DIRECT).lookupByName(domain.name())
    call = Thread(own.migrate3, connect(OTHER), {libvirt.VIR_MIGRATE_PARAM_BANDWIDTH: 1}, LIVE | flags)
    begun(domain)
    return call


def begun(domain: libvirt.virDomain) -> None:
    """It has begun."""
    wait_for("the migration to begin", lambda: domain.jobInfo()[0] == libvirt.VIR_DOMAIN_JOB_UNBOUNDED and
             domain.jobStats().get("memory_total", 0) > 0)


def busy(here: libvirt.virConnect) -> libvirt.virDomain:
    """A guest with memory to send: its zero pages alone take a while at 1 MiB/s."""
    domain = here.defineXML(guest_xml().replace("<memory unit='MiB'>16<", "<memory unit='GiB'>10<"))
    later(lambda: gone(domain))
    domain.createWithFlags(libvirt.VIR_DOMAIN_START_PAUSED)
    console = SerialConsole(domain)
    domain.resume()
    console.wait("sector up")
    console.close()
    return domain


@test("aborted: the guest goes on here, nothing is left there")
def aborted() -> None:
    here, there = both()
    domain = busy(here)
    before = ticks(domain)
    call = slow(domain, there)
    holds(virsh("domjobinfo", "sector", uri=DIRECT), "Operation: +Outgoing migration")
    equal(domain.migrateGetMaxSpeed(), 1, "speed limit")
    domain.migrateSetMaxDowntime(500)
    equal(domain.migrateGetMaxDowntime(), 500, "downtime")
    refused(domain.migrateStartPostCopy, text="VIR_MIGRATE_POSTCOPY")
    domain.abortJob()
    call.join(30)
    holds(str(call.error), "cancel")
    equal(state(domain)[0], RUNNING, "state")
    wait_for("nothing there", lambda: names(there) == [])
    nothing_left(f"{ROOT}/run")
    ticks(domain, before)


@test("the client that leads goes away: the guest goes on here, nothing is left there")
def client_gone() -> None:
    here, there = both()
    domain = busy(here)
    before = ticks(domain)
    domain.migrateSetMaxSpeed(1)
    client = subprocess.Popen(["virsh", "-q", "-c", DIRECT, "migrate", "--live", "--unsafe", "--bandwidth", "1", "sector", OTHER],
                              env=PLAIN, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    begun(domain)
    client.kill()
    client.wait()
    wait_for("the end of the job", lambda: domain.jobInfo()[0] == libvirt.VIR_DOMAIN_JOB_NONE)
    wait_for("nothing there", lambda: names(there) == [])
    equal(state(domain)[0], RUNNING, "state")
    ticks(domain, before)


@test("the daemon here is killed on the way: the next one goes on with the guest")
def killed() -> None:
    here, there = both()
    domain = busy(here)
    before = ticks(domain)
    call = slow(domain, there)
    signal_daemon("virtqemud", signal.SIGKILL)
    call.join(30)
    domain = connect(DIRECT).lookupByName("sector")
    wait_for("the end of the job", lambda: domain.jobInfo()[0] == libvirt.VIR_DOMAIN_JOB_NONE and state(domain)[0] == RUNNING)
    wait_for("nothing there", lambda: names(there) == [])
    ticks(domain, before)


@test("the guest is destroyed there while it comes: it goes on here")
def destroyed_there() -> None:
    here, there = both()
    domain = busy(here)
    before = ticks(domain)
    call = slow(domain, there)
    there.lookupByName("sector").destroy()
    call.join(30)
    assert call.error, "the migration worked"
    equal(state(domain)[0], RUNNING, "state")
    equal(names(there), [], "guests there")
    ticks(domain, before)


@test("post-copy: the guest runs there before its memory has gone over")
def postcopy() -> None:
    here, there = both()
    domain = busy(here)
    before = ticks(domain)
    call = slow(domain, there, libvirt.VIR_MIGRATE_POSTCOPY)
    domain.migrateStartPostCopy()
    call.join(60)
    if call.error:
        raise call.error
    moved = there.lookupByName("sector")
    equal(state(moved)[0], RUNNING, "state there")
    equal(state(domain)[0], SHUTOFF, "state here")
    ticks(moved, before)


main()
