/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* agent.c - the agent of a guest: whether there is one, and what the driver asks of it */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/agent/agent.h"

#include <libvirt/libvirt-qemu.h>

#include "util/error.h"
#include "util/log.h"

LOG_SOURCE("qemu.agent");

#define AGENT_NAME "org.qemu.guest_agent.0"

enum { PUBLISH_DEADLINE_S = 120 };

Job *
agent_begin(Guest *guest, const char *who, GError **error)
{
    return job_begin(&guest->vm.object.jobs, JOB_AGENT, who, JOB_DEADLINE_S, error);
}

Channel *
agent_channel(const Domain *doc)
{
    for (size_t i = 0; i < list_len(doc->channels); i++) {
        Channel *c = list_at(doc->channels, i);

        if (!g_strcmp0(c->target_type, "virtio") && !g_strcmp0(c->target_name, AGENT_NAME) && c->source.type == CHAR_TYPE_UNIX)
            return c;
    }
    return NULL;
}

/* A daemon that has just been started may still be finding its guests, each under a job. */
static void
wait_for_reconnect(Guest *guest)
{
    g_autoptr(Job) job = NULL;
    bool known;

    lock_acquire(&guest->vm.object.lock);
    known = guest->agent != NULL;
    lock_release(&guest->vm.object.lock);
    if (!known)
        job = job_begin(&guest->vm.object.jobs, JOB_QUERY, "the agent", JOB_DEADLINE_S, NULL);
}

AgentClient *
agent_of(Guest *guest, GError **error)
{
    g_autoptr(Def) live = NULL;
    const Channel *channel;
    AgentClient *agent;
    bool connected;

    live = object_live(&guest->vm.object);
    if (live && agent_channel(live->doc)) {
        wait_for_reconnect(guest);
        def_unref(live);
        live = object_live(&guest->vm.object);
    }
    channel = live ? agent_channel(live->doc) : NULL;
    if (!live || vm_state(&guest->vm, NULL) != VIR_DOMAIN_RUNNING) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "domain is not running");
        return NULL;
    }
    if (!channel) {
        error_set(error, VIR_ERR_ARGUMENT_UNSUPPORTED, "QEMU guest agent is not configured");
        return NULL;
    }
    lock_acquire(&guest->vm.object.lock);
    agent = agent_client_ref(guest->agent);
    connected = channel->info.alias && GPOINTER_TO_INT(g_hash_table_lookup(guest->channel_states, channel->info.alias)) ==
                                           CHANNEL_STATE_CONNECTED;
    lock_release(&guest->vm.object.lock);
    if (agent && connected)
        return agent;
    agent_client_unref(agent);
    error_set(error, VIR_ERR_AGENT_UNRESPONSIVE, "QEMU guest agent is not connected");
    return NULL;
}

bool
agent_is_there(Guest *guest)
{
    g_autoptr(AgentClient) agent = agent_of(guest, NULL);

    return agent != NULL;
}

static int
timeout_of(Guest *guest)
{
    g_auto(LockHold) hold = lock_hold(&guest->vm.object.lock);

    return guest->agent_timeout;
}

static Json *
call(Guest *guest, const char *command, Json *arguments, const AgentAsk *ask, GError **error)
{
    g_autoptr(AgentClient) agent = agent_of(guest, error);

    if (agent)
        return agent_client_call(agent, command, arguments, ask, error);
    json_unref(arguments);
    return NULL;
}

Json *
agent_call(Guest *guest, const char *command, Json *arguments, GError **error)
{
    const AgentAsk ask = { .timeout = timeout_of(guest) };

    return call(guest, command, arguments, &ask, error);
}

bool
agent_call_until(Guest *guest, const char *command, Json *arguments, unsigned events, GError **error)
{
    /* The agent is among what ends when a guest ends. */
    const AgentAsk ask = { .timeout = VIR_DOMAIN_QEMU_AGENT_COMMAND_SHUTDOWN,
                           .events = events | AGENT_EVENT_LOST | AGENT_EVENT_END };
    g_autoptr(Json) reply = call(guest, command, arguments, &ask, error);

    return reply != NULL;
}

