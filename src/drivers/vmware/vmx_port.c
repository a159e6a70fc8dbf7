/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vmx_port.c - serial and parallel ports of a VMware guest */
#define ERROR_FROM VIR_FROM_VMWARE
#include "drivers/vmware/vmx_private.h"

#include <string.h>

#include "drivers/conf/domain.h"
#include "util/error.h"

enum { MAX_SERIAL = 4, MAX_PARALLEL = 3 };

/* How VMware's URIs call what documents call a protocol; the first of each is written. */
static const struct {
    const char *scheme;
    CharProtocol protocol;
} schemes[] = {
    { "tcp", CHAR_PROTOCOL_RAW }, { "telnet", CHAR_PROTOCOL_TELNET }, { "telnets", CHAR_PROTOCOL_TELNETS },
    { "ssl", CHAR_PROTOCOL_TLS }, { "tcp4", CHAR_PROTOCOL_RAW }, { "tcp6", CHAR_PROTOCOL_RAW },
    { "tcp+ssl", CHAR_PROTOCOL_TLS }, { "tcp4+ssl", CHAR_PROTOCOL_TLS }, { "tcp6+ssl", CHAR_PROTOCOL_TLS },
    { "telnet+ssl", CHAR_PROTOCOL_TELNETS },
};

/* ---- reading -------------------------------------------------------------- */

/* A port that a concentrator serves (vspc) has a file name of no meaning here; then nothing is at the other end. */
static bool
read_network(const VmxPort *port, const char *prefix, CharSource *source, GError **error)
{
    g_autoptr(GUri) uri = port->file && !port->vspc ? g_uri_parse(port->file, G_URI_FLAGS_NONE, NULL) : NULL;
    const char *scheme = uri ? g_uri_get_scheme(uri) : NULL;

    source->type = CHAR_TYPE_NULL;
    for (size_t i = 0; scheme && i < G_N_ELEMENTS(schemes); i++)
        if (strcmp(schemes[i].scheme, scheme) == 0) {
            source->type = CHAR_TYPE_TCP;
            source->protocol = schemes[i].protocol;
        }
    if (source->type == CHAR_TYPE_NULL)
        return true;
    if (!g_uri_get_host(uri) || g_uri_get_port(uri) <= 0) {
        error_set(error, VIR_ERR_INTERNAL_ERROR,
                  "'%sfileName' of the VMX file is '%.100s', expected an address with a port, such as "
                  "'tcp://192.0.2.1:4000'", prefix, port->file);
        return false;
    }
    source->mode = port->network_end == VMX_END_CLIENT ? CHAR_MODE_CONNECT : CHAR_MODE_BIND;
    source->host = g_strdup(g_uri_get_host(uri));
    source->service = g_strdup_printf("%d", g_uri_get_port(uri));
    return true;
}

static bool
read_source(const VmxPort *port, const char *prefix, const VmxContext *context, CharSource *source, GError **error)
{
    bool missing;

    if (port->file_type == VMX_FILE_NETWORK)
        return read_network(port, prefix, source, error);
    if (port->file_type == VMX_FILE_THINPRINT) {
        source->type = CHAR_TYPE_NULL;
        return true;
    }
    if (!port->file) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "'%sfileName' of the VMX file is missing", prefix);
        return false;
    }
    if (port->file_type == VMX_FILE_FILE) {
        /* What the guest prints goes there; the file need not exist yet. */
        source->type = CHAR_TYPE_FILE;
        source->path = vmx_path_read(context, port->file, &missing, error);
        return source->path;
    }
    source->type = port->file_type == VMX_FILE_PIPE ? CHAR_TYPE_PIPE : CHAR_TYPE_DEV;
    source->path = g_strdup(port->file);
    return true;
}

/* Port @i of "serial" or "parallel" into @source; *@ret_there: whether there is one. */
static bool
read_port(const VmxFile *file, const char *name, unsigned i, const VmxContext *context, CharSource *source, bool *ret_there,
          GError **error)
{
    g_autofree char *prefix = g_strdup_printf("%s%u.", name, i);
    g_autoptr(VmxPort) port = vmx_is_present(file, prefix) ? vmx_record_read(&vmx_port, file, prefix, error) : NULL;

    if (vmx_is_present(file, prefix) && !port)
        return false;
    *ret_there = port && port->present == VMX_YES;
    return !*ret_there || read_source(port, prefix, context, source, error);
}

