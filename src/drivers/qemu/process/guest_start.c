/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest_start.c - bring a guest up
 *
 * Each step undoes itself through guest_release() when a later one fails, so that a start that fails leaves
 * nothing behind but the guest's log.
 */
#define ERROR_FROM VIR_FROM_QEMU
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "drivers/qemu/agent/agent.h"
#include "drivers/qemu/block/iotune.h"
#include "drivers/qemu/check/check.h"
#include "drivers/qemu/companion/companion.h"
#include "drivers/qemu/fill/fill.h"
#include "drivers/qemu/fill/fill_cpu_start.h"
#include "drivers/qemu/hotplug/hotplug_guest.h"
#include "drivers/qemu/migration/migration_in.h"
#include "drivers/qemu/process/guest.h"
#include "drivers/qemu/process/guest_cgroup.h"
#include "drivers/qemu/process/guest_chain.h"
#include "drivers/qemu/process/guest_memlock.h"
#include "drivers/qemu/process/guest_memory.h"
#include "drivers/qemu/process/guest_vcpu.h"
#include "drivers/qemu/process/guest_volume.h"
#include "drivers/qemu/tune_rows.h"
#include "util/bitmap.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/file.h"
#include "util/log.h"
#include "util/text.h"

LOG_SOURCE("qemu.start");

enum { START_TIMEOUT = 60000, LOG_TAIL = 4096 };

/* The log with what QEMU is started with; QEMU's own words follow. */
static int
open_log(Guest *guest, const Command *command, int64_t *ret_size, GError **error)
{
    autofd int fd = open(guest->log_path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *stamp = g_date_time_format(now, "%Y-%m-%d %H:%M:%S.000+0000");
    g_autoptr(GString) text = g_string_new(NULL);

    if (fd < 0) {
        error_set_errno(error, errno, "cannot open the log '%s'", guest->log_path);
        return -1;
    }
    g_string_append_printf(text, "%s: starting up libvirt version: 11.3.0, qemu version: %u.%u.%u%s%s\n", stamp,
                           command->caps->version / 1000000, command->caps->version / 1000 % 1000,
                           command->caps->version % 1000, command->caps->package[0] ? ", package: " : "",
                           command->caps->package);
    for (unsigned i = 0; command->env->pdata[i]; i++)
        g_string_append_printf(text, "%s \\\n", (char *)command->env->pdata[i]);
    for (unsigned i = 0; command->argv->pdata[i]; i++) {
        const char *word = command->argv->pdata[i];
        g_autofree char *quoted = strpbrk(word, " '\"{}[]()$&;*?|<>\\") ? g_shell_quote(word) : g_strdup(word);

        g_string_append_printf(text, "%s%s", quoted,
                               !command->argv->pdata[i + 1] ? "\n"
                               : ((char *)command->argv->pdata[i + 1])[0] == '-' ? " \\\n" : " ");
    }
    if (!file_write_all(fd, text->str, text->len, guest->log_path, error))
        return -1;
    *ret_size = lseek(fd, 0, SEEK_END);
    return steal_fd(&fd);
}

/* What QEMU wrote since it was started. */
static char *
read_log(int fd, int64_t from)
{
    char buffer[LOG_TAIL + 1];
    int64_t size = lseek(fd, 0, SEEK_END);
    ssize_t n = pread(fd, buffer, LOG_TAIL, MAX(from, size - LOG_TAIL));

    if (n <= 0)
        return NULL;
    buffer[n] = '\0';
    return text_squash(buffer, LOG_TAIL);
}

static int
dial_monitor(const char *path, GError **error)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    autofd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    g_strlcpy(address.sun_path, path, sizeof(address.sun_path));
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
        error_set_errno(error, errno, "cannot connect to the monitor '%s'", path);
        return -1;
    }
    return steal_fd(&fd);
}

static const char *const *
base_env(void)
{
    static char *env[4];
    static gsize once;

    if (g_once_init_enter(&once)) {
        const char *names[] = { "PATH", "USER", "LOGNAME" };
        size_t n = 0;

        for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
            if (g_getenv(names[i]))
                env[n++] = g_strdup_printf("%s=%s", names[i], g_getenv(names[i]));
        g_once_init_leave(&once, 1);
    }
    return (const char *const *)env;
}

typedef struct Place {
    Guest *guest;
    Domain *doc;
} Place;

static bool
settle(void *data, pid_t pid, GError **error)
{
    const Place *place = data;

    return guest_cgroup_begin(place->guest, place->doc, pid, error);
}

