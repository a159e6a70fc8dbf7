/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* api-params.c - typed parameters as applications make and read them
 *
 * The value types share one adder and one getter; the public functions are a line each.
 */
#define ERROR_FROM VIR_FROM_NONE
#include <limits.h>
#include <string.h>

#include "rpc/client/last-error.h"
#include "rpc/client/params.h"
#include "util/error.h"
#include "util/text.h"

#pragma GCC visibility push(default)

static const char *const type_names[] = { "unknown", "int",    "uint",    "llong",
                                          "ullong",  "double", "boolean", "string" };

static const char *
type_name(int type)
{
    return type > 0 && type < (int)G_N_ELEMENTS(type_names) ? type_names[type] : type_names[0];
}

static int
fail(GError *error)
{
    last_error_raise(NULL, error);
    return -1;
}

/* A new parameter at the end of the array, without value; NULL with the error raised. */
static virTypedParameterPtr
grow(virTypedParameterPtr *params, int *nparams, int *maxparams, const char *name, int type)
{
    virTypedParameterPtr param;
    GError *error = NULL;

    last_error_reset();
    if (!params || !nparams || !maxparams || !name || *nparams < 0 || *nparams == INT_MAX)
        error_set(&error, VIR_ERR_INVALID_ARG, "array of parameters or name is missing");
    else if (strlen(name) >= VIR_TYPED_PARAM_FIELD_LENGTH)
        error_set(&error, VIR_ERR_INVALID_ARG, "name of parameter '%s' is longer than %d bytes",
                  name, VIR_TYPED_PARAM_FIELD_LENGTH - 1);
    if (error) {
        fail(error);
        return NULL;
    }
    if (*nparams + 1 > *maxparams) {
        int room = *maxparams < 8 ? 8 : *maxparams > INT_MAX / 2 ? INT_MAX : *maxparams * 2;

        *params = g_renew(virTypedParameter, *params, room);
        memset(*params + *maxparams, 0, sizeof(**params) * (size_t)(room - *maxparams));
        *maxparams = room;
    }
    param = &(*params)[(*nparams)++];
    memset(param, 0, sizeof(*param));
    g_strlcpy(param->field, name, sizeof(param->field));
    param->type = type;
    return param;
}

