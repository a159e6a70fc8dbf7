/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* wire-tool.c - our codec as a filter: a request a line, an answer a line, both JSON
 *
 * {"op": "types"}                                 names of all records that travel
 * {"op": "decode", "type": T, "bytes": [[hex, times] ...]}
 *     -> {"value": V, "used": N, "same": bool, "largest": N}, same: what V encodes to is what came
 *     -> {"error": [code, text], "largest": N}, largest: the biggest piece of memory asked for
 * {"op": "encode", "type": T, "value": V}         -> {"hex": H} or {"error": ...}
 * {"op": "match", "type": T, "value": V, "bytes"} -> {"same": bool} or {"error": ...}
 *
 * T is "program/procedure/args", .../ret, .../msg, .../legacy, or a record's name.  Values are
 * made and read by the names in the tables, so members that changed places are seen.  Long runs are
 * {"times": N, "each": V}; bytes are hex, or {"times": N, "each": hex}.
 */
#define ERROR_FROM VIR_FROM_RPC
#include <stdio.h>
#include <string.h>

#include "rpc/method.h"
#include "rpc/wire.h"
#include "util/error.h"
#include "util/json.h"

enum { RUN = 64 }; /* equal entries in a row, beyond which they are counted instead of listed */

/* The largest request for memory while a message is decoded.  GLib's go through these, too. */
static size_t largest;

#ifndef __SANITIZE_ADDRESS__
#ifndef __SANITIZE_THREAD__
#define WATCH_MEMORY 1
#endif
#endif

#ifdef WATCH_MEMORY
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);

void *
malloc(size_t size)
{
    largest = MAX(largest, size);
    return __libc_malloc(size);
}

void *
calloc(size_t n, size_t size)
{
    largest = MAX(largest, n * size);
    return __libc_calloc(n, size);
}

void *
realloc(void *old, size_t size)
{
    largest = MAX(largest, size);
    return __libc_realloc(old, size);
}
#endif

#define AT(rec, offset) ((void *)((char *)(rec) + (offset)))

/* ---- values to JSON ---- */

static Json *value_of(const WireType *t, const void *rec);

/* @unit bytes @n times: hex, or one of them with a count. */
static Json *
hex_of(const uint8_t *bytes, uint32_t n)
{
    g_autoptr(GString) text = g_string_new(NULL);
    Json *many;

    if (n > RUN && memcmp(bytes, bytes + 1, n - 1) == 0) {
        g_string_printf(text, "%02x", bytes[0]);
        many = json_new_object();
        json_object_object_add(many, "times", json_object_new_int64(n));
        json_add_string(many, "each", text->str);
        return many;
    }
    for (uint32_t i = 0; i < n; i++)
        g_string_append_printf(text, "%02x", bytes[i]);
    return json_new_string(text->str);
}

static Json *
string_of(const char *text)
{
    size_t n = strlen(text);
    const char one[2] = { text[0], 0 };
    Json *many;

    if (n <= RUN || memcmp(text, text + 1, n - 1) != 0)
        return json_new_string(text);
    many = json_new_object();
    json_object_object_add(many, "times", json_object_new_int64(n));
    json_add_string(many, "each", one);
    return many;
}

static Json *
element_of(const WireField *f, const void *p)
{
    switch ((WireKind)f->elem) {
    case WIRE_INT:
        return json_object_new_int64(*(const int32_t *)p);
    case WIRE_UINT:
        return json_object_new_int64(*(const uint32_t *)p);
    case WIRE_UHYPER:
        return json_object_new_uint64(*(const uint64_t *)p);
    case WIRE_STRING:
        return string_of(*(char *const *)p);
    default:
        return value_of(f->sub, p);
    }
}

static size_t
element_size(const WireField *f)
{
    switch ((WireKind)f->elem) {
    case WIRE_INT:
    case WIRE_UINT:
        return 4;
    case WIRE_UHYPER:
    case WIRE_STRING:
        return 8;
    case WIRE_STRUCT:
        return f->sub->size;
    default:
        return 1;
    }
}

