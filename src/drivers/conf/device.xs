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
    @iommu          onoff       abi                     since 3.5.0
    @ats            onoff       abi                     since 3.5.0
    @packed         onoff       abi                     since 6.3.0
    @page_per_vq    onoff       abi                     since 7.9.0
}

struct Address "Where a device is plugged in"
    @type           address_type        abi
    switch type {
        pci             { include PciAddress as pci }
        drive           { @controller uint always abi ; @bus num always abi ; @target uint always abi ; @unit uint always abi }
        virtio-serial   { @controller uint always abi ; @bus num always abi ; @port uint abi }
        ccid            { @controller uint always abi ; @slot uint always abi }
        usb             { @bus num always abi ; @port string as usb_port abi }
        spapr-vio       { @reg hex64(8) opt abi max 4294967295 }
        ccw             { @cssid hex(0) opt abi ; @ssid hex(0) opt abi ; @devno hex(4) opt abi }
        isa             { @iobase hex(0) opt abi ; @irq hex(0) opt abi }
        dimm            { @slot uint always abi ; @base hex64(0) abi }
        mdev            { @uuid uuid abi }
    }

struct DeviceInfo "What every device may carry"
    check           device_check
    var bool user_alias
    boot {
        @order      uint            as boot_order               since 0.8.8
        @loadparm   string                                      since 3.5.0
    }
    alias {
        @name       string          as alias when user_alias
        @name       string          as alias live unless user_alias
    }
    master { @startport uint    opt as master_startport abi }
    rom {
        @enabled    yesno           as rom_enabled
        @bar        onoff           as rom_bar                  since 0.8.8
        @file       string          as rom_file                 since 0.9.7
    }
    acpi { @index   uint            as acpi_index               since 7.3.0 }
    address         Address

struct DeviceSecLabel "A security label for one device"
    @model          string
    @labelskip      yesno                                       live
    @relabel        yesno
    label           string

struct Reconnect "Whether and how often to try again"
    check           device_reconnect_check
    @enabled        yesno
    @timeout        uint            opt
    @delay          uint            opt

struct CharEndpoint "One end of a datagram socket"
    @mode           char_mode
    @host           string
    @service        string
    @tls            yesno

struct CharSource "The host side of a character device"
    check           device_char_check
    @type           char_type
    switch type {
        pty {
            source { @path string live ; seclabel[] DeviceSecLabel }
        }
        dev file pipe {
            source { @path string ; @append onoff ; seclabel[] DeviceSecLabel }
        }
        unix {
            source { @mode char_mode ; @path string ; reconnect Reconnect ; seclabel[] DeviceSecLabel }
            protocol { @type char_protocol as unix_protocol input }
        }
        udp { source[] CharEndpoint as endpoints }
        tcp {
            source { @mode char_mode ; @host string ; @service string ; @tls yesno ; reconnect Reconnect }
            protocol { @type char_protocol as protocol always default raw }
        }
        spiceport dbus { source { @channel string } }
        nmdm { source { @master string ; @slave string } }
        qemu-vdagent {
            source { clipboard { @copypaste yesno as clipboard } ; mouse { @mode mouse_mode as mouse } }
        }
    }
    log { @file string as log_file ; @append onoff as log_append }
