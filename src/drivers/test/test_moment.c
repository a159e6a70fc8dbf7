/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_moment.c - snapshots and checkpoints of guests
 *
 * Both are moments in a tree, known by name within their guest; nothing is stored but what the
 * guest's definition and state were.  The two documents are small enough to be read and written
 * here.
 */
#define ERROR_FROM VIR_FROM_DOMAIN_SNAPSHOT
#include <string.h>

#include "drivers/test/test_private.h"
#include "util/error.h"
#include "util/text.h"

typedef struct MomentDisk {
    char *name, *mode, *file; /* mode: internal, external, no, manual; bitmap, no */
} MomentDisk;

struct TestMoment {
    char *name, *description, *parent;
    int64_t created;
    char *state;  /* "running", "paused", "shutoff", "disk-snapshot"; NULL for checkpoints */
    char *memory; /* "internal", "external", "no" */
    GPtrArray *disks;
    Def *domain;
};

/* What differs between the two kinds. */
typedef struct MomentKind {
    const char *root, *noun, *attribute;
    int no_such;
    size_t list_at, current_at, count_at; /* in TestVm */
} MomentKind;

static const MomentKind snapshot_kind = {
    "domainsnapshot",
    "domain snapshot",
    "snapshot",
    VIR_ERR_NO_DOMAIN_SNAPSHOT,
    offsetof(TestVm, snapshots),
    offsetof(TestVm, current_snapshot),
    offsetof(TestVm, vm.n_snapshots),
};
static const MomentKind checkpoint_kind = {
    "domaincheckpoint",
    "domain checkpoint",
    "checkpoint",
    VIR_ERR_NO_DOMAIN_CHECKPOINT,
    offsetof(TestVm, checkpoints),
    offsetof(TestVm, current_checkpoint),
    offsetof(TestVm, vm.n_checkpoints),
};

#define AT(type, base, offset) ((type *)((char *)(base) + (offset)))

static void
moment_disk_free(void *data)
{
    MomentDisk *disk = data;

    g_free(disk->name);
    g_free(disk->mode);
    g_free(disk->file);
    g_free(disk);
}

static void
moment_free(TestMoment *moment)
{
    if (!moment)
        return;
    g_free(moment->name);
    g_free(moment->description);
    g_free(moment->parent);
    g_free(moment->state);
    g_free(moment->memory);
    g_ptr_array_unref(moment->disks);
    def_unref(moment->domain);
    g_free(moment);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TestMoment, moment_free)

static GPtrArray *
moments(TestVm *vm, const MomentKind *kind)
{
    return *AT(GPtrArray *, vm, kind->list_at);
}

static TestMoment **
current(TestVm *vm, const MomentKind *kind)
{
    return AT(TestMoment *, vm, kind->current_at);
}

void
test_moments_clear(TestVm *vm)
{
    g_clear_pointer(&vm->snapshots, g_ptr_array_unref);
    g_clear_pointer(&vm->checkpoints, g_ptr_array_unref);
    lock_clear(&vm->moments_lock);
}

void
test_moments_init(TestVm *vm)
{
    lock_init(&vm->moments_lock);
    vm->snapshots = g_ptr_array_new_with_free_func((GDestroyNotify)moment_free);
    vm->checkpoints = g_ptr_array_new_with_free_func((GDestroyNotify)moment_free);
}

/* The lists change under a job and moments_lock; readers take that lock only. */
static void
set_count(TestVm *vm, const MomentKind *kind)
{
    g_auto(LockHold) hold = lock_hold(&vm->vm.object.lock);

    *AT(unsigned, vm, kind->count_at) = moments(vm, kind)->len;
}

static TestMoment *
lookup(TestVm *vm, const MomentKind *kind, const char *name)
{
    GPtrArray *list = moments(vm, kind);

    for (guint i = 0; name && i < list->len; i++) {
        if (strcmp(((TestMoment *)list->pdata[i])->name, name) == 0)
            return list->pdata[i];
    }
    return NULL;
}

static TestMoment *
find(TestVm *vm, const MomentKind *kind, const char *name, GError **error)
{
    TestMoment *moment = lookup(vm, kind, name);

    if (!moment)
        error_set(error, kind->no_such, "no %s with matching name '%s'", kind->noun, name);
    return moment;
}

static bool
descends(TestVm *vm, const MomentKind *kind, const TestMoment *moment, const char *ancestor)
{
    const TestMoment *at = moment;

    for (guint i = 0; at && at->parent && i <= moments(vm, kind)->len; i++) {
        if (strcmp(at->parent, ancestor) == 0)
            return true;
        at = lookup(vm, kind, at->parent);
    }
    return false;
}

static bool
has_children(TestVm *vm, const MomentKind *kind, const TestMoment *moment)
{
    GPtrArray *list = moments(vm, kind);

    for (guint i = 0; i < list->len; i++) {
        if (g_strcmp0(((TestMoment *)list->pdata[i])->parent, moment->name) == 0)
            return true;
    }
    return false;
}

/* Documents. */

