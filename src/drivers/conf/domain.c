/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* domain.c - rules of <domain> that no single row can state
 *
 * Only what holds for every driver; what QEMU or another one adds (addresses,
 * controllers, default models) is the driver's own.
 */
#define ERROR_FROM VIR_FROM_DOMAIN
#include "drivers/conf/domain.h"
#include "util/error.h"

#include <string.h>

static bool
check_memory(Domain *domain, GError **error)
{
    bool cells = domain->cpu && domain->cpu->cells;

    if (!domain->memory && !cells) {
        error_set(error, VIR_ERR_XML_ERROR, "Memory size must be specified via <memory> or in the <numa> configuration");
        return false;
    }
    if (!domain->has_current_memory || !domain->current_memory || domain->current_memory > domain->memory) {
        domain->current_memory = domain->memory;
        domain->has_current_memory = true;
    }
    return true;
}

static bool
check_vcpus(Domain *domain, GError **error)
{
    if (!domain->max_vcpus) {
        error_set(error, VIR_ERR_XML_ERROR, "domain '%s': number of vCPUs is zero; <vcpu> must be at least 1", domain->name);
        return false;
    }
    if (domain->has_current_vcpus && (!domain->current_vcpus || domain->current_vcpus > domain->max_vcpus)) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "domain '%s': current vCPUs (%u) must be between 1 and the maximum (%u)",
                  domain->name, domain->current_vcpus, domain->max_vcpus);
        return false;
    }
    if (domain->current_vcpus == domain->max_vcpus)
        domain->has_current_vcpus = false;
    return true;
}

/* The test driver's guests have had partitions as disks from the days of Xen on. */
static bool
check_partitions(const Domain *domain, GError **error)
{
    static const char *const prefixes[] = { "fd", "hd", "sd", "vd", "xvd", "ubd" };

    for (guint i = 0; domain->type != VIRT_TYPE_TEST && domain->disks && i < domain->disks->len; i++) {
        const char *target = ((Disk *)domain->disks->pdata[i])->target;

        for (size_t k = 0; k < G_N_ELEMENTS(prefixes); k++) {
            const char *p = target + (g_str_has_prefix(target, prefixes[k]) ? strlen(prefixes[k]) : 0);
            size_t letters = p > target ? strspn(p, "abcdefghijklmnopqrstuvwxyz") : 0;

            if (letters && p[letters] && !p[letters + strspn(p + letters, "0123456789")]) {
                error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
                          "invalid disk target '%s', partitions can't appear in disk targets", target);
                return false;
            }
        }
    }
    return true;
}

bool
domain_check(void *obj, unsigned flags, GError **error)
{
    Domain *domain = obj;

    if (!domain->name[0] || strchr(domain->name, '\n')) {
        error_set(error, VIR_ERR_XML_ERROR, "name '%s' of a domain must not be empty or contain a newline",
                  domain->name);
        return false;
    }
    if (strchr(domain->name, '/')) {
        error_set(error, VIR_ERR_XML_ERROR, "name %s cannot contain '/'", domain->name);
        return false;
    }
    /* A boot loader of the host means a paravirtual guest of Xen. */
    if (!domain->os_type && !domain->bootloader) {
        error_set(error, VIR_ERR_XML_ERROR,
                  "an os <type> must be specified: domain '%s' has none, such as hvm, and no <bootloader>", domain->name);
        return false;
    }
    if (!domain->os_type)
        domain->os_type = g_strdup("xen");
    domain->shows_bootloader_args = domain->bootloader != NULL;
    return check_memory(domain, error) && check_vcpus(domain, error) && check_partitions(domain, error) &&
           domain_rules(domain, error) && domain_os_rules(domain, error) && domain_cpu_rules(domain, error) &&
           domain_tune_rules(domain, error) && domain_device_rules(domain, error);
}
