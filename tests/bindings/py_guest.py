# SPDX-License-Identifier: LGPL-2.1-or-later
"""py_guest - guests: definition, life, devices, saving, snapshots and checkpoints"""
from __future__ import annotations

import os
import socket
import tempfile
import xml.etree.ElementTree as ET

import libvirt
from py_host import no_support, refused
from rig import DIR, NODE, WAY, case, equal, holds

conn: libvirt.virConnect = None

GUEST = """<domain type='test'>
  <name>%s</name>
  <memory unit='MiB'>512</memory>
  <currentMemory unit='MiB'>256</currentMemory>
  <vcpu current='2'>4</vcpu>
  <iothreads>2</iothreads>
  <os><type arch='i686'>hvm</type></os>
  <devices>
    <disk type='file' device='disk'>
      <source file='/images/%s.img'/>
      <target dev='vda' bus='virtio'/>
    </disk>
    <interface type='network'>
      <mac address='52:54:00:00:00:01'/>
      <source network='default'/>
      <target dev='vnet7'/>
      <alias name='ua-nic'/>
    </interface>
    <serial type='pty'/>
    <console type='pty'/>
    <graphics type='vnc' port='-1' autoport='yes'/>
    <memballoon model='virtio'/>
  </devices>
</domain>"""


def guest(name: str = 'mine', start: bool = False) -> libvirt.virDomain:
    """A guest for one test; what an earlier one left is taken away."""
    remove(name)
    domain = conn.defineXML(GUEST % (name, name))
    if start:
        domain.create()
    return domain


def remove(name: str) -> None:
    for domain in conn.listAllDomains():
        if domain.name() == name:
            if not domain.isPersistent():
                domain.destroy()
                return
            if domain.isActive():
                domain.destroy()
            domain.undefineFlags(libvirt.VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | libvirt.VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA
                                 | (0 if WAY == 'upstream' else libvirt.VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA))


@case('guests: defined, listed, looked up')
def _() -> None:
    domain = guest()
    equal(domain.name(), 'mine')
    equal(domain.ID(), -1)
    equal(len(domain.UUID()), 16)
    equal(len(domain.UUIDString()), 36)
    assert domain.connect() is conn
    equal(domain.OSType(), 'linux')  # as upstream's says of any guest
    equal((domain.isActive(), domain.isPersistent(), domain.isUpdated()), (0, 1, 0))
    for other in (conn.lookupByName('mine'), conn.lookupByUUID(domain.UUID()), conn.lookupByUUIDString(domain.UUIDString())):
        equal(other.UUID(), domain.UUID())
    assert 'mine' in conn.listDefinedDomains()
    equal(conn.numOfDefinedDomains(), len(conn.listDefinedDomains()))
    equal(conn.numOfDomains(), len(conn.listDomainsID()))
    equal([d.name() for d in conn.listAllDomains(libvirt.VIR_CONNECT_LIST_DOMAINS_INACTIVE)], conn.listDefinedDomains())
    doc = ET.fromstring(domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE))
    equal(doc.find('devices/interface/mac').get('address'), '52:54:00:00:00:01')  # type: ignore[union-attr]
    refused(libvirt.VIR_ERR_OPERATION_FAILED, conn.createXML, GUEST % ('mine', 'x'), text='already exists')
    equal(conn.defineXMLFlags(domain.XMLDesc(), libvirt.VIR_DOMAIN_DEFINE_VALIDATE).name(), 'mine')
    domain.setAutostart(1)
    equal(domain.autostart(), 1)
    equal(domain.undefine(), 0)
    refused(libvirt.VIR_ERR_NO_DOMAIN, domain.XMLDesc)
    refused(libvirt.VIR_ERR_NO_DOMAIN, domain.create)


