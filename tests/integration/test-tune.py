# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where guests run and what they may use: cgroups, CPUs, scheduling, I/O threads, vCPUs, counters."""
import os
import re
import signal
from typing import Any

import libvirt
from harness import (Skip, connect, daemon_pid, equal, gone, guest_xml, holds, later, main, refused, run,
                     signal_daemon, started, test, virsh, wait_for, with_network)

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


def changed(connection: libvirt.virConnect, old: str, new: str, **fields: Any) -> libvirt.virDomain:
    """A guest that runs, whose definition has @new in the place of @old."""
    xml = guest_xml(**fields)
    assert old in xml, old
    domain = connection.defineXML(xml.replace(old, new))
    later(lambda: gone(domain))
    domain.create()
    return domain


class Tunables:
    """What is told of changed settings."""

    def __init__(self, connection: libvirt.virConnect) -> None:
        self.seen: list[dict[str, Any]] = []
        ident = connection.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_TUNABLE,
                                                  lambda conn, dom, params, opaque: self.seen.append(params), None)
        later(lambda: connection.domainEventDeregisterAny(ident))

    def wait(self, wanted: dict[str, Any]) -> None:
        wait_for(f"the event {wanted}", lambda: wanted in self.seen)


def thread_of(pid: int, kind: str) -> int:
    for thread in map(int, os.listdir(f"/proc/{pid}/task")):
        if os.path.basename(place("cpu", thread)) == kind:
            return thread
    raise AssertionError(f"no thread is in the cgroup '{kind}'")


@test("limits of CPU time, memory and nodes are changed while the guest runs, and told")
def limits() -> None:
    need_cgroups()
    connection = connect()
    domain = started(connection, extra="<iothreads>1</iothreads>")
    told = Tunables(connection)
    pid = qemu_pid()
    holds(virsh("schedinfo", "sector"), r"Scheduler\s*: posix\ncpu_shares.*vcpu_quota\s*: -1")
    virsh("schedinfo", "sector", "--live", "--set", "vcpu_period=50000", "vcpu_quota=20000", "iothread_quota=30000")
    holds(value("cpu", thread_of(pid, "vcpu0"), "cpu.cfs_quota_us", "cpu.max"), "20000")
    holds(value("cpu", thread_of(pid, "iothread1"), "cpu.cfs_quota_us", "cpu.max"), "30000")
    told.wait({"cputune.vcpu_period": 50000, "cputune.vcpu_quota": 20000, "cputune.iothread_quota": 30000})
    equal(domain.schedulerParametersFlags(libvirt.VIR_DOMAIN_AFFECT_LIVE)["vcpu_quota"], 20000)
    equal(domain.schedulerParametersFlags(libvirt.VIR_DOMAIN_AFFECT_CONFIG)["vcpu_quota"], 0)
    virsh("schedinfo", "sector", "--config", "--set", "cpu_shares=512")
    holds(domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE), "<shares>512</shares>")
    refused(domain.setSchedulerParametersFlags, {"vcpu_period": 5}, libvirt.VIR_DOMAIN_AFFECT_LIVE,
            code=libvirt.VIR_ERR_INVALID_ARG, text=r"out of range \[1000, 1000000\]")

    virsh("memtune", "sector", "--hard-limit", "512M", "--soft-limit", "256M", "--live")
    folder = os.path.dirname(place("memory", pid)) if place("memory", pid).endswith("emulator") else place("memory", pid)
    with open(next(path for path in (f"{folder}/memory.limit_in_bytes", f"{folder}/memory.max") if os.path.exists(path)),
              encoding="ascii") as file:
        equal(file.read().strip(), str(512 << 20))
    holds(virsh("memtune", "sector"), r"hard_limit\s*: 524288\nsoft_limit\s*: 262144")
    domain.setMemoryParameters({"hard_limit": (1 << 53) - 1}, libvirt.VIR_DOMAIN_AFFECT_LIVE)
    holds(virsh("memtune", "sector"), r"hard_limit\s*: unlimited")

    virsh("numatune", "sector", "--nodeset", "0", "--live")
    holds(virsh("numatune", "sector"), r"numa_nodeset\s*: 0")
    refused(domain.setNumaParameters, {"numa_mode": libvirt.VIR_DOMAIN_NUMATUNE_MEM_INTERLEAVE},
            libvirt.VIR_DOMAIN_AFFECT_LIVE, code=libvirt.VIR_ERR_OPERATION_INVALID, text="can't change numatune mode")
    refused(domain.setBlkioParameters, {"device_read_bytes_sec": "/dev/null,1000"}, libvirt.VIR_DOMAIN_AFFECT_LIVE,
            code=libvirt.VIR_ERR_INVALID_ARG, text="no block device")


