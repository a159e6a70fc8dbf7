# <domain>.  Devices are in disk.xs, interface.xs and devices.xs, CPUs in cpu.xs, <features> in features.xs.
import cpu
import disk
import interface
import devices
import features
import sysinfo
namespace qemu http://libvirt.org/schemas/domain/qemu/1.0
namespace lxc http://libvirt.org/schemas/domain/lxc/1.0
namespace xen http://libvirt.org/schemas/domain/xen/1.0
namespace bhyve http://libvirt.org/schemas/domain/bhyve/1.0
namespace vmware http://libvirt.org/schemas/domain/vmware/1.0

enum virt_type        { - qemu kqemu kvm xen lxc uml openvz test vmware hyperv vbox phyp parallels bhyve vz hvf }
enum vcpu_placement   { - static auto }
enum memory_source    { - file anonymous memfd }
enum allocation_mode  { - immediate ondemand }
enum sched_policy     { - other batch idle fifo rr }
enum resctrl_type     { - both code data }
enum numa_mode        { - strict preferred interleave restrictive }
enum numa_placement   { - static auto }
enum iothread_poll    { - yes no }
enum os_firmware      { - bios efi }
enum loader_type      { - rom pflash }
enum acpi_table_type  { - raw rawset slic msdm }
enum perf_event_name  { - cmt mbmt mbml cpu_cycles instructions cache_references cache_misses branch_instructions branch_misses bus_cycles stalled_cycles_frontend stalled_cycles_backend ref_cpu_cycles cpu_clock task_clock page_faults context_switches cpu_migrations page_faults_min page_faults_maj alignment_faults emulation_faults }
enum firmware_feature_name { - enrolled-keys secure-boot }
enum boot_device_type { - fd cdrom hd network }
enum smbios_mode      { - emulate host sysinfo }
enum clock_offset     { - utc localtime variable timezone absolute }
enum clock_basis      { - utc localtime }
enum timer_name       { - platform pit rtc hpet tsc kvmclock hypervclock armvtimer }
enum timer_policy     { - delay catchup merge discard }
enum timer_track      { - boot guest wall realtime }
enum timer_mode       { - auto native emulate paravirt smpsafe }
enum lifecycle_action { - destroy restart rename-restart preserve coredump-destroy coredump-restart }
enum lock_action      { - poweroff restart pause ignore }
enum seclabel_type    { - dynamic static none }
enum qemu_value_type  { - string unsigned signed bool remove }
enum qemu_behavior    { - none omit reject crash }

struct BlkioDevice "I/O limits of one block device of the host; several disks of the guest may lie on it"
    since 0.9.8
    drivers qemu lxc
    path                string required "Absolute path of the block device on the host"
    weight              uint opt absent "the weight of the guest"
        "Share of this device's time against its other users, 10 to 1000; twice the weight is twice the time"
    read_iops_sec       uint opt since 1.2.2 absent "no limit" "Most reads a second"
    write_iops_sec      uint opt since 1.2.2 absent "no limit" "Most writes a second"
    read_bytes_sec      ull opt since 1.2.2 absent "no limit" "Most bytes read a second"
    write_bytes_sec     ull opt since 1.2.2 absent "no limit" "Most bytes written a second"

struct HugePage "Which size of huge page backs which cells of the guest"
    since 1.2.5
    drivers qemu
    @size               kib required
        "Size of one page; the host must offer pages of this size"
    @nodeset            bitmap absent "every cell that no other page names"
        "NUMA cells of the guest whose memory is made of these pages"

struct VcpuState "Whether one vCPU is on, and whether it can be unplugged"
    since 2.2.0
    drivers qemu
    @id                 uint required always
        "Number of the vCPU, from 0 to one less than vcpu says; the guest may count otherwise"
    @enabled            yesno required "Whether the vCPU is there when the guest starts"
    @hotpluggable       yesno absent "``yes`` for a vCPU that is off"
        "Whether it may be plugged and unplugged later; a vCPU that is off must be, vCPU 0 must not be"
    @order              uint absent "any order"
        "Place in the order of plugging; all vCPUs that are on have one, or none has; equal numbers are plugged at once"

struct IoThread "A thread that serves the I/O of disks"
    since 1.2.15
    drivers qemu
    @id                 positive required always "Number of the thread, from 1; disks and iothreadpin refer to it"
    @thread_pool_min    natural opt since 8.5.0 absent "chosen by QEMU"
        "Workers that are kept even when idle, 0 or more"
    @thread_pool_max    natural opt since 8.5.0 absent "chosen by QEMU"
        "Most workers, 1 or more and not less than thread_pool_min"
    poll since 9.4.0 {
        "How long the thread polls for work before it sleeps; polling trades CPU time of the host for latency"
        @max ull opt as poll_max absent "chosen by QEMU" "Longest polling in nanoseconds; 0 turns polling off"
        @grow ull opt as poll_grow absent "chosen by QEMU"
            "Step by which a time that proves too short grows; 0: it does not"
        @shrink ull opt as poll_shrink absent "chosen by QEMU"
            "Step by which a time that proves too long shrinks; 0: it does not"
    }

