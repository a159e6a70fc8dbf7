/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* check_emulator.c - what a definition may ask of some emulators only: refused where it is made, not when it starts */
#define ERROR_FROM VIR_FROM_QEMU
#include <string.h>

#include "drivers/qemu/check/check_private.h"
#include "util/error.h"

static bool
uses_async_teardown(const Domain *def)
{
    return def->features && def->features->async_teardown == YESNO_YES;
}

static bool
uses_discard_no_unref(const Domain *def)
{
    for (size_t i = 0; i < list_len(def->disks); i++)
        if (((const Disk *)list_at(def->disks, i))->discard_no_unref == ONOFF_ON)
            return true;
    return false;
}

static bool
uses_vhost_vdpa_disk(const Domain *def)
{
    for (size_t i = 0; i < list_len(def->disks); i++)
        if (((const Disk *)list_at(def->disks, i))->type == DISK_TYPE_VHOSTVDPA)
            return true;
    return false;
}

static bool
uses_scsi_iothreads(const Domain *def)
{
    for (size_t i = 0; i < list_len(def->controllers); i++)
        if (list_len(((const Controller *)list_at(def->controllers, i))->iothreads))
            return true;
    return false;
}

static bool
uses_virtio_sound(const Domain *def)
{
    for (size_t i = 0; i < list_len(def->sounds); i++)
        if (g_str_equal(((const Sound *)list_at(def->sounds, i))->model, "virtio"))
            return true;
    return false;
}

static bool
uses_launch(const Domain *def, LaunchType type)
{
    return def->launch_security && def->launch_security->type == type;
}

static bool
uses_s390_pv(const Domain *def)
{
    return uses_launch(def, LAUNCH_TYPE_S390_PV);
}

static bool
uses_sev(const Domain *def)
{
    return uses_launch(def, LAUNCH_TYPE_SEV);
}

static bool
uses_sev_snp(const Domain *def)
{
    return uses_launch(def, LAUNCH_TYPE_SEV_SNP);
}

static bool
uses_shim(const Domain *def)
{
    return def->shim != NULL;
}

static bool
uses_mdev(const Domain *def, HostdevModel model)
{
    for (size_t i = 0; i < list_len(def->hostdevs); i++) {
        const Hostdev *hostdev = list_at(def->hostdevs, i);

        if (hostdev->type == HOSTDEV_TYPE_MDEV && hostdev->model == model)
            return true;
    }
    return false;
}

static bool
uses_vfio_ap(const Domain *def)
{
    return uses_mdev(def, HOSTDEV_MODEL_VFIO_AP);
}

static bool
uses_vfio_ccw(const Domain *def)
{
    return uses_mdev(def, HOSTDEV_MODEL_VFIO_CCW);
}

static const struct {
    const char *flag; /* qemu_flags.c */
    bool (*used)(const Domain *def);
    const char *message;
} needs[] = {
    { "run-with.async-teardown", uses_async_teardown, "asynchronous teardown is not available with this QEMU binary" },
    { "shim", uses_shim, "shim is not supported by this QEMU binary" },
    { "s390-pv-guest", uses_s390_pv, "'s390-pv' launch security is not supported with this QEMU binary" },
    { "sev-guest", uses_sev, "'sev' launch security is not supported with this QEMU binary" },
    { "sev-snp-guest", uses_sev_snp, "'sev-snp' launch security is not supported with this QEMU binary" },
    { "qcow2-discard-no-unref", uses_discard_no_unref, "'discard_no_unref' is not supported by this QEMU binary" },
    { "virtio-blk-vhost-vdpa", uses_vhost_vdpa_disk, "vhostvdpa disk is not supported with this QEMU binary" },
    { "virtio-scsi.iothread-mapping", uses_scsi_iothreads,
      "IOThread mapping for virtio-scsi controllers is not available with this QEMU binary" },
    { "virtio-sound", uses_virtio_sound, "virtio-sound controller is not supported in this QEMU binary" },
    { "vfio-ap", uses_vfio_ap, "VFIO AP device assignment is not supported by this version of QEMU" },
    { "vfio-ccw", uses_vfio_ccw, "VFIO CCW device assignment is not supported by this version of QEMU" },
};

static bool
rule_needs(const Check *c, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(needs); i++)
        if (needs[i].used(c->def) && !qemu_caps_flag(c->caps, needs[i].flag))
            return check_fail(error, "%s", needs[i].message);
    return true;
}

/* Caches are divided by the kernel, for the threads of KVM. */
static bool
rule_cachetune(const Check *c, GError **error)
{
    if (c->def->type == VIRT_TYPE_KVM)
        return true;
    if (list_len(c->def->cachetunes))
        return check_fail(error, "cachetune is only supported for KVM domains");
    return !list_len(c->def->memorytunes) || check_fail(error, "memorytune is only supported for KVM domains");
}

const CheckRule check_emulator_rules[] = { rule_needs, rule_cachetune, NULL };
