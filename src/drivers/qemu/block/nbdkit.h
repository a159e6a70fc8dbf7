/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* nbdkit.h - images that nbdkit reads over the network, so that QEMU needs no such driver and no secrets */
#pragma once

#include "drivers/conf/source.h"

/* What the one who starts it does. */
typedef struct NbdkitHost {
    /* The text of a secret, or NULL with @error set. */
    char *(*secret)(void *data, const SecretRef *ref, GError **error);
    /* A descriptor of the program from which it can read @text; -1 with @error set. */
    int (*pass)(void *data, const char *text, GError **error);
    void *data;
} NbdkitHost;

/* Whether nbdkit reads images of that protocol, and with which plugin; NULL if it does not. */
const char *nbdkit_plugin(const Store *store);
/* The command that serves @store on the UNIX socket @socket. */
GPtrArray *nbdkit_command(const Store *store, bool readonly, const char *socket, const NbdkitHost *host, GError **error);
