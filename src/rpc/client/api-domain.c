/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* api-domain.c - calls on domains whose results or arguments need more than the generated functions
 * can do. */
#define ERROR_FROM VIR_FROM_DOMAIN
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rpc/client/connection.h"
#include "rpc/client/entry.h"
#include "rpc/client/last-error.h"
#include "rpc/client/params.h"
#include "util/error.h"

#pragma GCC visibility push(default)

#define DOMAIN_ENTRY ENTRY(VIR_FROM_DOMAIN)

enum { PEEK_MAX = 4194304, CPU_STATS_PARAMS_MAX = 16, CPU_STATS_CPUS_MAX = 128 };

static WireDomain
domain_record(const Entry *e)
{
    WireDomain domain = { 0 };

    handle_to_wire(e->self, &domain);
    return domain;
}

static bool
begin_domain(Entry *e, virDomainPtr domain)
{
    return entry_begin(e, HANDLE_DOMAIN, domain);
}

/* memcpy(), which may not be given NULL even for no bytes: an empty array of a reply has no memory. */
static void
copy(void *to, const void *from, size_t n)
{
    if (n)
        memcpy(to, from, n);
}

/* The reply does not fit what was asked for. */
static bool
check_limit(Entry *e, uint32_t n, uint32_t max, const char *what)
{
    if (n <= max)
        return true;
    error_set_full(&e->error, VIR_FROM_RPC, VIR_ERR_RPC, "too many %s '%u' for limit '%u' in %s",
                   what, n, max, e->function);
    return false;
}

static int
failed(Entry *e)
{
    entry_fail(e);
    return -1;
}

/* ---- lists and starting ---- */

int
virConnectListDomains(virConnectPtr conn, int *ids, int maxids)
{
    Entry e = DOMAIN_ENTRY;
    ConnectListDomainsArgs args = { .maxids = maxids };
    ConnectListDomainsRet ret = { 0 };
    int n = -1;

    if (entry_begin(&e, HANDLE_CONNECT, conn) && entry_array(&e, "ids", ids, maxids) &&
        entry_nonnegative(&e, "maxids", maxids) &&
        entry_limit(&e, "maxids", maxids, REMOTE_DOMAIN_LIST_MAX) &&
        entry_call(&e, PROGRAM_REMOTE, PROC_CONNECT_LIST_DOMAINS, &args, &ret, NULL) &&
        check_limit(&e, ret.n_ids, (uint32_t)maxids, "domains")) {
        n = (int)ret.n_ids;
        copy(ids, ret.ids, ret.n_ids * sizeof(*ids));
    }
    wire_free(&wire_connect_list_domains_ret, &ret);
    return n < 0 ? failed(&e) : n;
}

int
virDomainCreate(virDomainPtr domain)
{
    Entry e = DOMAIN_ENTRY;
    DomainCreateArgs args = { 0 };
    DomainLookupByUuidArgs who = { 0 };
    DomainLookupByUuidRet found = { 0 };

    if (!begin_domain(&e, domain) || !entry_writable(&e))
        return failed(&e);
    args.dom = domain_record(&e);
    memcpy(who.uuid, e.self->uuid, sizeof(who.uuid));
    if (!entry_call(&e, PROGRAM_REMOTE, PROC_DOMAIN_CREATE, &args, NULL, NULL) ||
        !entry_call(&e, PROGRAM_REMOTE, PROC_DOMAIN_LOOKUP_BY_UUID, &who, &found, NULL))
        return failed(&e);
    e.self->number = found.dom.id;
    wire_free(&wire_domain_lookup_by_uuid_ret, &found);
    return 0;
}

int
virDomainCreateWithFlags(virDomainPtr domain, unsigned int flags)
{
    Entry e = DOMAIN_ENTRY;
    DomainCreateWithFlagsArgs args = { .flags = flags };
    DomainCreateWithFlagsRet ret = { 0 };

    if (!begin_domain(&e, domain) || !entry_writable(&e))
        return failed(&e);
    args.dom = domain_record(&e);
    if (!entry_call(&e, PROGRAM_REMOTE, PROC_DOMAIN_CREATE_WITH_FLAGS, &args, &ret, NULL))
        return failed(&e);
    e.self->number = ret.dom.id;
    wire_free(&wire_domain_create_with_flags_ret, &ret);
    return 0;
}

