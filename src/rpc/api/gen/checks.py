# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a public function checks before it calls, and in which order.

The usual order follows from the prototype: streams, then the read-only check, then the arguments from
left to right.  A call that does otherwise has the list in its 'check' facts.
"""
from __future__ import annotations

import re
from dataclasses import dataclass

from .model import CONNECTIONS, HANDLES, after
from .parse import ApiError, Call, Fact

# How many words each kind of check takes.
KINDS = {'write': 0, 'nothing': 0, 'object': 1, 'stream': 1, 'nonnull': 1, 'null': 1, 'array': 2, 'zero': 1, 'nonzero': 1,
         'nonnegative': 1, 'positive': 1, 'nonempty': 1, 'optnonempty': 1, 'exclusive': 2, 'requires': 2, 'flags': 1,
         'refuse': 2}


@dataclass
class Check:
    kind: str
    args: list[str]
    condition: str = ''     # C expression, in front of the check
    by_hand: bool = False   # the condition is more than an expression: the function is custom
    named: str = ''         # what messages call the argument, where that is not its name
    text: str = ''          # of 'refuse': the message ...
    values: tuple[str, ...] = ()    # ... and what it shows


def usual(call: Call) -> list[Check]:
    checks: list[Check] = []
    if call.has('write'):
        checks.append(Check('write', []))
    for param in call.params[1:]:
        words = param.words()
        nullable = 'nullable' in words
        if param.ctype == 'virStreamPtr':
            checks.insert(0, Check('stream', [param.name]))
        elif param.ctype in HANDLES or param.ctype in CONNECTIONS:
            if not nullable:
                checks.append(Check('object', [param.name]))
        elif 'names' in words:
            count = after(param, 'names', call)[0]
            checks += [Check('array', [param.name, count]), Check('nonnegative', [count])]
        elif 'bytes' in words:
            checks += [Check('nonnull', [param.name]), Check('positive', after(param, 'bytes', call))]
        elif 'typed' in words:
            if 'out' not in words:
                checks += [Check('nonnull', [param.name]), Check('positive', after(param, 'typed', call))]
        elif 'allocated' in words:
            checks += [Check('nonnull', [param.name]), Check('nonnull', after(param, 'allocated', call))]
        elif 'list' in words or 'strings' in words:
            continue
        elif 'uuid' in words or ('out' in words and not nullable) or (param.ctype == 'const char *' and not nullable):
            checks.append(Check('nonnull', [param.name]))
    return checks


def parse_check(call: Call, fact: Fact) -> Check:
    words = fact.words
    if not words or words[0] not in KINDS:
        raise ApiError(fact.where, f"{call.name}: unknown check '{' '.join(words)}'")
    count = KINDS[words[0]]
    check = Check(words[0], words[1:1 + count])
    rest = words[1 + count:]
    if len(check.args) != count:
        raise ApiError(fact.where, f"{call.name}: check '{words[0]}' wants {count} argument{'s' if count != 1 else ''}")
    if words[0] == 'refuse':
        return parse_refuse(call, fact, check, ' '.join(rest))
    if words[0] == 'write' and rest[:1] == ['of'] and len(rest) > 1:
        check.args, rest = [rest[1]], rest[2:]
    if rest[:1] == ['named'] and len(rest) > 1:
        check.named = rest[1]
        rest = rest[2:]
    if rest[:1] == ['if'] and len(rest) > 1:
        check.condition = ' '.join(rest[1:])
    elif rest == ['by', 'hand']:
        check.by_hand = True
    elif rest:
        raise ApiError(fact.where, f"{call.name}: check '{words[0]}' cannot take '{rest[0]}'")
    if words[0] not in ('write', 'nothing', 'exclusive', 'requires', 'flags'):
        for arg in check.args:
            if not call.param(arg.lstrip('*')) and not check.by_hand:
                raise ApiError(fact.where, f"{call.name}: check of '{arg}', which is not a parameter")
    return check


def parse_refuse(call: Call, fact: Fact, check: Check, rest: str) -> Check:
    """refuse ARGUMENT CODE "words, %u" VALUE... if CONDITION; for ARGUMENT - the error names none."""
    match = re.fullmatch(r'"([^"]*)" ((?:\w+ )*)if (.+)', rest)
    if not match:
        raise ApiError(fact.where, f'{call.name}: refuse wants ARGUMENT CODE "words" VALUE... if CONDITION')
    check.text, check.condition = match[1], match[3]
    check.values = tuple(match[2].split())
    return check


def checks_of(call: Call) -> list[Check]:
    if not call.has('check'):
        return usual(call)
    return [c for c in (parse_check(call, f) for f in call.facts['check']) if c.kind != 'nothing']
