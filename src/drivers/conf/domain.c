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
    if (!domain->has_current_memory || domain->current_memory > domain->memory) {
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
        error_set(error, VIR_ERR_XML_ERROR, "domain '%s': current vCPUs (%u) must be between 1 and the maximum (%u)",
                  domain->name, domain->current_vcpus, domain->max_vcpus);
        return false;
    }
    if (domain->current_vcpus == domain->max_vcpus)
        domain->has_current_vcpus = false;
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
    return check_memory(domain, error) && check_vcpus(domain, error) && domain_rules(domain, error);
}
