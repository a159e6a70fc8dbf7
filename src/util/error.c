/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* error.c - errors of the whole project, and the words of every code
 *
 * The template table is the only place where a code becomes words.  It holds
 * the text without and with a detail, since they do not always agree.
 */
#include "util/error.h"

#include <string.h>

enum { CODE_MASK = 0xffff, CODE_PLAIN = 1 << 16, ERRNO_SHIFT = 17 };

static const struct {
    const char *bare;
    const char *with_info;
} templates[] = {
    [VIR_ERR_INTERNAL_ERROR] = { "internal error", "internal error: %s" },
    [VIR_ERR_NO_MEMORY] = { "out of memory", "out of memory: %s" },
    [VIR_ERR_NO_SUPPORT] = { "this function is not supported by the connection driver",
        "this function is not supported by the connection driver: %s" },
    [VIR_ERR_UNKNOWN_HOST] = { "unknown host", "unknown host %s" },
    [VIR_ERR_NO_CONNECT] = { "no connection driver available",
        "no connection driver available for %s" },
    [VIR_ERR_INVALID_CONN] = { "invalid connection pointer in",
        "invalid connection pointer in %s" },
    [VIR_ERR_INVALID_DOMAIN] = { "invalid domain pointer in", "invalid domain pointer in %s" },
    [VIR_ERR_INVALID_ARG] = { "invalid argument", "invalid argument: %s" },
    [VIR_ERR_OPERATION_FAILED] = { "operation failed", "operation failed: %s" },
    [VIR_ERR_GET_FAILED] = { "GET operation failed", "GET operation failed: %s" },
    [VIR_ERR_POST_FAILED] = { "POST operation failed", "POST operation failed: %s" },
    [VIR_ERR_HTTP_ERROR] = { "got unknown HTTP error code", "got unknown HTTP error code %s" },
    [VIR_ERR_SEXPR_SERIAL] = { "failed to serialize S-Expr",
        "failed to serialize S-Expr: %s" },
    [VIR_ERR_NO_XEN] = { "could not use Xen hypervisor entry",
        "could not use Xen hypervisor entry %s" },
    [VIR_ERR_XEN_CALL] = { "failed Xen syscall", "failed Xen syscall %s" },
    [VIR_ERR_OS_TYPE] = { "unknown OS type", "unknown OS type %s" },
    [VIR_ERR_NO_KERNEL] = { "missing kernel information", "missing kernel information: %s" },
    [VIR_ERR_NO_ROOT] = { "missing root device information",
        "missing root device information in %s" },
    [VIR_ERR_NO_SOURCE] = { "missing source information for device",
        "missing source information for device %s" },
    [VIR_ERR_NO_TARGET] = { "missing target information for device",
        "missing target information for device %s" },
    [VIR_ERR_NO_NAME] = { "missing name information", "missing name information in %s" },
    [VIR_ERR_NO_OS] = { "missing operating system information",
        "missing operating system information for %s" },
    [VIR_ERR_NO_DEVICE] = { "missing devices information",
        "missing devices information for %s" },
    [VIR_ERR_NO_XENSTORE] = { "could not connect to Xen Store",
        "could not connect to Xen Store %s" },
    [VIR_ERR_DRIVER_FULL] = { "too many drivers registered",
        "too many drivers registered in %s" },
    [VIR_ERR_CALL_FAILED] = { "library call failed", "library call failed: %s" },
    [VIR_ERR_XML_ERROR] = { "XML description is invalid or not well formed", "XML error: %s" },
    [VIR_ERR_DOM_EXIST] = { "this domain exists already", "domain %s exists already" },
    [VIR_ERR_OPERATION_DENIED] = { "operation forbidden for read only access",
        "operation forbidden: %s" },
    [VIR_ERR_OPEN_FAILED] = { "failed to open configuration file",
        "failed to open configuration file %s" },
    [VIR_ERR_READ_FAILED] = { "failed to read configuration file",
        "failed to read configuration file %s" },
    [VIR_ERR_PARSE_FAILED] = { "failed to parse configuration file",
        "failed to parse configuration file %s" },
    [VIR_ERR_CONF_SYNTAX] = { "configuration file syntax error",
        "configuration file syntax error: %s" },
    [VIR_ERR_WRITE_FAILED] = { "failed to write configuration file",
        "failed to write configuration file: %s" },
    [VIR_ERR_XML_DETAIL] = { "parser error", "%s" },
    [VIR_ERR_INVALID_NETWORK] = { "invalid network pointer in",
        "invalid network pointer in %s" },
    [VIR_ERR_NETWORK_EXIST] = { "this network exists already", "network %s exists already" },
    [VIR_ERR_SYSTEM_ERROR] = { "system call error", "%s" },
    [VIR_ERR_RPC] = { "RPC error", "%s" },
    [VIR_ERR_GNUTLS_ERROR] = { "GNUTLS call error", "%s" },
    [VIR_WAR_NO_NETWORK] = { "Failed to find the network", "Failed to find the network: %s" },
    [VIR_ERR_NO_DOMAIN] = { "Domain not found", "Domain not found: %s" },
    [VIR_ERR_NO_NETWORK] = { "Network not found", "Network not found: %s" },
    [VIR_ERR_INVALID_MAC] = { "invalid MAC address", "invalid MAC address: %s" },
    [VIR_ERR_AUTH_FAILED] = { "authentication failed", "authentication failed: %s" },
    [VIR_ERR_INVALID_STORAGE_POOL] = { "invalid storage pool pointer in",
        "invalid storage pool pointer in %s" },
    [VIR_ERR_INVALID_STORAGE_VOL] = { "invalid storage volume pointer in",
        "invalid storage volume pointer in %s" },
    [VIR_WAR_NO_STORAGE] = { "Failed to find a storage driver",
        "Failed to find a storage driver: %s" },
    [VIR_ERR_NO_STORAGE_POOL] = { "Storage pool not found", "Storage pool not found: %s" },
    [VIR_ERR_NO_STORAGE_VOL] = { "Storage volume not found", "Storage volume not found: %s" },
    [VIR_WAR_NO_NODE] = { "Failed to find a node driver", "Failed to find a node driver: %s" },
    [VIR_ERR_INVALID_NODE_DEVICE] = { "invalid node device pointer",
        "invalid node device pointer in %s" },
    [VIR_ERR_NO_NODE_DEVICE] = { "Node device not found", "Node device not found: %s" },
    [VIR_ERR_NO_SECURITY_MODEL] = { "Security model not found",
        "Security model not found: %s" },
    [VIR_ERR_OPERATION_INVALID] = { "Requested operation is not valid",
        "Requested operation is not valid: %s" },
    [VIR_WAR_NO_INTERFACE] = { "Failed to find the interface",
        "Failed to find the interface: %s" },
    [VIR_ERR_NO_INTERFACE] = { "Interface not found", "Interface not found: %s" },
    [VIR_ERR_INVALID_INTERFACE] = { "invalid interface pointer in",
        "invalid interface pointer in %s" },
    [VIR_ERR_MULTIPLE_INTERFACES] = { "multiple matching interfaces found",
        "multiple matching interfaces found: %s" },
    [VIR_WAR_NO_NWFILTER] = { "Failed to start the nwfilter driver",
        "Failed to start the nwfilter driver: %s" },
    [VIR_ERR_INVALID_NWFILTER] = { "Invalid network filter", "Invalid network filter: %s" },
    [VIR_ERR_NO_NWFILTER] = { "Network filter not found", "Network filter not found: %s" },
    [VIR_ERR_BUILD_FIREWALL] = { "Error while building firewall",
        "Error while building firewall: %s" },
    [VIR_WAR_NO_SECRET] = { "Failed to find a secret storage driver",
        "Failed to find a secret storage driver: %s" },
    [VIR_ERR_INVALID_SECRET] = { "Invalid secret", "Invalid secret: %s" },
    [VIR_ERR_NO_SECRET] = { "Secret not found", "Secret not found: %s" },
    [VIR_ERR_CONFIG_UNSUPPORTED] = { "unsupported configuration",
        "unsupported configuration: %s" },
    [VIR_ERR_OPERATION_TIMEOUT] = { "Timed out during operation",
        "Timed out during operation: %s" },
    [VIR_ERR_MIGRATE_PERSIST_FAILED] = { "Failed to make domain persistent after migration",
        "Failed to make domain persistent after migration: %s" },
    [VIR_ERR_HOOK_SCRIPT_FAILED] = { "Hook script execution failed",
        "Hook script execution failed: %s" },
    [VIR_ERR_INVALID_DOMAIN_SNAPSHOT] = { "Invalid domain snapshot",
        "Invalid domain snapshot: %s" },
    [VIR_ERR_NO_DOMAIN_SNAPSHOT] = { "Domain snapshot not found",
        "Domain snapshot not found: %s" },
    [VIR_ERR_INVALID_STREAM] = { "invalid stream pointer", "invalid stream pointer in %s" },
    [VIR_ERR_ARGUMENT_UNSUPPORTED] = { "argument unsupported", "argument unsupported: %s" },
    [VIR_ERR_STORAGE_PROBE_FAILED] = { "Storage pool probe failed",
        "Storage pool probe failed: %s" },
    [VIR_ERR_STORAGE_POOL_BUILT] = { "Storage pool already built",
        "Storage pool already built: %s" },
    [VIR_ERR_SNAPSHOT_REVERT_RISKY] = { "revert requires force", "revert requires force: %s" },
    [VIR_ERR_OPERATION_ABORTED] = { "operation aborted", "operation aborted: %s" },
    [VIR_ERR_AUTH_CANCELLED] = { "authentication cancelled", "authentication cancelled: %s" },
    [VIR_ERR_NO_DOMAIN_METADATA] = { "metadata not found", "metadata not found: %s" },
    [VIR_ERR_MIGRATE_UNSAFE] = { "Unsafe migration", "Unsafe migration: %s" },
    [VIR_ERR_OVERFLOW] = { "numerical overflow", "numerical overflow: %s" },
    [VIR_ERR_BLOCK_COPY_ACTIVE] = { "block copy still active", "block copy still active: %s" },
    [VIR_ERR_OPERATION_UNSUPPORTED] = { "Operation not supported",
        "Operation not supported: %s" },
    [VIR_ERR_SSH] = { "SSH transport error", "SSH transport error: %s" },
    [VIR_ERR_AGENT_UNRESPONSIVE] = { "Guest agent is not responding",
        "Guest agent is not responding: %s" },
    [VIR_ERR_RESOURCE_BUSY] = { "resource busy", "resource busy: %s" },
    [VIR_ERR_ACCESS_DENIED] = { "access denied", "access denied: %s" },
    [VIR_ERR_DBUS_SERVICE] = { "error from service", "error from service: %s" },
    [VIR_ERR_STORAGE_VOL_EXIST] = { "this storage volume exists already",
        "storage volume %s exists already" },
    [VIR_ERR_CPU_INCOMPATIBLE] = { "the CPU is incompatible with host CPU",
        "the CPU is incompatible with host CPU: %s" },
    [VIR_ERR_XML_INVALID_SCHEMA] = { "XML document failed to validate against schema",
        "XML document failed to validate against schema: %s" },
    [VIR_ERR_MIGRATE_FINISH_OK] = { "migration successfully aborted",
        "migration successfully aborted: %s" },
    [VIR_ERR_AUTH_UNAVAILABLE] = { "authentication unavailable",
        "authentication unavailable: %s" },
    [VIR_ERR_NO_SERVER] = { "Server not found", "Server not found: %s" },
    [VIR_ERR_NO_CLIENT] = { "Client not found", "Client not found: %s" },
    [VIR_ERR_AGENT_UNSYNCED] = { "guest agent replied with wrong id to guest-sync command",
        "guest agent replied with wrong id to guest-sync command: %s" },
    [VIR_ERR_LIBSSH] = { "libssh transport error", "libssh transport error: %s" },
    [VIR_ERR_DEVICE_MISSING] = { "device not found", "device not found: %s" },
    [VIR_ERR_INVALID_NWFILTER_BINDING] = { "Invalid network filter binding",
        "Invalid network filter binding: %s" },
    [VIR_ERR_NO_NWFILTER_BINDING] = { "Network filter binding not found",
        "Network filter binding not found: %s" },
    [VIR_ERR_INVALID_DOMAIN_CHECKPOINT] = { "Invalid domain checkpoint",
        "Invalid domain checkpoint: %s" },
    [VIR_ERR_NO_DOMAIN_CHECKPOINT] = { "Domain checkpoint not found",
        "Domain checkpoint not found: %s" },
    [VIR_ERR_NO_DOMAIN_BACKUP] = { "Domain backup job id not found",
        "Domain backup job id not found: %s" },
    [VIR_ERR_INVALID_NETWORK_PORT] = { "Invalid network port pointer",
        "Invalid network port pointer: %s" },
    [VIR_ERR_NETWORK_PORT_EXIST] = { "this network port exists already",
        "network port %s exists already" },
    [VIR_ERR_NO_NETWORK_PORT] = { "network port not found", "network port not found: %s" },
    [VIR_ERR_NO_HOSTNAME] = { "no hostname found", "no hostname found: %s" },
    [VIR_ERR_CHECKPOINT_INCONSISTENT] = { "checkpoint inconsistent",
        "checkpoint inconsistent: %s" },
    [VIR_ERR_MULTIPLE_DOMAINS] = { "multiple matching domains found",
        "multiple matching domains found: %s" },
    [VIR_ERR_NO_NETWORK_METADATA] = { "metadata not found", "metadata not found: %s" },
    [VIR_ERR_AGENT_COMMAND_TIMEOUT] = { "guest agent command timed out",
        "guest agent command timed out: %s" },
    [VIR_ERR_AGENT_COMMAND_FAILED] = { "guest agent command failed",
        "guest agent command failed: %s" },
};

