/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-remote.c - a connection against a peer that does what the test wants. */
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <string.h>

#include "rpc/client/connection.h"
#include "rpc/patience.h"
#include "rpc/wire.h"
#include "tests/client/peer.h"
#include "util/error.h"

typedef struct Session {
    GThread *thread;
    Connection *conn;
} Session;

static void
silence(void *data G_GNUC_UNUSED, virErrorPtr error G_GNUC_UNUSED)
{
}

static Session
begin(PeerScript script, void *data)
{
    Session s = { 0 };
    GError *error = NULL;
    int fd = peer_start(script, data, &s.thread);

    s.conn = connection_open_fd(fd, "qemu:///system", false, &error);
    g_assert_no_error(error);
    return s;
}

static virConnectPtr public(Session *s)
{
    return (virConnectPtr)s->conn;
}

static void
end(Session *s)
{
    g_assert_cmpint(virConnectClose(public(s)), ==, 0);
    g_thread_join(s->thread);
}

/* ---- opening ---- */

static void
script_open_close(Peer *peer)
{
    peer_open(peer); /* reads both calls before it answers one: they came together */
    peer_close(peer);
}

static void
test_open_close(void)
{
    Session s = begin(script_open_close, NULL);
    g_autofree char *uri = virConnectGetURI(public(&s));

    g_assert_cmpstr(uri, ==, "qemu:///system");
    end(&s);
}

static void
script_polkit(Peer *peer)
{
    FrameHeader list = peer_expect(peer, PROC_AUTH_LIST),
                open = peer_expect(peer, PROC_CONNECT_OPEN);
    AuthListRet polkit = { .n_types = 1, .types = &(int32_t){ 2 } };
    AuthPolkitRet done = { .complete = 1 };

    peer_refuse(peer, open, VIR_ERR_RPC, "authentication required");
    peer_reply(peer, list, &wire_auth_list_ret, &polkit);
    peer_reply(peer, peer_expect(peer, PROC_AUTH_POLKIT), &wire_auth_polkit_ret, &done);
    peer_reply(peer, peer_expect(peer, PROC_CONNECT_OPEN), NULL, NULL);
    peer_close(peer);
}

static void
test_polkit(void)
{
    Session s = begin(script_polkit, NULL);

    end(&s);
}

static void
script_refuse_open(Peer *peer)
{
    FrameHeader list = peer_expect(peer, PROC_AUTH_LIST),
                open = peer_expect(peer, PROC_CONNECT_OPEN);
    AuthListRet none = { .n_types = 1, .types = &(int32_t){ 0 } };

    peer_reply(peer, list, &wire_auth_list_ret, &none);
    peer_refuse(peer, open, VIR_ERR_NO_CONNECT, "qemu:///system");
    g_assert_true(peer_at_end(peer)); /* no goodbye to one that let nobody in */
}

static void
script_sasl_only(Peer *peer)
{
    FrameHeader list = peer_expect(peer, PROC_AUTH_LIST),
                open = peer_expect(peer, PROC_CONNECT_OPEN);
    AuthListRet sasl = { .n_types = 1, .types = &(int32_t){ 1 } };

    peer_reply(peer, list, &wire_auth_list_ret, &sasl);
    peer_refuse(peer, open, VIR_ERR_RPC, "authentication required");
    g_assert_true(peer_at_end(peer));
}

static void
check_open_fails(PeerScript script, int code)
{
    g_autoptr(GError) error = NULL;
    GThread *thread;
    int fd = peer_start(script, NULL, &thread);

    g_assert_null(connection_open_fd(fd, "qemu:///system", false, &error));
    g_assert_cmpint(error_code(error), ==, code);
    g_thread_join(thread);
}

static void
test_refused(void)
{
    check_open_fails(script_refuse_open, VIR_ERR_NO_CONNECT);
    check_open_fails(script_sasl_only, VIR_ERR_AUTH_FAILED);
}

/* ---- calls ---- */

