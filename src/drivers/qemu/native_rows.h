/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* native_rows.h - a guest as QEMU's command line, for people to read */
#pragma once

#include "rpc/driver.h"

bool native_rows_from_xml(Call *call, GError **error);

#define NATIVE_ROWS [PROC_CONNECT_DOMAIN_XML_TO_NATIVE] = { native_rows_from_xml, 0, 0, "0.6.4" }