static Json *
sequence_of(const WireField *f, const void *rec)
{
    const void *items = *(void *const *)AT(rec, f->offset);
    uint32_t n = *(const uint32_t *)AT(rec, f->count);
    g_autoptr(Json) first = NULL;
    bool run = n > RUN;
    Json *out;

    if (f->elem == WIRE_BYTES || f->elem == WIRE_CHAR)
        return hex_of(items, n);
    if (run)
        first = element_of(f, items);
    for (uint32_t i = 1; run && i < n; i++) {
        g_autoptr(Json) other = element_of(f, AT(items, i * element_size(f)));

        run = json_object_equal(first, other);
    }
    if (run) {
        out = json_new_object();
        json_object_object_add(out, "times", json_object_new_int64(n));
        json_add(out, "each", g_steal_pointer(&first));
        return out;
    }
    out = json_new_array();
    for (uint32_t i = 0; i < n; i++)
        json_object_array_add(out, element_of(f, AT(items, i * element_size(f))));
    return out;
}

static const WireField *
chosen(const WireField *f, int32_t tag)
{
    for (const WireField *c = f->sub->fields; c->kind; c++) {
        if (c->tag == tag)
            return c;
    }
    return NULL;
}

static void
add_field(Json *out, const WireField *f, const void *rec)
{
    const void *p = AT(rec, f->offset);
    Json *value = NULL;

    switch ((WireKind)f->kind) {
    case WIRE_UINT:
        value = json_object_new_int64(*(const uint32_t *)p);
        break;
    case WIRE_HYPER:
        value = json_object_new_int64(*(const int64_t *)p);
        break;
    case WIRE_UHYPER:
        value = json_object_new_uint64(*(const uint64_t *)p);
        break;
    case WIRE_DOUBLE:
        value = json_object_new_double(*(const double *)p);
        break;
    case WIRE_STRING:
    case WIRE_OPTSTRING:
        value = *(char *const *)p ? string_of(*(char *const *)p) : NULL;
        break;
    case WIRE_UUID:
        value = hex_of(p, 16);
        break;
    case WIRE_CHARS:
        value = hex_of(p, f->max);
        break;
    case WIRE_STRUCT:
        value = value_of(f->sub, p);
        break;
    case WIRE_OPTSTRUCT:
        value = *(void *const *)p ? value_of(f->sub, *(void *const *)p) : NULL;
        break;
    case WIRE_UNION:
        json_object_object_add(out, "type", json_object_new_int64(*(const int32_t *)p));
        add_field(out, chosen(f, *(const int32_t *)p), rec);
        return;
    case WIRE_SEQ:
        value = sequence_of(f, rec);
        break;
    default:
        value = json_object_new_int64(*(const int32_t *)p);
        break;
    }
    json_object_object_add(out, f->name, value);
}

static Json *
value_of(const WireType *t, const void *rec)
{
    Json *out = json_new_object();

    for (const WireField *f = t->fields; f->kind; f++)
        add_field(out, f, rec);
    return out;
}

/* ---- JSON to values ---- */

static void fill(const WireType *t, Json *value, void *rec);

/* A run is its times and its one element; anything else stands for itself. */
static Json *
unfold(Json *value, size_t *times)
{
    *times = 1;
    if (!json_object_is_type(value, json_type_object) || !json_has(value, "each"))
        return value;
    *times = json_opt_uint64(value, "times", 0);
    return json_object_object_get(value, "each");
}

static uint8_t *
bytes_from(Json *value, uint32_t *ret_n)
{
    size_t times;
    const char *hex = json_object_get_string(unfold(value, &times));
    size_t n = strlen(hex) / 2;
    uint8_t *bytes = g_malloc0(n * times + 1);

    for (size_t i = 0; i < n; i++)
        bytes[i] = g_ascii_xdigit_value(hex[2 * i]) << 4 | g_ascii_xdigit_value(hex[2 * i + 1]);
    if (n == 1)
        memset(bytes, bytes[0], times);
    for (size_t i = 1; n > 1 && i < times; i++)
        memcpy(bytes + i * n, bytes, n);
    *ret_n = n * times;
    return bytes;
}

static char *
string_from(Json *value)
{
    size_t times;
    const char *each = json_object_get_string(unfold(value, &times));

    return times == 1 ? g_strdup(each) : g_strnfill(times, each[0]);
}

static void
fill_element(const WireField *f, Json *value, void *p)
{
    switch ((WireKind)f->elem) {
    case WIRE_INT:
    case WIRE_UINT:
        *(uint32_t *)p = (uint32_t)json_object_get_int64(value);
        break;
    case WIRE_UHYPER:
        *(uint64_t *)p = json_object_get_uint64(value);
        break;
    case WIRE_STRING:
        *(char **)p = string_from(value);
        break;
    default:
        fill(f->sub, value, p);
        break;
    }
}

