# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the header templates declare besides functions: constants, types, structs, callbacks."""
from __future__ import annotations

import glob
import os
import re
from dataclasses import dataclass, field


@dataclass
class Constant:
    name: str
    value: str          # number, or the text of a string
    enum: str           # enumeration it belongs to; '' for a macro
    since: str
    doc: str
    sentinel: bool = False  # only there with VIR_ENUM_SENTINELS


@dataclass
class Callback:
    name: str
    ret: str
    params: list[tuple[str, str]]


@dataclass
class Header:
    name: str                                                           # 'libvirt-domain.h'
    constants: list[Constant] = field(default_factory=list)
    strings: list[Constant] = field(default_factory=list)
    typedefs: list[tuple[str, str]] = field(default_factory=list)       # name, type
    callbacks: list[Callback] = field(default_factory=list)
    structs: list[tuple[str, list[tuple[str, str]]]] = field(default_factory=list)


def number(text: str) -> str:
    """'(1 << 3)', '0x1f', '(1U << 31)', '-1' as decimal digits."""
    shift = re.fullmatch(r'\((\d+)U? << (\d+)\)', text)
    return str(int(shift[1]) << int(shift[2])) if shift else str(int(text, 0))


def split_type(text: str) -> tuple[str, str]:
    match = re.fullmatch(r'(.*?[ *])(\w+)((?:\[\w+\])?)', text.strip())
    assert match, text
    return match[1].strip() + match[3], match[2]


def doc_of(comment: str) -> tuple[str, str]:
    """'Since 0.9.0; the text' as version and text."""
    match = re.fullmatch(r'Since ([\d.]+)(?:; (.*))?', comment.strip())
    return (match[1], match[2] or '') if match else ('', comment.strip())


def read(path: str) -> Header:
    with open(path, encoding='utf-8') as stream:
        text = stream.read()
    header = Header(os.path.basename(path).removesuffix('.in'))
    for match in re.finditer(r'typedef enum \{(.*?)\} (\w+);', text, flags=re.S):
        for line in re.finditer(r'(#ifdef VIR_ENUM_SENTINELS\s+)?(VIR_\w+) = (.+?),\s*/\* (.*?) \*/', match[1], flags=re.S):
            since, doc = doc_of(re.sub(r'\s+', ' ', line[4]))
            header.constants.append(Constant(line[2], number(line[3]), match[2], since, doc, bool(line[1])))
        header.typedefs.append((match[2], 'enum'))
    for match in re.finditer(r'^#define (VIR_\w+) "(.*)" /\* ((?:[^*]|\*(?!/))*) \*/', text, flags=re.M):
        since, doc = doc_of(re.sub(r'\s+', ' ', match[3]))
        header.strings.append(Constant(match[1], match[2], '', since, doc))
    for match in re.finditer(r'^typedef ([^({]+?[ *])(\w+);', text, flags=re.M):
        header.typedefs.append((match[2], match[1].strip()))
    for match in re.finditer(r'^typedef ([^;({]+?)\(\*(\w+)\)\(([^)]*)\);', text, flags=re.M):
        params = re.sub(r'\s+', ' ', match[3])
        pairs = [] if params == 'void' else [split_type(p) for p in params.split(',')]
        header.callbacks.append(Callback(match[2], match[1].strip(), pairs))
    for match in re.finditer(r'^struct (_\w+) \{.*?\n(.*?)^\};', text, flags=re.M | re.S):
        body = re.sub(r'/\*.*?\*/|^#.*$| VIR_DEPRECATED', '', match[2], flags=re.M | re.S)
        body = re.sub(r'union \{.*?\} (\w+);', r'union \1;', body, flags=re.S)
        header.structs.append((match[1], [split_type(m) for m in body.split(';') if m.strip()]))
    return header


def read_all(folder: str) -> list[Header]:
    return [read(path) for path in sorted(glob.glob(os.path.join(folder, '*.h.in')))]
