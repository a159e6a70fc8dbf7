/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tls.c - TLS by gnutls, as a Greeter and as the transport of those it lets in
 *
 * A client is let in when its certificate is signed by our authority and its name is allowed; it is
 * told so with one byte.  Credentials are shared by the sessions that began with them, so that new
 * files can come while those live on.
 */
#define ERROR_FROM VIR_FROM_RPC
#include "rpc/server/tls.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "util/error.h"
#include "util/fd.h"
#include "util/file.h"

enum { FILE_MAX = 1 << 20, CHAIN_MAX = 16 };

typedef struct Credentials {
    unsigned refs;
    gnutls_certificate_credentials_t x509;
} Credentials;

typedef struct Tls {
    Greeter greeter; /* first */
    char *ca_file, *cert_file, *key_file, *crl_file, *priority;
    bool crl_optional, no_sanity, no_verify;
    char **allowed_dns;
    Credentials *credentials;
} Tls;

typedef struct TlsTransport {
    Transport transport; /* first */
    gnutls_session_t session;
    Credentials *credentials;
    bool shaken;     /* hands, and the peer is allowed */
    char *peer_name; /* until it is handed on */
} TlsTransport;

static void
credentials_unref(Credentials *self)
{
    if (!self || --self->refs)
        return;
    gnutls_certificate_free_credentials(self->x509);
    g_free(self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Credentials, credentials_unref)

/* The transport.  */

static ssize_t
tls_read(Transport *transport, void *buf, size_t len, int *fds G_GNUC_UNUSED, size_t *n_fds,
         GError **error)
{
    TlsTransport *self = (TlsTransport *)transport;
    ssize_t got;

    *n_fds = 0;
    do
        got = gnutls_record_recv(self->session, buf, len);
    while (got == GNUTLS_E_INTERRUPTED);
    if (got >= 0)
        return got;
    if (got == GNUTLS_E_AGAIN)
        return TRANSPORT_AGAIN;
    if (got == GNUTLS_E_PREMATURE_TERMINATION || got == GNUTLS_E_PULL_ERROR)
        return TRANSPORT_EOF;
    error_set(error, VIR_ERR_GNUTLS_ERROR, "cannot read from TLS session: %s",
              gnutls_strerror((int)got));
    return TRANSPORT_ERROR;
}

static ssize_t
tls_write(Transport *transport, const void *buf, size_t len, GError **error)
{
    TlsTransport *self = (TlsTransport *)transport;
    ssize_t sent;

    do
        sent = gnutls_record_send(self->session, buf, len);
    while (sent == GNUTLS_E_INTERRUPTED);
    if (sent >= 0)
        return sent;
    if (sent == GNUTLS_E_AGAIN)
        return TRANSPORT_AGAIN;
    error_set(error, VIR_ERR_GNUTLS_ERROR, "cannot write to TLS session: %s",
              gnutls_strerror((int)sent));
    return TRANSPORT_ERROR;
}

static short
tls_events(Transport *transport G_GNUC_UNUSED, bool want_read, bool want_write)
{
    return (short)((want_read ? POLLIN : 0) | (want_write ? POLLOUT : 0));
}

static bool
tls_has_more(Transport *transport)
{
    return gnutls_record_check_pending(((TlsTransport *)transport)->session) > 0;
}

static void
tls_transport_free(Transport *transport)
{
    TlsTransport *self = (TlsTransport *)transport;

    if (self->session) {
        if (self->shaken)
            gnutls_bye(self->session, GNUTLS_SHUT_WR);
        gnutls_deinit(self->session);
    }
    credentials_unref(self->credentials);
    g_free(self->peer_name);
    fd_close(&self->transport.fd);
    g_free(self);
}

static const TransportOps tls_ops = { .read = tls_read,
                                      .write = tls_write,
                                      .events = tls_events,
                                      .has_more = tls_has_more,
                                      .free = tls_transport_free };

static Transport *
begin(Greeter *greeter, int fd, GError **error)
{
    Tls *tls = (Tls *)greeter;
    TlsTransport *self = g_new0(TlsTransport, 1);
    int rc;

    self->transport.ops = &tls_ops;
    self->transport.fd = fd;
    self->transport.is_secure = true;
    self->credentials = tls->credentials;
    self->credentials->refs++;
    rc = gnutls_init(&self->session, GNUTLS_SERVER | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL);
    if (rc == 0)
        rc = tls->priority ? gnutls_priority_set_direct(self->session, tls->priority, NULL)
                           : gnutls_set_default_priority(self->session);
    if (rc == 0)
        rc = gnutls_credentials_set(self->session, GNUTLS_CRD_CERTIFICATE, self->credentials->x509);
    if (rc < 0) {
        error_set(error, VIR_ERR_GNUTLS_ERROR, "cannot set up TLS: %s", gnutls_strerror(rc));
        tls_transport_free(&self->transport);
        return NULL;
    }
    gnutls_certificate_server_set_request(self->session, GNUTLS_CERT_REQUEST);
    gnutls_transport_set_int(self->session, fd);
    return &self->transport;
}

/* Whom the certificate @der names. */
static char *
name_of(const gnutls_datum_t *der, GError **error)
{
    gnutls_x509_crt_t crt = NULL;
    gnutls_datum_t dn = { 0 };
    char *name = NULL;
    int rc = gnutls_x509_crt_init(&crt);

    if (rc == 0)
        rc = gnutls_x509_crt_import(crt, der, GNUTLS_X509_FMT_DER);
    if (rc == 0)
        rc = gnutls_x509_crt_get_dn2(crt, &dn);
    if (rc == 0)
        name = g_strndup((const char *)dn.data, dn.size);
    else
        error_set(error, VIR_ERR_AUTH_FAILED, "its certificate has no name that can be read: %s",
                  gnutls_strerror(rc));
    gnutls_free(dn.data);
    gnutls_x509_crt_deinit(crt);
    return name;
}

static bool
is_allowed(const Tls *tls, const char *name)
{
    if (!tls->allowed_dns)
        return true;
    for (char **pattern = tls->allowed_dns; *pattern; pattern++) {
        if (g_pattern_match_simple(*pattern, name))
            return true;
    }
    return false;
}

static void
explain(unsigned status, const char *what, GError **error)
{
    gnutls_datum_t text = { 0 };

    gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509, &text, 0);
    error_set(error, VIR_ERR_AUTH_FAILED, "%s: %s", what,
              text.data ? (const char *)text.data : "it is not valid");
    gnutls_free(text.data);
}

