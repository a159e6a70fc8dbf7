/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* entry.h - what the generated public functions are made of
 *
 * apigen.py writes a public function as: begin, checks in upstream's order, arguments into the
 * record, the call, results out of the record, fail.  Each of these is a function here;
 * hand-written functions (those marked "custom" in src/rpc/api) use the same ones.
 *
 * Every bool function returns false with the error in @e, and does nothing but that if @e
 * holds an error already.  entry_fail() raises it.
 */
#pragma once

#include <glib.h>
#include <libvirt/libvirt-admin.h>
#include <libvirt/libvirt-lxc.h>
#include <libvirt/libvirt-qemu.h>
#include <libvirt/libvirt.h>
#include <stdbool.h>

#include "rpc/client/handle.h"
#include "rpc/method.h"

/* One public call as it runs. */
typedef struct Entry {
    const char *function; /* __func__ */
    int from;             /* virErrorDomain of its family */
    Handle *self;         /* the object it is called on */
    Connection *conn;
    GError *error;
    const char *bad_arg; /* the argument that a check refused, for the error's details */
} Entry;

#define ENTRY(domain)                                                                              \
    {                                                                                              \
        .function = __func__, .from = (domain)                                                     \
    }

/* Forget the thread's last error, check that @handle is a live one of @kind, remember it as self.
 */
bool entry_begin(Entry *e, HandleKind kind, const void *handle);

/* Raise the error, for the thread and the connection.  Also frees it. */
void entry_fail(Entry *e);

/* ---- checks: messages are those of the argcheck rows in error-codes.tsv; @arg is the argument's
 * name ---- */
bool entry_object(Entry *e, HandleKind kind,
                  const void *handle);           /* another handle among the arguments */
bool entry_stream(Entry *e, const void *stream); /* a stream, and of the same connection */
bool entry_writable(Entry *e);                   /* not a read-only connection */
bool entry_nonnull(Entry *e, const char *arg, const void *value);
bool entry_null(Entry *e, const char *arg, const void *value);
bool entry_array(Entry *e, const char *arg, const void *value,
                 int64_t count); /* not NULL, unless @count is 0 */
bool entry_zero(Entry *e, const char *arg, int64_t value);
bool entry_nonzero(Entry *e, const char *arg, int64_t value);
bool entry_nonnegative(Entry *e, const char *arg, int64_t value);
bool entry_positive(Entry *e, const char *arg, int64_t value);
bool entry_nonempty(Entry *e, const char *arg, const char *value);    /* neither NULL nor "" */
bool entry_optnonempty(Entry *e, const char *arg, const char *value); /* not "" */
bool entry_exclusive(Entry *e, unsigned int flags, unsigned int a, unsigned int b,
                     const char *name_a, const char *name_b); /* not both */
bool entry_requires(Entry *e, unsigned int flags, unsigned int a, unsigned int b,
                    const char *name_a, const char *name_b); /* a only with b */
/* The struct that the application knows may be shorter than ours but not longer. */
bool entry_sized(Entry *e, const char *arg, size_t size, size_t most);
/* What a call's 'refuse' fact says: an error with these words if @wrong.  With @arg the words are whole and
 * the error names the argument; without, they follow those of @code. */
bool entry_refuse(Entry *e, bool wrong, const char *arg, int code, const char *format, ...) G_GNUC_PRINTF(5, 6);
/* A count that the protocol cannot carry is refused before anything is sent. */
bool entry_limit(Entry *e, const char *what, int64_t count, uint32_t max);

/* ---- arguments ---- */

/* The flags, with VIR_TYPED_PARAM_STRING_OKAY added if the other side knows
 * FEATURE_TYPED_PARAM_STRING. */
unsigned int entry_typed_flags(Entry *e, unsigned int flags);

/* An array for the wire that borrows names and strings from @params: g_free() it, no more.
 * Refuses strings if the other side does not know FEATURE_TYPED_PARAM_STRING.  @max is the
 * protocol's limit. */
bool entry_typed_in(Entry *e, virTypedParameterPtr params, int nparams, uint32_t max,
                    WireTypedParam **ret_params, uint32_t *ret_n_params);

/* @path for somebody with another working directory. */
bool entry_absolute(Entry *e, const char *path, char **ret_path);

/* ---- the call ---- */

/* @args may borrow everything; @ret is zeroed by the caller and freed by it with wire_free().
 * @stream is NULL or a checked virStreamPtr. */
bool entry_call(Entry *e, uint32_t program, int32_t proc, const void *args, void *ret,
                void *stream);

/* ---- results ---- */

/* A handle made from a wire record; its parent (domain of a snapshot, network of a port, server of
 * an admin client) is found from self.  NULL with the error in @e. */
void *entry_handle_out(Entry *e, HandleKind kind, const void *record);

/* @n records of @kind, one after the other, as a NULL-terminated array of handles in *@ret_list
 * (when
 * @ret_list is not NULL).  Returns @count, or -1 with the error in @e. */
int entry_list_out(Entry *e, HandleKind kind, const void *records, uint32_t n, int64_t count,
                   void ***ret_list);

/* Move @n strings out of the record into the caller's array of @room.  Returns how many; -1 if
 * there are more. */
int entry_names_out(Entry *e, char **strings, uint32_t n, char **ret_names, int room);

/* Move all strings into a new NULL-terminated array.  Returns how many. */
int entry_strings_out(Entry *e, char **strings, uint32_t n, char ***ret_strings);

/* Size negotiation: @asked is what *@nparams was; 0 means @count (of the reply) is the answer. */
bool entry_typed_out(Entry *e, WireTypedParam *records, uint32_t n, int32_t count,
                     virTypedParameterPtr params, int *nparams);

/* A new array for the caller. */
bool entry_typed_alloc(Entry *e, WireTypedParam *records, uint32_t n,
                       virTypedParameterPtr *ret_params, int *ret_nparams);

/* The domain is no longer running as far as the caller can know: its id becomes -1. */
void entry_domain_offline(Entry *e);