static bool
read_count(Json *reply, int *ret_count, GError **error)
{
    int64_t count = json_object_is_type(reply, json_type_int) ? json_object_get_int64(reply) : -1;

    if (count < 0 || count > INT32_MAX) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "the guest agent did not tell of how many file systems it speaks");
        return false;
    }
    *ret_count = (int)count;
    return true;
}

bool
agent_freeze(Guest *guest, char *const *mountpoints, size_t n, int *ret_count, GError **error)
{
    Json *arguments = NULL;
    g_autoptr(Json) reply = NULL;

    if (n) {
        Json *list = json_new_array();

        for (size_t i = 0; i < n; i++)
            json_append_string(list, mountpoints[i]);
        arguments = json_new_object();
        json_add(arguments, "mountpoints", list);
    }
    reply = agent_call(guest, n ? "guest-fsfreeze-freeze-list" : "guest-fsfreeze-freeze", arguments, error);
    return reply && read_count(reply, ret_count, error);
}

bool
agent_thaw(Guest *guest, int *ret_count, GError **error)
{
    g_autoptr(Json) reply = agent_call(guest, "guest-fsfreeze-thaw", NULL, error);

    return reply && read_count(reply, ret_count, error);
}

bool
agent_shutdown(Guest *guest, bool reboot, GError **error)
{
    Json *arguments = json_new_object();

    json_add_string(arguments, "mode", reboot ? "reboot" : "powerdown");
    return agent_call_until(guest, "guest-shutdown", arguments, reboot ? AGENT_EVENT_RESET : AGENT_EVENT_SHUTDOWN, error);
}

/* ---- the guest's life ------------------------------------------------------------------ */

void
agent_attach(Guest *guest, Domain *doc, Json *chardevs)
{
    const Channel *channel = agent_channel(doc);
    AgentClient *before, *agent = NULL;

    for (size_t i = 0; i < list_len(doc->channels); i++) {
        Channel *c = list_at(doc->channels, i);

        if (g_strcmp0(c->target_type, "virtio") != 0 || !c->info.alias)
            continue;
        for (size_t j = 0; j < json_array_len(chardevs); j++) {
            Json *item = json_array_at(chardevs, j);
            const char *label = json_opt_string(item, "label", "");

            if (g_str_has_prefix(label, "char") && g_str_equal(label + 4, c->info.alias))
                c->state = json_opt_bool(item, "frontend-open", false) ? CHANNEL_STATE_CONNECTED : CHANNEL_STATE_DISCONNECTED;
        }
    }
    if (channel && channel->source.path)
        agent = agent_client_new(channel->source.path, doc->name);
    lock_acquire(&guest->vm.object.lock);
    before = guest->agent;
    guest->agent = agent;
    g_hash_table_remove_all(guest->channel_states);
    for (size_t i = 0; i < list_len(doc->channels); i++) {
        const Channel *c = list_at(doc->channels, i);

        if (c->info.alias && c->state)
            g_hash_table_replace(guest->channel_states, g_strdup(c->info.alias), GINT_TO_POINTER(c->state));
    }
    lock_release(&guest->vm.object.lock);
    if (before)
        agent_client_tell(before, AGENT_EVENT_END);
    agent_client_unref(before);
}

static void
dial(Guest *guest)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Job) job = agent_begin(guest, "the agent's connection", &error);
    g_autoptr(AgentClient) agent = job ? agent_of(guest, NULL) : NULL;

    if (agent && !agent_client_dial(agent, &error))
        log_gerror(error, "while connecting to a guest's agent");
}

static void
emit_agent(Guest *guest, bool connected, int reason)
{
    DomainEventCallbackAgentLifecycleMsg msg = {
        .state = connected ? VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_STATE_CONNECTED
                           : VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_STATE_DISCONNECTED,
        .reason = reason,
    };

    object_wire(&guest->vm.object, &msg.dom);
    event_emit(guest_host.env.hub, EVENT_DOMAIN, VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE, &msg);
    g_free(msg.dom.name);
}

