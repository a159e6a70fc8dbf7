/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest_wait.h - wait for what QEMU tells by itself
 *
 * Who needs an event as an answer (a device is gone, a block job ended, a migration went on) says so before it gives
 * the command, so that none is missed, and then takes the events one by one, with no lock held.  The ordinary
 * handlers of guest_event.c see each event as well, and first.
 */
#pragma once

#include "drivers/common/job.h"
#include "drivers/qemu/process/guest.h"

typedef struct GuestWait GuestWait;

/* Collect the events of @guest that @names (NULL at the end, not copied) lists.  Never NULL. */
GuestWait *guest_wait_new(Guest *guest, const char *const *names);
void guest_wait_free(GuestWait *wait);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GuestWait, guest_wait_free)

/* The data of the next event, to be freed, and in @ret_name (may be NULL) which it is.  NULL with @error set at
 * @deadline (g_get_monotonic_time(), microseconds): VIR_ERR_OPERATION_TIMEOUT; when the guest or its monitor ended:
 * VIR_ERR_OPERATION_FAILED; when the long job @job (may be NULL) was told to end: VIR_ERR_OPERATION_ABORTED. */
Json *guest_wait_next(GuestWait *wait, Job *job, int64_t deadline, const char **ret_name, GError **error);

/* For guest_event.c: @data came (copied).  For the end of a guest: nothing will come any more. */
void guest_wait_tell(Guest *guest, const char *name, Json *data);
void guest_wait_end(Guest *guest);
/* Look again whether the long job shall end; after job_request_abort(). */
void guest_wait_wake(Guest *guest);
