# SPDX-License-Identifier: LGPL-2.1-or-later
"""Read .api files into plain objects.

Nothing is interpreted here: a call is its prototype and its fact lines, a record is its rows.
Every object remembers the file and line it came from, for messages.
"""
from __future__ import annotations

import re
from dataclasses import dataclass, field


class ApiError(Exception):
    """A mistake in an .api file; the text is 'file:line: message'."""

    def __init__(self, where: str, message: str):
        super().__init__(f'{where}: {message}')


@dataclass
class Fact:
    words: list[str]
    where: str


@dataclass
class Row:
    """One member of a record: 'unsigned int keycodes<REMOTE_DOMAIN_SEND_KEY_MAX>'."""
    type: str
    name: str
    array: str          # '', 'fixed' or 'variable'
    max: str            # name of a limit, or a number
    where: str
    secret: bool = False


@dataclass
class Param:
    ctype: str
    name: str
    facts: list[Fact] = field(default_factory=list)

    def decl(self) -> str:
        return self.ctype + ('' if self.ctype.endswith('*') else ' ') + self.name

    def words(self) -> list[str]:
        return [w for f in self.facts for w in f.words]


@dataclass
class Call:
    kind: str           # 'function', 'call' (no public function), 'event', 'message' or 'variable'
    ret: str
    name: str
    params: list[Param]
    where: str
    doc: list[str]
    param_docs: dict[str, str]
    context: dict[str, str]                 # program, header, from, class at this place of the file
    facts: dict[str, list[Fact]] = field(default_factory=dict)
    records: dict[str, list[Row]] = field(default_factory=dict)     # explicit args, ret, msg

    def has(self, key: str) -> bool:
        return key in self.facts

    def words(self, key: str) -> list[str]:
        return self.facts[key][0].words if key in self.facts else []

    def word(self, key: str, index: int = 0) -> str:
        words = self.words(key)
        return words[index] if index < len(words) else ''

    def param(self, name: str) -> Param | None:
        return next((p for p in self.params if p.name == name), None)


@dataclass
class Struct:
    kind: str           # 'struct' or 'union'
    name: str
    rows: list[Row]
    tags: list[str]     # union: the case of each row
    where: str
    doc: list[str]


@dataclass
class AclObject:
    """One class of objects that permissions are about."""
    name: str
    where: str
    permissions: list[tuple[str, str, bool]] = field(default_factory=list)      # name, what it allows, anonymous
    attributes: list[tuple[str, str]] = field(default_factory=list)             # case, name


@dataclass
class Source:
    """All that the .api files say."""
    calls: list[Call] = field(default_factory=list)
    structs: list[Struct] = field(default_factory=list)
    limits: dict[str, int] = field(default_factory=dict)
    limit_context: dict[str, str] = field(default_factory=dict)
    programs: dict[str, tuple[int, int]] = field(default_factory=dict)
    objects: list[AclObject] = field(default_factory=list)


KEYWORDS = {'proc', 'since', 'write', 'acl', 'filter', 'job', 'returns', 'check', 'stream', 'fds', 'local', 'composite',
            'callback', 'streaming', 'keepalive', 'custom', 'object', 'class', 'unauthenticated', 'id', 'legacy', 'msg',
            'args', 'ret', 'documented', 'after'}
BASE = r'(?:unsigned (?:int|char|short|hyper)|int|hyper|char|double|opaque|uuid|[a-z][a-z_0-9]*\??)'
ROW = re.compile(rf'(secret )?({BASE}) ([A-Za-z_]\w*)(?:<(\w+)>|\[(\w+)\])?')
PROTOTYPE = re.compile(r'(event |message |call )?(.*?[ *])?(\w+)\((.*)\)')
DIRECTIVES = {'program', 'header', 'from', 'class', 'limit', 'struct', 'union', 'object'}


