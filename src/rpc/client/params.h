/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* params.h - typed parameters: arrays of named values that applications hold */
#pragma once

#include <glib.h>
#include <libvirt/libvirt.h>
#include <stdbool.h>

#include "rpc/api_gen.h"

/* A new array with copies of @n records, for the application; NULL for none. */
virTypedParameterPtr params_from_wire(const WireTypedParam *records, uint32_t n);

/* Put a copy of one record into @param, whatever it held. False if name or type cannot be held. */
bool params_fill(virTypedParameterPtr param, const WireTypedParam *record, GError **error);

/* @record borrows from @param. */
void params_to_wire(const virTypedParameter *param, WireTypedParam *record);

virTypedParameterPtr params_lookup(virTypedParameterPtr params, int nparams, const char *name);

/* Free what the parameters hold; and the array. */
void params_reset(virTypedParameterPtr params, int nparams);
void params_free(virTypedParameterPtr params, int nparams);
