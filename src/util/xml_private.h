/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xml_private.h - what the parts of the XML engine share: walking a table and
 * content that no row describes. */
#pragma once

#include "util/xml.h"

#define XML_AT(base, off) ((void *)((char *)(base) + (off)))
#define XML_PTR(base, off) (*(void **)XML_AT(base, off))

/* An attribute or element nobody knows, kept to be formatted back.  Every struct
 * starts with a pointer to the first. */
struct XmlExtra {
    XmlExtra *next;
    const void *place;        /* the rows (or the LEAF or FLAG row) of the element it was found on */
    const XmlField *after;    /* row of the sibling in front of it, NULL: it came first */
    bool attribute;
    char *text;               /* as it stood: " name='value'" or "<name>...</name>" */
};

/* The rows that a SWITCH or CHOICE splices in for the struct at @base. */
const XmlField *xml_case_rows(const XmlField *f, const void *base);

/* Whether `when` lets the row show. */
bool xml_row_applies(const XmlField *f, const void *base);

/* Whether the value at @base differs from its default and so shows. */
bool xml_is_set(const XmlField *f, const void *base);
