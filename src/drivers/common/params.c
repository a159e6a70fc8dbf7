/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* params.c - typed parameters: building, checking, reading */
#define ERROR_FROM VIR_FROM_NONE
#include "drivers/common/params.h"

#include <libvirt/libvirt.h>
#include <string.h>

#include "util/error.h"

static const char *const type_names[] = { "unset",  "int",    "uint",    "llong",
                                          "ullong", "double", "boolean", "string" };

static void
param_clear(void *data)
{
    WireTypedParam *param = data;

    g_free(param->field);
    if (param->value.type == VIR_TYPED_PARAM_STRING)
        g_free(param->value.s);
}

void
params_clear(Params *params)
{
    g_clear_pointer(&params->array, g_array_unref);
}

static WireTypedParamValue *
append(Params *params, const char *name, int type)
{
    WireTypedParam param = { .field = g_strdup(name), .value = { .type = type } };

    if (!params->array) {
        params->array = g_array_new(FALSE, TRUE, sizeof(WireTypedParam));
        g_array_set_clear_func(params->array, param_clear);
    }
    g_array_append_val(params->array, param);
    return &g_array_index(params->array, WireTypedParam, params->array->len - 1).value;
}

void
params_add_int(Params *params, const char *name, int value)
{
    append(params, name, VIR_TYPED_PARAM_INT)->i = value;
}

void
params_add_uint(Params *params, const char *name, unsigned value)
{
    append(params, name, VIR_TYPED_PARAM_UINT)->ui = value;
}

void
params_add_llong(Params *params, const char *name, int64_t value)
{
    append(params, name, VIR_TYPED_PARAM_LLONG)->l = value;
}

void
params_add_ullong(Params *params, const char *name, uint64_t value)
{
    append(params, name, VIR_TYPED_PARAM_ULLONG)->ul = value;
}

void
params_add_double(Params *params, const char *name, double value)
{
    append(params, name, VIR_TYPED_PARAM_DOUBLE)->d = value;
}

void
params_add_bool(Params *params, const char *name, bool value)
{
    append(params, name, VIR_TYPED_PARAM_BOOLEAN)->b = value;
}

void
params_add_string(Params *params, const char *name, const char *value)
{
    append(params, name, VIR_TYPED_PARAM_STRING)->s = g_strdup(value ? value : "");
}

size_t
params_count(const Params *params)
{
    return params->array ? params->array->len : 0;
}

void
params_take(Params *params, uint32_t *ret_n, WireTypedParam **ret_params)
{
    *ret_n = (uint32_t)params_count(params);
    *ret_params = NULL;
    if (params->array) {
        g_array_set_clear_func(params->array, NULL); /* strings go with the records */
        *ret_params =
            (WireTypedParam *)(void *)g_array_free(g_steal_pointer(&params->array), FALSE);
    }
}

void
params_lend(const Params *params, uint32_t *ret_n, WireTypedParam **ret_params)
{
    *ret_n = (uint32_t)params_count(params);
    *ret_params = params->array ? (WireTypedParam *)(void *)params->array->data : NULL;
}

void
params_finish(Params *params, int wanted, uint32_t *ret_n, WireTypedParam **ret_params,
              int32_t *ret_count)
{
    size_t count = params_count(params);

    if (wanted <= 0) {
        *ret_count = (int32_t)count;
        return;
    }
    if (count > (size_t)wanted)
        g_array_set_size(params->array, (guint)wanted);
    params_take(params, ret_n, ret_params);
    *ret_count = (int32_t)*ret_n;
}