@case('guests: life')
def _() -> None:
    domain = guest()
    equal(domain.create(), 0)
    assert domain.ID() > 0
    equal(conn.lookupByID(domain.ID()).name(), 'mine')
    equal(domain.state(), [libvirt.VIR_DOMAIN_RUNNING, libvirt.VIR_DOMAIN_RUNNING_BOOTED])
    refused(libvirt.VIR_ERR_OPERATION_INVALID, domain.create, text='already running')
    domain.suspend()
    equal(domain.state(), [libvirt.VIR_DOMAIN_PAUSED, libvirt.VIR_DOMAIN_PAUSED_USER])
    domain.resume()
    equal(domain.info()[0], libvirt.VIR_DOMAIN_RUNNING)
    domain.reboot()
    domain.reset()
    equal(domain.isActive(), 1)
    domain.shutdown()
    equal(domain.state()[0], libvirt.VIR_DOMAIN_SHUTOFF)
    refused(libvirt.VIR_ERR_OPERATION_INVALID, domain.suspend, text='not running')
    domain.createWithFlags(libvirt.VIR_DOMAIN_START_PAUSED)
    equal(domain.state()[0], libvirt.VIR_DOMAIN_PAUSED)
    equal(domain.controlInfo(), [libvirt.VIR_DOMAIN_CONTROL_OK, 0, 0])
    domain.resume()
    domain.shutdownFlags(0)
    domain.createWithFiles([])
    domain.destroyFlags(libvirt.VIR_DOMAIN_DESTROY_GRACEFUL)
    domain.create()
    domain.destroy()
    equal(domain.rename('yours'), 0)
    equal(conn.lookupByName('yours').UUID(), domain.UUID())
    conn.lookupByName('yours').undefine()
    transient = conn.createXML(GUEST % ('mine', 'mine'))
    equal(transient.isPersistent(), 0)
    transient.destroy()
    refused(libvirt.VIR_ERR_NO_DOMAIN, conn.lookupByName, 'mine')
    transient = conn.createXMLWithFiles(GUEST % ('mine', 'mine'), [], libvirt.VIR_DOMAIN_START_PAUSED)
    equal(transient.state()[0], libvirt.VIR_DOMAIN_PAUSED)
    transient.destroy()
    conn.createLinux(GUEST % ('mine', 'mine')).destroy()


@case('guests: memory, processors, threads')
def _() -> None:
    domain = guest(start=True)
    equal(domain.info()[1:4], [512 * 1024, 256 * 1024, 2])
    equal(domain.maxMemory(), 512 * 1024)
    domain.setMemory(128 * 1024)
    domain.setMemoryFlags(192 * 1024, libvirt.VIR_DOMAIN_AFFECT_CONFIG)
    equal(domain.info()[2], 128 * 1024)
    holds(domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE), "<currentMemory unit='KiB'>196608</currentMemory>")
    refused(libvirt.VIR_ERR_INVALID_ARG, domain.setMemory, 1 << 30)
    domain.setMemoryStatsPeriod(3)
    stats = domain.memoryStats()
    equal(stats['actual'], 128 * 1024)
    equal(domain.maxVcpus(), 4)
    equal(domain.vcpusFlags(libvirt.VIR_DOMAIN_AFFECT_LIVE), 2)
    domain.setVcpus(3)
    domain.setVcpusFlags(4, libvirt.VIR_DOMAIN_AFFECT_CONFIG)
    equal(domain.vcpusFlags(libvirt.VIR_DOMAIN_AFFECT_LIVE), 3)
    equal(domain.vcpusFlags(libvirt.VIR_DOMAIN_AFFECT_CONFIG), 4)
    refused(libvirt.VIR_ERR_INVALID_ARG, domain.setVcpus, 99)
    equal(domain.pinVcpu(1, (True, False) * 8), 0)
    equal(domain.pinVcpuFlags(0, (False, True) * 8, libvirt.VIR_DOMAIN_AFFECT_LIVE), 0)
    equal(domain.vcpuPinInfo()[0][:4], (False, True, False, True))
    equal(domain.vcpus()[1][1][:4], (True, False, True, False))
    equal([row[0] for row in domain.vcpus()[0]], [0, 1, 2])
    equal(domain.pinEmulator((True, True)), 0)
    equal(domain.emulatorPinInfo()[:3], (True, True, False))
    equal([row[0] for row in domain.ioThreadInfo()], [1, 2])
    domain.addIOThread(5, libvirt.VIR_DOMAIN_AFFECT_LIVE)
    domain.pinIOThread(5, (True, False), libvirt.VIR_DOMAIN_AFFECT_LIVE)
    domain.setIOThreadParams(5, {libvirt.VIR_DOMAIN_IOTHREAD_POLL_MAX_NS: 5000}, libvirt.VIR_DOMAIN_AFFECT_LIVE)
    equal([row[0] for row in domain.ioThreadInfo(libvirt.VIR_DOMAIN_AFFECT_LIVE)], [1, 2, 5])
    domain.delIOThread(5, libvirt.VIR_DOMAIN_AFFECT_LIVE)
    equal(len(domain.ioThreadInfo(libvirt.VIR_DOMAIN_AFFECT_LIVE)), 2)
    equal(sorted(domain.getCPUStats(True)[0]), ['cpu_time', 'system_time', 'user_time'])
    domain.destroy()
    domain.setMaxMemory(600 * 1024)
    equal(domain.maxMemory(), 600 * 1024)


