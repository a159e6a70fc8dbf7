/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* security_selinux.c - SELinux labels of guests and of their files
 *
 * A label is user:role:type:range, and the range a sensitivity with categories: "s0:c41,c264".  Guests have the same
 * type, and are kept apart by two categories that no other guest has; so are the files that they write.
 */
#define ERROR_FROM VIR_FROM_SECURITY
#include <string.h>

#include "drivers/qemu/security/security.h"
#include "util/error.h"
#include "util/list.h"
#include "util/text.h"
#include "util/xml.h"

enum { CATEGORIES_MAX = 1024, TRIES = 8 * CATEGORIES_MAX, CONTEXT_MAX = 4096 };

static const char model_name[] = "selinux";

/* ---- contexts -------------------------------------------------------------- */

typedef struct Context {
    char **parts;         /* user, role, type, range; the range may be missing */
} Context;

static bool
context_parse(const char *text, Context *ret_context, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(text, ":", 4);

    if (g_strv_length(parts) < 3) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "'%s' is no SELinux context: expected user:role:type and perhaps a range", text);
        return false;
    }
    ret_context->parts = g_steal_pointer(&parts);
    return true;
}

static void
context_clear(Context *context)
{
    g_strfreev(context->parts);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Context, context_clear)

/* The lines of a file, those that say something. */
static bool
read_contexts(const char *folder, const char *name, char **ret_first, char **ret_second, GError **error)
{
    g_autofree char *path = g_build_filename(folder, name, NULL), *text = NULL;
    g_autoptr(GError) bad = NULL;
    g_auto(GStrv) lines = NULL;
    char **found[] = { ret_first, ret_second };
    size_t n = 0, len;

    if (!g_file_get_contents(path, &text, &len, &bad) || len > CONTEXT_MAX) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "cannot read SELinux context file '%s': %s", path,
                  bad ? bad->message : "it is too long");
        return false;
    }
    lines = g_strsplit(text, "\n", -1);
    for (size_t i = 0; lines[i] && n < G_N_ELEMENTS(found); i++)
        if (*g_strstrip(lines[i]) && lines[i][0] != '#')
            *found[n++] = g_strdup(lines[i]);
    if (!n)
        error_set(error, VIR_ERR_INTERNAL_ERROR, "SELinux context file '%s' is empty", path);
    return n > 0;
}

bool
security_selinux_read(const char *folder, SecuritySelinux *ret_model, GError **error)
{
    g_auto(SecuritySelinux) model = { NULL };

    if (!read_contexts(folder, "virtual_domain_context", &model.domain, &model.tcg, error) ||
        !read_contexts(folder, "virtual_image_context", &model.image, &model.content, error))
        return false;
    /* Old policies have one line in each. */
    if (!model.tcg)
        model.tcg = g_strdup(model.domain);
    if (!model.content)
        model.content = g_strdup(model.image);
    *ret_model = model;
    model = (SecuritySelinux){ NULL };
    return true;
}

void
security_selinux_clear(SecuritySelinux *model)
{
    g_clear_pointer(&model->domain, g_free);
    g_clear_pointer(&model->tcg, g_free);
    g_clear_pointer(&model->image, g_free);
    g_clear_pointer(&model->content, g_free);
}

/* ---- labels of a guest ----------------------------------------------------- */

/* "s0-s0:c0.c1023": the lowest sensitivity and the categories there are. */
static bool
parse_range(const char *range, char **ret_sensitivity, unsigned *ret_first, unsigned *ret_last, GError **error)
{
    const char *colon = range ? strchr(range, ':') : NULL;
    g_auto(GStrv) ends = colon ? g_strsplit(colon + 1, ".", -1) : NULL;
    uint32_t first = 0, last = CATEGORIES_MAX - 1;

    if (ends && (g_strv_length(ends) != 2 || ends[0][0] != 'c' || ends[1][0] != 'c' ||
                 !text_parse_uint(ends[0] + 1, 10, &first) || !text_parse_uint(ends[1] + 1, 10, &last) || last <= first ||
                 last >= CATEGORIES_MAX)) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "no two categories can be taken from the range '%s' of the daemon", range);
        return false;
    }
    *ret_sensitivity = range ? g_strndup(range, strcspn(range, "-:")) : g_strdup("s0");
    *ret_first = first;
    *ret_last = last;
    return true;
}

/* "s0:c41,c264", of which nobody else has the categories. */
static char *
new_range(const char *range, SecurityTaken taken, void *data, bool (*random)(void *, size_t, GError **), GError **error)
{
    g_autofree char *sensitivity = NULL;
    unsigned first, last;

    if (!parse_range(range, &sensitivity, &first, &last, error))
        return NULL;
    for (int i = 0; i < TRIES; i++) {
        g_autofree char *categories = NULL;
        uint32_t numbers[2];
        unsigned a, b;

        if (!random(numbers, sizeof(numbers), error))
            return NULL;
        a = first + numbers[0] % (last - first + 1);
        b = first + numbers[1] % (last - first + 1);
        if (a == b)
            continue;
        categories = g_strdup_printf("c%u,c%u", MIN(a, b), MAX(a, b));
        if (!taken || !taken(data, categories))
            return g_strdup_printf("%s:%s", sensitivity, categories);
    }
    error_set(error, VIR_ERR_INTERNAL_ERROR, "no two SELinux categories of '%s' are free for another guest", range ? range : "");
    return NULL;
}