static char *
child_text(xmlNode *parent, const char *name)
{
    for (xmlNode *node = parent->children; node; node = node->next) {
        if (node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0) {
            xmlChar *text = xmlNodeGetContent(node);
            char *copy = g_strdup((const char *)text);

            xmlFree(text);
            return copy;
        }
    }
    return NULL;
}

static xmlNode *
child(xmlNode *parent, const char *name)
{
    for (xmlNode *node = parent ? parent->children : NULL; node; node = node->next) {
        if (node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0)
            return node;
    }
    return NULL;
}

static char *
attribute(xmlNode *node, const char *name)
{
    xmlChar *text = node ? xmlGetNoNsProp(node, BAD_CAST name) : NULL;
    char *copy = g_strdup((const char *)text);

    xmlFree(text);
    return copy;
}

static bool
parse_disks(TestMoment *moment, const MomentKind *kind, xmlNode *disks, GError **error)
{
    static const char *const modes[] = { "internal", "external", "no", "manual", "bitmap", NULL };

    for (xmlNode *node = disks ? disks->children : NULL; node; node = node->next) {
        MomentDisk *disk;

        if (node->type != XML_ELEMENT_NODE || strcmp((const char *)node->name, "disk") != 0)
            continue;
        disk = g_new0(MomentDisk, 1);
        g_ptr_array_add(moment->disks, disk);
        disk->name = attribute(node, "name");
        disk->mode = attribute(node, kind->attribute);
        disk->file = attribute(child(node, "source"), "file");
        if (!disk->name) {
            error_set(error, VIR_ERR_XML_ERROR, "missing attribute 'name' in <disk> of <%s>",
                      kind->root);
            return false;
        }
        if (disk->mode && !g_strv_contains(modes, disk->mode)) {
            error_set(error, VIR_ERR_XML_ERROR, "unknown disk %s setting '%s'", kind->attribute,
                      disk->mode);
            return false;
        }
    }
    return true;
}

static TestMoment *
parse(const char *xml, const MomentKind *kind, bool redefine, GError **error)
{
    g_autoptr(xmlDoc) doc = xml_read(xml, "(domain_snapshot)", error);
    g_autoptr(TestMoment) moment = g_new0(TestMoment, 1);
    g_autofree char *created = NULL;
    xmlNode *root, *domain;

    moment->disks = g_ptr_array_new_with_free_func(moment_disk_free);
    if (!doc)
        return NULL;
    root = xmlDocGetRootElement(doc);
    if (strcmp((const char *)root->name, kind->root) != 0) {
        error_set(error, VIR_ERR_XML_ERROR, "root element is <%s>, not <%s>", root->name,
                  kind->root);
        return NULL;
    }
    moment->name = child_text(root, "name");
    moment->description = child_text(root, "description");
    moment->memory = attribute(child(root, "memory"), "snapshot");
    if (!parse_disks(moment, kind, child(root, "disks"), error))
        return NULL;
    moment->created = g_get_real_time() / G_USEC_PER_SEC;
    if (!redefine) {
        if (!moment->name)
            moment->name = g_strdup_printf("%" G_GINT64_FORMAT, moment->created);
        if (strchr(moment->name, '/')) {
            error_set(error, VIR_ERR_XML_ERROR, "name '%s' cannot contain '/'", moment->name);
            return NULL;
        }
        return g_steal_pointer(&moment);
    }
    if (child(root, "parent"))
        moment->parent = child_text(child(root, "parent"), "name");
    moment->state = child_text(root, "state");
    created = child_text(root, "creationTime");
    if (!moment->name || !created || !text_parse_int64(created, 10, &moment->created)) {
        error_set(error, VIR_ERR_XML_ERROR,
                  "<%s> must have a name and a creationTime to be redefined", kind->root);
        return NULL;
    }
    domain = child(root, "domain");
    if (domain) {
        void *definition = xml_parse(&domain_xml, domain, XML_PARSE_INACTIVE, error);

        if (!definition)
            return NULL;
        moment->domain = def_new(&domain_xml, definition);
    } else if (kind == &snapshot_kind && !moment->state) {
        error_set(error, VIR_ERR_XML_ERROR, "missing state from existing snapshot");
        return NULL;
    }
    return g_steal_pointer(&moment);
}

static void
leaf(GString *out, const char *name, const char *text)
{
    if (!text)
        return;
    g_string_append_printf(out, "  <%s>", name);
    xml_escape(out, text, false);
    g_string_append_printf(out, "</%s>\n", name);
}

