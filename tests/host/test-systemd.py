# SPDX-License-Identifier: LGPL-2.1-or-later
"""The suite under systemd: units, activation, restarts under a running guest, journal, polkit."""
import contextlib
import glob
import grp
import json
import os
import pwd
import shutil
import signal
import stat
from functools import partial
from typing import Callable, Optional

import harness
import libvirt
from harness import (DIRECT, PROXY, SerialConsole, Wire, connect, equal, holds, later, main, refused,
                     run, test, wait_for, with_network)

DAEMONS = ["virtnetworkd", "virtnodedevd", "virtproxyd", "virtqemud", "virtstoraged"]
FLAVOURS = {"": ("-sock", 0o666), "-ro": ("-sock-ro", 0o666), "-admin": ("-admin-sock", 0o600)}
# Not for every host: a preset leaves them off.
REMOTE = ["virtproxyd-tcp.socket", "virtproxyd-tls.socket"]
RULES = "/etc/polkit-1/rules.d/10-test.rules"


def path_of(daemon: str, flavour: str) -> str:
    return f"/run/libvirt/{'libvirt' if daemon == 'virtproxyd' else daemon}{FLAVOURS[flavour][0]}"


def show(unit: str, key: str) -> str:
    return run("systemctl", "show", "--value", "-p", key, unit).strip()


def active(daemon: str) -> bool:
    return show(f"{daemon}.service", "ActiveState") == "active"


def wait_inactive(daemon: str) -> None:
    wait_for(f"the end of {daemon}", lambda: show(f"{daemon}.service", "ActiveState") == "inactive")


def main_pid(daemon: str) -> int:
    return int(show(f"{daemon}.service", "MainPID"))


def stop(daemon: str) -> None:
    """Ends the daemon, but not its sockets."""
    run("systemctl", "stop", f"{daemon}.service")
    equal(show(f"{daemon}.service", "Result"), "success", f"how {daemon} ended")


def journal(*match: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in run("journalctl", "-o", "json", "--no-pager", *match).splitlines()]