/* The user and role of the daemon, the type of @base. */
static bool
make_label(const char *process, const char *base, const char *range, char **ret_label, GError **error)
{
    g_auto(Context) daemon = { NULL }, type = { NULL };

    if (!context_parse(process, &daemon, error) || !context_parse(base, &type, error))
        return false;
    *ret_label = g_strdup_printf("%s:%s:%s:%s", daemon.parts[0], daemon.parts[1], type.parts[2], range);
    return true;
}

/* The label of the files of who has @label. */
static bool
make_image_label(const SecuritySelinux *model, const char *label, char **ret_label, GError **error)
{
    g_auto(Context) guest = { NULL }, image = { NULL };

    if (!context_parse(label, &guest, error) || !context_parse(model->image, &image, error))
        return false;
    *ret_label = guest.parts[3] ? g_strdup_printf("%s:object_r:%s:%s", guest.parts[0], image.parts[2], guest.parts[3])
                                : g_strdup_printf("%s:object_r:%s", guest.parts[0], image.parts[2]);
    return true;
}

bool
security_selinux_prepare(const SecuritySelinux *model, const char *process, Domain *doc, SecurityTaken taken, void *data,
                         bool (*random)(void *bytes, size_t n, GError **error), GError **error)
{
    SecLabel *label = security_files_domain_label(doc, model_name);
    g_autofree char *range = NULL;
    const char *base;

    if (!label) {
        label = xml_new(&sec_label_xml);
        label->model = g_strdup(model_name);
        if (!doc->seclabels)
            doc->seclabels = g_ptr_array_new();
        g_ptr_array_add(doc->seclabels, label);
    }
    if (label->type == SECLABEL_TYPE_NONE)
        return true;
    if (label->type == SECLABEL_TYPE_UNSET)
        label->type = SECLABEL_TYPE_DYNAMIC;
    if (label->type == SECLABEL_TYPE_DYNAMIC && !label->label) {
        g_auto(Context) daemon = { NULL };

        base = label->baselabel ? label->baselabel : doc->type == VIRT_TYPE_QEMU ? model->tcg : model->domain;
        if (!context_parse(process, &daemon, error))
            return false;
        range = new_range(daemon.parts[3], taken, data, random, error);
        if (!range || !make_label(process, base, range, &label->label, error))
            return false;
    }
    if (!label->label) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "a static <seclabel> of model 'selinux' needs a <label>");
        return false;
    }
    return label->imagelabel || make_image_label(model, label->label, &label->imagelabel, error);
}

/* ---- labels of files ------------------------------------------------------- */

char *
security_selinux_decide(const SecuritySelinux *model, const Domain *doc, const SecurityFile *file)
{
    const SecLabel *guest = security_files_domain_label(doc, model_name);
    const char *label;

    if (!security_files_relabels(doc, file, model_name, &label))
        return NULL;
    if (label)
        return g_strdup(label);
    switch (file->use) {
    case SECURITY_CONTENT:
        return g_strdup(model->content);
    case SECURITY_SHARED:
        return g_strdup(model->image);
    default:
        return g_strdup(guest ? guest->imagelabel : NULL);
    }
}

/* The running document says that the file system has no labels, so that nobody looks for one later. */
static void
note_skipped(const SecurityFile *file)
{
    DeviceSecLabel *label;

    if (!file->labels)
        return;
    label = xml_new(&device_sec_label_xml);
    label->model = g_strdup(model_name);
    label->labelskip = YESNO_YES;
    if (!*file->labels)
        *file->labels = g_ptr_array_new();
    g_ptr_array_add(*file->labels, label);
}

typedef struct Labelling {
    const SecuritySelinux *model;
    const Domain *doc;
    SecuritySet set;
    void *data;
} Labelling;

static bool
label_file(void *data, const SecurityFile *file, GError **error)
{
    const Labelling *work = data;
    g_autofree char *label = security_selinux_decide(work->model, work->doc, file);
    int bad = label ? work->set(work->data, file->path, label) : 0;

    if (bad == EOPNOTSUPP)
        note_skipped(file);
    if (!bad || bad == EOPNOTSUPP || bad == EROFS || (bad == ENOENT && file->optional))
        return true;
    error_set_errno(error, bad, "unable to set security context '%s' on '%s'", label, file->path);
    return false;
}

bool
security_selinux_label(const SecuritySelinux *model, const Domain *doc, SecuritySet set, void *data, GError **error)
{
    Labelling work = { model, doc, set, data };

    return security_files_each(doc, label_file, &work, error);
}
