# SPDX-License-Identifier: LGPL-2.1-or-later
"""Guests under systemd-machined: registered, in scopes of its own, and gone from there when they end."""
import os

import libvirt
from harness import DIRECT, connect, equal, gone, guest_xml, holds, later, main, run, test, virsh


def cgroup(pid: int) -> dict[str, str]:
    with open(f"/proc/{pid}/cgroup", encoding="ascii") as file:
        return {names: path for _, names, path in (line.split(":", 2) for line in file.read().splitlines())}


def guest(partition: str = "") -> libvirt.virDomain:
    extra = f"<resource><partition>{partition}</partition></resource>" if partition else ""
    domain = connect(DIRECT).defineXML(guest_xml(disk="/testhost/share/sector.img", extra=extra))
    later(lambda: gone(domain))
    domain.create()
    return domain


def pid_of(name: str = "sector") -> int:
    with open(f"/run/libvirt/qemu/{name}.pid", encoding="ascii") as file:
        return int(file.read())


@test("a guest is a machine of systemd's, lives through a restart, and its scope ends with it")
def machine() -> None:
    domain = guest()
    name = f"qemu-{domain.ID()}-sector"
    status = run("machinectl", "--no-pager", "show", name)
    holds(status, "Service=libvirt-qemu")
    holds(status, "Class=vm")
    holds(status, f"Leader={pid_of()}")
    scope = f"/machine.slice/machine-qemu\\x2d{domain.ID()}\\x2dsector.scope"
    holds(status, "Unit=" + os.path.basename(scope).replace("\\", "\\\\"))
    places = cgroup(pid_of())
    places = cgroup(pid_of())
    assert any(path.startswith(scope) for path in places.values()), places
    # A container's controllers of version 1 are not to be changed from inside: then only systemd knows of the place.
    writable = any(os.access(f"/sys/fs/cgroup/{name}", os.W_OK) for name in ("cpu/tasks", "machine.slice/cgroup.subtree_control"))
    run("systemctl", "restart", "virtqemud.service")
    if writable:
        assert any(path == f"{scope}/libvirt/emulator" for path in places.values()), places
        virsh("schedinfo", "sector", "--live", "--set", "vcpu_quota=50000", uri=DIRECT)
        holds(virsh("schedinfo", "sector", uri=DIRECT), r"vcpu_quota\s*: 50000")
    else:
        holds(virsh("schedinfo", "sector", uri=DIRECT, status=1), "cgroup CPU controller is not mounted")
    equal(cgroup(pid_of()), places, "where it is")
    connect(DIRECT).lookupByName("sector").destroy()
    assert name not in run("machinectl", "--no-pager", "list"), "the machine is left"
    holds(run("systemctl", "show", "-p", "ActiveState", os.path.basename(scope)), "inactive")


@test("a partition is a slice")
def partition() -> None:
    domain = guest("/machine/production")
    assert any(path.startswith("/machine.slice/machine-production.slice/machine-qemu") for path in cgroup(pid_of()).values()), \
        cgroup(pid_of())
    domain.destroy()


main()
