/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* entry.c - what every public function does at its begin and its end. */
#define ERROR_FROM e->from
#include "rpc/client/entry.h"

#include <string.h>

#include "rpc/client/client-stream.h"
#include "rpc/client/connection.h"
#include "rpc/client/last-error.h"
#include "rpc/client/params.h"
#include "util/error.h"
#include "util/log.h"

LOG_SOURCE("client.call");

bool
entry_begin(Entry *e, HandleKind kind, const void *handle)
{
    last_error_reset();
    if (!handle_check(handle, kind, e->from, e->function, &e->error))
        return false;
    e->self = (Handle *)handle;
    e->conn = handle_connection(e->self);
    return true;
}

void
entry_fail(Entry *e)
{
    if (e->bad_arg)
        last_error_raise_arg(e->conn, g_steal_pointer(&e->error), e->function, e->bad_arg);
    else
        last_error_raise(e->conn, g_steal_pointer(&e->error));
}

bool
entry_object(Entry *e, HandleKind kind, const void *handle)
{
    return !e->error && handle_check(handle, kind, e->from, e->function, &e->error);
}

bool
entry_stream(Entry *e, const void *stream)
{
    if (!entry_object(e, HANDLE_STREAM, stream))
        return false;
    if (((const Handle *)stream)->conn == e->conn)
        return true;
    e->bad_arg = "stream";
    error_set_plain(&e->error, VIR_ERR_INVALID_ARG, "stream in %s must match connection",
                    e->function);
    return false;
}

bool
entry_writable(Entry *e)
{
    if (e->error)
        return false;
    if (!e->conn->readonly)
        return true;
    error_set(&e->error, VIR_ERR_OPERATION_DENIED, "read only access prevents %s", e->function);
    return false;
}

/* "name in function must ...", unless @ok. */
static bool
demand(Entry *e, bool ok, const char *arg, const char *what)
{
    if (e->error)
        return false;
    if (!ok) {
        e->bad_arg = arg;
        error_set_plain(&e->error, VIR_ERR_INVALID_ARG, "%s in %s must %s", arg, e->function, what);
    }
    return ok;
}

bool
entry_nonnull(Entry *e, const char *arg, const void *value)
{
    return demand(e, value, arg, "not be NULL");
}

bool
entry_null(Entry *e, const char *arg, const void *value)
{
    return demand(e, !value, arg, "be NULL");
}

bool
entry_array(Entry *e, const char *arg, const void *value, int64_t count)
{
    return demand(e, value || !count, arg, "not be NULL");
}

bool
entry_zero(Entry *e, const char *arg, int64_t value)
{
    return demand(e, !value, arg,
                  "not be zero"); /* the wording of old, though it means the contrary */
}

bool
entry_nonzero(Entry *e, const char *arg, int64_t value)
{
    return demand(e, value, arg, "not be zero");
}

bool
entry_nonnegative(Entry *e, const char *arg, int64_t value)
{
    return demand(e, value >= 0, arg, "be zero or greater");
}

bool
entry_positive(Entry *e, const char *arg, int64_t value)
{
    return demand(e, value > 0, arg, "be greater than zero");
}

bool
entry_optnonempty(Entry *e, const char *arg, const char *value)
{
    if (e->error)
        return false;
    if (!value || *value)
        return true;
    e->bad_arg = arg;
    error_set_plain(&e->error, VIR_ERR_INVALID_ARG, "string %s in %s must not be empty", arg,
                    e->function);
    return false;
}

bool
entry_nonempty(Entry *e, const char *arg, const char *value)
{
    return entry_nonnull(e, arg, value) && entry_optnonempty(e, arg, value);
}

bool
entry_exclusive(Entry *e, unsigned int flags, unsigned int a, unsigned int b, const char *name_a,
                const char *name_b)
{
    if (e->error)
        return false;
    if (!(flags & a) || !(flags & b))
        return true;
    e->bad_arg = "ctl"; /* as upstream names it in the error's details */
    error_set_plain(&e->error, VIR_ERR_INVALID_ARG, "Flags '%s' and '%s' are mutually exclusive",
                    name_a, name_b);
    return false;
}

bool
entry_requires(Entry *e, unsigned int flags, unsigned int a, unsigned int b, const char *name_a,
               const char *name_b)
{
    if (e->error)
        return false;
    if (!(flags & a) || (flags & b))
        return true;
    e->bad_arg = "ctl";
    error_set_plain(&e->error, VIR_ERR_INVALID_ARG, "Flag '%s' is required by flag '%s'", name_b,
                    name_a);
    return false;
}

