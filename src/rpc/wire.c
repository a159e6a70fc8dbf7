/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* wire.c - one walk over a record's table for each thing that is done to records
 *
 * Encoding goes twice over the record: measure() finds the size and everything that
 * is wrong with it, put() then writes through libtirpc into memory of exactly that
 * size.  Decoding trusts nothing: each length is held against the protocol's limit
 * and against the bytes that are left before memory is taken for it.
 */
#define ERROR_FROM VIR_FROM_RPC

#include "rpc/wire.h"

#include <inttypes.h>
#include <limits.h>
#include <rpc/rpc.h>
#include <string.h>

#include "rpc/api_gen.h"
#include "util/error.h"

#define AT(rec, offset) ((void *)((char *)(rec) + (offset)))

enum { UUID_LENGTH = 16 };

static size_t
padded(size_t length)
{
    return (length + 3) / 4 * 4;
}

/* Size in memory of one element of a sequence. */
static size_t
element_size(const WireField *f)
{
    switch ((WireKind)f->elem) {
    case WIRE_BYTES:
    case WIRE_CHAR:
        return 1;
    case WIRE_INT:
    case WIRE_UINT:
        return 4;
    case WIRE_UHYPER:
        return 8;
    case WIRE_STRING:
        return sizeof(char *);
    default:
        return f->sub->size;
    }
}

/* Fewest bytes that one element takes on the wire; 0 stands for "packed, four to a unit". */
static size_t
element_least(const WireField *f)
{
    switch ((WireKind)f->elem) {
    case WIRE_BYTES:
        return 0;
    case WIRE_UHYPER:
        return 8;
    case WIRE_STRUCT:
        return f->sub->least;
    default:
        return 4;
    }
}

static const WireField *
union_case(const WireField *f, const void *rec)
{
    int32_t tag = *(const int32_t *)AT(rec, f->offset);

    for (const WireField *c = f->sub->fields; c->kind; c++) {
        if (c->tag == tag)
            return c;
    }
    return NULL;
}

/* ---- free, copy ---- */

static void
free_field(const WireField *f, void *rec)
{
    void *p = AT(rec, f->offset);
    uint32_t n;

    switch ((WireKind)f->kind) {
    case WIRE_STRING:
    case WIRE_OPTSTRING:
        if (f->secret && *(char **)p)
            explicit_bzero(*(char **)p, strlen(*(char **)p));
        g_free(*(char **)p);
        break;
    case WIRE_STRUCT:
        wire_free(f->sub, p);
        break;
    case WIRE_OPTSTRUCT:
        wire_delete(f->sub, *(void **)p);
        break;
    case WIRE_UNION: {
        const WireField *c = union_case(f, rec);

        if (c)
            free_field(c, rec);
        break;
    }
    case WIRE_SEQ:
        n = *(uint32_t *)AT(rec, f->count);
        for (uint32_t i = 0; i < n && f->elem == WIRE_STRING; i++)
            g_free((*(char ***)p)[i]);
        for (uint32_t i = 0; i < n && f->elem == WIRE_STRUCT; i++)
            wire_free(f->sub, AT(*(void **)p, (size_t)i * f->sub->size));
        if (f->secret && *(void **)p)
            explicit_bzero(*(void **)p, n * element_size(f));
        g_free(*(void **)p);
        break;
    default:
        break;
    }
}

void
wire_free(const WireType *t, void *rec)
{
    if (!t || !rec)
        return;
    for (const WireField *f = t->fields; f->kind; f++)
        free_field(f, rec);
    memset(rec, 0, t->size);
}

void *
wire_new(const WireType *t)
{
    return t ? g_malloc0(t->size) : NULL;
}

void
wire_delete(const WireType *t, void *rec)
{
    wire_free(t, rec);
    g_free(rec);
}

