/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* reconcile.h - desired state against actual state, and only the difference applied
 *
 * A driver lists what the host should look like (bridges, taps, rules, processes) as items with a kind, a
 * name and a text that says all that matters of it, lists what is there in the same way, and gives an
 * action for each kind.  The same function then serves start, restart, reload and a periodic check: if all
 * is well, nothing is done.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct ReconcileItem {
    int kind;          /* index into the array of kinds */
    const char *name;  /* unique within its kind */
    const char *state; /* equal text: nothing to do; NULL: being there is enough */
    void *data;        /* the driver's own */
} ReconcileItem;

typedef struct ReconcileKind {
    const char *noun;
    /* Make what is missing.  Kinds are made in the order of the array, removed in reverse. */
    bool (*create)(const ReconcileItem *wanted, void *data, GError **error);
    /* Bring @actual to what @wanted says; NULL: removed and created again. */
    bool (*change)(const ReconcileItem *wanted, const ReconcileItem *actual, void *data, GError **error);
    /* Remove what nobody wants; NULL: leave it. */
    bool (*remove)(const ReconcileItem *actual, void *data, GError **error);
} ReconcileKind;

typedef struct ReconcileReport {
    unsigned created, changed, removed, failed;
    GPtrArray *lines;  /* "created bridge 'virbr0'", "failed to ...: why"; for log and callers */
} ReconcileReport;

void reconcile_report_clear(ReconcileReport *report);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ReconcileReport, reconcile_report_clear)

/* Arrays of ReconcileItem *.  One failure does not stop the rest; false if there was any, with the first as
 * @error. */
bool reconcile_run(const ReconcileKind *kinds, size_t n_kinds, const GPtrArray *wanted, const GPtrArray *actual,
                   void *data, ReconcileReport *report, GError **error);
