/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* log.h - messages for the administrator
 *
 * A file says LOG_SOURCE("qemu.monitor") once; filters name such sources.  A message that no
 * filter lets through costs two loads and a compare.  The syntax of filters and outputs, the
 * priorities and the line format are those that admins of libvirt know.
 *
 * Log or return an error, never both: only dispatch, event callbacks and main log.
 */
#pragma once

#include <glib.h>
#include <stdatomic.h>
#include <stdbool.h>

typedef enum {
    LOG_LEVEL_DEBUG = 1,
    LOG_LEVEL_INFO,
    LOG_LEVEL_WARNING,
    LOG_LEVEL_ERROR,
} LogLevel;

typedef struct LogSource {
    const char *name;
    atomic_uint level;  /* least level that passes the filters ... */
    atomic_uint serial; /* ... as of this change of the settings */
} LogSource;

#define LOG_SOURCE(n) static LogSource log_source G_GNUC_UNUSED = { .name = n }

extern atomic_uint log_serial;
void log_source_refresh(LogSource *source);

static inline bool
log_enabled(LogSource *source, LogLevel level)
{
    if (atomic_load_explicit(&source->serial, memory_order_acquire) !=
        atomic_load_explicit(&log_serial, memory_order_relaxed))
        log_source_refresh(source);
    return level >= atomic_load_explicit(&source->level, memory_order_relaxed);
}

void log_write(LogSource *source, LogLevel level, const char *file, const char *func, int line,
               const char *format, ...) G_GNUC_PRINTF(6, 7);
/* @format opens with one blank that is not printed. */
void log_gerror_full(LogSource *source, const char *file, const char *func, int line,
                     const GError *error, const char *format, ...) G_GNUC_PRINTF(6, 7);

#define log_at(level, ...)                                                              \
    (log_enabled(&log_source, level)                                                    \
         ? log_write(&log_source, level, __FILE__, __func__, __LINE__, __VA_ARGS__)     \
         : (void)0)
#define log_debug(...) log_at(LOG_LEVEL_DEBUG, __VA_ARGS__)
#define log_info(...) log_at(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_warning(...) log_at(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_error(...) log_at(LOG_LEVEL_ERROR, __VA_ARGS__)
/* log_gerror(error) or log_gerror(error, "while doing '%s'", what): at error level, with the
 * whole text of the error after the context. */
#define log_gerror(error, ...) \
    log_gerror_full(&log_source, __FILE__, __func__, __LINE__, error, " " __VA_ARGS__)

/* Settings.  Each setter replaces what was there, or fails and changes nothing.
 * filters: "1:qemu 3:rpc.*"; outputs: "1:file:/path 3:journald 4:syslog:name 3:stderr". */
bool log_set_level(unsigned level, GError **error);
bool log_set_filters(const char *filters, GError **error);
bool log_set_outputs(const char *outputs, GError **error);
char *log_get_filters(void);
char *log_get_outputs(void);
/* What "no outputs set" means: a daemon without a terminal has the journal, or else @file; the
 * rest standard error.  @file may be NULL. */
void log_set_defaults(const char *ident, bool daemon, const char *file);
/* LIBVIRT_DEBUG, LIBVIRT_LOG_FILTERS, LIBVIRT_LOG_OUTPUTS. */
bool log_set_from_env(GError **error);
