/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* host_caps.h - the <host> part of <capabilities> */
#pragma once

#include "drivers/common/host_tree.h"

/* The UUID of this host: that of @text (host_uuid of a daemon's settings; may be NULL or no UUID), else what the firmware or the
 * system says; all zero if nobody does. */
void host_caps_set_uuid(const char *text);
void host_caps_uuid(uint8_t uuid[16]);

/* What every driver says of this host alike: UUID, CPU, power management, IOMMU, NUMA, caches.  The CPU has no model yet; guests,
 * migration and security models are the driver's. */
Capabilities *host_caps_new(const HostTree *tree);

/* A security model with base labels for the kinds of guests in @types (NULL-terminated; may be NULL). */
void host_caps_add_secmodel(Capabilities *caps, const char *model, const char *doi, const char *const *types, const char *label);
