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
    @family         ip_family
    @address        ip
    @netmask        ip
    @prefix         uint            opt
    @localPtr       yesno
    tftp { @root string as tftp_root }
    dhcp as dhcp {
        range[]     DhcpRange
        host[]      DhcpHost
        bootp { @file string as bootp_file required ; @server string as bootp_server }
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
    @ipv6           yesno
    @trustGuestRxFilters yesno
    @connections    uint            live
    name            string          required
    uuid            uuid
    title           string
    description     string
    metadata        raw
    forward as forward {
        @dev        string          as forward_dev
        @mode       forward_mode    as forward_mode
        @managed    yesno
        driver      HostdevDriver   as forward_driver
        nat {
            @ipv6   yesno           as nat_ipv6
            address { @start ip as nat_address_start required ; @end ip as nat_address_end required }
            port { @start uint as nat_port_start required ; @end uint as nat_port_end required }
        }
        pf { @dev string as pf_dev required }
        interface[] ForwardInterface
        address[]   ForwardAddress  as addresses
    }
    bridge {
        @name       string          as bridge
        @zone       string
        @stp        onoff           default on always when forward_mode - nat route open
        @delay      ull             always when forward_mode - nat route open
        @macTableManager mac_manager as mac_manager
    }
    mtu { @size uint as mtu }
    mac { @address mac as mac }
    domain {
        @name       string          as domain
        @localOnly  yesno
        @register   yesno           as register_names
    }
    dns {
        @enable     yesno           as dns_enable
        @forwardPlainNames yesno
        forwarder[] DnsForwarder    as dns_forwarders
        txt[]       DnsTxt          as dns_txts
        srv[]       DnsSrv          as dns_srvs
        host[]      DnsHost         as dns_hosts
    }
    vlan            Vlan
    bandwidth       Bandwidth
    port { @isolated yesno as port_isolated }
    ip[]            NetworkIp
    route[]         Route
    virtualport     VirtualPort
    portgroup[]     PortGroup
    dnsmasq:options {
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
