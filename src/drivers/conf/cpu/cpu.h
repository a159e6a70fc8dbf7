/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cpu.h - CPU models: what a CPU can do, whether one fits another, what several have in common
 *
 * CPUs are Cpu documents; a host's is turned into one by cpu_from_host().  What the operations know about models and
 * features comes from the CPU map (cpu_map.h).  Architectures of which we know nothing but names are handled by name.
 */
#pragma once

#include "drivers/conf/capabilities_gen.h"
#include "drivers/conf/cpu_gen.h"
#include "drivers/conf/cpudata_gen.h"
#include "util/json.h"

typedef enum CpuRelation {
    CPU_INCOMPATIBLE,
    CPU_IDENTICAL,
    CPU_SUPERSET,                 /* the host can do more */
} CpuRelation;

/* A model that a hypervisor can give a guest, and the features (QEMU's names) for which it cannot here. */
typedef struct CpuChoice {
    const char *name;
    const char *const *blockers;  /* NULL: none */
} CpuChoice;

/* NULL stands for "every model of the map". */
typedef struct CpuChoices {
    size_t n;
    const CpuChoice *items;
} CpuChoices;

typedef enum CpuBaselineFlags {
    CPU_BASELINE_EXPAND = 1 << 0,      /* list the features of the model, too */
    CPU_BASELINE_MIGRATABLE = 1 << 1,  /* without features that forbid migration */
} CpuBaselineFlags;

/* The CPU of this machine as <capabilities> shows it; where little is known, only the architecture. */
HostCpu *cpu_host(void);

/* The registers of this machine's CPU, or NULL where there are none we know how to read. */
CpuData *cpu_host_data(void);

/* From the feature words of QEMU's CPU object. */
CpuData *cpu_data_from_words(Json *words, GError **error);

/* A host's CPU as one that other operations take. */
Cpu *cpu_from_host(const HostCpu *host);

/* A <cpu> of a host or a guest; @ret_arch: of a host's, otherwise NULL.  @flags: XML_PARSE_STRICT. */
Cpu *cpu_parse(const char *text, unsigned flags, char **ret_arch, GError **error);

/* Models that @arch may name: NULL-terminated, empty where any name is allowed. */
char **cpu_models(const char *arch, GError **error);

/* Whether any of these operations is there for @arch. */
bool cpu_is_known(const char *arch);

/* How @cpu relates to @host; with CPU_INCOMPATIBLE @ret_why says why. @cpu_arch may be NULL. */
bool cpu_compare(const char *arch, const Cpu *host, const char *cpu_arch, const Cpu *cpu, CpuRelation *ret_relation,
                 char **ret_why, GError **error);

/* The largest CPU that all of @cpus can be. */
Cpu *cpu_baseline(const char *arch, Cpu *const *cpus, size_t n_cpus, const CpuChoices *choices, unsigned flags,
                  GError **error);

/* Settle what @guest leaves to the host: mode host-model, match minimum, optional features.  Of a host that is to be
 * left some day take a copy with cpu_make_migratable(). */
bool cpu_update(const char *arch, Cpu *guest, const Cpu *host, GError **error);

/* Say the same with a model among @choices; refused where the model's fallback forbids another. */
bool cpu_translate(const char *arch, Cpu *cpu, const CpuChoices *choices, GError **error);

/* All of it: refuse what the host cannot be, update, translate. */
bool cpu_make_guest(const char *arch, Cpu *guest, const Cpu *host, const CpuChoices *choices, GError **error);

/* Name the features of the model, too. */
bool cpu_expand(const char *arch, Cpu *cpu, GError **error);

/* Refuse features and models that @arch does not have. */
bool cpu_validate(const char *arch, const Cpu *cpu, GError **error);

bool cpu_has_feature(const char *arch, const Cpu *cpu, const char *name, bool *ret_has, GError **error);

/* Turn off what hypervisors once had in the model, unless the document says otherwise. */
void cpu_disable_removed(const char *arch, Cpu *cpu);

/* Whether the map says what @model is for every hypervisor; of others it knows only how to write them down. */
bool cpu_model_is_frozen(const char *arch, const char *model);

/* Leave out the features that forbid migration. */
void cpu_make_migratable(const char *arch, Cpu *cpu);

/* From registers. */
HostCpu *cpu_decode_host(const char *arch, const CpuData *data, GError **error);
Cpu *cpu_decode_guest(const char *arch, const CpuData *data, const CpuChoices *choices, GError **error);

/* From {"name", "props"} of query-cpu-model-expansion. */
Cpu *cpu_from_qemu(const char *arch, Json *model, const CpuChoices *choices, GError **error);

typedef struct CpuSignature {
    unsigned family, model, stepping;
} CpuSignature;

/* Family, model and stepping of x86; the packed form is what CPUID leaf 1 holds. */
bool cpu_signature_of_data(const CpuData *data, CpuSignature *ret_signature, GError **error);
bool cpu_signature_of_qemu(Json *model, CpuSignature *ret_signature, GError **error);
unsigned cpu_signature_pack(const CpuSignature *signature);

/* Our name of a feature QEMU names; @name itself where they agree. */
const char *cpu_feature_from_qemu(const char *arch, const char *name);

/* Features of a guest's CPU. */
CpuFeature *cpu_feature(const Cpu *cpu, const char *name);
void cpu_set_feature(Cpu *cpu, const char *name, CpuPolicy policy);