struct VcpuPin "CPUs of the host that one vCPU may run on"
    since 0.9.0
    drivers qemu xen test
    @vcpu               uint required always "Number of the vCPU, from 0"
    @cpuset             bitmap required "CPUs of the host; it takes the place of ``cpuset`` of vcpu"

struct IoThreadPin "CPUs of the host that one I/O thread may run on"
    since 1.2.9
    drivers qemu test
    @iothread           positive required always "Number of the I/O thread, as in iothreadids"
    @cpuset             bitmap required "CPUs of the host; it takes the place of ``cpuset`` of vcpu"

struct VcpuSched "How the host schedules some vCPUs"
    since 1.2.13
    drivers qemu
    @vcpus              bitmap required "Numbers of the vCPUs; each may be named once in all vcpusched"
    @scheduler          sched_policy required "Class of the Linux scheduler; fifo and rr are real-time and need a priority"
    @priority           int opt absent "none; an error for fifo and rr"
        "Real-time priority, 1 to 99 on Linux; only for fifo and rr"

struct EmulatorSched "How the host schedules the threads of the emulator that are neither vCPUs nor I/O threads"
    since 5.3.0
    drivers qemu
    @scheduler          sched_policy required "Class of the Linux scheduler; fifo and rr are real-time and need a priority"
    @priority           int opt absent "none; an error for fifo and rr"
        "Real-time priority, 1 to 99 on Linux; only for fifo and rr"

struct IoThreadSched "How the host schedules some I/O threads"
    since 1.2.13
    drivers qemu
    @iothreads          bitmap required "Numbers of the I/O threads; each may be named once in all iothreadsched"
    @scheduler          sched_policy required "Class of the Linux scheduler; fifo and rr are real-time and need a priority"
    @priority           int opt absent "none; an error for fifo and rr"
        "Real-time priority, 1 to 99 on Linux; only for fifo and rr"

struct CacheShare "Part of a cache of the host that is set aside"
    since 4.1.0
    drivers qemu
    @id                 uint required always "Which of the host's caches of this level, as in the capabilities"
    @level              uint required always "Level of the cache, such as 3"
    @type               resctrl_type required
        "What is kept there: code, data or both; it must be what the host can divide, see its capabilities"
    @size               prettykib required always "Size of the part; the capabilities say the smallest part and its steps"

struct ResctrlMonitor "What of a host cache or of memory bandwidth is measured"
    since 4.10.0
    drivers qemu
    @level              uint opt absent "an error in cachetune" "Level of the cache that is measured: 3"
    @vcpus              bitmap required
        "vCPUs whose use is counted together: all or some of those around it; two monitors that are for some may not share one"

struct CacheTune "Cache of the host that is kept for some vCPUs, by resctrl"
    since 4.1.0
    drivers qemu
    @vcpus              bitmap required
        "vCPUs that use the parts; a set may equal one of memorytune, but sets may not overlap otherwise"
    @id                 string live as resctrl_id "Name of the group that the host made of it"
    cache[]             CacheShare
    monitor[]           ResctrlMonitor

struct BandwidthShare "Part of the memory bandwidth of one host node"
    since 4.7.0
    drivers qemu
    @id                 uint required always "NUMA node of the host"
    @bandwidth          uint required always
        "Percentage of the node's bandwidth (MB a second where resctrl is mounted so); the capabilities say the steps"

struct MemoryTune "Memory bandwidth of the host that some vCPUs may use, by resctrl"
    since 4.7.0
    drivers qemu
    @vcpus              bitmap required
        "vCPUs that are limited; a set may equal one of cachetune, but sets may not overlap otherwise"
    @id                 string live as resctrl_id "Name of the group that the host made of it"
    node[]              BandwidthShare
    monitor[]           ResctrlMonitor

struct MemNode "Host nodes that back one cell of the guest"
    since 1.2.7
    drivers qemu
    @cellid             uint required always "NUMA cell of the guest; it may not stand together with automatic placement"
    @mode               numa_mode absent "``strict``"
        "How binding nodeset is, as in memory; restrictive needs restrictive there too"
    @nodeset            bitmap required "NUMA nodes of the host that the cell's memory comes from"

struct ThrottleGroup "I/O limits under a name, which disks share by their throttlefilters"
    since 11.2.0
    drivers qemu
    include             IoTune as limits "The limits are those of iotune of a disk; group_name is the name and required"

