/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* check_device.c - devices that have only a few rules each: host devices, TPMs, watchdogs, IOMMUs, ... */
#define ERROR_FROM VIR_FROM_QEMU
#include <string.h>

#include "drivers/qemu/check/check_private.h"
#include "util/error.h"

/* ---- host devices -------------------------------------------------------- */

static bool
hostdev_mode(const Check *c, const void *device, GError **error)
{
    const Hostdev *hostdev = device;

    return hostdev->mode != HOSTDEV_MODE_CAPABILITIES ||
           check_fail(error, "hostdev mode 'capabilities' is not supported by QEMU: it is for containers");
}

static bool
hostdev_boot(const Check *c, const void *device, GError **error)
{
    const Hostdev *hostdev = device;

    if (!hostdev->info.boot_order)
        return true;
    if (hostdev->type == HOSTDEV_TYPE_MDEV && hostdev->model == HOSTDEV_MODEL_VFIO_AP)
        return check_fail(error, "booting from assigned devices is not supported by mediated devices of model vfio-ap");
    if (hostdev->type == HOSTDEV_TYPE_SCSI_HOST)
        return check_fail(error, "booting from assigned devices is only supported for PCI, USB and SCSI devices");
    return true;
}

static bool
hostdev_display(const Check *c, const void *device, GError **error)
{
    const Hostdev *hostdev = device;

    if (hostdev->type == HOSTDEV_TYPE_MDEV && (hostdev->display == ONOFF_ON || hostdev->ramfb == ONOFF_ON) &&
        hostdev->model != HOSTDEV_MODEL_VFIO_PCI)
        return check_fail(error, "<hostdev> attributes 'display' and 'ramfb' are only supported with model='vfio-pci'");
    return hostdev->ramfb != ONOFF_ON || hostdev->display == ONOFF_ON ||
           check_fail(error, "<hostdev> attribute 'ramfb' needs 'display' to be 'on'");
}

static bool
hostdev_ap(const Check *c, const void *device, GError **error)
{
    const Hostdev *hostdev = device;
    size_t n = 0;

    for (size_t i = 0; i < list_len(c->def->hostdevs); i++)
        n += ((Hostdev *)list_at(c->def->hostdevs, i))->model == HOSTDEV_MODEL_VFIO_AP;
    return hostdev->model != HOSTDEV_MODEL_VFIO_AP || n < 2 ||
           check_fail(error, "Only one hostdev of model vfio-ap is supported");
}

static bool
hostdev_backend(const Check *c, const void *device, GError **error)
{
    const Hostdev *hostdev = device;
    HostdevBackend backend = hostdev->driver ? hostdev->driver->name : HOSTDEV_BACKEND_UNSET;

    return backend == HOSTDEV_BACKEND_UNSET || backend == HOSTDEV_BACKEND_VFIO ||
           check_fail(error, "host device assignment by '%s' is not supported: use driver name 'vfio'",
                      hostdev_backend_words[backend]);
}

const CheckDeviceRule check_hostdev_rules[] = { hostdev_mode, hostdev_backend, hostdev_boot, hostdev_display, hostdev_ap, NULL };

/* ---- TPM ----------------------------------------------------------------- */

static bool
is_proxy(const Tpm *tpm)
{
    return !g_strcmp0(tpm->model, "spapr-tpm-proxy");
}

static bool
rule_tpm_count(const Check *c, GError **error)
{
    size_t proxies = 0, others = 0;

    for (size_t i = 0; i < list_len(c->def->tpms); i++)
        *(is_proxy(list_at(c->def->tpms, i)) ? &proxies : &others) += 1;
    if (proxies > 1)
        return check_fail(error, "only a single TPM Proxy device is supported");
    return others < 2 || check_fail(error, "only a single TPM non-proxy device is supported");
}

static bool
tpm_version(const Check *c, const void *device, GError **error)
{
    const Tpm *tpm = device;
    bool there = tpm->version == TPM_VERSION_1_2 ? c->options->tpm_1_2 : c->options->tpm_2_0;

    if (tpm->type != TPM_BACKEND_EMULATOR || tpm->version == TPM_VERSION_UNSET)
        return true;
    if (c->options->tpm_known && !there)
        return check_fail(error, "TPM version '%s' is not supported", tpm_version_words[tpm->version]);
    if (tpm->version == TPM_VERSION_1_2 && tpm->model && strcmp(tpm->model, "tpm-tis"))
        return check_fail(error, "TPM 1.2 is not supported with the TPM device model '%s'", tpm->model);
    return true;
}