static bool
spawn(Guest *guest, Domain *doc, const Command *command, GuestFds *fds, int log_fd, GError **error)
{
    const QemuConf *conf = guest_host.conf;
    ProcessFd out = { log_fd, 1 }, err = { log_fd, 2 };
    ProcessLimit limits[3];
    size_t n_limits = 0;
    uint64_t locked = guest_memlock_limit(command->def);

    g_array_append_val(fds->fds, out);
    g_array_append_val(fds->fds, err);
    if (conf->max_files)
        limits[n_limits++] = (ProcessLimit){ RLIMIT_NOFILE, { conf->max_files, conf->max_files } };
    if (conf->max_processes)
        limits[n_limits++] = (ProcessLimit){ RLIMIT_NPROC, { conf->max_processes, conf->max_processes } };
    /* Nobody else may raise it. */
    if (locked && conf->privileged) {
        rlim_t bytes = locked == GUEST_MEMLOCK_UNLIMITED ? RLIM_INFINITY : locked;

        limits[n_limits++] = (ProcessLimit){ RLIMIT_MEMLOCK, { bytes, bytes } };
    }

    g_autoptr(GArray) groups = qemu_conf_groups(conf);
    Place place = { guest, doc };
    ProcessSpec spec = {
        .argv = (const char *const *)command->argv->pdata,
        .env = (const char *const *)command->env->pdata,
        .fds = (const ProcessFd *)fds->fds->data,
        .n_fds = fds->fds->len,
        .limits = limits,
        .n_limits = n_limits,
        .set_ids = conf->privileged && (conf->uid != geteuid() || conf->gid != getegid()),
        .uid = conf->uid,
        .gid = conf->gid,
        .groups = (const gid_t *)groups->data,
        .n_groups = groups->len,
        .new_session = true,
        .settle = settle,
        .settle_data = &place,
    };
    bool ok = process_spawn(&spec, &guest->process, error);

    /* The log is not the list's to close. */
    g_array_set_size(fds->fds, fds->fds->len - 2);
    return ok;
}

static bool
set_passwords(Guest *guest, const Domain *doc, bool boots, GError **error)
{
    for (size_t i = 0; i < list_len(doc->graphics); i++) {
        const Graphics *g = list_at(doc->graphics, i);
        bool spice = g->type == GRAPHICS_TYPE_SPICE;
        const char *common = spice ? guest_host.conf->spice_password : guest_host.conf->vnc_password;
        const char *password = g->passwd ? g->passwd : common;

        if ((g->type != GRAPHICS_TYPE_VNC && !spice) || !password)
            continue;
        if (!qmp_set_password(guest->qmp, graphics_type_words[g->type], password,
                              g->connected != GRAPHICS_CONNECTED_UNSET ? graphics_connected_words[g->connected] : NULL, error))
            return false;
        if (g->passwd_valid_to) {
            g_autofree char *zoned = g_strconcat(g->passwd_valid_to, "Z", NULL);
            g_autoptr(GDateTime) time = g_date_time_new_from_iso8601(zoned, NULL);
            g_autofree char *seconds = time ? g_strdup_printf("%" G_GINT64_FORMAT, g_date_time_to_unix(time)) : NULL;

            if (!qmp_expire_password(guest->qmp, graphics_type_words[g->type], seconds ? seconds : "now", error))
                return false;
        }
    }
    for (size_t i = 0; i < list_len(doc->interfaces); i++) {
        const Interface *n = list_at(doc->interfaces, i);

        if (n->link_state == LINK_STATE_DOWN && !qmp_set_link(guest->qmp, n->info.alias, false, error))
            return false;
    }
    /* The size of the balloon comes with the state. */
    if (boots && doc->has_current_memory && doc->current_memory < doc->memory && doc->memballoon &&
        g_strcmp0(doc->memballoon->model, "none") != 0)
        return qmp_balloon(guest->qmp, doc->current_memory * 1024, error);
    return true;
}

static bool
set_iotune(Guest *guest, const Domain *doc, GError **error)
{
    for (size_t i = 0; i < list_len(doc->disks); i++) {
        const Disk *d = list_at(doc->disks, i);

        if (d->iotune && !iotune_apply(guest->qmp, d, d->iotune, error))
            return false;
    }
    return true;
}

static bool
refuse(const char *what, const char *name, GError **error)
{
    error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "%s of '%s' is not supported yet; remove it from the definition", what, name);
    return false;
}

/* What a guest must not be started without, and this driver cannot give it yet. */
static bool
check_promises(const Domain *doc, GError **error)
{
    if (doc->smbios_mode == SMBIOS_MODE_HOST)
        return refuse("<smbios mode='host'/>", doc->name, error);
    if (list_len(doc->cachetunes) || list_len(doc->memorytunes))
        return refuse("<cachetune> or <memorytune>", doc->name, error);
    return true;
}

