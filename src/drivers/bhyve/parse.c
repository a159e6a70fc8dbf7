/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* parse.c - options of bhyve and its loaders, read back; parse_device.c knows the devices */
#define ERROR_FROM VIR_FROM_BHYVE
#include "drivers/bhyve/parse.h"

#include <string.h>

#include "drivers/conf/domain.h"
#include "util/error.h"
#include "util/list.h"
#include "util/log.h"
#include "util/text.h"
#include "util/uuid.h"
#include "util/xml.h"

LOG_SOURCE("bhyve.parse");

enum { MAX_WORDS = 4096 };

typedef struct Command {
    unsigned line;
    char **argv;
} Command;

bool
bhyve_parse_fail(const BhyveParse *p, GError **error, const char *format, ...)
{
    g_autofree char *message = NULL;
    va_list args;

    va_start(args, format);
    message = g_strdup_vprintf(format, args);
    va_end(args);
    error_set(error, VIR_ERR_OPERATION_FAILED, "line %u: %s", p->line, message);
    return false;
}

/* ---- words ----------------------------------------------------------------- */

static void
command_clear(void *data)
{
    g_strfreev(((Command *)data)->argv);
}

/* One command a line; a backslash at its end joins the next one. */
static bool
split(BhyveParse *p, const char *text, GArray *commands, GError **error)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autoptr(GString) joined = g_string_new(NULL);
    unsigned start = 1;

    for (unsigned i = 0; lines[i]; i++) {
        g_autoptr(GError) bad = NULL;
        Command command = { .line = start };
        size_t len;

        g_string_append(joined, lines[i]);
        len = joined->len;
        if (len && joined->str[len - 1] == '\\' && lines[i + 1]) {
            g_string_overwrite(joined, len - 1, " ");
            continue;
        }
        p->line = start;
        start = i + 2;
        if (g_shell_parse_argv(joined->str, NULL, &command.argv, &bad))
            g_array_append_val(commands, command);
        else if (!g_error_matches(bad, G_SHELL_ERROR, G_SHELL_ERROR_EMPTY_STRING))
            return bhyve_parse_fail(p, error, "%s", bad->message);
        if (command.argv && g_strv_length(command.argv) > MAX_WORDS)
            return bhyve_parse_fail(p, error, "more than %d words", MAX_WORDS);
        g_string_truncate(joined, 0);
    }
    return true;
}

typedef struct Options {
    char **argv;
    unsigned at;
    const char *rest;     /* of a word with several options */
} Options;

/* The next option of @spec, getopt's letters; 0 at the first word that is none, -1 with an error. */
static int
next_option(const BhyveParse *p, Options *o, const char *spec, const char **ret_value, GError **error)
{
    const char *word = o->argv[o->at], *known;
    char option;

    *ret_value = NULL;
    if (!o->rest || !*o->rest) {
        if (!word || word[0] != '-' || !word[1])
            return 0;
        o->rest = word + 1;
        o->at++;
        if (!strcmp(word, "--"))
            return 0;
    }
    option = *o->rest++;
    known = option == ':' ? NULL : strchr(spec, option);
    if (!known) {
        bhyve_parse_fail(p, error, "unknown option '-%c'", option);
        return -1;
    }
    if (known[1] != ':')
        return option;
    *ret_value = *o->rest ? o->rest : o->argv[o->at];
    if (!*ret_value) {
        bhyve_parse_fail(p, error, "option '-%c' needs a value", option);
        return -1;
    }
    if (!*o->rest)
        o->at++;
    o->rest = NULL;
    return option;
}

/* ---- values ---------------------------------------------------------------- */

/* "512", in MiB, or with a unit: K, M, G or T. */
static bool
parse_memory(const BhyveParse *p, const char *text, uint64_t *ret_kib, GError **error)
{
    static const char units[] = "kmgt";
    size_t len = strlen(text);
    const char *unit = len ? strchr(units, g_ascii_tolower(text[len - 1])) : NULL;
    g_autofree char *digits = unit && *unit ? g_strndup(text, len - 1) : g_strdup(text);
    unsigned shift = unit && *unit ? 10 * (unsigned)(unit - units) : 10;
    uint64_t value;

    if (!text_parse_uint64(digits, 10, &value) || !value || value > UINT64_MAX >> (shift + 10))
        return bhyve_parse_fail(p, error, "'%s' is no size of memory, such as 512M", text);
    *ret_kib = value << shift;
    return true;
}

