/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* display_rows.c - sockets of clients that become connections to a guest's displays and channels */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/display_rows.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "drivers/qemu/process/guest.h"
#include "drivers/qemu/rows.h"
#include "rpc/stream.h"
#include "util/error.h"
#include "util/fd.h"

#define FD_NAME "graphicsfd"

/* What add_client calls the display; NULL with an error if it takes no clients that way. */
static const char *
protocol_of(const Domain *doc, unsigned index, GError **error)
{
    const Graphics *g = index < list_len(doc->graphics) ? list_at(doc->graphics, index) : NULL;

    if (!g) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "No graphics backend with index %u", index);
        return NULL;
    }
    if (g->type == GRAPHICS_TYPE_VNC || g->type == GRAPHICS_TYPE_SPICE)
        return graphics_type_words[g->type];
    if (g->type == GRAPHICS_TYPE_DBUS && g->p2p == YESNO_YES)
        return "@dbus-display";
    error_set(error, VIR_ERR_INTERNAL_ERROR, "Can only open VNC, SPICE or D-Bus P2P graphics backends, not %s",
              graphics_type_words[g->type]);
    return NULL;
}

/* Give QEMU one end of the client's connection; @fd stays the caller's. */
static bool
add_client(Call *call, unsigned index, int fd, GError **error)
{
    g_autoptr(QmpClient) qmp = guest_monitor(guest_of(call), error);
    g_autoptr(Def) live = qmp ? object_live(call->object) : NULL;
    const char *protocol = live ? protocol_of(live->doc, index, error) : NULL;
    Json *arguments;
    g_autoptr(Json) given = NULL, added = NULL, closed = NULL;

    if (!live)
        return qmp ? kit_require_active(call->object, error) : false;
    if (!protocol)
        return false;
    arguments = json_new_object();
    json_add_string(arguments, "fdname", FD_NAME);
    given = qmp_client_call_fd(qmp, "getfd", arguments, fd, QMP_CLIENT_TIMEOUT, error);
    if (!given)
        return false;
    arguments = json_new_object();
    json_add_string(arguments, "protocol", protocol);
    json_add_string(arguments, "fdname", FD_NAME);
    if (call->flags & VIR_DOMAIN_OPEN_GRAPHICS_SKIPAUTH)
        json_add_bool(arguments, "skipauth", true);
    added = qmp_client_call(qmp, "add_client", arguments, QMP_CLIENT_TIMEOUT, error);
    if (added)
        return true;
    /* What it did not take it still has. */
    arguments = json_new_object();
    json_add_string(arguments, "fdname", FD_NAME);
    closed = qmp_client_call(qmp, "closefd", arguments, QMP_CLIENT_TIMEOUT, NULL);
    return false;
}

bool
display_rows_open(Call *call, GError **error)
{
    autofd int fd = call_steal_fd(call, 0);

    if (fd < 0) {
        error_set(error, VIR_ERR_INVALID_ARG, "no file descriptor came with the call");
        return false;
    }
    return add_client(call, ((const DomainOpenGraphicsArgs *)call->args)->idx, fd, error);
}

bool
display_rows_open_fd(Call *call, GError **error)
{
    int pair[2];
    bool ok;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
        error_set_errno(error, errno, "cannot make a pair of sockets");
        return false;
    }
    ok = add_client(call, ((const DomainOpenGraphicsFdArgs *)call->args)->idx, pair[1], error);
    close(pair[1]);
    if (ok)
        call_return_fd(call, pair[0]);
    else
        close(pair[0]);
    return ok;
}

bool
display_rows_reload(Call *call, GError **error)
{
    unsigned type = ((const DomainGraphicsReloadArgs *)call->args)->type;
    g_autoptr(QmpClient) qmp = guest_monitor(guest_of(call), error);
    g_autoptr(Def) live = qmp ? object_live(call->object) : NULL;
    const Domain *doc = live ? live->doc : NULL;
    g_autoptr(Json) reply = NULL;
    bool vnc = false;
    Json *arguments;

    if (!doc)
        return qmp ? kit_require_active(call->object, error) : false;
    if (type > VIR_DOMAIN_GRAPHICS_RELOAD_TYPE_VNC) {
        error_set(error, VIR_ERR_INVALID_ARG, "unknown graphics type %u", type);
        return false;
    }
    for (size_t i = 0; i < list_len(doc->graphics); i++)
        vnc = vnc || ((const Graphics *)list_at(doc->graphics, i))->type == GRAPHICS_TYPE_VNC;
    if (!vnc || !guest_host.conf->vnc_tls) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "the guest has no VNC display with TLS, whose certificates could be "
                                                     "loaded anew: see vnc_tls in qemu.conf");
        return false;
    }
    arguments = json_new_object();
    json_add_string(arguments, "type", "vnc");
    json_add_bool(arguments, "tls-certs", true);
    reply = qmp_client_call(qmp, "display-reload", arguments, QMP_CLIENT_TIMEOUT, error);
    return reply != NULL;
}

/* ---- channels ------------------------------------------------------------------------------- */

/* By alias, or by the name that the guest knows it by; without a name the first. */
static const Channel *
find_channel(const Domain *doc, const char *name)
{
    for (size_t i = 0; i < list_len(doc->channels); i++) {
        const Channel *c = list_at(doc->channels, i);

        if (!name || !g_strcmp0(c->info.alias, name) ||
            (!g_strcmp0(c->target_type, "virtio") && !g_strcmp0(c->target_name, name)))
            return c;
    }
    return NULL;
}

static int
dial(const char *path, GError **error)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    autofd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    g_strlcpy(address.sun_path, path, sizeof(address.sun_path));
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return steal_fd(&fd);
    error_set_errno(error, errno, "cannot connect to the channel '%s'", path);
    return -1;
}

bool
display_rows_open_channel(Call *call, GError **error)
{
    const char *name = ((const DomainOpenChannelArgs *)call->args)->name;
    g_autoptr(Def) live = object_live(call->object);
    const Channel *channel = live ? find_channel(live->doc, name) : NULL;
    int fd;

    if (!live)
        return kit_require_active(call->object, error);
    if (!channel) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "cannot find channel %s", name ? name : "(default)");
        return false;
    }
    if (channel->source.type != CHAR_TYPE_UNIX || !channel->source.path) {
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "channel %s is not using a UNIX socket",
                  name ? name : channel->info.alias);
        return false;
    }
    fd = dial(channel->source.path, error);
    return fd >= 0 && device_rows_attach_stream(call, channel->info.alias, fd, call->flags & VIR_DOMAIN_CHANNEL_FORCE, error);
}
