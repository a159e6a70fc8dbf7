/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* reconcile.c - desired state against actual state, and only the difference applied */
#define ERROR_FROM VIR_FROM_NONE
#include "drivers/common/reconcile.h"

#include <string.h>

#include "util/error.h"

typedef struct Run {
    const ReconcileKind *kinds;
    void *data;
    ReconcileReport *report;
    GError *first;
} Run;

void
reconcile_report_clear(ReconcileReport *report)
{
    g_clear_pointer(&report->lines, g_ptr_array_unref);
    *report = (ReconcileReport){ 0 };
}

static const ReconcileItem *
find(const GPtrArray *items, const ReconcileItem *like)
{
    for (guint i = 0; i < items->len; i++) {
        const ReconcileItem *item = items->pdata[i];

        if (item->kind == like->kind && strcmp(item->name, like->name) == 0)
            return item;
    }
    return NULL;
}

/* Note how it went; takes @error. */
static void
note(Run *run, const ReconcileItem *item, const char *verb, bool ok, unsigned *count, GError *error)
{
    const char *noun = run->kinds[item->kind].noun;

    if (ok) {
        (*count)++;
        g_ptr_array_add(run->report->lines, g_strdup_printf("%sd %s '%s'", verb, noun, item->name));
        return;
    }
    run->report->failed++;
    g_ptr_array_add(run->report->lines, g_strdup_printf("failed to %s %s '%s': %s", verb, noun,
                                                        item->name, error->message));
    if (!run->first)
        run->first = error;
    else
        g_error_free(error);
}

static void
remove_item(Run *run, const ReconcileItem *item)
{
    GError *error = NULL;
    bool ok = run->kinds[item->kind].remove(item, run->data, &error);

    note(run, item, "remove", ok, &run->report->removed, error);
}

static void
create_item(Run *run, const ReconcileItem *item)
{
    GError *error = NULL;
    bool ok = run->kinds[item->kind].create(item, run->data, &error);

    note(run, item, "create", ok, &run->report->created, error);
}

static void
change_item(Run *run, const ReconcileItem *wanted, const ReconcileItem *actual)
{
    const ReconcileKind *kind = &run->kinds[wanted->kind];
    GError *error = NULL;
    bool ok;

    if (kind->change)
        ok = kind->change(wanted, actual, run->data, &error);
    else
        ok = kind->remove(actual, run->data, &error) && kind->create(wanted, run->data, &error);
    note(run, wanted, "change", ok, &run->report->changed, error);
}

bool
reconcile_run(const ReconcileKind *kinds, size_t n_kinds, const GPtrArray *wanted,
              const GPtrArray *actual, void *data, ReconcileReport *report, GError **error)
{
    Run run = { .kinds = kinds, .data = data, .report = report };

    if (!report->lines)
        report->lines = g_ptr_array_new_with_free_func(g_free);
    /* What goes first goes last: a tap before its bridge. */
    for (size_t kind = n_kinds; kind > 0; kind--) {
        for (guint i = 0; i < actual->len; i++) {
            const ReconcileItem *item = actual->pdata[i];

            if (item->kind == (int)kind - 1 && kinds[item->kind].remove && !find(wanted, item))
                remove_item(&run, item);
        }
    }
    for (size_t kind = 0; kind < n_kinds; kind++) {
        for (guint i = 0; i < wanted->len; i++) {
            const ReconcileItem *item = wanted->pdata[i], *there;

            if (item->kind != (int)kind)
                continue;
            there = find(actual, item);
            if (!there)
                create_item(&run, item);
            else if (item->state && g_strcmp0(item->state, there->state) != 0)
                change_item(&run, item, there);
        }
    }
    if (run.first)
        g_propagate_error(error, run.first);
    return report->failed == 0;
}
