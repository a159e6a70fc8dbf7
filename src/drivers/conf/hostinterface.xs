# <interface> as virtinterfaced knows it: a network interface of the host and its configuration.
import common

enum iface_type     { - ethernet bridge bond vlan }
enum iface_start    { - onboot none hotplug }
enum iface_family   { - ipv4 ipv6 }
enum bond_mode      { - balance-rr active-backup balance-xor broadcast 802.3ad balance-tlb balance-alb }
enum bond_carrier   { - ioctl netif }
enum bond_validate  { - none active backup all }

struct IfaceAddress "An address of the interface"
    since 0.6.4
    @address        string          required "The address"
    @prefix         uint            opt "Significant bits"

struct IfaceProtocol "How the interface gets its addresses"
    since 0.6.4
    @family         iface_family    required "Which kind of addresses; one element of each"
    autoconf        flag "IPv6: from what routers announce"
    dhcp as dhcp absent "no DHCP"  "From a DHCP server" {
        @peerdns yesno "Take its name servers, too" absent "chosen by the host"
    }
    ip[]            IfaceAddress
    route "The default route" { @gateway string as gateway "Address of the router" }

struct HostInterface <interface> "A network interface of the host"
    errors      VIR_FROM_INTERFACE interface_definition
    since 0.6.4
    check           host_interface_check
    @type           iface_type "What kind of interface it is; decides which elements follow"
    @name           string "Its name on the host; unique"
    start "When the host brings it up" {
        @mode iface_start as start "``onboot``, when plugged in (``hotplug``), or when told to (``none``)"
    }
    mtu "Largest packet" { @size uint as mtu "Bytes" absent "that of the device" }
    protocol[]      IfaceProtocol
    link since 1.2.6 "The state of the link; told, not set" {
        @speed uint as link_speed "Mbit a second"
        @state oper_state as link_state "As the kernel says it"
    }
    mac "Hardware address" { @address string as mac "The MAC address" absent "that of the device" }
    switch type {
        bridge {
            bridge as bridge {
                "The bridge, and what is plugged into it"
                @stp        onoff "Spanning tree protocol" absent "chosen by the host"
                @delay      string "Seconds before a port forwards" absent "chosen by the host"
                interface[] HostInterface "A port of the bridge"
            }
        }
        bond {
            bond as bond {
                "Several interfaces that act as one"
                @mode       bond_mode       as bond_mode absent "``balance-rr``"
                    "How traffic is spread; words of the kernel's bonding driver"
                miimon as miimon {
                    "Watch links by asking the devices; not together with ``<arpmon>``"
                    @freq       uint    opt "Milliseconds between two looks"
                    @downdelay  uint    opt "Milliseconds before a link that failed is left out" absent "0"
                    @updelay    uint    opt "Milliseconds before a link that came back is used" absent "0"
                    @carrier    bond_carrier "Ask the device (``ioctl``) or the kernel (``netif``)" absent "chosen by the host"
                }
                arpmon as arpmon {
                    "Watch links by sending ARP requests"
                    @interval   uint    opt "Milliseconds between two requests"
                    @target     string  as arp_target "Who shall answer"
                    @validate   bond_validate as arp_validate "On which links answers are looked at" absent "``none``"
                }
                interface[] HostInterface "A link of the bond"
            }
        }
        vlan {
            vlan as vlan {
                "A VLAN on another interface"
                @tag        string  as vlan_tag "Number of the VLAN, up to 4094"
                interface "What carries it" { @name string as vlan_device "Name of the interface" }
            }
        }
    }
