/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-source.c - backing file strings: what each form means, what is refused, and back again */
#define ERROR_FROM VIR_FROM_NONE
#include "drivers/conf/source.h"
#include "util/error.h"

#include <libvirt/virterror.h>
#include <string.h>

/* Every form of one image gives the same properties. */
static void
assert_same(const char *const *texts, const char *expected)
{
    for (; *texts; texts++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Store) store = source_read(*texts, &error);
        g_autoptr(Json) json = NULL;
        g_autofree char *out = NULL;

        g_assert_no_error(error);
        json = source_properties(store, NULL, &error);
        g_assert_no_error(error);
        out = json_format(json, false);
        g_assert_cmpstr(out, ==, expected);
    }
}

static void
test_forms(void)
{
    assert_same((const char *const[]){ "nbd:h:1:exportname=e", "nbd://h:1/e",
                                       "json:{\"driver\":\"raw\",\"file\":{\"driver\":\"nbd\",\"host\":\"h\",\"port\":\"1\",\"export\":\"e\"}}",
                                       "json:{\"file.driver\":\"nbd\",\"file.server.type\":\"inet\",\"file.server.host\":\"h\","
                                       "\"file.server.port\":\"1\",\"file.export\":\"e\"}",
                                       "json:{\"driver\":\"nbd\",\"filename\":\"nbd:h:1:exportname=e\"}", NULL },
                "{\"driver\":\"nbd\",\"server\":{\"type\":\"inet\",\"host\":\"h\",\"port\":\"1\"},\"export\":\"e\"}");
    assert_same((const char *const[]){ "/a/b:c", "file:/a/b:c", "json:{\"driver\":\"file\",\"filename\":\"/a/b:c\"}", NULL },
                "{\"driver\":\"file\",\"filename\":\"/a/b:c\"}");
    assert_same((const char *const[]){ "rbd:p/i@s:mon_host=[\\:\\:1]\\:6321:id=me:key=secret", NULL },
                "{\"driver\":\"rbd\",\"pool\":\"p\",\"image\":\"i\",\"snapshot\":\"s\","
                "\"server\":[{\"host\":\"::1\",\"port\":\"6321\"}]}");
    assert_same((const char *const[]){ "iscsi://h/t/3",
                                       "json:{\"driver\":\"iscsi\",\"portal\":\"h\",\"target\":\"t\",\"lun\":\"3\"}", NULL },
                "{\"driver\":\"iscsi\",\"portal\":\"h:3260\",\"target\":\"t\",\"lun\":3,\"transport\":\"tcp\"}");
}

static void
test_refused(void)
{
    static const char *const bad[] = {
        "", "://", "foo:bar", "foo://h/x", "nbd:unix:", "nbd:", "nbd+unix:///e", "http:///file", "sheepdog:1:2",
        "gluster://h/volume", "json:", "json:{}", "json:[]", "json:{\"driver\":\"blah\"}", "json:{\"driver\":\"file\"}",
        "json:{\"driver\":\"ftp\",\"url\":\"http://h/f\"}", "json:{\"driver\":\"nbd\",\"export\":\"e\"}",
        "json:{\"driver\":\"gluster\",\"volume\":\"v\",\"path\":\"p\",\"server\":[1]}",
        "json:{\"driver\":\"nvme\",\"device\":\"0000:01:00.0 \",\"namespace\":1}",
        "json:{\"driver\":\"raw\",\"offset\":1,\"file\":{\"driver\":\"file\",\"filename\":\"/x\"}}",
        "json:{\"driver\":\"iscsi\",\"transport\":\"iser\",\"portal\":\"h\",\"target\":\"t\"}",
        "json:{\"file\":{\"file\":{\"file\":{\"file\":{\"file\":{\"file\":{\"file\":{\"file\":{\"file\":{\"file\":"
        "{\"file\":{\"driver\":\"file\",\"filename\":\"/x\"}}}}}}}}}}}}",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Store) store = source_read(bad[i], &error);

        g_test_message("%s: %s", bad[i], error ? error->message : "accepted");
        g_assert_null(store);
        g_assert_nonnull(error);
    }
}

/* Errors end up in logs. */
static void
test_secrets(void)
{
    static const char *const bad[] = { "http://user:hunter2@h:x/file", "json:{\"driver\":\"blah\",\"password\":\"hunter2\"}",
                                       "rbd::key=hunter2" };

    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Store) store = source_read(bad[i], &error);

        g_assert_null(store);
        g_assert_null(strstr(error->message, "hunter2"));
    }
}

static void
test_write(void)
{
    static const struct {
        const char *in, *out;
    } cases[] = {
        { "/a", "/a" },
        { "fat:rw:/d", "fat:/d" },
        { "json:{\"driver\":\"http\",\"url\":\"http://h/a%20b?q=1\"}", "http://h:80/a%20b?q=1" },
        { "nbd:unix:/s:exportname=e",
          "json:{\"file\":{\"driver\":\"nbd\",\"server\":{\"type\":\"unix\",\"path\":\"/s\"},\"export\":\"e\"}}" },
        { "json:{\"driver\":\"raw\",\"offset\":512,\"size\":1024,\"file\":{\"driver\":\"file\",\"filename\":\"/x\"}}",
          "json:{\"file\":{\"driver\":\"raw\",\"offset\":512,\"size\":1024,\"file\":{\"driver\":\"file\",\"filename\":\"/x\"}}}" },
        { "nbd:h:1", "nbd://h:1" },
        { "json:{\"driver\":\"https\",\"url\":\"https://h/f\",\"cookie\":\"a=b; c=d\",\"sslverify\":\"off\"}",
          "json:{\"file\":{\"driver\":\"https\",\"url\":\"https://h:443/f\",\"sslverify\":false,\"cookie\":\"a=b; c=d\"}}" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Store) store = source_read(cases[i].in, &error);
        g_autofree char *out = store ? source_write(store, false, &error) : NULL;

        g_assert_no_error(error);
        g_assert_cmpstr(out, ==, cases[i].out);
    }
}

/* With what only QEMU's starter knows: secrets by the names of their objects, and never the cookies themselves. */
static void
test_context(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Store) store = source_read("json:{\"driver\":\"https\",\"url\":\"https://h/f\",\"cookie\":\"a=b\"}", &error);
    const SourceContext context = { .secret = "s0", .cookies = "c0" };
    g_autoptr(Json) json = NULL;
    g_autofree char *out = NULL;

    g_assert_no_error(error);
    store->auth = xml_new(&auth_xml);
    store->auth->username = g_strdup("me");
    json = source_properties(store, &context, &error);
    g_assert_no_error(error);
    out = json_format(json, false);
    g_assert_cmpstr(out, ==, "{\"driver\":\"https\",\"url\":\"https://h:443/f\",\"username\":\"me\",\"password-secret\":\"s0\","
                             "\"cookie-secret\":\"c0\"}");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/source/forms", test_forms);
    g_test_add_func("/source/refused", test_refused);
    g_test_add_func("/source/secrets", test_secrets);
    g_test_add_func("/source/write", test_write);
    g_test_add_func("/source/context", test_context);
    return g_test_run();
}
