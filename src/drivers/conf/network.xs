# <network> and the state file <networkstatus> that virtnetworkd keeps of an active one.
import netcommon
import networkport
namespace dnsmasq http://libvirt.org/schemas/network/dnsmasq/1.0

enum forward_mode   { - nat route open bridge private vepa passthrough hostdev }   # '-': isolated
enum lease_unit     { - seconds minutes hours }
enum dns_protocol   { - tcp udp }
enum network_taint  { - hook-script }

struct ForwardInterface "A host interface guests are connected through"
    @dev            string          required
    @connections    uint            live

struct ForwardAddress "A PCI function handed to guests"
    @type           address_type    always
    include         PciAddress      as pci
    @connections    uint            live

struct DnsForwarder "Where to send queries, or which domain goes there"
    check network_dns_forwarder_check
    @domain         string
    @addr           ip

struct DnsTxt "A TXT record"
    @name           string          required
    @value          string          required

struct DnsSrv "A SRV record"
    check network_dns_srv_check
    @service        string          required
    @protocol       string          required
    @domain         string
    @target         string
    @port           uint
    @priority       uint
    @weight         uint

struct DnsHost "Names of one address"
    @ip             ip
    hostname[]      string

struct Lease "How long an address is lent; 0 is for ever"
    @expiry         ull             always
    @unit           lease_unit

struct DhcpRange "Addresses to lend"
    @start          ip              required
    @end            ip              required
    lease           Lease

struct DhcpHost "A fixed address for one client"
    @id             string
    @mac            mac
    @name           string
    @ip             ip
    lease           Lease

struct NetworkIp "An address of the bridge, and the DHCP service on it"
    check network_ip_check
    @family         ip_family since 0.8.7 "ipv4 where absent"
    @address        ip since 0.3.0 "the host has this address in the network"
    @netmask        ip since 0.3.0
    @prefix         uint            opt since 0.8.7 "significant bits, in place of a mask"
    @localPtr       yesno since 3.0.0 "reverse lookups are not forwarded"
    tftp since 0.7.1 "folder with files for guests that boot" { @root string as tftp_root }
    dhcp as dhcp since 0.3.0 "the DHCP server" {
        range[]     DhcpRange
        host[]      DhcpHost
        bootp since 0.7.1 "what guests boot from" { @file string as bootp_file required ; @server string as bootp_server }
    }

struct PortGroup "A class of connections"
    @name           string          required
    @default        yesno           as is_default
    @trustGuestRxFilters yesno
    vlan            Vlan
    virtualport     VirtualPort
    bandwidth       Bandwidth

struct DnsmasqOption "A line for dnsmasq's configuration, unchecked"
    @value          string          required

struct Network <network> "A virtual network"
    check           network_check
    @ipv6           yesno since 1.0.1 "guests may talk IPv6 to each other though the network has no IPv6 address"
    @trustGuestRxFilters yesno since 1.2.10 "guests may change the MAC address and the multicast filters of their interfaces"
    @connections    uint            live "interfaces of guests that are connected"
    name            string          required since 0.3.0 "unique among the networks of the host"
    uuid            uuid since 0.3.0 "unique in the world; made up where absent"
    title           string since 9.7.0 "a short description"
    description     string since 9.7.0 "a long description"
    metadata        raw since 2.1.0 "of applications; one element of each namespace"
    forward as forward since 0.3.0 "how guests reach what is outside; without it they only reach each other and the host" {
        @dev        string          as forward_dev
        @mode       forward_mode    as forward_mode
        @managed    yesno
        driver      HostdevDriver   as forward_driver
        nat since 1.0.3 "details of address translation" {
            @ipv6   yesno           as nat_ipv6
            address { @start ip as nat_address_start required ; @end ip as nat_address_end required }
            port { @start uint as nat_port_start required ; @end uint as nat_port_end required }
        }
        pf since 0.10.0 "the physical function whose virtual functions are lent to guests" { @dev string as pf_dev required }
        interface[] ForwardInterface
        address[]   ForwardAddress  as addresses
    }
    bridge since 0.3.0 "the bridge that guests are plugged into" {
        @name       string          as bridge
        @zone       string since 5.1.0 "zone of firewalld for the bridge"
        @stp        onoff           default on always when forward_mode - nat route open since 0.3.0 "spanning tree protocol"
        @delay      ull             always when forward_mode - nat route open since 0.3.0 "seconds before a port forwards"
        @macTableManager mac_manager as mac_manager since 1.2.11 "who fills the table of addresses of the bridge"
    }
    mtu since 3.1.0 "largest packet of the bridge and of what is plugged into it" { @size uint as mtu }
    mac since 0.8.8 "address of the bridge; made up where absent" { @address mac as mac }
    domain "name domain of the DHCP server" {
        @name       string          as domain
        @localOnly  yesno since 1.2.12 "queries for names of this domain never go to the outside"
        @register   yesno           as register_names since 10.1.0 "make the domain known to systemd-resolved"
    }
    dns since 0.9.3 "the DNS server of the network" {
        @enable     yesno           as dns_enable since 2.2.0 "whether there is one"
        @forwardPlainNames yesno since 1.1.2 "names without a domain go to the servers of the host, too"
        forwarder[] DnsForwarder    as dns_forwarders
        txt[]       DnsTxt          as dns_txts
        srv[]       DnsSrv          as dns_srvs
        host[]      DnsHost         as dns_hosts
    }
    vlan            Vlan since 0.10.0 "VLANs of guests, where the switch can do it"
    bandwidth       Bandwidth since 0.9.4 "limits for all guests together"
    port since 6.1.0 "guests cannot talk to each other" { @isolated yesno as port_isolated }
    ip[]            NetworkIp since 0.3.0 "addresses of the bridge, and DHCP on them"
    route[]         Route since 1.0.6 "routes of the host through the bridge"
    virtualport     VirtualPort "for the interfaces of guests"
    portgroup[]     PortGroup since 0.9.4 "classes of connections"
    dnsmasq:options since 5.6.0 "lines for the configuration of dnsmasq, unchecked" {
        dnsmasq:option[] DnsmasqOption as dnsmasq_options
    }

struct Taint "Something done to the object that support should know of"
    @flag           network_taint   required

struct NetworkStatus <networkstatus> "An active network, over a restart of the daemon"
    class_id { @bitmap bitmap as class_ids }
    floor { @sum ull always as floor_sum }
    taint[]         Taint
    network         Network         required
    ports { networkport[] NetworkPort as ports }
