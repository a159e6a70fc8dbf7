/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu_driver.c - the QEMU driver: its rows, its life */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/qemu_driver.h"

#include <libvirt/libvirt-qemu.h>
#include <libvirt/virterror.h>
#include <string.h>

#include "drivers/common/connect_rows.h"
#include "drivers/common/cpu_rows.h"
#include "drivers/common/host_caps.h"
#include "drivers/common/host_rows.h"
#include "drivers/qemu/agent/agent_rows.h"
#include "drivers/qemu/agent/agent_vcpu.h"
#include "drivers/qemu/companion/companion.h"
#include "drivers/qemu/display_rows.h"
#include "drivers/qemu/block/block_rows.h"
#include "drivers/qemu/block/checkpoint.h"
#include "drivers/qemu/migration/migrate.h"
#include "drivers/qemu/migration/save.h"
#include "drivers/qemu/monitor_rows.h"
#include "drivers/qemu/native_rows.h"
#include "drivers/qemu/process/guest_job.h"
#include "drivers/qemu/hotplug/hotplug_rows.h"
#include "drivers/qemu/rows.h"
#include "drivers/qemu/tune_rows.h"
#include "drivers/qemu/snapshot/snapshot.h"
#include "rpc/patience.h"
#include "util/error.h"
#include "util/log.h"

LOG_SOURCE("qemu.driver");

enum {
    WORKERS = 8,
    PEER_PATIENCE_MS = 30000, /* for answers of the network, storage and secret daemons */
};

#define START_FLAGS (VIR_DOMAIN_START_PAUSED | VIR_DOMAIN_START_AUTODESTROY | VIR_DOMAIN_START_VALIDATE | VIR_DOMAIN_START_BYPASS_CACHE | \
                     VIR_DOMAIN_START_FORCE_BOOT)
#define SAVE_FLAGS (VIR_DOMAIN_SAVE_BYPASS_CACHE | VIR_DOMAIN_SAVE_RUNNING | VIR_DOMAIN_SAVE_PAUSED)
#define DUMP_FLAGS (VIR_DUMP_CRASH | VIR_DUMP_LIVE | VIR_DUMP_BYPASS_CACHE | VIR_DUMP_RESET | VIR_DUMP_MEMORY_ONLY)
#define REBASE_FLAGS (VIR_DOMAIN_BLOCK_REBASE_SHALLOW | VIR_DOMAIN_BLOCK_REBASE_REUSE_EXT | VIR_DOMAIN_BLOCK_REBASE_COPY_RAW | \
                      VIR_DOMAIN_BLOCK_REBASE_COPY | VIR_DOMAIN_BLOCK_REBASE_RELATIVE | VIR_DOMAIN_BLOCK_REBASE_COPY_DEV | \
                      VIR_DOMAIN_BLOCK_REBASE_BANDWIDTH_BYTES)
#define COMMIT_FLAGS (VIR_DOMAIN_BLOCK_COMMIT_SHALLOW | VIR_DOMAIN_BLOCK_COMMIT_DELETE | VIR_DOMAIN_BLOCK_COMMIT_ACTIVE | \
                      VIR_DOMAIN_BLOCK_COMMIT_RELATIVE | VIR_DOMAIN_BLOCK_COMMIT_BANDWIDTH_BYTES)
#define COPY_FLAGS (VIR_DOMAIN_BLOCK_COPY_SHALLOW | VIR_DOMAIN_BLOCK_COPY_REUSE_EXT | VIR_DOMAIN_BLOCK_COPY_TRANSIENT_JOB | \
                    VIR_DOMAIN_BLOCK_COPY_SYNCHRONOUS_WRITES)
#define CHECKPOINT_CREATE_FLAGS (VIR_DOMAIN_CHECKPOINT_CREATE_REDEFINE | VIR_DOMAIN_CHECKPOINT_CREATE_QUIESCE | \
                                 VIR_DOMAIN_CHECKPOINT_CREATE_REDEFINE_VALIDATE)
