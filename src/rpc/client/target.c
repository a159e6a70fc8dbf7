/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* target.c - from a URI to a socket, a command or a driver in this process
 *
 * Default URI and aliases come first, then the scheme says driver and transport, the query says the
 * rest, and for UNIX sockets the mode is decided by what is there to connect to.
 */
#define ERROR_FROM VIR_FROM_REMOTE
#include "rpc/client/target.h"

#include <string.h>
#include <unistd.h>

#include "rpc/client/uri.h"
#include "util/conf.h"
#include "util/error.h"
#include "util/text.h"

const char *target_config_dir;
const char *target_system_run =
    "/var/run/libvirt"; /* clients compose the path from localstatedir */

static const char *const transports[] = { "tls", "unix", "ssh", "libssh2", "ext", "tcp", "libssh" };
static const char *const modes[] = { "auto", "legacy", "direct" };
static const char *const proxies[] = { "auto", "netcat", "native" };

/* Which daemon serves a scheme, in the order in which a default is looked for. */
static const struct {
    const char *scheme, *daemon;
    bool probe;
} daemons[] = {
    { "bhyve", "virtbhyved", true },
    { "ch", "virtchd", true },
    { "qemu", "virtqemud", true },
    { "xen", "virtxend", true },
    { "lxc", "virtlxcd", true },
    { "vbox", "virtvboxd", true },
    { "vz", "virtvzd", true },
    { "parallels", "virtvzd", false },
    { "network", "virtnetworkd", false },
    { "storage", "virtstoraged", false },
    { "nodedev", "virtnodedevd", false },
    { "interface", "virtinterfaced", false },
    { "nwfilter", "virtnwfilterd", false },
    { "secret", "virtsecretd", false },
};

/* Drivers that upstream has inside the library and this one does not. */
static const char *const absent[] = { "esx",    "vpx",          "gsx",      "hyperv",
                                      "openvz", "vmwareplayer", "vmwarews", "vmwarefusion" };

int target_as_root = -1;

/* Root's daemons are those of the system, whatever the path of the URI. */
static bool
is_root(void)
{
    return target_as_root >= 0 ? target_as_root > 0 : geteuid() == 0;
}

typedef struct ClientConf {
    char **uri_aliases;
    char *uri_default, *remote_mode, *remote_proxy, *tls_priority;
} ClientConf;

static const ConfKey client_keys[] = {
    CONF_KEY(ClientConf, uri_aliases, CONF_STRINGS),
    CONF_KEY(ClientConf, uri_default, CONF_STRING),
    CONF_KEY(ClientConf, remote_mode, CONF_STRING),
    CONF_KEY(ClientConf, remote_proxy, CONF_STRING),
    CONF_KEY(ClientConf, tls_priority, CONF_STRING),
    { 0 },
};

static void
client_conf_clear(ClientConf *conf)
{
    conf_clear(client_keys, conf);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ClientConf, client_conf_clear)

static bool
load_conf(const char *file, ClientConf *conf, GError **error)
{
    g_autofree char *path = target_config_dir ? g_build_filename(target_config_dir, file, NULL)
                            : is_root()
                                ? g_build_filename("/etc/libvirt", file, NULL)
                                : g_build_filename(g_get_user_config_dir(), "libvirt", file, NULL);
    g_autoptr(Conf) parsed = conf_load(path, error);

    return parsed && conf_read(parsed, client_keys, conf, error);
}

void
target_free(Target *target)
{
    char **strings[] = { &target->uri,
                         &target->name,
                         &target->driver,
                         &target->socket,
                         &target->daemon,
                         &target->host,
                         &target->user_name,
                         &target->command,
                         &target->keyfile,
                         &target->netcat,
                         &target->sshauth,
                         &target->known_hosts,
                         &target->known_hosts_verify,
                         &target->pkipath,
                         &target->tls_priority,
                         &target->authfile,
                         &target->auth,
                         &target->mode_text,
                         &target->proxy_text };

    for (size_t i = 0; i < G_N_ELEMENTS(strings); i++)
        g_free(*strings[i]);
    g_free(target);
}

