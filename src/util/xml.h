/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xml.h - one engine for every XML document
 *
 * A table of XmlField rows says how one C struct appears in XML; xmlgen.py makes
 * the tables and the structs from src/drivers/conf/NAME.xs (docs/schema-language.rst).
 * The engine walks them to parse, format, free, copy and compare: nothing about a
 * particular element is written as code.  What a table does not know is an error
 * with XML_PARSE_STRICT; otherwise it is kept in the struct's `extra` and formatted
 * back where it was.
 */
#pragma once

#include <glib.h>
#include <libxml/tree.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct XmlType XmlType;
typedef struct XmlField XmlField;
typedef struct XmlStruct XmlStruct;
typedef struct XmlMember XmlMember;
typedef struct XmlExtra XmlExtra;

typedef enum {
    XML_END,
    XML_ATTR,     /* name='value' on the current element */
    XML_TEXT,     /* character content of the current element */
    XML_LEAF,     /* <name>value</name> */
    XML_LEAVES,   /* repeated <name>value</name>: GPtrArray of strings */
    XML_FLAG,     /* <name/>: presence is the value */
    XML_GROUP,    /* <name ...>: rows of the same struct, one level down */
    XML_SWITCH,   /* splices the rows that an earlier enum row selects */
    XML_CHOICE,   /* <word ...>: the name of the element is the enum value */
    XML_CHILD,    /* <name ...>: pointer to another struct, or NULL */
    XML_LIST,     /* repeated <name ...>: GPtrArray of struct pointers */
    XML_ITEMS,    /* elements of several names in any order: GPtrArray of structs with a CHOICE */
    XML_MIXIN,    /* embedded struct whose rows belong to this element */
    XML_RAW,      /* <name ...>: the whole element kept as text */
} XmlKind;

typedef enum {
    XML_REQUIRED       = 1 << 0,  /* absence is a parse error */
    XML_ALWAYS         = 1 << 1,  /* formatted even when equal to the default */
    XML_ABI            = 1 << 2,  /* visible to the guest: must not change under it */
    XML_SECURE         = 1 << 3,  /* formatted only with XML_FORMAT_SECURE */
    XML_LIVE           = 1 << 4,  /* neither parsed nor formatted when inactive */
    XML_STATUS         = 1 << 5,  /* only in status documents */
    XML_INPUT          = 1 << 6,  /* accepted, never formatted */
    XML_UNLESS         = 1 << 7,  /* `when` lists the values that hide the row */
    XML_PLACE          = 1 << 8,  /* `tag` remembers which of two rows was used */
    XML_ONCE           = 1 << 9,  /* a second copy is an error, not kept */
    XML_UNREAD         = 1 << 10, /* not parsed when inactive, but formatted: what a running object found out */
    XML_BARE           = 1 << 11, /* `def` is what the element means without the attribute, no default */
} XmlFieldFlags;

typedef enum {
    XML_PARSE_INACTIVE = 1 << 0,  /* a definition, not a running object */
    XML_PARSE_STRICT   = 1 << 1,  /* unknown content is an error, else kept */
    XML_PARSE_STATUS   = 1 << 2,  /* a driver's own state file */
    XML_PARSE_NO_CHECK = 1 << 3,  /* leave out the cross-field rules */
} XmlParseFlags;

typedef enum {
    XML_FORMAT_INACTIVE = 1 << 0,
    XML_FORMAT_SECURE   = 1 << 1,
    XML_FORMAT_STATUS   = 1 << 2,
} XmlFormatFlags;

#define XML_MAX_SIZE (64u << 20)  /* bytes of one document */
#define XML_MAX_DEPTH 256         /* nesting of elements; libxml2 holds the same limit */

/* The words of an enum; words[0] is "" where the first value means unset. */
typedef struct XmlEnum {
    const char *name;
    const char *const *words;
    const char *const *aliases;   /* pairs: old word, word; NULL or NULL-terminated */
} XmlEnum;

typedef struct XmlNamespace {
    const char *prefix, *href;
} XmlNamespace;

/* How one kind of value is held in memory and written as text.  A NULL method
 * means "plain bytes": zero is unset, copy is memcpy. */
struct XmlType {
    const char *name;             /* as in .xs files */
    const char *expect;           /* completes "expected ..." */
    size_t size;
    const char *unit;             /* value carries a unit attribute, printed thus */
    bool (*parse)(const XmlField *f, const char *text, const char *unit, void *p);
    void (*format)(const XmlField *f, const void *p, GString *out);
    void (*clear)(void *p);
    void (*copy)(void *dst, const void *src);
    bool (*equal)(const void *a, const void *b);
    const char *(*unit_for)(const void *p);  /* the unit to print where it depends on the value */
};

