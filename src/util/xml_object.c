/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xml_object.c - the life of a struct that a table describes: new, free, copy,
 * and comparing what a guest sees of two.  Free and copy walk the members, not
 * the rows, so that they hold whatever the tags of switches say. */
#define ERROR_FROM VIR_FROM_XML
#include "util/error.h"
#include "util/xml_private.h"

#include <string.h>

static const XmlField no_rows[] = { { XML_END } };

const XmlField *
xml_case_rows(const XmlField *f, const void *base)
{
    const XmlField *rows = f->cases[xml_tag(f, base)];

    return rows ? rows : no_rows;
}

bool
xml_row_applies(const XmlField *f, const void *base)
{
    return !f->when || f->kind == XML_CHOICE || ((f->flags & XML_UNLESS) != 0) != (f->when >> xml_tag(f, base) & 1);
}

bool
xml_is_number(const void *p, size_t size, int32_t number)
{
    static const uint8_t zero[16];

    switch (size) {
    case sizeof(int64_t):
        return *(const int64_t *)p == number;
    case sizeof(int32_t):
        return *(const int32_t *)p == number;
    case sizeof(uint8_t):
        return *(const uint8_t *)p == number;
    default:
        return !memcmp(p, zero, size);
    }
}

bool
xml_is_set(const XmlField *f, const void *base)
{
    const void *p = XML_AT(base, f->offset);

    if (f->has)
        return *(const bool *)XML_AT(base, f->has);
    if (f->flags & XML_ALWAYS) {
        if (f->type == &xml_type_enum)
            return f->words->words[*(const uint8_t *)p][0] != '\0';
        return !f->type->clear || *(void *const *)p;
    }
    return !xml_is_number(p, f->type->size, f->flags & XML_BARE ? 0 : f->def);
}

static void
init_members(const XmlStruct *s, void *base)
{
    for (const XmlMember *m = s->members; m->kind; m++) {
        void *p = XML_AT(base, m->offset);

        if (m->kind == XML_MIXIN)
            init_members(m->sub, p);
        else if (m->kind == XML_ATTR && m->type->size == sizeof(uint64_t))
            *(int64_t *)p = m->def;
        else if (m->kind == XML_ATTR && m->type->size == sizeof(uint8_t))
            *(uint8_t *)p = m->def;
        else if (m->kind == XML_ATTR)
            *(int *)p = m->def;
    }
}

void *
xml_new(const XmlStruct *s)
{
    void *obj = g_malloc0(s->size);

    init_members(s, obj);
    return obj;
}

static void
clear_members(const XmlStruct *s, void *base)
{
    XmlExtra **extra = base;

    while (*extra) {
        XmlExtra *next = (*extra)->next;
        g_free((*extra)->of);
        g_free((*extra)->text);
        g_free(*extra);
        *extra = next;
    }
    for (const XmlMember *m = s->members; m->kind; m++) {
        void *p = XML_AT(base, m->offset);
        GPtrArray *list = NULL;

        switch ((XmlKind)m->kind) {
        case XML_CHILD:
            xml_free(m->sub, *(void **)p);
            break;
        case XML_LIST:
            list = *(void **)p;
            for (guint i = 0; list && i < list->len; i++)
                xml_free(m->sub, list->pdata[i]);
            if (list)
                g_ptr_array_unref(list);
            break;
        case XML_LEAVES:
            if (*(void **)p)
                g_ptr_array_unref(*(void **)p);
            break;
        case XML_MIXIN:
            clear_members(m->sub, p);
            break;
        default:
            if (m->type->clear)
                m->type->clear(p);
        }
    }
}

void
xml_free(const XmlStruct *s, void *obj)
{
    if (!obj)
        return;
    clear_members(s, obj);
    g_free(obj);
}

static void
copy_members(const XmlStruct *s, void *dst, const void *src)
{
    XmlExtra **extra = dst;

    for (const XmlExtra *e = *(XmlExtra *const *)src; e; e = e->next) {
        *extra = g_memdup2(e, sizeof(*e));
        (*extra)->of = g_strdup(e->of);
        (*extra)->text = g_strdup(e->text);
        extra = &(*extra)->next;
    }
    for (const XmlMember *m = s->members; m->kind; m++) {
        void *d = XML_AT(dst, m->offset);
        const void *p = XML_AT(src, m->offset);
        const GPtrArray *list;

        switch ((XmlKind)m->kind) {
        case XML_CHILD:
            *(void **)d = xml_copy(m->sub, *(void *const *)p);
            break;
        case XML_LIST:
        case XML_LEAVES:
            list = *(void *const *)p;
            if (!list)
                break;
            *(void **)d = m->kind == XML_LIST ? g_ptr_array_new() : g_ptr_array_new_with_free_func(g_free);
            for (guint i = 0; i < list->len; i++)
                g_ptr_array_add(*(void **)d, m->kind == XML_LIST ? xml_copy(m->sub, list->pdata[i])
                                                                  : g_strdup(list->pdata[i]));
            break;
        case XML_MIXIN:
            copy_members(m->sub, d, p);
            break;
        default:
            if (m->type->copy)
                m->type->copy(d, p);
        }
    }
}

