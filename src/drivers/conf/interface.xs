# Network interfaces of a domain.  What hosts configure (netcf) is hostinterface.xs.
import device
import netcommon
import networkport

enum interface_type { - user ethernet vhostuser server client mcast network bridge internal direct hostdev udp vdpa null vds }
enum link_state     { - up down }
enum net_backend    { - default passt }
enum net_vhost      { - qemu vhost }
enum net_txmode     { - iothread timer }
enum interface_address_type { - pci usb }
enum forward_proto  { - tcp udp }

struct GuestIp "An address the guest is given"
    @address        ip          required
    @family         ip_family
    @prefix         uint        opt
    @peer           ip

struct NicFeatures "Offloads that may be switched off"
    @csum           onoff
    @gso            onoff
    @tso4           onoff
    @tso6           onoff
    @ecn            onoff
    @ufo            onoff
    @mrg_rxbuf      onoff

struct FilterParameter "A variable of a network filter"
    @name           string      required
    @value          string      required

struct PortRange "Ports of the host sent to the guest"
    @start          uint        always
    @end            uint
    @to             uint
    @exclude        yesno

struct PortForward "Connections to the host that go to the guest"
    @proto          forward_proto   required
    @address        ip
    @dev            string
    range[]         PortRange

struct HostdevAddress "The host device behind an interface"
    @type           interface_address_type  always
    switch type {
        pci         { include PciAddress as pci }
        usb         { @bus num always ; @device num always }
    }

# What a running guest's interface tells of the network that it got its bridge or device from.
rows LiveNetwork {
    @network        string      live
    @portgroup      string      live
    @portid         uuid        as port_id live
}

rows InterfaceSource {
    switch type {
        network {
            source {
                @network        string
                @portgroup      string
                @portid         uuid    as port_id live
                @bridge         string  live
                @macTableManager mac_manager live as mac_manager
            }
        }
        bridge      { source { use LiveNetwork ; @bridge string ; @macTableManager mac_manager live as mac_manager } }
        direct      { source { use LiveNetwork ; @dev string ; @mode direct_mode } }
        hostdev     {
            source {
                @missing yesno live
                vendor { @id hex(4) as host_vendor required }
                product { @id hex(4) as host_product required }
                address HostdevAddress as hostdev_address
            }
            driver HostdevDriver as hostdev_driver
        }
        server client mcast udp {
            source {
                @address string ; @port uint
                local { @address string as local_address ; @port uint as local_port }
            }
        }
        internal    { source { @name string as internal_name } }
        vhostuser   {
            source { @type string as vhost_type ; @path string ; @mode string as vhost_mode ; @dev string ; reconnect Reconnect }
        }
        vdpa user   { source { @dev string } }
        vds         { source { @switchid string ; @portgroupid string ; @portid string as vds_port_id ; @connectionid uint } }
        ethernet    { source { ip[] GuestIp as host_ips ; route[] Route as host_routes } }
    }
}

struct ActualInterface "What an interface of type network turned into while it runs"
    @type           interface_type
    @managed        yesno
    @trustGuestRxFilters yesno
    use InterfaceSource
    vlan            Vlan
    virtualport     VirtualPort
    bandwidth       Bandwidth
    port { @isolated yesno }

struct Interface <interface> "A network interface"
    check           interface_check
    @type           interface_type  required
    @managed        yesno
    @trustGuestRxFilters yesno
    mac {
        @address    mac             as mac abi
        @type       string          as mac_type
        @check      yesno           as mac_check
        @currentAddress mac         as mac_current live
    }
    use InterfaceSource
    actual          ActualInterface status
    vlan            Vlan
    virtualport     VirtualPort
    bandwidth       Bandwidth
    port { @isolated yesno as isolated }
    ip[]            GuestIp
    route[]         Route
    script { @path string as script }
    downscript { @path string as down_script }
    backenddomain { @name string as backend_domain }
    target { @dev string as target ; @managed yesno as target_managed }
    guest { @dev string as guest_dev ; @actual string as guest_actual live }
    model { @type   string          as model abi }
    switch type {
        hostdev { }
        * {
            driver {
                @name       net_vhost       as driver_name
                @txmode     net_txmode
                @ioeventfd  onoff
                @event_idx  onoff
                @queues     uint
                @rx_queue_size uint
                @tx_queue_size uint
                @rss        onoff
                @rss_hash_report onoff
                use VirtioOptions
                host        NicFeatures
                guest       NicFeatures
            }
        }
    }
    backend {
        @type       net_backend     as backend_type
        @tap        string          as backend_tap
        @vhost      string          as backend_vhost
        @logFile    string          as backend_log
        @hostname   string          as backend_hostname
        @fqdn       string          as backend_fqdn
    }
    portForward[]   PortForward
    filterref {
        @filter     string          required
        parameter[] FilterParameter as filter_parameters
    }
    tune { sndbuf ull opt }
    link { @state link_state as link_state }
    mtu { @size uint as mtu }
    coalesce { rx { frames { @max uint as rx_frames } } }
    teaming { @type teaming_type as teaming ; @persistent string as teaming_persistent }
    include         DeviceInfo      as info