/* @dst is a byte copy of @src: replace what it must not share. */
static void
copy_field(const WireField *f, const void *src, void *dst)
{
    void *p = AT(dst, f->offset);
    uint32_t n;

    switch ((WireKind)f->kind) {
    case WIRE_STRING:
    case WIRE_OPTSTRING:
        *(char **)p = g_strdup(*(char **)p);
        break;
    case WIRE_STRUCT:
        for (const WireField *g = f->sub->fields; g->kind; g++)
            copy_field(g, AT(src, f->offset), p);
        break;
    case WIRE_OPTSTRUCT:
        if (*(void **)p) {
            void *copy = wire_new(f->sub);

            wire_copy(f->sub, *(void **)p, copy);
            *(void **)p = copy;
        }
        break;
    case WIRE_UNION: {
        const WireField *c = union_case(f, src);

        if (c)
            copy_field(c, src, dst);
        break;
    }
    case WIRE_SEQ:
        n = *(uint32_t *)AT(dst, f->count);
        *(void **)p = n ? g_memdup2(*(void **)p, n * element_size(f)) : NULL;
        for (uint32_t i = 0; i < n && f->elem == WIRE_STRING; i++)
            (*(char ***)p)[i] = g_strdup((*(char ***)p)[i]);
        for (uint32_t i = 0; i < n && f->elem == WIRE_STRUCT; i++) {
            size_t at = (size_t)i * f->sub->size;
            const void *from = *(void **)AT(src, f->offset);

            for (const WireField *g = f->sub->fields; g->kind; g++)
                copy_field(g, AT(from, at), AT(*(void **)p, at));
        }
        break;
    default:
        break;
    }
}

void
wire_copy(const WireType *t, const void *src, void *dst)
{
    if (!t || src == dst)
        return;
    wire_free(t, dst);
    memcpy(dst, src, t->size);
    for (const WireField *f = t->fields; f->kind; f++)
        copy_field(f, src, dst);
}

/* ---- encode ---- */

static bool measure(const WireType *t, const void *rec, size_t *size, GError **error);

static bool
measure_string(const WireField *f, const char *text, size_t *size, GError **error)
{
    size_t length;

    if (!text) {
        error_set(error, VIR_ERR_RPC, "'%s' is missing from a message", f->name);
        return false;
    }
    length = strlen(text);
    if (f->max && length > f->max) {
        error_set(error, VIR_ERR_RPC, "'%s' is %zu bytes long, at most %u are allowed", f->name,
                  length, f->max);
        return false;
    }
    *size += 4 + padded(length);
    return true;
}

static bool
measure_sequence(const WireField *f, const void *rec, size_t *size, GError **error)
{
    const void *items = *(void **)AT(rec, f->offset);
    uint32_t n = *(const uint32_t *)AT(rec, f->count);

    if (n > f->max) {
        error_set(error, VIR_ERR_RPC, "'%s' has %u entries, at most %u are allowed", f->name, n,
                  f->max);
        return false;
    }
    *size += 4;
    switch ((WireKind)f->elem) {
    case WIRE_BYTES:
        *size += padded(n);
        return true;
    case WIRE_STRING:
        for (uint32_t i = 0; i < n; i++) {
            /* A member's own limit is the count; the strings in it have the protocol's. */
            const WireField one = { .name = f->name, .max = REMOTE_STRING_MAX };

            if (!measure_string(&one, ((char *const *)items)[i], size, error))
                return false;
        }
        return true;
    case WIRE_STRUCT:
        for (uint32_t i = 0; i < n; i++) {
            if (!measure(f->sub, AT(items, (size_t)i * f->sub->size), size, error))
                return false;
        }
        return true;
    default:
        *size += (size_t)n * element_least(f);
        return true;
    }
}

