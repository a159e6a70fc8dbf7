# SPDX-License-Identifier: LGPL-2.1-or-later
"""Debian's virt-install, virt-clone and virt-xml, and their polling of objects, on our library.

Over the wire they run as the commands that they are.  In process they run inside this program, so that the
node they change is the one that is looked at.  A connection of our own keeps the node from beginning anew.
"""
from __future__ import annotations

import contextlib
import importlib
import io
import os
import sys
import xml.etree.ElementTree as ET
from typing import Any

from rig import DIR, NODE, URI, WAY, case, equal, holds, main, run, skip_all

try:
    import libvirt
    sys.path.insert(0, '/usr/share/virt-manager')
    from virtinst import VirtinstConnection, cli, pollhelpers
except (ImportError, ValueError) as error:
    skip_all(f'virtinst is not installed: {error}')

libvirt.registerErrorHandler(lambda _context, _error: None, None)
conn = libvirt.open(URI)
node = libvirt.open(NODE)
QUICK = ('--osinfo', 'generic', '--noautoconsole', '--memory', '64')
MODULES = {'virt-install': 'virtinstall', 'virt-clone': 'virtclone', 'virt-xml': 'virtxml'}


def tool(name: str, *args: str, status: int = 0, uri: str = URI) -> str:
    """What the program says; @status is what it must end with."""
    if WAY != 'local':
        return run(f'/usr/bin/{name}', '--connect', uri, *args, status=status)
    module: Any = importlib.import_module(f'virtinst.{MODULES[name]}')
    shared = VirtinstConnection(uri)
    shared._libvirtconn = conn if uri == URI else node  # pylint: disable=protected-access
    said = io.StringIO()
    sys.argv = [name, '--connect', uri, *args]
    ended: Any = 0
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        cli._reset_global_state() if hasattr(cli, '_reset_global_state') else None
        try:
            ended = module.main(conn=shared)
        except SystemExit as leave:
            ended = leave.code
        except (libvirt.libvirtError, RuntimeError, ValueError) as failure:
            print(f'ERROR    {failure}')
            ended = 1
    equal(ended or 0, status, f'status of {name} {" ".join(args)}: {said.getvalue()}')
    return said.getvalue()


def shown(domain: libvirt.virDomain, flags: int = 0) -> ET.Element:
    return ET.fromstring(domain.XMLDesc(flags))


def gone(name: str, where: libvirt.virConnect = conn) -> None:
    domain = where.lookupByName(name)
    if domain.isActive():
        domain.destroy()
    domain.undefine()


@case('virt-install --import, a volume of a pool')
def _() -> None:
    pool = conn.storagePoolLookupByName('default-pool')
    tool('virt-install', '--name', 'one', '--disk', 'pool=default-pool,size=1', '--import', '--network',
         'network=default', *QUICK)
    domain = conn.lookupByName('one')
    equal((domain.isActive(), domain.isPersistent()), (1, 1))
    doc = shown(domain)
    equal(doc.find('devices/interface/source').get('network'), 'default')  # type: ignore[union-attr]
    path = doc.find('devices/disk/source').get('file')  # type: ignore[union-attr]
    vol = conn.storageVolLookupByPath(path)
    equal(vol.info()[1], 1 << 30)
    assert vol.name() in pool.listVolumes()
    gone('one')
    vol.delete()


@case('virt-install --cdrom, --pxe, --location-less; both starts of an installation')
def _() -> None:
    # From an image: the guest is started with it, and defined to boot from its disk afterwards.
    pool = conn.storagePoolLookupByName('default-pool')
    pool.createXML("<volume><name>boot.iso</name><capacity>1000000</capacity></volume>")
    tool('virt-install', '--name', 'two', '--disk', 'none', '--cdrom', '/default-pool/boot.iso', *QUICK)
    domain = conn.lookupByName('two')
    first = [boot.get('dev') for boot in shown(domain).findall('os/boot')]
    assert 'cdrom' in first, first
    cdrom = [d for d in shown(domain).findall('devices/disk') if d.get('device') == 'cdrom']
    equal(len(cdrom), 1)
    equal(cdrom[0].find('source').get('file'), '/default-pool/boot.iso')  # type: ignore[union-attr]
    gone('two')
    conn.storageVolLookupByPath('/default-pool/boot.iso').delete()
    tool('virt-install', '--name', 'three', '--disk', 'none', '--pxe', '--network', 'network=default,mac=52:54:00:11:22:33',
         '--vcpus', '2,maxvcpus=4', '--noreboot', *QUICK)
    doc = shown(conn.lookupByName('three'))
    equal([boot.get('dev') for boot in doc.findall('os/boot')], ['network'])
    equal(doc.find('devices/interface/mac').get('address'), '52:54:00:11:22:33')  # type: ignore[union-attr]
    vcpu = doc.find('vcpu')
    equal((vcpu.text, vcpu.get('current')), ('4', '2'))  # type: ignore[union-attr]
    gone('three')