@case('guests: typed parameters')
def _() -> None:
    domain = guest(start=True)
    live, config = libvirt.VIR_DOMAIN_AFFECT_LIVE, libvirt.VIR_DOMAIN_AFFECT_CONFIG
    for set_them, get_them, params in (
            (domain.setMemoryParameters, domain.memoryParameters, {'hard_limit': 600000, 'soft_limit': 400000}),
            (domain.setBlkioParameters, domain.blkioParameters, {'weight': 700}),
            (domain.setNumaParameters, domain.numaParameters, {'numa_mode': 0, 'numa_nodeset': '0-1'}),
            (domain.setPerfEvents, domain.perfEvents, {'cmt': True, 'mbml': False})):
        set_them(params, config)
        got = get_them(config)
        equal({key: got[key] for key in params}, params)
    try:  # the bindings ask which there are
        domain.setMemoryParameters({'no_such_limit': 1}, config)
        raise AssertionError('a parameter that is not known')
    except LookupError:
        pass
    equal(domain.schedulerType(), ('fair', 1))
    equal(domain.schedulerParameters(), {'weight': 50})
    domain.setSchedulerParameters({'weight': 60})
    domain.setSchedulerParametersFlags({'weight': 70})
    equal(list(domain.schedulerParametersFlags()), ['weight'])
    domain.setBlockIoTune('vda', {'total_bytes_sec': 1000, 'group_name': 'slow'}, live)
    tune = domain.blockIoTune('vda', live)
    equal((tune['total_bytes_sec'], tune['group_name']), (1000, 'slow'))
    domain.setInterfaceParameters('52:54:00:00:00:01', {'inbound.average': 100, 'inbound.peak': 200}, live)
    equal(domain.interfaceParameters('52:54:00:00:00:01', live)['inbound.average'], 100)
    equal(domain.setMetadata(libvirt.VIR_DOMAIN_METADATA_TITLE, 'A title', None, None), 0)
    domain.setMetadata(libvirt.VIR_DOMAIN_METADATA_ELEMENT, '<a>b</a>', 'p', 'http://example.org/x')
    equal(domain.metadata(libvirt.VIR_DOMAIN_METADATA_TITLE, None), 'A title')
    holds(domain.metadata(libvirt.VIR_DOMAIN_METADATA_ELEMENT, 'http://example.org/x'), '<a>b</a>')
    refused(libvirt.VIR_ERR_NO_DOMAIN_METADATA, domain.metadata, libvirt.VIR_DOMAIN_METADATA_DESCRIPTION, None)
    domain.setLifecycleAction(libvirt.VIR_DOMAIN_LIFECYCLE_CRASH, libvirt.VIR_DOMAIN_LIFECYCLE_ACTION_PRESERVE, config)
    holds(domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE), '<on_crash>preserve</on_crash>')
    stats = conn.getAllDomainStats()
    equal(sorted(d.name() for d, _ in stats), ['mine', 'test'])
    equal(conn.domainListGetStats([domain], libvirt.VIR_DOMAIN_STATS_STATE)[0][1], {'state.state': 1, 'state.reason': 1})
    assert domain.launchSecurityInfo() is not None