static bool
measure_field(const WireField *f, const void *rec, size_t *size, GError **error)
{
    const void *p = AT(rec, f->offset);
    const WireField *c;

    switch ((WireKind)f->kind) {
    case WIRE_HYPER:
    case WIRE_UHYPER:
    case WIRE_DOUBLE:
        *size += 8;
        return true;
    case WIRE_UUID:
        *size += UUID_LENGTH;
        return true;
    case WIRE_CHARS:
        *size += 4 * (size_t)f->max;
        return true;
    case WIRE_OPTSTRING:
        *size += 4;
        return !*(char *const *)p || measure_string(f, *(char *const *)p, size, error);
    case WIRE_STRING:
        return measure_string(f, *(char *const *)p, size, error);
    case WIRE_STRUCT:
        return measure(f->sub, p, size, error);
    case WIRE_OPTSTRUCT:
        *size += 4;
        return !*(void *const *)p || measure(f->sub, *(void *const *)p, size, error);
    case WIRE_UNION:
        *size += 4;
        c = union_case(f, rec);
        if (!c) {
            error_set(error, VIR_ERR_RPC, "'%s' has the unknown type %d", f->name,
                      *(const int32_t *)p);
            return false;
        }
        return measure_field(c, rec, size, error);
    case WIRE_SEQ:
        return measure_sequence(f, rec, size, error);
    default:
        *size += 4;
        return true;
    }
}

static bool
measure(const WireType *t, const void *rec, size_t *size, GError **error)
{
    for (const WireField *f = t->fields; f->kind; f++) {
        if (!measure_field(f, rec, size, error))
            return false;
    }
    return true;
}

static bool put(XDR *x, const WireType *t, const void *rec);

static bool
put_string(XDR *x, const char *text)
{
    uint32_t length = strlen(text);

    return xdr_uint32_t(x, &length) && xdr_opaque(x, (char *)text, length);
}

static bool
put_sequence(XDR *x, const WireField *f, const void *rec)
{
    const void *items = *(void *const *)AT(rec, f->offset);
    uint32_t n = *(const uint32_t *)AT(rec, f->count);
    size_t size = element_size(f);

    if (!xdr_uint32_t(x, &n))
        return false;
    if (f->elem == WIRE_BYTES)
        return n == 0 || xdr_opaque(x, (char *)items, n);
    for (uint32_t i = 0; i < n; i++) {
        void *p = AT(items, i * size);
        bool ok = false;

        switch ((WireKind)f->elem) {
        case WIRE_CHAR: {
            int32_t value = *(signed char *)p;

            ok = xdr_int32_t(x, &value);
            break;
        }
        case WIRE_INT:
        case WIRE_UINT:
            ok = xdr_uint32_t(x, p);
            break;
        case WIRE_UHYPER:
            ok = xdr_uint64_t(x, p);
            break;
        case WIRE_STRING:
            ok = put_string(x, *(char **)p);
            break;
        default:
            ok = put(x, f->sub, p);
            break;
        }
        if (!ok)
            return false;
    }
    return true;
}

static bool
put_field(XDR *x, const WireField *f, const void *rec)
{
    void *p = AT(rec, f->offset);
    uint32_t present;

    switch ((WireKind)f->kind) {
    case WIRE_HYPER:
        return xdr_int64_t(x, p);
    case WIRE_UHYPER:
        return xdr_uint64_t(x, p);
    case WIRE_DOUBLE:
        return xdr_double(x, p);
    case WIRE_UUID:
        return xdr_opaque(x, p, UUID_LENGTH);
    case WIRE_CHARS:
        for (uint32_t i = 0; i < f->max; i++) {
            int32_t value = ((signed char *)p)[i];

            if (!xdr_int32_t(x, &value))
                return false;
        }
        return true;
    case WIRE_STRING:
        return put_string(x, *(char **)p);
    case WIRE_OPTSTRING:
        present = *(char **)p != NULL;
        return xdr_uint32_t(x, &present) && (!present || put_string(x, *(char **)p));
    case WIRE_STRUCT:
        return put(x, f->sub, p);
    case WIRE_OPTSTRUCT:
        present = *(void **)p != NULL;
        return xdr_uint32_t(x, &present) && (!present || put(x, f->sub, *(void **)p));
    case WIRE_UNION:
        return xdr_int32_t(x, p) && put_field(x, union_case(f, rec), rec);
    case WIRE_SEQ:
        return put_sequence(x, f, rec);
    default:
        return xdr_int32_t(x, p);
    }
}

