/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_domain.c - guests begin and end */
#define ERROR_FROM VIR_FROM_TEST
#include <string.h>

#include "drivers/conf/domain.h"
#include "drivers/test/test_private.h"
#include "util/error.h"
#include "util/file.h"

#define TEST_CREATE_FLAGS (VIR_DOMAIN_START_PAUSED | VIR_DOMAIN_START_VALIDATE)

static void
init(Object *object)
{
    TestVm *vm = (TestVm *)object;

    vm_init(object);
    vm->messages = g_ptr_array_new_with_free_func(g_free);
}

static void
clear(Object *object)
{
    TestVm *vm = (TestVm *)object;

    g_ptr_array_unref(vm->messages);
    vm_clear(object);
}

/* What every guest of this driver has. */
static bool
prepare(ObjectTable *table, void *doc, GError **error)
{
    Domain *domain = doc;

    if (domain->type != VIRT_TYPE_TEST) {
        error_set(error, VIR_ERR_INVALID_ARG,
                  "could not find capabilities for domaintype=%s; this driver runs 'test' only",
                  virt_type_words[domain->type]);
        return false;
    }
    domain_places_settle(domain);
    if (!domain->arch)
        domain->arch = g_strdup("i686");
    if (domain->os_type && strcmp(domain->os_type, "hvm") == 0 && !domain->bootloader &&
        (!domain->boot_devices || domain->boot_devices->len == 0)) {
        bool ordered = false;

        for (guint i = 0; domain->disks && i < domain->disks->len; i++)
            ordered = ordered || ((Disk *)domain->disks->pdata[i])->info.boot_order;
        for (guint i = 0; domain->interfaces && i < domain->interfaces->len; i++)
            ordered = ordered || ((Interface *)domain->interfaces->pdata[i])->info.boot_order;
        if (!ordered) {
            BootDevice *boot = xml_new(&boot_device_xml);

            boot->dev = BOOT_DEVICE_TYPE_HD;
            if (!domain->boot_devices)
                domain->boot_devices = g_ptr_array_new();
            g_ptr_array_add(domain->boot_devices, boot);
        }
    }
    return true;
}

const ObjectKind test_vm_kind = {
    VM_KIND_INIT(VIR_FROM_TEST), .size = sizeof(TestVm), .init = init, .clear = clear,
    .prepare = prepare,
};

/* Names for the host side of what has none; as a hypervisor would give them. */
static void
name_interfaces(Domain *live)
{
    for (guint i = 0; live->interfaces && i < live->interfaces->len; i++) {
        Interface *iface = live->interfaces->pdata[i];

        if (!iface->target)
            iface->target = g_strdup_printf("testnet%u", i);
    }
}

static void
note_taints(TestVm *vm, const Domain *live)
{
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(g_free);
    bool script = false, raw = false, cdrom = false, deprecated = false;
    GPtrArray *old;

    for (guint i = 0; live->interfaces && i < live->interfaces->len; i++)
        script = script || ((Interface *)live->interfaces->pdata[i])->script;
    for (guint i = 0; live->disks && i < live->disks->len; i++) {
        const Disk *disk = live->disks->pdata[i];

        raw = raw || disk->rawio == YESNO_YES;
        cdrom = cdrom || (disk->device == DISK_DEVICE_CDROM && disk->type == DISK_TYPE_BLOCK);
    }
    deprecated = live->cpu && live->cpu->model && strcmp(live->cpu->model, "Deprecated-Test") == 0;
    if (raw)
        g_ptr_array_add(found, g_strdup("tainted: running with undesirable elevated privileges"));
    if (script)
        g_ptr_array_add(found,
                        g_strdup("tainted: network configuration using opaque shell scripts"));
    if (cdrom)
        g_ptr_array_add(found, g_strdup("tainted: use of host cdrom passthrough"));
    if (live->dtb)
        g_ptr_array_add(found, g_strdup("tainted: custom device tree blob used"));
    if (deprecated) {
        g_ptr_array_add(found, g_strdup("tainted: use of deprecated configuration settings"));
        g_ptr_array_add(
            found, g_strdup_printf("deprecated configuration: CPU model %s", live->cpu->model));
    }
    lock_acquire(&vm->vm.object.lock);
    old = vm->messages;
    vm->messages = g_steal_pointer(&found);
    lock_release(&vm->vm.object.lock);
    g_ptr_array_unref(old);
}

