# <features> and <launchSecurity> of a domain.
import common

enum apic_driver      { - kvm qemu }
enum hyperv_mode      { - custom passthrough }
enum gic_version      { - 2 3 host }
enum capability_policy { - default allow deny }
enum hpt_resizing     { - enabled disabled required }
enum spec_level       { - broken workaround fixed }
enum ibs_level        { - broken workaround fixed-ibs fixed-ccd fixed-na }
enum ras_msrs         { - ignore fault }
enum aia_value        { - aplic aplic-imsic none }
enum xen_passthrough  { - sync_pt share_pt }
enum launch_type      { - sev sev-snp s390-pv }

struct FeatureCapability "A capability of processes in a container, see capabilities(7)"
    since 1.2.6
    drivers lxc
    choice name {
        audit_control audit_write block_suspend chown dac_override dac_read_search fowner fsetid ipc_lock ipc_owner kill lease linux_immutable mac_admin mac_override mknod net_admin net_bind_service net_broadcast net_raw setfcap setgid setpcap setuid syslog sys_admin sys_boot sys_chroot sys_module sys_nice sys_pacct sys_ptrace sys_rawio sys_resource sys_time sys_tty_config wake_alarm { @state onoff bare on "Whether processes may have it" }
    }
    var process_capability name

enum process_capability { - audit_control audit_write block_suspend chown dac_override dac_read_search fowner fsetid ipc_lock ipc_owner kill lease linux_immutable mac_admin mac_override mknod net_admin net_bind_service net_broadcast net_raw setfcap setgid setpcap setuid syslog sys_admin sys_boot sys_chroot sys_module sys_nice sys_pacct sys_ptrace sys_rawio sys_resource sys_time sys_tty_config wake_alarm }

struct LaunchSecurity "Protection of the guest's memory against the host; s390-pv (since 7.6.0) has no more rows"
    since 4.4.0
    drivers qemu ch
    @type               launch_type required abi
        "What protects it: sev and sev-snp (since 10.5.0) on AMD, s390-pv (IBM Secure Execution) on s390"
    switch type {
        sev {
            @kernelHashes   yesno since 8.0.0 absent "``no``"
                "Whether hashes of kernel, initrd and command line are part of what is measured; only with a kernel in os"
            cbitpos         uint opt absent "as the capabilities of the host say"
                "Place of the bit in page tables that says that a page is encrypted"
            reducedPhysBits uint opt absent "as the capabilities of the host say"
                "How many bits of physical addresses encryption takes away"
            policy          hex(4) as policy opt absent "an error"
                "What the firmware holds the host to. Bits: 0 no debugging, 1 no shared keys, 2 SEV-ES, 3 no sending to other"
                "hosts, 4 none outside the domain, 5 none without SEV, 16 to 31 oldest firmware of another host"
            handle          uint input "Read for old documents and ignored"
            dhCert          string drivers qemu absent "none"
                "Diffie-Hellman key of the guest's owner in base64; begins a trusted channel"
            session         string drivers qemu absent "none"
                "Session blob of the guest's owner in base64, see LAUNCH_START of the SEV API"
        }
        sev-snp {
            @kernelHashes   yesno since 10.5.0 absent "``no``"
                "Whether hashes of kernel, initrd and command line are part of what is measured; only with a kernel in os"
            @authorKey      yesno since 10.5.0 absent "``no``" "Whether idAuth contains the key of the author"
            @vcek           yesno since 10.5.0 absent "``yes``"
                "Whether the guest may have its reports signed with the key of the chip (VCEK); ``no`` leaves only VLEK"
            cbitpos         uint opt since 10.5.0 absent "as the capabilities of the host say"
                "Place of the bit in page tables that says that a page is encrypted"
            reducedPhysBits uint opt since 10.5.0 absent "as the capabilities of the host say"
                "How many bits of physical addresses encryption takes away"
            policy          hex64(8) as snp_policy opt since 10.5.0 absent "an error"
                "What the firmware holds the host to. Bits: 0 to 7 and 8 to 15 oldest minor and major version of the ABI, 16 SMT"
                "allowed, 17 always 1, 18 migration agent allowed, 19 debugging allowed, 20 one socket only, 21 CXL allowed, 22"
                "AES 256 XTS needed, 23 no RAPL, 24 ciphertext hiding needed"
            guestVisibleWorkarounds string since 10.5.0 absent "zeros"
                "16 bytes in base64 that tell the guest of workarounds (GOSVW of SNP_LAUNCH_START)"
            idBlock         string since 10.5.0 absent "none" "96 bytes in base64: the ID block of SNP_LAUNCH_FINISH"
            idAuth          string since 10.5.0 absent "none" "4096 bytes in base64: the ID authentication of SNP_LAUNCH_FINISH"
            hostData        string since 10.5.0 absent "zeros"
                "32 bytes in base64 of your own, which the guest finds in its reports"
        }
    }

