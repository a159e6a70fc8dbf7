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
    @address        ip              required "the address"
    @prefix         uint            opt "significant bits"

struct IfaceProtocol "How the interface gets its addresses"
    since 0.6.4
    @family         iface_family    required "of which kind; one element of each"
    autoconf        flag "IPv6: from what routers announce"
    dhcp as dhcp absent "no DHCP"  "from a DHCP server" {
        @peerdns yesno "take its name servers, too" absent "chosen by the host"
    }
    ip[]            IfaceAddress
    route "the default route" { @gateway ip as gateway "address of the router" }

struct HostInterface <interface> "A network interface of the host"
    errors      VIR_FROM_INTERFACE interface_definition
    since 0.6.4
    check           host_interface_check
    @type           iface_type "what it is"
    @name           string "its name on the host; unique"
    start "when the host brings it up" {
        @mode iface_start as start "``onboot``, when plugged in (``hotplug``), or when told to (``none``)"
    }
    mtu "largest packet" { @size uint as mtu "bytes" absent "that of the device" }
    protocol[]      IfaceProtocol
    link since 1.2.6 "the state of the link; told, not set" {
        @speed uint as link_speed "Mbit a second"
        @state oper_state as link_state "as the kernel says it"
    }
    mac "hardware address" { @address mac as mac "the MAC address" absent "that of the device" }
    switch type {
        bridge {
            bridge as bridge {
                "the bridge, and what is plugged into it"
                @stp        onoff "spanning tree protocol" absent "chosen by the host"
                @delay      string "seconds before a port forwards" absent "chosen by the host"
                interface[] HostInterface "a port of the bridge"
            }
        }
        bond {
            bond as bond {
                "several interfaces that act as one"
                @mode       bond_mode       as bond_mode absent "``balance-rr``"
                    "how traffic is spread; words of the kernel's bonding driver"
                miimon as miimon {
                    "watch links by asking the devices; not together with ``<arpmon>``"
                    @freq       uint    opt "milliseconds between two looks"
                    @downdelay  uint    opt "milliseconds before a link that failed is left out" absent "0"
                    @updelay    uint    opt "milliseconds before a link that came back is used" absent "0"
                    @carrier    bond_carrier "ask the device (``ioctl``) or the kernel (``netif``)" absent "chosen by the host"
                }
                arpmon as arpmon {
                    "watch links by sending ARP requests"
                    @interval   uint    opt "milliseconds between two requests"
                    @target     ip      as arp_target "who shall answer"
                    @validate   bond_validate as arp_validate "on which links answers are looked at" absent "``none``"
                }
                interface[] HostInterface "a link of the bond"
            }
        }
        vlan {
            vlan as vlan {
                "a VLAN on another interface"
                @tag        uint    always "number of the VLAN, up to 4094"
                interface "what carries it" { @name string as vlan_device "name of the interface" }
            }
        }
    }
