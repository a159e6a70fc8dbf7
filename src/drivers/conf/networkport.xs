# <networkport>: what a guest's interface is plugged into, as virtnetworkd keeps it.
import netcommon

enum plug_type      { - network bridge direct hostdev-pci }
enum direct_mode    { - bridge private vepa passthrough }

struct NetworkPort <networkport> "A connection to a network"
    check           network_port_check
    uuid            uuid
    owner required {
        name        string          required as owner_name
        uuid        uuid            required as owner_uuid
    }
    group           string
    mac required { @address mac required as mac }
    virtualport     VirtualPort
    bandwidth       Bandwidth
    vlan            Vlan
    port { @isolated yesno as isolated }
    rxfilters { @trustGuest yesno as trust_guest_rx_filters }
    plug {
        @type       plug_type       required as plug_type
        switch plug_type {
            network bridge {
                @bridge string      required
                @macTableManager mac_manager as mac_manager
            }
            direct {
                @dev string         required
                @mode direct_mode   required
            }
            hostdev-pci {
                @managed yesno
                driver HostdevDriver
                address required { include PciAddress as pci }
            }
        }
    }
