/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tls.h - the daemon's side of TLS: its certificates, and the greeting of those who connect
 *
 * Only a daemon that names tls_new() is linked with gnutls.  Main thread only.
 */
#pragma once

#include "rpc/server/server.h"

/* Files that are NULL have their usual places. */
typedef struct TlsSettings {
    const char *ca_file, *cert_file, *key_file;
    const char *crl_file;           /* the usual one need not exist */
    const char *priority;           /* of gnutls; or NULL */
    const char *const *allowed_dns; /* patterns, ends with NULL; or NULL: everybody */
    bool privileged;                /* usual places are the host's, not the user's */
    bool no_sanity;                 /* believe that our own certificate serves */
    bool no_verify;                 /* any certificate of a client will do, or none */
} TlsSettings;

/* @settings are copied; freed by its free. */
Greeter *tls_new(const TlsSettings *settings, GError **error);