static bool
check_peer(const Tls *tls, TlsTransport *self, GError **error)
{
    gnutls_typed_vdata_st purpose = { .type = GNUTLS_DT_KEY_PURPOSE_OID,
                                      .data = (unsigned char *)GNUTLS_KP_TLS_WWW_CLIENT };
    unsigned status = 0, n = 0;
    const gnutls_datum_t *chain = gnutls_certificate_get_peers(self->session, &n);
    int rc;

    if (tls->no_verify)
        return true; /* a name that nothing proves is none */
    if (!chain || !n) {
        gnutls_alert_send(self->session, GNUTLS_AL_FATAL, GNUTLS_A_CERTIFICATE_REQUIRED);
        error_set(error, VIR_ERR_AUTH_FAILED, "it has shown no certificate");
        return false;
    }
    rc = gnutls_certificate_verify_peers(self->session, &purpose, 1, &status);
    if (rc < 0 || status) {
        gnutls_alert_send(self->session, GNUTLS_AL_FATAL, GNUTLS_A_BAD_CERTIFICATE);
        if (rc < 0)
            error_set(error, VIR_ERR_AUTH_FAILED, "its certificate cannot be verified: %s",
                      gnutls_strerror(rc));
        else
            explain(status, "its certificate is not accepted", error);
        return false;
    }
    self->peer_name = name_of(&chain[0], error);
    if (self->peer_name && !is_allowed(tls, self->peer_name))
        error_set(error, VIR_ERR_AUTH_FAILED, "'tls_allowed_dn_list' does not hold its name '%s'",
                  self->peer_name);
    else if (self->peer_name)
        return true;
    gnutls_alert_send(self->session, GNUTLS_AL_FATAL, GNUTLS_A_ACCESS_DENIED);
    return false;
}

