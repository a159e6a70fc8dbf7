/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fill_char.c - serial ports, consoles and channels */
#include <string.h>

#include "drivers/conf/domain.h"
#include "drivers/qemu/fill/fill_private.h"

void
fill_chars_first(Fill *f)
{
    domain_console_pair(f->def, f->board->serial);
}

static const char *
type_of_address(const DeviceInfo *info)
{
    switch (info->address ? info->address->type : ADDRESS_TYPE_UNSET) {
    case ADDRESS_TYPE_USB:
        return "usb-serial";
    case ADDRESS_TYPE_PCI:
        return "pci-serial";
    case ADDRESS_TYPE_ISA:
        return "isa-serial";
    case ADDRESS_TYPE_SPAPR_VIO:
        return "spapr-vio-serial";
    default:
        return NULL;
    }
}

static const char *
model_of_type(const Fill *f, const char *type)
{
    static const char *const models[][2] = {
        { "isa-serial", "isa-serial" }, { "usb-serial", "usb-serial" }, { "pci-serial", "pci-serial" },
        { "isa-debug", "isa-debugcon" }, { "spapr-vio-serial", "spapr-vty" }, { "sclp-serial", "sclpconsole" },
    };
    const char *board = f->board->serial;
    size_t len = board ? strcspn(board, "/") : 0;

    for (size_t i = 0; i < G_N_ELEMENTS(models); i++)
        if (g_str_equal(type, models[i][0]))
            return models[i][1];
    return len && strlen(type) == len && strncmp(type, board, len) == 0 ? board + len + 1 : NULL;
}

static void
fill_serial(Fill *f, Serial *s)
{
    const char *board = f->board->serial, *type;

    /* Every serial port was called an ISA one once, on boards that have no such bus, too. */
    if (!g_strcmp0(s->target_type, "isa-serial") && !s->model && board && !g_str_has_prefix(board, "isa-serial/"))
        g_clear_pointer(&s->target_type, g_free);
    if (!s->target_type) {
        type = type_of_address(&s->info);
        s->target_type = type ? g_strdup(type) : board ? g_strndup(board, strcspn(board, "/")) : NULL;
    }
    if (!s->model && s->target_type)
        s->model = g_strdup(model_of_type(f, s->target_type));
}

/* A terminal is what there always is. */
static void
fill_source(CharSource *source)
{
    if (source->type == CHAR_TYPE_UNSET)
        source->type = CHAR_TYPE_PTY;
}

static int
free_port(const Domain *def)
{
    for (int port = 0;; port++) {
        bool taken = false;

        for (size_t i = 0; i < list_len(def->serials); i++)
            taken |= ((const Serial *)list_at(def->serials, i))->port == port;
        if (!taken)
            return port;
    }
}

/* Sockets of channels are made for each run below our own folder; a path that was made up once is no wish. */
static void
fill_channel(Fill *f, Channel *c)
{
    g_autofree char *lib = g_regex_escape_string(f->conf->lib_dir, -1), *run = g_regex_escape_string(f->conf->run_dir, -1);
    g_autofree char *name = c->target_name ? g_regex_escape_string(c->target_name, -1) : NULL;
    g_autofree char *pattern = g_strdup_printf("^(%s|%s)/channel/(target/([^/]+\\.|domain-[^/]+/)|[0-9]+-[^/]+/)%s$", lib, run,
                                               name ? name : "");

    if (f->options->live || c->source.type != CHAR_TYPE_UNIX || g_strcmp0(c->target_type, "virtio") != 0)
        return;
    if (name && c->source.path && g_regex_match_simple(pattern, c->source.path, 0, 0))
        g_clear_pointer(&c->source.path, g_free);
    if (!c->source.path)
        c->source.mode = CHAR_MODE_UNSET;
}

void
fill_chars(Fill *f)
{
    Domain *def = f->def;

    for (size_t i = 0; i < list_len(def->consoles); i++) {
        Console *c = list_at(def->consoles, i);

        fill_source(&c->source);
        if (!c->target_type)
            c->target_type = g_strdup(i == 0 || f->board->bus != BOARD_BUS_CCW ? "serial" : "virtio");
        c->port = (int)i;
    }
    for (size_t i = 0; i < list_len(def->serials); i++) {
        Serial *s = list_at(def->serials, i);

        fill_source(&s->source);
        fill_serial(f, s);
        if (s->port < 0)
            s->port = free_port(def);
    }
    for (size_t i = 0; i < list_len(def->parallels); i++) {
        Parallel *p = list_at(def->parallels, i);

        fill_source(&p->source);
        if (p->port < 0)
            p->port = (int)i;
    }
    for (size_t i = 0; i < list_len(def->channels); i++) {
        Channel *c = list_at(def->channels, i);

        fill_source(&c->source);
        fill_channel(f, c);
    }
}
