# SPDX-License-Identifier: LGPL-2.1-or-later
"""rig - what the Python programs of this folder share: test points, errors, waiting, commands."""
from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
import traceback
from typing import Any, Callable, Optional

WAY = os.environ.get('TEST_WAY', 'local')
URI = os.environ.get('TEST_URI', 'test:///default')
NODE = os.environ.get('TEST_NODE', '')
DIR = os.environ.get('TEST_DIR', '')
LIMIT = 20.0  # seconds that anything may take
# For programs that are bound to Debian's own library: virsh, virt-admin.
PLAIN = {key: value for key, value in os.environ.items() if key not in ('LD_LIBRARY_PATH', 'LD_PRELOAD')}

at_end: list[Callable[[], Any]] = []
cases: list[tuple[str, Callable[[], None]]] = []
arrived = threading.Condition()


class Skip(Exception):
    """This machine cannot run the test; the text says why."""


def case(name: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    def add(function: Callable[[], None]) -> Callable[[], None]:
        cases.append((name, function))
        return function
    return add


def skip_all(reason: str) -> None:
    print(f'1..0 # SKIP {reason}')
    sys.exit(0)


def main() -> None:
    failed = False
    print(f'1..{len(cases)}')
    for number, (name, function) in enumerate(cases, 1):
        word, extra, text = 'ok', '', ''
        try:
            function()
        except Skip as reason:
            extra = f' # SKIP {reason}'
        except Exception:  # pylint: disable=broad-except
            word, text, failed = 'not ok', traceback.format_exc(), True
        print(f'{word} {number} - {name}{extra}')
        print(''.join(f'# {line}\n' for line in text.splitlines()), end='')
        sys.stdout.flush()
    for cleanup in at_end:
        cleanup()
    sys.stdout.flush()
    os._exit(int(failed))  # not held up by a thread that runs an event loop


def equal(got: Any, wanted: Any, what: str = 'value') -> None:
    assert got == wanted, f'{what}: got {got!r}, wanted {wanted!r}'


def holds(text: str, pattern: str) -> str:
    found = re.search(pattern, text, re.S)
    assert found, f"'{pattern}' is not in: {text}"
    return found.group(found.lastindex or 0)


def wait_for(what: str, condition: Callable[[], Any]) -> Any:
    """Until it is so; whoever changes what it depends on notifies @arrived."""
    end = time.monotonic() + LIMIT
    with arrived:
        while True:
            value = condition()
            if value:
                return value
            left = end - time.monotonic()
            assert left > 0, f'waited {LIMIT:.0f} s in vain for {what}'
            arrived.wait(left)


def turn_until(what: str, condition: Callable[[], Any]) -> None:
    """Turns GLib's loop until it is so; a timer of it is the deadline."""
    from gi.repository import GLib  # pylint: disable=import-outside-toplevel  # not all programs have it
    expired: list[bool] = []
    timer = GLib.timeout_add_seconds(int(LIMIT), lambda: expired.append(True))
    while not condition():
        GLib.MainContext.default().iteration(True)
        assert not expired, f'waited {LIMIT:.0f} s in vain for {what}'
    GLib.source_remove(timer)


def run(*argv: str, status: Optional[int] = 0, env: Optional[dict[str, str]] = None, stdin: str = '') -> str:
    """Output and messages of a program."""
    done = subprocess.run(argv, input=stdin, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=60, check=False)
    assert status is None or done.returncode == status, f'{" ".join(argv)}: status {done.returncode}: {done.stdout}'
    return done.stdout