struct OsInitEnv "A variable in the environment of init"
    since 3.1.0
    drivers lxc
    @name               string required "Name of the variable"
    .                   string as value "Value of the variable" absent "empty"

struct FirmwareFeature "What firmware that is chosen automatically must have or lack"
    since 7.2.0
    drivers qemu
    @enabled            yesno required "Whether the feature must be there (``yes``) or must not (``no``)"
    @name               firmware_feature_name required
        "The feature. enrolled-keys: certificates are in the variables already, which only makes sense with"
        "secure-boot: the firmware can refuse what is not signed"

struct NvramVars "Where the guest's copy of the variables of UEFI is kept; not for stateless firmware"
    since 1.2.8
    drivers qemu bhyve
    var bool auth_in_source
    var bool encryption_in_source
    @type               disk_type since 8.5.0 drivers qemu absent "a path is the text of the element"
        "Kind of storage, which source describes: file, block or network"
    @template           string absent "that of the firmware"
        "File of the host that the copy is made from when it does not exist; not for network storage"
    @templateFormat     disk_format since 10.10.0 drivers qemu absent "as the template of the firmware"
        "Format of the template, raw or qcow2"
    @format             disk_format since 9.2.0 drivers qemu absent "``raw``, or as the firmware"
        "Format of the copy, raw or qcow2"
    .                   string as path_text absent "a file in the daemon's own folder, named after the guest"
        "Absolute path of the copy"
    source since 8.5.0 drivers qemu {
        "Where the copy is, in the words of a disk's source"
        use SourceBody
    }

struct AcpiTable "An ACPI table that the guest finds in addition"
    since 1.3.5
    drivers qemu xen
    @type               acpi_table_type required
        "What the file holds. slic: one licence table, whose signature is forced to SLIC; msdm: one table, signature MSDM; raw:"
        "one table as it is, may be repeated (these two since 11.2.0, QEMU); rawset: several tables (since 11.2.0, Xen)"
    .                   string as path "Absolute path of the file on the host"

struct BootDevice "A kind of device to boot from; the first of several is tried first"
    since 0.1.3
    @dev                boot_device_type required
        "fd is the first floppy disk, hd the first hard disk, network the first network card. Cannot be used together with boot"
        "in devices, which is exact and to be preferred"

struct Timer "A clock of the guest"
    since 0.8.0
    @name               timer_name required abi
        "Which clock: tsc since 3.2.0 for QEMU, hypervclock since 1.2.2 (for Windows), armvtimer since 6.1.0; platform is not"
        "supported"
    @tickpolicy         timer_policy drivers qemu absent "chosen by the hypervisor"
        "What happens to ticks that the guest missed: delay delivers them late at the normal rate, catchup faster than normal,"
        "merge as one, discard not at all. Not every clock can do each"
    @track              timer_track absent "chosen by the hypervisor" "What the clock follows; only for rtc and platform"
    @frequency          ull absent "that of the host" "Frequency in Hz; only for tsc"
    @mode               timer_mode absent "``auto``"
        "How the clock is made: native by the CPU, emulate by the hypervisor; only for tsc"
    @present            yesno abi absent "chosen by the hypervisor" "Whether the guest has this clock"
    catchup {
        "How ticks are caught up; only where tickpolicy is catchup"
        @threshold      ull absent "chosen by the hypervisor" "How far the guest may fall behind before catching up starts"
        @slew           ull absent "chosen by the hypervisor" "How fast it catches up"
        @limit          ull absent "chosen by the hypervisor" "How much is caught up at most"
    }

struct SecLabel "How one security driver of the host confines the guest"
    since 0.6.1
    drivers qemu lxc
    @type               seclabel_type absent "``dynamic`` with a baselabel, else chosen by the security driver"
        "Who makes the label: dynamic the driver, a unique one; static you, in label (since 0.6.2); none nobody, the guest is not"
        "confined (since 0.9.10)"
    @model              string absent "the first driver of the host"
        "Which security driver: selinux, apparmor or dac; dac is not for guests of ordinary users"
    @relabel            yesno absent "``yes``, but ``no`` for static"
        "Whether files and devices of the guest get its label; dynamic allows only yes"
    label               string absent "an error for static"
        "The label: an SELinux context, an AppArmor profile or, for dac, user:group (``+`` in front of a number says that it is"
        "not a name). Given for static, shown for dynamic"
    baselabel           string absent "that of the security driver"
        "What a dynamic label is made from; of an SELinux context only the type is taken"
    imagelabel          string live "The label that files and devices of the guest have"

struct KeyCipher "Whether keys of one algorithm may be wrapped for the guest"
    since 1.2.16
    drivers qemu
    @name               string required "The algorithm: aes, or dea for DEA and TDEA (DES and 3DES)"
    @state              onoff required "Whether the guest may do it"

