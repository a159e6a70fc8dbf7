/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* variables.c - rules with variables, and the rules they stand for
 *
 * The rows of the document say which attributes there are and what each of them wants: a value is read in as if the
 * filter had it in place of the variable.
 */
#define ERROR_FROM VIR_FROM_NWFILTER
#include "drivers/nwfilter/variables.h"
#include "util/error.h"
#include "util/xml_private.h"

#include <string.h>

typedef struct Iterator {
    uint64_t id;
    guint length, at;
} Iterator;

/* An attribute with a variable. */
typedef struct Use {
    const XmlField *row;
    guint match;              /* of which element */
    const GPtrArray *list;
    uint64_t number;          /* of the iterator, or index of the one value */
    bool indexed;
} Use;

static char **
member(const XmlField *row, void *match)
{
    return XML_AT(match, row->offset);
}

/* A note is no value, whatever it begins with. */
static bool
is_variable(const XmlField *row, void *match)
{
    const char *text = row->type && row->type->size == sizeof(char *) ? *member(row, match) : NULL;

    return text && text[0] == '$' && row->type != &xml_type_fw_comment;
}

static bool
use_iterator(GArray *iterators, const Use *use, const char *text, GError **error)
{
    Iterator fresh = { .id = use->number, .length = use->list->len };

    for (guint i = 0; i < iterators->len; i++) {
        const Iterator *known = &g_array_index(iterators, Iterator, i);

        if (known->id != fresh.id)
            continue;
        if (known->length == fresh.length)
            return true;
        error_set(error, VIR_ERR_INTERNAL_ERROR, "variable '%s' has %u values, but another one of the same iterator has %u: "
                  "give both as many, or another iterator to one", text, fresh.length, known->length);
        return false;
    }
    g_array_append_val(iterators, fresh);
    return true;
}

static bool
read_use(Use *use, const char *text, GHashTable *values, GError **error)
{
    size_t n = strcspn(text, "[");
    g_autofree char *name = g_strndup(text + 1, n - 1);
    const char *number = text + n;

    use->list = g_hash_table_lookup(values, name);
    use->indexed = number[0] && number[1] != '@';
    use->number = number[0] ? g_ascii_strtoull(number + (use->indexed ? 1 : 2), NULL, 10) : 0;
    if (use->list && use->list->len > (use->indexed ? use->number : 0))
        return true;
    error_set(error, VIR_ERR_INTERNAL_ERROR, "Cannot instantiate filter due to unresolvable variables or unavailable list "
              "elements: %s", text + 1);
    return false;
}

static bool
collect(const GPtrArray *matches, GHashTable *values, GArray *uses, GArray *iterators, GError **error)
{
    for (guint i = 0; i < matches->len; i++) {
        FwMatch *match = matches->pdata[i];

        for (const XmlField *row = xml_case_rows(fw_match_xml.rows, match); row->kind; row++) {
            Use use = { .row = row, .match = i };

            if (!is_variable(row, match))
                continue;
            if (!read_use(&use, *member(row, match), values, error) ||
                (!use.indexed && !use_iterator(iterators, &use, *member(row, match), error)))
                return false;
            g_array_append_val(uses, use);
        }
    }
    return true;
}

/* The value it has at this step. */
static const char *
value_of(const Use *use, const GArray *iterators)
{
    for (guint i = 0; !use->indexed && i < iterators->len; i++)
        if (g_array_index(iterators, Iterator, i).id == use->number)
            return use->list->pdata[g_array_index(iterators, Iterator, i).at];
    return use->list->pdata[use->number];
}

/* The first turns fastest. */
static bool
step(GArray *iterators)
{
    for (guint i = 0; i < iterators->len; i++) {
        Iterator *iterator = &g_array_index(iterators, Iterator, i);

        if (++iterator->at < iterator->length)
            return true;
        iterator->at = 0;
    }
    return false;
}

static void
match_free(void *match)
{
    fw_match_free(match);
}

static void
array_free(void *array)
{
    g_ptr_array_unref(array);
}

static GPtrArray *
substitute(const GPtrArray *matches, const GArray *uses, const GArray *iterators, GError **error)
{
    g_autoptr(GPtrArray) plain = g_ptr_array_new_with_free_func(match_free);

    for (guint i = 0; i < matches->len; i++)
        g_ptr_array_add(plain, xml_copy(&fw_match_xml, matches->pdata[i]));
    for (guint i = 0; i < uses->len; i++) {
        const Use *use = &g_array_index(uses, Use, i);
        const char *value = value_of(use, iterators);

        if (value[0] == '$' || !use->row->type->parse(use->row, value, NULL, member(use->row, plain->pdata[use->match]))) {
            error_set(error, VIR_ERR_INVALID_ARG, "a variable has the value '%s' where '%s' wants %s", value, use->row->name,
                      use->row->type->expect);
            return NULL;
        }
    }
    return g_steal_pointer(&plain);
}

GPtrArray *
nwfilter_variables_expand(const GPtrArray *matches, GHashTable *values, GError **error)
{
    g_autoptr(GPtrArray) out = g_ptr_array_new_with_free_func(array_free);
    g_autoptr(GArray) uses = g_array_new(FALSE, FALSE, sizeof(Use));
    g_autoptr(GArray) iterators = g_array_new(FALSE, FALSE, sizeof(Iterator));
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    if (!collect(matches, values, uses, iterators, error))
        return NULL;
    do {
        g_autoptr(GString) key = g_string_new(NULL);
        GPtrArray *plain;

        for (guint i = 0; i < uses->len; i++)
            g_string_append_printf(key, "%s\n", value_of(&g_array_index(uses, Use, i), iterators));
        if (!g_hash_table_add(seen, g_strdup(key->str)))
            continue;
        plain = substitute(matches, uses, iterators, error);
        if (!plain)
            return NULL;
        g_ptr_array_add(out, plain);
    } while (step(iterators));
    return g_steal_pointer(&out);
}
