/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lxc_conf_mount.c - the root of a container, and what is mounted in it: entries as in fstab(5) */
#define ERROR_FROM VIR_FROM_LXC
#include <string.h>

#include "drivers/lxc/lxc_conf.h"
#include "util/error.h"
#include "util/list.h"
#include "util/log.h"
#include "util/xml.h"

LOG_SOURCE("lxc.conf");

enum { MAX_MOUNTS = 4096 };

static bool
has_option(const char *options, const char *name)
{
    g_auto(GStrv) words = g_strsplit(options ? options : "", ",", -1);

    return g_strv_contains((const char *const *)words, name);
}

static Filesystem *
add_filesystem(LxcConf *conf, FilesystemType type, const char *target)
{
    Filesystem *fs = xml_new(&filesystem_xml);

    fs->type = type;
    fs->accessmode = ACCESS_MODE_PASSTHROUGH;
    fs->target = g_strdup(target);
    lxc_conf_append(&conf->def->filesystems, fs);
    return fs;
}

static void
set_source(Filesystem *fs, const char *path)
{
    char **member = fs->type == FILESYSTEM_TYPE_BLOCK ? &fs->source_dev : fs->type == FILESYSTEM_TYPE_FILE ? &fs->source_file
                                                                                                        : &fs->source_dir;

    *member = g_strdup(path);
    if (fs->type == FILESYSTEM_TYPE_FILE)
        fs->driver_type = FS_DRIVER_LOOP;
}

/* A path, of which "kind:" may stand in front. */
static bool
add_root(LxcConf *conf, GError **error)
{
    static const struct { const char *prefix; FilesystemType type; } kinds[] = {
        { "dir:", FILESYSTEM_TYPE_MOUNT }, { "btrfs:", FILESYSTEM_TYPE_MOUNT }, { "lvm:", FILESYSTEM_TYPE_BLOCK },
        { "loop:", FILESYSTEM_TYPE_FILE }, { "/dev/", FILESYSTEM_TYPE_BLOCK }, { "/", FILESYSTEM_TYPE_MOUNT },
    };
    const char *path = conf->rootfs;
    Filesystem *fs;

    if (!path || !*path) {
        error_set(error, VIR_ERR_CONF_SYNTAX, "Missing lxc.rootfs configuration: lxc.rootfs or lxc.rootfs.path tells the "
                  "container's root");
        return false;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (!g_str_has_prefix(path, kinds[i].prefix))
            continue;
        if (kinds[i].prefix[0] != '/')
            path += strlen(kinds[i].prefix);
        fs = add_filesystem(conf, kinds[i].type, "/");
        fs->readonly = has_option(conf->rootfs_options, "ro");
        set_source(fs, path);
        return true;
    }
    error_set(error, VIR_ERR_CONF_SYNTAX, "lxc.rootfs '%s' must be an absolute path, or 'dir:', 'loop:', 'lvm:' or 'btrfs:' with "
              "one", path);
    return false;
}

/* "\040" and the like are white space. */
static char *
unescape(const char *text)
{
    GString *out = g_string_new(NULL);

    for (const char *p = text; *p; p++) {
        bool octal = *p == '\\' && p[1] >= '0' && p[1] <= '1' && p[2] >= '0' && p[2] <= '7' && p[3] >= '0' && p[3] <= '7';

        if (octal && (p[1] != '0' || p[2] != '0' || p[3] != '0')) {
            g_string_append_c(out, (char)((p[1] - '0') * 64 + (p[2] - '0') * 8 + p[3] - '0'));
            p += 3;
        } else {
            g_string_append_c(out, *p);
        }
    }
    return g_string_free(out, FALSE);
}

/* Where in the container: relative to its root, or a path of the host below it. */
static char *
target_of(const LxcConf *conf, const char *path)
{
    const char *root = strchr(conf->rootfs, '/');
    size_t len = root ? strlen(root) : 0;

    while (len && root[len - 1] == '/')
        len--;
    if (len && !strncmp(path, root, len) && (path[len] == '/' || !path[len]))
        path += len;
    return *path == '/' ? g_strdup(path) : g_strconcat("/", path, NULL);
}

