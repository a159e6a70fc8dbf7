# SPDX-License-Identifier: LGPL-2.1-or-later
"""compare - what differs between two answers, as short lines that do not name the document: of the same kind, the same line."""
from __future__ import annotations

import difflib
import re
import xml.etree.ElementTree as ET
from typing import Iterator, Optional

Element = ET.Element
# What tells two devices apart, and is worth naming.
TELLING = ('type', 'model', 'device', 'bus', 'name', 'mode', 'feature', 'policy')


def canonical(element: Element) -> str:
    inner = ''.join(canonical(child) for child in element)
    attributes = ''.join(f' {name}={value!r}' for name, value in sorted(element.attrib.items()))
    return f'<{element.tag}{attributes}>{(element.text or "").strip()}{inner}</>'


def label(element: Element) -> str:
    if element.tag == 'domain':
        return 'domain'
    words = [f'{name}={element.get(name)}' for name in TELLING
             if element.get(name) and not re.search(r'[/\d]{3}', element.get(name, ''))]
    return element.tag + (f'[{",".join(words)}]' if words else '')


def value_of(text: str) -> str:
    """Numbers, paths and names are many; words few."""
    if re.fullmatch(r'(0x[0-9a-fA-F]+|-?\d+)', text):
        return 'N'
    return text if re.fullmatch(r'[A-Za-z][\w.+-]{0,30}', text) else '...'


class Given:
    """What a document said, to tell what is made up from what is only kept."""

    def __init__(self, root: Element) -> None:
        self.attributes = {(e.tag, name, value) for e in root.iter() for name, value in e.attrib.items()}
        self.children = {(e.tag, child.tag) for e in root.iter() for child in e}


def differences(stock: Element, ours: Element, path: str = '', given: Optional[Given] = None) -> Iterator[str]:
    path += '/' + label(stock)
    for name in sorted(stock.attrib.keys() | ours.attrib.keys()):
        one, other = stock.get(name), ours.get(name)
        if one is None:
            kept = given is not None and (ours.tag, name, other) in given.attributes
            yield f'{path}@{name}: we {"keep" if kept else "add"} {value_of(other or "")}'
        elif other is None:
            yield f'{path}@{name}: we lack {value_of(one)}'
        elif one != other:
            yield f'{path}@{name}: {value_of(one)} there, {value_of(other)} here'
    one, other = (stock.text or '').strip(), (ours.text or '').strip()
    if one != other:
        yield f'{path}: text {value_of(one)} there, {value_of(other)} here'
    left, right = list(stock), list(ours)
    matcher = difflib.SequenceMatcher(None, [canonical(c) for c in left], [canonical(c) for c in right], autojunk=False)
    lost: list[Element] = []
    found: list[Element] = []
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind != 'equal':
            lost += left[i1:i2]
            found += right[j1:j2]
    order = sorted(map(canonical, lost)) == sorted(map(canonical, found))
    if order and lost:
        yield f'{path}: order of {",".join(sorted({one.tag for one in lost}))}'
        return
    for child in list(lost):
        twin = next((one for one in found if canonical(one) == canonical(child)), None)
        if twin is not None:
            lost.remove(child)
            found.remove(twin)
    for child in lost:
        for same in (lambda a, b: a.tag == b.tag and a.get('type') == b.get('type') and a.get('index') == b.get('index')
                     and a.get('name') == b.get('name') and identity(a) == identity(b),
                     lambda a, b: a.tag == b.tag):
            twin = next((one for one in found if same(child, one)), None)
            if twin is not None:
                break
        if twin is None:
            yield f'{path}: we lack {label(child)}'
        else:
            found.remove(twin)
            yield from differences(child, twin, path, given)
    for child in found:
        kept = given is not None and stock.find(child.tag) is None and (stock.tag, child.tag) in given.children
        yield f'{path}: we {"keep" if kept else "add"} {label(child)}'


def identity(element: Element) -> str:
    """A device of which only other things changed."""
    return ''.join(canonical(child) for child in element if child.tag in ('target', 'source', 'mac') and element.tag == 'disk')


def generalized(message: str) -> str:
    """A message without the names and numbers of one document."""
    message = re.sub(r"'[^']*'", "'X'", message)
    message = re.sub(r'"[^"]*"', '"X"', message)
    message = re.sub(r'/[\w./+-]+', '/X', message)
    return re.sub(r'\b(0x[0-9a-fA-F]+|[0-9a-fA-F]*\d[0-9a-fA-F:]*)\b', 'N', message)


def scrub(text: str, given: str) -> str:
    """Without what was thrown with dice: MAC addresses and UUIDs that the document did not give."""
    text = re.sub(r"52:54:00(:[0-9a-f]{2}){3}", lambda m: m[0] if m[0] in given.lower() else 'MAC', text)
    return re.sub(r'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', lambda m: m[0] if m[0] in given.lower() else 'UUID', text)
