/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xml_private.h - what the parts of the XML engine share: walking a table and
 * content that no row describes. */
#pragma once

#include "util/xml.h"

#define XML_AT(base, off) ((void *)((char *)(base) + (off)))

/* The element of a LEAF or FLAG as a place for extras; the first row of a table has the
 * address of the table, which stands for the element around it. */
#define XML_LEAF_PLACE(f) ((const void *)&(f)->name)

/* An attribute or element nobody knows, kept to be formatted back.  Every struct
 * starts with a pointer to the first. */
struct XmlExtra {
    XmlExtra *next;
    const void *place;        /* the rows, or XML_LEAF_PLACE(), of the element it was found on */
    const XmlField *after;    /* row of the sibling in front of it, NULL: it came first */
    bool attribute;
    guint item;               /* of LEAVES: which, from 1, ... */
    char *of;                 /* ... and its text, as long as it is that: lists change */
    char *text;               /* as it stood: " name='value'" or "<name>...</name>" */
};

/* The rows that a SWITCH or CHOICE splices in for the struct at @base. */
const XmlField *xml_case_rows(const XmlField *f, const void *base);

/* Whether `when` lets the row show. */
bool xml_row_applies(const XmlField *f, const void *base);

/* An enum, or a bool, in memory is one byte. */
static inline int
xml_tag(const XmlField *f, const void *base)
{
    return *(const uint8_t *)XML_AT(base, f->tag);
}

/* Whether that is what @size bytes hold; those of a UUID can only be compared to 0. */
bool xml_is_number(const void *p, size_t size, int32_t number);

/* Whether the value at @base differs from its default and so shows. */
bool xml_is_set(const XmlField *f, const void *base);
