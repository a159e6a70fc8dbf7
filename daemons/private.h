/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* private.h - what the files of the framework share
 *
 *     daemon.c   main: from options to the loop and back
 *     options.c  the command line
 *     config.c   <name>.conf
 *     places.c   folders, sockets handed over or made, pid file
 *     remote.c   the sockets for other hosts, of the proxy only
 *     notify.c   what the service manager is told
 *     admin.c    the administration program
 */
#pragma once

#include "daemons/daemon.h"

typedef struct DaemonOptions {
    char *config_path; /* NULL: the usual place */
    char *pid_path;
    bool daemonize;
    bool verbose;
    int timeout; /* seconds of idleness before it ends; -1: never */
} DaemonOptions;

/* False: end with *@ret_status now. */
bool options_parse(const char *name, int argc, char **argv, DaemonOptions *options,
                   int *ret_status);

/* Members bear the names of the keys. */
typedef struct DaemonConfig {
    char *unix_sock_group, *unix_sock_ro_perms, *unix_sock_rw_perms, *unix_sock_admin_perms,
        *unix_sock_dir;
    char *auth_unix_ro, *auth_unix_rw;
    char **access_drivers;
    unsigned max_clients, max_queued_clients, max_anonymous_clients, max_client_requests;
    unsigned min_workers, max_workers, prio_workers;
    unsigned admin_max_clients, admin_max_queued_clients, admin_max_client_requests;
    unsigned admin_min_workers, admin_max_workers;
    unsigned log_level;
    char *log_filters, *log_outputs;
    unsigned audit_level;
    bool audit_logging;
    char *host_uuid, *host_uuid_source;
    int keepalive_interval, admin_keepalive_interval;
    unsigned keepalive_count, admin_keepalive_count;
    unsigned ovs_timeout;
    bool listen_tls, listen_tcp;
    char *tls_port, *tcp_port, *listen_addr, *auth_tcp, *auth_tls;
    unsigned tcp_min_ssf;
    char *key_file, *cert_file, *ca_file, *crl_file, *tls_priority;
    bool tls_no_sanity_certificate, tls_no_verify_certificate;
    char **tls_allowed_dn_list, **sasl_allowed_username_list;
} DaemonConfig;

/* Defaults, then the file.  A file named by the user must exist. */
bool config_load(DaemonConfig *config, const char *path, bool must_exist, bool proxy,
                 bool privileged, GError **error);
void config_clear(DaemonConfig *config);
bool config_auth(const char *key, const char *value, ServerAuth *ret_auth, GError **error);
bool config_mode(const char *key, const char *value, mode_t *ret_mode, GError **error);

/* Where things are. */
typedef struct Places {
    bool privileged;
    char *config_dir, *state_dir, *run_dir, *cache_dir, *log_dir;
    char *pid_path;
} Places;

void places_init(Places *places, const char *name);
void places_clear(Places *places);
/* Make the pid file and hold it locked; the descriptor, or -1. */
int places_take_pid_file(const char *path, GError **error);

typedef enum {
    SOCKET_RW,
    SOCKET_RO,
    SOCKET_ADMIN,
    SOCKET_TCP,
    SOCKET_TLS,
    SOCKET_CLIENT, /* of a client of the daemon before us ... */
    SOCKET_STATE,  /* ... and the memory that says what they are */
} SocketKind;

typedef struct HandedOver {
    int fd; /* -1 once taken */
    SocketKind kind;
} HandedOver;
/* The socket prefix of a daemon: its name, but "libvirt" for the proxy. */
const char *places_prefix(const char *name);
/* Descriptors that the service manager hands over, as HandedOver; none without activation. NULL on
 * error. */
GArray *places_handed_over(GError **error);

/* state: "READY=1" and the like; nothing happens without a service manager. */
void notify_state(const char *format, ...) G_GNUC_PRINTF(1, 2);
void notify_reloading(void);
/* Have the service manager keep @fd for the process after us, or forget all those of @name. */
bool notify_can_store(void);
void notify_store(int fd, const char *name);
void notify_forget(const char *name);
/* Wait, with a deadline, until it has seen what was sent. */
void notify_wait(void);
/* Names of what we store. */
#define NOTIFY_CLIENT "libvirt-client"
#define NOTIFY_CLIENTS_STATE "libvirt-clients-state"
/* Ping the watchdog, if there is one, from @context. */
void notify_start_watchdog(GMainContext *context);

/* The running daemon, as admin.c sees it. */
typedef struct Daemon {
    const char *name;
    GMainContext *context;
    GMainLoop *loop;
    Server *server, *admin;
    Places places;
    DaemonConfig config;
    DaemonOptions options;
    const Driver *driver;
    EventHub *hub, *admin_hub;
    DriverEnv env;
    Greeter *tls;        /* of the TLS sockets, or NULL */
    GArray *handed_over; /* of HandedOver */
    GSource *idle;
    bool started, ending;
    int pid_fd, signal_fd;
} Daemon;

/* What the proxy can do beyond others. */
struct DaemonRemote {
    /* Serve a listening socket for TCP or TLS; takes over @fd. */
    bool (*add)(Daemon *daemon, int fd, bool tls, GError **error);
    /* Make those that the configuration asks for. */
    bool (*bind)(Daemon *daemon, GError **error);
};

extern const Driver admin_driver;
/* For admin.c's rows. */
extern Daemon *daemon_running;
void daemon_set_timeout(Daemon *daemon, int seconds);
void daemon_end(Daemon *daemon);
