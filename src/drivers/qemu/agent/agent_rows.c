/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* agent_rows.c - calls that the agent of the guest answers
 *
 * Most have a job of kind JOB_AGENT by their row; those at the end may be served without an agent too and begin the job
 * that fits by themselves.
 */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/agent/agent_rows.h"

#include <libvirt/libvirt-qemu.h>
#include <string.h>

#include "drivers/qemu/agent/agent.h"
#include "drivers/qemu/agent/agent_vcpu.h"
#include "drivers/qemu/rows.h"
#include "util/error.h"

/* ---- file systems ------------------------------------------------------------------------ */

bool
agent_rows_freeze(Call *call, GError **error)
{
    const DomainFsfreezeArgs *args = call->args;
    int count;

    if (!agent_freeze(guest_of(call), args->mountpoints, args->n_mountpoints, &count, error))
        return false;
    ((DomainFsfreezeRet *)call->ret)->filesystems = count;
    return true;
}

bool
agent_rows_thaw(Call *call, GError **error)
{
    const DomainFsthawArgs *args = call->args;
    int count;

    if (args->n_mountpoints) {
        error_set(error, VIR_ERR_ARGUMENT_UNSUPPORTED, "specifying mountpoints is not supported: all file systems are thawed");
        return false;
    }
    if (!agent_thaw(guest_of(call), &count, error))
        return false;
    ((DomainFsthawRet *)call->ret)->filesystems = count;
    return true;
}

bool
agent_rows_trim(Call *call, GError **error)
{
    const DomainFstrimArgs *args = call->args;
    Json *arguments;
    g_autoptr(Json) reply = NULL;

    if (args->mountPoint) {
        error_set(error, VIR_ERR_ARGUMENT_UNSUPPORTED, "specifying a mount point is not supported: all file systems are trimmed");
        return false;
    }
    arguments = json_new_object();
    json_add_uint64(arguments, "minimum", args->minimum);
    reply = agent_call(guest_of(call), "guest-fstrim", arguments, error);
    return reply != NULL;
}

/* ---- time, users ---------------------------------------------------------------------------- */

bool
agent_rows_get_time(Call *call, GError **error)
{
    DomainGetTimeRet *ret = call->ret;
    g_autoptr(Json) reply = agent_call(guest_of(call), "guest-get-time", NULL, error);
    int64_t time;

    if (!reply)
        return false;
    if (!json_object_is_type(reply, json_type_int)) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "the guest agent told no time");
        return false;
    }
    time = json_object_get_int64(reply);
    ret->seconds = time / 1000000000;
    ret->nseconds = (uint32_t)(time % 1000000000);
    return true;
}

bool
agent_rows_set_time(Call *call, GError **error)
{
    const DomainSetTimeArgs *args = call->args;
    Guest *guest = guest_of(call);
    g_autoptr(QmpClient) qmp = guest_monitor(guest, error);
    g_autoptr(GError) lacking = NULL;
    g_autoptr(Json) reply = NULL, done = NULL;
    Json *arguments = NULL;

    if (!qmp)
        return false;
    if (!(call->flags & VIR_DOMAIN_TIME_SYNC)) {
        int64_t time;

        if (args->nseconds >= 1000000000 || __builtin_mul_overflow(args->seconds, INT64_C(1000000000), &time) ||
            __builtin_add_overflow(time, (int64_t)args->nseconds, &time)) {
            error_set(error, VIR_ERR_INVALID_ARG, "time '%" G_GINT64_FORMAT "' is too big for guest agent", args->seconds);
            return false;
        }
        arguments = json_new_object();
        json_add_int64(arguments, "time", time);
    }
    reply = agent_call(guest, "guest-set-time", arguments, error);
    if (!reply)
        return false;
    /* Ticks that were missed are not to be made up for on top of that; machines without that clock lack the command. */
    done = qmp_client_call(qmp, "rtc-reset-reinjection", NULL, QMP_CLIENT_TIMEOUT, &lacking);
    if (done || g_error_matches(lacking, lacking->domain, VIR_ERR_OPERATION_UNSUPPORTED))
        return true;
    g_propagate_error(error, g_steal_pointer(&lacking));
    return false;
}

bool
agent_rows_set_password(Call *call, GError **error)
{
    const DomainSetUserPasswordArgs *args = call->args;
    g_autofree char *coded = g_base64_encode((const uint8_t *)args->password, strlen(args->password));
    Json *arguments = json_new_object();
    g_autoptr(Json) reply = NULL;

    json_add_bool(arguments, "crypted", call->flags & VIR_DOMAIN_PASSWORD_ENCRYPTED);
    json_add_string(arguments, "username", args->user);
    json_add_string(arguments, "password", coded);
    reply = agent_call(guest_of(call), "guest-set-user-password", arguments, error);
    return reply != NULL;
}

