/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hotplug_step.c - parts of a command line told to an emulator that runs, and taken back
 *
 * Whatever stands behind a device must be there first, so devices come last, as the builders made them otherwise.
 */
#define ERROR_FROM VIR_FROM_QEMU
#include <string.h>

#include "drivers/qemu/hotplug/hotplug.h"
#include "util/error.h"
#include "util/log.h"

LOG_SOURCE("qemu.hotplug");

typedef struct Undo {
    const char *command;
    Json *arguments;
} Undo;

struct HotplugUndo {
    GArray *list; /* Undo */
};

static void
clear_undo(void *data)
{
    json_unref(((Undo *)data)->arguments);
}

HotplugUndo *
hotplug_undo_new(void)
{
    HotplugUndo *undo = g_new0(HotplugUndo, 1);

    undo->list = g_array_new(FALSE, TRUE, sizeof(Undo));
    g_array_set_clear_func(undo->list, clear_undo);
    return undo;
}

void
hotplug_undo_free(HotplugUndo *undo)
{
    if (!undo)
        return;
    g_array_unref(undo->list);
    g_free(undo);
}

static void
note(HotplugUndo *undo, const char *command, const char *key, const char *value)
{
    Undo entry = { command, json_new_object() };

    json_add_string(entry.arguments, key, value);
    g_array_append_val(undo->list, entry);
}

bool
hotplug_tell(Hotplug *h, const char *command, Json *arguments, GError **error)
{
    g_autoptr(Json) reply = h->host.ask(h->host.data, command, arguments, -1, error);

    return reply != NULL;
}

bool
hotplug_tell1(Hotplug *h, const char *command, const char *key, const char *value, GError **error)
{
    Json *arguments = json_new_object();

    json_add_string(arguments, key, value);
    return hotplug_tell(h, command, arguments, error);
}

void
hotplug_undo_run(Hotplug *h, HotplugUndo *undo)
{
    for (guint i = undo->list->len; i-- > 0;) {
        Undo *entry = &g_array_index(undo->list, Undo, i);
        g_autoptr(GError) error = NULL;

        if (!hotplug_tell(h, entry->command, g_steal_pointer(&entry->arguments), &error))
            log_gerror(error, "while undoing what was done for a device that could not be attached");
    }
    g_array_set_size(undo->list, 0);
}

/* ---- descriptors -------------------------------------------------------------- */

static bool
hand_over(Hotplug *h, const char *name, int fd, HotplugUndo *undo, GError **error)
{
    Json *arguments = json_new_object();
    g_autoptr(Json) reply = NULL;

    json_add_string(arguments, "fdname", name);
    reply = h->host.ask(h->host.data, "getfd", arguments, fd, error);
    if (reply)
        note(undo, "closefd", "fdname", name);
    return reply != NULL;
}

/* Members whose values are numbers of descriptors, "3:4:5" for several, are handed over and named instead. */
static bool
name_descriptors(Hotplug *h, Json *json, HotplugUndo *undo, GError **error)
{
    static const char *const members[] = { "fd", "fds", "vhostfd", "vhostfds" };
    const char *id = json_opt_string(json, "id", "");

    for (size_t m = 0; m < G_N_ELEMENTS(members); m++) {
        const char *value = json_opt_string(json, members[m], NULL);
        g_auto(GStrv) numbers = value ? g_strsplit(value, ":", -1) : NULL;
        g_autoptr(GString) names = g_string_new(NULL);

        if (!numbers)
            continue;
        for (size_t i = 0; numbers[i]; i++) {
            g_autofree char *name = g_strdup_printf("%s-%s%zu", members[m], id, i);

            if (!hand_over(h, name, (int)g_ascii_strtoll(numbers[i], NULL, 10), undo, error))
                return false;
            g_string_append_printf(names, "%s%s", i ? ":" : "", name);
        }
        json_object_object_del(json, members[m]);
        json_add_string(json, members[m], names->str);
    }
    return true;
}