bool
entry_sized(Entry *e, const char *arg, size_t size, size_t most)
{
    if (e->error)
        return false;
    if (size <= most)
        return true;
    e->bad_arg = arg;
    error_set_plain(&e->error, VIR_ERR_INVALID_ARG, "%s must not exceed %zu", arg, most);
    return false;
}

bool
entry_refuse(Entry *e, bool wrong, const char *arg, int code, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    if (e->error || !wrong)
        return !e->error;
    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    if (arg) {
        e->bad_arg = arg;
        error_set_plain(&e->error, code, "%s", text);
    } else {
        error_set(&e->error, code, "%s", text);
    }
    return false;
}

bool
entry_limit(Entry *e, const char *what, int64_t count, uint32_t max)
{
    if (!e->error && (count < 0 || count > max))
        error_set_full(&e->error, VIR_FROM_REMOTE, VIR_ERR_RPC,
                       "%s of %" G_GINT64_FORMAT " is beyond the limit %u in %s", what, count, max,
                       e->function);
    return !e->error;
}

bool
entry_absolute(Entry *e, const char *path, char **ret_path)
{
    g_autofree char *folder = NULL;

    if (e->error)
        return false;
    /* Whoever serves the call has another working directory. */
    folder = path[0] == '/' ? NULL : g_get_current_dir();
    *ret_path = folder ? g_build_filename(folder, path, NULL) : g_strdup(path);
    return true;
}

unsigned int
entry_typed_flags(Entry *e, unsigned int flags)
{
    return connection_has_feature(e->conn, FEATURE_TYPED_PARAM_STRING)
               ? flags | VIR_TYPED_PARAM_STRING_OKAY
               : flags;
}

static bool
check_param(Entry *e, const virTypedParameter *params, int i)
{
    if (memchr(params[i].field, '\0', sizeof(params[i].field)) == NULL) {
        error_set(&e->error, VIR_ERR_INVALID_ARG, "string parameter name '%.*s' too long",
                  VIR_TYPED_PARAM_FIELD_LENGTH, params[i].field);
        return false;
    }
    if (params[i].type < 0 || params[i].type > VIR_TYPED_PARAM_STRING) {
        error_set(&e->error, VIR_ERR_INVALID_ARG, "parameter '%s' has the unknown type %d",
                  params[i].field, params[i].type);
        return false;
    }
    if (params[i].type != VIR_TYPED_PARAM_STRING)
        return true;
    if (!params[i].value.s) {
        error_set(&e->error, VIR_ERR_INVALID_ARG, "NULL string parameter '%s'", params[i].field);
        return false;
    }
    if (e->from != VIR_FROM_ADMIN && !connection_has_feature(e->conn, FEATURE_TYPED_PARAM_STRING)) {
        error_set(&e->error, VIR_ERR_INVALID_ARG,
                  "string parameter '%s' is not supported by the other side", params[i].field);
        return false;
    }
    return true;
}

bool
entry_typed_in(Entry *e, virTypedParameterPtr params, int nparams, uint32_t max,
               WireTypedParam **ret_params, uint32_t *ret_n_params)
{
    uint32_t n = 0;

    if (e->error)
        return false;
    if (nparams < 0 || (uint32_t)nparams > max) {
        error_set_full(&e->error, VIR_FROM_RPC, VIR_ERR_RPC,
                       "too many parameters '%d' for limit '%u' in %s", nparams, max, e->function);
        return false;
    }
    for (int i = 0; i < nparams; i++) {
        if (!check_param(e, params, i))
            return false;
    }
    *ret_params = g_new0(WireTypedParam, (size_t)nparams + 1);
    for (int i = 0; i < nparams; i++) {
        /* The administration's own protocol has no strings here: they are left out, as upstream does. */
        if (params[i].type && (e->from != VIR_FROM_ADMIN || params[i].type != VIR_TYPED_PARAM_STRING))
            params_to_wire(&params[i], &(*ret_params)[n++]);
    }
    *ret_n_params = n;
    return true;
}

static void
log_call(const LinkCall *call, const GError *error)
{
    g_autoptr(GString) text = g_string_new(NULL);

    if (!error && call->args)
        wire_print(call->method->args, call->args, text);
    log_debug("%s %s%s", call->method->name, error ? "failed: " : "",
              error ? error->message : text->str);
}

