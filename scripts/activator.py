# SPDX-License-Identifier: LGPL-2.1-or-later
"""activator - the part of systemd that the daemons rely on, for scripts/devhost

Reads the socket and service units of the build, listens on every UNIX socket they name, and
starts a daemon when someone first connects to one of its sockets, handing all of them over as
systemd does (LISTEN_FDS, LISTEN_FDNAMES, LISTEN_PID).  A daemon that exits is started again by
the next connection, with the descriptors that it left in the store (FDSTORE, kept as over `systemctl
restart`); one that fails, at once (Restart=on-failure).  It runs as process 1 of the private PID
namespace, so it reaps orphans too.
"""
import array
import fcntl
import os
import re
import select
import shlex
import signal
import socket
import sys
import time
from typing import Any, Optional

# More failures in a row than this, each within a second of the start, and the sockets are closed.
FAILURES_MAX = 5


def read_unit(path: str) -> dict[str, list[str]]:
    """The settings of a unit file: 'Section.Key' to its values, in order."""
    values: dict[str, list[str]] = {}
    section = ""
    with open(path, encoding="utf-8") as unit:
        for line in unit.read().replace("\\\n", " ").splitlines():
            line = line.strip()
            if line.startswith("["):
                section = line.strip("[]")
            elif line and line[0] not in "#;":
                key, _, value = line.partition("=")
                values.setdefault(f"{section}.{key.strip()}", []).append(value.strip())
    return values


def assignments(text: str) -> dict[str, str]:
    """NAME=VALUE words of an Environment= line or an environment file."""
    words = [word.partition("=") for word in shlex.split(text, comments=True)]
    return {name: value for name, equals, value in words if equals}


