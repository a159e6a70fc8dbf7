# SPDX-License-Identifier: LGPL-2.1-or-later
"""stock - libvirt 11.3.0 of bookworm-backports, the version ours stands in for, and emulators: unpacked, never installed.

prepare() unpacks the packages; enter() gives this process a mount namespace in which they are seen below /usr;
Stock is a libvirtd of its own /etc/libvirt, /run and /var.
"""
from __future__ import annotations

import ctypes
import fcntl
import glob
import os
import shutil
import subprocess
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'interop'))

from stock_daemon import StockDaemon  # noqa: E402

VERSION = '11.3.0'
CACHE = f'/var/cache/libvirt-test-peer-{VERSION}'
LIBVIRT = ('libvirt0', 'libvirt-common', 'libvirt-daemon', 'libvirt-daemon-common', 'libvirt-daemon-driver-qemu',
           'libvirt-daemon-driver-secret', 'libvirt-daemon-driver-nwfilter', 'libpcap0.8')
KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'
# Big, and worth it only where all documents are compared.
EMULATORS = {'qemu-system-arm': ('aarch64', 'arm'), 'qemu-system-ppc': ('ppc', 'ppc64'), 'qemu-system-misc': ('s390x', 'riscv64')}
CLONE_NEWNS, MS_REC, MS_PRIVATE = 0x20000, 0x4000, 0x40000
PRIVATE = ('/etc/libvirt', '/var/lib/libvirt', '/var/log/libvirt', '/var/cache/libvirt', '/run')


def apt_options() -> list[str]:
    """Lists of their own, so that the machine's stay as they are."""
    folder = f'{CACHE}/apt'
    options = [f'Dir::Etc::SourceList={folder}/sources.list', 'Dir::Etc::SourceParts=/dev/null',
               f'Dir::State::Lists={folder}/lists', f'Dir::Cache={folder}', 'APT::Sandbox::User=root',
               'APT::Default-Release=bookworm-backports']
    return ['-q'] + [word for option in options for word in ('-o', option)]


def update() -> None:
    mark = f'{CACHE}/apt.done'
    if os.path.exists(mark):
        return
    os.makedirs(f'{CACHE}/apt/lists/partial', exist_ok=True)
    os.makedirs(f'{CACHE}/apt/archives/partial', exist_ok=True)
    with open(f'{CACHE}/apt/sources.list', 'w', encoding='ascii') as file:
        for suite in ('bookworm', 'bookworm-backports'):
            file.write(f'deb [signed-by={KEYRING}] http://deb.debian.org/debian {suite} main\n')
    subprocess.run(['apt-get', *apt_options(), 'update', '-o', 'APT::Update::Error-Mode=any'], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    with open(mark, 'wb'):
        pass


def unpack(package: str, patterns: list[str]) -> None:
    mark = f'{CACHE}/{package}.done'
    if os.path.exists(mark):
        return
    update()
    folder = f'{CACHE}/{package}.part'
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    # Emulators are the release's own, as the one they are compared with.
    where = ['-t', 'bookworm'] if package in EMULATORS else []
    subprocess.run(['apt-get', *apt_options(), 'download', *where, package], cwd=folder, check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.PIPE)
    with subprocess.Popen(['dpkg-deb', '--fsys-tarfile', glob.glob(f'{folder}/*.deb')[0]], stdout=subprocess.PIPE) as deb:
        subprocess.run(['tar', '-x', '-C', CACHE, '--wildcards', *patterns], stdin=deb.stdout, check=True, stderr=subprocess.PIPE)
    shutil.rmtree(folder)
    with open(mark, 'wb'):
        pass


def prepare(emulators: bool) -> None:
    """OSError or CalledProcessError says what is missing."""
    os.makedirs(CACHE, exist_ok=True)
    with open(f'{CACHE}/lock', 'wb') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)   # tests run beside one another
        for package in LIBVIRT:
            unpack(package, ['./usr/*'])
        if emulators:
            for package, arches in EMULATORS.items():
                unpack(package, [f'./usr/bin/qemu-system-{arch}' for arch in arches])


def enter() -> None:
    """A mount namespace where the unpacked files are seen below /usr; they are gone with this process."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) or libc.mount(None, b'/', None, MS_REC | MS_PRIVATE, None):
        raise OSError(ctypes.get_errno(), 'cannot have a mount namespace of its own')
    subprocess.run(['mount', '-t', 'overlay', 'overlay', '-o', f'lowerdir={CACHE}/usr:/usr', '/usr'], check=True)


class Stock(StockDaemon):
    def __init__(self, scratch: str) -> None:
        super().__init__('libvirtd', f'{scratch}/stock', PRIVATE)
