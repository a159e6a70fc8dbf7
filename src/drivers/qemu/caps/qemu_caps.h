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

#include "drivers/conf/qemucaps_gen.h"
#include "util/json.h"

typedef enum { QEMU_ACCEL_TCG, QEMU_ACCEL_KVM, QEMU_ACCEL_HVF, QEMU_ACCEL_LAST } QemuAccel;

/* Strings of these are borrowed from the document. */
typedef struct QemuMachine {
    const char *name, *alias; /* alias may be NULL */
    const char *default_cpu;  /* QOM type, may be NULL */
    const char *default_ram_id;
    unsigned max_cpus;
    bool is_default, hotplug_cpus, numa_mem, deprecated;
    int acpi;           /* 1, 0, or -1 where QEMU does not say */
} QemuMachine;

typedef struct QemuCpuModel {
    const char *name, *type;
    QemuYes usable;     /* unset: QEMU does not say */
    bool deprecated;
    GPtrArray *blockers; /* QemuCapsName, or NULL */
} QemuCpuModel;

typedef struct QemuAccelCaps {
    GPtrArray *machines; /* QemuMachine */
    GPtrArray *models;   /* QemuCpuModel */
    const QemuCapsItem *host; /* the best guest CPU: model and props; or NULL */
} QemuAccelCaps;

typedef struct QemuCaps {
    gatomicrefcount refs;
    QemuCapsDoc *doc;    /* all that follows is taken from it */
    const char *binary;
    const char *arch;    /* "x86_64" */
    unsigned version;    /* 7002022 for 7.2.22 */
    const char *package;
    bool kvm;            /* KVM was there and usable */
    unsigned gic[QEMU_ACCEL_LAST]; /* ARM: a bit for each version of its interrupt controller */
    GHashTable *flags;   /* names of qemu_flags.c, as a set */
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
    bool hvf;            /* the host's accelerator is that of macOS */
    unsigned microcode;  /* version of that of the host's CPU */
} QemuCapsSource;

QemuCaps *qemu_caps_build(const char *binary, const QemuCapsSource *source, GError **error);
/* From the document alone, with XML_PARSE_STATUS rows or without; takes @doc. */
QemuCaps *qemu_caps_new(QemuCapsDoc *doc);
QemuCaps *qemu_caps_ref(QemuCaps *caps);
void qemu_caps_unref(QemuCaps *caps);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QemuCaps, qemu_caps_unref)

/* A capability by libvirt's name (qemu_flags.c). */
bool qemu_caps_flag(const QemuCaps *caps, const char *flag);
/* A copy with that capability on or off, and what it stands for with it; NULL with @error set for a name nobody knows. */
QemuCaps *qemu_caps_override(const QemuCaps *caps, const char *flag, bool on, GError **error);

/* What the emulator showed; prefer flags where there is one. */
bool qemu_caps_has(const QemuCaps *caps, const char *type);
bool qemu_caps_has_prop(const QemuCaps *caps, const char *type, const char *property);

/* By name or alias; NULL when there is none. */
const QemuMachine *qemu_caps_machine(const QemuCaps *caps, QemuAccel accel, const char *name);
/* The one for guests that name none: the architecture's usual one, else QEMU's default. */
const QemuMachine *qemu_caps_default_machine(const QemuCaps *caps, QemuAccel accel);
const QemuCpuModel *qemu_caps_model(const QemuCaps *caps, QemuAccel accel, const char *name);

/* The name of the model whose QOM type is @type ("qemu64-x86_64-cpu"), or NULL. */
const char *qemu_caps_model_of_type(const QemuCaps *caps, QemuAccel accel, const char *type);
