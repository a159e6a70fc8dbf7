# What networks, their ports and the interfaces of domains share.
import common

enum virtualport_type { - 802.1Qbg 802.1Qbh openvswitch midonet none }
enum vlan_mode        { - tagged untagged }
enum mac_manager      { - kernel libvirt }
enum ip_family        { - ipv4 ipv6 }

struct VirtualPort "How a port is announced to the switch it is plugged into"
    check network_virtual_port_check
    @type           virtualport_type
    parameters {
        @managerid      num     opt
        @typeid         num     opt as type_id
        @typeidversion  num     opt as type_id_version
        @instanceid     uuid    as instance_id
        @profileid      string  as profile_id
        @interfaceid    uuid    as interface_id
    }

struct BandwidthRate "Kilobytes a second; zero is no limit"
    @average        ull
    @peak           ull
    @floor          ull
    @burst          ull

struct Bandwidth "Traffic shaping"
    check netcommon_bandwidth_check
    @classID        uint            as class_id
    inbound         BandwidthRate
    outbound        BandwidthRate

struct VlanTag "One VLAN"
    @id             uint            always
    @nativeMode     vlan_mode

struct Vlan "VLANs of a port"
    check netcommon_vlan_check
    @trunk          yesno
    tag[]           VlanTag

struct Route "A static route"
    check network_route_check
    @family         ip_family
    @address        ip              required
    @netmask        ip
    @prefix         uint            opt
    @gateway        ip              required
    @metric         uint            opt
