# Words and structs that several documents share.

enum yesno          { - yes no }
enum onoff          { - on off }
enum oper_state     { - unknown notpresent down lowerlayerdown testing dormant up }
enum address_type   { - pci drive virtio-serial ccid usb spapr-vio virtio-s390 ccw virtio-mmio isa dimm unassigned mdev }
enum hostdev_backend{ - kvm vfio xen }

struct PciAddress "Where a PCI device sits; an all-zero address is one not chosen yet"
    @domain         hex(4)  always abi
    @bus            hex(2)  always abi
    @slot           hex(2)  always abi max 31
    @function       hex(1)  always abi max 7
    @multifunction  onoff   abi
    zpci as zpci {
        @uid        hex(4)  opt abi as zpci_uid
        @fid        hex(8)  opt abi as zpci_fid
    }

struct HostdevDriver "Which driver of the host serves an assigned device"
    @name           hostdev_backend
    @model          string
    @iommufd        yesno

struct CapsEnum "The values one attribute may have"
    @name           string  required
    value[]         string
