/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* remote.c - the proxy's sockets for clients on other hosts: TCP and TLS
 *
 * Only virtproxyd.c names what is here, so no other daemon is linked with gnutls.
 */
#define ERROR_FROM VIR_FROM_RPC
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemons/private.h"
#include "rpc/server/tls.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/log.h"

LOG_SOURCE("daemon.remote");

static bool
check_auth(const char *key, const char *value, GError **error)
{
    if (strcmp(value, "none") == 0)
        return true;
    if (strcmp(value, "sasl") == 0)
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
                  "'%s' cannot be 'sasl': this version has no SASL; set %s = \"none\" or disable "
                  "the socket",
                  key, key);
    else
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "'%s' cannot be '%s': must be 'none'", key,
                  value);
    return false;
}

static bool
need_tls(Daemon *self, GError **error)
{
    const DaemonConfig *c = &self->config;
    TlsSettings settings = { .ca_file = c->ca_file,
                             .cert_file = c->cert_file,
                             .key_file = c->key_file,
                             .crl_file = c->crl_file,
                             .priority = c->tls_priority,
                             .allowed_dns = (const char *const *)c->tls_allowed_dn_list,
                             .privileged = self->places.privileged,
                             .no_sanity = c->tls_no_sanity_certificate,
                             .no_verify = c->tls_no_verify_certificate };

    if (self->tls)
        return true;
    if (c->tls_no_verify_certificate && c->tls_allowed_dn_list)
        log_warning("'tls_allowed_dn_list' has no effect: with 'tls_no_verify_certificate' nobody "
                    "proves a name");
    self->tls = tls_new(&settings, error);
    return self->tls != NULL;
}

static bool
add(Daemon *self, int fd, bool tls, GError **error)
{
    const DaemonConfig *c = &self->config;
    autofd int owned = fd;

    if (!check_auth(tls ? "auth_tls" : "auth_tcp", tls ? c->auth_tls : c->auth_tcp, error) ||
        (tls && !need_tls(self, error)))
        return false;
    fcntl(owned, F_SETFL, fcntl(owned, F_GETFL) | O_NONBLOCK);
    server_listen_net(self->server, steal_fd(&owned), tls ? self->tls : NULL);
    return true;
}

/* One of the addresses; -1 with errno. */
static int
bind_one(const struct addrinfo *ai, unsigned backlog)
{
    autofd int fd = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC, ai->ai_protocol);
    int on = 1;

    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
        (ai->ai_family == AF_INET6 &&
         setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) < 0) ||
        bind(fd, ai->ai_addr, ai->ai_addrlen) < 0 || listen(fd, (int)backlog) < 0)
        return -1;
    return steal_fd(&fd);
}

static bool
bind_all(Daemon *self, const char *port, bool tls, GError **error)
{
    const DaemonConfig *c = &self->config;
    struct addrinfo hints = { .ai_family = AF_UNSPEC,
                              .ai_socktype = SOCK_STREAM,
                              .ai_flags = AI_PASSIVE };
    struct addrinfo *all = NULL;
    bool ok = true, any = false;
    const char *where = c->listen_addr ? c->listen_addr : "any";
    int rc = getaddrinfo(c->listen_addr, port, &hints, &all), problem = 0;

    if (rc != 0) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
                  "cannot listen on address '%s' ('listen_addr'), port '%s': %s", where, port,
                  gai_strerror(rc));
        return false;
    }
    for (struct addrinfo *ai = all; ok && ai; ai = ai->ai_next) {
        int fd = bind_one(ai, c->max_queued_clients);

        if (fd >= 0) {
            ok = any = add(self, fd, tls, error);
            continue;
        }
        problem = errno;
        ok = problem == EAFNOSUPPORT || problem == EADDRNOTAVAIL; /* a host may lack IPv6 */
    }
    freeaddrinfo(all);
    if (!any && problem)
        ok = false;
    if (!ok && problem && error && !*error)
        error_set_errno(error, problem, "cannot listen on address '%s', port '%s'", where, port);
    return ok;
}

static bool
bind_sockets(Daemon *self, GError **error)
{
    const DaemonConfig *c = &self->config;

    return (!c->listen_tls || bind_all(self, c->tls_port, true, error)) &&
           (!c->listen_tcp || bind_all(self, c->tcp_port, false, error));
}

const DaemonRemote daemon_remote_sockets = { add, bind_sockets };
