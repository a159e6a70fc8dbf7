# SPDX-License-Identifier: LGPL-2.1-or-later
"""py_host - the connection, the node, its capabilities; errors; the event loop of the bindings"""
from __future__ import annotations

import threading
import xml.etree.ElementTree as ET
from typing import Any, Callable

import libvirt
from rig import NODE, URI, WAY, arrived, case, equal, holds, wait_for

LOCAL = WAY in ('local', 'upstream')
conn: libvirt.virConnect = None  # set by begin()


def begin() -> libvirt.virConnect:
    """One connection for all cases, with the events served by a thread."""
    global conn
    libvirt.virEventRegisterDefaultImpl()
    libvirt.registerErrorHandler(lambda _context, _error: None, None)  # the exceptions carry them

    def loop() -> None:
        while True:
            libvirt.virEventRunDefaultImpl()

    threading.Thread(target=loop, daemon=True).start()
    conn = libvirt.open(URI)
    return conn


def refused(code: int, call: Callable[..., Any], *args: Any, text: str = '', domain: int = 0, **more: Any) -> str:
    """The message of the error that it must fail with."""
    try:
        result = call(*args, **more)
    except libvirt.libvirtError as error:
        equal(error.get_error_code(), code, f"code of '{error}'")
        equal(error.get_error_level(), libvirt.VIR_ERR_ERROR, 'level')
        assert error.get_error_message(), 'an error without a message'
        if domain:
            equal(error.get_error_domain(), domain, f"domain of '{error}'")
        if text:
            holds(str(error), text)
        return str(error)
    raise AssertionError(f'{call.__name__}{args} worked: {result!r}')


def no_support(call: Callable[..., Any], *args: Any, **more: Any) -> None:
    refused(libvirt.VIR_ERR_NO_SUPPORT, call, *args, **more, text='not supported by the connection driver')


