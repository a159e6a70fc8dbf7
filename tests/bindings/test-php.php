<?php
// SPDX-License-Identifier: LGPL-2.1-or-later
// php-libvirt-php: objects, life, statistics, errors, storage, snapshots, a picture through a stream.
if (!extension_loaded('libvirt')) {
    echo "1..0 # SKIP the extension is not there\n";
    exit;
}
$n = 0;
$failed = 0;

function is($got, $wanted, $what)
{
    global $n, $failed;
    $n++;
    $same = $got === $wanted;
    $failed += $same ? 0 : 1;
    echo $same ? 'ok' : 'not ok', " $n - $what\n";
    if (!$same) {
        echo '# got ', json_encode($got), ', wanted ', json_encode($wanted), ', last error ', libvirt_get_last_error(), "\n";
    }
}

$conn = libvirt_connect(getenv('TEST_URI'), false);
is(libvirt_connect_get_hypervisor($conn)['hypervisor'], 'TEST', 'type');
is(strncmp(libvirt_connect_get_uri($conn), 'test', 4), 0, 'uri');
is(libvirt_node_get_info($conn)['cpus'], 16, 'node info');
is(libvirt_list_domains($conn), ['test'], 'domains');
is(libvirt_list_active_domain_ids($conn), [1], 'ids');
is(libvirt_connect_get_maxvcpus($conn), 32, 'most vCPUs');
is(strpos(libvirt_connect_get_capabilities($conn), '<os_type>hvm</os_type>') !== false, true, 'capabilities');

$dom = libvirt_domain_define_xml($conn, "<domain type='test'><name>php</name><memory unit='MiB'>64</memory><vcpu>2</vcpu>" .
    "<os><type arch='i686'>hvm</type></os><devices><disk type='file' device='disk'><source file='/x.img'/>" .
    "<target dev='vda' bus='virtio'/></disk><interface type='network'><mac address='52:54:00:00:00:05'/>" .
    "<source network='default'/></interface></devices></domain>");
is(libvirt_domain_get_name($dom), 'php', 'name');
is(strlen(libvirt_domain_get_uuid_string($dom)), 36, 'uuid');
is((bool) libvirt_domain_is_active($dom), false, 'defined');
is(libvirt_domain_create($dom), true, 'started');
is(libvirt_domain_get_info($dom)['state'], 1, 'running');
is(libvirt_domain_suspend($dom), true, 'suspended');
is(libvirt_domain_get_info($dom)['state'], 3, 'paused');
is(libvirt_domain_resume($dom), true, 'resumed');
is(libvirt_domain_get_disk_devices($dom)[0], 'vda', 'disks');
is(isset(libvirt_domain_memory_stats($dom)[6]), true, 'statistics of memory');
is(count(libvirt_domain_block_stats($dom, 'vda')), 5, 'statistics of a disk');
is(libvirt_domain_set_memory($dom, 32768), true, 'memory set');
is(libvirt_domain_get_info($dom)['memory'], 32768, 'less memory');
is(libvirt_domain_set_autostart($dom, true), true, 'autostart set');
is(libvirt_domain_get_autostart($dom), 1, 'autostart');
is(libvirt_domain_xml_xpath($dom, '/domain/name')[0], 'php', 'document');
$snap = libvirt_domain_snapshot_create($dom);
is(count(libvirt_list_domain_snapshots($dom)), 1, 'snapshot');
is(libvirt_domain_snapshot_revert($snap), true, 'reverted');
is(libvirt_domain_snapshot_delete($snap), true, 'deleted');

is(@libvirt_domain_lookup_by_name($conn, 'absent'), false, 'an absent domain');
is(strncmp(libvirt_get_last_error(), 'Domain not found', 16), 0, 'its message');
is(@libvirt_domain_create($dom), false, 'already running');
$reader = libvirt_connect(getenv('TEST_URI'), true);
is(@libvirt_domain_destroy(libvirt_domain_lookup_by_name($reader, 'test')), false, 'read-only');

is(libvirt_domain_destroy($dom), true, 'destroyed');
is(libvirt_domain_undefine($dom), true, 'undefined');
is(libvirt_list_networks($conn), ['default'], 'networks');
$net = libvirt_network_get($conn, 'default');
is(libvirt_network_get_bridge($net), 'virbr0', 'bridge');
is(libvirt_network_get_active($net), 1, 'active');
is(libvirt_list_storagepools($conn), ['default-pool'], 'pools');
$pool = libvirt_storagepool_lookup_by_name($conn, 'default-pool');
$vol = libvirt_storagevolume_create_xml($pool, '<volume><name>pv</name><capacity>1048576</capacity></volume>');
is((int) libvirt_storagevolume_get_info($vol)['capacity'], 1048576, 'volume');
is(libvirt_storagepool_list_volumes($pool), ['pv'], 'volumes');
is(libvirt_storagevolume_delete($vol), true, 'gone');
is(count(libvirt_list_nodedevs($conn)), 4, 'devices');
is(libvirt_nodedev_capabilities(libvirt_nodedev_get($conn, 'computer')), ['system'], 'capabilities of one');
echo "1..$n\n";
exit($failed ? 1 : 0);
