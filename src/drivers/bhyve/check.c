/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* check.c - what no bhyve can run
 *
 * What only some versions lack is found when a guest is started.
 */
#define ERROR_FROM VIR_FROM_BHYVE
#include <string.h>

#include "drivers/bhyve/fill.h"
#include "util/error.h"
#include "util/list.h"

static bool
refuse(GError **error, const char *format, const char *word)
{
    g_autofree char *message = g_strdup_printf(format, word);

    error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "%s", message);
    return false;
}

static bool
check_machine(const Domain *def, GError **error)
{
    if (def->type != VIRT_TYPE_BHYVE)
        return refuse(error, "domain type '%s' is not bhyve's: use 'bhyve'", virt_type_words[def->type]);
    if (g_strcmp0(def->os_type, "hvm") != 0)
        return refuse(error, "bhyve runs guests of type 'hvm', not '%s'", def->os_type);
    return true;
}

static size_t
count_controllers(const Domain *def, ControllerType type)
{
    size_t n = 0;

    for (size_t i = 0; i < list_len(def->controllers); i++)
        n += ((const Controller *)def->controllers->pdata[i])->type == type;
    return n;
}

static bool
check_controllers(const Domain *def, GError **error)
{
    static const struct {
        ControllerType type;
        const char *model;      /* NULL: none has a name */
        bool single;
    } known[] = {
        { CONTROLLER_TYPE_PCI, "pci-root", true }, { CONTROLLER_TYPE_ISA, NULL, true },
        { CONTROLLER_TYPE_SATA, NULL, false }, { CONTROLLER_TYPE_USB, "nec-xhci", true },
    };

    for (size_t i = 0; i < list_len(def->controllers); i++) {
        const Controller *c = def->controllers->pdata[i];
        size_t k = 0;

        while (k < G_N_ELEMENTS(known) && known[k].type != c->type)
            k++;
        if (k == G_N_ELEMENTS(known))
            return refuse(error, "bhyve has no controller of type '%s'", controller_type_words[c->type]);
        if (known[k].model && g_strcmp0(c->model, known[k].model) != 0)
            return refuse(error, "the model of this type of controller must be '%s'", known[k].model);
        if (known[k].single && count_controllers(def, c->type) > 1)
            return refuse(error, "a bhyve guest has one controller of type '%s' at most", controller_type_words[c->type]);
    }
    return true;
}

static bool
check_disks(const Domain *def, GError **error)
{
    for (size_t i = 0; i < list_len(def->disks); i++) {
        const Disk *disk = def->disks->pdata[i];

        if (disk->bus != DISK_BUS_SATA && disk->bus != DISK_BUS_VIRTIO)
            return refuse(error, "disk '%s' must be on bus 'sata' or 'virtio'", disk->target);
        if (disk->device == DISK_DEVICE_FLOPPY || disk->device == DISK_DEVICE_LUN)
            return refuse(error, "disk '%s' must be of device type 'disk' or 'cdrom'", disk->target);
    }
    return true;
}

/* The one USB device there is, and the controller it needs. */
static bool
check_inputs(const Domain *def, GError **error)
{
    size_t tablets = list_len(def->inputs), controllers = count_controllers(def, CONTROLLER_TYPE_USB);

    for (size_t i = 0; i < tablets; i++) {
        const Input *input = def->inputs->pdata[i];

        if (input->type != INPUT_TYPE_TABLET || input->bus != INPUT_BUS_USB)
            return refuse(error, "an input device of type '%s' must be a tablet on bus 'usb'", input_type_words[input->type]);
    }
    if (tablets > 1)
        return refuse(error, "a bhyve guest has one %s at most", "tablet");
    if (tablets != controllers)
        return refuse(error, "a USB controller and a tablet need each other: the %s is missing",
                      tablets ? "controller" : "tablet");
    return true;
}

static bool
check_displays(const Domain *def, GError **error)
{
    const Graphics *graphics = list_len(def->graphics) ? def->graphics->pdata[0] : NULL;

    if (list_len(def->graphics) > 1 || list_len(def->videos) > 1)
        return refuse(error, "a bhyve guest has one %s at most", "display and one video device");
    if (graphics && graphics->type != GRAPHICS_TYPE_VNC)
        return refuse(error, "bhyve has displays of type 'vnc', not '%s'", graphics_type_words[graphics->type]);
    if (graphics && !def->loader && def->firmware != OS_FIRMWARE_EFI)
        return refuse(error, "a display needs UEFI: add a <loader> or firmware='efi' to <%s>", "os");
    /* bhyve's options are separated by commas, and nothing escapes one. */
    if (graphics && graphics->passwd && strchr(graphics->passwd, ','))
        return refuse(error, "a VNC password must not have a '%s'", ",");
    for (size_t i = 0; i < list_len(def->videos); i++) {
        const Video *video = def->videos->pdata[i];

        if (g_strcmp0(video->model, "gop") != 0)
            return refuse(error, "the model of a video device must be 'gop', not '%s'", video->model);
    }
    return true;
}

static bool
check_filesystems(const Domain *def, GError **error)
{
    for (size_t i = 0; i < list_len(def->filesystems); i++) {
        const Filesystem *fs = def->filesystems->pdata[i];

        if (fs->type != FILESYSTEM_TYPE_MOUNT)
            return refuse(error, "file system '%s' must be of type 'mount'", fs->target);
        if (fs->driver_type != FS_DRIVER_UNSET && fs->driver_type != FS_DRIVER_PATH)
            return refuse(error, "file system '%s' must have no driver but 'path'", fs->target);
    }
    return true;
}

static bool
check_rngs(const Domain *def, GError **error)
{
    for (size_t i = 0; i < list_len(def->rngs); i++) {
        const Rng *rng = def->rngs->pdata[i];

        if (g_strcmp0(rng->model, "virtio") != 0)
            return refuse(error, "the model of a random number generator must be 'virtio', not '%s'", rng->model);
        if (rng->backend != RNG_MODEL_RANDOM)
            return refuse(error, "random numbers come from back end 'random', not '%s'", rng_model_words[rng->backend]);
        if (rng->path && rng->path[0] && !g_str_equal(rng->path, "/dev/random"))
            return refuse(error, "random numbers come from /dev/random, not %s", rng->path);
    }
    return true;
}

bool
bhyve_check_definition(const Domain *def, GError **error)
{
    return check_machine(def, error) && check_controllers(def, error) && check_disks(def, error) &&
           check_inputs(def, error) && check_displays(def, error) && check_filesystems(def, error) && check_rngs(def, error);
}
