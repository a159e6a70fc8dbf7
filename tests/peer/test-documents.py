#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Our documents beside those of stock libvirt 11.3.0, but for the QEMU driver: the same text, the same object, or the same refusal.

    test-documents.py BUILD [--kinds K,K] [--mutations N] [--random N] [--seed S] [--only PATTERN] [--out FILE] [--kept]

Networks and changes to them, pools, volumes, host interfaces, node devices, guests, snapshots and checkpoints: both test
drivers, each in a process with its own library (asker.py).  Secrets and filters: Debian's daemon beside document-tool.
Prints TAP; a difference that known-documents.tsv explains is not one, nor is unknown content, which we keep.
"""
from __future__ import annotations

import argparse
import collections
import glob
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Iterator, Optional

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, '..', 'conf'), os.path.join(HERE, '..', 'interop')]

import stock  # noqa: E402
from compare import differences, generalized, scrub  # noqa: E402
from documents import CORPUS, FORMAT_INACTIVE, Tool, schema_path  # noqa: E402
from known import library_environment  # noqa: E402
from mutate import Mutator, walk  # noqa: E402
from randomdoc import Maker  # noqa: E402
import relaxng  # noqa: E402

Question = dict[str, Any]
# kind: families it takes documents from, schema of random ones, struct where no driver of ours has them
KINDS = {
    'network': (('network-xml2xml', 'network-xml2conf'), 'network', ''),
    'network-create': (('network-xml2xml',), 'network', ''),
    'network-update': (('network-update',), '', ''),
    'pool': (('storage-pool-xml2xml',), 'storagepool', ''),
    'volume': (('storage-vol-xml2xml', 'storage-vol-xml2args'), 'storagevol', ''),
    'interface': (('interface-xml2xml',), 'interface', ''),
    'nodedev': (('nodedev-xml2xml',), 'nodedev', ''),
    'secret': (('secret-xml2xml',), 'secret', 'Secret'),
    'nwfilter': (('nwfilter-xml2xml', 'nwfilter-xml2firewall'), 'nwfilter', 'NwFilter'),
    'domain': (('generic-xml2xml',), 'domain', ''),
    'snapshot': (('domain-snapshot',), 'domainsnapshot', ''),
    'checkpoint': (('domain-checkpoint',), 'domaincheckpoint', ''),
}
SECTIONS = {'bridge': 1, 'domain': 2, 'ip': 3, 'ip-dhcp-host': 4, 'ip-dhcp-range': 5, 'forward': 6, 'forward-interface': 7,
            'forward-pf': 8, 'portgroup': 9, 'dns-host': 10, 'dns-txt': 11, 'dns-srv': 12}
COMMANDS = {'modify': 1, 'delete': 2, 'add-last': 3, 'add-first': 4}
BATCH = 100


class Peer:
    """One asker.py, started again when it dies."""

    def __init__(self, uri: str, library: Optional[str] = None) -> None:
        self.uri, self.library = uri, library
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(['/usr/bin/python3', '-B', f'{HERE}/asker.py', self.uri], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, env=library_environment(self.library or 'system'), text=True,
                                        stderr=subprocess.DEVNULL)
        assert self.process.stdout
        loaded = json.loads(self.process.stdout.readline())['library']
        assert loaded.startswith(os.path.realpath(self.library or '/usr/lib')), f"'{loaded}' is not the library that was meant"

    def ask(self, question: Question) -> Question:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(question) + '\n')
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if line:
            return json.loads(line)  # type: ignore[no-any-return]
        self.process.wait()
        self.start()
        return {'code': -1, 'message': 'the process ended'}

    def end(self) -> None:
        self.process.kill()
        self.process.wait()


class DocumentPeer:
    """Our engine alone, for what has no driver in this process."""

    def __init__(self, path: str) -> None:
        self.tool = Tool(path)

    def ask(self, question: Question) -> Question:
        status, text, _ = self.tool.ask(KINDS[question['kind']][2], question['xml'], 1, FORMAT_INACTIVE)
        return {'message': text} if status else {'plain': text}

    def end(self) -> None:
        self.tool.process.kill()
        self.tool.process.wait()


def read(path: str) -> str:
    with open(path, encoding='utf-8') as stream:
        return stream.read()


def for_test_driver(text: str) -> str:
    """A guest that the test driver's capabilities can be."""
    try:
        root = ET.fromstring(text)
    except ET.ParseError:
        return text
    root.set('type', 'test')
    for kind in root.findall('os/type'):
        kind.attrib.pop('machine', None)
        kind.set('arch', 'i686')
        kind.text = 'hvm'
    return ET.tostring(root, encoding='unicode')


