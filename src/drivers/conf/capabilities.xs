# <capabilities>: what a host and its emulators can do.
import cpu

enum cap_switch     { - on off }
enum cap_yesno      { - yes no }
enum cap_cache_type { - both code data }

struct HostCpuFeature "A feature of the host's CPU beyond its model"
    since 0.7.5
    @name           string      required "Name of the feature, as in guests"

struct HostPages "Pages of one size"
    since 1.2.6
    @size           kib         always "Size of a page"
    .               ull         as count opt "In a NUMA cell: how many there are; of the CPU: absent, the size is possible"

struct HostCounter "The time stamp counter"
    since 5.5.0
    @name           string      required "``tsc``"
    @frequency      ull "Ticks a second"
    @scaling        cap_yesno absent "not known" "Whether a guest may have another frequency"

struct HostCpu <cpu> "The CPU of the host"
    since 0.2.1
    arch            string "Architecture"
    features as has_old_features {
        "Xen: what it found in the CPU"
        pae flag "Addresses of more than 32 bits"
        nonpae flag "Guests without PAE can run"
        vmx flag "Virtualisation of Intel"
        svm flag "Virtualisation of AMD"
    }
    model           string since 0.7.5 "The known model that comes closest"
    vendor          string since 0.7.5 "Who made it"
    microcode "The microcode the kernel has loaded" { @version uint as microcode opt "Its version" }
    signature {
        "How the CPU calls itself"
        @family uint as family opt "Family of the CPU"
        @model uint as model_number opt "Number of the model"
        @stepping uint as stepping opt "Revision of the model"
    }
    counter         HostCounter
    topology        CpuTopology "Sockets are those of one NUMA cell, unlike in guests"
    maxphysaddr since 8.7.0 {
        "Bits of physical addresses"
        @mode cpu_phys_mode as phys_mode "``emulate``: the number counts; ``passthrough``: that of the host"
        @bits uint as phys_bits "How many"
        @limit uint as phys_limit "At most so many"
    }
    feature[]       HostCpuFeature
    pages[]         HostPages   as pages "A page size the CPU can do"

struct HostCellCpu "One CPU of a cell"
    since 0.3.3
    @id             uint        required always "Number of the CPU"
    @socket_id      uint        opt "Its socket"
    @die_id         uint        opt "Its die in the socket"
    @cluster_id     uint        opt "Its cluster in the die"
    @core_id        uint        opt "Its core"
    @siblings       bitmap "Threads of that core"

struct HostCell "A NUMA cell of the host"
    since 0.3.3
    @id             uint        required always "Number of the cell"
    memory          kib "Memory of the cell"
    pages[]         HostPages   as pages "Pages of one size, and how many of them"
    distances "How far the other cells are" { sibling[] NumaSibling as distances "Another cell, or this one" }
    cache[]         NumaCache "A cache of the cell's memory"
    cpus as has_cpus "CPUs of the cell" { @num uint as n_cpus always "How many" ; cpu[] HostCellCpu as cpus }

struct CacheControl "How a cache can be divided; for ``<cachetune>`` of guests"
    since 4.1.0
    @granularity    ull         always "Smallest step"
    @min            ull absent "one step" "Smallest part"
    @unit           string absent "``B``" "Unit of both"
    @type           cap_cache_type "What the part holds"
    @maxAllocs      uint        always "How many parts there can be"

struct CacheBank "One cache of the host"
    since 3.4.0
    @id             uint        always "Its number on this level"
    @level          uint        always "1 is next to the CPU; level 3 is told, others if they can be divided"
    @type           cap_cache_type "What it holds"
    @size           pretty      always "Its size"
    @cpus           bitmap "CPUs that use it"
    control[]       CacheControl

struct MonitorFeature "Something that can be measured"
    since 4.10.0
    @name           string      required "Such as ``llc_occupancy``, ``mbm_total_bytes``, ``mbm_local_bytes``"

struct CapsMonitor "What can be measured of caches or memory bandwidth"
    since 4.10.0
    @level          uint        opt absent "memory bandwidth" "Level of the cache"
    @reuseThreshold uint        opt "Bytes; a group with fewer left in the cache is forgotten"
    @maxMonitors    uint        always "How many groups can be measured at a time"
    feature[]       MonitorFeature

struct BandwidthControl "How memory bandwidth can be divided; for ``<memorytune>`` of guests"
    since 4.7.0
    @granularity    uint        always "Smallest step, in percent"
    @min            uint        always "Smallest part, in percent"
    @maxAllocs      uint        always "How many parts there can be"

