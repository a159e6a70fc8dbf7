/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* command_backend.c - devices with something behind them that is no disk, network or character device
 *
 * TPMs, smart cards, random numbers, shared memory, vsock, cryptography, and the object that keeps the host out.
 */
#define ERROR_FROM VIR_FROM_QEMU
#include <string.h>

#include "drivers/qemu/command/command.h"
#include "util/error.h"

/* ---- TPM --------------------------------------------------------------------- */

static bool
add_passthrough_tpm(Command *command, const Tpm *t, GError **error)
{
    const CommandHost *host = command->host;
    const char *path = t->device_path ? t->device_path : "/dev/tpm0";
    int tpm, cancel;

    if (!host->open_tpm) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "TPM '%s': devices of the host cannot be opened here", t->info.alias);
        return false;
    }
    tpm = command_fdset(command, host->open_tpm(host->data, path, false, error), t->info.alias, "tpm", error);
    if (tpm < 0)
        return false;
    cancel = command_fdset(command, host->open_tpm(host->data, path, true, error), t->info.alias, "cancel", error);
    if (cancel < 0)
        return false;
    command_addf(command, "-tpmdev", "passthrough,id=tpm-%s,path=/dev/fdset/%d,cancel-path=/dev/fdset/%d", t->info.alias, tpm,
                 cancel);
    return true;
}

static bool
add_emulated_tpm(Command *command, const Tpm *t, GError **error)
{
    CommandService service = { NULL, -1 };
    g_autofree char *path = NULL;
    g_autofree char *owned = NULL;

    if (t->type == TPM_BACKEND_EXTERNAL) {
        path = command_escape(t->socket.path);
    } else {
        if (!command_helper(command, COMMAND_HELPER_SWTPM, t->info.alias, t, &service, error))
            return false;
        owned = service.path;
        path = command_escape(owned);
    }
    command_addf(command, "-chardev", "socket,id=chrtpm,path=%s", path);
    command_addf(command, "-tpmdev", "emulator,id=tpm-%s,chardev=chrtpm", t->info.alias);
    return true;
}

bool
command_tpms(Command *command, GError **error)
{
    for (size_t i = 0; i < list_len(command->def->tpms); i++) {
        const Tpm *t = list_at(command->def->tpms, i);
        g_autofree char *id = g_strdup_printf("tpm-%s", t->info.alias);
        Json *device;

        if (!g_strcmp0(t->model, "spapr-tpm-proxy")) {
            device = command_new(t->model);
            json_add_string(device, "id", t->info.alias);
            json_add_string(device, "host-path", t->device_path ? t->device_path : "/dev/tpmrm0");
        } else {
            if (!(t->type == TPM_BACKEND_PASSTHROUGH ? add_passthrough_tpm : add_emulated_tpm)(command, t, error))
                return false;
            /* Boards without an ISA bus map its registers elsewhere. */
            device = command_new(!g_strcmp0(t->model, "tpm-tis") && !device_is_x86(command->def) ? "tpm-tis-device" : t->model);
            json_add_string(device, "tpmdev", id);
            json_add_string(device, "id", t->info.alias);
        }
        if (!command_place_device(command, device, &t->info, error))
            return false;
    }
    return true;
}

/* ---- smart cards ------------------------------------------------------------- */

bool
command_smartcards(Command *command, GError **error)
{
    for (size_t i = 0; i < list_len(command->def->smartcards); i++) {
        Smartcard *s = list_at(command->def->smartcards, i);
        Json *device;

        if (s->mode == SMARTCARD_MODE_PASSTHROUGH) {
            g_autofree char *id = g_strconcat("char", s->info.alias, NULL);

            if (!command_chardev(command, &s->source, s->info.alias, error))
                return false;
            device = command_new("ccid-card-passthru");
            json_add_string(device, "chardev", id);
        } else {
            bool certificates = s->mode == SMARTCARD_MODE_HOST_CERTIFICATES;

            device = command_new("ccid-card-emulated");
            json_add_string(device, "backend", certificates ? "certificates" : "nss-emulated");
            for (size_t c = 0; certificates && c < list_len(s->certificates); c++) {
                g_autofree char *key = g_strdup_printf("cert%zu", c + 1);

                json_add_string(device, key, list_at(s->certificates, c));
            }
            if (certificates)
                json_add_string(device, "db", s->database ? s->database : "/etc/pki/nssdb");
        }
        json_add_string(device, "id", s->info.alias);
        if (!command_place_device(command, device, &s->info, error))
            return false;
    }
    return true;
}

/* ---- random numbers ------------------------------------------------------------ */

