/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* agent_client.c - one connection to the agent of a guest
 *
 * The agent's protocol has no message ids that can be relied on.  So each call is preceded by guest-sync-delimited:
 * its reply begins with a byte that is in no JSON text, and what came before it, the late answer to a call that was given
 * up for instance, is skipped.
 */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/agent/agent_client.h"

#include <errno.h>
#include <libvirt/libvirt-qemu.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "util/crypto.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/lock.h"
#include "util/ref.h"

enum { DELIMITER = 0xff, REPLY_DEPTH = 64 };

struct AgentClient {
    gatomicrefcount refs;
    char *path, *name;
    int wake;           /* eventfd: events came */
    Lock lock;
    unsigned events;    /* AgentEvent that came since the call began */
    bool ended;

    /* Of who holds the agent job. */
    int fd;
    GByteArray *input;  /* read, but not looked at */
};

static void
client_free(AgentClient *c)
{
    fd_close(&c->fd);
    fd_close(&c->wake);
    g_byte_array_unref(c->input);
    lock_clear(&c->lock);
    g_free(c->path);
    g_free(c->name);
    g_free(c);
}

DEFINE_REF(AgentClient, agent_client, client_free)

AgentClient *
agent_client_new(const char *path, const char *name)
{
    AgentClient *c = g_new0(AgentClient, 1);

    g_atomic_ref_count_init(&c->refs);
    lock_init(&c->lock);
    c->path = g_strdup(path);
    c->name = g_strdup(name);
    c->fd = -1;
    c->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    c->input = g_byte_array_new();
    return c;
}

void
agent_client_tell(AgentClient *c, AgentEvent event)
{
    uint64_t one = 1;
    bool ended = event == AGENT_EVENT_END;

    lock_acquire(&c->lock);
    c->events |= event;
    c->ended = c->ended || ended;
    lock_release(&c->lock);
    /* Only a counter at its limit refuses, and then it is readable. */
    (void)!write(c->wake, &one, sizeof(one));
}

/* What came since it was last asked. */
static unsigned
take_events(AgentClient *c)
{
    unsigned events;
    uint64_t count;

    (void)!read(c->wake, &count, sizeof(count));
    lock_acquire(&c->lock);
    events = c->events;
    c->events = c->ended ? AGENT_EVENT_END : 0;
    lock_release(&c->lock);
    return events;
}

static void
hang_up(AgentClient *c)
{
    fd_close(&c->fd);
    g_byte_array_set_size(c->input, 0);
}