void
test_domain_start(TestVm *vm, Domain *live, int reason, int event_detail)
{
    name_interfaces(live);
    live->id = -1;
    note_taints(vm, live);
    object_set_live(&vm->vm.object, live);
    vm_set_state(&vm->vm, VIR_DOMAIN_RUNNING, reason);
    object_emit(&vm->vm.object, VIR_DOMAIN_EVENT_STARTED, event_detail);
}

void
test_domain_stop(TestVm *vm, int reason, int event, int event_detail)
{
    Object *object = &vm->vm.object;

    vm_set_shutoff(&vm->vm, reason);
    object_emit(object, event, event_detail);
}

static void
pause_vm(TestVm *vm, int reason, int event_detail)
{
    vm_set_state(&vm->vm, VIR_DOMAIN_PAUSED, reason);
    object_emit(&vm->vm.object, VIR_DOMAIN_EVENT_SUSPENDED, event_detail);
}

/* CREATE_XML and CREATE_XML_WITH_FILES. */
/* vm_claim() of a domain that must not run yet. */
static Object *
claim_inactive(Call *call, const char *xml, bool validate, Job **ret_job, Domain **ret_doc,
               GError **error)
{
    g_autoptr(Object) object =
        (Object *)vm_claim(call, xml, validate, ret_job, ret_doc, error);

    if (!object || !object_is_active(object))
        return g_steal_pointer(&object);
    error_set(error, VIR_ERR_OPERATION_INVALID, "domain '%s' is already active", (*ret_doc)->name);
    xml_free(&domain_xml, *ret_doc);
    return NULL;
}

static bool
create_xml(Call *call, GError **error)
{
    const DomainCreateXmlArgs *args = call->args;
    g_autoptr(Job) job = NULL;
    g_autoptr(Object) object = NULL;
    Domain *doc = NULL;

    object = claim_inactive(call, args->xml_desc, call->flags & VIR_DOMAIN_START_VALIDATE, &job, &doc,
                            error);
    if (!object)
        return false;
    test_domain_start((TestVm *)object, doc, VIR_DOMAIN_RUNNING_BOOTED,
                      VIR_DOMAIN_EVENT_STARTED_BOOTED);
    if (call->flags & VIR_DOMAIN_START_PAUSED)
        pause_vm((TestVm *)object, VIR_DOMAIN_PAUSED_USER, VIR_DOMAIN_EVENT_SUSPENDED_PAUSED);
    object_wire(object, &((DomainCreateXmlRet *)call->ret)->dom);
    return true;
}

/* CREATE, CREATE_WITH_FLAGS and CREATE_WITH_FILES. */
static bool
create(Call *call, GError **error)
{
    Object *object = call->object;
    TestVm *vm = call->object;
    g_autoptr(Def) config = NULL;
    bool restored;

    if (object_is_active(object)) {
        error_set_plain(error, VIR_ERR_OPERATION_INVALID,
                        "Requested operation is not valid: Domain is already running");
        return false;
    }
    config = object_config(object, error);
    if (!config)
        return false;
    lock_acquire(&object->lock);
    restored = vm->vm.managed_save;
    vm->vm.managed_save = false;
    lock_release(&object->lock);
    test_domain_start(vm, xml_copy(config->xml, config->doc),
                      restored ? VIR_DOMAIN_RUNNING_RESTORED : VIR_DOMAIN_RUNNING_BOOTED,
                      restored ? VIR_DOMAIN_EVENT_STARTED_RESTORED
                               : VIR_DOMAIN_EVENT_STARTED_BOOTED);
    if (call->flags & VIR_DOMAIN_START_PAUSED)
        pause_vm(vm, VIR_DOMAIN_PAUSED_USER, VIR_DOMAIN_EVENT_SUSPENDED_PAUSED);
    if (call->ret)
        object_wire(object, &((DomainCreateWithFlagsRet *)call->ret)->dom);
    return true;
}

static bool
destroy(Call *call, GError **error)
{
    if (!kit_require_active(call->object, error))
        return false;
    test_domain_stop(call->object, VIR_DOMAIN_SHUTOFF_DESTROYED, VIR_DOMAIN_EVENT_STOPPED,
                     VIR_DOMAIN_EVENT_STOPPED_DESTROYED);
    return true;
}

