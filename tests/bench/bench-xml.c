/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bench-xml.c - how long a domain of forty devices takes to be read and written
 *
 *     bench-xml ROUNDS        prints minimum, median and maximum in nanoseconds of our parse and
 *     bench-xml ROUNDS raw    format, or of libxml2's bare parse of the same text
 *
 * Time on the processor, for nothing here waits, and others may use the machine.
 */
#include <glib.h>
#include <libxml/parser.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "drivers/conf/domain_gen.h"
#include "util/error.h"
#include "util/xml.h"

static char *
make_domain(void)
{
    GString *xml = g_string_new("<domain type='kvm'><name>bench</name><uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid>"
                                "<memory unit='KiB'>4194304</memory><vcpu placement='static'>8</vcpu>"
                                "<os><type arch='x86_64' machine='pc-q35-9.0'>hvm</type><boot dev='hd'/></os>"
                                "<features><acpi/><apic/></features><cpu mode='host-passthrough' check='none'/>"
                                "<clock offset='utc'><timer name='rtc' tickpolicy='catchup'/></clock><devices>"
                                "<emulator>/usr/bin/qemu-system-x86_64</emulator>");
    g_autoptr(GError) error = NULL;
    g_autoptr(Domain) domain = NULL;
    char *text;

    for (int i = 0; i < 16; i++)
        g_string_append_printf(xml, "<disk type='file' device='disk'><driver name='qemu' type='qcow2' cache='none' io='native'/>"
                                    "<source file='/var/lib/libvirt/images/disk%d.qcow2'/><target dev='vd%c' bus='virtio'/>"
                                    "<address type='pci' domain='0x0000' bus='0x%02x' slot='0x00' function='0x0'/></disk>",
                               i, 'a' + i, i + 1);
    for (int i = 0; i < 16; i++)
        g_string_append_printf(xml, "<interface type='network'><mac address='52:54:00:00:00:%02x'/><source network='default'/>"
                                    "<model type='virtio'/><driver name='vhost' queues='4'/>"
                                    "<address type='pci' domain='0x0000' bus='0x%02x' slot='0x00' function='0x0'/></interface>",
                               i, i + 32);
    for (int i = 0; i < 4; i++)
        g_string_append_printf(xml, "<channel type='unix'><target type='virtio' name='org.bench.%d'/></channel>", i);
    g_string_append(xml, "<serial type='pty'><target port='0'/></serial><console type='pty'><target type='serial' port='0'/>"
                         "</console><memballoon model='virtio'/><rng model='virtio'><backend model='random'>/dev/urandom"
                         "</backend></rng></devices></domain>");
    domain = xml_parse_text(&domain_xml, xml->str, XML_PARSE_INACTIVE, &error);
    if (!domain)
        g_error("%s", error->message);
    /* What is measured is the text as it stands in /etc/libvirt. */
    text = xml_format_text(&domain_xml, domain, XML_FORMAT_INACTIVE | XML_FORMAT_SECURE);
    g_string_free(xml, true);
    return text;
}

static gint64
now(void)
{
    struct timespec time;

    g_assert_cmpint(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time), ==, 0);
    return time.tv_sec * G_GINT64_CONSTANT(1000000000) + time.tv_nsec;
}

static int
compare(const void *a, const void *b)
{
    gint64 x = *(const gint64 *)a, y = *(const gint64 *)b;

    return x < y ? -1 : x > y;
}

static void
once(const char *text, bool raw)
{
    g_autoptr(Domain) domain = NULL;
    g_autofree char *out = NULL;
    xmlDoc *doc = NULL;

    if (raw) {
        doc = xmlReadMemory(text, strlen(text), NULL, NULL, XML_PARSE_NONET);
        g_assert_nonnull(doc);
        xmlFreeDoc(doc);
        return;
    }
    domain = xml_parse_text(&domain_xml, text, XML_PARSE_INACTIVE, NULL);
    g_assert_nonnull(domain);
    out = xml_format_text(&domain_xml, domain, XML_FORMAT_INACTIVE | XML_FORMAT_SECURE);
    g_assert_cmpstr(out, ==, text);
}

int
main(int argc, char **argv)
{
    size_t rounds = argc > 1 ? g_ascii_strtoull(argv[1], NULL, 10) : 0;
    bool raw = argc > 2 && !strcmp(argv[2], "raw");
    g_autofree char *text = make_domain();
    g_autofree gint64 *times = g_new(gint64, MAX(rounds, 1));

    if (!rounds) {
        fprintf(stderr, "usage: bench-xml ROUNDS [raw]\n");
        return 2;
    }
    for (size_t i = 0; i < rounds; i++) {
        gint64 start = now();

        for (int n = 0; n < 10; n++)
            once(text, raw);
        times[i] = (now() - start) / 10;
    }
    qsort(times, rounds, sizeof(*times), compare);
    printf("%" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n", times[0], times[rounds / 2],
           times[rounds - 1]);
    return 0;
}
