# SPDX-License-Identifier: LGPL-2.1-or-later
"""Debian's virt-admin on each daemon: what it sets is seen to be so, and what makes no sense is told and changes nothing.

With our own library the administration calls are made through libvirt-admin.so.0 as well.
"""
import ctypes
import grp
import os
import pwd
import re
from typing import Any

import libvirt

from harness import (Skip, Thread, close, connect, daemon_pid, equal, holds, later, main, run, test, wait_for)

OURS = "LD_LIBRARY_PATH" in os.environ
DAEMONS = {"virtqemud": "qemu:///system?mode=direct", "virtnetworkd": "network:///system", "virtstoraged": "storage:///system",
           "virtnodedevd": "nodedev:///system", "virtproxyd": "qemu:///system?mode=legacy"}
if OURS:  # the daemons are no others than with the stock library
    DAEMONS = {"virtqemud": DAEMONS["virtqemud"]}


def admin(daemon: str, *args: str, status: int = 0) -> str:
    # The proxy has inherited the socket of the daemon that was there before it.
    program = "libvirtd" if daemon == "virtproxyd" else daemon
    return run("virt-admin", "-c", f"{program}:///system", *args, status=status).strip()


def numbers(daemon: str, *args: str) -> dict[str, int]:
    """What a table of 'name : number' says."""
    return {name: int(value) for name, value in re.findall(r"(?m)^(\w+)\s*: (\d+)$", admin(daemon, *args))}


def ids(daemon: str) -> list[int]:
    return [int(found) for found in re.findall(r"(?m)^\s*(\d+)\s+unix", admin(daemon, "client-list", daemon))]


def bad(daemon: str, *args: str, text: str) -> None:
    """Refused, with a reason that names what is wrong; and the daemon goes on."""
    said = admin(daemon, *args, status=1)
    holds(said, "(?i)error: ")
    holds(said, text)
    assert "internal error" not in said and "cause is unknown" not in said, said


def woken(daemon: str) -> libvirt.virConnect:
    connection = connect(DAEMONS[daemon])
    connection.getHostname()
    return connection


def servers_and_threads(daemon: str) -> None:
    woken(daemon)
    listed = admin(daemon, "server-list")
    holds(listed, rf"\n\s*0\s+{daemon}\s*\n\s*1\s+admin$")
    before = numbers(daemon, "server-threadpool-info", daemon)
    equal(set(before), {"minWorkers", "maxWorkers", "nWorkers", "freeWorkers", "prioWorkers", "jobQueueDepth"})
    admin(daemon, "server-threadpool-set", daemon, "--min-workers", "7", "--max-workers", "31", "--priority-workers", "3")
    after = numbers(daemon, "server-threadpool-info", daemon)
    equal((after["minWorkers"], after["maxWorkers"], after["prioWorkers"]), (7, 31, 3))
    bad(daemon, "server-threadpool-set", daemon, "--min-workers", "40", text="40.*31")
    bad(daemon, "server-threadpool-set", daemon, "--max-workers", "0", text="0 at most")
    bad(daemon, "server-threadpool-info", "absent", text="no server 'absent'")
    equal(numbers(daemon, "server-threadpool-info", daemon)["maxWorkers"], 31)
    admin(daemon, "server-threadpool-set", daemon, "--min-workers", str(before["minWorkers"]), "--max-workers",
          str(before["maxWorkers"]), "--priority-workers", str(before["prioWorkers"]))
    holds(admin(daemon, "version"), r"Running against daemon: 11\.3\.0")


def clients(daemon: str) -> None:
    mine = woken(daemon)
    known = ids(daemon)
    assert known, "our connection is not listed"
    number = max(known)
    info = admin(daemon, "client-info", daemon, str(number))
    holds(info, rf"unix_process_id\s*: {os.getpid()}\b")
    # A worker asks for the names when the first client of a user comes.
    for line in (rf"unix_user_name\s*: {pwd.getpwuid(os.getuid()).pw_name}", rf"unix_group_name\s*: "
                 + grp.getgrgid(os.getgid()).gr_name):
        wait_for(line, lambda line=line: re.search(f"(?m)^{line}$", admin(daemon, "client-info", daemon, str(number))))
    holds(info, r"readonly\s*: no")
    reader = libvirt.openReadOnly(DAEMONS[daemon])
    later(lambda: close(reader))
    holds(admin(daemon, "client-info", daemon, str(max(ids(daemon)))), r"readonly\s*: yes")
    bad(daemon, "client-info", daemon, "999999", text="no client 999999")
    bad(daemon, "client-disconnect", daemon, "999999", text="no client 999999")
    admin(daemon, "client-disconnect", daemon, str(number))
    wait_for("the end of our connection", lambda: not mine.isAlive())
    assert number not in ids(daemon)
    again = connect(DAEMONS[daemon])
    assert again.getHostname()


def limits(daemon: str) -> None:
    woken(daemon)
    before = numbers(daemon, "server-clients-info", daemon)
    equal(set(before), {"nclients_max", "nclients", "nclients_unauth_max", "nclients_unauth"})
    assert before["nclients"] >= 1, before
    admin(daemon, "server-clients-set", daemon, "--max-clients", str(before["nclients"] + 1), "--max-unauth-clients", "1")
    after = numbers(daemon, "server-clients-info", daemon)
    equal((after["nclients_max"], after["nclients_unauth_max"]), (before["nclients"] + 1, 1))
    # One more is let in, and the next must wait until it has gone: seen from the thread that waits.
    first = libvirt.open(DAEMONS[daemon])
    second = Thread(libvirt.open, DAEMONS[daemon])
    wait_for("the server to be full", lambda: numbers(daemon, "server-clients-info", daemon)["nclients"] == after["nclients_max"])
    assert second.result is None and second.error is None, "more clients than the limit"
    first.close()
    second.join(20)
    assert second.error is None and second.result is not None, second.error
    second.result.close()
    bad(daemon, "server-clients-set", daemon, "--max-clients", "0", text="0 clients")
    bad(daemon, "server-clients-set", daemon, "--max-unauth-clients", "100000", text="100000")
    admin(daemon, "server-clients-set", daemon, "--max-clients", str(before["nclients_max"]), "--max-unauth-clients",
          str(before["nclients_unauth_max"]))


