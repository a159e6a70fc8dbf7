/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* wire.h - records and their XDR form, by table
 *
 * Every record that travels is described by a WireType: an array of WireField that
 * apigen.py makes from src/rpc/api.  One walk over that table encodes, decodes,
 * frees, copies and prints, so no code is generated for a record.
 *
 * A record owns all that it points to.  wire_free() empties it.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct WireType WireType;

typedef enum {
    WIRE_END,
    WIRE_INT,       /* int32_t; also the values of enums and booleans */
    WIRE_UINT,      /* uint32_t */
    WIRE_HYPER,     /* int64_t */
    WIRE_UHYPER,    /* uint64_t */
    WIRE_DOUBLE,    /* double */
    WIRE_CHAR,      /* int32_t holding a signed char */
    WIRE_UCHAR,     /* int32_t holding an unsigned char */
    WIRE_USHORT,    /* int32_t holding an unsigned short */
    WIRE_STRING,    /* char *, never NULL once decoded */
    WIRE_OPTSTRING, /* char *, NULL when absent */
    WIRE_UUID,      /* uint8_t[16] */
    WIRE_CHARS,     /* char[max]: every char takes four bytes on the wire */
    WIRE_STRUCT,    /* a record inside this one */
    WIRE_OPTSTRUCT, /* pointer to a record, NULL when absent */
    WIRE_UNION,     /* int32_t tag at offset; sub->fields are the cases, by their tag */
    WIRE_SEQ,       /* pointer at offset, uint32_t length at count; elem says of what */
    WIRE_BYTES,     /* as element of a WIRE_SEQ only: uint8_t, packed */
} WireKind;

typedef struct WireField {
    uint8_t kind;
    /* SEQ: WIRE_BYTES, WIRE_CHAR (char *, four bytes each), WIRE_INT, WIRE_UINT, WIRE_UHYPER,
     * WIRE_STRING (char **) or WIRE_STRUCT (records one after the other). */
    uint8_t elem;
    bool secret; /* never printed */
    uint16_t offset, count;
    uint32_t max; /* SEQ: most elements; strings: most bytes; CHARS: how many */
    int32_t tag;  /* case of a union: the tag that selects it */
    const char *name;
    const WireType *sub;
} WireField;

struct WireType {
    const char *name;
    uint32_t size;  /* of the record in memory */
    uint32_t least; /* fewest bytes one can take on the wire: bounds what a count can claim */
    const WireField *fields;
};

/* Append @rec to @out.  Fails with VIR_ERR_RPC if a member is longer than the protocol
 * allows or a string that must be there is not; @out is as before then.  @t may be NULL: no bytes.
 */
bool wire_encode(const WireType *t, const void *rec, GByteArray *out, GError **error);

/* Fill the record at @rec (zeroed, or a record: it is freed) from the @len bytes at @data.  Bytes
 * that follow are not looked at; @used (may be NULL) tells how many were.  Every length is checked,
 * against the protocol's limit and against the bytes that are left, before memory is taken for it.
 * On failure @rec is empty (zeroed) and nothing needs freeing. */
bool wire_decode(const WireType *t, const uint8_t *data, size_t len, size_t *used, void *rec,
                 GError **error);

/* Free what the record owns and zero it; the memory of the record itself stays.  NULL @t or @rec is
 * legal. */
void wire_free(const WireType *t, void *rec);

/* Make @dst, whatever it held, a deep copy of @src. */
void wire_copy(const WireType *t, const void *src, void *dst);

/* "name='demo' flags=3 params=[...]" for the debug log; secrets read ***. */
void wire_print(const WireType *t, const void *rec, GString *out);

/* A zeroed record of type @t on the heap, and its end. NULL @t gives NULL. */
void *wire_new(const WireType *t);
void wire_delete(const WireType *t, void *rec);
