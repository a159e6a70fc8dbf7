# SPDX-License-Identifier: LGPL-2.1-or-later
"""known - differences between Debian's library and ours that are meant, or are libvirt's own since 9.0; environments of both."""
from __future__ import annotations

import os
import re
import subprocess


def read_known() -> list[tuple[re.Pattern[str], re.Pattern[str], str]]:
    found = []
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'known-differences.tsv'), encoding='utf-8') as stream:
        for line in stream:
            if line.strip() and not line.startswith('#'):
                function, label, reason = line.rstrip('\n').split('\t')
                found.append((re.compile(function + '$'), re.compile(label + '$'), reason))
    return found


def plain_environment() -> dict[str, str]:
    """Ours without what would put our library in the place of the stock one, as a build's test runner does."""
    return {name: value for name, value in os.environ.items() if name not in ('LD_LIBRARY_PATH', 'LD_PRELOAD')}


def library_environment(folder: str, library: str = 'libvirt.so.0') -> dict[str, str]:
    """With the @library in @folder, 'system' for Debian's.  One with AddressSanitizer needs its runtime before all else, and
    the runtime looks for what it wraps, libtirpc's functions among it, when the program starts.  What Python itself keeps
    for the life of the process is no leak of ours."""
    environment = plain_environment()
    if folder == 'system':
        return environment
    environment['LD_LIBRARY_PATH'] = folder
    with open(f'{folder}/{library}', 'rb') as file:
        sanitized = b'libasan.so' in file.read()
    if sanitized:
        runtime = subprocess.run([os.environ.get('GCC', 'gcc'), '-print-file-name=libasan.so'], stdout=subprocess.PIPE,
                                 text=True, check=True).stdout.strip()
        environment['LD_PRELOAD'] = f'{runtime} libtirpc.so.3'
        environment['ASAN_OPTIONS'] = environment.get('ASAN_OPTIONS', '') + ':detect_leaks=0'
    return environment
