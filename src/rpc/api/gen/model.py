# SPDX-License-Identifier: LGPL-2.1-or-later
"""From what the files say to what the outputs need.

The wire records of a call are derived from its prototype here.  Names and types follow one rule each;
where a call breaks them, its .api entry has the fact that says so, or a block with the record itself.
"""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Iterator

from .parse import ApiError, Call, Param, Row, Source, Struct

# C type of a handle: wire record, usual member name, object class.
HANDLES: dict[str, tuple[str, str, str]] = {
    'virDomainPtr': ('domain', 'dom', 'DOMAIN'),
    'virDomainSnapshotPtr': ('domain_snapshot', 'snap', 'DOMAIN_SNAPSHOT'),
    'virDomainCheckpointPtr': ('domain_checkpoint', 'checkpoint', 'DOMAIN_CHECKPOINT'),
    'virInterfacePtr': ('interface', 'iface', 'INTERFACE'),
    'virNetworkPtr': ('network', 'net', 'NETWORK'),
    'virNetworkPortPtr': ('network_port', 'port', 'NETWORK_PORT'),
    'virNodeDevicePtr': ('node_device', 'dev', 'NODE_DEVICE'),
    'virNWFilterPtr': ('nwfilter', 'nwfilter', 'NWFILTER'),
    'virNWFilterBindingPtr': ('nwfilter_binding', 'nwfilter', 'NWFILTER_BINDING'),
    'virSecretPtr': ('secret', 'secret', 'SECRET'),
    'virStoragePoolPtr': ('storage_pool', 'pool', 'STORAGE_POOL'),
    'virStorageVolPtr': ('storage_vol', 'vol', 'STORAGE_VOL'),
    'virAdmServerPtr': ('admin_server', 'srv', 'ADMIN'),
    'virAdmClientPtr': ('admin_client', 'clnt', 'ADMIN'),
}
CONNECTIONS = ('virConnectPtr', 'virAdmConnectPtr')
CLASS_OF_RECORD = {record: cls for record, _, cls in HANDLES.values()}
CLASSES = ['CONNECT', 'DOMAIN', 'DOMAIN_SNAPSHOT', 'DOMAIN_CHECKPOINT', 'INTERFACE', 'NETWORK', 'NETWORK_PORT',
           'NODE_DEVICE', 'NWFILTER', 'NWFILTER_BINDING', 'SECRET', 'STORAGE_POOL', 'STORAGE_VOL', 'ADMIN']

# C type of a plain value: how it travels.
SCALARS = {
    'int': 'int', 'unsigned int': 'unsigned int', 'unsigned long': 'unsigned hyper', 'long long': 'hyper',
    'unsigned long long': 'unsigned hyper', 'double': 'double', 'size_t': 'unsigned int',
}

# Wire type of a value: kind in the table, C type in memory, fewest bytes on the wire.
VALUES: dict[str, tuple[str, str, int]] = {
    'int': ('WIRE_INT', 'int32_t ', 4),
    'unsigned int': ('WIRE_UINT', 'uint32_t ', 4),
    'hyper': ('WIRE_HYPER', 'int64_t ', 8),
    'unsigned hyper': ('WIRE_UHYPER', 'uint64_t ', 8),
    'double': ('WIRE_DOUBLE', 'double ', 8),
    'char': ('WIRE_CHAR', 'int32_t ', 4),
    'unsigned char': ('WIRE_UCHAR', 'int32_t ', 4),
    'unsigned short': ('WIRE_USHORT', 'int32_t ', 4),
    'string': ('WIRE_STRING', 'char *', 4),
    'string?': ('WIRE_OPTSTRING', 'char *', 4),
}
SEQUENCES = {'opaque': 'WIRE_BYTES', 'char': 'WIRE_CHAR', 'int': 'WIRE_INT', 'unsigned int': 'WIRE_UINT',
             'unsigned hyper': 'WIRE_UHYPER', 'string': 'WIRE_STRING'}

DIRECTIONS = {'read': 'STREAM_READ', 'write': 'STREAM_WRITE', 'both': 'STREAM_BOTH'}
JOBS = ('none', 'query', 'modify', 'suspend', 'destroy', 'abort', 'migrate_op', 'async', 'agent')


def words_of(name: str) -> list[str]:
    """virDomainGetXMLDesc: ['Domain', 'Get', 'XML', 'Desc']."""
    return re.findall(r'[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z]+[0-9]*', re.sub('^vir', '', name))


