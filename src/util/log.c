/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* log.c - filters, outputs and the line format
 *
 * All settings live in one immutable, reference-counted LogConfig; a change publishes a new one
 * and bumps log_serial, upon which each LogSource works out its level again on its next message.
 * Lines are built outside of any lock and written with one write().
 */
#define ERROR_FROM VIR_FROM_CONF
#include "util/log.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>
#include <libvirt/libvirt.h>
#define SD_JOURNAL_SUPPRESS_LOCATION /* entries bear the place of the message, not of log.c */
#include <systemd/sd-journal.h>

#include "util/error.h"
#include "util/fd.h"
#include "util/lock.h"

typedef enum { TO_STDERR, TO_SYSLOG, TO_FILE, TO_JOURNALD } OutputKind;

static const char *const kind_names[] = { "stderr", "syslog", "file", "journald" };
static const char *const level_names[] = { "", "debug", "info", "warning", "error" };
static const int level_syslog[] = { 0, LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERR };

typedef struct {
    unsigned level;
    char *match; /* as the user wrote it */
    char *glob;
} Filter;

typedef struct {
    OutputKind kind;
    unsigned level;
    char *arg; /* file: path; syslog: identifier */
    int fd;
    atomic_bool greeted;
} Output;

typedef struct {
    gatomicrefcount refs;
    unsigned level;
    GPtrArray *filters; /* Filter */
    GPtrArray *outputs; /* Output */
} LogConfig;

atomic_uint log_serial = 1; /* so that a zeroed LogSource is out of date */

static Lock config_lock = LOCK_INIT;
static LogConfig *config; /* guarded by config_lock; NULL until first used */
static struct {
    char *ident, *file;
    bool daemon;
} defaults;

static void
filter_free(void *data)
{
    Filter *filter = data;

    g_free(filter->match);
    g_free(filter->glob);
    g_free(filter);
}

static void
output_free(void *data)
{
    Output *output = data;

    g_free(output->arg);
    fd_close(&output->fd);
    g_free(output);
}

static void
config_free(LogConfig *self)
{
    g_clear_pointer(&self->filters, g_ptr_array_unref);
    g_clear_pointer(&self->outputs, g_ptr_array_unref);
    g_free(self);
}

static LogConfig *
config_ref(LogConfig *self)
{
    __atomic_fetch_add(&self->refs, 1, __ATOMIC_RELAXED); /* see util/ref.h */
    return self;
}

