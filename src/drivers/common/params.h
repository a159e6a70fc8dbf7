/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* params.h - typed parameters: building, checking, reading */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "rpc/method.h"

/* Grows; zero is empty.  What it holds is handed to a reply by params_finish or params_take. */
typedef struct Params {
    GArray *array;
} Params;

void params_clear(Params *params);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Params, params_clear)

void params_add_int(Params *params, const char *name, int value);
void params_add_uint(Params *params, const char *name, unsigned value);
void params_add_llong(Params *params, const char *name, int64_t value);
void params_add_ullong(Params *params, const char *name, uint64_t value);
void params_add_double(Params *params, const char *name, double value);
void params_add_bool(Params *params, const char *name, bool value);
/* NULL is sent as "". */
void params_add_string(Params *params, const char *name, const char *value);
size_t params_count(const Params *params);

/* Everything, to the two members of a reply. */
void params_take(Params *params, uint32_t *ret_n, WireTypedParam **ret_params);
/* The form in which the client asks with 0 how many there are, and then for @wanted of them. */
void params_finish(Params *params, int wanted, uint32_t *ret_n, WireTypedParam **ret_params,
                   int32_t *ret_count);

typedef struct ParamSpec {
    const char *name; /* NULL ends */
    int type;         /* VIR_TYPED_PARAM_* */
} ParamSpec;

/* Only those named, of the right type, each once. */
bool params_check(const WireTypedParam *params, uint32_t n, const ParamSpec *specs, GError **error);
const WireTypedParam *params_find(const WireTypedParam *params, uint32_t n, const char *name);