static bool
tpm_model(const Check *c, const void *device, GError **error)
{
    const Tpm *tpm = device;
    const char *model = tpm->model ? tpm->model : "";
    bool spapr = !strcmp(model, "tpm-spapr") || is_proxy(tpm);

    if (c->s390)
        return check_fail(error, "TPM devices are not there on architecture '%s'", c->def->arch);
    if (spapr != c->pseries)
        return check_fail(error, "TPM device model '%s' is not supported by machine type '%s'", model, c->def->machine);
    if (is_proxy(tpm) && tpm->type != TPM_BACKEND_PASSTHROUGH)
        return check_fail(error, "TPM Proxy only supports 'Passthrough' as backend type");
    return true;
}

static bool
tpm_profile(const Check *c, const void *device, GError **error)
{
    const Tpm *tpm = device;

    return (!tpm->active_pcr_banks && !tpm->profile_source) || tpm->type != TPM_BACKEND_EMULATOR ||
           tpm->version == TPM_VERSION_2_0 ||
           check_fail(error, "<%s> requires TPM version '2.0'", tpm->active_pcr_banks ? "active_pcr_banks" : "profile");
}

const CheckDeviceRule check_tpm_rules[] = { tpm_model, tpm_version, tpm_profile, NULL };

/* ---- watchdogs and panic notifiers --------------------------------------- */

static bool
watchdog_machine(const Check *c, const void *device, GError **error)
{
    const Watchdog *watchdog = device;
    AddressType address = check_address(&watchdog->info);
    const struct { const char *model; bool fits; AddressType address; } models[] = {
        { "i6300esb", !c->s390, ADDRESS_TYPE_PCI }, { "ib700", c->x86 && !c->q35, ADDRESS_TYPE_ISA },
        { "diag288", c->s390, ADDRESS_TYPE_UNSET }, { "itco", c->q35, ADDRESS_TYPE_UNSET },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(models); i++) {
        if (strcmp(models[i].model, watchdog->model))
            continue;
        if (!models[i].fits && !strcmp(watchdog->model, "itco"))
            return check_fail(error, "itco model of watchdog is only part of q35 machine");
        if (!models[i].fits)
            return check_fail(error, "%s model of watchdog cannot be used with this machine type", watchdog->model);
        return address == ADDRESS_TYPE_UNSET || address == models[i].address ||
               check_fail(error, "%s watchdog does not support address type '%s'", watchdog->model, address_type_words[address]);
    }
    return check_fail(error, "'%s' watchdog is not one of QEMU: use 'i6300esb', 'ib700', 'diag288' or 'itco'", watchdog->model);
}

/* QEMU has one action for whichever of them expires. */
static bool
rule_watchdog_action(const Check *c, GError **error)
{
    for (size_t i = 1; i < list_len(c->def->watchdogs); i++) {
        const Watchdog *first = list_at(c->def->watchdogs, 0), *other = list_at(c->def->watchdogs, i);

        if (first->action != other->action)
            return check_fail(error, "watchdogs with different actions are not supported with this QEMU binary");
    }
    return true;
}

const CheckDeviceRule check_watchdog_rules[] = { watchdog_machine, NULL };

