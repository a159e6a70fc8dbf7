# SPDX-License-Identifier: LGPL-2.1-or-later
"""inputs - domain documents to compare: those of the corpus, such as this host's emulators can be, and mutations of them.

A mutation is mechanical: it knows nothing of what a document means, but takes parts and values from other documents where they
stand in the same place.  Same seed, same mutations.
"""
from __future__ import annotations

import copy
import glob
import os
import random
import re
import xml.etree.ElementTree as ET
from typing import Iterator, NamedTuple, Optional

Element = ET.Element
EMULATOR = {'armv7l': 'arm', 'armv6l': 'arm', 'i686': 'i386'}
# Boards, as a document names them.
BOARDS = (('x86_64', 'pc'), ('x86_64', 'q35'), ('aarch64', 'virt'), ('ppc64', 'pseries'), ('s390x', 's390-ccw-virtio'),
          ('riscv64', 'virt'), ('i686', 'pc'), ('armv7l', 'virt'), ('x86_64', 'microvm'), ('x86_64', 'isapc'))
NUMBERS = ('0', '-1', '1', '7', '31', '32', '255', '256', '65536', '4294967296', '18446744073709551615', '99999999999999999999')
WORDS = ('', 'bogus', 'yes', 'no', 'on', 'off', 'default', 'none', 'auto')
FOLDERS = ('domain-xml2xml', 'domain-xml-stable', 'generic-xml2xml')


class Input(NamedTuple):
    name: str
    xml: str


def arch_of(root: Element) -> str:
    kind = root.find('os/type')
    found = kind.get('arch') if kind is not None else None
    if not found:
        emulator = root.findtext('devices/emulator') or ''
        found = emulator.rpartition('qemu-system-')[2] if 'qemu-system-' in emulator else 'x86_64'
    return {'i386': 'i686', 'arm': 'armv7l', 'armv7l': 'armv7l'}.get(found, found)


class Host:
    """What the machine types and emulators of this host are."""

    def __init__(self, machines: dict[str, set[str]], kvm: bool) -> None:
        self.machines, self.kvm = machines, kvm

    def adapt(self, root: Element) -> bool:
        """Make the document one for this host; False if there is no emulator for it."""
        arch = arch_of(root)
        if arch not in self.machines:
            return False
        if root.get('type') == 'kvm' and not (self.kvm and arch in ('x86_64', 'i686')):
            root.set('type', 'qemu')
        devices = root.find('devices')
        for emulator in devices.findall('emulator') if devices is not None else []:
            emulator.text = f'/usr/bin/qemu-system-{EMULATOR.get(arch, arch)}'
        kind = root.find('os/type')
        machine = kind.get('machine') if kind is not None else None
        if kind is not None and machine and machine not in self.machines[arch]:
            plain = re.sub(r'-\d+\.\d+$', '', machine)
            plain = {'pc-i440fx': 'pc', 'pc-q35': 'q35'}.get(plain, plain)
            if plain in self.machines[arch]:
                kind.set('machine', plain)
        return True


def parse(text: str) -> Optional[Element]:
    try:
        return ET.fromstring(text)
    except ET.ParseError:
        return None


def text_of(root: Element) -> str:
    for prefix, uri in (('qemu', 'http://libvirt.org/schemas/domain/qemu/1.0'),):
        ET.register_namespace(prefix, uri)
    return ET.tostring(root, encoding='unicode')


def corpus_inputs(corpus: str, host: Host) -> list[Input]:
    found = []
    for folder in FOLDERS:
        for path in sorted(glob.glob(f'{corpus}/{folder}/in/*.xml')):
            with open(path, encoding='utf-8') as stream:
                text = stream.read()
            root = parse(text)
            if root is None or root.tag != 'domain' or not host.adapt(root):
                continue
            found.append(Input(f'{folder}/{os.path.basename(path)[:-4]}', text_of(root)))
    return found


