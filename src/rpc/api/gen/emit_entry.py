# SPDX-License-Identifier: LGPL-2.1-or-later
"""Public functions of the libraries: one short C function for each regular call.

What they call is declared in rpc/client/entry.h.  A call whose shape is not known here must be marked
'custom' in its .api file and written by hand.
"""
from __future__ import annotations

import os
from dataclasses import dataclass, field

from .checks import Check, checks_of
from .emit_c import GENERATED, flag_mask, flags_of
from .model import HANDLES, Model, Proc, after, travellers, wire_name
from .parse import ApiError, Call, Param

KIND_OF = {'virConnectPtr': 'CONNECT', 'virAdmConnectPtr': 'ADM_CONNECT', 'virAdmServerPtr': 'ADM_SERVER',
           'virAdmClientPtr': 'ADM_CLIENT'}


def handle_kind(ctype: str) -> str:
    return 'HANDLE_' + (KIND_OF.get(ctype) or HANDLES[ctype][2])


@dataclass
class Code:
    """The pieces of one function, in the order in which they come."""
    first: list[str] = field(default_factory=list)      # before the checks
    locals: list[str] = field(default_factory=list)
    before: list[str] = field(default_factory=list)     # arguments into the record
    tests: list[str] = field(default_factory=list)      # arguments that can be refused
    result: list[str] = field(default_factory=list)     # results out of the record; may set 'value' or clear 'ok'
    value: str = ''                                     # what to return


def fail_value(call: Call) -> str:
    if call.ret.endswith('*') or call.ret in HANDLES:
        return 'NULL'
    return '0' if call.ret.startswith('unsigned') else '-1'


def check_text(call: Call, check: Check) -> str:
    args = check.args
    if check.kind == 'write':
        text = write_text(call)
    elif check.kind == 'object':
        param = call.param(args[0])
        assert param
        text = f'entry_object(&e, {handle_kind(param.ctype)}, {args[0]})'
    elif check.kind == 'stream':
        text = f'entry_stream(&e, {args[0]})'
    elif check.kind == 'array':
        text = f'entry_array(&e, "{args[0]}", {args[0]}, {args[1]})'
    elif check.kind == 'refuse':
        values = ''.join(f', {word}' for word in check.values)
        arg = f'"{check.args[0]}"' if check.args[0] != '-' else 'NULL'
        return f'entry_refuse(&e, {check.condition}, {arg}, {check.args[1]}, "{check.text}"{values})'
    elif check.kind in ('exclusive', 'requires'):
        text = f'{check.kind.upper()}({", ".join(flag_mask(arg) for arg in args)})'
    else:
        text = f'entry_{check.kind}(&e, "{check.named or args[0]}", {args[0]})'
    if check.condition:
        simple = check.condition.replace('*', '').replace('_', '').isalnum()
        condition = check.condition if simple else f'({check.condition})'
        return f'(!{condition} || {text})'
    return text


def write_text(call: Call) -> str:
    conditions = []
    for fact in call.facts['write']:
        if not fact.words:
            return 'entry_writable(&e)'
        if fact.words[0] == 'if':
            conditions.append(f'!(flags & ({flag_mask(fact.words[1])}))')
        else:
            name, value = fact.words[1].split('=')
            conditions.append(f'{name} != {value}')
    return '(' + ' || '.join(conditions) + ' || entry_writable(&e))'


def take_in(call: Call, proc: Proc, param: Param, code: Code) -> None:
    """Put a parameter into the record of arguments."""
    words, name = param.words(), param.name
    assert proc.args
    member = 'args.' + wire_name(param, name)
    if 'typed' in words:
        count, limit = after(param, 'typed', call, 2)
        code.locals.append(f'g_autofree WireTypedParam *in_{name} = NULL;')
        code.tests.append(f'entry_typed_in(&e, {name}, {count}, {limit}, &in_{name}, &args.n_{name})')
        code.before.append(f'{member} = in_{name};')
    elif 'strings' in words:
        code.before += [f'{member} = (char **){name};',
                        f'args.n_{wire_name(param, name)} = {name} ? {after(param, "strings", call)[0]} : 0;']
    elif 'bytes' in words:
        code.before += [f'{member} = (uint8_t *){name};',
                        f'args.n_{wire_name(param, name)} = {after(param, "bytes", call)[0]};']
    elif 'numbers' in words:
        code.before += [f'{member} = {name};',
                        f'args.n_{wire_name(param, name)} = {after(param, "numbers", call)[0]};']
    elif 'uuid' in words:
        code.before.append(f'memcpy({member}, {name}, sizeof({member}));')
    elif param.ctype == 'virNodeDevicePtr':
        code.before.append(f'args.{wire_name(param, "name")} = ((Handle *){name})->name;')
    elif param.ctype in HANDLES:
        if 'nullable' in words:
            raise ApiError(call.where, f"{call.name}: '{name}' may be absent: say 'custom'")
        usual_name = HANDLES[param.ctype][1]
        code.before.append(f'handle_to_wire((Handle *){name}, &args.{wire_name(param, usual_name)});')
    elif 'absolute' in words:
        code.locals.append(f'g_autofree char *absolute_{name} = NULL;')
        code.tests.append(f'entry_absolute(&e, {name}, &absolute_{name})')
        code.before.append(f'{member} = absolute_{name};')
    elif param.ctype == 'const char *':
        code.before.append(f'{member} = (char *){name};')
    elif name == 'flags' and 'with_strings' in flags_of(call):
        code.before.append(f'{member} = entry_typed_flags(&e, flags);')
    else:
        code.before.append(f'{member} = {name};')


