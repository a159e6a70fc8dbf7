/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* moment_file.c - snapshots and checkpoints on disk: DIR/GUEST/NAME.xml
 *
 * A file says itself whether its moment is the current one, so two are written when that changes: the new one first, for
 * one too many can be told apart (the later one is meant), but none cannot be made up.
 */
#define ERROR_FROM VIR_FROM_DOMAIN
#include "drivers/common/moment_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "drivers/common/state.h"
#include "util/error.h"
#include "util/file.h"
#include "util/log.h"

LOG_SOURCE("moment.file");

static char *
folder_of(Vm *vm, const char *dir)
{
    g_autofree char *name = object_name(&vm->object);

    return g_build_filename(dir, name, NULL);
}

static const char *
name_of(const MomentKind *kind, const void *doc)
{
    return *(char *const *)((const char *)doc + kind->name_at);
}

static char **
parent_of(const MomentKind *kind, void *doc)
{
    return (char **)((char *)doc + kind->parent_at);
}

static char *
format(Vm *vm, const MomentKind *kind, const void *doc, bool current)
{
    const unsigned flags = XML_FORMAT_STATUS | XML_FORMAT_SECURE;

    if (kind == &moment_tree_snapshots) {
        Snapshot shown = *(const Snapshot *)doc;

        shown.has_active = true;
        shown.active = current;
        return snapshot_format(&shown, vm->object.uuid, flags);
    } else {
        Checkpoint shown = *(const Checkpoint *)doc;

        shown.has_active = true;
        shown.active = current;
        return checkpoint_format(&shown, true, flags);
    }
}

static void *
parse(const MomentKind *kind, const char *text, bool *ret_current, int64_t *ret_time, GError **error)
{
    if (kind == &moment_tree_snapshots) {
        Snapshot *doc = snapshot_parse(text, MOMENT_STATE, false, 0, error);

        *ret_current = doc && doc->has_active && doc->active;
        *ret_time = doc ? doc->creation_time : 0;
        return doc;
    } else {
        Checkpoint *doc = checkpoint_parse(text, MOMENT_STATE, 0, error);

        *ret_current = doc && doc->has_active && doc->active;
        *ret_time = doc ? doc->creation_time : 0;
        return doc;
    }
}

bool
moment_file_save(Vm *vm, const MomentKind *kind, const char *dir, const char *name, GError **error)
{
    g_autoptr(Def) def = moment_tree_find(vm, kind, name, error);
    g_autoptr(Def) current = moment_tree_current(vm, kind);
    g_autofree char *folder = folder_of(vm, dir);
    g_autofree char *edit = g_strconcat(kind->word, "-edit", NULL);
    g_autofree char *text = def ? format(vm, kind, def->doc, def == current) : NULL;

    if (!text)
        return false;
    if (state_save_text(folder, name, edit, text, error))
        return true;
    error_prefix(error, "unable to save metadata for %s %s", kind->word, name);
    return false;
}

bool
moment_file_delete(Vm *vm, const MomentKind *kind, const char *dir, const char *name, GError **error)
{
    g_autofree char *folder = folder_of(vm, dir);

    if (!state_delete(folder, name, error))
        return false;
    /* The last one leaves no folder; others stop us. */
    if (rmdir(folder) < 0 && errno != ENOTEMPTY && errno != EEXIST && errno != ENOENT)
        log_warning("cannot remove '%s': %s", folder, g_strerror(errno));
    return true;
}

static char *
current_name(Vm *vm, const MomentKind *kind)
{
    g_autoptr(Def) current = moment_tree_current(vm, kind);

    return current ? g_strdup(name_of(kind, current->doc)) : NULL;
}

bool
moment_file_add(Vm *vm, const MomentKind *kind, const char *dir, void *doc, bool current, GError **error)
{
    g_autofree char *name = g_strdup(name_of(kind, doc));
    g_autofree char *before = current_name(vm, kind);
    g_autoptr(Def) old = moment_tree_find(vm, kind, name, NULL);

    moment_tree_add(vm, kind, doc, current);
    if (!moment_file_save(vm, kind, dir, name, error)) {
        if (old)
            moment_tree_add(vm, kind, xml_copy(kind->xml, old->doc), false);
        else
            moment_tree_remove(vm, kind, name, MOMENT_ONLY, NULL);
        if (current)
            moment_tree_set_current(vm, kind, before);
        return false;
    }
    return !current || !before || g_str_equal(before, name) || moment_file_save(vm, kind, dir, before, error);
}

bool
moment_file_set_current(Vm *vm, const MomentKind *kind, const char *dir, const char *name, GError **error)
{
    g_autofree char *before = current_name(vm, kind);

    if (!g_strcmp0(before, name))
        return true;
    moment_tree_set_current(vm, kind, name);
    return (!name || moment_file_save(vm, kind, dir, name, error)) &&
           (!before || moment_file_save(vm, kind, dir, before, error));
}