/* "4", or "cpus=4,sockets=2,cores=2,threads=1". */
static bool
parse_cpus(BhyveParse *p, const char *text, GError **error)
{
    static const char *const names[] = { "cpus", "sockets", "cores", "threads" };
    unsigned values[G_N_ELEMENTS(names)] = { 0, 1, 1, 1 };
    g_auto(GStrv) words = g_strsplit(text, ",", -1);
    bool topology = false;
    uint64_t product;

    for (size_t i = 0; words[i]; i++) {
        char *equal = strchr(words[i], '=');
        int k = 0;

        if (equal) {
            *equal = '\0';
            k = text_index(names, G_N_ELEMENTS(names), words[i]);
        }
        if (k < 0 || !text_parse_uint(equal ? equal + 1 : words[i], 10, &values[k]) || !values[k] || values[k] > 65536)
            return bhyve_parse_fail(p, error, "'%s' tells no number of CPUs", text);
        topology |= k > 0;
    }
    product = (uint64_t)values[1] * values[2] * values[3];
    if (!values[0] && product <= 65536)
        values[0] = (unsigned)product;
    if (!values[0] || (topology && product != values[0]))
        return bhyve_parse_fail(p, error, "the topology of '%s' does not have that many CPUs", text);
    p->def->max_vcpus = values[0];
    if (topology) {
        p->def->cpu = p->def->cpu ? p->def->cpu : xml_new(&cpu_xml);
        p->def->cpu->topology = p->def->cpu->topology ? p->def->cpu->topology : xml_new(&cpu_topology_xml);
        *p->def->cpu->topology = (CpuTopology){ .extra = p->def->cpu->topology->extra, .sockets = values[1], .dies = 1,
                                                .clusters = 1, .cores = values[2], .threads = values[3] };
    }
    return true;
}

/* ---- bhyve ----------------------------------------------------------------- */

static Features *
features(Domain *def)
{
    if (!def->features)
        def->features = xml_new(&features_xml);
    return def->features;
}

static bool
set_option(BhyveParse *p, int option, const char *value, GError **error)
{
    Domain *def = p->def;

    switch (option) {
    case 'c':
        return parse_cpus(p, value, error);
    case 'm':
        return parse_memory(p, value, &def->memory, error);
    case 's':
        return bhyve_parse_slot(p, value, error);
    case 'l':
        return bhyve_parse_lpc(p, value, error);
    case 'U':
        return uuid_parse(value, def->uuid) || bhyve_parse_fail(p, error, "Cannot parse UUID '%s'", value);
    case 'A':
        features(def)->acpi = true;
        return true;
    case 'I':
        features(def)->apic = true;
        return true;
    case 'w':
        features(def)->msrs_unknown = RAS_MSRS_IGNORE;
        return true;
    case 'S':
        def->locked = true;
        return true;
    case 'u':
        def->clock_offset = CLOCK_OFFSET_UTC;
        return true;
    case 'H':
    case 'P':
        return true;    /* every guest of ours has them */
    default:
        log_warning("line %u: a definition cannot say '-%c %s' of bhyve: it is left out", p->line, option, value ? value : "");
        return true;
    }
}

static bool
parse_bhyve(BhyveParse *p, const Command *command, GError **error)
{
    Options o = { .argv = command->argv, .at = 1 };
    const char *value;
    int option;

    p->line = command->line;
    while ((option = next_option(p, &o, "AaCDeHhIPSuWwxYyB:c:G:g:K:k:l:m:n:o:p:r:s:U:", &value, error)) > 0)
        if (!set_option(p, option, value, error))
            return false;
    if (option < 0)
        return false;
    if (!o.argv[o.at])
        return bhyve_parse_fail(p, error, "Failed to parse arguments for bhyve command: the name of the guest is missing");
    if (o.argv[o.at + 1])
        return bhyve_parse_fail(p, error, "Failed to parse arguments for bhyve command: '%s' is behind the name '%s'",
                                o.argv[o.at + 1], o.argv[o.at]);
    p->def->name = g_strdup(o.argv[o.at]);
    if (!p->def->memory)
        p->def->memory = 256 * 1024;    /* what bhyve takes */
    p->def->current_memory = p->def->memory;
    p->def->has_current_memory = true;
    return true;
}

/* ---- loaders --------------------------------------------------------------- */

