/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* restart_state.c - what libvirt's daemons write of themselves before they run their own program again */
#define ERROR_FROM VIR_FROM_RPC
#include "rpc/server/restart_state.h"

#include "util/error.h"

enum { AUTH_NONE = 0 };

typedef struct Member {
    const char *name;
    json_type type;
    bool optional;
} Member;

static const Member server_members[] = {
    { "min_workers", json_type_int, false },
    { "max_workers", json_type_int, false },
    { "priority_workers", json_type_int, false },
    { "max_clients", json_type_int, false },
    { "max_anonymous_clients", json_type_int, true },
    { "keepaliveInterval", json_type_int, false },
    { "keepaliveCount", json_type_int, false },
    { "next_client_id", json_type_int, true },
    { 0 },
};
static const Member service_members[] = {
    { "auth", json_type_int, false },
    { "readonly", json_type_boolean, false },
    { "nrequests_client_max", json_type_int, false },
    { 0 },
};
static const Member client_members[] = {
    { "id", json_type_int, true },
    { "auth", json_type_int, false },
    { "auth_pending", json_type_boolean, true },
    { "readonly", json_type_boolean, false },
    { "nrequests_max", json_type_int, false },
    { "conn_time", json_type_int, true },
    { 0 },
};
static const Member socket_members[] = {
    { "fd", json_type_int, false },
    { "errfd", json_type_int, false },
    { "pid", json_type_int, false },
    { "isClient", json_type_boolean, false },
    { "unlinkUNIX", json_type_boolean, true },
    { 0 },
};

/* A new object with those of @members that @from has; NULL if one is missing or of another type. */
static Json *
take(Json *from, const Member *members, GError **error)
{
    g_autoptr(Json) taken = json_new_object();

    for (const Member *m = members; m->name; m++) {
        Json *value = NULL;

        if (!json_object_is_type(from, json_type_object) || !json_object_object_get_ex(from, m->name, &value)) {
            if (m->optional)
                continue;
            error_set(error, VIR_ERR_INTERNAL_ERROR, "Missing %s data in JSON state document", m->name);
            return NULL;
        }
        if (!json_object_is_type(value, m->type)) {
            error_set(error, VIR_ERR_INTERNAL_ERROR, "Malformed %s data in JSON state document", m->name);
            return NULL;
        }
        json_add(taken, m->name, json_ref(value));
    }
    return g_steal_pointer(&taken);
}

static Json *
parse_socket(Json *from, GError **error)
{
    Json *to = take(from, socket_members, error);

    /* Who listens made the file in the file system, whatever the writer was too old to say. */
    if (to && !json_has(to, "unlinkUNIX"))
        json_add_bool(to, "unlinkUNIX", !json_opt_bool(to, "isClient", false));
    return to;
}

static Json *
parse_service(Json *from, GError **error)
{
    g_autoptr(Json) to = take(from, service_members, error);
    Json *sockets = to ? json_get_array(from, "socks", error) : NULL, *list;

    if (!sockets)
        return NULL;
    json_add(to, "socks", list = json_new_array());
    for (size_t i = 0; i < json_array_len(sockets); i++) {
        Json *socket = parse_socket(json_array_at(sockets, i), error);

        if (!socket)
            return NULL;
        json_append(list, socket);
    }
    return g_steal_pointer(&to);
}

static Json *
parse_client(Json *from, uint64_t *next_id, GError **error)
{
    g_autoptr(Json) to = take(from, client_members, error);
    bool authenticates = to && json_opt_uint64(to, "auth", AUTH_NONE) != AUTH_NONE;
    Json *socket = NULL, *data = NULL;

    if (!to || !(socket = parse_socket(json_opt_object(from, "sock"), error)))
        return NULL;
    json_add(to, "sock", socket);
    if (json_object_object_get_ex(from, "privateData", &data))
        json_add(to, "privateData", json_ref(data));
    if (!json_has(to, "id"))
        json_add_uint64(to, "id", (*next_id)++);
    if (!json_has(to, "auth_pending"))
        json_add_bool(to, "auth_pending", authenticates);
    if (json_opt_bool(to, "auth_pending", false) && !authenticates) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "Invalid auth_pending and auth combination in JSON state document");
        return NULL;
    }
    return g_steal_pointer(&to);
}

static Json *
parse_server(Json *from, GError **error)
{
    g_autoptr(Json) to = take(from, server_members, error);
    Json *services = to ? json_get_array(from, "services", error) : NULL;
    Json *clients = services ? json_get_array(from, "clients", error) : NULL, *list, *one;
    uint64_t next_id = json_opt_uint64(to, "next_client_id", 1), most = json_opt_uint64(to, "max_clients", 0);

    if (!clients)
        return NULL;
    if (!json_has(to, "max_anonymous_clients"))
        json_add_uint64(to, "max_anonymous_clients", most);
    if (json_opt_uint64(to, "max_anonymous_clients", 0) > most) {
        error_set(error, VIR_ERR_INTERNAL_ERROR,
                  "The overall maximum number of clients must not be less than the number of clients waiting for "
                  "authentication");
        return NULL;
    }
    json_add(to, "services", list = json_new_array());
    for (size_t i = 0; i < json_array_len(services); i++) {
        if (!(one = parse_service(json_array_at(services, i), error)))
            return NULL;
        json_append(list, one);
    }
    json_add(to, "clients", list = json_new_array());
    for (size_t i = 0; i < json_array_len(clients); i++) {
        if (!(one = parse_client(json_array_at(clients, i), &next_id, error)))
            return NULL;
        json_append(list, one);
    }
    json_add_uint64(to, "next_client_id", next_id);
    return g_steal_pointer(&to);
}

Json *
restart_state_parse(const char *text, const char *const *names, GError **error)
{
    g_autoptr(Json) root = json_parse(text, -1, "state before the restart", error);
    g_autoptr(Json) state = json_new_object();
    Json *from = json_opt_object(root, "servers"), *to;

    if (!root)
        return NULL;
    json_add(state, "servers", to = json_new_object());
    for (size_t i = 0; names[i]; i++) {
        Json *server = from ? json_opt_object(from, names[i]) : i == 0 ? root : NULL;

        if (!server) {
            error_set(error, VIR_ERR_INTERNAL_ERROR, "Server %s was not created", names[i]);
            return NULL;
        }
        if (!(server = parse_server(server, error)))
            return NULL;
        json_add(to, names[i], server);
    }
    return g_steal_pointer(&state);
}