static char *
format(const TestMoment *moment, const MomentKind *kind, bool domain, bool secure)
{
    GString *out = g_string_new(NULL);

    g_string_append_printf(out, "<%s>\n", kind->root);
    leaf(out, "name", moment->name);
    leaf(out, "description", moment->description);
    leaf(out, "state", moment->state);
    if (moment->parent) {
        g_string_append(out, "  <parent>\n  ");
        leaf(out, "name", moment->parent);
        g_string_append(out, "  </parent>\n");
    }
    g_string_append_printf(out, "  <creationTime>%" G_GINT64_FORMAT "</creationTime>\n",
                           moment->created);
    if (moment->memory)
        g_string_append_printf(out, "  <memory snapshot='%s'/>\n", moment->memory);
    if (moment->disks->len) {
        g_string_append(out, "  <disks>\n");
        for (guint i = 0; i < moment->disks->len; i++) {
            const MomentDisk *disk = moment->disks->pdata[i];

            g_string_append(out, "    <disk name='");
            xml_escape(out, disk->name, true);
            g_string_append_printf(out, "' %s='%s'", kind->attribute, disk->mode);
            if (strcmp(disk->mode, "bitmap") == 0) {
                g_string_append(out, " bitmap='");
                xml_escape(out, moment->name, true);
                g_string_append_c(out, '\'');
            }
            if (disk->file) {
                g_string_append(out, " type='file'>\n      <source file='");
                xml_escape(out, disk->file, true);
                g_string_append(out, "'/>\n    </disk>\n");
            } else {
                g_string_append(out, "/>\n");
            }
        }
        g_string_append(out, "  </disks>\n");
    }
    if (domain && moment->domain)
        xml_format(moment->domain->xml, moment->domain->doc,
                   XML_FORMAT_INACTIVE | (secure ? XML_FORMAT_SECURE : 0), 1, out);
    g_string_append_printf(out, "</%s>\n", kind->root);
    return g_string_free(out, FALSE);
}

/* Every disk of the guest gets a row; rows for disks that it has not are refused. */
static bool
align_disks(TestMoment *moment, const Domain *domain, const char *standard, GError **error)
{
    for (guint i = 0; i < moment->disks->len; i++) {
        MomentDisk *disk = moment->disks->pdata[i];
        bool known = false;

        for (guint d = 0; domain->disks && d < domain->disks->len; d++)
            known = known || g_strcmp0(((Disk *)domain->disks->pdata[d])->target, disk->name) == 0;
        if (!known) {
            error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "no disk named '%s'", disk->name);
            return false;
        }
        if (!disk->mode)
            disk->mode = g_strdup(standard);
    }
    for (guint d = 0; domain->disks && d < domain->disks->len; d++) {
        const Disk *have = domain->disks->pdata[d];
        bool named = false;
        MomentDisk *disk;

        for (guint i = 0; i < moment->disks->len; i++)
            named = named ||
                    g_strcmp0(((MomentDisk *)moment->disks->pdata[i])->name, have->target) == 0;
        if (named)
            continue;
        disk = g_new0(MomentDisk, 1);
        disk->name = g_strdup(have->target);
        disk->mode = g_strdup(have->readonly || !have->path ? "no" : standard);
        if (strcmp(disk->mode, "external") == 0)
            disk->file = g_strdup_printf("%s.%s", have->path, moment->name);
        g_ptr_array_add(moment->disks, disk);
    }
    return true;
}

/* Put a redefined moment in place of one of its name, or beside the others. */
static bool
redefine(TestVm *vm, const MomentKind *kind, TestMoment *moment, GError **error)
{
    TestMoment *old = lookup(vm, kind, moment->name);
    guint index;

    if (moment->parent && strcmp(moment->parent, moment->name) == 0) {
        error_set(error, VIR_ERR_INVALID_ARG, "cannot set moment %s as its own parent",
                  moment->name);
        return false;
    }
    if (moment->parent && !lookup(vm, kind, moment->parent)) {
        error_set(error, VIR_ERR_INVALID_ARG, "parent %s for moment %s not found", moment->parent,
                  moment->name);
        return false;
    }
    if (old && moment->parent &&
        descends(vm, kind, lookup(vm, kind, moment->parent), moment->name)) {
        error_set(error, VIR_ERR_INVALID_ARG, "parent %s would create cycle to %s", moment->parent,
                  moment->name);
        return false;
    }
    if (old && g_ptr_array_find(moments(vm, kind), old, &index)) {
        if (!moment->domain)
            moment->domain = def_ref(old->domain);
        if (*current(vm, kind) == old)
            *current(vm, kind) = NULL;
        g_ptr_array_remove_index(moments(vm, kind), index);
    }
    return true;
}

static bool
complete(TestVm *vm, const MomentKind *kind, TestMoment *moment, bool disk_only, GError **error)
{
    Object *object = &vm->vm.object;
    g_autoptr(Def) def = object_current(object, error);
    bool active = object_is_active(object);
    int state = vm_state(&vm->vm, NULL);
    const char *mode;

    if (!def)
        return false;
    if (lookup(vm, kind, moment->name)) {
        error_set(error, VIR_ERR_OPERATION_FAILED, "domain moment %s already exists", moment->name);
        return false;
    }
    moment->domain = def_ref(def);
    if (*current(vm, kind))
        moment->parent = g_strdup((*current(vm, kind))->name);
    if (kind == &checkpoint_kind)
        return align_disks(moment, def->doc, "bitmap", error);
    disk_only = disk_only && active;
    moment->state = g_strdup(disk_only                    ? "disk-snapshot"
                             : !active                    ? "shutoff"
                             : state == VIR_DOMAIN_PAUSED ? "paused"
                                                          : "running");
    mode = disk_only || g_strcmp0(moment->memory, "external") == 0 ? "external" : "internal";
    g_free(moment->memory);
    moment->memory = g_strdup(disk_only || !active ? "no" : mode);
    return align_disks(moment, def->doc, mode, error);
}