struct PerfEvent "A performance counter of the host that is read for the guest"
    since 2.0.0
    drivers qemu
    @name               perf_event_name required
        "The counter, one of those that virConnectGetAllDomainStats() shows as perf.NAME, such as cpu_cycles or cache_misses"
    @enabled            yesno required "Whether it counts"

struct QemuArg "A word of QEMU's command line, behind those that libvirt makes; nothing checks it, the guest is tainted"
    since 0.8.3
    drivers qemu
    @value              string required "The word; an option and its value are two words"

struct QemuEnv "A variable in the hypervisor's environment; nothing checks it, the guest is tainted"
    since 0.8.3
    drivers qemu bhyve
    @name               string required "Name of the variable"
    @value              string absent "empty" "Value of the variable"

struct QemuCapability "A capability of QEMU that libvirt shall believe in, or not; for experiments only"
    since 5.5.0
    drivers qemu
    @capability         string required "Name of the capability, as in the qemuCaps of a status file"

struct QemuProperty "A property of a QEMU device set by hand"
    since 8.2.0
    drivers qemu
    @name               string required "Name of QEMU's property; it is replaced or added"
    @type               qemu_value_type required
        "Type of the value, which must suit the property; string is for enumerations too, remove takes the property away"
    @value              string "The value, decimal for numbers, ``true`` or ``false`` for bool; not for remove, else required"

struct QemuOverride "Properties of one device set by hand; nothing checks them, the guest is tainted"
    since 8.2.0
    drivers qemu
    @alias              string as device_alias required
        "Alias of the device, best one that you chose (``ua-...``). Devices plugged in later are not changed"
    qemu:frontend {
        "What the guest sees of the device: the properties that -device sets"
        qemu:property[] QemuProperty as properties
    }

struct XenArg "A word of the command line of a device model or of bhyve; nothing checks it"
    since 5.1.0
    drivers xen bhyve
    @value              string required "The word; an option and its value are two words"

struct LxcShare "A namespace that the container takes over from somebody else"
    since 1.2.19
    drivers lxc
    @type               string
        "Whose namespace: name is that of another container, pid that of a process, netns one of ip-netns (sharenet only)"
    @value              string "Name of the container, number of the process or name of the network namespace"

