/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* firmware_fill.c - find the firmware a definition asks for, and write down what was chosen
 *
 * A descriptor must fit the machine and everything the definition says: features, secure boot, kind, format and path of
 * the loader, template of the variables, ACPI sleep states, and protection of the guest's memory.  One small function
 * for each of these, listed at matchers[].
 */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/firmware/firmware_fill.h"

#include <string.h>

#include "util/error.h"

#define SEV_POLICY_ES 0x04 /* of AMD's SEV API: the guest's registers are encrypted, too */

static bool
is_pflash_readonly(const Domain *def)
{
    return def->loader_type == LOADER_TYPE_PFLASH && def->loader_readonly == YESNO_YES;
}

static bool
is_network(const NvramVars *nvram)
{
    return nvram && nvram->type == DISK_TYPE_NETWORK;
}

static bool
has_place(const NvramVars *nvram)
{
    return nvram && (nvram->path || nvram->path_text || is_network(nvram));
}

static Yesno
feature_of(const Domain *def, FirmwareFeatureName name)
{
    for (size_t i = 0; def->firmware_features && i < def->firmware_features->len; i++) {
        const FirmwareFeature *feature = def->firmware_features->pdata[i];

        if (feature->name == name)
            return feature->enabled;
    }
    return YESNO_UNSET;
}

/* ---- what must fit ------------------------------------------------------- */

static bool
fits_interface(const Firmware *firmware, const Domain *def)
{
    return def->firmware == OS_FIRMWARE_UNSET ||
           firmware_has_interface(firmware, def->firmware == OS_FIRMWARE_EFI ? FIRMWARE_INTERFACE_UEFI
                                                                             : FIRMWARE_INTERFACE_BIOS);
}

static bool
fits_machine(const Firmware *firmware, const Domain *def)
{
    return def->arch && def->machine && firmware_fits(firmware, def->arch, def->machine);
}

static bool
wanted(Yesno asked, bool there)
{
    return asked == YESNO_UNSET || (asked == YESNO_YES) == there;
}

static bool
fits_features(const Firmware *firmware, const Domain *def)
{
    bool secure = firmware_can(firmware, FIRMWARE_ABILITY_SECURE_BOOT);
    bool enrolled = firmware_can(firmware, FIRMWARE_ABILITY_ENROLLED_KEYS);

    return wanted(feature_of(def, FIRMWARE_FEATURE_NAME_SECURE_BOOT), secure) &&
           wanted(feature_of(def, FIRMWARE_FEATURE_NAME_ENROLLED_KEYS), enrolled) &&
           wanted(def->loader_secure, secure);
}

static bool
fits_smm(const Firmware *firmware, const Domain *def)
{
    return !def->features || def->features->smm != ONOFF_OFF || !firmware_can(firmware, FIRMWARE_ABILITY_REQUIRES_SMM);
}

static bool
fits_loader(const Firmware *firmware, const Domain *def)
{
    LoaderType type = firmware->device == FIRMWARE_DEVICE_FLASH ? LOADER_TYPE_PFLASH : LOADER_TYPE_ROM;

    return firmware->device != FIRMWARE_DEVICE_KERNEL &&
           (def->loader_type == LOADER_TYPE_UNSET || def->loader_type == type) &&
           (!def->loader || !strcmp(def->loader, firmware->path)) &&
           (def->loader_format == DISK_FORMAT_UNSET || def->loader_format == firmware->format);
}

/* A combined image is one guest's own, so it is never chosen.  One without variables is taken only if asked for. */
static bool
fits_mode(const Firmware *firmware, const Domain *def)
{
    if (firmware->device != FIRMWARE_DEVICE_FLASH)
        return !def->nvram && def->loader_stateless != YESNO_NO;
    return def->loader_readonly != YESNO_NO &&
           firmware->mode == (def->loader_stateless == YESNO_YES ? FIRMWARE_MODE_STATELESS : FIRMWARE_MODE_SPLIT);
}

static bool
fits_template(const Firmware *firmware, const Domain *def)
{
    return !def->nvram || !def->nvram->template || !g_strcmp0(def->nvram->template, firmware->nvram);
}

