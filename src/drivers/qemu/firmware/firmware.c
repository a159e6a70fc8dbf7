/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* firmware.c - read and print descriptors of firmware images */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/firmware/firmware.h"

#include <fnmatch.h>
#include <string.h>

#include "util/error.h"
#include "util/json.h"

static const char *const interface_words[FIRMWARE_INTERFACE_LAST] = { "bios", "openfirmware", "uboot", "uefi" };
static const char *const device_words[FIRMWARE_DEVICE_LAST] = { "flash", "kernel", "memory" };
static const char *const mode_words[FIRMWARE_MODE_LAST] = { "split", "combined", "stateless" };
static const char *const ability_words[FIRMWARE_ABILITY_LAST] = {
    "acpi-s3", "acpi-s4", "amd-sev", "amd-sev-es", "amd-sev-snp", "enrolled-keys", "requires-smm", "secure-boot",
    "verbose-dynamic", "verbose-static", "intel-tdx",
};

/* What QEMU calls an architecture where libvirt has another word. */
static const struct { const char *qemu, *ours; } arch_words[] = { { "i386", "i686" }, { "arm", "armv7l" } };

static void
target_free(FirmwareTarget *target)
{
    g_free(target->arch);
    g_strfreev(target->machines);
    g_free(target);
}

void
firmware_free(Firmware *firmware)
{
    if (!firmware)
        return;
    g_array_unref(firmware->interfaces);
    g_array_unref(firmware->abilities);
    g_ptr_array_unref(firmware->targets);
    g_free(firmware->path);
    g_free(firmware->nvram);
    g_free(firmware);
}

static Firmware *
firmware_new(void)
{
    Firmware *firmware = g_new0(Firmware, 1);

    firmware->interfaces = g_array_new(false, false, sizeof(int));
    firmware->abilities = g_array_new(false, false, sizeof(int));
    firmware->targets = g_ptr_array_new_with_free_func((GDestroyNotify)target_free);
    return firmware;
}

static int
find_word(const char *const *words, int n, const char *word)
{
    for (int i = 0; word && i < n; i++)
        if (!strcmp(words[i], word))
            return i;
    return -1;
}

/* ---- reading ------------------------------------------------------------- */

static bool
parse_interfaces(Firmware *firmware, Json *json, const char *name, GError **error)
{
    Json *list = json_get_array(json, "interface-types", error);

    for (size_t i = 0; list && i < json_array_len(list); i++) {
        const char *word = json_string_value(json_array_at(list, i));
        int interface = find_word(interface_words, FIRMWARE_INTERFACE_LAST, word);

        if (interface < 0) {
            error_set(error, VIR_ERR_INTERNAL_ERROR, "%s: unknown interface type: '%s'", name, word ? word : "");
            return false;
        }
        g_array_append_val(firmware->interfaces, interface);
    }
    return list;
}

static bool
parse_image(Json *json, const char *name, char **ret_path, DiskFormat *ret_format, GError **error)
{
    const char *path = json_get_string(json, "filename", error);
    const char *word = path ? json_get_string(json, "format", error) : NULL;
    int format = word ? xml_enum_value(&disk_format_enum, word) : -1;

    if (!word)
        return false;
    if (format != DISK_FORMAT_RAW && format != DISK_FORMAT_QCOW2) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "%s: format '%s' of image '%s' is none of firmware", name, word, path);
        return false;
    }
    *ret_path = g_strdup(path);
    *ret_format = format;
    return true;
}

static bool
parse_flash(Firmware *firmware, Json *json, const char *name, GError **error)
{
    const char *word = json_opt_string(json, "mode", mode_words[FIRMWARE_MODE_SPLIT]);
    int mode = find_word(mode_words, FIRMWARE_MODE_LAST, word);
    Json *image;

    if (mode < 0) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "%s: unknown flash mode '%s'", name, word);
        return false;
    }
    firmware->mode = mode;
    if (!(image = json_get_object(json, "executable", error)) ||
        !parse_image(image, name, &firmware->path, &firmware->format, error))
        return false;
    return mode != FIRMWARE_MODE_SPLIT ||
           ((image = json_get_object(json, "nvram-template", error)) &&
            parse_image(image, name, &firmware->nvram, &firmware->nvram_format, error));
}

static bool
parse_mapping(Firmware *firmware, Json *json, const char *name, GError **error)
{
    Json *mapping = json_get_object(json, "mapping", error);
    const char *word = mapping ? json_get_string(mapping, "device", error) : NULL;
    int device = find_word(device_words, FIRMWARE_DEVICE_LAST, word);

    if (!word)
        return false;
    if (device < 0) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "%s: unknown mapping device '%s'", name, word);
        return false;
    }
    firmware->device = device;
    if (device == FIRMWARE_DEVICE_FLASH)
        return parse_flash(firmware, mapping, name, error);
    firmware->format = DISK_FORMAT_RAW;
    firmware->path = g_strdup(json_get_string(mapping, "filename", error));
    return firmware->path;
}

static const char *
our_arch(const char *qemu)
{
    for (size_t i = 0; i < G_N_ELEMENTS(arch_words); i++)
        if (!strcmp(arch_words[i].qemu, qemu))
            return arch_words[i].ours;
    return qemu;
}

