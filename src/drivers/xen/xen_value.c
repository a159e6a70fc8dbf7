/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xen_value.c - values of keys, and options within values: taken out with errors that name the line, and put in */
#define ERROR_FROM VIR_FROM_XEN
#include "drivers/xen/xen_private.h"

#include <string.h>

#include "util/error.h"
#include "util/text.h"

bool
xen_refuse(const ConfValue *value, GError **error, const char *format, ...)
{
    g_autofree char *message = NULL;
    va_list args;

    va_start(args, format);
    message = g_strdup_vprintf(format, args);
    va_end(args);
    if (value && value->line)
        error_set(error, VIR_ERR_CONF_SYNTAX, "line %d of the Xen configuration: %s", value->line, message);
    else
        error_set(error, VIR_ERR_CONF_SYNTAX, "Xen configuration: %s", message);
    return false;
}

bool
xen_get_text(const XenReader *r, const char *key, char **ret_text, GError **error)
{
    const ConfValue *value = conf_get(r->conf, key);

    if (!value || (value->kind == CONF_VALUE_STRING && !value->string[0]))
        return true;
    if (value->kind == CONF_VALUE_LIST)
        return xen_refuse(value, error, "'%s' must be a string, not a list", key);
    g_free(*ret_text);
    *ret_text = value->kind == CONF_VALUE_STRING ? g_strdup(value->string)
                                                 : g_strdup_printf("%" G_GINT64_FORMAT, value->number);
    return true;
}

bool
xen_parse_number(const ConfValue *value, const char *text, const char *what, int64_t min, int64_t max, int64_t *ret_number,
                 GError **error)
{
    int64_t number;

    if (!text_parse_int64(text, 0, &number) || number < min || number > max)
        return xen_refuse(value, error,
                          "'%s' is '%.64s', expected a number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, what, text,
                          min, max);
    *ret_number = number;
    return true;
}

bool
xen_get_number(const XenReader *r, const char *key, int64_t min, int64_t max, int64_t *ret_number, bool *ret_given,
               GError **error)
{
    g_autofree char *text = NULL;

    if (!xen_get_text(r, key, &text, error))
        return false;
    if (ret_given)
        *ret_given = text != NULL;
    return !text || xen_parse_number(conf_get(r->conf, key), text, key, min, max, ret_number, error);
}

bool
xen_get_flag(const XenReader *r, const char *key, bool *ret_flag, bool *ret_given, GError **error)
{
    int64_t number = *ret_flag;

    if (!xen_get_number(r, key, INT64_MIN, INT64_MAX, &number, ret_given, error))
        return false;
    *ret_flag = number != 0;
    return true;
}

bool
xen_get_items(const XenReader *r, const char *key, GPtrArray **ret_items, GError **error)
{
    const ConfValue *value = conf_get(r->conf, key);
    g_autoptr(GPtrArray) items = NULL;

    if (!value || (value->kind == CONF_VALUE_STRING && !value->string[0]))
        return true;
    if (value->kind == CONF_VALUE_NUMBER)
        return xen_refuse(value, error, "'%s' must be a list of strings", key);
    items = g_ptr_array_new();
    if (value->kind == CONF_VALUE_STRING)
        g_ptr_array_add(items, (void *)value);
    for (guint i = 0; i < list_len(value->list); i++) {
        const ConfValue *item = list_at(value->list, i);

        if (item->kind != CONF_VALUE_STRING)
            return xen_refuse(item, error, "'%s' must be a list of strings", key);
        g_ptr_array_add(items, (void *)item);
    }
    *ret_items = g_steal_pointer(&items);
    return true;
}

char **
xen_options(const char *text)
{
    char **options = g_strsplit(text, ",", -1);

    for (char **option = options; *option; option++)
        g_strstrip(*option);
    return options;
}

const char *
xen_option(char **options, const char *name)
{
    size_t len = strlen(name);

    for (; *options; options++)
        if (strncmp(*options, name, len) == 0 && (!(*options)[len] || (*options)[len] == '='))
            return *options + len + ((*options)[len] == '=');
    return NULL;
}

/* ---- the document ---------------------------------------------------------- */

void *
xen_append(GPtrArray **list, const XmlStruct *type)
{
    void *device = xml_new(type);

    if (!*list)
        *list = g_ptr_array_new();
    g_ptr_array_add(*list, device);
    return device;
}

Features *
xen_features(Domain *domain)
{
    if (!domain->features)
        domain->features = xml_new(&features_xml);
    return domain->features;
}

Cpu *
xen_cpu(Domain *domain)
{
    if (!domain->cpu)
        domain->cpu = xml_new(&cpu_xml);
    return domain->cpu;
}

/* ---- writing -------------------------------------------------------------- */

void
xen_put_text(const XenWriter *w, const char *key, const char *text)
{
    if (text)
        conf_add(w->conf, key, conf_value_string(text));
}

void
xen_put_number(const XenWriter *w, const char *key, int64_t number)
{
    conf_add(w->conf, key, conf_value_number(number));
}

void
xen_put_items(const XenWriter *w, const char *key, const GPtrArray *items)
{
    ConfValue *list;

    if (!list_len(items))
        return;
    list = conf_value_list();
    for (guint i = 0; i < items->len; i++)
        g_ptr_array_add(list->list, conf_value_string(list_at(items, i)));
    conf_add(w->conf, key, list);
}

bool
xen_add_option(GString *out, const char *name, const char *value, GError **error)
{
    if (!value)
        return true;
    if (strpbrk(value, ",\n")) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "%s '%s' has a comma or a new line, for which Xen has no escape", name,
                  value);
        return false;
    }
    g_string_append_printf(out, "%s%s=%s", out->len ? "," : "", name, value);
    return true;
}

bool
xen_unsupported(const XenWriter *w, GError **error, const char *format, ...)
{
    g_autofree char *message = NULL;
    va_list args;

    va_start(args, format);
    message = g_strdup_vprintf(format, args);
    va_end(args);
    error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "domain '%s': a configuration of %s cannot say %s", w->domain->name,
              w->context->dialect == XEN_XL ? "xl" : "xm", message);
    return false;
}
