// SPDX-License-Identifier: LGPL-2.1-or-later

// A client that speaks the protocol itself, without any libvirt.so.0 (Debian's go-libvirt of DigitalOcean).  No stream:
// its functions look for a call's results in the packet that ends the stream.
package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"time"

	"github.com/digitalocean/go-libvirt"
	"github.com/digitalocean/go-libvirt/socket/dialers"
)

const guest = `<domain type='test'><name>wire</name><memory unit='MiB'>64</memory><vcpu>2</vcpu>
<os><type arch='i686'>hvm</type></os></domain>`

func main() {
	l := libvirt.NewWithDialer(dialers.NewLocal(dialers.WithSocket(os.Getenv("TEST_SOCKET"))))
	must(l.ConnectToURI("test:///default"))
	kind, err := l.ConnectGetType()
	must(err)
	is(kind, "TEST", "type")
	domains, number, err := l.ConnectListAllDomains(1, 0)
	must(err)
	is([]interface{}{number, domains[0].Name}, []interface{}{uint32(1), "test"}, "domains")

	scope, cancel := context.WithCancel(context.Background())
	events, err := l.LifecycleEvents(scope)
	must(err)
	dom, err := l.DomainDefineXML(guest)
	must(err)
	must(l.DomainCreate(dom))
	state, reason, err := l.DomainGetState(dom, 0)
	must(err)
	is([]int32{state, reason}, []int32{1, 1}, "running")
	for _, wanted := range []int32{0, 2} {
		select {
		case event := <-events:
			is([]interface{}{event.Dom.Name, event.Event}, []interface{}{"wire", wanted}, "event")
		case <-time.After(20 * time.Second):
			must(fmt.Errorf("waited in vain for event %d", wanted))
		}
	}
	cancel()

	text, err := l.DomainGetXMLDesc(dom, 0)
	must(err)
	is(bytes.Contains([]byte(text), []byte("<name>wire</name>")), true, "document")
	must(l.DomainSetMemoryParameters(dom, []libvirt.TypedParam{
		{Field: "hard_limit", Value: *libvirt.NewTypedParamValueUllong(100000)}}, 2))
	params, _, err := l.DomainGetMemoryParameters(dom, 10, 2)
	must(err)
	is(params[0].Field, "hard_limit", "typed parameters")
	is(params[0].Value.I, uint64(100000), "and their value")
	_, err = l.DomainLookupByName("absent")
	is(libvirt.IsNotFound(err), true, "an absent domain")
	must(l.DomainDestroy(dom))
	must(l.DomainUndefine(dom))
	must(l.Disconnect())
	fmt.Printf("1..%d\n", count)
	if failed {
		os.Exit(1)
	}
}
