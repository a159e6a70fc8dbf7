/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* device_rows.c - consoles, keys, screens, memory and vCPUs of running guests */
#define ERROR_FROM VIR_FROM_QEMU
#include <fcntl.h>
#include <libvirt/libvirt-qemu.h>
#include <string.h>
#include <unistd.h>

#include "drivers/qemu/keycode.h"
#include "drivers/qemu/process/guest.h"
#include "drivers/qemu/process/guest_vcpu.h"
#include "drivers/qemu/rows.h"
#include "rpc/stream.h"
#include "util/error.h"
#include "util/fd.h"

/* The character device a user means: by alias, or the first console, serial or parallel port. */
static const CharSource *
find_char(const Domain *doc, const char *name, const char **ret_alias)
{
    if (!name) {
        for (size_t i = 0; i < list_len(doc->consoles); i++) {
            const Console *c = list_at(doc->consoles, i);

            *ret_alias = c->info.alias;
            return &c->source;
        }
        for (size_t i = 0; i < list_len(doc->serials); i++) {
            const Serial *s = list_at(doc->serials, i);

            *ret_alias = s->info.alias;
            return &s->source;
        }
        return NULL;
    }
    for (size_t i = 0; i < list_len(doc->serials); i++) {
        const Serial *s = list_at(doc->serials, i);

        *ret_alias = s->info.alias;
        if (!g_strcmp0(s->info.alias, name))
            return &s->source;
    }
    for (size_t i = 0; i < list_len(doc->consoles); i++) {
        const Console *c = list_at(doc->consoles, i);

        *ret_alias = c->info.alias;
        if (!g_strcmp0(c->info.alias, name))
            return &c->source;
    }
    for (size_t i = 0; i < list_len(doc->parallels); i++) {
        const Parallel *p = list_at(doc->parallels, i);

        *ret_alias = p->info.alias;
        if (!g_strcmp0(p->info.alias, name))
            return &p->source;
    }
    return NULL;
}

typedef struct Opened {
    Object *object;
    char *alias;
    Stream *stream;
} Opened;

/* The stream ended: the console is free, unless another took it over. */
static void
console_done(void *data, const GError *error)
{
    Opened *opened = data;
    Guest *guest = (Guest *)opened->object;

    lock_acquire(&opened->object->lock);
    if (g_hash_table_lookup(guest->streams, opened->alias) == opened->stream)
        g_hash_table_remove(guest->streams, opened->alias);
    lock_release(&opened->object->lock);
    object_unref(opened->object);
    g_free(opened->alias);
    g_free(opened);
}

/* One user at a time; @force ends the one before. */
static bool
take_console(Guest *guest, const char *alias, Stream *stream, bool force, GError **error)
{
    g_autoptr(Stream) before = NULL;
    g_autoptr(GError) reason = NULL;

    lock_acquire(&guest->vm.object.lock);
    before = g_hash_table_lookup(guest->streams, alias);
    if (before)
        stream_ref(before);
    if (!before || force)
        g_hash_table_replace(guest->streams, g_strdup(alias), stream_ref(stream));
    lock_release(&guest->vm.object.lock);
    if (before && !force) {
        error_set(error, VIR_ERR_OPERATION_FAILED, "Active console session exists for this domain");
        return false;
    }
    if (before) {
        error_set(&reason, VIR_ERR_OPERATION_FAILED, "another user took the console over");
        stream_abort(before, reason);
    }
    return true;
}

bool
device_rows_attach_stream(Call *call, const char *alias, int owned, bool force, GError **error)
{
    autofd int fd = owned;
    StreamSource attach = { .direction = STREAM_TO_CLIENT | STREAM_FROM_CLIENT, .done = console_done };
    Opened *opened;

    if (!take_console(guest_of(call), alias, call->stream, force, error))
        return false;
    opened = g_new0(Opened, 1);
    opened->object = object_ref(call->object);
    opened->alias = g_strdup(alias);
    opened->stream = call->stream;
    attach.fd = fd;
    attach.data = opened;
    if (stream_attach(call->stream, &attach, error)) {
        steal_fd(&fd);
        return true;
    }
    console_done(opened, NULL);
    return false;
}

