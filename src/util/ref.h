/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ref.h - reference counting for shared runtime objects
 *
 * The struct holds `gatomicrefcount refs;`, its constructor calls
 * g_atomic_ref_count_init(), and its file says
 * DEFINE_REF(Vm, vm, vm_free) to get vm_ref() and vm_unref().
 */
#pragma once

#include <glib.h>

#define DEFINE_REF(type, name, free_fn)                  \
    type *name##_ref(type *self)                         \
    {                                                    \
        if (self)                                        \
            g_atomic_ref_count_inc(&self->refs);         \
        return self;                                     \
    }                                                    \
    void name##_unref(type *self)                        \
    {                                                    \
        if (self && g_atomic_ref_count_dec(&self->refs)) \
            free_fn(self);                               \
    }
