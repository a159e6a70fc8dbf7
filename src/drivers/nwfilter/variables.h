/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* variables.h - rules with variables, and the rules they stand for
 *
 * "$A" and "$A[@1]" go through the values of A.  Variables with one iterator (the number behind @; 0 for "$A") go
 * in step, iterators are combined.  "$A[2]" is one value, counted from 0.
 */
#pragma once

#include "drivers/conf/nwfilter_gen.h"

/* Makes of @matches (FwMatch of one rule) one such array for each combination of values; equal ones come once.  @values:
 * name -> GPtrArray of strings.  What a variable stands for must be of the form its attribute wants. */
GPtrArray *nwfilter_variables_expand(const GPtrArray *matches, GHashTable *values, GError **error);
