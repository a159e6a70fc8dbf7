/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* agent_vcpu.c - vCPUs in the guest's own eyes: those it uses of those it has */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/agent/agent_vcpu.h"

#include "drivers/common/params.h"
#include "drivers/qemu/agent/agent.h"
#include "drivers/qemu/agent/agent_rows.h"
#include "util/bitmap.h"
#include "util/error.h"

typedef struct Vcpus {
    Bitmap *known, *online, *removable; /* removable: it could be taken offline, or is */
} Vcpus;

static void
vcpus_clear(Vcpus *v)
{
    bitmap_free(v->known);
    bitmap_free(v->online);
    bitmap_free(v->removable);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Vcpus, vcpus_clear)

static bool
read_vcpus(Guest *guest, Vcpus *ret, GError **error)
{
    g_autoptr(Json) reply = agent_call(guest, "guest-get-vcpus", NULL, error);

    if (!reply)
        return false;
    *ret = (Vcpus){ bitmap_new(), bitmap_new(), bitmap_new() };
    for (size_t i = 0; i < json_array_len(reply); i++) {
        Json *item = json_array_at(reply, i);
        uint64_t id;

        if (!json_get_uint64(item, "logical-id", &id, error))
            return false;
        if (id >= BITMAP_MAX) {
            error_set(error, VIR_ERR_INTERNAL_ERROR, "the guest agent tells of a vCPU %" G_GUINT64_FORMAT, id);
            return false;
        }
        bitmap_set(ret->known, id, true);
        bitmap_set(ret->online, id, json_opt_bool(item, "online", false));
        bitmap_set(ret->removable, id, json_opt_bool(item, "can-offline", true));
    }
    if (bitmap_count(ret->known))
        return true;
    error_set(error, VIR_ERR_INTERNAL_ERROR, "the guest agent tells of no vCPU");
    return false;
}

/* The agent does as many as it can and says how many: the others are asked for again. */
static bool
switch_vcpus(Guest *guest, const Bitmap *which, bool online, GError **error)
{
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int));

    for (int id = bitmap_next(which, 0); id >= 0; id = bitmap_next(which, id + 1))
        g_array_append_val(ids, id);
    while (ids->len) {
        Json *list = json_new_array(), *arguments = json_new_object();
        g_autoptr(Json) reply = NULL;
        int64_t done;

        for (unsigned i = 0; i < ids->len; i++) {
            Json *item = json_new_object();

            json_add_int64(item, "logical-id", g_array_index(ids, int, i));
            json_add_bool(item, "online", online);
            json_append(list, item);
        }
        json_add(arguments, "vcpus", list);
        reply = agent_call(guest, "guest-set-vcpus", arguments, error);
        if (!reply)
            return false;
        done = json_object_is_type(reply, json_type_int) ? json_object_get_int64(reply) : 0;
        if (done <= 0 || done > (int64_t)ids->len) {
            error_set(error, VIR_ERR_INTERNAL_ERROR, "the guest agent could not set vCPU %d %s", g_array_index(ids, int, 0),
                      online ? "online" : "offline");
            return false;
        }
        g_array_remove_range(ids, 0, (unsigned)done);
    }
    return true;
}

bool
agent_vcpu_ask(Vm *vm, unsigned *ret_all, unsigned *ret_online, GError **error)
{
    g_autoptr(Job) job = agent_begin((Guest *)vm, "virDomainGetVcpusFlags", error);
    g_auto(Vcpus) v = { 0 };

    if (!job || !read_vcpus((Guest *)vm, &v, error))
        return false;
    *ret_all = (unsigned)bitmap_count(v.known);
    *ret_online = (unsigned)bitmap_count(v.online);
    return true;
}

bool
agent_vcpu_set_count(Guest *guest, unsigned n, GError **error)
{
    g_auto(Vcpus) v = { 0 };
    g_autoptr(Bitmap) chosen = bitmap_new();
    unsigned online, wanted;
    bool more;

    if (!read_vcpus(guest, &v, error))
        return false;
    online = (unsigned)bitmap_count(v.online);
    more = n > online;
    wanted = more ? n - online : online - n;
    /* From the first on when there are to be more, from the last on when less. */
    for (int i = 0; wanted && i < (int)BITMAP_MAX; i++) {
        int id = more ? i : (int)BITMAP_MAX - 1 - i;

        if (!bitmap_get(v.known, id) || bitmap_get(v.online, id) == more || (!more && !bitmap_get(v.removable, id)))
            continue;
        bitmap_set(chosen, id, true);
        wanted--;
    }
    if (wanted) {
        error_set(error, VIR_ERR_INVALID_ARG, more ? "requested vcpu count is greater than the count of enabled vcpus in the "
                                                     "domain: %u > %u"
                                                   : "cannot offline enough CPUs: %u are to be left of %u", n,
                  more ? (unsigned)bitmap_count(v.known) : online);
        return false;
    }
    return switch_vcpus(guest, chosen, more, error);
}

bool
agent_rows_get_vcpus(Call *call, GError **error)
{
    DomainGetGuestVcpusRet *ret = call->ret;
    g_auto(Vcpus) v = { 0 };
    g_auto(Params) params = { 0 };

    if (!read_vcpus(guest_of(call), &v, error))
        return false;
    const struct {
        const char *name;
        const Bitmap *set;
    } sets[] = { { "vcpus", v.known }, { "online", v.online }, { "offlinable", v.removable } };

    for (size_t i = 0; i < G_N_ELEMENTS(sets); i++) {
        g_autofree char *text = bitmap_format(sets[i].set);

        params_add_string(&params, sets[i].name, text);
    }
    params_take(&params, &ret->n_params, &ret->params);
    return true;
}

bool
agent_rows_set_vcpus(Call *call, GError **error)
{
    const DomainSetGuestVcpusArgs *args = call->args;
    g_autoptr(Bitmap) wanted = bitmap_parse(args->cpumap);
    g_auto(Vcpus) v = { 0 };

    if (args->state != 0 && args->state != 1) {
        error_set(error, VIR_ERR_INVALID_ARG, "unsupported state value: use 0 for offline and 1 for online");
        return false;
    }
    if (!wanted || !bitmap_count(wanted)) {
        error_set(error, VIR_ERR_INVALID_ARG, "'%s' is no list of vCPUs, such as 0-3,8", args->cpumap);
        return false;
    }
    if (!read_vcpus(guest_of(call), &v, error))
        return false;
    for (int id = bitmap_next(wanted, 0); id >= 0; id = bitmap_next(wanted, id + 1)) {
        if (!bitmap_get(v.known, id)) {
            error_set(error, VIR_ERR_INVALID_ARG, "vCPU '%d' is not present in the guest", id);
            return false;
        }
        if (!args->state && bitmap_get(v.online, id) && !bitmap_get(v.removable, id)) {
            error_set(error, VIR_ERR_INVALID_ARG, "vCPU '%d' can not be offlined", id);
            return false;
        }
    }
    return switch_vcpus(guest_of(call), wanted, args->state, error);
}