/* In front of every GError of ours, as GLib provides for domains that are registered. */
typedef struct Extension {
    ErrorDetails *details;
} Extension;

static Extension *
extension(const GError *error)
{
    /* The layout that G_DEFINE_EXTENDED_ERROR documents: aligned to two words. */
    size_t align = 2 * sizeof(size_t);
    size_t size = (sizeof(Extension) + align - 1) / align * align;

    return (Extension *)((char *)error - size);
}

static void
init_extension(GError *error)
{
    extension(error)->details = NULL;
}

static void
copy_extension(const GError *from, GError *to)
{
    if (extension(from)->details)
        error_set_details(to, extension(from)->details);
}

static void
clear_extension(GError *error)
{
    ErrorDetails *details = extension(error)->details;

    if (!details)
        return;
    g_free(details->str1);
    g_free(details->str2);
    g_free(details->str3);
    g_free(details);
}

enum { DOMAINS = 256 };

static gpointer
register_domains(gpointer data)
{
    GQuark *quarks = data;

    for (int from = 0; from < DOMAINS; from++) {
        g_autofree char *name = g_strdup_printf("vir-error-%d", from);

        /* The library and a program may both hold this file: the first to come registers. */
        quarks[from] = g_quark_try_string(name);
        if (!quarks[from])
            quarks[from] = g_error_domain_register(name, sizeof(Extension), init_extension,
                                                   copy_extension, clear_extension);
    }
    return quarks;
}