static bool
put(XDR *x, const WireType *t, const void *rec)
{
    for (const WireField *f = t->fields; f->kind; f++) {
        if (!put_field(x, f, rec))
            return false;
    }
    return true;
}

bool
wire_encode(const WireType *t, const void *rec, GByteArray *out, GError **error)
{
    size_t size = 0;
    guint before = out->len;
    XDR x;
    bool ok;

    if (!t)
        return true;
    if (!measure(t, rec, &size, error))
        return false;
    if (size > INT_MAX - before) {
        error_set(error, VIR_ERR_RPC, "a message of %zu bytes is too large", size);
        return false;
    }
    g_byte_array_set_size(out, before + size);
    xdrmem_create(&x, (char *)out->data + before, size, XDR_ENCODE);
    ok = put(&x, t, rec);
    /* What was measured fits; anything else is a mistake in this file. */
    g_assert(ok && xdr_getpos(&x) == size);
    xdr_destroy(&x);
    return true;
}

/* ---- decode ---- */

typedef struct Reader {
    XDR xdr;
    size_t length;
} Reader;

static bool get(Reader *r, const WireType *t, void *rec, GError **error);

static size_t
left(Reader *r)
{
    return r->length - xdr_getpos(&r->xdr);
}

static bool
truncated(const WireField *f, GError **error)
{
    error_set(error, VIR_ERR_RPC, "the message ends inside '%s'", f->name);
    return false;
}

static bool
get_string(Reader *r, const WireField *f, char **ret, GError **error)
{
    uint32_t length;
    g_autofree char *text = NULL;

    if (!xdr_uint32_t(&r->xdr, &length))
        return truncated(f, error);
    if (f->max && length > f->max) {
        error_set(error, VIR_ERR_RPC, "'%s' claims %u bytes, at most %u are allowed", f->name,
                  length, f->max);
        return false;
    }
    if (padded(length) > left(r))
        return truncated(f, error);
    text = g_malloc(length + 1);
    if (!xdr_opaque(&r->xdr, text, length))
        return truncated(f, error);
    text[length] = '\0';
    if (strlen(text) != length) {
        error_set(error, VIR_ERR_RPC, "'%s' has a NUL inside", f->name);
        return false;
    }
    *ret = g_steal_pointer(&text);
    return true;
}

static bool
get_flag(Reader *r, const WireField *f, bool *ret, GError **error)
{
    uint32_t value;

    if (!xdr_uint32_t(&r->xdr, &value))
        return truncated(f, error);
    *ret = value != 0;
    return true;
}

static bool
get_element(Reader *r, const WireField *f, void *p, GError **error)
{
    static const WireField text = { .name = "an entry", .max = REMOTE_STRING_MAX };
    int32_t value;

    switch ((WireKind)f->elem) {
    case WIRE_CHAR:
        if (!xdr_int32_t(&r->xdr, &value))
            return truncated(f, error);
        *(char *)p = (char)value;
        return true;
    case WIRE_INT:
    case WIRE_UINT:
        return xdr_uint32_t(&r->xdr, p) || truncated(f, error);
    case WIRE_UHYPER:
        return xdr_uint64_t(&r->xdr, p) || truncated(f, error);
    case WIRE_STRING:
        return get_string(r, &text, p, error);
    default:
        return get(r, f->sub, p, error);
    }
}

