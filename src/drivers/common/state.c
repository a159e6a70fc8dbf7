/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* state.c - definitions, autostart links and status documents on disk
 *
 * The index reads no more than the head of each file: with a thousand guests defined, parsing all
 * of them before the first answer would cost most of a second.
 */
#define ERROR_FROM VIR_FROM_NONE
#include "drivers/common/state.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "util/error.h"
#include "util/fd.h"
#include "util/file.h"
#include "util/log.h"
#include "util/uuid.h"

LOG_SOURCE("conf.state");

enum { STATE_FILE_MAX = 16 << 20, INDEX_HEAD = 4096 };

char *
state_path(const char *dir, const char *name)
{
    return g_strdup_printf("%s/%s.xml", dir, name);
}

char *
state_read(const char *path, GError **error)
{
    char *text = NULL;

    return file_read_limited(path, STATE_FILE_MAX, &text, NULL, error) ? text : NULL;
}

bool
state_save_text(const char *dir, const char *name, const char *edit, const char *text,
                GError **error)
{
    g_autofree char *path = state_path(dir, name);
    g_autofree char *whole = NULL;
    /* "--" would end the comment. */
    bool safe = !strstr(name, "--") && !g_str_has_suffix(name, "-");

    whole = g_strdup_printf(
        "<!--\n"
        "WARNING: THIS FILE IS WRITTEN BY LIBVIRT: what you change in it can be lost at\n"
        "any time. Use this command, or another program that uses libvirt:\n"
        "  virsh %s%s%s\n"
        "-->\n\n%s",
        edit, safe ? " " : "", safe ? name : "", text);
    return file_mkdir_p(dir, 0700, error) && file_write_atomic_text(path, whole, 0600, error);
}

bool
state_save(const char *dir, const char *name, const ObjectKind *kind, const void *doc,
           GError **error)
{
    g_autofree char *text =
        xml_format_text(kind->xml, doc, XML_FORMAT_INACTIVE | XML_FORMAT_SECURE);

    return state_save_text(dir, name, kind->edit, text, error);
}

bool
state_delete(const char *dir, const char *name, GError **error)
{
    g_autofree char *path = state_path(dir, name);

    return file_unlink(path, error);
}

bool
state_set_autostart(const char *dir, const char *autostart_dir, const char *name, bool on,
                    GError **error)
{
    g_autofree char *target = state_path(dir, name);
    g_autofree char *link = state_path(autostart_dir, name);

    if (!on)
        return file_unlink(link, error);
    return file_mkdir_p(autostart_dir, 0755, error) && file_symlink(target, link, error);
}

static void
entry_free(void *data)
{
    StateEntry *entry = data;

    g_free(entry->name);
    g_free(entry);
}

GPtrArray *
state_names(const char *dir, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    DIR *stream = opendir(dir);
    struct dirent *item;

    if (!stream && errno == ENOENT)
        return g_steal_pointer(&names);
    if (!stream) {
        error_set_errno(error, errno, "failed to list '%s'", dir);
        return NULL;
    }
    while ((item = readdir(stream))) {
        size_t len = strlen(item->d_name);

        if (item->d_name[0] != '.' && len > 4 && strcmp(item->d_name + len - 4, ".xml") == 0)
            g_ptr_array_add(names, g_strndup(item->d_name, len - 4));
    }
    closedir(stream);
    return g_steal_pointer(&names);
}

/* The first <uuid> of a definition is its own: those of devices come after it. */
static bool
find_uuid(const char *text, uint8_t uuid[16])
{
    const char *at = strstr(text, "<uuid>");
    const char *end = at ? strstr(at, "</uuid>") : NULL;
    g_autofree char *value = NULL;

    if (!end)
        return false;
    at += strlen("<uuid>");
    value = g_strndup(at, (gsize)(end - at));
    return uuid_parse(value, uuid);
}

static bool
read_uuid(int dir_fd, const char *dir, const char *name, uint8_t uuid[16])
{
    g_autofree char *file = g_strconcat(name, ".xml", NULL);
    autofd int fd = openat(dir_fd, file, O_RDONLY | O_CLOEXEC);
    char head[INDEX_HEAD + 1];
    ssize_t got = fd < 0 ? -1 : read(fd, head, INDEX_HEAD);
    g_autofree char *text = NULL;

    if (got < 0) {
        log_warning("ignoring '%s/%s': %s", dir, file, g_strerror(errno));
        return false;
    }
    head[got] = 0;
    if (find_uuid(head, uuid))
        return true;
    if (got == INDEX_HEAD) { /* a long comment or description stands before it */
        g_autofree char *path = state_path(dir, name);

        text = state_read(path, NULL);
    }
    if (text && find_uuid(text, uuid))
        return true;
    log_warning("ignoring '%s/%s': it has no UUID", dir, file);
    return false;
}

GPtrArray *
state_index(const char *dir, const char *autostart_dir, GError **error)
{
    g_autoptr(GPtrArray) names = state_names(dir, error);
    g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func(entry_free);
    g_autoptr(GHashTable) autostart = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GPtrArray) links = NULL;
    autofd int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (!names)
        return NULL;
    if (autostart_dir) {
        links = state_names(autostart_dir, error);
        if (!links)
            return NULL;
        for (guint i = 0; i < links->len; i++)
            g_hash_table_add(autostart, links->pdata[i]);
    }
    for (guint i = 0; i < names->len; i++) {
        StateEntry *entry;
        uint8_t uuid[16];

        if (!read_uuid(dir_fd, dir, names->pdata[i], uuid))
            continue;
        entry = g_new0(StateEntry, 1);
        entry->name = g_strdup(names->pdata[i]);
        memcpy(entry->uuid, uuid, 16);
        entry->autostart = g_hash_table_contains(autostart, entry->name);
        g_ptr_array_add(entries, entry);
    }
    return g_steal_pointer(&entries);
}
