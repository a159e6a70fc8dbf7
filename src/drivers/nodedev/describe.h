/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* describe.h - a device of the host as a document */
#pragma once

#include "drivers/nodedev/index.h"

/* NULL with @error when it has gone in the meantime. */
NodeDevice *nodedev_describe(const NodedevEntry *device, GError **error);
