#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Nothing is lost: parse, format, parse is stable; what nobody knows is kept, and named under VALIDATE.

Arguments: document-tool.  For each kind of document, over all files of the corpus that are one:
formatting what was formatted changes nothing; an element and an attribute that no row knows, put into every element,
come back where they were; with VALIDATE they are errors that name the line; a misspelt attribute is an
error that says what was perhaps meant.  Speaks TAP.
"""
from __future__ import annotations

import random
import re
import sys
from typing import Optional
from xml.etree import ElementTree

from documents import (FORMAT_SECURE, FORMAT_STATUS, PARSE_NO_CHECK, PARSE_STATUS, PARSE_STRICT, Tool, files_by_root)

STRUCTS = {
    'capabilities': 'Capabilities', 'domain': 'Domain', 'domainbackup': 'Backup', 'domaincheckpoint': 'Checkpoint',
    'domainsnapshot': 'Snapshot', 'domainCapabilities': 'DomainCaps', 'interface': 'HostInterface', 'network': 'Network',
    'networkport': 'NetworkPort', 'device': 'NodeDevice', 'filter': 'NwFilter', 'filterbinding': 'NwFilterBinding',
    'secret': 'Secret', 'pool': 'StoragePool', 'storagepoolCapabilities': 'StoragePoolCaps', 'volume': 'StorageVolume',
    'domstatus': 'DomainStatus', 'networkstatus': 'NetworkStatus', 'disk': 'Disk', 'cpu': 'Cpu',
}
START = re.compile(r'''<([A-Za-z][\w:.-]*)((?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(/?)>''')
KEPT_WHOLE = re.compile(r'<(metadata|cookie|cookies)\b.*?</\1>|<!--.*?-->|<!\[CDATA.*?\]\]>|<\?.*?\?>', re.S)
# A row that is there but does not apply is left out, with what it has.
DO_NOT_APPLY = {'bootloader_args', 'commandline'}
ATTRIBUTE = re.compile(r"""(<([a-zA-Z][\w-]*)(?:\s[^<>]*?)?\s)([a-zA-Z_]{4,})(=(['"])[^'"<>]*\5)""")


def misspell(word: str) -> str:
    return word[0] + word[2] + word[1] + word[3:]


class Kind:
    """The tests of one kind of document."""

    def __init__(self, tool: Tool, root: str, paths: list[str]):
        self.tool, self.root, self.struct, self.paths = tool, root, STRUCTS[root], paths
        # the corpus has disks of running guests, and snapshots and backups as daemons keep them
        status = root.endswith('status') or root in ('disk', 'domainsnapshot', 'domainbackup')
        self.parse = PARSE_NO_CHECK | (PARSE_STATUS if status else 0)
        self.form = FORMAT_SECURE | (FORMAT_STATUS if status else 0)
        self.problems: list[str] = []
        self.texts: list[tuple[str, str]] = []     # path, text that VALIDATE accepts

    def ask(self, text: str, more: int = 0) -> tuple[int, str, str]:
        return self.tool.ask(self.struct, text, self.parse | more, self.form)

    def stable(self) -> int:
        good = 0
        for path in self.paths:
            with open(path, encoding='utf-8', errors='replace') as f:
                text = f.read()
            status, first, second = self.tool.ask(self.struct, text, self.parse & ~PARSE_NO_CHECK, self.form)
            if status == -1:
                status, first, second = self.ask(text)
            if status == -2 or not status and first != second:
                self.problems.append(f'{path} is not stable: {first if status else ""}')
            good += not status
            if not status and not self.ask(text, PARSE_STRICT)[0]:
                self.texts.append((path, text))
        return good

    def expect(self, path: str, text: str, pattern: str) -> None:
        status, answer, _ = self.ask(text, PARSE_STRICT)
        if not status or not re.match(pattern, answer):
            self.problems.append(f'{path}: {answer.splitlines()[0] if status else "accepted"}, not {pattern}')

    def unknown(self) -> None:
        """An unknown element before the end, an unknown attribute on the root."""
        for path, text in self.texts[:40]:
            end = text.rindex('</' + self.root) if '</' + self.root in text else -1
            start = re.search(rf'<{self.root}\b', text)
            if end < 0 or not start:
                continue
            with_element = text[:end] + "<novel a='1'>x<b/></novel>" + text[end:]
            with_attribute = text[:start.end()] + " novel='1'" + text[start.end():]
            for changed, kept in ((with_element, r'<novel a="1">x<b/></novel>'), (with_attribute, " novel='1'")):
                status, first, _ = self.ask(changed)
                if status or kept not in first:
                    self.problems.append(f'{path}: {kept} was lost')
            line = text[:end].count('\n') + 1
            self.expect(path, with_element, rf'unknown element <novel> in <{self.root}> \(line {line}\)')
            line = with_attribute[:with_attribute.index('>', start.end())].count('\n') + 1
            self.expect(path, with_attribute, rf"unknown attribute 'novel' of <{self.root}> \(line {line}\)")

    def everywhere(self) -> int:
        """An unknown attribute on every element, an unknown element in all that have content: what is lost?"""
        put = 0
        for path in self.paths:
            with open(path, encoding='utf-8', errors='replace') as f:
                text = f.read()
            if self.ask(text)[0]:
                continue
            bare = KEPT_WHOLE.sub(lambda m: ' ' * len(m[0]), text)
            names, parts, at = [], [], 0
            for m in START.finditer(bare):
                parts += [text[at:m.end(2)], f" novel='{len(names)}'", text[m.end(2):m.end()],
                          '' if m[3] else f"<novel n='{len(names)}'/>"]
                at = m.end()
                names.append((m[1].split(':')[-1], not m[3]))
            status, out, _ = self.ask(''.join(parts) + text[at:])
            if status:
                self.problems.append(f'{path}: {out}')
                continue
            attributes, elements = self.novel(out)
            for n, (name, has_content) in enumerate(names):
                put += 1
                if name not in DO_NOT_APPLY and (attributes.get(n) != name or (has_content and elements.get(n) != name)):
                    self.problems.append(f'{path}: of element {n}, <{name}>, what was unknown is on {attributes.get(n)} and '
                                         f'in {elements.get(n)}')
        return put

    @staticmethod
    def novel(text: str) -> tuple[dict[int, str], dict[int, str]]:
        attributes, elements = {}, {}
        for element in ElementTree.fromstring(text).iter():
            name = element.tag.split('}')[-1]
            if name != 'novel' and 'novel' in element.attrib:
                attributes[int(element.attrib['novel'])] = name
            elements.update({int(inner.attrib['n']): name for inner in element if inner.tag == 'novel'})
        return attributes, elements

    def misspelt(self, rng: random.Random) -> int:
        done = 0
        for path, text in self.texts[:200]:
            bare = re.sub(r'<(metadata|cookie|cookies)\b.*?</\1>|<!--.*?-->', lambda m: ' ' * len(m[0]), text, flags=re.S)
            # Without its type an element has other content, of which the first complaint may be.
            found = [m for m in ATTRIBUTE.finditer(bare) if misspell(m[3]) != m[3] and m[3] not in ('xmlns', 'type')]
            m: Optional[re.Match[str]] = rng.choice(found) if found else None
            if not m:
                continue
            wrong = misspell(m[3])
            self.expect(path, text[:m.start(3)] + wrong + text[m.end(3):],
                        rf"unknown attribute '{wrong}' of <{m[2]}> \(line \d+\); did you mean '{m[3]}'\?|"
                        rf"Missing required attribute '{m[3]}' in element '{m[2]}' \(line \d+\); "
                        rf"is it the one called '{wrong}'\?")
            done += 1
        return done


def main(argv: list[str]) -> int:
    tool, rng, failed, files = Tool(argv[1]), random.Random(4), False, files_by_root()
    print(f'1..{len(STRUCTS)}')
    for n, root in enumerate(STRUCTS, 1):
        kind = Kind(tool, root, files.get(root, []))
        good = kind.stable()
        kind.unknown()
        put = kind.everywhere()
        words = kind.misspelt(rng)
        failed = failed or bool(kind.problems)
        print(('not ok' if kind.problems else 'ok') + f' {n} {root}: {good} of {len(kind.paths)} documents stable, '
              f'{len(kind.texts)} valid, {words} misspelt, {put} elements with what nobody knows'
              + ''.join(f'\n# {p}' for p in kind.problems))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv))