def configure(path: str, text: str) -> None:
    """Writes a file for the time of the test."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    old = None
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            old = file.read()

    def undo() -> None:
        if old is None:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
        else:
            with open(path, "w", encoding="utf-8") as changed:
                changed.write(old)
    later(undo)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def with_timeout(daemon: str, seconds: int) -> None:
    later(lambda: run("systemctl", "daemon-reload"))
    configure(f"/run/systemd/system/{daemon}.service.d/timeout.conf",
              f'[Service]\nEnvironment={daemon.upper()}_ARGS="--timeout {seconds}"\n')
    run("systemctl", "daemon-reload")
    stop(daemon)


def as_user(user: str, *argv: str, status: Optional[int] = 0) -> str:
    return run("setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", "--reset-env", *argv, status=status)


def virsh_as(user: str, *argv: str, uri: str = DIRECT, status: Optional[int] = 0) -> str:
    return as_user(user, "virsh", "-q", "-c", uri, *argv, status=status).strip()


def qemu_pid(name: str) -> int:
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        with contextlib.suppress(OSError), open(path, "rb") as file:
            if f"guest={name},".encode() in file.read():
                return int(path.split("/")[2])
    raise AssertionError(f"guest '{name}' has no process")


def started(connection: libvirt.virConnect, **fields: str) -> libvirt.virDomain:
    disk = f"/var/lib/libvirt/images/{fields.get('name', 'sector')}.img"
    shutil.copyfile("/testhost/share/sector.img", disk)
    return harness.started(connection, disk=disk, **fields)


def obeys(connection: libvirt.virConnect, name: str) -> None:
    """The guest answers on its console."""
    domain = connection.lookupByName(name)
    equal(domain.state()[0], libvirt.VIR_DOMAIN_RUNNING, f"state of {name}")
    console = SerialConsole(domain)
    console.send("hello")
    console.wait("hello")
    console.close()


@test("systemd finds nothing to say about the units")
def verify() -> None:
    units = [os.path.basename(path) for path in glob.glob("/usr/lib/systemd/system/virt*d*")]
    equal(len(units), 4 * len(DAEMONS) + len(REMOTE), "number of units")
    equal(run("systemd-analyze", "verify", "--man=no", *units), "", "what it says")


@test("a boot leaves sockets with their modes, no daemon, and nothing failed")
def boot() -> None:
    for daemon in DAEMONS:
        equal(show(f"{daemon}.service", "ActiveState"), "inactive", daemon)
        for flavour, (_, mode) in FLAVOURS.items():
            equal(show(f"{daemon}{flavour}.socket", "SubState"), "listening", f"{daemon}{flavour}.socket")
            info = os.stat(path_of(daemon, flavour))
            equal((stat.S_ISSOCK(info.st_mode), stat.S_IMODE(info.st_mode), info.st_uid), (True, mode, 0),
                  f"{daemon}{flavour}")
    for unit in REMOTE:
        equal(show(unit, "ActiveState"), "inactive", unit)
    equal(run("systemctl", "--failed", "--no-legend"), "", "failed units")


@test("accounts and folders are there")
def accounts() -> None:
    equal(pwd.getpwnam("libvirt-qemu").pw_gid, grp.getgrnam("kvm").gr_gid, "group of libvirt-qemu")
    pwd.getpwnam("qemu")
    equal(grp.getgrnam("libvirt").gr_mem, ["member"], "group libvirt")
    for folder, mode in (("/run/libvirt", 0o755), ("/var/lib/libvirt/images", 0o711), ("/var/log/libvirt", 0o700),
                         ("/var/cache/libvirt", 0o711)):
        info = os.stat(folder)
        equal((stat.S_IMODE(info.st_mode), info.st_uid), (mode, 0), folder)


@test("each socket starts its daemon, which says when it is ready")
def activation() -> None:
    for daemon in DAEMONS:
        for flavour in FLAVOURS:
            if active(daemon):
                stop(daemon)
            if flavour == "-admin":
                name = "libvirtd" if daemon == "virtproxyd" else daemon  # whose socket the proxy has
                holds(run("virt-admin", "-c", f"{name}:///system", "srv-list"), daemon)
            else:
                wire = Wire(path_of(daemon, flavour))
                equal(wire.call(harness.AUTH_LIST)[0], 0, f"first answer over {daemon}{flavour}")
            equal(active(daemon), True, f"{daemon} by its socket {flavour}")
            holds(show(f"{daemon}.service", "Type"), "^notify")
        stop(daemon)


@test("an idle daemon ends, one with a client stays, and the next client starts it again")
def idle() -> None:
    with_timeout("virtnodedevd", 1)
    with_timeout("virtstoraged", 1)
    with_timeout("virtnetworkd", 2)
    kept = connect("nodedev:///system")
    connect("storage:///system").close()
    connect("network:///system").close()
    pid = main_pid("virtnodedevd")
    for daemon in ("virtstoraged", "virtnetworkd"):  # the latter after twice as long as the kept one has
        wait_inactive(daemon)
        equal(show(f"{daemon}.service", "Result"), "success", f"how {daemon} ended")
        equal(show(f"{daemon}.socket", "SubState"), "listening", f"{daemon}.socket")
    equal(main_pid("virtnodedevd"), pid, "virtnodedevd with a client")
    equal(kept.numOfDevices(None) > 0, True, "host devices")
    equal(connect("storage:///system").listAllStoragePools(), [], "pools, from the new process")
    equal(active("virtstoraged"), True, "virtstoraged")


@test("a daemon that failed comes back by itself")
def failure() -> None:
    connect("storage:///system").close()
    pid = main_pid("virtstoraged")
    os.kill(pid, signal.SIGKILL)
    wait_for("the next virtstoraged", lambda: active("virtstoraged") and main_pid("virtstoraged") not in (0, pid))
    connect("storage:///system")


@test("guest, network and clients live through restarts of every daemon")
def restarts() -> None:
    connection = connect(PROXY)
    network = with_network(connect("network:///system"))
    domain = started(connection, devices="<interface type='network'><source network='itest'/></interface>")
    pid, xml = qemu_pid("sector"), domain.XMLDesc()
    told: list[int] = []
    connection.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                                      lambda c, d, event, detail, opaque: told.append(event), None)
    port = holds(xml, "portid='([0-9a-f-]+)'")
    for daemon in DAEMONS:
        before = main_pid(daemon)
        run("systemctl", "restart", f"{daemon}.service")
        equal(main_pid(daemon) not in (0, before), True, f"{daemon} is another process")
        os.kill(pid, 0)
        obeys(connection, "sector")  # over the connection from before
        equal(network.isActive(), 1, "network")
        equal([one.UUIDString() for one in network.listAllPorts()], [port], "ports")
    equal(domain.XMLDesc(), xml, "live XML")
    run("systemctl", "kill", "--kill-whom=main", "--signal=KILL", "virtqemud.service")
    wait_for("the next virtqemud", lambda: active("virtqemud"))
    obeys(connect(DIRECT), "sector")
    equal(qemu_pid("sector"), pid, "process of the guest")
    stop("virtqemud")
    os.kill(pid, 0)
    domain = connect(DIRECT).lookupByName("sector")
    domain.destroy()
    network.destroy()
    wait_for("the event of the guest's end", lambda: libvirt.VIR_DOMAIN_EVENT_STOPPED in told)


@test("a daemon with a guest is not idle")
def busy() -> None:
    with_timeout("virtqemud", 1)
    with_timeout("virtstoraged", 2)
    started(connect(DIRECT)).connect().close()
    pid = main_pid("virtqemud")
    connect("storage:///system").close()
    wait_inactive("virtstoraged")
    equal(main_pid("virtqemud"), pid, "virtqemud")


def quiet(connection: libvirt.virConnect, debugs: Callable[[], list[dict[str, str]]]) -> bool:
    """A call leaves no debug message."""
    before = len(debugs())
    connection.listAllDomains()
    run("journalctl", "--sync")
    return len(debugs()) == before


@test("reload takes a new configuration, and keeps the old one when the new is wrong")
def reload() -> None:
    connection = connect(DIRECT)
    pid = main_pid("virtqemud")
    later(lambda: run("systemctl", "reload", "virtqemud.service"))
    configure("/etc/libvirt/virtqemud.conf", 'log_level = 1\nlog_outputs = "1:journald"\n')
    run("systemctl", "reload", "virtqemud.service")

    def debugs() -> list[dict[str, str]]:
        return [one for one in journal("-u", "virtqemud", f"_PID={pid}") if one["PRIORITY"] == "7"]
    wait_for("debug messages in the journal", lambda: connection.listAllDomains() == [] and debugs())
    configure("/etc/libvirt/virtqemud.conf", 'log_level = 1\nmax_clients = "many"\n')
    run("systemctl", "reload", "virtqemud.service")
    wait_for("what is wrong in the journal", lambda: [
        one for one in journal("-u", "virtqemud", f"_PID={pid}")
        if one["PRIORITY"] == "3" and "virtqemud.conf:2" in one["MESSAGE"] and "max_clients" in one["MESSAGE"]])
    equal((main_pid("virtqemud"), active("virtqemud")), (pid, True), "virtqemud")
    equal(connection.listAllDomains(), [], "guests")
    os.unlink("/etc/libvirt/virtqemud.conf")
    run("systemctl", "reload", "virtqemud.service")
    wait_for("no more debug messages", lambda: quiet(connection, debugs))


@test("journal entries say what, where and whose")
def fields() -> None:
    refused(connect(DIRECT).createXML, "<domain type='qemu'/>")
    later(lambda: run("systemctl", "reload", "virtqemud.service"))
    configure("/etc/libvirt/virtqemud.conf", "log_level = \n")
    run("systemctl", "reload", "virtqemud.service")

    def found() -> list[dict[str, str]]:
        return [one for one in journal("-u", "virtqemud") if "virtqemud.conf:1" in one["MESSAGE"]]
    entry = wait_for("the message", found)[-1]
    for key, pattern in {"LIBVIRT_SOURCE": "^daemon$", "CODE_FILE": r"daemon\.c$", "CODE_FUNC": "^reload$",
                         "CODE_LINE": r"^\d+$", "PRIORITY": "^3$", "SYSLOG_IDENTIFIER": "^virtqemud$",
                         "LIBVIRT_CODE": r"^\d+$", "_SYSTEMD_UNIT": r"^virtqemud\.service$"}.items():
        holds(entry.get(key, ""), pattern)


@test("without a group a user may look, not manage; group libvirt may; a rule decides")
def polkit() -> None:
    started(connect(DIRECT))
    for uri in (DIRECT, PROXY):
        holds(as_user("outsider", "virsh", "-r", "-c", uri, "list", "--all"), "sector")
        holds(virsh_as("outsider", "list", uri=uri, status=1), "org.libvirt.unix.manage|authentication unavailable")
        equal(virsh_as("member", "domstate", "sector", uri=uri), "running", "what a member of the group sees")
    holds(as_user("outsider", "virsh", "-r", "-c", DIRECT, "destroy", "sector", status=1), "read.only")
    refused_by_mode = as_user("member", "virt-admin", "-c", "virtqemud:///system", "srv-list", status=1)
    holds(refused_by_mode, "Permission denied")
    configure(RULES, """polkit.addRule(function(action, subject) {
        if (action.id == "org.libvirt.unix.manage" && subject.user == "outsider")
            return polkit.Result.YES;
    });""")
    wait_for("polkit to know the rule", lambda: "running" in as_user(
        "outsider", "virsh", "-q", "-c", DIRECT, "domstate", "sector", status=None))
    virsh_as("outsider", "suspend", "sector", uri=PROXY)
    equal(virsh_as("outsider", "domstate", "sector"), "paused", "after a change by the outsider")


def define(name: str, connection: libvirt.virConnect) -> str:
    """A file with a guest's definition, for all to read."""
    path = f"/tmp/{name}.xml"
    with open(path, "w", encoding="utf-8") as file:
        file.write(connection.lookupByName(name).XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE))
    os.chmod(path, 0o644)
    return path