def take_struct(call: Call, proc: Proc, param: Param, code: Code) -> None:
    """Fill the struct that the caller gave from the members of the reply, which bear the same names."""
    assert proc.ret
    base = param.ctype.removesuffix('Ptr')
    if 'sized' in param.words():
        size = after(param, 'sized', call)[0]
        code.locals.append(f'struct _{base} out = {{ 0 }};')
        code.tests.append(f'entry_sized(&e, "{size}", {size}, sizeof(out))')
        target = 'out.'
    else:
        target = f'{param.name}->'
        code.before.append(f'memset({param.name}, 0, sizeof(*{param.name}));')
    for row in proc.ret.rows:
        if row.array == 'variable' or row.type.rstrip('?') == 'string':
            raise ApiError(call.where, f"{call.name}: '{row.name}' does not fit into a struct: say 'custom'")
        if row.array == 'fixed':
            code.result.append(f'memcpy({target}{row.name}, ret.{row.name}, sizeof({target}{row.name}));')
        else:
            code.result.append(f'{target}{row.name} = ret.{row.name};')
    if target == 'out.':
        code.result.append(f'memcpy({param.name}, &out, {size});')


def take_out(call: Call, proc: Proc, param: Param, code: Code) -> None:
    """Hand a result to the caller."""
    words, name = param.words(), param.name
    member = 'ret.' + wire_name(param, name)
    counted = 'ret.n_' + wire_name(param, name)
    if 'struct' in words:
        take_struct(call, proc, param, code)
    elif 'list' in words:
        kind = handle_kind(param.ctype.replace('*', '').strip())
        code.first.append(f'if ({name})\n        *{name} = NULL;')
        code.before.append(f'args.need_results = {name} != NULL;')
        code.value = f'entry_list_out(&e, {kind}, {member}, {counted}, ret.ret, (void ***){name})'
    elif 'names' in words:
        count = call.param(after(param, 'names', call)[0])
        assert count
        limit = next(row.max for row in proc.ret.rows if row.array == 'variable') if proc.ret else '0'
        code.tests.append(f'entry_limit(&e, "{count.name}", {count.name}, {limit})')
        code.before.append(f'args.{wire_name(count, count.name)} = {count.name};')
        code.value = f'entry_names_out(&e, {member}, {counted}, (char **){name}, {count.name})'
    elif 'typed' in words:
        count_name = after(param, 'typed', call)[0]
        code.before.append(f'args.{count_name} = *{count_name};')
        reply = 'ret.' + count_name if 'uncounted' not in words else '-1'
        code.result.append(f'#ok entry_typed_out(&e, {member}, {counted}, {reply}, {name}, {count_name})')
    elif 'allocated' in words:
        count_name = after(param, 'allocated', call)[0]
        code.result.append(f'#ok entry_typed_alloc(&e, {member}, {counted}, {name}, (int *){count_name})')
    elif 'strings' in words:
        code.value = f'entry_strings_out(&e, {member}, {counted}, {name})'
    elif param.ctype == 'char **':
        code.result.append(f'*{name} = g_steal_pointer(&{member});')
    elif 'nullable' in words:
        code.result.append(f'if ({name})\n        *{name} = {member};')
    else:
        code.result.append(f'*{name} = {member};')


def result_value(call: Call, proc: Proc, code: Code) -> None:
    """What a function returns besides what its parameters give."""
    words = call.words('returns')
    if call.ret in HANDLES:
        name = words[0] if words else HANDLES[call.ret][1]
        code.value = f'entry_handle_out(&e, {handle_kind(call.ret)}, &ret.{name})'
    elif code.value:
        return
    elif words and words != ['int'] and 'ignored' not in words:
        code.value = f'g_steal_pointer(&ret.{words[0]})' if call.ret.endswith('*') else f'ret.{words[0]}'
    else:
        code.value = '0'