static bool
snapshot_create(Call *call, GError **error)
{
    const DomainSnapshotCreateXmlArgs *args = call->args;
    DomainSnapshotCreateXmlRet *ret = call->ret;
    bool again = call->flags & VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE;
    TestVm *vm = call->object;
    g_autoptr(TestMoment) moment = parse(args->xml_desc, &snapshot_kind, again, error);
    bool halt = call->flags & VIR_DOMAIN_SNAPSHOT_CREATE_HALT, keep = true;

    if (!moment)
        return false;
    if (!again && moments(vm, &checkpoint_kind)->len) {
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED,
                  "cannot create snapshot while checkpoint exists");
        return false;
    }
    if (again ? !redefine(vm, &snapshot_kind, moment, error)
              : !complete(vm, &snapshot_kind, moment,
                          call->flags & VIR_DOMAIN_SNAPSHOT_CREATE_DISK_ONLY, error))
        return false;
    keep = !(call->flags & VIR_DOMAIN_SNAPSHOT_CREATE_NO_METADATA);
    ret->snap.name = g_strdup(moment->name);
    object_wire(call->object, &ret->snap.dom);
    if (keep) {
        g_auto(LockHold) hold = lock_hold(&vm->moments_lock);

        if (!again || (call->flags & VIR_DOMAIN_SNAPSHOT_CREATE_CURRENT))
            vm->current_snapshot = moment;
        g_ptr_array_add(moments(vm, &snapshot_kind), g_steal_pointer(&moment));
        set_count(vm, &snapshot_kind);
    }
    if (halt && !again && object_is_active(call->object))
        test_domain_stop(vm, VIR_DOMAIN_SHUTOFF_FROM_SNAPSHOT, VIR_DOMAIN_EVENT_STOPPED,
                         VIR_DOMAIN_EVENT_STOPPED_FROM_SNAPSHOT);
    return true;
}

static bool
checkpoint_create(Call *call, GError **error)
{
    const DomainCheckpointCreateXmlArgs *args = call->args;
    DomainCheckpointCreateXmlRet *ret = call->ret;
    bool again = call->flags & VIR_DOMAIN_CHECKPOINT_CREATE_REDEFINE;
    TestVm *vm = call->object;
    g_autoptr(TestMoment) moment = NULL;
    g_auto(LockHold) hold = NULL;

    if (moments(vm, &snapshot_kind)->len) {
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED,
                  "cannot create checkpoint while snapshot exists");
        return false;
    }
    moment = parse(args->xml_desc, &checkpoint_kind, again, error);
    if (!moment || (again ? !redefine(vm, &checkpoint_kind, moment, error)
                          : !complete(vm, &checkpoint_kind, moment, false, error)))
        return false;
    ret->checkpoint.name = g_strdup(moment->name);
    object_wire(call->object, &ret->checkpoint.dom);
    hold = lock_hold(&vm->moments_lock);
    vm->current_checkpoint = moment;
    g_ptr_array_add(moments(vm, &checkpoint_kind), g_steal_pointer(&moment));
    set_count(vm, &checkpoint_kind);
    return true;
}

/* Lists.  The first flag means roots or descendants. */

static bool
is_listed(TestVm *vm, const MomentKind *kind, const TestMoment *m, const char *parent,
          uint32_t flags)
{
    const uint32_t leaves = VIR_DOMAIN_SNAPSHOT_LIST_LEAVES,
                   branches = VIR_DOMAIN_SNAPSHOT_LIST_NO_LEAVES;
    bool deep = flags & 1, leaf_node = !has_children(vm, kind, m), external = false;
    uint32_t states = flags & (VIR_DOMAIN_SNAPSHOT_LIST_INACTIVE | VIR_DOMAIN_SNAPSHOT_LIST_ACTIVE |
                               VIR_DOMAIN_SNAPSHOT_LIST_DISK_ONLY);
    uint32_t places =
        flags & (VIR_DOMAIN_SNAPSHOT_LIST_INTERNAL | VIR_DOMAIN_SNAPSHOT_LIST_EXTERNAL);

    if (parent ? !(deep ? descends(vm, kind, m, parent) : g_strcmp0(m->parent, parent) == 0)
               : deep && m->parent)
        return false;
    if ((flags & (leaves | branches)) && !(flags & (leaf_node ? leaves : branches)))
        return false;
    if (kind == &checkpoint_kind)
        return true;
    if ((flags & VIR_DOMAIN_SNAPSHOT_LIST_NO_METADATA) &&
        !(flags & VIR_DOMAIN_SNAPSHOT_LIST_METADATA))
        return false; /* all of ours have metadata */
    if (states &&
        !(states & (g_strcmp0(m->state, "shutoff") == 0         ? VIR_DOMAIN_SNAPSHOT_LIST_INACTIVE
                    : g_strcmp0(m->state, "disk-snapshot") == 0 ? VIR_DOMAIN_SNAPSHOT_LIST_DISK_ONLY
                                                                : VIR_DOMAIN_SNAPSHOT_LIST_ACTIVE)))
        return false;
    external = g_strcmp0(m->memory, "external") == 0;
    for (guint i = 0; i < m->disks->len; i++)
        external = external || strcmp(((MomentDisk *)m->disks->pdata[i])->mode, "external") == 0;
    return !places || (places & (external ? VIR_DOMAIN_SNAPSHOT_LIST_EXTERNAL
                                          : VIR_DOMAIN_SNAPSHOT_LIST_INTERNAL));
}

