# What every device of a domain may carry: address, alias, boot order, and the
# back end of character devices.
import common

enum seclabel_relabel   { - yes no }
enum char_type          { - null vc pty dev file pipe stdio udp tcp unix spicevmc spiceport nmdm qemu-vdagent dbus }
enum char_mode          { - bind connect }
enum char_protocol      { - raw telnet telnets tls }
enum teaming_type       { - persistent transient }
enum mouse_mode         { - server client }

rows VirtioOptions {
    @iommu          onoff       abi                     since 3.5.0 drivers qemu absent "off"
        "The device's memory accesses go through the guest's IOMMU; needed by encrypted guests such as SEV"
    @ats            onoff       abi                     since 3.5.0 drivers qemu absent "off"
        "Address translation service of PCI Express, so that the device may cache what the IOMMU says"
    @packed         onoff       abi                     since 6.3.0 drivers qemu absent "off"
        "Offers packed queues, one ring instead of three: fewer cache misses. Whether they are used is up to guest and back end"
    @page_per_vq    onoff       abi                     since 7.9.0 drivers qemu absent "chosen by QEMU"
        "A page of its own for each queue's notifications, so that vDPA can map them to the hardware"
}

struct Address "Where a device is plugged in, in the guest"
    since           0.7.6
    @type           address_type        required abi
        "The bus, which must suit device and machine. ``pci`` alone asks for a PCI address to be chosen. ``spapr-vio`` (0.9.9) is"
        "for pseries, ``ccw`` (1.0.4) for s390, ``virtio-mmio`` (1.1.3) for ARM and RISC-V; ``unassigned`` (6.0.0): a host device"
        "that libvirt manages but the guest does not see"
    switch type {
        pci             { include PciAddress as pci }
        drive           {
            @controller uint always abi "Number of the controller: its ``index``"
            @bus        num always abi  "Bus of the controller; more than 0 only for IDE and some SCSI controllers"
            @target     uint always abi "SCSI target on the bus; 0 for others"
            @unit       uint always abi "Unit (LUN) of the target"
        }
        virtio-serial   {
            @controller uint always abi since 0.7.7 "Number of the controller: its ``index``"
            @bus        num always abi since 0.7.7  "Bus of the controller: 0"
            @port       uint abi since 0.7.7 absent "the next free one" "Port of the controller; 0 is for a console"
        }
        ccid            {
            @controller uint always abi since 0.8.8 "Number of the controller: its ``index``"
            @slot       uint always abi since 0.8.8 "Slot of the controller; QEMU has only 0"
        }
        usb             {
            @bus        num always abi since 0.9.5  "Number of the controller: its ``index``"
            @port       string as usb_port abi since 0.9.5 absent "a free one"
                "Port of the controller; behind hubs each hub's port with a dot, as in 1.2, up to four numbers"
        }
        spapr-vio       {
            @reg        hex64(8) opt abi max 4294967295 since 0.9.9 absent "a free one"
                "Address of the first register, by custom a multiple of 0x1000 other than 0"
        }
        ccw             {
            @cssid      hex(0) opt abi since 1.0.4 drivers qemu absent "0xfe"
                "Channel subsystem, 0 to 0xfe; virtio devices need 0xfe. All three numbers or none"
            @ssid       hex(0) opt abi since 1.0.4 drivers qemu absent "0" "Subchannel set, 0 to 3"
            @devno      hex(4) opt abi since 1.0.4 drivers qemu absent "the next free one" "Device number, 0 to 0xffff"
        }
        isa             {
            @iobase     hex(0) opt abi since 1.2.1 absent "as the device has it" "First I/O port"
            @irq        hex(0) opt abi since 1.2.1 absent "as the device has it" "Interrupt"
        }
        dimm            {
            @slot       uint always abi since 1.2.14 drivers qemu
                "Slot, less than the ``slots`` of the domain's ``maxMemory``"
            @base       hex64(0) abi since 1.2.14 drivers qemu absent "chosen by QEMU, then kept"
                "Address in the guest's memory"
        }
        mdev            {
            @uuid       uuid abi since 3.2.0 drivers qemu "UUID of a mediated device"
        }
    }

