/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest_backend.h - what devices of a guest need of this host beside disks, networks and files */
#pragma once

#include "drivers/qemu/process/guest.h"

/* Answers of a CommandHost whose data is a GuestFds. */
bool guest_backend_secret(void *data, const SecretRef *ref, uint8_t **ret, size_t *ret_len, GError **error);
int guest_backend_vdpa(void *data, const char *path, bool net, GError **error);
int guest_backend_vhost_scsi(void *data, GError **error);
int guest_backend_tpm(void *data, const char *path, bool cancel, GError **error);
char *guest_backend_scsi_path(void *data, const Hostdev *hostdev, GError **error);

/* FillDisplay: the first render node, to be freed, or NULL; the host's address in a network. */
char *guest_backend_render_node(void);
char *guest_backend_network_address(void *data, const char *network, GError **error);

/* Files with what a guest is launched with, for QEMU to read. */
bool guest_backend_write_launch(const Domain *def, const char *dir, bool (*give)(const char *path, GError **error),
                                GError **error);
