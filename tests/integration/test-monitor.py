# SPDX-License-Identifier: LGPL-2.1-or-later
"""What goes through to QEMU and comes from it: displays, channels, keys, its own commands and events; and its command line."""
import glob
import os
import socket

import libvirt
import libvirt_qemu
from harness import connect, equal, gone, guest_xml, holds, later, main, refused, started, test, virsh, wait_for

VNC = "<graphics type='vnc' port='-1' autoport='yes' passwd='secret'/><video><model type='vga'/></video>"


@test("a display opened by a socket: handed in, and handed out; with and without its password")
def graphics() -> None:
    domain = started(connect(), devices=VNC)

    def greet(sock: socket.socket) -> bytes:
        """The ways to log in that the server offers."""
        sock.settimeout(20)
        equal(sock.recv(12)[:4], b"RFB ", "greeting")
        sock.sendall(b"RFB 003.008\n")
        count = sock.recv(1)[0]
        return sock.recv(count)

    with socket.socket(fileno=domain.openGraphicsFD(0, 0)) as sock:
        equal(greet(sock), b"\2", "authentication")
    with socket.socket(fileno=domain.openGraphicsFD(0, libvirt.VIR_DOMAIN_OPEN_GRAPHICS_SKIPAUTH)) as sock:
        equal(greet(sock), b"\1", "authentication")
    ours, theirs = socket.socketpair()
    domain.openGraphics(0, theirs.fileno(), libvirt.VIR_DOMAIN_OPEN_GRAPHICS_SKIPAUTH)
    theirs.close()
    equal(greet(ours), b"\1", "authentication")
    ours.close()
    refused(domain.openGraphicsFD, 1, 0, text="No graphics backend with index 1")


@test("a channel as a stream, for one at a time")
def channel() -> None:
    devices = "<channel type='unix'><target type='virtio' name='org.test.0'/></channel>"
    domain = started(connect(), devices=devices)
    stream = domain.connect().newStream()
    domain.openChannel("org.test.0", stream, 0)
    other = domain.connect().newStream()
    refused(domain.openChannel, "org.test.0", other, 0, text="[Aa]ctive console")
    domain.openChannel("org.test.0", other, libvirt.VIR_DOMAIN_CHANNEL_FORCE)
    later(other.abort)
    refused(domain.openChannel, "org.test.1", domain.connect().newStream(), 0, text="cannot find channel org.test.1")


@test("keys of several sets")
def keys() -> None:
    domain = started(connect())
    # Up: Linux 103, USB 0x52, set 1 0xe048, QEMU 0xc8.
    for codes, key in ((libvirt.VIR_KEYCODE_SET_LINUX, 103), (libvirt.VIR_KEYCODE_SET_USB, 0x52),
                       (libvirt.VIR_KEYCODE_SET_ATSET1, 0xe048), (9, 0xc8)):
        domain.sendKey(codes, 10, [key], 1, 0)
    virsh("send-key", "sector", "KEY_LEFTCTRL", "KEY_LEFTALT", "KEY_DELETE")
    refused(domain.sendKey, libvirt.VIR_KEYCODE_SET_LINUX, 10, [700], 1, 0, text="cannot translate key code 700")


@test("QEMU's commands with a descriptor, and its events")
def monitor() -> None:
    connection = connect()
    domain = started(connection)
    seen: list[tuple[str, str]] = []
    flag = libvirt_qemu.VIR_CONNECT_DOMAIN_QEMU_MONITOR_EVENT_REGISTER_REGEX
    ident = libvirt_qemu.qemuMonitorEventRegister(
        connection, domain, "^(stop|resume)$",
        lambda conn, dom, event, seconds, micros, details, opaque: seen.append((dom.name(), event)), None,
        flag | libvirt_qemu.VIR_CONNECT_DOMAIN_QEMU_MONITOR_EVENT_REGISTER_NOCASE)
    domain.suspend()
    domain.resume()
    wait_for("QEMU's events", lambda: len(seen) >= 2)
    equal(seen, [("sector", "STOP"), ("sector", "RESUME")], "events")
    libvirt_qemu.qemuMonitorEventDeregister(connection, ident)
    reader, writer = os.pipe()
    later(lambda: os.close(reader))
    if hasattr(libvirt_qemu, "qemuMonitorCommandWithFiles"):
        libvirt_qemu.qemuMonitorCommandWithFiles(domain, '{"execute":"getfd","arguments":{"fdname":"test"}}', [writer], 0)
    else:
        virsh("qemu-monitor-command", "sector", "--pass-fds", "0", '{"execute":"getfd","arguments":{"fdname":"test"}}')
    os.close(writer)
    assert "return" in virsh("qemu-monitor-command", "sector", '{"execute":"closefd","arguments":{"fdname":"test"}}')


@test("what taints a guest is told; a guest started once with the host")
def messages() -> None:
    domain = started(connect(), extra="", devices="")
    assert isinstance(domain.messages(), list), "messages"
    once = "/etc/libvirt/qemu/autostart/sector.xml.once"
    if hasattr(domain, "setAutostartOnce"):
        domain.setAutostartOnce(1)
        assert os.path.islink(once), "no mark"
        equal(domain.autostartOnce(), 1, "started once")
        domain.setAutostartOnce(0)
    equal(glob.glob(once), [], "marks")


@test("a guest as a command line")
def native() -> None:
    connection = connect()
    text = connection.domainXMLToNative("qemu-argv", guest_xml(devices=VNC), 0)
    holds(text, r"/\S*qemu-system-x86_64 .*-name guest=sector,.*-device '?\{\"driver\":\"ide-hd\"")
    refused(connection.domainXMLToNative, "xen-xl", guest_xml(), 0, text="unsupported config type xen-xl")
    other = connection.defineXML(guest_xml(name="other"))
    later(lambda: gone(other))
    equal(other.isActive(), 0, "active")


main()
