/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fake.c - drivers whose every answer is known, and a gate that tests open and close. */
#define ERROR_FROM VIR_FROM_TEST
#include "tests/server/fake.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rpc/stream.h"
#include "util/error.h"
#include "util/fd.h"

static const uint8_t fake_uuid[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };

static EventHub *hub;

static bool
start(const DriverEnv *env, GError **error G_GNUC_UNUSED)
{
    hub = env->hub;
    return true;
}

static bool
fake_open(Session *session G_GNUC_UNUSED, const char *uri, bool readonly G_GNUC_UNUSED,
          GError **error)
{
    if (g_str_has_prefix(uri, "test:") || g_str_has_prefix(uri, "qemu:") ||
        g_str_has_prefix(uri, "network:"))
        return true;
    error_set(error, VIR_ERR_NO_CONNECT, "'%s' is not for the fake driver", uri);
    return false;
}

static void
fill_domain(WireDomain *domain)
{
    domain->name = g_strdup("one");
    memcpy(domain->uuid, fake_uuid, sizeof(fake_uuid));
    domain->id = 1;
}

static bool
get_type(Call *call, GError **error G_GNUC_UNUSED)
{
    ((ConnectGetTypeRet *)call->ret)->type = g_strdup(call->session->driver->name);
    return true;
}

static bool
get_version(Call *call, GError **error G_GNUC_UNUSED)
{
    ((ConnectGetVersionRet *)call->ret)->hv_ver = 1002003;
    return true;
}

static bool
get_lib_version(Call *call, GError **error G_GNUC_UNUSED)
{
    ((ConnectGetLibVersionRet *)call->ret)->lib_ver = 11003000;
    return true;
}

static bool
get_uri(Call *call, GError **error G_GNUC_UNUSED)
{
    ((ConnectGetUriRet *)call->ret)->uri = g_strdup(call->session->uri);
    return true;
}

/* In a worker, with who is asking. */
static bool
get_hostname(Call *call, GError **error G_GNUC_UNUSED)
{
    ((ConnectGetHostnameRet *)call->ret)->hostname =
        g_strdup_printf("uid%" G_GINT64_FORMAT, call->session->identity.uid);
    return true;
}

static bool
supports_feature(Call *call, GError **error G_GNUC_UNUSED)
{
    ((ConnectSupportsFeatureRet *)call->ret)->supported =
        ((ConnectSupportsFeatureArgs *)call->args)->feature == 9;
    return true;
}

static bool
list_domains(Call *call, GError **error G_GNUC_UNUSED)
{
    const ConnectListAllDomainsArgs *args = call->args;
    ConnectListAllDomainsRet *ret = call->ret;

    ret->ret = 1;
    if (!args->need_results)
        return true;
    ret->n_domains = 1;
    ret->domains = g_new0(WireDomain, 1);
    fill_domain(ret->domains);
    return true;
}

static bool
lookup_by_name(Call *call, GError **error)
{
    const DomainLookupByNameArgs *args = call->args;

    if (strcmp(args->name, "one") == 0) {
        fill_domain(&((DomainLookupByNameRet *)call->ret)->dom);
        return true;
    }
    error_set(error, VIR_ERR_NO_DOMAIN, "no domain with matching name '%s'", args->name);
    return false;
}

static bool
get_state(Call *call, GError **error G_GNUC_UNUSED)
{
    ((DomainGetStateRet *)call->ret)->state = VIR_DOMAIN_RUNNING;
    return true;
}

/* Blocks for as many milliseconds as the name of the network says: a call that takes long. */
static bool
lookup_network(Call *call, GError **error)
{
    const NetworkLookupByNameArgs *args = call->args;
    NetworkLookupByNameRet *ret = call->ret;

    if (g_str_has_prefix(args->name, "slow"))
        poll(NULL, 0, (int)g_ascii_strtoull(args->name + 4, NULL, 10)); /* what tests call slow */
    if (g_str_has_prefix(args->name, "die"))
        _exit(7);
    if (strcmp(args->name, "absent") == 0) {
        error_set(error, VIR_ERR_NO_NETWORK, "no network with matching name '%s'", args->name);
        return false;
    }
    ret->net.name = g_strdup(args->name);
    memcpy(ret->net.uuid, fake_uuid, sizeof(fake_uuid));
    return true;
}

static bool
resume(Call *call, GError **error G_GNUC_UNUSED)
{
    DomainEventCallbackLifecycleMsg msg = { .msg = { .event = VIR_DOMAIN_EVENT_RESUMED } };

    msg.msg.dom = ((DomainResumeArgs *)call->args)->dom;
    event_emit(hub, EVENT_DOMAIN, VIR_DOMAIN_EVENT_ID_LIFECYCLE, &msg);
    return true;
}