@case('guests: statistics, and asking what runs inside')
def _() -> None:
    domain = guest(start=True)
    equal(len(domain.blockStats('vda')), 5)
    equal(len(domain.interfaceStats('52:54:00:00:00:01')), 8)
    equal(len(domain.blockInfo('vda')), 3)
    refused(libvirt.VIR_ERR_INVALID_ARG, domain.blockStats, 'absent')
    no_support(domain.blockStatsFlags, 'vda')
    equal(len(domain.memoryPeek(0, 16, libvirt.VIR_MEMORY_PHYSICAL)), 16)
    assert isinstance(domain.diskErrors(), dict)
    equal({fs[0] for fs in domain.fsInfo()}, {'/', '/boot'})
    equal(domain.fsFreeze(['/']), 1)
    equal(domain.fsThaw(), 1)
    equal(domain.fSTrim(None, 0), 0)
    assert domain.getTime()['seconds'] > 1000
    domain.setTime({'seconds': 1000000, 'nseconds': 5})
    assert domain.hostname()
    addresses = domain.interfaceAddresses(libvirt.VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_LEASE)
    assert addresses and all(found['addrs'] for found in addresses.values()), addresses
    equal(domain.injectNMI(), 0)
    equal(domain.sendKey(libvirt.VIR_KEYCODE_SET_LINUX, 10, [30, 48], 2), 0)
    equal(domain.sendProcessSignal(1, libvirt.VIR_DOMAIN_PROCESS_SIGNAL_TERM), 0)
    if not domain.isActive():
        domain.create()
    equal(domain.setUserPassword('root', 'x'), 0)
    equal(domain.securityLabel(), ['libvirt-test', True])
    assert isinstance(domain.messages(), list)
    for call in (domain.jobInfo, domain.jobStats, domain.abortJob, domain.guestInfo,
                 domain.migrateGetMaxSpeed,
                 domain.securityLabelList, domain.backupGetXMLDesc, domain.pMWakeup, domain.managedSaveGetXMLDesc):
        no_support(call)
    for call, *args in ((domain.abortJobFlags, 0), (domain.agentSetResponseTimeout, 5), (domain.authorizedSSHKeysGet, 'root'),
                        (domain.authorizedSSHKeysSet, 'root', ['ssh-rsa x']), (domain.blockCommit, 'vda', None, None),
                        (domain.blockCopy, 'vda', "<disk/>"), (domain.blockJobAbort, 'vda'), (domain.blockJobInfo, 'vda'),
                        (domain.blockJobSetSpeed, 'vda', 10), (domain.blockPeek, 'vda', 0, 16), (domain.blockPull, 'vda'),
                        (domain.blockRebase, 'vda', None), (domain.blockResize, 'vda', 1000),
                        (domain.migrateSetCompressionCache, 1000), (domain.migrateSetMaxDowntime, 10),
                        (domain.migrateSetMaxSpeed, 10), (domain.pMSuspendForDuration, 0, 0),
                        (domain.setBlockThreshold, 'vda', 1000), (domain.setGuestVcpus, '0', 1), (domain.setVcpu, '1', 1),
                        (domain.startDirtyRateCalc, 1), (domain.managedSaveDefineXML, '<domain/>'),
                        (domain.setLaunchSecurityState, {'secret': 'x', 'secret_header': 'y'})):
        no_support(call, *args)
    no_support(domain.migrateStartPostCopy)
    for call in (domain.guestVcpus, domain.migrateGetMaxDowntime, domain.migrateGetCompressionCache):
        libvirt.virResetLastError()
        equal(call(), None)  # the bindings forget to raise
        equal(libvirt.virGetLastErrorCode(), libvirt.VIR_ERR_NO_SUPPORT)