bool
entry_call(Entry *e, uint32_t program, int32_t proc, const void *args, void *ret, void *stream)
{
    LinkCall call = {
        .method = method_lookup(program, proc), .args = args, .ret = ret, .stream = stream
    };

    if (e->error)
        return false;
    if (call.stream && call.stream->bound) {
        error_set_full(&e->error, VIR_FROM_STREAMS, VIR_ERR_OPERATION_INVALID,
                       "stream is in use already");
        return false;
    }
    if (log_enabled(&log_source, LOG_LEVEL_DEBUG))
        log_call(&call, NULL);
    if (e->conn->link->ops->call(e->conn->link, &call, &e->error))
        return true;
    if (log_enabled(&log_source, LOG_LEVEL_DEBUG))
        log_call(&call, e->error);
    return false;
}

/* Whose child an object of @kind is, as far as self can tell. */
static Handle *
parent_for(Entry *e, HandleKind kind)
{
    static const struct {
        HandleKind child, parent;
    } pairs[] = {
        { HANDLE_DOMAIN_SNAPSHOT, HANDLE_DOMAIN },
        { HANDLE_DOMAIN_CHECKPOINT, HANDLE_DOMAIN },
        { HANDLE_ADM_CLIENT, HANDLE_ADM_SERVER },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
        if (pairs[i].child != kind)
            continue;
        if (handle_is(e->self, pairs[i].parent))
            return e->self;
        return e->self->parent; /* the domain of a snapshot's parent or child */
    }
    return NULL;
}

void *
entry_handle_out(Entry *e, HandleKind kind, const void *record)
{
    return e->error ? NULL : handle_from_wire(kind, e->conn, parent_for(e, kind), record);
}

int
entry_list_out(Entry *e, HandleKind kind, const void *records, uint32_t n, int64_t count,
               void ***ret_list)
{
    size_t size = handle_wire_size(kind);
    Handle *parent = parent_for(e, kind);

    if (e->error)
        return -1;
    if (ret_list) {
        void **list = g_new0(void *, (size_t)n + 1);

        for (uint32_t i = 0; i < n; i++)
            list[i] = handle_from_wire(kind, e->conn, parent, (const char *)records + i * size);
        *ret_list = list;
    }
    return (int)count;
}

int
entry_names_out(Entry *e, char **strings, uint32_t n, char **ret_names, int room)
{
    if (e->error)
        return -1;
    if (n > (uint32_t)MAX(room, 0)) {
        error_set_full(&e->error, VIR_FROM_REMOTE, VIR_ERR_RPC,
                       "too many results '%u' for limit '%d' in %s", n, room, e->function);
        return -1;
    }
    for (uint32_t i = 0; i < n; i++)
        ret_names[i] = g_steal_pointer(&strings[i]);
    return (int)n;
}

int
entry_strings_out(Entry *e, char **strings, uint32_t n, char ***ret_strings)
{
    char **out;

    if (e->error)
        return -1;
    out = g_new0(char *, (size_t)n + 1);
    for (uint32_t i = 0; i < n; i++)
        out[i] = g_steal_pointer(&strings[i]);
    *ret_strings = out;
    return (int)n;
}

bool
entry_typed_out(Entry *e, WireTypedParam *records, uint32_t n, int32_t count,
                virTypedParameterPtr params, int *nparams)
{
    if (e->error)
        return false;
    if (*nparams == 0 && count >= 0) {
        *nparams = count;
        return true;
    }
    if (n > (uint32_t)*nparams) {
        error_set_full(&e->error, VIR_FROM_RPC, VIR_ERR_RPC,
                       "too many parameters '%u' for limit '%d' in %s", n, *nparams, e->function);
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        if (!params_fill(&params[i], &records[i], &e->error)) {
            params_reset(params, (int)i);
            return false;
        }
    }
    *nparams = (int)n;
    return true;
}

bool
entry_typed_alloc(Entry *e, WireTypedParam *records, uint32_t n, virTypedParameterPtr *ret_params,
                  int *ret_nparams)
{
    virTypedParameterPtr params;

    if (e->error)
        return false;
    params = g_new0(virTypedParameter, n);
    for (uint32_t i = 0; i < n; i++) {
        if (!params_fill(&params[i], &records[i], &e->error)) {
            params_free(params, (int)i);
            return false;
        }
    }
    *ret_params = params;
    *ret_nparams = (int)n;
    return true;
}

void
entry_domain_offline(Entry *e)
{
    e->self->number = -1;
}
