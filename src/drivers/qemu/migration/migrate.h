/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* migrate.h - the steps by which a guest moves from this host to another
 *
 * Protocol 3: begin (source), prepare (target), perform (source), finish (target), confirm (source).  Each is a call of
 * its own, led by a client, or by the source's daemon for it (peer to peer); the long job of the guest is held from the
 * first to the last.  Whoever leads and goes away gives the migration up.
 */
#pragma once

#include "drivers/conf/migcookie.h"
#include "drivers/qemu/process/guest_job.h"
#include "rpc/call.h"

/* What each step is told, in whichever form of the protocol. */
typedef struct MigrateArgs {
    uint64_t flags;                 /* VIR_MIGRATE_* */
    const WireTypedParam *params;   /* VIR_MIGRATE_PARAM_*, checked */
    uint32_t n_params;
    const char *dname, *xml, *uri;  /* of the older forms, or NULL; those of the parameters come first */
    uint64_t bandwidth;
    const char *dconnuri;
    const uint8_t *cookie;
    uint32_t n_cookie;
    bool cancelled;
} MigrateArgs;
const char *migrate_args_string(const MigrateArgs *args, const char *name);
uint64_t migrate_args_number(const MigrateArgs *args, const char *name, uint64_t otherwise);
bool migrate_args_check(const MigrateArgs *args, GError **error);

/* Of a guest that is on its way, out or in; Guest.migration, guarded by the object's lock. */
typedef struct GuestMigration {
    bool in, busy;                  /* busy: a call works on it */
    Job *job;                       /* the long one */
    bool abandoned;                 /* that end came while it was busy */
    const Session *session;         /* whose end gives it up; never looked into */
    uint64_t flags;
    bool was_running, sent;         /* out; sent: it may run there */
    bool postcopy;
    CookieStatistics stats;
    MigrationCookie *cookie;        /* in: what came with prepare */
    int port;                       /* in: reserved; 0: none */
    bool offline;                   /* in: only the definition moves */
    bool defined;                   /* in, offline: by prepare */
    Domain *definition;             /* in: with its name here */
    char *origin;                   /* in: its name at the source */
} GuestMigration;

/* Begin one, or go on with the one that runs; busy then.  NULL with @error set. */
GuestMigration *migrate_begin(Guest *guest, bool in, Call *call, GError **error);
GuestMigration *migrate_go_on(Guest *guest, bool in, Call *call);
/* The call is done with it; @last: it is over. */
void migrate_leave(Guest *guest, bool last);
/* For guest_stop.c: a guest ended by itself, or somebody ended it. */
void migrate_guest_ended(Guest *guest);
void migrate_session_closed(const Session *session);

/* Cookies.  The text ends with a zero, as on the wire.  @name: of the guest at the source, NULL for that of @doc. */
void migrate_cookie_make(const Domain *doc, const char *name, const Domain *config, unsigned parts,
                         const CookieStatistics *stats, uint32_t *ret_n, uint8_t **ret_cookie);
/* NULL without @error when there is none. */
MigrationCookie *migrate_cookie_read(const MigrateArgs *args, const Domain *doc, GError **error);

/* Parameters and capabilities of QEMU; @ret_capabilities is a list of constants.  @in: of the target. */
Json *migrate_args_to_qemu(const MigrateArgs *args, bool in, uint64_t max_bandwidth, GPtrArray *ret_capabilities, GError **error);

/* The steps. */
bool migrate_out_begin(Call *call, const MigrateArgs *args, char **ret_xml, uint32_t *ret_n, uint8_t **ret_cookie,
                       GError **error);
bool migrate_in_prepare(Call *call, const MigrateArgs *args, char **ret_uri, uint32_t *ret_n, uint8_t **ret_cookie,
                        GError **error);
bool migrate_out_perform(Call *call, const MigrateArgs *args, uint32_t *ret_n, uint8_t **ret_cookie, GError **error);
bool migrate_in_finish(Call *call, const MigrateArgs *args, WireDomain *ret_dom, uint32_t *ret_n, uint8_t **ret_cookie,
                       GError **error);
bool migrate_out_confirm(Call *call, const MigrateArgs *args, GError **error);
/* All of them, as a client of this daemon and the other. */
bool migrate_peer(Call *call, const MigrateArgs *args, GError **error);

extern const GuestJobOps migrate_out_ops, migrate_in_ops;

/* Rows. */
bool migrate_rows_begin(Call *call, GError **error);
bool migrate_rows_begin_params(Call *call, GError **error);
bool migrate_rows_prepare(Call *call, GError **error);
bool migrate_rows_prepare_params(Call *call, GError **error);
bool migrate_rows_perform(Call *call, GError **error);
bool migrate_rows_perform_params(Call *call, GError **error);
bool migrate_rows_finish(Call *call, GError **error);
bool migrate_rows_finish_params(Call *call, GError **error);
bool migrate_rows_confirm(Call *call, GError **error);
bool migrate_rows_confirm_params(Call *call, GError **error);
bool migrate_rows_set_max_downtime(Call *call, GError **error);
bool migrate_rows_get_max_downtime(Call *call, GError **error);
bool migrate_rows_set_max_speed(Call *call, GError **error);
bool migrate_rows_get_max_speed(Call *call, GError **error);
bool migrate_rows_set_cache(Call *call, GError **error);
bool migrate_rows_get_cache(Call *call, GError **error);
bool migrate_rows_start_postcopy(Call *call, GError **error);
