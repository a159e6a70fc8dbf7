/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* companion_tpm.c - emulated TPMs: swtpm, and the state that stays when it ends
 *
 * The state is made once by swtpm_setup (keys and certificates, as a factory would) and kept below
 * /var/lib/libvirt/swtpm/UUID as long as the guest is defined.  It may be encrypted; the passphrase goes to the
 * programs by pipes, and is in no file and on no command line.
 */
#define ERROR_FROM VIR_FROM_QEMU
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drivers/qemu/companion/companion_private.h"
#include "drivers/qemu/process/guest_backend.h"
#include "util/crypto.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/file.h"
#include "util/log.h"
#include "util/uuid.h"

LOG_SOURCE("qemu.companion.tpm");

enum { SETUP_DEADLINE = 60000, CAPS_DEADLINE = 10000, CAPS_MAX = 1 << 16, CONTROL_FD = 3, KEY_FD = 4, MIGRATION_KEY_FD = 5 };

typedef struct TpmFacts {
    GuestFds *fds;
    const Tpm *tpm;
    char *dir;          /* of the state; the folder of the file where it is one */
    char *state;        /* "dir=..." or "backend-uri=file://...", as swtpm takes it */
    char *setup_state;  /* the same for swtpm_setup */
    char *log;
    uid_t uid;
    gid_t gid;
    uint8_t *secret;    /* NULL: not encrypted */
    size_t secret_len;
} TpmFacts;

static void
tpm_facts_clear(TpmFacts *f)
{
    crypto_wipe(f->secret, f->secret_len);
    g_free(f->secret);
    g_free(f->dir);
    g_free(f->state);
    g_free(f->setup_state);
    g_free(f->log);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(TpmFacts, tpm_facts_clear)

static const Tpm *
emulated_tpm(const Domain *doc)
{
    for (size_t i = 0; i < list_len(doc->tpms); i++) {
        const Tpm *t = list_at(doc->tpms, i);

        if (t->type == TPM_BACKEND_EMULATOR)
            return t;
    }
    return NULL;
}

/* Where all TPMs of the guest with @uuid are kept. */
static char *
storage_path(const uint8_t uuid[16])
{
    char text[UUID_TEXT_LEN];

    uuid_format(uuid, text);
    return g_build_filename(guest_host.env.state_dir, "swtpm", text, NULL);
}

/* As configured; else the user that the distribution made for it; else ours. */
static bool
find_user(uid_t *ret_uid, gid_t *ret_gid, GError **error)
{
    const QemuConf *conf = guest_host.conf;
    const char *names[] = { conf->swtpm_user, "tss", "swtpm" };
    char buffer[4096];
    struct passwd entry, *found = NULL;

    *ret_uid = geteuid();
    *ret_gid = getegid();
    if (!conf->privileged)
        return true;
    for (size_t i = 0; i < G_N_ELEMENTS(names) && !found; i++) {
        if (!names[i])
            continue;
        if (getpwnam_r(names[i], &entry, buffer, sizeof(buffer), &found) != 0 || !found) {
            if (i == 0) {
                error_set(error, VIR_ERR_CONF_SYNTAX, "swtpm_user of qemu.conf: there is no user '%s'", names[0]);
                return false;
            }
            continue;
        }
        *ret_uid = entry.pw_uid;
        *ret_gid = entry.pw_gid;
    }
    if (conf->swtpm_group) {
        struct group group, *known = NULL;

        if (getgrnam_r(conf->swtpm_group, &group, buffer, sizeof(buffer), &known) != 0 || !known) {
            error_set(error, VIR_ERR_CONF_SYNTAX, "swtpm_group of qemu.conf: there is no group '%s'", conf->swtpm_group);
            return false;
        }
        *ret_gid = group.gr_gid;
    }
    return true;
}

static bool
collect_facts(TpmFacts *f, GError **error)
{
    const Domain *doc = f->fds->doc;
    const Tpm *t = f->tpm;
    g_autofree char *storage = storage_path(doc->uuid);
    g_autofree char *logs = g_build_filename(guest_host.env.log_dir, "..", "swtpm", "libvirt", "qemu", NULL);
    g_autofree char *log_dir = guest_host.conf->privileged ? g_canonicalize_filename(logs, NULL)
                                                           : g_strdup(guest_host.conf->log_dir);

    if (!find_user(&f->uid, &f->gid, error))
        return false;
    if (!g_strcmp0(t->source_type, "file")) {
        f->dir = g_path_get_dirname(t->source_path);
        f->state = g_strdup_printf("backend-uri=file://%s", t->source_path);
        f->setup_state = g_strdup_printf("file://%s", t->source_path);
    } else {
        f->dir = t->source_path ? g_strdup(t->source_path)
                                : g_build_filename(storage, t->version == TPM_VERSION_1_2 ? "tpm1.2" : "tpm2", NULL);
        f->state = g_strdup_printf("dir=%s,mode=0600", f->dir);
        f->setup_state = g_strdup(f->dir);
    }
    /* The folders above are for looking a path up only. */
    if ((!t->source_path && !file_mkdir_p(storage, 0711, error)) || !file_mkdir_p(log_dir, 0711, error) ||
        !companion_make_dir(log_dir, 0730, f->uid, f->gid, error) || !companion_make_dir(f->dir, 0700, f->uid, f->gid, error))
        return false;
    f->log = g_strdup_printf("%s/%s-swtpm.log", log_dir, doc->name);
    if (t->encryption) {
        const SecretRef ref = { .type = DISK_SECRET_TYPE_VTPM };
        SecretRef by_uuid = ref;

        memcpy(by_uuid.uuid, t->encryption->secret, sizeof(by_uuid.uuid));
        if (!guest_backend_secret(f->fds, &by_uuid, &f->secret, &f->secret_len, error))
            return false;
    }
    return true;
}

/* The passphrase, to be read from the descriptor. */
static int
secret_pipe(const TpmFacts *f, GError **error)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) {
        error_set_errno(error, errno, "cannot make a pipe");
        return -1;
    }
    if (!file_write_all(ends[1], f->secret, f->secret_len, "a pipe for the TPM's passphrase", error))
        fd_close(&ends[0]);
    close(ends[1]);
    return ends[0];
}