bool
device_rows_open_console(Call *call, GError **error)
{
    const DomainOpenConsoleArgs *args = call->args;
    g_autoptr(Def) live = object_live(call->object);
    const char *alias = NULL;
    const CharSource *source = live ? find_char(live->doc, args->dev_name, &alias) : NULL;
    int fd;

    if (!live)
        return kit_require_active(call->object, error);
    if (!source) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "cannot find character device %s",
                  args->dev_name ? args->dev_name : "(default)");
        return false;
    }
    if (source->type != CHAR_TYPE_PTY || !source->path) {
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "character device %s is not using a PTY", alias);
        return false;
    }
    fd = open(source->path, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        error_set_errno(error, errno, "cannot open '%s'", source->path);
        return false;
    }
    return device_rows_attach_stream(call, alias, fd, call->flags & VIR_DOMAIN_CONSOLE_FORCE, error);
}

bool
device_rows_send_key(Call *call, GError **error)
{
    const DomainSendKeyArgs *args = call->args;
    g_autoptr(QmpClient) qmp = guest_monitor(guest_of(call), error);
    Json *keys;

    if (!qmp)
        return false;
    keys = json_new_array();
    for (uint32_t i = 0; i < args->n_keycodes; i++) {
        Json *key = json_new_object();
        unsigned qnum = 0;
        bool known = keycode_to_qnum(args->codeset, args->keycodes[i], &qnum);

        json_add_string(key, "type", "number");
        json_add_uint64(key, "data", qnum);
        json_append(keys, key);
        if (!known) {
            error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "cannot translate key code %u of set %u", args->keycodes[i],
                      args->codeset);
            json_unref(keys);
            return false;
        }
    }
    return qmp_send_key(qmp, keys, args->holdtime, error);
}

bool
device_rows_screenshot(Call *call, GError **error)
{
    const DomainScreenshotArgs *args = call->args;
    Guest *guest = guest_of(call);
    g_autoptr(Def) live = object_live(call->object);
    g_autoptr(QmpClient) qmp = guest_monitor(guest, error);
    g_autofree char *path = NULL;
    const Video *video = NULL;
    StreamSource attach = { .direction = STREAM_TO_CLIENT };
    autofd int fd = -1;

    if (!qmp || !live)
        return false;
    if (list_len(((const Domain *)live->doc)->videos))
        video = list_at(((const Domain *)live->doc)->videos, 0);
    if (!video) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "no screens to take screenshot from");
        return false;
    }
    path = g_strdup_printf("%s/screendump-%" G_GINT64_FORMAT, guest->dir, g_get_monotonic_time());
    fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 || (guest_host.conf->privileged && fchown(fd, guest_host.conf->uid, guest_host.conf->gid) < 0)) {
        error_set_errno(error, errno, "cannot make '%s'", path);
        return false;
    }
    if (!qmp_screendump(qmp, path, args->screen ? video->info.alias : NULL, args->screen, error)) {
        unlink(path);
        return false;
    }
    /* QEMU may have replaced the file. */
    fd_close(&fd);
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    unlink(path);
    if (fd < 0) {
        error_set_errno(error, errno, "QEMU left no picture in '%s'", path);
        return false;
    }
    ((DomainScreenshotRet *)call->ret)->mime = g_strdup("image/x-portable-pixmap");
    attach.fd = steal_fd(&fd);
    return stream_attach(call->stream, &attach, error);
}