def only_open(uri: str) -> bool:
    return virsh_as("member", "list", "--all", "--name", uri=uri, status=None).split() == ["open"]


@test("with access_drivers rules see each call and its object")
def access() -> None:
    configure(RULES, """polkit.addRule(function(action, subject) {
        if (subject.user != "member" || action.id.indexOf("org.libvirt.api.") != 0)
            return polkit.Result.NOT_HANDLED;
        if (action.lookup("connect_driver") == "QEMU" && action.lookup("domain_name") == "closed")
            return polkit.Result.NO;
        return action.id == "org.libvirt.api.domain.reset" ? polkit.Result.NO : polkit.Result.YES;
    });""")
    configure("/etc/libvirt/virtqemud.conf", 'access_drivers = ["polkit"]\n')
    later(lambda: run("systemctl", "restart", "virtqemud.service"))
    run("systemctl", "restart", "virtqemud.service")
    connection = connect(DIRECT)  # root may do everything
    started(connection, name="open")
    started(connection, name="closed")
    for uri in (DIRECT, PROXY):
        wait_for("polkit to know the rule", partial(only_open, uri))
        equal(virsh_as("member", "domstate", "open", uri=uri), "running", "state")
        holds(virsh_as("member", "domstate", "closed", uri=uri, status=1), "access denied|failed to get domain")
        holds(virsh_as("member", "reset", "open", uri=uri, status=1), "access denied")
        virsh_as("member", "define", define("open", connection), uri=uri)
        holds(virsh_as("member", "define", define("closed", connection), uri=uri, status=1), "access denied")
    equal(sorted(domain.name() for domain in connection.listAllDomains()), ["closed", "open"], "guests, to root")


