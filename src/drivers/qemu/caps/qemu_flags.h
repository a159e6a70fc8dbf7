/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu_flags.h - the capabilities of an emulator: what each is called, and how it is seen
 *
 * What is seen, by the first word of `seen`:
 *
 *     type NAME          a QOM type of that name exists
 *     prop TYPE.NAME     the type has that property; the machine virt-8.2 is called virt-machine
 *     false TYPE.NAME    the same, and its default is false
 *     qmp PATH           a command, and what its QAPI schema allows (qemu_schema.h)
 *     option NAME.PARAM  a command line option and one of its parameters
 *     tpm-model, tpm-type NAME
 *     cpu NAME           a CPU model
 *     accel NAME         a hardware accelerator that works
 *     sev, sgx NAME      the type exists, and the host can do SEV or SGX
 */
#pragma once

typedef struct QemuFlag {
    const char *name, *seen;
} QemuFlag;

/* Ends with a NULL name. */
extern const QemuFlag qemu_flags[];

const QemuFlag *qemu_flags_find(const char *name);
