# <interface> as virtinterfaced knows it: a network interface of the host and its configuration.
import common

enum iface_type     { - ethernet bridge bond vlan }
enum iface_start    { - onboot none hotplug }
enum iface_family   { - ipv4 ipv6 }
enum bond_mode      { - balance-rr active-backup balance-xor broadcast 802.3ad balance-tlb balance-alb }
enum bond_carrier   { - ioctl netif }
enum bond_validate  { - none active backup all }

struct IfaceAddress "An address of the interface"
    @address        ip              required
    @prefix         uint            opt

struct IfaceProtocol "How the interface gets its addresses"
    @family         iface_family    required
    autoconf        flag
    dhcp as dhcp { @peerdns yesno }
    ip[]            IfaceAddress
    route { @gateway ip as gateway }

struct HostInterface <interface> "A network interface of the host"
    check           host_interface_check
    @type           iface_type
    @name           string
    start { @mode iface_start as start }
    mtu { @size uint as mtu }
    protocol[]      IfaceProtocol
    link { @speed uint as link_speed ; @state oper_state as link_state }
    mac { @address mac as mac }
    switch type {
        bridge {
            bridge as bridge {
                @stp        onoff
                @delay      string
                interface[] HostInterface
            }
        }
        bond {
            bond as bond {
                @mode       bond_mode       as bond_mode
                miimon as miimon {
                    @freq       uint    opt
                    @downdelay  uint    opt
                    @updelay    uint    opt
                    @carrier    bond_carrier
                }
                arpmon as arpmon {
                    @interval   uint    opt
                    @target     ip      as arp_target
                    @validate   bond_validate as arp_validate
                }
                interface[] HostInterface
            }
        }
        vlan {
            vlan as vlan {
                @tag        uint    always
                interface { @name string as vlan_device }
            }
        }
    }
