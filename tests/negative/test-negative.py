#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every public function, called as it must not be: upstream's error, nothing done, and the object still usable.

    test-negative.py FOLDER-OF-OUR-LIBRARIES VIRTTESTD FAKE-POLKIT [PATTERN]

probe.py makes the calls: with Debian's library and its test driver, with ours in process, and with ours over the wire to
virttestd.  What is expected comes from the facts (tests/data/facts/checks.tsv), from src/rpc/api (which calls travel, and
who may make them), and from what the stock library says.  Prints TAP: one test for each function.
"""
from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from typing import Any, Optional

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
API = os.path.join(HERE, '..', '..', 'src', 'rpc', 'api')
sys.path[:0] = [HERE, os.path.join(HERE, '..', 'interop'), API]

from codec import FACTS, Facts  # noqa: E402
from gen import model, parse  # noqa: E402
from known import library_environment, plain_environment  # noqa: E402

NO_SUPPORT, INVALID_ARG, OPERATION_DENIED, ACCESS_DENIED = 3, 8, 29, 88
BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path=%s</listen><auth>EXTERNAL</auth><policy context="default">
<allow send_destination="*" eavesdrop="true"/><allow receive_sender="*"/><allow own="*"/><allow user="*"/></policy></busconfig>
"""
# Where we check more than libvirt 9.0 (and, for the group, 11.3) does.
STRICTER = {('virDomainFDAssociate', 'wrong domain'), ('virDomainDelThrottleGroup', 'read-only')}
NOT_FOUND = {42, 43, 49, 50, 53, 57, 62, 66, 72, 101, 103, 107}
Record = dict[tuple[str, str], Any]


class Run:
    """probe.py once, begun again where a case ended it."""

    def __init__(self, scratch: str, name: str, folder: str, uri: str, pattern: str,
                 daemon: Optional[subprocess.Popen[bytes]] = None, **environment: str) -> None:
        self.output, self.folder, self.uri, self.pattern = f'{scratch}/{name}.out', folder, uri, pattern
        self.daemon, self.log = daemon, f'{scratch}/{name}.log'
        self.environment = library_environment(folder) | environment
        self.environment |= {'HOME': scratch, 'XDG_RUNTIME_DIR': scratch, 'XDG_CONFIG_HOME': scratch}
        self.error: Optional[BaseException] = None
        self.thread = threading.Thread(target=self.go)
        self.thread.start()

    def go(self) -> None:
        try:
            first = '0'
            while self.once(first):
                with open(self.output, encoding='utf-8') as stream:
                    lines = stream.read().split('\n')
                last = lines[-1].split('\t')[0]
                if not last:
                    with open(self.log, encoding='utf-8', errors='replace') as stream:
                        raise AssertionError(f'{self.output}: {stream.read()[-2000:]}')
                first = last
                with open(self.output, 'a', encoding='utf-8') as out:
                    out.write('"ended"\n')
        except BaseException as error:  # pylint: disable=broad-except
            self.error = error

    def once(self, first: str) -> int:
        with open(self.log, 'ab') as log:
            command = [sys.executable, f'{HERE}/probe.py', self.folder, self.output, self.uri, first, self.pattern]
            process = subprocess.Popen(command, env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                       stderr=log)
        assert process.stdin and process.stdout
        if process.stdout.readline() and self.daemon:  # it wants the daemon gone
            self.daemon.kill()
            self.daemon.wait()
            process.stdin.write(b'gone\n')
            process.stdin.flush()
        process.stdin.close()
        return process.wait()

    def result(self) -> Record:
        self.thread.join()
        if self.error:
            raise self.error
        found: Record = {}
        with open(self.output, encoding='utf-8') as stream:
            for line in stream:
                _, function, scenario, text = line.split('\t', 3)
                found[(function, scenario)] = json.loads(text)
        return found


