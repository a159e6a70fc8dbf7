/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_network.c - networks and their ports, of which nothing is on a host */
#define ERROR_FROM VIR_FROM_TEST
#include "drivers/test/test_private.h"

const NetworkOps test_network_ops = { 0 };

const DriverRow test_network_rows[PROC_LAST] = { NETWORK_ROWS };