/* A call that hands over descriptors, to a daemon that can take them. */
static bool
call_with_fds(Entry *e, int proc, const void *args, void *ret, const int *fds, unsigned int n_fds)
{
    LinkCall call = { .method = method_lookup(PROGRAM_REMOTE, proc),
                      .args = args,
                      .ret = ret,
                      .fds = fds,
                      .n_fds = n_fds };

    if (e->error)
        return false;
    if (!connection_has_feature(e->conn, FEATURE_FD_PASSING)) {
        error_set(&e->error, VIR_ERR_ARGUMENT_UNSUPPORTED,
                  "fd passing is not supported by this connection");
        return false;
    }
    return e->conn->link->ops->call(e->conn->link, &call, &e->error);
}

int
virDomainCreateWithFiles(virDomainPtr domain, unsigned int nfiles, int *files, unsigned int flags)
{
    Entry e = DOMAIN_ENTRY;
    DomainCreateWithFilesArgs args = { .flags = flags };
    DomainCreateWithFilesRet ret = { 0 };

    if (!begin_domain(&e, domain) || !entry_array(&e, "files", files, nfiles) ||
        !entry_writable(&e))
        return failed(&e);
    args.dom = domain_record(&e);
    if (!call_with_fds(&e, PROC_DOMAIN_CREATE_WITH_FILES, &args, &ret, files, nfiles))
        return failed(&e);
    e.self->number = ret.dom.id;
    wire_free(&wire_domain_create_with_files_ret, &ret);
    return 0;
}

virDomainPtr
virDomainCreateXMLWithFiles(virConnectPtr conn, const char *xmlDesc, unsigned int nfiles,
                            int *files, unsigned int flags)
{
    Entry e = DOMAIN_ENTRY;
    DomainCreateXmlWithFilesArgs args = { .xml_desc = (char *)xmlDesc, .flags = flags };
    DomainCreateXmlWithFilesRet ret = { 0 };
    virDomainPtr domain = NULL;

    if (entry_begin(&e, HANDLE_CONNECT, conn) && entry_nonnull(&e, "xmlDesc", xmlDesc) &&
        entry_array(&e, "files", files, nfiles) && entry_writable(&e) &&
        call_with_fds(&e, PROC_DOMAIN_CREATE_XML_WITH_FILES, &args, &ret, files, nfiles))
        domain = entry_handle_out(&e, HANDLE_DOMAIN, &ret.dom);
    else
        entry_fail(&e);
    wire_free(&wire_domain_create_xml_with_files_ret, &ret);
    return domain;
}

virDomainPtr
virDomainCreateLinux(virConnectPtr conn, const char *xmlDesc, unsigned int flags)
{
    return virDomainCreateXML(conn, xmlDesc, flags);
}

int
virDomainFDAssociate(virDomainPtr domain, const char *name, unsigned int nfds, int *fds,
                     unsigned int flags)
{
    Entry e = DOMAIN_ENTRY;
    DomainFdAssociateArgs args = { .name = (char *)name, .flags = flags };

    if (!begin_domain(&e, domain) || !entry_nonnull(&e, "name", name) ||
        !entry_nonzero(&e, "nfds", nfds) || !entry_nonnull(&e, "fds", fds) || !entry_writable(&e))
        return failed(&e);
    args.dom = domain_record(&e);
    return call_with_fds(&e, PROC_DOMAIN_FD_ASSOCIATE, &args, NULL, fds, nfds) ? 0 : failed(&e);
}

/* What a display is handed must be a socket; said before anybody is asked. */
static bool
check_socket(Entry *e, int fd)
{
    struct stat info;

    if (fstat(fd, &info) < 0)
        error_set_errno(&e->error, errno, "Unable to access file descriptor %d", fd);
    else if (!S_ISSOCK(info.st_mode))
        entry_refuse(e, true, "fd", VIR_ERR_INVALID_ARG, "fd %d must be a socket", fd);
    return !e->error;
}

