# <qemuCaps>: what one QEMU emulator can do, as kept in /var/cache/libvirt/qemu/capabilities.

enum qemu_caps_accel { - kvm tcg hvf }
enum qemu_yes        { - yes no }
enum qemu_prop_type  { - boolean string number }
enum qemu_item_tag   { hostCPU cpu machine }

struct QemuCapsFlag "Something the emulator can do"
    since 1.2.3
    @name           string      required "Name of the capability; the names are libvirt's"

struct QemuCapsProp "A property of the host's CPU as a guest gets it"
    since 1.2.3
    @name           string      required "Name that QEMU gives it"
    @type           qemu_prop_type "Type of the value"
    @value          string "The value"
    @migratable     qemu_yes absent "not known" "Whether a guest that has it can migrate"

struct QemuCapsName "The name of a feature"
    since 1.2.3
    @name           string      required "The name"

struct QemuCapsItem "The host's CPU, a CPU model or a machine type, with one accelerator"
    since 1.2.3
    var qemu_item_tag tag
    choice tag {
        hostCPU {
            @type           qemu_caps_accel as accel "Accelerator"
            @model          string "Model that QEMU starts from"
            @migratability  qemu_yes absent "``no``" "Whether properties that prevent migration are known"
            property[]      QemuCapsProp as props
            deprecatedFeatures {
                "Features that QEMU calls deprecated; s390"
                property[] QemuCapsName as deprecated_features
            }
        }
        cpu {
            @type           qemu_caps_accel as accel "Accelerator"
            @name           string "Name of the model"
            @typename       string "Name of its type in QEMU"
            @usable         qemu_yes absent "not known" "Whether the host can run a guest with it"
            @deprecated     qemu_yes absent "``no``" "Whether it will be removed"
            blocker[]       QemuCapsName as blockers "A feature that the host lacks for it"
        }
        machine {
            @type           qemu_caps_accel as accel "Accelerator"
            @name           string "Name of the machine type"
            @alias          string absent "none" "Short name that stands for it"
            @hotplugCpus    qemu_yes absent "``no``" "Whether vCPUs can be plugged one by one"
            @maxCpus        uint        always "Most vCPUs"
            @default        qemu_yes    as is_default absent "``no``" "Whether QEMU takes it when none is named"
            @defaultCPU     string      as default_cpu absent "not known" "Type of the CPU when none is named"
            @numaMemSupported qemu_yes  as numa_mem absent "``no``" "Whether NUMA cells may have just a size"
            @defaultRAMid   string      as default_ram_id absent "not known" "Id of the memory, which migration needs"
            @deprecated     qemu_yes absent "``no``" "Whether it will be removed"
            @acpi           qemu_yes absent "not known" "Whether it has ACPI"
        }
    }

struct QemuCapsGic "A version of ARM's interrupt controller"
    since 1.2.3
    @version        uint        always "The version"
    @kernel         qemu_yes absent "``no``" "Whether KVM has it"
    @emulated       qemu_yes absent "``no``" "Whether QEMU emulates it"

struct QemuCapsSev "Secure encrypted virtualisation of AMD on this host"
    since 4.5.0
    cbitpos         uint        always "Place of the bit in page tables that says that a page is encrypted"
    reducedPhysBits uint        always "How many bits of physical addresses encryption takes away"
    pdh             string "Diffie-Hellman key of the platform, base64"
    certChain       string "Certificates of the platform, base64"
    cpu0Id          string "Id of the first CPU, base64"

struct QemuCapsSgxSection "Memory for enclaves of one NUMA node"
    since 8.10.0
    @node           uint        always "NUMA node of the host"
    @size           kib         always "Size of its memory for enclaves"

struct QemuCapsSgx "Enclaves of Intel on this host"
    since 8.10.0
    @supported      qemu_yes "Whether guests can have them"
    flc             qemu_yes "Whether the owner may choose who launches enclaves"
    sgx1            qemu_yes "Whether the first instructions are there"
    sgx2            qemu_yes "Whether the instructions are there that change enclaves while they run"
    section_size    kib "Memory for enclaves in all"
    sections as has_sections {
        "Memory for enclaves by NUMA node"
        section[] QemuCapsSgxSection as sections
    }

struct QemuCapsHyperv "Enlightenments for Windows the host can give"
    since 1.2.3
    @supported      qemu_yes "Whether it can give any"
    cap[]           QemuCapsName "One of them"

struct QemuCapsSeen "What the emulator showed that no flag stands for"
    since 1.2.3
    type[]          string "A type of device"
    prop[]          string "A property, as TYPE.NAME"

struct QemuCapsDoc <qemuCaps> "What one emulator can do, so that it need not be asked at each start of the daemon"
    since 1.2.3
    drivers qemu
    @key            string      status      "what the answers hold for"
    emulator        string "Path of the emulator"
    qemuctime       ll          always "When its file changed last, in seconds since 1970; another time makes this void"
    selfctime       ll          always "When the daemon's file changed last; another time makes this void"
    selfvers        uint        always "Version of the daemon, as 1000000 * major + 1000 * minor + release"
    flag[]          QemuCapsFlag
    version         uint        always "Version of the emulator, in the same way"
    microcodeVersion uint       always "Version of the CPU's microcode; another one makes this void"
    package         string absent "empty" "Version of its package, as it says itself"
    kernelVersion   string "Kernel of the host; another one makes this void"
    arch            string      required "Architecture of guests"
    items[]         QemuCapsItem as items "Host CPUs, CPU models and machine types"
    gic[]           QemuCapsGic
    sev             QemuCapsSev
    sgx             QemuCapsSgx
    hypervCapabilities QemuCapsHyperv as hyperv
    seen            QemuCapsSeen status