/* Which are below, and which of those next to it; by the bit of the flags that both kinds have. */
static GPtrArray *
below(Vm *vm, const MomentKind *kind, const char *name, bool all, GError **error)
{
    return moment_tree_list(vm, kind, name, all ? VIR_DOMAIN_SNAPSHOT_LIST_DESCENDANTS : 0, error);
}

bool
moment_file_remove(Vm *vm, const MomentKind *kind, const char *dir, const char *name, MomentScope scope, GError **error)
{
    g_autoptr(GPtrArray) children = below(vm, kind, name, false, error);
    g_autoptr(GPtrArray) all = children ? below(vm, kind, name, true, error) : NULL;
    g_autofree char *before = current_name(vm, kind);
    g_autofree char *after = NULL;

    if (!all || !moment_tree_remove(vm, kind, name, scope, error))
        return false;
    after = current_name(vm, kind);
    /* A crash on the way leaves files whose parent is gone; they become roots when read. */
    for (guint i = all->len; scope != MOMENT_ONLY && i-- > 0;)
        if (!moment_file_delete(vm, kind, dir, all->pdata[i], error))
            return false;
    for (guint i = 0; scope == MOMENT_ONLY && i < children->len; i++)
        if (!moment_file_save(vm, kind, dir, children->pdata[i], error))
            return false;
    if (scope != MOMENT_BELOW && !moment_file_delete(vm, kind, dir, name, error))
        return false;
    return !after || !g_strcmp0(before, after) || moment_file_save(vm, kind, dir, after, error);
}

/* Reading. */

typedef struct Read {
    void *doc;
    int64_t time;
    bool current;
} Read;

static int
by_time(const void *a, const void *b)
{
    const Read *one = a, *other = b;

    return one->time < other->time ? -1 : one->time > other->time;
}

static Def *
find(const GPtrArray *all, const MomentKind *kind, const char *name)
{
    for (guint i = 0; name && i < all->len; i++)
        if (!strcmp(name_of(kind, ((Def *)all->pdata[i])->doc), name))
            return all->pdata[i];
    return NULL;
}

/* Each must lead up to a root. */
static void
mend(GPtrArray *all, const MomentKind *kind)
{
    for (guint i = 0; i < all->len; i++) {
        Def *def = all->pdata[i], *above = def;
        guint steps = 0;

        while (above && *parent_of(kind, above->doc) && steps++ <= all->len)
            above = find(all, kind, *parent_of(kind, above->doc));
        if (above && steps <= all->len)
            continue;
        log_warning("%s '%s' has a parent '%s' that is not there, or is below it: it becomes a root", kind->word,
                    name_of(kind, def->doc), *parent_of(kind, def->doc));
        g_clear_pointer(parent_of(kind, def->doc), g_free);
    }
}

GPtrArray *
moment_file_load(Vm *vm, const MomentKind *kind, const char *dir, char **ret_current)
{
    g_autofree char *folder = folder_of(vm, dir);
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) names = state_names(folder, &error);
    g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(Read));
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)def_unref);

    if (!names)
        log_gerror(error, "while looking for %ss", kind->word);
    for (guint i = 0; names && i < names->len; i++) {
        g_autofree char *path = state_path(folder, names->pdata[i]);
        g_autoptr(GError) why = NULL;
        g_autofree char *text = state_read(path, &why);
        Read read = { 0 };

        read.doc = text ? parse(kind, text, &read.current, &read.time, &why) : NULL;
        if (read.doc)
            g_array_append_val(found, read);
        else
            log_gerror(why, "while reading '%s'", path);
    }
    g_array_sort(found, by_time);
    for (guint i = 0; i < found->len; i++) {
        const Read *read = &g_array_index(found, Read, i);

        g_ptr_array_add(all, def_new(kind->xml, read->doc));
        if (!read->current)
            continue;
        g_free(*ret_current);
        *ret_current = g_strdup(name_of(kind, read->doc));
    }
    mend(all, kind);
    return g_steal_pointer(&all);
}

bool
moment_file_exist(Vm *vm, const char *dir)
{
    g_autofree char *folder = folder_of(vm, dir);

    return access(folder, F_OK) == 0;
}

bool
moment_file_clear(Vm *vm, const MomentKind *kind, const char *dir, GError **error)
{
    g_autoptr(GPtrArray) roots = moment_tree_list(vm, kind, NULL, VIR_DOMAIN_SNAPSHOT_LIST_ROOTS, error);

    for (guint i = 0; roots && i < roots->len; i++)
        if (!moment_file_remove(vm, kind, dir, roots->pdata[i], MOMENT_CHILDREN, error))
            return false;
    return roots != NULL;
}

bool
moment_file_rename(Vm *vm, const char *dir, const char *old, GError **error)
{
    g_autofree char *from = g_build_filename(dir, old, NULL);
    g_autofree char *to = folder_of(vm, dir);

    if (rename(from, to) == 0)
        return file_dir_fsync(dir, error);
    if (errno == ENOENT)
        return true;
    error_set_errno(error, errno, "cannot move '%s' to '%s'", from, to);
    return false;
}
