# SPDX-License-Identifier: LGPL-2.1-or-later
"""Processes beside QEMU: they serve the guest's devices, live as long as it does, and outlive their daemon."""
import glob
import os
import shutil
import signal

import libvirt
from harness import (Skip, connect, equal, gone, guest_xml, holds, later, main, refused, run, sector_disk, signal_daemon, test,
                     wait_for)

SHARED = "<memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>"


def need(program: str) -> None:
    if not shutil.which(program) and not os.path.exists(program):
        raise Skip(f"no {program}")


def pid_of(path: str) -> int:
    with open(path, encoding="ascii") as file:
        return int(file.read())


def runs(pid: int, program: str) -> bool:
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return program.encode() in file.read()
    except FileNotFoundError:
        return False


def begin(devices: str, extra: str = "") -> libvirt.virDomain:
    connection = connect()
    domain = connection.defineXML(guest_xml(name="beside", devices=devices, extra=extra))
    later(lambda: gone(domain))
    domain.create()
    return domain


def only(pattern: str) -> str:
    found = glob.glob(pattern)
    equal(len(found), 1, f"files '{pattern}': {found}")
    return found[0]


def lives_and_ends(domain: libvirt.virDomain, pattern: str, program: str) -> None:
    """It is there, is found again after a kill of the daemon, and goes with the guest."""
    path = only(pattern)
    pid = pid_of(path)
    assert runs(pid, program), f"{program} does not run as process {pid}"
    signal_daemon("virtqemud", signal.SIGKILL)
    again = connect().lookupByUUIDString(domain.UUIDString())
    equal(again.isActive(), 1, "active")
    assert runs(pid, program), f"{program} went with the daemon"
    again.destroy()
    wait_for(f"the end of {program}", lambda: not runs(pid, program))
    assert not os.path.exists(path), f"{path} is left"


def tpm_xml(attributes: str = "", inside: str = "") -> str:
    return f"<tpm model='tpm-tis'><backend type='emulator' version='2.0' {attributes}>{inside}</backend></tpm>"


@test("an emulated TPM: made once, kept while the guest is defined")
def tpm() -> None:
    need("swtpm")
    need("swtpm_setup")
    domain = begin(tpm_xml())
    state = f"/var/lib/libvirt/swtpm/{domain.UUIDString()}"
    made = os.stat(f"{state}/tpm2/tpm2-00.permall").st_ino
    equal(os.stat(f"{state}/tpm2").st_mode & 0o777, 0o700, "mode of the state's folder")
    lives_and_ends(domain, "/run/libvirt/qemu/swtpm/*-beside-swtpm.pid", "swtpm")
    domain = connect().lookupByName("beside")
    domain.create()
    assert os.path.exists(f"{state}/tpm2/tpm2-00.permall"), f"the TPM {made} is gone"
    domain.destroy()
    refused(domain.undefineFlags, libvirt.VIR_DOMAIN_UNDEFINE_TPM | libvirt.VIR_DOMAIN_UNDEFINE_KEEP_TPM, text="TPM")
    domain.undefine()
    assert not os.path.exists(state), "the TPM is left"


@test("a TPM that is to be kept stays until it is said that it shall go")
def kept_tpm() -> None:
    need("swtpm")
    connection = connect()
    domain = begin(tpm_xml("persistent_state='yes'", "<active_pcr_banks><sha384/></active_pcr_banks>"))
    state = f"/var/lib/libvirt/swtpm/{domain.UUIDString()}"
    domain.destroy()
    text = domain.XMLDesc()
    domain.undefine()
    assert os.path.exists(state), "the TPM is gone"
    domain = connection.defineXML(text)
    domain.undefineFlags(libvirt.VIR_DOMAIN_UNDEFINE_TPM)
    assert not os.path.exists(state), "the TPM is left"
    # A transient guest takes its own along.
    domain = connection.createXML(guest_xml(name="beside", devices=tpm_xml()), 0)
    later(lambda: gone(domain))
    state = f"/var/lib/libvirt/swtpm/{domain.UUIDString()}"
    assert os.path.exists(state), "no TPM"
    domain.destroy()
    assert not os.path.exists(state), "the TPM is left"


@test("a shared folder by virtiofsd")
def virtiofs() -> None:
    need("/usr/lib/qemu/virtiofsd")
    os.makedirs("/var/lib/libvirt/shared", exist_ok=True)
    folder = """<filesystem type='mount'><driver type='virtiofs'/><source dir='/var/lib/libvirt/shared'/>
                <target dir='tag'/></filesystem>"""
    domain = begin(folder, SHARED)
    lives_and_ends(domain, "/run/libvirt/qemu/*-beside-fs0-fs.pid", "virtiofsd")
    # One that dies takes its device along, not the guest; one that cannot start says why.
    connect().lookupByName("beside").undefine()
    broken = connect().defineXML(guest_xml(name="beside", extra=SHARED,
                                           devices=folder.replace("libvirt/shared", "libvirt/nowhere")))
    later(lambda: gone(broken))
    refused(broken.create, text="nowhere.*does not exist")


@test("a program that fails at the start is quoted")
def fails() -> None:
    os.makedirs("/var/lib/libvirt/shared", exist_ok=True)
    with open("/var/lib/libvirt/broken", "w", encoding="ascii") as file:
        file.write("#!/bin/sh\necho 'no such luck' >&2\nexit 1\n")
    os.chmod("/var/lib/libvirt/broken", 0o755)
    domain = connect().defineXML(guest_xml(name="beside", extra=SHARED, devices="""
        <filesystem type='mount'><driver type='virtiofs'/><binary path='/var/lib/libvirt/broken'/>
        <source dir='/var/lib/libvirt/shared'/><target dir='tag'/></filesystem>"""))
    later(lambda: gone(domain))
    refused(domain.create, text="virtiofsd of 'fs0'.*no such luck")
    equal(glob.glob("/run/libvirt/qemu/*-beside-*"), [], "files left")


@test("user networking by passt")
def passt() -> None:
    need("passt")
    # It copies addresses and routes of an interface that leads somewhere.
    run("ip", "link", "add", "beside0", "type", "bridge")
    later(lambda: run("ip", "link", "del", "beside0"))
    run("ip", "address", "add", "10.99.99.2/24", "dev", "beside0")
    run("ip", "link", "set", "beside0", "up")
    run("ip", "route", "add", "default", "via", "10.99.99.1")
    domain = begin("""<interface type='user'><backend type='passt'/><model type='virtio'/>
                   <portForward proto='tcp' address='127.0.0.1'><range start='2222' to='22'/></portForward></interface>""")
    lives_and_ends(domain, "/run/libvirt/qemu/passt/*-beside-net0-passt.pid", "passt")


@test("a display on a D-Bus of the guest's own")
def bus() -> None:
    need("/usr/bin/dbus-daemon")
    domain = connect().defineXML(guest_xml(name="beside", devices="<graphics type='dbus'/><video><model type='virtio'/></video>"))
    later(lambda: gone(domain))
    try:
        domain.create()
    except libvirt.libvirtError as error:
        if "dbus" in str(error) and "not supported" in str(error):
            raise Skip(f"this QEMU has no such display: {error}") from error
        raise
    holds(run("ls", "/run/libvirt/qemu/dbus"), r"beside-dbus\.sock")
    lives_and_ends(domain, "/run/libvirt/qemu/dbus/*-beside-dbus.pid", "dbus-daemon")


sector_disk("/var/lib/libvirt/sector.img")
main()