static void
list_below(TestVm *vm, const MomentKind *kind, const char *under, const char *parent,
           uint32_t flags, GPtrArray *found)
{
    GPtrArray *list = moments(vm, kind);

    for (guint i = 0; i < list->len; i++) {
        const TestMoment *m = list->pdata[i];

        if (g_strcmp0(m->parent, under) != 0)
            continue;
        if (is_listed(vm, kind, m, parent, flags))
            g_ptr_array_add(found, m->name);
        list_below(vm, kind, m->name, parent, flags, found);
    }
}

/* Names in topological order, which is right for the unordered lists too.  They are borrowed:
 * moments_lock is held. */
static GPtrArray *
list_names(TestVm *vm, const MomentKind *kind, const char *parent, uint32_t flags)
{
    GPtrArray *found = g_ptr_array_new();

    list_below(vm, kind, parent, parent, flags, found);
    return found;
}

typedef struct AllRet {
    uint32_t n;
    WireDomainSnapshot *list;
    int32_t ret;
} AllRet;
G_STATIC_ASSERT(offsetof(AllRet, ret) == offsetof(DomainListAllSnapshotsRet, ret));
G_STATIC_ASSERT(offsetof(AllRet, ret) == offsetof(DomainListAllCheckpointsRet, ret));
G_STATIC_ASSERT(sizeof(WireDomainSnapshot) == sizeof(WireDomainCheckpoint));

/* @parent NULL: of the whole guest. */
static bool
list_all(Call *call, const MomentKind *kind, const char *parent, bool need_results, GError **error)
{
    TestVm *vm = call->object;
    AllRet *ret = call->ret;
    g_autoptr(GPtrArray) names = NULL;

    lock_acquire(&vm->moments_lock);
    if (parent && !find(vm, kind, parent, error)) {
        lock_release(&vm->moments_lock);
        return false;
    }
    names = list_names(vm, kind, parent, call->flags);
    ret->ret = (int32_t)names->len;
    if (need_results) {
        ret->list = g_new0(WireDomainSnapshot, names->len + 1);
        for (guint i = 0; i < names->len; i++)
            ret->list[ret->n++].name = g_strdup(names->pdata[i]);
    }
    lock_release(&vm->moments_lock);
    for (uint32_t i = 0; i < ret->n; i++)
        object_wire(call->object, &ret->list[i].dom);
    return true;
}

static bool
snapshot_list_all(Call *call, GError **error)
{
    return list_all(call, &snapshot_kind, NULL,
                    ((DomainListAllSnapshotsArgs *)call->args)->need_results, error);
}

static bool
snapshot_list_children(Call *call, GError **error)
{
    const DomainSnapshotListAllChildrenArgs *args = call->args;

    return list_all(call, &snapshot_kind, args->snapshot.name, args->need_results, error);
}

static bool
checkpoint_list_all(Call *call, GError **error)
{
    return list_all(call, &checkpoint_kind, NULL,
                    ((DomainListAllCheckpointsArgs *)call->args)->need_results, error);
}

static bool
checkpoint_list_children(Call *call, GError **error)
{
    const DomainCheckpointListAllChildrenArgs *args = call->args;

    return list_all(call, &checkpoint_kind, args->checkpoint.name, args->need_results, error);
}

/* Legacy forms of snapshots. */
static bool
old_list(Call *call, const char *parent, int max, uint32_t *ret_n, char ***ret_names,
         int32_t *ret_num, GError **error)
{
    TestVm *vm = call->object;
    g_autoptr(GPtrArray) names = NULL;

    lock_acquire(&vm->moments_lock);
    if (parent && !find(vm, &snapshot_kind, parent, error)) {
        lock_release(&vm->moments_lock);
        return false;
    }
    names = list_names(vm, &snapshot_kind, parent, call->flags);
    if (ret_num)
        *ret_num = (int32_t)names->len;
    if (ret_names) {
        *ret_names = g_new0(char *, names->len + 1);
        for (guint i = 0; i < names->len && (int64_t)*ret_n < max; i++)
            (*ret_names)[(*ret_n)++] = g_strdup(names->pdata[i]);
    }
    lock_release(&vm->moments_lock);
    return true;
}

