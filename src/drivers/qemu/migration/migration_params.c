/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* migration_params.c - parameters of migration: what QEMU tells, what is kept in status files, what it is told. */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/migration/migration_params.h"

#include <string.h>

#include "util/error.h"
#include "util/text.h"

/* The order is that of status files. */
static const struct {
    const char *name;
    json_type type;
} known[] = {
    { "compress-level", json_type_int },
    { "compress-threads", json_type_int },
    { "decompress-threads", json_type_int },
    { "cpu-throttle-initial", json_type_int },
    { "cpu-throttle-increment", json_type_int },
    { "tls-creds", json_type_string },
    { "tls-hostname", json_type_string },
    { "max-bandwidth", json_type_int },
    { "downtime-limit", json_type_int },
    { "block-incremental", json_type_boolean },
    { "xbzrle-cache-size", json_type_int },
    { "max-postcopy-bandwidth", json_type_int },
    { "multifd-channels", json_type_int },
    { "multifd-compression", json_type_string },
    { "multifd-zlib-level", json_type_int },
    { "multifd-zstd-level", json_type_int },
    { "avail-switchover-bandwidth", json_type_int },
    { "zero-page-detection", json_type_string },
};

Json *
migration_params_from_reply(Json *reply, GError **error)
{
    g_autoptr(Json) params = json_new_object();

    for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
        Json *value = NULL;

        if (!json_object_object_get_ex(reply, known[i].name, &value))
            continue;
        if (!json_object_is_type(value, known[i].type)) {
            error_set(error, VIR_ERR_INTERNAL_ERROR, "QEMU's migration parameter '%s' is of type %s, expected %s",
                      known[i].name, json_type_to_name(json_object_get_type(value)), json_type_to_name(known[i].type));
            return NULL;
        }
        json_add(params, known[i].name, json_ref(value));
    }
    return g_steal_pointer(&params);
}

MigrationParams *
migration_params_to_xml(Json *params)
{
    MigrationParams *xml = xml_new(&migration_params_xml);

    xml->params = g_ptr_array_new();
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
        MigrationParam *param;
        Json *value = NULL;

        if (!json_object_object_get_ex(params, known[i].name, &value))
            continue;
        param = xml_new(&migration_param_xml);
        param->name = g_strdup(known[i].name);
        if (known[i].type == json_type_boolean)
            param->value = g_strdup(json_object_get_boolean(value) ? "yes" : "no");
        else
            param->value = g_strdup(json_object_get_string(value));
        g_ptr_array_add(xml->params, param);
    }
    return xml;
}

static bool
add_value(Json *params, const MigrationParam *param, json_type type)
{
    uint64_t number;

    switch (type) {
    case json_type_int:
        if (!text_parse_uint64(param->value, 10, &number))
            return false;
        json_add_uint64(params, param->name, number);
        return true;
    case json_type_boolean:
        if (strcmp(param->value, "yes") && strcmp(param->value, "no"))
            return false;
        json_add_bool(params, param->name, !strcmp(param->value, "yes"));
        return true;
    default:
        json_add_string(params, param->name, param->value);
        return true;
    }
}

Json *
migration_params_from_xml(const MigrationParams *xml, GError **error)
{
    g_autoptr(Json) params = json_new_object();

    for (guint i = 0; xml->params && i < xml->params->len; i++) {
        const MigrationParam *param = xml->params->pdata[i];
        size_t at = 0;

        while (at < G_N_ELEMENTS(known) && strcmp(known[at].name, param->name))
            at++;
        if (at == G_N_ELEMENTS(known)) {
            error_set(error, VIR_ERR_INTERNAL_ERROR, "unknown migration parameter '%s'", param->name);
            return NULL;
        }
        if (!add_value(params, param, known[at].type)) {
            error_set(error, VIR_ERR_INTERNAL_ERROR, "invalid value '%s' of migration parameter '%s', expected %s",
                      param->value, param->name, json_type_to_name(known[at].type));
            return NULL;
        }
    }
    return g_steal_pointer(&params);
}
