# SPDX-License-Identifier: LGPL-2.1-or-later
"""run - one program of this folder on our libraries, beside a virttestd of its own where it needs one

    run.py WAY BUILD PROGRAM [ARG...]

WAY is "local" (the driver is in our library), "wire" (our library, our daemon) or "stock" (Debian's
library, our daemon).  PROGRAM prints TAP.  It finds in its environment

    TEST_WAY    WAY
    TEST_URI    what to open for the default node
    TEST_NODE   the same for the node of node.xml
    TEST_DIR    a folder of its own, gone at the end

The daemon's log is shown when PROGRAM fails, and a daemon that does not end well is a failure.
"""
from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
LIMIT = 20.0  # seconds, for the daemon to start or to end


def await_socket(path: str, daemon: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + LIMIT
    while daemon.poll() is None and time.monotonic() < end:
        with socket.socket(socket.AF_UNIX) as sock:
            if sock.connect_ex(path) == 0:
                return
        time.sleep(0.005)  # between two looks
    raise SystemExit(f'the daemon does not listen on {path}')


def die_with_us() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG: also when meson ends us for taking too long


def start_daemon(build: str, folder: str) -> subprocess.Popen[bytes]:
    with open(f'{folder}/daemon.conf', 'w', encoding='ascii') as conf:
        conf.write(f'unix_sock_dir = "{folder}"\nauth_unix_rw = "none"\nauth_unix_ro = "none"\n')
    with open(f'{folder}/daemon.log', 'wb') as log:
        daemon = subprocess.Popen([f'{build}/daemons/virttestd', '-f', f'{folder}/daemon.conf', '-p', f'{folder}/pid'],
                                  stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=die_with_us)
    await_socket(f'{folder}/virttestd-admin-sock', daemon)  # the last to be bound
    return daemon


def environment(way: str, build: str, folder: str) -> dict[str, str]:
    env = {**os.environ, 'TEST_WAY': way, 'TEST_DIR': folder, 'HOME': f'{folder}/home', 'LC_ALL': 'C.UTF-8',
           'XDG_RUNTIME_DIR': f'{folder}/runtime', 'XDG_CACHE_HOME': f'{folder}/cache', 'PYTHONDONTWRITEBYTECODE': '1'}
    env.pop('LD_LIBRARY_PATH', None)  # meson's: Debian's library would be none
    for name in ('home', 'runtime', 'cache'):
        os.mkdir(f'{folder}/{name}', 0o700)
    shutil.copy(f'{HERE}/node.xml', f'{folder}/node.xml')
    server = '' if way == 'local' else f'?socket={folder}/virttestd-sock'
    scheme = 'test' if way == 'local' else 'test+unix'
    env['TEST_URI'] = f'{scheme}:///default{server}'
    env['TEST_NODE'] = f'{scheme}://{folder}/node.xml{server}'
    env['TEST_SOCKET'] = f'{folder}/virttestd-sock'
    if way != 'stock':
        env['LD_LIBRARY_PATH'] = f'{build}/src/rpc/client'
        with open(f'{build}/src/rpc/client/libvirt.so.0', 'rb') as file:
            if b'libasan.so' in file.read():
                # The runtime looks for the functions that it wraps, libtirpc's too, when the program starts;
                # what an interpreter leaves behind is not ours.
                asan = subprocess.run(['gcc', '-print-file-name=libasan.so'], stdout=subprocess.PIPE, text=True, check=True)
                env['LD_PRELOAD'] = f'{asan.stdout.strip()} libtirpc.so.3'
                env['ASAN_OPTIONS'] = env.get('ASAN_OPTIONS', '') + ':detect_leaks=0'
    return env


def main() -> int:
    way, build, *program = sys.argv[1:]
    absent = [word for word in program if word.startswith(('/usr/bin/', 'extension=/')) and
              not os.path.exists(word.removeprefix('extension='))]
    if absent:
        print(f'1..0 # SKIP {absent[0]} is not there: run scripts/deps')
        return 0
    with tempfile.TemporaryDirectory(prefix='bindings-') as folder:
        env = environment(way, build, folder)
        daemon = None if way == 'local' else start_daemon(build, folder)
        status = subprocess.run(program, env=env, stdin=subprocess.DEVNULL, check=False).returncode
        if daemon:
            early = daemon.poll()
            daemon.send_signal(signal.SIGTERM)
            try:
                ended = daemon.wait(LIMIT)
            except subprocess.TimeoutExpired:
                daemon.kill()
                ended = daemon.wait()
            if ended != 0 or early is not None:
                print(f'# the daemon ended {"early " if early is not None else ""}with status {ended}')
                status = status or 1
            if status:
                with open(f'{folder}/daemon.log', encoding='utf-8', errors='replace') as log:
                    print(''.join(f'# daemon: {line}' for line in log.readlines()[-40:]), end='')
        return status if status >= 0 else 128 - status


if __name__ == '__main__':
    sys.exit(main())