void *
xml_copy(const XmlStruct *s, const void *obj)
{
    void *copy;

    if (!obj)
        return NULL;
    copy = g_memdup2(obj, s->size);
    copy_members(s, copy, obj);
    return copy;
}

/* ---- what the guest sees ------------------------------------------------- */

static char *
value_text(const XmlField *f, const void *base)
{
    GString *out = g_string_new(NULL);

    if (f->kind == XML_FLAG)
        g_string_append(out, *(const bool *)XML_AT(base, f->offset) ? "present" : "absent");
    else if (xml_is_set(f, base))
        f->type->format(f, XML_AT(base, f->offset), out);
    return g_string_free(out, false);
}

static bool
fail_abi(GError **error, const char *path, const char *name, bool attribute, const char *a, const char *b)
{
    error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "%s/%s%s: target '%s' does not match source '%s'", path,
              attribute ? "@" : "", name, b, a);
    return false;
}

static bool abi_rows(const XmlField *f, const char *path, const void *a, const void *b, GError **error);

static bool
abi_child(const XmlField *f, const char *name, const char *path, const void *a, const void *b, GError **error)
{
    g_autofree char *inner = g_strdup_printf("%s/%s", path, name);

    if (a && b)
        return abi_rows(f->sub->rows, inner, a, b, error);
    return !a == !b || !(f->flags & XML_ABI) ||
           fail_abi(error, path, name, false, a ? "present" : "absent", b ? "present" : "absent");
}

static bool
abi_list(const XmlField *f, const char *path, const GPtrArray *a, const GPtrArray *b, GError **error)
{
    guint na = a ? a->len : 0, nb = b ? b->len : 0;
    const char *name = f->name ? f->name : "*";

    if (na != nb) {
        g_autofree char *ta = g_strdup_printf("%u of them", na), *tb = g_strdup_printf("%u of them", nb);
        return !(f->flags & XML_ABI) || fail_abi(error, path, name, false, ta, tb);
    }
    for (guint i = 0; i < na; i++) {
        g_autofree char *item = g_strdup_printf("%s[%u]", name, i + 1);
        if (f->kind == XML_LEAVES ? f->flags & XML_ABI && strcmp(a->pdata[i], b->pdata[i])
                                  : !abi_child(f, item, path, a->pdata[i], b->pdata[i], error)) {
            return f->kind == XML_LEAVES ? fail_abi(error, path, item, false, a->pdata[i], b->pdata[i]) : false;
        }
    }
    return true;
}

static bool
abi_value(const XmlField *f, const char *path, const void *a, const void *b, GError **error)
{
    const void *pa = XML_AT(a, f->offset), *pb = XML_AT(b, f->offset);
    bool same;

    if (!(f->flags & XML_ABI))
        return true;
    if (f->kind == XML_FLAG)
        same = *(const bool *)pa == *(const bool *)pb;
    else if (f->has && *(const bool *)XML_AT(a, f->has) != *(const bool *)XML_AT(b, f->has))
        same = false;
    else
        same = f->type->equal ? f->type->equal(pa, pb) : !memcmp(pa, pb, f->type->size);
    if (same)
        return true;
    g_autofree char *ta = value_text(f, a), *tb = value_text(f, b);
    return fail_abi(error, path, f->name ? f->name : "text()", f->kind == XML_ATTR, ta, tb);
}

static bool
abi_row(const XmlField *f, const char *path, const void *a, const void *b, GError **error)
{
    const void *pa = XML_AT(a, f->offset), *pb = XML_AT(b, f->offset);

    switch ((XmlKind)f->kind) {
    case XML_GROUP: {
        g_autofree char *inner = g_strdup_printf("%s/%s", path, f->name);
        if (f->flags & XML_ABI && f->offset && *(const bool *)pa != *(const bool *)pb)
            return fail_abi(error, path, f->name, false, *(const bool *)pa ? "present" : "absent",
                            *(const bool *)pb ? "present" : "absent");
        return abi_rows(f->rows, inner, a, b, error);
    }
    case XML_SWITCH:
    case XML_CHOICE:
        return xml_tag(f, a) != xml_tag(f, b) ||
               abi_rows(xml_case_rows(f, a), path, a, b, error);
    case XML_MIXIN:
        return abi_rows(f->sub->rows, path, pa, pb, error);
    case XML_CHILD:
        return abi_child(f, f->name, path, *(void *const *)pa, *(void *const *)pb, error);
    case XML_LIST:
    case XML_ITEMS:
    case XML_LEAVES:
        return abi_list(f, path, *(void *const *)pa, *(void *const *)pb, error);
    case XML_RAW:
        return true;
    default:
        return abi_value(f, path, a, b, error);
    }
}

static bool
abi_rows(const XmlField *f, const char *path, const void *a, const void *b, GError **error)
{
    for (; f->kind; f++)
        if (!(f->flags & (XML_INPUT | XML_STATUS)) && !abi_row(f, path, a, b, error))
            return false;
    return true;
}

bool
xml_abi_equal(const XmlStruct *s, const void *a, const void *b, GError **error)
{
    return abi_rows(s->rows, s->element, a, b, error);
}
