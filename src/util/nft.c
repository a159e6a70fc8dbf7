/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* nft.c - runs nftables commands in this process through libnftables, or through nft
 *
 * The library is not safe for concurrent use, so callers take turns; the turn is a flag and not
 * the lock itself, since a run is I/O.
 */
#define ERROR_FROM VIR_FROM_FIREWALL
#include "util/nft.h"

#include <dlfcn.h>
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "util/error.h"
#include "util/lock.h"
#include "util/process.h"

enum { DEADLINE_MS = 10000, OUTPUT_JSON = 1 << 4, OUTPUT_HANDLE = 1 << 3 };

typedef struct nft_ctx NftContext;

/* The functions of libnftables.so.1 that are used here. */
typedef struct NftLibrary {
    NftContext *(*ctx_new)(uint32_t flags);
    void (*ctx_free)(NftContext *context);
    void (*output_set_flags)(NftContext *context, unsigned flags);
    int (*buffer_output)(NftContext *context);
    int (*buffer_error)(NftContext *context);
    const char *(*output_buffer)(NftContext *context);
    const char *(*error_buffer)(NftContext *context);
    int (*run)(NftContext *context, const char *buffer);
} NftLibrary;

static const struct {
    const char *name;
    size_t offset;
} symbols[] = {
    { "nft_ctx_new", offsetof(NftLibrary, ctx_new) },
    { "nft_ctx_free", offsetof(NftLibrary, ctx_free) },
    { "nft_ctx_output_set_flags", offsetof(NftLibrary, output_set_flags) },
    { "nft_ctx_buffer_output", offsetof(NftLibrary, buffer_output) },
    { "nft_ctx_buffer_error", offsetof(NftLibrary, buffer_error) },
    { "nft_ctx_get_output_buffer", offsetof(NftLibrary, output_buffer) },
    { "nft_ctx_get_error_buffer", offsetof(NftLibrary, error_buffer) },
    { "nft_run_cmd_from_buffer", offsetof(NftLibrary, run) },
};

static Lock turn_lock = LOCK_INIT;
static Cond turn_cond; /* made with the library */
static bool turn_taken GUARDED_BY(turn_lock);

static const NftLibrary *
library(void)
{
    static NftLibrary lib;
    static gsize once;

    if (g_once_init_enter(&once)) {
        void *handle = g_getenv("LIBVIRT_NFT_PROGRAM")
                           ? NULL
                           : dlopen("libnftables.so.1", RTLD_NOW | RTLD_LOCAL);
        gsize found = 1;

        for (size_t i = 0; handle && i < G_N_ELEMENTS(symbols); i++) {
            void *symbol = dlsym(handle, symbols[i].name);

            memcpy((char *)&lib + symbols[i].offset, &symbol, sizeof(symbol));
            found = symbol ? found + 1 : found;
        }
        cond_init(&turn_cond);
        g_once_init_leave(&once, found);
    }
    return once == G_N_ELEMENTS(symbols) + 1 ? &lib : NULL;
}

static bool
take_turn(GError **error)
{
    int64_t deadline = g_get_monotonic_time() + DEADLINE_MS * (int64_t)1000;
    g_auto(LockHold) hold = lock_hold(&turn_lock);

    while (turn_taken) {
        if (!cond_wait_until(&turn_cond, &turn_lock, deadline)) {
            error_set(error, VIR_ERR_OPERATION_TIMEOUT,
                      "another change to the firewall does not end");
            return false;
        }
    }
    turn_taken = true;
    return true;
}

static void
end_turn(void)
{
    g_auto(LockHold) hold = lock_hold(&turn_lock);

    turn_taken = false;
    cond_signal(&turn_cond);
}

static void
set_failure(GError **error, const char *complaint)
{
    g_autofree char *text = g_strstrip(g_strdup(complaint));
    char *second = strchr(text, '\n');

    /* What follows quotes the script and points into it with carets. */
    if (second)
        *second = '\0';
    error_set(error, VIR_ERR_OPERATION_FAILED, "nftables refused the firewall rules: %s",
              *text ? text : "no reason given");
}