static bool
parse_target(Firmware *firmware, Json *json, const char *name, GError **error)
{
    const char *arch = json_get_string(json, "architecture", error);
    Json *machines = arch ? json_get_array(json, "machines", error) : NULL;
    FirmwareTarget *target;

    if (!machines)
        return false;
    target = g_new0(FirmwareTarget, 1);
    g_ptr_array_add(firmware->targets, target);
    target->arch = g_strdup(our_arch(arch));
    target->machines = g_new0(char *, json_array_len(machines) + 1);
    for (size_t i = 0; i < json_array_len(machines); i++) {
        const char *pattern = json_string_value(json_array_at(machines, i));

        if (!pattern) {
            error_set(error, VIR_ERR_INTERNAL_ERROR, "%s: a machine of target '%s' is no string", name, arch);
            return false;
        }
        target->machines[i] = g_strdup(pattern);
    }
    return true;
}

static bool
parse_targets(Firmware *firmware, Json *json, const char *name, GError **error)
{
    Json *list = json_get_array(json, "targets", error);

    for (size_t i = 0; list && i < json_array_len(list); i++)
        if (!parse_target(firmware, json_array_at(list, i), name, error))
            return false;
    return list;
}

/* QEMU adds words over time; one that we do not know asks nothing of us. */
static bool
parse_abilities(Firmware *firmware, Json *json, GError **error)
{
    Json *list = json_get_array(json, "features", error);

    for (size_t i = 0; list && i < json_array_len(list); i++) {
        int ability = find_word(ability_words, FIRMWARE_ABILITY_LAST, json_string_value(json_array_at(list, i)));

        if (ability >= 0)
            g_array_append_val(firmware->abilities, ability);
    }
    return list;
}

Firmware *
firmware_parse(const char *text, const char *name, GError **error)
{
    g_autoptr(Json) json = json_parse(text, -1, name, error);
    g_autoptr(Firmware) firmware = firmware_new();

    if (!json || !parse_interfaces(firmware, json, name, error) || !parse_mapping(firmware, json, name, error) ||
        !parse_targets(firmware, json, name, error) || !parse_abilities(firmware, json, error))
        return NULL;
    return g_steal_pointer(&firmware);
}

/* ---- printing ------------------------------------------------------------ */

static Json *
format_words(const GArray *values, const char *const *words, int n)
{
    Json *list = json_new_array();

    for (size_t i = 0; i < values->len; i++)
        if (g_array_index(values, int, i) < n)
            json_append_string(list, words[g_array_index(values, int, i)]);
    return list;
}

static Json *
format_image(const char *path, DiskFormat format)
{
    Json *image = json_new_object();

    json_add_string(image, "filename", path);
    json_add_string(image, "format", disk_format_words[format]);
    return image;
}

static Json *
format_mapping(const Firmware *firmware)
{
    Json *mapping = json_new_object();

    json_add_string(mapping, "device", device_words[firmware->device]);
    if (firmware->device != FIRMWARE_DEVICE_FLASH) {
        json_add_string(mapping, "filename", firmware->path);
        return mapping;
    }
    json_add_string(mapping, "mode", mode_words[firmware->mode]);
    json_add(mapping, "executable", format_image(firmware->path, firmware->format));
    if (firmware->nvram)
        json_add(mapping, "nvram-template", format_image(firmware->nvram, firmware->nvram_format));
    return mapping;
}

static Json *
format_target(const FirmwareTarget *target)
{
    Json *json = json_new_object(), *machines = json_new_array();
    const char *arch = target->arch;

    for (size_t i = 0; i < G_N_ELEMENTS(arch_words); i++)
        if (!strcmp(arch_words[i].ours, arch))
            arch = arch_words[i].qemu;
    json_add_string(json, "architecture", arch);
    for (char **machine = target->machines; *machine; machine++)
        json_append_string(machines, *machine);
    json_add(json, "machines", machines);
    return json;
}

char *
firmware_format(const Firmware *firmware)
{
    g_autoptr(Json) json = json_new_object();
    Json *targets = json_new_array();

    json_add(json, "interface-types", format_words(firmware->interfaces, interface_words, FIRMWARE_INTERFACE_LAST));
    json_add(json, "mapping", format_mapping(firmware));
    for (size_t i = 0; i < firmware->targets->len; i++)
        json_append(targets, format_target(firmware->targets->pdata[i]));
    json_add(json, "targets", targets);
    json_add(json, "features", format_words(firmware->abilities, ability_words, FIRMWARE_ABILITY_INTEL_TDX));
    return json_format(json, true);
}

/* ---- questions ----------------------------------------------------------- */

static bool
has_value(const GArray *values, int value)
{
    for (size_t i = 0; i < values->len; i++)
        if (g_array_index(values, int, i) == value)
            return true;
    return false;
}

bool
firmware_can(const Firmware *firmware, FirmwareAbility ability)
{
    return has_value(firmware->abilities, ability);
}

bool
firmware_has_interface(const Firmware *firmware, FirmwareInterface interface)
{
    return has_value(firmware->interfaces, interface);
}

bool
firmware_fits(const Firmware *firmware, const char *arch, const char *machine)
{
    for (size_t i = 0; i < firmware->targets->len; i++) {
        const FirmwareTarget *target = firmware->targets->pdata[i];

        if (strcmp(target->arch, arch))
            continue;
        for (char **pattern = target->machines; *pattern; pattern++)
            if (fnmatch(*pattern, machine, 0) == 0)
                return true;
    }
    return false;
}
