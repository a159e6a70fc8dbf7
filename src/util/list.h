/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* list.h - lists of documents: a GPtrArray of structs, NULL when empty */
#pragma once

#include <glib.h>

static inline guint
list_len(const GPtrArray *list)
{
    return list ? list->len : 0;
}

/* @i is less than list_len(). */
static inline void *
list_at(const GPtrArray *list, size_t i)
{
    return list->pdata[i];
}