int
virDomainOpenGraphics(virDomainPtr dom, unsigned int idx, int fd, unsigned int flags)
{
    Entry e = DOMAIN_ENTRY;
    DomainOpenGraphicsArgs args = { .idx = idx, .flags = flags };

    if (!begin_domain(&e, dom) || !entry_nonnegative(&e, "fd", fd) ||
        !check_socket(&e, fd) || !entry_writable(&e))
        return failed(&e);
    args.dom = domain_record(&e);
    return call_with_fds(&e, PROC_DOMAIN_OPEN_GRAPHICS, &args, NULL, &fd, 1) ? 0 : failed(&e);
}

int
virDomainOpenGraphicsFD(virDomainPtr dom, unsigned int idx, unsigned int flags)
{
    Entry e = DOMAIN_ENTRY;
    DomainOpenGraphicsFdArgs args = { .idx = idx, .flags = flags };
    int fds[LINK_FDS_MAX];
    LinkCall call = { .method = method_lookup(PROGRAM_REMOTE, PROC_DOMAIN_OPEN_GRAPHICS_FD),
                      .args = &args,
                      .ret_fds = fds };

    if (!begin_domain(&e, dom) || !entry_writable(&e))
        return failed(&e);
    args.dom = domain_record(&e);
    if (!connection_has_feature(e.conn, FEATURE_FD_PASSING))
        error_set(&e.error, VIR_ERR_ARGUMENT_UNSUPPORTED,
                  "fd passing is not supported by this connection");
    if (e.error || !e.conn->link->ops->call(e.conn->link, &call, &e.error))
        return failed(&e);
    if (call.n_ret_fds == 1)
        return fds[0];
    for (size_t i = 0; i < call.n_ret_fds; i++)
        close(fds[i]);
    error_set(&e.error, VIR_ERR_INTERNAL_ERROR, "expected one file descriptor, got %zu",
              call.n_ret_fds);
    return failed(&e);
}

int
virDomainRename(virDomainPtr dom, const char *new_name, unsigned int flags)
{
    Entry e = DOMAIN_ENTRY;
    DomainRenameArgs args = { .new_name = (char *)new_name, .flags = flags };
    DomainRenameRet ret = { 0 };

    if (!begin_domain(&e, dom) || !entry_nonempty(&e, "new_name", new_name) || !entry_writable(&e))
        return failed(&e);
    args.dom = domain_record(&e);
    if (!entry_call(&e, PROGRAM_REMOTE, PROC_DOMAIN_RENAME, &args, &ret, NULL))
        return failed(&e);
    if (ret.retcode == 0) {
        g_free(e.self->name);
        e.self->name = g_strdup(new_name);
    }
    return ret.retcode < 0 ? failed(&e) : ret.retcode;
}

/* ---- memory and blocks ---- */

static bool
check_peek(Entry *e, size_t size)
{
    if (size <= PEEK_MAX)
        return true;
    error_set_full(&e->error, VIR_FROM_REMOTE, VIR_ERR_RPC,
                   "peek of %zu bytes is larger than the limit %d", size, PEEK_MAX);
    return false;
}

static bool
copy_peek(Entry *e, const uint8_t *data, uint32_t len, size_t size, void *buffer)
{
    if (len == size) {
        memcpy(buffer, data, size);
        return true;
    }
    error_set_full(&e->error, VIR_FROM_REMOTE, VIR_ERR_RPC,
                   "peek gave %u bytes, %zu were asked for", len, size);
    return false;
}

int
virDomainBlockPeek(virDomainPtr dom, const char *disk, unsigned long long offset, size_t size,
                   void *buffer, unsigned int flags)
{
    Entry e = DOMAIN_ENTRY;
    DomainBlockPeekArgs args = {
        .path = (char *)disk, .offset = offset, .size = (uint32_t)size, .flags = flags
    };
    DomainBlockPeekRet ret = { 0 };
    bool ok;

    if (!begin_domain(&e, dom) || !entry_writable(&e) || !entry_nonempty(&e, "disk", disk) ||
        (size && !entry_nonnull(&e, "buffer", buffer)) || !check_peek(&e, size))
        return failed(&e);
    args.dom = domain_record(&e);
    ok = entry_call(&e, PROGRAM_REMOTE, PROC_DOMAIN_BLOCK_PEEK, &args, &ret, NULL) &&
         copy_peek(&e, ret.buffer, ret.n_buffer, size, buffer);
    wire_free(&wire_domain_block_peek_ret, &ret);
    return ok ? 0 : failed(&e);
}

