#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every page, written or generated, is sound reStructuredText.  Arguments: folders to look in."""
from __future__ import annotations

import os
import sys

try:
    import docutils.core
    import docutils.utils
except ImportError:
    print('1..0 # SKIP python3-docutils is not installed')
    sys.exit(0)


def complaint(path: str) -> str:
    """What docutils says of a file; empty if it is content."""
    with open(path, encoding='utf-8') as stream:
        text = stream.read()
    try:
        docutils.core.publish_doctree(text, source_path=path, settings_overrides={'halt_level': 2, 'report_level': 5})
    except docutils.utils.SystemMessage as error:
        return str(error)
    return ''


def main(folders: list[str]) -> int:
    pages = sorted(os.path.join(folder, name) for folder in folders for name in os.listdir(folder) if name.endswith('.rst'))
    failed = 0
    print(f'1..{len(pages)}')
    for number, page in enumerate(pages, 1):
        said = complaint(page)
        failed += bool(said)
        print(f'{"not ok" if said else "ok"} {number} {page}' + (f'\n# {said}' if said else ''))
    return 1 if failed or not pages else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
