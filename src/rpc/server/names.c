/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* names.c - names of the users and groups that clients are */
#include "rpc/server/names.h"

#include <glib.h>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include "util/lock.h"

enum {
    KNOWN_MAX = 4096, /* users of this host that are kept; then all are asked for again */
    BUFFER_MAX = 1 << 20,
};

typedef struct Question {
    uid_t uid;
    gid_t gid;
} Question;

/* Number -> name; "" for one that has none, or is being asked for. */
static GHashTable *users, *groups;
static Lock names_lock = LOCK_INIT;

/* Whether @number is new here; from now on it is not. */
static bool
note(GHashTable **table, unsigned number)
{
    if (*table && g_hash_table_size(*table) >= KNOWN_MAX)
        g_clear_pointer(table, g_hash_table_unref);
    if (!*table)
        *table = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    if (g_hash_table_contains(*table, GUINT_TO_POINTER(number)))
        return false;
    g_hash_table_insert(*table, GUINT_TO_POINTER(number), g_strdup(""));
    return true;
}

static char *
ask_user(uid_t uid)
{
    struct passwd entry, *found = NULL;
    int rc = ERANGE;

    for (size_t size = 4096; rc == ERANGE && size <= BUFFER_MAX; size *= 4) {
        g_autofree char *buffer = g_malloc(size);

        rc = getpwuid_r(uid, &entry, buffer, size, &found);
        if (rc == 0 && found)
            return g_strdup(found->pw_name);
    }
    return NULL;
}

/* A group's members are in the buffer, too: it may have to be large. */
static char *
ask_group(gid_t gid)
{
    struct group entry, *found = NULL;
    int rc = ERANGE;

    for (size_t size = 4096; rc == ERANGE && size <= BUFFER_MAX; size *= 4) {
        g_autofree char *buffer = g_malloc(size);

        rc = getgrgid_r(gid, &entry, buffer, size, &found);
        if (rc == 0 && found)
            return g_strdup(found->gr_name);
    }
    return NULL;
}

/* In a worker. */
static void
ask(void *data)
{
    g_autofree Question *question = data;
    char *user = ask_user(question->uid), *group = ask_group(question->gid);

    lock_acquire(&names_lock);
    if (user && users)
        g_hash_table_insert(users, GUINT_TO_POINTER(question->uid), g_steal_pointer(&user));
    if (group && groups)
        g_hash_table_insert(groups, GUINT_TO_POINTER(question->gid), g_steal_pointer(&group));
    lock_release(&names_lock);
    g_free(user);
    g_free(group);
}

void
names_want(Workers *workers, uid_t uid, gid_t gid)
{
    bool is_new;

    lock_acquire(&names_lock);
    is_new = note(&users, uid);
    is_new = note(&groups, gid) || is_new;
    lock_release(&names_lock);
    if (is_new) {
        Question *question = g_new(Question, 1);

        *question = (Question){ uid, gid };
        workers_push(workers, false, ask, question);
    }
}

static char *
known(GHashTable **table, unsigned number)
{
    const char *name;
    char *copy;

    lock_acquire(&names_lock);
    name = *table ? g_hash_table_lookup(*table, GUINT_TO_POINTER(number)) : NULL;
    copy = name && *name ? g_strdup(name) : NULL;
    lock_release(&names_lock);
    return copy;
}

char *
names_user(uid_t uid)
{
    return known(&users, uid);
}

char *
names_group(gid_t gid)
{
    return known(&groups, gid);
}
