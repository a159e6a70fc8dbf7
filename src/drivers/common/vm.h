/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vm.h - guests, whatever runs them
 *
 * A driver's own guest struct begins with Vm, its ObjectKind is VM_KIND_INIT with its size and hooks,
 * and its row table holds VM_ROWS; what differs between drivers is asked through VmOps.
 */
#pragma once

#include "drivers/common/kit.h"
#include "drivers/common/object_rows.h"
#include "drivers/conf/domain_gen.h"

/* Snapshots or checkpoints; see moment_tree.h. */
struct Vm;
typedef struct MomentTree {
    GPtrArray *all; /* Def; NULL: none yet */
    char *current;  /* name, or NULL */
    /* Not NULL: they are on disk still, and this reads them (Def; NULL: none); called with no lock held. */
    GPtrArray *(*load)(struct Vm *vm, char **ret_current);
} MomentTree;

typedef struct Vm {
    Object object;          /* what follows is guarded by object.lock */
    int state, reason;      /* VIR_DOMAIN_*; VIR_DOMAIN_SHUTOFF when inactive */
    int64_t state_since;    /* g_get_monotonic_time() */
    bool managed_save;      /* an image is there to be restored at the next start */
    MomentTree snapshots, checkpoints;
    uint64_t cpu_time;      /* ns; what the driver last saw */
} Vm;

typedef struct Checkpoint Checkpoint;

typedef struct VmOps {
    /* Bring cpu_time and the like up to date, bounded in time; may be NULL. */
    void (*refresh)(Vm *vm);
    /* Before a guest's definition is removed: refuse, or remove what @flags allow to go with it.  May be NULL. */
    bool (*undefine)(Vm *vm, uint32_t flags, GError **error);
    /* An inactive guest that was called @old has another name: moments and the like go along.  NULL: a guest with moments
     * keeps its name. */
    bool (*renamed)(Vm *vm, const char *old, GError **error);
    /* Change what XML readers get (VIR_DOMAIN_XML_UPDATE_CPU, MIGRATABLE, what runs); may be NULL. */
    bool (*prepare_xml)(Vm *vm, Domain *domain, uint32_t flags, GError **error);
    /* Fill in how much changed since @checkpoint.  NULL: that cannot be told. */
    bool (*checkpoint_sizes)(Vm *vm, Checkpoint *checkpoint, GError **error);
    /* vCPUs in the guest's own eyes: all, and those it uses.  NULL: nobody in the guest can be asked. */
    bool (*guest_vcpus)(Vm *vm, unsigned *ret_all, unsigned *ret_online, GError **error);
    /* How many CPUs the host has; NULL: those of this machine. */
    unsigned (*host_cpus)(Kit *kit);
} VmOps;

static inline Vm *
vm_of(const Call *call)
{
    return call->object;
}

/* A domain's own init and clear call these first and last. */
void vm_init(Object *object);
void vm_clear(Object *object);
extern const ObjectFilter vm_filters[];

#define VM_KIND_INIT(from)                                                                      \
    .noun = "domain", .edit = "edit", .cls = CLASS_DOMAIN, .error_from = (from),                \
    .no_such = VIR_ERR_NO_DOMAIN, .inactive_text = "domain is not running",                     \
    .transient_text = "transient domains do not have any persistent config",                    \
    .xml = &domain_xml, .name_at = offsetof(Domain, name), .uuid_at = offsetof(Domain, uuid),   \
    .id_at = offsetof(Domain, id), .title_at = offsetof(Domain, title),                         \
    .description_at = offsetof(Domain, description),                                            \
    .metadata_at = offsetof(Domain, metadata), .filters = vm_filters

int vm_state(Vm *vm, int *ret_reason);
void vm_set_state(Vm *vm, int state, int reason);
/* object_set_inactive() and the state that goes with it. */
void vm_set_shutoff(Vm *vm, int reason);

/* For create from XML and define: the guest of @xml under a job of the caller's kind.  NULL with
 * @error set.  @ret_doc is the parsed definition, not published yet. */
Vm *vm_claim(Call *call, const char *xml, bool validate, Job **ret_job, Domain **ret_doc,
             GError **error);

/* Rows: vm_rows.c */
bool vm_row_define(Call *call, GError **error);
bool vm_row_undefine(Call *call, GError **error);
bool vm_row_get_info(Call *call, GError **error);
bool vm_row_get_state(Call *call, GError **error);
bool vm_row_get_os_type(Call *call, GError **error);
bool vm_row_get_max_memory(Call *call, GError **error);
bool vm_row_get_max_vcpus(Call *call, GError **error);
bool vm_row_get_vcpus_flags(Call *call, GError **error);
bool vm_row_get_xml(Call *call, GError **error);
bool vm_row_is_updated(Call *call, GError **error);
bool vm_row_rename(Call *call, GError **error);
bool vm_row_has_managed_save(Call *call, GError **error);
bool vm_row_get_control_info(Call *call, GError **error);
bool vm_row_set_lifecycle_action(Call *call, GError **error);
/* Tunables that are members of the definition (vm_params.c).  These read and write the definitions
 * only: a driver that must also tell the guest does so in a row of its own and then calls these. */