@case('guests: devices')
def _() -> None:
    domain = guest(start=True)
    disk = "<disk type='file' device='disk'><source file='/images/%s'/><target dev='%s' bus='virtio'/></disk>"
    domain.attachDevice(disk % ('b.img', 'vdb'))
    domain.attachDeviceFlags(disk % ('c.img', 'vdc'), libvirt.VIR_DOMAIN_AFFECT_CONFIG)
    holds(domain.XMLDesc(), 'vdb')
    holds(domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE), 'vdc')
    refused(libvirt.VIR_ERR_OPERATION_FAILED, domain.attachDevice, disk % ('d.img', 'vdb'), text='vdb')
    domain.updateDeviceFlags("<disk type='file' device='disk'><source file='/images/b.img'/><target dev='vdb' bus='virtio'/>"
                             "<readonly/></disk>", 0)
    holds(domain.XMLDesc(), 'b.img.*<readonly/>')
    domain.detachDevice(disk % ('b.img', 'vdb'))
    domain.detachDeviceFlags(disk % ('c.img', 'vdc'), libvirt.VIR_DOMAIN_AFFECT_CONFIG)
    equal(domain.detachDeviceAlias('ua-nic'), 0)
    assert 'vnet7' not in domain.XMLDesc()
    refused(libvirt.VIR_ERR_OPERATION_UNSUPPORTED, domain.attachDevice, '<gizmo/>')


@case('guests: saved, restored, dumped')
def _() -> None:
    folder = tempfile.mkdtemp(dir=DIR)
    domain = guest(start=True)
    image = f'{folder}/saved'
    domain.save(image)
    equal(domain.isActive(), 0)
    holds(conn.saveImageGetXMLDesc(image), '<name>mine</name>')
    changed = conn.saveImageGetXMLDesc(image).replace('/images/mine.img', '/images/other.img')
    conn.saveImageDefineXML(image, changed)
    conn.restore(image)
    equal(domain.isActive(), 1)
    holds(domain.XMLDesc(), 'other.img')
    refused(libvirt.VIR_ERR_INVALID_ARG, domain.saveFlags, f'{folder}/again', None, libvirt.VIR_DOMAIN_SAVE_PAUSED)
    domain.saveFlags(f'{folder}/again', None, 0)
    conn.restoreFlags(f'{folder}/again', None, 0)
    equal(domain.state(), [libvirt.VIR_DOMAIN_RUNNING, libvirt.VIR_DOMAIN_RUNNING_RESTORED])
    refused(libvirt.VIR_ERR_OPERATION_INVALID, conn.restore, f'{folder}/again', text='already')
    domain.coreDump(f'{folder}/core')
    domain.coreDumpWithFormat(f'{folder}/core2', libvirt.VIR_DOMAIN_CORE_DUMP_FORMAT_RAW)
    equal(sorted(os.listdir(folder)), ['again', 'core', 'core2', 'saved'])
    equal(domain.managedSave(), 0)
    equal((domain.isActive(), domain.hasManagedSaveImage()), (0, 1))
    domain.create()
    equal((domain.state()[0], domain.hasManagedSaveImage()), (libvirt.VIR_DOMAIN_RUNNING, 0))
    domain.managedSave()
    equal(domain.managedSaveRemove(), 0)
    equal(domain.hasManagedSaveImage(), 0)
    domain.create()
    no_support(domain.saveParams, {libvirt.VIR_DOMAIN_SAVE_PARAM_FILE: f'{folder}/params'})
    no_support(conn.restoreParams, {libvirt.VIR_DOMAIN_SAVE_PARAM_FILE: image})


