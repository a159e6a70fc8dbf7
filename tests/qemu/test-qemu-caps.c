/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-qemu-caps.c - capabilities of the installed emulator, and of programs that are none */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/caps/qemu_probe.h"

#include <string.h>
#include <sys/stat.h>

#include "util/error.h"
#include "util/file.h"

typedef struct Fixture {
    char *dir;
    GMainContext *context;
    GMainLoop *loop;
    GThread *thread;
    QemuConf *conf;
    QemuProbe *probe;
} Fixture;

static void *
run_loop(void *data)
{
    g_main_loop_run(data);
    return NULL;
}

static void
setup(Fixture *f, const void *data)
{
    DriverEnv env = { .privileged = false };

    f->dir = g_dir_make_tmp("qemu-caps-XXXXXX", NULL);
    env.config_dir = env.state_dir = env.run_dir = env.cache_dir = env.log_dir = f->dir;
    f->context = g_main_context_new();
    f->loop = g_main_loop_new(f->context, FALSE);
    f->thread = g_thread_new("loop", run_loop, f->loop);
    f->conf = qemu_conf_new(&env, NULL);
    g_assert_nonnull(f->conf);
    f->probe = qemu_probe_new(f->context, f->conf);
}

static void
teardown(Fixture *f, const void *data)
{
    qemu_probe_free(f->probe);
    qemu_conf_free(f->conf);
    g_main_loop_quit(f->loop);
    g_thread_join(f->thread);
    g_main_loop_unref(f->loop);
    g_main_context_unref(f->context);
    g_assert_true(file_remove_tree(f->dir, NULL));
    g_free(f->dir);
}

static void
test_real(Fixture *f, const void *data)
{
    g_autofree char *binary = qemu_probe_find("x86_64");
    g_autoptr(GError) error = NULL;
    g_autoptr(QemuCaps) caps = NULL;
    g_autoptr(QemuCaps) again = NULL;
    g_autoptr(QemuCaps) cached = NULL;
    QemuProbe *other;
    int64_t start;

    if (!binary) {
        g_test_skip("qemu-system-x86_64 is not installed");
        return;
    }
    caps = qemu_probe_get(f->probe, binary, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(caps->arch, ==, "x86_64");
    g_assert_cmpuint(caps->version, >=, 6002000);
    g_assert_true(qemu_caps_has(caps, "virtio-blk-pci"));
    g_assert_false(qemu_caps_has(caps, "no-such-device"));
    g_assert_true(qemu_caps_has_prop(caps, "virtio-blk-pci", "queue-size"));
    g_assert_nonnull(qemu_caps_machine(caps, QEMU_ACCEL_TCG, "q35"));
    g_assert_true(qemu_caps_machine(caps, QEMU_ACCEL_TCG, "pc")->is_default);
    g_assert_nonnull(qemu_caps_model(caps, QEMU_ACCEL_TCG, "qemu64"));
    g_assert_cmpint(caps->kvm, ==, qemu_probe_kvm_works());

    again = qemu_probe_get(f->probe, binary, &error);
    g_assert_true(again == caps);

    /* Another daemon reads the cache and starts no emulator. */
    other = qemu_probe_new(NULL, f->conf);
    start = g_get_monotonic_time();
    cached = qemu_probe_get(other, binary, &error);
    g_assert_no_error(error);
    g_test_message("read from cache in %" G_GINT64_FORMAT " us", g_get_monotonic_time() - start);
    g_assert_cmpuint(g_hash_table_size(cached->types), ==, g_hash_table_size(caps->types));
    g_assert_cmpuint(g_hash_table_size(cached->props), ==, g_hash_table_size(caps->props));
    g_assert_cmpuint(cached->accel[0].machines->len, ==, caps->accel[0].machines->len);
    qemu_probe_free(other);
}

/* A damaged cache is asked anew, not believed and not fatal. */
static void
test_bad_cache(Fixture *f, const void *data)
{
    g_autofree char *binary = qemu_probe_find("x86_64");
    g_autofree char *dir = g_build_filename(f->conf->cache_dir, "capabilities", NULL);
    g_autoptr(QemuCaps) caps = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *hash = NULL;
    g_autofree char *path = NULL;

    if (!binary) {
        g_test_skip("qemu-system-x86_64 is not installed");
        return;
    }
    hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, binary, -1);
    path = g_strdup_printf("%s/%s.json", dir, hash);
    g_assert_true(file_mkdir_p(dir, 0700, &error));
    g_assert_true(file_write_atomic_text(path, "{\"key\": \"old\", \"answers\": {}}", 0600, &error));
    caps = qemu_probe_get(f->probe, binary, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(caps->arch, ==, "x86_64");
}

static void
expect_failure(Fixture *f, const char *script, const char *text)
{
    g_autofree char *path = g_build_filename(f->dir, "qemu-system-fake", NULL);
    g_autoptr(GError) error = NULL;

    if (script) {
        g_assert_true(file_write_atomic_text(path, script, 0700, &error));
        g_assert_cmpint(chmod(path, 0700), ==, 0);
    }
    g_assert_null(qemu_probe_get(f->probe, path, &error));
    g_assert_nonnull(error);
    if (!strstr(error->message, text))
        g_error("message '%s' lacks '%s'", error->message, text);
}

static void
test_missing(Fixture *f, const void *data)
{
    expect_failure(f, NULL, "Cannot check QEMU binary");
}

static void
test_dies(Fixture *f, const void *data)
{
    expect_failure(f, "#!/bin/sh\necho >&2 'no such option, sorry'\nexit 1\n", "no such option, sorry");
}

static void
test_not_executable(Fixture *f, const void *data)
{
    expect_failure(f, "\x7f" "ELFbroken", "Cannot check QEMU binary");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, fn) g_test_add("/caps/" name, Fixture, NULL, setup, fn, teardown)
    ADD("real", test_real);
    ADD("bad-cache", test_bad_cache);
    ADD("missing", test_missing);
    ADD("dies", test_dies);
    ADD("not-executable", test_not_executable);
    return g_test_run();
}