bool
agent_rows_get_keys(Call *call, GError **error)
{
    DomainAuthorizedSshKeysGetRet *ret = call->ret;
    Json *arguments = json_new_object(), *keys;
    g_autoptr(Json) reply = NULL;
    size_t n;

    json_add_string(arguments, "username", ((const DomainAuthorizedSshKeysGetArgs *)call->args)->user);
    reply = agent_call(guest_of(call), "guest-ssh-get-authorized-keys", arguments, error);
    keys = reply ? json_get_array(reply, "keys", error) : NULL;
    if (!keys)
        return false;
    n = json_array_len(keys);
    if (n > REMOTE_DOMAIN_AUTHORIZED_SSH_KEYS_MAX) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "the guest agent lists %zu keys, but at most %d can be told", n,
                  REMOTE_DOMAIN_AUTHORIZED_SSH_KEYS_MAX);
        return false;
    }
    ret->keys = g_new0(char *, n + 1);
    for (size_t i = 0; i < n; i++) {
        const char *key = json_string_value(json_array_at(keys, i));

        if (!key) {
            error_set(error, VIR_ERR_INTERNAL_ERROR, "the guest agent lists a key that is no text");
            return false;
        }
        ret->keys[ret->n_keys++] = g_strdup(key);
    }
    return true;
}

bool
agent_rows_set_keys(Call *call, GError **error)
{
    const DomainAuthorizedSshKeysSetArgs *args = call->args;
    bool remove = call->flags & VIR_DOMAIN_AUTHORIZED_SSH_KEYS_SET_REMOVE;
    Json *arguments = json_new_object(), *keys = json_new_array();
    g_autoptr(Json) reply = NULL;

    for (uint32_t i = 0; i < args->n_keys; i++)
        json_append_string(keys, args->keys[i]);
    json_add_string(arguments, "username", args->user);
    json_add(arguments, "keys", keys);
    if (!remove)
        json_add_bool(arguments, "reset", !(call->flags & VIR_DOMAIN_AUTHORIZED_SSH_KEYS_SET_APPEND));
    reply = agent_call(guest_of(call), remove ? "guest-ssh-remove-authorized-keys" : "guest-ssh-add-authorized-keys",
                       arguments, error);
    return reply != NULL;
}

/* ---- commands as they are -------------------------------------------------------------------- */

bool
agent_rows_command(Call *call, GError **error)
{
    const QemuDomainAgentCommandArgs *args = call->args;
    const AgentAsk ask = { .timeout = args->timeout };
    g_autoptr(Json) request = NULL;
    g_autoptr(Json) reply = NULL;
    g_autoptr(AgentClient) agent = NULL;

    if (args->timeout < VIR_DOMAIN_QEMU_AGENT_COMMAND_MIN) {
        error_set(error, VIR_ERR_INVALID_ARG, "guest agent timeout '%d' is less than the minimum '%d'", args->timeout,
                  VIR_DOMAIN_QEMU_AGENT_COMMAND_MIN);
        return false;
    }
    request = json_parse(args->cmd, -1, "guest agent command", error);
    if (!request)
        return false;
    if (!json_object_is_type(request, json_type_object)) {
        error_set(error, VIR_ERR_INVALID_ARG, "a guest agent command must be a JSON object");
        return false;
    }
    agent = agent_of(guest_of(call), error);
    reply = agent ? agent_client_raw(agent, request, &ask, error) : NULL;
    if (!reply)
        return false;
    if (json_opt_object(reply, "error")) {
        error_set(error, VIR_ERR_AGENT_COMMAND_FAILED, "unable to execute QEMU agent command '%s': %s",
                  json_opt_string(request, "execute", "?"),
                  json_opt_string(json_opt_object(reply, "error"), "desc", "it gave no reason"));
        return false;
    }
    ((QemuDomainAgentCommandRet *)call->ret)->result = json_format(reply, false);
    return true;
}

bool
agent_rows_set_timeout(Call *call, GError **error)
{
    int timeout = ((const DomainAgentSetResponseTimeoutArgs *)call->args)->timeout;

    if (timeout < VIR_DOMAIN_AGENT_RESPONSE_TIMEOUT_BLOCK) {
        error_set(error, VIR_ERR_INVALID_ARG, "guest agent timeout '%d' is less than the minimum '%d'", timeout,
                  VIR_DOMAIN_AGENT_RESPONSE_TIMEOUT_BLOCK);
        return false;
    }
    lock_acquire(&((Object *)call->object)->lock);
    guest_of(call)->agent_timeout = timeout;
    lock_release(&((Object *)call->object)->lock);
    return guest_status_save(call->object, error);
}