@case('the connection')
def _() -> None:
    equal(conn.getType(), 'TEST')
    equal(conn.getVersion(), 2)
    assert conn.getLibVersion() >= 9000000
    assert conn.getURI().startswith('test'), conn.getURI()
    assert conn.getHostname()
    equal(conn.isAlive(), 1)
    equal(conn.isSecure(), 1)
    equal(conn.isEncrypted(), 0)
    equal(conn.getMaxVcpus('test'), 32)
    equal(libvirt.getVersion() // 1000000 >= 9, True)
    reader = libvirt.openReadOnly(URI)
    equal([d.name() for d in reader.listAllDomains()], ['test'])
    error = refused(libvirt.VIR_ERR_OPERATION_DENIED, reader.lookupByName('test').destroy)
    holds(error, 'virDomainDestroy|read only')
    reader.close()
    other = libvirt.openAuth(URI, [[], lambda _wanted, _opaque: 0, None])
    equal(other.numOfDomains(), 1)
    other.close()
    if LOCAL:
        no_support(conn.setKeepAlive, 5, 3)
        no_support(conn.setIdentity, {libvirt.VIR_CONNECT_IDENTITY_USER_NAME: 'me'})
    else:
        equal(conn.setKeepAlive(5, 3), 0)
        conn.setIdentity({libvirt.VIR_CONNECT_IDENTITY_USER_NAME: 'me'})


@case('a node from a file, which is another')
def _() -> None:
    node = libvirt.open(NODE)
    equal(sorted(d.name() for d in node.listAllDomains()), ['busy', 'idle'])
    equal(node.listDefinedDomains(), ['idle'])
    equal(node.lookupByName('busy').state()[0], libvirt.VIR_DOMAIN_PAUSED)
    equal(node.getInfo()[1:], [4096, 8, 2000, 2, 1, 2, 2])
    equal([v.name() for v in node.storagePoolLookupByName('images').listAllVolumes()], ['idle.img'])
    equal(conn.listAllDomains()[0].name(), 'test')
    node.close()
    refused(libvirt.VIR_ERR_XML_ERROR if WAY == 'upstream' else libvirt.VIR_ERR_SYSTEM_ERROR, libvirt.open,
            NODE.replace('node.xml', 'absent.xml'), text='absent.xml')


@case('close callbacks')
def _() -> None:
    other = libvirt.open(URI)
    # The driver of this process has nothing to tell, but takes the callback.
    other.registerCloseCallback(lambda _conn, _reason, _opaque: None, None)
    other.unregisterCloseCallback()
    other.close()


@case('capabilities, sysinfo, models, domain capabilities')
def _() -> None:
    caps = ET.fromstring(conn.getCapabilities())
    equal(caps.findtext('host/cpu/arch'), 'i686')
    equal({g.findtext('os_type') for g in caps.findall('guest')}, {'hvm', 'xen'})
    equal(len(caps.findall('host/topology/cells/cell')), 2)
    equal(len(caps.findall('host/topology/cells/cell/cpus/cpu')), 16)
    equal(ET.fromstring(conn.getSysinfo()).get('type'), 'smbios')
    assert 'pentium3' in conn.getCPUModelNames('i686')
    refused(libvirt.VIR_ERR_INVALID_ARG, conn.getCPUModelNames, 'abacus')
    equal(ET.fromstring(conn.getDomainCapabilities(None, 'i686', None, 'test')).findtext('domain'), 'test')
    refused(libvirt.VIR_ERR_INVALID_ARG, conn.getDomainCapabilities, None, 'abacus', None, 'test')
    cpu = "<cpu><arch>x86_64</arch><model>%s</model><topology sockets='1' cores='1' threads='1'/></cpu>"
    for call, *args in ((conn.compareCPU, cpu % 'core2duo'),
                        (conn.baselineHypervisorCPU, None, 'x86_64', None, 'test', [cpu % 'core2duo']),
                        (conn.compareHypervisorCPU, None, 'x86_64', None, 'test', cpu % 'core2duo'),
                        (conn.getStoragePoolCapabilities,), (conn.domainXMLFromNative, 'qemu-argv', '/usr/bin/qemu'),
                        (conn.domainXMLToNative, 'qemu-argv', "<domain type='test'/>")):
        no_support(call, *args)
    base = ET.fromstring(conn.baselineCPU([cpu % 'core2duo', cpu % 'Nehalem']))
    equal((base.findtext('model'), base.find('model').get('fallback'), base.find('feature').attrib),
          ('Conroe', 'allow', {'policy': 'disable', 'name': 'lahf_lm'}))
    refused(libvirt.VIR_ERR_INTERNAL_ERROR, conn.baselineCPU, [cpu % 'abacus'])


@case('the host: cpus, memory, pages')
def _() -> None:
    equal(conn.getInfo(), ['i686', 3072, 16, 1400, 2, 2, 2, 2])
    equal(conn.getCPUMap(), (8, [True, False, True, False, True, False, False, False], 3))
    equal(sorted(conn.getCPUStats(libvirt.VIR_NODE_CPU_STATS_ALL_CPUS)), ['idle', 'iowait', 'kernel', 'user'])
    assert 0 < conn.getFreeMemory() < 3 << 30
    cells = conn.getCellsFreeMemory(0, 2)
    equal(len(cells), 2)
    assert all(0 < cell < 3 << 30 for cell in cells), cells
    pages = conn.getFreePages([4, 2048], 0, 2)
    equal((sorted(pages), sorted(pages[0])), ([0, 1], [4, 2048]))
    refused(libvirt.VIR_ERR_OPERATION_FAILED, conn.getFreePages, [4], 7, 1)
    equal(conn.getSecurityModel(), ['testSecurity', ''])
    no_support(conn.getMemoryStats, 0)
    no_support(conn.getMemoryParameters)
    no_support(conn.setMemoryParameters, {libvirt.VIR_NODE_MEMORY_SHARED_PAGES_TO_SCAN: 10})
    no_support(conn.getSEVInfo)
    no_support(conn.allocPages, {4: 10}, 0, 1)
    no_support(conn.suspendForDuration, libvirt.VIR_NODE_SUSPEND_TARGET_MEM, 60)


@case('errors have a code, a domain, a message and strings')
def _() -> None:
    libvirt.virResetLastError()
    try:
        conn.lookupByName('absent')
        raise AssertionError('a guest that is not there')
    except libvirt.libvirtError as error:
        equal(error.get_error_code(), libvirt.VIR_ERR_NO_DOMAIN)
        equal(error.get_error_domain(), libvirt.VIR_FROM_TEST)
        equal(error.get_error_level(), libvirt.VIR_ERR_ERROR)
        holds(error.get_error_message(), '^Domain not found')
        holds(error.get_str1(), '^Domain not found')
        equal((error.get_int1(), error.get_int2()), (-1, -1))
        last = libvirt.virGetLastError()
        equal(last[0], libvirt.VIR_ERR_NO_DOMAIN)
    equal(libvirt.virGetLastErrorCode(), libvirt.VIR_ERR_NO_DOMAIN)
    equal(libvirt.virGetLastErrorDomain(), libvirt.VIR_FROM_TEST)
    holds(libvirt.virGetLastErrorMessage(), 'Domain not found')
    libvirt.virResetLastError()
    equal(libvirt.virGetLastError(), None)
    equal(libvirt.virGetLastErrorCode(), 0)
    refused(libvirt.VIR_ERR_XML_DETAIL, conn.defineXML, '<domain type="test"><name>x</na>', domain=libvirt.VIR_FROM_DOMAIN,
            text='Opening and ending tag mismatch')
    refused(libvirt.VIR_ERR_INVALID_ARG, conn.listAllDomains, 1 << 30, text='unsupported flags')
    refused(libvirt.VIR_ERR_NO_DOMAIN, conn.lookupByID, 4711, text='no domain with matching id')
    refused(libvirt.VIR_ERR_NO_DOMAIN, conn.lookupByUUIDString, '00000000-0000-0000-0000-000000000001',
            text='no domain with matching uuid')
    conn.virConnResetLastError()
    assert not (conn.virConnGetLastError() or [0])[0]


@case('timers and handles of the loop')
def _() -> None:
    import os
    ticks: list[int] = []

    def tick(timer: int, _opaque: Any) -> None:
        with arrived:
            ticks.append(timer)
            if len(ticks) == 2:
                libvirt.virEventUpdateTimeout(timer, -1)
            arrived.notify_all()

    timer = libvirt.virEventAddTimeout(1, tick, None)
    wait_for('two ticks', lambda: len(ticks) >= 2)
    libvirt.virEventRemoveTimeout(timer)
    reader, writer = os.pipe()
    seen: list[bytes] = []

    def readable(_watch: int, fd: int, events: int, opaque: str) -> None:
        with arrived:
            if events & libvirt.VIR_EVENT_HANDLE_READABLE and opaque == 'mine':
                seen.append(os.read(fd, 10))
            arrived.notify_all()

    watch = libvirt.virEventAddHandle(reader, 0, readable, 'mine')
    os.write(writer, b'hello')
    libvirt.virEventUpdateHandle(watch, libvirt.VIR_EVENT_HANDLE_READABLE)
    wait_for('what was written', lambda: seen == [b'hello'])
    libvirt.virEventRemoveHandle(watch)
    os.close(reader)
    os.close(writer)
