/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* driver.h - what a driver is: an array of rows and a few hooks
 *
 * A missing row is VIR_ERR_NO_SUPPORT.  Rows are indexed by procedure number,
 * one array per program.  The hooks carry the prologue that is the same for
 * every call of a driver: finding the object, beginning a job.
 */
#pragma once

#include "rpc/call.h"
#include "rpc/events.h"
#include "rpc/session.h"

/* Where a driver lives; the daemon framework fills it before Driver.start. */
typedef struct DriverEnv {
    bool privileged;       /* system mode (root); else session mode */
    const char *config_dir; /* /etc/libvirt or ~/.config/libvirt */
    const char *state_dir;  /* /var/lib/libvirt or ~/.local/share/libvirt */
    const char *run_dir;    /* /run/libvirt or $XDG_RUNTIME_DIR/libvirt */
    const char *cache_dir;  /* /var/cache/libvirt or ~/.cache/libvirt */
    const char *log_dir;    /* /var/log/libvirt or ~/.cache/libvirt/log */
    GMainContext *context;  /* the main thread's loop: sources may be added from any thread */
    EventHub *hub;          /* where to emit events */
    const char *host_uuid;  /* of the settings, or NULL */
    bool activated;         /* started by a socket (lazy start wanted) */
} DriverEnv;

/* One call that a driver implements. */
typedef struct DriverRow {
    /* Runs in a worker; may block on its own object only.  Reads call->args, fills
     * call->ret (owned by the record), sets @error and returns false on failure. */
    bool (*fn)(Call *call, GError **error);
    /* API flags this driver honours, of those the API knows; others are refused with
     * VIR_ERR_INVALID_ARG before fn.  Ignored for methods without flags. */
    uint32_t flags;
    uint32_t how;       /* ROW_* */
    const char *since;  /* version of libvirt whose behaviour this row offers; for docs */
} DriverRow;

enum {
    ROW_LIVE_CONFIG = 1 << 0, /* flags hold AFFECT_LIVE/CONFIG: the kit resolves them to call->live/config */
    ROW_INLINE = 1 << 1,      /* never blocks: may run on the main thread */
    ROW_NO_JOB = 1 << 2,      /* begin no job although the method has a job class */
};

struct Driver {
    const char *name;       /* as virConnectGetType() says: "QEMU", "network", "Test" */
    const char *scheme;     /* URI scheme: "qemu", "network", "test" */
    int error_from;         /* VIR_FROM_QEMU ... for errors raised by the pipeline on its behalf */
    uint32_t classes;       /* 1u << ObjectClass for each class it serves */

    const DriverRow *rows;  /* program remote, indexed by PROC_* */
    size_t n_rows;
    const DriverRow *qemu_rows;
    size_t n_qemu_rows;
    const DriverRow *lxc_rows;
    size_t n_lxc_rows;

    /* Daemon life.  NULL where there is nothing to do.  start may be slow only in the
     * background: index, return, go on in a worker.  busy: owns host state, so no idle exit. */
    bool (*start)(const DriverEnv *env, GError **error);
    void (*reload)(void);
    void (*stop)(void);
    bool (*busy)(void);

    /* Connections.  open validates @uri (path /system, /session ...) and may set session->data. */
    bool (*open)(Session *session, const char *uri, bool readonly, GError **error);
    void (*close)(Session *session);

    /* Find the object of call->method->object in call->args and put a reference into
     * call->object; error is e.g. VIR_ERR_NO_DOMAIN.  Called before the ACL check; a method
     * of class CONNECT (or without object) is not resolved. */
    bool (*resolve)(Call *call, GError **error);
    void (*release)(Call *call);

    /* What the ACL checker is told about call->object (or, when @record is given, about that
     * wire object of class @cls, for filters on lists and events). */
    bool (*acl_object)(Call *call, ObjectClass cls, const void *record, AclObject *object);

    /* Begin and end the job of the method's class; end saves state if @ok.  end is called
     * exactly once for each begin that returned true. */
    bool (*begin)(Call *call, GError **error);
    void (*end)(Call *call, bool ok);
};

/* The driver's row for @method, or NULL.  Event (de)registration rows are built in. */
const DriverRow *driver_row(const Driver *driver, const Method *method);
