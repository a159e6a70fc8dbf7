/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest_status.c - finding running guests again
 *
 * RUN_DIR/NAME.xml says what runs: state, pid, monitor, and the live definition with the UUIDs of its network ports.
 * A daemon that starts reads them, adopts what still runs, and cleans up after what does not.
 */
#define ERROR_FROM VIR_FROM_QEMU
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "drivers/common/state.h"
#include "drivers/qemu/hotplug/hotplug_guest.h"
#include "drivers/qemu/block/backup.h"
#include "drivers/qemu/agent/agent.h"
#include "drivers/qemu/companion/companion.h"
#include "drivers/qemu/monitor_rows.h"
#include "drivers/qemu/migration/save.h"
#include "drivers/qemu/process/guest_job.h"
#include "drivers/qemu/process/guest_upgrade.h"
#include "drivers/qemu/process/guest_cgroup.h"
#include "drivers/qemu/tune_rows.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/file.h"
#include "util/log.h"
#include "util/uuid.h"

LOG_SOURCE("qemu.status");

enum { PROC_MAX = 1 << 20 };

bool
guest_status_save(Object *object, GError **error)
{
    Guest *guest = (Guest *)object;
    g_autoptr(Def) live = object_live(object);
    g_autofree char *name = object_name(object);
    g_autofree char *monitor = NULL;
    g_autofree char *memory = NULL;
    g_autofree char *text = NULL;
    /* Of what the emulator can do, what tells that names of its objects are in the file. */
    CapsFlag blockdev = { .name = (char *)"blockdev" };
    g_autoptr(GPtrArray) flags = g_ptr_array_new();
    DomainJob job = { 0 };
    DomainStatus status = { .agent_timeout = -2, .qemu_caps = flags };
    Pinning pinning;
    int reason;

    if (!live || !guest->dir)
        return true;
    g_ptr_array_add(flags, &blockdev);
    monitor = g_build_filename(guest->dir, "monitor.sock", NULL);
    status.state = (DomainState)vm_state(&guest->vm, &reason);
    status.reason = (char *)guest_reason_name((int)status.state, reason);
    status.pid = guest->process.pid;
    status.monitor_path = monitor;
    status.monitor_type = MONITOR_TYPE_UNIX;
    status.lib_dir = guest->dir;
    status.channel_target_dir = guest_host.conf->channel_dir;
    memory = g_build_filename(guest_host.conf->memory_backing_dir, guest->short_name, NULL);
    status.memory_backing_dir = memory;
    status.allow_reboot = YESNO_YES;
    lock_acquire(&object->lock);
    status.agent_timeout = guest->agent_timeout;
    status.nodename_index = guest->nodes;
    if (guest->tune && guest->tune->nodes) {
        pinning = (Pinning){ .nodeset = guest->tune->nodes, .cpuset = guest->tune->cpus };
        status.numad = &pinning;
    }
    lock_release(&object->lock);
    status.job = guest_job_to_status(guest, &job) ? &job : NULL;
    status.domain = live->doc;
    hotplug_guest_to_status(guest, &status);
    block_job_to_status(guest, &status);
    status.backup = backup_to_status(guest);
    text = xml_format_text(&domain_status_xml, &status, XML_FORMAT_STATUS | XML_FORMAT_SECURE);
    hotplug_guest_status_clear(&status);
    block_job_status_clear(&status);
    backup_free(status.backup);
    return state_save_text(guest_host.conf->run_dir, name, "edit", text, error);
}

static char *
pid_path(const char *name)
{
    return g_strdup_printf("%s/%s.pid", guest_host.conf->run_dir, name);
}

bool
guest_status_save_pid(Guest *guest, GError **error)
{
    g_autofree char *name = object_name(&guest->vm.object);
    g_autofree char *path = pid_path(name);
    g_autofree char *text = g_strdup_printf("%d\n", (int)guest->process.pid);

    return file_write_atomic_text(path, text, 0644, error);
}

void
guest_status_delete(Guest *guest)
{
    g_autofree char *name = object_name(&guest->vm.object);
    g_autofree char *path = pid_path(name);
    g_autoptr(GError) error = NULL;

    if (!state_delete(guest_host.conf->run_dir, name, &error) || !file_unlink(path, &error))
        log_gerror(error, "while removing the state of '%s'", name);
}