static bool
snapshot_num(Call *call, GError **error)
{
    return old_list(call, NULL, 0, NULL, NULL, &((DomainSnapshotNumRet *)call->ret)->num, error);
}

static bool
snapshot_list_names(Call *call, GError **error)
{
    DomainSnapshotListNamesRet *ret = call->ret;

    return old_list(call, NULL, ((DomainSnapshotListNamesArgs *)call->args)->maxnames,
                    &ret->n_names, &ret->names, NULL, error);
}

static bool
snapshot_num_children(Call *call, GError **error)
{
    return old_list(call, ((DomainSnapshotNumChildrenArgs *)call->args)->snap.name, 0, NULL, NULL,
                    &((DomainSnapshotNumChildrenRet *)call->ret)->num, error);
}

static bool
snapshot_list_children_names(Call *call, GError **error)
{
    const DomainSnapshotListChildrenNamesArgs *args = call->args;
    DomainSnapshotListChildrenNamesRet *ret = call->ret;

    return old_list(call, args->snap.name, args->maxnames, &ret->n_names, &ret->names, NULL, error);
}

/* One moment. */

static bool
answer(Call *call, const TestMoment *moment)
{
    WireDomainSnapshot *wire = call->ret;

    wire->name = g_strdup(moment->name);
    object_wire(call->object, &wire->dom);
    return true;
}

static bool
snapshot_lookup(Call *call, GError **error)
{
    g_auto(LockHold) hold = lock_hold(&((TestVm *)call->object)->moments_lock);
    const TestMoment *m = find(call->object, &snapshot_kind,
                               ((DomainSnapshotLookupByNameArgs *)call->args)->name, error);

    return m && answer(call, m);
}

static bool
checkpoint_lookup(Call *call, GError **error)
{
    g_auto(LockHold) hold = lock_hold(&((TestVm *)call->object)->moments_lock);
    const TestMoment *m = find(call->object, &checkpoint_kind,
                               ((DomainCheckpointLookupByNameArgs *)call->args)->name, error);

    return m && answer(call, m);
}

static bool
get_parent(Call *call, const MomentKind *kind, GError **error)
{
    g_auto(LockHold) hold = lock_hold(&((TestVm *)call->object)->moments_lock);
    const WireDomainSnapshot *wire = call->args;
    const TestMoment *m = find(call->object, kind, wire->name, error), *parent;

    if (!m)
        return false;
    parent = lookup(call->object, kind, m->parent);
    if (!parent) {
        error_set(error, kind->no_such, "%s '%s' does not have a parent", kind->attribute, m->name);
        return false;
    }
    return answer(call, parent);
}

static bool
snapshot_get_parent(Call *call, GError **error)
{
    return get_parent(call, &snapshot_kind, error);
}

static bool
checkpoint_get_parent(Call *call, GError **error)
{
    return get_parent(call, &checkpoint_kind, error);
}

static bool
snapshot_has_current(Call *call, GError **error)
{
    g_auto(LockHold) hold = lock_hold(&((TestVm *)call->object)->moments_lock);
    ((DomainHasCurrentSnapshotRet *)call->ret)->result =
        ((TestVm *)call->object)->current_snapshot != NULL;
    return true;
}

static bool
snapshot_current(Call *call, GError **error)
{
    g_auto(LockHold) hold = lock_hold(&((TestVm *)call->object)->moments_lock);
    const TestMoment *m = ((TestVm *)call->object)->current_snapshot;

    if (!m)
        error_set(error, VIR_ERR_NO_DOMAIN_SNAPSHOT, "the domain does not have a current snapshot");
    return m && answer(call, m);
}

static bool
snapshot_is_current(Call *call, GError **error)
{
    g_auto(LockHold) hold = lock_hold(&((TestVm *)call->object)->moments_lock);
    const WireDomainSnapshot *wire = call->args;
    const TestMoment *m = find(call->object, &snapshot_kind, wire->name, error);

    if (!m)
        return false;
    ((DomainSnapshotIsCurrentRet *)call->ret)->current =
        ((TestVm *)call->object)->current_snapshot == m;
    return true;
}

static bool
snapshot_has_metadata(Call *call, GError **error)
{
    g_auto(LockHold) hold = lock_hold(&((TestVm *)call->object)->moments_lock);
    ((DomainSnapshotHasMetadataRet *)call->ret)->metadata = 1;
    return find(call->object, &snapshot_kind, ((const WireDomainSnapshot *)call->args)->name,
                error) != NULL;
}

static bool
snapshot_get_xml(Call *call, GError **error)
{
    g_auto(LockHold) hold = lock_hold(&((TestVm *)call->object)->moments_lock);
    const TestMoment *m =
        find(call->object, &snapshot_kind, ((const WireDomainSnapshot *)call->args)->name, error);

    if (m)
        ((DomainSnapshotGetXmlDescRet *)call->ret)->xml =
            format(m, &snapshot_kind, true, call->flags & VIR_DOMAIN_SNAPSHOT_XML_SECURE);
    return m != NULL;
}

