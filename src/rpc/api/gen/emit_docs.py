# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reference pages: one for each public header, one on access control, and who supports what."""
from __future__ import annotations

import dataclasses

from .checks import checks_of
from .emit_text import prototype
from .model import CONNECTIONS, HANDLES, Model, Proc
from .parse import Call, Param

TITLES = {
    'libvirt-common.h': 'Typed parameters', 'libvirt-host.h': 'Connections and hosts', 'libvirt-domain.h': 'Domains',
    'libvirt-domain-checkpoint.h': 'Checkpoints', 'libvirt-domain-snapshot.h': 'Snapshots',
    'libvirt-event.h': 'Event loop', 'libvirt-interface.h': 'Interfaces', 'libvirt-network.h': 'Networks',
    'libvirt-nodedev.h': 'Host devices', 'libvirt-nwfilter.h': 'Network filters', 'libvirt-secret.h': 'Secrets',
    'libvirt-storage.h': 'Storage', 'libvirt-stream.h': 'Streams', 'virterror.h': 'Errors',
    'libvirt-qemu.h': 'QEMU only', 'libvirt-lxc.h': 'Linux containers only', 'libvirt-admin.h': 'Administration',
}


# What a look-up of an object that is gone says.
NO_SUCH = {
    'DOMAIN': 'VIR_ERR_NO_DOMAIN', 'DOMAIN_SNAPSHOT': 'VIR_ERR_NO_DOMAIN_SNAPSHOT', 'NETWORK': 'VIR_ERR_NO_NETWORK',
    'DOMAIN_CHECKPOINT': 'VIR_ERR_NO_DOMAIN_CHECKPOINT', 'INTERFACE': 'VIR_ERR_NO_INTERFACE', 'SECRET': 'VIR_ERR_NO_SECRET',
    'NETWORK_PORT': 'VIR_ERR_NO_NETWORK_PORT', 'NODE_DEVICE': 'VIR_ERR_NO_NODE_DEVICE', 'NWFILTER': 'VIR_ERR_NO_NWFILTER',
    'NWFILTER_BINDING': 'VIR_ERR_NO_NWFILTER_BINDING', 'STORAGE_POOL': 'VIR_ERR_NO_STORAGE_POOL',
    'STORAGE_VOL': 'VIR_ERR_NO_STORAGE_VOL',
}


@dataclasses.dataclass
class Users:
    """Who has a call (drivers, from their tables; upstream's) and who makes it (commands); function -> names."""
    drivers: dict[str, list[str]] = dataclasses.field(default_factory=dict)
    commands: dict[str, list[str]] = dataclasses.field(default_factory=dict)
    upstream: dict[str, list[str]] = dataclasses.field(default_factory=dict)


def heading(text: str, line: str) -> list[str]:
    return [text, line * len(text), '']


def rule_text(words: list[str]) -> str:
    """'domain:save unless A|B' in words."""
    text = f'``{words[0]}``'
    for kind, value in zip(words[1::2], words[2::2]):
        flags = ' and '.join(f'``{flag}``' for flag in value.split('|'))
        if kind == 'if':
            text += f' with {flags}'
        elif kind == 'unless':
            text += ' with neither ' + ' nor '.join(f'``{flag}``' for flag in value.split('|'))
        else:
            text += f' where ``{value.replace("!=", " is not ").replace("=", " is ")}``'
    return text


def access_text(proc: Proc) -> list[str]:
    call = proc.call
    rules = [rule_text(f.words) for f in call.facts.get('acl', []) if f.words != ['none']]
    lines = [f':Access: {", ".join(rules)}' if rules else ':Access: open to everyone who is connected']
    if call.has('filter') and call.word('filter') != 'none':
        lines.append(f':Shown only: what passes ``{call.word("filter")}``')
    for fact in call.facts.get('write', []):
        if not fact.words:
            lines.append(':Read-only: refused on read-only connections')
        elif fact.words[0] == 'if':
            flags = ' or '.join(f'``{flag}``' for flag in fact.words[1].split('|'))
            lines.append(f':Read-only: refused on read-only connections with {flags}')
        else:
            lines.append(f':Read-only: refused on read-only connections where ``{fact.words[1].replace("=", " is ")}``')
    return lines


