# SPDX-License-Identifier: LGPL-2.1-or-later
"""Debian's virsh on our daemon, compared with the same commands on the driver inside Debian's own library.

Each line of virsh/commands.txt is one run of virsh: commands with ';' between them, on a fresh default node.  What
both sides print must be equal, but for lines of virsh/differs.tsv, each with a reason; there
the two must still differ (or the row goes).  Nothing may end in "internal error" that does not so
upstream.  Not here: save, dump, managedsave and
migrate, for which virsh 9.0 starts a thread and at times waits for it in vain.
"""
from __future__ import annotations

import concurrent.futures
import os
import re
import subprocess
import tempfile

from rig import DIR, PLAIN, URI, case, main

HERE = os.path.dirname(os.path.abspath(__file__))
UUID = r'[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'
KNOWN = {'6695eb01-f6a4-8304-79aa-97f2502e193f', 'dd8fe884-6c02-601e-7551-cca97df1c5df',
         'dfe224cb-28fb-8dd0-c4b2-64eb3f0f4566', '11111111-2222-3333-4444-555555555555'}


# An input that never says anything, for commands that watch it.
SILENT, _kept_open = os.pipe()


def plain(text: str, folder: str) -> str:
    """Without what differs from one run to the next: made-up UUIDs and addresses, times, folders."""
    text = text.replace(folder, 'TMP')
    text = re.sub(UUID, lambda found: found.group(0) if found.group(0) in KNOWN or found.group(0).startswith('5d2a6f5e')
                  else 'UUID', text)
    text = re.sub(r'52:54:00:(?!00:|77:)[0-9a-f:]{8}', 'MAC', text)
    text = re.sub(r'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}', 'TIME', text)
    text = re.sub(r'(<creationTime>)\d+', r'\1TIME', text)
    text = re.sub(r'(?m)^CPU time: .*\n', '', text)  # told only when it is not 0
    text = re.sub(r'<(\w+)>\s*</\1>', r'<\1/>', text)  # the same to every reader
    return re.sub(r'(?m)[ \t]+$', '', text).strip()


def batch(uri: str, lines: list[str]) -> dict[str, str]:
    """One virsh for all: starting it is what takes time.  Each line has a fresh node, for the node ends with its
    connection; what lies between the marks is the line's output."""
    with tempfile.TemporaryDirectory(dir=DIR) as folder:
        script = ''.join(f'connect {uri};echo @@{number}@@;{line};' for number, line in enumerate(lines))
        done = subprocess.run(['/usr/bin/virsh', script.replace('TMP', folder)], stdin=SILENT, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, cwd=f'{HERE}/virsh', env=PLAIN, timeout=60, check=False)
        said = re.split(r'@@\d+@@\n', done.stdout)[1:]
        assert len(said) == len(lines), f'{len(said)} of {len(lines)} lines were run; the last said {said[-1:]}'
        return {line: plain(text, folder) for line, text in zip(lines, said)}


def rows(name: str) -> list[str]:
    with open(f'{HERE}/virsh/{name}', encoding='utf-8') as file:
        return file.read().splitlines()


commands = rows('commands.txt')
differs = dict(line.split('\t') for line in rows('differs.tsv') if not line.startswith('#'))
with concurrent.futures.ThreadPoolExecutor(2) as pool:  # only one of them may use our default node
    first, second = pool.map(lambda uri: batch(uri, commands), ('test:///default', URI))
upstream, ours = dict(first), dict(second)


def wrong(line: str) -> str:
    if 'internal error' in ours[line] and 'internal error' not in upstream[line]:
        return f'ends in an internal error: {ours[line]}'
    if (ours[line] != upstream[line]) == (line in differs):
        return ''
    if line in differs:
        return 'is said to differ, but does not'
    return f'upstream:\n{upstream[line]}\nours:\n{ours[line]}'


for command in commands:
    @case(command.replace('#', ''))
    def _(line: str = command) -> None:
        problem = wrong(line)
        assert not problem, f'{line}: {problem}'


@case('the tables are true to each other')
def _() -> None:
    unknown = sorted(set(differs) - set(commands))
    assert not unknown, f'differs.tsv has lines that commands.txt has not: {unknown}'
    assert len(set(commands)) == len(commands), 'a line is there twice'


if __name__ == '__main__':
    main()
