/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu_probe.c - asking emulators what they can do, once each
 *
 * Two emulators are started at most, one with KVM where that works and one with TCG only, both without a
 * machine.  The document that comes of it is kept in the cache.
 */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/caps/qemu_probe.h"

#include <fcntl.h>
#include <linux/kvm.h>
#include <malloc.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "drivers/qemu/qmp/qmp_client.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/file.h"
#include "util/lock.h"
#include "util/log.h"
#include "util/process.h"
#include "util/procfile.h"
#include "util/text.h"
#include "util/xml.h"

LOG_SOURCE("qemu.probe");

enum { PROBE_TIMEOUT = 30000, CACHE_MAX = 16 << 20, ERRORS_MAX = 4096, SELF_VERSION = 11003000 };

/* To be changed with what is asked or how it is kept. */
#define CACHE_FORMAT "2"

struct QemuProbe {
    GMainContext *context;
    const QemuConf *conf;
    Lock lock;
    Cond changed;
    GHashTable *known;   /* binary -> Entry */
    GHashTable *running; /* binaries that a thread is asking */
};

typedef struct Entry {
    char *key;
    QemuCaps *caps;
} Entry;

/* One emulator that is being asked. */
typedef struct Asked {
    Process process;
    QmpClient *client;
    int errors; /* its stderr, in memory */
} Asked;

typedef struct Dialogue {
    QemuProbe *probe;
    const char *binary;
    bool kvm;
    Asked asked[2];  /* [0]: the best accelerator, [1]: TCG */
} Dialogue;

static void
entry_free(void *data)
{
    Entry *e = data;

    g_free(e->key);
    qemu_caps_unref(e->caps);
    g_free(e);
}

QemuProbe *
qemu_probe_new(GMainContext *context, const QemuConf *conf)
{
    QemuProbe *probe = g_new0(QemuProbe, 1);

    probe->context = context;
    probe->conf = conf;
    lock_init(&probe->lock);
    cond_init(&probe->changed);
    probe->known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, entry_free);
    probe->running = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return probe;
}

void
qemu_probe_free(QemuProbe *probe)
{
    if (!probe)
        return;
    g_hash_table_unref(probe->known);
    g_hash_table_unref(probe->running);
    cond_clear(&probe->changed);
    lock_clear(&probe->lock);
    g_free(probe);
}

bool
qemu_probe_kvm_works(void)
{
    autofd int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    autofd int vm = -1;

    if (kvm < 0)
        return false;
    vm = ioctl(kvm, KVM_CREATE_VM, 0);
    return vm >= 0;
}

char *
qemu_probe_find(const char *arch)
{
    const char *target = g_str_equal(arch, "i686") ? "i386" : g_str_equal(arch, "armv7l") ? "arm" : arch;
    g_autofree char *name = g_strdup_printf("qemu-system-%s", target);

    return g_find_program_in_path(name);
}

static void
stop_asked(Asked *a)
{
    if (a->client)
        qmp_client_close(a->client);
    g_clear_pointer(&a->client, qmp_client_unref);
    process_clear(&a->process);
    fd_close(&a->errors);
}

/* What it wrote to stderr, as one line; NULL if nothing. */
static char *
read_errors(Asked *a)
{
    char buffer[ERRORS_MAX + 1];
    ssize_t n = pread(a->errors, buffer, ERRORS_MAX, 0);

    if (n <= 0)
        return NULL;
    buffer[n] = '\0';
    return text_squash(buffer, ERRORS_MAX);
}

