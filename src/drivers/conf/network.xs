# <network> and the state file <networkstatus> that virtnetworkd keeps of an active one.
import netcommon
import networkport
namespace dnsmasq http://libvirt.org/schemas/network/dnsmasq/1.0

enum forward_mode   { - nat route open bridge private vepa passthrough hostdev }   # '-': isolated
enum lease_unit     { - seconds minutes hours }
enum dns_protocol   { - tcp udp }
enum network_taint  { - hook-script }

struct ForwardInterface "A host interface guests are connected through; the one with fewest connections is taken"
    since 0.9.4
    @dev            string          required "Name of the interface of the host"
    @connections    uint            live since 0.10.0 "Interfaces of guests that use it"

struct ForwardAddress "A PCI function handed to guests"
    since 0.10.0
    @type           address_type    always "``pci``, the only kind there is"
    include         PciAddress      as pci
    @connections    uint            live "Interfaces of guests that use it"

struct DnsForwarder "Where to send queries, or which domain goes there; it must say one or both"
    since 1.1.3
    check network_dns_forwarder_check
    @domain         string since 2.2.0 absent "queries of all domains"
                    "Queries of this domain; without ``addr`` they are answered here, or by the servers of the host"
    @addr           ip absent "the servers of the host" "Address of the server they go to"

struct DnsTxt "A TXT record"
    since 0.9.3
    @name           string          required "Name that is asked for; no spaces, no commas"
    @value          string          required "What is answered; several strings with commas between them"

struct DnsSrv "A SRV record: where a service is"
    since 0.9.9
    @service        string          required "Name of the service, without underscore"
    @protocol       string          required "``tcp`` or ``udp``"
    @domain         string absent "domain of the network" "Domain the service is for"
    @target         string absent "the service is not available" "Host that has the service"
    @port           uint opt absent "1" "Its port, 1 to 65535; needs a target"
    @priority       uint opt absent "0" "Lower ones are tried first, 0 to 65535; needs a target"
    @weight         uint opt absent "0" "Share among those of one priority, 0 to 65535; needs a target"

struct DnsHost "Names of one address"
    since 0.9.3
    @ip             ip "The address"
    hostname[]      string "A name for it"

struct Lease "How long an address is lent; 0 is for ever, at least 2 minutes"
    since 6.3.0
    @expiry         ull             always "How many of the unit; 0 is for ever"
    @unit           lease_unit absent "``minutes``" "What ``expiry`` counts"

struct DhcpRange "Addresses to lend"
    since 0.3.0
    @start          ip              required "First address; in the subnet of the ``<ip>``"
    @end            ip              required "Last address, at least the first"
    lease           Lease since 6.3.0

struct DhcpHost "A fixed address for one client, known by its MAC address, its id or its name"
    since 0.4.5
    @id             string absent "not looked at" "DHCP unique identifier of the client; IPv6 only"
    @mac            string absent "not looked at" "MAC address of the client; IPv4 only"
    @name           string absent "the client chooses" "Host name the client gets; for IPv6 also what it is known by"
    @ip             ip absent "any free address; the client gets its name only" "The address; in the subnet, not in a range"
    lease           Lease since 6.3.0

struct NetworkIp "An address of the bridge, and the DHCP service on it; isolated networks, nat, route and open"
    since 0.3.0
    @family         ip_family since 0.8.7 absent "``ipv4``" "Which kind of address"
    @address        ip "The host has this address in the network; IPv4 guests use it as default route"
    @netmask        ip absent "``prefix``, or what the class of the address implies"
        "Significant bits of an IPv4 address; not with ``prefix``"
    @prefix         uint            opt since 0.8.7 absent "``netmask``; 64 for IPv6" "Significant bits, in place of a mask"
    @localPtr       yesno since 3.0.0 absent "``no``" "Reverse lookups are not forwarded; prefix divisible by 8 (IPv6: by 4)"
    tftp since 0.7.1 "A TFTP server, on one IPv4 address only" {
        @root string as tftp_root "Folder with files for guests that boot"
    }
    dhcp as dhcp since 0.3.0 "The DHCP server; for one IPv4 and (since 1.0.1) one IPv6 address" {
        range[]     DhcpRange
        host[]      DhcpHost
        bootp since 0.7.1 "What guests boot from; IPv4 only" {
            @file string as bootp_file required "Name of the boot file"
            @server string as bootp_server since 0.7.3 absent "the host itself" "Address of the TFTP server that has it"
        }
    }

struct PortGroup "A class of connections, chosen by ``portgroup`` of an interface's source"
    since 0.9.4
    @name           string          required "What interfaces call it"
    @default        yesno           as is_default absent "``no``" "For interfaces that choose none; one group at most"
    @trustGuestRxFilters yesno since 1.2.10 absent "as the network says" "As that of the network, for this group"
    vlan            Vlan since 0.10.0 "VLANs of this group; goes before that of the network"
    virtualport     VirtualPort "Merged with that of the network and of the interface; they must not contradict"
    bandwidth       Bandwidth "Limits of each interface by itself, where it has none of its own"

struct DnsmasqOption "A line for dnsmasq's configuration, unchecked"
    since 5.6.0
    @value          string          required "The line"

