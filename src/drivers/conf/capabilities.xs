# <capabilities>: what a host and its emulators can do.
import cpu

enum cap_switch     { - on off }
enum cap_yesno      { - yes no }
enum cap_cache_type { - both code data }

struct HostCpuFeature "A feature of the host's CPU beyond its model"
    @name           string      required

struct HostPages "Pages of one size"
    @size           kib         always
    .               ull         as count opt

struct HostCounter "The time stamp counter"
    @name           string      required
    @frequency      ull
    @scaling        cap_yesno

struct HostCpu <cpu> "The CPU of the host"
    arch            string
    features as has_old_features { pae flag ; nonpae flag ; vmx flag ; svm flag }
    model           string
    vendor          string
    microcode { @version uint as microcode opt }
    signature { @family uint as family opt ; @model uint as model_number opt ; @stepping uint as stepping opt }
    counter         HostCounter
    topology        CpuTopology
    maxphysaddr { @mode cpu_phys_mode as phys_mode ; @bits uint as phys_bits ; @limit uint as phys_limit }
    feature[]       HostCpuFeature
    pages[]         HostPages   as pages

struct HostCellCpu "One CPU of a cell"
    @id             uint        required always
    @socket_id      uint        opt
    @die_id         uint        opt
    @cluster_id     uint        opt
    @core_id        uint        opt
    @siblings       bitmap

struct HostCell "A NUMA cell of the host"
    @id             uint        required always
    memory          kib
    pages[]         HostPages   as pages
    distances { sibling[] NumaSibling as distances }
    cache[]         NumaCache
    cpus as has_cpus { @num uint as n_cpus always ; cpu[] HostCellCpu as cpus }

struct CacheControl "How a cache can be divided"
    @granularity    ull         always
    @min            ull
    @unit           string
    @type           cap_cache_type
    @maxAllocs      uint        always

struct CacheBank "One cache of the host"
    @id             uint        always
    @level          uint        always
    @type           cap_cache_type
    @size           pretty      always
    @cpus           bitmap
    control[]       CacheControl

struct MonitorFeature "Something that can be measured"
    @name           string      required

struct CapsMonitor "What can be measured of caches or memory bandwidth"
    @level          uint        opt
    @reuseThreshold uint        opt
    @maxMonitors    uint        always
    feature[]       MonitorFeature

struct BandwidthControl "How memory bandwidth can be divided"
    @granularity    uint        always
    @min            uint        always
    @maxAllocs      uint        always

struct BandwidthNode "Memory bandwidth of one node"
    @id             uint        always
    @cpus           bitmap
    control         BandwidthControl

struct BaseLabel "The label of guests of one type"
    @type           string      required
    .               string      as label

struct SecModel "A security driver"
    model           string      required
    doi             string      required
    baselabel[]     BaseLabel

struct GuestMachine "A machine type"
    @canonical      string
    @maxCpus        uint
    @deprecated     cap_yesno
    .               string      as name required

struct GuestDomain "A way to run guests of an architecture"
    @type           string      required
    emulator        string
    loader          string
    machine[]       GuestMachine

struct GuestFeature "A feature guests may have"
    @default        cap_switch  as default_state
    @toggle         cap_yesno

struct GuestCaps "Guests of one architecture"
    os_type         string      required
    arch required {
        @name       string      as arch required
        wordsize    uint        required
        emulator    string
        loader      string
        machine[]   GuestMachine
        domain[]    GuestDomain
    }
    features as has_features {
        pae         flag
        nonpae      flag
        ia64_be     flag
        acpi        GuestFeature
        apic        GuestFeature
        cpuselection flag
        deviceboot  flag
        disksnapshot GuestFeature
        hap         GuestFeature
        externalSnapshot flag
    }

struct Capabilities <capabilities> "What a host can do"
    host required {
        uuid        uuid        as host_uuid
        netprefix   string
        cpu         HostCpu
        power_management as power_management {
            suspend_mem flag
            suspend_disk flag
            suspend_hybrid flag
        }
        iommu { @support cap_yesno as iommu }
        migration_features as migration {
            live    flag
            uri_transports { uri_transport[] string as uri_transports }
        }
        topology {
            cells as has_cells { @num uint as n_cells always ; cell[] HostCell as cells }
            interconnects { latency[] NumaLatency as latencies ; bandwidth[] NumaBandwidth }
        }
        cache { bank[] CacheBank as caches ; monitor CapsMonitor as cache_monitor }
        memory_bandwidth { node[] BandwidthNode as bandwidth_nodes ; monitor CapsMonitor as bandwidth_monitor }
        secmodel[]  SecModel
    }
    guest[]         GuestCaps