class Reader:
    """The lines of one file, with a look at what surrounds them."""

    def __init__(self, path: str, source: Source):
        self.path = path
        self.source = source
        self.doc: list[str] = []
        self.context: dict[str, str] = {}
        with open(path, encoding='utf-8') as stream:
            self.lines = stream.read().split('\n')
        self.at = 0

    def where(self) -> str:
        return f'{self.path}:{self.at}'

    def next(self) -> str | None:
        if self.at >= len(self.lines):
            return None
        self.at += 1
        return self.lines[self.at - 1]

    def block(self, first: str) -> list[tuple[str, str]]:
        """The rows between '{' and '}', which may stand on one line or on many."""
        start = self.where()
        rows: list[tuple[str, str]] = []
        text = first
        while True:
            text = strip_comment(text)
            end = '}' in text
            for part in text.split('}')[0].split(';'):
                if part.strip():
                    rows.append((part.strip(), self.where()))
            if end:
                return rows
            line = self.next()
            if line is None:
                raise ApiError(start, "'{' without '}'")
            text = line


def strip_comment(line: str) -> str:
    return re.sub(r'(^|\s)#.*', '', line).rstrip()


def parse_row(text: str, where: str) -> Row:
    match = ROW.fullmatch(text)
    if not match:
        raise ApiError(where, f"not a member of a record: '{text}'")
    array = 'variable' if match[4] else 'fixed' if match[5] else ''
    return Row(match[2], match[3], array, match[4] or match[5] or '', where, bool(match[1]))


def parse_params(text: str, where: str) -> list[Param]:
    if text.strip() in ('', 'void'):
        return []
    params = []
    for part in text.split(','):
        match = re.fullmatch(r'(.*?[ *])(\w+)', part.strip())
        if not match:
            raise ApiError(where, f"not a parameter: '{part.strip()}'")
        params.append(Param(match[1].strip(), match[2]))
    return params


def take_doc(reader: Reader) -> tuple[list[str], dict[str, str]]:
    doc: list[str] = []
    params: dict[str, str] = {}
    for line in reader.doc:
        match = re.fullmatch(r'@(\w+): (.*)', line)
        if match:
            params[match[1]] = match[2]
        elif params:
            last = list(params)[-1]
            params[last] += ' ' + line
        else:
            doc.append(line)
    reader.doc = []
    return doc, params


def parse_prototype(reader: Reader, line: str) -> Call:
    where = reader.where()
    text = line
    while text.count('(') > text.count(')'):
        more = reader.next()
        if more is None:
            raise ApiError(where, f"not a prototype: '{line}'")
        text += ' ' + strip_comment(more).strip()
    match = PROTOTYPE.fullmatch(text)
    if not match:
        variable = re.fullmatch(r'variable (\w+) (\w+)', text)
        if not variable:
            raise ApiError(where, f"not a prototype: '{text}'")
        doc, params = take_doc(reader)
        return Call('variable', variable[1], variable[2], [], where, doc, params, dict(reader.context))
    kind = (match[1] or 'function').strip()
    ret = (match[2] or '').strip()
    if kind == 'function' and not ret:
        raise ApiError(where, f"'{match[3]}' has no return type")
    doc, docs = take_doc(reader)
    call = Call(kind, ret, match[3], parse_params(match[4], where), where, doc, docs, dict(reader.context))
    for name in docs:
        if not call.param(name):
            raise ApiError(where, f"{call.name} documents '@{name}', which is not a parameter")
    return call


def parse_fact(reader: Reader, call: Call, line: str) -> None:
    where = reader.where()
    match = re.fullmatch(r'(args|ret|msg)\s*\{(.*)', line)
    if match:
        if match[1] in call.records:
            raise ApiError(where, f"{call.name} has two blocks '{match[1]}'")
        call.records[match[1]] = [parse_row(text, at) for text, at in reader.block(match[2])]
        return
    words = line.split()
    param = call.param(words[0])
    if param and param.ctype != 'virStreamPtr':
        if len(words) == 1:
            raise ApiError(where, f"{call.name}: nothing is said of '{words[0]}'")
        param.facts.append(Fact(words[1:], where))
    elif words[0] in KEYWORDS:
        call.facts.setdefault(words[0], []).append(Fact(words[1:], where))
    else:
        raise ApiError(where, f"{call.name} has no parameter or fact '{words[0]}'")


