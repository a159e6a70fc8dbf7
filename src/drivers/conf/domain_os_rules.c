/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* domain_os_rules.c - what a guest starts from, its clock, and what is added by hand: what must fit together
 *
 * One small function a rule, listed at the end, as in domain_rules.c.
 */
#define ERROR_FROM VIR_FROM_DOMAIN
#include <string.h>

#include "drivers/conf/domain.h"
#include "util/error.h"
#include "util/list.h"

static bool
fail(GError **error, int code, const char *message)
{
    error_set(error, code, "%s", message);
    return false;
}

/* ---- firmware ------------------------------------------------------------ */

static bool
rule_nvram(Domain *domain, GError **error)
{
    const NvramVars *nvram = domain->nvram;

    if (nvram && !domain->loader && domain->firmware == OS_FIRMWARE_UNSET)
        return fail(error, VIR_ERR_XML_DETAIL, "no loader path specified and firmware auto selection disabled");
    if (!nvram || nvram->type == DISK_TYPE_UNSET)
        return true;
    if (nvram->type == DISK_TYPE_NETWORK ? nvram->protocol != 0 : nvram->path != NULL)
        return true;
    error_set(error, VIR_ERR_XML_ERROR, "<nvram type='%s'> needs a <source> of that type", disk_type_words[nvram->type]);
    return false;
}

/* Only tables that say themselves what they are can be there more than once. */
static bool
rule_acpi_tables(Domain *domain, GError **error)
{
    for (guint i = 0; i < list_len(domain->acpi_tables); i++) {
        AcpiTableType type = ((AcpiTable *)domain->acpi_tables->pdata[i])->type;

        for (guint k = 0; type != ACPI_TABLE_TYPE_RAW && k < i; k++) {
            if (((AcpiTable *)domain->acpi_tables->pdata[k])->type != type)
                continue;
            error_set(error, VIR_ERR_XML_ERROR, "Only one ACPI table of type '%s' is supported", acpi_table_type_words[type]);
            return false;
        }
    }
    return true;
}

/* ---- clock --------------------------------------------------------------- */

/* A number of seconds from UTC or local time is what 'variable' says in other words. */
static bool
rule_clock(Domain *domain, GError **error)
{
    bool local = domain->clock_offset == CLOCK_OFFSET_LOCALTIME;
    int64_t seconds;

    if (domain->clock_offset == CLOCK_OFFSET_TIMEZONE && !domain->clock_timezone[0])
        return fail(error, VIR_ERR_XML_ERROR, "<clock offset='timezone'> needs the name of a time zone in 'timezone'");
    if ((domain->clock_offset != CLOCK_OFFSET_UTC && !local) || !domain->clock_reset || !strcmp(domain->clock_reset, "reset"))
        return true;
    if (domain->clock_reset[0] && !g_ascii_string_to_signed(domain->clock_reset, 10, INT64_MIN, INT64_MAX, &seconds, NULL)) {
        error_set(error, VIR_ERR_XML_ERROR, "unknown clock adjustment '%s': use 'reset' or a number of seconds",
                  domain->clock_reset);
        return false;
    }
    if (domain->clock_reset[0]) {
        domain->clock_offset = CLOCK_OFFSET_VARIABLE;
        domain->clock_adjustment = seconds;
        domain->clock_basis = local ? CLOCK_BASIS_LOCALTIME : CLOCK_BASIS_UTC;
    }
    g_clear_pointer(&domain->clock_reset, g_free);
    return true;
}

