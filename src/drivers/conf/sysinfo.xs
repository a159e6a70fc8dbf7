# SMBIOS and fw_cfg: what a guest is told, and what a host tells of itself.

enum sysinfo_type     { - smbios fwcfg }

struct SysinfoEntry "One value of SMBIOS or fw_cfg"
    @name               string
    @file               string
    .                   string as value

struct SysinfoBlock "A baseboard, processor or memory device"
    entry[]             SysinfoEntry as entries

struct Sysinfo "Facts the guest reads from firmware"
    @type               sysinfo_type required
    bios { entry[] SysinfoEntry as bios }
    system { entry[] SysinfoEntry as system }
    baseBoard[]         SysinfoBlock
    chassis { entry[] SysinfoEntry as chassis }
    oemStrings { entry[] SysinfoEntry as oem_strings }
    entry[]             SysinfoEntry as entries

struct HostSysinfo <sysinfo> "What the firmware of a host says"
    @type               sysinfo_type required
    bios { entry[] SysinfoEntry as bios }
    system { entry[] SysinfoEntry as system }
    baseBoard[]         SysinfoBlock
    chassis { entry[] SysinfoEntry as chassis }
    processor[]         SysinfoBlock
    memory_device[]     SysinfoBlock
    oemStrings { entry[] SysinfoEntry as oem_strings }