/* What gnutls waits for. */
static short
wanted(const TlsTransport *self)
{
    return gnutls_record_get_direction(self->session) ? POLLOUT : POLLIN;
}

static short
step(Greeter *greeter, Transport *transport, char **ret_name, GError **error)
{
    static const char welcome = 1;
    TlsTransport *self = (TlsTransport *)transport;
    ssize_t rc = 0;

    if (!self->shaken) {
        do
            rc = gnutls_handshake(self->session);
        while (rc == GNUTLS_E_INTERRUPTED || rc == GNUTLS_E_WARNING_ALERT_RECEIVED);
        if (rc == GNUTLS_E_AGAIN)
            return wanted(self);
        if (rc < 0) {
            gnutls_alert_send_appropriate(self->session, (int)rc);
            error_set(error, VIR_ERR_GNUTLS_ERROR, "TLS handshake failed: %s",
                      gnutls_strerror((int)rc));
            return -1;
        }
        if (!check_peer((Tls *)greeter, self, error))
            return -1;
        self->shaken = true;
    }
    rc = tls_write(transport, &welcome, 1, error);
    if (rc == TRANSPORT_ERROR)
        return -1;
    if (rc == TRANSPORT_AGAIN)
        return wanted(self);
    *ret_name = g_steal_pointer(&self->peer_name);
    return 0;
}

/* Our own certificates.  */

static bool
read_chain(const char *path, gnutls_x509_crt_t *certs, unsigned *n, GError **error)
{
    g_autofree char *text = NULL;
    gnutls_datum_t data;
    size_t len;
    int rc;

    if (!file_read_limited(path, FILE_MAX, &text, &len, error))
        return false;
    data = (gnutls_datum_t){ (unsigned char *)text, (unsigned)len };
    rc = gnutls_x509_crt_list_import(certs, n, &data, GNUTLS_X509_FMT_PEM,
                                     GNUTLS_X509_CRT_LIST_IMPORT_FAIL_IF_EXCEED);
    if (rc >= 0)
        return true;
    *n = 0;
    error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "cannot read certificates from '%s': %s", path,
              gnutls_strerror(rc));
    return false;
}

static void
free_chain(gnutls_x509_crt_t *certs, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        gnutls_x509_crt_deinit(certs[i]);
}

/* Better to say now what every client would trip over. */
static bool
check_own(const Tls *tls, const Credentials *credentials, GError **error)
{
    gnutls_typed_vdata_st purpose = { .type = GNUTLS_DT_KEY_PURPOSE_OID,
                                      .data = (unsigned char *)GNUTLS_KP_TLS_WWW_SERVER };
    gnutls_x509_trust_list_t trusted;
    gnutls_x509_crt_t chain[CHAIN_MAX];
    g_autofree char *what = g_strdup_printf("the server's certificate '%s' does not serve with "
                                            "the authority '%s'",
                                            tls->cert_file, tls->ca_file);
    unsigned n = CHAIN_MAX, status = 0;
    int rc;

    if (!read_chain(tls->cert_file, chain, &n, error))
        return false;
    gnutls_certificate_get_trust_list(credentials->x509, &trusted);
    rc = gnutls_x509_trust_list_verify_crt2(trusted, chain, n, &purpose, 1, 0, &status, NULL);
    free_chain(chain, n);
    if (rc < 0)
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "%s: %s", what, gnutls_strerror(rc));
    else if (status)
        explain(status, what, error);
    return rc >= 0 && !status;
}

