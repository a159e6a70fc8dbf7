/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cpu_private.h - what an architecture does for cpu.c, and what its files share
 *
 * A NULL operation is one the architecture does not have; cpu.c says so to the caller.
 */
#pragma once

#define ERROR_FROM VIR_FROM_CPU
#include "drivers/conf/cpu/cpu.h"
#include "drivers/conf/cpu/cpu_map.h"
#include "util/error.h"

typedef struct CpuArchOps {
    const char *const *archs;
    char **(*models)(void);
    bool (*compare)(const Cpu *host, const Cpu *cpu, CpuRelation *ret_relation, char **ret_why, GError **error);
    Cpu *(*baseline)(Cpu *const *cpus, size_t n_cpus, const CpuChoices *choices, unsigned flags, GError **error);
    bool (*update)(Cpu *guest, const Cpu *host, GError **error);
    bool (*translate)(Cpu *cpu, const CpuChoices *choices, GError **error);
    bool (*expand)(Cpu *cpu, GError **error);
    bool (*validate)(const Cpu *cpu, GError **error);
    bool (*has_feature)(const Cpu *cpu, const char *name, bool *ret_has, GError **error);
    void (*make_migratable)(Cpu *cpu);
    Cpu *(*from_qemu)(Json *model, const CpuChoices *choices, GError **error);
} CpuArchOps;

extern const CpuArchOps cpu_x86_ops, cpu_ppc64_ops, cpu_arm_ops, cpu_named_ops;

/* cpu.c */
bool cpu_choices_have(const CpuChoices *choices, const char *name);
const CpuFeature *cpu_feature_at(const Cpu *cpu, size_t i);
size_t cpu_n_features(const Cpu *cpu);
void cpu_clear_features(Cpu *cpu);
Cpu *cpu_new_guest(const char *model, const char *vendor, CpuFallback fallback);
void cpu_copy_model(Cpu *guest, const Cpu *host);

/* x86: sets of features (cpu_x86_bits.c). */
typedef enum CpuSetKind {
    CPU_SET_MODEL,                /* what the model has */
    CPU_SET_REQUIRE,
    CPU_SET_FORCE,
    CPU_SET_OPTIONAL,
    CPU_SET_DISABLE,
    CPU_SET_FORBID,
    CPU_SET_LAST,
} CpuSetKind;

typedef struct CpuSets {
    const CpuMapX86Model *model;
    CpuBits by[CPU_SET_LAST];
} CpuSets;

static inline void
cpu_bits_set(CpuBits *bits, size_t i, bool value)
{
    if (value)
        bits->words[i / 64] |= UINT64_C(1) << i % 64;
    else
        bits->words[i / 64] &= ~(UINT64_C(1) << i % 64);
}

static inline bool
cpu_bits_get(const CpuBits *bits, size_t i)
{
    return bits->words[i / 64] >> i % 64 & 1;
}

CpuBits cpu_bits_or(const CpuBits *a, const CpuBits *b);
CpuBits cpu_bits_and(const CpuBits *a, const CpuBits *b);
CpuBits cpu_bits_minus(const CpuBits *a, const CpuBits *b);
bool cpu_bits_empty(const CpuBits *bits);
unsigned cpu_bits_count(const CpuBits *bits);

int cpu_x86_feature(const char *name);
int cpu_x86_feature_of_qemu(const char *name);
const CpuMapX86Model *cpu_x86_model(const char *name);

/* Sets of the features of @cpu; @base stands for the model where it names none. */
bool cpu_x86_sets(const Cpu *cpu, const CpuBits *base, CpuSets *ret_sets, GError **error);

/* The names of @bits in alphabetical order, as models list them. */
GPtrArray *cpu_x86_sorted_names(const CpuBits *bits);

/* Turn off what hypervisors once had in the model. */
void cpu_x86_disable_removed(Cpu *cpu);

/* What a CPU can do that is all of its model and what it requires or forces. */
CpuBits cpu_x86_has(const CpuSets *sets);

/* What is known of a CPU before it has a name. */
typedef struct CpuTraits {
    CpuBits bits;
    const char *vendor;           /* as in documents; NULL: any */
    bool has_signature;
    CpuSignature signature;
    const char *const *inputs;    /* of a baseline: the models it is computed from; NULL-terminated */
} CpuTraits;

/* The model that says @traits best, and the features in which they differ.  @host: of a host, whose document cannot
 * take features away. */
const CpuMapX86Model *cpu_x86_choose(const CpuTraits *traits, const CpuChoices *choices, bool host, GError **error);
Cpu *cpu_x86_guest_of(const CpuTraits *traits, const CpuChoices *choices, GError **error);
bool cpu_x86_traits(const CpuData *data, CpuTraits *ret_traits, GError **error);