bool
vmx_port_read(const VmxFile *file, const VmxContext *context, Domain *domain, GError **error)
{
    for (unsigned i = 0; i < MAX_SERIAL; i++) {
        g_autoptr(Serial) serial = xml_new(&serial_xml);
        bool there;

        if (!read_port(file, "serial", i, context, &serial->source, &there, error))
            return false;
        serial->port = (int)i;
        if (there)
            vmx_append(&domain->serials, g_steal_pointer(&serial));
    }
    for (unsigned i = 0; i < MAX_PARALLEL; i++) {
        g_autoptr(Parallel) parallel = xml_new(&parallel_xml);
        bool there;

        if (!read_port(file, "parallel", i, context, &parallel->source, &there, error))
            return false;
        parallel->port = (int)i;
        if (there)
            vmx_append(&domain->parallels, g_steal_pointer(&parallel));
    }
    domain_console_pair(domain, NULL);
    domain_console_mirror(domain);
    return true;
}

/* ---- writing -------------------------------------------------------------- */

static bool
write_source(const CharSource *source, const VmxContext *context, const char *domain, VmxPort *port, GError **error)
{
    switch (source->type) {
    case CHAR_TYPE_DEV:
        port->file_type = VMX_FILE_DEVICE;
        port->file = g_strdup(source->path);
        return true;
    case CHAR_TYPE_FILE:
        port->file_type = VMX_FILE_FILE;
        port->file = vmx_path_write(context, source->path, error);
        return port->file;
    case CHAR_TYPE_PIPE:
        port->file_type = VMX_FILE_PIPE;
        port->pipe_end = VMX_END_CLIENT;
        port->no_loss = VMX_NO;
        port->file = g_strdup(source->path);
        return true;
    case CHAR_TYPE_TCP:
        port->file_type = VMX_FILE_NETWORK;
        port->network_end = source->mode == CHAR_MODE_BIND ? VMX_END_SERVER : VMX_END_CLIENT;
        for (size_t i = 0; i < G_N_ELEMENTS(schemes) && !port->file; i++)
            if (schemes[i].protocol == source->protocol)
                port->file = g_strdup_printf(source->host && strchr(source->host, ':') ? "%s://[%s]:%s" : "%s://%s:%s",
                                             schemes[i].scheme, source->host ? source->host : "", source->service);
        return true;
    case CHAR_TYPE_NULL:
        port->file_type = VMX_FILE_NETWORK;
        port->file = g_strdup("");
        return true;
    default:
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
                  "domain '%s': ports of VMware guests are of type dev, file, pipe, tcp or null, not '%s'", domain,
                  char_type_words[source->type]);
        return false;
    }
}

static bool
write_port(const Domain *domain, const VmxContext *context, const char *name, int number, int max, const CharSource *source,
           GString *out, GError **error)
{
    g_autofree char *prefix = g_strdup_printf("%s%d.", name, number);
    g_autoptr(VmxPort) port = vmx_record_new(&vmx_port);

    if (number < 0 || number >= max) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
                  "domain '%s': the number of a %s port is %d; VMware has those from 0 to %d", domain->name, name,
                  number, max - 1);
        return false;
    }
    port->present = VMX_YES;
    if (!write_source(source, context, domain->name, port, error))
        return false;
    /* Guests that poll the port give the processor away. */
    if (max == MAX_SERIAL)
        port->yield = VMX_YES;
    vmx_record_write(port, prefix, out);
    return true;
}

bool
vmx_port_write(const Domain *domain, const VmxContext *context, GString *out, GError **error)
{
    for (guint i = 0; i < list_len(domain->serials); i++) {
        const Serial *serial = domain->serials->pdata[i];

        if (!write_port(domain, context, "serial", serial->port < 0 ? (int)i : serial->port, MAX_SERIAL, &serial->source, out,
                        error))
            return false;
    }
    for (guint i = 0; i < list_len(domain->parallels); i++) {
        const Parallel *parallel = domain->parallels->pdata[i];

        if (!write_port(domain, context, "parallel", parallel->port < 0 ? (int)i : parallel->port, MAX_PARALLEL,
                        &parallel->source, out, error))
            return false;
    }
    return true;
}
