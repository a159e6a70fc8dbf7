/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* target.h - where a connection URI leads
 *
 * Everything that is decided from the URI, the configuration file, the environment and the sockets
 * that exist, before anything is connected: so it can be shown and tested as a table.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum {
    TARGET_TLS,
    TARGET_UNIX,
    TARGET_SSH,
    TARGET_LIBSSH2,
    TARGET_EXT,
    TARGET_TCP,
    TARGET_LIBSSH,
} TargetTransport;

typedef enum { TARGET_MODE_AUTO, TARGET_MODE_LEGACY, TARGET_MODE_DIRECT } TargetMode;
typedef enum { TARGET_PROXY_AUTO, TARGET_PROXY_NETCAT, TARGET_PROXY_NATIVE } TargetProxy;

enum { TARGET_OPEN_RO = 1, TARGET_OPEN_USER = 2, TARGET_OPEN_AUTOSTART = 4 };

typedef struct Target {
    char *uri;    /* what virConnectGetURI() tells; NULL: ask the daemon */
    char *name;   /* what the daemon or driver is given; "" has the daemon choose */
    char *driver; /* "qemu"; NULL: any */
    bool local;   /* a driver in this process */

    TargetTransport transport;
    TargetMode mode; /* decided: never AUTO for UNIX */
    TargetProxy proxy;
    bool readonly;
    bool user;           /* session mode */
    uint32_t open_flags; /* TARGET_OPEN_* */
    char *socket;        /* UNIX: path here; ssh: path over there */
    char *daemon;        /* UNIX: what to start if nobody listens (name or path); NULL: nothing */
    char *host, *user_name;
    int port; /* 0: the transport's own */

    /* Parameters of the URI, NULL when absent. */
    char *command, *keyfile, *netcat, *sshauth, *known_hosts, *known_hosts_verify, *pkipath,
        *tls_priority, *authfile;
    char *auth, *mode_text, *proxy_text;
    bool no_verify, no_tty, no_sanity;
} Target;

/* Where configuration and system sockets are; tests point them elsewhere. */
extern const char *target_config_dir; /* NULL: the user's own or /etc/libvirt */
extern const char *target_system_run;
extern int target_as_root; /* -1: as the process is */

typedef enum {
    TARGET_NO_ALIASES = 1 << 0,
    TARGET_READONLY = 1 << 1,
} TargetFlags;

/* Resolve @name; NULL or "" means the default. */
Target *target_resolve(const char *name, unsigned int flags, GError **error);
/* The same for the administration of a daemon: libvirtd:///system, virtqemud:///session ... */
Target *target_resolve_admin(const char *name, GError **error);
void target_free(Target *target);

/* "remote ssh legacy /var/run/... as qemu:///system": for the debug log and tests. */
char *target_describe(const Target *target);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Target, target_free)
