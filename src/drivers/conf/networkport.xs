# <networkport>: what a guest's interface is plugged into, as virtnetworkd keeps it.
import netcommon

enum plug_type      { - network bridge direct hostdev-pci }
enum direct_mode    { - bridge private vepa passthrough }

struct NetworkPort <networkport> "A connection to a network"
    errors      VIR_FROM_NETWORK networkport_definition
    since 5.5.0
    check           network_port_check
    uuid            uuid absent "made up" "unique in the world"
    owner required {
        "the guest it is for"
        name        string          required as owner_name "its name"
        uuid        uuid            required as owner_uuid "its UUID"
    }
    group           string absent "the default group of the network, if there is one" "name of a port group of the network"
    mac required "the interface of the guest" {
        @address mac required as mac "MAC address the guest sees; must not begin with fe"
    }
    virtualport     VirtualPort
    bandwidth       Bandwidth
    vlan            Vlan
    port since 6.1.0 "port of a Linux bridge" {
        @isolated yesno as isolated absent "``no``" "cannot talk to other isolated ports"
    }
    rxfilters "what the guest may change" {
        @trustGuest yesno as trust_guest_rx_filters absent "``no``" "MAC address and filters; macvtap and virtio"
    }
    plug {
        "what it is plugged into; the daemon fills it in"
        @type       plug_type       required as plug_type
                    "a bridge of the network itself, a ``bridge`` of the host, an interface of the host (macvtap), or a PCI"
                    "function"
        switch plug_type {
            network bridge {
                @bridge string      required "name of the bridge"
                @macTableManager mac_manager as mac_manager absent "``kernel``" "who fills the table of addresses of the bridge"
            }
            direct {
                @dev string         required "name of the interface of the host"
                @mode direct_mode   required "mode of macvtap"
            }
            hostdev-pci {
                @managed yesno absent "``no``" "take the function from its host driver, and give it back; ``no``: others did that"
                driver HostdevDriver
                address required "where the function sits" { include PciAddress as pci }
            }
        }
    }
