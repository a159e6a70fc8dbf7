/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lxc_conf.c - lines of an LXC configuration, and the settings that are neither devices nor limits */
#define ERROR_FROM VIR_FROM_LXC
#include "drivers/lxc/lxc_conf.h"

#include <string.h>

#include "util/error.h"
#include "util/list.h"
#include "util/text.h"
#include "util/xml.h"

enum { MEMORY_KIB = 64 * 1024, MAX_TTYS = 256, MAX_LINES = 100000 };

bool
lxc_conf_fail(const LxcConf *conf, GError **error, const char *format, ...)
{
    g_autofree char *message = NULL;
    va_list args;

    va_start(args, format);
    message = g_strdup_vprintf(format, args);
    va_end(args);
    error_set(error, VIR_ERR_CONF_SYNTAX, "line %u: %s", conf->line, message);
    return false;
}

void
lxc_conf_append(GPtrArray **list, void *item)
{
    if (!*list)
        *list = g_ptr_array_new();
    g_ptr_array_add(*list, item);
}

bool
lxc_conf_bytes(const char *text, uint64_t *ret_bytes)
{
    static const char units[] = "kmgt";
    size_t len = strlen(text);
    const char *unit = len ? strchr(units, g_ascii_tolower(text[len - 1])) : NULL;
    g_autofree char *digits = unit && *unit ? g_strndup(text, len - 1) : g_strdup(text);
    unsigned shift = unit && *unit ? 10 * (unsigned)(unit - units + 1) : 0;
    uint64_t value;

    if (!text_parse_uint64(digits, 10, &value) || value > UINT64_MAX >> shift)
        return false;
    *ret_bytes = value << shift;
    return true;
}

/* ---- settings -------------------------------------------------------------- */

static bool
replace(char **text, const char *value)
{
    g_free(*text);
    *text = g_strdup(value);
    return true;
}

static bool
set_name(LxcConf *conf, const char *value, GError **error)
{
    if (strchr(value, '/') || !*value)
        return lxc_conf_fail(conf, error, "a container cannot be called '%s'", value);
    return replace(&conf->def->name, value);
}

static bool
set_rootfs(LxcConf *conf, const char *value, GError **error G_GNUC_UNUSED)
{
    return replace(&conf->rootfs, value);
}

static bool
set_rootfs_options(LxcConf *conf, const char *value, GError **error G_GNUC_UNUSED)
{
    return replace(&conf->rootfs_options, value);
}

static bool
set_fstab(LxcConf *conf, const char *value, GError **error G_GNUC_UNUSED)
{
    conf->fstab_line = conf->line;
    return replace(&conf->fstab, value);
}

/* An empty value takes back what was said before; so it does below. */
static bool
add_mount(LxcConf *conf, const char *value, GError **error G_GNUC_UNUSED)
{
    LxcMount entry = { conf->line, g_strdup(value) };

    if (!*value)
        g_array_set_size(conf->entries, 0);
    g_array_append_val(conf->entries, entry);
    return true;
}