bool
guest_refresh_facts(Guest *guest, Domain *doc, GError **error)
{
    g_autoptr(Json) chardevs = qmp_query_chardev(guest->qmp, error);

    if (!chardevs)
        return false;
    agent_attach(guest, doc, chardevs);
    for (size_t i = 0; i < json_array_len(chardevs); i++) {
        Json *item = json_array_at(chardevs, i);
        const char *label = json_opt_string(item, "label", ""), *file = json_opt_string(item, "filename", "");
        CharSource *source = NULL;
        DeviceKind kind;
        void *device;

        if (!g_str_has_prefix(label, "char") || !g_str_has_prefix(file, "pty:"))
            continue;
        device = device_by_alias(doc, label + 4, &kind);
        if (device && kind == DEVICE_SERIAL)
            source = &((Serial *)device)->source;
        else if (device && kind == DEVICE_CONSOLE)
            source = &((Console *)device)->source;
        else if (device && kind == DEVICE_CHANNEL)
            source = &((Channel *)device)->source;
        else if (device && kind == DEVICE_PARALLEL)
            source = &((Parallel *)device)->source;
        if (source && source->type == CHAR_TYPE_PTY) {
            g_free(source->path);
            source->path = g_strdup(file + 4);
        }
    }
    /* The first console and the first serial port are one device. */
    if (list_len(doc->consoles) && list_len(doc->serials)) {
        Console *console = list_at(doc->consoles, 0);
        const Serial *serial = list_at(doc->serials, 0);

        if (!g_strcmp0(console->target_type, "serial") && serial->source.type == CHAR_TYPE_PTY) {
            g_free(console->source.path);
            console->source.path = g_strdup(serial->source.path);
        }
        if (console->source.type == CHAR_TYPE_PTY) {
            g_free(console->tty);
            console->tty = g_strdup(console->source.path);
        }
    }
    return true;
}

/* A pid may have been given to another process since: ours has its UUID on its command line. */
static bool
is_emulator_of(pid_t pid, const Domain *doc)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/cmdline", (int)pid);
    g_autofree char *data = NULL;
    char uuid[UUID_TEXT_LEN];
    size_t len;

    if (pid <= 0 || !file_read_limited(path, PROC_MAX, &data, &len, NULL))
        return false;
    uuid_format(doc->uuid, uuid);
    return memmem(data, len, uuid, strlen(uuid)) != NULL;
}

static int
dial(const char *path, GError **error)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    autofd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    g_strlcpy(address.sun_path, path, sizeof(address.sun_path));
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
        error_set_errno(error, errno, "cannot connect to the monitor '%s'", path);
        return -1;
    }
    return steal_fd(&fd);
}

/* The state that the emulator says it is in; ours explains it where both agree. */
static bool
read_state(Guest *guest, const DomainStatus *status, GError **error)
{
    bool running = false;
    g_autofree char *said = qmp_query_status(guest->qmp, &running, error);
    int state = (int)status->state, reason = guest_reason_value(state, status->reason);

    if (!said)
        return false;
    if (running && state != VIR_DOMAIN_RUNNING) {
        state = VIR_DOMAIN_RUNNING;
        reason = VIR_DOMAIN_RUNNING_UNPAUSED;
    } else if (!running && state == VIR_DOMAIN_RUNNING) {
        state = VIR_DOMAIN_PAUSED;
        reason = g_str_equal(said, "io-error") ? VIR_DOMAIN_PAUSED_IOERROR
                 : g_str_equal(said, "watchdog") ? VIR_DOMAIN_PAUSED_WATCHDOG : VIR_DOMAIN_PAUSED_UNKNOWN;
    }
    vm_set_state(&guest->vm, state, reason);
    if (g_str_equal(said, "shutdown")) {
        /* It powered off while nobody listened. */
        guest_stop(guest, VIR_DOMAIN_SHUTOFF_SHUTDOWN, VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN, false, error);
        return true;
    }
    return true;
}

static bool
adopt(Guest *guest, const DomainStatus *status, GError **error)
{
    const Domain *doc = status->domain;
    autofd int fd = -1;

    if (!is_emulator_of((pid_t)status->pid, doc)) {
        error_set(error, VIR_ERR_OPERATION_FAILED, "its emulator is gone");
        return false;
    }
    if (!process_adopt((pid_t)status->pid, &guest->process, error))
        return false;
    fd = dial(status->monitor_path, error);
    return fd >= 0 && guest_attach(guest, steal_fd(&fd), error);
}

