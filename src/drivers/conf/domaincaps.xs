# <domainCapabilities>: what an emulator can give a guest of one kind on this host.
# A pointer that is NULL says nothing of that device or feature; neither yes nor no.
import common
import cpu

enum caps_usable    { - yes no unknown }
enum caps_model_tag { model blockers }

struct CapsFact "Whether there is something, and which values it takes"
    since 1.2.7
    @supported      yesno       required "``no``: do not use it"
    enum[]          CapsEnum "Values one attribute may have; its name says which"

struct CapsLoader "Firmware of the host"
    since 1.2.7
    @supported      yesno       required "``no``: a guest cannot choose its firmware"
    value[]         string "Path of a firmware that is there"
    enum[]          CapsEnum "``type``, ``readonly`` and ``secure`` of ``<loader>``"

struct CapsOs "How a guest can be booted"
    since 1.2.7
    @supported      yesno       required "``no``: ``<os>`` takes no such settings"
    enum[]          CapsEnum since 5.3.0 "``firmware``: kinds of firmware that are chosen for a guest, where the host has one"
    loader          CapsLoader

struct CapsBlocker "A feature the host lacks"
    since 1.2.7
    @name           string      required "Name of the feature"

struct CapsCpuModel "A model, or what keeps the model before it from being used"
    since 1.2.7
    var caps_model_tag tag
    choice tag {
        model {
            @fallback   cpu_fallback "host-model: ``forbid``: guests get exactly this; ``allow``: they may get another"
            @usable     caps_usable "Whether it runs here as it is; then check='none' is enough"
            @deprecated yesno since 7.1.0 absent "``no``" "Whether the hypervisor will drop it"
            @vendor     string since 8.9.0 "Maker of such CPUs; ``unknown`` if it is of none"
            @canonical  string absent "the name is no alias" "The model this name stands for"
            @vendor_id  string                                  "The vendor a guest is told"
            .           string      as model "For ``<model>`` of a guest"
        }
        blockers {
            @model      string      as model "Name of the model"
            feature[]   CapsBlocker as blockers
        }
    }

struct CapsCpuMode "One way to choose the CPU"
    since 1.2.7
    @name           cpu_mode    required "For ``mode`` of ``<cpu>``"
    @supported      yesno       required "``no``: do not use it"
    enum[]          CapsEnum "``hostPassthroughMigratable`` and ``maximumMigratable``: values of ``migratable``"
    items[]         CapsCpuModel as models      "One for host-model, all that are known for custom"
    vendor          string "host-model: who made the CPU"
    maxphysaddr since 9.3.0 {
        "host-model: bits of physical addresses"
        @mode cpu_phys_mode as phys_mode "``passthrough``: those of the host"
        @bits uint as phys_bits "How many"
        @limit uint as phys_limit "At most so many, on this host"
    }
    feature[]       CpuFeature "host-model: a feature beyond the model"

struct CapsSev "Secure encrypted virtualisation of AMD: memory of a guest is encrypted with a key of its own"
    since 4.5.0
    drivers qemu
    @supported      yesno       required "Whether the host can do it"
    cbitpos         uint opt "Bit of an address that says a page is encrypted"
    reducedPhysBits uint opt "Bits of physical addresses that are lost"
    maxGuests       uint opt "Most guests with SEV at a time"
    maxESGuests     uint opt "Most guests with SEV-ES at a time"
    cpu0Id          string "Id of the first CPU, to ask AMD for its certificate"

struct CapsSgxSection "Memory for enclaves of one NUMA node"
    since 8.10.0
    drivers qemu
    @node           uint        always "Number of the node"
    @size           kib         always "How much"

struct CapsSgx "Enclaves of Intel: code that even the guest's system cannot look into"
    since 8.10.0
    drivers qemu
    @supported      yesno       required "Whether the host can do it"
    flc             yesno "Who may launch enclaves can be configured"
    sgx1            yesno "Version 1"
    sgx2            yesno "Version 2: memory of an enclave may grow"
    section_size    kib opt "Memory for enclaves, all of it"
    sections as has_sections "That memory by nodes" { section[] CapsSgxSection }

struct DomainCaps <domainCapabilities> "What guests of one kind can have. What is not mentioned is not known, neither yes nor no"
    since 1.2.7
    path            string absent "the driver has no emulator" "Path of the emulator"
    domain          string      required "For ``type`` of ``<domain>``"
    machine         string absent "the driver has no machine types" "Machine type"
    arch            string      required "Architecture"
    vcpu "Virtual CPUs" { @max uint as max_vcpus "How many a guest may have" }
    iothreads       CapsFact "Threads for I/O"
    os              CapsOs
    cpu "The CPU" { mode[] CapsCpuMode }
    memoryBacking   CapsFact "``sourceType``: what the memory of guests can be"
    devices as has_devices {
        "What can be plugged in"
        disk        CapsFact "``diskDevice``, ``bus`` and ``model`` of disks"
        graphics    CapsFact "``type`` of ``<graphics>``"
        video       CapsFact "``modelType``: ``type`` of the model of ``<video>``"
        hostdev     CapsFact
            "``<hostdev>``: ``mode``, ``startupPolicy``, ``subsysType``, ``capsType``, and ``pciBackend`` of its driver"
        rng         CapsFact since 5.7.0 "``model`` and ``backendModel`` of ``<rng>``"
        filesystem  CapsFact "``driverType``: ``type`` of the driver of ``<filesystem>``"
        tpm         CapsFact "``model``, ``backendModel`` and ``backendVersion`` of ``<tpm>``"
        redirdev    CapsFact since 8.9.0 "``bus`` of ``<redirdev>``"
        channel     CapsFact since 8.9.0 "``type`` of ``<channel>``"
        crypto      CapsFact since 9.6.0 "``model``, ``type`` and ``backendModel`` of ``<crypto>``"
        interface   CapsFact since 11.3.0 "``backendType`` of ``<interface>``"
        panic       CapsFact since 11.3.0 "``model`` of ``<panic>``"
    }
    features {
        "Features of the hypervisor, and of the host for guests"
        gic         CapsFact "``version`` of the interrupt controller of Arm"
        vmcoreinfo  CapsFact "A guest may say how to read its memory dump"
        genid       CapsFact "An id that changes when a guest is copied or put back"
        backingStoreInput CapsFact since 5.10.0 "``<backingStore>`` of disks counts when a guest starts"
        backup      CapsFact "Backups and checkpoints"
        async-teardown CapsFact since 9.6.0 "Memory of a guest that ended is freed in the background"
        s390-pv     CapsFact "Protected virtualisation of s390"
        ps2         CapsFact since 10.7.0 "The PS/2 controller can be left out"
        sev         CapsSev
        sgx         CapsSgx
        hyperv      CapsFact since 9.0.0 "``features``: what makes Windows guests run better"
        launchSecurity CapsFact since 10.5.0 "``sectype``: ``type`` of ``<launchSecurity>``"
    }