static bool
suspend_row(Call *call, GError **error)
{
    TestVm *vm = call->object;
    int state = vm_state(&vm->vm, NULL);

    if (!kit_require_active(call->object, error))
        return false;
    if (state == VIR_DOMAIN_SHUTDOWN) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "domain is being shut down");
        return false;
    }
    if (state == VIR_DOMAIN_PAUSED) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "domain is not running, but paused already");
        return false;
    }
    pause_vm(vm, VIR_DOMAIN_PAUSED_USER, VIR_DOMAIN_EVENT_SUSPENDED_PAUSED);
    return true;
}

static bool
resume_row(Call *call, GError **error)
{
    TestVm *vm = call->object;

    if (vm_state(&vm->vm, NULL) != VIR_DOMAIN_PAUSED) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "domain is not paused");
        return false;
    }
    vm_set_state(&vm->vm, VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_UNPAUSED);
    object_emit(&vm->vm.object, VIR_DOMAIN_EVENT_RESUMED, VIR_DOMAIN_EVENT_RESUMED_UNPAUSED);
    return true;
}

/* The guest turns itself off or starts again: the definition says what then happens. */
static void
apply_action(TestVm *vm, LifecycleAction action)
{
    switch (action) {
    case LIFECYCLE_ACTION_RESTART:
    case LIFECYCLE_ACTION_RENAME_RESTART:
    case LIFECYCLE_ACTION_COREDUMP_RESTART:
        vm_set_state(&vm->vm, VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_BOOTED);
        break;
    case LIFECYCLE_ACTION_PRESERVE:
        vm_set_state(&vm->vm, VIR_DOMAIN_SHUTDOWN, VIR_DOMAIN_SHUTDOWN_USER);
        break;
    default:
        test_domain_stop(vm, VIR_DOMAIN_SHUTOFF_SHUTDOWN, VIR_DOMAIN_EVENT_STOPPED,
                         VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN);
        break;
    }
}

static bool
shutdown_row(Call *call, GError **error)
{
    g_autoptr(Def) live = object_live(call->object);

    if (!live)
        return kit_require_active(call->object, error);
    apply_action(call->object, ((const Domain *)live->doc)->on_poweroff);
    return true;
}

static bool
reboot(Call *call, GError **error)
{
    g_autoptr(Def) live = object_live(call->object);
    Object *object = call->object;
    DomainEventCallbackRebootMsg msg = { 0 };

    if (!live)
        return kit_require_active(call->object, error);
    apply_action(call->object, ((const Domain *)live->doc)->on_reboot);
    object_wire(object, &msg.msg.dom);
    event_emit(object->table->hub, EVENT_DOMAIN, VIR_DOMAIN_EVENT_ID_REBOOT, &msg);
    g_free(msg.msg.dom.name);
    return true;
}

static bool
reset(Call *call, GError **error)
{
    return reboot(call, error);
}

/* A saved guest is its definition behind one line that says what the file is. */
static const char save_magic[] = "test-guest-saved 1\n";

static bool
save(Call *call, GError **error)
{
    const DomainSaveFlagsArgs *args = call->args;
    bool flagged = call->method->proc == PROC_DOMAIN_SAVE_FLAGS;
    g_autoptr(Def) live = object_live(call->object);
    g_autofree char *xml = NULL;
    g_autofree char *whole = NULL;

    G_STATIC_ASSERT(offsetof(DomainSaveFlagsArgs, to) == offsetof(DomainSaveArgs, to));
    if (!live)
        return kit_require_active(call->object, error);
    if (flagged && args->dxml) {
        error_set(error, VIR_ERR_ARGUMENT_UNSUPPORTED, "xml modification unsupported");
        return false;
    }
    xml = xml_format_text(live->xml, live->doc, XML_FORMAT_SECURE);
    whole = g_strconcat(save_magic, xml, NULL);
    if (!file_write_atomic_text(args->to, whole, 0600, error))
        return false;
    test_domain_stop(call->object, VIR_DOMAIN_SHUTOFF_SAVED, VIR_DOMAIN_EVENT_STOPPED,
                     VIR_DOMAIN_EVENT_STOPPED_SAVED);
    return true;
}

static char *
read_image(const char *path, GError **error)
{
    g_autofree char *text = NULL;

    if (!file_read_limited(path, 16 << 20, &text, NULL, error))
        return NULL;
    if (!g_str_has_prefix(text, save_magic)) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "'%s' is not a saved guest of this driver", path);
        return NULL;
    }
    return g_strdup(text + strlen(save_magic));
}