static void
script_reversed(Peer *peer)
{
    FrameHeader calls[2];
    ConnectGetMaxVcpusRet few = { .max_vcpus = 1 }, many = { .max_vcpus = 2 };

    peer_open(peer);
    calls[0] = peer_expect(peer, PROC_CONNECT_GET_MAX_VCPUS);
    calls[1] = peer_expect(peer, PROC_CONNECT_GET_MAX_VCPUS);
    /* The last shall be first, and something nobody asked for is between them. */
    peer_reply(peer, calls[1], &wire_connect_get_max_vcpus_ret, &many);
    peer_reply(peer,
               (FrameHeader){ .program = PROGRAM_REMOTE, .version = 1, .proc = 5, .serial = 99 },
               &wire_connect_get_max_vcpus_ret, &many);
    peer_reply(peer, calls[0], &wire_connect_get_max_vcpus_ret, &few);
    peer_close(peer);
}

static gpointer
ask_max_vcpus(gpointer conn)
{
    return GINT_TO_POINTER(virConnectGetMaxVcpus(conn, NULL));
}

static void
test_replies_out_of_order(void)
{
    Session s = begin(script_reversed, NULL);
    GThread *a = g_thread_new("a", ask_max_vcpus, public(&s)),
            *b = g_thread_new("b", ask_max_vcpus, public(&s));
    int sum = GPOINTER_TO_INT(g_thread_join(a)) + GPOINTER_TO_INT(g_thread_join(b));

    g_assert_cmpint(sum, ==, 3);
    end(&s);
}

enum { STORM_THREADS = 8, STORM_CALLS = 200 };

static void
script_storm(Peer *peer)
{
    peer_open(peer);
    for (int i = 0; i < STORM_THREADS * STORM_CALLS; i++) {
        FrameHeader call = peer_expect(peer, PROC_CONNECT_GET_MAX_VCPUS);
        ConnectGetMaxVcpusRet ret = { .max_vcpus = 7 };

        peer_reply(peer, call, &wire_connect_get_max_vcpus_ret, &ret);
    }
    peer_close(peer);
}

static gpointer
storm(gpointer conn)
{
    for (int i = 0; i < STORM_CALLS; i++)
        g_assert_cmpint(virConnectGetMaxVcpus(conn, NULL), ==, 7);
    return NULL;
}

static void
test_many_threads(void)
{
    Session s = begin(script_storm, NULL);
    GThread *threads[STORM_THREADS];

    for (int i = 0; i < STORM_THREADS; i++)
        threads[i] = g_thread_new("storm", storm, public(&s));
    for (int i = 0; i < STORM_THREADS; i++)
        g_thread_join(threads[i]);
    end(&s);
}

/* No answer, and none that another call could take for its own when it comes late. */
static void
script_hang(Peer *peer)
{
    FrameHeader late;

    peer_open(peer);
    late = peer_expect(peer, PROC_CONNECT_GET_MAX_VCPUS);
    peer_expect(peer, PROC_CONNECT_GET_MAX_VCPUS);
    peer_reply(peer, late, &wire_connect_get_max_vcpus_ret, &(ConnectGetMaxVcpusRet){ .max_vcpus = 4 });
    peer_close(peer);
}

static void
test_patience(void)
{
    Session s = begin(script_hang, NULL);

    patience_set(20);
    for (int i = 0; i < 2; i++) {
        g_assert_cmpint(virConnectGetMaxVcpus(public(&s), NULL), ==, -1);
        g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_OPERATION_TIMEOUT);
    }
    patience_set(0);
    end(&s);
}

static void
script_vanish(Peer *peer)
{
    peer_open(peer);
    peer_expect(peer, PROC_CONNECT_GET_MAX_VCPUS);
}

static void
test_peer_vanishes(void)
{
    Session s = begin(script_vanish, NULL);

    g_assert_cmpint(virConnectGetMaxVcpus(public(&s), NULL), ==, -1);
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_SYSTEM_ERROR);
    g_assert_nonnull(strstr(virGetLastErrorMessage(), "End of file while reading data"));
    g_assert_cmpint(virConnectGetMaxVcpus(public(&s), NULL), ==, -1);
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_INTERNAL_ERROR);
    g_assert_cmpstr(virGetLastErrorMessage(), ==, "internal error: client socket is closed");
    g_assert_cmpint(virConnectIsAlive(public(&s)), ==, 0);
    end(&s);
}

