/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vmx_record.c - the table of keys, and the two walks over it */
#define ERROR_FROM VIR_FROM_VMWARE
#include "drivers/vmware/vmx_record.h"

#include <string.h>

#include "util/error.h"
#include "util/text.h"
#include "util/uuid.h"

/* ---- the table ------------------------------------------------------------ */

static const char *const scsi_models[] = { "", "buslogic", "lsilogic", "lsisas1068", "pvscsi", NULL };
static const char *const devices[] = {
    "", "scsi-hardDisk", "ata-hardDisk", "sata-hardDisk", "disk", "cdrom-image", "atapi-cdrom", "cdrom-raw", "scsi-passthru",
    NULL,
};
static const char *const file_types[] = { "", "device", "file", "pipe", "network", "thinprint", NULL };
static const char *const ends[] = { "", "client", "server", NULL };
static const char *const connections[] = { "", "bridged", "nat", "custom", "hostonly", NULL };
static const char *const address_types[] = { "", "static", "generated", "vpx", NULL };
static const char *const firmwares[] = { "", "bios", "efi", NULL };

#define ROW(type, member, key, kind) { key, kind, offsetof(type, member), NULL }
#define WORDS(type, member, key, words) { key, VMX_WORD, offsetof(type, member), words }
#define KIND(name, type, ...)                                   \
    const VmxKind name = { sizeof(type), (const VmxRow[]) { __VA_ARGS__, { 0 } } }

KIND(vmx_machine, VmxMachine,
     ROW(VmxMachine, encoding, ".encoding", VMX_TEXT),
     ROW(VmxMachine, config, "config.version", VMX_NUMBER),
     ROW(VmxMachine, hardware, "virtualHW.version", VMX_NUMBER),
     ROW(VmxMachine, guest_os, "guestOS", VMX_TEXT),
     ROW(VmxMachine, smbios_host, "smbios.reflecthost", VMX_FLAG),
     ROW(VmxMachine, uuid, "uuid.bios", VMX_UUID),
     ROW(VmxMachine, genid_high, "vm.genid", VMX_NUMBER),
     ROW(VmxMachine, genid_low, "vm.genidX", VMX_NUMBER),
     ROW(VmxMachine, name, "displayName", VMX_TEXT),
     ROW(VmxMachine, annotation, "annotation", VMX_TEXT),
     WORDS(VmxMachine, firmware, "firmware", firmwares),
     ROW(VmxMachine, secure_boot, "uefi.secureBoot.enabled", VMX_FLAG),
     ROW(VmxMachine, memory, "memsize", VMX_NUMBER),
     ROW(VmxMachine, memory_max, "sched.mem.max", VMX_NUMBER),
     ROW(VmxMachine, memory_min, "sched.mem.minsize", VMX_NUMBER),
     ROW(VmxMachine, cpus, "numvcpus", VMX_NUMBER),
     ROW(VmxMachine, cores, "cpuid.coresPerSocket", VMX_NUMBER),
     ROW(VmxMachine, affinity, "sched.cpu.affinity", VMX_TEXT),
     ROW(VmxMachine, shares, "sched.cpu.shares", VMX_TEXT));

KIND(vmx_vnc, VmxVnc,
     ROW(VmxVnc, enabled, "enabled", VMX_FLAG),
     ROW(VmxVnc, port, "port", VMX_NUMBER),
     ROW(VmxVnc, address, "ip", VMX_TEXT),
     ROW(VmxVnc, keymap, "keymap", VMX_TEXT),
     ROW(VmxVnc, password, "password", VMX_TEXT));

KIND(vmx_scsi, VmxBus,
     ROW(VmxBus, present, "present", VMX_FLAG),
     WORDS(VmxBus, model, "virtualDev", scsi_models));

KIND(vmx_sata, VmxBus,
     ROW(VmxBus, present, "present", VMX_FLAG));

KIND(vmx_disk, VmxDisk,
     ROW(VmxDisk, present, "present", VMX_FLAG),
     ROW(VmxDisk, client, "clientDevice", VMX_FLAG),
     WORDS(VmxDisk, device, "deviceType", devices),
     ROW(VmxDisk, autodetect, "autodetect", VMX_FLAG),
     ROW(VmxDisk, file, "fileName", VMX_TEXT),
     ROW(VmxDisk, write_through, "writeThrough", VMX_FLAG),
     ROW(VmxDisk, mode, "mode", VMX_TEXT));