/* A loader that only the user knows how to call. */
static bool
keep_loader(BhyveParse *p, const Command *command, GError **error)
{
    for (size_t i = 1; command->argv[i]; i++)
        if (!*command->argv[i] || strpbrk(command->argv[i], " \t\n"))
            return bhyve_parse_fail(p, error, "<bootloader_args> cannot hold '%s': blanks separate arguments there",
                                    command->argv[i]);
    p->def->bootloader = g_strdup(command->argv[0]);
    p->def->bootloader_args = command->argv[1] ? g_strjoinv(" ", command->argv + 1) : NULL;
    p->def->shows_bootloader_args = p->def->bootloader_args != NULL;
    return true;
}

/* The disk that is loaded from is the first one, or told to be. */
static bool
boot_from(Domain *def, const char *path)
{
    for (size_t i = 0; i < list_len(def->disks); i++) {
        Disk *disk = list_at(def->disks, i);

        if (!g_strcmp0(disk->path, path)) {
            disk->info.boot_order = i ? 1 : 0;
            return true;
        }
    }
    return false;
}

/* What we would call it with ourselves needs no mention. */
static bool
parse_bhyveload(BhyveParse *p, const Command *command, GError **error)
{
    Options o = { .argv = command->argv, .at = 1 };
    const char *value, *disk = NULL;
    uint64_t memory = 0;
    bool plain = true;
    int option;

    while ((option = next_option(p, &o, "CSc:d:e:h:l:m:", &value, error)) > 0) {
        if (option == 'm' && !parse_memory(p, value, &memory, error))
            return false;
        plain &= option == 'm' || (option == 'd' && !disk);
        disk = option == 'd' ? value : disk;
    }
    if (option < 0)
        return false;
    if (!o.argv[o.at] || o.argv[o.at + 1])
        return bhyve_parse_fail(p, error, "Failed to parse arguments for bhyveload command: it ends with the name of a guest");
    if (strcmp(o.argv[o.at], p->def->name))
        return bhyve_parse_fail(p, error, "Failed to parse arguments: VM name mismatch: '%s' is loaded, '%s' is run",
                                o.argv[o.at], p->def->name);
    if (memory && memory != p->def->memory)
        return bhyve_parse_fail(p, error, "Failed to parse arguments: memory size mismatch: %" G_GUINT64_FORMAT " KiB are loaded "
                                "into, the guest has %" G_GUINT64_FORMAT, memory, p->def->memory);
    return (plain && disk && boot_from(p->def, disk)) || keep_loader(p, command, error);
}

static bool
parse_loader(BhyveParse *p, const Command *command, GError **error)
{
    g_autofree char *name = g_path_get_basename(command->argv[0]);

    p->line = command->line;
    return !strcmp(name, "bhyveload") ? parse_bhyveload(p, command, error) : keep_loader(p, command, error);
}

Domain *
bhyve_parse_commands(const char *text, void (*random)(uint8_t *bytes, size_t n), GError **error)
{
    g_autoptr(Domain) def = xml_new(&domain_xml);
    g_autoptr(GArray) commands = g_array_new(FALSE, TRUE, sizeof(Command));
    BhyveParse parse = { .def = def, .random = random, .line = 1 };
    const Command *bhyve = NULL, *loader = NULL;

    g_array_set_clear_func(commands, command_clear);
    if (!split(&parse, text, commands, error))
        return NULL;
    for (unsigned i = 0; i < commands->len; i++) {
        const Command *command = &g_array_index(commands, Command, i);
        g_autofree char *name = g_path_get_basename(command->argv[0]);
        const Command **which = !strcmp(name, "bhyve") ? &bhyve : &loader;

        parse.line = command->line;
        if (*which) {
            bhyve_parse_fail(&parse, error, "Failed to parse arguments: a guest is run by one bhyve and one loader at most");
            return NULL;
        }
        *which = command;
    }
    if (!bhyve) {
        bhyve_parse_fail(&parse, error, "Failed to parse arguments: there is no command of bhyve");
        return NULL;
    }
    def->type = VIRT_TYPE_BHYVE;
    def->os_type = g_strdup("hvm");
    def->clock_offset = CLOCK_OFFSET_LOCALTIME;
    def->on_reboot = LIFECYCLE_ACTION_DESTROY;    /* bhyve ends then */
    return parse_bhyve(&parse, bhyve, error) && (!loader || parse_loader(&parse, loader, error)) ? g_steal_pointer(&def) : NULL;
}
