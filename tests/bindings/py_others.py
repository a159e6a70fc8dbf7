# SPDX-License-Identifier: LGPL-2.1-or-later
"""py_others - networks, interfaces, storage, node devices; what the test driver has no secrets and filters for"""
from __future__ import annotations

import xml.etree.ElementTree as ET

import libvirt
from py_host import no_support, refused
from rig import case, equal, holds

conn: libvirt.virConnect = None

NETWORK = """<network><name>%s</name><forward mode='nat'/><bridge name='%s'/>
  <ip address='10.7.0.1' netmask='255.255.255.0'><dhcp><range start='10.7.0.2' end='10.7.0.99'/></dhcp></ip></network>"""
IFACE = """<interface type='ethernet' name='%s'><start mode='onboot'/><mac address='aa:bb:cc:dd:ee:f0'/>
  <protocol family='ipv4'><ip address='192.168.7.5' prefix='24'/></protocol></interface>"""
POOL = "<pool type='dir'><name>%s</name><target><path>/%s</path></target></pool>"
VOLUME = "<volume><name>%s</name><capacity unit='MiB'>8</capacity><allocation>0</allocation></volume>"


@case('networks')
def _() -> None:
    network = conn.networkDefineXML(NETWORK % ('net', 'virbr9'))
    equal((network.name(), network.isActive(), network.isPersistent()), ('net', 0, 1))
    assert network.connect() is conn
    equal(len(network.UUID()), 16)
    equal(conn.networkLookupByUUID(network.UUID()).name(), 'net')
    equal(conn.networkLookupByUUIDString(network.UUIDString()).name(), 'net')
    equal((conn.listDefinedNetworks(), conn.numOfDefinedNetworks()), (['net'], 1))
    network.create()
    equal((sorted(conn.listNetworks()), conn.numOfNetworks()), (['default', 'net'], 2))
    equal(network.bridgeName(), 'virbr9')
    network.setAutostart(1)
    equal(network.autostart(), 1)
    equal([n.name() for n in conn.listAllNetworks(libvirt.VIR_CONNECT_LIST_NETWORKS_AUTOSTART)], ['net'])
    network.update(libvirt.VIR_NETWORK_UPDATE_COMMAND_ADD_LAST, libvirt.VIR_NETWORK_SECTION_IP_DHCP_HOST, -1,
                   "<host mac='52:54:00:00:00:99' ip='10.7.0.50'/>", libvirt.VIR_NETWORK_UPDATE_AFFECT_LIVE)
    holds(network.XMLDesc(), '52:54:00:00:00:99')
    refused(libvirt.VIR_ERR_OPERATION_INVALID, network.create)
    network.destroy()
    refused(libvirt.VIR_ERR_OPERATION_INVALID, network.destroy)
    network.undefine()
    refused(libvirt.VIR_ERR_NO_NETWORK, conn.networkLookupByName, 'net', text='Network not found')
    transient = conn.networkCreateXML(NETWORK % ('fleeting', 'virbr9'))
    equal(transient.isPersistent(), 0)
    transient.destroy()
    conn.networkCreateXMLFlags(NETWORK % ('fleeting', 'virbr9'), libvirt.VIR_NETWORK_CREATE_VALIDATE).destroy()
    conn.networkDefineXMLFlags(NETWORK % ('net', 'virbr9'), libvirt.VIR_NETWORK_DEFINE_VALIDATE).undefine()
    refused(libvirt.VIR_ERR_XML_ERROR, conn.networkDefineXML, '<network><ip/></network>')
    no_support(conn.networkLookupByName('default').DHCPLeases)