@test("limits of block devices reach the kernel, at start and later")
def devices() -> None:
    need_cgroups()
    disk = next((f"/dev/{name}" for name in sorted(os.listdir("/sys/block")) if os.path.exists(f"/dev/{name}")), "")
    if not disk:
        raise Skip("this machine shows no block device")
    number = os.stat(disk).st_rdev
    name = f"{os.major(number)}:{os.minor(number)}"
    domain = started(connect(), extra=f"<blkiotune><device><path>{disk}</path><read_bytes_sec>1000000</read_bytes_sec></device>"
                     "</blkiotune>")
    pid = qemu_pid()
    holds(value("blkio", pid, "blkio.throttle.read_bps_device", "io.max"), f"{name} .*1000000")
    virsh("blkiotune", "sector", "--device-write-iops-sec", f"{disk},77", "--live")
    holds(value("blkio", pid, "blkio.throttle.write_iops_device", "io.max"), f"{name} .*77")
    holds(virsh("blkiotune", "sector"), f"device_write_iops_sec: {disk},77")
    equal(domain.blkioParameters(libvirt.VIR_DOMAIN_AFFECT_CONFIG)["device_write_iops_sec"], "")


@test("pins of vCPUs, emulator and I/O threads are moved, seen and told; I/O threads come and go")
def pins() -> None:
    connection = connect()
    domain = started(connection, vcpus=2, extra="<iothreads>1</iothreads>")
    told = Tunables(connection)
    virsh("vcpupin", "sector", "1", "0", "--live")
    told.wait({"cputune.vcpupin1": "0"})
    equal(re.findall(r"\d+\s+([\d-]+)", virsh("vcpupin", "sector", "--live")), ["0-1", "0"], "pins")
    holds(virsh("vcpuinfo", "sector"), r"VCPU:\s+1\n.*CPU Affinity:\s+y-")
    virsh("emulatorpin", "sector", "1", "--live")
    told.wait({"cputune.emulatorpin": "1"})
    equal(os.sched_getaffinity(qemu_pid()), {1}, "CPUs of the emulator")
    virsh("iothreadpin", "sector", "1", "0", "--live")
    told.wait({"cputune.iothreadpin1": "0"})
    virsh("iothreadadd", "sector", "5", "--live")
    holds(virsh("iothreadinfo", "sector"), r"1\s+0\n\s*5\s+0-1")
    virsh("iothreadset", "sector", "5", "--poll-max-ns", "1234", "--live")
    stats = connection.domainListGetStats([domain], libvirt.VIR_DOMAIN_STATS_IOTHREAD)[0][1]
    equal((stats["iothread.count"], stats["iothread.5.poll-max-ns"]), (2, 1234), "what is known of I/O threads")
    refused(domain.addIOThread, 5, libvirt.VIR_DOMAIN_AFFECT_LIVE, text="already using iothread_id '5'")
    virsh("iothreaddel", "sector", "5", "--live")
    refused(domain.delIOThread, 5, libvirt.VIR_DOMAIN_AFFECT_LIVE, text="cannot find IOThread '5'")
    holds(domain.XMLDesc(), r"<vcpupin vcpu='1' cpuset='0'/>\s*<emulatorpin cpuset='1'/>\s*"
          r"<iothreadpin iothread='1' cpuset='0'/>")
    assert "<cputune>" not in domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE), "pins of the next start have changed"
    virsh("iothreadadd", "sector", "9", "--config")
    virsh("iothreadset", "sector", "9", "--poll-max-ns", "5", "--config")
    holds(domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE), r"<iothread id='9'>\s*<poll max='5'/>")


