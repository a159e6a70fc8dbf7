/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* transport-tls.c - TLS by gnutls
 *
 * The socket is blocking, with a deadline, for the handshake and non-blocking after it.  The daemon
 * says with one byte that it accepts our certificate; nothing may be sent before that.
 */
#define ERROR_FROM VIR_FROM_RPC
#include "rpc/client/transport-tls.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "util/error.h"
#include "util/fd.h"
#include "util/lock.h"

enum { HANDSHAKE_DEADLINE_S = 30 };

typedef struct TlsTransport {
    Transport transport; /* first */
    Lock lock;           /* one thread reads while another writes */
    gnutls_session_t session;
    gnutls_certificate_credentials_t credentials;

} TlsTransport;

static ssize_t
result(ssize_t n, const char *what, GError **error)
{
    if (n >= 0)
        return n;
    if (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED)
        return TRANSPORT_AGAIN;
    if (n == GNUTLS_E_PREMATURE_TERMINATION)
        return TRANSPORT_EOF;
    error_set(error, VIR_ERR_GNUTLS_ERROR, "cannot %s TLS session: %s", what,
              gnutls_strerror((int)n));
    return TRANSPORT_ERROR;
}

static ssize_t
tls_read(Transport *self, void *buf, size_t len, int *fds G_GNUC_UNUSED, size_t *n_fds,
         GError **error)
{
    TlsTransport *tls = (TlsTransport *)self;
    g_auto(LockHold) hold = lock_hold(&tls->lock);

    *n_fds = 0;
    return result(gnutls_record_recv(tls->session, buf, len), "read from", error);
}

static ssize_t
tls_write(Transport *self, const void *buf, size_t len, GError **error)
{
    TlsTransport *tls = (TlsTransport *)self;
    g_auto(LockHold) hold = lock_hold(&tls->lock);
    ssize_t sent = gnutls_record_send(tls->session, buf, len);

    return result(sent, "write to", error);
}

static short
tls_events(Transport *self G_GNUC_UNUSED, bool want_read, bool want_write)
{
    return (short)((want_read ? POLLIN : 0) | (want_write ? POLLOUT : 0));
}

static void
tls_free(Transport *self)
{
    TlsTransport *tls = (TlsTransport *)self;

    if (tls->session) {
        gnutls_bye(tls->session, GNUTLS_SHUT_WR);
        gnutls_deinit(tls->session);
    }
    if (tls->credentials)
        gnutls_certificate_free_credentials(tls->credentials);
    lock_clear(&tls->lock);
    fd_close(&tls->transport.fd);
    g_free(tls);
}

static const TransportOps tls_ops = {
    .read = tls_read, .write = tls_write, .events = tls_events, .free = tls_free
};

/* Where a certificate is: pkipath=, the user's own set if it is whole, the host's. */
static char *
pki_file(const Target *t, const char *name, const char *host_path)
{
    g_autofree char *mine = t->pkipath
                                ? g_build_filename(t->pkipath, name, NULL)
                                : g_build_filename(g_get_home_dir(), ".pki", "libvirt", name, NULL);

    if (t->pkipath || (geteuid() != 0 && access(mine, R_OK) == 0))
        return g_steal_pointer(&mine);
    return g_strdup(host_path);
}

static bool
load_credentials(TlsTransport *tls, const Target *t, GError **error)
{
    g_autofree char *ca = pki_file(t, "cacert.pem", "/etc/pki/CA/cacert.pem");
    g_autofree char *crl = pki_file(t, "cacrl.pem", "/etc/pki/CA/cacrl.pem");
    g_autofree char *cert = pki_file(t, "clientcert.pem", "/etc/pki/libvirt/clientcert.pem");
    g_autofree char *key = pki_file(t, "clientkey.pem", "/etc/pki/libvirt/private/clientkey.pem");
    int rc = gnutls_certificate_allocate_credentials(&tls->credentials);

    if (rc == 0)
        rc = gnutls_certificate_set_x509_trust_file(tls->credentials, ca, GNUTLS_X509_FMT_PEM);
    if (rc < 0) {
        error_set(error, VIR_ERR_SYSTEM_ERROR, "cannot load CA certificate '%s': %s", ca,
                  gnutls_strerror(rc));
        return false;
    }
    if (access(crl, R_OK) == 0 && (rc = gnutls_certificate_set_x509_crl_file(
                                       tls->credentials, crl, GNUTLS_X509_FMT_PEM)) < 0) {
        error_set(error, VIR_ERR_SYSTEM_ERROR, "cannot load revocation list '%s': %s", crl,
                  gnutls_strerror(rc));
        return false;
    }
    if (access(cert, R_OK) == 0 && access(key, R_OK) == 0 &&
        (rc = gnutls_certificate_set_x509_key_file(tls->credentials, cert, key,
                                                   GNUTLS_X509_FMT_PEM)) < 0) {
        error_set(error, VIR_ERR_SYSTEM_ERROR,
                  "cannot load client certificate '%s' with key '%s': %s", cert, key,
                  gnutls_strerror(rc));
        return false;
    }
    return true;
}