void
agent_announce(Guest *guest, int reason)
{
    g_autoptr(Def) live = object_live(&guest->vm.object);
    const Channel *channel = live ? agent_channel(live->doc) : NULL;

    if (!channel || channel->state != CHANNEL_STATE_CONNECTED)
        return;
    if (reason >= 0)
        emit_agent(guest, true, reason);
    guest_defer(guest, dial);
}

static void
tell(Guest *guest, AgentEvent event)
{
    AgentClient *agent;

    lock_acquire(&guest->vm.object.lock);
    agent = agent_client_ref(guest->agent);
    lock_release(&guest->vm.object.lock);
    if (agent)
        agent_client_tell(agent, event);
    agent_client_unref(agent);
}

/* Publish which channels are open.  A job keeps out who would publish an older copy. */
static void
publish(Guest *guest)
{
    Object *object = &guest->vm.object;
    g_autoptr(GError) error = NULL;
    g_autoptr(Job) job = job_begin(&object->jobs, JOB_QUERY, "the state of a channel", PUBLISH_DEADLINE_S, &error);
    g_autoptr(Def) live = job ? object_live(object) : NULL;
    Domain *doc = live ? xml_copy(&domain_xml, live->doc) : NULL;

    if (doc) {
        lock_acquire(&object->lock);
        for (size_t i = 0; i < list_len(doc->channels); i++) {
            Channel *c = list_at(doc->channels, i);
            int state = c->info.alias ? GPOINTER_TO_INT(g_hash_table_lookup(guest->channel_states, c->info.alias)) : 0;

            if (state)
                c->state = (ChannelState)state;
        }
        lock_release(&object->lock);
        object_set_live(object, doc);
        guest_status_save(object, &error);
    }
    if (error)
        log_gerror(error, "while noting the state of a guest's channel");
}

static void
change_port(Guest *guest, const char *id, bool open)
{
    g_autoptr(Def) live = object_live(&guest->vm.object);
    const Channel *channel = live ? agent_channel(live->doc) : NULL;
    int state = open ? CHANNEL_STATE_CONNECTED : CHANNEL_STATE_DISCONNECTED, before;

    lock_acquire(&guest->vm.object.lock);
    before = GPOINTER_TO_INT(g_hash_table_lookup(guest->channel_states, id));
    g_hash_table_replace(guest->channel_states, g_strdup(id), GINT_TO_POINTER(state));
    lock_release(&guest->vm.object.lock);
    if (before == state)
        return;
    guest_defer(guest, publish);
    if (!channel || g_strcmp0(channel->info.alias, id) != 0)
        return;
    if (open)
        guest_defer(guest, dial);
    else
        tell(guest, AGENT_EVENT_LOST);
    emit_agent(guest, open, VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_REASON_CHANNEL);
}

void
agent_event(Guest *guest, const char *name, Json *data)
{
    static const struct {
        const char *name;
        AgentEvent event;
    } ends[] = { { "SHUTDOWN", AGENT_EVENT_SHUTDOWN }, { "RESET", AGENT_EVENT_RESET }, { "SUSPEND", AGENT_EVENT_SUSPEND },
                 { "SUSPEND_DISK", AGENT_EVENT_SUSPEND } };
    const char *id = json_opt_string(data, "id", NULL);

    if (g_str_equal(name, "VSERPORT_CHANGE") && id)
        change_port(guest, id, json_opt_bool(data, "open", false));
    for (size_t i = 0; i < G_N_ELEMENTS(ends); i++)
        if (g_str_equal(ends[i].name, name))
            tell(guest, ends[i].event);
}

void
agent_detach(Guest *guest)
{
    AgentClient *agent;

    lock_acquire(&guest->vm.object.lock);
    agent = guest->agent;
    guest->agent = NULL;
    lock_release(&guest->vm.object.lock);
    if (agent)
        agent_client_tell(agent, AGENT_EVENT_END);
    agent_client_unref(agent);
}
