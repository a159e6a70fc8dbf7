/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-presence.c - elements of a domain without what they need, or with words and numbers that are none
 *
 * A row is a piece of XML, the element it goes into, and what comes of it: part of the message, or of what is printed,
 * which begins with '<'.
 */
#define ERROR_FROM VIR_FROM_NONE
#include <string.h>

#include "drivers/conf/domain_gen.h"
#include "util/error.h"

typedef struct Case {
    const char *piece, *result;
} Case;

static void
try_all(const char *before, const char *after, const Case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        g_autofree char *xml = g_strdup_printf("<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>"
                                               "<name>t</name><memory unit='MiB'>64</memory><vcpu>4</vcpu>%s%s%s</domain>",
                                               before, cases[i].piece, after);
        g_autoptr(GError) error = NULL;
        g_autoptr(Domain) def = xml_parse_text(&domain_xml, xml, XML_PARSE_INACTIVE | XML_PARSE_STRICT, &error);
        g_autofree char *out = def ? xml_format_text(&domain_xml, def, XML_FORMAT_INACTIVE) : NULL;

        g_test_message("%s: %s", cases[i].piece, error ? error->message : out);
        if (cases[i].result[0] == '<') {
            g_assert_no_error(error);
            g_assert_nonnull(strstr(out, cases[i].result));
        } else {
            g_assert_null(def);
            g_assert_nonnull(strstr(error->message, cases[i].result));
        }
    }
}

#define HVM "<os><type arch='x86_64' machine='pc'>hvm</type></os>"
#define FEATURES HVM "<features>", "</features>"

/* To be named is to be on, where the documentation says so. */
static void
test_bare_features(void)
{
    static const Case cases[] = {
        { "<smm/>", "<smm state='on'/>" },
        { "<smm><tseg unit='MiB'>48</tseg></smm>", "<smm state='on'>" },
        { "<smm state='off'/>", "<smm state='off'/>" },
        { "<vmport/>", "<vmport state='on'/>" },
        { "<pvspinlock/>", "<pvspinlock state='on'/>" },
        { "<vmcoreinfo/>", "<vmcoreinfo state='on'/>" },
        { "<pmu/>", "<pmu state='on'/>" },
        { "<hap/>", "<hap state='on'/>" },
        { "<async-teardown/>", "<async-teardown enabled='yes'/>" },
        { "<async-teardown enabled='no'/>", "<async-teardown enabled='no'/>" },
        { "<capabilities><mknod/></capabilities>", "<mknod state='on'/>" },
        { "<hyperv/>", "<hyperv mode='custom'/>" },
    };

    try_all(FEATURES, cases, G_N_ELEMENTS(cases));
}

static void
test_required_features(void)
{
    static const Case cases[] = {
        { "<htm/>", "Missing required attribute 'state' in element 'htm'" },
        { "<nested-hv/>", "'state' in element 'nested-hv'" },
        { "<ccf-assist/>", "'state' in element 'ccf-assist'" },
        { "<ras/>", "'state' in element 'ras'" },
        { "<ps2/>", "'state' in element 'ps2'" },
        { "<msrs/>", "'unknown' in element 'msrs'" },
        { "<aia/>", "'value' in element 'aia'" },
        { "<aia value='imsic'/>", "Invalid value for attribute 'value' in element 'aia': 'imsic'" },
        { "<aia value='aplic-imsic'/>", "<aia value='aplic-imsic'/>" },
        { "<hyperv><relaxed/></hyperv>", "'state' in element 'relaxed'" },
        { "<hyperv><spinlocks retries='8192'/></hyperv>", "'state' in element 'spinlocks'" },
        { "<hyperv><stimer state='on'><direct/></stimer></hyperv>", "'state' in element 'direct'" },
        { "<hyperv><tlbflush state='on'><extended/></tlbflush></hyperv>", "'state' in element 'extended'" },
        { "<kvm><hidden/></kvm>", "'state' in element 'hidden'" },
        { "<kvm><dirty-ring size='4096'/></kvm>", "'state' in element 'dirty-ring'" },
        { "<xen><e820_host/></xen>", "'state' in element 'e820_host'" },
        { "<xen><passthrough mode='share_pt'/></xen>", "'state' in element 'passthrough'" },
    };

    try_all(FEATURES, cases, G_N_ELEMENTS(cases));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/conf/presence/bare-features", test_bare_features);
    g_test_add_func("/conf/presence/required-features", test_required_features);
    return g_test_run();
}