static bool
set_arch(LxcConf *conf, const char *value, GError **error)
{
    static const char *const names[][2] = {
        { "x86", "i686" }, { "i386", "i686" }, { "i486", "i686" }, { "i586", "i686" }, { "i686", "i686" },
        { "amd64", "x86_64" }, { "x86_64", "x86_64" }, { "arm64", "aarch64" }, { "aarch64", "aarch64" },
        { "arm", "armv7l" }, { "armhf", "armv7l" }, { "armv7l", "armv7l" }, { "ppc64le", "ppc64le" }, { "ppc64el", "ppc64le" },
        { "riscv64", "riscv64" }, { "s390x", "s390x" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (!strcmp(names[i][0], value))
            return replace(&conf->def->arch, names[i][1]);
    return lxc_conf_fail(conf, error, "unknown architecture '%s': x86 and x86_64 are known, for instance", value);
}

static bool
set_ttys(LxcConf *conf, const char *value, GError **error)
{
    uint32_t n;

    if (!text_parse_uint(value, 10, &n) || n > MAX_TTYS)
        return lxc_conf_fail(conf, error, "'%s' is no number of consoles: at most %d", value, MAX_TTYS);
    for (size_t i = 0; i < list_len(conf->def->consoles); i++)
        console_free(list_at(conf->def->consoles, i));
    if (conf->def->consoles)
        g_ptr_array_set_size(conf->def->consoles, 0);
    for (uint32_t i = 0; i < n; i++) {
        Console *console = xml_new(&console_xml);

        console->source.type = CHAR_TYPE_PTY;
        console->target_type = g_strdup("lxc");
        console->port = (int)i;
        lxc_conf_append(&conf->def->consoles, console);
    }
    return true;
}

/* Those kept are all there are; those dropped are all there are not. */
static bool
set_capabilities(LxcConf *conf, const char *value, CapabilityPolicy policy, GError **error)
{
    Features *f = conf->def->features;
    g_auto(GStrv) words = g_strsplit_set(value, " \t", -1);

    if (list_len(f->capabilities) && f->capabilities_policy != policy)
        return lxc_conf_fail(conf, error, "capabilities are either dropped or kept, not both");
    f->capabilities_policy = policy;
    for (size_t i = 0; words[i]; i++) {
        int name = *words[i] ? xml_enum_value(&process_capability_enum, words[i]) : 0;
        FeatureCapability *item;
        guint at = 0;

        if (!*words[i] || (!strcmp(words[i], "none") && policy == CAPABILITY_POLICY_DENY))
            continue;
        if (name <= 0)
            return lxc_conf_fail(conf, error, "unknown capability '%s'", words[i]);
        while (at < list_len(f->capabilities) && ((FeatureCapability *)list_at(f->capabilities, at))->name < (unsigned)name)
            at++;
        if (at < list_len(f->capabilities) && ((FeatureCapability *)list_at(f->capabilities, at))->name == (unsigned)name)
            continue;
        item = xml_new(&feature_capability_xml);
        item->name = (ProcessCapability)name;
        item->state = policy == CAPABILITY_POLICY_DENY ? ONOFF_ON : ONOFF_OFF;
        if (!f->capabilities)
            f->capabilities = g_ptr_array_new();
        g_ptr_array_insert(f->capabilities, (int)at, item);
    }
    return true;
}

static bool
drop_capabilities(LxcConf *conf, const char *value, GError **error)
{
    return set_capabilities(conf, value, CAPABILITY_POLICY_ALLOW, error);
}

static bool
keep_capabilities(LxcConf *conf, const char *value, GError **error)
{
    return set_capabilities(conf, value, CAPABILITY_POLICY_DENY, error);
}

/* "u 0 100000 65536": kind, first id inside, first id of the host, how many. */
static bool
add_ids(LxcConf *conf, const char *value, GError **error)
{
    g_auto(GStrv) words = g_strsplit_set(value, " \t", -1);
    uint32_t numbers[3];
    unsigned n = 0;
    char kind = '\0';
    bool ok = true;

    for (size_t i = 0; ok && words[i]; i++) {
        if (!*words[i])
            continue;
        if (n == 0)
            kind = words[i][0];
        ok = n == 0 ? !words[i][1] && strchr("ugb", kind) : n < 4 && text_parse_uint(words[i], 10, &numbers[n - 1]);
        n++;
    }
    if (!ok || n != 4 || !numbers[2] || (uint64_t)numbers[0] + numbers[2] > UINT32_MAX ||
        (uint64_t)numbers[1] + numbers[2] > UINT32_MAX)
        return lxc_conf_fail(conf, error, "invalid lxc.id_map '%s': expected kind (u, g or b) and three numbers", value);
    for (int group = 0; group < 2; group++) {
        IdMap *map;

        if (kind == (group ? 'u' : 'g'))
            continue;
        map = xml_new(&id_map_xml);
        *map = (IdMap){ .start = numbers[0], .target = numbers[1], .count = numbers[2] };
        lxc_conf_append(group ? &conf->def->gids : &conf->def->uids, map);
    }
    return true;
}

static bool
set_init(LxcConf *conf, const char *value, GError **error)
{
    g_auto(GStrv) argv = NULL;

    if (!g_shell_parse_argv(value, NULL, &argv, NULL))
        return lxc_conf_fail(conf, error, "'%s' is no command", value);
    replace(&conf->def->init, argv[0]);
    g_clear_pointer(&conf->def->initargs, g_ptr_array_unref);
    for (size_t i = 1; argv[i]; i++) {
        if (!conf->def->initargs)
            conf->def->initargs = g_ptr_array_new_with_free_func(g_free);
        g_ptr_array_add(conf->def->initargs, g_strdup(argv[i]));
    }
    return true;
}

static bool
set_folder(LxcConf *conf, const char *value, GError **error G_GNUC_UNUSED)
{
    return replace(&conf->def->initdir, value);
}

static bool
set_id(LxcConf *conf, const char *value, char **id, GError **error)
{
    uint32_t number;

    if (!text_parse_uint(value, 10, &number))
        return lxc_conf_fail(conf, error, "'%s' is no number of a user or group", value);
    g_free(*id);
    *id = g_strdup_printf("+%u", number);
    return true;
}

static bool
set_user(LxcConf *conf, const char *value, GError **error)
{
    return set_id(conf, value, &conf->def->inituser, error);
}

static bool
set_group(LxcConf *conf, const char *value, GError **error)
{
    return set_id(conf, value, &conf->def->initgroup, error);
}

/* "NAME=value"; a name alone is that of a variable of whoever starts the container. */
static bool
add_variable(LxcConf *conf, const char *value, GError **error)
{
    const char *equal = strchr(value, '=');
    OsInitEnv *env;

    if (!equal || equal == value)
        return !*value || (equal != value) || lxc_conf_fail(conf, error, "'%s' has no name in front of '='", value);
    env = xml_new(&os_init_env_xml);
    env->name = g_strndup(value, (size_t)(equal - value));
    env->value = g_strdup(equal + 1);
    lxc_conf_append(&conf->def->initenvs, env);
    return true;
}

static const struct {
    const char *old, *name;   /* of version 1, and of those since 3; both are read in any file */
    bool (*set)(LxcConf *conf, const char *value, GError **error);
} settings[] = {
    { "lxc.utsname", "lxc.uts.name", set_name },
    { "lxc.rootfs", "lxc.rootfs.path", set_rootfs },
    { NULL, "lxc.rootfs.options", set_rootfs_options },
    { "lxc.mount", "lxc.mount.fstab", set_fstab },
    { NULL, "lxc.mount.entry", add_mount },
    { NULL, "lxc.arch", set_arch },
    { "lxc.tty", "lxc.tty.max", set_ttys },
    { NULL, "lxc.cap.drop", drop_capabilities },
    { NULL, "lxc.cap.keep", keep_capabilities },
    { "lxc.id_map", "lxc.idmap", add_ids },
    { "lxc.init_cmd", "lxc.init.cmd", set_init },
    { NULL, "lxc.init.cwd", set_folder },
    { "lxc.init_uid", "lxc.init.uid", set_user },
    { "lxc.init_gid", "lxc.init.gid", set_group },
    { NULL, "lxc.environment", add_variable },
};

/* ---- lines ----------------------------------------------------------------- */

static bool
set(LxcConf *conf, const char *key, const char *value, GError **error)
{
    static const struct {
        const char *prefix;
        bool (*set)(LxcConf *conf, const char *key, bool newer, const char *value, GError **error);
        bool newer;
    } groups[] = {
        { "lxc.network.", lxc_conf_net, false }, { "lxc.net.", lxc_conf_net, true },
        { "lxc.cgroup.", lxc_conf_tune, false }, { "lxc.cgroup2.", lxc_conf_tune, true },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(groups); i++)
        if (g_str_has_prefix(key, groups[i].prefix))
            return groups[i].set(conf, key + strlen(groups[i].prefix), groups[i].newer, value, error);
    for (size_t i = 0; i < G_N_ELEMENTS(settings); i++)
        if (!strcmp(key, settings[i].name) || !g_strcmp0(key, settings[i].old))
            return settings[i].set(conf, value, error);
    return true;
}

/* key = value, or key = "value" */
static bool
read_line(LxcConf *conf, char *line, GError **error)
{
    char *key = g_strstrip(line), *value = strchr(line, '=');
    size_t len;

    if (!*key || *key == '#')
        return true;
    if (!value || value == key)
        return lxc_conf_fail(conf, error, "expected 'key = value', not '%s'", key);
    *value++ = '\0';
    g_strchomp(key);
    value = g_strchug(value);
    len = strlen(value);
    if (len > 1 && (*value == '"' || *value == '\'') && value[len - 1] == *value) {
        value[len - 1] = '\0';
        value++;
    }
    return set(conf, key, value, error);
}

static bool
read_lines(LxcConf *conf, const char *text, GError **error)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    for (unsigned i = 0; lines[i]; i++) {
        conf->line = i + 1;
        if (i > MAX_LINES)
            return lxc_conf_fail(conf, error, "more than %d lines", MAX_LINES);
        if (!g_utf8_validate(lines[i], -1, NULL))
            return lxc_conf_fail(conf, error, "this is no UTF-8");
        if (!read_line(conf, lines[i], error))
            return false;
    }
    return true;
}

static void
mount_clear(void *data)
{
    g_free(((LxcMount *)data)->text);
}

static Domain *
new_container(const char *emulator)
{
    Domain *def = xml_new(&domain_xml);

    def->type = VIRT_TYPE_LXC;
    def->os_type = g_strdup("exe");
    def->init = g_strdup("/sbin/init");
    def->emulator = g_strdup(emulator);
    def->memory = MEMORY_KIB;
    def->features = xml_new(&features_xml);
    def->features->capabilities_policy = CAPABILITY_POLICY_ALLOW;
    return def;
}

Domain *
lxc_conf_parse(const char *text, const LxcConfHost *host, GError **error)
{
    g_autoptr(Domain) def = new_container(host->emulator);
    g_autoptr(GPtrArray) nets = lxc_conf_nets_new();
    g_autoptr(GArray) entries = g_array_new(FALSE, TRUE, sizeof(LxcMount));
    LxcConf conf = { .def = def, .host = host, .nets = nets, .entries = entries };
    bool ok;

    g_array_set_clear_func(entries, mount_clear);
    ok = read_lines(&conf, text, error);
    lxc_conf_tune_finish(&conf);
    ok = ok && lxc_conf_mount_finish(&conf, error) && lxc_conf_net_finish(&conf, error);
    g_free(conf.rootfs);
    g_free(conf.rootfs_options);
    g_free(conf.fstab);
    if (ok && !def->name) {
        error_set(error, VIR_ERR_CONF_SYNTAX, "the container has no name: lxc.utsname or lxc.uts.name is missing");
        return NULL;
    }
    def->current_memory = def->memory;
    def->has_current_memory = true;
    return ok ? g_steal_pointer(&def) : NULL;
}