@case('network ports')
def _() -> None:
    network = conn.networkLookupByName('default')
    port = network.portCreateXML("<networkport><owner><name>x</name><uuid>11111111-1111-1111-1111-111111111111</uuid></owner>"
                                 "<mac address='52:54:00:00:00:07'/><bandwidth><inbound average='5'/></bandwidth>"
                                 "</networkport>")
    equal(network.portLookupByUUID(port.UUID()).UUIDString(), port.UUIDString())
    equal(network.portLookupByUUIDString(port.UUIDString()).UUID(), port.UUID())
    equal([p.UUIDString() for p in network.listAllPorts()], [port.UUIDString()])
    holds(port.XMLDesc(), '52:54:00:00:00:07')
    equal(port.network().name(), 'default')
    assert port.connect() is conn
    equal(port.parameters(), {'inbound.average': 5, 'inbound.peak': 0, 'inbound.burst': 0, 'inbound.floor': 0})
    port.setParameters({libvirt.VIR_NETWORK_PORT_BANDWIDTH_IN_AVERAGE: 10})
    equal(port.parameters()['inbound.average'], 10)
    port.delete()
    equal(network.listAllPorts(), [])
    refused(libvirt.VIR_ERR_NO_NETWORK_PORT, network.portLookupByUUID, port.UUID())


@case('interfaces')
def _() -> None:
    equal((conn.listInterfaces(), conn.numOfInterfaces()), (['eth1'], 1))
    conn.changeBegin()
    iface = conn.interfaceDefineXML(IFACE % 'eth7')
    equal((iface.name(), iface.isActive(), iface.MACString()), ('eth7', 0, 'aa:bb:cc:dd:ee:f0'))
    equal((conn.listDefinedInterfaces(), conn.numOfDefinedInterfaces()), (['eth7'], 1))
    equal(conn.interfaceLookupByName('eth7').name(), 'eth7')
    conn.changeRollback()
    refused(libvirt.VIR_ERR_NO_INTERFACE, conn.interfaceLookupByName, 'eth7')
    conn.changeBegin()
    refused(libvirt.VIR_ERR_OPERATION_INVALID, conn.changeBegin)
    iface = conn.interfaceDefineXML(IFACE % 'eth7')
    conn.changeCommit()
    iface.create()
    equal(iface.isActive(), 1)
    equal(conn.interfaceLookupByMACString('aa:bb:cc:dd:ee:f0').name(), 'eth7')
    equal(ET.fromstring(iface.XMLDesc()).get('name'), 'eth7')
    equal(sorted(i.name() for i in conn.listAllInterfaces(libvirt.VIR_CONNECT_LIST_INTERFACES_ACTIVE)), ['eth1', 'eth7'])
    assert iface.connect() is conn
    iface.destroy()
    iface.undefine()
    refused(libvirt.VIR_ERR_NO_INTERFACE, iface.XMLDesc)


@case('pools')
def _() -> None:
    pool = conn.storagePoolDefineXML(POOL % ('pool', 'pool'))
    equal((pool.name(), pool.isActive(), pool.isPersistent(), len(pool.UUID())), ('pool', 0, 1, 16))
    equal((conn.listDefinedStoragePools(), conn.numOfDefinedStoragePools()), (['pool'], 1))
    pool.build()
    pool.create()
    equal((sorted(conn.listStoragePools()), conn.numOfStoragePools()), (['default-pool', 'pool'], 2))
    pool.refresh()
    equal(pool.info()[0], libvirt.VIR_STORAGE_POOL_RUNNING)
    pool.setAutostart(1)
    equal(pool.autostart(), 1)
    equal([p.name() for p in conn.listAllStoragePools(libvirt.VIR_CONNECT_LIST_STORAGE_POOLS_AUTOSTART)], ['pool'])
    equal(conn.storagePoolLookupByUUID(pool.UUID()).name(), 'pool')
    equal(conn.storagePoolLookupByUUIDString(pool.UUIDString()).name(), 'pool')
    equal(conn.storagePoolLookupByName('pool').connect().getType(), 'TEST')
    equal(ET.fromstring(pool.XMLDesc()).findtext('target/path'), '/pool')
    equal(ET.fromstring(conn.findStoragePoolSources('logical', None)).tag, 'sources')
    refused(libvirt.VIR_ERR_OPERATION_INVALID, pool.undefine)
    pool.destroy()
    pool.delete()
    pool.undefine()
    refused(libvirt.VIR_ERR_NO_STORAGE_POOL, conn.storagePoolLookupByName, 'pool')
    conn.storagePoolCreateXML(POOL % ('fleeting', 'fleeting')).destroy()
    refused(libvirt.VIR_ERR_OPERATION_FAILED, conn.storagePoolDefineXML, POOL % ('default-pool', 'x'))


