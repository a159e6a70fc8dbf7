/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu_hotplug.c - devices that come to and leave a guest whose monitor is a list of requests and answers */
#define ERROR_FROM VIR_FROM_QEMU
#include "corpus/qemu.h"
#include "corpus/transcript.h"
#include "drivers/qemu/hotplug/hotplug.h"
#include "util/crypto.h"
#include "util/error.h"

#include <stdlib.h>
#include <string.h>

/* One step: requests in order, each with what the emulator sends. */
typedef struct Monitor {
    Json *requests;
    size_t at;
    Json *replies;  /* to the last one */
} Monitor;

static Json *
ask(void *data, const char *command, Json *owned, int fd, GError **error)
{
    Monitor *monitor = data;
    g_autoptr(Json) arguments = owned;
    Json *request = monitor->at < json_array_len(monitor->requests) ? json_array_at(monitor->requests, monitor->at) : NULL;
    const char *expected = request ? json_opt_string(request, "execute", "") : "nothing more";

    if (!g_str_equal(command, expected)) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "request '%s' where '%s' was expected", command, expected);
        return NULL;
    }
    monitor->at++;
    monitor->replies = json_opt_array(request, "reply");
    for (size_t i = 0; monitor->replies && i < json_array_len(monitor->replies); i++) {
        Json *reply = json_array_at(monitor->replies, i), *value = NULL, *failure = json_opt_object(reply, "error");

        if (json_object_object_get_ex(reply, "return", &value))
            return json_ref(value);
        if (failure) {
            error_set(error, VIR_ERR_INTERNAL_ERROR, "unable to execute QEMU command '%s': %s", command,
                      json_opt_string(failure, "desc", ""));
            return NULL;
        }
    }
    error_set(error, VIR_ERR_INTERNAL_ERROR, "no reply to '%s'", command);
    return NULL;
}

static bool
is_gone(void *data, const char *alias, GError **error)
{
    Monitor *monitor = data;

    for (size_t i = 0; monitor->replies && i < json_array_len(monitor->replies); i++) {
        Json *reply = json_array_at(monitor->replies, i), *about = json_opt_object(reply, "data");

        if (g_str_equal(json_opt_string(reply, "event", ""), "DEVICE_DELETED") && about &&
            g_str_equal(json_opt_string(about, "device", ""), alias))
            return true;
    }
    return false;
}

/* Images are not looked at: what nobody says of them ends the chain. */
static bool
take(void *data, Domain *def, DeviceKind kind, void *device, GError **error)
{
    Disk *d = kind == DEVICE_DISK ? device : NULL;

    if (d && !d->backing_store && (d->type == DISK_TYPE_FILE || d->type == DISK_TYPE_BLOCK) && d->path)
        d->backing_store = xml_new(&store_xml);
    return true;
}

/* Random bytes are 00 01 02 ... */
static void
count_up(uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        bytes[i] = (uint8_t)i;
}

static bool
run_step(Hotplug *h, Json *step, GError **error)
{
    Monitor *monitor = h->host.data;
    const char *action = json_opt_string(step, "action", "");
    bool attach = g_str_equal(action, "attach"), detach = g_str_equal(action, "detach"), gone;
    g_auto(HotplugDevice) given = { 0 };
    bool ok;

    *monitor = (Monitor){ .requests = json_opt_array(step, "monitor") };
    if (!hotplug_device_parse(json_opt_string(step, "device", ""), detach ? 0 : XML_PARSE_INACTIVE, &given, error))
        return false;
    ok = attach ? hotplug_attach(h, &given, error) : detach ? hotplug_detach(h, &given, &gone, error)
                                                             : hotplug_update(h, &given, error);
    if (ok && monitor->at < json_array_len(monitor->requests)) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "request '%s' was not made",
                  json_opt_string(json_array_at(monitor->requests, monitor->at), "execute", ""));
        return false;
    }
    return ok;
}

static char *
qemu_hotplug(const Request *request, GError **error)
{
    g_autofree char *text = request_file(request, "domain", error);
    Request domain = *request;
    g_autoptr(QemuCaps) caps = text ? transcript_caps(request, error) : NULL;
    g_autoptr(QemuConf) conf = caps ? qemu_case_conf(request, error) : NULL;
    g_autoptr(Json) steps = conf ? json_parse(request->input, -1, "steps", error) : NULL;
    FakeHost fake = { request_option(request, "fixtures"), NULL, request, conf };
    CommandHost host = qemu_case_host(&fake);
    uint8_t key[CRYPTO_KEY_LEN] = { 0 };
    const char *id = request_option(request, "id");
    Monitor monitor = { 0 };
    g_autofree char *name = NULL;
    g_autofree char *dir = NULL;
    Hotplug h = {
        .command = { .caps = caps, .conf = conf, .host = &host, .master_key = key },
        .fill = { .live = true, .keep_machine_alias = request_has(request, "no-aliases"), .random = count_up },
        .host = { .ask = ask, .is_gone = is_gone, .take = take, .data = &monitor },
    };
    char *out = NULL;
    bool ok = true;

    if (!steps)
        return NULL;
    domain.input = text;
    h.def = qemu_case_domain(&domain, caps, conf, 0, error);
    if (!h.def)
        return NULL;
    if (id)
        h.def->id = atoi(id);
    h.command.short_name = name = g_strdup_printf("%d-%s", h.def->id, h.def->name);
    h.command.dir = dir = g_strdup_printf("%s/domain-%s", conf->lib_dir, name);
    for (size_t i = 0; ok && i < json_array_len(steps); i++)
        ok = run_step(&h, json_array_at(steps, i), error);
    if (ok)
        out = xml_format_text(&domain_xml, h.def, XML_FORMAT_SECURE);
    xml_free(&domain_xml, h.def);
    hotplug_clear(&h);
    return out;
}

const Family hotplug_families[] = {
    { "qemu-hotplug", qemu_hotplug, QEMU_OPTIONS " domain id" },
    { NULL, NULL, NULL },
};
