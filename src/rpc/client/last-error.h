/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* last-error.h - where a GError becomes the virError that applications see
 *
 * Every public function ends in one of two ways: last_error_reset() at its begin and nothing
 * else, or last_error_raise() with the error that stopped it.
 */
#pragma once

#include <glib.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include "rpc/client/handle.h"

/* The error of this thread; code is VIR_ERR_OK when there is none.  Never NULL. */
virErrorPtr last_error_get(void);

void last_error_reset(void);

/* Make @error, which is taken over, the thread's error and that of @conn (may be NULL), and tell
 * the application's error function. NULL @error counts as an unknown one. */
void last_error_raise(Connection *conn, GError *error);

/* The same for an argument check, which tells of the function and its argument. */
void last_error_raise_arg(Connection *conn, GError *error, const char *function, const char *arg);

/* The thread's error as a GError, to carry it over a cleanup that makes public calls. */
GError *last_error_save(void);

void last_error_copy(const virError *from, virErrorPtr to);
void last_error_clear(virErrorPtr error);

/* Print in the way of old: "libvirt: QEMU Driver error : text". */
void last_error_print(const virError *error);

/* The handler for errors of connections that have none of their own. */
void last_error_set_handler(virErrorFunc handler, void *data);

/* "QEMU Driver" of VIR_FROM_QEMU; "" for one unknown. */
const char *last_error_domain_name(int from);