/* "set=N,fd=M,opaque=TEXT" */
static bool
add_fd(Hotplug *h, const char *text, HotplugUndo *undo, GError **error)
{
    const char *opaque = strstr(text, ",opaque=");
    int set = 0, fd = -1;
    Json *arguments;
    g_autoptr(Json) reply = NULL;
    Undo entry = { "remove-fd" };

    if (sscanf(text, "set=%d,fd=%d", &set, &fd) != 2 || !opaque) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "malformed set of descriptors '%s'", text);
        return false;
    }
    arguments = json_new_object();
    json_add_int64(arguments, "fdset-id", set);
    json_add_string(arguments, "opaque", opaque + strlen(",opaque="));
    reply = h->host.ask(h->host.data, "add-fd", arguments, fd, error);
    if (!reply)
        return false;
    entry.arguments = json_new_object();
    json_add_int64(entry.arguments, "fdset-id", set);
    g_array_append_val(undo->list, entry);
    return true;
}

/* ---- parts --------------------------------------------------------------------- */

static bool
add_chardev(Hotplug *h, const char *text, HotplugUndo *undo, GError **error)
{
    g_autofree char *fd_name = NULL;
    g_autofree char *id = NULL;
    int fd;
    g_autoptr(Json) arguments = hotplug_chardev(text, &fd, &fd_name, error);
    g_autoptr(Json) reply = NULL;

    if (!arguments || (fd_name && !hand_over(h, fd_name, fd, undo, error)))
        return false;
    id = g_strdup(json_opt_string(arguments, "id", ""));
    reply = h->host.ask(h->host.data, "chardev-add", g_steal_pointer(&arguments), -1, error);
    if (!reply)
        return false;
    /* The descriptor is its own now. */
    if (fd_name)
        g_array_set_size(undo->list, undo->list->len - 1);
    note(undo, "chardev-remove", "id", id);
    g_free(h->pty);
    h->pty = g_strdup(json_opt_string(reply, "pty", NULL));
    return true;
}

/* What is JSON already. */
static const struct {
    const char *option, *command, *key, *undo, *undo_key;
} requests[] = {
    { "-object", "object-add", "id", "object-del", "id" },
    { "-blockdev", "blockdev-add", "node-name", "blockdev-del", "node-name" },
    { "-netdev", "netdev_add", "id", "netdev_del", "id" },
    { "-device", "device_add", "id", "device_del", "id" },
};

static bool
add_json(Hotplug *h, const char *option, Json *owned, HotplugUndo *undo, GError **error)
{
    g_autoptr(Json) json = owned;

    for (size_t i = 0; json && i < G_N_ELEMENTS(requests); i++) {
        g_autofree char *id = g_strdup(json_opt_string(json, requests[i].key, NULL));
        guint before = undo->list->len;

        if (!g_str_equal(requests[i].option, option))
            continue;
        if (!name_descriptors(h, json, undo, error) ||
            !hotplug_tell(h, requests[i].command, g_steal_pointer(&json), error))
            return false;
        g_array_set_size(undo->list, before);
        if (id)
            note(undo, requests[i].undo, requests[i].undo_key, id);
        return true;
    }
    error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "QEMU takes '%s' on its command line only: the device cannot be attached "
              "to a guest that runs", option);
    return false;
}

static bool
run_part(Hotplug *h, CommandPart *part, HotplugUndo *undo, GError **error)
{
    Json *json;

    if (part->json)
        return add_json(h, part->option, g_steal_pointer(&part->json), undo, error);
    if (g_str_equal(part->option, "-add-fd"))
        return add_fd(h, part->text, undo, error);
    if (g_str_equal(part->option, "-chardev"))
        return add_chardev(h, part->text, undo, error);
    if (g_str_equal(part->option, "-watchdog-action"))
        return hotplug_tell1(h, "set-action", "watchdog", part->text, error);
    if (part->text && part->text[0] == '{') {
        json = json_parse(part->text, -1, part->option, error);
        return json && add_json(h, part->option, json, undo, error);
    }
    return add_json(h, part->option, NULL, undo, error);
}

bool
hotplug_steps(Hotplug *h, GArray *parts, HotplugUndo *undo, GError **error)
{
    for (int devices = 0; devices < 2; devices++)
        for (guint i = 0; i < parts->len; i++) {
            CommandPart *part = &g_array_index(parts, CommandPart, i);

            if (g_str_equal(part->option, "-device") == (devices == 1) && !run_part(h, part, undo, error))
                return false;
        }
    return true;
}