int
virDomainMemoryPeek(virDomainPtr dom, unsigned long long start, size_t size, void *buffer,
                    unsigned int flags)
{
    Entry e = DOMAIN_ENTRY;
    DomainMemoryPeekArgs args = { .offset = start, .size = (uint32_t)size, .flags = flags };
    DomainMemoryPeekRet ret = { 0 };
    bool ok;

    if (!begin_domain(&e, dom) || !entry_writable(&e) ||
        !entry_exclusive(&e, flags, VIR_MEMORY_VIRTUAL, VIR_MEMORY_PHYSICAL, "VIR_MEMORY_VIRTUAL",
                         "VIR_MEMORY_PHYSICAL") ||
        (size && !entry_nonnull(&e, "buffer", buffer)) || !check_peek(&e, size))
        return failed(&e);
    args.dom = domain_record(&e);
    ok = entry_call(&e, PROGRAM_REMOTE, PROC_DOMAIN_MEMORY_PEEK, &args, &ret, NULL) &&
         copy_peek(&e, ret.buffer, ret.n_buffer, size, buffer);
    wire_free(&wire_domain_memory_peek_ret, &ret);
    return ok ? 0 : failed(&e);
}

int
virDomainMemoryStats(virDomainPtr dom, virDomainMemoryStatPtr stats, unsigned int nr_stats,
                     unsigned int flags)
{
    Entry e = DOMAIN_ENTRY;
    DomainMemoryStatsArgs args = { .maxStats = MIN(nr_stats, VIR_DOMAIN_MEMORY_STAT_NR),
                                   .flags = flags };
    DomainMemoryStatsRet ret = { 0 };
    int n = -1;

    if (!begin_domain(&e, dom))
        return failed(&e);
    if (!stats || !nr_stats)
        return 0;
    args.dom = domain_record(&e);
    if (entry_call(&e, PROGRAM_REMOTE, PROC_DOMAIN_MEMORY_STATS, &args, &ret, NULL) &&
        check_limit(&e, ret.n_stats, nr_stats, "statistics")) {
        n = (int)ret.n_stats;
        for (int i = 0; i < n; i++)
            stats[i] = (virDomainMemoryStatStruct){ ret.stats[i].tag, ret.stats[i].val };
    }
    wire_free(&wire_domain_memory_stats_ret, &ret);
    return n < 0 ? failed(&e) : n;
}

int
virDomainGetBlockJobInfo(virDomainPtr dom, const char *disk, virDomainBlockJobInfoPtr info,
                         unsigned int flags)
{
    Entry e = DOMAIN_ENTRY;
    DomainGetBlockJobInfoArgs args = { .path = (char *)disk, .flags = flags };
    DomainGetBlockJobInfoRet ret = { 0 };

    if (!begin_domain(&e, dom) || !entry_nonnull(&e, "disk", disk) ||
        !entry_nonnull(&e, "info", info))
        return failed(&e);
    memset(info, 0, sizeof(*info));
    args.dom = domain_record(&e);
    if (!entry_call(&e, PROGRAM_REMOTE, PROC_DOMAIN_GET_BLOCK_JOB_INFO, &args, &ret, NULL))
        return failed(&e);
    if (!ret.found)
        return 0;
    *info = (virDomainBlockJobInfo){ ret.type, ret.bandwidth, ret.cur, ret.end };
    return 1;
}

int
virDomainGetDiskErrors(virDomainPtr dom, virDomainDiskErrorPtr errors, unsigned int maxerrors,
                       unsigned int flags)
{
    Entry e = DOMAIN_ENTRY;
    DomainGetDiskErrorsArgs args = { .maxerrors = maxerrors, .flags = flags };
    DomainGetDiskErrorsRet ret = { 0 };
    int n = -1;

    if (!begin_domain(&e, dom) || !entry_array(&e, "errors", errors, maxerrors))
        return failed(&e);
    args.dom = domain_record(&e);
    if (entry_call(&e, PROGRAM_REMOTE, PROC_DOMAIN_GET_DISK_ERRORS, &args, &ret, NULL) &&
        check_limit(&e, ret.n_errors, maxerrors, "disk errors")) {
        n = ret.nerrors;
        for (uint32_t i = 0; i < ret.n_errors; i++)
            errors[i] =
                (virDomainDiskError){ g_steal_pointer(&ret.errors[i].disk), ret.errors[i].error };
    }
    wire_free(&wire_domain_get_disk_errors_ret, &ret);
    return n < 0 ? failed(&e) : n;
}