#define CHECKPOINT_DELETE_FLAGS (VIR_DOMAIN_CHECKPOINT_DELETE_CHILDREN | VIR_DOMAIN_CHECKPOINT_DELETE_METADATA_ONLY | \
                                 VIR_DOMAIN_CHECKPOINT_DELETE_CHILDREN_ONLY)
#define BUTTONS VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN

static const DriverRow rows[] = {
    VM_ROWS,

    CONNECT_ROWS_BASE,
    HOST_ROWS,
    CPU_ROWS,
    AGENT_ROWS,
    DISPLAY_ROWS,
    MONITOR_ROWS,
    NATIVE_ROWS,
    [PROC_CONNECT_COMPARE_HYPERVISOR_CPU] = { hypervisor_rows_compare, CPU_COMPARE_FLAGS, 0, "4.4.0" },
    [PROC_CONNECT_BASELINE_HYPERVISOR_CPU] = { hypervisor_rows_baseline, CPU_BASELINE_FLAGS, 0, "4.4.0" },
    [PROC_CONNECT_GET_VERSION] = { host_rows_version, 0, 0, "0.2.0" },
    [PROC_CONNECT_SUPPORTS_FEATURE] = { host_rows_supports_feature, 0, ROW_INLINE, "0.3.2" },
    [PROC_CONNECT_GET_MAX_VCPUS] = { host_rows_max_vcpus, 0, 0, "0.2.1" },
    [PROC_DOMAIN_GET_SECURITY_LABEL] = { security_rows_label, 0, ROW_INLINE, "0.6.1" },
    [PROC_DOMAIN_GET_SECURITY_LABEL_LIST] = { security_rows_label_list, 0, ROW_INLINE, "0.10.0" },
    [PROC_NODE_GET_SECURITY_MODEL] = { host_rows_security_model, 0, ROW_INLINE, "0.6.1" },
    [PROC_NODE_GET_SEV_INFO] = { host_rows_sev_info, VIR_TYPED_PARAM_STRING_OKAY, 0, "4.5.0" },
    [PROC_CONNECT_GET_CAPABILITIES] = { host_rows_capabilities, 0, 0, "0.2.1" },
    [PROC_CONNECT_GET_DOMAIN_CAPABILITIES] = { host_rows_domain_capabilities,
                                               VIR_CONNECT_GET_DOMAIN_CAPABILITIES_DISABLE_DEPRECATED_FEATURES, 0, "1.2.7" },
    [PROC_CONNECT_GET_ALL_DOMAIN_STATS] = { stats_rows_all, 0xffff | VIR_CONNECT_GET_ALL_DOMAINS_STATS_ENFORCE_STATS |
                                            VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT, 0, "1.2.8" },

    [PROC_DOMAIN_CREATE] = { lifecycle_rows_create, 0, 0, "0.2.0" },
    [PROC_DOMAIN_CREATE_WITH_FLAGS] = { lifecycle_rows_create_flags, START_FLAGS & ~(uint32_t)VIR_DOMAIN_START_AUTODESTROY, 0, "0.8.2" },
    [PROC_DOMAIN_CREATE_XML] = { lifecycle_rows_create_xml, VIR_DOMAIN_START_PAUSED | VIR_DOMAIN_START_VALIDATE, 0, "0.2.0" },
    [PROC_DOMAIN_DESTROY] = { lifecycle_rows_destroy, 0, 0, "0.2.0" },
    [PROC_DOMAIN_DESTROY_FLAGS] = { lifecycle_rows_destroy, VIR_DOMAIN_DESTROY_GRACEFUL, 0, "0.9.4" },
    [PROC_DOMAIN_SUSPEND] = { lifecycle_rows_suspend, 0, 0, "0.2.0" },
    [PROC_DOMAIN_RESUME] = { lifecycle_rows_resume, 0, 0, "0.2.0" },
    [PROC_DOMAIN_SHUTDOWN] = { agent_rows_shutdown, 0, ROW_NO_JOB, "0.2.0" },
    [PROC_DOMAIN_SHUTDOWN_FLAGS] = { agent_rows_shutdown, BUTTONS | VIR_DOMAIN_SHUTDOWN_GUEST_AGENT, ROW_NO_JOB, "0.9.10" },
    [PROC_DOMAIN_REBOOT] = { agent_rows_reboot, BUTTONS | VIR_DOMAIN_REBOOT_GUEST_AGENT, ROW_NO_JOB, "0.9.3" },
    [PROC_DOMAIN_RESET] = { lifecycle_rows_reset, 0, 0, "0.9.7" },
    [PROC_DOMAIN_INJECT_NMI] = { lifecycle_rows_inject_nmi, 0, 0, "0.9.2" },
    [PROC_DOMAIN_PM_WAKEUP] = { lifecycle_rows_wakeup, 0, 0, "0.9.11" },

    [PROC_DOMAIN_OPEN_CONSOLE] = { device_rows_open_console, VIR_DOMAIN_CONSOLE_FORCE | VIR_DOMAIN_CONSOLE_SAFE, 0, "0.8.6" },
    [PROC_DOMAIN_SEND_KEY] = { device_rows_send_key, 0, 0, "0.9.4" },
    [PROC_DOMAIN_SCREENSHOT] = { device_rows_screenshot, 0, 0, "0.9.2" },
    [PROC_DOMAIN_SET_MEMORY] = { device_rows_set_memory, 0, 0, "0.4.4" },
    [PROC_DOMAIN_SET_MEMORY_FLAGS] = { device_rows_set_memory_flags, OBJECT_AFFECT | VIR_DOMAIN_MEM_MAXIMUM, ROW_LIVE_CONFIG, "0.9.0" },

    [PROC_DOMAIN_SAVE] = { save_rows_save, 0, 0, "0.2.0" },
    [PROC_DOMAIN_SAVE_FLAGS] = { save_rows_save_flags, SAVE_FLAGS, 0, "0.9.4" },
    [PROC_DOMAIN_SAVE_PARAMS] = { save_rows_save_params, SAVE_FLAGS, 0, "8.4.0" },
    [PROC_DOMAIN_RESTORE] = { save_rows_restore, 0, 0, "0.2.0" },
    [PROC_DOMAIN_RESTORE_FLAGS] = { save_rows_restore_flags, SAVE_FLAGS, 0, "0.9.4" },
    [PROC_DOMAIN_RESTORE_PARAMS] = { save_rows_restore_params, SAVE_FLAGS, 0, "8.4.0" },
    [PROC_DOMAIN_SAVE_IMAGE_GET_XML_DESC] = { save_rows_image_xml, VIR_DOMAIN_SAVE_IMAGE_XML_SECURE, 0, "0.9.4" },
    [PROC_DOMAIN_SAVE_IMAGE_DEFINE_XML] = { save_rows_image_define, VIR_DOMAIN_SAVE_RUNNING | VIR_DOMAIN_SAVE_PAUSED, 0, "0.9.4" },
    [PROC_DOMAIN_MANAGED_SAVE] = { save_rows_managed_save, SAVE_FLAGS, 0, "0.8.0" },
    [PROC_DOMAIN_MANAGED_SAVE_GET_XML_DESC] = { save_rows_managed_xml, VIR_DOMAIN_SAVE_IMAGE_XML_SECURE, 0, "3.7.0" },
    [PROC_DOMAIN_MANAGED_SAVE_DEFINE_XML] = { save_rows_managed_define, VIR_DOMAIN_SAVE_RUNNING | VIR_DOMAIN_SAVE_PAUSED, 0, "3.7.0" },
    [PROC_DOMAIN_MANAGED_SAVE_REMOVE] = { save_rows_managed_remove, 0, 0, "0.8.0" },
    [PROC_DOMAIN_CORE_DUMP] = { save_rows_core_dump, DUMP_FLAGS, 0, "0.7.0" },
    [PROC_DOMAIN_CORE_DUMP_WITH_FORMAT] = { save_rows_core_dump_format, DUMP_FLAGS, 0, "1.2.3" },
    [PROC_DOMAIN_MIGRATE_BEGIN3] = { migrate_rows_begin, 0, ROW_NO_JOB, "0.9.2" },
    [PROC_DOMAIN_MIGRATE_BEGIN3_PARAMS] = { migrate_rows_begin_params, ~0u, ROW_NO_JOB, "1.1.0" },
    [PROC_DOMAIN_MIGRATE_PREPARE3] = { migrate_rows_prepare, 0, 0, "0.9.2" },
    [PROC_DOMAIN_MIGRATE_PREPARE3_PARAMS] = { migrate_rows_prepare_params, ~0u, 0, "1.1.0" },
    [PROC_DOMAIN_MIGRATE_PERFORM3] = { migrate_rows_perform, 0, ROW_NO_JOB, "0.9.2" },
    [PROC_DOMAIN_MIGRATE_PERFORM3_PARAMS] = { migrate_rows_perform_params, ~0u, ROW_NO_JOB, "1.1.0" },
    [PROC_DOMAIN_MIGRATE_FINISH3] = { migrate_rows_finish, 0, 0, "0.9.2" },
    [PROC_DOMAIN_MIGRATE_FINISH3_PARAMS] = { migrate_rows_finish_params, ~0u, 0, "1.1.0" },
    [PROC_DOMAIN_MIGRATE_CONFIRM3] = { migrate_rows_confirm, 0, ROW_NO_JOB, "0.9.2" },
    [PROC_DOMAIN_MIGRATE_CONFIRM3_PARAMS] = { migrate_rows_confirm_params, ~0u, ROW_NO_JOB, "1.1.0" },
    [PROC_DOMAIN_MIGRATE_SET_MAX_DOWNTIME] = { migrate_rows_set_max_downtime, 0, 0, "0.8.0" },
    [PROC_DOMAIN_MIGRATE_GET_MAX_DOWNTIME] = { migrate_rows_get_max_downtime, 0, 0, "3.7.0" },
    [PROC_DOMAIN_MIGRATE_SET_MAX_SPEED] = { migrate_rows_set_max_speed, VIR_DOMAIN_MIGRATE_MAX_SPEED_POSTCOPY, 0, "0.9.0" },
    [PROC_DOMAIN_MIGRATE_GET_MAX_SPEED] = { migrate_rows_get_max_speed, VIR_DOMAIN_MIGRATE_MAX_SPEED_POSTCOPY, 0, "0.9.5" },
    [PROC_DOMAIN_MIGRATE_SET_COMPRESSION_CACHE] = { migrate_rows_set_cache, 0, 0, "1.0.3" },
    [PROC_DOMAIN_MIGRATE_GET_COMPRESSION_CACHE] = { migrate_rows_get_cache, 0, 0, "1.0.3" },
    [PROC_DOMAIN_MIGRATE_START_POST_COPY] = { migrate_rows_start_postcopy, 0, 0, "1.3.3" },
    [PROC_DOMAIN_GET_JOB_INFO] = { guest_job_row_info, 0, ROW_NO_JOB, "0.7.7" },
    [PROC_DOMAIN_GET_JOB_STATS] = { guest_job_row_stats, VIR_DOMAIN_JOB_STATS_COMPLETED | VIR_DOMAIN_JOB_STATS_KEEP_COMPLETED,
                                    ROW_NO_JOB, "1.0.3" },
    [PROC_DOMAIN_ABORT_JOB] = { guest_job_row_abort, 0, 0, "0.7.7" },
    [PROC_DOMAIN_ABORT_JOB_FLAGS] = { guest_job_row_abort, VIR_DOMAIN_ABORT_JOB_POSTCOPY, 0, "8.5.0" },

    TUNE_ROWS,

    [PROC_DOMAIN_ATTACH_DEVICE] = { hotplug_rows_attach, 0, ROW_LIVE_CONFIG, "0.4.1" },
    [PROC_DOMAIN_ATTACH_DEVICE_FLAGS] = { hotplug_rows_attach_flags, OBJECT_AFFECT, ROW_LIVE_CONFIG, "0.7.7" },
    [PROC_DOMAIN_DETACH_DEVICE] = { hotplug_rows_detach, 0, ROW_LIVE_CONFIG, "0.5.0" },
    [PROC_DOMAIN_DETACH_DEVICE_FLAGS] = { hotplug_rows_detach_flags, OBJECT_AFFECT, ROW_LIVE_CONFIG, "0.7.7" },
    [PROC_DOMAIN_DETACH_DEVICE_ALIAS] = { hotplug_rows_detach_alias, OBJECT_AFFECT, ROW_LIVE_CONFIG, "4.4.0" },
    [PROC_DOMAIN_UPDATE_DEVICE_FLAGS] = { hotplug_rows_update_flags, OBJECT_AFFECT | VIR_DOMAIN_DEVICE_MODIFY_FORCE,
                                          ROW_LIVE_CONFIG, "0.8.0" },

    [PROC_DOMAIN_INTERFACE_ADDRESSES] = { stats_rows_interface_addresses, 0, ROW_NO_JOB, "1.2.14" },
    [PROC_DOMAIN_GET_BLOCK_INFO] = { stats_rows_block_info, 0, 0, "0.8.1" },
    [PROC_DOMAIN_BLOCK_PULL] = { block_job_rows_pull, VIR_DOMAIN_BLOCK_PULL_BANDWIDTH_BYTES, 0, "0.9.4" },
    [PROC_DOMAIN_BLOCK_REBASE] = { block_job_rows_rebase, REBASE_FLAGS, 0, "0.9.10" },
    [PROC_DOMAIN_BLOCK_COMMIT] = { block_job_rows_commit, COMMIT_FLAGS, 0, "1.0.0" },
    [PROC_DOMAIN_BLOCK_COPY] = { block_copy_row, COPY_FLAGS, 0, "1.2.9" },
    [PROC_DOMAIN_BLOCK_JOB_ABORT] = { block_job_rows_abort,
                                      VIR_DOMAIN_BLOCK_JOB_ABORT_ASYNC | VIR_DOMAIN_BLOCK_JOB_ABORT_PIVOT, 0, "0.9.4" },
    [PROC_DOMAIN_BLOCK_JOB_SET_SPEED] = { block_job_rows_set_speed, VIR_DOMAIN_BLOCK_JOB_SPEED_BANDWIDTH_BYTES, 0, "0.9.4" },
    [PROC_DOMAIN_GET_BLOCK_JOB_INFO] = { block_job_rows_info, VIR_DOMAIN_BLOCK_JOB_INFO_BANDWIDTH_BYTES, 0, "0.9.4" },
    [PROC_DOMAIN_BLOCK_RESIZE] = { disk_rows_resize, VIR_DOMAIN_BLOCK_RESIZE_BYTES | VIR_DOMAIN_BLOCK_RESIZE_CAPACITY, 0,
                                   "0.9.8" },
    [PROC_DOMAIN_BLOCK_PEEK] = { disk_rows_peek, 0, 0, "0.4.4" },
    [PROC_DOMAIN_GET_DISK_ERRORS] = { disk_rows_errors, 0, 0, "0.9.10" },
    [PROC_DOMAIN_SET_BLOCK_THRESHOLD] = { disk_rows_set_threshold, 0, 0, "3.2.0" },
    [PROC_DOMAIN_GET_BLOCK_IO_TUNE] = { iotune_rows_get, OBJECT_AFFECT | VIR_TYPED_PARAM_STRING_OKAY, ROW_LIVE_CONFIG, "0.9.8" },
    [PROC_DOMAIN_SET_BLOCK_IO_TUNE] = { iotune_rows_set, OBJECT_AFFECT, ROW_LIVE_CONFIG, "0.9.8" },
    [PROC_DOMAIN_SET_THROTTLE_GROUP] = { iotune_rows_set_group, OBJECT_AFFECT, ROW_LIVE_CONFIG, "11.2.0" },
    [PROC_DOMAIN_DEL_THROTTLE_GROUP] = { iotune_rows_del_group, OBJECT_AFFECT, ROW_LIVE_CONFIG, "11.2.0" },
    [PROC_DOMAIN_BACKUP_BEGIN] = { backup_rows_begin, VIR_DOMAIN_BACKUP_BEGIN_REUSE_EXTERNAL, 0, "6.0.0" },
    [PROC_DOMAIN_BACKUP_GET_XML_DESC] = { backup_rows_get_xml, 0, 0, "6.0.0" },
    [PROC_DOMAIN_BLOCK_STATS] = { stats_rows_block, 0, 0, "0.4.1" },
    [PROC_DOMAIN_BLOCK_STATS_FLAGS] = { stats_rows_block_flags, VIR_TYPED_PARAM_STRING_OKAY, 0, "0.9.5" },
    [PROC_DOMAIN_INTERFACE_STATS] = { stats_rows_interface, 0, 0, "0.4.1" },
    [PROC_DOMAIN_MEMORY_STATS] = { stats_rows_memory, 0, 0, "0.7.5" },
    [PROC_DOMAIN_GET_VCPUS] = { stats_rows_vcpus, 0, 0, "0.4.4" },
    [PROC_DOMAIN_GET_CPU_STATS] = { tune_stats_cpu, VIR_TYPED_PARAM_STRING_OKAY, 0, "0.9.11" },

    MOMENT_ROWS,
    [PROC_DOMAIN_CHECKPOINT_CREATE_XML] = { checkpoint_rows_create, CHECKPOINT_CREATE_FLAGS, 0, "5.6.0" },
    [PROC_DOMAIN_CHECKPOINT_DELETE] = { checkpoint_rows_delete, CHECKPOINT_DELETE_FLAGS, 0, "5.6.0" },
    [PROC_DOMAIN_SNAPSHOT_CREATE_XML] = { snapshot_rows_create, SNAPSHOT_CREATE_FLAGS, 0, "0.8.0" },
    [PROC_DOMAIN_REVERT_TO_SNAPSHOT] = { snapshot_rows_revert, SNAPSHOT_REVERT_FLAGS, 0, "0.8.0" },
    [PROC_DOMAIN_SNAPSHOT_DELETE] = { snapshot_rows_delete, SNAPSHOT_DELETE_FLAGS, 0, "0.8.0" },
};