struct BandwidthNode "Memory bandwidth of one node"
    since 4.7.0
    @id             uint        always "Number of the node"
    @cpus           bitmap "CPUs of the node"
    control         BandwidthControl

struct BaseLabel "The label of guests of one type"
    since 0.6.1
    @type           string      required "Type of the guest, such as ``kvm``"
    .               string      as label "The label, where the guest has none of its own"

struct SecModel "A security driver"
    since 0.6.1
    model           string      required "Its name, such as ``selinux``, ``apparmor``, ``dac``"
    doi             string      required "Domain of interpretation; mostly 0"
    baselabel[]     BaseLabel

struct GuestMachine "A machine type"
    since 0.2.1
    @canonical      string absent "the name is no alias" "The type this name stands for"
    @maxCpus        uint "Most virtual CPUs it takes"
    @deprecated     cap_yesno absent "no" "QEMU will drop it"
    .               string      as name required "For ``machine`` of ``<type>`` of a guest"

struct GuestDomain "A way to run guests of an architecture"
    since 0.2.1
    @type           string      required "For ``type`` of ``<domain>``, such as ``kvm``"
    emulator        string absent "that of the architecture" "Path of the emulator"
    loader          string absent "that of the architecture" "Path of the firmware"
    machine[]       GuestMachine

struct GuestFeature "A feature guests may have"
    since 0.4.1
    @default        cap_switch  as default_state "Whether guests have it if they say nothing"
    @toggle         cap_yesno "Whether guests may say otherwise"

struct GuestCaps "Guests of one architecture"
    since 0.2.1
    os_type         string      required
                    "``hvm``: any system; ``xen`` (old name ``linux``), ``xenpvh``: made for Xen; ``exe``: a container"
    arch required {
        "One architecture"
        @name       string      as arch required "Its name"
        wordsize    uint        required "Bits of a word"
        emulator    string "Path of the emulator"
        loader      string "Path of the firmware"
        machine[]   GuestMachine
        domain[]    GuestDomain
    }
    features as has_features {
        "What these guests may have"
        pae         flag since 0.4.1 "32 bit guests with PAE"
        nonpae      flag since 0.4.1 "32 bit guests without PAE"
        ia64_be     flag since 0.4.1 "IA64 guests in big-endian mode"
        acpi        GuestFeature "Tables that describe the machine to the guest"
        apic        GuestFeature "The interrupt controller of x86 that every CPU has"
        cpuselection flag since 0.7.5 "``<cpu>`` of a guest counts"
        deviceboot  flag since 0.8.8 "``<boot order>`` inside devices counts"
        disksnapshot GuestFeature since 1.2.3 "External snapshots of disks can be made" absent "not known"
        hap         GuestFeature "Hardware assisted paging"
        externalSnapshot flag since 9.9.0 "External snapshots can be deleted and gone back to, with memory"
    }

struct Capabilities <capabilities> "What a host can do"
    since 0.2.1
    host required {
        "The host"
        uuid        uuid        as host_uuid "UUID of the host, of firmware or of the daemon's configuration"
        netprefix   string "Names of interfaces of guests that begin so are the driver's; do not choose one"
        cpu         HostCpu
        power_management as power_management since 0.9.8 absent "not known" {
            "how the host can sleep; empty: not at all"
            suspend_mem flag "To memory"
            suspend_disk flag "To disk"
            suspend_hybrid flag "To both"
        }
        iommu "Whether devices can be given to guests safely" { @support cap_yesno as iommu "An IOMMU is there and in use" }
        migration_features as migration absent "guests cannot migrate" {
            "how guests can migrate"
            live    flag "While they run"
            uri_transports "Ways to the other host" {
                uri_transport[] string as uri_transports "Scheme of a migration URI, such as ``tcp``"
            }
        }
        topology since 0.3.3 {
            "Memory and CPUs of the host"
            cells as has_cells "NUMA cells" { @num uint as n_cells always "How many" ; cell[] HostCell as cells }
            interconnects {
                "How fast CPUs of a cell reach memory of another, as the firmware says"
                latency[] NumaLatency as latencies "How long it takes"
                bandwidth[] NumaBandwidth "How much there is"
            }
        }
        cache since 3.4.0 "Caches" { bank[] CacheBank as caches ; monitor CapsMonitor as cache_monitor }
        memory_bandwidth since 4.7.0 {
            "Memory bandwidth that can be divided"
            node[] BandwidthNode as bandwidth_nodes
            monitor CapsMonitor as bandwidth_monitor
        }
        secmodel[]  SecModel
    }
    guest[]         GuestCaps