def proc_of(name: str) -> str:
    """The usual procedure of a public function; acronyms stay whole."""
    return '_'.join(words_of(name)).upper()


def camel(name: str) -> str:
    return ''.join(word[:1].upper() + word[1:].lower() for word in name.split('_'))


@dataclass
class Record:
    """A record that gets a C struct and a table."""
    name: str               # C type
    rows: list[Row]
    where: str
    kind: str = 'struct'
    tags: list[str] = field(default_factory=list)
    least: int = 0

    def table(self) -> str:
        return 'wire_' + re.sub(r'(?<!^)(?=[A-Z])', '_', re.sub('^Wire', '', self.name)).lower()


@dataclass
class Proc:
    """A procedure: a call or an event, with its records."""
    call: Call
    number: int
    constant: str           # without the program's prefix: 'DOMAIN_CREATE'
    program: str
    args: Record | None = None
    ret: Record | None = None
    msg: Record | None = None
    legacy: Record | None = None

    @property
    def stem(self) -> str:
        prefix = '' if self.program == 'remote' else self.program.upper() + '_'
        return prefix + self.constant

    @property
    def enum(self) -> str:
        return 'PROC_' + self.stem

    @property
    def wire_name(self) -> str:
        return f'{self.program.upper()}_PROC_{self.constant}'


@dataclass
class Model:
    source: Source
    structs: dict[str, Record] = field(default_factory=dict)    # by name in the files
    procs: list[Proc] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)         # all, users after what they use

    def by_program(self, program: str) -> list[Proc]:
        return sorted((p for p in self.procs if p.program == program), key=lambda p: p.number)


def wire_name(param: Param, default: str) -> str:
    for fact in param.facts:
        if 'as' in fact.words:
            return fact.words[fact.words.index('as') + 1]
    return default


def after(param: Param, word: str, call: Call, count: int = 1) -> list[str]:
    """The words that follow @word among the facts of a parameter."""
    for fact in param.facts:
        if word in fact.words:
            at = fact.words.index(word) + 1
            if len(fact.words) < at + count:
                raise ApiError(fact.where, f"{call.name}: '{word}' of '{param.name}' wants {count} more")
            return fact.words[at:at + count]
    return []


def counter(call: Call, param: Param, name: str) -> Param:
    count = call.param(name)
    if not count:
        raise ApiError(param.facts[0].where, f"{call.name}: '{name}' is not a parameter")
    return count


def in_row(call: Call, param: Param) -> Row | None:
    """How a parameter that goes to the daemon travels."""
    words, where = param.words(), (param.facts[0].where if param.facts else call.where)
    optional = '?' if 'nullable' in words else ''
    for word, base in (('typed', 'typed_param'), ('strings', 'string'), ('bytes', 'opaque'), ('numbers', '')):
        if word in words:
            limit = after(param, word, call, 2)[1]
            if word == 'numbers':
                base = SCALARS[param.ctype.replace('const ', '').rstrip('* ')]
            return Row(base, wire_name(param, param.name), 'variable', limit, where)
    if 'uuid' in words:
        return Row('uuid', wire_name(param, param.name), '', '', where)
    if param.ctype == 'virNodeDevicePtr' and not optional and call.kind == 'function':
        return Row('string', wire_name(param, 'name'), '', '', where)
    if param.ctype in HANDLES:
        record, usual, _ = HANDLES[param.ctype]
        return Row(record + optional, wire_name(param, usual), '', '', where)
    if param.ctype == 'const char *':
        return Row('string' + optional, wire_name(param, param.name), '', '', where, 'secret' in words)
    if param.ctype in SCALARS:
        return Row(SCALARS[param.ctype], wire_name(param, param.name), '', '', where)
    raise ApiError(where, f"{call.name}: say how '{param.name}' ({param.ctype}) travels")