static bool
start_asked(Dialogue *d, bool tcg, GError **error)
{
    Asked *a = &d->asked[tcg];
    const QemuConf *conf = d->probe->conf;
    const char *machine = !d->kvm || tcg ? "none,accel=tcg" : "none,accel=kvm:tcg";
    const char *argv[] = { d->binary, "-S", "-no-user-config", "-nodefaults", "-nographic", "-machine", machine,
                           "-chardev", "socket,id=monitor,fd=3,server=off", "-mon", "chardev=monitor,mode=control", NULL };
    int pair[2];
    autofd int ours = -1;
    autofd int theirs = -1;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
        error_set_errno(error, errno, "cannot make a monitor for '%s'", d->binary);
        return false;
    }
    ours = pair[0];
    theirs = pair[1];
    a->errors = memfd_create("qemu-probe-stderr", MFD_CLOEXEC);

    ProcessFd fds[] = { { theirs, 3 }, { a->errors, 2 } };
    g_autoptr(GArray) groups = qemu_conf_groups(conf);
    ProcessSpec spec = {
        .argv = argv,
        .fds = fds,
        .n_fds = a->errors >= 0 ? 2 : 1,
        .new_session = true,
        .die_with_parent = true,
        .set_ids = conf->privileged && (conf->uid != geteuid() || conf->gid != getegid()),
        .uid = conf->uid,
        .gid = conf->gid,
        .groups = (const gid_t *)groups->data,
        .n_groups = groups->len,
    };
    if (!process_spawn(&spec, &a->process, error)) {
        error_prefix(error, "Cannot check QEMU binary '%s'", d->binary);
        return false;
    }
    a->client = qmp_client_new(d->probe->context, steal_fd(&ours), d->binary, NULL, NULL, NULL);
    fd_close(&theirs);
    if (!qmp_client_handshake(a->client, PROBE_TIMEOUT, error)) {
        g_autofree char *text = read_errors(a);

        if (text)
            error_prefix(error, "QEMU binary '%s' said '%s'", d->binary, text);
        return false;
    }
    return true;
}

static Json *
ask(void *data, bool tcg, const char *command, Json *arguments, GError **error)
{
    Dialogue *d = data;

    if (!d->asked[tcg].client && !start_asked(d, tcg, error))
        return NULL;
    return qmp_client_call(d->asked[tcg].client, command, json_ref(arguments), PROBE_TIMEOUT, error);
}

/* It may be changed under a running host, so it is read each time; the small file where there is one. */
static unsigned
host_microcode(void)
{
    g_autofree char *cpuinfo = NULL;
    g_autofree char *text = file_read_line("/sys/devices/system/cpu/cpu0/microcode/version");

    if (!text && file_read_limited("/proc/cpuinfo", CACHE_MAX, &cpuinfo, NULL, NULL))
        text = procfile_cpu_value(cpuinfo, 0, "microcode");
    return text ? (unsigned)g_ascii_strtoull(text, NULL, 0) : 0;
}

/* What the answers hold for. */
static char *
make_key(const char *binary, bool kvm, GError **error)
{
    struct stat st;
    struct utsname host;

    if (stat(binary, &st) < 0) {
        error_set_errno(error, errno, "Cannot check QEMU binary %s", binary);
        return NULL;
    }
    uname(&host);
    return g_strdup_printf("%" PRIu64 " %" PRId64 " %" PRId64 ".%09ld %s microcode=%u version=%d-" CACHE_FORMAT " kvm=%d",
                           (uint64_t)st.st_ino, (int64_t)st.st_size, (int64_t)st.st_ctim.tv_sec, st.st_ctim.tv_nsec, host.release,
                           host_microcode(), SELF_VERSION, kvm);
}

static char *
cache_path(const QemuProbe *probe, const char *binary)
{
    g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, binary, -1);
    g_autofree char *file = g_strconcat(hash, ".xml", NULL);

    return g_build_filename(probe->conf->cache_dir, "capabilities", file, NULL);
}