def shape_text(call: Call, param: Param) -> str:
    """What travels in a parameter, where its type alone does not say so."""
    words = param.words()
    if 'uuid' in words:
        return '16 bytes'
    if 'typed' in words and 'out' in words and 'allocated' in words:
        return 'set to a new array of typed parameters; free it with virTypedParamsFree()'
    if 'typed' in words:
        return 'array of typed parameters' + (', filled in' if 'out' in words else '')
    if 'list' in words:
        return 'set to a new array, ended by NULL; NULL to count only'
    if 'names' in words:
        return f'array of ``{words[words.index("names") + 1]}`` elements, filled with new strings'
    if 'bytes' in words:
        return f'``{words[words.index("bytes") + 1]}`` bytes'
    if 'out' in words:
        return 'filled in'
    if 'nullable' in words:
        return 'may be NULL'
    return ''


def parameter_lines(call: Call) -> list[str]:
    out = []
    for param in call.params:
        texts = [t for t in (shape_text(call, param), call.param_docs.get(param.name, '')) if t]
        if param.name == 'flags' and param.ctype.startswith('unsigned'):
            words = param.words()
            names = ['``VIR_TYPED_PARAM_STRING_OKAY``' if w == 'with_strings' else f'``{w}``' for w in words]
            texts = ['none are defined; pass 0' if words == ['none'] else ', '.join(names)]
        if texts and texts[0]:
            out.append(f':{param.name}: {"; ".join(texts)}')
    return out


def return_text(call: Call) -> str:
    handle = HANDLES.get(call.ret)
    if handle:
        return f'a new reference, to be released with ``{call.ret.removesuffix("Ptr")}Free``; NULL on failure'
    if call.ret in CONNECTIONS:
        return 'a connection, to be closed with ``virConnectClose`` or ``virAdmConnectClose``; NULL on failure'
    if call.ret.replace(' ', '') == 'char*':
        return 'a new string, to be freed; NULL on failure'
    if call.ret.replace(' ', '') == 'constchar*':
        return 'a string of the object, which lives as long as it; NULL on failure'
    if call.ret == 'int' and any({'list', 'names'} & set(p.words()) for p in call.params):
        return 'how many there are, or were filled in; -1 on failure'
    if call.ret == 'int':
        return '0 or what the first sentence says; -1 on failure'
    return ''


def error_text(call: Call, proc: Proc | None) -> list[str]:
    """Codes that follow from what is checked before a driver is asked, and by looking the object up."""
    errors: dict[str, list[str]] = {}
    bad: list[str] = []
    for check in checks_of(call):
        if check.kind == 'write':
            errors.setdefault('VIR_ERR_OPERATION_DENIED', ['the connection is read-only'])
        elif check.kind in ('exclusive', 'requires'):
            text = ' and '.join(f'``{a}``' for a in check.args)
            errors.setdefault('VIR_ERR_INVALID_ARG', []).append(
                f'{text} together' if check.kind == 'exclusive' else f'{text.replace(" and ", " without ")}')
        elif check.args and check.kind not in ('object', 'stream', 'flags'):
            bad.append(f'``{check.args[0].lstrip("*")}``')
    if bad:
        errors.setdefault('VIR_ERR_INVALID_ARG', []).insert(0, f'{", ".join(dict.fromkeys(bad))} missing or out of range')
    if proc:
        if any(f.words != ['none'] for f in call.facts.get('acl', [])):
            errors['VIR_ERR_ACCESS_DENIED'] = ['a permission is missing']
        cls = HANDLES[call.params[0].ctype][2] if call.params and call.params[0].ctype in HANDLES else ''
        if cls in NO_SUCH:
            errors[NO_SUCH[cls]] = ['the object is gone']
        if call.has('active'):
            errors['VIR_ERR_OPERATION_INVALID'] = ['the domain is not running']
        errors['VIR_ERR_NO_SUPPORT'] = ['the driver has no such call']
    return [f'``{code}``: {", ".join(dict.fromkeys(texts))}' for code, texts in errors.items()]


