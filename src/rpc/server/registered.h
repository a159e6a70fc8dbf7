/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* registered.h - a relayed registration for events, kept to be repeated when the peer restarts
 *
 * The client knows a registration by an id that stays; the peer's id for it changes.
 */
#pragma once

#include "rpc/frame.h"
#include "rpc/method.h"

typedef struct Registered {
    const Method *method;
    int32_t front, back; /* ids as client and peer know them; 0: the older form has none */
    GByteArray *packet;  /* the call */
} Registered;

void registered_free(Registered *self);

/* Whether @m registers, in either form; deregisters, by callback id; registers in the older form.
 */
bool registered_begins(const Method *m);
bool registered_ends(const Method *m);
bool registered_is_legacy(const Method *m);
/* Whether the call @packet of @m undoes @reg in the older form, by event id. */
bool registered_is_undone(const Registered *reg, const Method *m, const Packet *packet);

/* In @all by the client's id or the peer's; with @desc only one for events of that program. */
Registered *registered_find(GPtrArray *all, bool by_front, int32_t id, const EventDesc *desc);
/* From the packet of a registration; NULL if it is none. */
Registered *registered_restore(int32_t front, const uint8_t *data, size_t len);
