# SPDX-License-Identifier: LGPL-2.1-or-later
"""What an unprivileged user may do, decided by polkit; run with devhost's --dbus --user."""
import os
import subprocess

import libvirt
from harness import (PROXY, SerialConsole, Skip, connect, equal, guest_xml, later, main, refused, sector_disk, test,
                     wait_for)


@test("the read-only socket is everybody's")
def read_only() -> None:
    connection = libvirt.openReadOnly(PROXY)
    equal(connection.listAllDomains(), [], "guests")
    connection.close()


@test("the other one needs a password, which nobody can be asked for")
def read_write() -> None:
    refused(connect, PROXY, code=libvirt.VIR_ERR_AUTH_UNAVAILABLE)


@test("a session daemon runs alone: no systemd, no bus, no root")
def alone() -> None:
    program = f"{os.environ['DEVHOST_BUILD']}/daemons/virtqemud"
    if not os.access(program, os.X_OK):
        raise Skip(f"{program} is in a folder that only root may enter")
    env = {key: value for key, value in os.environ.items() if key not in ("DBUS_SYSTEM_BUS_ADDRESS", "NOTIFY_SOCKET")}
    daemon = subprocess.Popen([program, "--timeout", "60"], env=env, stderr=subprocess.DEVNULL)

    def stop() -> None:
        daemon.terminate()
        equal(daemon.wait(20), 0, "exit status of virtqemud")
    later(stop)
    path = f"{os.environ['XDG_RUNTIME_DIR']}/libvirt/virtqemud-sock"
    wait_for("the daemon's socket", lambda: os.path.exists(path))
    connection = connect(f"qemu:///session?socket={path}")
    disk = sector_disk(f"{os.environ['HOME']}/sector.img")
    domain = connection.createXML(guest_xml(disk=disk), libvirt.VIR_DOMAIN_START_PAUSED)
    console = SerialConsole(domain)
    domain.resume()
    console.wait("sector up")
    console.close()
    domain.destroy()
    equal(connection.listAllDomains(), [], "guests")


main()