static bool
start_network(Call *call, GError **error G_GNUC_UNUSED)
{
    NetworkEventLifecycleMsg msg = { .event = VIR_NETWORK_EVENT_STARTED };

    msg.net = ((NetworkCreateArgs *)call->args)->net;
    event_emit(hub, EVENT_NETWORK, VIR_NETWORK_EVENT_ID_LIFECYCLE, &msg);
    return true;
}

/* A console that echoes. */
static bool
open_console(Call *call, GError **error)
{
    int fds[2];
    StreamSource source = { .direction = STREAM_TO_CLIENT | STREAM_FROM_CLIENT };

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0) {
        error_set_errno(error, errno, "no socket pair");
        return false;
    }
    source.fd = fds[0];
    if (!stream_attach(call->stream, &source, error)) {
        close(fds[0]);
        close(fds[1]);
        return false;
    }
    /* What is written to one end of this pair comes back by the other only if somebody carries it:
     * the greeting is enough to see that data flows. */
    if (write(fds[1], "hello", 5) != 5)
        g_warning("greeting failed");
    close(fds[1]);
    return true;
}

static bool
screenshot(Call *call, GError **error)
{
    StreamSource source = { .direction = STREAM_TO_CLIENT };
    const char *path = g_getenv("FAKE_SCREENSHOT");

    source.fd = open(path ? path : "/dev/null", O_RDONLY | O_CLOEXEC);
    if (source.fd < 0) {
        error_set_errno(error, errno, "cannot open '%s'", path);
        return false;
    }
    ((DomainScreenshotRet *)call->ret)->mime = g_strdup("text/plain");
    return stream_attach(call->stream, &source, error);
}

static bool
open_graphics_fd(Call *call, GError **error G_GNUC_UNUSED)
{
    call_return_fd(call, open("/dev/null", O_RDWR | O_CLOEXEC));
    return true;
}

/* Writes to the descriptor that came. */
static bool
open_graphics(Call *call, GError **error)
{
    autofd int fd = call_steal_fd(call, 0);

    if (fd >= 0 && write(fd, "graphics", 8) == 8)
        return true;
    error_set(error, VIR_ERR_INVALID_ARG, "no descriptor came");
    return false;
}

#define ROW(name, function, how_) [PROC_##name] = { .fn = function, .flags = ~0u, .how = how_ }

static const DriverRow rows[] = {
    ROW(CONNECT_GET_TYPE, get_type, ROW_INLINE),
    ROW(CONNECT_GET_VERSION, get_version, ROW_INLINE),
    ROW(CONNECT_GET_LIB_VERSION, get_lib_version, ROW_INLINE),
    ROW(CONNECT_GET_URI, get_uri, ROW_INLINE),
    ROW(CONNECT_GET_HOSTNAME, get_hostname, 0),
    ROW(CONNECT_SUPPORTS_FEATURE, supports_feature, ROW_INLINE),
    ROW(CONNECT_LIST_ALL_DOMAINS, list_domains, ROW_INLINE),
    ROW(DOMAIN_LOOKUP_BY_NAME, lookup_by_name, ROW_INLINE),
    ROW(DOMAIN_GET_STATE, get_state, ROW_INLINE),
    ROW(DOMAIN_RESUME, resume, 0),
    ROW(DOMAIN_OPEN_CONSOLE, open_console, 0),
    ROW(DOMAIN_SCREENSHOT, screenshot, 0),
    ROW(DOMAIN_OPEN_GRAPHICS, open_graphics, 0),
    ROW(DOMAIN_OPEN_GRAPHICS_FD, open_graphics_fd, 0),
};

static const DriverRow network_rows[] = {
    ROW(CONNECT_GET_TYPE, get_type, ROW_INLINE),
    ROW(CONNECT_GET_HOSTNAME, get_hostname, 0),
    ROW(CONNECT_SUPPORTS_FEATURE, supports_feature, ROW_INLINE),
    ROW(NETWORK_LOOKUP_BY_NAME, lookup_network, 0),
    ROW(NETWORK_CREATE, start_network, 0),
};

const Driver fake_driver = {
    .name = "Fake",
    .scheme = "test",
    .error_from = VIR_FROM_TEST,
    .classes = 1u << CLASS_DOMAIN,
    .rows = rows,
    .n_rows = G_N_ELEMENTS(rows),
    .start = start,
    .open = fake_open,
};

const Driver fake_network_driver = {
    .name = "FakeNetwork",
    .scheme = "network",
    .error_from = VIR_FROM_NETWORK,
    .classes = 1u << CLASS_NETWORK,
    .rows = network_rows,
    .n_rows = G_N_ELEMENTS(network_rows),
    .start = start,
    .open = fake_open,
};
