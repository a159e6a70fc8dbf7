#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Our QEMU definitions beside those of Debian's libvirtd: the same document, the same domain, or the same refusal.

    test-peer.py BUILD [--all] [--mutations N] [--random N] [--seed S] [--only PATTERN] [--out FILE]

Without --all the documents of one family that this host's own emulators can be are compared (a test of the suite
integration); with it the whole corpus, on all boards.  N mutations of every document, or random ones, come with their
options; with another seed than 0 they come alone.  --out keeps what differs, one JSON object a line.  Prints TAP; what
known-differences.tsv explains is no difference.
"""
from __future__ import annotations

import argparse
import collections
import json
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Optional

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, '..', 'conf')]

import stock  # noqa: E402
from compare import Given, differences, generalized, scrub  # noqa: E402
from inputs import Host, Input, Mutator, corpus_inputs, text_of  # noqa: E402

CORPUS = os.environ.get('VIRT_CORPUS') or os.path.normpath(os.path.join(HERE, '..', '..', '..', 'shared', 'corpus'))
OURS = 'qemu+unix:///system?socket=/run/libvirt/virtqemud-sock'
# Of virDomainXMLFlags: SECURE, INACTIVE, UPDATE_CPU, MIGRATABLE.
FORMS = {'inactive': 2, 'secure': 3, 'update': 6, 'migratable': 10}
UNDEFINE = 1 | 2 | 4 | 16  # saved state, snapshots, NVRAM, checkpoints
BATCH = 200


class Peer:
    """One daemon, asked one document at a time; opened again when it went away."""

    def __init__(self, uri: str, daemon: Optional[stock.Stock] = None) -> None:
        import libvirt  # only there on the private host is it needed
        self.libvirt, self.uri, self.daemon = libvirt, uri, daemon
        libvirt.registerErrorHandler(lambda *args: None, None)
        self.conn = libvirt.open(uri)

    def ask(self, xml: str) -> dict[str, Any]:
        # Stock 9.0 dies now and then under a row of definitions; only what ends a fresh one again is its verdict on the document.
        answer = self.attempt(xml)
        return self.attempt(xml) if 'ended' in answer and self.daemon else answer

    def attempt(self, xml: str) -> dict[str, Any]:
        try:
            return self.describe(xml)
        except self.libvirt.libvirtError as error:
            if self.conn.isAlive():
                return {'code': error.get_error_code(), 'message': error.get_error_message()}
            print(f'# {self.uri} ended: {error.get_error_message()}')
        if self.daemon:
            self.daemon.end()
            self.daemon.start()
        self.conn = self.libvirt.open(self.uri)
        return {'code': -1, 'message': 'the daemon ended', 'ended': True}

    def describe(self, xml: str) -> dict[str, Any]:
        dom = self.conn.defineXMLFlags(xml, 0)
        try:
            answer: dict[str, Any] = {}
            for form, flags in FORMS.items():
                try:
                    answer[form] = scrub(dom.XMLDesc(flags), xml)
                except self.libvirt.libvirtError as error:
                    answer[form] = 'error: ' + error.get_error_message()
            return answer
        finally:
            dom.undefineFlags(UNDEFINE)


def change(answer: dict[str, Any], form: str) -> list[str]:
    """What a form of the description says otherwise than the plain one."""
    if answer[form].startswith('error: '):
        return [answer[form]]
    if answer[form] == answer['inactive']:
        return []
    return list(differences(ET.fromstring(answer['inactive']), ET.fromstring(answer[form])))


def compare(xml: str, theirs: dict[str, Any], ours: dict[str, Any]) -> list[str]:
    """The kinds of difference."""
    if 'code' in theirs or 'code' in ours:
        if 'code' not in ours:
            return [f'refused there: {generalized(theirs["message"])}']
        if 'code' not in theirs:
            return [f'refused here: {generalized(ours["message"])}']
        if theirs['message'] != ours['message']:
            return [f'message: {generalized(theirs["message"])} | {generalized(ours["message"])}']
        return [f'code {theirs["code"]} there, {ours["code"]} here'] if theirs['code'] != ours['code'] else []
    kinds = [] if theirs['secure'] == ours['secure'] else \
        list(differences(ET.fromstring(theirs['secure']), ET.fromstring(ours['secure']), '', Given(ET.fromstring(xml))))
    for form in ('inactive', 'update', 'migratable'):
        if form == 'inactive':
            one, other = [list(differences(ET.fromstring(a['secure']), ET.fromstring(a['inactive'])))
                          if a['secure'] != a['inactive'] else [] for a in (theirs, ours)]
        else:
            one, other = change(theirs, form), change(ours, form)
        if one != other:
            kinds += [f'{form} there: {text}' for text in one if text not in other]
            kinds += [f'{form} here: {text}' for text in other if text not in one]
    return sorted(set(kinds))


def machines_of(peer: Peer) -> Host:
    found: dict[str, set[str]] = {}
    root = ET.fromstring(peer.conn.getCapabilities())
    for guest in root.findall('guest'):
        arch = guest.find('arch')
        if arch is not None:
            found[arch.get('name', '')] = {one.text or '' for one in arch.findall('machine') + arch.findall('domain/machine')}
    return Host(found, any(one.get('type') == 'kvm' for one in root.findall('guest/arch/domain')))


def read_known() -> list[tuple[re.Pattern[str], str]]:
    found = []
    with open(f'{HERE}/known-differences.tsv', encoding='utf-8') as stream:
        for line in stream:
            if line.strip() and not line.startswith('#'):
                pattern, reason = line.rstrip('\n').split('\t')
                found.append((re.compile(pattern), reason))
    return found


def inputs_of(options: argparse.Namespace, host: Host) -> list[Input]:
    inputs = corpus_inputs(CORPUS, host)
    if not options.all:
        inputs = [one for one in inputs if one.name.startswith('domain-xml2xml/')]
    found = list(inputs) if options.seed == 0 else []
    if options.mutations:
        found += Mutator(inputs, host).mutations(options.mutations, options.seed)
    if options.random:
        found += random_inputs(options, host)
    return [one for one in found if re.search(options.only, one.name)]


def random_inputs(options: argparse.Namespace, host: Host) -> list[Input]:
    from documents import schema_path
    from randomdoc import Maker
    import relaxng
    maker, found = Maker(relaxng.load(schema_path('domain')), options.seed), []
    for n in range(options.random):
        root = ET.fromstring(maker.make(20 + 120 * n // options.random))
        if root.get('type') != 'kvm':
            root.set('type', 'qemu')
        if host.adapt(root):
            found.append(Input(f'random/{options.seed}.{n}', text_of(root)))
    return found


def run_inside(options: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory(prefix='peer-') as scratch:
        daemon = stock.Stock(scratch)
        try:
            peers = [Peer(f'qemu+unix:///system?socket={daemon.socket}', daemon), Peer(OURS)]
            inputs = inputs_of(options, machines_of(peers[0]))
            return report(options, peers, inputs)
        finally:
            daemon.end()


def report(options: argparse.Namespace, peers: list[Peer], inputs: list[Input]) -> int:
    known, used = read_known(), collections.Counter()
    count: collections.Counter[str] = collections.Counter()
    kinds: dict[str, list[str]] = collections.defaultdict(list)
    with ThreadPoolExecutor(2) as pool, open(options.out or os.devnull, 'w', encoding='utf-8') as out:
        for start in range(0, len(inputs), BATCH):
            batch = inputs[start:start + BATCH]
            theirs, ours = pool.map(lambda peer: [peer.ask(one.xml) for one in batch], peers)
            for one, left, right in zip(batch, theirs, ours):
                found = []
                for kind in compare(one.xml, left, right):
                    reason = next((reason for pattern, reason in known if pattern.search(kind)), None)
                    if reason:
                        used[reason] += 1
                    else:
                        found.append(kind)
                count['same' if not found else 'differ'] += 1
                count['refused by both' if 'code' in left and 'code' in right else 'not refused by both'] += 1
                for kind in found:
                    kinds[kind].append(one.name)
                if found:
                    print(json.dumps({'name': one.name, 'kinds': found, 'xml': one.xml, 'stock': left, 'ours': right}), file=out)
            out.flush()
    print('1..1')
    for kind, names in sorted(kinds.items(), key=lambda item: -len(item[1])):
        print(f'# {len(names)} {kind}  e.g. {names[0]}')
    print(f'{"not ok" if kinds else "ok"} 1 - {len(inputs)} documents, {count["same"]} alike ({count["refused by both"]} refused '
          f'by both), {count["differ"]} not, in {len(kinds)} ways; known differences: {sum(used.values())}')
    return 1 if kinds else 0


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument('build')
    for name, default in (('--mutations', 0), ('--random', 0), ('--seed', 0)):
        parser.add_argument(name, type=int, default=default)
    parser.add_argument('--only', default='')
    parser.add_argument('--out', default='')
    parser.add_argument('--all', action='store_true')
    parser.add_argument('--inside', action='store_true', help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        return run_inside(options)
    try:
        if os.getuid() != 0:
            raise OSError('namespaces need root')
        if not os.path.isdir(CORPUS):
            raise OSError(f'no corpus at {CORPUS}; VIRT_CORPUS can name another place')
        stock.prepare(options.all)
        stock.enter()
    except (OSError, subprocess.CalledProcessError, IndexError) as error:
        print(f'1..0 # SKIP no stock daemon here: {error}')
        return 0
    environment = {name: value for name, value in os.environ.items() if name not in ('LD_LIBRARY_PATH', 'LD_PRELOAD')}
    return subprocess.run([f'{HERE}/../../scripts/devhost', '--build', options.build, '--', '/usr/bin/python3',
                           os.path.abspath(__file__), *sys.argv[1:], '--inside'], env=environment, check=False).returncode


if __name__ == '__main__':
    sys.exit(main())
