# SMBIOS and fw_cfg: what a guest is told, and what a host tells of itself.

enum sysinfo_type     { - smbios fwcfg }

struct SysinfoEntry "One value of SMBIOS or fw_cfg"
    since 0.8.7
    @name               string
        "Which value: of bios vendor, version, date (mm/dd/yyyy) or release (10.22); of system manufacturer, product, version,"
        "serial, uuid (that of the guest), sku or family; of baseBoard manufacturer, product, version, serial, asset or location;"
        "of chassis manufacturer, version, serial, asset or sku. OEM strings have none; of fw_cfg it begins with opt/ and best"
        "goes on with a domain name of yours turned round"
    @file               string since 6.5.0 drivers qemu absent "the value is the text"
        "File of the host that the value is read from; only for fw_cfg"
    .                   string as value absent "as ``file``" "The value; unknown names of SMBIOS are ignored"

struct SysinfoBlock "A baseboard, processor or memory device"
    since 0.8.7
    entry[]             SysinfoEntry as entries

struct Sysinfo "Facts the guest reads from firmware; SMBIOS only with mode sysinfo of smbios in os"
    since 0.8.7
    drivers qemu
    @type               sysinfo_type required
        "smbios: tables with the blocks below; fwcfg (since 6.5.0): entries of QEMU's configuration device, of which there are"
        "few, so better take oemStrings"
    bios {
        "The firmware: block 0"
        entry[] SysinfoEntry as bios
    }
    system {
        "The machine: block 1"
        entry[] SysinfoEntry as system
    }
    baseBoard[]         SysinfoBlock "A board: block 2"
    chassis since 4.1.0 drivers qemu {
        "The case: block 3"
        entry[] SysinfoEntry as chassis
    }
    oemStrings since 4.1.0 drivers qemu {
        "Strings of any kind for programs in the guest: block 11; best begin with the name of the program"
        entry[] SysinfoEntry as oem_strings
    }
    entry[]             SysinfoEntry as entries since 6.5.0 drivers qemu "An entry of fw_cfg"

struct HostSysinfo <sysinfo> "What the firmware of a host says, as virConnectGetSysinfo() shows it"
    since 0.8.8
    @type               sysinfo_type required "Always smbios"
    bios {
        "The firmware"
        entry[] SysinfoEntry as bios
    }
    system {
        "The machine"
        entry[] SysinfoEntry as system
    }
    baseBoard[]         SysinfoBlock "A board"
    chassis since 4.1.0 {
        "The case"
        entry[] SysinfoEntry as chassis
    }
    processor[]         SysinfoBlock "A CPU socket"
    memory_device[]     SysinfoBlock "A memory module"
    oemStrings since 4.1.0 {
        "Strings of the maker"
        entry[] SysinfoEntry as oem_strings
    }