static bool
alias_is_valid(const char *alias)
{
    return *alias &&
           alias[strspn(
               alias, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")] == '\0';
}

/* The URI that @name is an alias of, or NULL with or without error. */
static char *
resolve_alias(const ClientConf *conf, const char *name, GError **error)
{
    for (char **entry = conf->uri_aliases; entry && *entry; entry++) {
        const char *equals = strchr(*entry, '=');
        g_autofree char *alias = equals ? g_strndup(*entry, (gsize)(equals - *entry)) : NULL;

        if (!alias || !equals[1]) {
            error_set_full(
                error, VIR_FROM_CONF, VIR_ERR_CONF_SYNTAX,
                "malformed 'uri_aliases' config entry '%s', expected 'alias=uri://host/path'",
                *entry);
            return NULL;
        }
        if (!alias_is_valid(alias)) {
            error_set_full(error, VIR_FROM_CONF, VIR_ERR_CONF_SYNTAX,
                           "malformed 'uri_aliases' config entry '%s', aliases may only contain "
                           "'a-Z, 0-9, _, -'",
                           *entry);
            return NULL;
        }
        if (strcmp(alias, name) == 0)
            return g_strdup(equals + 1);
    }
    return NULL;
}

static const char *
daemon_of(const char *scheme)
{
    for (size_t i = 0; i < G_N_ELEMENTS(daemons); i++) {
        if (g_strcmp0(daemons[i].scheme, scheme) == 0)
            return daemons[i].daemon;
    }
    return NULL;
}

static char *
socket_path(const char *prefix, bool user, bool readonly)
{
    if (!user)
        return g_strdup_printf("%s/%s-sock%s", target_system_run, prefix, readonly ? "-ro" : "");
    return g_strdup_printf("%s/libvirt/%s-sock", g_get_user_runtime_dir(), prefix);
}

static bool
socket_exists(const char *prefix, bool user, bool readonly)
{
    g_autofree char *path = socket_path(prefix, user, readonly);

    return access(path, F_OK) == 0;
}

static bool
program_exists(const char *program)
{
    g_autofree char *in_path = g_find_program_in_path(program);
    g_autofree char *in_sbin = g_build_filename("/usr/sbin", program, NULL);

    return in_path || access(in_sbin, X_OK) == 0;
}

/* Whether to go to the driver's own daemon or to the one that serves all. */
static TargetMode
decide_mode(const Target *t, const char *daemon)
{
    if (!daemon)
        return TARGET_MODE_LEGACY;
    if (t->mode != TARGET_MODE_AUTO)
        return t->mode;
    if (socket_exists(daemon, t->user, t->readonly))
        return TARGET_MODE_DIRECT;
    if (t->user && t->daemon)
        return program_exists(daemon) || !program_exists("libvirtd") ? TARGET_MODE_DIRECT
                                                                     : TARGET_MODE_LEGACY;
    return socket_exists("libvirt", t->user, t->readonly) ? TARGET_MODE_LEGACY : TARGET_MODE_DIRECT;
}

static bool
parse_word(const char *what, const char *text, const char *const *words, size_t n, int *ret_value,
           GError **error)
{
    int value = text_index(words, n, text);

    if (value < 0) {
        g_autofree char *known = NULL;
        g_autoptr(GPtrArray) list = g_ptr_array_new();

        for (size_t i = 0; i < n; i++)
            g_ptr_array_add(list, (char *)words[i]);
        g_ptr_array_add(list, NULL);
        known = g_strjoinv("|", (char **)list->pdata);
        error_set(error, VIR_ERR_INVALID_ARG,
                  "%s '%s' in the connection URI is not known, should be %s", what, text, known);
        return false;
    }
    *ret_value = value;
    return true;
}

static bool
parse_number(const UriParam *param, bool *ret_set, GError **error)
{
    int32_t value;

    if (!text_parse_int(param->value, 10, &value)) {
        error_set(error, VIR_ERR_INVALID_ARG, "value '%s' of URI parameter '%s' is not a number",
                  param->value, param->name);
        return false;
    }
    *ret_set = value != 0;
    return true;
}

/* Take the client's own parameters out of the query. */
static bool
take_params(Target *t, Uri *uri, char **name, GError **error)
{
    const struct {
        const char *name;
        char **text;
        bool *set;
    } known[] = {
        { "name", name, NULL },
        { "command", &t->command, NULL },
        { "socket", &t->socket, NULL },
        { "auth", &t->auth, NULL },
        { "sshauth", &t->sshauth, NULL },
        { "netcat", &t->netcat, NULL },
        { "keyfile", &t->keyfile, NULL },
        { "pkipath", &t->pkipath, NULL },
        { "known_hosts", &t->known_hosts, NULL },
        { "known_hosts_verify", &t->known_hosts_verify, NULL },
        { "tls_priority", &t->tls_priority, NULL },
        { "mode", &t->mode_text, NULL },
        { "proxy", &t->proxy_text, NULL },
        { "authfile", &t->authfile, NULL },
        { "no_sanity", NULL, &t->no_sanity },
        { "no_verify", NULL, &t->no_verify },
        { "no_tty", NULL, &t->no_tty },
    };

    for (guint i = 0; i < uri->params->len; i++) {
        UriParam *param = &g_array_index(uri->params, UriParam, i);

        for (size_t k = 0; k < G_N_ELEMENTS(known); k++) {
            if (g_ascii_strcasecmp(param->name, known[k].name) != 0)
                continue;
            param->consumed = true;
            if (known[k].set && !parse_number(param, known[k].set, error))
                return false;
            if (known[k].text) {
                g_free(*known[k].text);
                *known[k].text = g_strdup(param->value);
            }
        }
    }
    return true;
}

/* The URI as the daemon is to see it. */
static char *
name_for_daemon(const Uri *uri, const char *driver)
{
    Uri bare = *uri;

    if (!driver || strcmp(driver, "remote") == 0)
        return g_strdup("");
    bare.scheme = (char *)driver;
    bare.server = NULL;
    bare.user = NULL;
    bare.port = 0;
    bare.fragment = NULL;
    return uri_format(&bare, URI_QUERY_UNCONSUMED);
}

static bool
check_transport(const Target *t, GError **error)
{
    if (t->transport == TARGET_UNIX && t->host) {
        error_set(error, VIR_ERR_INVALID_ARG,
                  "using unix socket and remote server '%s' is not supported", t->host);
        return false;
    }
    if (t->transport == TARGET_EXT && !t->command) {
        error_set(error, VIR_ERR_INVALID_ARG,
                  "transport 'ext' needs a 'command' parameter in the URI");
        return false;
    }
    if ((t->transport == TARGET_TLS || t->transport == TARGET_TCP) && !t->host) {
        error_set(error, VIR_ERR_INVALID_ARG, "transport '%s' needs a host in the URI",
                  transports[t->transport]);
        return false;
    }
    return true;
}

static bool
decide(Target *t, const Uri *uri, const ClientConf *conf, GError **error)
{
    const char *mode = t->mode_text ? t->mode_text : conf->remote_mode;
    const char *proxy = t->proxy_text ? t->proxy_text : conf->remote_proxy;
    const char *autostart = g_getenv("LIBVIRT_AUTOSTART");
    const char *daemon = daemon_of(t->driver);
    int value;

    if (mode) {
        if (!parse_word("mode", mode, modes, G_N_ELEMENTS(modes), &value, error))
            return false;
        t->mode = (TargetMode)value;
    }
    if (proxy) {
        if (!parse_word("proxy", proxy, proxies, G_N_ELEMENTS(proxies), &value, error))
            return false;
        t->proxy = (TargetProxy)value;
    }
    t->user = uri && !is_root() && t->transport == TARGET_UNIX &&
              (g_strcmp0(uri->path, "/session") == 0 || g_strcmp0(t->driver, "test") == 0);
    if (!t->tls_priority)
        t->tls_priority = g_strdup(conf->tls_priority);
    t->open_flags = (t->readonly ? TARGET_OPEN_RO : 0) | (t->user ? TARGET_OPEN_USER : 0);
    if (t->transport == TARGET_UNIX) {
        if (t->user && !t->socket && (!autostart || strcmp(autostart, "0") != 0)) {
            t->open_flags |= TARGET_OPEN_AUTOSTART;
            t->daemon = g_strdup(""); /* named below */
        }
        t->mode = decide_mode(t, daemon);
        if (t->daemon) {
            g_free(t->daemon);
            t->daemon = g_strdup(t->mode == TARGET_MODE_DIRECT ? daemon : "libvirtd");
        }
    } else if (t->mode == TARGET_MODE_AUTO || !daemon) {
        t->mode =
            TARGET_MODE_LEGACY; /* the other host's affair, but for netcat a socket must be named */
    }
    if (!t->socket && t->transport != TARGET_TLS && t->transport != TARGET_TCP &&
        t->transport != TARGET_EXT)
        t->socket =
            socket_path(t->mode == TARGET_MODE_DIRECT ? daemon : "libvirt", t->user, t->readonly);
    return check_transport(t, error);
}

/* No URI from anywhere: the first daemon whose socket is there, or the one that serves all. */
static char *
probe(const ClientConf *conf, bool readonly)
{
    bool user = !is_root();

    if (g_strcmp0(conf->remote_mode, "legacy") != 0) {
        for (size_t i = 0; i < G_N_ELEMENTS(daemons); i++) {
            if (daemons[i].probe && socket_exists(daemons[i].daemon, user, readonly))
                return g_strdup_printf("%s:///%s", daemons[i].scheme, user ? "session" : "system");
        }
        if (user && !socket_exists("libvirt", user, readonly)) {
            for (size_t i = 0; i < G_N_ELEMENTS(daemons); i++) {
                if (daemons[i].probe && program_exists(daemons[i].daemon))
                    return g_strdup_printf("%s:///session", daemons[i].scheme);
            }
        }
    }
    return NULL;
}

static Target *
from_uri(const char *text, unsigned int flags, const ClientConf *conf, GError **error)
{
    g_autoptr(Target) t = g_new0(Target, 1);
    g_autofree char *name = NULL;
    g_autoptr(Uri) uri = uri_parse(text, error);
    const char *plus;
    int value;

    if (!uri)
        return NULL;
    if (!uri->scheme) {
        error_set_full(error, VIR_FROM_NONE, VIR_ERR_NO_CONNECT,
                       "URI '%s' does not include a driver name", text);
        return NULL;
    }
    t->uri = uri_format(uri, URI_QUERY_RAW);
    t->readonly = flags & TARGET_READONLY;
    plus = strchr(uri->scheme, '+');
    t->driver = plus ? g_strndup(uri->scheme, (gsize)(plus - uri->scheme)) : g_strdup(uri->scheme);
    if (strcmp(t->driver, "test") == 0 && !plus && !uri->server) {
        t->local = true;
        t->name = g_strdup(text);
        return g_steal_pointer(&t);
    }
    if (!plus && text_index(absent, G_N_ELEMENTS(absent), t->driver) >= 0) {
        error_set_full(error, VIR_FROM_NONE, VIR_ERR_CONFIG_UNSUPPORTED,
                       "libvirt was built without the '%s' driver", t->driver);
        return NULL;
    }
    t->transport = uri->server ? TARGET_TLS : TARGET_UNIX;
    if (plus) {
        if (!parse_word("transport", plus + 1, transports, G_N_ELEMENTS(transports), &value, error))
            return NULL;
        t->transport = (TargetTransport)value;
    }
    t->host = g_strdup(uri->server);
    t->user_name = g_strdup(uri->user);
    t->port = uri->port;
    if (!take_params(t, uri, &name, error) || !decide(t, uri, conf, error))
        return NULL;
    t->name = name ? g_steal_pointer(&name) : name_for_daemon(uri, t->driver);
    return g_steal_pointer(&t);
}

Target *
target_resolve(const char *name, unsigned int flags, GError **error)
{
    g_auto(ClientConf) conf = { 0 };
    g_autofree char *found = NULL;
    GError *failed = NULL;
    const char *env = g_getenv("LIBVIRT_DEFAULT_URI");
    bool is_default = !name || !*name;

    if (!load_conf("libvirt.conf", &conf, error))
        return NULL;
    if (is_default)
        name = env && *env ? env : conf.uri_default && *conf.uri_default ? conf.uri_default : NULL;
    if (!name)
        name = found = probe(&conf, flags & TARGET_READONLY);
    if (!name) {
        g_autoptr(Target) t = g_new0(Target, 1);

        t->transport = TARGET_UNIX;
        t->readonly = flags & TARGET_READONLY;
        t->mode = TARGET_MODE_LEGACY;
        t->name = g_strdup("");
        if (!decide(t, NULL, &conf, error))
            return NULL;
        return g_steal_pointer(&t);
    }
    if (!(flags & TARGET_NO_ALIASES) && !found) {
        found = resolve_alias(&conf, name, &failed);
        if (failed) {
            g_propagate_error(error, failed);
            return NULL;
        }
        if (found)
            name = found;
    }
    if (g_ascii_strcasecmp(name, "xen") ==
        0) /* the one name that was a URI before there were any */
        name = "xen:///system";
    return from_uri(name, flags, &conf, error);
}

Target *
target_resolve_admin(const char *name, GError **error)
{
    g_auto(ClientConf) conf = { 0 };
    g_autoptr(Target) t = g_new0(Target, 1);
    g_autofree char *found = NULL, *prefix = NULL;
    g_autoptr(Uri) uri = NULL;
    const char *env = g_getenv("LIBVIRT_ADMIN_DEFAULT_URI");
    GError *failed = NULL;

    if (!load_conf("libvirt-admin.conf", &conf, error))
        return NULL;
    if (!name || !*name)
        name = env && *env                             ? env
               : conf.uri_default && *conf.uri_default ? conf.uri_default
               : is_root()                             ? "libvirtd:///system"
                                                       : "libvirtd:///session";
    found = resolve_alias(&conf, name, &failed);
    if (failed) {
        g_propagate_error(error, failed);
        return NULL;
    }
    uri = uri_parse(found ? found : name, error);
    if (!uri)
        return NULL;
    if (!uri->scheme ||
        (strcmp(uri->scheme, "libvirtd") != 0 && !g_str_has_prefix(uri->scheme, "virt"))) {
        error_set_full(error, VIR_FROM_ADMIN, VIR_ERR_INVALID_ARG,
                       "unsupported URI scheme '%s' of an admin connection",
                       uri->scheme ? uri->scheme : "");
        return NULL;
    }
    if (g_strcmp0(uri->path, "/system") != 0 && g_strcmp0(uri->path, "/session") != 0) {
        error_set_full(error, VIR_FROM_ADMIN, VIR_ERR_INVALID_ARG,
                       "invalid URI path '%s', try '/system' or '/session'",
                       uri->path ? uri->path : "");
        return NULL;
    }
    t->uri = uri_format(uri, URI_QUERY_RAW);
    t->name = g_strdup("");
    t->transport = TARGET_UNIX;
    t->mode = TARGET_MODE_DIRECT;
    t->user = strcmp(uri->path, "/session") == 0;
    t->socket = g_strdup(uri_param(uri, "socket"));
    prefix =
        g_strconcat(strcmp(uri->scheme, "libvirtd") == 0 || strcmp(uri->scheme, "virtproxyd") == 0
                        ? "libvirt"
                        : uri->scheme,
                    "-admin", NULL);
    if (!t->socket)
        t->socket = socket_path(prefix, t->user, false);
    return g_steal_pointer(&t);
}

char *
target_describe(const Target *t)
{
    GString *out = g_string_new(NULL);

    if (t->local) {
        g_string_append_printf(out, "local %s", t->name);
        return g_string_free(out, false);
    }
    g_string_append_printf(out, "%s %s", transports[t->transport], modes[t->mode]);
    if (t->host)
        g_string_append_printf(out, " %s%s%s", t->user_name ? t->user_name : "",
                               t->user_name ? "@" : "", t->host);
    if (t->port)
        g_string_append_printf(out, ":%d", t->port);
    if (t->socket)
        g_string_append_printf(out, " %s", t->socket);
    if (t->daemon)
        g_string_append_printf(out, " start=%s", t->daemon);
    if (t->readonly)
        g_string_append(out, " ro");
    if (t->proxy)
        g_string_append_printf(out, " proxy=%s", proxies[t->proxy]);
    g_string_append_printf(out, " as '%s'", t->name);
    return g_string_free(out, false);
}
