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

struct CpuFeature "One feature of a CPU, on or off beyond what the model has"
    since 0.7.5
    @policy         cpu_policy absent "``require`` in a guest, plain names on a host"
        "force: the guest is told it is there; require: it is there or the guest does not start; optional: if the host has it;"
        "disable: it is not there; forbid: the guest does not start on a host that has it"
    @name           string      required "Name as in the CPU map, such as pcid"
    @removed        yn_removed  live absent "``no``"
        "The model had this feature once; it is listed so that older libvirt understands"

enum yn_removed     { - yes no }

struct CpuTopology "How the CPUs of a guest are arranged; the product is the most CPUs vcpu may say"
    since 0.7.5
    @sockets        positive    required always "Sockets, 1 or more"
    @dies           positive    always default 1 since 6.1.0 "Dies of a socket; not every machine can have more than 1"
    @clusters       positive    always default 1 since 10.1.0 "Clusters of a die; not every machine can have more than 1"
    @cores          positive    required always "Cores of a cluster, 1 or more"
    @threads        positive    required always "Threads of a core, 1 or more"

struct NumaSibling "How far another cell is, as ACPI tells the guest (SLIT)"
    since 3.10.0
    drivers qemu xen
    @id             uint        required always "The other cell; or this one, with 10"
    @value          uint        required always "Distance: 10 is local, 20 the usual remote, 255 unreachable"

struct NumaCache "A cache in front of the memory of a cell, as ACPI tells the guest (HMAT)"
    since 6.6.0
    drivers qemu
    @level          positive    required always "Level, from 1"
    @associativity  cache_assoc required "How addresses map to lines: not said, direct or full"
    @policy         cache_policy required "When writes reach memory: not said, later (writeback) or at once (writethrough)"
    size required {
        "Size of the cache"
        @value kib as size required always "Size; unit is another attribute"
    }
    line required {
        "Size of a line"
        @value octets as line_size required always "Size; unit is another attribute"
    }

struct NumaCell "A NUMA cell of a guest"
    since 0.9.8
    drivers qemu xen
    @id             uint        opt since 1.2.7 absent "numbered from 0 in order" "Number of the cell; all have one, or none"
    @cpus           bitmap absent "a cell without CPUs (since 6.6.0)"
        "Its vCPUs; each vCPU belongs to one cell. QEMU adds those that are in none to the first"
    @memory         kib         required always "Its memory; memory of the domain becomes the sum"
    @memAccess      mem_access since 1.2.9 drivers qemu absent "as access of memoryBacking"
        "Whether other processes see what the guest writes; for memory of huge pages, files and NVDIMM"
    @discard        discard_data since 4.4.0 drivers qemu absent "as discard of memoryBacking"
        "Whether content is thrown away when the guest ends or memory is unplugged"
    distances since 3.10.0 absent "10 to itself and 20 to others" {
        "How far the other cells are"
        sibling[] NumaSibling as distances
    }
    cache[]         NumaCache

struct NumaLatency "How long a cell waits for another's memory, as ACPI tells the guest (HMAT)"
    since 6.6.0
    drivers qemu
    @initiator      uint        required always "Cell that reads or writes"
    @target         uint        required always "Cell that has the memory"
    @cache          uint        absent "the memory itself" "Level of the target's cache that answers"
    @type           hmat_type   required "Which accesses: all, reads or writes"
    @value          ull         required always "Nanoseconds"

struct NumaBandwidth "How fast a cell can use another's memory, as ACPI tells the guest (HMAT)"
    since 6.6.0
    drivers qemu
    @initiator      uint        required always "Cell that reads or writes"
    @target         uint        required always "Cell that has the memory"
    @cache          uint        absent "the memory itself" "Level of the target's cache that answers"
    @type           hmat_type   required "Which accesses: all, reads or writes"
    @value          kib         required always "KiB a second, if unit does not say otherwise"

struct Cpu <cpu> "The CPU of a guest"
    since 0.7.5
    errors      VIR_FROM_CPU CPU_definition
    @mode           cpu_mode since 0.9.10 absent "``custom`` with a model, else chosen by the hypervisor"
        "Where the CPU comes from. custom: the model and features below; host-model: like the host's, as far as libvirt knows it,"
        "fixed when the guest starts; host-passthrough: the host's itself, so the guest may not run elsewhere; maximum (since"
        "7.1.0): all that can be had, even emulated"
    @match          cpu_match absent "``exact`` with a model"
        "How exact a custom CPU must be. minimum: features of the host are added; exact: just this CPU; strict: only where the"
        "host is no better"
    @check          cpu_check since 3.2.0 drivers qemu absent "chosen by mode and hypervisor; ``full`` once it runs"
        "Who makes sure that the guest gets it. none: only the hypervisor; partial: libvirt before the start; full: also what the"
        "hypervisor made of it"
    @migratable     yn_onoff since 6.5.0 drivers qemu absent "chosen by the hypervisor"
        "Whether features that prevent migration are left out; only for host-passthrough and maximum"
    @deprecated_features yn_onoff since 11.0.0 drivers qemu absent "as the hypervisor's model has them"
        "Whether the guest has features that the hypervisor calls deprecated; s390 only"
    model {
        "Model of the CPU, changed by the features below"
        @fallback   cpu_fallback since 0.9.10 absent "``allow``"
            "Whether the nearest model may be used where the hypervisor does not know this one"
        @vendor_id  string since 0.10.0 drivers qemu absent "that of the model"
            "What the guest reads as the vendor: 12 characters"
        .           string      as model "Name of the model, as ``virsh cpu-models`` lists them"
    }
    vendor          string since 0.8.3 absent "any" "Vendor the host's CPU must be of, such as Intel or AMD"
    topology        CpuTopology absent "a socket for each CPU"
    cache since 3.3.0 drivers qemu absent "chosen by the hypervisor" {
        "What the guest reads of caches"
        @level natural opt as cache_level absent "all of them" "Level the element is about; 3 for emulate"
        @mode cpu_cache_mode as cache_mode required
            "emulate: something usual; passthrough: the host's, with host-passthrough or maximum; disable: no cache"
    }
    maxphysaddr since 8.7.0 drivers qemu absent "chosen by the hypervisor" {
        "How many bits physical addresses of the guest have, which limits its memory"
        @mode cpu_phys_mode as phys_mode required "emulate: as many as bits says; passthrough: as many as on the host"
        @bits natural as phys_bits absent "chosen by the hypervisor (since 9.2.0)"
            "The number, for emulate; not more than the hypervisor can"
        @limit uint as phys_limit since 9.3.0 absent "no limit" "Most bits, for passthrough"
    }
    feature[]       CpuFeature
    numa since 0.9.8 drivers qemu xen absent "one cell" {
        "NUMA cells, which the guest sees as CPUs with memory of their own"
        cell[]      NumaCell
        interconnects since 6.6.0 drivers qemu {
            "How fast cells can use each other's memory"
            latency[] NumaLatency as latencies
            bandwidth[] NumaBandwidth
        }
    }