/* Memory must come from nodes that this host has.  A host that does not tell has one. */
static bool
check_nodes(const Domain *doc, GError **error)
{
    g_autofree char *online = file_read_line("/sys/devices/system/node/online");
    g_autoptr(Bitmap) nodes = bitmap_parse(online ? online : "0");

    return !nodes || check_start_nodes(doc, nodes, error);
}

/* From nothing to an emulator that listens to us, its guest stopped. */
static bool
launch(Guest *guest, Domain *doc, const GuestStart *options, GError **error)
{
    g_autoptr(QemuCaps) caps = qemu_probe_get(guest_host.probe, doc->emulator, error);
    g_autofree char *socket_path = NULL;
    GuestFds fds = { 0 };
    CommandHost host = guest_command_host;
    Command command = { .def = doc, .caps = caps, .conf = guest_host.conf, .host = &host, .base_env = base_env() };
    g_auto(GStrv) environment = g_get_environ();
    g_autoptr(GArray) hugepages = guest_memory_mounts(guest_host.conf);
    autofd int log_fd = -1;
    autofd int monitor_fd = -1;
    int64_t log_size = 0;
    bool ok;

    if (!caps || !check_start(doc, caps, error) || !check_nodes(doc, error) || !check_promises(doc, error) ||
        !guest_cgroup_advise(guest, doc, error) ||
        !volume_settle(doc, guest_volume_lookup, NULL, error) ||
        !fill_cpu_start(doc, caps, NULL, false, error) || !fill_aliases(doc, error) ||
        !guest_make_dirs(guest, doc, error) ||
        !guest_prepare_host(guest, doc, error) || !guest_chain_detect(doc, error) ||
        !guest_give_files(doc, error))
        return false;
    fill_memory_start(doc);
    command.hugepages = (const CommandHugePages *)hugepages->data;
    command.n_hugepages = hugepages->len;
    socket_path = g_build_filename(guest->dir, "monitor.sock", NULL);
    guest_fds_init(&fds, guest, doc);
    host.data = &fds;
    command.dir = guest->dir;
    command.short_name = guest->short_name;
    command.master_key = guest->master_key;
    command.environ = environment;
    command.auto_nodes = guest->tune ? guest->tune->nodes : NULL;
    command.incoming = options->incoming ? "defer" : NULL;
    command.monitor_fd = guest_fds_add(&fds, guest_listen(socket_path, error));
    ok = command.monitor_fd >= 0 && command_build(&command, error);
    guest->nodes = command.nodes;
    if (ok) {
        g_ptr_array_add(command.argv, NULL);
        g_ptr_array_add(command.env, NULL);
        log_fd = open_log(guest, &command, &log_size, error);
        ok = log_fd >= 0 && spawn(guest, doc, &command, &fds, log_fd, error);
    }
    command_clear(&command);
    /* Dialled while we hold the listening end, so that it cannot be refused; after this only QEMU holds it. */
    if (ok)
        ok = (monitor_fd = dial_monitor(socket_path, error)) >= 0;
    guest_fds_clear(&fds);
    ok = ok && guest_attach(guest, steal_fd(&monitor_fd), error);
    if (!ok && guest->process.pid > 0) {
        g_autofree char *said = NULL;

        process_clear(&guest->process);
        said = read_log(log_fd, log_size);
        if (said) {
            g_clear_error(error);
            error_set(error, VIR_ERR_INTERNAL_ERROR, "process exited while connecting to monitor: %s", said);
        }
        companion_explain(guest, error);
    }
    if (ok)
        companion_settle(guest);
    return ok;
}

static Json *
ask_monitor(void *data, const char *name, Json *arguments, GError **error)
{
    return qmp_client_call(data, name, arguments, QMP_CLIENT_TIMEOUT, error);
}

/* vCPUs that are on from the start, but may be taken away, were left out of the command line. */
static bool
plug_vcpus(Guest *guest, Domain *doc, GError **error)
{
    const VcpuMonitor monitor = { ask_monitor, guest->qmp };
    g_autoptr(Bitmap) wanted = bitmap_new();

    for (size_t i = 0; i < list_len(doc->vcpus); i++) {
        const VcpuState *v = list_at(doc->vcpus, i);

        if (v->enabled == YESNO_YES && v->hotpluggable == YESNO_YES)
            bitmap_set(wanted, v->id, true);
    }
    return bitmap_count(wanted) == 0 || guest_vcpu_plug(doc, wanted, &monitor, error);
}