static Credentials *
load(const Tls *tls, GError **error)
{
    g_autoptr(Credentials) self = g_new0(Credentials, 1);
    bool has_crl = !tls->crl_optional || access(tls->crl_file, F_OK) == 0;
    int rc = gnutls_certificate_allocate_credentials(&self->x509);
    const char *path = tls->ca_file;

    self->refs = 1;
    if (rc == 0)
        rc = gnutls_certificate_set_x509_trust_file(self->x509, path, GNUTLS_X509_FMT_PEM);
    if (rc == 0)
        rc = GNUTLS_E_NO_CERTIFICATE_FOUND;
    if (rc > 0 && has_crl) {
        path = tls->crl_file;
        rc = gnutls_certificate_set_x509_crl_file(self->x509, path, GNUTLS_X509_FMT_PEM);
    }
    if (rc >= 0) {
        path = tls->cert_file;
        rc = gnutls_certificate_set_x509_key_file(self->x509, path, tls->key_file,
                                                  GNUTLS_X509_FMT_PEM);
    }
    if (rc < 0) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "cannot load the TLS file '%s'%s%s%s: %s",
                  path, path == tls->cert_file ? " with the key '" : "",
                  path == tls->cert_file ? tls->key_file : "", path == tls->cert_file ? "'" : "",
                  gnutls_strerror(rc));
        return NULL;
    }
    if (!tls->no_sanity && !check_own(tls, self, error))
        return NULL;
    return g_steal_pointer(&self);
}

static bool
update(Greeter *greeter, GError **error)
{
    Tls *self = (Tls *)greeter;
    Credentials *fresh = load(self, error);

    if (!fresh)
        return false;
    credentials_unref(self->credentials);
    self->credentials = fresh;
    return true;
}

static void
tls_free(Greeter *greeter)
{
    Tls *self = (Tls *)greeter;

    credentials_unref(self->credentials);
    g_strfreev(self->allowed_dns);
    g_free(self->ca_file);
    g_free(self->cert_file);
    g_free(self->key_file);
    g_free(self->crl_file);
    g_free(self->priority);
    g_free(self);
}

static char *
place(const TlsSettings *settings, const char *given, const char *usual)
{
    g_autofree char *name = g_path_get_basename(usual);

    if (given || settings->privileged)
        return g_strdup(given ? given : usual);
    return g_build_filename(g_get_home_dir(), ".pki", "libvirt", name, NULL);
}

/* No client is to find out that the words mean nothing to gnutls. */
static bool
check_priority(const char *words, GError **error)
{
    gnutls_priority_t priority;
    const char *at = NULL;
    int rc = words ? gnutls_priority_init(&priority, words, &at) : 0;

    if (words && rc == 0)
        gnutls_priority_deinit(priority);
    if (rc < 0)
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "'tls_priority' cannot be '%s': %s at '%s'",
                  words, gnutls_strerror(rc), at ? at : "");
    return rc == 0;
}

Greeter *
tls_new(const TlsSettings *s, GError **error)
{
    Tls *self;

    if (!check_priority(s->priority, error))
        return NULL;
    self = g_new0(Tls, 1);
    self->greeter = (Greeter){ begin, step, update, tls_free };
    self->ca_file = place(s, s->ca_file, "/etc/pki/CA/cacert.pem");
    self->crl_file = place(s, s->crl_file, "/etc/pki/CA/cacrl.pem");
    self->cert_file = place(s, s->cert_file, "/etc/pki/libvirt/servercert.pem");
    self->key_file = place(s, s->key_file, "/etc/pki/libvirt/private/serverkey.pem");
    self->crl_optional = !s->crl_file;
    self->priority = g_strdup(s->priority);
    self->no_sanity = s->no_sanity;
    self->no_verify = s->no_verify;
    self->allowed_dns = g_strdupv((char **)s->allowed_dns);
    self->credentials = load(self, error);
    if (self->credentials)
        return &self->greeter;
    tls_free(&self->greeter);
    return NULL;
}
