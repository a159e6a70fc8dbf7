/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* config.c - <name>.conf: the keys that every daemon knows, and those of the proxy. */
#define ERROR_FROM VIR_FROM_CONF
#include "util/conf.h"

#include <unistd.h>

#include "daemons/private.h"
#include "util/error.h"

#define KEY(name, type) CONF_KEY(DaemonConfig, name, type)
#define COMMON_KEYS                                                                                \
    KEY(unix_sock_group, CONF_STRING), KEY(unix_sock_ro_perms, CONF_STRING),                       \
        KEY(unix_sock_rw_perms, CONF_STRING), KEY(unix_sock_admin_perms, CONF_STRING),             \
        KEY(unix_sock_dir, CONF_STRING), KEY(auth_unix_ro, CONF_STRING),                           \
        KEY(auth_unix_rw, CONF_STRING), KEY(access_drivers, CONF_STRINGS),                         \
        KEY(sasl_allowed_username_list, CONF_STRINGS), KEY(max_clients, CONF_UINT),                \
        KEY(max_queued_clients, CONF_UINT), KEY(max_anonymous_clients, CONF_UINT),                 \
        KEY(max_client_requests, CONF_UINT), KEY(min_workers, CONF_UINT),                          \
        KEY(max_workers, CONF_UINT), KEY(prio_workers, CONF_UINT),                                 \
        KEY(admin_max_clients, CONF_UINT), KEY(admin_max_queued_clients, CONF_UINT),               \
        KEY(admin_max_client_requests, CONF_UINT), KEY(admin_min_workers, CONF_UINT),              \
        KEY(admin_max_workers, CONF_UINT), KEY(log_level, CONF_UINT),                              \
        KEY(log_filters, CONF_STRING), KEY(log_outputs, CONF_STRING), KEY(audit_level, CONF_UINT), \
        KEY(audit_logging, CONF_BOOL), KEY(host_uuid, CONF_STRING),                                \
        KEY(host_uuid_source, CONF_STRING), KEY(keepalive_interval, CONF_INT),                     \
        KEY(keepalive_count, CONF_UINT), KEY(admin_keepalive_interval, CONF_INT),                  \
        KEY(admin_keepalive_count, CONF_UINT), KEY(ovs_timeout, CONF_UINT),                        \
        { .name = "keepalive_required", .type = CONF_BOOL, .ignored = true },                      \
    {                                                                                              \
        .name = "admin_keepalive_required", .type = CONF_BOOL, .ignored = true                     \
    }

static const ConfKey driver_keys[] = { COMMON_KEYS, { 0 } };

static const ConfKey proxy_keys[] = {
    COMMON_KEYS,
    KEY(listen_tls, CONF_BOOL),
    KEY(listen_tcp, CONF_BOOL),
    KEY(tls_port, CONF_STRING),
    KEY(tcp_port, CONF_STRING),
    KEY(listen_addr, CONF_STRING),
    KEY(auth_tcp, CONF_STRING),
    KEY(auth_tls, CONF_STRING),
    KEY(tcp_min_ssf, CONF_UINT),
    KEY(key_file, CONF_STRING),
    KEY(cert_file, CONF_STRING),
    KEY(ca_file, CONF_STRING),
    KEY(crl_file, CONF_STRING),
    KEY(tls_priority, CONF_STRING),
    KEY(tls_no_sanity_certificate, CONF_BOOL),
    KEY(tls_no_verify_certificate, CONF_BOOL),
    KEY(tls_allowed_dn_list, CONF_STRINGS),
    { 0 },
};

static bool
check(const DaemonConfig *c, const char *path, GError **error)
{
    const struct {
        const char *key;
        unsigned value;
    } positive[] = {
        { "max_clients", c->max_clients },
        { "max_client_requests", c->max_client_requests },
        { "max_workers", c->max_workers },
        { "admin_max_clients", c->admin_max_clients },
        { "admin_max_workers", c->admin_max_workers },
        { "admin_max_client_requests", c->admin_max_client_requests },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(positive); i++) {
        if (!positive[i].value) {
            error_set(error, VIR_ERR_CONF_SYNTAX, "%s: '%s' must be at least 1", path,
                      positive[i].key);
            return false;
        }
    }
    if (c->min_workers > c->max_workers || c->admin_min_workers > c->admin_max_workers) {
        error_set(error, VIR_ERR_CONF_SYNTAX,
                  "%s: 'min_workers' must not be more than 'max_workers'", path);
        return false;
    }
    return true;
}

bool
config_load(DaemonConfig *config, const char *path, bool must_exist, bool proxy, bool privileged,
            GError **error)
{
    const char *auth = privileged ? "polkit" : "none";
    g_autoptr(Conf) conf = NULL;

    *config = (DaemonConfig){
        .max_clients = 5000,
        .max_queued_clients = 1000,
        .max_anonymous_clients = 20,
        .max_client_requests = 5,
        .min_workers = 5,
        .max_workers = 20,
        .prio_workers = 5,
        .admin_max_clients = 5000,
        .admin_max_queued_clients = 20,
        .admin_max_client_requests = 5,
        .admin_min_workers = 5,
        .admin_max_workers = 20,
        .keepalive_interval = 5,
        .keepalive_count = 5,
        .admin_keepalive_interval = 5,
        .admin_keepalive_count = 5,
        .audit_level = 1,
        .tls_port = g_strdup("16514"),
        .tcp_port = g_strdup("16509"),
        .auth_tls = g_strdup("none"),
        .auth_tcp = g_strdup("sasl"),
        .ovs_timeout = 5,
        .auth_unix_ro = g_strdup(auth),
        .auth_unix_rw = g_strdup(auth),
    };
    if (must_exist && access(path, R_OK) < 0) {
        error_set_errno(error, errno, "cannot read the configuration file '%s'", path);
        return false;
    }
    conf = conf_load(path, error);
    return conf && conf_read(conf, proxy ? proxy_keys : driver_keys, config, error) &&
           check(config, path, error);
}

void
config_clear(DaemonConfig *config)
{
    conf_clear(proxy_keys, config);
}

bool
config_auth(const char *key, const char *value, ServerAuth *ret_auth, GError **error)
{
    static const struct {
        const char *word;
        ServerAuth auth;
    } words[] = { { "none", SERVER_AUTH_NONE }, { "polkit", SERVER_AUTH_POLKIT } };

    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (g_strcmp0(value, words[i].word) == 0) {
            *ret_auth = words[i].auth;
            return true;
        }
    }
    error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "'%s' cannot be '%s': must be 'none' or 'polkit'",
              key, value);
    return false;
}

bool
config_mode(const char *key, const char *value, mode_t *ret_mode, GError **error)
{
    char *end;
    unsigned long mode = strtoul(value, &end, 8);

    if (!*value || *end || mode > 0777) {
        error_set(error, VIR_ERR_CONF_SYNTAX, "'%s' is '%s' but must be an octal mode such as 0770",
                  key, value);
        return false;
    }
    *ret_mode = (mode_t)mode;
    return true;
}
