# SPDX-License-Identifier: LGPL-2.1-or-later
"""virtproxyd over TLS and TCP: who is let in, who is not, new certificates, and peers that make trouble.

A proxy of the test's own is handed sockets as a service manager would; its siblings are the host's.
"""
import os
import re
import signal
import socket
import ssl
import struct
import subprocess
import time
from typing import Any, Optional

import libvirt
from harness import (AUTH_LIST, GET_TYPE, PLAIN, SLOW, Wire, cleanups, equal, fds_of, holds, later, main, packet, refused, run,
                     test, virsh, wait_for, xdr_string)

BUILD = os.environ["DEVHOST_BUILD"]
DIR = "/run/tls-test"
DNAME = "/O=libvirt test/CN={}"
pki_made: list[str] = []
os.makedirs(DIR)


def openssl(*args: str) -> str:
    return run("openssl", *args)


def authority(name: str) -> str:
    """A folder with a new authority."""
    folder = f"{DIR}/{name}"
    os.makedirs(folder)
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", DNAME.format(name), "-keyout", f"{folder}/cakey.pem", "-out", f"{folder}/cacert.pem",
            "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    return folder


def certificate(ca: str, what: str, name: str, folder: str = "", days: int = 2) -> None:
    """@what: server or client, certificate and key signed by @ca; of @days below 0 it has run out."""
    folder = folder or ca
    with open(f"{DIR}/ext", "w", encoding="ascii") as file:
        file.write(f"basicConstraints=CA:FALSE\nkeyUsage=digitalSignature,keyEncipherment\nextendedKeyUsage={what}Auth\n"
                   "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1\n")
    openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", DNAME.format(name),
            "-keyout", f"{folder}/{what}key.pem", "-out", f"{DIR}/csr")
    openssl("x509", "-req", "-in", f"{DIR}/csr", "-CA", f"{ca}/cacert.pem", "-CAkey", f"{ca}/cakey.pem", "-days", str(days),
            "-CAcreateserial", "-extfile", f"{DIR}/ext", "-out", f"{folder}/{what}cert.pem")


def pki() -> str:
    """The folder of the authority, server and client that all is well with."""
    if not pki_made:
        pki_made.append(authority("good"))
        certificate(pki_made[0], "server", "localhost")
        certificate(pki_made[0], "client", "friend")
    return pki_made[0]


def client_folder(name: str, ca: str, who: str) -> str:
    """A client's folder: certificate by @ca, and trust in that and in our server."""
    folder = f"{DIR}/{name}"
    os.makedirs(folder)
    certificate(ca, "client", who, folder)
    with open(f"{folder}/cacert.pem", "w", encoding="ascii") as file:
        for authority_of in dict.fromkeys((ca, pki())):
            with open(f"{authority_of}/cacert.pem", encoding="ascii") as source:
                file.write(source.read())
    return folder


def revocations(ca: str, *revoked: str) -> str:
    """A list of the authority's certificates that do not count any more."""
    folder = f"{ca}/crl"
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/conf", "w", encoding="ascii") as file:
        file.write(f"[ca]\ndefault_ca=own\n[own]\ndatabase={folder}/index\ncertificate={ca}/cacert.pem\n"
                   f"private_key={ca}/cakey.pem\ndefault_md=sha256\ndefault_crl_days=2\ncrlnumber={folder}/number\n")
    with open(f"{folder}/index", "w", encoding="ascii"), open(f"{folder}/number", "w", encoding="ascii") as number:
        number.write("01\n")
    for path in revoked:
        openssl("ca", "-config", f"{folder}/conf", "-revoke", path)
    openssl("ca", "-config", f"{folder}/conf", "-gencrl", "-out", f"{folder}/list.pem")
    return f"{folder}/list.pem"


