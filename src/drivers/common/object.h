/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* object.h - the objects of a driver: guests, networks, pools ... by name, UUID and id
 *
 * An Object has up to two definitions: config, which is on disk, and live, which is in use while the
 * object is active.  Each is an immutable Def behind a reference count: a reader takes a reference
 * under the object's lock and reads at leisure; who changes one (under a job, see job.h) publishes
 * a new Def.  So no read waits for a job.
 *
 * Lock order: table, object.  Both guard memory only.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "drivers/common/job.h"
#include "rpc/events.h"
#include "rpc/method.h"
#include "util/lock.h"
#include "util/xml.h"

typedef struct Object Object;
typedef struct ObjectTable ObjectTable;

/* A document that nobody changes any more. */
typedef struct Def {
    gatomicrefcount refs;
    const XmlStruct *xml;
    void *doc;
} Def;

Def *def_new(const XmlStruct *xml, void *doc); /* takes @doc */
Def *def_ref(Def *def);
void def_unref(Def *def);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Def, def_unref)

/* A choice of objects in a ListAll call: within a group of flags any may match, and each group of
 * which a flag is set must. */
typedef struct ObjectFilter {
    uint32_t group, flag; /* group 0 ends the table */
    bool (*match)(Object *object);
} ObjectFilter;

/* How objects of a kind come to life and go, for the rows of object_life.c.  All is under a job of the
 * object; what is NULL needs nothing done on the host. */
typedef struct ObjectLife {
    uint32_t define_validate, create_validate; /* flags that ask for a strict check, or 0 */
    bool undefine_active;                      /* an active object may lose its definition */
    /* Make a new definition whole, or refuse it. */
    bool (*settle)(Object *object, void *doc, GError **error);
    /* Start as @doc says and publish that as the live definition; without this a copy of it is. */
    bool (*start)(Object *object, const void *doc, uint32_t flags, GError **error);
    /* End it, with object_set_inactive() when it has ended, be it with an error. */
    bool (*stop)(Object *object, GError **error);
    /* The definition of an inactive object is about to go. */
    void (*forget)(Object *object);
} ObjectLife;

/* What kind of thing the objects of a table are. */
typedef struct ObjectKind {
    const char *noun;       /* "domain" */
    const char *edit;       /* what changes a definition: "edit", "net-edit" */
    ObjectClass cls;
    int error_from;
    int no_such;            /* VIR_ERR_NO_DOMAIN */
    const char *inactive_text; /* "domain is not running" */
    const char *transient_text; /* why a transient one has no config to change */
    const XmlStruct *xml;
    uint16_t name_at, uuid_at; /* in the document; 0: it has none (secrets; interfaces) */
    uint16_t id_at;         /* int in the document, or 0 */
    uint16_t title_at, description_at, metadata_at; /* 0: no metadata calls */
    const XmlStruct *metadata_xml;
    size_t size;            /* of the driver's struct, which begins with Object */
    void (*init)(Object *object);
    void (*clear)(Object *object);
    /* Make a definition just parsed whole; may refuse it.  May be NULL. */
    bool (*prepare)(ObjectTable *table, void *doc, GError **error);
    /* The same for one that a client defines or creates: newer defaults, and stricter.  NULL: as prepare. */
    bool (*prepare_new)(ObjectTable *table, void *doc, GError **error);
    /* After a job changed the live definition: keep the status file true.  May be NULL. */
    bool (*save_status)(Object *object, GError **error);
    /* The record by which the object travels, where that has more than name, UUID and id; the object's lock
     * is held.  May be NULL. */
    void (*wire)(const Object *object, void *wire);
    const ObjectFilter *filters;
    const ObjectLife *life; /* NULL: the driver has rows of its own */
} ObjectKind;

struct Object {
    gatomicrefcount refs;
    const ObjectKind *kind;
    ObjectTable *table;     /* outlives its objects' use by calls */
    uint8_t uuid[16];
    JobQueue jobs;

    Lock lock;
    char *name GUARDED_BY(lock);
    Def *config GUARDED_BY(lock); /* NULL: transient, or not parsed yet (lazy) */
    Def *live GUARDED_BY(lock);   /* NULL: inactive */
    int id GUARDED_BY(lock);      /* -1 when inactive or without ids */
    bool lazy GUARDED_BY(lock);   /* config is on disk, still to be parsed */
    bool autostart GUARDED_BY(lock);
    bool updated GUARDED_BY(lock); /* config differs from live since it became active */
    bool gone GUARDED_BY(lock);   /* out of the table for good */
};

