# SPDX-License-Identifier: LGPL-2.1-or-later
"""What an unprivileged user may do, decided by polkit; run with devhost's --dbus --user."""
import libvirt
from harness import PROXY, connect, equal, main, refused, test


@test("the read-only socket is everybody's")
def read_only() -> None:
    connection = libvirt.openReadOnly(PROXY)
    equal(connection.listAllDomains(), [], "guests")
    connection.close()


@test("the other one needs a password, which nobody can be asked for")
def read_write() -> None:
    refused(connect, PROXY, code=libvirt.VIR_ERR_AUTH_UNAVAILABLE)


main()