KIND(vmx_floppy, VmxDisk,
     ROW(VmxDisk, present, "present", VMX_FLAG),
     ROW(VmxDisk, client, "clientDevice", VMX_FLAG),
     WORDS(VmxDisk, file_type, "fileType", file_types),
     ROW(VmxDisk, file, "fileName", VMX_TEXT));

KIND(vmx_sharing, VmxSharing,
     ROW(VmxSharing, disabled, "isolation.tools.hgfs.disable", VMX_FLAG),
     ROW(VmxSharing, n_folders, "sharedFolder.maxNum", VMX_NUMBER));

KIND(vmx_folder, VmxFolder,
     ROW(VmxFolder, present, "present", VMX_FLAG),
     ROW(VmxFolder, enabled, "enabled", VMX_FLAG),
     ROW(VmxFolder, readable, "readAccess", VMX_FLAG),
     ROW(VmxFolder, writable, "writeAccess", VMX_FLAG),
     ROW(VmxFolder, host, "hostPath", VMX_TEXT),
     ROW(VmxFolder, guest, "guestName", VMX_TEXT));

KIND(vmx_ethernet, VmxEthernet,
     ROW(VmxEthernet, present, "present", VMX_FLAG),
     ROW(VmxEthernet, model, "virtualDev", VMX_TEXT),
     ROW(VmxEthernet, features, "features", VMX_NUMBER),
     ROW(VmxEthernet, switch_id, "dvs.switchId", VMX_UUID),
     ROW(VmxEthernet, port, "dvs.portId", VMX_TEXT),
     ROW(VmxEthernet, portgroup, "dvs.portgroupId", VMX_TEXT),
     ROW(VmxEthernet, connection, "dvs.connectionId", VMX_NUMBER),
     ROW(VmxEthernet, network, "networkName", VMX_TEXT),
     WORDS(VmxEthernet, connected, "connectionType", connections),
     ROW(VmxEthernet, vnet, "vnet", VMX_TEXT),
     WORDS(VmxEthernet, address_type, "addressType", address_types),
     ROW(VmxEthernet, address, "address", VMX_MAC),
     ROW(VmxEthernet, generated, "generatedAddress", VMX_MAC),
     ROW(VmxEthernet, generated_offset, "generatedAddressOffset", VMX_NUMBER),
     ROW(VmxEthernet, check_mac, "checkMACAddress", VMX_FLAG));

KIND(vmx_video, VmxVideo,
     ROW(VmxVideo, vram, "vramSize", VMX_NUMBER));

KIND(vmx_port, VmxPort,
     ROW(VmxPort, present, "present", VMX_FLAG),
     WORDS(VmxPort, file_type, "fileType", file_types),
     WORDS(VmxPort, pipe_end, "pipe.endPoint", ends),
     ROW(VmxPort, no_loss, "tryNoRxLoss", VMX_FLAG),
     ROW(VmxPort, file, "fileName", VMX_TEXT),
     ROW(VmxPort, vspc, "vspc", VMX_TEXT),
     WORDS(VmxPort, network_end, "network.endPoint", ends),
     ROW(VmxPort, yield, "yieldOnMsrRead", VMX_FLAG));

/* ---- reading -------------------------------------------------------------- */

/* "56 4d 9b ef ac d9 b4 e0-c8 f0 ae a8 b9 10 35 15"; NULL if it is not. */
static char *
parse_uuid(const char *text)
{
    g_autoptr(GString) plain = g_string_new(NULL);
    uint8_t uuid[UUID_LEN];

    for (; *text; text++)
        if (*text != ' ' && *text != '-')
            g_string_append_c(plain, *text);
    return plain->len == 2 * UUID_LEN && uuid_parse(plain->str, uuid) ? uuid_to_string(uuid) : NULL;
}

static char *
parse_mac(const char *text)
{
    for (int i = 0; i < 17; i++)
        if (i % 3 == 2 ? text[i] != ':' : !g_ascii_isxdigit(text[i]))
            return NULL;
    return text[17] ? NULL : g_ascii_strdown(text, -1);
}

static bool
parse_number(const char *text, VmxNumber *number)
{
    number->given = g_ascii_strcasecmp(text, "unlimited") != 0;
    return !number->given || text_parse_int64(text, 10, &number->value);
}

static bool
parse_word(const char *text, const char *const *words, int *ret)
{
    for (int i = 1; words[i]; i++)
        if (g_ascii_strcasecmp(words[i], text) == 0) {
            *ret = i;
            return true;
        }
    return false;
}

