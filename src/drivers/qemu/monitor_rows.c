/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* monitor_rows.c - QEMU's own protocol handed through to clients, and what is said of a guest that used it */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/monitor_rows.h"

#include <libvirt/libvirt-qemu.h>
#include <unistd.h>

#include "util/error.h"
#include "util/fd.h"
#include "util/file.h"

bool
monitor_rows_command_files(Call *call, GError **error)
{
    const QemuDomainMonitorCommandWithFilesArgs *args = call->args;
    QemuDomainMonitorCommandWithFilesRet *ret = call->ret;
    g_autoptr(QmpClient) qmp = guest_monitor(guest_of(call), error);
    autofd int fd = call->n_fds ? call_steal_fd(call, 0) : -1;
    g_autoptr(Json) request = NULL, reply = NULL;
    bool human = args->flags & VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP;

    if (!qmp)
        return false;
    if (call->n_fds > 1) {
        error_set(error, VIR_ERR_INVALID_ARG, "at most 1 fd can be passed to qemu along with a command, not %zu", call->n_fds);
        return false;
    }
    if (human) {
        Json *arguments = json_new_object();

        json_add_string(arguments, "command-line", args->cmd);
        reply = qmp_client_call_fd(qmp, "human-monitor-command", arguments, fd, QMP_CLIENT_TIMEOUT, error);
        if (reply)
            ret->result = g_strdup(json_string_value(reply) ? json_string_value(reply) : "");
        return reply != NULL;
    }
    request = json_parse(args->cmd, -1, "monitor command", error);
    if (!request)
        return false;
    if (!json_object_is_type(request, json_type_object)) {
        error_set(error, VIR_ERR_INVALID_ARG, "a monitor command must be a JSON object");
        return false;
    }
    reply = qmp_client_raw_fd(qmp, request, fd, QMP_CLIENT_TIMEOUT, error);
    if (reply)
        ret->result = json_format(reply, false);
    return reply != NULL;
}

void
monitor_rows_tell(Guest *guest, const char *name, Json *data, int64_t seconds, int64_t micros)
{
    g_autofree char *details = data ? json_format(data, false) : NULL;
    QemuDomainMonitorEventMsg msg = { .event = (char *)name, .seconds = seconds, .micros = (uint32_t)micros, .details = details };

    object_wire(&guest->vm.object, &msg.dom);
    event_emit(guest_host.env.hub, EVENT_QEMU_MONITOR, 0, &msg);
    g_free(msg.dom.name);
}

/* ---- messages ----------------------------------------------------------------------------------- */

static void
add_message(DomainGetMessagesRet *ret, const char *kind, const char *format, const char *what)
{
    g_autofree char *text = g_strdup_printf(format, what);

    ret->msgs = g_renew(char *, ret->msgs, ret->n_msgs + 1);
    ret->msgs[ret->n_msgs++] = g_strdup_printf("%s: %s", kind, text);
}

static void
add_taints(DomainGetMessagesRet *ret, const Domain *doc)
{
    const QemuConf *conf = guest_host.conf;
    bool passthrough = false, scripts = false, argv = doc->qemu_args && list_len(doc->qemu_args);

    for (size_t i = 0; i < list_len(doc->disks); i++) {
        const Disk *d = list_at(doc->disks, i);

        passthrough = passthrough || (d->device == DISK_DEVICE_CDROM && d->type == DISK_TYPE_BLOCK && d->path);
    }
    for (size_t i = 0; i < list_len(doc->interfaces); i++) {
        const Interface *n = list_at(doc->interfaces, i);

        scripts = scripts || n->script;
    }
    const struct {
        bool is;
        const char *text;
    } taints[] = {
        { argv, "custom configuration parameters specified" },
        { conf->privileged && conf->uid == 0, "running with undesirable elevated privileges" },
        { scripts, "network configuration using opaque shell scripts" },
        { doc->cpu && doc->cpu->mode == CPU_MODE_HOST_PASSTHROUGH, "use of host cpu passthrough" },
        { passthrough, "use of cdrom passthrough" },
        { doc->dtb != NULL, "custom device tree blob used" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(taints); i++)
        if (taints[i].is)
            add_message(ret, "tainted", "%s", taints[i].text);
}

static bool
add_deprecations(DomainGetMessagesRet *ret, const Domain *doc, GError **error)
{
    g_autoptr(QemuCaps) caps = qemu_probe_get(guest_host.probe, doc->emulator, error);
    QemuAccel accel = doc->type == VIRT_TYPE_KVM ? QEMU_ACCEL_KVM : QEMU_ACCEL_TCG;
    const QemuMachine *machine = caps && doc->machine ? qemu_caps_machine(caps, accel, doc->machine) : NULL;
    const QemuCpuModel *model = caps && doc->cpu && doc->cpu->model ? qemu_caps_model(caps, accel, doc->cpu->model) : NULL;

    if (machine && machine->deprecated)
        add_message(ret, "deprecated configuration", "machine type '%s'", doc->machine);
    if (model && model->deprecated)
        add_message(ret, "deprecated configuration", "CPU model '%s'", doc->cpu->model);
    return caps != NULL;
}

bool
monitor_rows_messages(Call *call, GError **error)
{
    DomainGetMessagesRet *ret = call->ret;
    g_autoptr(Def) live = object_live(call->object);
    uint32_t all = VIR_DOMAIN_MESSAGE_DEPRECATION | VIR_DOMAIN_MESSAGE_TAINTING;
    uint32_t wanted = call->flags ? call->flags : all;

    /* They are of what runs. */
    if (!live)
        return true;
    if ((wanted & VIR_DOMAIN_MESSAGE_DEPRECATION) && !add_deprecations(ret, live->doc, error))
        return false;
    if (wanted & VIR_DOMAIN_MESSAGE_TAINTING)
        add_taints(ret, live->doc);
    return true;
}

/* ---- started once --------------------------------------------------------------------------------- */

static char *
once_path(Guest *guest)
{
    g_autofree char *name = object_name(&guest->vm.object);

    return g_strdup_printf("%s/%s.xml.once", guest_host.conf->autostart_dir, name);
}

bool
monitor_rows_is_once(Guest *guest)
{
    g_autofree char *path = once_path(guest);

    return access(path, F_OK) == 0;
}

bool
monitor_rows_clear_once(Guest *guest, GError **error)
{
    g_autofree char *path = once_path(guest);

    return file_unlink(path, error);
}

bool
monitor_rows_get_once(Call *call, GError **error)
{
    ((DomainGetAutostartOnceRet *)call->ret)->autostart = monitor_rows_is_once(guest_of(call));
    return true;
}

bool
monitor_rows_set_once(Call *call, GError **error)
{
    Guest *guest = guest_of(call);
    g_autofree char *name = object_name(call->object);
    g_autofree char *target = g_strdup_printf("%s/%s.xml", guest_host.conf->config_dir, name);
    g_autofree char *path = once_path(guest);

    if (!object_is_persistent(call->object)) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "cannot set autostart for transient domain");
        return false;
    }
    if (!((const DomainSetAutostartOnceArgs *)call->args)->autostart)
        return monitor_rows_clear_once(guest, error);
    return file_mkdir_p(guest_host.conf->autostart_dir, 0755, error) && file_symlink(target, path, error);
}