@case('volumes, filled and read through streams')
def _() -> None:
    pool = conn.storagePoolLookupByName('default-pool')
    before = pool.info()[2]
    volume = pool.createXML(VOLUME % 'vol')
    equal((volume.name(), volume.path(), volume.key()), ('vol', '/default-pool/vol', '/default-pool/vol'))
    equal((pool.listVolumes(), pool.numOfVolumes()), (['vol'], 1))
    equal([v.name() for v in pool.listAllVolumes()], ['vol'])
    equal(volume.info()[:2], [libvirt.VIR_STORAGE_VOL_FILE, 8 << 20])
    for other in (pool.storageVolLookupByName('vol'), conn.storageVolLookupByPath(volume.path()),
                  conn.storageVolLookupByKey(volume.key())):
        equal(other.name(), 'vol')
    equal(volume.storagePoolLookupByVolume().name(), 'default-pool')
    assert volume.connect() is conn
    equal(ET.fromstring(volume.XMLDesc()).findtext('capacity'), str(8 << 20))
    copy = pool.createXMLFrom(VOLUME % 'copy', volume)
    equal(pool.numOfVolumes(), 2)
    copy.delete()
    refused(libvirt.VIR_ERR_NO_STORAGE_VOL, pool.storageVolLookupByName, 'copy')
    refused(libvirt.VIR_ERR_STORAGE_VOL_EXIST, pool.createXML, VOLUME % 'vol')
    equal(pool.info()[2] - before, volume.info()[2])
    equal(volume.infoFlags(libvirt.VIR_STORAGE_VOL_GET_PHYSICAL)[1], 8 << 20)
    equal(conn.storagePoolLookupByTargetPath('/default-pool').name(), 'default-pool')
    for call, *args in ((volume.resize, 9 << 20), (volume.wipe,), (volume.wipePattern, libvirt.VIR_STORAGE_VOL_WIPE_ALG_ZERO),
                        (volume.upload, conn.newStream(), 0, 0), (volume.download, conn.newStream(), 0, 0)):
        no_support(call, *args)
    volume.delete()


@case('node devices')
def _() -> None:
    device = conn.nodeDeviceLookupByName('computer')
    equal((device.name(), device.parent(), device.listCaps(), device.numOfCaps()), ('computer', None, ['system'], 1))
    equal((sorted(conn.listDevices(None))[0], conn.numOfDevices(None)), ('computer', 4))
    equal(conn.listDevices('system'), ['computer'])
    equal(conn.nodeDeviceLookupByName('scsi_host1').parent(), 'computer')
    equal(sorted(conn.nodeDeviceLookupByName('scsi_host1').listCaps()), ['fc_host', 'scsi_host', 'vports'])
    equal([d.name() for d in conn.listAllDevices(libvirt.VIR_CONNECT_LIST_NODE_DEVICES_CAP_SYSTEM)], ['computer'])
    equal(ET.fromstring(device.XMLDesc()).findtext('capability/hardware/vendor'), 'Libvirt')
    equal((device.isActive(), device.isPersistent()), (1, 1))
    assert device.connect() is conn
    refused(libvirt.VIR_ERR_NO_NODE_DEVICE, conn.nodeDeviceLookupByName, 'absent')
    for call, *args in ((device.dettach,), (device.detachFlags, None), (device.reAttach,), (device.reset,),
                        (device.autostart,), (device.setAutostart, 1), (device.create,), (device.undefine,),
                        (conn.nodeDeviceDefineXML, '<device/>'), (conn.nodeDeviceLookupSCSIHostByWWN, '1', '2')):
        refused(libvirt.VIR_ERR_NO_SUPPORT, call, *args)


