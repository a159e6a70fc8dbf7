/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* last-error.c - the error of each thread, and telling the application of it
 *
 * The thread's virError lives as long as the thread.  The connection keeps a copy of
 * the last error raised on it, for the functions virConnGetLastError() and so on.
 */
#define ERROR_FROM VIR_FROM_NONE
#include "rpc/client/last-error.h"

#include <stdio.h>
#include <string.h>

#include "rpc/client/connection.h"
#include "util/error.h"
#include "util/lock.h"

static const char *const domain_names[] = {
    [VIR_FROM_XEN] = "Xen Driver",
    [VIR_FROM_XEND] = "Xen Daemon",
    [VIR_FROM_XENSTORE] = "Xen Store",
    [VIR_FROM_SEXPR] = "S-Expression",
    [VIR_FROM_XML] = "XML Util",
    [VIR_FROM_DOM] = "Domain",
    [VIR_FROM_RPC] = "XML-RPC",
    [VIR_FROM_PROXY] = "Proxy Daemon",
    [VIR_FROM_CONF] = "Config File",
    [VIR_FROM_QEMU] = "QEMU Driver",
    [VIR_FROM_NET] = "Network",
    [VIR_FROM_TEST] = "Test Driver",
    [VIR_FROM_REMOTE] = "Remote Driver",
    [VIR_FROM_OPENVZ] = "OpenVZ Driver",
    [VIR_FROM_XENXM] = "Xen XM Driver",
    [VIR_FROM_STATS_LINUX] = "Linux Statistics",
    [VIR_FROM_LXC] = "LXC Driver",
    [VIR_FROM_STORAGE] = "Storage Driver",
    [VIR_FROM_NETWORK] = "Network Driver",
    [VIR_FROM_DOMAIN] = "Domain Config",
    [VIR_FROM_UML] = "User Mode Linux Driver",
    [VIR_FROM_NODEDEV] = "Node Device Driver",
    [VIR_FROM_XEN_INOTIFY] = "Xen Inotify Driver",
    [VIR_FROM_SECURITY] = "Security Driver",
    [VIR_FROM_VBOX] = "VirtualBox Driver",
    [VIR_FROM_INTERFACE] = "Network Interface Driver",
    [VIR_FROM_ONE] = "Open Nebula Driver",
    [VIR_FROM_ESX] = "ESX Driver",
    [VIR_FROM_PHYP] = "Power Hypervisor Driver",
    [VIR_FROM_SECRET] = "Secrets Driver",
    [VIR_FROM_CPU] = "CPU Driver",
    [VIR_FROM_XENAPI] = "XenAPI Driver",
    [VIR_FROM_NWFILTER] = "Network Filter Driver",
    [VIR_FROM_HOOK] = "Lifecycle Hook",
    [VIR_FROM_DOMAIN_SNAPSHOT] = "Domain Snapshot",
    [VIR_FROM_AUDIT] = "Audit Utils",
    [VIR_FROM_SYSINFO] = "Sysinfo Utils",
    [VIR_FROM_STREAMS] = "I/O Stream Utils",
    [VIR_FROM_VMWARE] = "VMware Driver",
    [VIR_FROM_EVENT] = "Event Loop",
    [VIR_FROM_LIBXL] = "Xen Light Driver",
    [VIR_FROM_LOCKING] = "Lock Driver",
    [VIR_FROM_HYPERV] = "Hyper-V Driver",
    [VIR_FROM_CAPABILITIES] = "Capabilities Utils",
    [VIR_FROM_URI] = "URI Utils",
    [VIR_FROM_AUTH] = "Authentication Utils",
    [VIR_FROM_DBUS] = "DBus Utils",
    [VIR_FROM_PARALLELS] = "Parallels Cloud Server",
    [VIR_FROM_DEVICE] = "Device Config",
    [VIR_FROM_SSH] = "SSH transport layer",
    [VIR_FROM_LOCKSPACE] = "Lock Space",
    [VIR_FROM_INITCTL] = "Init control",
    [VIR_FROM_IDENTITY] = "Identity",
    [VIR_FROM_CGROUP] = "Cgroup",
    [VIR_FROM_ACCESS] = "Access Manager",
    [VIR_FROM_SYSTEMD] = "Systemd",
    [VIR_FROM_BHYVE] = "Bhyve",
    [VIR_FROM_CRYPTO] = "Crypto",
    [VIR_FROM_FIREWALL] = "Firewall",
    [VIR_FROM_POLKIT] = "Polkit",
    [VIR_FROM_THREAD] = "Thread jobs",
    [VIR_FROM_ADMIN] = "Admin Interface",
    [VIR_FROM_LOGGING] = "Log Manager",
    [VIR_FROM_XENXL] = "Xen XL Config",
    [VIR_FROM_PERF] = "Perf",
    [VIR_FROM_LIBSSH] = "Libssh transport layer",
    [VIR_FROM_RESCTRL] = "Resource control",
    [VIR_FROM_FIREWALLD] = "FirewallD",
    [VIR_FROM_DOMAIN_CHECKPOINT] = "Domain Checkpoint",
    [VIR_FROM_TPM] = "TPM",
    [VIR_FROM_BPF] = "BPF",
    [VIR_FROM_CH] = "Cloud-Hypervisor Driver",
};