@case('virt-install --print-xml, --dry-run, --transient, --noautoconsole --wait')
def _() -> None:
    before = sorted(d.name() for d in conn.listAllDomains())
    text = tool('virt-install', '--name', 'four', '--disk', 'none', '--pxe', '--print-xml', *QUICK)
    equal(ET.fromstring(text[text.index('<domain'):text.index('</domain>') + 9]).findtext('name'), 'four')
    tool('virt-install', '--name', 'four', '--disk', 'none', '--pxe', '--dry-run', *QUICK)
    equal(sorted(d.name() for d in conn.listAllDomains()), before)
    tool('virt-install', '--name', 'four', '--disk', 'none', '--import', '--transient', '--wait', '0', *QUICK)
    domain = conn.lookupByName('four')
    equal(domain.isPersistent(), 0)
    domain.destroy()


@case('virt-install --osinfo, --graphics, --console, --metadata, --autostart')
def _() -> None:
    tool('virt-install', '--name', 'five', '--osinfo', 'linux2020', '--memory', '2048', '--disk', 'none', '--import',
         '--graphics', 'vnc,listen=127.0.0.1', '--console', 'pty', '--metadata', 'title=A title,description=Words',
         '--autostart', '--noautoconsole', '--network', 'none')
    domain = conn.lookupByName('five')
    doc = shown(domain)
    equal((doc.findtext('title'), doc.findtext('description')), ('A title', 'Words'))
    equal(doc.find('devices/graphics').get('type'), 'vnc')  # type: ignore[union-attr]
    holds(domain.XMLDesc(), 'libosinfo.org/linux/2020')
    equal(domain.autostart(), 1)
    equal(doc.findall('devices/interface'), [])
    gone('five')


@case('virt-install: what cannot be says why')
def _() -> None:
    holds(tool('virt-install', '--name', 'test', '--disk', 'none', '--import', *QUICK, status=1), "Guest name 'test' is already")
    holds(tool('virt-install', '--name', 'six', '--disk', 'vol=default-pool/absent', '--import', *QUICK, status=1),
          'absent|Storage volume not found')
    holds(tool('virt-install', '--name', 'six', '--disk', 'pool=absent,size=1', '--import', *QUICK, status=1), 'absent')


IDLE = """<domain type='test'><name>idle</name><memory unit='MiB'>96</memory><vcpu>1</vcpu>
  <os><type arch='i686'>hvm</type></os><devices>
  <disk type='file' device='disk'><source file='/default-pool/idle.img'/><target dev='vda' bus='virtio'/></disk>
  <interface type='network'><mac address='52:54:00:aa:00:01'/><source network='default'/></interface></devices></domain>"""


def volume(name: str) -> None:
    pool = conn.storagePoolLookupByName('default-pool')
    pool.createXML(f"<volume><name>{name}</name><capacity unit='MiB'>64</capacity></volume>")


def clone(where: libvirt.virConnect, uri: str) -> None:
    tool('virt-clone', '--original', 'idle', '--name', 'copy', '--auto-clone', uri=uri)
    copy, original = shown(where.lookupByName('copy')), shown(where.lookupByName('idle'))
    assert copy.findtext('uuid') != original.findtext('uuid')
    equal(copy.findtext('memory'), original.findtext('memory'))
    source = copy.find('devices/disk/source').get('file')  # type: ignore[union-attr]
    assert source != original.find('devices/disk/source').get('file'), source  # type: ignore[union-attr]
    equal(where.storageVolLookupByPath(source).info()[1], 64 << 20)
    mac = copy.find('devices/interface/mac').get('address')  # type: ignore[union-attr]
    assert mac != '52:54:00:aa:00:01', mac
    gone('copy', where)


