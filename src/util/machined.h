/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* machined.h - systemd's register of virtual machines, which also makes their cgroups */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct MachinedGuest {
    const char *name;       /* as machined_name() makes it */
    const char *service;    /* who runs it: "libvirt-qemu" */
    const uint8_t *uuid;    /* 16 bytes */
    pid_t leader;           /* of its process, which is moved into the cgroup */
    const char *slice;      /* unit that its scope is put below */
    const int *ifindexes;   /* of its interfaces on this host */
    size_t n_ifindexes;
} MachinedGuest;

/* "qemu-1-web": what machined takes as a name. */
char *machined_name(const char *driver, int id, const char *guest);
/* The unit that stands for a partition such as "/machine/production". */
char *machined_slice(const char *partition);

/* False with VIR_ERR_NO_SUPPORT when no such service runs here, or may be asked. */
bool machined_create(const MachinedGuest *guest, GError **error);
/* Fine if it is not registered. */
bool machined_terminate(const char *name, GError **error);
/* The name under which the process is registered; NULL if it is not. */
char *machined_find(pid_t pid);
