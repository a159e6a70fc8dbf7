/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xen_config.h - guests as configuration files of xl and of its forerunner xm: the native formats "xen-xl" and "xen-xm"
 *
 * Both are files of 'key = value'; xl(1) knows more keys than xm, and writes disks in another way.
 */
#pragma once

#include "drivers/conf/domain_gen.h"

typedef enum { XEN_XL = 1, XEN_XM = 2 } XenDialect;

typedef struct XenContext {
    XenDialect dialect;
    const char *firmware;         /* folder of "hvmloader" and "ovmf.bin"; NULL: XEN_FIRMWARE */
    bool svm;                     /* the host nests guests by AMD's way, not by Intel's */
} XenContext;

#define XEN_FIRMWARE "/usr/lib/xen/boot"

/* What a hostile file may cost. */
enum { XEN_MAX_TEXT = 256 << 10 };

/* The definition is whole: defaults are filled in, and rules of documents hold.  Errors name the line. */
Domain *xen_config_read(const char *text, const XenContext *context, GError **error);
/* What the dialect cannot say is refused. */
char *xen_config_write(const Domain *domain, const XenContext *context, GError **error);
