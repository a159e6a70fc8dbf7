/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu_caps.h - what one emulator can do
 *
 * Built from the answers to a fixed list of questions.  The answers come from a running
 * emulator (qemu_caps_probe), from the cache file of an earlier probe, or from a
 * recorded dialogue; the same code reads all three.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "util/json.h"

typedef enum { QEMU_ACCEL_TCG, QEMU_ACCEL_KVM, QEMU_ACCEL_LAST } QemuAccel;

typedef struct QemuMachine {
    char *name, *alias; /* alias may be NULL */
    char *default_cpu;  /* QOM type, may be NULL */
    char *default_ram_id;
    unsigned max_cpus;
    bool is_default, hotplug_cpus, numa_mem, deprecated;
    int acpi;           /* 1, 0, or -1 where QEMU does not say */
} QemuMachine;

typedef struct QemuCpuModel {
    char *name, *type, *alias_of;
    bool usable, deprecated;
} QemuCpuModel;

typedef struct QemuAccelCaps {
    GPtrArray *machines; /* QemuMachine */
    GPtrArray *models;   /* QemuCpuModel */
    Json *host_model;    /* {"name", "props"} of the best guest CPU, or NULL */
} QemuAccelCaps;

typedef struct QemuCaps {
    gatomicrefcount refs;
    char *binary;
    char *arch;          /* "x86_64" */
    unsigned version;    /* 7002022 for 7.2.22 */
    char *package;
    bool kvm;            /* KVM was there and usable */
    unsigned gic[QEMU_ACCEL_LAST]; /* ARM: a bit for each version of its interrupt controller */
    GHashTable *types;   /* QOM types, as a set */
    GHashTable *props;   /* "type.property", as a set */
    QemuAccelCaps accel[QEMU_ACCEL_LAST];
} QemuCaps;

/* Who answers.  @tcg: the session whose emulator may not use KVM.  @arguments is borrowed.
 * An answer that fails for a question the emulator lacks is VIR_ERR_OPERATION_UNSUPPORTED, VIR_ERR_DEVICE_MISSING
 * or VIR_ERR_INTERNAL_ERROR and counts as "no". */
typedef struct QemuCapsSource {
    Json *(*ask)(void *data, bool tcg, const char *command, Json *arguments, GError **error);
    void *data;
} QemuCapsSource;

QemuCaps *qemu_caps_build(const char *binary, const QemuCapsSource *source, GError **error);
QemuCaps *qemu_caps_ref(QemuCaps *caps);
void qemu_caps_unref(QemuCaps *caps);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QemuCaps, qemu_caps_unref)

bool qemu_caps_has(const QemuCaps *caps, const char *type);
bool qemu_caps_has_prop(const QemuCaps *caps, const char *type, const char *property);

/* By name or alias; NULL when there is none. */
const QemuMachine *qemu_caps_machine(const QemuCaps *caps, QemuAccel accel, const char *name);
const QemuMachine *qemu_caps_default_machine(const QemuCaps *caps, QemuAccel accel);
const QemuCpuModel *qemu_caps_model(const QemuCaps *caps, QemuAccel accel, const char *name);

/* The name of the model whose QOM type is @type ("qemu64-x86_64-cpu"), or NULL. */
const char *qemu_caps_model_of_type(const QemuCaps *caps, QemuAccel accel, const char *type);