def out_rows(call: Call, param: Param) -> tuple[list[Row], list[Row]]:
    """How a parameter that comes back travels: members of the arguments, and of the reply."""
    words, where = param.words(), param.facts[0].where
    if 'list' in words:
        base = HANDLES[param.ctype.replace('*', '').strip()][0]
        number = 'unsigned int' if call.context.get('program') == 'admin' else 'int'
        count = 'int' if call.words('returns')[:1] == ['int'] else 'unsigned int'
        return ([Row(number, 'need_results', '', '', where)],
                [Row(base, wire_name(param, param.name), 'variable', after(param, 'list', call)[0], where),
                 Row(count, 'ret', '', '', where)])
    if 'names' in words:
        count_name, limit = after(param, 'names', call, 2)
        maximum = counter(call, param, count_name)
        return ([Row('int', wire_name(maximum, maximum.name), '', '', where)],
                [Row('string', wire_name(param, param.name), 'variable', limit, where)])
    if 'typed' in words:
        count_name, limit = after(param, 'typed', call, 2)
        counter(call, param, count_name)
        return ([Row('int', count_name, '', '', where)],
                [Row('typed_param', param.name, 'variable', limit, where)]
                + ([] if 'uncounted' in words else [Row('int', count_name, '', '', where)]))
    if 'allocated' in words:
        count_name, limit = after(param, 'allocated', call, 2)
        counter(call, param, count_name)
        return [], [Row('typed_param', param.name, 'variable', limit, where)]
    if 'strings' in words:
        return [], [Row('string', wire_name(param, param.name), 'variable', after(param, 'strings', call)[0], where)]
    if param.ctype == 'char **':
        return [], [Row('string' + ('?' if 'nullable' in words else ''), wire_name(param, param.name), '', '', where)]
    base = param.ctype.rstrip('* ')
    if base in SCALARS and param.ctype.endswith('*'):
        return [], [Row(SCALARS[base], wire_name(param, param.name), '', '', where)]
    raise ApiError(where, f"{call.name}: say how '{param.name}' ({param.ctype}) comes back")


def counts(call: Call) -> set[str]:
    """Parameters that say how long another one is; they do not travel by themselves."""
    names = set()
    for param in call.params:
        for word in ('typed', 'strings', 'bytes', 'numbers', 'names', 'allocated', 'sized'):
            if word in param.words() and not ('out' in param.words() and word in ('strings',)):
                names.add(after(param, word, call)[0])
    return names


def travellers(call: Call) -> Iterator[Param]:
    """Parameters that are members of the arguments, or of the reply."""
    skip = counts(call)
    for param in call.params:
        if not (param.ctype in CONNECTIONS or param.ctype == 'virStreamPtr' or param.name in skip or 'local' in param.words()):
            yield param


def derive(call: Call) -> tuple[list[Row], list[Row]]:
    """The arguments and the reply that a prototype implies."""
    args: list[Row] = []
    ret: list[Row] = []
    for param in travellers(call):
        words = param.words()
        if 'out' in words:
            if 'struct' in words:
                continue
            more_args, more_ret = out_rows(call, param)
            args += more_args
            ret += more_ret
        else:
            row = in_row(call, param)
            if row:
                args.append(row)
    value = returned(call)
    return args, ([value] if value else []) + ret


def returned(call: Call) -> Row | None:
    words = call.words('returns')
    if call.ret in HANDLES:
        record, usual, _ = HANDLES[call.ret]
        return Row(record, words[0] if words else usual, '', '', call.where)
    if not words or words == ['int']:
        return None
    optional = '?' if 'nullable' in words else ''
    base = 'string' + optional if call.ret in ('char *', 'const char *') else SCALARS.get(call.ret, '')
    if not base:
        raise ApiError(call.where, f"{call.name}: say how the result ({call.ret}) travels")
    return Row(base, words[0], '', '', call.where)


def record_class(row: Row) -> str:
    return CLASS_OF_RECORD.get(row.type, '')


def struct_name(name: str) -> str:
    return 'Wire' + camel(name)


