/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tune_rows.h - calls that change how the host treats a guest, and what it has of CPUs and threads */
#pragma once

#include "drivers/common/params.h"
#include "drivers/qemu/process/guest.h"
#include "rpc/driver.h"

/* tune_rows.c: limits by cgroups */
bool tune_rows_set_memory(Call *call, GError **error);
bool tune_rows_set_blkio(Call *call, GError **error);
bool tune_rows_set_numa(Call *call, GError **error);
bool tune_rows_scheduler_type(Call *call, GError **error);
bool tune_rows_get_scheduler(Call *call, GError **error);
bool tune_rows_get_scheduler_flags(Call *call, GError **error);
bool tune_rows_set_scheduler(Call *call, GError **error);

/* tune_thread_rows.c: pins and I/O threads */
bool tune_rows_pin_vcpu(Call *call, GError **error);
bool tune_rows_pin_vcpu_live(Call *call, GError **error);
bool tune_rows_pin_emulator(Call *call, GError **error);
bool tune_rows_get_vcpu_pins(Call *call, GError **error);
bool tune_rows_get_emulator_pin(Call *call, GError **error);
bool tune_rows_pin_iothread(Call *call, GError **error);
bool tune_rows_get_iothreads(Call *call, GError **error);
bool tune_rows_add_iothread(Call *call, GError **error);
bool tune_rows_del_iothread(Call *call, GError **error);
bool tune_rows_set_iothread(Call *call, GError **error);

/* tune_guest_rows.c: what QEMU itself is told */
/* What its definition wants, before it runs. */
bool tune_guest_start(Guest *guest, const Domain *doc, GError **error);
bool tune_rows_set_vcpus_live(Call *call, GError **error);
bool tune_rows_set_vcpu(Call *call, GError **error);
bool tune_rows_set_max_memory(Call *call, GError **error);
bool tune_rows_set_stats_period(Call *call, GError **error);
bool tune_rows_set_interface(Call *call, GError **error);
bool tune_rows_dirty_rate(Call *call, GError **error);
bool tune_rows_peek(Call *call, GError **error);
bool tune_rows_get_launch_security(Call *call, GError **error);
bool tune_rows_set_launch_security(Call *call, GError **error);

/* tune_perf.c: performance counters */
bool tune_rows_set_perf(Call *call, GError **error);
bool tune_perf_start(Guest *guest, const Domain *doc, GError **error);
void tune_perf_stats(Guest *guest, Params *params);

/* tune_stats.c: of running guests, for virConnectGetAllDomainStats() and its older kin */
bool tune_stats_cpu(Call *call, GError **error);
void tune_stats_vcpu(Guest *guest, unsigned id, Params *params);
bool tune_stats_vcpu_is_online(const Domain *doc, unsigned id);
/* The CPUs it may run on now, as the API's map. */
void tune_stats_vcpu_affinity(Guest *guest, unsigned id, uint8_t *map, size_t maplen);
void tune_stats_iothreads(Guest *guest, const Domain *doc, Params *params);
void tune_stats_dirty_rate(Guest *guest, Params *params);
typedef struct TuneBalloon {
    int tag;                /* VIR_DOMAIN_MEMORY_STAT_* */
    const char *name;       /* in "balloon.NAME" */
    uint64_t value;
} TuneBalloon;
enum { TUNE_BALLOON_MAX = 11 };
unsigned tune_stats_balloon(Guest *guest, const Domain *doc, TuneBalloon *ret, unsigned max);

