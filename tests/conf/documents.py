# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of documents share: the public schemas and their structs, document-tool, xmllint."""
from __future__ import annotations

import glob
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from typing import Iterable, Optional

HERE = os.path.dirname(os.path.abspath(__file__))
CONF = os.path.join(HERE, '..', '..', 'src', 'drivers', 'conf')
SCHEMAS = os.path.join(HERE, '..', '..', 'data', 'schemas')
DATA = os.path.join(HERE, '..', 'data', 'conf')
CORPUS = os.environ.get('VIRT_CORPUS') or os.path.normpath(os.path.join(HERE, '..', '..', '..', 'shared', 'corpus'))
sys.path.insert(0, CONF)
sys.dont_write_bytecode = True

import relaxng  # noqa: E402
import xmlgen  # noqa: E402

# flags of util/xml.h
PARSE_INACTIVE, PARSE_STRICT, PARSE_STATUS, PARSE_NO_CHECK = 1, 2, 4, 8
FORMAT_INACTIVE, FORMAT_SECURE, FORMAT_STATUS = 1, 2, 4

# public schema: our file and struct, or several where roots of one name differ
DOCUMENTS = {
    'capability': ('capabilities', 'Capabilities'), 'cpu': ('capabilities', 'Cpu HostCpu'), 'domain': ('domain', 'Domain'),
    'domainbackup': ('backup', 'Backup'), 'domaincaps': ('domaincaps', 'DomainCaps'),
    'domaincheckpoint': ('checkpoint', 'Checkpoint'), 'domainsnapshot': ('snapshot', 'Snapshot'),
    'interface': ('hostinterface', 'HostInterface'), 'network': ('network', 'Network'),
    'networkport': ('networkport', 'NetworkPort'), 'nodedev': ('nodedev', 'NodeDevice'),
    'nwfilter': ('nwfilter', 'NwFilter'), 'nwfilterbinding': ('nwfilter', 'NwFilterBinding'),
    'secret': ('secret', 'Secret'), 'storagepool': ('storagepool', 'StoragePool'),
    'storagepoolcaps': ('storagecaps', 'StoragePoolCaps'), 'storagevol': ('storagevol', 'StorageVolume'),
}


@dataclass
class Document:
    """A public schema and what we have for it."""
    name: str
    grammar: relaxng.Grammar
    schema: xmlgen.Schema
    structs: list[str]

    def path(self) -> str:
        return schema_path(self.name)


def schema_path(name: str) -> str:
    return os.path.join(SCHEMAS, name + '.rng')


def document(name: str) -> Optional[Document]:
    """None where there are no rows yet; the structs are known by their element if not by name."""
    file, names = DOCUMENTS[name]
    path = os.path.join(CONF, file + '.xs')
    if not os.path.exists(path):
        return None
    schema, grammar = xmlgen.load(path), relaxng.load(schema_path(name))
    structs = [s for s in names.split() if s in schema.structs]
    if not structs:
        roots = {n for r in grammar.roots() for n in r.names}
        structs = [s.name for s in schema.structs.values() if s.element in roots]
    return Document(name, grammar, schema, structs) if structs else None


class Tool:
    """document-tool: the engine over a pipe."""

    def __init__(self, path: str):
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, struct: str, text: str, parse: int, form: int) -> tuple[int, str, str]:
        """(0, formatted, formatted again), (-1, error, '') or (-2, error of the second time, '')."""
        assert self.process.stdin and self.process.stdout
        struct += ':cpu' if struct == 'HostCpu' else ''
        data = text.encode()
        self.process.stdin.write(f'{struct} {parse} {form} {len(data)}\n'.encode() + data)
        self.process.stdin.flush()
        head = self.process.stdout.readline().split()
        if not head:
            raise RuntimeError(f'document-tool died on a {struct}:\n{text}')
        first, second = map(int, head)
        if first < 0:
            return first, self.process.stdout.read(second).decode(), ''
        return 0, self.process.stdout.read(first).decode(), self.process.stdout.read(second).decode()


def root_of(text: str) -> str:
    m = re.search(r'<([A-Za-z][\w-]*)', re.sub(r'<!--.*?-->|<\?.*?\?>', '', text, flags=re.S))
    return m[1] if m else ''


def files_by_root() -> dict[str, list[str]]:
    """The documents of ../data/conf and every XML file of the corpus, by the name of the root."""
    out: dict[str, list[str]] = {}
    for path in sorted(glob.glob(DATA + '/*.xml') + glob.glob(f'{CORPUS}/**/*.xml', recursive=True)):
        with open(path, encoding='utf-8', errors='replace') as f:
            out.setdefault(root_of(f.read()), []).append(path)
    return out


def invalid(grammar: str, paths: Iterable[str]) -> dict[str, str]:
    """The files that @grammar refuses, with the first message about each."""
    out: dict[str, str] = {}
    todo = list(paths)
    for i in range(0, len(todo), 400):
        r = subprocess.run(['xmllint', '--noout', '--nonet', '--relaxng', grammar, *todo[i:i + 400]],
                           capture_output=True, text=True, check=False, errors='replace')
        if 'Relax-NG parser error' in r.stderr:
            raise RuntimeError(f'{grammar}: {r.stderr.splitlines()[0]}')
        why = ''
        for line in r.stderr.splitlines():
            if m := re.fullmatch(r'(.*) fails to validate', line):
                out[m[1]] = why
                why = ''
            elif m := re.match(r'\S+:(\d+: .*error : .*)', line):
                why = why or m[1]
    return out
