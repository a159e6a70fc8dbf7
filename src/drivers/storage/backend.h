/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* backend.h - the types of pool this driver has */
#pragma once

#include "drivers/common/pool_backend.h"

extern const StorageBackend dir_backend, fs_backend;