/* What can be said of which timer. */
static bool
rule_timers(Domain *domain, GError **error)
{
    for (guint i = 0; i < list_len(domain->timers); i++) {
        const Timer *timer = domain->timers->pdata[i];
        bool guest_clock = timer->name == TIMER_NAME_KVMCLOCK || timer->name == TIMER_NAME_HYPERVCLOCK;
        const struct { const char *name; bool there, fits; } options[] = {
            { "tickpolicy", timer->tickpolicy != TIMER_POLICY_UNSET, !guest_clock },
            { "track", timer->track != TIMER_TRACK_UNSET,
              timer->name == TIMER_NAME_RTC || timer->name == TIMER_NAME_PLATFORM },
            { "frequency", timer->frequency != 0, timer->name == TIMER_NAME_TSC },
            { "mode", timer->mode != TIMER_MODE_UNSET, timer->name == TIMER_NAME_TSC },
        };

        for (size_t k = 0; k < G_N_ELEMENTS(options); k++) {
            if (!options[k].there || options[k].fits)
                continue;
            error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "timer %s doesn't support setting of timer %s",
                      timer_name_words[timer->name], options[k].name);
            return false;
        }
        if ((timer->threshold || timer->slew || timer->limit) && timer->tickpolicy != TIMER_POLICY_CATCHUP)
            return fail(error, VIR_ERR_XML_ERROR,
                        "setting of timer catchup policies is only supported with tickpolicy='catchup'");
    }
    return true;
}

/* ---- containers ---------------------------------------------------------- */

static bool
maps_root(const GPtrArray *maps)
{
    for (guint i = 0; i < list_len(maps); i++)
        if (!((IdMap *)maps->pdata[i])->start)
            return true;
    return !list_len(maps);
}

static bool
rule_idmap(Domain *domain, GError **error)
{
    if (!list_len(domain->uids) != !list_len(domain->gids))
        return fail(error, VIR_ERR_CONFIG_UNSUPPORTED, "uid and gid should be mapped both: <idmap> has only one of them");
    if (maps_root(domain->uids) && maps_root(domain->gids))
        return true;
    return fail(error, VIR_ERR_CONFIG_UNSUPPORTED,
                "You must map the root user of container: one <uid> and one <gid> of <idmap> with start='0'");
}

/* ---- properties set by hand ---------------------------------------------- */

static bool
value_fits(const QemuProperty *property)
{
    switch (property->type) {
    case QEMU_VALUE_TYPE_UNSIGNED:
        return g_ascii_string_to_unsigned(property->value, 10, 0, UINT64_MAX, NULL, NULL);
    case QEMU_VALUE_TYPE_SIGNED:
        return g_ascii_string_to_signed(property->value, 10, INT64_MIN, INT64_MAX, NULL, NULL);
    case QEMU_VALUE_TYPE_BOOL:
        return !strcmp(property->value, "true") || !strcmp(property->value, "false");
    default:
        return true;
    }
}

static bool
check_property(const QemuProperty *property, GError **error)
{
    if (property->type == QEMU_VALUE_TYPE_REMOVE) {
        if (!property->value)
            return true;
        error_set(error, VIR_ERR_XML_ERROR, "setting 'value' attribute of 'qemu:property' '%s' doesn't make sense with "
                  "'remove' type", property->name);
        return false;
    }
    if (!property->value) {
        error_set(error, VIR_ERR_XML_ERROR, "missing 'value' attribute for 'qemu:property' '%s'", property->name);
        return false;
    }
    if (value_fits(property))
        return true;
    error_set(error, VIR_ERR_XML_ERROR, "invalid value '%s' of 'value' attribute of 'qemu:property' '%s': its type is %s",
              property->value, property->name, qemu_value_type_words[property->type]);
    return false;
}

static bool
rule_overrides(Domain *domain, GError **error)
{
    for (guint i = 0; i < list_len(domain->qemu_overrides); i++) {
        const QemuOverride *override = domain->qemu_overrides->pdata[i];

        for (guint k = 0; k < list_len(override->properties); k++)
            if (!check_property(override->properties->pdata[k], error))
                return false;
    }
    return true;
}

bool
domain_os_rules(Domain *domain, GError **error)
{
    static bool (*const rules[])(Domain *domain, GError **error) = {
        rule_nvram, rule_acpi_tables, rule_clock, rule_timers, rule_idmap, rule_overrides,
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++)
        if (!rules[i](domain, error))
            return false;
    return true;
}
