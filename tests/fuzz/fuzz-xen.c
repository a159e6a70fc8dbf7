/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fuzz-xen.c - configuration files of Xen's guests, which clients send to be made into documents
 *
 * In both dialects, what is accepted and can be written must be accepted again, and be written the
 * same the second time.
 */
#include <string.h>

#include "drivers/xen/xen_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
try_dialect(const char *text, XenDialect dialect)
{
    const XenContext context = { .dialect = dialect };
    g_autofree char *first = NULL, *second = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(Domain) domain = xen_config_read(text, &context, &error), again = NULL;

    if (!domain) {
        g_assert_nonnull(error);
        return;
    }
    first = xen_config_write(domain, &context, NULL);
    if (!first)
        return;
    again = xen_config_read(first, &context, &error);
    if (!again)
        g_error("what was written is refused: %s\n%s", error->message, first);
    second = xen_config_write(again, &context, &error);
    if (g_strcmp0(first, second) != 0)
        g_error("written differently the second time:\n%s\n%s", first, second ? second : error->message);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = size ? g_strndup((const char *)data, size) : g_strdup("");

    try_dialect(text, XEN_XL);
    try_dialect(text, XEN_XM);
    return 0;
}
