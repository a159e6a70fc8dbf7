# <domainCapabilities>: what an emulator can give a guest of one kind on this host.
# A pointer that is NULL says nothing of that device or feature; neither yes nor no.
import common
import cpu

enum caps_usable    { - yes no unknown }
enum caps_model_tag { model blockers }

struct CapsFact "Whether there is something, and which values it takes"
    @supported      yesno       required
    enum[]          CapsEnum

struct CapsLoader "Firmware of the host"
    @supported      yesno       required
    value[]         string
    enum[]          CapsEnum

struct CapsOs "How a guest can be booted"
    @supported      yesno       required
    enum[]          CapsEnum
    loader          CapsLoader

struct CapsBlocker "A feature the host lacks"
    @name           string      required

struct CapsCpuModel "A model, or what keeps the model before it from being used"
    var caps_model_tag tag
    choice tag {
        model {
            @fallback   cpu_fallback
            @usable     caps_usable
            @deprecated yesno
            @vendor     string
            @canonical  string
            @vendor_id  string                                  "the vendor a guest is told"
            .           string      as model
        }
        blockers {
            @model      string      as model
            feature[]   CapsBlocker as blockers
        }
    }

struct CapsCpuMode "One way to choose the CPU"
    @name           cpu_mode    required
    @supported      yesno       required
    enum[]          CapsEnum
    items[]         CapsCpuModel as models      "one for host-model, all that are known for custom"
    vendor          string
    maxphysaddr { @mode cpu_phys_mode as phys_mode ; @bits uint as phys_bits ; @limit uint as phys_limit }
    feature[]       CpuFeature

struct CapsSev "Secure encrypted virtualisation of AMD"
    @supported      yesno       required
    cbitpos         uint opt
    reducedPhysBits uint opt
    maxGuests       uint opt
    maxESGuests     uint opt
    cpu0Id          string

struct CapsSgxSection "Memory for enclaves of one NUMA node"
    @node           uint        always
    @size           kib         always

struct CapsSgx "Enclaves of Intel"
    @supported      yesno       required
    flc             yesno
    sgx1            yesno
    sgx2            yesno
    section_size    kib opt
    sections as has_sections { section[] CapsSgxSection }

struct DomainCaps <domainCapabilities> "What guests of one kind can have"
    path            string
    domain          string      required
    machine         string
    arch            string      required
    vcpu { @max uint as max_vcpus }
    iothreads       CapsFact
    os              CapsOs
    cpu { mode[] CapsCpuMode }
    memoryBacking   CapsFact
    devices as has_devices {
        disk        CapsFact
        graphics    CapsFact
        video       CapsFact
        hostdev     CapsFact
        rng         CapsFact
        filesystem  CapsFact
        tpm         CapsFact
        redirdev    CapsFact
        channel     CapsFact
        crypto      CapsFact
        interface   CapsFact
        panic       CapsFact
    }
    features {
        gic         CapsFact
        vmcoreinfo  CapsFact
        genid       CapsFact
        backingStoreInput CapsFact
        backup      CapsFact
        async-teardown CapsFact
        s390-pv     CapsFact
        ps2         CapsFact
        sev         CapsSev
        sgx         CapsSgx
        hyperv      CapsFact
        launchSecurity CapsFact
    }