bool vm_row_get_memory_parameters(Call *call, GError **error);
bool vm_row_set_memory_parameters(Call *call, GError **error);
bool vm_row_get_blkio_parameters(Call *call, GError **error);
bool vm_row_set_blkio_parameters(Call *call, GError **error);
bool vm_row_get_numa_parameters(Call *call, GError **error);
bool vm_row_set_numa_parameters(Call *call, GError **error);
bool vm_row_get_vcpu_pin_info(Call *call, GError **error);
bool vm_row_pin_vcpu(Call *call, GError **error);
bool vm_row_get_emulator_pin_info(Call *call, GError **error);
bool vm_row_pin_emulator(Call *call, GError **error);
bool vm_row_get_perf_events(Call *call, GError **error);
bool vm_row_set_perf_events(Call *call, GError **error);
/* For the oldest call, which has no flags */
bool vm_row_pin_vcpu_live(Call *call, GError **error);
bool vm_row_get_interface_parameters(Call *call, GError **error);
bool vm_row_set_interface_parameters(Call *call, GError **error);
bool vm_row_set_memory_stats_period(Call *call, GError **error);
/* By target or MAC address. */
Interface *vm_tune_find_interface(const Domain *doc, const char *name, GError **error);
/* I/O threads (vm_iothread.c) */
bool vm_row_get_iothread_info(Call *call, GError **error);
bool vm_row_pin_iothread(Call *call, GError **error);
bool vm_row_add_iothread(Call *call, GError **error);
bool vm_row_del_iothread(Call *call, GError **error);
bool vm_row_set_iothread_params(Call *call, GError **error);
/* NULL if it is not listed. */
IoThread *vm_iothread_find(const Domain *doc, unsigned id);
bool vm_iothread_require(const Domain *doc, unsigned id, GError **error);
/* Threads that were only counted get an entry. */
void vm_iothread_list_all(Domain *doc);
unsigned vm_host_cpus(const Call *call);
/* A map of @maplen bytes as the API has it, from a set; NULL stands for all of @cpus. */
void vm_cpumap_fill(const Bitmap *set, unsigned cpus, uint8_t *map, size_t maplen);
/* NULL with @error set if no CPU of the host is in it. */
Bitmap *vm_cpumap_parse(const uint8_t *map, size_t maplen, unsigned cpus, GError **error);

#define VM_VCPU_FLAGS (OBJECT_AFFECT | VIR_DOMAIN_VCPU_MAXIMUM | VIR_DOMAIN_VCPU_GUEST)
#define VM_UNDEFINE_FLAGS                                                                       \
    (VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA |                \
     VIR_DOMAIN_UNDEFINE_NVRAM | VIR_DOMAIN_UNDEFINE_KEEP_NVRAM |                               \
     VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA | VIR_DOMAIN_UNDEFINE_TPM |                       \
     VIR_DOMAIN_UNDEFINE_KEEP_TPM)

#define VM_PARAMS (OBJECT_AFFECT | VIR_TYPED_PARAM_STRING_OKAY)

/* Tunables of the definition; see the remark above. */
#define VM_PARAM_ROWS                                                                           \
    [PROC_DOMAIN_GET_MEMORY_PARAMETERS] = { vm_row_get_memory_parameters, VM_PARAMS, ROW_LIVE_CONFIG }, \
    [PROC_DOMAIN_SET_MEMORY_PARAMETERS] = { vm_row_set_memory_parameters, OBJECT_AFFECT, ROW_LIVE_CONFIG }, \
    [PROC_DOMAIN_GET_BLKIO_PARAMETERS] = { vm_row_get_blkio_parameters, VM_PARAMS, ROW_LIVE_CONFIG }, \
    [PROC_DOMAIN_SET_BLKIO_PARAMETERS] = { vm_row_set_blkio_parameters, OBJECT_AFFECT, ROW_LIVE_CONFIG }, \
    [PROC_DOMAIN_GET_NUMA_PARAMETERS] = { vm_row_get_numa_parameters, VM_PARAMS, ROW_LIVE_CONFIG }, \
    [PROC_DOMAIN_SET_NUMA_PARAMETERS] = { vm_row_set_numa_parameters, OBJECT_AFFECT, ROW_LIVE_CONFIG }, \
    [PROC_DOMAIN_GET_VCPU_PIN_INFO] = { vm_row_get_vcpu_pin_info, OBJECT_AFFECT, ROW_LIVE_CONFIG }, \
    [PROC_DOMAIN_PIN_VCPU_FLAGS] = { vm_row_pin_vcpu, OBJECT_AFFECT, ROW_LIVE_CONFIG },         \
    [PROC_DOMAIN_GET_EMULATOR_PIN_INFO] = { vm_row_get_emulator_pin_info, OBJECT_AFFECT, ROW_LIVE_CONFIG }, \
    [PROC_DOMAIN_PIN_EMULATOR] = { vm_row_pin_emulator, OBJECT_AFFECT, ROW_LIVE_CONFIG },       \
    [PROC_DOMAIN_GET_PERF_EVENTS] = { vm_row_get_perf_events, VM_PARAMS, ROW_LIVE_CONFIG },     \
    [PROC_DOMAIN_SET_PERF_EVENTS] = { vm_row_set_perf_events, OBJECT_AFFECT, ROW_LIVE_CONFIG }