static bool
check_peer(TlsTransport *tls, const Target *t, GError **error)
{
    unsigned int status = 0;
    gnutls_datum_t text = { 0 };
    int rc;

    if (t->no_verify)
        return true;
    rc = gnutls_certificate_verify_peers3(tls->session, t->host, &status);
    if (rc == 0 && status == 0)
        return true;
    if (rc == 0)
        rc = gnutls_certificate_verification_status_print(
            status, gnutls_certificate_type_get(tls->session), &text, 0);
    error_set(error, VIR_ERR_AUTH_FAILED, "certificate of host '%s' is refused: %s", t->host,
              text.data ? (const char *)text.data : gnutls_strerror(rc));
    gnutls_free(text.data);
    return false;
}

static bool
shake_hands(TlsTransport *tls, const Target *t, GError **error)
{
    struct timeval limit = { .tv_sec = HANDSHAKE_DEADLINE_S };
    uint8_t verdict = 0;
    ssize_t rc;

    setsockopt(tls->transport.fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    setsockopt(tls->transport.fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    do
        rc = gnutls_handshake(tls->session);
    while (rc == GNUTLS_E_INTERRUPTED ||
           (rc < 0 && rc != GNUTLS_E_AGAIN && !gnutls_error_is_fatal((int)rc)));
    if (rc < 0) {
        error_set(error, VIR_ERR_GNUTLS_ERROR, "TLS handshake with '%s' failed: %s", t->host,
                  gnutls_strerror((int)rc));
        return false;
    }
    if (!check_peer(tls, t, error))
        return false;
    do
        rc = gnutls_record_recv(tls->session, &verdict, 1);
    while (rc == GNUTLS_E_INTERRUPTED);
    if (rc != 1 || verdict != 1) {
        error_set(error, VIR_ERR_RPC, "'%s' did not accept our certificate%s%s", t->host,
                  rc < 0 ? ": " : "", rc < 0 ? gnutls_strerror((int)rc) : "");
        return false;
    }
    return true;
}

Transport *
transport_tls_client(int fd, const Target *t, GError **error)
{
    TlsTransport *tls = g_new0(TlsTransport, 1);
    const char *where = NULL;
    int rc;

    tls->transport.ops = &tls_ops;
    tls->transport.fd = fd;
    tls->transport.is_secure = true;
    lock_init(&tls->lock);
    if (!load_credentials(tls, t, error)) {
        transport_free(&tls->transport);
        return NULL;
    }
    rc = gnutls_init(&tls->session, GNUTLS_CLIENT);
    if (rc == 0)
        rc = t->tls_priority ? gnutls_priority_set_direct(tls->session, t->tls_priority, &where)
                             : gnutls_set_default_priority(tls->session);
    if (rc == 0)
        rc = gnutls_credentials_set(tls->session, GNUTLS_CRD_CERTIFICATE, tls->credentials);
    /* An address is no name: a server that is told one as such may refuse. */
    if (rc == 0 && !g_hostname_is_ip_address(t->host))
        rc = gnutls_server_name_set(tls->session, GNUTLS_NAME_DNS, t->host, strlen(t->host));
    if (rc < 0) {
        error_set(error, VIR_ERR_GNUTLS_ERROR, "cannot set up TLS: %s%s%s", gnutls_strerror(rc),
                  where ? " at " : "", where ? where : "");
        transport_free(&tls->transport);
        return NULL;
    }
    gnutls_transport_set_int(tls->session, fd);
    if (!shake_hands(tls, t, error)) {
        transport_free(&tls->transport);
        return NULL;
    }
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    return &tls->transport;
}