bool
command_rngs(Command *command, GError **error)
{
    static const char *const objects[] = {
        [RNG_MODEL_RANDOM] = "rng-random", [RNG_MODEL_EGD] = "rng-egd", [RNG_MODEL_BUILTIN] = "rng-builtin",
    };

    for (size_t i = 0; i < list_len(command->def->rngs); i++) {
        Rng *r = list_at(command->def->rngs, i);
        g_autofree char *object = g_strdup_printf("obj%s", r->info.alias);
        g_autofree char *chardev = g_strdup_printf("char%s", r->info.alias);
        g_autofree char *driver = command_virtio_driver("virtio-rng", r->model, &r->info);
        Json *json;

        if (!command_wants(command, r))
            continue;
        if (r->backend == RNG_MODEL_EGD && !command_chardev(command, &r->source, r->info.alias, error))
            return false;
        json = json_new_object();
        json_add_string(json, "qom-type", objects[r->backend]);
        json_add_string(json, "id", object);
        if (r->backend == RNG_MODEL_RANDOM)
            json_add_string(json, "filename", r->path ? r->path : "/dev/urandom");
        if (r->backend == RNG_MODEL_EGD)
            json_add_string(json, "chardev", chardev);
        command_add_json(command, "-object", json);
        json = command_new(driver);
        json_add_string(json, "rng", object);
        json_add_string(json, "id", r->info.alias);
        if (r->rate_bytes) {
            json_add_uint64(json, "max-bytes", r->rate_bytes);
            json_add_uint64(json, "period", r->rate_period ? r->rate_period : 1000);
        }
        command_virtio(json, r->iommu, r->ats, r->packed, r->page_per_vq);
        if (!command_place_device(command, json, &r->info, error))
            return false;
    }
    return true;
}

/* ---- shared memory -------------------------------------------------------------- */

static bool
add_plain_shmem(Command *command, const Shmem *s, GError **error)
{
    g_autofree char *backend = g_strdup_printf("shmmem-%s", s->info.alias);
    g_autofree char *path = g_strdup_printf("/dev/shm/%s", s->name);
    Json *json = json_new_object();

    json_add_string(json, "qom-type", "memory-backend-file");
    json_add_string(json, "id", backend);
    json_add_string(json, "mem-path", path);
    json_add_uint64(json, "size", s->size ? s->size : 4 << 20);
    json_add_bool(json, "share", true);
    command_add_json(command, "-object", json);
    json = command_new(s->model);
    json_add_string(json, "id", s->info.alias);
    json_add_string(json, "memdev", backend);
    if (s->role != SHMEM_ROLE_UNSET)
        json_add_string(json, "master", s->role == SHMEM_ROLE_MASTER ? "on" : "off");
    return command_place_device(command, json, &s->info, error);
}

/* One with interrupts, from a server. */
static bool
add_shmem_client(Command *command, const Shmem *s, GError **error)
{
    g_autofree char *id = g_strdup_printf("char%s", s->info.alias);
    g_autofree char *usual = g_strdup_printf("/var/lib/libvirt/shmem-%s-sock", s->name);
    CharSource source = { .type = CHAR_TYPE_UNIX, .mode = CHAR_MODE_CONNECT, .path = s->server_path ? s->server_path : usual };
    Json *device = command_new(s->model);

    json_add_string(device, "id", s->info.alias);
    json_add_string(device, "chardev", id);
    if (s->has_msi_vectors)
        json_add_uint64(device, "vectors", s->msi_vectors);
    json_add_bool(device, "ioeventfd", s->msi_ioeventfd != ONOFF_OFF);
    return command_place_device(command, device, &s->info, error) &&
           command_chardev(command, &source, s->info.alias, error);
}

bool
command_shmems(Command *command, GError **error)
{
    for (size_t i = 0; i < list_len(command->def->shmems); i++) {
        const Shmem *s = list_at(command->def->shmems, i);

        if (!command_wants(command, s))
            continue;
        if (!g_strcmp0(s->model, "ivshmem-plain") ? !add_plain_shmem(command, s, error)
            : !g_strcmp0(s->model, "ivshmem-doorbell")
                ? !add_shmem_client(command, s, error)
                : (error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "ivshmem device is not supported with this QEMU binary: use "
                             "ivshmem-plain or ivshmem-doorbell"), true))
            return false;
    }
    return true;
}

/* ---- sockets to the host ---------------------------------------------------------- */

bool
command_vsock(Command *command, GError **error)
{
    const Vsock *v = command->def->vsock;
    unsigned cid = v ? v->cid_address : 0;
    g_autofree char *driver = NULL;
    g_autofree char *text = NULL;
    Json *device;
    int fd;

    if (!v)
        return true;
    fd = command->host->open_vsock(command->host->data, v->cid_auto == YESNO_YES, &cid, error);
    if (fd < 0)
        return false;
    command->def->vsock->cid_address = cid;
    driver = command_virtio_driver("vhost-vsock", v->model, &v->info);
    text = g_strdup_printf("%d", fd);
    device = command_new(driver);
    command_virtio(device, v->iommu, v->ats, v->packed, v->page_per_vq);
    json_add_string(device, "id", v->info.alias);
    json_add_uint64(device, "guest-cid", cid);
    json_add_string(device, "vhostfd", text);
    return command_place_device(command, device, &v->info, error);
}