static void
config_unref(LogConfig *self)
{
    if (self && __atomic_fetch_sub(&self->refs, 1, __ATOMIC_ACQ_REL) == 1)
        config_free(self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LogConfig, config_unref)

static bool
parse_level(const char **text, unsigned *level, const char *what, GError **error)
{
    if ((*text)[0] < '1' || (*text)[0] > '4' || (*text)[1] != ':') {
        error_set(error, VIR_ERR_INVALID_ARG,
                  "log %s '%s' must start with a priority from 1 (debug) to 4 (error) and a colon",
                  what, *text);
        return false;
    }
    *level = (unsigned)((*text)[0] - '0');
    *text += 2;
    return true;
}

static GPtrArray *
parse_filters(const char *text, GError **error)
{
    g_auto(GStrv) words = g_strsplit_set(text ? text : "", " \t\n", -1);
    g_autoptr(GPtrArray) filters = g_ptr_array_new_with_free_func(filter_free);

    for (char **word = words; *word; word++) {
        const char *rest = *word;
        unsigned level;
        Filter *filter;

        if (!*rest)
            continue;
        if (!parse_level(&rest, &level, "filter", error))
            return NULL;
        if (*rest == '+') /* once asked for a stack trace; accepted still */
            rest++;
        if (!*rest) {
            error_set(error, VIR_ERR_INVALID_ARG, "log filter '%s' names no source", *word);
            return NULL;
        }
        filter = g_new0(Filter, 1);
        filter->level = level;
        filter->match = g_strdup(rest);
        filter->glob = g_strdup_printf("*%s*", rest);
        g_ptr_array_add(filters, filter);
    }
    return g_steal_pointer(&filters);
}

static Output *
output_new(OutputKind kind, unsigned level, const char *arg)
{
    Output *output = g_new0(Output, 1);

    output->kind = kind;
    output->level = level;
    output->arg = g_strdup(arg);
    output->fd = -1;
    return output;
}

static bool
add_output(GPtrArray *outputs, const char *word, GError **error)
{
    const char *rest = word;
    unsigned level;
    const char *arg;

    if (!parse_level(&rest, &level, "output", error))
        return false;
    arg = strchr(rest, ':');
    for (size_t kind = 0; kind < G_N_ELEMENTS(kind_names); kind++) {
        size_t len = strlen(kind_names[kind]);
        bool wants_arg = kind == TO_FILE || kind == TO_SYSLOG;
        Output *output;

        if (strncmp(rest, kind_names[kind], len) != 0 || (rest[len] && rest[len] != ':'))
            continue;
        if (wants_arg != (arg && arg[1])) {
            error_set(error, VIR_ERR_INVALID_ARG,
                      wants_arg ? "log output '%s' needs ':' and a file or identifier at its end"
                                : "log output '%s' takes nothing after its name",
                      word);
            return false;
        }
        if (kind == TO_FILE && arg[1] != '/') {
            error_set(error, VIR_ERR_INVALID_ARG,
                      "log output '%s' must name its file by an absolute path", word);
            return false;
        }
        output = output_new((OutputKind)kind, level, wants_arg ? arg + 1 : NULL);
        g_ptr_array_add(outputs, output);
        if (kind == TO_FILE) {
            output->fd = open(output->arg, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
            if (output->fd < 0) {
                error_set_errno(error, errno, "failed to open log file '%s'", output->arg);
                return false;
            }
        }
        return true;
    }
    error_set(error, VIR_ERR_INVALID_ARG,
              "log output '%s' is none of stderr, syslog:NAME, file:PATH, journald", word);
    return false;
}

static bool
have_journal(void)
{
    return access("/run/systemd/journal/socket", W_OK) == 0;
}

/* No lock may be held: opens files. */
static GPtrArray *
parse_outputs(const char *text, unsigned default_level, GError **error)
{
    g_auto(GStrv) words = g_strsplit_set(text ? text : "", " \t\n", -1);
    g_autoptr(GPtrArray) outputs = g_ptr_array_new_with_free_func(output_free);

    for (char **word = words; *word; word++) {
        if (**word && !add_output(outputs, *word, error))
            return NULL;
    }
    if (outputs->len == 0) {
        Output *output = output_new(TO_STDERR, default_level, NULL);

        if (defaults.daemon && !isatty(STDERR_FILENO)) {
            if (have_journal()) {
                output->kind = TO_JOURNALD;
            } else if (defaults.file) {
                output->fd = open(defaults.file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
                if (output->fd >= 0) {
                    output->kind = TO_FILE;
                    output->arg = g_strdup(defaults.file);
                }
            }
        }
        g_ptr_array_add(outputs, output);
    }
    return g_steal_pointer(&outputs);
}

static LogConfig *
config_new(unsigned level, GPtrArray *filters, GPtrArray *outputs)
{
    LogConfig *self = g_new0(LogConfig, 1);

    g_atomic_ref_count_init(&self->refs);
    self->level = level;
    self->filters = g_ptr_array_ref(filters);
    self->outputs = g_ptr_array_ref(outputs);
    return self;
}

static LogConfig *
config_get(void)
{
    LogConfig *now = NULL;

    lock_acquire(&config_lock);
    if (!config) {
        g_autoptr(GPtrArray) none = g_ptr_array_new_with_free_func(filter_free);
        g_autoptr(GPtrArray) outputs = parse_outputs(NULL, LOG_LEVEL_WARNING, NULL);

        config = config_new(LOG_LEVEL_WARNING, none, outputs);
    }
    now = config_ref(config);
    lock_release(&config_lock);
    return now;
}

static void
config_publish(LogConfig *fresh)
{
    LogConfig *old;

    lock_acquire(&config_lock);
    old = config;
    config = fresh;
    atomic_fetch_add(&log_serial, 1);
    lock_release(&config_lock);
    config_unref(old);
}

bool
log_set_level(unsigned level, GError **error)
{
    g_autoptr(LogConfig) now = config_get();

    if (level < LOG_LEVEL_DEBUG || level > LOG_LEVEL_ERROR) {
        error_set(error, VIR_ERR_INVALID_ARG, "log level %u is not from 1 (debug) to 4 (error)",
                  level);
        return false;
    }
    config_publish(config_new(level, now->filters, now->outputs));
    return true;
}

bool
log_set_filters(const char *text, GError **error)
{
    g_autoptr(LogConfig) now = config_get();
    g_autoptr(GPtrArray) filters = parse_filters(text, error);

    if (!filters)
        return false;
    config_publish(config_new(now->level, filters, now->outputs));
    return true;
}

bool
log_set_outputs(const char *text, GError **error)
{
    g_autoptr(LogConfig) now = config_get();
    g_autoptr(GPtrArray) outputs = parse_outputs(text, now->level, error);

    if (!outputs)
        return false;
    config_publish(config_new(now->level, now->filters, outputs));
    return true;
}

char *
log_get_filters(void)
{
    g_autoptr(LogConfig) now = config_get();
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < now->filters->len; i++) {
        Filter *filter = now->filters->pdata[i];

        g_string_append_printf(text, "%s%u:%s", i ? " " : "", filter->level, filter->match);
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

char *
log_get_outputs(void)
{
    g_autoptr(LogConfig) now = config_get();
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < now->outputs->len; i++) {
        Output *output = now->outputs->pdata[i];

        g_string_append_printf(text, "%s%u:%s", i ? " " : "", output->level,
                               kind_names[output->kind]);
        if (output->arg)
            g_string_append_printf(text, ":%s", output->arg);
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

void
log_set_defaults(const char *ident, bool daemon, const char *file)
{
    g_free(defaults.ident);
    g_free(defaults.file);
    defaults.ident = g_strdup(ident);
    defaults.file = g_strdup(file);
    defaults.daemon = daemon;
    log_set_outputs(NULL, NULL);
}

bool
log_set_from_env(GError **error)
{
    const char *level = g_getenv("LIBVIRT_DEBUG");
    const char *filters = g_getenv("LIBVIRT_LOG_FILTERS");
    const char *outputs = g_getenv("LIBVIRT_LOG_OUTPUTS");
    unsigned number = 0;

    if (level && *level) {
        for (unsigned i = LOG_LEVEL_DEBUG; i <= LOG_LEVEL_ERROR; i++) {
            if (strcmp(level, level_names[i]) == 0 || (level[0] == '0' + (int)i && !level[1]))
                number = i;
        }
        if (!number) {
            error_set(error, VIR_ERR_INVALID_ARG,
                      "LIBVIRT_DEBUG='%s' is neither a number from 1 to 4 nor one of debug, info, "
                      "warning, error",
                      level);
            return false;
        }
        if (!log_set_level(number, error))
            return false;
    }
    if (filters && *filters && !log_set_filters(filters, error))
        return false;
    if (outputs && *outputs)
        return log_set_outputs(outputs, error);
    if (number) /* the default output follows the level */
        return log_set_outputs(NULL, error);
    return true;
}

void
log_source_refresh(LogSource *source)
{
    unsigned serial = atomic_load(&log_serial);
    g_autoptr(LogConfig) now = config_get();
    unsigned level = now->level;

    for (guint i = 0; i < now->filters->len; i++) {
        Filter *filter = now->filters->pdata[i];

        if (fnmatch(filter->glob, source->name, 0) == 0) {
            level = filter->level;
            break;
        }
    }
    atomic_store_explicit(&source->level, level, memory_order_relaxed);
    atomic_store_explicit(&source->serial, serial, memory_order_release);
}

static void
write_line(Output *output, unsigned level, const char *text, const char *func, int line)
{
    struct timespec now;
    struct tm tm;
    g_autofree char *whole = NULL;
    g_autofree char *place = line ? g_strdup_printf("%s:%d : ", func, line) : g_strdup("");
    ssize_t done;

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &tm);
    whole = g_strdup_printf("%04d-%02d-%02d %02d:%02d:%02d.%03d+0000: %ld: %s : %s%s\n",
                            tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
                            tm.tm_sec, (int)(now.tv_nsec / 1000000), (long)syscall(SYS_gettid),
                            level_names[level], place, text);
    do {
        done = write(output->kind == TO_FILE ? output->fd : STDERR_FILENO, whole, strlen(whole));
    } while (done < 0 && errno == EINTR);
    /* Where could one report that logging failed? */
}

static void
write_journal(LogSource *source, unsigned level, const char *text, const char *file,
              const char *func, int line, const GError *cause)
{
    g_autoptr(GPtrArray) fields = g_ptr_array_new_with_free_func(g_free);
    struct iovec iov[8];

    g_ptr_array_add(fields, g_strdup_printf("MESSAGE=%s", text));
    g_ptr_array_add(fields, g_strdup_printf("PRIORITY=%d", level_syslog[level]));
    g_ptr_array_add(fields, g_strdup_printf("LIBVIRT_SOURCE=%s", source->name));
    g_ptr_array_add(fields, g_strdup_printf("CODE_FILE=%s", file));
    g_ptr_array_add(fields, g_strdup_printf("CODE_LINE=%d", line));
    g_ptr_array_add(fields, g_strdup_printf("CODE_FUNC=%s", func));
    if (cause) {
        g_ptr_array_add(fields, g_strdup_printf("LIBVIRT_DOMAIN=%d", error_from(cause)));
        g_ptr_array_add(fields, g_strdup_printf("LIBVIRT_CODE=%d", error_code(cause)));
    }
    for (guint i = 0; i < fields->len; i++)
        iov[i] = (struct iovec){ fields->pdata[i], strlen(fields->pdata[i]) };
    sd_journal_sendv(iov, (int)fields->len);
}

static void
emit(LogSource *source, unsigned level, const char *text, const char *file, const char *func,
     int line, const GError *cause)
{
    g_autoptr(LogConfig) now = config_get();
    int saved = errno;

    for (guint i = 0; i < now->outputs->len; i++) {
        Output *output = now->outputs->pdata[i];

        if (level < output->level)
            continue;
        if (output->kind == TO_JOURNALD) {
            write_journal(source, level, text, file, func, line, cause);
            continue;
        }
        if (output->kind == TO_SYSLOG) {
            /* One identifier a process: the last one set wins, as with openlog() itself. */
            if (!atomic_exchange(&output->greeted, true))
                openlog(output->arg, LOG_PID, LOG_DAEMON);
            syslog(level_syslog[level], "%s:%d : %s", func, line, text);
            continue;
        }
        if (!atomic_exchange(&output->greeted, true)) {
            g_autofree char *host = g_strdup_printf("hostname: %s", g_get_host_name());
            g_autofree char *version =
                g_strdup_printf("libvirt version: %d.%d.%d", LIBVIR_VERSION_NUMBER / 1000000,
                                LIBVIR_VERSION_NUMBER / 1000 % 1000, LIBVIR_VERSION_NUMBER % 1000);

            write_line(output, LOG_LEVEL_INFO, version, "", 0);
            write_line(output, LOG_LEVEL_INFO, host, "", 0);
        }
        write_line(output, level, text, func, line);
    }
    errno = saved;
}

void
log_write(LogSource *source, LogLevel level, const char *file, const char *func, int line,
          const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    emit(source, level, text, file, func, line, NULL);
}

void
log_gerror_full(LogSource *source, const char *file, const char *func, int line,
                const GError *error, const char *format, ...)
{
    g_autofree char *context = NULL;
    g_autofree char *detail = NULL;
    g_autofree char *text = NULL;
    va_list args;

    if (!log_enabled(source, LOG_LEVEL_ERROR))
        return;
    va_start(args, format);
    context = g_strdup_vprintf(format, args);
    va_end(args);
    detail = error ? error_text(error) : g_strdup("unknown error");
    text =
        context[0] && context[1] ? g_strconcat(context + 1, ": ", detail, NULL) : g_strdup(detail);
    emit(source, LOG_LEVEL_ERROR, text, file, func, line, error);
}