@test("the same for volumes, which are of a pool")
def access_volumes() -> None:
    configure(RULES, """polkit.addRule(function(action, subject) {
        if (subject.user != "member" || action.id.indexOf("org.libvirt.api.") != 0)
            return polkit.Result.NOT_HANDLED;
        if (action.id.indexOf("org.libvirt.api.storage-vol.") == 0)
            return action.lookup("pool_name") == "pool" && action.lookup("vol_name") == "open"
                ? polkit.Result.YES : polkit.Result.NO;
        return polkit.Result.YES;
    });""")
    configure("/etc/libvirt/virtstoraged.conf", 'access_drivers = ["polkit"]\n')
    later(lambda: run("systemctl", "restart", "virtstoraged.service"))
    run("systemctl", "restart", "virtstoraged.service")
    pool = connect("storage:///system").storagePoolCreateXML(
        "<pool type='dir'><name>pool</name><target><path>/tmp</path></target></pool>")
    later(pool.destroy)
    pid = main_pid("virtstoraged")
    wait_for("polkit to know the rule", lambda: virsh_as(
        "member", "vol-create-as", "pool", "open", "1M", uri="storage:///system", status=None) == "")
    volume = pool.storageVolLookupByName("open")
    later(volume.delete)
    for name in ("pool", "open"):
        holds(virsh_as("member", "vol-create-as", "pool", f"{name}2", "1M", uri="storage:///system", status=1),
              "access denied")
    equal(virsh_as("member", "vol-pool", volume.path(), uri="storage:///system"), "pool", "pool of the volume")
    equal(virsh_as("member", "vol-path", "--pool", "pool", "open", uri="storage:///system"), "/tmp/open", "path")
    equal(main_pid("virtstoraged"), pid, "virtstoraged")


@test("nothing has failed, and stopped sockets take their files along")
def stopped() -> None:
    equal(run("systemctl", "--failed", "--no-legend"), "", "failed units")
    for daemon in DAEMONS:
        run("systemctl", "stop", f"{daemon}.socket")
        wait_inactive(daemon)
        for flavour in FLAVOURS:
            equal(os.path.exists(path_of(daemon, flavour)), False, path_of(daemon, flavour))


main()