class Mutator:
    def __init__(self, inputs: list[Input], host: Host) -> None:
        self.inputs, self.host = inputs, host
        self.attributes: dict[str, dict[str, list[str]]] = {}
        self.texts: dict[str, list[str]] = {}
        self.children: dict[str, dict[str, list[Element]]] = {}
        for one in inputs:
            for path, element in self.walk(ET.fromstring(one.xml)):
                known = self.attributes.setdefault(path, {})
                for name, value in element.attrib.items():
                    values = known.setdefault(name, [])
                    if value not in values:
                        values.append(value)
                if element.text and element.text.strip():
                    self.texts.setdefault(path, []).append(element.text)
                for child in element:
                    self.children.setdefault(path, {}).setdefault(child.tag, []).append(child)
        self.makers = [(self.set_attribute, 10), (self.drop_attribute, 4), (self.odd_value, 4), (self.drop_element, 4),
                       (self.add_element, 8), (self.board, 5), (self.no_addresses, 3), (self.no_controllers, 3),
                       (self.duplicate, 4), (self.merge, 5)]

    @staticmethod
    def walk(root: Element) -> Iterator[tuple[str, Element]]:
        def below(path: str, element: Element) -> Iterator[tuple[str, Element]]:
            yield path, element
            for child in element:
                yield from below(f'{path}/{child.tag}', child)
        return below(root.tag, root)

    def mutations(self, number: int, seed: int) -> Iterator[Input]:
        makers, weights = zip(*self.makers)
        for one in self.inputs:
            for n in range(number):
                rng = random.Random(f'{seed} {n} {one.name}')
                root = ET.fromstring(one.xml)
                labels = []
                for _ in range(rng.choice((1, 1, 1, 2, 3))):
                    label = rng.choices(makers, weights)[0](root, rng)
                    if label:
                        labels.append(label)
                if labels:
                    self.host.adapt(root)
                    yield Input(f'{one.name}#{seed}.{n} {"; ".join(labels)}', text_of(root))

    def places(self, root: Element, rng: random.Random) -> tuple[str, Element]:
        """Devices are where the rules are: a place among them more often than elsewhere."""
        found = [(path, element) for path, element in self.walk(root) if path not in ('domain', 'domain/name', 'domain/uuid')]
        devices = [one for one in found if one[0].startswith('domain/devices/')]
        return rng.choice(devices if devices and rng.random() < 0.6 else found)

    def set_attribute(self, root: Element, rng: random.Random) -> str:
        path, element = self.places(root, rng)
        known = self.attributes.get(path, {})
        if not known:
            if path not in self.texts:
                return ''
            element.text = rng.choice(self.texts[path])
            return f'{path}={element.text}'
        name = rng.choice(sorted(known))
        element.set(name, rng.choice(known[name]))
        return f'{path}@{name}={element.get(name)}'

    def drop_attribute(self, root: Element, rng: random.Random) -> str:
        path, element = self.places(root, rng)
        if not element.attrib:
            return ''
        name = rng.choice(sorted(element.attrib))
        del element.attrib[name]
        return f'no {path}@{name}'

    def odd_value(self, root: Element, rng: random.Random) -> str:
        path, element = self.places(root, rng)
        names: list[Optional[str]] = [*sorted(element.attrib)]
        if element.text and element.text.strip():
            names.append(None)
        if not names:
            return ''
        name = rng.choice(names)
        old = element.text if name is None else element.get(name)
        value = rng.choice(NUMBERS if re.match(r'\s*(0x)?\d+\s*$', old or '') else WORDS)
        if name is None:
            element.text = value
        else:
            element.set(name, value)
        return f'{path}{"@" + name if name else ""}={value}'

    def drop_element(self, root: Element, rng: random.Random) -> str:
        path, element = self.places(root, rng)
        if not len(element):
            return ''
        child = rng.choice(list(element))
        element.remove(child)
        return f'no {path}/{child.tag}'

    def add_element(self, root: Element, rng: random.Random) -> str:
        for _ in range(5):
            path, element = self.places(root, rng)
            if rng.random() < 0.3:
                path, element = 'domain/devices', root.find('devices') or element
            elif rng.random() < 0.2:
                path, element = 'domain', root
            if self.children.get(path) and element.tag == path.rpartition('/')[2]:
                break
        else:
            return ''
        tag = rng.choice(sorted(self.children[path]))
        child = copy.deepcopy(rng.choice(self.children[path][tag]))
        old = element.find(tag)
        if old is not None and path != 'domain/devices' and rng.random() < 0.8:
            element.remove(old)
        element.append(child)
        return f'{path}+{tag}'

    def board(self, root: Element, rng: random.Random) -> str:
        arch, machine = rng.choice([one for one in BOARDS if one[1] in self.host.machines.get(one[0], ())])
        kind = root.find('os/type')
        if kind is None:
            return ''
        kind.set('arch', arch)
        kind.set('machine', machine)
        if rng.random() < 0.7:
            self.no_addresses(root, rng)
            for devices in root.findall('devices'):
                for one in devices.findall('controller'):
                    if one.get('type') == 'pci' or rng.random() < 0.3:
                        devices.remove(one)
        return f'{arch} {machine}'

    def no_addresses(self, root: Element, rng: random.Random) -> str:
        every, count = rng.random() < 0.6, 0
        for devices in root.findall('devices'):
            for device in devices:
                for address in device.findall('address'):
                    if every or rng.random() < 0.4:
                        device.remove(address)
                        count += 1
        return f'{count} addresses less' if count else ''

    def no_controllers(self, root: Element, rng: random.Random) -> str:
        every, count = rng.random() < 0.5, 0
        for devices in root.findall('devices'):
            for one in devices.findall('controller'):
                if every or rng.random() < 0.4:
                    devices.remove(one)
                    count += 1
        return f'{count} controllers less' if count else ''

    def duplicate(self, root: Element, rng: random.Random) -> str:
        devices = root.find('devices')
        if devices is None or not len(devices):
            return ''
        device = rng.choice(list(devices))
        if device.tag in ('emulator', 'memballoon'):
            return ''
        twin = copy.deepcopy(device)
        if rng.random() < 0.7:
            for address in twin.findall('address'):
                twin.remove(address)
        target = twin.find('target')
        if device.tag == 'disk' and target is not None and target.get('dev') and rng.random() < 0.8:
            target.set('dev', target.get('dev', '')[:-1] + rng.choice('bcdefghijk'))
        if 'index' in twin.attrib and rng.random() < 0.7:
            twin.set('index', rng.choice('1234'))
        devices.append(twin)
        return f'{device.tag} twice'

    def merge(self, root: Element, rng: random.Random) -> str:
        other = rng.choice(self.inputs)
        more, devices = ET.fromstring(other.xml).find('devices'), root.find('devices')
        if more is None or devices is None:
            return ''
        have = {one.get('dev') for one in devices.findall('disk/target')}
        strip = rng.random() < 0.7
        for device in more:
            target = device.find('target')
            # One of each is all there can be, and no news.
            if (device.tag in ('emulator', 'memballoon', 'audio') or
                    device.tag == 'disk' and target is not None and target.get('dev') in have or
                    device.tag == 'controller' and any(one.get('type') == device.get('type') and
                                                       one.get('index', '0') == device.get('index', '0')
                                                       for one in devices.findall('controller'))):
                continue
            for address in device.findall('address') if strip else []:
                device.remove(address)
            devices.append(device)
        return f'with {other.name}'
