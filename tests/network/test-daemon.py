#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""virtnetworkd end to end, seen by stock virsh, in namespaces of the test's own.

Usage: test-daemon.py VIRTNETWORKD LEASES_HELPER.  Prints TAP.  The pid namespace ends with
the test, and all that was started in it.
"""

import os
import shutil
import signal
import subprocess
import sys
import time

SOCKET = "/run/libvirt/virtnetworkd-sock"
URI = "network+unix:///system?socket=" + SOCKET
NAT = """<network><name>default</name><forward mode='nat'/><ip address='192.168.122.1' netmask='255.255.255.0'>
<dhcp><range start='192.168.122.2' end='192.168.122.254'/></dhcp></ip></network>"""
PORT = """<networkport><uuid>11111111-2222-3333-4444-555555555555</uuid><owner><name>vm</name>
<uuid>aaaaaaaa-2222-3333-4444-555555555555</uuid></owner><mac address='52:54:00:77:88:99'/></networkport>"""


def run(*argv, check=True):
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if check and done.returncode != 0:
        raise AssertionError("%s: %s" % (" ".join(argv), done.stdout))
    return done.stdout


def virsh(*argv, check=True):
    return run("virsh", "-c", URI, *argv, check=check)


def until(what, condition):
    """Wait for a condition that a daemon brings about by itself."""
    deadline = time.monotonic() + 10
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("in vain waited for " + what)
        time.sleep(0.02)


def contains(text, part):
    if part not in text:
        raise AssertionError("%r is not in %r" % (part, text))


def read(path):
    with open(path) as file:
        return file.read()


def rules():
    return run("nft", "-s", "list", "ruleset")


def dnsmasq_pid():
    try:
        return int(read("/run/libvirt/network/default.pid"))
    except (OSError, ValueError):
        return None


class Host:
    def __init__(self, daemon):
        self.program = daemon
        self.process = None

    def start(self):
        self.process = subprocess.Popen([self.program], stderr=open("/run/daemon.log", "a"))
        until("the daemon's socket", lambda: os.path.exists(SOCKET))
        until("an answer", lambda: "error" not in virsh("uri", check=False))

    def crash(self):
        self.process.kill()
        self.process.wait()


def test_life(host):
    path = "/run/net.xml"
    with open(path, "w") as file:
        file.write(NAT)
    contains(virsh("net-define", path), "defined")
    virsh("net-start", "default")
    virsh("net-autostart", "default")
    contains(virsh("net-list", "--all"), "active   yes")
    xml = virsh("net-dumpxml", "default")
    contains(xml, "<bridge name='virbr0' stp='on' delay='0'/>")
    contains(xml, "<mac address='52:54:00:")
    contains(virsh("net-start", "default", check=False), "already active")
    contains(rules(), "masquerade to :1024-65535")
    if read("/proc/sys/net/ipv4/ip_forward").strip() != "1":
        raise AssertionError("nothing is forwarded")


def test_update(host):
    entry = "<host mac='52:54:00:77:88:99' name='guest' ip='192.168.122.77'/>"
    before = dnsmasq_pid()
    virsh("net-update", "default", "add", "ip-dhcp-host", entry, "--live", "--config")
    contains(virsh("net-dumpxml", "default"), "192.168.122.77")
    contains(virsh("net-dumpxml", "default", "--inactive"), "192.168.122.77")
    contains(read("/var/lib/libvirt/dnsmasq/default.hostsfile"), "52:54:00:77:88:99,192.168.122.77,guest")
    if dnsmasq_pid() != before:
        raise AssertionError("dnsmasq was restarted for a host, which it reads again by itself")
    contains(virsh("net-update", "default", "add", "ip-dhcp-host", entry, "--live", check=False), "existing dhcp host entry")


def test_metadata(host):
    if "unknown command" in virsh("net-desc", "default", "--title", check=False):
        return "this virsh is older than metadata of networks"
    virsh("net-desc", "default", "--title", "The title", "--live")
    contains(virsh("net-desc", "default", "--title"), "The title")
    contains(virsh("net-metadata", "default", "http://nobody.example/", check=False), "error:")
    return None


def test_port_and_lease(host):
    path = "/run/port.xml"
    with open(path, "w") as file:
        file.write(PORT)
    virsh("net-port-create", "default", path)
    contains(virsh("net-port-list", "default"), "11111111-2222-3333-4444-555555555555")
    contains(virsh("net-port-dumpxml", "default", "11111111-2222-3333-4444-555555555555"),
             "<plug type='network' bridge='virbr0'/>")
    contains(virsh("net-dumpxml", "default"), "<network connections='1'>")
    # The same owner may ask again; another may not.
    virsh("net-port-create", "default", path)
    with open(path, "w") as file:
        file.write(PORT.replace("aaaaaaaa", "bbbbbbbb"))
    contains(virsh("net-port-create", "default", path, check=False), "already")
    if not shutil.which("busybox"):
        return "busybox is not there: no DHCP client"
    # A guest is one end of a veth; the other is what a tap would be.
    run("ip", "link", "add", "vt0", "type", "veth", "peer", "name", "guest0")
    run("ip", "link", "set", "vt0", "address", "fe:54:00:77:88:99", "master", "virbr0", "up")
    guest = subprocess.Popen(["unshare", "-n", "sh", "-c", "read go; ip link set guest0 address 52:54:00:77:88:99 up; "
                              "exec busybox udhcpc -i guest0 -n -q -f -s /bin/true -t 20 -T 1 -F myname"],
                             stdin=subprocess.PIPE, text=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until("a network namespace", lambda: os.readlink("/proc/%d/ns/net" % guest.pid) != os.readlink("/proc/self/ns/net"))
    run("ip", "link", "set", "guest0", "netns", str(guest.pid))
    guest.communicate("go\n", timeout=40)
    until("the lease", lambda: "192.168.122.77/24" in virsh("net-dhcp-leases", "default"))
    contains(virsh("net-dhcp-leases", "default", "52:54:00:77:88:99"), "guest")
    return None


def test_restart_changes_nothing(host):
    before, pid = rules(), dnsmasq_pid()
    host.crash()
    host.start()
    contains(virsh("net-list"), "default")
    contains(virsh("net-port-list", "default"), "11111111-2222-3333-4444-555555555555")
    # Give the check that runs in the background its time: a state of rest is what is asked for.
    virsh("net-info", "default")
    if dnsmasq_pid() != pid:
        raise AssertionError("a restart that found all well restarted dnsmasq")
    if rules() != before:
        raise AssertionError("a restart that found all well changed rules:\n%s\n%s" % (before, rules()))


def test_heal(host):
    pid = dnsmasq_pid()
    os.kill(pid, signal.SIGKILL)
    until("another dnsmasq", lambda: dnsmasq_pid() not in (pid, None))
    before = rules()
    run("nft", "flush", "ruleset")
    until("the rules", lambda: rules() == before)
    run("ip", "link", "delete", "virbr0")
    until("the bridge", lambda: "192.168.122.1/24" in run("ip", "address", "show", "virbr0", check=False))
    until("rules for it", lambda: rules().count("virbr0") >= 10 and '"virbr0"' in rules())


def test_reload(host):
    pid = dnsmasq_pid()
    with open("/etc/libvirt/qemu/networks/byhand.xml", "w") as file:
        file.write("<network><name>byhand</name><uuid>11111111-aaaa-3333-4444-555555555555</uuid></network>")
    os.kill(host.process.pid, signal.SIGHUP)
    until("a definition put there by hand", lambda: "byhand" in virsh("net-list", "--all"))
    virsh("net-undefine", "byhand")
    if dnsmasq_pid() != pid:
        raise AssertionError("a reload restarted dnsmasq")


def test_conflicts(host):
    path = "/run/other.xml"
    for text, words in (
            ("<network><name>o</name><bridge name='virbr0'/></network>", "already in use"),
            ("<network><name>o</name><ip address='192.168.122.9' netmask='255.255.255.0'/></network>", "already in use by"),
            ("<network><name>o</name><bridge name='lo'/></network>", "in use"),
            ("<network><name>o</name>" + "<a>" * 300 + "</a>" * 300 + "</network>", "error:"),
            ("<network/>", "name"), ("<domain/>", "network"), ("", "error:"), ("<network><name>a/b</name></network>", "'a/b'"),
    ):
        with open(path, "w") as file:
            file.write(text)
        contains(virsh("net-create", path, check=False), words)
        if "active" not in virsh("net-list") or virsh("net-list", "--all").count("active") != 1:
            raise AssertionError("%s left something behind" % text[:60])
    contains(virsh("net-start", "nosuch", check=False), "Network not found")


def test_destroy_keeps_ports(host):
    virsh("net-destroy", "default")
    if "virbr0" in run("ip", "link") or "virbr0" in rules() or dnsmasq_pid():
        raise AssertionError("something is left of the network")
    virsh("net-start", "default")
    contains(virsh("net-port-list", "default"), "11111111-2222-3333-4444-555555555555")
    if "vt0" in run("ip", "link"):
        contains(run("ip", "link", "show", "vt0"), "master virbr0")


def test_end(host):
    virsh("net-port-delete", "default", "11111111-2222-3333-4444-555555555555")
    virsh("net-destroy", "default")
    virsh("net-undefine", "default")
    for path in ("/etc/libvirt/qemu/networks/default.xml", "/etc/libvirt/qemu/networks/autostart/default.xml",
                 "/run/libvirt/network/default.xml", "/var/lib/libvirt/dnsmasq/default.conf"):
        if os.path.lexists(path):
            raise AssertionError(path + " is left")
    host.process.terminate()
    if host.process.wait(timeout=20) != 0:
        raise AssertionError("the daemon ended with status %d" % host.process.returncode)


TESTS = [test_life, test_update, test_metadata, test_port_and_lease, test_restart_changes_nothing, test_heal, test_reload,
         test_conflicts, test_destroy_keeps_ports, test_end]


def inside(daemon):
    run("mount", "--make-rprivate", "/")
    os.makedirs("/etc/libvirt", exist_ok=True)
    for path in ("/run", "/var/lib", "/etc/libvirt"):
        run("mount", "-t", "tmpfs", "tmpfs", path)
    os.makedirs("/run/libvirt")
    run("ip", "link", "set", "lo", "up")
    host = Host(daemon)
    host.start()
    failed = False
    print("1..%d" % len(TESTS))
    for number, test in enumerate(TESTS, 1):
        try:
            skipped = test(host)
            print("ok %d - %s%s" % (number, test.__name__, " # SKIP " + skipped if skipped else ""))
        except (AssertionError, OSError, subprocess.SubprocessError) as problem:
            failed = True
            print("not ok %d - %s\n# %s" % (number, test.__name__, str(problem).replace("\n", "\n# ")))
        sys.stdout.flush()
    if failed:
        print("# " + read("/run/daemon.log").replace("\n", "\n# "))
    return 1 if failed else 0


def main():
    daemon, helper = sys.argv[1], sys.argv[2]
    for program in ("virsh", "nft", "ip", "dnsmasq", "unshare"):
        if not shutil.which(program):
            print("1..0 # SKIP needs " + program)
            return 0
    if os.geteuid() != 0:
        print("1..0 # SKIP needs root for namespaces of its own")
        return 0
    if os.environ.get("TEST_NETWORK_INSIDE"):
        return inside(daemon)
    env = dict(os.environ, TEST_NETWORK_INSIDE="1", LIBVIRT_LEASES_HELPER=os.path.abspath(helper), LC_ALL="C")
    return subprocess.call(["unshare", "-nmpf", "--kill-child", "--mount-proc", sys.executable] + sys.argv, env=env)


sys.exit(main())