static bool
dial(AgentClient *c, GError **error)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    if (c->fd >= 0)
        return true;
    g_strlcpy(address.sun_path, c->path, sizeof(address.sun_path));
    c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (c->fd >= 0 && connect(c->fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return true;
    error_set(error, VIR_ERR_AGENT_UNRESPONSIVE, "cannot connect to the agent's channel '%s': %s", c->path, g_strerror(errno));
    hang_up(c);
    return false;
}

bool
agent_client_dial(AgentClient *c, GError **error)
{
    return dial(c, error);
}

typedef struct Exchange {
    int64_t deadline;
    unsigned events;    /* any of them is success */
    unsigned came;      /* those that were */
    bool asked;         /* the command is out: from now on it takes its time */
} Exchange;

/* Wait for @condition on the socket.  False with no error set when an event came that is success as well. */
static bool
wait_ready(AgentClient *c, short condition, Exchange *x, GError **error)
{
    for (;;) {
        struct pollfd fds[] = { { .fd = c->fd, .events = condition }, { .fd = c->wake, .events = POLLIN } };
        int64_t left = x->deadline - g_get_monotonic_time();
        int n = poll(fds, G_N_ELEMENTS(fds), left > 0 ? (int)MIN((left + 999) / 1000, INT32_MAX) : 0);

        if (n < 0 && errno != EINTR) {
            error_set_errno(error, errno, "cannot wait for the agent of '%s'", c->name);
            return false;
        }
        if (n > 0 && fds[1].revents) {
            unsigned came = take_events(c);

            if (came & x->events) {
                x->came |= came & x->events;
                return false;
            }
            if (came & (AGENT_EVENT_LOST | AGENT_EVENT_END)) {
                error_set(error, VIR_ERR_AGENT_UNRESPONSIVE, "%s", came & AGENT_EVENT_END
                              ? "the guest ended while its agent was asked"
                              : "the guest agent went away while it was asked");
                return false;
            }
        }
        if (n > 0 && fds[0].revents)
            return true;
        if (g_get_monotonic_time() < x->deadline)
            continue;
        if (x->asked)
            error_set(error, VIR_ERR_AGENT_COMMAND_TIMEOUT, "the agent of '%s' did not answer in time", c->name);
        else
            error_set(error, VIR_ERR_AGENT_UNRESPONSIVE, "the agent of '%s' does not answer", c->name);
        return false;
    }
}

static bool
send_all(AgentClient *c, const char *data, size_t len, Exchange *x, GError **error)
{
    while (len) {
        ssize_t n = send(c->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (n >= 0) {
            data += n;
            len -= (size_t)n;
        } else if (errno != EAGAIN && errno != EINTR) {
            error_set(error, VIR_ERR_AGENT_UNRESPONSIVE, "cannot write to the agent of '%s': %s", c->name, g_strerror(errno));
            return false;
        } else if (!wait_ready(c, POLLOUT, x, error)) {
            return false;
        }
    }
    return true;
}

/* More of what the agent sends. */
static bool
fill_input(AgentClient *c, Exchange *x, GError **error)
{
    uint8_t buffer[16384];
    ssize_t n;

    if (!wait_ready(c, POLLIN, x, error))
        return false;
    n = recv(c->fd, buffer, sizeof(buffer), MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return true;
    if (n <= 0) {
        error_set(error, VIR_ERR_AGENT_UNRESPONSIVE, "the channel of the agent of '%s' was closed", c->name);
        return false;
    }
    g_byte_array_append(c->input, buffer, (unsigned)n);
    return true;
}

/* Drop all up to and with the delimiter. */
static bool
skip_to_delimiter(AgentClient *c, Exchange *x, GError **error)
{
    size_t skipped = 0;

    for (;;) {
        uint8_t *found = c->input->len ? memrchr(c->input->data, DELIMITER, c->input->len) : NULL;

        if (found) {
            g_byte_array_remove_range(c->input, 0, (unsigned)(found + 1 - c->input->data));
            return true;
        }
        skipped += c->input->len;
        g_byte_array_set_size(c->input, 0);
        if (skipped > AGENT_CLIENT_REPLY_MAX) {
            error_set(error, VIR_ERR_AGENT_UNSYNCED, "the agent of '%s' sends, but nothing that answers", c->name);
            return false;
        }
        if (!fill_input(c, x, error))
            return false;
    }
}

/* One line, as JSON. */
static Json *
read_reply(AgentClient *c, Exchange *x, GError **error)
{
    size_t scanned = 0;
    uint8_t *end;
    g_autofree char *line = NULL;
    g_autoptr(Json) reply = NULL;

    for (;;) {
        while (scanned < c->input->len && c->input->data[scanned] != '\n')
            scanned++;
        if (scanned < c->input->len && scanned > 0)
            break;
        if (scanned < c->input->len) { /* an empty line */
            g_byte_array_remove_range(c->input, 0, 1);
            continue;
        }
        if (c->input->len > AGENT_CLIENT_REPLY_MAX) {
            error_set(error, VIR_ERR_AGENT_UNSYNCED, "the agent of '%s' sent a reply of more than %d bytes", c->name,
                      AGENT_CLIENT_REPLY_MAX);
            return NULL;
        }
        if (!fill_input(c, x, error))
            return NULL;
    }
    end = c->input->data + scanned;
    line = g_strndup((char *)c->input->data, (size_t)(end - c->input->data));
    g_byte_array_remove_range(c->input, 0, (unsigned)scanned + 1);
    reply = json_parse(line, -1, "guest agent", error);
    if (reply && json_object_is_type(reply, json_type_object))
        return g_steal_pointer(&reply);
    g_clear_error(error);
    error_set(error, VIR_ERR_AGENT_UNSYNCED, "the agent of '%s' sent something that is no reply: %.80s", c->name, line);
    return NULL;
}

/* The agent answers, and what it sends from here on is new. */
static bool
sync_up(AgentClient *c, Exchange *x, GError **error)
{
    uint32_t number = 0;
    g_autofree char *text = NULL;
    g_autoptr(Json) reply = NULL;
    Json *value = NULL;

    if (!crypto_random(&number, sizeof(number), error))
        return false;
    number &= INT32_MAX;
    /* The byte ends whatever the agent has read the half of. */
    text = g_strdup_printf("\xff{\"execute\":\"guest-sync-delimited\",\"arguments\":{\"id\":%u}}\n", number);
    if (!send_all(c, text, strlen(text), x, error))
        return false;
    /* An earlier sync that was given up may be answered first. */
    do {
        g_clear_pointer(&reply, json_unref);
        value = NULL;
        if (!skip_to_delimiter(c, x, error))
            return false;
        reply = read_reply(c, x, error);
        if (!reply)
            return false;
        json_object_object_get_ex(reply, "return", &value);
    } while (!json_object_is_type(value, json_type_int) || json_object_get_int64(value) != number);
    g_byte_array_set_size(c->input, 0);
    return true;
}

static int64_t
seconds_from_now(int seconds)
{
    return g_get_monotonic_time() + (int64_t)seconds * G_USEC_PER_SEC;
}

/* NULL with no error set: an awaited event came. */
static Json *
exchange(AgentClient *c, Json *request, const AgentAsk *ask, GError **error)
{
    int patience = ask->timeout == VIR_DOMAIN_QEMU_AGENT_COMMAND_BLOCK ? AGENT_CLIENT_LONGEST_S
                   : ask->timeout == VIR_DOMAIN_QEMU_AGENT_COMMAND_DEFAULT ? AGENT_CLIENT_SYNC_S : ask->timeout;
    Exchange x = { .deadline = seconds_from_now(patience > 0 ? MIN(patience, AGENT_CLIENT_SYNC_S) : AGENT_CLIENT_SYNC_S) };
    unsigned before = take_events(c);
    g_autofree char *text = NULL;
    Json *reply = NULL;
    g_autoptr(GError) failure = NULL;

    if (before & AGENT_EVENT_END) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "domain is not running");
        return NULL;
    }
    if (before & AGENT_EVENT_LOST)
        hang_up(c);
    text = g_strconcat(json_object_to_json_string_ext(request, JSON_C_TO_STRING_PLAIN), "\n", NULL);
    if (dial(c, &failure) && sync_up(c, &x, &failure) && send_all(c, text, strlen(text), &x, &failure)) {
        x.asked = true;
        x.events = ask->events;
        x.deadline = seconds_from_now(patience);
        reply = read_reply(c, &x, &failure);
    }
    crypto_wipe(text, strlen(text)); /* it may hold a password */
    if (failure) {
        hang_up(c);
        g_propagate_error(error, g_steal_pointer(&failure));
    }
    return reply;
}

Json *
agent_client_raw(AgentClient *c, Json *request, const AgentAsk *ask, GError **error)
{
    return exchange(c, request, ask, error);
}

static void
set_agent_error(const char *command, Json *failure, GError **error)
{
    bool unknown = g_str_equal(json_opt_string(failure, "class", ""), "CommandNotFound");

    error_set(error, unknown ? VIR_ERR_OPERATION_UNSUPPORTED : VIR_ERR_AGENT_COMMAND_FAILED,
              "unable to execute QEMU agent command '%s': %s", command, json_opt_string(failure, "desc", "it gave no reason"));
}

Json *
agent_client_call(AgentClient *c, const char *command, Json *arguments, const AgentAsk *ask, GError **error)
{
    g_autoptr(Json) request = json_new_object();
    g_autoptr(Json) reply = NULL;
    g_autoptr(GError) failure = NULL;
    Json *value = NULL;

    json_add_string(request, "execute", command);
    if (arguments)
        json_add(request, "arguments", arguments);
    reply = exchange(c, request, ask, &failure);
    if (failure) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return NULL;
    }
    if (!reply)
        return json_new_object();
    if (json_object_object_get_ex(reply, "return", &value) && value)
        return json_ref(value);
    if (json_object_object_get_ex(reply, "error", &value) && json_object_is_type(value, json_type_object))
        set_agent_error(command, value, error);
    else
        error_set(error, VIR_ERR_AGENT_UNSYNCED, "the agent of '%s' answered '%s' with neither result nor error", c->name,
                  command);
    return NULL;
}