static const DriverRow qemu_rows[] = {
    [PROC_QEMU_DOMAIN_MONITOR_COMMAND_WITH_FILES] = { monitor_rows_command_files, VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP, 0, "8.2.0" },
    [PROC_QEMU_DOMAIN_AGENT_COMMAND] = { agent_rows_command, 0, 0, "0.10.0" },
    [PROC_QEMU_DOMAIN_MONITOR_COMMAND] = { device_rows_monitor_command,
                                           VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP, 0, "0.8.3" },
};

/* What goes with the definition. */
static bool
undefine(Vm *vm, uint32_t flags, GError **error)
{
    return save_managed_undefine(vm, flags, error) && snapshot_store_undefine(vm, flags, error) &&
           checkpoint_undefine(vm, flags, error) && companion_undefine(vm, flags, error) &&
           monitor_rows_clear_once((Guest *)vm, error);
}

static bool
renamed(Vm *vm, const char *old, GError **error)
{
    return snapshot_store_renamed(vm, old, error) && checkpoint_renamed(vm, old, error);
}

static const VmOps vm_ops = { .refresh = stats_rows_refresh, .prepare_xml = hypervisor_rows_prepare_xml,
                              .guest_vcpus = agent_vcpu_ask,
                              .undefine = undefine, .renamed = renamed, .checkpoint_sizes = checkpoint_sizes };