static bool
restore(Call *call, GError **error)
{
    const DomainRestoreFlagsArgs *args = call->args;
    bool flagged = call->method->proc == PROC_DOMAIN_RESTORE_FLAGS;
    g_autofree char *xml = read_image(args->from, error);
    g_autoptr(Job) job = NULL;
    g_autoptr(Object) object = NULL;
    Domain *doc = NULL;

    G_STATIC_ASSERT(offsetof(DomainRestoreFlagsArgs, from) == offsetof(DomainRestoreArgs, from));
    if (!xml)
        return false;
    if (flagged && args->dxml) {
        error_set(error, VIR_ERR_ARGUMENT_UNSUPPORTED, "xml modification unsupported");
        return false;
    }
    object = claim_inactive(call, xml, false, &job, &doc, error);
    if (!object)
        return false;
    test_domain_start((TestVm *)object, doc, VIR_DOMAIN_RUNNING_RESTORED,
                      VIR_DOMAIN_EVENT_STARTED_RESTORED);
    return true;
}

static bool
image_get_xml(Call *call, GError **error)
{
    const DomainSaveImageGetXmlDescArgs *args = call->args;
    g_autofree char *xml = read_image(args->file, error);
    Domain *doc = xml ? xml_parse_text(&domain_xml, xml, 0, error) : NULL;

    if (!doc)
        return false;
    ((DomainSaveImageGetXmlDescRet *)call->ret)->xml = xml_format_text(
        &domain_xml, doc,
        XML_FORMAT_INACTIVE |
            (call->flags & VIR_DOMAIN_SAVE_IMAGE_XML_SECURE ? XML_FORMAT_SECURE : 0));
    xml_free(&domain_xml, doc);
    return true;
}

static bool
image_define_xml(Call *call, GError **error)
{
    const DomainSaveImageDefineXmlArgs *args = call->args;
    g_autofree char *old_xml = read_image(args->file, error);
    Domain *old = old_xml ? xml_parse_text(&domain_xml, old_xml, 0, error) : NULL;
    Domain *fresh = old ? xml_parse_text(&domain_xml, args->dxml, 0, error) : NULL;
    bool ok = fresh && xml_abi_equal(&domain_xml, old, fresh, error);

    if (ok) {
        g_autofree char *xml = xml_format_text(&domain_xml, fresh, XML_FORMAT_SECURE);
        g_autofree char *whole = g_strconcat(save_magic, xml, NULL);

        ok = file_write_atomic_text(args->file, whole, 0600, error);
    }
    xml_free(&domain_xml, old);
    xml_free(&domain_xml, fresh);
    return ok;
}

static bool
managed_save(Call *call, GError **error)
{
    TestVm *vm = call->object;

    if (!object_is_persistent(call->object)) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "cannot do managed save for transient domain");
        return false;
    }
    if (!kit_require_active(call->object, error))
        return false;
    lock_acquire(&vm->vm.object.lock);
    vm->vm.managed_save = true;
    lock_release(&vm->vm.object.lock);
    test_domain_stop(vm, VIR_DOMAIN_SHUTOFF_SAVED, VIR_DOMAIN_EVENT_STOPPED,
                     VIR_DOMAIN_EVENT_STOPPED_SAVED);
    return true;
}

static bool
managed_save_remove(Call *call, GError **error)
{
    TestVm *vm = call->object;
    g_auto(LockHold) hold = lock_hold(&vm->vm.object.lock);

    vm->vm.managed_save = false;
    return true;
}

static bool
core_dump(Call *call, GError **error)
{
    const DomainCoreDumpWithFormatArgs *args = call->args;
    bool with_format = call->method->proc == PROC_DOMAIN_CORE_DUMP_WITH_FORMAT;

    G_STATIC_ASSERT(offsetof(DomainCoreDumpWithFormatArgs, to) == offsetof(DomainCoreDumpArgs, to));
    if (!kit_require_active(call->object, error))
        return false;
    if (with_format && args->dumpformat != VIR_DOMAIN_CORE_DUMP_FORMAT_RAW) {
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED,
                  "kdump-compressed format is not supported here");
        return false;
    }
    if (!file_write_atomic_text(args->to, "TestGuestCore\n", 0600, error))
        return false;
    if (call->flags & VIR_DUMP_CRASH) {
        test_domain_stop(call->object, VIR_DOMAIN_SHUTOFF_CRASHED, VIR_DOMAIN_EVENT_STOPPED,
                         VIR_DOMAIN_EVENT_STOPPED_CRASHED);
    } else if (call->flags & VIR_DUMP_RESET) {
        vm_set_state(&((TestVm *)call->object)->vm, VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_BOOTED);
    }
    return true;
}