/* ---- processors ---- */

/* So many CPUs' maps of such a length can have an int's size at most. */
static bool
check_product(Entry *e, int n, int length)
{
    return entry_refuse(e, (int64_t)n * length > INT_MAX, NULL, VIR_ERR_OVERFLOW,
                        "input too large: %d * %d", n, length);
}

int
virDomainGetVcpus(virDomainPtr domain, virVcpuInfoPtr info, int maxinfo, unsigned char *cpumaps,
                  int maplen)
{
    Entry e = DOMAIN_ENTRY;
    DomainGetVcpusArgs args = { .maxinfo = maxinfo, .maplen = maplen };
    DomainGetVcpusRet ret = { 0 };
    int n = -1;

    if (!begin_domain(&e, domain) || !entry_nonnull(&e, "info", info) ||
        !entry_positive(&e, "maxinfo", maxinfo) ||
        !(cpumaps ? entry_positive(&e, "maplen", maplen) : entry_zero(&e, "maplen", maplen)) ||
        !check_product(&e, maxinfo, maplen) || !entry_limit(&e, "maxinfo", maxinfo, REMOTE_VCPUINFO_MAX) ||
        !entry_limit(&e, "maxinfo times maplen", (int64_t)maxinfo * maplen, REMOTE_CPUMAPS_MAX))
        return failed(&e);
    memset(info, 0, sizeof(*info) * (size_t)maxinfo);
    if (cpumaps)
        memset(cpumaps, 0, (size_t)maxinfo * (size_t)maplen);
    args.dom = domain_record(&e);
    if (entry_call(&e, PROGRAM_REMOTE, PROC_DOMAIN_GET_VCPUS, &args, &ret, NULL) &&
        check_limit(&e, ret.n_info, (uint32_t)maxinfo, "vcpus") &&
        (!cpumaps || check_limit(&e, ret.n_cpumaps, (uint32_t)maxinfo * (uint32_t)maplen,
                                 "bytes of CPU maps"))) {
        n = (int)ret.n_info;
        for (int i = 0; i < n; i++)
            info[i] = (virVcpuInfo){ ret.info[i].number, ret.info[i].state, ret.info[i].cpu_time,
                                     ret.info[i].cpu };
        if (cpumaps)
            copy(cpumaps, ret.cpumaps, ret.n_cpumaps);
    }
    wire_free(&wire_domain_get_vcpus_ret, &ret);
    return n < 0 ? failed(&e) : n;
}

static bool
check_live_config(Entry *e, unsigned int flags)
{
    return entry_exclusive(e, flags, VIR_DOMAIN_AFFECT_LIVE, VIR_DOMAIN_AFFECT_CONFIG,
                           "VIR_DOMAIN_AFFECT_LIVE", "VIR_DOMAIN_AFFECT_CONFIG");
}