static void
script_garbage(Peer *peer)
{
    FrameHeader call;

    peer_open(peer);
    call = peer_expect(peer, PROC_CONNECT_GET_HOSTNAME);
    call.type = FRAME_REPLY;
    peer_send(peer, call, "\xff\xff\xff\xff", 4); /* a string of four thousand million bytes */
    peer_close(peer);
}

static void
test_unreadable_reply(void)
{
    Session s = begin(script_garbage, NULL);

    g_assert_null(virConnectGetHostname(public(&s)));
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_RPC);
    g_assert_nonnull(strstr(virGetLastErrorMessage(), "virConnectGetHostname"));
    end(&s); /* that call failed, not the connection */
}

static void
script_refusals(Peer *peer)
{
    peer_open(peer);
    peer_refuse(peer, peer_expect(peer, PROC_CONNECT_GET_HOSTNAME), VIR_ERR_RPC,
                "unknown procedure: 59");
    peer_refuse(peer, peer_expect(peer, PROC_CONNECT_GET_HOSTNAME), VIR_ERR_NO_DOMAIN,
                "some detail");
    peer_close(peer);
}

static void
test_refusals(void)
{
    Session s = begin(script_refusals, NULL);
    virErrorPtr error;

    g_assert_null(virConnectGetHostname(public(&s)));
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_NO_SUPPORT);
    g_assert_null(virConnectGetHostname(public(&s)));
    error = virGetLastError();
    g_assert_cmpint(error->code, ==, VIR_ERR_NO_DOMAIN);
    g_assert_cmpint(error->domain, ==, VIR_FROM_RPC);
    g_assert_cmpstr(error->message, ==, "Domain not found: some detail");
    g_assert_cmpstr(error->str1, ==, "Domain not found: %s");
    g_assert_cmpstr(error->str2, ==, "some detail");
    g_assert_cmpint(virConnGetLastError(public(&s))->code, ==, VIR_ERR_NO_DOMAIN);
    end(&s);
}

/* ---- events ---- */

static int seen;

static void
on_lifecycle(virConnectPtr conn, virDomainPtr dom, int event, int detail, void *opaque)
{
    g_assert_nonnull(conn);
    g_assert_cmpstr(virDomainGetName(dom), ==, "guest");
    g_assert_cmpint(event, ==, VIR_DOMAIN_EVENT_STOPPED);
    g_assert_cmpint(detail, ==, 5);
    ++*(int *)opaque;
}

/* The public macro's cast, in the two steps that compilers like. */
static const virConnectDomainEventGenericCallback lifecycle_callback =
    (virConnectDomainEventGenericCallback)(void (*)(void))on_lifecycle;

static void
script_events(Peer *peer)
{
    ConnectDomainEventCallbackRegisterAnyRet registered = { .callbackID = 77 };
    DomainEventCallbackLifecycleMsg msg = { .callbackID = 77,
                                            .msg = { .dom = { .name = (char *)"guest" },
                                                     .event = VIR_DOMAIN_EVENT_STOPPED,
                                                     .detail = 5 } };
    FrameHeader event = { .program = PROGRAM_REMOTE,
                          .version = 1,
                          .proc = PROC_DOMAIN_EVENT_CALLBACK_LIFECYCLE,
                          .type = FRAME_EVENT,
                          .serial = 1 };
    g_autoptr(GByteArray) out = g_byte_array_new();
    FrameHeader call;

    g_assert_true(wire_encode(&wire_domain_event_callback_lifecycle_msg, &msg, out, NULL));
    peer_open(peer);
    peer_reply(peer, peer_expect(peer, PROC_CONNECT_SUPPORTS_FEATURE),
               &wire_connect_supports_feature_ret, &(ConnectSupportsFeatureRet){ 1 });
    /* Two callbacks, but one registration over the wire. */
    peer_reply(peer, peer_expect(peer, PROC_CONNECT_DOMAIN_EVENT_CALLBACK_REGISTER_ANY),
               &wire_connect_domain_event_callback_register_any_ret, &registered);
    call = peer_expect(peer, PROC_CONNECT_GET_MAX_VCPUS);
    peer_send(peer, event, out->data, out->len); /* in front of a reply */
    peer_reply(peer, call, &wire_connect_get_max_vcpus_ret, &(ConnectGetMaxVcpusRet){ 1 });
    peer_send(peer, event, out->data, out->len); /* and by itself */
    peer_reply(peer, peer_expect(peer, PROC_CONNECT_DOMAIN_EVENT_CALLBACK_DEREGISTER_ANY), NULL,
               NULL);
    peer_close(peer);
}