@case('guests: snapshots')
def _() -> None:
    domain = guest(start=True)
    equal(domain.hasCurrentSnapshot(), 0)
    refused(libvirt.VIR_ERR_NO_DOMAIN_SNAPSHOT, domain.snapshotCurrent)
    first = domain.snapshotCreateXML('<domainsnapshot><name>first</name></domainsnapshot>')
    second = domain.snapshotCreateXML('<domainsnapshot><name>second</name><description>2</description></domainsnapshot>')
    equal(domain.snapshotNum(), 2)
    equal(sorted(domain.snapshotListNames()), ['first', 'second'])
    equal([s.getName() for s in domain.listAllSnapshots(libvirt.VIR_DOMAIN_SNAPSHOT_LIST_ROOTS)], ['first'])
    equal(first.numChildren(), 1)
    equal(first.listChildrenNames(), ['second'])
    equal(first.listAllChildren()[0].getName(), 'second')
    equal(second.getParent().getName(), 'first')
    equal((second.isCurrent(), first.isCurrent(), first.hasMetadata()), (1, 0, 1))
    equal(domain.snapshotCurrent().getName(), 'second')
    equal(domain.snapshotLookupByName('first').getXMLDesc().count('<domain '), 1)
    equal(first.getConnect().getType(), 'TEST')
    equal(first.connect().getType(), 'TEST')
    equal((first.getDomain().name(), first.domain().name()), ('mine', 'mine'))
    refused(libvirt.VIR_ERR_NO_DOMAIN_SNAPSHOT, first.getParent)
    domain.destroy()
    equal(domain.revertToSnapshot(first), 0)
    equal((domain.isActive(), first.isCurrent()), (1, 1))
    first.delete(libvirt.VIR_DOMAIN_SNAPSHOT_DELETE_CHILDREN)
    equal(domain.snapshotNum(), 0)
    refused(libvirt.VIR_ERR_NO_DOMAIN_SNAPSHOT, second.getXMLDesc)


@case('guests: checkpoints')
def _() -> None:
    domain = guest(start=True)
    first = domain.checkpointCreateXML('<domaincheckpoint><name>first</name></domaincheckpoint>')
    second = domain.checkpointCreateXML('<domaincheckpoint><name>second</name></domaincheckpoint>')
    equal(sorted(c.getName() for c in domain.listAllCheckpoints()), ['first', 'second'])
    equal(second.getParent().getName(), 'first')
    equal([c.getName() for c in first.listAllChildren()], ['second'])
    equal(domain.checkpointLookupByName('second').getXMLDesc().count('<parent>'), 1)
    equal((first.domain().name(), first.getDomain().name()), ('mine', 'mine'))
    assert first.connect() is first.getConnect()
    second.delete()
    refused(libvirt.VIR_ERR_NO_DOMAIN_CHECKPOINT, domain.checkpointLookupByName, 'second')
    first.delete()
    no_support(domain.backupBegin, '<domainbackup/>', None)


@case('guests: not moved between hosts by the test driver')
def _() -> None:
    domain = conn.lookupByName('test')
    node = libvirt.open(NODE)
    for call, *args in ((domain.migrate, node), (domain.migrate2, node), (domain.migrate3, node, {})):
        refused(libvirt.VIR_ERR_NO_SUPPORT, call, *args)
    for call, *args in ((domain.migrateToURI, 'test:///default'), (domain.migrateToURI2, 'test:///default'),
                        (domain.migrateToURI3, 'test:///default', {})):
        refused(libvirt.VIR_ERR_ARGUMENT_UNSUPPORTED, call, *args, flags=libvirt.VIR_MIGRATE_PEER2PEER)
    node.close()


@case('guests: graphics, descriptors')
def _() -> None:
    domain = guest(start=True)
    with tempfile.TemporaryFile() as file:
        refused(libvirt.VIR_ERR_INVALID_ARG, domain.openGraphics, 0, file.fileno(), text='must be a socket')
    left, right = socket.socketpair()
    no_support(domain.openGraphics, 0, left.fileno())
    no_support(domain.FDAssociate, 'x', [left.fileno()])
    no_support(domain.openGraphicsFD, 0)
    no_support(domain.openConsole, None, conn.newStream())
    no_support(domain.openChannel, None, conn.newStream())
    left.close()
    right.close()
    remove('mine')
