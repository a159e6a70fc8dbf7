# SPDX-License-Identifier: LGPL-2.1-or-later
# ruby-libvirt: objects, life, events through a loop made here, streams, errors, typed parameters.
begin
  require 'libvirt'
rescue LoadError => e
  puts "1..0 # SKIP #{e}"
  exit
end

$n = 0
$failed = false

def is(got, wanted, what)
  $n += 1
  same = wanted.is_a?(Regexp) ? wanted.match?(got) : got == wanted
  puts "#{same ? 'ok' : 'not ok'} #{$n} - #{what}"
  puts "# got #{got.inspect}, wanted #{wanted.inspect}" unless same
  $failed ||= !same
end

# The application's own loop: the library tells it what to watch.
$handles = {}
$timers = {}
$id = 0
Libvirt.event_register_impl(
  lambda { |fd, events, opaque| $id += 1; $handles[$id] = [fd, events, opaque]; $id },
  lambda { |watch, events| $handles[watch][1] = events },
  lambda { |watch| $handles.delete(watch)&.last },
  lambda { |interval, opaque| $id += 1; $timers[$id] = [interval, opaque]; $id },
  lambda { |timer, interval| $timers[timer][0] = interval },
  lambda { |timer| $timers.delete(timer)&.last }
)

def turn
  reads = $handles.reject { |_, h| (h[1] & Libvirt::EVENT_HANDLE_READABLE).zero? }
  writes = $handles.reject { |_, h| (h[1] & Libvirt::EVENT_HANDLE_WRITABLE).zero? }
  ios = {}
  (reads.to_a + writes.to_a).each { |watch, h| ios[watch] ||= IO.for_fd(h[0], autoclose: false) }
  limit = $timers.values.map(&:first).reject(&:negative?).min
  ready = IO.select(reads.keys.map { |w| ios[w] }, writes.keys.map { |w| ios[w] }, nil, [limit ? limit / 1000.0 : 1, 1].min)
  $timers.to_a.each { |timer, t| Libvirt.event_invoke_timeout_callback(timer, t[1]) if t[0] >= 0 && $timers[timer] }
  return unless ready

  $handles.to_a.each do |watch, h|
    events = 0
    events |= Libvirt::EVENT_HANDLE_READABLE if ready[0].include?(ios[watch])
    events |= Libvirt::EVENT_HANDLE_WRITABLE if ready[1].include?(ios[watch])
    Libvirt.event_invoke_handle_callback(watch, h[0], events, h[2]) if events.positive? && $handles[watch]
  end
end

def wait_for(what)
  limit = Process.clock_gettime(Process::CLOCK_MONOTONIC) + 20
  turn until yield || Process.clock_gettime(Process::CLOCK_MONOTONIC) > limit
  is(yield ? true : false, true, what)
end

conn = Libvirt.open(ENV['TEST_URI'])
is(conn.type, 'TEST', 'type')
is(conn.uri, /^test/, 'uri')
is(conn.list_all_domains.map(&:name), ['test'], 'domains')
is(conn.node_info.cpus, 16, 'node info')
is(conn.capabilities, %r{<os_type>hvm</os_type>}, 'capabilities')
is(conn.list_domains, [1], 'ids')

seen = []
callback = conn.domain_event_register_any(Libvirt::Connect::DOMAIN_EVENT_ID_LIFECYCLE,
                                          lambda { |_c, dom, event, _detail, opaque| seen << [dom.name, event, opaque] }, nil, 'mine')
xml = "<domain type='test'><name>ruby</name><memory unit='MiB'>64</memory><vcpu>2</vcpu><os><type arch='i686'>hvm</type></os>" \
      "<devices><disk type='file' device='disk'><source file='/x.img'/><target dev='vda' bus='virtio'/></disk></devices></domain>"
dom = conn.define_domain_xml(xml)
is(dom.active?, false, 'defined')
dom.create
is(dom.state, [Libvirt::Domain::RUNNING, 1], 'running')
dom.suspend
is(dom.info.state, Libvirt::Domain::PAUSED, 'paused')
dom.resume
wait_for('four events') { seen.size >= 4 }
is(seen.map { |row| row[1] }, [0, 2, 3, 4], 'in their order')
is(seen[0][2], 'mine', 'with what was given')
conn.domain_event_deregister_any(callback)

is(dom.max_vcpus, 2, 'vCPUs')
dom.memory_parameters = [{ 'hard_limit' => 100_000 }, Libvirt::Domain::AFFECT_CONFIG]
is(dom.memory_parameters(Libvirt::Domain::AFFECT_CONFIG)['hard_limit'], 100_000, 'memory parameters')
is(dom.scheduler_type[0], 'fair', 'scheduler')
is(dom.block_stats('vda').rd_req >= 0, true, 'statistics of a disk')
snap = dom.snapshot_create_xml('<domainsnapshot><name>s1</name></domainsnapshot>')
is(dom.list_snapshots, ['s1'], 'snapshot')
dom.destroy
dom.revert_to_snapshot(snap)
is(dom.active?, true, 'reverted')
snap.delete
dom.destroy
dom.undefine

begin
  conn.lookup_domain_by_name('absent')
  is(false, true, 'an absent domain')
rescue Libvirt::RetrieveError => e
  is(e.libvirt_code, 42, 'code')
  is(e.libvirt_component, 12, 'domain')
  is(e.libvirt_message, /^Domain not found/, 'message')
end

stream = conn.stream
kind = conn.lookup_domain_by_name('test').screenshot(stream, 0)
picture = ''.b
stream.recvall(nil) { |data, _opaque| picture << data; data.bytesize }
stream.finish
is(kind, %r{^image/}, 'kind of picture')
is(picture.bytesize > 64, true, 'bytes of it')

net = conn.define_network_xml("<network><name>rn</name><bridge name='virbr5'/></network>")
net.create
is(net.bridge_name, 'virbr5', 'network')
net.destroy
net.undefine
is(conn.list_interfaces, ['eth1'], 'interfaces')
pool = conn.lookup_storage_pool_by_name('default-pool')
vol = pool.create_volume_xml('<volume><name>rv</name><capacity>1048576</capacity></volume>')
is(pool.list_volumes, ['rv'], 'volume')
is(vol.info.capacity, 1_048_576, 'its size')
vol.delete
is(conn.lookup_nodedevice_by_name('computer').num_of_caps, 1, 'device')
reader = Libvirt.open_read_only(ENV['TEST_URI'])
begin
  reader.lookup_domain_by_name('test').destroy
  is(false, true, 'read-only')
rescue Libvirt::Error => e
  is(e.libvirt_code, 29, 'read-only')
end
reader.close
conn.close
is(conn.closed?, true, 'closed')
puts "1..#{$n}"
exit($failed ? 1 : 0)