/* ---- cryptography ------------------------------------------------------------------ */

bool
command_cryptos(Command *command, GError **error)
{
    for (size_t i = 0; i < list_len(command->def->cryptos); i++) {
        const Crypto *c = list_at(command->def->cryptos, i);
        g_autofree char *object = g_strdup_printf("obj%s", c->info.alias);
        g_autofree char *type = g_strdup_printf("cryptodev-backend-%s", c->backend ? c->backend : "builtin");
        g_autofree char *driver = command_virtio_driver("virtio-crypto", c->model, &c->info);
        Json *json = json_new_object();

        json_add_string(json, "qom-type", type);
        json_add_string(json, "id", object);
        if (c->backend_queues)
            json_add_uint64(json, "queues", c->backend_queues);
        command_add_json(command, "-object", json);
        json = command_new(driver);
        command_virtio(json, c->iommu, c->ats, c->packed, c->page_per_vq);
        json_add_string(json, "cryptodev", object);
        json_add_string(json, "id", c->info.alias);
        if (!command_place_device(command, json, &c->info, error))
            return false;
    }
    return true;
}

/* ---- records of crashes -------------------------------------------------------------- */

bool
command_pstore(Command *command, GError **error)
{
    const Pstore *p = command->def->pstore;
    const char *alias = p && p->info.alias ? p->info.alias : "pstore0";
    g_autofree char *backend = g_strdup_printf("mem%s", alias);
    Json *json;

    if (!p)
        return true;
    if (!p->info.address || !p->path || !p->size) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "<pstore> needs a <path>, a <size> and an <address>");
        return false;
    }
    json = json_new_object();
    json_add_string(json, "qom-type", "memory-backend-file");
    json_add_string(json, "id", backend);
    json_add_string(json, "mem-path", p->path);
    json_add_uint64(json, "size", p->size * 1024);
    json_add_bool(json, "share", true);
    command_add_json(command, "-object", json);
    json = command_new("acpi-erst");
    json_add_string(json, "id", alias);
    json_add_string(json, "memdev", backend);
    return command_place_device(command, json, &p->info, error);
}

/* ---- guests that do not trust the host ----------------------------------------------- */

static Json *
new_sev(const Command *command, const LaunchSecurity *l)
{
    const struct {
        const char *value, *key, *file;
    } files[] = { { l->dh_cert, "dh-cert-file", "dh_cert.base64" }, { l->session, "session-file", "session.base64" } };
    Json *json = json_new_object();

    json_add_string(json, "qom-type", "sev-guest");
    json_add_string(json, "id", "lsec0");
    json_add_uint64(json, "cbitpos", l->cbitpos);
    json_add_uint64(json, "reduced-phys-bits", l->reduced_phys_bits);
    json_add_uint64(json, "policy", l->policy);
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_build_filename(command->dir, files[i].file, NULL);

        if (files[i].value)
            json_add_string(json, files[i].key, path);
    }
    if (l->kernel_hashes != YESNO_UNSET)
        json_add_bool(json, "kernel-hashes", l->kernel_hashes == YESNO_YES);
    return json;
}

static Json *
new_sev_snp(const LaunchSecurity *l)
{
    Json *json = json_new_object();

    json_add_string(json, "qom-type", "sev-snp-guest");
    json_add_string(json, "id", "lsec0");
    json_add_uint64(json, "cbitpos", l->cbitpos);
    json_add_uint64(json, "reduced-phys-bits", l->reduced_phys_bits);
    if (l->kernel_hashes != YESNO_UNSET)
        json_add_bool(json, "kernel-hashes", l->kernel_hashes == YESNO_YES);
    json_add_uint64(json, "policy", l->snp_policy);
    json_add_string(json, "guest-visible-workarounds", l->guest_visible_workarounds);
    json_add_string(json, "id-block", l->id_block);
    json_add_string(json, "id-auth", l->id_auth);
    json_add_string(json, "host-data", l->host_data);
    if (l->author_key != YESNO_UNSET)
        json_add_bool(json, "author-key-enabled", l->author_key == YESNO_YES);
    if (l->vcek != YESNO_UNSET)
        json_add_bool(json, "vcek-disabled", l->vcek == YESNO_NO);
    return json;
}

bool
command_launch_security(Command *command, GError **error)
{
    const LaunchSecurity *l = command->def->launch_security;
    Json *json = NULL;

    if (!l)
        return true;
    switch (l->type) {
    case LAUNCH_TYPE_SEV:
        json = new_sev(command, l);
        break;
    case LAUNCH_TYPE_SEV_SNP:
        json = new_sev_snp(l);
        break;
    case LAUNCH_TYPE_S390_PV:
        json = json_new_object();
        json_add_string(json, "qom-type", "s390-pv-guest");
        json_add_string(json, "id", "lsec0");
        break;
    default:
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "launch security type '%s' is not supported",
                  launch_type_words[l->type]);
        return false;
    }
    command_add_json(command, "-object", json);
    return true;
}
