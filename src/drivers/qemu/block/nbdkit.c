/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* nbdkit.c - images that nbdkit reads over the network
 *
 * Options are those of nbdkit-curl-plugin(1) and nbdkit-ssh-plugin(1).  Secrets go through a descriptor ("-FD"), never
 * on the command line.
 */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/block/nbdkit.h"

#include "util/error.h"

static void
add(GPtrArray *argv, const char *key, const char *value)
{
    if (value)
        g_ptr_array_add(argv, g_strdup_printf("%s=%s", key, value));
}

const char *
nbdkit_plugin(const Store *store)
{
    if (store->type != DISK_TYPE_NETWORK)
        return NULL;
    switch (store->protocol) {
    case NET_PROTOCOL_HTTP:
    case NET_PROTOCOL_HTTPS:
    case NET_PROTOCOL_FTP:
    case NET_PROTOCOL_FTPS:
    case NET_PROTOCOL_TFTP:
        return "curl";
    case NET_PROTOCOL_SSH:
        return "ssh";
    default:
        return NULL;
    }
}

static bool
add_passed(GPtrArray *argv, const char *key, const char *text, const NbdkitHost *host, GError **error)
{
    int fd = host->pass(host->data, text, error);

    if (fd >= 0)
        g_ptr_array_add(argv, g_strdup_printf("%s=-%d", key, fd));
    return fd >= 0;
}

static bool
add_user(GPtrArray *argv, const Store *store, const NbdkitHost *host, GError **error)
{
    g_autofree char *password = NULL;

    add(argv, "user", store->auth ? store->auth->username : store->id_username ? store->id_username : store->ssh_user);
    if (!store->auth || !store->auth->secret)
        return true;
    password = host->secret(host->data, store->auth->secret, error);
    return password && add_passed(argv, "password", password, host, error);
}

static bool
add_cookies(GPtrArray *argv, const Store *store, const NbdkitHost *host, GError **error)
{
    g_autoptr(GString) cookies = g_string_new(NULL);

    for (guint i = 0; store->cookies && i < store->cookies->len; i++) {
        const Cookie *cookie = store->cookies->pdata[i];

        g_string_append_printf(cookies, "%s%s=%s", i ? "; " : "", cookie->name, cookie->value);
    }
    return !cookies->len || add_passed(argv, "cookie", cookies->str, host, error);
}

static bool
add_curl(GPtrArray *argv, const Store *store, const NbdkitHost *host, GError **error)
{
    g_autoptr(Json) properties = source_properties(store, NULL, error);

    if (!properties)
        return false;
    /* A server may send a client on from HTTP to HTTPS, but nowhere else. */
    add(argv, "protocols", store->protocol == NET_PROTOCOL_HTTP ? "http,https" : net_protocol_words[store->protocol]);
    add(argv, "url", json_opt_string(properties, "url", NULL));
    if (!add_user(argv, store, host, error) || !add_cookies(argv, store, host, error))
        return false;
    if (store->ssl_verify == YESNO_NO)
        add(argv, "sslverify", "false");
    if (store->timeout)
        g_ptr_array_add(argv, g_strdup_printf("timeout=%" G_GUINT64_FORMAT, store->timeout));
    return true;
}

static bool
add_ssh(GPtrArray *argv, const Store *store, const NbdkitHost *host, GError **error)
{
    const NetHost *server = store->hosts && store->hosts->len ? store->hosts->pdata[0] : NULL;

    if (!server || !server->name) {
        error_set(error, VIR_ERR_XML_ERROR, "an image over ssh needs a <host> in its <source>");
        return false;
    }
    add(argv, "host", server->name);
    g_ptr_array_add(argv, g_strdup_printf("port=%u", server->has_port ? server->port : source_default_port(store->protocol)));
    add(argv, "path", store->path);
    if (!add_user(argv, store, host, error))
        return false;
    add(argv, "identity", store->keyfile);
    add(argv, "known-hosts", store->known_hosts);
    if (store->ssh_any_host_key)
        add(argv, "verify-remote-host", "false");
    return true;
}

GPtrArray *
nbdkit_command(const Store *store, bool readonly, const char *socket, const NbdkitHost *host, GError **error)
{
    const char *plugin = nbdkit_plugin(store);
    g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
    const char *const fixed[] = { "nbdkit", "--unix", socket, "--foreground", readonly ? "--readonly" : plugin,
                                  readonly ? plugin : NULL };

    if (!plugin) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "nbdkit does not serve images of type '%s'%s%s",
                  disk_type_words[store->type], store->type == DISK_TYPE_NETWORK ? " and protocol " : "",
                  store->type == DISK_TYPE_NETWORK ? net_protocol_words[store->protocol] : "");
        return NULL;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(fixed) && fixed[i]; i++)
        g_ptr_array_add(argv, g_strdup(fixed[i]));
    if (store->protocol == NET_PROTOCOL_SSH ? !add_ssh(argv, store, host, error) : !add_curl(argv, store, host, error))
        return NULL;
    return g_steal_pointer(&argv);
}
