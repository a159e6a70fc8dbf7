/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xen_private.h - what the parts of a configuration have in common
 *
 * X_read() adds what the keys say to the document, X_write() appends the keys for what the document says; xen_config.c
 * has the order of them all.  A key that is absent is no error, and leaves what the caller has put into *@ret.
 */
#pragma once

#include "drivers/xen/xen_config.h"
#include "drivers/xen/xen_fill.h"
#include "util/conf.h"
#include "util/list.h"

typedef struct XenReader {
    const Conf *conf;
    const XenContext *context;
    Domain *domain;
    XenGuest guest;
} XenReader;

typedef struct XenWriter {
    Conf *conf;
    const XenContext *context;
    const Domain *domain;
    XenGuest guest;
} XenWriter;

#define XEN_PART(part)                                             \
    bool xen_##part##_read(const XenReader *r, GError **error);   \
    bool xen_##part##_write(const XenWriter *w, GError **error)

XEN_PART(uuid);
XEN_PART(memory);
XEN_PART(vcpus);
XEN_PART(viridian);
XEN_PART(passthrough);
XEN_PART(timers);
XEN_PART(clock);
XEN_PART(os);
XEN_PART(cpuid);
XEN_PART(vnuma);
XEN_PART(xenbus);
XEN_PART(disk);
XEN_PART(vif);
XEN_PART(pci);
XEN_PART(display);
XEN_PART(spice);
XEN_PART(port);
XEN_PART(sound);
XEN_PART(input);
XEN_PART(usb);
XEN_PART(channel);
XEN_PART(p9);
XEN_PART(arguments);

/* ---- reading -------------------------------------------------------------- */

/* Set an error that begins with the line of @value, which may be NULL; always false. */
bool xen_refuse(const ConfValue *value, GError **error, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* Numbers are texts too, and texts of digits numbers.  An empty text is as if it were absent. */
bool xen_get_text(const XenReader *r, const char *key, char **ret_text, GError **error);
bool xen_get_number(const XenReader *r, const char *key, int64_t min, int64_t max, int64_t *ret_number, bool *ret_given,
                    GError **error);
/* 0 or another number. */
bool xen_get_flag(const XenReader *r, const char *key, bool *ret_flag, bool *ret_given, GError **error);
/* The strings of a list, or a single string: ConfValue, borrowed.  NULL where there are none. */
bool xen_get_items(const XenReader *r, const char *key, GPtrArray **ret_items, GError **error);
bool xen_parse_number(const ConfValue *value, const char *text, const char *what, int64_t min, int64_t max,
                      int64_t *ret_number, GError **error);

/* "a=b,c,d=e": the value of @name, "" for a bare word, NULL if it is not there. */
char **xen_options(const char *text);
const char *xen_option(char **options, const char *name);

/* Add a device of @type to a list of the document. */
void *xen_append(GPtrArray **list, const XmlStruct *type);
Features *xen_features(Domain *domain);
Cpu *xen_cpu(Domain *domain);

/* ---- writing -------------------------------------------------------------- */

void xen_put_text(const XenWriter *w, const char *key, const char *text);   /* nothing for NULL */
void xen_put_number(const XenWriter *w, const char *key, int64_t number);
/* A list of the texts of @items; nothing where there are none. */
void xen_put_items(const XenWriter *w, const char *key, const GPtrArray *items);

/* Append ",name=value"; nothing for NULL.  A value with a comma is refused, as nothing escapes it. */
bool xen_add_option(GString *out, const char *name, const char *value, GError **error);
bool xen_unsupported(const XenWriter *w, GError **error, const char *format, ...) G_GNUC_PRINTF(3, 4);

static inline const char *
xen_firmware(const XenContext *context)
{
    return context->firmware ? context->firmware : XEN_FIRMWARE;
}
