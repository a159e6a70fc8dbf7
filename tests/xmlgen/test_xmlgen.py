#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tests of xmlgen.py: golden output for engine.xs, one file below bad/ for every message.

The first line of a bad file is "# error: LINE: MESSAGE".  TEST_REGENERATE=1 rewrites the golden
files.  Speaks TAP.
"""
from __future__ import annotations

import contextlib
import importlib
import io
import os
import re
import subprocess
import sys
import tempfile
from typing import Callable

HERE = os.path.dirname(os.path.abspath(__file__))
XMLGEN = os.path.join(HERE, '..', '..', 'src', 'drivers', 'conf', 'xmlgen.py')
ENGINE = os.path.join(HERE, 'engine.xs')


def xmlgen(*args: str) -> tuple[int, str]:
    """Run the generator in this process: 50 Python starts would take most of the time."""
    sys.dont_write_bytecode = True
    if os.path.dirname(XMLGEN) not in sys.path:
        sys.path.insert(0, os.path.dirname(XMLGEN))
    err = io.StringIO()
    with contextlib.redirect_stderr(err):
        status = importlib.import_module('xmlgen').main(list(args))
    return status, err.getvalue().strip()


def read(path: str) -> str:
    with open(path, encoding='utf-8') as f:
        return f.read()


def make(out: str) -> dict[str, str]:
    for args in (('c', out, ENGINE), ('rng', out + '/engine.rng', 'Engine', ENGINE), ('rst', out + '/engine.rst', ENGINE)):
        status, err = xmlgen(*args)
        assert status == 0, err
    return {n: read(os.path.join(out, n)) for n in ('engine_gen.h', 'engine_gen.c', 'engine.rng', 'engine.rst')}


def golden() -> None:
    with tempfile.TemporaryDirectory() as out:
        for name, text in make(out).items():
            path = os.path.join(HERE, 'golden', name)
            if os.environ.get('TEST_REGENERATE'):
                with open(path, 'w', encoding='utf-8') as f:
                    f.write(text)
            assert text == read(path), f'{name} differs from its golden file; TEST_REGENERATE=1 rewrites it'


def unchanged_is_not_written() -> None:
    with tempfile.TemporaryDirectory() as out:
        make(out)
        path = os.path.join(out, 'engine_gen.c')
        os.utime(path, (1, 1))
        make(out)
        assert os.stat(path).st_mtime == 1, 'a file that would not change was written again'


def same_for_any_hash_seed() -> None:
    seen = set()
    for seed in ('1', '2', '3'):
        os.environ['PYTHONHASHSEED'] = seed
        with tempfile.TemporaryDirectory() as out:
            subprocess.run([sys.executable, XMLGEN, 'c', out, ENGINE], check=True)
            seen.add(read(out + '/engine_gen.c') + read(out + '/engine_gen.h'))
    assert len(seen) == 1, 'output depends on the hash seed'


def bad(name: str) -> Callable[[], None]:
    def check() -> None:
        path = os.path.join(HERE, 'bad', name)
        m = re.match(r'# error: (\d+: .*)', read(path))
        assert m, 'first line must be "# error: LINE: MESSAGE"'
        status, err = xmlgen('check', path)
        assert status == 1, f'accepted, or ended with status {status}: {err}'
        assert err == f'{name}:{m[1]}', f'expected {name}:{m[1]}\n  got {err}'
    return check


def messages_are_covered() -> None:
    """Every fail() of the generator has a bad file."""
    text = read(XMLGEN)
    calls = len(re.findall(r'raise self\.fail\(|raise SchemaError\(f"\{r\.where', text))
    files = len(os.listdir(os.path.join(HERE, 'bad')))
    assert files >= calls, f'{calls} messages but {files} bad files'


def no_document() -> None:
    with tempfile.TemporaryDirectory() as out:
        status, err = xmlgen('rng', out + '/x.rng', 'Nothing', ENGINE)
        assert (status, err) == (1, "engine.xs:1: no document 'Nothing'"), err


def grammar(text: str, good: bool) -> Callable[[], None]:
    def check() -> None:
        with tempfile.TemporaryDirectory() as out:
            make(out)
            with open(out + '/doc.xml', 'w', encoding='utf-8') as f:
                f.write(text)
            r = subprocess.run(['xmllint', '--noout', '--relaxng', out + '/engine.rng', out + '/doc.xml'],
                               capture_output=True, text=True, check=False)
            assert (r.returncode == 0) == good, r.stderr
    return check


def main() -> int:
    must = "<must value='1'/>"
    tests: list[tuple[str, Callable[[], None]]] = [
        ('golden', golden), ('unchanged is not written', unchanged_is_not_written),
        ('same for any hash seed', same_for_any_hash_seed), ('messages are covered', messages_are_covered),
        ('no such document', no_document),
        ('grammar accepts', grammar(f"<engine name='x' colour='rot'>{must}<shape type='circle' radius='1'><label>l</label>"
                                    f"</shape><metadata><a><b c='d'>e</b></a></metadata><item id='1'>t</item><parts><none/>"
                                    "</parts></engine>", True)),
        ('grammar refuses a wrong word', grammar(f"<engine name='x' colour='pink'>{must}</engine>", False)),
        ('grammar refuses an unknown element', grammar(f"<engine name='x'>{must}<novel/></engine>", False)),
        ('grammar wants what is required', grammar("<engine name='x'/>", False)),
        ('grammar refuses a second element', grammar(f"<engine name='x'>{must}<title>a</title><title>b</title></engine>", False)),
    ]
    tests += [(n, bad(n)) for n in sorted(os.listdir(os.path.join(HERE, 'bad')))]
    print(f'1..{len(tests)}')
    failed = 0
    for i, (name, test) in enumerate(tests, 1):
        try:
            test()
            print(f'ok {i} {name}')
        except AssertionError as e:
            failed += 1
            print(f'not ok {i} {name}\n# ' + str(e).replace('\n', '\n# '))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
