#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Hold our codec against the second one of codec.py: every record of every program, both ways, at its boundaries.

    test-codec.py WIRE-TOOL [RECORD]

Prints TAP: one test for each record.  A record passes when every value below is decoded to the same members and encoded
to the same bytes: nothing, one of everything, each number at its ends, each optional member absent and alone, each
list and text at its limit; and when one more than a limit is refused both ways, without memory taken for it.
"""
from __future__ import annotations

import json
import os
import struct
import sys
from typing import Any, Iterator, Optional

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from codec import EXTREMES, STRING_MAX, UNION, Facts, Field, Many, Segments, as_json, flat, plain  # noqa: E402
from tool import Tool  # noqa: E402

SHARED = os.path.join(os.path.dirname(__file__), '..', '..', '..', 'shared', 'facts', 'wire-types.json')
ERR_RPC = 39
# A refused message may make us take no more than this beside what really came.
SLACK = 65536


class Wrong(Exception):
    pass


def expect(condition: bool, text: str) -> None:
    if not condition:
        raise Wrong(text)


def accepted(facts: Facts, tool: Tool, name: str, fields: list[Field], value: dict[str, Any], what: str) -> None:
    code = facts.encode(fields, value)
    answer = tool.decode(name, code)
    expect('error' not in answer, f'{what}: not decoded: {answer.get("error")}')
    expect(answer['value'] == json.loads(json.dumps(as_json(value))), f'{what}: decoded to {str(answer["value"])[:300]}')
    expect(answer['same'] and answer['used'] == sum(len(text) * times for text, times in code), f'{what}: changed on the way')
    answer = tool.match(name, value, code)
    expect(answer.get('same', False), f'{what}: encoded otherwise: {answer}')


def refused(tool: Tool, name: str, code: Segments, what: str) -> None:
    answer = tool.decode(name, code)
    expect('error' in answer, f'{what}: decoded')
    expect(answer['error'][0] == ERR_RPC, f'{what}: refused with {answer["error"]}')
    came = sum(len(text) * times for text, times in code)
    expect(answer.get('largest', 0) <= SLACK + 4 * came, f'{what}: {answer.get("largest")} bytes taken for {came} that came')


def bound(one: Field) -> Optional[tuple[int, Any]]:
    """The limit of a member, and what to fill it with."""
    if one.array == 'variable':
        return one.max, b'x' if one.type in ('opaque', 'char') else None
    if one.array == '' and one.base == 'string':
        return STRING_MAX, 'x'
    return None


def check_bound(facts: Facts, tool: Tool, name: str, fields: list[Field], one: Field) -> None:
    found = bound(one)
    if not found:
        return
    limit, each = found
    if each is None:
        each = facts.single(one.base, 'empty', 1)
    value = facts.value(fields, 'empty')
    value[one.name] = Many(limit, each)
    accepted(facts, tool, name, fields, value, f'{one.name} at its limit of {limit}')
    value[one.name] = Many(limit + 1, each)
    refused(tool, name, facts.encode(fields, value), f'{one.name} one beyond its limit of {limit}')
    answer = tool.encode(name, value)
    expect(answer.get('error', [0])[0] == ERR_RPC, f'{one.name} of {limit + 1}: encoded')
    # What a count claims is not there: neither within the limit nor far beyond may it cost memory.
    before: Segments = []
    for other in fields:
        if other is one:
            break
        facts.put(other, value[other.name], before)
    present = b'\0\0\0\1' if one.optional else b''
    for claim in (limit, limit + 1, 2**31, 2**32 - 1):
        if claim:
            refused(tool, name, before + [(present + struct.pack('>I', claim), 1)], f'{one.name} claiming {claim}')


def check_record(facts: Facts, tool: Tool, name: str, fields: list[Field]) -> None:
    accepted(facts, tool, name, fields, facts.value(fields, 'empty'), 'empty')
    accepted(facts, tool, name, fields, facts.value(fields, 'one'), 'one')
    full = facts.encode(fields, facts.value(fields, 'one'))
    refused(tool, name, [(flat(full)[:-4], 1)], 'cut short')
    for one in fields:
        if one.array == '' and one.base in EXTREMES:
            for number in EXTREMES[one.base]:
                accepted(facts, tool, name, fields, facts.value(fields, 'one') | {one.name: number}, f'{one.name} of {number}')
        if one.array == 'fixed':
            accepted(facts, tool, name, fields, facts.value(fields, 'one') | {one.name: bytes(255 - i for i in range(one.max))},
                     one.name)
        if one.optional:
            accepted(facts, tool, name, fields, facts.value(fields, 'one') | {one.name: None}, f'{one.name} absent')
            accepted(facts, tool, name, fields, facts.value(fields, 'empty') | {one.name: facts.single(one.base, 'one', 5)},
                     f'{one.name} alone')
        if one.type == 'typed_param_value':
            check_union(facts, tool, name, fields, one)
        check_bound(facts, tool, name, fields, one)


def check_union(facts: Facts, tool: Tool, name: str, fields: list[Field], one: Field) -> None:
    for tag, (member, kind) in UNION.items():
        for number in EXTREMES.get(kind, ['', 'text']):
            accepted(facts, tool, name, fields, facts.value(fields, 'one') | {one.name: {'type': tag, member: number}},
                     f'{member} of {number}')
    for tag in (0, 8, -1):
        value = facts.value(fields, 'one') | {one.name: {'type': tag}}
        refused(tool, name, facts.encode(fields, value) + [(bytes(8), 1)], f'type {tag}')
        expect('error' in tool.encode(name, value), f'type {tag}: encoded')


def records(facts: Facts, tool: Tool) -> Iterator[tuple[str, str, list[Field]]]:
    """What to show, our name, layout."""
    own = {plain(name): name for name in tool.types()}
    for proc in facts.procedures:
        for part, fields in proc.records.items():
            yield f'{proc.program} {proc.number} {proc.name} {part}', f'{proc.program}/{proc.number}/{part}', fields
    for name, fields in facts.structs.items():
        if not name.endswith(('_args', '_ret', '_msg')):
            yield name, own.get(plain(name), name), fields


def shared_fields(types: dict[tuple[str, str], Any], program: str, name: str) -> list[tuple[str, int]]:
    """A structure of the facts' full list, as names and limits."""
    return [(one['name'], one.get('max', 0)) for one in types[(program, name)]['fields']]


