# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where guests run and what they may use: cgroups, CPUs, scheduling, I/O threads, vCPUs, counters."""
import os
import re
import signal
from typing import Any

import libvirt
from harness import (Skip, connect, daemon_pid, equal, guest_xml, holds, later, main, refused, signal_daemon,
                     started, test, virsh, wait_for, gone)

CGROUP = "/sys/fs/cgroup"


def qemu_pid(name: str = "sector") -> int:
    with open(f"/run/libvirt/qemu/{name}.pid", encoding="ascii") as file:
        return int(file.read())


def place(controller: str, pid: int) -> str:
    """Folder of the cgroup that a process or thread is in; the whole hierarchy where version 2 is used."""
    with open(f"/proc/{pid}/cgroup", encoding="ascii") as file:
        lines = [line.split(":", 2) for line in file.read().splitlines()]
    for _, names, path in lines:
        if controller in names.split(","):
            return f"{CGROUP}/{names}{path}"
    for _, names, path in lines:
        if not names:
            return CGROUP + path
    raise Skip(f"no cgroup controller '{controller}' here")


def value(controller: str, pid: int, *names: str) -> str:
    """What one of the files holds that the versions name differently."""
    for name in names:
        if os.path.exists(f"{place(controller, pid)}/{name}"):
            with open(f"{place(controller, pid)}/{name}", encoding="ascii") as file:
                return file.read().strip()
    raise Skip(f"this kernel has none of {names} in {place(controller, pid)}")


def need_cgroups() -> None:
    if not os.access(f"{CGROUP}/cpu/tasks", os.W_OK) and not os.access(f"{CGROUP}/cgroup.subtree_control", os.W_OK):
        raise Skip("this machine lets nobody make cgroups")


def threads(pid: int) -> dict[str, int]:
    """Threads of a guest by their names' ends."""
    found = {}
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/comm", encoding="ascii") as file:
            found[file.read().strip()] = int(thread)
    return found


TUNED = """
  <iothreads>1</iothreads>
  <cputune>
    <shares>2048</shares><period>100000</period><quota>50000</quota>
    <global_period>200000</global_period><global_quota>150000</global_quota>
    <emulator_period>120000</emulator_period><emulator_quota>60000</emulator_quota>
    <vcpupin vcpu='0' cpuset='1'/><emulatorpin cpuset='0'/><iothreadpin iothread='1' cpuset='0-1'/>
    <vcpusched vcpus='1' scheduler='batch'/>
  </cputune>
  <memtune><soft_limit unit='MiB'>256</soft_limit></memtune>
  <numatune><memory mode='restrictive' nodeset='0'/></numatune>"""


@test("a guest is put into cgroups of its own, with its limits, and they go with it")
def cgroups() -> None:
    need_cgroups()
    connection = connect()
    domain = started(connection, vcpus=2, extra=TUNED)
    pid = qemu_pid()
    memory = place("memory", pid)
    holds(memory, r"/machine/qemu-\d+-sector\.libvirt-qemu")
    holds(domain.XMLDesc(), "<partition>/machine</partition>")
    equal(value("memory", pid, "memory.soft_limit_in_bytes", "memory.high"), str(256 << 20))
    emulator = place("cpu", pid)
    equal(os.path.basename(emulator), "emulator")
    holds(value("cpu", pid, "cpu.cfs_quota_us", "cpu.max"), "60000")
    kinds = {os.path.basename(place("cpu", int(thread))) for thread in os.listdir(f"/proc/{pid}/task")}
    equal(kinds, {"emulator", "vcpu0", "vcpu1", "iothread1"}, "groups of threads")
    for thread in map(int, os.listdir(f"/proc/{pid}/task")):
        kind = os.path.basename(place("cpu", thread))
        cpus = {"vcpu0": {1}, "vcpu1": {0, 1}, "iothread1": {0, 1}, "emulator": {0}}[kind]
        equal(os.sched_getaffinity(thread), cpus, f"CPUs of {kind}")
        equal(os.sched_getscheduler(thread), os.SCHED_BATCH if kind == "vcpu1" else os.SCHED_OTHER, f"class of {kind}")
        if kind == "vcpu0":
            holds(value("cpu", thread, "cpu.cfs_quota_us", "cpu.max"), "50000")
            equal(value("cpuset", thread, "cpuset.cpus"), "1")
            equal(value("cpuset", thread, "cpuset.mems"), "0")
    domain.destroy()
    for folder in (memory, emulator):
        assert not os.path.exists(folder), f"{folder} is left"


main()
