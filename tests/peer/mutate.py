# SPDX-License-Identifier: LGPL-2.1-or-later
"""mutate - documents with one thing changed, mechanically: what a document means is not known here.

Parts go, come twice and change places; values become those of other documents at the same place, empty, spaced, of other
case, out of range, written otherwise.  All of them are listed; a sample is by seed.
"""
from __future__ import annotations

import copy
import random
import re
import xml.etree.ElementTree as ET
from typing import Callable, Iterator, Optional

Element = ET.Element
Change = tuple[str, Callable[[Element], None]]
NUMBERS = ('0', '-1', '1', '+7', '007', '0x1f', '1.5', '5k', ' 9 ', '255', '256', '4095', '4096', '65535', '65536',
           '4294967295', '4294967296', '9223372036854775808', '18446744073709551615', '99999999999999999999')
WORDS = ('', ' ', 'bogus', 'yes', 'no', 'on', 'off', 'default', 'none', 'auto', 'YES')
ADDRESSES = ('', '10.0.0.1', '10.0.0.0', '010.0.0.1', '10.1', '256.1.1.1', '0.0.0.0', '255.255.255.255', '224.0.0.1', '127.0.0.1',
             'fd00::1', 'FD00:0:0:0:0:0:0:1', '::', '::1', 'ff02::1', '::ffff:1.2.3.4', 'fe80::1', 'fd00::1%eth0', ' 10.0.0.1')
MACS = ('', '52:54:00:aa:bb:cc', '52-54-00-aa-bb-cc', '52:54:0:a:b:c', '525400aabbcc', '52:54:00:AA:BB:CC', '01:00:5e:00:00:01',
        'ff:ff:ff:ff:ff:ff', '00:00:00:00:00:00', '52:54:00:aa:bb', '52:54:00:aa:bb:cc:dd')
UUIDS = ('', '9d37b878a7cc9f9ab78f49b3abad25a8', '9D37B878-A7CC-9F9A-B78F-49B3ABAD25A8', '9d37b878-a7cc', 'bogus',
         '00000000-0000-0000-0000-000000000000', ' 9d37b878-a7cc-9f9a-b78f-49b3abad25a8 ')
UNITS = ('', 'B', 'bytes', 'b', 'KB', 'k', 'K', 'KiB', 'kib', 'M', 'G', 'TB', 'PiB', 'E', 'Z', 'bogus')


def walk(element: Element, path: str = '') -> Iterator[tuple[str, Element]]:
    path = f'{path}/{element.tag}' if path else element.tag
    yield path, element
    for child in element:
        yield from walk(child, path)


def odd_values(name: str, value: str) -> tuple[str, ...]:
    if name == 'unit':
        return UNITS
    if re.fullmatch(r'\s*(0x[0-9a-fA-F]+|[-+]?\d+)\s*', value):
        return NUMBERS
    if re.fullmatch(r'([0-9a-fA-F]{1,2}[:-]){5}[0-9a-fA-F]{1,2}', value):
        return MACS
    if re.fullmatch(r'(\d+\.){3}\d+|[0-9a-fA-F:]*::[0-9a-fA-F:]*', value):
        return ADDRESSES
    if name == 'uuid' or re.fullmatch(r'[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}', value):
        return UUIDS
    return WORDS + (value.upper(), f' {value}', f'{value} ', f'{value}\n', value + '/', '/' + value, value * 40)


class Mutator:
    """@texts: the documents of one kind, from which parts and values are taken."""

    def __init__(self, texts: list[str]) -> None:
        self.values: dict[str, dict[str, list[str]]] = {}
        self.children: dict[str, dict[str, list[Element]]] = {}
        for text in texts:
            try:
                root = ET.fromstring(text)
            except ET.ParseError:
                continue
            for path, element in walk(root):
                known = self.values.setdefault(path, {})
                for name, value in (*element.attrib.items(), ('', (element.text or '').strip())):
                    if value not in known.setdefault(name, []):
                        known[name].append(value)
                for child in element:
                    self.children.setdefault(path, {}).setdefault(child.tag, []).append(child)

    def changes(self, root: Element) -> Iterator[Change]:
        """Each is applied to a copy; elements are named by their place in document order."""
        for n, (path, element) in enumerate(walk(root)):
            for i, child in enumerate(element):
                yield f'no {path}/{child.tag}', lambda r, n=n, i=i: self.at(r, n).remove(self.at(r, n)[i])
                yield f'twice {path}/{child.tag}', lambda r, n=n, i=i: self.at(r, n).append(copy.deepcopy(self.at(r, n)[i]))
                if i + 1 < len(element):
                    yield f'last {path}/{child.tag}', lambda r, n=n, i=i: self.move(self.at(r, n), i)
            for tag, twins in self.children.get(path, {}).items():
                for m in sorted({0, len(twins) // 2, len(twins) - 1}):
                    yield f'add {path}/{tag}', lambda r, n=n, child=twins[m]: self.at(r, n).append(copy.deepcopy(child))
            known = self.values.get(path, {})
            for name in sorted(known):
                old = (element.text or '').strip() if not name else element.get(name)
                if name and old is not None:
                    yield f'no {path}@{name}', lambda r, n=n, name=name: self.set(r, n, name, None)
                values = list(known[name][:12])
                if old:
                    values += odd_values(name or element.tag, old)
                elif not name and len(element):
                    continue
                for value in dict.fromkeys(values):
                    if value != old and (value or name):
                        yield (f'{path}{"@" + name if name else ""}={value!r}',
                               lambda r, n=n, name=name, value=value: self.set(r, n, name, value))

    @staticmethod
    def at(root: Element, n: int) -> Element:
        return next(element for i, (_, element) in enumerate(walk(root)) if i == n)

    def set(self, root: Element, n: int, name: str, value: Optional[str]) -> None:
        element = self.at(root, n)
        if not name:
            element.text = value
        elif value is None:
            del element.attrib[name]
        else:
            element.set(name, value)

    @staticmethod
    def move(element: Element, i: int) -> None:
        child = element[i]
        element.remove(child)
        element.append(child)

    def mutations(self, text: str, number: int, seed: str) -> Iterator[tuple[str, str]]:
        """(what was changed, the document): all, or @number of them."""
        try:
            root = ET.fromstring(text)
        except ET.ParseError:
            return
        every = list(self.changes(root))
        rng = random.Random(seed)
        for label, change in every if number >= len(every) else rng.sample(every, number):
            twin = copy.deepcopy(root)
            change(twin)
            yield label, ET.tostring(twin, encoding='unicode')
