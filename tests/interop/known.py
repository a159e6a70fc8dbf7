# SPDX-License-Identifier: LGPL-2.1-or-later
"""known - differences between Debian's library and ours that are meant, or are libvirt's own since 9.0."""
from __future__ import annotations

import os
import re


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
