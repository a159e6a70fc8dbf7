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
    since 3.1.0
    @type           devnode_type    always "The file itself (``dev``), or a symbolic link to it"
    .               string          as path "Its path"

struct NetFeature "An offload the network card can do"
    since 1.2.14
    @name           string          required
                    "``rx``, ``tx`` checksums; ``sg`` scatter and gather; ``tso``, ``ufo``, ``gso`` segmentation; ``gro``,"
                    "``lro`` receiving in"
                    "large pieces; ``rxvlan``, ``txvlan``; ``ntuple`` filters; ``rxhash``; ``rdma``; ``txudptnl``;"
                    "``switchdev`` (3.8.0)"

struct NodePciAddress "A PCI device of the host"
    since 0.5.0
    @domain         hex(4)          always "PCI domain"
    @bus            hex(2)          always "Bus in the domain"
    @slot           hex(2)          always "Slot on the bus"
    @function       hex(1)          always "Function of the device"

struct PciLink "Speed in GT/s and lanes of a PCI Express link"
    since 1.2.6
    @validity       pci_link_type   always "What the device can do (``cap``), or what is in use (``sta``)"
    @port           uint            opt "Port it is plugged into; with ``cap`` only"
    @speed          string "Gigatransfers a second, such as 2.5"
    @width          uint            always "Lanes"

struct MdevType "A kind of mediated device that can be made"
    since 3.4.0
    @id             string          required "What the vendor calls it; for ``<type id>`` of a new mdev"
    name            string "Its name for people"
    deviceAPI       string "How a guest gets it, such as ``vfio-pci``"
    availableInstances uint         always as available "How many more can be made"

struct MdevAttribute "A setting of a mediated device, applied in order"
    since 6.5.0
    @name           string          required "Name of the vendor's attribute"
    @value          string          required "What is written to it"

struct CcwMember "A device of the group"
    since 11.1.0
    @ref            string          required "Its number in the group, such as ``cdev0``"
    .               string          as name "Its name among the devices of the host"

struct VpdNumbered "A field the vendor or the system defines"
    since 7.9.0
    @index          string          required "One capital letter or digit that tells fields apart"
    .               string          as value "Up to 255 characters"

struct VpdFields "What the product data of a card says; all of it may be absent"
    since 7.9.0
    @access         vpd_access      required "Whether the card lets software change the fields"
    change_level    string "readonly: engineering level of the card"
    manufacture_id  string "readonly: more exact than the vendor id"
    part_number     string "readonly: part number of the card"
    serial_number   string "readonly: serial number of the card"
    asset_tag       string "readwrite: what the owner calls it"
    vendor_field[]  VpdNumbered "Of the vendor"
    system_field[]  VpdNumbered "readwrite: of the system"

rows CcwAddress {
    cssid           hex(1)          always "Channel subsystem"
    ssid            hex(1)          always "Subchannel set"
    devno           hex(4)          always "Device or subchannel in the set"
}

struct CcwChannel "Where a channel device sits"
    since 6.8.0
    use CcwAddress