static void
fill_sequence(const WireField *f, Json *value, void *rec)
{
    size_t times;
    Json *each = unfold(value, &times);
    uint32_t *n = AT(rec, f->count);
    void **items = AT(rec, f->offset);

    if (f->elem == WIRE_BYTES || f->elem == WIRE_CHAR) {
        *items = bytes_from(value, n);
        return;
    }
    *n = each == value ? json_array_len(value) : times;
    *items = g_malloc0_n(MAX(*n, 1), element_size(f));
    for (uint32_t i = 0; i < *n; i++)
        fill_element(f, each == value ? json_array_at(value, i) : each,
                     AT(*items, i * element_size(f)));
}

static void
fill_field(const WireField *f, Json *object, void *rec)
{
    void *p = AT(rec, f->offset);
    Json *value = json_object_object_get(object, f->name);
    g_autofree uint8_t *bytes = NULL;
    uint32_t n;

    switch ((WireKind)f->kind) {
    case WIRE_HYPER:
        *(int64_t *)p = json_object_get_int64(value);
        break;
    case WIRE_UHYPER:
        *(uint64_t *)p = json_object_get_uint64(value);
        break;
    case WIRE_DOUBLE:
        *(double *)p = json_object_get_double(value);
        break;
    case WIRE_STRING:
    case WIRE_OPTSTRING:
        *(char **)p = value ? string_from(value) : NULL;
        break;
    case WIRE_UUID:
    case WIRE_CHARS:
        bytes = bytes_from(value, &n);
        g_assert(n == (f->kind == WIRE_UUID ? 16 : f->max));
        memcpy(p, bytes, n);
        break;
    case WIRE_STRUCT:
        fill(f->sub, value, p);
        break;
    case WIRE_OPTSTRUCT:
        *(void **)p = value ? wire_new(f->sub) : NULL;
        if (value)
            fill(f->sub, value, *(void **)p);
        break;
    case WIRE_UNION:
        *(int32_t *)p = json_object_get_int64(json_object_object_get(object, "type"));
        if (chosen(f, *(int32_t *)p))
            fill_field(chosen(f, *(int32_t *)p), object, rec);
        break;
    case WIRE_SEQ:
        fill_sequence(f, value, rec);
        break;
    default:
        *(uint32_t *)p = (uint32_t)json_object_get_int64(value);
        break;
    }
}

static void
fill(const WireType *t, Json *value, void *rec)
{
    for (const WireField *f = t->fields; f->kind; f++)
        fill_field(f, value, rec);
}

/* ---- requests ---- */

static GHashTable *types; /* name -> WireType */

static void
collect(const WireType *t)
{
    if (!t || !g_hash_table_insert(types, (char *)t->name, (void *)t))
        return;
    for (const WireField *f = t->fields; f->kind; f++) {
        if (f->sub && f->kind != WIRE_UNION)
            collect(f->sub);
    }
}

static const WireType *
find_type(const char *name)
{
    g_auto(GStrv) part = g_strsplit(name, "/", 3);
    uint32_t program;
    const Method *m;
    const EventDesc *e;

    if (g_strv_length(part) != 3)
        return g_hash_table_lookup(types, name);
    program = strcmp(part[0], "remote") == 0  ? PROGRAM_REMOTE
              : strcmp(part[0], "qemu") == 0  ? PROGRAM_QEMU
              : strcmp(part[0], "lxc") == 0   ? PROGRAM_LXC
              : strcmp(part[0], "admin") == 0 ? PROGRAM_ADMIN
                                              : 0;
    m = method_lookup(program, atoi(part[1]));
    if (m)
        return strcmp(part[2], "args") == 0 ? m->args : strcmp(part[2], "ret") == 0 ? m->ret : NULL;
    e = event_by_proc(program, atoi(part[1]));
    if (!e)
        return NULL;
    return strcmp(part[2], "msg") == 0 && e->proc == atoi(part[1])             ? e->msg
           : strcmp(part[2], "legacy") == 0 && e->legacy_proc == atoi(part[1]) ? e->legacy
                                                                               : NULL;
}

