# <qemuCaps>: what one QEMU emulator can do, as kept in /var/cache/libvirt/qemu/capabilities.

enum qemu_caps_accel { - kvm tcg hvf }
enum qemu_yes        { - yes no }
enum qemu_prop_type  { - boolean string number }
enum qemu_item_tag   { hostCPU cpu machine }

struct QemuCapsFlag "Something the emulator can do"
    @name           string      required

struct QemuCapsProp "A property of the host's CPU as a guest gets it"
    @name           string      required
    @type           qemu_prop_type
    @value          string
    @migratable     qemu_yes

struct QemuCapsName "The name of a feature"
    @name           string      required

struct QemuCapsItem "The host's CPU, a CPU model or a machine type, with one accelerator"
    var qemu_item_tag tag
    choice tag {
        hostCPU {
            @type           qemu_caps_accel as accel
            @model          string
            @migratability  qemu_yes
            property[]      QemuCapsProp as props
            deprecatedFeatures { property[] QemuCapsName as deprecated_features }
        }
        cpu {
            @type           qemu_caps_accel as accel
            @name           string
            @typename       string
            @usable         qemu_yes
            @deprecated     qemu_yes
            blocker[]       QemuCapsName as blockers
        }
        machine {
            @type           qemu_caps_accel as accel
            @name           string
            @alias          string
            @hotplugCpus    qemu_yes
            @maxCpus        uint        always
            @default        qemu_yes    as is_default
            @defaultCPU     string      as default_cpu
            @numaMemSupported qemu_yes  as numa_mem
            @defaultRAMid   string      as default_ram_id
            @deprecated     qemu_yes
            @acpi           qemu_yes
        }
    }

struct QemuCapsGic "A version of ARM's interrupt controller"
    @version        uint        always
    @kernel         qemu_yes
    @emulated       qemu_yes

struct QemuCapsSev "Secure encrypted virtualisation of AMD"
    cbitpos         uint        always
    reducedPhysBits uint        always
    pdh             string
    certChain       string
    cpu0Id          string

struct QemuCapsSgxSection "Memory for enclaves of one NUMA node"
    @node           uint        always
    @size           kib         always

struct QemuCapsSgx "Enclaves of Intel"
    @supported      qemu_yes
    flc             qemu_yes
    sgx1            qemu_yes
    sgx2            qemu_yes
    section_size    kib
    sections as has_sections { section[] QemuCapsSgxSection as sections }

struct QemuCapsHyperv "Enlightenments for Windows the host can give"
    @supported      qemu_yes
    cap[]           QemuCapsName

struct QemuCapsSeen "What the emulator showed that no flag stands for"
    type[]          string
    prop[]          string

struct QemuCapsDoc <qemuCaps> "What one emulator can do"
    @key            string      status      "what the answers hold for"
    emulator        string
    qemuctime       ll          always
    selfctime       ll          always
    selfvers        uint        always
    flag[]          QemuCapsFlag
    version         uint        always
    microcodeVersion uint       always
    package         string
    kernelVersion   string
    arch            string      required
    items[]         QemuCapsItem as items
    gic[]           QemuCapsGic
    sev             QemuCapsSev
    sgx             QemuCapsSgx
    hypervCapabilities QemuCapsHyperv as hyperv
    seen            QemuCapsSeen status