static void
reserve_ports(Guest *guest, const Domain *doc)
{
    g_auto(LockHold) hold = lock_hold(&guest_host.lock);

    for (size_t i = 0; i < list_len(doc->graphics); i++) {
        const Graphics *g = list_at(doc->graphics, i);
        int ports[] = { g->port, g->websocket };

        for (size_t p = 0; p < G_N_ELEMENTS(ports); p++)
            if (ports[p] > 0) {
                g_hash_table_add(guest_host.ports, GINT_TO_POINTER(ports[p]));
                g_array_append_val(guest->ports, ports[p]);
            }
    }
}

/* Secrets that it is given later are for the key it was started with. */
static void
read_master_key(Guest *guest)
{
    g_autofree char *path = g_build_filename(guest->dir, "master-key.aes", NULL);
    g_autofree char *key = NULL;
    g_autoptr(GError) error = NULL;
    size_t len;

    if (!file_read_limited(path, sizeof(guest->master_key), &key, &len, &error) || len != sizeof(guest->master_key)) {
        log_warning("the guest can be given no secrets any more: its key '%s' cannot be read", path);
        return;
    }
    memcpy(guest->master_key, key, len);
    memset(key, 0, len);
}

/* Under a job: find the emulator of @status and make it ours. */
static void
reconnect(Guest *guest, const DomainStatus *status)
{
    Object *object = &guest->vm.object;
    g_autoptr(GError) error = NULL;
    g_autofree char *name = object_name(object);
    const char *cut;
    Domain *doc;

    guest->dir = g_strdup(status->lib_dir);
    cut = guest->dir ? strstr(guest->dir, "domain-") : NULL;
    guest->short_name = g_strdup(cut ? cut + strlen("domain-") : name);
    guest->log_path = g_strdup_printf("%s/%s.log", guest_host.conf->log_dir, name);
    guest->nodes = (unsigned)status->nodename_index;
    block_job_from_status(guest, status);
    backup_from_status(guest, status);
    guest->agent_timeout = status->agent_timeout;
    companion_find(guest, status->domain);
    read_master_key(guest);
    reserve_ports(guest, status->domain);
    object_set_live(object, xml_copy(&domain_xml, status->domain));
    vm_set_state(&guest->vm, (int)status->state, guest_reason_value((int)status->state, status->reason));
    if (!adopt(guest, status, &error)) {
        log_warning("guest '%s' ended while nobody watched: %s", name, error->message);
        guest_cgroup_find(guest, status->domain);
        guest_release(guest, status->domain);
        vm_set_shutoff(&guest->vm, VIR_DOMAIN_SHUTOFF_CRASHED);
        object_emit(object, VIR_DOMAIN_EVENT_STOPPED, VIR_DOMAIN_EVENT_STOPPED_FAILED);
        return;
    }
    doc = xml_copy(&domain_xml, status->domain);
    if (!read_state(guest, status, &error)) {
        log_gerror(error, "while asking '%s' for its state", name);
        xml_free(&domain_xml, doc);
        return;
    }
    if (!object_is_active(object)) {
        xml_free(&domain_xml, doc);
        return;
    }
    guest_cgroup_find(guest, doc);
    guest_cgroup_restore(guest, status->numad ? status->numad->nodeset : NULL);
    if (!tune_perf_start(guest, doc, &error))
        log_gerror(error, "while counting for '%s' again", name);
    g_clear_error(&error);
    if (guest_refresh_facts(guest, doc, &error) && guest_thread_read_vcpus(guest, doc, &error))
        object_set_live(object, doc);
    else
        xml_free(&domain_xml, doc);
    if (!error)
        agent_announce(guest, -1);
    if (!error && !guest_net_replug(guest, NULL, &error))
        log_debug("ports of '%s' wait for their network", name);
    if (error)
        log_gerror(error, "while reconnecting to '%s'", name);
    g_clear_error(&error);
    if (object_is_active(object))
        block_job_recover(guest);
    if (object_is_active(object))
        hotplug_guest_recover(guest, status);
    if (object_is_active(object))
        guest_job_recover(guest, status->job);
    if (object_is_active(object) && !guest_status_save(object, &error))
        log_gerror(error, "while saving the state of '%s'", name);
}