class Daemon:
    """One service with its sockets."""

    def __init__(self, name: str, program: str, unit: dict[str, list[str]]) -> None:
        self.name = name
        self.program = program
        self.unit = unit
        self.sockets: list[tuple[str, socket.socket]] = []
        self.pid = 0
        self.started = 0.0
        self.failures = 0
        self.restart_at: Optional[float] = None
        self.notify: Optional[socket.socket] = None
        self.store: list[tuple[str, int]] = []  # descriptors that the daemon left with us

    def listen(self, socket_name: str, unit: dict[str, list[str]]) -> None:
        for path in unit.get("Socket.ListenStream", []):
            if not path.startswith("/"):
                continue
            os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
            sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            sock.bind(path)
            os.chmod(path, int(unit.get("Socket.SocketMode", ["0666"])[-1], 8))
            sock.listen(int(unit.get("Socket.Backlog", ["4096"])[-1]))
            fdname = unit.get("Socket.FileDescriptorName", [socket_name])[-1]
            self.sockets.append((fdname, sock))

    def listen_notify(self, logs: str) -> None:
        """Where sd_notify() goes, if the unit has it."""
        if not self.unit.get("Service.Type", [""])[-1].startswith("notify"):
            return
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.notify.bind(f"{logs}/{self.name}.notify")

    def hear(self) -> None:
        """Takes in what the daemon has said: of it all, only the descriptors are ours to act on."""
        while self.notify:
            try:
                data, control, _, _ = self.notify.recvmsg(4096, socket.CMSG_SPACE(4 * 64))
            except BlockingIOError:
                return
            fds = array.array("i")
            for _, kind, content in control:
                if kind == socket.SCM_RIGHTS:
                    fds.frombytes(content[:len(content) - len(content) % fds.itemsize])
            said = dict(line.partition("=")[::2] for line in data.decode(errors="replace").splitlines())
            name = said.get("FDNAME", "stored")
            room = int(self.unit.get("Service.FileDescriptorStoreMax", ["0"])[-1])
            if said.get("FDSTOREREMOVE") == "1":
                for _, fd in [entry for entry in self.store if entry[0] == name]:
                    os.close(fd)
                self.store = [entry for entry in self.store if entry[0] != name]
            for fd in fds:
                if said.get("FDSTORE") == "1" and len(self.store) < room:
                    self.store.append((name, fd))
                else:
                    os.close(fd)

    def command(self) -> tuple[list[str], dict[str, str]]:
        """argv and environment, as the unit describes them."""
        env = {key: value for key, value in os.environ.items()
               if key in ("LANG", "TZ", "DBUS_SYSTEM_BUS_ADDRESS")
               or key.startswith(("LIBVIRT_", "VIR")) or key.endswith("SAN_OPTIONS")}
        env.update(HOME="/root", PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
        for line in self.unit.get("Service.Environment", []):
            env.update(assignments(line))
        for path in self.unit.get("Service.EnvironmentFile", []):
            try:
                with open(path.lstrip("-"), encoding="utf-8") as file:
                    env.update(assignments(file.read()))
            except FileNotFoundError:
                if not path.startswith("-"):
                    raise
        words = shlex.split(self.unit["Service.ExecStart"][-1])
        argv = [self.program]
        for word in words[1:]:
            name = word.strip("${}")
            argv += shlex.split(env.get(name, "")) if word.startswith("$") else [word]
        return argv, env

    def start(self, logs: str) -> None:
        self.started = time.monotonic()
        self.restart_at = None
        argv, env = self.command()
        if self.notify:
            env["NOTIFY_SOCKET"] = self.notify.getsockname()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                log = os.open(f"{logs}/{self.name}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
                null = os.open("/dev/null", os.O_RDONLY)
                # All out of the way of the numbers they will get, so that dup2 never overwrites a source.
                handed = [(name, sock.fileno()) for name, sock in self.sockets] + self.store
                sources = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 3 + len(handed))
                           for fd in [null, log, log] + [fd for _, fd in handed]]
                for target, source in enumerate(sources):
                    os.dup2(source, target, inheritable=True)
                os.closerange(len(sources), 4096)
                os.setsid()
                signal.pthread_sigmask(signal.SIG_SETMASK, [])
                for number in (signal.SIGPIPE, signal.SIGINT, signal.SIGTERM):
                    signal.signal(number, signal.SIG_DFL)
                os.chdir("/")
                os.umask(0o022)
                env["LISTEN_PID"] = str(os.getpid())
                env["LISTEN_FDS"] = str(len(handed))
                env["LISTEN_FDNAMES"] = ":".join(name for name, _ in handed)
                os.execve(argv[0], argv, env)
            except OSError as error:
                os.write(2, f"cannot start {argv[0]}: {error}\n".encode())
            finally:
                os._exit(203)
        # Named by rename: who reads the file never sees it empty.
        with open(f"{logs}/.{self.name}.pid", "w", encoding="ascii") as file:
            file.write(f"{self.pid}\n")
        os.rename(f"{logs}/.{self.name}.pid", f"{logs}/{self.name}.pid")

    def ended(self, status: int, logs: str) -> None:
        self.hear()
        self.pid = 0
        os.unlink(f"{logs}/{self.name}.pid")
        code = os.waitstatus_to_exitcode(status)
        failed = code not in (0, -signal.SIGTERM, -signal.SIGHUP, -signal.SIGINT, -signal.SIGPIPE)
        if code:
            how = f"died of signal {-code}" if code < 0 else f"failed with status {code}"
            with open(f"{logs}/activator.log", "a", encoding="utf-8") as log:
                log.write(f"{self.name} {how}\n")
        early = time.monotonic() - self.started < 1
        self.failures = self.failures + 1 if failed and early and code > 0 else 0
        if self.failures >= FAILURES_MAX:
            print(f"devhost: {self.name} fails at every start (status {code}); its log:", file=sys.stderr)
            with open(f"{logs}/{self.name}.log", encoding="utf-8", errors="replace") as log:
                print("".join(log.readlines()[-10:]), end="", file=sys.stderr)
            for _, sock in self.sockets:
                os.unlink(sock.getsockname())
                sock.close()
            self.sockets = []
        elif failed and self.unit.get("Service.Restart", ["no"])[-1] in ("on-failure", "always"):
            self.restart_at = time.monotonic() + 0.1  # RestartSec's default
        elif self.store:
            self.restart_at = time.monotonic()  # somebody's connection is in there