static void
test_events(void)
{
    Session s = begin(script_events, NULL);
    int a, b;

    seen = 0;
    a = virConnectDomainEventRegisterAny(public(&s), NULL, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                                         lifecycle_callback, &seen, NULL);
    b = virConnectDomainEventRegisterAny(public(&s), NULL, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                                         lifecycle_callback, &seen, NULL);
    g_assert_cmpint(a, >=, 0);
    g_assert_cmpint(b, !=, a);
    g_assert_cmpint(virConnectGetMaxVcpus(public(&s), NULL), ==, 1);
    g_assert_cmpint(seen, ==, 0); /* never from within another call */
    while (seen < 4)
        g_assert_cmpint(virEventRunDefaultImpl(), ==, 0);
    g_assert_cmpint(virConnectDomainEventDeregisterAny(public(&s), a), ==, 0);
    g_assert_cmpint(virConnectDomainEventDeregisterAny(public(&s), b), ==, 0);
    g_assert_cmpint(virConnectDomainEventDeregisterAny(public(&s), b), ==, -1);
    end(&s);
}

/* A daemon that knows no callbacks: one registration for all domains, and the client finds out whose event it is. */
static void
script_old_events(Peer *peer)
{
    static const FrameHeader event = { .program = PROGRAM_REMOTE,
                                       .version = 1,
                                       .proc = PROC_DOMAIN_EVENT_LIFECYCLE,
                                       .type = FRAME_EVENT };
    WireDomain guest = { .name = (char *)"guest", .uuid = { 1 } };

    peer_open(peer);
    peer_reply(peer, peer_expect(peer, PROC_DOMAIN_LOOKUP_BY_NAME),
               &wire_domain_lookup_by_name_ret, &(DomainLookupByNameRet){ .dom = guest });
    peer_reply(peer, peer_expect(peer, PROC_CONNECT_SUPPORTS_FEATURE),
               &wire_connect_supports_feature_ret, &(ConnectSupportsFeatureRet){ 0 });
    peer_reply(peer, peer_expect(peer, PROC_CONNECT_DOMAIN_EVENT_REGISTER_ANY), NULL, NULL);
    for (uint8_t i = 0; i < 2; i++) {
        DomainEventLifecycleMsg msg = { .dom = { .name = (char *)"guest", .uuid = { (uint8_t)(2 - i) } },
                                        .event = VIR_DOMAIN_EVENT_STOPPED,
                                        .detail = 5 };
        g_autoptr(GByteArray) out = g_byte_array_new();

        g_assert_true(wire_encode(&wire_domain_event_lifecycle_msg, &msg, out, NULL));
        peer_send(peer, event, out->data, out->len);
    }
    peer_reply(peer, peer_expect(peer, PROC_CONNECT_DOMAIN_EVENT_DEREGISTER_ANY), NULL, NULL);
    peer_close(peer);
}

static void
test_old_events(void)
{
    Session s = begin(script_old_events, NULL);
    virDomainPtr guest = virDomainLookupByName(public(&s), "guest");
    int all = 0, one = 0, a, b;

    a = virConnectDomainEventRegisterAny(public(&s), NULL, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                                         lifecycle_callback, &all, NULL);
    b = virConnectDomainEventRegisterAny(public(&s), guest, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                                         lifecycle_callback, &one, NULL);
    g_assert_cmpint(a, >=, 0);
    g_assert_cmpint(b, >=, 0);
    while (all < 2) /* the second is the guest's */
        g_assert_cmpint(virEventRunDefaultImpl(), ==, 0);
    g_assert_cmpint(one, ==, 1);
    g_assert_cmpint(virConnectDomainEventDeregisterAny(public(&s), a), ==, 0);
    g_assert_cmpint(virConnectDomainEventDeregisterAny(public(&s), b), ==, 0);
    virDomainFree(guest);
    end(&s);
}

static void
on_close(virConnectPtr conn G_GNUC_UNUSED, int reason, void *opaque)
{
    *(int *)opaque = reason;
}