def test_shared(facts: Facts) -> list[str]:
    """The layouts used here against the full list of all types, where that is at hand."""
    with open(SHARED, encoding='utf-8') as stream:
        types = {(one['program'], one['name']): one for one in json.load(stream)}
    wrong = []
    for proc in facts.procedures:
        for part, fields in proc.records.items():
            name = f'{proc.program}_{facts.global_name(proc, part)}'
            want = shared_fields(types, proc.program, name)
            have = [(one.name, one.max) for one in fields]
            if have != want:
                wrong.append(f'{name}: {have} instead of {want}')
    return wrong


def main() -> int:
    facts = Facts()
    tool = Tool(sys.argv[1])
    todo = [row for row in records(facts, tool) if len(sys.argv) < 3 or row[0].startswith(sys.argv[2])]
    print(f'1..{len(todo) + 1}')
    failed = 0
    for number, (shown, name, fields) in enumerate(todo, 1):
        try:
            check_record(facts, tool, name, fields)
            print(f'ok {number} - {shown}')
        except (Wrong, AssertionError) as error:
            failed += 1
            print(f'not ok {number} - {shown}\n# {error}')
    if os.path.exists(SHARED):
        wrong = test_shared(facts)
        for line in wrong[:20]:
            print('#', line)
        print(f'{"not ok" if wrong else "ok"} {len(todo) + 1} - the layouts are those of wire-types.json')
        failed += bool(wrong)
    else:
        print(f'ok {len(todo) + 1} - the layouts are those of wire-types.json # SKIP ../shared/facts is not here')
    tool.close()
    calls = [proc for proc in facts.procedures if proc.kind == 'call']
    print(f'# {len(todo) - failed} of {len(todo)} records; {len(calls)} calls, '
          f'{len(facts.procedures) - len(calls)} events and messages')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