class Builder:
    def __init__(self, source: Source):
        self.model = Model(source)
        self.source = source

    def struct(self, struct: Struct) -> None:
        if struct.name in self.model.structs:
            raise ApiError(struct.where, f"record '{struct.name}' is described twice")
        record = Record(struct_name(struct.name), struct.rows, struct.where, struct.kind, struct.tags)
        self.model.structs[struct.name] = record
        self.add(record)

    def add(self, record: Record) -> None:
        seen: set[str] = set()
        for row in record.rows:
            if row.name in seen:
                raise ApiError(row.where, f"{record.name} has two members '{row.name}'")
            seen.add(row.name)
            record.least += self.least(row)
            if row.max and not row.max.isdigit() and row.max not in self.source.limits:
                raise ApiError(row.where, f"unknown limit '{row.max}'")
        if record.kind == 'union':
            record.least = 4 + min(self.least(row) for row in record.rows)
        self.model.records.append(record)

    def least(self, row: Row) -> int:
        """Fewest bytes that @row takes on the wire; also checks that its type is known."""
        base = row.type.rstrip('?')
        if row.array == 'variable':
            if row.type not in SEQUENCES and base not in self.model.structs:
                raise ApiError(row.where, f"'{row.type}' cannot be the type of a sequence")
            return 4
        if row.array == 'fixed':
            if row.type != 'char':
                raise ApiError(row.where, f"'{row.type}' cannot be the type of a fixed array")
            return 4 * self.limit(row)
        if row.type == 'uuid':
            return 16
        if row.type in VALUES:
            return VALUES[row.type][2]
        if base not in self.model.structs:
            raise ApiError(row.where, f"unknown type '{row.type}'")
        return 4 if row.type.endswith('?') else self.model.structs[base].least

    def limit(self, row: Row) -> int:
        return int(row.max) if row.max.isdigit() else self.source.limits[row.max]

    def record(self, proc: Proc, suffix: str, rows: list[Row]) -> Record | None:
        if not rows:
            return None
        record = Record(camel(proc.stem) + suffix.capitalize(), rows, proc.call.where)
        self.add(record)
        # Later records may nest this one, by the name it has in the protocol.
        self.model.structs[f'{proc.stem.lower()}_{suffix}'] = record
        return record

    def proc(self, call: Call) -> Proc:
        words = call.words('proc')
        where = call.facts['proc'][0].where if call.has('proc') else call.where
        if not words:
            raise ApiError(where, f"{call.name}: 'proc' wants a number")
        if not words[0].isdigit():
            raise ApiError(where, f"{call.name}: '{words[0]}' is not a procedure number")
        names = [w for w in words[1:] if w not in ('high', 'low')]
        constant = names[0] if names else call.name if call.kind != 'function' else proc_of(call.name)
        program = call.context.get('program', '')
        if not program:
            raise ApiError(call.where, f"{call.name}: no 'program' before it")
        return Proc(call, int(words[0]), constant, program)

    def message(self, call: Call) -> None:
        self.model.procs.append(self.proc(call))

    def call(self, call: Call) -> None:
        proc = self.proc(call)
        if call.kind == 'event':
            self.event(proc)
        else:
            try:
                args, ret = (call.records.get('args'), call.records.get('ret'))
                if call.kind == 'function' and (args is None or ret is None):
                    derived = derive(call)
                    args = derived[0] if args is None else args
                    ret = derived[1] if ret is None else ret
            except KeyError as error:
                raise ApiError(call.where, f"{call.name}: unknown type {error}") from None
            proc.args = self.record(proc, 'args', args or [])
            proc.ret = self.record(proc, 'ret', ret or [])
        self.model.procs.append(proc)

    def event(self, proc: Proc) -> None:
        """The message of an event, and of its older form, which the newer one contains."""
        call = proc.call
        where = call.where
        rows = call.records.get('msg')
        if rows is None:
            skip = counts(call)
            rows = [row for p in call.params if p.name not in skip and 'beside' not in p.words()
                    for row in [in_row(call, p)] if row]
        identity = [Row('int', 'callbackID', '', '', where)]
        if call.has('legacy'):
            number, name = (call.words('legacy') + ['', ''])[:2]
            if not number.isdigit() or not name:
                raise ApiError(where, f"{call.name}: 'legacy' wants a number and a name")
            old = Proc(call, int(number), name, proc.program)
            proc.legacy = self.record(old, 'msg', rows)
            beside = [row for p in call.params if 'beside' in p.words() for row in [in_row(call, p)] if row]
            rows = identity + beside + [Row(f'{old.stem.lower()}_msg', 'msg', '', '', where)]
        elif proc.constant != 'CONNECT_EVENT_CONNECTION_CLOSED':
            rows = identity + rows
        proc.msg = self.record(proc, 'msg', rows)


def build(source: Source) -> Model:
    builder = Builder(source)
    for struct in source.structs:
        builder.struct(struct)
    for call in source.calls:
        if call.kind == 'message':
            builder.message(call)
        elif call.has('proc') or call.kind in ('call', 'event'):
            builder.call(call)
    return builder.model