int
virDomainGetVcpuPinInfo(virDomainPtr domain, int ncpumaps, unsigned char *cpumaps, int maplen,
                        unsigned int flags)
{
    Entry e = DOMAIN_ENTRY;
    DomainGetVcpuPinInfoArgs args = { .ncpumaps = ncpumaps, .maplen = maplen, .flags = flags };
    DomainGetVcpuPinInfoRet ret = { 0 };
    int n = -1;

    if (!begin_domain(&e, domain) || !entry_array(&e, "cpumaps", cpumaps, ncpumaps) ||
        !entry_positive(&e, "ncpumaps", ncpumaps) || !entry_positive(&e, "maplen", maplen) ||
        !check_live_config(&e, flags) || !check_product(&e, ncpumaps, maplen) ||
        !entry_limit(&e, "ncpumaps", ncpumaps, REMOTE_VCPUINFO_MAX) ||
        !entry_limit(&e, "ncpumaps times maplen", (int64_t)ncpumaps * maplen, REMOTE_CPUMAPS_MAX))
        return failed(&e);
    memset(cpumaps, 0, (size_t)ncpumaps * (size_t)maplen);
    args.dom = domain_record(&e);
    if (entry_call(&e, PROGRAM_REMOTE, PROC_DOMAIN_GET_VCPU_PIN_INFO, &args, &ret, NULL) &&
        check_limit(&e, (uint32_t)ret.num, (uint32_t)ncpumaps, "CPU maps") &&
        check_limit(&e, ret.n_cpumaps, (uint32_t)ncpumaps * (uint32_t)maplen,
                    "bytes of CPU maps")) {
        n = ret.num;
        copy(cpumaps, ret.cpumaps, ret.n_cpumaps);
    }
    wire_free(&wire_domain_get_vcpu_pin_info_ret, &ret);
    return n < 0 ? failed(&e) : n;
}

int
virDomainGetEmulatorPinInfo(virDomainPtr domain, unsigned char *cpumap, int maplen,
                            unsigned int flags)
{
    Entry e = DOMAIN_ENTRY;
    DomainGetEmulatorPinInfoArgs args = { .maplen = maplen, .flags = flags };
    DomainGetEmulatorPinInfoRet ret = { 0 };
    int rc = -1;

    if (!begin_domain(&e, domain) || !entry_nonnull(&e, "cpumap", cpumap) ||
        !entry_positive(&e, "maplen", maplen) || !check_live_config(&e, flags) ||
        !entry_limit(&e, "maplen", maplen, REMOTE_CPUMAPS_MAX))
        return failed(&e);
    memset(cpumap, 0, (size_t)maplen);
    args.dom = domain_record(&e);
    if (entry_call(&e, PROGRAM_REMOTE, PROC_DOMAIN_GET_EMULATOR_PIN_INFO, &args, &ret, NULL) &&
        check_limit(&e, ret.n_cpumaps, (uint32_t)maplen, "bytes of CPU maps")) {
        rc = ret.ret;
        copy(cpumap, ret.cpumaps, ret.n_cpumaps);
    }
    wire_free(&wire_domain_get_emulator_pin_info_ret, &ret);
    return rc < 0 ? failed(&e) : rc;
}

/* The wire holds groups of ret.nparams entries; the caller's have a stride of nparams. */
static bool
spread_cpu_stats(Entry *e, const DomainGetCpuStatsRet *ret, virTypedParameterPtr params,
                 unsigned int nparams, unsigned int ncpus)
{
    uint32_t group = (uint32_t)MAX(ret->nparams, 0), cpus = group ? ret->n_params / group : 0;

    if (group > nparams || cpus > ncpus || (group && ret->n_params % group)) {
        error_set_full(&e->error, VIR_FROM_REMOTE, VIR_ERR_RPC,
                       "%u statistics in groups of %u do not fit %u CPUs of %u", ret->n_params,
                       group, ncpus, nparams);
        return false;
    }
    memset(params, 0, sizeof(*params) * nparams * ncpus);
    for (uint32_t cpu = 0; cpu < cpus; cpu++) {
        for (uint32_t i = 0; i < group; i++) {
            if (!params_fill(&params[cpu * nparams + i], &ret->params[cpu * group + i],
                             &e->error)) {
                params_reset(params, (int)(nparams * ncpus));
                return false;
            }
        }
    }
    return true;
}