def logging(daemon: str) -> None:
    woken(daemon)
    path = f"/var/log/admin-{daemon}.log"
    outputs = admin(daemon, "daemon-log-outputs").partition(":")[2].strip()
    admin(daemon, "daemon-log-outputs", f"1:file:{path}")
    admin(daemon, "daemon-log-filters", "1:rpc 4:event")
    holds(admin(daemon, "daemon-log-filters"), "1:rpc 4:event$")
    holds(admin(daemon, "daemon-log-outputs"), f"1:file:{path}$")
    connect(DAEMONS[daemon]).getHostname()
    with open(path, encoding="utf-8") as file:
        holds(file.read(), r" debug : ")
    bad(daemon, "daemon-log-filters", "9:rpc", text="9:rpc")
    bad(daemon, "daemon-log-outputs", "1:nowhere", text="1:nowhere")
    bad(daemon, "daemon-log-outputs", "1:file:/nonexistent/x", text="/nonexistent/x")
    holds(admin(daemon, "daemon-log-filters"), "1:rpc 4:event$")
    holds(admin(daemon, "daemon-log-outputs"), f"1:file:{path}$")
    admin(daemon, "daemon-log-filters", "")
    admin(daemon, "daemon-log-outputs", outputs)
    equal(admin(daemon, "daemon-log-filters"), "Logging filters:")
    bad(daemon, "server-update-tls", daemon, text="TLS")


def timeout(daemon: str) -> None:
    connection = woken(daemon)
    pid = daemon_pid(daemon)
    admin(daemon, "daemon-timeout", "--timeout", "1")
    connection.close()
    wait_for(f"{daemon} to end by itself", lambda: daemon_pid(daemon) != pid)
    assert woken(daemon).getHostname(), "it is started again when it is needed"


for one in DAEMONS:
    test(f"{one}: servers and their threads")(lambda daemon=one: servers_and_threads(daemon))  # type: ignore[misc]
    test(f"{one}: clients listed, described, disconnected")(lambda daemon=one: clients(daemon))  # type: ignore[misc]
    test(f"{one}: limits of clients")(lambda daemon=one: limits(daemon))  # type: ignore[misc]
    test(f"{one}: log filters and outputs, TLS")(lambda daemon=one: logging(daemon))  # type: ignore[misc]
    test(f"{one}: ends when idle")(lambda daemon=one: timeout(daemon))  # type: ignore[misc]


@test("who is not root does not administer")
def _() -> None:
    said = run("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "virt-admin", "-c", "virtqemud:///system",
               "server-list", status=1)
    holds(said, "(?i)permission denied|denied|cannot|Failed to connect")


def call(library: Any, name: str, *args: Any, result: Any = ctypes.c_int) -> Any:
    function = getattr(library, name)
    function.restype = result
    return function(*args)


@test("libvirt-admin.so.0 of our own")
def _() -> None:
    if not OURS:
        raise Skip("for the way with our library")
    library = ctypes.CDLL("libvirt-admin.so.0")
    pointer = ctypes.c_void_p
    conn = pointer(call(library, "virAdmConnectOpen", b"virtqemud:///system", 0, result=pointer))
    assert conn.value, "no connection"
    version = ctypes.c_ulonglong()
    equal(call(library, "virAdmConnectGetLibVersion", conn, ctypes.byref(version)), 0)
    equal(version.value, 11003000)
    servers = ctypes.POINTER(pointer)()
    equal(call(library, "virAdmConnectListServers", conn, ctypes.byref(servers), 0), 2)
    names = [call(library, "virAdmServerGetName", pointer(servers[i]), result=ctypes.c_char_p) for i in range(2)]
    equal(names, [b"virtqemud", b"admin"])
    clients_found = ctypes.POINTER(pointer)()
    count = call(library, "virAdmServerListClients", pointer(servers[1]), ctypes.byref(clients_found), 0)
    equal(count, 1, "clients of the administration server")
    client = pointer(clients_found[0])
    equal(call(library, "virAdmClientGetTransport", client), 0)
    assert call(library, "virAdmClientGetTimestamp", client, result=ctypes.c_longlong) > 1000000000
    params, number = pointer(), ctypes.c_int()
    equal(call(library, "virAdmServerGetThreadPoolParameters", pointer(servers[0]), ctypes.byref(params),
               ctypes.byref(number), 0), 0)
    equal(number.value, 6)
    text = ctypes.c_char_p()
    assert call(library, "virAdmConnectGetLoggingOutputs", conn, ctypes.byref(text), 0) >= 1
    equal(call(library, "virAdmConnectSetLoggingFilters", conn, b"9:x", 0), -1)
    equal(call(library, "virAdmConnectSetDaemonTimeout", conn, 3600, 0), 0)
    equal(call(library, "virAdmConnectSetDaemonTimeout", conn, 3600, 1), -1)
    call(library, "virAdmConnectClose", conn)


if __name__ == "__main__":
    main()