@case('virt-clone')
def _() -> None:
    volume('idle.img')
    conn.defineXML(IDLE)
    clone(conn, URI)
    text = tool('virt-clone', '--original', 'idle', '--name', 'printed', '--file', '/default-pool/p.img', '--print-xml')
    holds(text, '<name>printed</name>')
    holds(tool('virt-clone', '--original', 'test', '--name', 'copy2', '--auto-clone', status=1), 'must be shutoff')
    holds(tool('virt-clone', '--original', 'absent', '--name', 'copy2', '--auto-clone', status=1), "'absent' was not found")
    gone('idle')
    if WAY == 'local':  # over the wire each command would have a node of its own
        clone(node, NODE)


@case('virt-xml: edit, add and remove devices, define and update')
def _() -> None:
    domain = conn.defineXML("<domain type='test'><name>xml</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>"
                            "<os><type arch='i686'>hvm</type></os><devices/></domain>")
    volume('x.img')
    volume('y.img')
    tool('virt-xml', 'xml', '--add-device', '--disk', '/default-pool/x.img,target.bus=virtio')
    equal(shown(domain).find('devices/disk/source').get('file'), '/default-pool/x.img')  # type: ignore[union-attr]
    tool('virt-xml', 'xml', '--edit', 'target=vda', '--disk', 'readonly=yes')
    assert shown(domain).find('devices/disk/readonly') is not None
    tool('virt-xml', 'xml', '--edit', '--vcpus', '3', '--define')
    equal(shown(domain).findtext('vcpu'), '3')
    tool('virt-xml', 'xml', '--edit', '--metadata', 'title=Changed')
    equal(shown(domain).findtext('title'), 'Changed')
    tool('virt-xml', 'xml', '--remove-device', '--disk', '1')
    equal(shown(domain).findall('devices/disk'), [])
    domain.create()
    tool('virt-xml', 'xml', '--add-device', '--disk', '/default-pool/y.img,target.bus=virtio', '--update')
    equal(len(shown(domain).findall('devices/disk')), 1)
    equal(len(shown(domain, libvirt.VIR_DOMAIN_XML_INACTIVE).findall('devices/disk')), 1)
    tool('virt-xml', 'xml', '--remove-device', '--disk', '1', '--update')
    equal(shown(domain).findall('devices/disk'), [])
    diff = tool('virt-xml', 'xml', '--edit', '--memory', '128', '--print-diff')
    holds(diff, r'\+  <memory unit="KiB">131072')
    text = tool('virt-xml', 'xml', '--build-xml', '--disk', '/default-pool/y.img')
    holds(text, '<disk type="file"')
    holds(tool('virt-xml', 'xml', '--remove-device', '--disk', 'target=vdz', status=1), "No matching objects found")
    gone('xml')


@case('objects are polled as virt-manager does')
def _() -> None:
    shared = VirtinstConnection(URI)
    shared._libvirtconn = conn  # pylint: disable=protected-access
    for fetch, wanted in ((pollhelpers.fetch_vms, ['test']), (pollhelpers.fetch_nets, ['default']),
                          (pollhelpers.fetch_pools, ['default-pool']),
                          (pollhelpers.fetch_nodedevs, ['computer', 'scsi_host1', 'scsi_host11', 'scsi_host2'])):
        class Held:  # what virt-manager keeps of an object
            def __init__(self, _conn: Any, backend: Any, key: str) -> None:
                self.backend, self.key = backend, key

            def get_name(self) -> str:
                return str(self.key)

        gone_ones, new, every = fetch(shared, {}, lambda backend, key: Held(shared, backend, key))
        equal((gone_ones, sorted(h.backend.name() for h in new)), ([], wanted))
        known = {held.key: held for held in every} if isinstance(every, list) else every
        again = fetch(shared, known, lambda backend, key: Held(shared, backend, key))
        equal((again[0], again[1]), ([], []))
    equal(shared.is_test(), True)
    equal(shared.caps.host.cpu.arch, 'i686')
    equal(sorted(guest.os_type for guest in shared.caps.guests), ['hvm', 'xen'])


os.chdir(DIR)
if __name__ == '__main__':
    main()
