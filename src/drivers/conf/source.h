/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* source.h - where the bytes of an image are, as QEMU writes it: backing file strings and block device properties
 *
 * A Store is the common form of an image here; Disk and others that share its rows can be looked at as one.
 * Strings come out of image headers, so they are hostile: what is not understood is refused, nothing is opened, and
 * secrets in them are dropped.
 */
#pragma once

#include "drivers/conf/disk_gen.h"
#include "util/json.h"

/* The image a backing file string names: a path, a URI, one of QEMU's older forms ("nbd:HOST:PORT"), or
 * properties behind "json:".  A relative path stays one. */
Store *source_read(const char *text, GError **error);
/* Whether @text begins with a protocol, so that it is no path. */
bool source_has_protocol(const char *text);

/* The port of a protocol where none is given; 0 if it has none. */
unsigned source_default_port(NetProtocol protocol);

/* What only who starts QEMU knows of an image. */
typedef struct SourceContext {
    bool cdrom;               /* the block device is a CD-ROM drive */
    bool floppy;              /* a folder becomes a floppy disk */
    const char *aio;          /* or NULL */
    const char *secret;       /* id of the object with the password, or NULL */
    const char *cookies;      /* id of the object with the cookies, or NULL */
    const char *tls;          /* id of the credentials, or NULL */
    const char *reservations; /* id of the persistent reservation manager, or NULL */
    const char *const *encryption; /* ids of the objects with the keys, outermost first, where librbd decrypts; or NULL */
    unsigned gluster_debug;   /* 0: not set */
} SourceContext;

/* Properties of the block device that reads the image; with @context NULL only those that find it, which
 * a backing file string can hold. */
Json *source_properties(const Store *store, const SourceContext *context, GError **error);
/* The shortest backing file string there is for it; @as_json: one with "json:" in any case. */
char *source_write(const Store *store, bool as_json, GError **error);
