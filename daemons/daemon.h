/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* daemon.h - what turns a driver into a daemon
 *
 *     int main(int argc, char **argv) { return daemon_main("virtnetworkd", &network_driver, argc,
 * argv); }
 *
 * Everything else that a daemon is (sockets, activation, configuration, signals, idle exit,
 * administration, relaying) is here, and what differs between daemons is their row in the table.
 */
#pragma once

#include "rpc/driver.h"
#include "rpc/server/server.h"

/* Every daemon there can be, and what it serves; ends with daemon NULL. */
extern const ServerPeer daemon_table[];

/* Sockets for clients on other hosts; the proxy sets it before daemon_main(). */
typedef struct DaemonRemote DaemonRemote;
extern const DaemonRemote *daemon_remote;
extern const DaemonRemote daemon_remote_sockets;

/* @driver NULL: the proxy.  Returns the exit status. */
int daemon_main(const char *name, const Driver *driver, int argc, char **argv);