static GByteArray *
expand(Json *segments)
{
    GByteArray *out = g_byte_array_new();

    for (size_t i = 0; i < json_array_len(segments); i++) {
        Json *pair = json_array_at(segments, i);
        uint64_t times = json_object_get_uint64(json_array_at(pair, 1));
        uint32_t n;
        g_autofree uint8_t *bytes = bytes_from(json_array_at(pair, 0), &n);
        size_t at = out->len;

        g_byte_array_set_size(out, at + n * times);
        if (n == 1)
            memset(out->data + at, bytes[0], times);
        for (uint64_t k = 0; n > 1 && k < times; k++)
            memcpy(out->data + at + k * n, bytes, n);
    }
    return out;
}

static void
add_error(Json *answer, const GError *error)
{
    Json *pair = json_new_array();
    g_autofree char *text = error_text(error);

    json_object_array_add(pair, json_object_new_int(error_code(error)));
    json_object_array_add(pair, json_new_string(text));
    json_add(answer, "error", pair);
}

static bool
equal(const GByteArray *a, const GByteArray *b)
{
    return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

static void
op_decode(const WireType *t, Json *request, Json *answer)
{
    g_autoptr(GByteArray) bytes = expand(json_opt_array(request, "bytes"));
    g_autoptr(GByteArray) again = g_byte_array_new();
    g_autoptr(GError) error = NULL;
    void *rec = wire_new(t);
    size_t used, most;
    bool ok;

    largest = 0;
    ok = wire_decode(t, bytes->data, bytes->len, &used, rec, &error);
    most = largest;
#ifdef WATCH_MEMORY
    json_object_object_add(answer, "largest", json_object_new_int64(most));
#endif
    if (ok) {
        ok = wire_encode(t, rec, again, &error);
        json_object_object_add(answer, "same", json_object_new_boolean(equal(bytes, again)));
        json_object_object_add(answer, "used", json_object_new_int64(used));
        json_add(answer, "value", value_of(t, rec));
    }
    if (!ok)
        add_error(answer, error);
    wire_delete(t, rec);
}

static void
op_encode(const WireType *t, Json *request, Json *answer)
{
    g_autoptr(GByteArray) out = g_byte_array_new();
    g_autoptr(GByteArray) wanted = NULL;
    g_autoptr(GError) error = NULL;
    void *rec = wire_new(t);

    fill(t, json_object_object_get(request, "value"), rec);
    if (!wire_encode(t, rec, out, &error)) {
        add_error(answer, error);
    } else if (json_has(request, "bytes")) {
        wanted = expand(json_opt_array(request, "bytes"));
        json_object_object_add(answer, "same", json_object_new_boolean(equal(out, wanted)));
    } else {
        json_add(answer, "hex", hex_of(out->data, out->len));
    }
    wire_delete(t, rec);
}

static void
op_types(Json *answer)
{
    GHashTableIter iter;
    gpointer name;
    Json *names = json_new_array();

    g_hash_table_iter_init(&iter, types);
    while (g_hash_table_iter_next(&iter, &name, NULL))
        json_object_array_add(names, json_new_string(name));
    json_add(answer, "types", names);
}

static Json *
serve(Json *request)
{
    const char *op = json_opt_string(request, "op", "");
    const WireType *t = find_type(json_opt_string(request, "type", ""));
    Json *answer = json_new_object();

    if (strcmp(op, "types") == 0)
        op_types(answer);
    else if (!t)
        json_add_string(answer, "unknown", json_opt_string(request, "type", ""));
    else if (strcmp(op, "decode") == 0)
        op_decode(t, request, answer);
    else
        op_encode(t, request, answer);
    return answer;
}

int
main(void)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t n;

    types = g_hash_table_new(g_str_hash, g_str_equal);
    for (const MethodTable *t = method_tables; t->methods; t++) {
        for (size_t i = 0; i < t->count; i++) {
            collect(t->methods[i].args);
            collect(t->methods[i].ret);
        }
    }
    for (const EventDesc *e = event_table; e->proc; e++) {
        collect(e->msg);
        collect(e->legacy);
    }
    collect(&wire_error);
    while ((n = getline(&line, &room, stdin)) > 0) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Json) request = json_parse(line, n, "request", &error);
        g_autoptr(Json) answer = request ? serve(request) : NULL;
        g_autofree char *text = NULL;

        if (!request) {
            g_printerr("wire-tool: %s\n", error->message);
            return 1;
        }
        text = json_format(answer, false);
        puts(text);
        fflush(stdout);
    }
    free(line);
    g_hash_table_destroy(types);
    return 0;
}