static bool
fits_sleep(const Firmware *firmware, const Domain *def)
{
    return (def->suspend_to_mem != YESNO_YES || firmware_can(firmware, FIRMWARE_ABILITY_ACPI_S3)) &&
           (def->suspend_to_disk != YESNO_YES || firmware_can(firmware, FIRMWARE_ABILITY_ACPI_S4));
}

static bool
fits_protection(const Firmware *firmware, const Domain *def)
{
    const LaunchSecurity *launch = def->launch_security;

    switch (launch ? launch->type : LAUNCH_TYPE_UNSET) {
    case LAUNCH_TYPE_SEV:
        return firmware_can(firmware, FIRMWARE_ABILITY_AMD_SEV) &&
               (!(launch->policy & SEV_POLICY_ES) || firmware_can(firmware, FIRMWARE_ABILITY_AMD_SEV_ES));
    case LAUNCH_TYPE_SEV_SNP:
        return firmware_can(firmware, FIRMWARE_ABILITY_AMD_SEV_SNP);
    default:
        return true;
    }
}

static const Firmware *
find(const FirmwareList *list, const Domain *def)
{
    static bool (*const matchers[])(const Firmware *firmware, const Domain *def) = {
        fits_interface, fits_machine, fits_features, fits_smm, fits_loader, fits_mode, fits_template, fits_sleep,
        fits_protection,
    };

    for (size_t i = 0; list && i < list->all->len; i++) {
        const Firmware *firmware = list->all->pdata[i];
        size_t k = 0;

        while (k < G_N_ELEMENTS(matchers) && matchers[k](firmware, def))
            k++;
        if (k == G_N_ELEMENTS(matchers))
            return firmware;
    }
    return NULL;
}

/* ---- what is written down ------------------------------------------------ */

static void
set_template(Domain *def, const char *path, DiskFormat format)
{
    if (!def->nvram)
        def->nvram = xml_new(&nvram_vars_xml);
    if (!def->nvram->template)
        def->nvram->template = g_strdup(path);
    def->nvram->template_format = format;
}

/* The variables of @def go to a file of their own, named as the template's kind has it. */
static void
set_place(Domain *def, const FirmwareFill *fill)
{
    const char *suffix = def->nvram && def->nvram->format == DISK_FORMAT_QCOW2 ? ".qcow2" : ".fd";
    const char *template = def->nvram ? def->nvram->template : NULL;
    const char *dot = template ? strrchr(template, '.') : NULL;

    if (!def->nvram)
        def->nvram = xml_new(&nvram_vars_xml);
    if (!has_place(def->nvram)) {
        if (fill->fresh && dot && !strchr(dot, '/'))
            suffix = dot;
        def->nvram->path_text = g_strdup_printf("%s/%s_VARS%s", fill->nvram_dir, def->name, suffix);
    }
    if (def->nvram->format == DISK_FORMAT_UNSET)
        def->nvram->format = DISK_FORMAT_RAW;
}

static void
set_features(Domain *def, const Firmware *firmware)
{
    const struct { FirmwareFeatureName name; bool there; } told[] = {
        { FIRMWARE_FEATURE_NAME_ENROLLED_KEYS, firmware_can(firmware, FIRMWARE_ABILITY_ENROLLED_KEYS) },
        { FIRMWARE_FEATURE_NAME_SECURE_BOOT, firmware_can(firmware, FIRMWARE_ABILITY_SECURE_BOOT) },
    };
    /* Nobody here made the variables on a server, so nobody knows which keys are among them. */
    size_t first = is_network(def->nvram) ? 1 : 0;

    for (size_t i = 0; def->firmware_features && i < def->firmware_features->len; i++)
        firmware_feature_free(def->firmware_features->pdata[i]);
    if (def->firmware_features)
        g_ptr_array_set_size(def->firmware_features, 0);
    else
        def->firmware_features = g_ptr_array_new();
    for (size_t i = first; i < G_N_ELEMENTS(told); i++) {
        FirmwareFeature *feature = xml_new(&firmware_feature_xml);

        feature->name = told[i].name;
        feature->enabled = told[i].there ? YESNO_YES : YESNO_NO;
        g_ptr_array_add(def->firmware_features, feature);
    }
}