#define TUNE_ROWS                                                                                                    \
    [PROC_DOMAIN_GET_MEMORY_PARAMETERS] = { vm_row_get_memory_parameters, VM_PARAMS, ROW_LIVE_CONFIG, "0.8.5" },     \
    [PROC_DOMAIN_SET_MEMORY_PARAMETERS] = { tune_rows_set_memory, OBJECT_AFFECT, ROW_LIVE_CONFIG, "0.8.5" },         \
    [PROC_DOMAIN_GET_BLKIO_PARAMETERS] = { vm_row_get_blkio_parameters, VM_PARAMS, ROW_LIVE_CONFIG, "0.9.0" },       \
    [PROC_DOMAIN_SET_BLKIO_PARAMETERS] = { tune_rows_set_blkio, OBJECT_AFFECT, ROW_LIVE_CONFIG, "0.9.0" },           \
    [PROC_DOMAIN_GET_NUMA_PARAMETERS] = { vm_row_get_numa_parameters, VM_PARAMS, ROW_LIVE_CONFIG, "0.9.9" },         \
    [PROC_DOMAIN_SET_NUMA_PARAMETERS] = { tune_rows_set_numa, OBJECT_AFFECT, ROW_LIVE_CONFIG, "0.9.9" },             \
    [PROC_DOMAIN_GET_SCHEDULER_TYPE] = { tune_rows_scheduler_type, 0, 0, "0.7.0" },                                  \
    [PROC_DOMAIN_GET_SCHEDULER_PARAMETERS] = { tune_rows_get_scheduler, 0, ROW_LIVE_CONFIG, "0.7.0" },               \
    [PROC_DOMAIN_GET_SCHEDULER_PARAMETERS_FLAGS] = { tune_rows_get_scheduler_flags,                                  \
        VM_PARAMS, ROW_LIVE_CONFIG, "0.9.2" },                                                                       \
    [PROC_DOMAIN_SET_SCHEDULER_PARAMETERS] = { tune_rows_set_scheduler, 0, ROW_LIVE_CONFIG, "0.7.0" },               \
    [PROC_DOMAIN_SET_SCHEDULER_PARAMETERS_FLAGS] = { tune_rows_set_scheduler,                                        \
        OBJECT_AFFECT, ROW_LIVE_CONFIG, "0.9.2" },                                                                   \
    [PROC_DOMAIN_GET_VCPU_PIN_INFO] = { tune_rows_get_vcpu_pins, OBJECT_AFFECT, ROW_LIVE_CONFIG, "0.9.3" },          \
    [PROC_DOMAIN_PIN_VCPU] = { tune_rows_pin_vcpu_live, 0, ROW_LIVE_CONFIG, "0.4.4" },                               \
    [PROC_DOMAIN_PIN_VCPU_FLAGS] = { tune_rows_pin_vcpu, OBJECT_AFFECT, ROW_LIVE_CONFIG, "0.9.3" },                  \
    [PROC_DOMAIN_GET_EMULATOR_PIN_INFO] = { tune_rows_get_emulator_pin, OBJECT_AFFECT, ROW_LIVE_CONFIG, "0.10.0" },  \
    [PROC_DOMAIN_PIN_EMULATOR] = { tune_rows_pin_emulator, OBJECT_AFFECT, ROW_LIVE_CONFIG, "0.10.0" },               \
    [PROC_DOMAIN_GET_IOTHREAD_INFO] = { tune_rows_get_iothreads, OBJECT_AFFECT, ROW_LIVE_CONFIG, "1.2.14" },         \
    [PROC_DOMAIN_PIN_IOTHREAD] = { tune_rows_pin_iothread, OBJECT_AFFECT, ROW_LIVE_CONFIG, "1.2.14" },               \
    [PROC_DOMAIN_ADD_IOTHREAD] = { tune_rows_add_iothread, OBJECT_AFFECT, ROW_LIVE_CONFIG, "1.2.15" },               \
    [PROC_DOMAIN_DEL_IOTHREAD] = { tune_rows_del_iothread, OBJECT_AFFECT, ROW_LIVE_CONFIG, "1.2.15" },               \
    [PROC_DOMAIN_SET_IOTHREAD_PARAMS] = { tune_rows_set_iothread, OBJECT_AFFECT, ROW_LIVE_CONFIG, "4.10.0" },        \
    [PROC_DOMAIN_GET_PERF_EVENTS] = { vm_row_get_perf_events, VM_PARAMS, ROW_LIVE_CONFIG, "1.3.3" },                 \
    [PROC_DOMAIN_SET_PERF_EVENTS] = { tune_rows_set_perf, OBJECT_AFFECT, ROW_LIVE_CONFIG, "1.3.3" },                 \
    [PROC_DOMAIN_SET_MEMORY_STATS_PERIOD] = { tune_rows_set_stats_period, OBJECT_AFFECT, ROW_LIVE_CONFIG, "1.1.1" }, \
    [PROC_DOMAIN_SET_MAX_MEMORY] = { tune_rows_set_max_memory, 0, ROW_LIVE_CONFIG, "0.4.2" },                        \
    [PROC_DOMAIN_SET_VCPUS] = { tune_rows_set_vcpus_live, 0, ROW_LIVE_CONFIG, "0.4.4" },                             \
    [PROC_DOMAIN_SET_VCPU] = { tune_rows_set_vcpu, OBJECT_AFFECT, ROW_LIVE_CONFIG, "3.1.0" },                        \
    [PROC_DOMAIN_START_DIRTY_RATE_CALC] = { tune_rows_dirty_rate,                                                    \
        VIR_DOMAIN_DIRTYRATE_MODE_DIRTY_BITMAP | VIR_DOMAIN_DIRTYRATE_MODE_DIRTY_RING, 0, "7.2.0" },                 \
    [PROC_DOMAIN_GET_INTERFACE_PARAMETERS] = { vm_row_get_interface_parameters,                                      \
        VM_PARAMS, ROW_LIVE_CONFIG, "0.9.9" },                                                                       \
    [PROC_DOMAIN_SET_INTERFACE_PARAMETERS] = { tune_rows_set_interface, OBJECT_AFFECT, ROW_LIVE_CONFIG, "0.9.9" },   \
    [PROC_DOMAIN_GET_LAUNCH_SECURITY_INFO] = { tune_rows_get_launch_security,                                        \
        VIR_TYPED_PARAM_STRING_OKAY, 0, "4.5.0" },                                                                   \
    [PROC_DOMAIN_SET_LAUNCH_SECURITY_STATE] = { tune_rows_set_launch_security, 0, 0, "8.0.0" },                      \
    [PROC_DOMAIN_MEMORY_PEEK] = { tune_rows_peek, VIR_MEMORY_VIRTUAL | VIR_MEMORY_PHYSICAL, 0, "0.4.4" }