GQuark
error_quark(int from)
{
    static GQuark quarks[DOMAINS];
    static GOnce once = G_ONCE_INIT;

    g_assert(from >= 0 && from < DOMAINS);
    g_once(&once, register_domains, quarks);
    return quarks[from];
}

void
error_set_details(GError *error, const ErrorDetails *details)
{
    ErrorDetails *copy = g_new0(ErrorDetails, 1);

    *copy = *details;
    copy->str1 = g_strdup(details->str1);
    copy->str2 = g_strdup(details->str2);
    copy->str3 = g_strdup(details->str3);
    clear_extension(error);
    extension(error)->details = copy;
}

int
error_from(const GError *error)
{
    const char *name = g_quark_to_string(error->domain);

    if (!name || !g_str_has_prefix(name, "vir-error-"))
        return VIR_FROM_NONE;
    return (int)g_ascii_strtoll(name + strlen("vir-error-"), NULL, 10);
}

static bool
is_ours(const GError *error)
{
    const char *name = g_quark_to_string(error->domain);

    return name && g_str_has_prefix(name, "vir-error-");
}

const ErrorDetails *
error_details(const GError *error)
{
    return is_ours(error) ? extension(error)->details : NULL;
}

int
error_code(const GError *error)
{
    return is_ours(error) ? error->code & CODE_MASK : VIR_ERR_INTERNAL_ERROR;
}

