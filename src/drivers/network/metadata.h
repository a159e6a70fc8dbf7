/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* metadata.h - title, description and foreign elements of a network */
#pragma once

#include "drivers/conf/network_gen.h"

/* @type is a VIR_NETWORK_METADATA_*; NULL @metadata removes it. */
bool network_metadata_set(Network *network, int type, const char *metadata, const char *key, const char *uri,
                          GError **error);
/* VIR_ERR_NO_NETWORK_METADATA if there is none. */
char *network_metadata_get(const Network *network, int type, const char *uri, GError **error);