def cases(kind: str) -> Iterator[tuple[str, Question]]:
    for family in KINDS[kind][0]:
        with open(f'{CORPUS}/{family}/cases.tsv', encoding='utf-8') as stream:
            seen = set()
            for line in stream:
                if line.startswith('#'):
                    continue
                name, given, _, _, more, _ = (line.rstrip('\n').split('\t') + [''] * 6)[:6]
                params = json.loads(more) if more not in ('', '-') else {}
                question: Question = {'kind': kind}

                def path(word: str) -> str:
                    return f'{CORPUS}/{word[1:]}' if word.startswith('@') else f'{CORPUS}/{family}/{word}'
                if given == '-':
                    continue
                question['xml'] = read(path(given))
                if kind == 'network-update':
                    question.update(base=question['xml'], xml=read(path(params['update'])), section=SECTIONS[params['section']],
                                    command=COMMANDS[params['command']], parent=params.get('parent_index', -1))
                elif kind == 'volume':
                    question['base'] = read(path(params['pool']))
                    source = params.get('input_vol')
                    if source:
                        question['from'] = read(path(source))
                elif kind in ('snapshot', 'checkpoint'):
                    question['flags'] = int(bool(params.get('redefine')))
                    if params.get('domain_uuid'):
                        question['uuid'] = params['domain_uuid']
                    question['xml'] = re.sub(r'(<domain\b[^>]*type=)[\'"]\w+[\'"]', r"\1'test'", question['xml'])
                elif kind == 'domain':
                    question['xml'] = for_test_driver(question['xml'])
                key = json.dumps(question)
                if key not in seen:
                    seen.add(key)
                    yield f'{family}/{name}', question