class Host:
    """A bus of our own with a polkit that does as it is told, and virttestd that asks it."""

    def __init__(self, scratch: str, virttestd: str, polkit: str) -> None:
        os.chmod(scratch, 0o777)
        self.deny = f'{scratch}/deny'
        address = f'unix:path={scratch}/bus'
        environment = plain_environment() | {'DBUS_SYSTEM_BUS_ADDRESS': address}
        with open(f'{scratch}/bus.conf', 'w', encoding='ascii') as conf:
            conf.write(BUS % f'{scratch}/bus')
        with open(f'{scratch}/daemon.conf', 'w', encoding='ascii') as conf:
            conf.write(f'unix_sock_dir = "{scratch}"\nauth_unix_rw = "none"\nauth_unix_ro = "none"\nunix_sock_rw_perms = "0777"\n'
                       'access_drivers = ["polkit"]\n')
        self.bus = subprocess.Popen(['dbus-daemon', '--nofork', f'--config-file={scratch}/bus.conf', '--print-address'],
                                    stdout=subprocess.PIPE)
        assert self.bus.stdout
        self.bus.stdout.readline()
        self.polkit = subprocess.Popen([polkit, self.deny], env=environment, stdout=subprocess.PIPE)
        assert self.polkit.stdout and self.polkit.stdout.readline() == b'ready\n', 'the polkit did not start'
        with open(f'{scratch}/daemon.log', 'wb') as log:
            self.daemon = subprocess.Popen([virttestd, '-f', f'{scratch}/daemon.conf', '-p', f'{scratch}/pid'], env=environment,
                                           stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        end = time.monotonic() + 20
        while not os.path.exists(f'{scratch}/virttestd-admin-sock'):  # the last to be bound
            assert self.daemon.poll() is None and time.monotonic() < end, 'virttestd did not start'
            time.sleep(0.01)  # between two looks

    def end(self) -> None:
        for process in (self.daemon, self.polkit, self.bus):
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.wait()


class Expect:
    """What the tables say."""

    def __init__(self) -> None:
        order = ['types.api', 'acl.api']
        names = order + sorted(n for n in os.listdir(API) if n.endswith('.api') and n not in order)
        built = model.build(parse.parse([os.path.join(API, name) for name in names]))
        self.calls = {proc.call.name: proc.call for proc in built.procs if proc.call.kind == 'function'}
        self.writes = {row[0] for row in Facts.read(FACTS, 'checks.tsv') if row[1] == 'virCheckReadOnly' and not row[3]
                       and row[4:5] != ['1']}

    def denied(self, function: str) -> bool:
        """Whether nobody who may do nothing can make the call."""
        call = self.calls.get(function)
        return call is not None and any(not fact.words[1:] and fact.words != ['none'] for fact in call.facts['acl'])

    def travels(self, function: str) -> bool:
        return function in self.calls


def words(text: str) -> str:
    return re.sub(r' in function \w+$', '', text)


def judge(expect: Expect, function: str, scenario: str, said: Any, stock: Any) -> str:
    """What is wrong with a record; empty if nothing is."""
    if said == 'ended':
        return '' if stock == 'ended' else 'ended the process'
    if (function, scenario) in STRICTER:
        return ''
    if isinstance(said, str):  # the driver has no such object
        return ''
    good, error, unchanged, alive = said
    if not unchanged:
        return f'something has changed, beside {error}'
    if not alive:
        return f'the object is not usable afterwards: {error}'
    known = isinstance(stock, list)
    if scenario.startswith(('null', 'wrong', 'exclusive')):
        if known and (stock[0], stock[1]) != (good, error):
            return f'{error} instead of {stock[1]}'
        if not known and scenario.startswith('exclusive') and (not error or error[0] != INVALID_ARG):
            return f'{error} for exclusive flags'
    elif scenario == 'unknown flags':
        if known and stock[1] and error and stock[1][0] == INVALID_ARG and error[0] == INVALID_ARG:
            return '' if words(error[2]).split('(')[0] == words(stock[1][2]).split('(')[0] and error[1] == stock[1][1] else \
                f'{error} instead of {stock[1]}'
        if good and function in expect.calls:
            return 'took flags that nobody knows'
        if known and stock[1] and error and stock[1][0] != error[0] and NO_SUPPORT not in (stock[1][0], error[0]):
            return f'{error} instead of {stock[1]}'
    elif scenario == 'read-only':
        refused = bool(error) and error[0] == OPERATION_DENIED
        stock_refused = known and bool(stock[1]) and stock[1][0] == OPERATION_DENIED
        if refused != (function in expect.writes) and refused != stock_refused:
            return f'{error} on a read-only connection'
        if refused and stock_refused and stock[1] != error:
            return f'{error} instead of {stock[1]}'
    elif scenario == 'denied':
        if expect.denied(function) and (good or not error or error[0] not in (ACCESS_DENIED, NO_SUPPORT, INVALID_ARG)) and \
                not ('Lookup' in function and error and error[0] in NOT_FOUND):  # as upstream: found first, then judged
            return f'{error} though everything is forbidden'
    elif scenario == 'closed' and expect.travels(function) and good:
        return 'succeeded without a daemon'
    return ''


def main() -> int:
    folder, virttestd, polkit = sys.argv[1:4]
    pattern = sys.argv[4] if len(sys.argv) > 4 else ''
    with tempfile.TemporaryDirectory(prefix='negative-') as scratch:
        host = Host(scratch, virttestd, polkit)
        try:
            uri, wire = 'test:///default', f'test+unix:///default?socket={scratch}/virttestd-sock'
            runs = {'stock': Run(scratch, 'stock', 'system', uri, pattern),
                    'in process': Run(scratch, 'ours', folder, uri, pattern),
                    'over the wire': Run(scratch, 'wire', folder, wire, pattern, host.daemon, DAEMON_DENY=host.deny,
                                         DAEMON_ENDS='1')}
            records = {name: one.result() for name, one in runs.items()}
        finally:
            host.end()
            if os.environ.get('NEGATIVE_KEEP'):
                subprocess.run(['cp', '-r', scratch, os.environ['NEGATIVE_KEEP']], check=True)
    expect = Expect()
    stock = records.pop('stock')
    wrong: dict[str, list[str]] = {}
    cases = skipped = denied = 0
    for name, record in records.items():
        for (function, scenario), said in record.items():
            bad = judge(expect, function, scenario, said, stock.get((function, scenario)))
            wrong.setdefault(function, [])
            if bad:
                wrong[function].append(f'{name}, {scenario}: {bad}')
            skipped += isinstance(said, str)
            cases += not isinstance(said, str)
            denied += scenario == 'denied' and isinstance(said, list) and bool(said[1]) and said[1][0] == ACCESS_DENIED
    print(f'1..{len(wrong)}')
    for number, (function, bad_cases) in enumerate(wrong.items(), 1):
        print(f'{"not ok" if bad_cases else "ok"} {number} - {function}')
        for bad in bad_cases[:8]:
            print(f'# {bad}')
    failed = sum(bool(bad) for bad in wrong.values())
    print(f'# {len(wrong) - failed} of {len(wrong)} functions, {cases} cases, {denied} times access denied; '
          f'{skipped} cases left out where the test driver has no such object')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
