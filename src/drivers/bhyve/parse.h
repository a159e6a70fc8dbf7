/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* parse.h - a definition from the commands that somebody ran a guest with
 *
 * A command of bhyve, and before or after it that of a loader if there is one; a line each, a backslash joins lines.
 * What bhyve can do and a definition cannot say is left out with a warning; what does not fit together is refused.
 */
#pragma once

#include "drivers/conf/domain_gen.h"

/* @random: see fill.h.  The UUID is zero where no command tells one. */
Domain *bhyve_parse_commands(const char *text, void (*random)(uint8_t *bytes, size_t n), GError **error);

/* parse_device.c: the device of "-s @value" or "-l @value".  @line is for errors. */
typedef struct BhyveParse {
    Domain *def;
    void (*random)(uint8_t *bytes, size_t n);
    unsigned line;
    unsigned n_sata, n_virtio;   /* disks named so far */
} BhyveParse;

bool bhyve_parse_slot(BhyveParse *p, const char *value, GError **error);
bool bhyve_parse_lpc(BhyveParse *p, const char *value, GError **error);
bool bhyve_parse_fail(const BhyveParse *p, GError **error, const char *format, ...) G_GNUC_PRINTF(3, 4);
