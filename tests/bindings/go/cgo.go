// SPDX-License-Identifier: LGPL-2.1-or-later

// Go's bindings (Debian's libvirt-go, built against our headers): objects, life, events, streams, errors.
package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	libvirt "github.com/libvirt/libvirt-go"
)

const guest = `<domain type='test'><name>go</name><memory unit='MiB'>64</memory><vcpu>2</vcpu>
<os><type arch='i686'>hvm</type></os><devices><disk type='file' device='disk'><source file='/x.img'/>
<target dev='vda' bus='virtio'/></disk></devices></domain>`

func code(err error) libvirt.ErrorNumber {
	if failure, ok := err.(libvirt.Error); ok {
		return failure.Code
	}
	return 0
}

func main() {
	must(libvirt.EventRegisterDefaultImpl())
	go func() {
		for libvirt.EventRunDefaultImpl() == nil {
		}
	}()
	conn, err := libvirt.NewConnect(os.Getenv("TEST_URI"))
	must(err)
	kind, _ := conn.GetType()
	is(kind, "TEST", "type")
	node, err := conn.GetNodeInfo()
	must(err)
	is(node.Cpus, uint(16), "node info")
	domains, err := conn.ListAllDomains(0)
	must(err)
	name, _ := domains[0].GetName()
	is([]interface{}{len(domains), name}, []interface{}{1, "test"}, "domains")

	var lock sync.Mutex
	var seen []libvirt.DomainEventType
	arrived := make(chan bool, 100)
	callback, err := conn.DomainEventLifecycleRegister(nil,
		func(_ *libvirt.Connect, _ *libvirt.Domain, event *libvirt.DomainEventLifecycle) {
			lock.Lock()
			seen = append(seen, event.Event)
			lock.Unlock()
			arrived <- true
		})
	must(err)
	dom, err := conn.DomainDefineXML(guest)
	must(err)
	must(dom.Create())
	state, reason, _ := dom.GetState()
	is([]int{int(state), reason}, []int{1, 1}, "running")
	must(dom.Suspend())
	must(dom.Resume())
	for n := 0; n < 4; n++ {
		select {
		case <-arrived:
		case <-time.After(20 * time.Second):
			must(fmt.Errorf("waited in vain for event %d", n))
		}
	}
	lock.Lock()
	is(seen, []libvirt.DomainEventType{0, 2, 3, 4}, "events in their order")
	lock.Unlock()
	must(conn.DomainEventDeregister(callback))

	must(dom.SetMemoryParameters(&libvirt.DomainMemoryParameters{HardLimitSet: true, HardLimit: 100000},
		libvirt.DOMAIN_AFFECT_CONFIG))
	memory, err := dom.GetMemoryParameters(libvirt.DOMAIN_AFFECT_CONFIG)
	must(err)
	is(memory.HardLimit, uint64(100000), "memory parameters")
	stats, err := conn.GetAllDomainStats(nil, libvirt.DOMAIN_STATS_STATE, 0)
	must(err)
	is([]interface{}{len(stats), stats[1].State.State}, []interface{}{2, libvirt.DOMAIN_RUNNING}, "statistics")
	snap, err := dom.CreateSnapshotXML("<domainsnapshot><name>s</name></domainsnapshot>", 0)
	must(err)
	must(dom.Destroy())
	must(snap.RevertToSnapshot(0))
	active, _ := dom.IsActive()
	is(active, true, "reverted")
	must(snap.Delete(0))

	_, err = conn.LookupDomainByName("absent")
	is(code(err), libvirt.ERR_NO_DOMAIN, "code of an error")
	is(strings.Contains(err.Error(), "Domain not found"), true, "its message")
	is(err.(libvirt.Error).Domain, libvirt.ErrorDomain(libvirt.FROM_TEST), "its domain")
	is(code(dom.Create()), libvirt.ERR_OPERATION_INVALID, "already running")
	reader, err := libvirt.NewConnectReadOnly(os.Getenv("TEST_URI"))
	must(err)
	other, err := reader.LookupDomainByName("test")
	must(err)
	is(code(other.Destroy()), libvirt.ERR_OPERATION_DENIED, "read-only")
	other.Free()
	reader.Close()

	stream, err := conn.NewStream(0)
	must(err)
	first, err := conn.LookupDomainByName("test")
	must(err)
	mime, err := first.Screenshot(stream, 0, 0)
	must(err)
	var picture bytes.Buffer
	must(stream.RecvAll(func(_ *libvirt.Stream, data []byte) (int, error) { return picture.Write(data) }))
	must(stream.Finish())
	is([]bool{strings.HasPrefix(mime, "image/"), picture.Len() > 64}, []bool{true, true}, "a picture")
	stream.Free()
	first.Free()

	pool, err := conn.LookupStoragePoolByName("default-pool")
	must(err)
	volume, err := pool.StorageVolCreateXML("<volume><name>gv</name><capacity>1048576</capacity></volume>", 0)
	must(err)
	info, err := volume.GetInfo()
	must(err)
	is(info.Capacity, uint64(1048576), "volume")
	must(volume.Delete(0))
	network, err := conn.NetworkDefineXML("<network><name>gn</name><bridge name='virbr5'/></network>")
	must(err)
	must(network.Create())
	bridge, _ := network.GetBridgeName()
	is(bridge, "virbr5", "network")
	must(network.Destroy())
	must(network.Undefine())
	interfaces, _ := conn.ListInterfaces()
	is(interfaces, []string{"eth1"}, "interfaces")
	must(dom.Destroy())
	must(dom.Undefine())
	fmt.Printf("1..%d\n", count)
	if failed {
		os.Exit(1)
	}
}
