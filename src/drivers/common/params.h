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
/* The same, lent to a message that is sent before @params is cleared. */
void params_lend(const Params *params, uint32_t *ret_n, WireTypedParam **ret_params);
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

/* A parameter that is a member of a struct, as the .xs files make them. */
typedef struct ParamMember {
    const char *name;  /* NULL ends */
    int type;          /* VIR_TYPED_PARAM_*: UINT of unsigned, ULLONG of uint64_t, LLONG of int64_t, INT of
                          int or an enum, STRING of char * */
    size_t offset;
    size_t has;        /* of the bool that says it is set; 0: always is */
    uint64_t unset;    /* what stands for "not set": read when it is not, and unsets when written */
    bool read_only;
} ParamMember;

#define PARAM_MEMBER(name, type, owner, member, unset) \
    { name, VIR_TYPED_PARAM_##type, offsetof(owner, member), offsetof(owner, has_##member), unset, false }

/* Append all of @members as they are in the struct at @base. */
void params_from_members(Params *params, const ParamMember *members, const void *base);
/* Set those that @params has; others of @params are left alone. */
void params_to_members(const WireTypedParam *params, uint32_t n, const ParamMember *members, void *base);
/* params_check() against the members that can be written. */
bool params_check_members(const WireTypedParam *params, uint32_t n, const ParamMember *members,
                          GError **error);
