/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu_schema.c - what QEMU says of its own protocol (query-qmp-schema) */
#include "drivers/qemu/caps/qemu_schema.h"

#include <string.h>

struct QemuSchema {
    Json *answer;
    GHashTable *entities; /* name -> borrowed */
};

QemuSchema *
qemu_schema_new(Json *answer)
{
    QemuSchema *schema = g_new0(QemuSchema, 1);

    schema->answer = json_ref(answer);
    schema->entities = g_hash_table_new(g_str_hash, g_str_equal);
    for (size_t i = 0; i < json_array_len(answer); i++) {
        Json *entity = json_array_at(answer, i);
        const char *name = json_opt_string(entity, "name", NULL);

        if (name)
            g_hash_table_insert(schema->entities, (char *)name, entity);
    }
    return schema;
}

void
qemu_schema_free(QemuSchema *schema)
{
    if (!schema)
        return;
    g_hash_table_unref(schema->entities);
    json_unref(schema->answer);
    g_free(schema);
}

/* The type of an object, without the arrays around it. */
static Json *
find_type(const QemuSchema *schema, Json *object, const char *key)
{
    const char *name = json_opt_string(object, key, NULL);
    Json *type = name ? g_hash_table_lookup(schema->entities, name) : NULL;

    while (type && !strcmp(json_opt_string(type, "meta-type", ""), "array")) {
        name = json_opt_string(type, "element-type", NULL);
        type = name ? g_hash_table_lookup(schema->entities, name) : NULL;
    }
    return type;
}

static Json *
find_named(Json *object, const char *list, const char *key, const char *name)
{
    Json *items = json_opt_array(object, list);

    for (size_t i = 0; i < json_array_len(items); i++) {
        Json *item = json_array_at(items, i);
        const char *text = json_string_value(item);

        if (!g_strcmp0(text ? text : json_opt_string(item, key, NULL), name))
            return item;
    }
    return NULL;
}

static bool walk(const QemuSchema *schema, Json *at, Json *type, char *const *steps);

/* The same steps through what an alternate may be. */
static bool
walk_alternate(const QemuSchema *schema, Json *type, char *const *steps)
{
    Json *members = json_opt_array(type, "members");

    for (size_t i = 0; i < json_array_len(members); i++) {
        Json *member = json_array_at(members, i);
        Json *choice = find_type(schema, member, "type");

        if (choice && walk(schema, member, choice, steps))
            return true;
    }
    return false;
}

/* @at: the command, member or value reached; @type: its type, NULL where it has none. */
static bool
walk(const QemuSchema *schema, Json *at, Json *type, char *const *steps)
{
    const char *step = *steps;
    Json *found;

    if (!step)
        return true;
    if (*step == '$')
        return find_named(at, "features", NULL, step + 1) || (type && find_named(type, "features", NULL, step + 1));
    if (!type)
        return false;
    if (!strcmp(json_opt_string(type, "meta-type", ""), "alternate"))
        return walk_alternate(schema, type, steps);
    if (*step == '^') {
        /* Older releases have plain strings in "values". */
        found = find_named(type, "members", "name", step + 1);
        return found ? walk(schema, found, NULL, steps + 1) : !steps[1] && find_named(type, "values", NULL, step + 1);
    }
    found = *step == '+' ? find_named(type, "variants", "case", step + 1) : find_named(type, "members", "name", step);
    return found && walk(schema, found, find_type(schema, found, "type"), steps + 1);
}

bool
qemu_schema_has(const QemuSchema *schema, const char *path)
{
    g_autofree char *command = g_strndup(path, strcspn(path, "/>"));
    const char *rest = path + strlen(command);
    bool result = *rest == '>';
    g_auto(GStrv) steps = g_strsplit(*rest ? rest + 1 : "", "/", -1);
    Json *entity = g_hash_table_lookup(schema->entities, command);

    if (!entity || strcmp(json_opt_string(entity, "meta-type", ""), "command"))
        return false;
    return walk(schema, entity, find_type(schema, entity, result ? "ret-type" : "arg-type"), steps);
}
