/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* native_rows.c - a guest as QEMU's command line, for people to read
 *
 * The same code writes it as starts guests, on a host of paper: descriptors are numbers, nothing is opened or made.
 */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/native_rows.h"

#include <string.h>

#include "drivers/qemu/fill/fill.h"
#include "drivers/qemu/fill/fill_cpu_start.h"
#include "drivers/qemu/process/guest.h"
#include "drivers/qemu/process/guest_backend.h"
#include "drivers/qemu/process/guest_memory.h"
#include "drivers/qemu/process/guest_volume.h"
#include "util/error.h"

enum { FIRST_FD = 3, FIRST_PORT = 5900 };

typedef struct Paper {
    int next;
} Paper;

static int
paper_fd(void *data)
{
    return ((Paper *)data)->next++;
}

static int
paper_listen(void *data, const char *path, GError **error)
{
    return paper_fd(data);
}

static int
paper_open_char(void *data, const char *path, bool append, bool log, GError **error)
{
    return paper_fd(data);
}

static bool
paper_open_net(void *data, Interface *interface, size_t at, CommandNet *ret_net, GError **error)
{
    ret_net->queues = 1;
    if (interface->type == INTERFACE_TYPE_USER || interface->type == INTERFACE_TYPE_VHOSTUSER)
        return true;
    ret_net->taps[ret_net->n_taps++] = paper_fd(data);
    return true;
}

static int
paper_open_vsock(void *data, bool choose, unsigned *cid, GError **error)
{
    if (choose)
        *cid = 3;
    return paper_fd(data);
}

static bool
paper_is_cdrom(void *data, const char *path)
{
    return false;
}

static bool
paper_helper(void *data, CommandHelper helper, const void *device, CommandService *service, GError **error)
{
    if (helper == COMMAND_HELPER_GPU)
        service->fd = paper_fd(data);
    if (helper == COMMAND_HELPER_NBDKIT || helper == COMMAND_HELPER_SLIRP)
        g_clear_pointer(&service->path, g_free);
    return true;
}

static int
paper_open_vdpa(void *data, const char *path, bool net, GError **error)
{
    return paper_fd(data);
}

static int
paper_open_vhost_scsi(void *data, GError **error)
{
    return paper_fd(data);
}

static int
paper_open_tpm(void *data, const char *path, bool cancel, GError **error)
{
    return paper_fd(data);
}

static const CommandHost paper = {
    .listen = paper_listen, .open_char = paper_open_char, .open_net = paper_open_net, .open_vsock = paper_open_vsock,
    .is_cdrom = paper_is_cdrom, .helper = paper_helper, .open_vdpa = paper_open_vdpa,
    .open_vhost_scsi = paper_open_vhost_scsi, .open_tpm = paper_open_tpm, .scsi_path = guest_backend_scsi_path,
    .nodes_of_cpus = guest_memory_nodes, .secret = guest_backend_secret,
};

/* Ports that are chosen when a guest starts. */
static void
choose_ports(Domain *doc)
{
    int port = FIRST_PORT;

    for (size_t i = 0; i < list_len(doc->graphics); i++) {
        Graphics *g = list_at(doc->graphics, i);

        if ((g->type == GRAPHICS_TYPE_VNC || g->type == GRAPHICS_TYPE_SPICE) && g->autoport == YESNO_YES)
            g->port = port++;
    }
}

static char *
quote_all(const Command *command)
{
    g_autoptr(GString) text = g_string_new(NULL);
    const GPtrArray *lists[] = { command->env, command->argv };

    for (size_t l = 0; l < G_N_ELEMENTS(lists); l++)
        for (unsigned i = 0; i < lists[l]->len && lists[l]->pdata[i]; i++) {
            const char *word = lists[l]->pdata[i];
            g_autofree char *quoted = strpbrk(word, " '\"{}[]()$&;*?|<>\\") ? g_shell_quote(word) : g_strdup(word);

            g_string_append_printf(text, "%s%s", text->len ? " " : "", quoted);
        }
    g_string_append_c(text, '\n');
    return g_string_free(g_steal_pointer(&text), FALSE);
}

bool
native_rows_from_xml(Call *call, GError **error)
{
    const ConnectDomainXmlToNativeArgs *args = call->args;
    ConnectDomainXmlToNativeRet *ret = call->ret;
    g_autoptr(Domain) doc = NULL;
    g_autoptr(QemuCaps) caps = NULL;
    g_autoptr(GArray) hugepages = guest_memory_mounts(guest_host.conf);
    g_auto(GStrv) environment = g_get_environ();
    g_autofree char *dir = NULL, *name = NULL;
    Paper sheet = { FIRST_FD };
    CommandHost host = paper;
    Command command = { .conf = guest_host.conf, .host = &host, .environ = environment };
    bool ok;

    if (!g_str_equal(args->nativeFormat, "qemu-argv")) {
        error_set(error, VIR_ERR_INVALID_ARG, "unsupported config type %s: there is qemu-argv", args->nativeFormat);
        return false;
    }
    doc = object_parse(guest_host.table, args->domainXml, false, error);
    caps = doc ? qemu_probe_get(guest_host.probe, doc->emulator, error) : NULL;
    if (!caps || !volume_settle(doc, guest_volume_lookup, NULL, error) || !fill_cpu_start(doc, caps, NULL, false, error) ||
        !fill_aliases(doc, error))
        return false;
    choose_ports(doc);
    fill_memory_start(doc);
    name = g_strdup_printf("-1-%s", doc->name);
    dir = g_strdup_printf("%s/domain-%s", guest_host.conf->lib_dir, name);
    host.data = &sheet;
    command.def = doc;
    command.caps = caps;
    command.dir = dir;
    command.short_name = name;
    command.hugepages = (const CommandHugePages *)hugepages->data;
    command.n_hugepages = hugepages->len;
    command.monitor_fd = paper_fd(&sheet);
    ok = command_build(&command, error);
    if (ok)
        ret->nativeConfig = quote_all(&command);
    command_clear(&command);
    return ok;
}