/* ---- where the agent is one way of several ------------------------------------------------------ */

bool
agent_rows_suspend(Call *call, GError **error)
{
    const DomainPmSuspendForDurationArgs *args = call->args;
    static const char *const commands[] = { [VIR_NODE_SUSPEND_TARGET_MEM] = "guest-suspend-ram",
                                            [VIR_NODE_SUSPEND_TARGET_DISK] = "guest-suspend-disk",
                                            [VIR_NODE_SUSPEND_TARGET_HYBRID] = "guest-suspend-hybrid" };
    Guest *guest = guest_of(call);
    g_autoptr(Def) live = object_live(call->object);
    g_autoptr(Job) job = NULL;
    const Domain *doc = live ? live->doc : NULL;
    bool disk = args->target == VIR_NODE_SUSPEND_TARGET_DISK;

    if (!doc)
        return kit_require_active(call->object, error);
    if (args->duration) {
        error_set(error, VIR_ERR_ARGUMENT_UNSUPPORTED, "Duration not supported. Use 0 for now");
        return false;
    }
    if (args->target >= G_N_ELEMENTS(commands)) {
        error_set(error, VIR_ERR_INVALID_ARG, "Unknown suspend target: %u", args->target);
        return false;
    }
    if ((disk ? doc->suspend_to_disk : doc->suspend_to_mem) == YESNO_NO) {
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "%s state is disabled for this domain", disk ? "S4" : "S3");
        return false;
    }
    job = agent_begin(guest, "virDomainPMSuspendForDuration", error);
    return job && agent_call_until(guest, commands[args->target], NULL,
                                   AGENT_EVENT_SUSPEND | (disk ? AGENT_EVENT_SHUTDOWN : 0), error);
}

/* By the agent where that was asked for, or where nothing was and there is one; else, or when the agent fails and the
 * button may be used too, by the button. */
static bool
end_guest(Call *call, bool reboot, GError **error)
{
    Guest *guest = guest_of(call);
    uint32_t known = VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN | VIR_DOMAIN_SHUTDOWN_GUEST_AGENT;
    bool by_agent = (call->flags & VIR_DOMAIN_SHUTDOWN_GUEST_AGENT) || (!(call->flags & known) && agent_is_there(guest));
    bool by_button = !(call->flags & known) || (call->flags & VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN);
    g_autoptr(Job) job = NULL;

    if (!kit_require_active(call->object, error))
        return false;
    if (by_agent) {
        g_autoptr(GError) failure = NULL;

        job = agent_begin(guest, call->method->name, &failure);
        if (job && agent_shutdown(guest, reboot, &failure))
            return true;
        if (!by_button) {
            g_propagate_error(error, g_steal_pointer(&failure));
            return false;
        }
        job_end(g_steal_pointer(&job));
    }
    job = job_begin(&guest->vm.object.jobs, JOB_MODIFY, call->method->name, JOB_DEADLINE_S, error);
    return job && lifecycle_press_button(guest, reboot, error);
}

bool
agent_rows_shutdown(Call *call, GError **error)
{
    return end_guest(call, false, error);
}

bool
agent_rows_reboot(Call *call, GError **error)
{
    return end_guest(call, true, error);
}

/* In the guest's eyes under an agent job; else as the driver changes what a guest has, under the job of the row. */
bool
agent_rows_set_vcpus_flags(Call *call, GError **error)
{
    const DomainSetVcpusFlagsArgs *args = call->args;
    g_autoptr(Job) job = NULL;
    bool ok;

    if (!(call->flags & VIR_DOMAIN_VCPU_GUEST)) {
        if (!kit_begin(call, error))
            return false;
        ok = device_rows_set_vcpus_flags(call, error);
        kit_end(call, ok);
        return ok;
    }
    if (call->flags & VIR_DOMAIN_VCPU_MAXIMUM) {
        error_set(error, VIR_ERR_INVALID_ARG, "the maximum of vCPUs is not the guest's to set");
        return false;
    }
    if (!kit_require_active(call->object, error))
        return false;
    job = agent_begin(guest_of(call), "virDomainSetVcpusFlags", error);
    return job && agent_vcpu_set_count(guest_of(call), args->nvcpus, error);
}
