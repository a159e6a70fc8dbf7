# <capabilities>: what a host and its emulators can do.
import cpu

enum cap_switch     { - on off }
enum cap_yesno      { - yes no }
enum cap_cache_type { - both code data }

struct HostCpuFeature "A feature of the host's CPU beyond its model"
    since 0.7.5
    @name           string      required "name of the feature, as in guests"

struct HostPages "Pages of one size"
    since 1.2.6
    @size           kib         always "size of a page"
    .               ull         as count opt "in a NUMA cell: how many there are; of the CPU: absent, the size is possible"

struct HostCounter "The time stamp counter"
    since >3.2.0
    @name           string      required "``tsc``"
    @frequency      ull "ticks a second"
    @scaling        cap_yesno absent "not known" "whether a guest may have another frequency"

struct HostCpu <cpu> "The CPU of the host"
    since 0.2.1
    arch            string "architecture"
    features as has_old_features {
        "Xen: what it found in the CPU"
        pae flag "addresses of more than 32 bits"
        nonpae flag "guests without PAE can run"
        vmx flag "virtualisation of Intel"
        svm flag "virtualisation of AMD"
    }
    model           string since 0.7.5 "the known model that comes closest"
    vendor          string since 0.7.5 "who made it"
    microcode "the microcode the kernel has loaded" { @version uint as microcode opt "its version" }
    signature {
        "how the CPU calls itself"
        @family uint as family opt "family"
        @model uint as model_number opt "number of the model"
        @stepping uint as stepping opt "stepping"
    }
    counter         HostCounter
    topology        CpuTopology "sockets are those of one NUMA cell, unlike in guests"
    maxphysaddr since 8.7.0 {
        "bits of physical addresses"
        @mode cpu_phys_mode as phys_mode "``emulate``: the number counts; ``passthrough``: that of the host"
        @bits uint as phys_bits "how many"
        @limit uint as phys_limit "at most so many"
    }
    feature[]       HostCpuFeature
    pages[]         HostPages   as pages "a page size the CPU can do"

struct HostCellCpu "One CPU of a cell"
    since 0.3.3
    @id             uint        required always "number of the CPU"
    @socket_id      uint        opt "its socket"
    @die_id         uint        opt "its die in the socket"
    @cluster_id     uint        opt "its cluster in the die"
    @core_id        uint        opt "its core"
    @siblings       bitmap "threads of that core"

struct HostCell "A NUMA cell of the host"
    since 0.3.3
    @id             uint        required always "number of the cell"
    memory          kib "memory of the cell"
    pages[]         HostPages   as pages "pages of one size, and how many of them"
    distances "how far the other cells are" { sibling[] NumaSibling as distances "another cell, or this one" }
    cache[]         NumaCache "a cache of the cell's memory"
    cpus as has_cpus "CPUs of the cell" { @num uint as n_cpus always "how many" ; cpu[] HostCellCpu as cpus }

struct CacheControl "How a cache can be divided; for ``<cachetune>`` of guests"
    since >3.4.0
    @granularity    ull         always "smallest step"
    @min            ull absent "one step" "smallest part"
    @unit           string absent "``B``" "unit of both"
    @type           cap_cache_type "what the part holds"
    @maxAllocs      uint        always "how many parts there can be"

struct CacheBank "One cache of the host"
    since 3.4.0
    @id             uint        always "its number on this level"
    @level          uint        always "1 is next to the CPU; level 3 is told, others if they can be divided"
    @type           cap_cache_type "what it holds"
    @size           pretty      always "its size"
    @cpus           bitmap "CPUs that use it"
    control[]       CacheControl

struct MonitorFeature "Something that can be measured"
    since >3.4.0
    @name           string      required "such as ``llc_occupancy``, ``mbm_total_bytes``, ``mbm_local_bytes``"

struct CapsMonitor "What can be measured of caches or memory bandwidth"
    since >3.4.0
    @level          uint        opt absent "memory bandwidth" "level of the cache"
    @reuseThreshold uint        opt "bytes; a group with fewer left in the cache is forgotten"
    @maxMonitors    uint        always "how many groups can be measured at a time"
    feature[]       MonitorFeature

struct BandwidthControl "How memory bandwidth can be divided; for ``<memorytune>`` of guests"
    since 4.7.0
    @granularity    uint        always "smallest step, in percent"
    @min            uint        always "smallest part, in percent"
    @maxAllocs      uint        always "how many parts there can be"

