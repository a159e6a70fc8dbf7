# Words and structs that several documents share.

enum yesno          { - yes no }
enum onoff          { - on off }
enum oper_state     { - unknown notpresent down lowerlayerdown testing dormant up }
enum address_type   { - pci drive virtio-serial ccid usb spapr-vio virtio-s390 ccw virtio-mmio isa dimm unassigned mdev }
enum hostdev_backend{ - kvm vfio xen }

struct PciAddress "Where a PCI device sits; an all-zero address is one not chosen yet"
    since 0.7.6
    @domain         hex(4)  always abi "Domain, 0 to 0xffff; guests of QEMU have only 0"
    @bus            hex(2)  always abi "Bus, 0 to 0xff: in a guest the index of the PCI controller it belongs to"
    @slot           hex(2)  always abi max 31 "Slot of the bus"
    @function       hex(1)  always abi max 7 "Function of the device in the slot"
    @multifunction  onoff   abi since 0.9.7 absent "off"
        "Whether the slot has more functions than this; set it to on for function 0 of such a slot"
    zpci as zpci since 4.10.0 drivers qemu absent "chosen for guests that need it" {
        "Ids of the device in an s390 guest"
        @uid        hex(4)  opt abi as zpci_uid absent "the next free one" "User-defined id, 1 to 0xffff, unique in the guest"
        @fid        hex(8)  opt abi as zpci_fid absent "the next free one" "Function id, 0 to 0xffffffff, unique in the guest"
    }

struct HostdevDriver "Which driver of the host serves an assigned device"
    since 1.0.5
    @name           hostdev_backend absent "``vfio`` where the host has it, ``xen`` for Xen"
        "vfio: through the IOMMU; kvm: the old way, which current hosts do not have any more; xen: by Xen"
    @model          string since 10.0.0 drivers qemu absent "found by the device, else ``vfio-pci``"
        "Kernel module that is bound to the device in place of vfio-pci, such as one of its vendor that can migrate it"

struct CapsEnum "The values one attribute may have"
    since 1.2.7
    @name           string  required "Name of the attribute"
    value[]         string  absent "none works" "A value that works"
