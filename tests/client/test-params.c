/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-params.c - typed parameters, handles and errors through the public functions alone. */
#include <glib.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <string.h>

static void
ignore_error(void *data, virErrorPtr error G_GNUC_UNUSED)
{
    ++*(int *)data;
}

static int raised;

static void
test_add_and_get(void)
{
    virTypedParameterPtr params = NULL;
    const char *names[] = { "a", "b", NULL };
    int n = 0, max = 0, i = 0;
    unsigned int ui = 0;
    long long l = 0;
    unsigned long long ul = 0;
    double d = 0;
    const char *s = NULL;

    g_assert_cmpint(virTypedParamsAddInt(&params, &n, &max, "i", -5), ==, 0);
    g_assert_cmpint(virTypedParamsAddUInt(&params, &n, &max, "ui", 5), ==, 0);
    g_assert_cmpint(virTypedParamsAddLLong(&params, &n, &max, "l", G_MININT64), ==, 0);
    g_assert_cmpint(virTypedParamsAddULLong(&params, &n, &max, "ul", G_MAXUINT64), ==, 0);
    g_assert_cmpint(virTypedParamsAddDouble(&params, &n, &max, "d", 0.5), ==, 0);
    g_assert_cmpint(virTypedParamsAddBoolean(&params, &n, &max, "b", 7), ==, 0);
    g_assert_cmpint(virTypedParamsAddString(&params, &n, &max, "s", "text"), ==, 0);
    g_assert_cmpint(virTypedParamsAddStringList(&params, &n, &max, "list", names), ==, 0);
    g_assert_cmpint(n, ==, 9);
    g_assert_cmpint(virTypedParamsGetInt(params, n, "i", &i), ==, 1);
    g_assert_cmpint(i, ==, -5);
    g_assert_cmpint(virTypedParamsGetUInt(params, n, "ui", &ui), ==, 1);
    g_assert_cmpuint(ui, ==, 5);
    g_assert_cmpint(virTypedParamsGetLLong(params, n, "l", &l), ==, 1);
    g_assert_true(l == G_MININT64);
    g_assert_cmpint(virTypedParamsGetULLong(params, n, "ul", &ul), ==, 1);
    g_assert_true(ul == G_MAXUINT64);
    g_assert_cmpint(virTypedParamsGetDouble(params, n, "d", &d), ==, 1);
    g_assert_cmpfloat(d, ==, 0.5);
    g_assert_cmpint(virTypedParamsGetBoolean(params, n, "b", &i), ==, 1);
    g_assert_cmpint(i, ==, 1);
    g_assert_cmpint(virTypedParamsGetString(params, n, "s", &s), ==, 1);
    g_assert_cmpstr(s, ==, "text");
    g_assert_cmpint(virTypedParamsGetString(params, n, "none", &s), ==, 0);
    g_assert_cmpint(virTypedParamsGetString(params, n, "i", &s), ==, -1);
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_INVALID_ARG);
    g_assert_nonnull(strstr(virGetLastErrorMessage(), "'string'"));
    virTypedParamsFree(params, n);
}

static void
test_from_string(void)
{
    virTypedParameterPtr params = NULL;
    int n = 0, max = 0;
    g_autofree char *longest = g_strnfill(VIR_TYPED_PARAM_FIELD_LENGTH, 'x');

    g_assert_cmpint(virTypedParamsAddFromString(&params, &n, &max, "u", VIR_TYPED_PARAM_UINT, "42"),
                    ==, 0);
    g_assert_cmpuint(params[0].value.ui, ==, 42);
    g_assert_cmpint(virTypedParamsAddFromString(&params, &n, &max, "u", VIR_TYPED_PARAM_UINT, "-1"),
                    ==, -1);
    g_assert_cmpint(
        virTypedParamsAddFromString(&params, &n, &max, "b", VIR_TYPED_PARAM_BOOLEAN, "yes"), ==,
        -1);
    g_assert_cmpint(virTypedParamsAddFromString(&params, &n, &max, "x", 99, "1"), ==, -1);
    g_assert_cmpint(virTypedParamsAddInt(&params, &n, &max, longest, 1), ==, -1);
    g_assert_nonnull(strstr(virGetLastErrorMessage(), longest));
    g_assert_cmpint(n, ==, 1); /* nothing was left behind by those that failed */
    virTypedParamsFree(params, n);
}

static void
test_bad_handles(void)
{
    char junk[256] = { 0 };
    virErrorPtr saved;
    int before = raised;

    g_assert_cmpint(virDomainFree(NULL), ==, -1);
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_INVALID_DOMAIN);
    g_assert_cmpint(virGetLastErrorDomain(), ==, VIR_FROM_DOM);
    g_assert_cmpstr(virGetLastErrorMessage(), ==, "invalid domain pointer in virDomainFree");
    g_assert_null(virNetworkGetName((virNetworkPtr)junk));
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_INVALID_NETWORK);
    g_assert_cmpint(virConnectClose(NULL), ==, -1);
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_INVALID_CONN);
    g_assert_cmpint(raised, ==, before + 3);
    saved = virSaveLastError();
    virResetLastError();
    g_assert_null(virGetLastError());
    g_assert_cmpstr(virGetLastErrorMessage(), ==, "no error");
    g_assert_cmpint(saved->code, ==, VIR_ERR_INVALID_CONN);
    virFreeError(saved);
}

static gpointer
other_thread(gpointer data G_GNUC_UNUSED)
{
    g_assert_null(virGetLastError()); /* another thread's error is not ours */
    g_assert_cmpint(virStreamFree(NULL), ==, -1);
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_INVALID_STREAM);
    return NULL;
}

static void
test_error_per_thread(void)
{
    g_assert_cmpint(virDomainFree(NULL), ==, -1);
    g_thread_join(g_thread_new("other", other_thread, NULL));
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_INVALID_DOMAIN);
}

static void
test_version(void)
{
    unsigned long version = 0;

    g_assert_cmpint(virGetVersion(&version, NULL, NULL), ==, 0);
    g_assert_cmpuint(version, ==, LIBVIR_VERSION_NUMBER);
    g_assert_cmpint(virGetVersion(NULL, NULL, NULL), ==, -1);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    virSetErrorFunc(&raised, ignore_error);
    g_test_add_func("/params/add-and-get", test_add_and_get);
    g_test_add_func("/params/from-string", test_from_string);
    g_test_add_func("/handles/bad", test_bad_handles);
    g_test_add_func("/errors/per-thread", test_error_per_thread);
    g_test_add_func("/version", test_version);
    return g_test_run();
}
