/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ref.h - reference counting for shared runtime objects
 *
 * The struct holds `gatomicrefcount refs;`, its constructor calls
 * g_atomic_ref_count_init(), and its file says
 * DEFINE_REF(Vm, vm, vm_free) to get vm_ref() and vm_unref().
 */
#pragma once

#include <glib.h>

/* Not g_atomic_ref_count_inc() and _dec(): TSan does not see what happens inside GLib, and would report each
 * last reference as a race. */
#define DEFINE_REF(type, name, free_fn)                  \
    type *name##_ref(type *self)                         \
    {                                                    \
        if (self)                                        \
            __atomic_fetch_add(&self->refs, 1, __ATOMIC_RELAXED); \
        return self;                                     \
    }                                                    \
    void name##_unref(type *self)                        \
    {                                                    \
        if (self && __atomic_fetch_sub(&self->refs, 1, __ATOMIC_ACQ_REL) == 1) \
            free_fn(self);                               \
    }
