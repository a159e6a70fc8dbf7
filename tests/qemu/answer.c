/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* answer.c - a small x86_64 emulator with three machine types */
#define ERROR_FROM VIR_FROM_QEMU
#include "tests/qemu/answer.h"

#include "util/error.h"

static const Answer common[] = {
    { "query-version", "{\"qemu\": {\"major\": 7, \"minor\": 2, \"micro\": 22}, \"package\": \"test\"}" },
    { "query-qmp-schema", "[]" },
    { "query-target", "{\"arch\": \"x86_64\"}" },
    { "query-machines",
      "[{\"name\": \"pc-i440fx-7.2\", \"alias\": \"pc\", \"is-default\": true, \"cpu-max\": 255,"
      "  \"default-cpu-type\": \"qemu64-x86_64-cpu\", \"default-ram-id\": \"pc.ram\", \"acpi\": true},"
      " {\"name\": \"pc-q35-7.2\", \"alias\": \"q35\", \"cpu-max\": 288, \"default-cpu-type\": \"qemu64-x86_64-cpu\","
      "  \"default-ram-id\": \"pc.ram\", \"acpi\": true},"
      " {\"name\": \"microvm\", \"cpu-max\": 288, \"acpi\": false}]" },
    { "query-cpu-definitions", "[{\"name\": \"qemu64\", \"typename\": \"qemu64-x86_64-cpu\", \"unavailable-features\": []}]" },
    { 0 },
};

Json *
answer_ask(void *data, bool tcg G_GNUC_UNUSED, const char *command, Json *arguments G_GNUC_UNUSED, GError **error)
{
    const Answer *const tables[] = { data, common };

    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
        for (const Answer *row = tables[i]; row->command; row++)
            if (g_str_equal(row->command, command))
                return json_parse(row->json, -1, command, error);
    error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "no answer to '%s'", command);
    return NULL;
}