static bool
get_sequence(Reader *r, const WireField *f, void *rec, GError **error)
{
    void **items = AT(rec, f->offset);
    uint32_t *count = AT(rec, f->count);
    size_t size = element_size(f), least = element_least(f);
    uint32_t n;

    if (!xdr_uint32_t(&r->xdr, &n))
        return truncated(f, error);
    if (n > f->max) {
        error_set(error, VIR_ERR_RPC, "'%s' claims %u entries, at most %u are allowed", f->name, n,
                  f->max);
        return false;
    }
    if (least ? n > left(r) / least : padded(n) > left(r))
        return truncated(f, error);
    if (n == 0)
        return true;
    if (f->elem == WIRE_BYTES) {
        *items = g_malloc(n);
        *count = n;
        return xdr_opaque(&r->xdr, *items, n) || truncated(f, error);
    }
    *items = g_malloc0_n(n, size);
    for (uint32_t i = 0; i < n; i++) {
        /* Counted even when only half there: freeing stops at the first empty pointer. */
        *count = i + 1;
        if (!get_element(r, f, AT(*items, i * size), error))
            return false;
    }
    return true;
}

static bool
get_field(Reader *r, const WireField *f, void *rec, GError **error)
{
    void *p = AT(rec, f->offset);
    int32_t value;
    const WireField *c;
    bool present;

    switch ((WireKind)f->kind) {
    case WIRE_HYPER:
        return xdr_int64_t(&r->xdr, p) || truncated(f, error);
    case WIRE_UHYPER:
        return xdr_uint64_t(&r->xdr, p) || truncated(f, error);
    case WIRE_DOUBLE:
        return xdr_double(&r->xdr, p) || truncated(f, error);
    case WIRE_UUID:
        return xdr_opaque(&r->xdr, p, UUID_LENGTH) || truncated(f, error);
    case WIRE_CHARS:
        for (uint32_t i = 0; i < f->max; i++) {
            if (!xdr_int32_t(&r->xdr, &value))
                return truncated(f, error);
            ((char *)p)[i] = (char)value;
        }
        return true;
    case WIRE_STRING:
        return get_string(r, f, p, error);
    case WIRE_OPTSTRING:
        return get_flag(r, f, &present, error) && (!present || get_string(r, f, p, error));
    case WIRE_STRUCT:
        return get(r, f->sub, p, error);
    case WIRE_OPTSTRUCT:
        if (!get_flag(r, f, &present, error))
            return false;
        if (!present)
            return true;
        *(void **)p = wire_new(f->sub);
        return get(r, f->sub, *(void **)p, error);
    case WIRE_UNION:
        if (!xdr_int32_t(&r->xdr, &value))
            return truncated(f, error);
        *(int32_t *)p = value;
        c = union_case(f, rec);
        if (!c) {
            error_set(error, VIR_ERR_RPC, "'%s' has the unknown type %d", f->name, value);
            return false;
        }
        return get_field(r, c, rec, error);
    case WIRE_SEQ:
        return get_sequence(r, f, rec, error);
    default:
        if (!xdr_int32_t(&r->xdr, &value))
            return truncated(f, error);
        *(int32_t *)p = f->kind == WIRE_CHAR     ? (int8_t)value
                        : f->kind == WIRE_UCHAR  ? (uint8_t)value
                        : f->kind == WIRE_USHORT ? (uint16_t)value
                                                 : value;
        return true;
    }
}

static bool
get(Reader *r, const WireType *t, void *rec, GError **error)
{
    for (const WireField *f = t->fields; f->kind; f++) {
        if (!get_field(r, f, rec, error))
            return false;
    }
    return true;
}

bool
wire_decode(const WireType *t, const uint8_t *data, size_t len, size_t *used, void *rec,
            GError **error)
{
    /* libtirpc counts in int; no message of the protocol is longer. */
    Reader r = { .length = MIN(len, INT_MAX) };
    bool ok;

    if (used)
        *used = 0;
    if (!t)
        return true;
    wire_free(t, rec);
    xdrmem_create(&r.xdr, (char *)data, r.length, XDR_DECODE);
    ok = get(&r, t, rec, error);
    if (ok && used)
        *used = xdr_getpos(&r.xdr);
    xdr_destroy(&r.xdr);
    if (!ok)
        wire_free(t, rec);
    return ok;
}

/* ---- print ---- */

enum { PRINT_ITEMS = 8, PRINT_TEXT = 200 };

