/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu_guest_caps.c - the guests an emulator makes possible, for <capabilities> */
#include "drivers/qemu/caps/qemu_guest_caps.h"

#include <string.h>

#include "util/xml.h"

static void
add_machine(GuestCaps *guest, const QemuMachine *m, const char *name, const char *canonical)
{
    GuestMachine *machine = xml_new(&guest_machine_xml);

    machine->name = g_strdup(name);
    machine->canonical = g_strdup(canonical);
    machine->max_cpus = m->max_cpus;
    machine->deprecated = m->deprecated && !canonical ? CAP_YESNO_YES : CAP_YESNO_UNSET;
    if (!guest->machines)
        guest->machines = g_ptr_array_new();
    g_ptr_array_add(guest->machines, machine);
}

static void
add_domain(GuestCaps *guest, const char *type)
{
    GuestDomain *domain = xml_new(&guest_domain_xml);

    domain->type = g_strdup(type);
    if (!guest->domains)
        guest->domains = g_ptr_array_new();
    g_ptr_array_add(guest->domains, domain);
}

static GuestFeature *
make_feature(bool toggle)
{
    GuestFeature *feature = xml_new(&guest_feature_xml);

    feature->default_state = CAP_SWITCH_ON;
    feature->toggle = toggle ? CAP_YESNO_YES : CAP_YESNO_NO;
    return feature;
}

void
qemu_guest_caps_add(Capabilities *caps, const QemuCaps *qemu, bool machines)
{
    GuestCaps *guest = xml_new(&guest_caps_xml);
    bool x86 = g_str_equal(qemu->arch, "x86_64") || g_str_equal(qemu->arch, "i686");

    guest->os_type = g_strdup("hvm");
    guest->arch = g_strdup(qemu->arch);
    guest->wordsize = strstr(qemu->arch, "64") || g_str_equal(qemu->arch, "s390x") ? 64 : 32;
    guest->emulator = g_strdup(qemu->binary);
    for (unsigned i = 0; machines && i < qemu->accel[QEMU_ACCEL_TCG].machines->len; i++) {
        const QemuMachine *m = qemu->accel[QEMU_ACCEL_TCG].machines->pdata[i];

        add_machine(guest, m, m->name, NULL);
        if (m->alias)
            add_machine(guest, m, m->alias, m->name);
    }
    add_domain(guest, "qemu");
    if (qemu_caps_flag(qemu, "kvm"))
        add_domain(guest, "kvm");
    if (qemu_caps_flag(qemu, "hvf"))
        add_domain(guest, "hvf");
    guest->has_features = true;
    guest->pae = guest->nonpae = g_str_equal(qemu->arch, "i686");
    if (x86 || g_str_equal(qemu->arch, "aarch64") || g_str_equal(qemu->arch, "loongarch64"))
        guest->acpi = make_feature(true);
    if (x86)
        guest->apic = make_feature(false);
    guest->cpuselection = guest->deviceboot = guest->external_snapshot = true;
    guest->disksnapshot = make_feature(false);
    if (!caps->guests)
        caps->guests = g_ptr_array_new();
    g_ptr_array_add(caps->guests, guest);
}
