/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* event.c - looking things up in the generated table of events
 *
 * What travels and who may be told is described there; who wants to hear of it is events.c.
 */
#include "rpc/method.h"

const EventDesc *
event_lookup(EventClass cls, int32_t id)
{
    for (const EventDesc *e = event_table; e->proc; e++) {
        if (e->cls == cls && e->id == id)
            return e;
    }
    return NULL;
}

const EventDesc *
event_by_proc(uint32_t program, int32_t proc)
{
    if (proc <= 0)
        return NULL;
    for (const EventDesc *e = event_table; e->proc; e++) {
        if (e->program == program && (e->proc == proc || e->legacy_proc == proc))
            return e;
    }
    return NULL;
}