static Lock handler_lock = LOCK_INIT;
static virErrorFunc global_handler;
static void *global_data;

static void
free_error(gpointer data)
{
    last_error_clear(data);
    g_free(data);
}

static GPrivate thread_error = G_PRIVATE_INIT(free_error);

virErrorPtr
last_error_get(void)
{
    virErrorPtr error = g_private_get(&thread_error);

    if (!error) {
        error = g_new0(virError, 1);
        g_private_set(&thread_error, error);
    }
    return error;
}

void
last_error_clear(virErrorPtr error)
{
    g_free(error->message);
    g_free(error->str1);
    g_free(error->str2);
    g_free(error->str3);
    memset(error, 0, sizeof(*error));
}

void
last_error_reset(void)
{
    virErrorPtr error = g_private_get(&thread_error);

    if (error && error->code != VIR_ERR_OK)
        last_error_clear(error);
}

void
last_error_copy(const virError *from, virErrorPtr to)
{
    if (from == to)
        return;
    last_error_clear(to);
    to->code = from->code;
    to->domain = from->domain;
    to->level = from->level;
    to->int1 = from->int1;
    to->int2 = from->int2;
    to->message = g_strdup(from->message);
    to->str1 = g_strdup(from->str1);
    to->str2 = g_strdup(from->str2);
    to->str3 = g_strdup(from->str3);
}

const char *
last_error_domain_name(int from)
{
    const char *name =
        from >= 0 && from < (int)G_N_ELEMENTS(domain_names) ? domain_names[from] : NULL;

    return name ? name : "";
}

void
last_error_print(const virError *error)
{
    const char *level = error->level == VIR_ERR_WARNING ? "warning"
                        : error->level == VIR_ERR_ERROR ? "error"
                                                        : "";

    if (error->code == VIR_ERR_OK)
        return;
    fprintf(stderr, "libvirt: %s %s : %s\n", last_error_domain_name(error->domain), level,
            error->message ? error->message : "No error message provided");
}

void
last_error_set_handler(virErrorFunc handler, void *data)
{
    g_auto(LockHold) hold = lock_hold(&handler_lock);

    global_handler = handler;
    global_data = data;
}

static void
fill(virErrorPtr to, const GError *error)
{
    const char *template =
        error ? error_template(error_code(error), error->message[0] != '\0') : NULL;
    const ErrorDetails *details = error ? error_details(error) : NULL;

    last_error_clear(to);
    to->level = VIR_ERR_ERROR;
    to->code = error ? error_code(error) : VIR_ERR_INTERNAL_ERROR;
    to->domain = error ? error_from(error) : VIR_FROM_NONE;
    to->message =
        error ? error_text(error) : g_strdup("An error occurred, but the cause is unknown");
    if (!error)
        return;
    if (details) {
        to->str1 = g_strdup(details->str1);
        to->str2 = g_strdup(details->str2);
        to->str3 = g_strdup(details->str3);
        to->int1 = details->int1;
        to->int2 = details->int2;
        return;
    }
    to->int1 = error_errno(error) ? error_errno(error) : -1;
    to->int2 = -1;
    to->str1 = g_strdup(error_is_plain(error) ? error->message : template);
    to->str2 = error_is_plain(error) || !error->message[0] ? NULL : g_strdup(error->message);
}

/* Give the thread's error, which is complete, to the connection and the application. */
static void
publish(Connection *conn, virErrorPtr mine)
{
    virErrorFunc handler;
    void *data;

    lock_acquire(&handler_lock);
    handler = global_handler;
    data = global_data;
    lock_release(&handler_lock);
    if (conn) {
        lock_acquire(&conn->lock);
        last_error_copy(mine, &conn->last_error);
        if (conn->error_handler) {
            handler = conn->error_handler;
            data = conn->error_data;
        }
        lock_release(&conn->lock);
    }
    if (handler)
        handler(data, mine);
    else
        last_error_print(mine);
}

void
last_error_raise(Connection *conn, GError *error)
{
    virErrorPtr mine = last_error_get();

    fill(mine, error);
    g_clear_error(&error);
    publish(conn, mine);
}

void
last_error_raise_arg(Connection *conn, GError *error, const char *function, const char *arg)
{
    virErrorPtr mine = last_error_get();

    fill(mine, error);
    g_clear_error(&error);
    g_free(mine->str1);
    g_free(mine->str2);
    mine->str1 = g_strdup(function);
    mine->str2 = g_strdup(arg);
    mine->int1 = mine->int2 = 0;
    publish(conn, mine);
}

GError *
last_error_save(void)
{
    const virError *mine = last_error_get();
    const ErrorDetails details = { mine->str1, mine->str2, mine->str3, mine->int1, mine->int2 };
    const char *template = error_template(mine->code, true);
    GError *error = NULL;

    if (mine->code == VIR_ERR_OK)
        return NULL;
    if (mine->str1 && mine->str2 && template && strcmp(mine->str1, template) == 0)
        error_set_full(&error, mine->domain, mine->code, "%s", mine->str2);
    else
        error_set_plain_full(&error, mine->domain, mine->code, "%s",
                             mine->message ? mine->message : "");
    error_set_details(error, &details);
    return error;
}