static bool
checkpoint_get_xml(Call *call, GError **error)
{
    g_auto(LockHold) hold = lock_hold(&((TestVm *)call->object)->moments_lock);
    const TestMoment *m =
        find(call->object, &checkpoint_kind, ((const WireDomainSnapshot *)call->args)->name, error);

    if (m)
        ((DomainCheckpointGetXmlDescRet *)call->ret)->xml =
            format(m, &checkpoint_kind, !(call->flags & VIR_DOMAIN_CHECKPOINT_XML_NO_DOMAIN),
                   call->flags & VIR_DOMAIN_CHECKPOINT_XML_SECURE);
    return m != NULL;
}

/* Delete @name itself (its children move up), with what is below it, or only that. */
static bool
delete_moment(TestVm *vm, const MomentKind *kind, const char *wanted, bool below, bool itself,
              GError **error)
{
    TestMoment *moment = find(vm, kind, wanted, error);
    g_autofree char *name = g_strdup(wanted);
    g_autofree char *parent = moment ? g_strdup(moment->parent) : NULL;
    GPtrArray *list = moments(vm, kind);
    g_auto(LockHold) hold = NULL;
    TestMoment **now = current(vm, kind);
    bool lost = false;

    if (!moment)
        return false;
    hold = lock_hold(&vm->moments_lock);
    if (below) {
        g_autoptr(GPtrArray) doomed = list_names(vm, kind, name, 1);

        for (guint i = doomed->len; i > 0; i--) { /* leaves first */
            TestMoment *m = lookup(vm, kind, doomed->pdata[i - 1]);

            lost = lost || *now == m;
            g_ptr_array_remove(list, m);
        }
    }
    if (lost)
        *now = moment;
    if (itself) {
        for (guint i = 0; i < list->len; i++) {
            TestMoment *m = list->pdata[i];

            if (g_strcmp0(m->parent, name) == 0) {
                g_free(m->parent);
                m->parent = g_strdup(parent);
            }
        }
        if (*now == moment)
            *now = lookup(vm, kind, parent);
        g_ptr_array_remove(list, moment);
    }
    set_count(vm, kind);
    return true;
}

static bool
snapshot_delete(Call *call, GError **error)
{
    const uint32_t children = VIR_DOMAIN_SNAPSHOT_DELETE_CHILDREN,
                   only = VIR_DOMAIN_SNAPSHOT_DELETE_CHILDREN_ONLY;

    return delete_moment(call->object, &snapshot_kind,
                         ((const WireDomainSnapshot *)call->args)->name,
                         call->flags & (children | only), !(call->flags & only), error);
}

static bool
checkpoint_delete(Call *call, GError **error)
{
    const uint32_t children = VIR_DOMAIN_CHECKPOINT_DELETE_CHILDREN,
                   only = VIR_DOMAIN_CHECKPOINT_DELETE_CHILDREN_ONLY;

    return delete_moment(call->object, &checkpoint_kind,
                         ((const WireDomainSnapshot *)call->args)->name,
                         call->flags & (children | only), !(call->flags & only), error);
}

static bool
snapshot_revert(Call *call, GError **error)
{
    const DomainRevertToSnapshotArgs *args = call->args;
    TestVm *vm = call->object;
    Object *object = call->object;
    TestMoment *m = find(vm, &snapshot_kind, args->snap.name, error);
    bool running, paused, was_active = object_is_active(object);
    int before = vm_state(&vm->vm, NULL);
    Domain *doc;

    if (!m)
        return false;
    if (!m->domain) {
        error_set(error, VIR_ERR_SNAPSHOT_REVERT_RISKY,
                  "snapshot '%s' lacks domain '%s' rollback info", m->name, args->snap.dom.name);
        return false;
    }
    running =
        (call->flags & VIR_DOMAIN_SNAPSHOT_REVERT_RUNNING) || strcmp(m->state, "running") == 0;
    paused =
        (call->flags & VIR_DOMAIN_SNAPSHOT_REVERT_PAUSED) ||
        (strcmp(m->state, "paused") == 0 && !(call->flags & VIR_DOMAIN_SNAPSHOT_REVERT_RUNNING));
    doc = xml_copy(m->domain->xml, m->domain->doc);
    vm->current_snapshot = m;
    if (!running && !paused) {
        if (was_active)
            test_domain_stop(vm, VIR_DOMAIN_SHUTOFF_FROM_SNAPSHOT, VIR_DOMAIN_EVENT_STOPPED,
                             VIR_DOMAIN_EVENT_STOPPED_FROM_SNAPSHOT);
        return object_set_config(object, doc, error);
    }
    if (!was_active) {
        test_domain_start(vm, doc, VIR_DOMAIN_RUNNING_FROM_SNAPSHOT,
                          VIR_DOMAIN_EVENT_STARTED_FROM_SNAPSHOT);
    } else {
        doc->id = -1;
        object_set_live(object, doc);
        vm_set_state(&vm->vm, VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_FROM_SNAPSHOT);
        if (!paused && before == VIR_DOMAIN_PAUSED)
            object_emit(object, VIR_DOMAIN_EVENT_RESUMED, VIR_DOMAIN_EVENT_RESUMED_FROM_SNAPSHOT);
    }
    if (paused) {
        vm_set_state(&vm->vm, VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_FROM_SNAPSHOT);
        object_emit(object, VIR_DOMAIN_EVENT_SUSPENDED, VIR_DOMAIN_EVENT_SUSPENDED_FROM_SNAPSHOT);
    }
    return true;
}