def questions(kind: str, options: argparse.Namespace) -> Iterator[tuple[str, Question]]:
    given = list(cases(kind))
    if options.seed == 0:
        yield from given
    mutator = Mutator([one['xml'] for _, one in given])
    for name, one in given:
        for label, text in mutator.mutations(one['xml'], options.mutations, f'{options.seed} {name}'):
            yield f'{name} {label}', {**one, 'xml': text}
    if kind == 'network-update':
        for name, one in given:
            for section in SECTIONS:
                for command in COMMANDS:
                    yield f'{name} {section} {command}', {**one, 'section': SECTIONS[section], 'command': COMMANDS[command]}
    if options.random and KINDS[kind][1]:
        maker = Maker(relaxng.load(schema_path(KINDS[kind][1])), options.seed)
        for n in range(options.random):
            text = maker.make(20 + 120 * n // options.random)
            more = {name: value for name, value in given[n % len(given)][1].items() if name in ('base', 'flags', 'uuid')}
            text = for_test_driver(text) if kind == 'domain' else text
            yield f'random/{options.seed}.{n}', {'kind': kind, **more, 'xml': text}


def places_of(root: ET.Element) -> collections.Counter[str]:
    found: collections.Counter[str] = collections.Counter()
    for path, element in walk(root):
        found[path] += 1
        found.update(f'{path}@{name}' for name in element.attrib)
    return found


def without_kept(said: collections.Counter[str], theirs: ET.Element, ours: ET.Element,
                 kept: collections.Counter[str]) -> ET.Element:
    """Ours, without what the document had, and stock has nowhere: it is silently lost there."""
    there = places_of(theirs)

    def prune(element: ET.Element, path: str) -> None:
        for name in [name for name in element.attrib if said[f'{path}@{name}'] and not there[f'{path}@{name}']]:
            del element.attrib[name]
            kept[f'{path}@{name}'] += 1
        for child in list(element):
            place = f'{path}/{child.tag}'
            if said[place] and not there[place]:
                element.remove(child)
                kept[place] += 1
            else:
                prune(child, place)
    prune(ours, ours.tag)
    return ours


def again(name: str, said: collections.Counter[str], theirs: ET.Element) -> bool:
    """Whether a mutation gave a second one of what there can be one of: stock takes parts of both, by accident."""
    place = re.search(r' (?:add|twice) ([^ @=]+)$', name)
    return bool(place) and said[place[1]] > 1 and said[place[1]] > places_of(theirs)[place[1]]  # type: ignore[index]


def compare(name: str, question: Question, theirs: Question, ours: Question, kept: collections.Counter[str]) -> list[str]:
    if 'message' in theirs or 'message' in ours:
        if 'message' not in ours:
            return [f'refused there: {generalized(theirs["message"])}']
        if 'message' not in theirs:
            return [f'refused here: {generalized(ours["message"])}']
        if theirs['message'].partition(': ')[2] == ours['message'] and 'code' not in ours:
            return []  # document-tool leaves out what the code says
        if theirs['message'] != re.sub(r' Did you mean .*', '', ours['message']):
            return [f'message: {generalized(theirs["message"])} | {generalized(ours["message"])}']
        codes = theirs['code'], ours.get('code', theirs['code'])
        return [f'message: code {codes[0]} there, {codes[1]} here'] if codes[0] != codes[1] else []
    found = []
    for form in theirs:
        one, other = [scrub(text, question['xml']).replace('&#10;', ' ')
                      for text in (theirs[form], ours.get(form, 'error: none'))]
        if 'error: ' in (one[:7], other[:7]):
            if one != other and form == 'plain' or one[:7] == other[:7] and one != other:
                found.append(f'{form}: {generalized(one[:200])} | {generalized(other[:200])}')
            continue
        try:
            root = ET.fromstring(one)
        except ET.ParseError:
            return []  # stock does not escape everything
        said = places_of(ET.fromstring(question['xml']))
        if not again(name, said, root):
            found += differences(root, without_kept(said, root, ET.fromstring(other), kept))
    return sorted({re.sub(r',?name=[^],]*', '', text).replace('[]', '') for text in found})


def read_known() -> list[tuple[re.Pattern[str], re.Pattern[str], str]]:
    found = []
    for line in read(f'{HERE}/known-documents.tsv').splitlines():
        if line.strip() and not line.startswith('#'):
            kind, pattern, reason = line.split('\t')
            found.append((re.compile(kind), re.compile(pattern), reason))
    return found


def try_kind(kind: str, pair: list[Any], options: argparse.Namespace, out: Any) -> tuple[int, dict[str, list[str]], str]:
    known = [(pattern, reason) for kinds, pattern, reason in read_known() if kinds.fullmatch(kind)]
    count: collections.Counter[str] = collections.Counter()
    kept: collections.Counter[str] = collections.Counter()
    kinds: dict[str, list[str]] = collections.defaultdict(list)
    every = [one for one in questions(kind, options) if re.search(options.only, one[0])]
    with ThreadPoolExecutor(2) as pool:
        for start in range(0, len(every), BATCH):
            batch = every[start:start + BATCH]
            theirs, ours = pool.map(lambda peer: [peer.ask(one) for _, one in batch], pair)
            for (name, one), left, right in zip(batch, theirs, ours):
                found = compare(name, one, left, right, kept)
                fresh = [text for text in found if not any(pattern.search(text) for pattern, _ in known)]
                count['known'] += len(found) - len(fresh)
                count['worded'] += any(text.startswith('message: ') for text in fresh)
                if not options.messages:
                    fresh = [text for text in fresh if not text.startswith('message: ')]
                count['refused'] += 'message' in left and 'message' in right
                count['differ'] += bool(fresh)
                for text in fresh:
                    kinds[text].append(name)
                if fresh:
                    print(json.dumps({'name': name, 'kinds': fresh, **one, 'stock': left, 'ours': right}), file=out, flush=True)
    if options.kept:
        for text, number in kept.most_common():
            print(f'# kept {number} {text}')
    alike = len(every) - count['differ']
    return len(every), kinds, (f'{len(every)} documents, {alike} alike ({count["refused"]} refused by both), '
                               f'{count["differ"]} not, in {len(kinds)} ways; known differences: {count["known"]}; '
                               f'{count["worded"]} refused in other words')


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument('build')
    for name, default in (('--mutations', 6), ('--random', 30), ('--seed', 0)):
        parser.add_argument(name, type=int, default=default)
    parser.add_argument('--kinds', default=','.join(KINDS))
    parser.add_argument('--only', default='')
    parser.add_argument('--out', default=os.devnull)
    parser.add_argument('--messages', action='store_true', help='the words of a refusal count too')
    parser.add_argument('--kept', action='store_true', help='show what we keep and stock does not')
    options = parser.parse_args()
    wanted = options.kinds.split(',')
    try:
        if not os.path.isdir(CORPUS):
            raise OSError(f'no corpus at {CORPUS}; VIRT_CORPUS can name another place')
        if os.getuid() != 0:
            raise OSError('namespaces need root')
        stock.prepare(False)
        stock.enter()
        with_daemon = any(KINDS[kind][2] for kind in wanted)
        if with_daemon:
            os.environ['LIBVIRT_DRIVER_DIR'] = drivers = tempfile.mkdtemp(prefix='peer-drivers-')
            for name in ('secret', 'nwfilter'):
                os.symlink(glob.glob(f'{stock.CACHE}/usr/lib/*/libvirt/connection-driver/libvirt_driver_{name}.so')[0],
                           f'{drivers}/libvirt_driver_{name}.so')
    except (OSError, subprocess.CalledProcessError, IndexError) as error:
        print(f'1..0 # SKIP no stock libvirt here: {error}')
        return 0
    failed = False
    print(f'1..{len(wanted)}')
    with tempfile.TemporaryDirectory(prefix='peer-') as scratch, open(options.out, 'w', encoding='utf-8') as out:
        daemon = stock.Stock(scratch) if with_daemon else None
        pair: list[Any] = [Peer('test:///default'), Peer('test:///default', f'{options.build}/src/rpc/client')]
        tool = DocumentPeer(f'{options.build}/tests/conf/document-tool') if daemon else None
        try:
            for n, kind in enumerate(wanted, 1):
                start = time.monotonic()
                if KINDS[kind][2]:
                    assert daemon
                    other = Peer(f'{kind}+unix:///system?socket={daemon.socket}')
                    number, kinds, text = try_kind(kind, [other, tool], options, out)
                    other.end()
                else:
                    number, kinds, text = try_kind(kind, pair, options, out)
                for what, names in sorted(kinds.items(), key=lambda item: -len(item[1])):
                    print(f'# {len(names)} {what}  e.g. {names[0]}')
                failed = failed or bool(kinds) or not number
                print('ok' if number and not kinds else 'not ok', f'{n} - {kind}: {text} ({time.monotonic() - start:.0f} s)',
                      flush=True)
        finally:
            for one in [*pair, tool, daemon]:
                if one:
                    one.end()
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
