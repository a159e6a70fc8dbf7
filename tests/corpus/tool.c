/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tool.c - virt-corpus-tool: runs the project's code over one case of the corpus
 *
 *     virt-corpus-tool FAMILY [--OPTION [VALUE]]... < INPUT > OUTPUT
 *     virt-corpus-tool batch                        one JSON request a line
 *
 * The contract is in the corpus' README.md.  Exit status 0: output; 1: refused,
 * message on standard error; 2: a family or option nobody knows.
 */
#define ERROR_FROM VIR_FROM_NONE
#include "corpus/tool.h"
#include "util/error.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const Family *const tables[] = {
    qemu_families,
    firmware_families,
    document_families,
    host_families,
    hardware_families,
    caps_families,
    client_families,
    cpu_families,
    format_families,
    storage_families,
    moment_families,
    monitor_families,
    hotplug_families,
    migration_families,
    backing_families,
    bitmap_families,
    bhyve_families,
    lxc_families,
    security_families,
    network_families,
    nwfilter_families,
    other_families,
    vmx_families,
    xen_families,
};

static const Family *
find_family(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
        for (const Family *f = tables[i]; f->name; f++)
            if (!strcmp(f->name, name))
                return f;
    return NULL;
}

const char *
request_next_option(const Request *request, const char *name, guint *at)
{
    for (; *at + 1 < request->options->len; *at += 2) {
        if (!strcmp(request->options->pdata[*at], name)) {
            const char *value = request->options->pdata[*at + 1];
            *at += 2;
            return value ? value : "";
        }
    }
    return NULL;
}

const char *
request_option(const Request *request, const char *name)
{
    guint at = 0;

    return request_next_option(request, name, &at);
}

bool
request_has(const Request *request, const char *name)
{
    return request_option(request, name) != NULL;
}

char *
request_file(const Request *request, const char *name, GError **error)
{
    const char *path = request_option(request, name);
    char *text = NULL;

    if (!path)
        error_set(error, VIR_ERR_INVALID_ARG, "option --%s is missing", name);
    else
        g_file_get_contents(path, &text, NULL, error);
    return text;
}

static bool
takes(const Family *family, const char *option)
{
    g_auto(GStrv) names = g_strsplit(family->options, " ", -1);

    return g_strv_contains((const char *const *)names, option);
}

/* Command line words to option pairs: a word that starts with -- is a name, and what
 * follows is its value unless it is a name too. */
static bool
parse_options(const Family *family, char *const *argv, int argc, GPtrArray *options, GError **error)
{
    for (int i = 0; i < argc; i++) {
        bool has_value = i + 1 < argc && !g_str_has_prefix(argv[i + 1], "--");

        if (!g_str_has_prefix(argv[i], "--") || !takes(family, argv[i] + 2)) {
            error_set(error, VIR_ERR_INVALID_ARG, "family %s has no option '%s'", family->name, argv[i]);
            return false;
        }
        g_ptr_array_add(options, g_strdup(argv[i] + 2));
        g_ptr_array_add(options, has_value ? g_strdup(argv[i + 1]) : NULL);
        i += has_value;
    }
    return true;
}

/* Run one request: exit status, and output or message. */
static int
run(const char *name, char *const *argv, int argc, const char *input, gsize input_len, char **ret_out, char **ret_err)
{
    const Family *family = find_family(name);
    g_autoptr(GPtrArray) options = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;
    Request request = { name, input, input_len, options };

    if (!family) {
        *ret_err = g_strdup_printf("no family '%s'", name);
        return 2;
    }
    if (!parse_options(family, argv, argc, options, &error)) {
        *ret_err = g_strdup(error->message);
        return 2;
    }
    *ret_out = family->run(&request, &error);
    if (*ret_out)
        return 0;
    *ret_err = error ? error_text(error) : g_strdup("refused without a reason");
    return 1;
}

static char *
read_all(FILE *file, gsize *ret_len)
{
    GString *text = g_string_new(NULL);
    char buf[65536];
    size_t n;

    while ((n = fread(buf, 1, sizeof(buf), file)) > 0)
        g_string_append_len(text, buf, n);
    *ret_len = text->len;
    return g_string_free(text, false);
}

static const char *
member_string(json_object *object, const char *name)
{
    json_object *value = NULL;

    return json_object_object_get_ex(object, name, &value) && value ? json_object_get_string(value) : NULL;
}

static int
answer(json_object *request, char **ret_out, char **ret_err)
{
    const char *family = member_string(request, "family"), *path = member_string(request, "in");
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_autoptr(GError) error = NULL;
    g_autofree char *input = NULL;
    json_object *args = NULL;
    gsize len = 0;

    if (!family) {
        *ret_err = g_strdup("request has no family");
        return 2;
    }
    if (path && g_file_test(path, G_FILE_TEST_IS_REGULAR) && !g_file_get_contents(path, &input, &len, &error)) {
        *ret_err = g_strdup(error->message);
        return 2;
    }
    json_object_object_get_ex(request, "args", &args);
    for (size_t i = 0; args && i < json_object_array_length(args); i++)
        g_ptr_array_add(argv, (char *)json_object_get_string(json_object_array_get_idx(args, i)));
    return run(family, (char *const *)argv->pdata, argv->len, input ? input : "", len, ret_out, ret_err);
}

static int
batch(void)
{
    char *line = NULL;
    size_t size = 0;

    while (getline(&line, &size, stdin) > 0) {
        json_object *request = json_tokener_parse(line), *reply = json_object_new_object();
        g_autofree char *out = NULL, *err = NULL;
        int status = 2;

        if (request)
            status = answer(request, &out, &err);
        else
            err = g_strdup("request is not JSON");
        json_object_object_add(reply, "id", request ? json_object_get(json_object_object_get(request, "id")) : NULL);
        json_object_object_add(reply, "status", json_object_new_int(status));
        json_object_object_add(reply, "out", json_object_new_string(out ? out : ""));
        json_object_object_add(reply, "err", json_object_new_string(err ? err : ""));
        puts(json_object_to_json_string_ext(reply, JSON_C_TO_STRING_PLAIN));
        fflush(stdout);
        json_object_put(reply);
        json_object_put(request);
    }
    free(line);
    return 0;
}

int
main(int argc, char **argv)
{
    g_autofree char *input = NULL, *out = NULL, *err = NULL;
    gsize len;
    int status;

    if (argc < 2) {
        fprintf(stderr, "usage: virt-corpus-tool FAMILY|batch [--OPTION [VALUE]]...\n");
        return 2;
    }
    if (!strcmp(argv[1], "batch"))
        return batch();
    input = read_all(stdin, &len);
    status = run(argv[1], argv + 2, argc - 2, input, len, &out, &err);
    if (out)
        fputs(out, stdout);
    if (err)
        fprintf(stderr, "%s\n", err);
    return status;
}