struct NodeCapability "What a device is, or one more thing it is"
    since 0.5.0
    check           nodedev_capability_check
    @type           nodedev_type    required
                    "At the top: what the device is. Inside: what else. ``pci-bridge``, ``cardbus-bridge`` (1.3.3) mostly"
                    "cannot go to a"
                    "guest; ``80203`` is Ethernet, ``80211`` wireless. ``fc_host`` and ``vport_ops`` since 1.0.4,"
                    "``scsi_generic`` 1.1.0,"
                    "``drm`` 3.1.0, ``mdev``, ``mdev_types``, ``ccw``, ``fc_remote_port`` 3.4.0, ``css`` 6.8.0, ``vdpa`` 6.9.0,"
                    "``ap_card``,"
                    "``ap_queue``, ``ap_matrix`` 7.0.0, ``vpd`` 7.9.0, ``ccwgroup`` and its members 11.1.0"
    @maxCount       uint            opt when type virt_functions since 1.3.0 "How many virtual functions the device can have"
    switch type {
        system {
            product         string "Name of the machine"
            hardware always {
                "The machine"
                vendor      string  as hardware_vendor "Its maker"
                version     string  as hardware_version "Its version"
                serial      string  as hardware_serial "Its serial number"
                uuid        uuid    as hardware_uuid "Its UUID"
            }
            firmware always {
                "Its firmware"
                vendor      string  as firmware_vendor "Who made it"
                version     string  as firmware_version "Its version"
                release_date string "Its date, as the firmware writes it"
            }
        }
        pci {
            class           hex(6)  opt as pci_class since 5.2.0 "Class, subclass and programming interface"
            domain          uint    always as pci_domain "PCI domain"
            bus             uint    always as pci_bus "Bus in the domain"
            slot            uint    always as pci_slot "Slot on the bus"
            function        uint    always as pci_function "Function of the device"
            product "The model" {
                @id hex(4) opt as product_id "Its number"
                . string as product "Its name"
            }
            vendor "The maker" {
                @id hex(4) opt as vendor_id "Its number"
                . string as vendor "Its name"
            }
        }
        usb_device {
            bus             uint    always as usb_bus "USB bus"
            device          uint    always as usb_device "Device on the bus; changes when it is plugged in anew"
            product "The model" {
                @id hex(4) opt as product_id "Its number"
                . string as product "Its name"
            }
            vendor "The maker" {
                @id hex(4) opt as vendor_id "Its number"
                . string as vendor "Its name"
            }
        }
        usb {
            number          uint    always as usb_number "Number of the interface"
            class           uint    always as usb_class "Class, as USB numbers them"
            subclass        uint    always as usb_subclass "Subclass, as USB numbers them"
            protocol        uint    always as usb_protocol "Protocol, as USB numbers them"
            description     string "What the device calls it"
        }
        net {
            interface       string  required as net_name "Name of the interface on the host"
            address         string  as net_mac "MAC address"
            link since 1.2.6 "The state of the link" {
                @speed uint as link_speed "Mbit a second" absent "no link, or not known"
                @state oper_state as link_state "As the kernel says it"
            }
            feature[]       NetFeature
        }
        scsi_generic { char string required as chardev since 1.1.0 "Path of the sg device" }
        scsi_host {
            host            uint    always as scsi_host "Number of the host; may differ after a reboot"
            unique_id       uint    opt since 1.2.7 "Tells hosts of one PCI device apart; for ``<parentaddr>`` of a pool"
        }
        scsi_target { target string required as scsi_target_name "Name of the target, such as ``target0:0:0``" }
        fc_remote_port {
            rport           string  required since 3.4.0 "Name of the remote port, such as ``rport-0:0-0``"
            wwpn            string since 3.4.0 "Its port name"
        }
        scsi {
            host            uint    always as scsi_host "Number of the host"
            bus             uint    always as scsi_bus "Bus of the host"
            target          uint    always as scsi_target "Target on the bus"
            lun             uint    always as scsi_lun "logical unit of the target"
            type            string  as scsi_type "Such as ``disk`` or ``cdrom``"
        }
        storage {
            block           string  required as block "Path of the block device"
            bus             string  as storage_bus "What it is connected by, such as ``scsi`` or ``usb``"
            drive_type      string "Such as ``disk``, ``cdrom`` or ``floppy``"
            model           string "Name of the model"
            vendor          string  as storage_vendor "Name of the maker"
            serial          string "Serial number"
        }
        removable {
            media_available uint    always "1 if there is a medium, else 0"
            media_size      ull     always "Its size in bytes"
            media_label     string "Its label"
            logical_block_size ull "Bytes of a block"
            num_blocks      ull "Number of blocks"
        }
        drm { type drm_type required as drm_type since 3.1.0 "Which of the files of a graphics card it is" }
        mdev {
            type "What it is; for a new device what it shall be" {
                @id string required as mdev_type since 3.4.0 "``id`` of an mdev type"
            }
            uuid            string  as mdev_uuid since 3.4.0 absent "made up" "Its UUID"
            parent_addr     string "Address of the device it is part of, as sysfs names it"
        }
        ccwgroup {
            state           ccw_state since 11.1.0 "Whether the group is in use"
            use CcwAddress
            members since 11.1.0 "The devices it is made of" { ccw_device[] CcwMember }
        }
        ccw {
            state           ccw_state "Whether the device is in use"
            use CcwAddress
        }
        css {
            use CcwAddress
            channel_dev_addr CcwChannel "The device on the subchannel"
        }
        vdpa { chardev string required as chardev since 6.9.0 "Path of the character device" }
        ap_card { ap-adapter hex(2) always since 7.0.0 "Number of the crypto card" }
        ap_queue {
            ap-adapter      hex(2)  always since 7.0.0 "Number of the crypto card"
            ap-domain       hex(4)  always since 7.0.0 "Number of the domain on it"
        }
        phys_function virt_functions {
            address[] NodePciAddress "The physical function this is part of; or the virtual functions of this"
        }
        mdev_types { type[] MdevType as mdev_types }
        vpd {
            name            string  required as vpd_name since 7.9.0 "What the maker calls the card"
            fields[]        VpdFields as vpd_fields
        }
        fc_host {
            wwnn            string "Node name of the adapter"
            wwpn            string "Port name of the adapter"
            fabric_wwn      string "Name of the fabric it is on"
        }
        vport_ops {
            max_vports      uint    always "How many virtual adapters it can have"
            vports          uint    always "How many it has"
        }
        ccwgroup_member { group_device string required since 11.1.0 "Name of the group it is part of" }
        qeth_generic qeth_layer2 qeth_layer3 {
            card_type       string since 11.1.0 "Type of the network card"
            chpid           string since 11.1.0 "Channel path it is on"
        }
    }
    size            ull             when type storage "Bytes, where the size is fixed"
    logical_block_size ull          when type storage "Bytes of a block"
    num_blocks      ull             when type storage "Number of blocks"
    capability[]    NodeCapability as capabilities "One more thing the device is"
    iommuGroup {
        "What the IOMMU cannot tell apart: a guest gets all or none"
        @number     uint            opt as iommu_group "Number of the group, as below /sys/kernel/iommu_groups"
        address[]   NodePciAddress  as iommu_addresses "A device of the group, this one too"
    }
    attr[]          MdevAttribute
    numa since 1.2.6 "What it is near to" { @node int opt as numa_node "Number of the NUMA node" }
    pci-express as pci_express since 1.2.6 "The PCI Express part of the device" { link[] PciLink as pci_links }

struct NodeDevice <device> "A device of the host"
    errors      VIR_FROM_NODEDEV node_device_definition
    since 0.5.0
    check           nodedev_check
    name            string absent "made from bus and address" "Told, not set; ``computer`` is the host itself"
    path            string          live "Its folder in sysfs"
    devnode[]       DevNode
    parent {
        "What the device hangs on; for a new one the device it is made of"
        @wwnn       string          as parent_wwnn since 3.0.0 "New virtual adapter: the parent by its node name, with ``wwpn``"
        @wwpn       string          as parent_wwpn since 3.0.0 "New virtual adapter: the parent by its port name, with ``wwnn``"
        @fabric_wwn string          as parent_fabric_wwn since 3.0.0 "New virtual adapter: any parent on this fabric"
        .           string          as parent absent "one that can, for a new virtual adapter"
            "Its name; ``computer`` if there is no other"
    }
    driver "Who serves the device on the host" { name string as driver_name live "Name of the kernel driver" }
    capability[]    NodeCapability as capabilities "What the device is"