struct DeviceInfo "What every device may carry"
    check           device_check
    since           0.7.6
    var bool user_alias
    boot {
        "Boot from this device. Not together with ``boot`` elements of ``os``"
        @order      positive        as boot_order   required    since 0.8.8
            "Place among the devices to try, from 1; no two devices may have the same. Disks, interfaces, assigned and redirected"
            "devices; USB since 1.0.1"
        @loadparm   string                                      since 3.5.0 drivers qemu absent "that of the machine"
            "For s390: up to eight letters, digits, dots and spaces that the boot loader reads, to choose an entry"
    }
    alias {
        "A name for the device, unique in the domain, which events and some commands use"
        @name       string          as alias when user_alias since 3.9.0 absent "chosen by libvirt"
            "Your own name: ``ua-`` and letters, digits, underscores and minus signs. Kept in the definition"
        @name       string          as alias live unless user_alias
            "The name that libvirt chose at start"
    }
    master {
        "The USB controller this one is a companion of: the one with the same ``index``"
        @startport  uint            opt as master_startport abi since 0.9.5 drivers qemu absent "as usual for the model"
            "First port of the master that this controller serves"
    }
    rom {
        "The ROM of a PCI device, such as the boot program of a network card"
        @enabled    yesno           as rom_enabled              since 4.3.0 drivers qemu absent "yes"
            "``no``: no ROM is loaded; then ``bar`` and ``file`` are errors"
        @bar        onoff           as rom_bar                  since 0.9.7 drivers qemu absent "chosen by QEMU: on"
            "Whether the ROM is visible in the guest's memory"
        @file       string          as rom_file                 since 0.9.10 drivers qemu absent "that of the device or of QEMU"
            "File to use as ROM: an absolute path"
    }
    acpi {
        "What ACPI tells of the device"
        @index      positive        as acpi_index               since 7.3.0 drivers qemu absent "none"
            "A number by which Linux names network interfaces (``eno1``), whatever the PCI address: 1 to 16383, unique in the"
            "domain"
    }
    address         Address absent "a free one, kept in the definition"

struct DeviceSecLabel "A security label for the file or socket behind one device; without it that of the domain holds"
    since           0.9.9
    @model          string      absent "for all models" "Security model: ``selinux``, ``apparmor`` or ``dac``"
    @labelskip      yesno                                       live since 1.1.2
        "``yes``: the file was not labelled, because its file system knows no labels"
    @relabel        yesno       absent "yes" "``no``: the file's label is left as it is, for instance on NFS"
    label           string      absent "that of the domain" "Label to set: a SELinux context, an AppArmor profile or user:group"

struct Reconnect "Whether and how often to try again when a connection breaks"
    check           device_reconnect_check
    since           3.7.0
    drivers         qemu
    @enabled        yesno       absent "no" "Whether to connect again; only where QEMU is the side that connects"
    @timeout        uint        opt absent "an error with ``enabled``" "Seconds between attempts, more than 0"
    @delay          uint        opt absent "0: they fail at once"
        "Disks of NBD only: seconds for which requests wait for a new connection before they fail"

struct CharEndpoint "One end of a datagram socket"
    since           0.4.3
    @mode           char_mode   absent "``connect``" "``bind``: where packets are received; ``connect``: where they are sent"
    @host           string      absent "this host; for ``bind`` all addresses" "Host or address"
    @service        string      absent "an error" "Port, as a number or a name"
    @tls            yesno       "Without meaning for datagrams"

