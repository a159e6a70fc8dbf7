/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest_chain.h - the images below those a guest's disks name */
#pragma once

#include "drivers/conf/domain_gen.h"

/* Complete the <backingStore> of each disk by what its images say, so that every image gets nodes of its own.  A chain that
 * the definition ends stays as it is. */
bool guest_chain_detect(Domain *doc, GError **error);
/* The same for one disk.  */
bool guest_chain_detect_disk(Disk *disk, GError **error);
/* The end of a chain. */
Store *guest_chain_end(void);
bool guest_chain_is_end(const Store *store);