def body(model: Model, proc: Proc) -> Code:
    call = proc.call
    if 'args' in call.records or ('ret' in call.records and not any('struct' in p.words() for p in call.params)):
        raise ApiError(call.where, f"{call.name} spells its records out: say 'custom'")
    code = Code()
    for param in travellers(call):
        if 'out' in param.words():
            take_out(call, proc, param, code)
        else:
            take_in(call, proc, param, code)
    result_value(call, proc, code)
    return code


def wrapped(prefix: str, tests: list[str], suffix: str) -> list[str]:
    """A chain of tests joined by &&, at most 110 columns wide."""
    lines, line = [], prefix
    indent = ' ' * (prefix.rfind('(') + 1)
    for i, test in enumerate(tests):
        text = test + (' && ' if i + 1 < len(tests) else suffix)
        if len(line) + len(text) > 110 and line.strip() and line != prefix:
            lines.append(line.rstrip())
            line = indent
        line += text
    return lines + [line]


def signature(call: Call) -> list[str]:
    params = ', '.join(p.decl() for p in call.params) or 'void'
    return [call.ret, f'{call.name}({params})', '{']


def function(model: Model, proc: Proc) -> list[str]:
    call = proc.call
    code = body(model, proc)
    fail = fail_value(call)
    first = call.params[0]
    tests = [f'entry_begin(&e, {handle_kind(first.ctype)}, {first.name})']
    for check in checks_of(call):
        if check.by_hand:
            raise ApiError(call.where, f"{call.name} has a check by hand: say 'custom'")
        tests.append(check_text(call, check))
    out = signature(call)
    out.append(f'    Entry e = ENTRY({call.context.get("from", "VIR_FROM_NONE")});')
    if proc.args:
        out.append(f'    {proc.args.name} args = {{ 0 }};')
    if proc.ret:
        out.append(f'    {proc.ret.name} ret = {{ 0 }};')
    out += [f'    {line}' for line in code.locals]
    out += [f'    {call.ret}{"" if call.ret.endswith("*") else " "}rv = {fail};', '']
    out += [f'    {line}' for line in code.first]
    out += wrapped('    if (!(', tests + code.tests, '))')
    out.append('        goto done;')
    out += [f'    {line}' for line in code.before]
    stream = next((p.name for p in call.params if p.ctype == 'virStreamPtr'), 'NULL')
    out.append(f'    if (!entry_call(&e, PROGRAM_{proc.program.upper()}, {proc.enum}, '
               f'{"&args" if proc.args else "NULL"}, {"&ret" if proc.ret else "NULL"}, {stream}))')
    out.append('        goto done;')
    if call.has('after'):
        out.append('    entry_domain_offline(&e);')
    for line in code.result:
        if line.startswith('#ok '):
            out += [f'    if (!{line[4:]})', '        goto done;']
        else:
            out.append(f'    {line}')
    out += [f'    rv = {code.value};', '', ' done:']
    if proc.ret:
        out.append(f'    wire_free(&{proc.ret.table()}, &ret);')
    # A peer or driver that fails without saying why is a failure all the same.
    bad = '!rv' if fail in ('NULL', '0') else 'rv < 0'
    out += [f'    if (e.error || {bad}) {{', '        entry_fail(&e);', f'        return {fail};', '    }', '    return rv;', '}', '']
    return out


def generated(model: Model) -> list[Proc]:
    return [p for p in model.procs if p.call.kind == 'function' and not p.call.has('custom')]


def stem(call: Call) -> str:
    return os.path.splitext(os.path.basename(call.where.rsplit(':', 1)[0]))[0].replace('-', '_')


def emit_entry(model: Model, wanted: str) -> str:
    out = [GENERATED, '#define VIR_ENUM_SENTINELS', '#include <string.h>', '', '#include "rpc/client/entry.h"', '#include "rpc/wire.h"', '',
           '/* One flag without another, or never with it. */',
           '#define EXCLUSIVE(a, b) entry_exclusive(&e, flags, a, b, #a, #b)',
           '#define REQUIRES(a, b) entry_requires(&e, flags, a, b, #a, #b)', '',
           '#pragma GCC visibility push(default)', '']
    for proc in generated(model):
        if stem(proc.call) == wanted:
            out += function(model, proc)
    return '\n'.join(out) + '\n'


def custom_list(model: Model) -> str:
    """Which public functions have to be written by hand, and how each is reached."""
    procs = {p.call.name: p for p in model.procs if p.call.kind == 'function'}
    lines = []
    for call in model.source.calls:
        if call.kind == 'variable':
            lines.append(f'variable   {call.name}')
        elif call.kind == 'function' and (call.name not in procs or call.has('custom')):
            kind = next((k for k in ('local', 'composite', 'callback', 'streaming', 'keepalive') if call.has(k)), 'custom')
            proc = procs.get(call.name)
            lines.append(f'{kind:<10} {call.name}' + (f'  {proc.enum}' if proc else ''))
    return '\n'.join(lines) + '\n'