SECRET = """<secret ephemeral='no' private='%s'><uuid>%s</uuid><description>%s</description>
<usage type='volume'><volume>/img/%s</volume></usage></secret>"""
SECRET_UUID, OTHER_UUID = '11111111-2222-3333-4444-555555555555', '11111111-2222-3333-4444-666666666666'


@case('secrets: definitions and values')
def _() -> None:
    secret = conn.secretDefineXML(SECRET % ('no', SECRET_UUID, 'one', 'a'))
    equal((secret.UUIDString(), secret.UUID(), secret.usageType(), secret.usageID()),
          (SECRET_UUID, bytes.fromhex(SECRET_UUID.replace('-', '')), libvirt.VIR_SECRET_USAGE_TYPE_VOLUME, '/img/a'))
    assert secret.connect() is conn
    refused(libvirt.VIR_ERR_NO_SECRET, secret.value)
    equal(secret.setValue(b'\0pass\xff'), 0)
    equal(secret.value(), b'\0pass\xff')
    assert 'pass' not in secret.XMLDesc()
    equal((conn.numOfSecrets(), conn.listSecrets(), len(conn.listAllSecrets())), (1, [SECRET_UUID], 1))
    equal(len(conn.listAllSecrets(libvirt.VIR_CONNECT_LIST_SECRETS_PRIVATE)), 0)
    for found in (conn.secretLookupByUUID(secret.UUID()), conn.secretLookupByUUIDString(SECRET_UUID),
                  conn.secretLookupByUsage(libvirt.VIR_SECRET_USAGE_TYPE_VOLUME, '/img/a')):
        equal(found.value(), b'\0pass\xff')
    # One secret for one use; what it is for does not change; the description may.
    refused(libvirt.VIR_ERR_INTERNAL_ERROR, conn.secretDefineXML, SECRET % ('no', OTHER_UUID, 'two', 'a'))
    refused(libvirt.VIR_ERR_INTERNAL_ERROR, conn.secretDefineXML, SECRET % ('no', SECRET_UUID, 'one', 'b'))
    assert 'renamed' in conn.secretDefineXML(SECRET % ('yes', SECRET_UUID, 'renamed', 'a')).XMLDesc()
    refused(libvirt.VIR_ERR_INVALID_SECRET, secret.value)
    refused(libvirt.VIR_ERR_OPERATION_DENIED, conn.secretDefineXML, SECRET % ('no', SECRET_UUID, 'one', 'a'))
    equal(secret.undefine(), 0)
    refused(libvirt.VIR_ERR_NO_SECRET, secret.XMLDesc)
    refused(libvirt.VIR_ERR_NO_SECRET, conn.secretLookupByUsage, libvirt.VIR_SECRET_USAGE_TYPE_VOLUME, '/img/a')
    equal(conn.numOfSecrets(), 0)


@case('no filters')
def _() -> None:
    for call, *args in ((conn.listNWFilters,), (conn.numOfNWFilters,),
                        (conn.listAllNWFilters,), (conn.listAllNWFilterBindings,), (conn.nwfilterDefineXML, '<filter/>'),
                        (conn.nwfilterDefineXMLFlags, '<filter/>'), (conn.nwfilterLookupByName, 'x'),
                        (conn.nwfilterLookupByUUID, b'0' * 16),
                        (conn.nwfilterLookupByUUIDString, '1' * 8 + ('-' + '1' * 4) * 3 + '-' + '1' * 12),
                        (conn.nwfilterBindingCreateXML, '<filterbinding/>'), (conn.nwfilterBindingLookupByPortDev, 'x')):
        no_support(call, *args)


@case('a host adapter made and destroyed')
def _() -> None:
    device = conn.nodeDeviceCreateXML("<device><name>vhba</name><parent>scsi_host1</parent><capability type='scsi_host'>"
                                      "<capability type='fc_host'><wwnn>2000000012341239</wwnn><wwpn>1000000012341239</wwpn>"
                                      "</capability></capability></device>")
    equal((device.parent(), conn.numOfDevices('scsi_host')), ('scsi_host1', 4))
    equal(device.destroy(), 0)
    equal(conn.numOfDevices('scsi_host'), 3)