typedef struct ReconnectTask {
    Guest *guest;
    DomainStatus *status;
    Job *job;
} ReconnectTask;

static void *
run_reconnect(void *data)
{
    ReconnectTask *task = data;

    reconnect(task->guest, task->status);
    job_end(task->job);
    xml_free(&domain_status_xml, task->status);
    object_unref(&task->guest->vm.object);
    g_free(task);
    return NULL;
}

static ReconnectTask *
prepare_reconnect(const char *name, GError **error)
{
    g_autofree char *path = state_path(guest_host.conf->run_dir, name);
    g_autofree char *text = state_read(path, error);
    DomainStatus *status = text ? xml_parse_text(&domain_status_xml, text, XML_PARSE_STATUS, error) : NULL;
    ReconnectTask *task;
    Object *object;

    if (!status)
        return NULL;
    guest_upgrade_status(status, guest_host.conf);
    object = object_table_claim(guest_host.table, status->domain, error);
    if (!object) {
        xml_free(&domain_status_xml, status);
        return NULL;
    }
    task = g_new0(ReconnectTask, 1);
    task->guest = (Guest *)object;
    task->status = status;
    /* Visible at once, with its id, state and place; calls that change it wait for the job. */
    guest_cgroup_look(task->guest, (pid_t)status->pid);
    task->job = job_begin(&object->jobs, JOB_MODIFY, "reconnecting to the emulator", JOB_DEADLINE_S, error);
    object_set_live(object, xml_copy(&domain_xml, status->domain));
    vm_set_state(&task->guest->vm, (int)status->state, guest_reason_value((int)status->state, status->reason));
    lock_acquire(&guest_host.table->lock);
    if (guest_host.table->next_id <= status->domain->id)
        guest_host.table->next_id = status->domain->id + 1;
    lock_release(&guest_host.table->lock);
    return task;
}

/* Each guest in a thread of its own: one that hangs holds up no other. */
void
guest_reconnect_all(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) names = state_names(guest_host.conf->run_dir, &error);

    if (!names) {
        log_gerror(error, "while looking for running guests");
        return;
    }
    for (unsigned i = 0; i < names->len; i++) {
        ReconnectTask *task;

        g_clear_error(&error);
        task = prepare_reconnect(names->pdata[i], &error);
        if (task)
            g_thread_unref(g_thread_new("reconnect", run_reconnect, task));
        else
            log_gerror(error, "while reading the state of '%s'", (char *)names->pdata[i]);
    }
}

void
guest_autostart_all(void)
{
    g_autofree char *marker = g_build_filename(guest_host.conf->run_dir, "autostarted", NULL);
    g_autoptr(GPtrArray) list = object_table_list(guest_host.table);
    autofd int fd = open(marker, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    /* Once after each boot of the host. */
    if (fd < 0)
        return;
    for (unsigned i = 0; i < list->len; i++) {
        Guest *guest = list->pdata[i];
        static const GuestStart options = { .event_detail = VIR_DOMAIN_EVENT_STARTED_BOOTED };
        g_autoptr(GError) error = NULL;
        g_autoptr(Job) job = NULL;
        g_autoptr(Def) config = NULL;
        bool started;

        bool once = monitor_rows_is_once(guest);

        if (once && !monitor_rows_clear_once(guest, &error))
            log_gerror(error, "a guest to be started once may be started again");
        g_clear_error(&error);
        if ((!once && !object_autostart(&guest->vm.object)) || object_is_active(&guest->vm.object))
            continue;
        job = job_begin(&guest->vm.object.jobs, JOB_MODIFY, "autostart", JOB_DEADLINE_S, &error);
        if (job && save_managed_start(guest, guest_host.conf->auto_start_bypass_cache ? VIR_DOMAIN_START_BYPASS_CACHE : 0,
                                      &started, &error) && started)
            continue;
        config = job && !error ? object_config(&guest->vm.object, &error) : NULL;
        if (!config || !guest_start(guest, xml_copy(&domain_xml, config->doc), &options, &error)) {
            g_autofree char *name = object_name(&guest->vm.object);

            log_gerror(error, "while starting '%s' automatically", name);
        }
    }
}
