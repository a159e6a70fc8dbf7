/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fill_private.h - the parts of fill.c, one file a topic
 *
 * Each part completes what it is named after and looks at nothing that a later part decides; fill_definition() has
 * the order.
 */
#pragma once

#include "drivers/qemu/fill/board.h"
#include "drivers/qemu/fill/fill.h"

typedef struct Fill {
    Domain *def;
    const QemuCaps *caps;
    const QemuConf *conf;
    const FillOptions *options;
    const Board *board;
    QemuAccel accel;
} Fill;

/* A new device of @kind, at the end of its list. */
void *fill_add_device(Domain *def, DeviceKind kind);

/* Replace the string at @where, which is owned. */
void fill_set(char **where, const char *value);

void fill_cpu(Fill *f);                            /* its mode, model and features */
bool fill_memory(Fill *f, GError **error);         /* memory, NUMA, placement of vCPUs and memory, modules */
void fill_features(Fill *f);
void fill_disks(Fill *f);
void fill_chars_first(Fill *f);                    /* the first console and the first serial port are one */
void fill_chars(Fill *f);                          /* targets, models, ports; sources that are made up */
void fill_controllers_implicit(Fill *f);
void fill_controllers_models(Fill *f);
void fill_inputs(Fill *f);
void fill_displays(Fill *f);
void fill_audio(Fill *f);
/* The audio back end of a guest that names none, or NULL.  Free it. */
Audio *fill_audio_usual(const Domain *def, const QemuConf *conf, char **env);
void fill_misc(Fill *f);