static bool
run_library(const NftLibrary *lib, const char *script, unsigned flags, char **ret_output,
            GError **error)
{
    NftContext *context = lib->ctx_new(0);
    bool ok = false;

    if (!context) {
        error_set(error, VIR_ERR_OPERATION_FAILED, "libnftables cannot be used");
        return false;
    }
    lib->buffer_output(context);
    lib->buffer_error(context);
    lib->output_set_flags(context, flags);
    ok = lib->run(context, script) == 0;
    if (!ok)
        set_failure(error, lib->error_buffer(context));
    else if (ret_output)
        *ret_output = g_strdup(lib->output_buffer(context));
    lib->ctx_free(context);
    return ok;
}

static bool
run_program(const char *script, bool json, char **ret_output, GError **error)
{
    const char *argv[] = { "nft", json ? "-aj" : "-a", "-f", "-", NULL };
    g_autofree char *output = NULL, *complaint = NULL;
    g_autoptr(GError) failure = NULL;

    if (!process_run(argv, script, DEADLINE_MS, &output, &complaint, &failure)) {
        set_failure(error, complaint && *complaint ? complaint : failure->message);
        return false;
    }
    if (ret_output)
        *ret_output = g_steal_pointer(&output);
    return true;
}

static bool
run(const char *script, bool json, char **ret_output, GError **error)
{
    const NftLibrary *lib = library();
    bool ok = false;

    if (!take_turn(error))
        return false;
    ok = lib ? run_library(lib, script, json ? OUTPUT_JSON | OUTPUT_HANDLE : 0, ret_output, error)
             : run_program(script, json, ret_output, error);
    end_turn();
    return ok;
}

bool
nft_run(const char *script, GError **error)
{
    return run(script, false, NULL, error);
}

static void
rule_free(void *data)
{
    NftRule *rule = data;

    g_free(rule->family);
    g_free(rule->chain);
    g_free(rule->comment);
    g_free(rule);
}

static char *
member_string(json_object *object, const char *name)
{
    json_object *value = NULL;

    return json_object_object_get_ex(object, name, &value) ? g_strdup(json_object_get_string(value))
                                                           : NULL;
}

static void
take_element(NftTable *table, json_object *element)
{
    json_object *object = NULL, *handle = NULL;

    if (json_object_object_get_ex(element, "chain", &object)) {
        g_ptr_array_add(table->chains, member_string(object, "name"));
    } else if (json_object_object_get_ex(element, "rule", &object)) {
        NftRule *rule = g_new0(NftRule, 1);

        rule->family = member_string(object, "family");
        rule->chain = member_string(object, "chain");
        rule->comment = member_string(object, "comment");
        if (json_object_object_get_ex(object, "handle", &handle))
            rule->handle = json_object_get_int64(handle);
        g_ptr_array_add(table->rules, rule);
    }
}

NftTable *
nft_table_read(const char *family, const char *name, GError **error)
{
    g_autofree char *script = g_strdup_printf("list table %s %s\n", family, name);
    g_autofree char *output = NULL;
    g_autoptr(GError) failure = NULL;
    g_autoptr(NftTable) table = g_new0(NftTable, 1);
    json_object *root = NULL, *list = NULL;

    table->chains = g_ptr_array_new_with_free_func(g_free);
    table->rules = g_ptr_array_new_with_free_func(rule_free);
    if (!run(script, true, &output, &failure)) {
        /* nft has no other way to say that there is no such table. */
        if (strstr(failure->message, g_strerror(ENOENT)) ||
            strstr(failure->message, "No such file"))
            return g_steal_pointer(&table);
        g_propagate_error(error, g_steal_pointer(&failure));
        return NULL;
    }
    root = json_tokener_parse(output ? output : "");
    if (!root || !json_object_object_get_ex(root, "nftables", &list) ||
        !json_object_is_type(list, json_type_array)) {
        error_set(error, VIR_ERR_OPERATION_FAILED,
                  "nftables listed table '%s' in a form not understood", name);
        json_object_put(root);
        return NULL;
    }
    for (size_t i = 0; i < json_object_array_length(list); i++)
        take_element(table, json_object_array_get_idx(list, i));
    json_object_put(root);
    return g_steal_pointer(&table);
}

void
nft_table_free(NftTable *table)
{
    if (!table)
        return;
    g_ptr_array_unref(table->chains);
    g_ptr_array_unref(table->rules);
    g_free(table);
}

bool
nft_table_has_chain(const NftTable *table, const char *chain)
{
    return g_ptr_array_find_with_equal_func(table->chains, chain, g_str_equal, NULL);
}