struct XmlField {
    uint8_t kind;
    uint8_t arg;                      /* type parameter: hex digits */
    uint16_t flags;
    uint16_t offset;                  /* of the value; GROUP: of its presence bool or 0 */
    uint16_t has;                     /* of the bool that says a value was given, or 0 */
    uint16_t tag;                     /* SWITCH, CHOICE: the enum; otherwise member `when` looks at */
    uint8_t bit;                      /* of the name without its prefix, among 64: most are soon seen to be absent */
    int32_t def;                      /* default */
    const char *name;                 /* "prefix:name" when namespaced */
    const XmlType *type;              /* ATTR, TEXT, LEAF */
    union {
        const XmlEnum *words;         /* values of an enum */
        const XmlField *rows;         /* GROUP */
        const XmlField *const *cases; /* SWITCH, CHOICE: by enum value */
        const XmlStruct *sub;         /* CHILD, LIST, ITEMS, MIXIN */
    };
    union {
        uint64_t when;                /* bit n: formatted when the tag is n; 0: always */
        const XmlEnum *names;         /* CHOICE: the element names */
    };
};

/* A member that owns memory or has a default; others need no row. */
struct XmlMember {
    uint8_t kind;                     /* CHILD LIST LEAVES MIXIN, LEAF: a value to free, ATTR: one with a default */
    uint16_t offset;
    int32_t def;                      /* ATTR */
    const XmlType *type;
    const XmlStruct *sub;
};

struct XmlStruct {
    const char *name;                 /* C name */
    const char *element;              /* root element, "" for inner structs */
    size_t size;
    const XmlField *rows;
    const XmlMember *members;
    const XmlNamespace *namespaces;   /* ends with a NULL prefix; NULL when none */
    bool (*check)(void *obj, unsigned flags, GError **error); /* cross-field rules, after parse */
    const char *label;                /* what errors call the text of a document, NULL: by its element */
    int from;                         /* virErrorDomain of what is no XML at all */
};

extern const XmlType xml_type_string, xml_type_enum, xml_type_uint, xml_type_int, xml_type_ull, xml_type_ll,
    xml_type_hex, xml_type_hex64, xml_type_double, xml_type_kib, xml_type_mib, xml_type_bytes, xml_type_uuid, xml_type_mac,
    xml_type_ip, xml_type_bitmap, xml_type_octal, xml_type_megs, xml_type_octets, xml_type_num,
    xml_type_num64, xml_type_natural, xml_type_positive, xml_type_pretty, xml_type_prettykib, xml_type_prettymegs;

/* A struct of zeros and defaults. */
void *xml_new(const XmlStruct *s);

/* Parse a whole document, whose root must be s->element; or an element of one. */
void *xml_parse_text(const XmlStruct *s, const char *text, unsigned flags, GError **error);
void *xml_parse(const XmlStruct *s, xmlNode *node, unsigned flags, GError **error);

char *xml_format_text(const XmlStruct *s, const void *obj, unsigned flags);
void xml_format(const XmlStruct *s, const void *obj, unsigned flags, int depth, GString *out);

void xml_free(const XmlStruct *s, void *obj);
void *xml_copy(const XmlStruct *s, const void *obj);

/* Whether a guest that sees @a would see the same with @b; the error names the path. */
bool xml_abi_equal(const XmlStruct *s, const void *a, const void *b, GError **error);

/* Read a document under the limits above, no network, DTD or entities.  @name stands
 * for the file in errors ("(domain_definition)"), whose virErrorDomain is @from. */
xmlDoc *xml_read_full(const char *text, const char *name, int from, GError **error);
#define xml_read(text, name, error) xml_read_full(text, name, ERROR_FROM, error)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlDoc, xmlFreeDoc)

/* Append @s with the characters that XML reserves replaced. */
void xml_escape(GString *out, const char *s, bool attribute);

/* Value of @word, or -1. */
int xml_enum_value(const XmlEnum *words, const char *word);

/* Sizes with a unit ("KiB", "MB", "b", "" for @scale) to bytes. */
bool xml_scale(uint64_t value, const char *unit, uint64_t scale, uint64_t *ret_bytes);

/* The word of @words (NULL-terminated) closest to @word, or NULL when none is near. */
const char *xml_near_miss(const char *word, const char *const *words);
