# <networkport>: what a guest's interface is plugged into, as virtnetworkd keeps it.
import netcommon

enum plug_type      { - network bridge direct hostdev-pci }
enum direct_mode    { - bridge private vepa passthrough }

struct NetworkPort <networkport> "A connection to a network"
    errors      VIR_FROM_NETWORK networkport_definition
    since 5.5.0
    check           network_port_check
    uuid            uuid absent "made up" "Unique in the world"
    owner required {
        "The guest it is for"
        name        string          required as owner_name "Its name"
        uuid        uuid            required as owner_uuid "Its UUID"
    }
    group           string absent "the default group of the network, if there is one" "Name of a port group of the network"
    mac required "The interface of the guest" {
        @address mac required as mac "MAC address the guest sees; must not begin with fe"
    }
    virtualport     VirtualPort
    bandwidth       Bandwidth
    vlan            Vlan
    port since 6.1.0 "Port of a Linux bridge" {
        @isolated yesno as isolated absent "``no``" "Cannot talk to other isolated ports"
    }
    rxfilters "What the guest may change" {
        @trustGuest yesno as trust_guest_rx_filters absent "``no``" "MAC address and filters; macvtap and virtio"
    }
    plug {
        "What it is plugged into; the daemon fills it in"
        @type       plug_type       required as plug_type
                    "A bridge of the network itself, a ``bridge`` of the host, an interface of the host (macvtap), or a PCI"
                    "function"
        switch plug_type {
            network bridge {
                @bridge string      required "Name of the bridge"
                @macTableManager mac_manager as mac_manager absent "``kernel``" "Who fills the table of addresses of the bridge"
            }
            direct {
                @dev string         required "Name of the interface of the host"
                @mode direct_mode   required "Mode of macvtap"
            }
            hostdev-pci {
                @managed yesno absent "``no``" "Take the function from its host driver, and give it back; ``no``: others did that"
                driver HostdevDriver
                address required "Where the function sits" { include PciAddress as pci }
            }
        }
    }