def admin_answers(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(20 * SLOW)
        sock.connect(path)
        sock.sendall(packet(3, program=0x06900690))
        return bool(sock.recv(28))


class Proxy:
    """A virtproxyd with a TLS, a TCP and an administration socket."""

    def __init__(self, extra: str = "", expect_start: bool = True) -> None:
        good = pki()
        config = f"{DIR}/proxy.conf"
        with open(config, "w", encoding="ascii") as file:
            file.write(f'ca_file = "{good}/cacert.pem"\ncert_file = "{good}/servercert.pem"\n'
                       f'key_file = "{good}/serverkey.pem"\nlog_outputs = "3:file:{DIR}/daemon.log"\n{extra}')
        if os.path.exists(f"{DIR}/daemon.log"):
            os.unlink(f"{DIR}/daemon.log")
        self.admin_path = f"{DIR}/libvirt-admin-sock"
        if os.path.exists(self.admin_path):
            os.unlink(self.admin_path)
        socks = [socket.socket(socket.AF_INET), socket.socket(socket.AF_INET), socket.socket(socket.AF_UNIX)]
        socks[0].bind(("127.0.0.1", 0))
        socks[1].bind(("127.0.0.1", 0))
        socks[2].bind(self.admin_path)
        self.tls, self.tcp = socks[0].getsockname()[1], socks[1].getsockname()[1]
        names = "virtproxyd-tls.socket:virtproxyd-tcp.socket:virtproxyd-admin.socket"
        if "auth_tcp" not in extra:  # a TLS socket alone
            socks.pop(1).close()
            names = "virtproxyd-tls.socket:virtproxyd-admin.socket"
        # To 3 and on, which is what the program is told; by way of numbers that are out of the way.
        moved = [os.dup2(os.dup(sock.fileno()), 100 + i) for i, sock in enumerate(socks)]
        places = " ".join(f"{3 + i}<&{fd} {fd}<&-" for i, fd in enumerate(moved))
        self.log = open(f"{DIR}/proxy.log", "w", encoding="utf-8")  # pylint: disable=consider-using-with
        for sock in socks:
            sock.listen()
        # pylint: disable-next=consider-using-with
        self.process = subprocess.Popen(
            ["/bin/bash", "-c", f'export LISTEN_PID=$$; exec "$0" "$@" {places}', f"{BUILD}/daemons/virtproxyd", "-f", config,
             "-p", f"{DIR}/proxy.pid"], pass_fds=moved, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            env={**PLAIN, "LISTEN_FDS": str(len(socks)), "LISTEN_FDNAMES": names})
        for fd in moved:
            os.close(fd)
        for sock in socks:
            sock.close()
        if expect_start:
            later(self.end)
            # Before it is up a signal would simply kill it.
            assert admin_answers(self.admin_path), f"no answer: {self.said()}"

    def end(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        equal(self.process.wait(20 * SLOW), 0, "status of the proxy")
        self.log.close()

    def said(self) -> str:
        text = ""
        for path in ("proxy.log", "daemon.log"):
            if os.path.exists(f"{DIR}/{path}"):
                with open(f"{DIR}/{path}", encoding="utf-8") as file:
                    text += file.read()
        return text

    def uri(self, folder: str, extra: str = "") -> str:
        return f"qemu+tls://localhost:{self.tls}/system?pkipath={folder}{extra}"

    def admin(self, *args: str, status: int = 0) -> str:
        return run("virt-admin", "-c", f"libvirtd:///system?socket={self.admin_path}", *args, status=status)

    def serial(self) -> str:
        """Of the certificate that a new connection is shown."""
        context = ssl.create_default_context(cafile=f"{pki()}/cacert.pem")
        context.load_cert_chain(f"{pki()}/clientcert.pem", f"{pki()}/clientkey.pem")
        with socket.create_connection(("localhost", self.tls), 20 * SLOW) as plain:
            with context.wrap_socket(plain, server_hostname="localhost") as secure:
                equal(secure.recv(1), b"\1", "the byte that lets us in")
                return str(secure.getpeercert()["serialNumber"])  # type: ignore[index]

    def turns_away(self, folder: str, why: str) -> None:
        """Who shows the folder's certificate, whatever a library of libvirt's would think of it."""
        context = ssl.create_default_context(cafile=f"{pki()}/cacert.pem")
        context.load_cert_chain(f"{folder}/clientcert.pem", f"{folder}/clientkey.pem")
        with socket.create_connection(("localhost", self.tls), 20 * SLOW) as plain:
            try:
                with context.wrap_socket(plain, server_hostname="localhost") as secure:
                    equal(secure.recv(1), b"", "the byte that lets us in")
            except OSError:
                pass
        wait_for(f"'{why}' in the log", lambda: re.search(why, self.said()))

    def refuses(self, uri: str, why: str) -> None:
        """Both stock virsh and the library under test are refused, for what the daemon then says."""
        virsh("list", uri=uri, status=1)
        try:
            libvirt.open(uri)
        except libvirt.libvirtError:
            pass
        else:
            raise AssertionError(f"{uri} was let in")
        wait_for(f"'{why}' in the log", lambda: re.search(why, self.said()))


def speak(sock: Any) -> None:
    """A daemon answers on @sock."""
    wire = Wire.__new__(Wire)
    wire.sock = sock
    wire.open()
    equal(wire.call(GET_TYPE), (0, xdr_string(b"QEMU")), "type of the connection")


@test("a client with a certificate of the authority is served like any other")
def success() -> None:
    proxy = Proxy()
    holds(virsh("version", uri=proxy.uri(pki())), "Running hypervisor: QEMU")
    equal(virsh("list", "--all", uri=proxy.uri(pki())), "", "guests")
    connection = libvirt.open(proxy.uri(pki()))
    equal(connection.listAllNetworks(), [], "networks, of another daemon")
    assert len(connection.listAllDevices()) > 0, "no devices"
    holds(connection.getCapabilities(), "</capabilities>")
    equal((connection.isEncrypted(), connection.isSecure(), connection.isAlive()), (1, 1, 1), "encrypted, secure, alive")
    number = holds(proxy.admin("client-list", "virtproxyd"), r"(\d+)\s+tls")
    wanted = holds(run("virt-pki-query-dn", f"{pki()}/clientcert.pem"), r"(\S*CN=[^\n]*|O=[^\n]*)").strip()
    equal(holds(proxy.admin("client-info", "virtproxyd", number), r"x509_dname\s*: ([^\n]*)").strip(), wanted, "name")
    connection.close()


@test("large messages pass both ways")
def large() -> None:
    proxy = Proxy()
    connection = libvirt.open(proxy.uri(pki()))
    description = "x" * 300000
    pool = connection.storagePoolDefineXML("<pool type='dir'><name>tls</name><target><path>/var/lib/tls</path></target></pool>")
    try:
        domain = connection.defineXML(f"<domain type='qemu'><name>tls</name><description>{description}</description>"
                                      "<memory>16384</memory><os><type>hvm</type></os></domain>")
        try:
            holds(domain.XMLDesc(), f"<description>{description}</description>")
        finally:
            domain.undefine()
    finally:
        pool.undefine()
    connection.close()


@test("who has another authority's certificate, or none, is refused")
def strangers() -> None:
    proxy = Proxy()
    other = authority("other")
    # gnutls keeps a certificate to itself that is of no authority the daemon names; others show it.
    folder = client_folder("stranger", other, "friend")
    proxy.refuses(proxy.uri(folder), "has shown no certificate")
    proxy.turns_away(folder, "certificate is not accepted")
    bare = f"{DIR}/bare"
    os.makedirs(bare)
    run("cp", f"{pki()}/cacert.pem", bare)
    proxy.refuses(proxy.uri(bare), "has shown no certificate")
    holds(virsh("version", uri=proxy.uri(pki())), "QEMU")


@test("with tls_no_verify_certificate anybody is let in, and nobody has a name")
def unverified() -> None:
    proxy = Proxy("tls_no_verify_certificate = 1\n")
    connection = libvirt.open(proxy.uri(f"{DIR}/bare"))
    number = holds(proxy.admin("client-list", "virtproxyd"), r"(\d+)\s+tls")
    assert "x509" not in proxy.admin("client-info", "virtproxyd", number), "a name that nothing proves"
    connection.close()


@test("tls_allowed_dn_list holds patterns of those that are let in")
def names() -> None:
    proxy = Proxy('tls_allowed_dn_list = [ "*CN=nobody", "*CN=fri*" ]\n')
    holds(virsh("version", uri=proxy.uri(pki())), "QEMU")
    proxy.refuses(proxy.uri(client_folder("foe", pki(), "foe")), r"'tls_allowed_dn_list' does not hold its name '[^']*CN=foe")


@test("server-update-tls: new connections see new files, old ones go on; broken files change nothing")
def update() -> None:
    proxy = Proxy()
    before = proxy.serial()
    old = libvirt.open(proxy.uri(pki()))
    certificate(pki(), "server", "localhost")
    equal(proxy.serial(), before, "certificate before it is told")
    proxy.admin("server-update-tls", "virtproxyd")
    after = proxy.serial()
    assert after != before, "the old certificate is still shown"
    equal(old.isAlive(), 1, "the old connection is alive")
    holds(old.getCapabilities(), "</capabilities>")
    path = f"{pki()}/servercert.pem"
    with open(path, encoding="ascii") as file:
        whole = file.read()
    for broken, why in (("rubbish", "servercert.pem"), (open(f"{DIR}/other/cacert.pem", encoding="ascii").read(), "")):
        with open(path, "w", encoding="ascii") as file:
            file.write(broken)
        holds(proxy.admin("server-update-tls", "virtproxyd", status=1), f"error: .*{why}")
        equal(proxy.serial(), after, "certificate after files that do not serve")
    with open(path, "w", encoding="ascii") as file:
        file.write(whole)
    proxy.admin("server-update-tls", "virtproxyd")
    holds(proxy.admin("server-update-tls", "admin", status=1), "no TLS")
    old.close()


@test("what has run out or was revoked opens nothing; SIGHUP has certificates and revocations read again")
def no_more() -> None:
    empty = revocations(pki())
    proxy = Proxy(f'crl_file = "{empty}"\n')
    holds(virsh("version", uri=proxy.uri(pki())), "QEMU")
    late = f"{DIR}/late"
    os.makedirs(late)
    run("cp", f"{pki()}/cacert.pem", late)
    certificate(pki(), "client", "late", late, days=-1)
    proxy.turns_away(late, "certificate is not accepted: .*expired")  # the stock library would not even show it

    lost = client_folder("lost", pki(), "lost")
    holds(virsh("version", uri=proxy.uri(lost)), "QEMU")
    old = libvirt.open(proxy.uri(lost))
    before = proxy.serial()
    certificate(pki(), "server", "localhost")
    revocations(pki(), f"{lost}/clientcert.pem")
    holds(virsh("version", uri=proxy.uri(lost)), "QEMU")  # nobody has said so yet
    equal(proxy.serial(), before, "certificate before the signal")
    proxy.process.send_signal(signal.SIGHUP)
    wait_for("the new certificate", lambda: proxy.serial() != before)
    proxy.refuses(proxy.uri(lost), "certificate is not accepted: .*revoked")
    holds(virsh("version", uri=proxy.uri(pki())), "QEMU")
    equal(old.isAlive(), 1, "a connection from before")
    old.close()
    after = proxy.serial()
    with open(empty, "w", encoding="ascii") as file:
        file.write("rubbish")
    proxy.process.send_signal(signal.SIGHUP)
    wait_for("the reason in the log", lambda: re.search(r"old ones stay in use.*list\.pem", proxy.said()))
    equal(proxy.serial(), after, "certificate after a list that is none")


@test("a daemon that ends tells its clients over TLS: their calls fail, and none hangs")
def ending() -> None:
    proxy = Proxy()
    connection = libvirt.open(proxy.uri(pki()))
    reasons: list[int] = []
    connection.registerCloseCallback(lambda _connection, reason, _opaque: reasons.append(reason), None)
    cleanups.remove(proxy.end)
    proxy.end()
    wait_for("the close callback", lambda: reasons)
    # What the stock library calls it depends on how far it had got.
    equal(len(reasons), 1, "reasons")
    assert reasons[0] in (libvirt.VIR_CONNECT_CLOSE_REASON_EOF, libvirt.VIR_CONNECT_CLOSE_REASON_ERROR), reasons
    equal(connection.isAlive(), 0, "alive")
    refused(connection.getHostname, text="End of file|closed|not connected")
    connection.close()
    proxy = Proxy()
    holds(virsh("version", uri=proxy.uri(pki())), "QEMU")


@test("garbage and silence hold up nobody, and leave nothing behind")
def trouble() -> None:
    proxy = Proxy("max_anonymous_clients = 4\n")
    holds(virsh("version", uri=proxy.uri(pki())), "QEMU")  # all that is loaded at first is
    wait_for("the client to be gone", lambda: not re.search(r"\d+\s+tls", proxy.admin("client-list", "virtproxyd")))
    fds = fds_of(proxy.process.pid)
    silent = [socket.create_connection(("localhost", proxy.tls), 30 * SLOW) for _ in range(3)]
    for sock in silent:
        later(sock.close)
    for garbage in (b"GET / HTTP/1.1\r\n\r\n", b"\0" * 100, b"\x16\x03\x01\xff\xff" + b"\1" * 70000,
                    struct.pack(">IIIiiIi", 28, 0x20008086, 1, AUTH_LIST, 0, 1, 0)):
        with socket.create_connection(("localhost", proxy.tls), 20 * SLOW) as sock:
            try:
                sock.sendall(garbage)
                while sock.recv(4096):
                    pass
            except ConnectionError:
                pass
    start = time.monotonic()
    holds(virsh("version", uri=proxy.uri(pki())), "QEMU")
    assert time.monotonic() - start < 5 * SLOW, "a client had to wait for silent ones"
    # A fourth: strangers wait now, but nobody else does.
    silent.append(socket.create_connection(("localhost", proxy.tls), 30 * SLOW))
    later(silent[-1].close)
    start = time.monotonic()
    holds(proxy.admin("server-clients-info", "virtproxyd"), r"nclients_unauth\s*: 4")
    assert time.monotonic() - start < 5 * SLOW, "an administrator had to wait for silent ones"
    # Silence has its end.
    for sock in silent:
        equal(sock.recv(1), b"", "bytes for who says nothing")
    wait_for("descriptors to be given back", lambda: fds_of(proxy.process.pid) <= fds)
    holds(virsh("version", uri=proxy.uri(pki())), "QEMU")


@test("records and packets need not meet: many in one, one in many")
def records() -> None:
    proxy = Proxy()
    context = ssl.create_default_context(cafile=f"{pki()}/cacert.pem")
    context.load_cert_chain(f"{pki()}/clientcert.pem", f"{pki()}/clientkey.pem")
    with socket.create_connection(("localhost", proxy.tls), 20 * SLOW) as plain:
        with context.wrap_socket(plain, server_hostname="localhost") as secure:
            equal(secure.recv(1), b"\1", "the byte that lets us in")
            speak(secure)
            ask = packet(GET_TYPE, serial=7)
            secure.sendall(b"".join(packet(GET_TYPE, serial=serial) for serial in range(10, 510)))  # 14,000 bytes: one record
            answer = len(ask) + len(xdr_string(b"QEMU"))
            got = 0
            while got < 500 * answer:
                more = secure.recv(65536)
                assert more, f"closed after {got} bytes"
                got += len(more)
            for i in range(len(ask)):
                secure.sendall(ask[i:i + 1])
            equal(len(secure.recv(65536)), answer, "length of an answer")


@test("TCP without authentication serves, passes no descriptors, and is not secure")
def plain_tcp() -> None:
    proxy = Proxy('auth_tcp = "none"\n')
    uri = f"qemu+tcp://localhost:{proxy.tcp}/system"
    holds(virsh("version", uri=uri), "QEMU")
    connection = libvirt.open(uri)
    equal((connection.isEncrypted(), connection.isSecure()), (0, 0), "encrypted, secure")
    holds(proxy.admin("client-list", "virtproxyd"), r"\d+\s+tcp")
    connection.close()
    # A call that says it brings a descriptor.
    with socket.create_connection(("localhost", proxy.tcp), 20 * SLOW) as sock:
        body = struct.pack(">I", 1)
        sock.sendall(struct.pack(">IIIiiIi", 28 + len(body), 0x20008086, 1, GET_TYPE, 4, 1, 0) + body)
        sock.sendall(b"\0")
        sock.settimeout(1)
        try:
            got: Optional[bytes] = sock.recv(4096)
        except TimeoutError:
            got = None  # it waits for the descriptor, at nobody's expense
        assert not got, "a call whose descriptor cannot have come was answered"
    holds(virsh("version", uri=uri), "QEMU")


@test("what cannot be is refused at start, with the reason")
def bad_start() -> None:
    for extra, why in (('auth_tls = "sasl"\n', "'auth_tls' cannot be 'sasl'.*no SASL"),
                       ('auth_tcp = "sasl"\n', "'auth_tcp' cannot be 'sasl'.*no SASL"),
                       ('ca_file = "/nowhere.pem"\n', "/nowhere.pem"),
                       (f'cert_file = "{pki()}/cacert.pem"\n', "cacert.pem"),
                       (f'cert_file = "{pki()}/clientcert.pem"\nkey_file = "{pki()}/clientkey.pem"\n', "does not serve"),
                       ('tls_priority = "NONSENSE"\n', "'tls_priority' cannot be 'NONSENSE'")):
        proxy = Proxy(extra, expect_start=False)
        equal(proxy.process.wait(20 * SLOW), 1, f"status with {extra}")
        holds(proxy.said(), why)
        proxy.log.close()


@test("listen_tls and listen_tcp make the sockets when nobody hands any over")
def own_sockets() -> None:
    own_at("127.0.0.1")


@test("listen_addr may be of IPv6")
def own_sockets_v6() -> None:
    own_at("::1")
    os.symlink("/run/libvirt/virtqemud-sock", f"{DIR}/own/virtqemud-sock")  # the siblings are the host's
    holds(virsh("version", uri=f"qemu+tls://[::1]:17514/system?pkipath={pki()}"), "QEMU")
    connection = libvirt.open(f"qemu+tls://[::1]:17514/system?pkipath={pki()}")
    equal(connection.isAlive(), 1, "alive")
    connection.close()


def own_at(address: str) -> None:
    """A proxy that listens there until the end of the test; both ports answer."""
    with open(f"{DIR}/own.conf", "w", encoding="ascii") as file:
        file.write(f'ca_file = "{pki()}/cacert.pem"\ncert_file = "{pki()}/servercert.pem"\nkey_file = "{pki()}/serverkey.pem"\n'
                   f'listen_tls = 1\nlisten_tcp = 1\nauth_tcp = "none"\ntls_port = "17514"\ntcp_port = "17509"\n'
                   f'unix_sock_dir = "{DIR}/own"\nlisten_addr = "{address}"\n')
    # pylint: disable-next=consider-using-with
    process = subprocess.Popen([f"{BUILD}/daemons/virtproxyd", "-f", f"{DIR}/own.conf", "-p", f"{DIR}/own.pid"], env=PLAIN)

    def end() -> None:
        process.send_signal(signal.SIGTERM)
        equal(process.wait(20 * SLOW), 0, "status")
    later(end)

    def reach(port: int) -> Optional[socket.socket]:
        try:
            return socket.create_connection((address, port), 20 * SLOW)
        except ConnectionError:
            return None
    with wait_for("the TCP socket", lambda: reach(17509)) as sock:
        wire = Wire.__new__(Wire)
        wire.sock = sock
        equal(wire.call(AUTH_LIST), (0, struct.pack(">Ii", 1, 0)), "ways to authenticate")
    context = ssl.create_default_context(cafile=f"{pki()}/cacert.pem")
    context.load_cert_chain(f"{pki()}/clientcert.pem", f"{pki()}/clientkey.pem")
    with wait_for("the TLS socket", lambda: reach(17514)) as sock:
        with context.wrap_socket(sock, server_hostname="localhost") as secure:
            equal(secure.recv(1), b"\1", "the byte that lets us in")


if __name__ == "__main__":
    main()
