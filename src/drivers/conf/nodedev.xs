# <device>: a device of the host.
import common

enum nodedev_type   { - system pci usb_device usb net scsi_generic scsi_host scsi_target scsi storage drm mdev ccw
                      ccwgroup css vdpa ap_card ap_queue ap_matrix
                      phys_function virt_functions pci-bridge cardbus-bridge mdev_types vpd fc_host vport_ops
                      fc_remote_port removable hotpluggable 80203 80211 ccwgroup_member
                      qeth_generic qeth_layer2 qeth_layer3 }
enum devnode_type   { dev link }
enum drm_type       { - primary control render }
enum pci_link_type  { - cap sta }
enum vpd_access     { - readonly readwrite }
enum ccw_state      { - online offline }

struct DevNode "A file below /dev that stands for the device"
    @type           devnode_type    always
    .               string          as path

struct NetFeature "An offload the network card can do"
    @name           string          required

struct NodePciAddress "A PCI device of the host"
    @domain         hex(4)          always
    @bus            hex(2)          always
    @slot           hex(2)          always
    @function       hex(1)          always

struct PciLink "Speed in GT/s and lanes of a PCI Express link"
    @validity       pci_link_type   always
    @port           uint            opt
    @speed          string
    @width          uint            always

struct MdevType "A kind of mediated device that can be made"
    @id             string          required
    name            string
    deviceAPI       string
    availableInstances uint         always as available

struct MdevAttribute "A setting of a mediated device, applied in order"
    @name           string          required
    @value          string          required

struct CcwMember "A device of the group"
    @ref            string          required
    .               string          as name

struct VpdNumbered "A field the vendor or the system defines"
    @index          string          required
    .               string          as value

struct VpdFields "What the product data of a card says"
    @access         vpd_access      required
    change_level    string
    manufacture_id  string
    part_number     string
    serial_number   string
    asset_tag       string
    vendor_field[]  VpdNumbered
    system_field[]  VpdNumbered

rows CcwAddress {
    cssid           hex(1)          always
    ssid            hex(1)          always
    devno           hex(4)          always
}

struct CcwChannel "Where a channel device sits"
    use CcwAddress

struct NodeCapability "What a device is, or one more thing it is"
    check           nodedev_capability_check
    @type           nodedev_type    required
    @maxCount       uint            opt when type virt_functions
    switch type {
        system {
            product         string
            hardware always {
                vendor      string  as hardware_vendor
                version     string  as hardware_version
                serial      string  as hardware_serial
                uuid        uuid    as hardware_uuid
            }
            firmware always {
                vendor      string  as firmware_vendor
                version     string  as firmware_version
                release_date string
            }
        }
        pci {
            class           hex(6)  opt as pci_class
            domain          uint    always as pci_domain
            bus             uint    always as pci_bus
            slot            uint    always as pci_slot
            function        uint    always as pci_function
            product { @id hex(4) opt as product_id ; . string as product }
            vendor { @id hex(4) opt as vendor_id ; . string as vendor }
        }
        usb_device {
            bus             uint    always as usb_bus
            device          uint    always as usb_device
            product { @id hex(4) opt as product_id ; . string as product }
            vendor { @id hex(4) opt as vendor_id ; . string as vendor }
        }
        usb {
            number          uint    always as usb_number
            class           uint    always as usb_class
            subclass        uint    always as usb_subclass
            protocol        uint    always as usb_protocol
            description     string
        }
        net {
            interface       string  required as net_name
            address         string  as net_mac
            link { @speed uint as link_speed ; @state oper_state as link_state }
            feature[]       NetFeature
        }
        scsi_generic { char string required as chardev }
        scsi_host {
            host            uint    always as scsi_host
            unique_id       uint    opt
        }
        scsi_target { target string required as scsi_target_name }
        fc_remote_port {
            rport           string  required
            wwpn            string
        }
        scsi {
            host            uint    always as scsi_host
            bus             uint    always as scsi_bus
            target          uint    always as scsi_target
            lun             uint    always as scsi_lun
            type            string  as scsi_type
        }
        storage {
            block           string  required as block
            bus             string  as storage_bus
            drive_type      string
            model           string
            vendor          string  as storage_vendor
            serial          string
        }
        removable {
            media_available uint    always
            media_size      ull     always
            media_label     string
            logical_block_size ull
            num_blocks      ull
        }
        drm { type drm_type required as drm_type }
        mdev {
            type { @id string required as mdev_type }
            uuid            string  as mdev_uuid
            parent_addr     string
        }
        ccwgroup {
            state           ccw_state
            use CcwAddress
            members { ccw_device[] CcwMember }
        }
        ccw {
            state           ccw_state
            use CcwAddress
        }
        css {
            use CcwAddress
            channel_dev_addr CcwChannel
        }
        vdpa { chardev string required as chardev }
        ap_card { ap-adapter hex(2) always }
        ap_queue {
            ap-adapter      hex(2)  always
            ap-domain       hex(4)  always
        }
        phys_function virt_functions { address[] NodePciAddress }
        mdev_types { type[] MdevType as mdev_types }
        vpd {
            name            string  required as vpd_name
            fields[]        VpdFields as vpd_fields
        }
        fc_host {
            wwnn            string
            wwpn            string
            fabric_wwn      string
        }
        vport_ops {
            max_vports      uint    always
            vports          uint    always
        }
        ccwgroup_member { group_device string required }
        qeth_generic qeth_layer2 qeth_layer3 {
            card_type       string
            chpid           string
        }
    }
    size            ull             when type storage
    logical_block_size ull          when type storage
    num_blocks      ull             when type storage
    capability[]    NodeCapability as capabilities
    iommuGroup {
        @number     uint            opt as iommu_group
        address[]   NodePciAddress  as iommu_addresses
    }
    attr[]          MdevAttribute
    numa { @node int opt as numa_node }
    pci-express as pci_express { link[] PciLink as pci_links }

struct NodeDevice <device> "A device of the host"
    check           nodedev_check
    name            string
    path            string          live
    devnode[]       DevNode
    parent {
        @wwnn       string          as parent_wwnn
        @wwpn       string          as parent_wwpn
        @fabric_wwn string          as parent_fabric_wwn
        .           string          as parent
    }
    driver { name string as driver_name live }
    capability[]    NodeCapability as capabilities
