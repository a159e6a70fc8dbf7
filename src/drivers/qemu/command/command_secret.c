/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* command_secret.c - objects that carry secrets, and credentials of TLS
 *
 * A command line can be read by everybody, so secrets on it are encrypted with the guest's master key, which QEMU
 * reads from a file.
 */
#define ERROR_FROM VIR_FROM_QEMU
#include <string.h>

#include "drivers/qemu/command/command.h"
#include "util/crypto.h"
#include "util/error.h"
#include "util/uuid.h"

bool
command_secret_text(Command *command, const char *id, const void *data, size_t len, GError **error)
{
    const CommandHost *host = command->host;
    uint8_t iv[CRYPTO_IV_LEN];
    g_autofree uint8_t *bytes = NULL;
    g_autofree char *text = NULL;
    g_autofree char *iv_text = NULL;
    size_t n;
    Json *json;

    if (!command->master_key) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "'%s' needs a secret, and the guest has no master key", id);
        return false;
    }
    if (!(host->random ? host->random(host->data, iv, sizeof(iv), error) : crypto_random(iv, sizeof(iv), error)) ||
        !crypto_encrypt(command->master_key, iv, data, len, &bytes, &n, error))
        return false;
    text = g_base64_encode(bytes, n);
    iv_text = g_base64_encode(iv, sizeof(iv));
    json = json_new_object();
    json_add_string(json, "qom-type", "secret");
    json_add_string(json, "id", id);
    json_add_string(json, "data", text);
    json_add_string(json, "keyid", "masterKey0");
    json_add_string(json, "iv", iv_text);
    json_add_string(json, "format", "base64");
    command_add_json(command, "-object", json);
    return true;
}

bool
command_secret(Command *command, const char *id, const SecretRef *ref, GError **error)
{
    g_autofree uint8_t *data = NULL;
    size_t len = 0;
    bool ok;

    if (!command->host->secret) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "'%s' needs a secret, and there is nobody to ask for it", id);
        return false;
    }
    if (!command->host->secret(command->host->data, ref, &data, &len, error))
        return false;
    ok = command_secret_text(command, id, data, len, error);
    crypto_wipe(data, len);
    return ok;
}

bool
command_tls(Command *command, const CommandTls *tls, GError **error)
{
    SecretRef ref = { .type = DISK_SECRET_TYPE_UNSET };
    Json *json;

    if (tls->secret_uuid) {
        if (!uuid_parse(tls->secret_uuid, ref.uuid)) {
            error_set(error, VIR_ERR_CONF_SYNTAX, "malformed UUID '%s' of the secret for TLS in qemu.conf", tls->secret_uuid);
            return false;
        }
        if (!command_secret(command, tls->secret_id, &ref, error))
            return false;
    }
    json = json_new_object();
    json_add_string(json, "qom-type", "tls-creds-x509");
    json_add_string(json, "id", tls->id);
    json_add_string(json, "dir", tls->dir);
    json_add_string(json, "endpoint", tls->server ? "server" : "client");
    json_add_bool(json, "verify-peer", tls->verify);
    if (tls->secret_uuid)
        json_add_string(json, "passwordid", tls->secret_id);
    command_add_json(command, "-object", json);
    return true;
}
