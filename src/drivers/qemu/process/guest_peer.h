/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest_peer.h - other daemons of this host, asked as any client asks them
 *
 * Their objects are held by g_autoptr(virNetwork) and the like.  Each call has a deadline (rpc/patience.h), for a
 * daemon that hangs must not take us along.
 */
#pragma once

#include <glib.h>
#include <libvirt/libvirt.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(virConnect, virConnectClose)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(virNetwork, virNetworkFree)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(virNetworkPort, virNetworkPortFree)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(virSecret, virSecretFree)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(virStoragePool, virStoragePoolFree)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(virStorageVol, virStorageVolFree)

/* A connection to the daemon of @driver ("network"), system's or session's as ours is. */
virConnectPtr guest_peer_connect(const char *driver, GError **error);

/* What the daemon said to the last call, which names the object; @otherwise if it said nothing. */
void guest_peer_error(GError **error, const char *otherwise);