static bool
run_setup(const TpmFacts *f, GPtrArray *argv, GError **error)
{
    autofd int key = f->secret ? secret_pipe(f, error) : -1;
    const ProcessFd fds[] = { { key, KEY_FD } };
    g_auto(ProcessResult) result = { 0 };
    ProcessSpec spec = {
        .fds = fds, .n_fds = f->secret ? 1 : 0, .uid = f->uid, .gid = f->gid,
        .set_ids = guest_host.conf->privileged && (f->uid != geteuid() || f->gid != getegid()),
    };

    if (f->secret) {
        g_autofree char *fd = g_strdup_printf("%d", KEY_FD);

        if (key < 0)
            return false;
        companion_add(argv, "--pwdfile-fd", fd);
        companion_add(argv, "--cipher", "aes-256-cbc");
    }
    companion_add(argv, "--tpm-state", f->setup_state);
    companion_add(argv, "--logfile", f->log);
    g_ptr_array_add(argv, NULL);
    spec.argv = (const char *const *)argv->pdata;
    if (!process_run_full(&spec, NULL, 0, CAPS_MAX, SETUP_DEADLINE, &result, error))
        return false;
    if (result.status == 0)
        return true;
    {
        g_autofree char *status = process_status_text(result.status);

        error_set(error, VIR_ERR_INTERNAL_ERROR, "Could not run swtpm_setup: it %s; see %s for details", status, f->log);
    }
    return false;
}

/* Does the folder, or file, hold a TPM already? */
static bool
is_made(const TpmFacts *f)
{
    g_autoptr(GDir) dir = NULL;

    if (!g_strcmp0(f->tpm->source_type, "file"))
        return access(f->tpm->source_path, F_OK) == 0;
    dir = g_dir_open(f->dir, 0, NULL);
    return dir && g_dir_read_name(dir);
}

static bool
make_state(const TpmFacts *f, GError **error)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
    const Domain *doc = f->fds->doc;
    char uuid[UUID_TEXT_LEN];
    g_autofree char *vmid = NULL;

    uuid_format(doc->uuid, uuid);
    vmid = g_strdup_printf("%s:%s", doc->name, uuid);
    companion_add(argv, "swtpm_setup", f->tpm->version == TPM_VERSION_1_2 ? NULL : "--tpm2");
    companion_add(argv, "--vmid", vmid);
    companion_add(argv, "--createek", "--create-ek-cert");
    companion_add(argv, "--create-platform-cert", "--lock-nvram");
    companion_add(argv, "--not-overwrite", NULL);
    return run_setup(f, argv, error);
}

static bool
set_banks(const TpmFacts *f, GError **error)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
    const PcrBanks *banks = f->tpm->active_pcr_banks;
    const char *names[5] = { NULL };
    g_autofree char *text = NULL;
    size_t n = 0;

    if (banks->sha1)
        names[n++] = "sha1";
    if (banks->sha256)
        names[n++] = "sha256";
    if (banks->sha384)
        names[n++] = "sha384";
    if (banks->sha512)
        names[n++] = "sha512";
    text = g_strjoinv(",", (char **)names);
    companion_add(argv, "swtpm_setup", "--tpm2");
    companion_add(argv, "--pcr-banks", text);
    companion_add(argv, "--reconfigure", NULL);
    return run_setup(f, argv, error);
}

static bool
prepare(const TpmFacts *f, GError **error)
{
    static const char *const programs[] = { "swtpm", "swtpm_setup" };

    for (size_t i = 0; i < G_N_ELEMENTS(programs); i++) {
        g_autofree char *path = g_find_program_in_path(programs[i]);

        if (!path) {
            error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "Unable to find '%s' in $PATH: install it, or use type 'external'",
                      programs[i]);
            return false;
        }
    }
    if (f->tpm->profile_source) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "the profile '%s' of a TPM is not supported: remove <profile>",
                  f->tpm->profile_source);
        return false;
    }
    return (is_made(f) || make_state(f, error)) && (!f->tpm->active_pcr_banks || set_banks(f, error));
}