static void
print_text(const char *text, GString *out)
{
    g_autofree char *escaped = text ? g_strescape(text, NULL) : NULL;

    if (!text)
        g_string_append(out, "(none)");
    else if (text[0] == '<')
        /* Documents are long, and may hold passwords. */
        g_string_append_printf(out, "(XML, %zu bytes)", strlen(text));
    else if (strlen(escaped) > PRINT_TEXT)
        g_string_append_printf(out, "'%.*s...'", PRINT_TEXT, escaped);
    else
        g_string_append_printf(out, "'%s'", escaped);
}

static void print_field(const WireField *f, const void *rec, GString *out);

static void
print_sequence(const WireField *f, const void *rec, GString *out)
{
    const void *items = *(void *const *)AT(rec, f->offset);
    uint32_t n = *(const uint32_t *)AT(rec, f->count);

    if (f->elem == WIRE_BYTES || f->elem == WIRE_CHAR) {
        g_string_append_printf(out, "%u bytes", n);
        return;
    }
    g_string_append_c(out, '[');
    for (uint32_t i = 0; i < n; i++) {
        const void *p = AT(items, i * element_size(f));

        if (i)
            g_string_append(out, ", ");
        if (i == PRINT_ITEMS) {
            g_string_append_printf(out, "... %u in all", n);
            break;
        }
        if (f->elem == WIRE_STRUCT) {
            g_string_append_c(out, '{');
            wire_print(f->sub, p, out);
            g_string_append_c(out, '}');
        } else {
            const WireField one = { .kind = f->elem, .name = f->name };

            print_field(&one, p, out);
        }
    }
    g_string_append_c(out, ']');
}

static void
print_field(const WireField *f, const void *rec, GString *out)
{
    const void *p = AT(rec, f->offset);
    const WireField *c;

    switch ((WireKind)f->kind) {
    case WIRE_UINT:
        g_string_append_printf(out, "%" PRIu32, *(const uint32_t *)p);
        break;
    case WIRE_HYPER:
        g_string_append_printf(out, "%" PRId64, *(const int64_t *)p);
        break;
    case WIRE_UHYPER:
        g_string_append_printf(out, "%" PRIu64, *(const uint64_t *)p);
        break;
    case WIRE_DOUBLE:
        g_string_append_printf(out, "%g", *(const double *)p);
        break;
    case WIRE_STRING:
    case WIRE_OPTSTRING:
        print_text(*(char *const *)p, out);
        break;
    case WIRE_UUID:
        for (int i = 0; i < UUID_LENGTH; i++) {
            g_string_append_printf(out, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x",
                                   ((const uint8_t *)p)[i]);
        }
        break;
    case WIRE_CHARS:
        g_string_append_printf(out, "'%.*s'", (int)strnlen(p, f->max), (const char *)p);
        break;
    case WIRE_STRUCT:
        g_string_append_c(out, '{');
        wire_print(f->sub, p, out);
        g_string_append_c(out, '}');
        break;
    case WIRE_OPTSTRUCT:
        if (!*(void *const *)p) {
            g_string_append(out, "(none)");
        } else {
            g_string_append_c(out, '{');
            wire_print(f->sub, *(void *const *)p, out);
            g_string_append_c(out, '}');
        }
        break;
    case WIRE_UNION:
        c = union_case(f, rec);
        if (c)
            print_field(c, rec, out);
        break;
    case WIRE_SEQ:
        print_sequence(f, rec, out);
        break;
    default:
        g_string_append_printf(out, "%" PRId32, *(const int32_t *)p);
        break;
    }
}

void
wire_print(const WireType *t, const void *rec, GString *out)
{
    if (!t || !rec)
        return;
    for (const WireField *f = t->fields; f->kind; f++) {
        g_string_append_printf(out, "%s%s=", f == t->fields ? "" : " ", f->name);
        if (f->secret)
            g_string_append(out, "***");
        else
            print_field(f, rec, out);
    }
}
