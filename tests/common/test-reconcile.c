/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-reconcile.c - only the difference is applied, in the right order, whatever fails. */
#include "drivers/common/reconcile.h"

#include <libvirt/virterror.h>
#include <string.h>

#include "util/error.h"

static void
say(GString *log, const char *what, const ReconcileItem *item)
{
    g_string_append_printf(log, "%s %s;", what, item->name);
}

static bool
create(const ReconcileItem *wanted, void *data, GError **error)
{
    say(data, "+", wanted);
    if (strcmp(wanted->name, "cursed") == 0) {
        error_set_full(error, VIR_FROM_NETWORK, VIR_ERR_OPERATION_FAILED, "it is cursed");
        return false;
    }
    return true;
}

static bool
change(const ReconcileItem *wanted, const ReconcileItem *actual, void *data, GError **error)
{
    say(data, "~", wanted);
    return true;
}

static bool
remove_item(const ReconcileItem *actual, void *data, GError **error)
{
    say(data, "-", actual);
    return true;
}

static const ReconcileKind kinds[] = { { "bridge", create, change, remove_item },
                                       { "tap", create, NULL, remove_item },
                                       { "rule", create, change, NULL } };

static char *
run(ReconcileItem **wanted, ReconcileItem **actual, ReconcileReport *report, GError **error)
{
    g_autoptr(GPtrArray) w = g_ptr_array_new();
    g_autoptr(GPtrArray) a = g_ptr_array_new();
    GString *log = g_string_new(NULL);

    for (; *wanted; wanted++)
        g_ptr_array_add(w, *wanted);
    for (; *actual; actual++)
        g_ptr_array_add(a, *actual);
    reconcile_run(kinds, G_N_ELEMENTS(kinds), w, a, log, report, error);
    return g_string_free(log, FALSE);
}

static void
test_difference(void)
{
    ReconcileItem bridge = { 0, "br0", "up", NULL }, bridge_down = { 0, "br0", "down", NULL },
                  tap = { 1, "tap0", NULL, NULL }, tap_there = { 1, "tap0", "whatever", NULL },
                  old_bridge = { 0, "br9", "up", NULL }, old_tap = { 1, "tap9", "x", NULL },
                  rule = { 2, "r", "accept", NULL }, old_rule = { 2, "foreign", "x", NULL },
                  changed_tap = { 1, "tap0", "new", NULL };
    ReconcileItem *all[] = { &tap, &rule, &bridge, NULL },
                  *well[] = { &bridge, &tap_there, &rule, &old_rule, NULL }, *none[] = { NULL },
                  *stale[] = { &old_bridge, &old_tap, &bridge_down, NULL },
                  *again[] = { &changed_tap, NULL }, *there[] = { &tap_there, NULL };
    g_auto(ReconcileReport) report = { 0 };
    g_autoptr(GError) error = NULL;
    g_autofree char *quiet = run(all, well, &report, &error);
    g_autofree char *fresh = NULL;
    g_autofree char *healed = NULL;
    g_autofree char *remade = NULL;

    g_assert_cmpstr(quiet, ==, ""); /* all is well: nothing is done */
    g_assert_cmpuint(report.lines->len, ==, 0);
    fresh = run(all, none, &report, &error);
    g_assert_cmpstr(fresh, ==, "+ br0;+ tap0;+ r;");
    reconcile_report_clear(&report);
    healed = run(all, stale, &report, &error);
    g_assert_cmpstr(healed, ==, "- tap9;- br9;~ br0;+ tap0;+ r;");
    g_assert_cmpuint(report.removed, ==, 2);
    g_assert_cmpuint(report.changed, ==, 1);
    g_assert_cmpuint(report.created, ==, 2);
    g_assert_cmpstr(report.lines->pdata[0], ==, "removed tap 'tap9'");
    remade = run(again, there, &report, &error);
    g_assert_cmpstr(remade, ==, "- tap0;+ tap0;");
    g_assert_no_error(error);
}

static void
test_failure(void)
{
    ReconcileItem cursed = { 0, "cursed", "x", NULL }, rule = { 2, "r", "accept", NULL };
    ReconcileItem *wanted[] = { &cursed, &rule, NULL }, *none[] = { NULL };
    g_auto(ReconcileReport) report = { 0 };
    g_autoptr(GError) error = NULL;
    g_autofree char *log = run(wanted, none, &report, &error);

    g_assert_cmpstr(log, ==, "+ cursed;+ r;"); /* the rest is done all the same */
    g_assert_true(error_is(error, VIR_ERR_OPERATION_FAILED));
    g_assert_cmpuint(report.failed, ==, 1);
    g_assert_cmpuint(report.created, ==, 1);
    g_assert_cmpstr(report.lines->pdata[0], ==, "failed to create bridge 'cursed': it is cursed");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/reconcile/difference", test_difference);
    g_test_add_func("/reconcile/failure", test_failure);
    return g_test_run();
}