static bool
panic_machine(const Check *c, const void *device, GError **error)
{
    const Panic *panic = device;
    AddressType address = check_address(&panic->info);
    const struct { PanicModel model; bool fits; AddressType address; const char *guests; } models[] = {
        { PANIC_MODEL_ISA, c->x86, ADDRESS_TYPE_ISA, "i686 and x86_64" },
        { PANIC_MODEL_HYPERV, c->x86, ADDRESS_TYPE_UNSET, "i686 and x86_64" },
        { PANIC_MODEL_PSERIES, c->pseries, ADDRESS_TYPE_UNSET, "pSeries" },
        { PANIC_MODEL_S390, c->s390, ADDRESS_TYPE_UNSET, "S390" },
        { PANIC_MODEL_PVPANIC, !c->s390, ADDRESS_TYPE_PCI, "PCI" },
    };

    if (panic->model == PANIC_MODEL_UNSET || panic->model == PANIC_MODEL_DEFAULT)
        return check_fail(error, "no panic model provided, and no default for the architecture and machine type");
    for (size_t i = 0; i < G_N_ELEMENTS(models); i++) {
        if (models[i].model != panic->model)
            continue;
        if (!models[i].fits)
            return check_fail(error, "only %s guests support panic device of model '%s'", models[i].guests,
                              panic_model_words[panic->model]);
        if (address == ADDRESS_TYPE_UNSET || address == models[i].address)
            return true;
        if (panic->model == PANIC_MODEL_PVPANIC)
            return check_fail(error, "pvpanic is supported only with PCI address type");
        return check_fail(error, "setting the panic device address is not supported for model '%s'",
                          panic_model_words[panic->model]);
    }
    return true;
}

const CheckDeviceRule check_panic_rules[] = { panic_machine, NULL };

static bool
rule_panic_count(const Check *c, GError **error)
{
    unsigned seen = 0;

    for (size_t i = 0; i < list_len(c->def->panics); i++) {
        PanicModel model = ((Panic *)list_at(c->def->panics, i))->model;

        if (seen & 1u << model) {
            error_set(error, VIR_ERR_XML_ERROR, "Multiple panic devices with model '%s'", panic_model_words[model]);
            return false;
        }
        seen |= 1u << model;
    }
    return true;
}

/* ---- IOMMU --------------------------------------------------------------- */

static bool
iommu_machine(const Check *c, const void *device, GError **error)
{
    const Iommu *iommu = device;
    const char *word = iommu_model_words[iommu->model];
    bool arm_virt = c->arm && c->virt;

    switch (iommu->model) {
    case IOMMU_MODEL_INTEL:
        return c->q35 || check_fail(error, "IOMMU device: '%s' is only supported with Q35 machines", word);
    case IOMMU_MODEL_SMMUV3:
        return arm_virt || check_fail(error, "IOMMU device: '%s' is only supported with ARM Virt machines", word);
    case IOMMU_MODEL_VIRTIO:
        if (!c->q35 && !arm_virt)
            return check_fail(error, "IOMMU device: '%s' is only supported with Q35 and ARM Virt machines", word);
        return (c->def->features && c->def->features->acpi) || check_fail(error, "IOMMU device: '%s' requires ACPI", word);
    default:
        return true;
    }
}

/* The chipset has it: no slot behind a port will do. */
static bool
iommu_integrated(const Check *c, const void *device, GError **error)
{
    const Iommu *iommu = device;
    const PciAddress *at = iommu->info.address ? &iommu->info.address->pci : NULL;

    if (check_address(&iommu->info) != ADDRESS_TYPE_PCI)
        return true;
    if (iommu->model != IOMMU_MODEL_VIRTIO)
        return check_fail(error, "iommu: device model '%s' can't have address of type 'pci'", iommu_model_words[iommu->model]);
    if (!at->bus)
        return true;
    error_set(error, VIR_ERR_XML_ERROR, "The device at PCI address %04x:%02x:%02x.%u needs to be an integrated device (bus=0)",
              at->domain, at->bus, at->slot, at->function);
    return false;
}

static bool
iommu_options(const Check *c, const void *device, GError **error)
{
    const Iommu *iommu = device;
    bool intel = iommu->model == IOMMU_MODEL_INTEL;
    bool split = c->def->features && c->def->features->ioapic == APIC_DRIVER_QEMU;
    const struct { const char *name; bool there, fits; } options[] = {
        { "intremap", iommu->intremap != ONOFF_UNSET, intel }, { "caching_mode", iommu->caching_mode != ONOFF_UNSET, intel },
        { "eim", iommu->eim != ONOFF_UNSET, intel }, { "iotlb", iommu->iotlb != ONOFF_UNSET, intel },
        { "aw_bits", iommu->aw_bits > 0, intel }, { "dma_translation", iommu->dma_translation != ONOFF_UNSET, intel },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(options); i++)
        if (options[i].there && !options[i].fits)
            return check_fail(error, "iommu model '%s' doesn't support %s", iommu_model_words[iommu->model], options[i].name);
    if (intel && iommu->intremap == ONOFF_ON && c->def->type == VIRT_TYPE_KVM && !split)
        return check_fail(error, "IOMMU interrupt remapping requires split I/O APIC (ioapic driver='qemu')");
    if (intel && iommu->eim == ONOFF_ON && iommu->intremap != ONOFF_ON)
        return check_fail(error, "IOMMU eim requires interrupt remapping to be enabled");
    return true;
}