Object *object_ref(Object *object);
void object_unref(Object *object);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Object, object_unref)

/* Folders of state files; every member may be NULL: kept in memory only. */
typedef struct ObjectDirs {
    char *config, *autostart, *status;
} ObjectDirs;

struct ObjectTable {
    const ObjectKind *kind;
    EventHub *hub;          /* for the events of its objects; may be NULL */
    ObjectDirs dirs;
    const void *owner;      /* what the kind's functions want from the driver */

    Lock lock;
    GPtrArray *all GUARDED_BY(lock); /* in order of arrival */
    GHashTable *by_name GUARDED_BY(lock), *by_uuid GUARDED_BY(lock);
    int next_id GUARDED_BY(lock);
};

/* @dirs may be NULL; its strings are copied. */
ObjectTable *object_table_new(const ObjectKind *kind, EventHub *hub, const ObjectDirs *dirs,
                              const void *owner);
/* Nobody may use its objects any more. */
void object_table_free(ObjectTable *table);

/* Find.  NULL with @error set (no such object, with upstream's words) or, when @error is NULL, just NULL. */
Object *object_table_by_name(ObjectTable *table, const char *name, GError **error);
Object *object_table_by_uuid(ObjectTable *table, const uint8_t uuid[16], const char *name,
                             GError **error);
Object *object_table_by_id(ObjectTable *table, int id, GError **error);
/* References to all that are defined or active. */
GPtrArray *object_table_list(ObjectTable *table);
size_t object_table_count(ObjectTable *table);
int object_table_next_id(ObjectTable *table);

/* The object that @doc describes: the one with its UUID and name, or a new, invisible one that becomes
 * visible with its first definition.  A UUID is made up where @doc has none.  An error when name
 * or UUID belong to another. */
Object *object_table_claim(ObjectTable *table, void *doc, GError **error);
/* Index the definitions and autostart links on disk without parsing them; then status files are
 * the driver's to read.  Files that cannot be read are logged and left alone. */
bool object_table_load(ObjectTable *table, GError **error);

/* Parse (strictly, if @validate) and prepare a definition. */
void *object_parse(ObjectTable *table, const char *xml, bool validate, GError **error);
/* The same for one that a client defines or creates. */
void *object_parse_new(ObjectTable *table, const char *xml, bool validate, GError **error);

/* Read.  Any thread, at any time. */
char *object_name(Object *object);
int object_id(Object *object);
bool object_is_active(Object *object);
bool object_is_persistent(Object *object);
bool object_autostart(Object *object);
/* A reference to the live definition; NULL when inactive. */
Def *object_live(Object *object);
/* To the persistent one, parsed now if it has not been; NULL with @error set if it cannot be, or if there
 * is none (VIR_ERR_OPERATION_INVALID). */
Def *object_config(Object *object, GError **error);
/* What is in force: live when active, else config. */
Def *object_current(Object *object, GError **error);
/* Config if there is one, else live. */
Def *object_inactive(Object *object, GError **error);
/* Name, UUID and id into a WireDomain, WireNetwork ... of the object's class. */
void object_wire(Object *object, void *wire);

/* Change.  Under a job of the object, or before it is visible. */
/* Publish @doc (taken) as config and write it to disk. */
bool object_set_config(Object *object, void *doc, GError **error);
/* Publish @doc (taken) as live; an id is written into it when the kind has ids and it has none. */
void object_set_live(Object *object, void *doc);
/* It is no longer active; one without config leaves the table. */
void object_set_inactive(Object *object);
/* Remove the definition from disk and memory; an inactive one leaves the table. */
bool object_undefine(Object *object, GError **error);
bool object_set_autostart(Object *object, bool on, GError **error);
bool object_rename(Object *object, const char *name, GError **error);
/* Drop a claim that came to nothing: takes an object without definitions out of the table. */
void object_disclaim(Object *object);

/* Emit the lifecycle event of the object's class. */
void object_emit(Object *object, int event, int detail);