def places(pid: int) -> dict[int, tuple[str, set[int]]]:
    return {thread: (place("cpu", thread), os.sched_getaffinity(thread)) for thread in map(int, os.listdir(f"/proc/{pid}/task"))}


@test("a new daemon finds cgroups, threads and pins, and changes nothing")
def restart() -> None:
    need_cgroups()
    domain = started(connect(), vcpus=2, extra="<iothreads>1</iothreads><cputune><vcpupin vcpu='1' cpuset='0'/></cputune>")
    pid = qemu_pid()
    before = places(pid)
    old = daemon_pid("virtqemud")
    signal_daemon("virtqemud", signal.SIGKILL)
    virsh("schedinfo", "sector", "--live", "--set", "vcpu_quota=40000", "vcpu_period=100000")
    assert daemon_pid("virtqemud") != old
    after = places(pid)
    same = set(before) & set(after)  # helpers of QEMU come and go
    equal({thread: after[thread] for thread in same}, {thread: before[thread] for thread in same}, "places of threads")
    holds(value("cpu", thread_of(pid, "vcpu1"), "cpu.cfs_quota_us", "cpu.max"), "40000")
    virsh("vcpupin", "sector", "1", "1", "--live")
    equal(os.sched_getaffinity(thread_of(pid, "vcpu1")), {1}, "CPUs of vCPU 1")
    folder = os.path.dirname(place("cpu", pid))
    connection = connect()
    connection.lookupByName("sector").destroy()
    assert not os.path.exists(folder), f"{folder} is left"
    del domain


@test("vCPUs come to a running guest, with a cgroup and pins; what the guest does not let go of stays")
def vcpus() -> None:
    connection = connect()
    domain = changed(connection, "<vcpu>1<", "<vcpu current='1'>4<", extra="<cputune><vcpupin vcpu='2' cpuset='1'/></cputune>")
    pid = qemu_pid()
    virsh("setvcpus", "sector", "2", "--live")
    equal(domain.vcpusFlags(libvirt.VIR_DOMAIN_AFFECT_LIVE), 2)
    virsh("setvcpu", "sector", "2", "--enable", "--live")
    equal([info[0] for info in domain.vcpus()[0]], [0, 1, 2], "vCPUs that are on")
    equal(domain.vcpus()[1][2][:2], (False, True), "CPUs of vCPU 2")
    if os.access(f"{CGROUP}/cpu/tasks", os.W_OK):
        equal(os.sched_getaffinity(thread_of(pid, "vcpu2")), {1}, "CPUs of vCPU 2")
    # Nobody in this guest answers ACPI.
    holds(virsh("setvcpus", "sector", "2", "--live", status=1), "vcpu unplug request timed out|unplug request for not supported")
    equal(domain.vcpusFlags(libvirt.VIR_DOMAIN_AFFECT_LIVE), 3)
    holds(virsh("setvcpu", "sector", "0", "--disable", "--live", status=1), "can't be unplugged")
    virsh("setvcpu", "sector", "3", "--enable", "--config")
    holds(domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE),
          r"<vcpu placement='static' current='2'>4</vcpu>.*<vcpu id='3' enabled='yes'")