const CheckDeviceRule check_iommu_rules[] = { iommu_machine, iommu_integrated, iommu_options, NULL };

/* ---- the rest ------------------------------------------------------------ */

static bool
memballoon_model(const Check *c, const void *device, GError **error)
{
    static const char *const known[] = { "virtio", "virtio-transitional", "virtio-non-transitional", "none", NULL };
    const Memballoon *balloon = device;

    return g_strv_contains(known, balloon->model) ||
           check_fail(error, "Memory balloon device type '%s' is not supported by this version of qemu", balloon->model);
}

const CheckDeviceRule check_memballoon_rules[] = { memballoon_model, NULL };

static bool
rng_source(const Check *c, const void *device, GError **error)
{
    const Rng *rng = device;

    return rng->backend != RNG_MODEL_RANDOM || !rng->path || g_path_is_absolute(rng->path) ||
           check_fail(error, "file '%s' is not a supported random source: it must be an absolute path", rng->path);
}

const CheckDeviceRule check_rng_rules[] = { rng_source, NULL };

static bool
shmem_model(const Check *c, const void *device, GError **error)
{
    const Shmem *shmem = device;
    AddressType address = check_address(&shmem->info);

    if (g_str_equal(shmem->name, ".") || g_str_equal(shmem->name, "..") || strchr(shmem->name, '/'))
        return check_fail(error, "shmem name '%s' must not be a path", shmem->name);
    if (!g_strcmp0(shmem->model, "ivshmem-plain") && shmem->server)
        return check_fail(error, "shmem model 'ivshmem-plain' does not support server attribute");
    if (!g_strcmp0(shmem->model, "ivshmem-doorbell") && !shmem->server)
        return check_fail(error, "shmem model 'ivshmem-doorbell' requires a server");
    return address == ADDRESS_TYPE_UNSET || address == ADDRESS_TYPE_PCI ||
           check_fail(error, "shmem '%s': only 'pci' addresses are supported, not '%s'", shmem->name,
                      address_type_words[address]);
}

const CheckDeviceRule check_shmem_rules[] = { shmem_model, NULL };

static bool
vsock_cid(const Check *c, const void *device, GError **error)
{
    enum { CID_MIN = 3 };
    const Vsock *vsock = device;

    if (vsock->cid_auto == YESNO_NO && !vsock->cid_address)
        return check_fail(error, "a vsock device without <cid auto='yes'/> needs an address in <cid>");
    return !vsock->cid_address || vsock->cid_address >= CID_MIN ||
           check_fail(error, "guest CIDs must be >= %d, and %u is not", CID_MIN, vsock->cid_address);
}

const CheckDeviceRule check_vsock_rules[] = { vsock_cid, NULL };

static bool
crypto_words(const Check *c, const void *device, GError **error)
{
    static const char *const backends[] = { "builtin", "lkcf", NULL };
    const Crypto *crypto = device;

    if (strcmp(crypto->model, "virtio") || strcmp(crypto->type, "qemu"))
        return check_fail(error, "crypto device of model '%s' and type '%s' is not supported: use model 'virtio' and type 'qemu'",
                          crypto->model, crypto->type);
    return !crypto->backend || g_strv_contains(backends, crypto->backend) ||
           check_fail(error, "crypto backend '%s' is not supported: use 'builtin' or 'lkcf'", crypto->backend);
}

const CheckDeviceRule check_crypto_rules[] = { crypto_words, NULL };

const CheckRule check_device_rules[] = { rule_tpm_count, rule_watchdog_action, rule_panic_count, NULL };
