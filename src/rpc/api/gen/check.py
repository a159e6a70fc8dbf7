# SPDX-License-Identifier: LGPL-2.1-or-later
"""What must hold before anything is generated: nothing is forgotten, nothing contradicts.

Access is denied by default here: a call that does not say who may use it is an error.
"""
from __future__ import annotations

import re

from .checks import checks_of
from .model import CLASSES, DIRECTIONS, JOBS, Model, Proc
from .parse import ApiError, Call, Fact

KINDS = ('local', 'composite', 'callback', 'streaming', 'keepalive')


def fail(call: Call, message: str, fact: Fact | None = None) -> None:
    raise ApiError(fact.where if fact else call.where, f'{call.name} {message}')


def check_call(call: Call) -> None:
    if not call.has('since'):
        fail(call, "has no 'since'")
    if not re.fullmatch(r'\d+(\.\d+)+', call.word('since')):
        fail(call, f"has the version '{call.word('since')}'", call.facts['since'][0])
    if not call.doc:
        fail(call, 'has no documentation')
    for key, facts in call.facts.items():
        if len(facts) > 1 and key not in ('acl', 'check', 'write'):
            fail(call, f"says '{key}' twice", facts[1])
    if call.kind != 'function':
        return
    if not call.context.get('header'):
        fail(call, "has no 'header' before it")
    kinds = [kind for kind in KINDS if call.has(kind)]
    if call.has('proc') and kinds:
        fail(call, f"has a procedure and is '{kinds[0]}'", call.facts[kinds[0]][0])
    if not call.has('proc') and len(kinds) != 1:
        fail(call, f"has no procedure: say which of {', '.join(KINDS)} it is")
    checks_of(call)


def check_numbers(model: Model) -> None:
    for program in model.source.programs:
        seen: dict[int, str] = {}
        names: dict[str, str] = {}
        for proc in model.by_program(program):
            numbers = [(proc.number, proc.constant)]
            if proc.legacy:
                numbers.append((int(proc.call.word('legacy')), proc.call.word('legacy', 1)))
            for number, name in numbers:
                if number in seen:
                    fail(proc.call, f"has procedure {number}, which {seen[number]} has", proc.call.facts['proc'][0])
                if name in names:
                    fail(proc.call, f"is called '{name}' on the wire, as another is", proc.call.facts['proc'][0])
                seen[number] = name
                names[name] = name


def member(proc: Proc, name: str, fact: Fact) -> None:
    if not proc.args or all(row.name != name for row in proc.args.rows):
        fail(proc.call, f"has no member '{name}' in its arguments", fact)


def check_condition(proc: Proc, fact: Fact, words: list[str], allowed: tuple[str, ...]) -> None:
    while words:
        if words[0] not in allowed or len(words) < 2:
            fail(proc.call, f"cannot take '{words[0]}' here", fact)
        if words[0] == 'where':
            match = re.fullmatch(r'(\w+)!?=(\w+)', words[1])
            if not match:
                fail(proc.call, f"wants 'where member=value', not '{words[1]}'", fact)
            else:
                member(proc, match[1], fact)
        words = words[2:]


def check_access(model: Model, proc: Proc) -> None:
    call = proc.call
    known = {f'{acl.name}:{name}' for acl in model.source.objects for name, _, _ in acl.permissions}
    if call.kind == 'event' and not call.has('filter'):
        fail(call, "has no 'filter': say who may be told, or none")
    if call.kind != 'event' and not call.has('acl'):
        fail(call, "has no 'acl': say who may call it, or none")
    for fact in call.facts.get('acl', []):
        if not fact.words:
            fail(call, "has an empty 'acl'", fact)
        if fact.words == ['none']:
            if len(call.facts['acl']) > 1:
                fail(call, "has 'acl none' beside other rules", fact)
            continue
        if fact.words[0] not in known:
            fail(call, f"wants the unknown permission '{fact.words[0]}'", fact)
        check_condition(proc, fact, fact.words[1:], ('if', 'unless', 'where'))
    for fact in call.facts.get('filter', []):
        if fact.words not in (['none'],) and (len(fact.words) != 1 or fact.words[0] not in known):
            fail(call, f"filters by the unknown permission '{' '.join(fact.words)}'", fact)


def check_proc(model: Model, proc: Proc) -> None:
    call = proc.call
    check_access(model, proc)
    for fact in call.facts.get('write', []):
        check_condition(proc, fact, fact.words, ('if', 'where'))
    if call.has('job'):
        words = call.words('job')
        if not words or words[0] not in JOBS or words[1:] not in ([], ['active']):
            fail(call, f"has the unknown job '{' '.join(words)}'", call.facts['job'][0])
    if call.has('stream') and call.word('stream') not in DIRECTIONS:
        fail(call, f"has the unknown stream direction '{call.word('stream')}'", call.facts['stream'][0])
    if call.has('class') and call.word('class').upper() not in CLASSES:
        fail(call, f"has the unknown class '{call.word('class')}'", call.facts['class'][0])
    if call.has('fds') and not re.fullmatch(r'(in|out) \d+( out \d+)?', ' '.join(call.words('fds'))):
        fail(call, "wants 'fds in N' or 'fds out N'", call.facts['fds'][0])
    flags = call.param('flags')
    if call.kind == 'function' and flags and not flags.facts:
        fail(call, "does not say which flags it takes: name the enumeration, or none")
    if call.kind == 'event' and not call.has('id'):
        fail(call, "has no 'id': name the constant, or none")


def check(model: Model) -> None:
    for call in model.source.calls:
        if call.context.get('class', 'connect').upper() not in CLASSES:
            fail(call, f"is in the unknown class '{call.context['class']}'")
        check_call(call)
    check_numbers(model)
    for proc in model.procs:
        if proc.call.kind != 'message':
            check_proc(model, proc)
