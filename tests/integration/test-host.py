# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the host is and what its emulators can do, compared with what the kernel and QEMU say themselves."""
import glob
import os
import signal
import subprocess
import time
import xml.etree.ElementTree as ET

import libvirt
from harness import DIRECT, SLOW, Skip, connect, equal, main, refused, signal_daemon, test

CACHE = "/var/cache/libvirt/qemu/capabilities"


def cpus(text: str) -> list[int]:
    numbers: list[int] = []
    for part in text.strip().split(","):
        first, _, last = part.partition("-")
        numbers += range(int(first), int(last or first) + 1)
    return numbers


def read(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()


def meminfo(key: str) -> int:
    return next(int(line.split()[1]) for line in read("/proc/meminfo").splitlines() if line.startswith(key + ":"))


def find(element: ET.Element, path: str) -> ET.Element:
    found = element.find(path)
    if found is None:
        raise AssertionError(f"no {path} in <{element.tag}>")
    return found


def capabilities() -> ET.Element:
    return ET.fromstring(connect(DIRECT).getCapabilities())


@test("CPUs are those of the kernel")
def host_cpus() -> None:
    connection = connect(DIRECT)
    online = cpus(read("/sys/devices/system/cpu/online"))
    arch, memory, active, _, nodes, sockets, cores, threads = connection.getInfo()
    equal((arch, active), (os.uname().machine, len(online)), "architecture and active CPUs")
    equal(memory, meminfo("MemTotal") // 1024, "memory in MiB")
    if nodes * sockets * cores * threads < active:
        raise AssertionError("the product of nodes, sockets, cores and threads is to count every CPU")
    count, online_map, n_online = connection.getCPUMap()
    equal((count, n_online), (len(online_map), len(online)), "counts of the CPU map")
    equal([i for i, on in enumerate(online_map) if on], online, "CPU map")
    cells = capabilities().findall("host/topology/cells/cell")
    equal(sorted(int(cpu.get("id", -1)) for cell in cells for cpu in cell.findall("cpus/cpu")), online, "CPUs of all cells")
    for cell in cells:
        for cpu in cell.findall("cpus/cpu"):
            listed = cpus(read(f"/sys/devices/system/cpu/cpu{cpu.get('id')}/topology/thread_siblings_list"))
            equal(cpus(cpu.get("siblings", "")), listed, f"siblings of CPU {cpu.get('id')}")


@test("times and memory are counted, for the whole and for each")
def host_counts() -> None:
    connection = connect(DIRECT)
    whole, first = connection.getCPUStats(-1), connection.getCPUStats(0)
    equal(sorted(whole), ["idle", "iowait", "kernel", "user"], "what is counted")
    if not all(whole[key] >= first[key] for key in ("kernel", "user")):
        raise AssertionError(f"one CPU has worked more than all: {first}, {whole}")
    equal(sorted(connection.getMemoryStats(-1)), ["buffers", "cached", "free", "total"], "what is counted of memory")
    equal(connection.getMemoryStats(-1)["total"], meminfo("MemTotal"), "total memory")
    equal(sorted(connection.getMemoryStats(0)), ["free", "total"], "what is counted of a cell")
    page = os.sysconf("SC_PAGESIZE") // 1024
    pages = connection.getFreePages([page], 0, 1)[0][page]
    total = meminfo("MemTotal") // page
    if not 0 < pages <= total:
        raise AssertionError(f"{pages} of {total} pages are free")
    refused(connection.getCPUStats, 100000, code=libvirt.VIR_ERR_INVALID_ARG)
    refused(connection.getMemoryStats, 1000, code=libvirt.VIR_ERR_INVALID_ARG)
    refused(connection.getCellsFreeMemory, 1000, 1, code=libvirt.VIR_ERR_INVALID_ARG)
    refused(connection.getFreePages, [3], 0, 1, code=libvirt.VIR_ERR_OPERATION_FAILED)


@test("machines and models are those QEMU lists")
def emulator() -> None:
    guest = next((g for g in capabilities().findall("guest") if find(g, "arch").get("name") == os.uname().machine), None)
    if guest is None:
        raise Skip("no emulator of this machine's architecture")
    program = guest.findtext("arch/emulator", "")
    text = subprocess.run([program, "-M", "help"], capture_output=True, text=True, check=True, timeout=60 * SLOW).stdout
    listed = {line.split()[0] for line in text.splitlines()[1:] if line.split()} - {"none"}
    equal({m.text for m in guest.findall("arch/machine")}, listed, "machines")
    connection = connect(DIRECT)
    for kind in [d.get("type") for d in guest.findall("arch/domain")]:
        caps = ET.fromstring(connection.getDomainCapabilities(None, os.uname().machine, None, kind))
        equal((caps.findtext("path"), caps.findtext("domain")), (program, kind), "what is described")
        maximum = next(m.get("maxCpus") for m in guest.findall("arch/machine") if m.text == caps.findtext("machine"))
        if int(find(caps, "vcpu").get("max", 0)) > int(maximum or 0):
            raise AssertionError("more vCPUs than the machine has")
        equal(find(caps, "cpu/mode[@name='host-passthrough']").get("supported"), "yes" if kind == "kvm" else "no",
              "host-passthrough")
    refused(connection.getDomainCapabilities, None, None, "no-such-machine", None, code=libvirt.VIR_ERR_INVALID_ARG)
    refused(connection.getDomainCapabilities, None, None, None, "xen", code=libvirt.VIR_ERR_INVALID_ARG)
    refused(connection.getDomainCapabilities, None, "vax", None, None, code=libvirt.VIR_ERR_INVALID_ARG)
    refused(connection.getDomainCapabilities, "/bin/true", None, None, None)


@test("emulators are asked once; the next daemon reads what they said")
def cache() -> None:
    before = ET.tostring(find(capabilities(), "guest"))
    files = {path: os.stat(path).st_mtime_ns for path in glob.glob(f"{CACHE}/*.xml")}
    if not files:
        raise AssertionError(f"nothing in {CACHE}")
    for path in files:
        equal(ET.parse(path).getroot().tag, "qemuCaps", path)
    signal_daemon("virtqemud", signal.SIGTERM)
    start = time.monotonic()
    equal(ET.tostring(find(capabilities(), "guest")), before, "guests after a restart")
    print(f"# {1000 * (time.monotonic() - start):.0f} ms with a new daemon")
    equal({path: os.stat(path).st_mtime_ns for path in files}, files, "times of the cache")


@test("a broken cache is no answer")
def broken_cache() -> None:
    for path in glob.glob(f"{CACHE}/*.xml"):
        with open(path, "w", encoding="utf-8") as file:
            file.write("<qemuCaps")
    signal_daemon("virtqemud", signal.SIGTERM)
    if not capabilities().findall("guest/arch/machine"):
        raise AssertionError("no machines")
    for path in glob.glob(f"{CACHE}/*.xml"):
        equal(ET.parse(path).getroot().tag, "qemuCaps", path)


main()
