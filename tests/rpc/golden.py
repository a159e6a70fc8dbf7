#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Hold what the .api files say against the golden copy of libvirt 11.3.0's interface in tests/data/facts.

Prints TAP: one test for each table.
"""
from __future__ import annotations

import os
import re
import sys

sys.dont_write_bytecode = True
TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
API = os.path.join(TOP, 'src', 'rpc', 'api')
sys.path.insert(0, API)

from gen import checks, emit_text, model, parse  # noqa: E402


def read(name: str) -> list[list[str]]:
    with open(os.path.join(TOP, 'tests', 'data', 'facts', name), encoding='utf-8') as stream:
        return [line.rstrip('\n').split('\t') for line in stream if not line.startswith('#')]


def rows(record: model.Record | None) -> str:
    def one(row: parse.Row) -> str:
        bracket = {'': '', 'fixed': f'[{row.max}]', 'variable': f'<{row.max}>'}[row.array]
        return f'{row.type} {row.name}{bracket}'
    return '; '.join(one(row) for row in record.rows) if record else ''


def acl_text(words: list[str]) -> str:
    """'domain:save unless A|B' in the notation of the golden file."""
    text = words[0]
    for kind, value in zip(words[1::2], words[2::2]):
        if kind == 'where':
            name, operator, wanted = re.fullmatch(r'(\w+)(!?=)(\w+)', value).groups()  # type: ignore[union-attr]
            text += f'::{name}:{"!" if operator == "!=" else ""}{wanted}'
        else:
            text += ':' + ('!' if kind == 'unless' else '') + value
    return text


def wire_lines(built: model.Model) -> dict[tuple[str, ...], list[str]]:
    found: dict[tuple[str, ...], list[str]] = {}
    for proc in built.procs:
        call = proc.call
        key = (proc.program, str(proc.number), proc.constant)
        if call.kind == 'message':
            found[('async',) + key] = ['', '']
        elif call.kind == 'event':
            found[('event',) + key] = [rows(proc.msg), '']
            if proc.legacy:
                found[('event-legacy', proc.program, call.word('legacy'), call.word('legacy', 1))] = [rows(proc.legacy), '']
        else:
            acl = ';'.join(acl_text(f.words) for f in call.facts['acl'])
            found[('call',) + key] = [rows(proc.args), rows(proc.ret), acl, call.word('filter'),
                                      'high' if 'high' in call.words('proc') else 'low',
                                      '0' if call.has('unauthenticated') else '1',
                                      call.word('stream') if call.word('stream') != 'both' else 'read']
    for name, record in built.structs.items():
        if record.kind == 'struct' and not name.endswith(('_args', '_ret', '_msg')):
            found[('struct', '', '', name)] = [rows(record)]
    return found


# Where we are stricter than libvirt 11.3.0 on purpose; the .api file says why.
STRICTER = {
    'DOMAIN_SET_SCHEDULER_PARAMETERS': ('domain:read', 'domain:read;domain:write'),
    'virDomainDelThrottleGroup': ('nonnullgroup', 'write;nonnullgroup'),
}


def test_wire(built: model.Model) -> list[str]:
    found = wire_lines(built)
    wrong = []
    seen = set()
    for line in read('wire.tsv'):
        key = ('struct', '', '', line[3]) if line[0] == 'struct' else tuple(line[:4])
        seen.add(key)
        want = line[4:]
        if key not in found:
            wrong.append(f'{" ".join(key)}: missing')
            continue
        if key[1] == 'admin':
            want[4] = 'low' if key[0] == 'call' else ''
        have = found[key]
        if key[3] in STRICTER and (want[2], have[2]) == STRICTER[key[3]]:
            want[2] = have[2]
        if have != want[:len(have)]:
            wrong.append(f'{" ".join(key)}: {have} instead of {want[:len(have)]}')
    return wrong + [f'{" ".join(key)}: not in libvirt' for key in found if key not in seen]


def test_symbols(built: model.Model) -> list[str]:
    """Prototypes, and the version node that each symbol is in."""
    found = {}
    for call in built.source.calls:
        if call.kind in ('function', 'variable'):
            params = ', '.join(p.decl() for p in call.params)
            node = 'LIBVIRT_' + {'libvirt': '', 'admin': 'ADMIN_', 'qemu': 'QEMU_', 'lxc': 'LXC_'}[emit_text.library(call)]
            found[call.name] = (node + call.word('since'), f'{call.ret}({params})', call.context.get('header', ''))
    wrong = []
    for _, node, name, prototype, header in read('symbols.tsv'):
        if name not in found:
            wrong.append(f'{name}: missing')
            continue
        node_found, prototype_found, header_found = found.pop(name)
        if (node_found, header_found) != (node, header):
            wrong.append(f'{name}: {node_found} in {header_found} instead of {node} in {header}')
        if squeeze(prototype_found) != squeeze(prototype) and not prototype_found.endswith('()'):
            wrong.append(f'{name}: {prototype_found} instead of {prototype}')
    return wrong + [f'{name}: not in libvirt' for name in found]


def test_syms(built: model.Model) -> list[str]:
    """The version scripts as the linker will read them: nodes in order, each after the one before it."""
    wrong = []
    for library in ('libvirt', 'admin', 'qemu', 'lxc'):
        text = emit_text.emit_syms(built, library)
        nodes = re.findall(r'^(\S+) \{\n(.*?)^\}( \S+)?;', text, flags=re.M | re.S)
        previous = ''
        found = set()
        numbers = []
        for name, body, parent in nodes:
            if parent.strip() != previous:
                wrong.append(f'{name} follows {parent.strip()!r} instead of {previous!r}')
            if ('local:' in body) != (previous == ''):
                wrong.append(f'{name}: only the first node hides the rest')
            found |= {(name, symbol) for symbol in re.findall(r'^ +(vir\w+);', body, flags=re.M)}
            numbers.append(emit_text.version(name.rsplit('_', 1)[1]))
            previous = name
        if numbers != sorted(numbers):
            wrong.append(f'{library}: nodes out of order')
        full = 'libvirt' if library == 'libvirt' else 'libvirt-' + library
        want = {(line[1], line[2]) for line in read('symbols.tsv') if line[0] == full}
        wrong += [f'{" ".join(x)}: missing' for x in sorted(want - found)]
        wrong += [f'{" ".join(x)}: extra' for x in sorted(found - want)]
    return wrong


def squeeze(prototype: str) -> str:
    return re.sub(r'[\s,;]+|\bst\b', '', prototype)


def test_limits(built: model.Model) -> list[str]:
    want = {name: int(value) for name, value in read('limits.tsv')}
    return [f'{name}: {built.source.limits.get(name)} instead of {want.get(name)}'
            for name in sorted(set(want) | set(built.source.limits)) if want.get(name) != built.source.limits.get(name)]


def test_acl(built: model.Model) -> list[str]:
    found = set()
    for acl in built.source.objects:
        for name, _, anonymous in acl.permissions:
            action = f'org.libvirt.api.{acl.name}.{name}'.replace('_', '-')
            found.add((f'{acl.name}:{name}', action, 'yes' if anonymous else 'no'))
        cases = sorted({case for case, _ in acl.attributes if case}) or ['']
        if acl.name == 'secret':
            cases.append('VIR_SECRET_USAGE_TYPE_NONE')
        for case in cases:
            for only, name in acl.attributes:
                if only in ('', case):
                    found.add(('attribute ' + acl.name + ('/' + case if case else ''), name, ''))
    want = {(line[0], line[1], line[2] if len(line) > 2 else '') for line in read('acl.tsv')}
    return [f'{" ".join(x)}: missing' for x in sorted(want - found)] + [f'{" ".join(x)}: extra' for x in sorted(found - want)]


NAMES = {'virCheckNonNullArg': 'nonnull', 'virCheckNonNullArrayArg': 'array', 'virCheckNonZeroArg': 'nonzero',
         'virCheckZeroArg': 'zero', 'virCheckNullArg': 'null', 'virCheckNonNegativeArg': 'nonnegative',
         'virCheckPositiveArg': 'positive', 'virCheckNonEmptyStringArg': 'nonempty',
         'virCheckNonEmptyOptStringArg': 'optnonempty', 'VIR_EXCLUSIVE_FLAGS': 'exclusive', 'VIR_REQUIRE_FLAG': 'requires',
         'virCheckReadOnly': 'write', 'readonly-and-flags': 'write', 'virCheckFlags': 'flags', 'virCheckStream': 'stream'}


def test_checks(built: model.Model) -> list[str]:
    """The same checks in the same order, by kind and argument."""
    want: dict[str, list[str]] = {}
    for name, macro, args, _, _ in read('checks.tsv'):
        kind = NAMES.get(macro, 'object')
        if name in want or kind not in ('object', 'stream'):
            want.setdefault(name, [] if kind not in ('object', 'stream') else ['self'])
            text = kind if kind == 'write' else f'{kind} {args}'.replace(' ', '')
            want[name].append(text)
        else:
            want[name] = ['self']
    wrong = []
    for call in built.source.calls:
        if call.kind != 'function' or (not call.has('check') and not call.has('proc')):
            continue
        have = []
        for check in checks.checks_of(call):
            if check.kind == 'refuse':  # written out by hand upstream, so not among the facts
                continue
            args = ','.join([check.named] + check.args[1:] if check.named else check.args)
            have.append('write' if check.kind == 'write' else f'{check.kind}{args}')
        expected = [text for text in want.get(call.name, []) if text != 'self']
        if (';'.join(expected), ';'.join(have)) == STRICTER.get(call.name):
            continue
        if [text.replace('->', '.') for text in expected] != have:
            wrong.append(f'{call.name}: {have} instead of {expected}')
    return wrong


def main() -> int:
    order = ['types.api', 'acl.api']
    names = order + sorted(n for n in os.listdir(API) if n.endswith('.api') and n not in order)
    built = model.build(parse.parse([os.path.join(API, name) for name in names]))
    tests = [test_wire, test_symbols, test_syms, test_limits, test_acl, test_checks]
    print(f'1..{len(tests)}')
    failed = 0
    for number, test in enumerate(tests, 1):
        wrong = test(built)
        for line in wrong[:40]:
            print(f'# {line}')
        print(f'{"not ok" if wrong else "ok"} {number} - {test.__name__}')
        failed += bool(wrong)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