static void
set_smm(Domain *def)
{
    if (!def->features)
        def->features = xml_new(&features_xml);
    def->features->smm = ONOFF_ON;
    def->loader_secure = YESNO_YES;
}

static void
take(Domain *def, const Firmware *firmware, const FirmwareFill *fill)
{
    bool flash = firmware->device == FIRMWARE_DEVICE_FLASH;

    if (def->firmware == OS_FIRMWARE_UNSET)
        def->firmware = firmware_has_interface(firmware, FIRMWARE_INTERFACE_UEFI) ? OS_FIRMWARE_EFI : OS_FIRMWARE_BIOS;
    if (!def->loader)
        def->loader = g_strdup(firmware->path);
    def->loader_type = flash ? LOADER_TYPE_PFLASH : LOADER_TYPE_ROM;
    def->loader_format = firmware->format;
    if (flash)
        def->loader_readonly = YESNO_YES;
    if (firmware_can(firmware, FIRMWARE_ABILITY_REQUIRES_SMM))
        set_smm(def);
    set_features(def, firmware);
    if (firmware->nvram && !is_network(def->nvram)) {
        set_template(def, firmware->nvram, firmware->nvram_format);
        def->nvram->format = firmware->nvram_format;
        set_place(def, fill);
    }
}

/* "loader:template" of an image nobody describes; the template, or NULL. */
static const char *
find_pair(char *const *pairs, const char *loader)
{
    static char *const usual[] = {
        "/usr/share/OVMF/OVMF_CODE.fd:/usr/share/OVMF/OVMF_VARS.fd",
        "/usr/share/OVMF/OVMF_CODE.secboot.fd:/usr/share/OVMF/OVMF_VARS.fd",
        "/usr/share/AAVMF/AAVMF_CODE.fd:/usr/share/AAVMF/AAVMF_VARS.fd",
        "/usr/share/AAVMF/AAVMF32_CODE.fd:/usr/share/AAVMF/AAVMF32_VARS.fd",
        NULL,
    };
    size_t len = strlen(loader);

    for (pairs = pairs && *pairs ? pairs : usual; *pairs; pairs++)
        if (g_str_has_prefix(*pairs, loader) && (*pairs)[len] == ':')
            return *pairs + len + 1;
    return NULL;
}

static void
fill_named(Domain *def, const FirmwareFill *fill)
{
    const char *template = find_pair(fill->pairs, def->loader);

    if (def->loader_format == DISK_FORMAT_UNSET)
        def->loader_format = DISK_FORMAT_RAW;
    if (!is_pflash_readonly(def) || def->loader_stateless == YESNO_YES || is_network(def->nvram))
        return;
    if (template)
        set_template(def, template, DISK_FORMAT_RAW);
    set_place(def, fill);
}

bool
firmware_fill(Domain *def, const FirmwareFill *fill)
{
    bool automatic = def->firmware != OS_FIRMWARE_UNSET;
    const Firmware *firmware;

    if (!def->loader && !automatic)
        return true;
    if (!automatic && def->loader_type == LOADER_TYPE_UNSET)
        def->loader_type = LOADER_TYPE_ROM;
    if (def->loader_format == DISK_FORMAT_UNSET && def->nvram)
        def->loader_format = def->nvram->format;
    if (def->loader_format == DISK_FORMAT_UNSET && !fill->fresh)
        def->loader_format = DISK_FORMAT_RAW;
    firmware = find(fill->list, def);
    if (firmware)
        take(def, firmware, fill);
    else if (!automatic)
        fill_named(def, fill);
    return firmware || !automatic;
}

bool
firmware_fill_is_done(const Domain *def, GError **error)
{
    bool wants_place = is_pflash_readonly(def) && def->loader_stateless != YESNO_YES;

    if (def->firmware == OS_FIRMWARE_UNSET || (def->loader && (!wants_place || has_place(def->nvram))))
        return true;
    firmware_fill_refuse(def, error);
    return false;
}

void
firmware_fill_refuse(const Domain *def, GError **error)
{
    error_set(error, VIR_ERR_OPERATION_FAILED, "Unable to find '%s' firmware that is compatible with the current "
              "configuration", os_firmware_words[def->firmware]);
}