#define SNAPSHOT_LIST 0x7ff
#define CHECKPOINT_LIST 0xf

const DriverRow test_moment_rows[PROC_LAST] = {
    [PROC_DOMAIN_SNAPSHOT_CREATE_XML] = { snapshot_create, 0x3ff },
    [PROC_DOMAIN_SNAPSHOT_GET_XML_DESC] = { snapshot_get_xml, VIR_DOMAIN_SNAPSHOT_XML_SECURE },
    [PROC_DOMAIN_SNAPSHOT_NUM] = { snapshot_num, SNAPSHOT_LIST },
    [PROC_DOMAIN_SNAPSHOT_LIST_NAMES] = { snapshot_list_names, SNAPSHOT_LIST },
    [PROC_DOMAIN_LIST_ALL_SNAPSHOTS] = { snapshot_list_all, SNAPSHOT_LIST },
    [PROC_DOMAIN_SNAPSHOT_NUM_CHILDREN] = { snapshot_num_children, SNAPSHOT_LIST },
    [PROC_DOMAIN_SNAPSHOT_LIST_CHILDREN_NAMES] = { snapshot_list_children_names, SNAPSHOT_LIST },
    [PROC_DOMAIN_SNAPSHOT_LIST_ALL_CHILDREN] = { snapshot_list_children, SNAPSHOT_LIST },
    [PROC_DOMAIN_SNAPSHOT_LOOKUP_BY_NAME] = { snapshot_lookup },
    [PROC_DOMAIN_HAS_CURRENT_SNAPSHOT] = { snapshot_has_current },
    [PROC_DOMAIN_SNAPSHOT_GET_PARENT] = { snapshot_get_parent },
    [PROC_DOMAIN_SNAPSHOT_CURRENT] = { snapshot_current },
    [PROC_DOMAIN_SNAPSHOT_IS_CURRENT] = { snapshot_is_current },
    [PROC_DOMAIN_SNAPSHOT_HAS_METADATA] = { snapshot_has_metadata },
    [PROC_DOMAIN_REVERT_TO_SNAPSHOT] = { snapshot_revert, VIR_DOMAIN_SNAPSHOT_REVERT_RUNNING |
                                                              VIR_DOMAIN_SNAPSHOT_REVERT_PAUSED |
                                                              VIR_DOMAIN_SNAPSHOT_REVERT_FORCE },
    [PROC_DOMAIN_SNAPSHOT_DELETE] = { snapshot_delete,
                                      VIR_DOMAIN_SNAPSHOT_DELETE_CHILDREN |
                                          VIR_DOMAIN_SNAPSHOT_DELETE_CHILDREN_ONLY |
                                          VIR_DOMAIN_SNAPSHOT_DELETE_METADATA_ONLY },
    [PROC_DOMAIN_CHECKPOINT_CREATE_XML] = { checkpoint_create,
                                            VIR_DOMAIN_CHECKPOINT_CREATE_REDEFINE |
                                                VIR_DOMAIN_CHECKPOINT_CREATE_REDEFINE_VALIDATE |
                                                VIR_DOMAIN_CHECKPOINT_CREATE_QUIESCE },
    [PROC_DOMAIN_CHECKPOINT_GET_XML_DESC] = { checkpoint_get_xml,
                                              VIR_DOMAIN_CHECKPOINT_XML_SECURE |
                                                  VIR_DOMAIN_CHECKPOINT_XML_NO_DOMAIN },
    [PROC_DOMAIN_LIST_ALL_CHECKPOINTS] = { checkpoint_list_all,
                                           CHECKPOINT_LIST |
                                               VIR_DOMAIN_CHECKPOINT_LIST_TOPOLOGICAL },
    [PROC_DOMAIN_CHECKPOINT_LIST_ALL_CHILDREN] = { checkpoint_list_children,
                                                   CHECKPOINT_LIST |
                                                       VIR_DOMAIN_CHECKPOINT_LIST_TOPOLOGICAL },
    [PROC_DOMAIN_CHECKPOINT_LOOKUP_BY_NAME] = { checkpoint_lookup },
    [PROC_DOMAIN_CHECKPOINT_GET_PARENT] = { checkpoint_get_parent },
    [PROC_DOMAIN_CHECKPOINT_DELETE] = { checkpoint_delete,
                                        VIR_DOMAIN_CHECKPOINT_DELETE_CHILDREN |
                                            VIR_DOMAIN_CHECKPOINT_DELETE_METADATA_ONLY |
                                            VIR_DOMAIN_CHECKPOINT_DELETE_CHILDREN_ONLY },
};
