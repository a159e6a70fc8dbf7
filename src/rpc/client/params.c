/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* params.c - typed parameters to and from the wire. */
#define ERROR_FROM VIR_FROM_RPC
#include "rpc/client/params.h"

#include <string.h>

#include "util/error.h"

bool
params_fill(virTypedParameterPtr param, const WireTypedParam *record, GError **error)
{
    const WireTypedParamValue *value = &record->value;

    memset(param, 0, sizeof(*param));
    if (strlen(record->field) >= sizeof(param->field)) {
        error_set_full(error, VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR,
                       "parameter %s too big for destination", record->field);
        return false;
    }
    g_strlcpy(param->field, record->field, sizeof(param->field));
    param->type = value->type;
    switch (value->type) {
    case VIR_TYPED_PARAM_INT:
        param->value.i = value->i;
        return true;
    case VIR_TYPED_PARAM_UINT:
        param->value.ui = value->ui;
        return true;
    case VIR_TYPED_PARAM_LLONG:
        param->value.l = value->l;
        return true;
    case VIR_TYPED_PARAM_ULLONG:
        param->value.ul = value->ul;
        return true;
    case VIR_TYPED_PARAM_DOUBLE:
        param->value.d = value->d;
        return true;
    case VIR_TYPED_PARAM_BOOLEAN:
        param->value.b = (char)value->b;
        return true;
    case VIR_TYPED_PARAM_STRING:
        param->value.s = g_strdup(value->s);
        return true;
    default:
        error_set(error, VIR_ERR_RPC, "parameter '%s' has the unknown type %d", record->field,
                  value->type);
        return false;
    }
}

virTypedParameterPtr
params_from_wire(const WireTypedParam *records, uint32_t n)
{
    virTypedParameterPtr params = n ? g_new0(virTypedParameter, n) : NULL;

    for (uint32_t i = 0; i < n; i++) {
        g_autoptr(GError) ignored = NULL; /* what cannot be held stays an entry without type */

        params_fill(&params[i], &records[i], &ignored);
    }
    return params;
}

void
params_to_wire(const virTypedParameter *param, WireTypedParam *record)
{
    WireTypedParamValue *value = &record->value;

    record->field = (char *)param->field;
    value->type = param->type;
    switch (param->type) {
    case VIR_TYPED_PARAM_INT:
        value->i = param->value.i;
        break;
    case VIR_TYPED_PARAM_UINT:
        value->ui = param->value.ui;
        break;
    case VIR_TYPED_PARAM_LLONG:
        value->l = param->value.l;
        break;
    case VIR_TYPED_PARAM_ULLONG:
        value->ul = param->value.ul;
        break;
    case VIR_TYPED_PARAM_DOUBLE:
        value->d = param->value.d;
        break;
    case VIR_TYPED_PARAM_BOOLEAN:
        value->b = param->value.b != 0;
        break;
    case VIR_TYPED_PARAM_STRING:
        value->s = param->value.s ? param->value.s : (char *)"";
        break;
    default:
        break;
    }
}

virTypedParameterPtr
params_lookup(virTypedParameterPtr params, int nparams, const char *name)
{
    for (int i = 0; i < nparams; i++) {
        if (strncmp(params[i].field, name, sizeof(params[i].field)) == 0)
            return &params[i];
    }
    return NULL;
}

void
params_reset(virTypedParameterPtr params, int nparams)
{
    for (int i = 0; params && i < nparams; i++) {
        if (params[i].type == VIR_TYPED_PARAM_STRING)
            g_clear_pointer(&params[i].value.s, g_free);
    }
}

void
params_free(virTypedParameterPtr params, int nparams)
{
    params_reset(params, nparams);
    g_free(params);
}
