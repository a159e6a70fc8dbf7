/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bench-api.c - times public calls through libvirt.so.0, and the codec by itself
 *
 *     bench-api list URI COUNT          virConnectListAllDomains
 *     bench-api stats URI COUNT         virConnectGetAllDomainStats
 *     bench-api define URI COUNT FILE   virDomainDefineXML of FILE, whose NAME is replaced
 *     bench-api dump URI COUNT          virDomainGetXMLDesc of every domain in turn
 *     bench-api codec COUNT             encode and decode of a list of 10,000 domains
 *     bench-api raw-codec COUNT         memcpy of as many bytes, twice
 *     bench-api raw-parse COUNT FILE    libxml2's parser on the same document
 *
 * Prints minimum, median and maximum in nanoseconds; codec prints them for each MB.
 */
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rpc/api_gen.h"
#include "rpc/method.h"
#include "rpc/wire.h"

enum { DOMAINS = 10000 };

static gint64 *samples;
static size_t n_samples;

static void
die(const char *what)
{
    const virError *error = virGetLastError();

    fprintf(stderr, "bench-api: %s: %s\n", what, error ? error->message : "failed");
    exit(1);
}

static gint64
now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static int
compare(const void *a, const void *b)
{
    gint64 x = *(const gint64 *)a, y = *(const gint64 *)b;

    return x < y ? -1 : x > y;
}

static void
print_samples(double scale)
{
    qsort(samples, n_samples, sizeof(*samples), compare);
    printf("%.0f %.0f %.0f\n", (double)samples[0] * scale, (double)samples[n_samples / 2] * scale,
           (double)samples[n_samples - 1] * scale);
}

static void
free_domains(virDomainPtr *domains)
{
    for (size_t i = 0; domains[i]; i++)
        virDomainFree(domains[i]);
    free(domains);
}

static void
time_list(virConnectPtr conn, size_t i)
{
    virDomainPtr *domains = NULL;
    gint64 start = now();

    if (virConnectListAllDomains(conn, &domains, 0) < 0)
        die("list");
    samples[i] = now() - start;
    free_domains(domains);
}

static void
time_stats(virConnectPtr conn, size_t i)
{
    virDomainStatsRecordPtr *records = NULL;
    gint64 start = now();

    if (virConnectGetAllDomainStats(conn, 0, &records, 0) < 0)
        die("stats");
    samples[i] = now() - start;
    virDomainStatsRecordListFree(records);
}

static char *
read_document(const char *path)
{
    g_autoptr(GError) error = NULL;
    char *text = NULL;

    if (!g_file_get_contents(path, &text, NULL, &error)) {
        fprintf(stderr, "bench-api: %s\n", error->message);
        exit(1);
    }
    return text;
}

static void
time_define(virConnectPtr conn, size_t i, const char *template)
{
    g_autofree char *name = g_strdup_printf("bench%zu", i);
    g_auto(GStrv) parts = g_strsplit(template, "NAME", -1);
    g_autofree char *xml = g_strjoinv(name, parts);
    gint64 start = now();
    virDomainPtr domain = virDomainDefineXML(conn, xml);

    if (!domain)
        die("define");
    samples[i] = now() - start;
    virDomainFree(domain);
}

static void
time_dumps(virConnectPtr conn)
{
    virDomainPtr *domains = NULL;
    int n = virConnectListAllDomains(conn, &domains, 0);

    if (n < 1)
        die("there is nothing to dump");
    for (size_t i = 0; i < n_samples; i++) {
        gint64 start = now();
        char *xml = virDomainGetXMLDesc(domains[i % (size_t)n], 0);

        if (!xml)
            die("dump");
        samples[i] = now() - start;
        free(xml);
    }
    free_domains(domains);
}

static void
time_calls(const char *mode, const char *uri, const char *file)
{
    virConnectPtr conn = virConnectOpen(uri);
    g_autofree char *template = file ? read_document(file) : NULL;

    if (!conn)
        die(uri);
    if (strcmp(mode, "dump") == 0)
        time_dumps(conn);
    else
        for (size_t i = 0; i < n_samples; i++) {
            if (strcmp(mode, "list") == 0)
                time_list(conn, i);
            else if (strcmp(mode, "stats") == 0)
                time_stats(conn, i);
            else
                time_define(conn, i, template);
        }
    print_samples(1);
    virConnectClose(conn);
}

/* What virConnectListAllDomains answers with that many domains. */
static void
time_codec(bool bare)
{
    const WireType *type = method_lookup(PROGRAM_REMOTE, PROC_CONNECT_LIST_ALL_DOMAINS)->ret;
    ConnectListAllDomainsRet ret = { .n_domains = DOMAINS, .domains = g_new0(WireDomain, DOMAINS), .ret = DOMAINS };
    double megabytes = 0;

    for (size_t i = 0; i < DOMAINS; i++)
        ret.domains[i].name = g_strdup_printf("a-guest-of-some-cloud-%zu", i);
    for (size_t i = 0; i < n_samples; i++) {
        g_autoptr(GByteArray) bytes = g_byte_array_new();
        g_autoptr(GError) error = NULL;
        ConnectListAllDomainsRet back = { 0 };
        gint64 start = now();

        if (!wire_encode(type, &ret, bytes, &error) ||
            (!bare && !wire_decode(type, bytes->data, bytes->len, NULL, &back, &error))) {
            fprintf(stderr, "bench-api: %s\n", error->message);
            exit(1);
        }
        if (bare) {
            g_autofree uint8_t *one = g_malloc(bytes->len), *two = g_malloc(bytes->len);

            start = now();
            memcpy(one, bytes->data, bytes->len);
            memcpy(two, one, bytes->len);
            __asm__ volatile("" : : "r"(two) : "memory"); /* it is used, so it is copied */
        } else {
            wire_free(type, &back);
        }
        samples[i] = now() - start;
        megabytes = (double)bytes->len / 1e6;
    }
    print_samples(1 / megabytes);
    wire_free(type, &ret);
}

static void
time_parser(const char *file)
{
    g_autofree char *text = read_document(file);

    for (size_t i = 0; i < n_samples; i++) {
        gint64 start = now();
        xmlDoc *doc = xmlReadMemory(text, (int)strlen(text), NULL, NULL, XML_PARSE_NONET);

        if (!doc)
            die("libxml2");
        samples[i] = now() - start;
        xmlFreeDoc(doc);
    }
    print_samples(1);
}

int
main(int argc, char **argv)
{
    const char *mode = argc > 1 ? argv[1] : "";
    bool codec = g_str_has_suffix(mode, "codec"), parse = strcmp(mode, "raw-parse") == 0;
    int at = codec || parse ? 2 : 3;

    if (argc <= at + ((parse || strcmp(mode, "define") == 0) ? 1 : 0)) {
        fprintf(stderr, "usage: bench-api list|stats|dump URI COUNT | define URI COUNT FILE | [raw-]codec COUNT | "
                        "raw-parse COUNT FILE\n");
        return 64;
    }
    n_samples = MAX(strtoul(argv[at], NULL, 10), 1);
    samples = g_new0(gint64, n_samples);
    if (codec)
        time_codec(strcmp(mode, "raw-codec") == 0);
    else if (parse)
        time_parser(argv[at + 1]);
    else
        time_calls(mode, argv[2], argv[at + 1]);
    g_free(samples);
    return 0;
}