bool
error_is(const GError *error, int code)
{
    return error && error_code(error) == code;
}

int
error_errno(const GError *error)
{
    return is_ours(error) ? error->code >> ERRNO_SHIFT : 0;
}

bool
error_is_plain(const GError *error)
{
    return is_ours(error) && (error->code & CODE_PLAIN);
}

static void G_GNUC_PRINTF(4, 0)
set_valist(GError **error, int from, int code, const char *format, va_list args)
{
    if (!error)
        return;
    g_assert(!*error);
    *error = g_error_new_valist(error_quark(from), code, format, args);
}

void
error_set_full(GError **error, int from, int code, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    set_valist(error, from, code, format, args);
    va_end(args);
}

void
error_set_plain_full(GError **error, int from, int code, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    set_valist(error, from, code | CODE_PLAIN, format, args);
    va_end(args);
}

void
error_set_errno_full(GError **error, int from, int errnum, const char *format, ...)
{
    g_autofree char *what = NULL;
    va_list args;

    va_start(args, format);
    what = g_strdup_vprintf(format, args);
    va_end(args);
    error_set_full(error, from, VIR_ERR_SYSTEM_ERROR | errnum << ERRNO_SHIFT, "%s: %s", what,
                   g_strerror(errnum));
}

void
error_prefix(GError **error, const char *format, ...)
{
    g_autofree char *what = NULL;
    char *whole;
    va_list args;

    if (!error || !*error)
        return;
    va_start(args, format);
    what = g_strdup_vprintf(format, args);
    va_end(args);
    whole = g_strconcat(what, ": ", (*error)->message, NULL);
    g_free((*error)->message);
    (*error)->message = whole;
    if (error_details(*error)) { /* they tell of the words as they were */
        clear_extension(*error);
        init_extension(*error);
    }
}

const char *
error_template(int code, bool with_info)
{
    if (code < 0 || code >= (int)G_N_ELEMENTS(templates) || !templates[code].bare)
        return NULL;
    return with_info ? templates[code].with_info : templates[code].bare;
}

char *
error_text(const GError *error)
{
    const char *template = error_template(error_code(error), true);
    const char *spot = template ? strstr(template, "%s") : NULL;

    if (!template || error_is_plain(error))
        return g_strdup(error->message);
    if (!spot) /* words that take no detail stand before it all the same */
        return g_strdup_printf("%s: %s", template, error->message);
    return g_strdup_printf("%.*s%s%s", (int)(spot - template), template, error->message, spot + 2);
}