static bool
get_messages(Call *call, GError **error)
{
    DomainGetMessagesRet *ret = call->ret;
    TestVm *vm = call->object;
    bool all = !call->flags;
    g_auto(LockHold) hold = lock_hold(&vm->vm.object.lock);

    ret->msgs = g_new0(char *, vm->messages->len + 1);
    for (guint i = 0; i < vm->messages->len; i++) {
        const char *text = vm->messages->pdata[i];
        uint32_t kind = g_str_has_prefix(text, "tainted") ? VIR_DOMAIN_MESSAGE_TAINTING
                                                          : VIR_DOMAIN_MESSAGE_DEPRECATION;

        if (all || (call->flags & kind))
            ret->msgs[ret->n_msgs++] = g_strdup(text);
    }
    return true;
}

static bool
get_os_type(Call *call, GError **error)
{
    ((DomainGetOsTypeRet *)call->ret)->type = g_strdup("linux");
    return true;
}

const DriverRow test_domain_rows[PROC_LAST] = {
    VM_ROWS,
    [PROC_DOMAIN_GET_OS_TYPE] = { get_os_type },
    [PROC_DOMAIN_CREATE_XML] = { create_xml, TEST_CREATE_FLAGS },
    [PROC_DOMAIN_CREATE_XML_WITH_FILES] = { create_xml, TEST_CREATE_FLAGS },
    [PROC_DOMAIN_CREATE] = { create },
    [PROC_DOMAIN_CREATE_WITH_FLAGS] = { create, TEST_CREATE_FLAGS },
    [PROC_DOMAIN_CREATE_WITH_FILES] = { create, TEST_CREATE_FLAGS },
    [PROC_DOMAIN_DESTROY] = { destroy },
    [PROC_DOMAIN_DESTROY_FLAGS] = { destroy, VIR_DOMAIN_DESTROY_GRACEFUL },
    [PROC_DOMAIN_SUSPEND] = { suspend_row },
    [PROC_DOMAIN_RESUME] = { resume_row },
    [PROC_DOMAIN_SHUTDOWN] = { shutdown_row },
    [PROC_DOMAIN_SHUTDOWN_FLAGS] = { shutdown_row },
    [PROC_DOMAIN_REBOOT] = { reboot, VIR_DOMAIN_REBOOT_ACPI_POWER_BTN |
                                         VIR_DOMAIN_REBOOT_GUEST_AGENT | VIR_DOMAIN_REBOOT_INITCTL |
                                         VIR_DOMAIN_REBOOT_SIGNAL | VIR_DOMAIN_REBOOT_PARAVIRT },
    [PROC_DOMAIN_RESET] = { reset },
    [PROC_DOMAIN_SAVE] = { save },
    [PROC_DOMAIN_SAVE_FLAGS] = { save },
    [PROC_DOMAIN_RESTORE] = { restore },
    [PROC_DOMAIN_RESTORE_FLAGS] = { restore },
    [PROC_DOMAIN_SAVE_IMAGE_GET_XML_DESC] = { image_get_xml, VIR_DOMAIN_SAVE_IMAGE_XML_SECURE },
    [PROC_DOMAIN_SAVE_IMAGE_DEFINE_XML] = { image_define_xml,
                                            VIR_DOMAIN_SAVE_RUNNING | VIR_DOMAIN_SAVE_PAUSED },
    [PROC_DOMAIN_MANAGED_SAVE] = { managed_save, VIR_DOMAIN_SAVE_BYPASS_CACHE |
                                                 VIR_DOMAIN_SAVE_RUNNING | VIR_DOMAIN_SAVE_PAUSED },
    [PROC_DOMAIN_MANAGED_SAVE_REMOVE] = { managed_save_remove },
    [PROC_DOMAIN_CORE_DUMP] = { core_dump, VIR_DUMP_CRASH },
    [PROC_DOMAIN_CORE_DUMP_WITH_FORMAT] = { core_dump, VIR_DUMP_CRASH | VIR_DUMP_RESET },
    [PROC_DOMAIN_GET_MESSAGES] = { get_messages,
                                   VIR_DOMAIN_MESSAGE_TAINTING | VIR_DOMAIN_MESSAGE_DEPRECATION },
};
