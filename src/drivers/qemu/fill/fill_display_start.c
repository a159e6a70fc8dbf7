/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fill_display_start.c - displays of one run: where they listen, and what renders for them
 *
 * Ports are not chosen here: they belong to the host.
 */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/fill/fill.h"
#include "util/error.h"

static bool
settle_listen(Graphics *g, ListenAddress *l, const QemuConf *conf, const FillDisplay *display, GError **error)
{
    bool spice = g->type == GRAPHICS_TYPE_SPICE;
    bool prefers_socket = spice ? conf->spice_auto_unix_socket : conf->vnc_auto_unix_socket;

    if (l->type == LISTEN_TYPE_NETWORK && !l->address) {
        l->address = display->network_address(display->data, l->network, error);
        return l->address != NULL;
    }
    if (l->type == LISTEN_TYPE_ADDRESS && !l->address && prefers_socket) {
        l->type = LISTEN_TYPE_SOCKET;
        l->from_config = 1;
    }
    if (l->type == LISTEN_TYPE_SOCKET && !l->socket) {
        l->socket = g_build_filename(display->dir, spice ? "spice.sock" : "vnc.sock", NULL);
        g_free(g->socket);
        g->socket = g_strdup(l->socket);
    }
    if (l->type == LISTEN_TYPE_ADDRESS && !l->address) {
        l->address = g_strdup(g->listen ? g->listen : spice ? conf->spice_listen : conf->vnc_listen);
        l->from_config = 1;
    }
    return true;
}

bool
fill_display_start(Domain *def, const QemuConf *conf, const FillDisplay *display, GError **error)
{
    for (size_t i = 0; i < list_len(def->graphics); i++) {
        Graphics *g = list_at(def->graphics, i);
        bool renders = g->type == GRAPHICS_TYPE_EGL_HEADLESS ||
                       (g->gl == YESNO_YES && (g->type == GRAPHICS_TYPE_SPICE || g->type == GRAPHICS_TYPE_DBUS));

        if (renders && !g->rendernode)
            g->rendernode = g_strdup(display->render_node);
        for (size_t l = 0; (g->type == GRAPHICS_TYPE_VNC || g->type == GRAPHICS_TYPE_SPICE) && l < list_len(g->listens); l++)
            if (!settle_listen(g, list_at(g->listens, l), conf, display, error))
                return false;
    }
    return true;
}
