#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""asker - what one libvirt makes of documents: reads a question a line (JSON), answers with a line.

    asker.py URI

Which library it is, LD_LIBRARY_PATH says.  A question has a kind, the document, and what the kind needs beside it; the answer
is the descriptions by name, or the error's code and message.
"""
from __future__ import annotations

import json
import sys
from typing import Any, Callable

import libvirt

Answer = dict[str, Any]
GUEST = ('<domain type="test"><name>guest</name><uuid>{}</uuid><memory>8192</memory>'
         '<os><type>hvm</type></os><devices>{}</devices></domain>')
DISKS = ''.join(f'<disk type="file" device="disk"><driver name="qemu" type="qcow2"/><source file="/images/{name}.qcow2"/>'
                f'<target dev="{name}" bus="{bus}"/></disk>'
                for name, bus in (('hda', 'ide'), ('hdb', 'ide'), ('vda', 'virtio'), ('vdb', 'virtio')))
UUID = '9d37b878-a7cc-9f9a-b78f-49b3abad25a8'
REDEFINE = 1


def loaded_library() -> str:
    with open('/proc/self/maps', encoding='ascii') as maps:
        return next(line.split()[-1] for line in maps if '/libvirt.so.0' in line)


class Asker:
    def __init__(self, uri: str) -> None:
        libvirt.registerErrorHandler(lambda *args: None, None)
        self.uri = uri
        self.conn = libvirt.open(uri)
        self.clean()

    def clean(self) -> None:
        """Nothing that was there may be in the way of a document."""
        if not self.uri.startswith('test:'):
            return
        for every in (self.conn.listAllDomains, self.conn.listAllNetworks, self.conn.listAllStoragePools):
            for one in every():
                if one.isActive():
                    one.destroy()
                if one.isPersistent():
                    one.undefine()
        for one in self.conn.listAllInterfaces():
            if one.isActive():
                one.destroy()
            one.undefine()

    def ask(self, question: Answer) -> Answer:
        try:
            answer: Answer = getattr(self, question['kind'].replace('-', '_'))(question)
            return answer
        except libvirt.libvirtError as error:
            return {'code': error.get_error_code(), 'message': error.get_error_message()}

    @staticmethod
    def forms(describe: Callable[[int], str], forms: dict[str, int]) -> Answer:
        out: Answer = {}
        for name, flags in forms.items():
            try:
                out[name] = describe(flags)
            except libvirt.libvirtError as error:
                out[name] = 'error: ' + error.get_error_message()
        return out

    # ---- networks ----

    def network(self, question: Answer) -> Answer:
        net = self.conn.networkDefineXML(question['xml'])
        try:
            return self.forms(net.XMLDesc, {'plain': 0, 'inactive': 1})
        finally:
            net.undefine()

    def network_create(self, question: Answer) -> Answer:
        net = self.conn.networkCreateXML(question['xml'])
        try:
            return self.forms(net.XMLDesc, {'plain': 0})
        finally:
            net.destroy()

    def network_update(self, question: Answer) -> Answer:
        net = self.conn.networkDefineXML(question['base'])
        try:
            # The bindings send command and section as newer daemons want them.
            net.update(question['command'], question['section'], question['parent'], question['xml'], 2)
            return self.forms(net.XMLDesc, {'plain': 0})
        finally:
            net.undefine()

    # ---- storage ----

    def pool(self, question: Answer) -> Answer:
        pool = self.conn.storagePoolDefineXML(question['xml'])
        try:
            return self.forms(pool.XMLDesc, {'plain': 0, 'inactive': 1})
        finally:
            pool.undefine()

    def volume(self, question: Answer) -> Answer:
        pool = self.conn.storagePoolDefineXML(question['base'])
        try:
            pool.create()
            try:
                if question.get('from'):
                    origin = pool.createXML(question['from'])
                    volume = pool.createXMLFrom(question['xml'], origin)
                else:
                    volume = pool.createXML(question['xml'])
                return self.forms(volume.XMLDesc, {'plain': 0})
            finally:
                for one in pool.listAllVolumes():
                    one.delete()
                pool.destroy()
        finally:
            pool.undefine()

    # ---- the rest of a host ----

    def interface(self, question: Answer) -> Answer:
        iface = self.conn.interfaceDefineXML(question['xml'])
        try:
            return self.forms(iface.XMLDesc, {'plain': 0, 'inactive': 1})
        finally:
            iface.undefine()

    def nodedev(self, question: Answer) -> Answer:
        device = self.conn.nodeDeviceCreateXML(question['xml'])
        try:
            return self.forms(device.XMLDesc, {'plain': 0})
        finally:
            device.destroy()

    def secret(self, question: Answer) -> Answer:
        secret = self.conn.secretDefineXML(question['xml'])
        try:
            return self.forms(secret.XMLDesc, {'plain': 0})
        finally:
            secret.undefine()

    def nwfilter(self, question: Answer) -> Answer:
        one = self.conn.nwfilterDefineXML(question['xml'])
        try:
            return self.forms(one.XMLDesc, {'plain': 0})
        finally:
            one.undefine()

    # ---- guests ----

    def domain(self, question: Answer) -> Answer:
        dom = self.conn.defineXMLFlags(question['xml'], question.get('flags', 0))
        try:
            return self.forms(dom.XMLDesc, {'plain': 0, 'secure': 1, 'inactive': 2, 'migratable': 8})
        finally:
            dom.undefine()

    def guest(self, question: Answer) -> Any:
        return self.conn.defineXML(GUEST.format(question.get('uuid', UUID), DISKS))

    def snapshot(self, question: Answer) -> Answer:
        dom = self.guest(question)
        try:
            snap = dom.snapshotCreateXML(question['xml'], question.get('flags', 0))
            try:
                return self.forms(snap.getXMLDesc, {'plain': 0, 'secure': 1})
            finally:
                for one in dom.listAllSnapshots():
                    one.delete(2)
        finally:
            self.drop(dom)

    def checkpoint(self, question: Answer) -> Answer:
        dom = self.guest(question)
        try:
            if not question.get('flags', 0):
                dom.create()
            check = dom.checkpointCreateXML(question['xml'], question.get('flags', 0))
            try:
                return self.forms(check.getXMLDesc, {'plain': 0, 'secure': 1, 'no-domain': 2})
            finally:
                for one in dom.listAllCheckpoints():
                    one.delete(2)
        finally:
            self.drop(dom)

    @staticmethod
    def drop(dom: Any) -> None:
        if dom.isActive():
            dom.destroy()
        dom.undefineFlags(2)


def main() -> int:
    asker = Asker(sys.argv[1])
    print(json.dumps({'library': loaded_library()}), flush=True)
    for line in sys.stdin:
        print(json.dumps(asker.ask(json.loads(line))), flush=True)
    return 0


if __name__ == '__main__':
    sys.exit(main())