bool
guest_start(Guest *guest, Domain *owned, const GuestStart *options, GError **error)
{
    Object *object = &guest->vm.object;
    g_autoptr(Domain) doc = owned;
    bool awaits = options->incoming && options->incoming->uri;
    int why_paused = options->paused_reason ? options->paused_reason : VIR_DOMAIN_PAUSED_USER;
    bool ok;

    doc->id = object_table_next_id(object->table);
    lock_acquire(&object->lock);
    guest->generation++;
    guest->starting = true;
    guest->agent_timeout = VIR_DOMAIN_AGENT_RESPONSE_TIMEOUT_BLOCK;
    guest->stopping = false;
    guest->why = guest->shutdown_event = -1;
    guest->fake_reboot = false;
    lock_release(&object->lock);

    ok = launch(guest, doc, options, error) && plug_vcpus(guest, doc, error) && guest_refresh_facts(guest, doc, error) &&
         hotplug_guest_refresh(guest, error) &&
         guest_thread_place_all(guest, doc, error) && tune_guest_start(guest, doc, error) &&
         set_passwords(guest, doc, !options->incoming, error) &&
         set_iotune(guest, doc, error);
    if (ok) {
        object_set_live(object, xml_copy(&domain_xml, doc));
        vm_set_state(&guest->vm, VIR_DOMAIN_PAUSED, awaits ? VIR_DOMAIN_PAUSED_MIGRATION
                                                    : options->paused ? why_paused : VIR_DOMAIN_PAUSED_STARTING_UP);
        ok = !options->incoming || migration_in_load(guest, options->incoming, error);
        ok = ok && (!options->load || options->load(guest, options->load_data, error));
        if (ok && !options->paused && !awaits) {
            lock_acquire(&object->lock);
            guest->why = options->running_reason ? options->running_reason : VIR_DOMAIN_RUNNING_BOOTED;
            lock_release(&object->lock);
            ok = qmp_cont(guest->qmp, error);
        }
    }
    lock_acquire(&object->lock);
    guest->starting = false;
    lock_release(&object->lock);
    if (!ok) {
        guest_release(guest, doc);
        vm_set_shutoff(&guest->vm, VIR_DOMAIN_SHUTOFF_FAILED);
        return false;
    }
    if (!guest_status_save(object, error) || !guest_status_save_pid(guest, error)) {
        guest_stop(guest, VIR_DOMAIN_SHUTOFF_FAILED, VIR_DOMAIN_EVENT_STOPPED_FAILED, false, NULL);
        return false;
    }
    object_emit(object, VIR_DOMAIN_EVENT_STARTED, options->event_detail);
    agent_announce(guest, VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_REASON_DOMAIN_STARTED);
    if (options->paused && !awaits)
        object_emit(object, VIR_DOMAIN_EVENT_SUSPENDED, options->paused_event);
    return true;
}

static void
on_end(pid_t pid, int status, void *data);

static void
finish_end(Guest *guest)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Job) job = !object_is_active(&guest->vm.object) ? NULL
                         : job_begin(&guest->vm.object.jobs, JOB_DESTROY, "the end of its emulator", 120, &error);
    int detail, reason = VIR_DOMAIN_SHUTOFF_CRASHED;

    if (!job) {
        if (error)
            log_gerror(error, "while cleaning up after a guest that ended");
        return;
    }
    lock_acquire(&guest->vm.object.lock);
    detail = guest->shutdown_event;
    lock_release(&guest->vm.object.lock);
    if (detail == VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN)
        reason = VIR_DOMAIN_SHUTOFF_SHUTDOWN;
    guest_stop(guest, reason, detail >= 0 ? detail : VIR_DOMAIN_EVENT_STOPPED_FAILED, false, NULL);
}

static void
on_end(pid_t pid, int status, void *data)
{
    Guest *guest = data;

    log_info("emulator %d ended", (int)pid);
    guest_defer(guest, finish_end);
}

bool
guest_attach(Guest *guest, int monitor_fd, GError **error)
{
    Object *object = &guest->vm.object;
    g_autofree char *name = object_name(object);
    QmpClient *qmp = qmp_client_new(guest_host.env.context, monitor_fd, name, &guest_hooks, object_ref(object),
                                    (GDestroyNotify)object_unref);

    if (!qmp_client_handshake(qmp, START_TIMEOUT, error)) {
        qmp_client_close(qmp);
        qmp_client_unref(qmp);
        return false;
    }
    lock_acquire(&object->lock);
    guest->qmp = qmp;
    guest->watch = process_watch(guest_host.env.context, &guest->process, on_end, object_ref(object),
                                 (GDestroyNotify)object_unref);
    lock_release(&object->lock);
    return true;
}