/* NULL when there is nothing usable: the cache is only ever a short cut. */
static QemuCaps *
load_cached(const char *binary, const char *path, const char *key)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(QemuCapsDoc) doc = NULL;

    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return NULL;
    if (file_read_limited(path, CACHE_MAX, &text, NULL, &error))
        doc = xml_parse_text(&qemu_caps_doc_xml, text, XML_PARSE_STATUS, &error);
    if (error)
        log_gerror(error, "while reading the cache of '%s', which is asked again", binary);
    if (!doc || g_strcmp0(doc->key, key) || g_strcmp0(doc->emulator, binary) || !doc->seen)
        return NULL;
    return qemu_caps_new(g_steal_pointer(&doc));
}

static void
save_cached(const char *path, const char *key, QemuCaps *caps)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    g_autofree char *dir = g_path_get_dirname(path);
    struct utsname host;
    struct stat st;

    uname(&host);
    g_free(caps->doc->key);
    caps->doc->key = g_strdup(key);
    caps->doc->kernel_version = g_strdup_printf("%s %s", host.release, host.version);
    caps->doc->selfvers = SELF_VERSION;
    if (!stat(caps->binary, &st))
        caps->doc->qemuctime = st.st_ctim.tv_sec;
    if (!stat("/proc/self/exe", &st))
        caps->doc->selfctime = st.st_ctim.tv_sec;
    text = xml_format_text(&qemu_caps_doc_xml, caps->doc, XML_FORMAT_STATUS);
    if (!file_mkdir_p(dir, 0755, &error) || !file_write_atomic_text(path, text, 0600, &error))
        log_gerror(error, "while writing the cache of capabilities");
}

static QemuCaps *
probe_now(QemuProbe *probe, const char *binary, bool kvm, const char *key, GError **error)
{
    g_autofree char *path = cache_path(probe, binary);
    QemuCaps *caps = load_cached(binary, path, key);
    Dialogue d = { .probe = probe, .binary = binary, .kvm = kvm,
                   .asked = { { .errors = -1, .process = PROCESS_INIT }, { .errors = -1, .process = PROCESS_INIT } } };
    const QemuCapsSource source = { .ask = ask, .data = &d, .microcode = host_microcode() };

    if (caps)
        return caps;
    caps = qemu_caps_build(binary, &source, error);
    stop_asked(&d.asked[0]);
    stop_asked(&d.asked[1]);
    if (caps)
        save_cached(path, key, caps);
    return caps;
}

QemuCaps *
qemu_probe_get(QemuProbe *probe, const char *binary, GError **error)
{
    bool kvm = qemu_probe_kvm_works();
    g_autofree char *key = make_key(binary, kvm, error);
    int64_t deadline = g_get_monotonic_time() + 2 * PROBE_TIMEOUT * INT64_C(1000);
    QemuCaps *caps;
    Entry *e;

    if (!key)
        return NULL;
    lock_acquire(&probe->lock);
    while (g_hash_table_contains(probe->running, binary))
        if (!cond_wait_until(&probe->changed, &probe->lock, deadline)) {
            lock_release(&probe->lock);
            error_set(error, VIR_ERR_OPERATION_TIMEOUT, "QEMU binary '%s' is still being asked what it can do", binary);
            return NULL;
        }
    e = g_hash_table_lookup(probe->known, binary);
    if (e && g_str_equal(e->key, key)) {
        caps = qemu_caps_ref(e->caps);
        lock_release(&probe->lock);
        return caps;
    }
    g_hash_table_add(probe->running, g_strdup(binary));
    lock_release(&probe->lock);

    caps = probe_now(probe, binary, kvm, key, error);
#ifdef __GLIBC__
    /* Replies or a cache file of megabytes: freed, they would stay with the daemon below what came of them. */
    malloc_trim(0);
#endif

    lock_acquire(&probe->lock);
    g_hash_table_remove(probe->running, binary);
    if (caps) {
        e = g_new0(Entry, 1);
        e->key = g_steal_pointer(&key);
        e->caps = qemu_caps_ref(caps);
        g_hash_table_replace(probe->known, g_strdup(binary), e);
    }
    cond_broadcast(&probe->changed);
    lock_release(&probe->lock);
    return caps;
}
