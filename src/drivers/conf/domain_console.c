/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* domain_console.c - the first console and the first serial port, which are two names of one device
 *
 * Documents may say either; a definition says both.  How ports are called and numbered is the driver's own.
 */
#include <string.h>

#include "drivers/conf/domain.h"

/* A character source moves by value; what it came in is freed by its own type. */
static void
copy_source(CharSource *to, const XmlStruct *type, const void *from, size_t offset)
{
    char *copy = xml_copy(type, from);

    *to = *(CharSource *)(copy + offset);
    memset(copy + offset, 0, sizeof(*to));
    xml_free(type, copy);
}

static void *
first(const GPtrArray *list)
{
    return list && list->len ? list->pdata[0] : NULL;
}

static void *
add(GPtrArray **list, const XmlStruct *type)
{
    void *device = xml_new(type);

    if (!*list)
        *list = g_ptr_array_new();
    g_ptr_array_add(*list, device);
    return device;
}

static bool
is_console_of_board(const char *board, const Serial *serial)
{
    size_t len = board ? strcspn(board, "/") : 0;

    return !serial->target_type || g_str_equal(serial->target_type, "isa-serial") ||
           (strlen(serial->target_type) == len && strncmp(serial->target_type, board, len) == 0);
}

void
domain_console_pair(Domain *domain, const char *board)
{
    Console *console = first(domain->consoles);
    Serial *serial = first(domain->serials);

    if (console && !console->target_type && !g_strcmp0(domain->os_type, "hvm"))
        console->target_type = g_strdup("serial");
    if (console && !serial && !g_strcmp0(console->target_type, "serial")) {
        serial = add(&domain->serials, &serial_xml);
        copy_source(&serial->source, &console_xml, console, offsetof(Console, source));
        if (console->info.address)
            serial->info.address = xml_copy(&address_xml, console->info.address);
        serial->port = 0;
    } else if (!console && serial && is_console_of_board(board, serial)) {
        console = add(&domain->consoles, &console_xml);
        copy_source(&console->source, &serial_xml, serial, offsetof(Serial, source));
        console->target_type = g_strdup("serial");
    }
}

void
domain_console_mirror(Domain *domain)
{
    Console *console = first(domain->consoles);
    const Serial *serial = first(domain->serials);

    if (!console || !serial || g_strcmp0(console->target_type, "serial") != 0)
        return;
    g_autoptr(Console) shown = xml_new(&console_xml);

    shown->tty = g_strdup(console->tty);
    shown->target_type = g_strdup(console->target_type);
    shown->port = serial->port;
    copy_source(&shown->source, &serial_xml, serial, offsetof(Serial, source));
    shown->info.alias = g_strdup(serial->info.alias);
    shown->info.user_alias = serial->info.user_alias;
    if (serial->info.address)
        shown->info.address = xml_copy(&address_xml, serial->info.address);
    domain->consoles->pdata[0] = g_steal_pointer(&shown);
    console_free(console);
}