class Activator:
    def __init__(self, units: str, programs: str, logs: str) -> None:
        self.logs = logs
        self.daemons: dict[str, Daemon] = {}
        self.main_pid = 0
        os.makedirs(logs, exist_ok=True)
        for file in sorted(os.listdir(units)):
            if not file.endswith(".socket"):
                continue
            unit = read_unit(f"{units}/{file}")
            service = unit.get("Socket.Service", [re.sub(r"(-ro|-admin|-tcp|-tls)?\.socket$", ".service", file)])[-1]
            if service not in self.daemons:
                if not os.path.exists(f"{units}/{service}"):
                    continue
                service_unit = read_unit(f"{units}/{service}")
                name = os.path.basename(service_unit["Service.ExecStart"][-1].split()[0])
                if not os.access(f"{programs}/{name}", os.X_OK):
                    continue
                self.daemons[service] = Daemon(name, f"{programs}/{name}", service_unit)
                self.daemons[service].listen_notify(logs)
            self.daemons[service].listen(file, unit)
        self.wake, wake_write = os.pipe()
        os.set_blocking(wake_write, False)
        os.set_blocking(self.wake, False)
        signal.set_wakeup_fd(wake_write)
        signal.signal(signal.SIGCHLD, lambda *args: None)

    def reap(self) -> Optional[int]:
        """Collects children; returns the main command's status once it has ended."""
        result = None
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return result
            if pid == 0:
                return result
            if pid == self.main_pid:
                result = os.waitstatus_to_exitcode(status)
            for daemon in self.daemons.values():
                if daemon.pid == pid:
                    daemon.ended(status, self.logs)

    def step(self, timeout: Optional[float]) -> Optional[int]:
        poll = select.poll()
        poll.register(self.wake, select.POLLIN)
        waiting: dict[int, Daemon] = {}
        for daemon in self.daemons.values():
            if daemon.notify:
                poll.register(daemon.notify, select.POLLIN)
            if daemon.pid:
                continue
            if daemon.restart_at is not None:
                left = max(0.0, daemon.restart_at - time.monotonic())
                timeout = left if timeout is None else min(timeout, left)
            for _, sock in daemon.sockets:
                waiting[sock.fileno()] = daemon
                poll.register(sock, select.POLLIN)
        for fd, _ in poll.poll(None if timeout is None else timeout * 1000 + 1):
            if fd == self.wake:
                os.read(self.wake, 4096)
            elif fd in waiting and not waiting[fd].pid:
                waiting[fd].start(self.logs)
        for daemon in self.daemons.values():
            daemon.hear()
        now = time.monotonic()
        for daemon in self.daemons.values():
            if not daemon.pid and daemon.restart_at is not None and daemon.restart_at <= now:
                daemon.start(self.logs)
        return self.reap()

    def run(self, main_pid: int) -> int:
        """Serves until the process @main_pid ends; returns its exit status."""
        self.main_pid = main_pid
        status = None
        while status is None:
            status = self.step(None)
        self.stop()
        return status

    def stop(self) -> None:
        """Ends the daemons in good order, so that sanitizers report and nothing is half-written."""
        running = [daemon for daemon in self.daemons.values() if daemon.pid]
        for daemon in running:
            # A stopped process would not see SIGTERM.
            os.kill(daemon.pid, signal.SIGTERM)
            os.kill(daemon.pid, signal.SIGCONT)
        deadline = time.monotonic() + 5
        while any(daemon.pid for daemon in running) and time.monotonic() < deadline:
            told = [daemon.notify for daemon in running if daemon.notify]
            select.select([self.wake, *told], [], [], deadline - time.monotonic())
            try:
                os.read(self.wake, 4096)
            except BlockingIOError:
                pass
            for daemon in running:
                daemon.hear()
            self.reap()
        for daemon in running:
            if daemon.pid:
                print(f"devhost: {daemon.name} did not end within 5 s of SIGTERM", file=sys.stderr)


def sanitizer_reports(logs: str) -> list[str]:
    """Logs in which a sanitizer complained: a test must not pass over them."""
    found = []
    for name in sorted(os.listdir(logs)):
        if name.endswith(".log"):
            with open(f"{logs}/{name}", encoding="utf-8", errors="replace") as log:
                text: Any = log.read()
            if re.search(r"(ERROR|WARNING): \w+Sanitizer|runtime error:", text):
                found.append(f"{name}:\n{text}")
    return found