bool
companion_tpm_start(GuestFds *fds, const Tpm *tpm, CommandService *service, GError **error)
{
    const QemuConf *conf = guest_host.conf;
    g_auto(TpmFacts) f = { .fds = fds, .tpm = tpm };
    g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *dir = g_path_get_dirname(service->path);
    g_autofree char *pid = companion_run_path(fds->guest, "swtpm", NULL, "-swtpm.pid");
    g_autofree char *control = g_strdup_printf("type=unixio,fd=%d", CONTROL_FD);
    g_autofree char *log = NULL;
    autofd int fd = -1, key = -1, migration_key = -1;
    ProcessFd given[3];
    size_t n = 0;

    if (!collect_facts(&f, error) || !prepare(&f, error) ||
        !companion_make_dir(dir, 0711, f.uid, conf->gid, error))
        return false;
    fd = guest_listen(service->path, error);
    if (fd < 0)
        return false;
    if (conf->privileged && chown(service->path, conf->uid, conf->gid) < 0) {
        error_set_errno(error, errno, "cannot give '%s' to the user that guests run as", service->path);
        return false;
    }
    given[n++] = (ProcessFd){ fd, CONTROL_FD };
    log = tpm->has_debug ? g_strdup_printf("file=%s,level=%u", f.log, tpm->debug) : g_strdup_printf("file=%s", f.log);
    companion_add(argv, "swtpm", "socket");
    companion_add(argv, "--ctrl", control);
    companion_add(argv, "--tpmstate", f.state);
    companion_add(argv, "--log", log);
    companion_add(argv, "--terminate", tpm->version == TPM_VERSION_1_2 ? NULL : "--tpm2");
    if (f.secret) {
        g_autofree char *one = g_strdup_printf("pwdfd=%d,mode=aes-256-cbc", KEY_FD);
        g_autofree char *other = g_strdup_printf("pwdfd=%d,mode=aes-256-cbc", MIGRATION_KEY_FD);

        key = secret_pipe(&f, error);
        migration_key = key < 0 ? -1 : secret_pipe(&f, error);
        if (migration_key < 0)
            return false;
        given[n++] = (ProcessFd){ key, KEY_FD };
        given[n++] = (ProcessFd){ migration_key, MIGRATION_KEY_FD };
        companion_add(argv, "--key", one);
        companion_add(argv, "--migration-key", other);
    }
    g_ptr_array_add(argv, NULL);

    const CompanionSpec spec = { .what = "swtpm", .argv = (const char *const *)argv->pdata, .fds = given, .n_fds = n,
                                 .pid_path = pid, .log_path = f.log, .set_ids = true, .uid = f.uid, .gid = f.gid };

    return companion_spawn(fds->guest, &spec, error);
}

void
companion_tpm_find(Guest *guest, const Domain *doc)
{
    g_autofree char *pid = companion_run_path(guest, "swtpm", NULL, "-swtpm.pid");
    g_autofree char *log = g_strdup_printf("%s/../swtpm/libvirt/qemu/%s-swtpm.log", guest_host.env.log_dir, doc->name);

    if (emulated_tpm(doc))
        companion_adopt(guest, "swtpm", pid, log, "swtpm");
}

static bool
remove_state(const uint8_t uuid[16], GError **error)
{
    g_autofree char *path = storage_path(uuid);

    return file_remove_tree(path, error);
}

void
companion_tpm_end(Guest *guest, const Domain *doc)
{
    const Tpm *tpm = emulated_tpm(doc);
    g_autofree char *socket = companion_run_path(guest, "swtpm", NULL, "-swtpm.sock");
    g_autoptr(GError) error = NULL;

    if (!tpm)
        return;
    unlink(socket);
    /* A transient guest takes its TPM along. */
    if (!object_is_persistent(&guest->vm.object) && tpm->persistent_state != YESNO_YES && !remove_state(doc->uuid, &error))
        log_gerror(error, "while removing the TPM of '%s'", doc->name);
}

bool
companion_undefine(Vm *vm, uint32_t flags, GError **error)
{
    g_autoptr(Def) def = NULL;
    const Tpm *tpm;
    bool keep;

    if ((flags & VIR_DOMAIN_UNDEFINE_TPM) && (flags & VIR_DOMAIN_UNDEFINE_KEEP_TPM)) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "cannot both keep and delete TPM");
        return false;
    }
    def = object_config(&vm->object, error);
    if (!def)
        return false;
    tpm = emulated_tpm(def->doc);
    keep = tpm && tpm->persistent_state == YESNO_YES ? !(flags & VIR_DOMAIN_UNDEFINE_TPM) : flags & VIR_DOMAIN_UNDEFINE_KEEP_TPM;
    /* A guest that still runs has its TPM; it ends as a transient one. */
    return keep || !tpm || object_is_active(&vm->object) || remove_state(vm->object.uuid, error);
}