def parse_number(text: str, where: str) -> int:
    try:
        return int(text, 0)
    except ValueError:
        raise ApiError(where, f"not a number: '{text}'") from None


def parse_directive(reader: Reader, line: str) -> None:
    source, where = reader.source, reader.where()
    words = line.replace('{', ' { ').split()
    if words[0] == 'program' and len(words) == 4:
        if words[1] in source.programs:
            raise ApiError(where, f"program '{words[1]}' is already known")
        source.programs[words[1]] = (parse_number(words[2], where), parse_number(words[3], where))
        reader.context['program'] = words[1]
    elif words[0] == 'program' and len(words) == 2:
        if words[1] not in source.programs:
            raise ApiError(where, f"unknown program '{words[1]}'")
        reader.context['program'] = words[1]
    elif words[0] in ('header', 'from', 'class') and len(words) == 2:
        reader.context[words[0]] = words[1]
    elif words[0] == 'limit' and len(words) == 3:
        if words[1] in source.limits:
            raise ApiError(where, f"limit '{words[1]}' is already known")
        source.limits[words[1]] = parse_number(words[2], where)
        source.limit_context[words[1]] = reader.context.get('program', '')
    elif words[0] == 'struct' and '{' in line:
        rows = [parse_row(text, at) for text, at in reader.block(line.split('{', 1)[1])]
        source.structs.append(Struct('struct', words[1], rows, [], where, take_doc(reader)[0]))
    elif words[0] == 'union' and '{' in line:
        rows, tags = [], []
        for text, at in reader.block(line.split('{', 1)[1]):
            tag, _, rest = text.partition(' ')
            tags.append(tag)
            rows.append(parse_row(rest.strip(), at))
        source.structs.append(Struct('union', words[1], rows, tags, where, take_doc(reader)[0]))
    elif words[0] == 'object' and '{' in line:
        parse_object(reader, words[1], line)
    else:
        raise ApiError(where, f"not a directive: '{line}'")


def parse_object(reader: Reader, name: str, line: str) -> None:
    acl = AclObject(name, reader.where())
    if any(o.name == name for o in reader.source.objects):
        raise ApiError(reader.where(), f"object '{name}' is already known")
    for text, at in reader.block(line.split('{', 1)[1]):
        match = re.fullmatch(r'permission (\w+) (anonymous )?"([^"]+)"', text)
        if match:
            acl.permissions.append((match[1], match[3], bool(match[2])))
            continue
        match = re.fullmatch(r'attribute (\w+)(?: when (\w+))?', text)
        if not match:
            raise ApiError(at, f"not a permission or attribute: '{text}'")
        acl.attributes.append((match[2] or '', match[1]))
    reader.source.objects.append(acl)


def parse_file(path: str, source: Source) -> None:
    reader = Reader(path, source)
    call: Call | None = None
    while True:
        line = reader.next()
        if line is None:
            break
        if line.startswith('##'):
            reader.doc.append(line[2:].strip())
            continue
        line = strip_comment(line)
        if not line:
            continue
        if line[0].isspace():
            if call is None:
                raise ApiError(reader.where(), 'a fact without a call before it')
            parse_fact(reader, call, line.strip())
        elif line.split()[0] in DIRECTIVES and '(' not in line.split('{')[0]:
            call = None
            parse_directive(reader, line)
        else:
            call = parse_prototype(reader, line)
            if any(c.name == call.name for c in source.calls if c.kind == call.kind):
                raise ApiError(call.where, f"{call.name} is described twice")
            source.calls.append(call)
    if reader.doc:
        raise ApiError(reader.where(), 'documentation that belongs to nothing')


def parse(paths: list[str]) -> Source:
    source = Source()
    for path in paths:
        parse_file(path, source)
    return source
