#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Turn the CPU map into C tables.

    cpumap.py OUT.c DEPFILE INDEX.xml

A feature of x86 is one bit of a CPUID leaf or MSR, and its place in the map is its number; a model is a set of numbers.
Other architectures are names with the identification registers that mean them.
"""
from __future__ import annotations

import os
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field

WORDS = 8  # CPU_MAP_WORDS
REGISTERS = ['eax', 'ebx', 'ecx', 'edx']
Element = ElementTree.Element


class MapError(Exception):
    """A mistake in the map; the text is FILE: MESSAGE."""


@dataclass
class Model:
    """A model of x86; a model made from another begins as a copy."""
    name: str
    vendor: str = ''
    signatures: list[tuple[int, int, int, int]] = field(default_factory=list)
    features: dict[str, list[int]] = field(default_factory=lambda: {'has': [], 'added': [], 'removed': []})
    host: bool = True
    guest: bool = True
    frozen: bool = False
    base: str = ''


def number(element: Element, name: str, default: str = '0') -> int:
    return int(element.get(name, default), 0)


def quote(text: str) -> str:
    return f'"{text}"' if text else 'NULL'


class Emitter:
    """Reads one index and collects the text of the tables."""

    def __init__(self, index: str) -> None:
        self.index = index
        self.files = [index]
        self.out: list[str] = []

    def read(self, arch: str) -> list[tuple[str, Element]]:
        """The elements of the files of @arch, in their order."""
        found: list[tuple[str, Element]] = []
        top = ElementTree.parse(self.index).getroot().find(f"arch[@name='{arch}']")
        for include in top.iter('include') if top is not None else []:
            path = os.path.join(os.path.dirname(self.index), include.get('filename', ''))
            self.files.append(path)
            found += [(path, element) for element in ElementTree.parse(path).getroot()]
        return found

    def names(self, what: str, rows: list[str], kind: str) -> None:
        body = '\n'.join('    ' + row for row in rows)
        self.out.append(f'const {kind} cpu_map_{what}[] = {{\n{body}\n}};\nconst size_t cpu_map_n_{what} = {len(rows)};\n')

    def x86(self) -> None:
        rows, numbers, vendors = [], {}, []
        models: dict[str, Model] = {}
        for path, element in self.read('x86'):
            name = element.get('name', '')
            if element.tag == 'vendor':
                vendors.append(f'{{ {quote(name)}, {quote(element.get("string", ""))}, 0 }},')
            elif element.tag == 'feature':
                numbers[name] = len(rows)
                rows.append(self.feature(path, element))
            elif element.tag == 'model':
                models[name] = self.model(path, element, models, numbers)
            else:
                raise MapError(f'{path}: unknown element <{element.tag}>')
        if len(rows) > WORDS * 64:
            raise MapError(f'{self.index}: {len(rows)} features do not fit; raise CPU_MAP_WORDS')
        self.names('x86_vendors', vendors, 'CpuMapVendor')
        self.names('x86_features', rows, 'CpuMapFeature')
        self.names('x86_models', [self.model_row(model) for model in models.values()], 'CpuMapX86Model')

    @staticmethod
    def feature(path: str, element: Element) -> str:
        bits = []
        for place in [child for child in element if child.tag in ('cpuid', 'msr')]:
            msr = place.tag == 'msr'
            leaf = number(place, 'index') if msr else number(place, 'eax_in')
            for at, register in enumerate(REGISTERS):
                value = number(place, register)
                bits += [(leaf, number(place, 'ecx_in'), at, bit, msr) for bit in range(32) if value >> bit & 1]
        if len(bits) != 1:
            raise MapError(f'{path}: feature {element.get("name")} has {len(bits)} bits, expected one')
        aliases = [quote(alias.get('name', '')) for alias in element.findall('alias') if alias.get('source') == 'qemu']
        if len(aliases) > 3:
            raise MapError(f'{path}: feature {element.get("name")} has too many aliases')
        leaf, sub, at, bit, msr = bits[0]
        stays = element.get('migratable') != 'no'
        names = f'{quote(element.get("name", ""))}, {{ {", ".join(aliases) or "NULL"} }}'
        return f'{{ {names}, {leaf:#x}, {sub}, {at}, {bit}, {str(msr).lower()}, {str(stays).lower()} }},'

    @staticmethod
    def model(path: str, element: Element, models: dict[str, Model], numbers: dict[str, int]) -> Model:
        model = Model(element.get('name', ''))
        base = element.find('model')
        if base is not None:
            old = models[base.get('name', '')]
            model = Model(model.name, old.vendor, list(old.signatures),
                          {key: list(value) for key, value in old.features.items()}, base=old.name)
        vendor = element.find('vendor')
        if vendor is not None:
            model.vendor = vendor.get('name', '')
        if element.find('signature') is not None:
            model.signatures = []
        for signature in element.findall('signature'):
            steps = signature.get('stepping', '0-255').split('-')
            model.signatures.append((number(signature, 'family'), number(signature, 'model'),
                                     int(steps[0]), int(steps[-1])))
        decode = element.find('decode')
        if decode is not None:
            model.host, model.guest = decode.get('host') == 'on', decode.get('guest') == 'on'
        check = element.find('check')
        model.frozen = check is not None and check.get('partial') == 'compat'
        for feature in element.findall('feature'):
            name = feature.get('name', '')
            if name not in numbers:
                raise MapError(f'{path}: unknown feature {name}')
            key = next((key for key in ('added', 'removed') if feature.get(key) == 'yes'), 'has')
            model.features[key].append(numbers[name])
        return model

    @staticmethod
    def model_row(model: Model) -> str:
        sets = []
        for key in ('has', 'added', 'removed'):
            words = [sum(1 << bit % 64 for bit in model.features[key] if bit // 64 == word) for word in range(WORDS)]
            while words and not words[-1]:
                words.pop()
            sets.append('{{ ' + ', '.join(f'{word:#x}' for word in words or [0]) + ' }}')
        signatures = ', '.join('{ %d, %d, %d, %d }' % signature for signature in model.signatures)
        return (f'{{ {quote(model.name)}, {quote(model.vendor)}, {quote(model.base)}, {str(model.host).lower()}, '
                f'{str(model.guest).lower()}, {str(model.frozen).lower()},\n      {len(model.signatures)}, '
                f'{{ {signatures or "{ 0 }"} }},\n      {", ".join(sets)} }},')

    def other(self, arch: str) -> None:
        vendors, features, models = [], [], []
        for path, element in self.read(arch):
            name = quote(element.get('name', ''))
            if element.tag == 'vendor':
                vendors.append(f'{{ {name}, NULL, {number(element, "value"):#x} }},')
            elif element.tag == 'feature':
                features.append(name + ',')
            elif element.tag == 'model':
                vendor = element.find('vendor')
                pvrs = [f'{{ {number(pvr, "value"):#x}, {number(pvr, "mask", "0xffffffff"):#x} }}'
                        for pvr in element.findall('pvr')]
                maker = quote(vendor.get('name', '') if vendor is not None else '')
                models.append(f'{{ {name}, {maker}, {len(pvrs)}, {{ {", ".join(pvrs)} }} }},')
            else:
                raise MapError(f'{path}: unknown element <{element.tag}>')
        self.names(f'{arch}_vendors', vendors, 'CpuMapVendor')
        if features:
            self.names(f'{arch}_features', features, 'char *const')
        self.names(f'{arch}_models', models, 'CpuMapPvrModel')


def main(out: str, depfile: str, index: str) -> int:
    emitter = Emitter(index)
    try:
        emitter.x86()
        emitter.other('ppc64')
        emitter.other('arm')
    except (MapError, ElementTree.ParseError, KeyError, ValueError) as problem:
        print(f'cpumap.py: {problem}', file=sys.stderr)
        return 1
    with open(out, 'w', encoding='utf-8') as file:
        file.write('/* SPDX-License-Identifier: LGPL-2.1-or-later */\n/* Made by cpumap.py; see map/README.rst. */\n'
                   '#include "drivers/conf/cpu/cpu_map.h"\n\n' + '\n'.join(emitter.out))
    with open(depfile, 'w', encoding='utf-8') as file:
        file.write(f'{out}: {" ".join(emitter.files)}\n')
    return 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
