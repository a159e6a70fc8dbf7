/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest_memory.h - huge pages of this host, and the folders that files with a guest's memory are in */
#pragma once

#include "drivers/qemu/command/command.h"

/* CommandHugePages of every mount: those of qemu.conf, else all of the host. */
GArray *guest_memory_mounts(const QemuConf *conf);

/* The nodes that CPUs of this host belong to; CommandHost.nodes_of_cpus. */
Bitmap *guest_memory_nodes(void *data, const Bitmap *cpus);

/* The folders that @def needs, handed over by @give. */
bool guest_memory_make_dirs(const Domain *def, const QemuConf *conf, const GArray *mounts, const char *short_name,
                            bool (*give)(const char *path, GError **error), GError **error);
/* They go with the guest. */
bool guest_memory_remove_dirs(const QemuConf *conf, const GArray *mounts, const char *short_name, GError **error);