static bool
parse_flag(const char *text, VmxFlag *flag)
{
    static const char *const words[] = { "", "false", "true", NULL };
    int value;

    if (!parse_word(text, words, &value))
        return false;
    *flag = value == 1 ? VMX_NO : VMX_YES;
    return true;
}

static char *
expected(const VmxRow *row)
{
    static const char *const texts[] = {
        [VMX_FLAG] = "'true' or 'false'", [VMX_NUMBER] = "a number", [VMX_UUID] = "16 bytes in hexadecimal",
        [VMX_MAC] = "a MAC address",
    };
    g_autofree char *words = row->type == VMX_WORD ? g_strjoinv("', '", (char **)row->words + 1) : NULL;

    return words ? g_strdup_printf("one of '%s'", words) : g_strdup(texts[row->type]);
}

static bool
parse_member(const VmxRow *row, const char *text, void *member)
{
    switch (row->type) {
    case VMX_TEXT:
        *(char **)member = g_strdup(text);
        return true;
    case VMX_FLAG:
        return parse_flag(text, member);
    case VMX_NUMBER:
        return parse_number(text, member);
    case VMX_WORD:
        return parse_word(text, row->words, member);
    case VMX_UUID:
        return (*(char **)member = parse_uuid(text)) != NULL;
    case VMX_MAC:
        return (*(char **)member = parse_mac(text)) != NULL;
    }
    return false;
}

void *
vmx_record_new(const VmxKind *kind)
{
    void *record = g_malloc0(kind->size);

    *(const VmxKind **)record = kind;
    return record;
}

void *
vmx_record_read(const VmxKind *kind, const VmxFile *file, const char *prefix, GError **error)
{
    char *record = vmx_record_new(kind);

    for (const VmxRow *row = kind->rows; row->key; row++) {
        g_autofree char *key = g_strconcat(prefix, row->key, NULL);
        const char *text = vmx_file_value(file, key);

        if (text && !parse_member(row, text, record + row->offset)) {
            g_autofree char *what = expected(row);

            error_set(error, VIR_ERR_INTERNAL_ERROR, "'%s' of the VMX file is '%.64s', expected %s", key, text, what);
            vmx_record_free(record);
            return NULL;
        }
    }
    return record;
}

void
vmx_record_free(void *record)
{
    if (!record)
        return;
    for (const VmxRow *row = (*(const VmxKind **)record)->rows; row->key; row++)
        if (row->type == VMX_TEXT || row->type == VMX_UUID || row->type == VMX_MAC)
            g_free(*(char **)((char *)record + row->offset));
    g_free(record);
}

/* ---- writing -------------------------------------------------------------- */

static char *
format_uuid(const char *text)
{
    GString *out = g_string_new(NULL);
    uint8_t uuid[UUID_LEN];

    if (!uuid_parse(text, uuid)) {
        g_string_free(out, TRUE);
        return g_strdup(text);
    }
    for (int i = 0; i < UUID_LEN; i++)
        g_string_append_printf(out, "%s%02x", i == 0 ? "" : i == UUID_LEN / 2 ? "-" : " ", uuid[i]);
    return g_string_free(out, FALSE);
}

/* NULL for what is not set. */
static char *
format_member(const VmxRow *row, const void *member)
{
    const char *text;

    switch (row->type) {
    case VMX_FLAG:
        return *(const VmxFlag *)member ? g_strdup(*(const VmxFlag *)member == VMX_YES ? "true" : "false") : NULL;
    case VMX_NUMBER:
        return ((const VmxNumber *)member)->given
                   ? g_strdup_printf("%" G_GINT64_FORMAT, ((const VmxNumber *)member)->value) : NULL;
    case VMX_WORD:
        return *(const int *)member ? g_strdup(row->words[*(const int *)member]) : NULL;
    case VMX_UUID:
        text = *(char *const *)member;
        return text ? format_uuid(text) : NULL;
    case VMX_TEXT:
    case VMX_MAC:
        return g_strdup(*(char *const *)member);
    }
    return NULL;
}

void
vmx_record_write(const void *record, const char *prefix, GString *out)
{
    for (const VmxRow *row = (*(const VmxKind *const *)record)->rows; row->key; row++) {
        g_autofree char *text = format_member(row, (const char *)record + row->offset);
        g_autofree char *key = text ? g_strconcat(prefix, row->key, NULL) : NULL;

        if (text)
            vmx_file_add(out, key, text);
    }
}