void guest_run_work(void *data, void *user_data);

/* Errors of the calls we make to other daemons are ours to tell. */
static void
ignore_error(void *data, virErrorPtr error)
{
}

static void *
start_later(void *data)
{
    guest_autostart_all();
    return NULL;
}

static bool
start(const DriverEnv *env, GError **error)
{
    ObjectDirs dirs;

    virSetErrorFunc(NULL, ignore_error);
    patience_set(PEER_PATIENCE_MS);
    memset(&guest_host, 0, sizeof(guest_host));
    host_caps_set_uuid(env->host_uuid);
    guest_host.env = *env;
    guest_host.env.config_dir = g_strdup(env->config_dir);
    guest_host.env.state_dir = g_strdup(env->state_dir);
    guest_host.env.run_dir = g_strdup(env->run_dir);
    guest_host.env.cache_dir = g_strdup(env->cache_dir);
    guest_host.env.log_dir = g_strdup(env->log_dir);
    lock_init(&guest_host.lock);
    guest_host.ports = g_hash_table_new(NULL, NULL);
    guest_host.conf = qemu_conf_new(env, error);
    if (!guest_host.conf || !qemu_conf_make_dirs(guest_host.conf, error))
        return false;
    guest_host.probe = qemu_probe_new(env->context, guest_host.conf);
    guest_host.workers = g_thread_pool_new(guest_run_work, NULL, WORKERS, FALSE, NULL);
    dirs = (ObjectDirs){ guest_host.conf->config_dir, guest_host.conf->autostart_dir, guest_host.conf->run_dir };
    guest_host.kit = kit_new(env->hub);
    guest_host.kit->vm_ops = &vm_ops;
    guest_host.table = object_table_new(&guest_kind, env->hub, &dirs, NULL);
    guest_host.kit->tables[CLASS_DOMAIN] = guest_host.table;
    if (!object_table_load(guest_host.table, error))
        return false;
    save_managed_scan(guest_host.table);
    guest_reconnect_all();
    snapshot_store_load_all();
    checkpoint_load_all();
    if (env->privileged)
        guest_net_watch();
    g_thread_unref(g_thread_new("autostart", start_later, NULL));
    return true;
}