struct Network <network> "A virtual network"
    errors      VIR_FROM_NETWORK network_definition
    since 0.3.0
    check           network_check
    @ipv6           yesno since 1.0.1 absent "``no``" "Guests may talk IPv6 to each other though the network has no IPv6 address"
    @trustGuestRxFilters yesno since 1.2.10 absent "``no``"
                    "Guests may change the MAC address and the multicast filters of their interfaces"
    @connections    uint            live since 0.10.0 "Interfaces of guests that are connected"
    name            string          required since 0.3.0 "Unique among the networks of the host"
    uuid            uuid since 0.3.0 absent "made up" "Unique in the world"
    title           string since 9.7.0 "A short description"
    description     string since 9.7.0 "A long description"
    metadata        raw since 2.1.0 "Data of applications; one element of each namespace"
    forward as forward since 0.3.0 absent "isolated: they only reach each other and the host" "How guests reach what is outside" {
        @dev        string          as forward_dev absent "any interface" "Traffic leaves by this interface only; not with open"
        @mode       forward_mode    as forward_mode since 0.4.2 absent "``nat``"
            "``nat``: with the address of the host. ``route``: with their own. ``open`` (2.2.0): so, without firewall rules."
            "The rest"
            "is not managed: ``bridge`` (0.9.4) is a bridge that exists or macvtap; ``private``, ``vepa``, ``passthrough``"
            "(0.9.4)"
            "are modes of macvtap; ``hostdev`` (0.10.0) hands out PCI functions"
        @managed    yesno since 0.10.0 absent "``no``" "hostdev: take functions from their host driver, and give them back"
        driver      HostdevDriver   as forward_driver since 1.0.5 absent "chosen by the hypervisor driver"
        nat since 1.0.3 "Details of address translation" {
            @ipv6   yesno           as nat_ipv6 since 6.5.0 absent "``no``: IPv6 is routed" "Translate IPv6, too"
            address absent "the address of the host" "Addresses guests are seen with outside; all of them are used" {
                @start ip as nat_address_start required "First address"
                @end ip as nat_address_end required "Last address; may be the first"
            }
            port absent "1024 to 65535" "Ports translated connections come from" {
                @start uint as nat_port_start required "First port"
                @end uint as nat_port_end required "Last port"
            }
        }
        pf since 0.9.10 "The physical function whose virtual functions are lent to guests; passthrough and hostdev" {
            @dev string as pf_dev required "Name of its interface on the host"
        }
        interface[] ForwardInterface
        address[]   ForwardAddress  as addresses
    }
    bridge since 0.3.0 "The bridge that guests are plugged into" {
        @name       string          as bridge absent "``virbr0`` or the next that is free, then kept"
                    "Name of the bridge; one that exists for mode bridge"
        @zone       string since 5.1.0 absent "``libvirt``" "Zone of firewalld for the bridge"
        @stp        onoff           always when forward_mode - nat route open since 0.3.0 absent "``on``" "Spanning tree protocol"
        @delay      ull             always when forward_mode - nat route open since 0.3.0 absent "0"
            "Seconds before a port forwards"
        @macTableManager mac_manager as mac_manager since 1.2.11 absent "``kernel``"
                    "Who fills the table of addresses of the bridge; ``libvirt``: no learning and flooding, less work for the"
                    "host"
    }
    mtu since 3.1.0 absent "that of the device, mostly 1500" "Largest packet of the bridge and of what is plugged into it" {
        @size uint as mtu "Bytes"
    }
    mac since 0.8.8 absent "made up" "Address of the bridge" { @address mac as mac "The MAC address" }
    domain since 0.4.5 "Name domain of the DHCP server" {
        @name       string          as domain "The domain, such as ``example.com``"
        @localOnly  yesno since 1.2.12 absent "``no``" "Queries for names of this domain never go to the outside"
        @register   yesno           as register_names since 10.1.0 absent "``no``" "Make the domain known to systemd-resolved"
    }
    dns since 0.9.3 "The DNS server of the network" {
        @enable     yesno           as dns_enable since 2.2.0 absent "``yes``" "Whether there is one"
        @forwardPlainNames yesno since 1.1.2 absent "``yes``"
                    "Names without a domain go to the servers of the host, too"
        forwarder[] DnsForwarder    as dns_forwarders
        txt[]       DnsTxt          as dns_txts
        srv[]       DnsSrv          as dns_srvs
        host[]      DnsHost         as dns_hosts
    }
    vlan            Vlan since 0.10.0 "VLANs of guests, where the switch can do it: Open vSwitch, SR-IOV functions"
    bandwidth       Bandwidth since 0.9.4 "Limits for all guests together; not with mode private, passthrough and hostdev"
    port since 6.1.0 "Ports of a Linux bridge" {
        @isolated yesno as port_isolated absent "``no``" "Guests cannot talk to each other"
    }
    ip[]            NetworkIp since 0.3.0 "Addresses of the bridge, and DHCP on them"
    route[]         Route since 1.0.6 "Routes of the host through the bridge"
    virtualport     VirtualPort since 0.9.4 "For the interfaces of guests"
    portgroup[]     PortGroup since 0.9.4 "Classes of connections"
    dnsmasq:options since 5.6.0 "Lines for the configuration of dnsmasq, unchecked" {
        dnsmasq:option[] DnsmasqOption as dnsmasq_options
    }

struct Taint "Something done to the object that support should know of"
    since 1.2.2
    @flag           network_taint   required "``hook-script``: a hook changed or watched the network"

struct NetworkStatus <networkstatus> "An active network, over a restart of the daemon"
    since 1.0.1
    class_id "Traffic classes in use" { @bitmap bitmap as class_ids "Their numbers" }
    floor "Throughput promised to guests" { @sum ull always as floor_sum "Kilobytes a second, of all interfaces together" }
    taint[]         Taint since 1.2.2
    network         Network         required
    ports since 5.5.0 "What is connected" { networkport[] NetworkPort as ports }