struct Features "Features of the hypervisor; one that is not named is off, unless stated otherwise"
    since 0.1.4
    acpi                flag abi absent "off" "ACPI tables: power management, shutdown at the host's request, hotplugging"
    apic as apic absent "off" {
        "Advanced programmable interrupt controller of x86"
        @eoi onoff as apic_eoi since 0.10.2 drivers qemu absent "chosen by the hypervisor"
            "Whether the end of an interrupt can be told without leaving the guest"
    }
    pae                 flag abi absent "off" "Page tables by which a guest of 32 bits can use more than 4 GiB of memory"
    hap absent "on where the hardware can do it" {
        "Paging by hardware (EPT, NPT)"
        @state onoff as hap_state bare on "Whether it is used"
    }
    viridian            flag abi drivers xen absent "off"
        "Extensions for guests that are written for Hyper-V; hyperv is the newer way"
    privnet             flag drivers lxc absent "on with interfaces, else off"
        "A network namespace of its own for the container, even without interfaces"
    hyperv as hyperv since 1.0.0 drivers qemu xen absent "off" {
        "What makes Windows run faster, as on Hyper-V. Xen has vapic, synic, stimer, frequencies, tlbflush and ipi since 11.3.0"
        @mode           hyperv_mode as hyperv_mode since 8.0.0 absent "``custom``"
            "custom: the features below; passthrough: whatever the host can do, which may break migration"
        relaxed {
            "Windows does not crash when its timers are late"
            @state onoff as hyperv_relaxed required abi "Whether it is on"
        }
        vapic since 1.1.0 {
            "A virtual APIC page, which saves exits"
            @state onoff as hyperv_vapic required abi "Whether it is on"
        }
        spinlocks since 1.1.0 drivers qemu {
            "The guest tells the host when it waits for a lock for long"
            @state onoff as hyperv_spinlocks required abi "Whether it is on"
            @retries uint as hyperv_spinlock_retries abi absent "an error when on"
                "How often it tries before it tells; at least 4095, required when on"
        }
        vpindex since 1.3.3 {
            "The guest can read the number of the vCPU it runs on"
            @state onoff as hyperv_vpindex required abi "Whether it is on"
        }
        runtime since 1.3.3 drivers qemu {
            "The guest can read how long a vCPU really ran"
            @state onoff as hyperv_runtime required abi "Whether it is on"
        }
        synic since 1.3.3 {
            "Synthetic interrupt controller; needs vpindex"
            @state onoff as hyperv_synic required abi "Whether it is on"
        }
        stimer since 1.3.3 {
            "Synthetic timers; need synic"
            @state onoff as hyperv_stimer required abi "Whether it is on"
            direct since 5.7.0 drivers qemu {
                "Timers that expire as an interrupt, not as a message"
                @state onoff as hyperv_stimer_direct required abi "Whether it is on"
            }
        }
        reset since 1.3.3 drivers qemu {
            "The guest can reset itself by a register"
            @state onoff as hyperv_reset required abi "Whether it is on"
        }
        vendor_id since 1.3.3 drivers qemu {
            "The name of the hypervisor that the guest reads"
            @state onoff as hyperv_vendor_id required abi "Whether it is on"
            @value string as hyperv_vendor abi absent "an error when on"
                "The name, at most 12 characters without a comma; required when on"
        }
        frequencies since 4.7.0 {
            "The guest can read the frequencies of TSC and APIC"
            @state onoff as hyperv_frequencies required abi "Whether it is on"
        }
        reenlightenment since 4.7.0 drivers qemu {
            "The guest is told that it was migrated, so that nested guests can follow a new frequency of the TSC"
            @state onoff as hyperv_reenlightenment required abi "Whether it is on"
        }
        tlbflush since 4.7.0 {
            "TLBs of other vCPUs are flushed by the hypervisor; needs vpindex"
            @state onoff as hyperv_tlbflush required abi "Whether it is on"
            direct since 11.0.0 drivers qemu {
                "Flushes of nested guests go to the hypervisor without their own"
                @state onoff as hyperv_tlbflush_direct required abi "Whether it is on"
            }
            extended since 11.0.0 drivers qemu {
                "Ranges of addresses can be flushed, not only all"
                @state onoff as hyperv_tlbflush_extended required abi "Whether it is on"
            }
        }
        ipi since 4.10.0 {
            "Interrupts to other vCPUs are sent by the hypervisor; needs vpindex"
            @state onoff as hyperv_ipi required abi "Whether it is on"
        }
        evmcs since 4.10.0 drivers qemu {
            "Enlightened VMCS, for nested guests; Intel only"
            @state onoff as hyperv_evmcs required abi "Whether it is on"
        }
        avic since 8.10.0 drivers qemu {
            "The interrupt controller of the hardware (APICv, AVIC) serves although synic is on"
            @state onoff as hyperv_avic required abi "Whether it is on"
        }
        emsr_bitmap since 10.7.0 drivers qemu {
            "Nested guests leave less often for registers, as the hypervisor is told when the bitmap of MSRs changes"
            @state onoff as hyperv_emsr_bitmap required abi "Whether it is on"
        }
        xmm_input since 10.7.0 drivers qemu {
            "Calls to the hypervisor may have parameters in XMM registers"
            @state onoff as hyperv_xmm_input required abi "Whether it is on"
        }
    }
    kvm as kvm since 1.2.8 drivers qemu absent "off" {
        "Behaviour of KVM"
        hidden {
            "The guest does not find the signature of KVM; some drivers for graphics cards want that"
            @state onoff as kvm_hidden required abi "Whether it is hidden"
        }
        hint-dedicated since 5.7.0 {
            "The guest may assume that its vCPUs have CPUs of the host for themselves"
            @state onoff as kvm_hint_dedicated required abi "Whether it may"
        }
        poll-control since 6.10.0 {
            "The guest may wait busily itself for a while before a vCPU halts, which shortens the latency of I/O"
            @state onoff as kvm_poll_control required abi "Whether it may"
        }
        pv-ipi since 7.10.0 {
            "Interrupts to several vCPUs are sent by one call"
            @state onoff as kvm_pv_ipi required abi "Whether that is offered"
        }
        dirty-ring since 8.0.0 {
            "Pages that the guest writes to are noted in a ring, not a bitmap, which makes migration smoother"
            @state onoff as kvm_dirty_ring required abi "Whether it is used"
            @size uint as kvm_dirty_ring_size abi absent "an error when on"
                "Entries of the ring of a vCPU: a power of two from 1024 to 65536; required when on"
        }
    }
    xen as xen since 6.3.0 drivers xen absent "off" {
        "Behaviour of Xen"
        e820_host {
            "The guest gets the memory map of the host; for paravirtual guests with devices of the host"
            @state onoff as xen_e820_host required "Whether it does"
        }
        passthrough {
            "PCI devices of the host can be given to the guest"
            @state onoff as xen_passthrough_state required "Whether they can"
            @mode xen_passthrough as xen_passthrough_mode absent "chosen by Xen"
                "Page tables of the IOMMU: sync_pt, of their own; share_pt, those of the CPU"
        }
    }
    pvspinlock since 1.2.0 drivers qemu absent "chosen by the hypervisor" {
        "A vCPU that waits for a lock yields to the one that has it"
        @state onoff as pvspinlock abi bare on "Whether the guest is offered it"
    }
    gic as gic since 1.2.16 drivers qemu absent "chosen by the hypervisor" {
        "Interrupt controller of ARM guests, in place of apic"
        @version gic_version as gic_version abi absent "chosen by the hypervisor"
            "Version of the controller; host is that of the host, for KVM"
    }
    capabilities since 1.2.6 drivers lxc {
        "Capabilities of processes in a container, see capabilities(7)"
        @policy         capability_policy as capabilities_policy absent "``default``"
            "What counts for those not listed: default drops some, such as mknod; allow keeps and deny drops all"
        items[]         FeatureCapability as capabilities "Capabilities that are kept or dropped against the policy"
    }
    pmu since 1.2.12 drivers qemu absent "chosen by the hypervisor" {
        "Performance monitoring unit"
        @state onoff as pmu abi bare on "Whether the guest has one"
    }
    vmport since 1.2.16 drivers qemu absent "chosen by the hypervisor" {
        "Emulation of the I/O port of VMware, which vmmouse and others use"
        @state onoff as vmport abi bare on "Whether it is there"
    }
    ps2 since 10.7.0 drivers qemu absent "chosen by the hypervisor" {
        "PS/2 controller for keyboard and mouse; ``off`` allows no input devices of bus ps2"
        @state onoff as ps2 required abi "Whether it is there"
    }
    smm since 2.1.0 drivers qemu absent "chosen by the hypervisor" {
        "System management mode of x86; Secure Boot needs it"
        @state onoff as smm abi bare on "Whether the guest has it"
        tseg prettymegs opt as smm_tseg since 4.5.0 absent "chosen by the hypervisor; 16 MiB for pc-q35-2.10 and newer"
            "Memory for SMM beyond the 1, 2 or 8 MiB the firmware can choose from; 0 is none. Very large guests need more"
    }
    ioapic since 3.4.0 drivers qemu absent "that of the hypervisor; kvm for KVM" {
        "Who emulates the I/O APIC"
        @driver apic_driver as ioapic abi absent "chosen by the hypervisor"
            "kvm is the kernel, qemu is QEMU (split), which more than 255 vCPUs need"
    }
    hpt since 3.10.0 drivers qemu absent "chosen by the hypervisor" {
        "Hash page table of a pSeries guest"
        @resizing hpt_resizing as hpt_resizing abi absent "chosen by the hypervisor"
            "Whether its size may change: enabled where guest and host can, disabled never, required or the guest does not start"
        maxpagesize kib as hpt_max_page_size since 4.5.0 absent "chosen by the hypervisor"
            "Largest page the guest may use; usual are 64 KiB, 16 MiB and 16 GiB"
    }
    vmcoreinfo since 4.4.0 drivers qemu absent "off" {
        "A device in which the guest's kernel leaves what a crash dump needs"
        @state onoff as vmcoreinfo abi bare on "Whether it is there"
    }
    htm since 4.6.0 drivers qemu absent "chosen by the hypervisor" {
        "Transactional memory by hardware, for pSeries guests"
        @state onoff as htm required abi "Whether the guest has it"
    }
    nested-hv since 4.10.0 drivers qemu absent "chosen by the hypervisor" {
        "Whether a pSeries guest can run guests of its own by hardware; the host must allow it too"
        @state onoff as nested_hv required abi "Whether it can"
    }
    msrs since 5.1.0 drivers bhyve absent "as ``fault``" {
        "What happens when the guest uses registers (MSR) that nobody knows"
        @unknown ras_msrs as msrs_unknown required "ignore: nothing; fault: the guest gets a fault"
    }
    ccf-assist since 5.9.0 drivers qemu absent "chosen by the hypervisor" {
        "Help of the hardware in flushing the count cache, for pSeries guests"
        @state onoff as ccf_assist required abi "Whether the guest has it"
    }
    cfpc since 6.3.0 drivers qemu absent "chosen by the hypervisor" {
        "Caches are flushed when the privilege changes, for pSeries guests"
        @value spec_level as cfpc abi absent "chosen by the hypervisor"
            "What the guest is told: broken no protection, workaround by software, fixed by hardware"
    }
    sbbc since 6.3.0 drivers qemu absent "chosen by the hypervisor" {
        "Barriers against speculation past bounds, for pSeries guests"
        @value spec_level as sbbc abi absent "chosen by the hypervisor"
            "What the guest is told: broken no protection, workaround by software, fixed by hardware"
    }
    ibs since 6.3.0 drivers qemu absent "chosen by the hypervisor" {
        "Speculation over indirect branches, for pSeries guests"
        @value ibs_level as ibs abi absent "chosen by the hypervisor"
            "What the guest is told: broken no protection, workaround flush of the count cache, fixed-ibs branches one by one,"
            "fixed-ccd count cache off, fixed-na no longer a problem of the hardware"
    }
    tcg as tcg since 8.0.0 drivers qemu {
        "Behaviour of emulation without KVM"
        tb-cache kib as tb_cache absent "chosen by the hypervisor" "Size of the cache of translated code, in whole MiB"
    }
    async-teardown since 9.6.0 drivers qemu absent "chosen by the hypervisor" {
        "Memory of a guest that ended is freed in the background, so that ending a large guest does not take long"
        @enabled yesno as async_teardown bare yes "Whether it is"
    }
    ras since 10.4.0 drivers qemu absent "chosen by the hypervisor" {
        "Memory errors of the host are reported to the guest by ACPI; ARM virt guests with KVM"
        @state onoff as ras required abi "Whether they are"
    }
    aia since 11.1.0 drivers qemu absent "chosen by the hypervisor" {
        "Advanced interrupt architecture of RISC-V virt guests"
        @value aia_value as aia required abi
            "aplic: one APLIC a socket; aplic-imsic: also one IMSIC a core; none: neither"
    }