static bool
busy(void)
{
    g_autoptr(GPtrArray) list = object_table_list(guest_host.table);

    for (unsigned i = 0; i < list->len; i++)
        if (object_is_active(list->pdata[i]))
            return true;
    return false;
}

/* Guests go on; a new daemon finds them by their status files. */
static void
stop(void)
{
    guest_net_unwatch();
    g_thread_pool_free(guest_host.workers, FALSE, TRUE);
}

static bool
open_session(Session *session, const char *uri, bool readonly, GError **error)
{
    g_autoptr(GUri) parsed = g_uri_parse(uri, G_URI_FLAGS_NONE, NULL);
    const char *path = parsed ? g_uri_get_path(parsed) : "";
    const char *want = guest_host.conf->privileged ? "/system" : "/session";

    if (!g_str_equal(path, want)) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "unexpected QEMU URI path '%s', try qemu://%s", path, want);
        return false;
    }
    session->data = kit_ref(guest_host.kit);
    return true;
}

static void
close_session(Session *session)
{
    migrate_session_closed(session);
    kit_unref(g_steal_pointer((Kit **)&session->data));
}

const Driver qemu_driver = {
    .name = "QEMU",
    .scheme = "qemu",
    .error_from = VIR_FROM_QEMU,
    .classes = 1u << CLASS_DOMAIN | 1u << CLASS_DOMAIN_SNAPSHOT | 1u << CLASS_DOMAIN_CHECKPOINT,
    .rows = rows,
    .n_rows = G_N_ELEMENTS(rows),
    .qemu_rows = qemu_rows,
    .n_qemu_rows = G_N_ELEMENTS(qemu_rows),
    .start = start,
    .stop = stop,
    .busy = busy,
    .open = open_session,
    .close = close_session,
    .resolve = kit_resolve,
    .release = kit_release,
    .acl_object = kit_acl_object,
    .begin = kit_begin,
    .end = kit_end,
};
