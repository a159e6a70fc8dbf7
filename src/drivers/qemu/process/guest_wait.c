/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest_wait.c - queues of events, one for each who waits */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/process/guest_wait.h"

#include "util/error.h"

/* Nobody needs more unread events than that; what is told thousands of times is told again. */
enum { QUEUE_MAX = 4096 };

typedef struct Told {
    const char *name; /* of the wait's list */
    Json *data;
} Told;

struct GuestWait {
    Guest *guest; /* a reference */
    const char *const *names;
    GQueue told;
    bool ended;
};

static void
free_told(void *data)
{
    Told *told = data;

    json_unref(told->data);
    g_free(told);
}

GuestWait *
guest_wait_new(Guest *guest, const char *const *names)
{
    GuestWait *wait = g_new0(GuestWait, 1);

    wait->guest = (Guest *)object_ref(&guest->vm.object);
    wait->names = names;
    g_queue_init(&wait->told);
    lock_acquire(&guest->vm.object.lock);
    wait->ended = !guest->qmp;
    g_ptr_array_add(guest->waits, wait);
    lock_release(&guest->vm.object.lock);
    return wait;
}

void
guest_wait_free(GuestWait *wait)
{
    if (!wait)
        return;
    lock_acquire(&wait->guest->vm.object.lock);
    g_ptr_array_remove_fast(wait->guest->waits, wait);
    lock_release(&wait->guest->vm.object.lock);
    g_queue_clear_full(&wait->told, free_told);
    object_unref(&wait->guest->vm.object);
    g_free(wait);
}

/* With the object's lock. */
static bool
must_go(const GuestWait *wait, Job *job, int64_t deadline, GError **error)
{
    if (job && job_abort_requested(job))
        error_set(error, VIR_ERR_OPERATION_ABORTED, "the operation was canceled by a client");
    else if (wait->ended)
        error_set(error, VIR_ERR_OPERATION_FAILED, "domain is no longer running");
    else if (g_get_monotonic_time() >= deadline)
        error_set(error, VIR_ERR_OPERATION_TIMEOUT, "QEMU did not tell '%s' in time", wait->names[0]);
    else
        return false;
    return true;
}

Json *
guest_wait_next(GuestWait *wait, Job *job, int64_t deadline, const char **ret_name, GError **error)
{
    Lock *lock = &wait->guest->vm.object.lock;
    g_auto(LockHold) hold = lock_hold(lock);
    Json *data;
    Told *told;

    while (g_queue_is_empty(&wait->told)) {
        if (must_go(wait, job, deadline, error))
            return NULL;
        cond_wait_until(&wait->guest->told, lock, deadline);
    }
    told = g_queue_pop_head(&wait->told);
    if (ret_name)
        *ret_name = told->name;
    data = g_steal_pointer(&told->data);
    free_told(told);
    return data;
}

void
guest_wait_tell(Guest *guest, const char *name, Json *data)
{
    g_auto(LockHold) hold = lock_hold(&guest->vm.object.lock);

    for (unsigned i = 0; i < guest->waits->len; i++) {
        GuestWait *wait = guest->waits->pdata[i];

        for (unsigned n = 0; wait->names[n]; n++)
            if (g_str_equal(wait->names[n], name) && wait->told.length < QUEUE_MAX) {
                Told *told = g_new0(Told, 1);

                told->name = wait->names[n];
                told->data = data ? json_copy(data) : json_new_object();
                g_queue_push_tail(&wait->told, told);
            }
    }
    cond_broadcast(&guest->told);
}

void
guest_wait_end(Guest *guest)
{
    g_auto(LockHold) hold = lock_hold(&guest->vm.object.lock);

    for (unsigned i = 0; i < guest->waits->len; i++)
        ((GuestWait *)guest->waits->pdata[i])->ended = true;
    cond_broadcast(&guest->told);
}

void
guest_wait_wake(Guest *guest)
{
    g_auto(LockHold) hold = lock_hold(&guest->vm.object.lock);

    cond_broadcast(&guest->told);
}