@test("counters, dirty pages, memory read, balloon's period, times of each CPU")
def counters() -> None:
    connection = connect()
    domain = changed(connection, "<memballoon model='none'/>", "", vcpus=2)
    try:
        virsh("perf", "sector", "--enable", "page_faults", "--live")
    except AssertionError as error:
        holds(str(error), "unable to enable host cpu perf event for page_faults")
    else:
        assert domain.perfEvents()["page_faults"] is True
        stats = connection.domainListGetStats([domain], libvirt.VIR_DOMAIN_STATS_PERF)[0][1]
        assert "perf.page_faults" in stats, stats
        virsh("perf", "sector", "--disable", "page_faults", "--live")
        assert not connection.domainListGetStats([domain], libvirt.VIR_DOMAIN_STATS_PERF)[0][1]
    refused(domain.setPerfEvents, {"cmt": True}, libvirt.VIR_DOMAIN_AFFECT_LIVE, text="the kernel has no such event")

    virsh("domdirtyrate-calc", "sector", "--seconds", "1")
    stats = wait_for("the rate of dirty pages", lambda: next(
        (row for row in [connection.domainListGetStats([domain], libvirt.VIR_DOMAIN_STATS_DIRTYRATE)[0][1]]
         if row["dirtyrate.calc_status"] == libvirt.VIR_DOMAIN_DIRTYRATE_MEASURED), None))
    assert stats["dirtyrate.megabytes_per_second"] >= 0 and stats["dirtyrate.calc_period"] == 1, stats

    equal(domain.memoryPeek(0x7dfe, 2, libvirt.VIR_MEMORY_PHYSICAL), b"\x55\xaa", "end of the boot sector")
    virsh("dommemstat", "sector", "--period", "3", "--live")
    holds(domain.XMLDesc(), "<stats period='3'/>")
    assert domain.memoryStats()["rss"] > 0
    virsh("setmaxmem", "sector", "65536", "--config")
    holds(domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE), "<memory unit='KiB'>65536</memory>")
    refused(domain.setMaxMemory, 65536, text="cannot resize the maximum memory on an active domain")
    delay = connection.domainListGetStats([domain], libvirt.VIR_DOMAIN_STATS_VCPU)[0][1]
    assert "vcpu.1.delay" in delay, delay
    refused(domain.launchSecurityInfo, code=libvirt.VIR_ERR_OPERATION_UNSUPPORTED, text="SEV")
    if os.path.exists(f"{CGROUP}/cpuacct"):
        each = domain.getCPUStats(False)
        equal(len(each), os.cpu_count(), "CPUs")
        assert sum(cpu["cpu_time"] for cpu in each) > 0 and "vcpu_time" in each[0], each
    assert domain.getCPUStats(True)[0]["cpu_time"] > 0


@test("the bandwidth of an interface is changed while the guest runs")
def bandwidth() -> None:
    connection = connect()
    with_network(connection)
    domain = started(connection, devices="<interface type='network'><source network='itest'/><model type='virtio'/></interface>")
    tap = holds(domain.XMLDesc(), r"<target dev='(vnet\d+)'/>")
    virsh("domiftune", "sector", tap, "--inbound", "1000,2000,512", "--live")
    holds(run("tc", "class", "show", "dev", tap), r"htb 1:1 .*rate 8Mbit ceil 16Mbit")
    holds(virsh("domiftune", "sector", tap), r"inbound.average: 1000\ninbound.peak\s*: 2000")
    virsh("domiftune", "sector", tap, "--inbound", "0", "--live")
    assert "htb" not in run("tc", "class", "show", "dev", tap), "the limit is still there"


@test("a partition that nobody made is refused")
def refusals() -> None:
    need_cgroups()
    connection = connect()
    domain = connection.defineXML(guest_xml(extra="<resource><partition>/nowhere</partition></resource>"))
    later(lambda: gone(domain))
    refused(domain.create, text="resource partition '/nowhere' of 'sector' does not exist")
    equal(domain.isActive(), 0)


main()