struct Domain <domain> "A guest"
    errors      VIR_FROM_DOMAIN domain_definition
    since 0.0.1
    check               domain_check
    var bool shows_bootloader_args              # those of a default boot loader are not printed
    @type               virt_type required abi
        "The hypervisor that runs the guest: kvm uses the CPU of the host, qemu emulates one, hvf is macOS (since 8.1.0); others"
        "are the names of their drivers. What a host can do is in its capabilities"
    @id                 int default -1 live "Number of the running guest, unique on the host until it ends"
    name                string required
        "Name of the guest, unique on the host; no slash and no line break. Files of the guest are named after it"
    uuid                uuid absent "that of sysinfo, else a random one"
        "What identifies the guest in the whole world, and after a change of name"
    genid as genid since 4.4.0 drivers qemu absent "the guest is not told" {
        "Generation of the guest: a value that changes when it is cloned, restored from a backup or taken back to a snapshot, so"
        "that the system in it can make anew what must be unique"
        . uuid as genid_uuid absent "a random one" "The value; libvirt changes it where it knows of such an event"
    }
    title               string since 0.9.10 absent "none" "Short description for people, in one line"
    description         string since 0.7.2 absent "none" "Long description for people; libvirt does not read it"
    metadata            raw since 0.9.10
        "Whatever applications want to keep with the guest: one element for each namespace, of their own namespaces"
    maxMemory since 1.2.14 drivers qemu absent "no memory can be plugged" {
        "What memory may grow to by plugging memory devices"
        @slots uint as memory_slots absent "0" "How many memory devices there may be"
        . kib as max_memory absent "an error" "Most memory in all, at least what memory says"
    }
    memory required {
        "What the guest has when it starts, plugged memory devices included"
        @dumpCore       onoff as dump_core since 0.10.2 drivers qemu absent "as in qemu.conf"
            "Whether a core dump of the hypervisor's process contains the guest's memory"
        .               kib as memory always abi absent "the sum of the NUMA cells"
            "Size; rounded up to what the hypervisor can divide. May be left out where the NUMA cells of cpu say it"
    }
    currentMemory       kib as current_memory opt since 0.1.9 absent "as memory"
        "What the memory balloon leaves the guest, at most memory"
    blkiotune since 0.8.8 drivers qemu lxc absent "as the host treats any process" {
        "Shares and limits of the host's block devices, by its control groups"
        weight          uint as blkio_weight absent "as the host treats any process"
            "Share of the guest against others, 100 to 1000 (10 to 1000 since Linux 2.6.39)"
        device[]        BlkioDevice as blkio_devices
    }
    memtune since 0.8.5 drivers qemu lxc vmware esx openvz absent "no limits" {
        "Limits of the host's memory, by its control groups. For QEMU they count its own memory and that of the screen too"
        hard_limit      kib opt drivers qemu lxc absent "no limit"
            "Most memory; a guest that needs more is killed, so better leave it out. Needed with locked memory"
        soft_limit      kib opt drivers qemu lxc absent "no limit" "What the guest is pushed back to when memory is short"
        min_guarantee   kib opt drivers vmware esx openvz absent "none" "What the guest has in any case"
        swap_hard_limit kib opt drivers qemu lxc absent "no limit" "Most memory and swap space together, more than hard_limit"
    }
    memoryBacking since 0.7.1 drivers qemu bhyve absent "ordinary memory of the host" {
        "What of the host the guest's memory is made of"
        hugepages as hugepages drivers qemu absent "pages of ordinary size" {
            "Huge pages, which the host must have set aside; not with an anonymous source"
            page[] HugePage as hugepage_sizes
        }
        nosharepages    flag since 1.0.6 drivers qemu absent "shared where the host merges pages (KSM)"
            "Equal pages of several guests are not merged"
        locked          flag since 1.0.6 absent "may be swapped out"
            "The host never swaps the guest's memory out. With QEMU set hard_limit as well, or a guest may lock all memory"
        source drivers qemu since 3.1.0 {
            "Kind of memory"
            @type memory_source as memory_source absent "``anonymous``"
                "file: a file in memory_backing_dir of qemu.conf, which other processes can share; memfd (since 4.10.0): the same"
                "without a name; anonymous: private to the process"
        }
        access drivers qemu since 3.1.0 {
            "Who sees what the guest writes"
            @mode mem_access as memory_access absent "``private``"
                "shared lets other processes, such as a vhost-user back end, see it; a NUMA cell can say otherwise by memAccess"
        }
        allocation drivers qemu since 3.1.0 {
            "When memory is taken from the host"
            @mode allocation_mode as memory_allocation absent "``ondemand``"
                "immediate: all of it before the guest starts; ondemand: when it is used first"
            @threads uint as allocation_threads since 8.2.0 absent "chosen by the hypervisor" "Threads that do so at start"
        }
        discard         flag as memory_discard since 4.4.0 drivers qemu absent "kept until the memory is freed"
            "Content is thrown away when the guest ends or memory is unplugged, not written to a file any more"
    }
    vcpu absent "one CPU" {
        "How many CPUs the guest may have, and has"
        @placement      vcpu_placement as vcpu_placement default static always since 0.9.11 drivers qemu
            "Where the guest runs: static on the CPUs of cpuset, auto on the nodes that numad advises when it starts"
        @cpuset         bitmap as cpuset since 0.4.4 absent "all CPUs"
            "CPUs of the host for all threads of the guest that cputune does not pin otherwise; not with placement auto"
        @current        uint opt as current_vcpus since 0.8.5 absent "all of them" "CPUs that the guest has when it starts"
        .               uint as max_vcpus default 1 required always abi "Most CPUs the guest can have"
    }
    vcpus since 2.2.0 drivers qemu absent "the first ones are on" {
        "State of each vCPU, which allows to plug certain ones"
        vcpu[] VcpuState as vcpus
    }
    iothreads           uint opt since 1.2.8 drivers qemu absent "as many as iothreadids lists"
        "Number of threads that serve the I/O of disks and SCSI controllers, beside the main one; one or two a CPU of the host"
    iothreadids since 1.2.15 drivers qemu absent "numbered from 1" {
        "The I/O threads one by one; those that iothreads counts beyond get the lowest free numbers"
        iothread[] IoThread as iothread_list
    }
    defaultiothread since 8.5.0 drivers qemu {
        "The main loop of QEMU, which serves what has no I/O thread; only worth setting for guests with real-time work"
        @thread_pool_min natural opt as default_pool_min absent "chosen by QEMU" "Workers that are kept even when idle, 0 or more"
        @thread_pool_max natural opt as default_pool_max absent "chosen by QEMU"
            "Most workers, 1 or more and not less than thread_pool_min"
    }
    cputune since 0.9.0 {
        "Where, when and how much the threads of the guest run"
        shares              ull opt as cpu_shares drivers qemu lxc absent "as the host treats any process"
            "Weight against other guests; twice the weight is twice the time: 2 to 262144 with cgroup v1, 1 to 10000 with v2"
        period              ull opt as cpu_period since 0.9.4 drivers qemu lxc absent "chosen by the host"
            "Microseconds of one round, 1000 to 1000000, in which each vCPU may run for quota; 0 is none"
        quota               ll opt as cpu_quota since 0.9.4 drivers qemu lxc absent "no limit"
            "Microseconds that a vCPU may run in each period, 1000 to 17592186044415; negative is no limit, 0 leaves it as it is"
        global_period       ull opt since 1.3.3 drivers qemu absent "chosen by the host" "The same as period, for the whole guest"
        global_quota        ll opt since 1.3.3 drivers qemu absent "no limit"
            "The same as quota, for all threads of the guest together"
        emulator_period     ull opt since 0.10.0 drivers qemu absent "chosen by the host"
            "The same as period, for threads that are neither vCPUs nor I/O threads"
        emulator_quota      ll opt since 0.10.0 drivers qemu absent "no limit"
            "The same as quota, for threads that are neither vCPUs nor I/O threads"
        iothread_period     ull opt since 2.1.0 drivers qemu absent "chosen by the host" "The same as period, for each I/O thread"
        iothread_quota      ll opt since 2.1.0 drivers qemu absent "no limit" "The same as quota, for each I/O thread"
        vcpupin[]           VcpuPin since 0.9.0
        emulatorpin since 0.10.0 drivers qemu test absent "``cpuset`` of vcpu" {
            "Where the threads run that are neither vCPUs nor I/O threads"
            @cpuset bitmap as emulator_pin required "CPUs of the host"
        }
        iothreadpin[]       IoThreadPin since 1.2.9
        emulatorsched       EmulatorSched since 5.3.0
        vcpusched[]         VcpuSched since 1.2.13
        iothreadsched[]     IoThreadSched since 1.2.13
        cachetune[]         CacheTune since 4.1.0
        memorytune[]        MemoryTune since 4.7.0
    }
    numatune since 0.9.3 drivers qemu lxc absent "wherever the host has memory" {
        "NUMA nodes of the host to take memory from"
        memory {
            "The guest as a whole"
            @mode           numa_mode as numa_mode absent "``strict``"
                "strict: from these nodes or not at all; preferred: from the node if it can; interleave: from all of them in"
                "turn; restrictive: left to the host and bound by control groups, so that it can be changed while the guest runs"
            @nodeset        bitmap as numa_nodeset absent "none; required with placement static" "The nodes of the host"
            @placement      numa_placement as numa_placement since 0.9.12 absent "``static`` with a nodeset, else as vcpu"
                "static: the nodes of nodeset; auto: those that numad advises when the guest starts"
        }
        memnode[]           MemNode since 1.2.7
    }
    resource since 1.0.5 absent "the default partition" {
        "Where the guest belongs on the host"
        partition           string drivers qemu lxc absent "``/machine``"
            "Control group that the guest is put into, an absolute path; it must exist"
        fibrechannel since 7.7.0 drivers qemu {
            "Fibre Channel networks can tell the guest's traffic from others"
            @appid string as appid required "Id that the switches see, 1 to 128 printable characters"
        }
    }
    sysinfo[]               Sysinfo since 0.8.7
    throttlegroups since 11.2.0 drivers qemu {
        "Limits that several disks share"
        throttlegroup[] ThrottleGroup
    }
    bootloader              string since 0.1.0 drivers xen bhyve absent "chosen by the driver"
        "Program of the host that picks the kernel to start, such as pygrub or bhyveload; an absolute path"
    bootloader_args         string when shows_bootloader_args since 0.2.3 drivers xen bhyve absent "none"
        "Arguments of that program"
    os {
        "What is started in the guest, and how"
        @firmware           os_firmware as firmware since 5.2.0 drivers qemu bhyve vmware esx absent "as loader says"
            "Kind of firmware that is to be chosen and filled in as loader and nvram"
        type {
            "The virtual machine as such"
            @arch           string as arch abi absent "that of the host; i686 for test and VMware"
                "Architecture of the CPU, such as x86_64; the capabilities list them"
            @machine        string as machine abi absent "the newest of the usual kind"
                "Type of machine, such as q35; replaced by the exact version, such as pc-q35-9.0"
            .               string as os_type abi absent "an error without a bootloader"
                "hvm: a machine as of hardware; xen, linux, xenpvh: guests that know Xen; exe: a container"
        }
        init                string since 0.4.2 drivers lxc absent "``/sbin/init``"
            "First program of a container, an absolute path in it"
        initarg[]           string since 0.4.2 drivers lxc absent "none" "An argument of init"
        initenv[]           OsInitEnv
        initdir             string since 3.1.0 drivers lxc absent "``/``" "Folder in the container that init starts in"
        inituser            string since 3.1.0 drivers lxc absent "root"
            "User that init runs as: a name of the container, or a number (``+`` in front says that it is one)"
        initgroup           string since 3.1.0 drivers lxc absent "root" "Group that init runs as, in the same way"
        firmware since 7.2.0 drivers qemu absent "any firmware of that kind" {
            "What firmware that is chosen automatically must have or lack"
            feature[] FirmwareFeature as firmware_features
        }
        loader since 0.1.0 absent "chosen by the hypervisor" {
            "The firmware"
            @readonly       yesno as loader_readonly since 1.2.8 drivers qemu bhyve absent "``no``, or as the firmware is"
                "Whether the guest can write to it"
            @secure         yesno as loader_secure since 2.1.0 drivers qemu absent "``no``"
                "Whether the firmware can do Secure Boot, so that SMM protects its variables; this does not turn it on in the"
                "firmware"
            @type           loader_type as loader_type since 1.2.8 drivers qemu bhyve absent "``rom``"
                "How the guest sees it: rom as BIOS is, pflash as a flash chip for UEFI"
            @stateless      yesno as loader_stateless since 8.6.0 drivers qemu absent "``no``"
                "Whether UEFI does without variables that are kept; there is no nvram then"
            @format         disk_format as loader_format since 9.2.0 drivers qemu absent "``raw``"
                "Format of the file, raw or qcow2; with firmware chosen automatically, the format it must have"
            .               string as loader absent "as firmware says, else chosen by the hypervisor" "Absolute path of the file"
        }
        nvram               NvramVars
        kernel              string drivers qemu xen ch absent "the firmware finds one"
            "Kernel that is started without firmware choosing: a file on the host"
        initrd              string drivers qemu xen absent "none" "Initial RAM disk of that kernel: a file on the host"
        root                string drivers xen absent "none" "Device that the kernel of a paravirtual guest mounts as its root"
        cmdline             string drivers qemu xen ch lxc absent "empty"
            "Command line of that kernel; for a container what /proc/cmdline says"
        dtb                 string since 1.0.4 drivers qemu absent "made by the hypervisor"
            "Device tree for that kernel: a file on the host"
        shim                string since 11.2.0 drivers qemu absent "none"
            "UEFI program that is started before that kernel and brings its certificates: a file on the host"
        acpi since 1.3.5 drivers qemu xen {
            "Tables that the guest finds in addition"
            table[] AcpiTable as acpi_tables
        }
        boot[]              BootDevice as boot_devices
        bootmenu since 0.8.3 drivers qemu {
            "Menu of the firmware in which somebody can choose what to boot from"
            @enable yesno as bootmenu absent "chosen by the hypervisor" "Whether it is shown"
            @timeout uint opt as bootmenu_timeout max 65535 since 1.2.8 drivers qemu absent "chosen by the firmware"
                "Milliseconds it waits; only with enable"
        }
        bios since 0.9.4 drivers qemu {
            "Settings of BIOS; UEFI may ignore them"
            @useserial yesno as bios_useserial absent "``no``" "Whether messages go to the first serial port too"
            @rebootTimeout int opt since 0.10.2 absent "-1"
                "Milliseconds after which a guest that found nothing to boot tries again, at most 65535; -1: it does not"
        }
        smbios since 0.8.7 drivers qemu absent "chosen by the hypervisor" {
            "Where the guest's SMBIOS tables come from"
            @mode smbios_mode as smbios_mode absent "the element says nothing"
                "emulate: the hypervisor; host: copied from the host, but for the UUID; sysinfo: from the sysinfo element"
        }
    }
    idmap since 1.1.1 drivers lxc absent "no user namespace: root of the container is root of the host" {
        "Users and groups of a container that are others on the host"
        uid[] IdMap
        gid[] IdMap
    }
    features                Features
    cpu                     Cpu
    clock since 0.3.1 absent "UTC" {
        "The clock of the guest and what it follows"
        @offset             clock_offset as clock_offset default utc always abi
            "What the clock shows when the guest starts. utc and localtime: the time of the host; timezone (since 0.7.7): that of"
            "a place; variable (since 0.7.7): as the guest left it; absolute (since 8.4.0): always the same"
        switch clock_offset {
            utc localtime   {
                @adjustment string as clock_reset since 0.9.11 absent "chosen by the hypervisor"
                    "What comes of changes that the guest makes: reset forgets them; a number of seconds makes it variable"
            }
            variable        {
                @adjustment ll as clock_adjustment always since 0.7.7 "Seconds from the basis; follows the guest's changes"
                @basis clock_basis as clock_basis since 0.9.11 absent "``utc``" "What adjustment counts from"
                @adjustment0 ll as clock_adjustment0 status since 0.7.7 "Adjustment when the guest started"
            }
            timezone        {
                @timezone string as clock_timezone required since 0.7.7
                    "Name of the time zone, such as Europe/Paris"
            }
            absolute        { @start ull as clock_start required always since 8.4.0 "Seconds since 1970" }
        }
        timer[]             Timer
    }
    on_poweroff             lifecycle_action default destroy always since 0.1.0
        "What happens when the guest turns itself off. QEMU knows destroy and restart, but not restart here with destroy in"
        "on_reboot; preserve keeps what is left for a look at it, rename-restart starts it under a new name (Xen)"
    on_reboot               lifecycle_action default restart always since 0.1.0 "What happens when the guest restarts itself"
    on_crash                lifecycle_action default destroy always since 0.1.0
        "What happens when it crashes; the coredump actions (since 0.8.4) write its memory to a file first"
    on_lockfailure          lock_action since 1.0.0 drivers qemu xen absent "chosen by the lock manager"
        "What happens when the lock manager loses the locks of the guest's disks"
    pm since 0.10.2 drivers qemu {
        "States of sleep that the firmware offers; a guest may find other ways"
        suspend-to-mem {
            "Sleep with memory powered (S3)"
            @enabled yesno as suspend_to_mem absent "chosen by the hypervisor" "Whether it is offered"
        }
        suspend-to-disk {
            "Sleep with memory on disk (S4)"
            @enabled yesno as suspend_to_disk absent "chosen by the hypervisor" "Whether it is offered"
        }
    }
    perf since 2.0.0 drivers qemu {
        "Performance counters of the host that are read for the guest"
        event[] PerfEvent as perf_events
    }
    devices always {
        "Everything that is attached to the guest"
        emulator            string since 0.1.9 absent "as the capabilities of the host say"
            "Program that is the hypervisor or the device model, an absolute path"
        disk[]              Disk
        controller[]        Controller
        lease[]             LockLease
        filesystem[]        Filesystem
        interface[]         Interface
        smartcard[]         Smartcard
        serial[]            Serial
        parallel[]          Parallel
        console[]           Console
        channel[]           Channel
        input[]             Input
        tpm[]               Tpm
        graphics[]          Graphics as graphics
        sound[]             Sound
        audio[]             Audio
        video[]             Video
        hostdev[]           Hostdev
        redirdev[]          RedirDev
        redirfilter         RedirFilter
        hub[]               Hub
        watchdog[]          Watchdog
        memballoon          Memballoon once
        rng[]               Rng
        nvram               Nvram as nvram_device once
        panic[]             Panic
        shmem[]             Shmem
        memory[]            MemoryDevice as memory_devices
        iommu               Iommu once
        vsock               Vsock once
        crypto[]            Crypto as cryptos
        pstore              Pstore
    }
    seclabel[]              SecLabel
    launchSecurity          LaunchSecurity since 4.4.0
    keywrap since 1.2.16 drivers qemu absent "all of them may" {
        "Which keys of an s390 guest may be wrapped with a key that the machine makes for it; at least one cipher"
        cipher[] KeyCipher as keywrap_ciphers
    }
    qemu:commandline since 0.8.3 drivers qemu {
        "Additions to QEMU's command line that nothing checks. Not supported: a later version may need others"
        qemu:arg[] QemuArg as qemu_args
        qemu:env[] QemuEnv as qemu_envs
    }
    qemu:capabilities since 5.5.0 drivers qemu {
        "Capabilities of QEMU that libvirt shall use (add) or not (del), for experiments"
        qemu:add[] QemuCapability as qemu_caps_add
        qemu:del[] QemuCapability as qemu_caps_del
    }
    qemu:override since 8.2.0 drivers qemu {
        "Properties of devices set by hand, for experiments"
        qemu:device[] QemuOverride as qemu_overrides
    }
    qemu:deprecation since 7.3.0 drivers qemu {
        "What QEMU does when libvirt uses something that is deprecated; for developers"
        @behavior qemu_behavior as qemu_deprecation absent "``deprecation_behavior`` of qemu.conf, else ``none``"
            "none: nothing; omit: leaves such things out of replies; reject: also refuses such calls; crash: also ends"
    }
    lxc:namespace since 1.2.19 drivers lxc absent "namespaces of its own" {
        "Namespaces that the container takes over from somebody else"
        lxc:sharenet LxcShare "The network"
        lxc:shareipc LxcShare "Shared memory, semaphores and message queues"
        lxc:shareuts LxcShare "The host name"
    }
    xen:commandline since 6.7.0 drivers xen {
        "Additions to the command line of the device model that nothing checks"
        xen:arg[] XenArg as xen_args
    }
    bhyve:commandline since 5.1.0 drivers bhyve {
        "Additions to the command line of bhyve that nothing checks"
        bhyve:arg[] XenArg as bhyve_args
    }
    vmware:datacenterpath string drivers vmware esx "Folder and name of the datacenter that the guest belongs to"
