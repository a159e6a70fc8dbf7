# SPDX-License-Identifier: LGPL-2.1-or-later
# Sys::Virt: objects, life, events through its own loop, streams, errors, typed parameters.
use strict;
use warnings;
use Test::More;

BEGIN { eval { require Sys::Virt; require Sys::Virt::Event; 1 } or plan skip_all => 'Sys::Virt is not installed' }

my $GUEST = "<domain type='test'><name>%s</name><memory unit='MiB'>64</memory><vcpu>2</vcpu><iothreads>1</iothreads>"
    . "<os><type arch='i686'>hvm</type></os><devices><disk type='file' device='disk'><source file='/x.img'/>"
    . "<target dev='vda' bus='virtio'/></disk></devices></domain>";

Sys::Virt::Event::register_default();
my $conn = Sys::Virt->new(uri => $ENV{TEST_URI});
is($conn->get_type, 'TEST', 'type');
like($conn->get_uri, qr/^test/, 'uri');
cmp_ok($conn->get_library_version, '>=', 9000000, 'version');
like($conn->get_capabilities, qr{<os_type>hvm</os_type>}, 'capabilities');
is($conn->get_node_info->{cpus}, 16, 'node info');
is_deeply([map { $_->get_name } $conn->list_all_domains], ['test'], 'domains');
is(($conn->list_domains)[0]->get_uuid_string, '6695eb01-f6a4-8304-79aa-97f2502e193f', 'legacy list');

# Events by the loop of the bindings.
my @seen;
my $callback = $conn->domain_event_register_any(undef, Sys::Virt::Domain::EVENT_ID_LIFECYCLE,
    sub { my ($c, $dom, $event, $detail) = @_; push @seen, $dom->get_name . ":$event" });
my $expired = 0;
my $timer = Sys::Virt::Event::add_timeout(20000, sub { $expired = 1 });

sub wait_for {
    my ($what, $count) = @_;
    Sys::Virt::Event::run_default() while @seen < $count && !$expired;
    cmp_ok(scalar @seen, '>=', $count, $what);
}

my $dom = $conn->define_domain(sprintf($GUEST, 'perl'));
is($dom->is_active, 0, 'defined, not active');
$dom->create;
is_deeply([$dom->get_state], [Sys::Virt::Domain::STATE_RUNNING, 1], 'running');
is($dom->get_info->{nrVirtCpu}, 2, 'info');
$dom->suspend;
is($dom->get_info->{state}, Sys::Virt::Domain::STATE_PAUSED, 'paused');
$dom->resume;
wait_for('events', 4);
is_deeply([@seen[0 .. 3]], ['perl:0', 'perl:2', 'perl:3', 'perl:4'], 'events in their order');
$conn->domain_event_deregister_any($callback);
Sys::Virt::Event::remove_timeout($timer);

# Typed parameters, both ways.
$dom->set_memory_parameters({ Sys::Virt::Domain::MEMORY_HARD_LIMIT() => 100000 }, Sys::Virt::Domain::AFFECT_CONFIG);
is($dom->get_memory_parameters(Sys::Virt::Domain::AFFECT_CONFIG)->{hard_limit}, 100000, 'memory parameters');
is($dom->get_scheduler_type, 'fair', 'scheduler');
$dom->set_block_iotune('vda', { total_bytes_sec => 5000 });
is($dom->get_block_iotune('vda')->{total_bytes_sec}, 5000, 'limits of a disk');
my @stats = $conn->get_all_domain_stats(Sys::Virt::Domain::STATS_STATE);
is(scalar @stats, 2, 'statistics of all');
is($stats[1]->{data}->{'state.state'}, 1, 'a statistic');
is(scalar(my @vcpus = $dom->get_vcpu_info), 2, 'vCPUs');
is(($dom->get_iothread_info)[0]->{number}, 1, 'I/O threads');

# Snapshots.
my $snap = $dom->create_snapshot('<domainsnapshot><name>s1</name></domainsnapshot>');
is($snap->get_name, 's1', 'snapshot');
is($dom->num_of_snapshots, 1, 'one snapshot');
$dom->destroy;
$snap->revert_to;
is($dom->is_active, 1, 'reverted');
$snap->delete;

# Errors.
eval { $conn->get_domain_by_name('absent') };
my $error = $@;
isa_ok($error, 'Sys::Virt::Error');
is($error->code, Sys::Virt::Error::ERR_NO_DOMAIN, 'code');
is($error->domain, Sys::Virt::Error::FROM_TEST, 'domain');
like($error->message, qr/^Domain not found/, 'message');
eval { $dom->create };
is($@->code, Sys::Virt::Error::ERR_OPERATION_INVALID, 'already running');
my $reader = Sys::Virt->new(uri => $ENV{TEST_URI}, readonly => 1);
eval { $reader->get_domain_by_name('test')->destroy };
is($@->code, 29, 'read-only'); # ERR_OPERATION_DENIED has no name here

# A stream.
my $stream = $conn->new_stream;
my $kind = $conn->get_domain_by_name('test')->screenshot($stream, 0);
my $picture = '';
$stream->recv_all(sub { my ($st, $data, $n) = @_; $picture .= $data; return $n });
$stream->finish;
like($kind, qr{^image/}, 'kind of picture');
cmp_ok(length $picture, '>', 64, 'bytes of it');

# Networks, interfaces, storage, devices.
my $net = $conn->define_network("<network><name>pn</name><bridge name='virbr5'/></network>");
$net->create;
is($net->get_bridge_name, 'virbr5', 'network');
$net->destroy;
$net->undefine;
is(($conn->list_all_interfaces)[0]->get_name, 'eth1', 'interface');
my $pool = $conn->get_storage_pool_by_name('default-pool');
my $vol = $pool->create_volume('<volume><name>pv</name><capacity>1048576</capacity></volume>');
is($vol->get_info->{capacity}, 1048576, 'volume');
is($conn->get_storage_volume_by_path('/default-pool/pv')->get_name, 'pv', 'volume by path');
$vol->delete;
is($conn->get_node_device_by_name('computer')->get_name, 'computer', 'device');
$dom->destroy;
$dom->undefine;
is(scalar(my @left = $conn->list_all_domains), 1, 'all is as it was');
done_testing;