/* Memory, of half the container's where no size is told, as Linux has it. */
static bool
add_ram(LxcConf *conf, const char *target, const char *options, GError **error)
{
    g_auto(GStrv) words = g_strsplit(options, ",", -1);
    uint64_t bytes = conf->def->memory * 1024 / 2;
    Filesystem *fs;

    for (size_t i = 0; words[i]; i++)
        if (g_str_has_prefix(words[i], "size=") && !g_str_has_suffix(words[i], "%") && !lxc_conf_bytes(words[i] + 5, &bytes))
            return lxc_conf_fail(conf, error, "failed to convert '%s' of a tmpfs", words[i]);
    fs = add_filesystem(conf, FILESYSTEM_TYPE_RAM, target);
    fs->usage = bytes / 1024;
    fs->units = g_strdup("KiB");
    fs->readonly = has_option(options, "ro");
    return true;
}

/* "what where type options" and perhaps two numbers. */
static bool
add_entry(LxcConf *conf, const char *text, GError **error)
{
    /* The driver mounts these by itself. */
    static const char *const own[] = {
        "proc", "sysfs", "devpts", "mqueue", "cgroup", "cgroup2", "securityfs", "selinuxfs", NULL,
    };
    g_auto(GStrv) words = g_strsplit_set(text, " \t", -1);
    char *fields[6] = { NULL };
    g_autofree char *source = NULL, *path = NULL, *target = NULL;
    FilesystemType type = FILESYSTEM_TYPE_MOUNT;
    bool bind, block;
    unsigned n = 0;
    Filesystem *fs;

    for (size_t i = 0; words[i] && n < G_N_ELEMENTS(fields); i++)
        if (*words[i])
            fields[n++] = words[i];
    if (n < 4)
        return lxc_conf_fail(conf, error, "invalid lxc.mount.entry '%s': expected source, target, type and options", text);
    source = unescape(fields[0]);
    path = unescape(fields[1]);
    target = target_of(conf, path);
    block = g_str_has_prefix(source, "/dev/");
    bind = has_option(fields[3], "bind") || has_option(fields[3], "rbind");
    if (!bind && !strcmp(fields[2], "tmpfs"))
        return add_ram(conf, target, fields[3], error);
    if (!bind && g_strv_contains(own, fields[2]))
        return true;
    if (*source != '/') {
        log_warning("line %u: '%s' of type '%s' is left out: only folders, files and block devices of the host can be mounted",
                    conf->line, source, fields[2]);
        return true;
    }
    if (list_len(conf->def->filesystems) >= MAX_MOUNTS)
        return lxc_conf_fail(conf, error, "more than %d mounts", MAX_MOUNTS);
    if (!bind && (block || has_option(fields[3], "loop")))
        type = block ? FILESYSTEM_TYPE_BLOCK : FILESYSTEM_TYPE_FILE;
    fs = add_filesystem(conf, type, target);
    set_source(fs, source);
    fs->readonly = has_option(fields[3], "ro");
    return true;
}

static bool
add_fstab(LxcConf *conf, GError **error)
{
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;

    if (!conf->fstab || !*conf->fstab)
        return true;
    text = conf->host->read(conf->host->data, conf->fstab, error);
    if (!text) {
        error_prefix(error, "line %u: lxc.mount", conf->fstab_line);
        return false;
    }
    lines = g_strsplit(text, "\n", -1);
    for (unsigned i = 0; lines[i]; i++) {
        const char *line = g_strstrip(lines[i]);

        conf->line = i + 1;
        if (*line && *line != '#' && !add_entry(conf, line, error)) {
            error_prefix(error, "%s", conf->fstab);
            return false;
        }
    }
    return true;
}

bool
lxc_conf_mount_finish(LxcConf *conf, GError **error)
{
    if (!add_root(conf, error) || !add_fstab(conf, error))
        return false;
    for (unsigned i = 0; i < conf->entries->len; i++) {
        const LxcMount *entry = &g_array_index(conf->entries, LxcMount, i);

        conf->line = entry->line;
        if (*entry->text && !add_entry(conf, entry->text, error))
            return false;
    }
    return true;
}