/* Reading and editing definitions, the same for every hypervisor. */
#define VM_ROWS                                                                                 \
    [PROC_CONNECT_NUM_OF_DOMAINS] = { object_row_num_active },                                  \
    [PROC_CONNECT_LIST_DOMAINS] = { object_row_list_ids },                                      \
    [PROC_CONNECT_NUM_OF_DEFINED_DOMAINS] = { object_row_num_inactive },                        \
    [PROC_CONNECT_LIST_DEFINED_DOMAINS] = { object_row_list_inactive },                         \
    [PROC_CONNECT_LIST_ALL_DOMAINS] = { object_row_list_all, 0xffff },                          \
    [PROC_DOMAIN_LOOKUP_BY_ID] = { object_row_by_id },                                          \
    [PROC_DOMAIN_LOOKUP_BY_NAME] = { object_row_by_name },                                      \
    [PROC_DOMAIN_LOOKUP_BY_UUID] = { object_row_by_uuid },                                      \
    [PROC_DOMAIN_IS_ACTIVE] = { object_row_is_active },                                         \
    [PROC_DOMAIN_IS_PERSISTENT] = { object_row_is_persistent },                                 \
    [PROC_DOMAIN_IS_UPDATED] = { vm_row_is_updated },                                           \
    [PROC_DOMAIN_GET_AUTOSTART] = { object_row_get_autostart },                                 \
    [PROC_DOMAIN_SET_AUTOSTART] = { object_row_set_autostart },                                 \
    [PROC_DOMAIN_GET_XML_DESC] = { vm_row_get_xml,                                              \
        VIR_DOMAIN_XML_SECURE | VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_UPDATE_CPU |           \
        VIR_DOMAIN_XML_MIGRATABLE },                                                            \
    [PROC_DOMAIN_DEFINE_XML] = { vm_row_define },                                               \
    [PROC_DOMAIN_DEFINE_XML_FLAGS] = { vm_row_define, VIR_DOMAIN_DEFINE_VALIDATE },             \
    [PROC_DOMAIN_UNDEFINE] = { vm_row_undefine },                                               \
    [PROC_DOMAIN_UNDEFINE_FLAGS] = { vm_row_undefine, VM_UNDEFINE_FLAGS },                      \
    [PROC_DOMAIN_RENAME] = { vm_row_rename },                                                   \
    [PROC_DOMAIN_GET_INFO] = { vm_row_get_info },                                               \
    [PROC_DOMAIN_GET_STATE] = { vm_row_get_state },                                             \
    [PROC_DOMAIN_GET_CONTROL_INFO] = { vm_row_get_control_info },                               \
    [PROC_DOMAIN_GET_OS_TYPE] = { vm_row_get_os_type },                                         \
    [PROC_DOMAIN_GET_MAX_MEMORY] = { vm_row_get_max_memory },                                   \
    [PROC_DOMAIN_GET_MAX_VCPUS] = { vm_row_get_max_vcpus },                                     \
    [PROC_DOMAIN_GET_VCPUS_FLAGS] = { vm_row_get_vcpus_flags, VM_VCPU_FLAGS, ROW_NO_JOB },      \
    [PROC_DOMAIN_HAS_MANAGED_SAVE_IMAGE] = { vm_row_has_managed_save },                         \
    [PROC_DOMAIN_SET_LIFECYCLE_ACTION] = { vm_row_set_lifecycle_action, OBJECT_AFFECT,          \
                                           ROW_LIVE_CONFIG },                                   \
    [PROC_DOMAIN_GET_METADATA] = { object_row_get_metadata, OBJECT_AFFECT, ROW_LIVE_CONFIG },   \
    [PROC_DOMAIN_SET_METADATA] = { object_row_set_metadata, OBJECT_AFFECT, ROW_LIVE_CONFIG }