bool
params_check(const WireTypedParam *params, uint32_t n, const ParamSpec *specs, GError **error)
{
    for (uint32_t i = 0; i < n; i++) {
        const WireTypedParam *param = &params[i];
        const ParamSpec *spec = specs;

        while (spec->name && strcmp(spec->name, param->field) != 0)
            spec++;
        if (!spec->name) {
            error_set(error, VIR_ERR_ARGUMENT_UNSUPPORTED, "parameter '%s' not supported",
                      param->field);
            return false;
        }
        if (param->value.type != spec->type) {
            int type = param->value.type;

            error_set(
                error, VIR_ERR_INVALID_ARG, "invalid type '%s' for parameter '%s', expected '%s'",
                type > 0 && type < (int)G_N_ELEMENTS(type_names) ? type_names[type] : "unknown",
                param->field, type_names[spec->type]);
            return false;
        }
        if (params_find(params, i, param->field)) {
            error_set(error, VIR_ERR_INVALID_ARG, "parameter '%s' occurs multiple times",
                      param->field);
            return false;
        }
    }
    return true;
}

const WireTypedParam *
params_find(const WireTypedParam *params, uint32_t n, const char *name)
{
    for (uint32_t i = 0; i < n; i++) {
        if (strcmp(params[i].field, name) == 0)
            return &params[i];
    }
    return NULL;
}

#define AT(type, base, offset) ((type *)((char *)(base) + (offset)))

void
params_from_members(Params *params, const ParamMember *members, const void *base)
{
    for (const ParamMember *m = members; m->name; m++) {
        bool set = !m->has || *AT(bool, base, m->has);

        switch (m->type) {
        case VIR_TYPED_PARAM_INT:
            params_add_int(params, m->name, set ? *AT(int, base, m->offset) : (int)m->unset);
            break;
        case VIR_TYPED_PARAM_UINT:
            params_add_uint(params, m->name,
                            set ? *AT(unsigned, base, m->offset) : (unsigned)m->unset);
            break;
        case VIR_TYPED_PARAM_LLONG:
            params_add_llong(params, m->name,
                             set ? *AT(int64_t, base, m->offset) : (int64_t)m->unset);
            break;
        case VIR_TYPED_PARAM_ULLONG:
            params_add_ullong(params, m->name, set ? *AT(uint64_t, base, m->offset) : m->unset);
            break;
        case VIR_TYPED_PARAM_STRING:
            params_add_string(params, m->name, *AT(char *, base, m->offset));
            break;
        default:
            g_assert_not_reached();
        }
    }
}

void
params_to_members(const WireTypedParam *params, uint32_t n, const ParamMember *members, void *base)
{
    for (const ParamMember *m = members; m->name; m++) {
        const WireTypedParam *param = params_find(params, n, m->name);
        uint64_t number = 0;

        if (!param)
            continue;
        switch (m->type) {
        case VIR_TYPED_PARAM_INT:
            number = (uint64_t)param->value.i;
            *AT(int, base, m->offset) = param->value.i;
            break;
        case VIR_TYPED_PARAM_UINT:
            number = param->value.ui;
            *AT(unsigned, base, m->offset) = param->value.ui;
            break;
        case VIR_TYPED_PARAM_LLONG:
            number = (uint64_t)param->value.l;
            *AT(int64_t, base, m->offset) = param->value.l;
            break;
        case VIR_TYPED_PARAM_ULLONG:
            number = param->value.ul;
            *AT(uint64_t, base, m->offset) = param->value.ul;
            break;
        case VIR_TYPED_PARAM_STRING:
            g_free(*AT(char *, base, m->offset));
            *AT(char *, base, m->offset) = *param->value.s ? g_strdup(param->value.s) : NULL;
            continue;
        default:
            g_assert_not_reached();
        }
        if (m->has)
            *AT(bool, base, m->has) = number != m->unset;
    }
}

bool
params_check_members(const WireTypedParam *params, uint32_t n, const ParamMember *members,
                     GError **error)
{
    g_autoptr(GArray) specs = g_array_new(TRUE, TRUE, sizeof(ParamSpec));

    for (const ParamMember *m = members; m->name; m++) {
        ParamSpec spec = { m->name, m->type };

        if (!m->read_only)
            g_array_append_val(specs, spec);
    }
    return params_check(params, n, (const ParamSpec *)(void *)specs->data, error);
}