def function_page(call: Call, proc: Proc | None, users: Users) -> list[str]:
    out = heading(call.name, '-')
    out += ['.. code-block:: c', ''] + ['    ' + line for line in prototype(call).split('\n')] + ['']
    out += [' '.join(call.doc), '']
    out += parameter_lines(call)
    if return_text(call):
        out.append(f':Returns: {return_text(call)}')
    errors = error_text(call, proc)
    if errors:
        out.append(f':Errors: {"; ".join(errors)}')
    if proc:
        out += access_text(proc)
    if call.has('stream'):
        way = {'read': 'receives data', 'write': 'sends data', 'both': 'sends and receives data'}[call.word('stream')]
        out.append(f':Stream: {way}')
    out.append(f':Since: {call.word("documented") or call.word("since")}')
    if proc and users.drivers:
        out.append(f':Drivers: {", ".join(users.drivers.get(call.name, [])) or "none yet"}')
    if call.name in users.commands:
        out.append(f':Commands: {", ".join(f"``{c}``" for c in users.commands[call.name])}')
    return out + ['']


def emit_reference(model: Model, header: str, users: Users) -> str:
    """All public functions of one header."""
    procs = {p.call.name: p for p in model.procs if p.call.kind == 'function'}
    out = ['.. Generated by apigen.py from src/rpc/api; do not edit.', '']
    out += heading(TITLES[header], '=')
    out += [f'Declared in ``libvirt/{header}``.', '']
    for call in model.source.calls:
        if call.kind == 'function' and call.context.get('header') == header:
            out += function_page(call, procs.get(call.name), users)
    return '\n'.join(out)


def emit_acl(model: Model) -> str:
    """Which permissions exist, what they allow, and which calls need them."""
    users: dict[str, list[str]] = {}
    for proc in model.procs:
        for fact in proc.call.facts.get('acl', []):
            if fact.words != ['none']:
                name = proc.call.name if proc.call.kind == 'function' else proc.constant
                users.setdefault(fact.words[0], []).append(f'``{name}``')
    out = ['.. Generated by apigen.py from src/rpc/api; do not edit.', '']
    out += heading('Access control', '=')
    out += ['A call is allowed if every permission it needs is granted to the client for the object it is about.',
            'What may not be seen is left out of lists and events.  With polkit, a permission is the action',
            '``org.libvirt.api.OBJECT.PERMISSION``, with ``-`` in place of ``_``, and the attributes below are its details.',
            'Some permissions are granted without authentication unless policy says otherwise; the others are refused.', '']
    for acl in model.source.objects:
        out += heading(acl.name, '-')
        out += ['Attributes: ' + ', '.join(f'``{name}``' + (f' ({case})' if case else '') for case, name in acl.attributes), '']
        for name, title, anonymous in acl.permissions:
            out.append(f'``{name}``')
            out.append(f'    {title}.' + ('  Granted by default.' if anonymous else ''))
            calls = sorted(set(users.get(f'{acl.name}:{name}', [])))
            if calls:
                out += ['', f'    Needed by {", ".join(calls)}.']
            out.append('')
    return '\n'.join(out)


def emit_support(model: Model, users: Users) -> str:
    """Which of our drivers has which call, beside upstream's."""
    out = ['.. Generated by apigen.py from the tables of the drivers; do not edit.', '']
    out += heading('What each driver supports', '=')
    out += ['A call that no driver here has answers ``VIR_ERR_NO_SUPPORT``.  The last column is what libvirt 11.3.0 has, with the',
            'version it came in.', '', '.. list-table::', '   :header-rows: 1', '',
            '   * - Function', '     - Since', '     - Here', '     - Upstream']
    for call in model.source.calls:
        if call.kind != 'function' or not (call.name in users.drivers or call.name in users.upstream):
            continue
        theirs = ', '.join(pair.replace('=', ' ') for pair in users.upstream.get(call.name, []))
        out += [f'   * - {call.name}', f'     - {call.word("documented") or call.word("since")}',
                f'     - {", ".join(users.drivers.get(call.name, [])) or "-"}', f'     - {theirs or "-"}']
    return '\n'.join(out) + '\n'