#define ADD(function, CType, TYPE, assignment)                                                     \
    int function(virTypedParameterPtr *params, int *nparams, int *maxparams, const char *name,     \
                 CType value)                                                                      \
    {                                                                                              \
        virTypedParameterPtr p = grow(params, nparams, maxparams, name, VIR_TYPED_PARAM_##TYPE);   \
                                                                                                   \
        if (!p)                                                                                    \
            return -1;                                                                             \
        p->value.assignment;                                                                       \
        return 0;                                                                                  \
    }

ADD(virTypedParamsAddInt, int, INT, i = value)
ADD(virTypedParamsAddUInt, unsigned int, UINT, ui = value)
ADD(virTypedParamsAddLLong, long long, LLONG, l = value)
ADD(virTypedParamsAddULLong, unsigned long long, ULLONG, ul = value)
ADD(virTypedParamsAddDouble, double, DOUBLE, d = value)
ADD(virTypedParamsAddBoolean, int, BOOLEAN, b = value != 0)
ADD(virTypedParamsAddString, const char *, STRING, s = g_strdup(value))

int
virTypedParamsAddStringList(virTypedParameterPtr *params, int *nparams, int *maxparams,
                            const char *name, const char **values)
{
    for (size_t i = 0; values && values[i]; i++) {
        if (virTypedParamsAddString(params, nparams, maxparams, name, values[i]) < 0)
            return -1;
    }
    return 0;
}

static bool
parse_value(virTypedParameterPtr p, const char *text)
{
    int64_t l;
    uint64_t ul;

    switch (p->type) {
    case VIR_TYPED_PARAM_INT:
        return text_parse_int(text, 10, &p->value.i);
    case VIR_TYPED_PARAM_UINT:
        return text_parse_uint(text, 10, &p->value.ui);
    case VIR_TYPED_PARAM_LLONG:
        if (!text_parse_int64(text, 10, &l))
            return false;
        p->value.l = l;
        return true;
    case VIR_TYPED_PARAM_ULLONG:
        if (!text_parse_uint64(text, 10, &ul))
            return false;
        p->value.ul = ul;
        return true;
    case VIR_TYPED_PARAM_DOUBLE:
        return text_parse_double(text, &p->value.d);
    case VIR_TYPED_PARAM_BOOLEAN:
        p->value.b = strcmp(text, "1") == 0;
        return p->value.b || strcmp(text, "0") == 0;
    case VIR_TYPED_PARAM_STRING:
        p->value.s = g_strdup(text);
        return true;
    default:
        return false;
    }
}

int
virTypedParamsAddFromString(virTypedParameterPtr *params, int *nparams, int *maxparams,
                            const char *name, int type, const char *value)
{
    virTypedParameter parsed = { .type = type };
    virTypedParameterPtr p;
    GError *error = NULL;

    last_error_reset();
    if (type <= 0 || type >= (int)G_N_ELEMENTS(type_names))
        error_set(&error, VIR_ERR_INVALID_ARG, "unexpected type %d for field %s", type,
                  name ? name : "");
    else if (!parse_value(&parsed, value ? value : ""))
        error_set(&error, VIR_ERR_INVALID_ARG, "Invalid value for field '%s': expected %s",
                  name ? name : "", type_name(type));
    if (error)
        return fail(error);
    p = grow(params, nparams, maxparams, name, type);
    if (!p) {
        params_reset(&parsed, 1);
        return -1;
    }
    p->value = parsed.value;
    return 0;
}

virTypedParameterPtr
virTypedParamsGet(virTypedParameterPtr params, int nparams, const char *name)
{
    return params && name ? params_lookup(params, nparams, name) : NULL;
}

/* 1 with *@ret_param, 0 if there is none of that name, -1 if it is of another type. */
static int
find_typed(virTypedParameterPtr params, int nparams, const char *name, int type,
           virTypedParameterPtr *ret_param)
{
    virTypedParameterPtr param;
    GError *error = NULL;

    last_error_reset();
    param = virTypedParamsGet(params, nparams, name);
    if (!param)
        return 0;
    *ret_param = param;
    if (param->type == type)
        return 1;
    error_set(&error, VIR_ERR_INVALID_ARG,
              "Invalid type '%s' requested for parameter '%s', actual type is '%s'",
              type_name(type), name, type_name(param->type));
    return fail(error);
}

#define GETTER(function, CType, TYPE, member)                                                      \
    int function(virTypedParameterPtr params, int nparams, const char *name, CType *value)         \
    {                                                                                              \
        virTypedParameterPtr param = NULL;                                                         \
        int found = find_typed(params, nparams, name, VIR_TYPED_PARAM_##TYPE, &param);             \
                                                                                                   \
        if (found == 1 && value)                                                                   \
            *value = param->value.member;                                                          \
        return found;                                                                              \
    }

GETTER(virTypedParamsGetInt, int, INT, i)
GETTER(virTypedParamsGetUInt, unsigned int, UINT, ui)
GETTER(virTypedParamsGetLLong, long long, LLONG, l)
GETTER(virTypedParamsGetULLong, unsigned long long, ULLONG, ul)
GETTER(virTypedParamsGetDouble, double, DOUBLE, d)
GETTER(virTypedParamsGetString, const char *, STRING, s)

int
virTypedParamsGetBoolean(virTypedParameterPtr params, int nparams, const char *name, int *value)
{
    virTypedParameterPtr param = NULL;
    int found = find_typed(params, nparams, name, VIR_TYPED_PARAM_BOOLEAN, &param);

    if (found == 1 && value)
        *value = param->value.b != 0;
    return found;
}

void
virTypedParamsClear(virTypedParameterPtr params, int nparams)
{
    params_reset(params, nparams);
}

void
virTypedParamsFree(virTypedParameterPtr params, int nparams)
{
    params_free(params, nparams);
}