struct CharSource "The host side of a character device"
    check           device_char_check
    since           0.4.3
    @type           char_type   absent "``pty``"
        "What is there: ``null``: nothing; ``vc``: a text console in the display; ``pty``: a terminal, for ``virsh console``;"
        "``dev``: a device of the host; ``file``: output to a file; ``pipe``: a named pipe; ``stdio``: the log of the guest;"
        "``udp``, ``tcp``, ``unix``: sockets; ``spicevmc`` (0.8.8) and ``spiceport`` (1.2.2): a channel of the SPICE display;"
        "``nmdm`` (1.2.4): a null modem of FreeBSD; ``qemu-vdagent`` (8.4.0): QEMU's clipboard; ``dbus`` (8.4.0): the D-Bus"
        "display"
    switch type {
        pty {
            source {
                "The terminal"
                @path string live       "The terminal that was allocated"
                seclabel[] DeviceSecLabel since 0.10.2
            }
        }
        dev file pipe {
            source {
                "What is on the host"
                @path string            absent "an error"
                    "Device, file or pipe (``.in`` and ``.out`` behind it, where they exist): an absolute path"
                @append onoff since 1.3.1 drivers qemu absent "off"
                    "For a file: keep what is there when the guest starts"
                seclabel[] DeviceSecLabel since 0.10.2
            }
        }
        unix {
            source {
                "A UNIX socket"
                @mode char_mode absent "``connect``"
                    "``bind``: QEMU listens, others connect; ``connect``: QEMU connects"
                @path string absent "for channels of type ``virtio`` one made by libvirt (1.0.6)" "The socket"
                reconnect Reconnect since 3.7.0 drivers qemu absent "no"
                seclabel[] DeviceSecLabel since 0.10.2
            }
            protocol {
                "Read from old documents"
                @type char_protocol as unix_protocol input "Without meaning for a UNIX socket"
            }
        }
        udp {
            source[] CharEndpoint as endpoints
        }
        tcp {
            source {
                "A TCP socket"
                @mode char_mode absent "``connect``"
                    "``bind``: QEMU listens, others connect; ``connect``: QEMU connects"
                @host string            absent "all addresses; an error for ``connect``"
                    "Host or address to connect to or to listen on"
                @service string         absent "an error" "Port, as a number or a name"
                @tls yesno since 2.4.0 drivers qemu absent "``chardev_tls`` of qemu.conf"
                    "Encrypt the connection with the host's X.509 certificates"
                reconnect Reconnect since 3.7.0 drivers qemu absent "no"
            }
            protocol {
                "What is spoken on it"
                @type char_protocol as protocol always default raw
                    "``raw``: bytes as they are; ``telnet``: with telnet's negotiation; ``telnets`` and ``tls`` (0.8.5):"
                    "encrypted,"
                    "for hypervisors other than QEMU"
            }
        }
        spiceport dbus {
            source {
                "A channel of the display"
                @channel string since 1.2.2 absent "an error for ``spiceport``"
                    "Name by which clients find it, such as ``org.qemu.console.serial.0``"
            }
        }
        nmdm {
            source since 1.2.4 drivers bhyve {
                "The two ends of a null modem cable of FreeBSD"
                @master string  "The end that the hypervisor opens, such as ``/dev/nmdm0A``"
                @slave string   "The end that clients open, such as ``/dev/nmdm0B``"
            }
        }
        qemu-vdagent {
            source since 8.4.0 drivers qemu {
                "What QEMU does for an agent in the guest, without SPICE"
                clipboard {
                    "The clipboard of guest and display client, such as a VNC viewer"
                    @copypaste yesno as clipboard required "Whether they are kept the same"
                }
                mouse {
                    "The pointer"
                    @mode mouse_mode as mouse required
                        "``client``: the agent is told where the pointer is; ``server``: the guest has a mouse of its own"
                }
            }
        }
    }
    log since 1.3.3 drivers qemu {
        "A file that gets a copy of the output, whatever the type"
        @file string as log_file absent "no log" "The file, written by virtlogd: an absolute path"
        @append onoff as log_append absent "off" "Keep what is there when the guest starts"
    }