static bool
change_memory(Call *call, uint64_t kib, bool maximum, GError **error)
{
    Domain *live = call->live, *config = call->config;

    if (maximum) {
        if (live) {
            error_set(error, VIR_ERR_OPERATION_INVALID, "cannot resize the maximum memory on an active domain");
            return false;
        }
        config->memory = kib;
        config->current_memory = MIN(config->current_memory, kib);
        return true;
    }
    if ((live && kib > live->memory) || (config && kib > config->memory)) {
        error_set(error, VIR_ERR_INVALID_ARG, "cannot set memory higher than max memory");
        return false;
    }
    if (live) {
        g_autoptr(QmpClient) qmp = guest_monitor(guest_of(call), error);

        if (!qmp || !qmp_balloon(qmp, kib * 1024, error))
            return false;
    }
    if (config) {
        config->has_current_memory = true;
        config->current_memory = kib;
    }
    return true;
}

bool
device_rows_set_memory_flags(Call *call, GError **error)
{
    const DomainSetMemoryFlagsArgs *args = call->args;

    return change_memory(call, args->memory, call->flags & VIR_DOMAIN_MEM_MAXIMUM, error);
}

bool
device_rows_set_memory(Call *call, GError **error)
{
    g_autoptr(QmpClient) qmp = guest_monitor(guest_of(call), error);
    g_autoptr(Def) live = object_live(call->object);
    uint64_t kib = ((const DomainSetMemoryArgs *)call->args)->memory;

    if (!qmp || !live)
        return false;
    if (kib > ((const Domain *)live->doc)->memory) {
        error_set(error, VIR_ERR_INVALID_ARG, "cannot set memory higher than max memory");
        return false;
    }
    return qmp_balloon(qmp, kib * 1024, error);
}

bool
device_rows_set_vcpus_flags(Call *call, GError **error)
{
    const DomainSetVcpusFlagsArgs *args = call->args;
    Domain *config = call->config;

    if (call->live && (call->flags & VIR_DOMAIN_VCPU_MAXIMUM)) {
        error_set(error, VIR_ERR_INVALID_ARG, "maximum vcpu count of a running domain cannot be modified");
        return false;
    }
    if (call->live && !guest_vcpu_live_count(guest_of(call), call->live, args->nvcpus, error))
        return false;
    if (!config)
        return true;
    if (call->flags & VIR_DOMAIN_VCPU_MAXIMUM) {
        config->max_vcpus = args->nvcpus;
        if (config->has_current_vcpus && config->current_vcpus >= args->nvcpus)
            config->has_current_vcpus = false;
        return true;
    }
    if (config->vcpus || (call->flags & VIR_DOMAIN_VCPU_HOTPLUGGABLE))
        return guest_vcpu_count_config(config, args->nvcpus, error);
    if (!args->nvcpus || args->nvcpus > config->max_vcpus) {
        error_set(error, VIR_ERR_INVALID_ARG,
                  "requested vcpus is greater than max allowable vcpus for the persistent domain: %u > %u",
                  args->nvcpus, config->max_vcpus);
        return false;
    }
    config->has_current_vcpus = args->nvcpus != config->max_vcpus;
    config->current_vcpus = args->nvcpus;
    return true;
}

bool
device_rows_monitor_command(Call *call, GError **error)
{
    const QemuDomainMonitorCommandArgs *args = call->args;
    QemuDomainMonitorCommandRet *ret = call->ret;
    g_autoptr(QmpClient) qmp = guest_monitor(guest_of(call), error);
    g_autoptr(Json) request = NULL;
    g_autoptr(Json) reply = NULL;

    if (!qmp)
        return false;
    if (args->flags & VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP) {
        ret->result = qmp_human_monitor_command(qmp, args->cmd, error);
        return ret->result != NULL;
    }
    request = json_parse(args->cmd, -1, "monitor command", error);
    if (!request || !json_object_is_type(request, json_type_object)) {
        if (request)
            error_set(error, VIR_ERR_INVALID_ARG, "a monitor command must be a JSON object");
        return false;
    }
    reply = qmp_client_raw(qmp, request, QMP_CLIENT_TIMEOUT, error);
    if (!reply)
        return false;
    ret->result = json_format(reply, false);
    return true;
}
