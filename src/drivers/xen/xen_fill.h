/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xen_fill.h - make a definition of a Xen guest whole: what the document left to us, chosen once and then kept */
#pragma once

#include "drivers/conf/domain_gen.h"

bool xen_fill_definition(Domain *def, GError **error);

/* Kinds of guests: with firmware and emulated hardware; that know Xen; that know Xen but use the CPU's help. */
typedef enum { XEN_HVM = 1, XEN_PV = 2, XEN_PVH = 4 } XenGuest;

XenGuest xen_fill_guest(const Domain *def);
