/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* neterror.c - GError from and to what travels in error replies. */
#define ERROR_FROM VIR_FROM_RPC
#include "rpc/neterror.h"

#include <string.h>

#include "util/error.h"

/* The text of an error may quote what a hostile guest or file said. */
enum { TEXT_MAX = 262144 };

static char *
bounded(char *text)
{
    if (text && strlen(text) > TEXT_MAX)
        text[TEXT_MAX] = '\0';
    return text;
}

void
neterror_fill(const GError *error, WireError *wire)
{
    const char *template = error_template(error_code(error), true);
    const ErrorDetails *details = error_details(error);
    int errnum = error_errno(error);

    wire->code = error_code(error);
    wire->domain = error_from(error);
    wire->level = VIR_ERR_ERROR;
    wire->message = bounded(error_text(error));
    if (details) {
        wire->str1 = bounded(g_strdup(details->str1));
        wire->str2 = bounded(g_strdup(details->str2));
        wire->str3 = bounded(g_strdup(details->str3));
        wire->int1 = details->int1;
        wire->int2 = details->int2;
        return;
    }
    if (error_is_plain(error)) {
        wire->str1 = bounded(g_strdup(error->message));
        return;
    }
    wire->str1 = g_strdup(template ? template : "%s");
    wire->str2 = bounded(g_strdup(error->message));
    wire->int1 = errnum ? errnum : -1;
    wire->int2 = -1;
}

void
neterror_encode(const GError *error, GByteArray *out)
{
    WireError wire = { 0 };
    g_autoptr(GError) failed = NULL;

    neterror_fill(error, &wire);
    if (!wire_encode(&wire_error, &wire, out, &failed))
        g_error("an error cannot be encoded: %s",
                failed->message); /* all its lengths are bounded above */
    wire_free(&wire_error, &wire);
}

GError *
neterror_to_gerror(const WireError *wire)
{
    GError *error = NULL;
    int from = wire->domain >= 0 && wire->domain < 256 ? wire->domain : VIR_FROM_RPC;
    const char *template = error_template(wire->code, true);
    ErrorDetails details = { wire->str1, wire->str2, wire->str3, wire->int1, wire->int2 };

    if (wire->str2 && wire->str1 && template && strcmp(wire->str1, template) == 0) {
        error_set_full(&error, from, wire->code, "%s", wire->str2);
    } else {
        /* Argument checks, and peers whose words differ from ours: the text is whole as it is. */
        error_set_plain_full(
            &error, from, wire->code > 0 && wire->code < 0x1000 ? wire->code : VIR_ERR_RPC, "%s",
            wire->message ? wire->message : "Unknown error");
    }
    error_set_details(error, &details);
    return error;
}

GError *
neterror_decode(const uint8_t *payload, size_t len)
{
    WireError wire = { 0 };
    GError *error = NULL;

    if (!wire_decode(&wire_error, payload, len, NULL, &wire, &error)) {
        error_prefix(&error, "the peer reported an error that cannot be read");
        return error;
    }
    error = neterror_to_gerror(&wire);
    wire_free(&wire_error, &wire);
    return error;
}
