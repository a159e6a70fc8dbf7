# CPUs: of a guest (<cpu> in a domain) and of a host (<cpu> in capabilities).

enum cpu_mode       { - custom host-model host-passthrough maximum }
enum cpu_match      { - minimum exact strict }
enum cpu_check      { - none partial full }
enum cpu_fallback   { - allow forbid }
enum cpu_policy     { - force require optional disable forbid }
enum cpu_cache_mode { - emulate passthrough disable }
enum cpu_phys_mode  { - emulate passthrough }
enum mem_access     { - private shared }
enum cache_assoc    { - none direct full }
enum cache_policy   { - none writeback writethrough }
enum hmat_type      { - access read write }
enum yn_onoff       { - on off }
enum discard_data   { - yes no }

struct CpuFeature "One feature of a CPU"
    @policy         cpu_policy
    @name           string      required
    @removed        yn_removed  live

enum yn_removed     { - yes no }

struct CpuTopology "How the CPUs of a guest are arranged"
    @sockets        uint        always
    @dies           uint        always default 1
    @clusters       uint        always default 1
    @cores          uint        always
    @threads        uint        always

struct NumaSibling "Distance to another cell"
    @id             uint        always
    @value          uint        always

struct NumaCache "A memory-side cache of a cell"
    @level          uint        always
    @associativity  cache_assoc
    @policy         cache_policy
    size { @value kib as size always }
    line { @value octets as line_size always }

struct NumaCell "A NUMA cell of a guest"
    @id             uint        opt
    @cpus           bitmap
    @memory         kib         required always
    @memAccess      mem_access
    @discard        discard_data
    distances { sibling[] NumaSibling as distances }
    cache[]         NumaCache

struct NumaLatency "Latency between cells, in nanoseconds"
    @initiator      uint        always
    @target         uint        always
    @cache          uint
    @type           hmat_type
    @value          ull         always

struct NumaBandwidth "Bandwidth between cells, in KiB a second"
    @initiator      uint        always
    @target         uint        always
    @cache          uint
    @type           hmat_type
    @value          kib         always

struct Cpu <cpu> "The CPU of a guest"
    @mode           cpu_mode
    @match          cpu_match
    @check          cpu_check
    @migratable     yn_onoff
    @deprecated_features yn_onoff
    model {
        @fallback   cpu_fallback
        @vendor_id  string
        .           string      as model
    }
    vendor          string
    topology        CpuTopology
    cache { @level uint opt as cache_level ; @mode cpu_cache_mode as cache_mode }
    maxphysaddr { @mode cpu_phys_mode as phys_mode ; @bits uint as phys_bits ; @limit uint as phys_limit }
    feature[]       CpuFeature
    numa {
        cell[]      NumaCell
        interconnects { latency[] NumaLatency as latencies ; bandwidth[] NumaBandwidth }
    }