struct BandwidthNode "Memory bandwidth of one node"
    since 4.7.0
    @id             uint        always "number of the node"
    @cpus           bitmap "CPUs of the node"
    control         BandwidthControl

struct BaseLabel "The label of guests of one type"
    since 0.6.1
    @type           string      required "type of the guest, such as ``kvm``"
    .               string      as label "the label, where the guest has none of its own"

struct SecModel "A security driver"
    since 0.6.1
    model           string      required "its name, such as ``selinux``, ``apparmor``, ``dac``"
    doi             string      required "domain of interpretation; mostly 0"
    baselabel[]     BaseLabel

struct GuestMachine "A machine type"
    since 0.2.1
    @canonical      string absent "the name is no alias" "the type this name stands for"
    @maxCpus        uint "most virtual CPUs it takes"
    @deprecated     cap_yesno absent "no" "QEMU will drop it"
    .               string      as name required "for ``machine`` of ``<type>`` of a guest"

struct GuestDomain "A way to run guests of an architecture"
    since 0.2.1
    @type           string      required "for ``type`` of ``<domain>``, such as ``kvm``"
    emulator        string absent "that of the architecture" "path of the emulator"
    loader          string absent "that of the architecture" "path of the firmware"
    machine[]       GuestMachine

struct GuestFeature "A feature guests may have"
    since 0.4.1
    @default        cap_switch  as default_state "whether guests have it if they say nothing"
    @toggle         cap_yesno "whether guests may say otherwise"

struct GuestCaps "Guests of one architecture"
    since 0.2.1
    os_type         string      required
                    "``hvm``: any system; ``xen`` (old name ``linux``), ``xenpvh``: made for Xen; ``exe``: a container"
    arch required {
        "one architecture"
        @name       string      as arch required "its name"
        wordsize    uint        required "bits of a word"
        emulator    string "path of the emulator"
        loader      string "path of the firmware"
        machine[]   GuestMachine
        domain[]    GuestDomain
    }
    features as has_features {
        "what these guests may have"
        pae         flag since 0.4.1 "32 bit guests with PAE"
        nonpae      flag since 0.4.1 "32 bit guests without PAE"
        ia64_be     flag since 0.4.1 "IA64 guests in big-endian mode"
        acpi        GuestFeature "ACPI"
        apic        GuestFeature "APIC"
        cpuselection flag since 0.7.5 "``<cpu>`` of a guest counts"
        deviceboot  flag since 0.8.8 "``<boot order>`` inside devices counts"
        disksnapshot GuestFeature since 1.2.3 "external snapshots of disks can be made" absent "not known"
        hap         GuestFeature "hardware assisted paging"
        externalSnapshot flag since 9.9.0 "external snapshots can be deleted and gone back to, with memory"
    }

struct Capabilities <capabilities> "What a host can do"
    since 0.2.1
    host required {
        "the host"
        uuid        uuid        as host_uuid "UUID of the host, of firmware or of the daemon's configuration"
        netprefix   string "names of interfaces of guests that begin so are the driver's; do not choose one"
        cpu         HostCpu
        power_management as power_management since 0.9.8 absent "not known" {
            "how the host can sleep; empty: not at all"
            suspend_mem flag "to memory"
            suspend_disk flag "to disk"
            suspend_hybrid flag "to both"
        }
        iommu "whether devices can be given to guests safely" { @support cap_yesno as iommu "an IOMMU is there and in use" }
        migration_features as migration absent "guests cannot migrate" {
            "how guests can migrate"
            live    flag "while they run"
            uri_transports "ways to the other host" {
                uri_transport[] string as uri_transports "scheme of a migration URI, such as ``tcp``"
            }
        }
        topology since 0.3.3 {
            "memory and CPUs of the host"
            cells as has_cells "NUMA cells" { @num uint as n_cells always "how many" ; cell[] HostCell as cells }
            interconnects {
                "how fast CPUs of a cell reach memory of another, as the firmware says"
                latency[] NumaLatency as latencies "how long it takes"
                bandwidth[] NumaBandwidth "how much there is"
            }
        }
        cache since 3.4.0 "caches" { bank[] CacheBank as caches ; monitor CapsMonitor as cache_monitor }
        memory_bandwidth since 4.7.0 {
            "memory bandwidth that can be divided"
            node[] BandwidthNode as bandwidth_nodes
            monitor CapsMonitor as bandwidth_monitor
        }
        secmodel[]  SecModel
    }
    guest[]         GuestCaps
