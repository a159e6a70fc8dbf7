# What networks, their ports and the interfaces of domains share.
import common

enum virtualport_type { - 802.1Qbg 802.1Qbh openvswitch midonet none }
enum vlan_mode        { - tagged untagged }
enum mac_manager      { - kernel libvirt }
enum ip_family        { - ipv4 ipv6 }

struct VirtualPort "How a port is announced to the switch it is plugged into"
    check network_virtual_port_check
    since           0.8.2
    @type           virtualport_type absent "that of the network or port group; else what is given must be enough"
        "The switch: ``802.1Qbg`` and ``802.1Qbh``: the hardware switch behind a macvtap or assigned device; ``openvswitch``"
        "(0.9.11); ``midonet`` (1.2.13); ``none``"
    parameters {
        "Ask the network's administrator. Interface, port group and network may each give a part; all parts must agree"
        @managerid      num     opt     "802.1Qbg: which database of port types to use: 1 to 255"
        @typeid         num     opt as type_id "802.1Qbg: the type of the port in it: up to 0xffffff"
        @typeidversion  num     opt as type_id_version "802.1Qbg: version of that type: up to 255"
        @instanceid     uuid    as instance_id absent "a random one" "802.1Qbg: what identifies this port"
        @profileid      string  as profile_id "802.1Qbh and Open vSwitch: name of a port profile; at most 39 characters"
        @interfaceid    uuid    as interface_id since 0.9.11 absent "a random one, for Open vSwitch"
            "Open vSwitch and Midonet: what identifies this port. Midonet needs it"
    }

struct BandwidthRate "Limits for one direction. Rates are kilobytes a second; zero is no limit"
    since           0.9.4
    @average        ull opt     "Rate in the long run. Needed, unless there is a ``floor`` alone"
    @peak           ull         absent "as fast as it goes"
        "Greatest rate while the burst lasts. Ignored for ``outbound``, where Linux cannot do it"
    @floor          ull         since 1.0.1 absent "nothing guaranteed"
        "Rate that is guaranteed. ``inbound`` of interfaces on a virtual network that itself has an ``inbound`` limit"
    @burst          ull         absent "a small buffer" "Kibibytes that may go at peak rate in one go"

struct Bandwidth "Traffic shaping: of one interface, or of a network as a whole"
    check netcommon_bandwidth_check
    since           0.9.4
    @classID        uint            as class_id since 1.0.1
        "Class that carries the ``floor`` on the bridge; the network driver numbers it"
    inbound         BandwidthRate   absent "no limit" "Traffic to the guest"
    outbound        BandwidthRate   absent "no limit" "Traffic from the guest"

struct VlanTag "One VLAN"
    since           0.10.0
    @id             uint            required always "Number of the VLAN, up to 4095; 802.1Qbg does not allow 0"
    @nativeMode     vlan_mode       since 1.1.0 absent "not the native VLAN"
        "This is the VLAN of frames without a tag; the guest gets its frames ``tagged`` or ``untagged``. One tag of a trunk"

struct Vlan "VLANs of a port, of which the guest need not know"
    "On Open vSwitch, virtual functions (also by macvtap in ``passthrough`` mode, 1.3.5) and Linux bridges (11.0.0)"
    check netcommon_vlan_check
    since           0.10.0
    @trunk          yesno           absent "yes with several tags" "The guest sends and receives tagged frames of these VLANs"
    tag[]           VlanTag         "Several make a trunk, which virtual functions cannot do"

struct Route "A static route: on the host for a network, in the guest (LXC) for an interface"
    check network_route_check
    since           1.0.6
    @family         ip_family       absent "``ipv4``" "IPv4 or IPv6"
    @address        ip              required "Network that can be reached; 0.0.0.0 or :: is the default route"
    @netmask        ip              absent "see ``prefix``" "IPv4: which bits of the address are the network's"
    @prefix         uint            opt absent "class A, B or C of an IPv4 address; 64 for IPv6"
        "How many leading bits are the network's; not together with ``netmask``"
    @gateway        ip              required
        "Where packets for that network are sent; itself within a network that is directly reachable"
    @metric         uint            opt absent "1"
        "Of two routes to one network the one with the smaller number is used; more than 0"
