/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_private.h - what the files of the test driver share
 *
 * A TestNode is one pretended host; a connection's Kit has it as its data.
 */
#pragma once

#include "drivers/common/kit.h"
#include "drivers/common/network.h"
#include "drivers/common/object_rows.h"
#include "drivers/common/pool.h"
#include "drivers/common/secret.h"
#include "drivers/common/vm.h"

typedef struct TestNode {
    Kit *kit; /* not owned: the node is the kit's data */
    char model[32];
    int cpus, mhz, nodes, sockets, cores, threads;
    uint64_t memory;     /* KiB */
    char *uri;           /* key of the shared default node, else NULL */
    unsigned n_sessions; /* guarded by nodes_lock of test_driver.c */

    Lock lock;               /* guards what follows; below the locks of tables and objects */
    GPtrArray *iface_backup; /* documents as of the begin of a change, or NULL */
} TestNode;

typedef struct TestVm {
    Vm vm;
    GPtrArray *messages;  /* strings; guarded by object.lock */
    bool fs_frozen[2];   /* "/" and "/boot" */
    int64_t time_offset; /* what the guest was told, less ours; ns */
} TestVm;

static inline TestNode *
test_node_of(const Call *call)
{
    return kit_of(call)->data;
}

extern const ObjectKind test_vm_kind, test_device_kind,
    test_iface_kind;

/* test_node.c */
bool test_node_load_default(TestNode *node, GError **error);
bool test_node_load_file(TestNode *node, const char *path, GError **error);

/* Row tables of the other files; the driver joins them. */
extern const DriverRow test_domain_rows[PROC_LAST], test_tune_rows[PROC_LAST],
    test_device_rows[PROC_LAST], test_network_rows[PROC_LAST], test_storage_rows[PROC_LAST],
    test_host_rows[PROC_LAST], test_moment_rows[PROC_LAST], test_guest_rows[PROC_LAST];

/* Lifecycle, shared by the rows of domains, snapshots and the loader.  Under a job. */
void test_domain_start(TestVm *vm, Domain *live, int reason, int event_detail);
void test_domain_stop(TestVm *vm, int reason, int event, int event_detail);

/* By target or source path; by target or MAC address. */
Disk *test_tune_find_disk(const Domain *doc, const char *name, GError **error);

/* The owners of the tables of networks and pools; see network.h and pool.h. */
extern const NetworkOps test_network_ops;
extern const StorageBackend *const test_pool_backends[POOL_TYPE_LAST];
