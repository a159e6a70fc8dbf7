/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fuzz-xml.c - documents from a hostile client
 *
 * The input is parsed as each kind of document that there is.  What is accepted must format, and
 * what was formatted must be accepted and format to the same text.
 */
#include <string.h>

#include "util/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

extern const XmlStruct *const *const all_xml_structs[];

static void
try_document(const XmlStruct *document, const char *text, unsigned flags)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *first = NULL, *second = NULL;
    void *object = xml_parse_text(document, text, flags, &error), *again, *copy;

    if (!object) {
        g_assert_nonnull(error);
        return;
    }
    copy = xml_copy(document, object);
    first = xml_format_text(document, copy, XML_FORMAT_SECURE | XML_FORMAT_STATUS);
    again = xml_parse_text(document, first, flags, &error);
    if (!again)
        g_error("what was formatted is refused: %s\n%s", error->message, first);
    second = xml_format_text(document, again, XML_FORMAT_SECURE | XML_FORMAT_STATUS);
    if (strcmp(first, second) != 0)
        g_error("formatted differently the second time:\n%s\n%s", first, second);
    xml_free(document, object);
    xml_free(document, copy);
    xml_free(document, again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup(data ? (const char *)data : "", size);

    for (const XmlStruct *const *const *file = all_xml_structs; *file; file++) {
        for (const XmlStruct *const *s = *file; *s; s++) {
            /* The root's name alone tells which are worth the time. */
            if (!(*s)->element[0] || (!strstr(text, (*s)->element) && size > 64))
                continue;
            try_document(*s, text, 0);
            try_document(*s, text, XML_PARSE_STRICT | XML_PARSE_INACTIVE);
            try_document(*s, text, XML_PARSE_STATUS | XML_PARSE_NO_CHECK);
        }
    }
    return 0;
}