int
virDomainGetCPUStats(virDomainPtr domain, virTypedParameterPtr params, unsigned int nparams,
                     int start_cpu, unsigned int ncpus, unsigned int flags)
{
    Entry e = DOMAIN_ENTRY;
    DomainGetCpuStatsArgs args = { .nparams = nparams, .start_cpu = start_cpu, .ncpus = ncpus };
    DomainGetCpuStatsRet ret = { 0 };
    int rc = -1;

    if (!begin_domain(&e, domain))
        return failed(&e);
    /* -1 asks for totals: one group; no CPUs asks how many there are. */
    if (!entry_refuse(&e, start_cpu == -1 && ncpus != 1, "start_cpu", VIR_ERR_INVALID_ARG,
                      "ncpus must be 1 when start_cpu is -1"))
        return failed(&e);
    if ((start_cpu != -1 && !entry_nonnegative(&e, "start_cpu", start_cpu)) ||
        !(nparams ? entry_nonnull(&e, "params", params) : entry_null(&e, "params", params)) ||
        (!ncpus && !entry_null(&e, "params", params)))
        return failed(&e);
    if (!entry_refuse(&e, (uint64_t)nparams * ncpus > UINT_MAX, NULL, VIR_ERR_OVERFLOW,
                      "input too large: %u * %u", nparams, ncpus))
        return failed(&e);
    if (nparams > CPU_STATS_PARAMS_MAX || ncpus > CPU_STATS_CPUS_MAX) {
        error_set_full(&e.error, VIR_FROM_REMOTE, VIR_ERR_RPC,
                       "%u statistics of %u CPUs asked for, at most %d of %d can be", nparams,
                       ncpus, CPU_STATS_PARAMS_MAX, CPU_STATS_CPUS_MAX);
        return failed(&e);
    }
    args.dom = domain_record(&e);
    args.flags = entry_typed_flags(&e, flags);
    if (entry_call(&e, PROGRAM_REMOTE, PROC_DOMAIN_GET_CPU_STATS, &args, &ret, NULL) &&
        (!ret.n_params || spread_cpu_stats(&e, &ret, params, nparams, ncpus)))
        rc = ret.nparams;
    wire_free(&wire_domain_get_cpu_stats_ret, &ret);
    return rc < 0 ? failed(&e) : rc;
}

/* ---- security labels: char arrays that count their NUL ---- */

static bool
copy_label(Entry *e, const DomainGetSecurityLabelRet *from, virSecurityLabelPtr to)
{
    memset(to, 0, sizeof(*to));
    if (!check_limit(e, from->n_label, sizeof(to->label), "characters of a label") ||
        (from->n_label == sizeof(to->label) && !memchr(from->label, '\0', from->n_label) &&
         !check_limit(e, from->n_label, sizeof(to->label) - 1, "characters of a label")))
        return false;
    copy(to->label, from->label, from->n_label);
    to->label[sizeof(to->label) - 1] = '\0';
    to->enforcing = from->enforcing;
    return true;
}

int
virDomainGetSecurityLabel(virDomainPtr domain, virSecurityLabelPtr seclabel)
{
    Entry e = DOMAIN_ENTRY;
    DomainGetSecurityLabelArgs args = { 0 };
    DomainGetSecurityLabelRet ret = { 0 };
    bool ok;

    if (!begin_domain(&e, domain) || !entry_nonnull(&e, "seclabel", seclabel))
        return failed(&e);
    args.dom = domain_record(&e);
    ok = entry_call(&e, PROGRAM_REMOTE, PROC_DOMAIN_GET_SECURITY_LABEL, &args, &ret, NULL) &&
         copy_label(&e, &ret, seclabel);
    wire_free(&wire_domain_get_security_label_ret, &ret);
    return ok ? 0 : failed(&e);
}

int
virDomainGetSecurityLabelList(virDomainPtr domain, virSecurityLabelPtr *seclabels)
{
    Entry e = DOMAIN_ENTRY;
    DomainGetSecurityLabelListArgs args = { 0 };
    DomainGetSecurityLabelListRet ret = { 0 };
    g_autofree virSecurityLabelPtr labels = NULL;
    int n = -1;

    if (!begin_domain(&e, domain) || !entry_nonnull(&e, "seclabels", seclabels))
        return failed(&e);
    args.dom = domain_record(&e);
    if (entry_call(&e, PROGRAM_REMOTE, PROC_DOMAIN_GET_SECURITY_LABEL_LIST, &args, &ret, NULL)) {
        bool ok = true;

        labels = g_new0(virSecurityLabel, ret.n_labels);
        for (uint32_t i = 0; ok && i < ret.n_labels; i++)
            ok = copy_label(&e, &ret.labels[i], &labels[i]);
        if (ok) {
            *seclabels = g_steal_pointer(&labels);
            n = ret.ret;
        }
    }
    wire_free(&wire_domain_get_security_label_list_ret, &ret);
    return n < 0 ? failed(&e) : n;
}
