# SPDX-License-Identifier: LGPL-2.1-or-later
"""stock_daemon - a libvirtd of Debian's that runs on folders of its own."""
from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from typing import Iterable

from known import plain_environment


class StockDaemon:
    """@program with its socket, log and configuration in @folder, and @private empty: they are file systems of its own."""

    def __init__(self, program: str, folder: str, private: Iterable[str]) -> None:
        self.program, self.dir, self.private = program, folder, list(private)
        self.socket = f'{self.dir}/libvirt-sock'
        self.start()

    def start(self) -> None:
        shutil.rmtree(self.dir, ignore_errors=True)
        os.makedirs(self.dir)
        with open(f'{self.dir}/conf', 'w', encoding='ascii') as conf:
            conf.write(f'unix_sock_dir = "{self.dir}"\nauth_unix_rw = "none"\nauth_unix_ro = "none"\nunix_sock_group = "root"\n'
                       f'log_outputs = "3:file:{self.dir}/log"\n')
        mounts = ' && '.join(f'mkdir -p {path} && mount -t tmpfs none {path}' for path in self.private)
        with open(f'{self.dir}/stderr', 'wb') as stderr:
            command = ['unshare', '-m', 'sh', '-c', mounts + ' && exec "$0" "$@"', self.program, '-f', f'{self.dir}/conf',
                       '-p', f'{self.dir}/pid']
            self.process = subprocess.Popen(command, cwd=self.dir, env=plain_environment(), stdin=subprocess.DEVNULL,
                                            stdout=stderr, stderr=stderr)
        end = time.monotonic() + 30
        while not self.answers():
            assert self.process.poll() is None and time.monotonic() < end, f'libvirtd did not start: {self.errors()}'
            time.sleep(0.02)  # between two looks

    def answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as sock:
            return sock.connect_ex(self.socket) == 0

    def errors(self) -> str:
        with open(f'{self.dir}/stderr', encoding='utf-8', errors='replace') as stream:
            return stream.read()[-1000:]

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