static void
script_close_callback(Peer *peer)
{
    peer_open(peer);
    peer_reply(peer, peer_expect(peer, PROC_CONNECT_SUPPORTS_FEATURE),
               &wire_connect_supports_feature_ret, &(ConnectSupportsFeatureRet){ 0 });
}

static void
test_close_callback(void)
{
    Session s = begin(script_close_callback, NULL);
    int reason = -1;

    g_assert_cmpint(virConnectRegisterCloseCallback(public(&s), on_close, &reason, NULL), ==, 0);
    g_assert_cmpint(virConnectRegisterCloseCallback(public(&s), on_close, &reason, NULL), ==, -1);
    while (reason < 0)
        g_assert_cmpint(virEventRunDefaultImpl(), ==, 0);
    g_assert_cmpint(reason, ==, VIR_CONNECT_CLOSE_REASON_EOF);
    end(&s);
}

static void
script_keepalive(Peer *peer)
{
    FrameHeader ping;

    peer_open(peer);
    peer_reply(peer, peer_expect(peer, PROC_CONNECT_SUPPORTS_FEATURE),
               &wire_connect_supports_feature_ret, &(ConnectSupportsFeatureRet){ 1 });
    ping = peer_read(peer, NULL, 0);
    g_assert_cmpuint(ping.program, ==, PROGRAM_KEEPALIVE);
    g_assert_cmpint(ping.proc, ==, PROC_KEEPALIVE_PING);
    peer_at_end(peer); /* never answer: the client gives up */
}

static void
test_keepalive(void)
{
    Session s = begin(script_keepalive, NULL);

    g_assert_cmpint(virConnectSetKeepAlive(public(&s), 1, 1), ==, 0);
    while (virConnectIsAlive(public(&s)))
        g_assert_cmpint(virEventRunDefaultImpl(), ==, 0);
    g_assert_cmpint(virConnectGetMaxVcpus(public(&s), NULL), ==, -1);
    end(&s);
}

/* ---- streams ---- */

static FrameHeader
stream_header(FrameHeader call, FrameStatus status)
{
    call.type = FRAME_STREAM;
    call.status = (int32_t)status;
    return call;
}

static void
script_download(Peer *peer)
{
    static const uint8_t hole[12] = { 0, 0, 0, 0, 0, 0, 0, 3 };
    FrameHeader call, finish, packet;

    peer_open(peer);
    call = peer_expect(peer, PROC_STORAGE_VOL_DOWNLOAD);
    peer_reply(peer, call, NULL, NULL);
    packet = stream_header(call, FRAME_CONTINUE);
    peer_send(peer, packet, "hello ", 6);
    peer_send(peer, packet, "world", 5);
    packet.type = FRAME_STREAM_HOLE;
    peer_send(peer, packet, hole, sizeof(hole));
    packet.type = FRAME_STREAM;
    peer_send(peer, packet, "!", 1);
    peer_send(peer, packet, NULL, 0);
    finish = peer_read(peer, NULL, 0);
    g_assert_cmpint(finish.type, ==, FRAME_STREAM);
    g_assert_cmpint(finish.status, ==, FRAME_OK);
    g_assert_cmpuint(finish.serial, ==, call.serial);
    peer_send(peer, finish, NULL, 0);
    peer_close(peer);
}

static virStorageVolPtr
make_volume(Connection *conn)
{
    WireStorageVol record = { .pool = (char *)"pool",
                              .name = (char *)"vol",
                              .key = (char *)"/vol" };

    return (virStorageVolPtr)handle_from_wire(HANDLE_STORAGE_VOL, conn, NULL, &record);
}

