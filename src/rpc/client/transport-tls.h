/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* transport-tls.h - TLS to a daemon, with certificates both ways */
#pragma once

#include "rpc/client/target.h"
#include "rpc/transport.h"

/* Shake hands over @fd, which is taken over, check the daemon's certificate, await its leave. */
Transport *transport_tls_client(int fd, const Target *target, GError **error);