static void
test_download(void)
{
    Session s = begin(script_download, NULL);
    virStorageVolPtr vol = make_volume(s.conn);
    virStreamPtr st = virStreamNew(public(&s), 0);
    char text[32] = { 0 };
    long long hole = 0;

    g_assert_cmpint(virStreamRecv(st, text, 1), ==, -1); /* nothing began yet */
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_NO_SUPPORT);
    g_assert_cmpint(virStorageVolDownload(vol, st, 0, 0, VIR_STORAGE_VOL_DOWNLOAD_SPARSE_STREAM),
                    ==, 0);
    for (int got = 0; got < 11;) {
        int n = virStreamRecvFlags(st, text + got, sizeof(text) - (size_t)got,
                                   VIR_STREAM_RECV_STOP_AT_HOLE);

        g_assert_cmpint(n, >, 0);
        got += n;
    }
    g_assert_cmpstr(text, ==, "hello world");
    g_assert_cmpint(virStreamRecvFlags(st, text, 1, VIR_STREAM_RECV_STOP_AT_HOLE), ==, -3);
    g_assert_cmpint(virStreamRecvHole(st, &hole, 0), ==, 0);
    g_assert_cmpint(hole, ==, 3);
    g_assert_cmpint(virStreamRecv(st, text, sizeof(text)), ==, 1);
    g_assert_cmpint(text[0], ==, '!');
    g_assert_cmpint(virStreamRecv(st, text, sizeof(text)), ==, 0);
    g_assert_cmpint(virStreamFinish(st), ==, 0);
    g_assert_cmpint(virStreamRecv(st, text, 1), ==, -1);
    virStreamFree(st);
    virStorageVolFree(vol);
    end(&s);
}

enum { UPLOAD_SIZE = 1000000 };

static void
script_upload(Peer *peer)
{
    static char payload[FRAME_STREAM_MAX];
    FrameHeader call, packet;
    size_t total = 0;

    peer_open(peer);
    call = peer_expect(peer, PROC_STORAGE_VOL_UPLOAD);
    peer_reply(peer, call, NULL, NULL);
    while (total < UPLOAD_SIZE) {
        memset(payload, 0, sizeof(payload));
        packet = peer_read(peer, payload, sizeof(payload));
        g_assert_cmpint(packet.status, ==, FRAME_CONTINUE);
        for (size_t i = 0; i < sizeof(payload) && payload[i]; i++)
            total++;
    }
    g_assert_cmpuint(total, ==, UPLOAD_SIZE);
    packet = peer_read(peer, NULL, 0);
    g_assert_cmpint(packet.status, ==, FRAME_OK);
    peer_refuse(peer, stream_header(call, FRAME_ERROR), VIR_ERR_OPERATION_FAILED, "disk full");
    peer_close(peer);
}

static int
source(virStreamPtr st G_GNUC_UNUSED, char *data, size_t nbytes, void *opaque)
{
    size_t *left = opaque, n = MIN(nbytes, *left);

    memset(data, 'x', n);
    *left -= n;
    return (int)n;
}

static void
test_upload(void)
{
    Session s = begin(script_upload, NULL);
    virStorageVolPtr vol = make_volume(s.conn);
    virStreamPtr st = virStreamNew(public(&s), 0);
    size_t left = UPLOAD_SIZE;

    g_assert_cmpint(virStorageVolUpload(vol, st, 0, 0, 0), ==, 0);
    g_assert_cmpint(virStreamSendAll(st, source, &left), ==, 0);
    g_assert_cmpint(virStreamFinish(st), ==, -1);
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_OPERATION_FAILED);
    g_assert_nonnull(strstr(virGetLastErrorMessage(), "disk full"));
    virStreamFree(st);
    virStorageVolFree(vol);
    end(&s);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    virSetErrorFunc(NULL, silence);
    virEventRegisterDefaultImpl();
    g_test_add_func("/remote/open-close", test_open_close);
    g_test_add_func("/remote/polkit", test_polkit);
    g_test_add_func("/remote/refused", test_refused);
    g_test_add_func("/remote/replies-out-of-order", test_replies_out_of_order);
    g_test_add_func("/remote/many-threads", test_many_threads);
    g_test_add_func("/remote/patience", test_patience);
    g_test_add_func("/remote/peer-vanishes", test_peer_vanishes);
    g_test_add_func("/remote/unreadable-reply", test_unreadable_reply);
    g_test_add_func("/remote/refusals", test_refusals);
    g_test_add_func("/remote/events", test_events);
    g_test_add_func("/remote/old-events", test_old_events);
    g_test_add_func("/remote/close-callback", test_close_callback);
    g_test_add_func("/remote/keepalive", test_keepalive);
    g_test_add_func("/remote/download", test_download);
    g_test_add_func("/remote/upload", test_upload);
    return g_test_run();
}
