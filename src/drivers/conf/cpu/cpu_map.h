/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cpu_map.h - the CPU map as tables
 *
 * cpumap.py makes them from map/ when the project is built.  The number of an x86 feature is its place in
 * cpu_map_x86_features; sets of features are sets of these numbers, and go through in the order of the map.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CPU_MAP_WORDS = 8 };

typedef struct CpuBits {
    uint64_t words[CPU_MAP_WORDS];
} CpuBits;

typedef struct CpuMapVendor {
    const char *name, *string;    /* string: what CPUID says, x86 */
    unsigned value;               /* implementer code, Arm */
} CpuMapVendor;

typedef struct CpuMapFeature {
    const char *name;
    const char *aliases[3];       /* what QEMU calls it, too */
    uint32_t leaf, subleaf;       /* of CPUID; or leaf is the index of an MSR */
    uint8_t reg, bit;             /* eax ebx ecx edx */
    bool msr, migratable;
} CpuMapFeature;

typedef struct CpuMapSignature {
    uint16_t family, model;
    uint8_t first_stepping, last_stepping;
} CpuMapSignature;

typedef struct CpuMapX86Model {
    const char *name;
    const char *vendor;           /* NULL: anybody's */
    const char *base;             /* the same under another name, or NULL */
    bool host, guest;             /* may describe a host, a guest */
    bool frozen;                  /* never to be changed: check='partial' compares with what is here */
    uint8_t n_signatures;
    CpuMapSignature signatures[16];
    CpuBits has;
    CpuBits added;                /* QEMU's model has them, documents written before that do not say so */
    CpuBits removed;              /* QEMU's model once had them */
} CpuMapX86Model;

typedef struct CpuMapPvr {
    uint32_t value, mask;
} CpuMapPvr;

/* Known by identification register: ppc64 and Arm. */
typedef struct CpuMapPvrModel {
    const char *name, *vendor;
    uint8_t n_pvrs;
    CpuMapPvr pvrs[4];
} CpuMapPvrModel;

extern const CpuMapVendor cpu_map_x86_vendors[], cpu_map_ppc64_vendors[], cpu_map_arm_vendors[];
extern const size_t cpu_map_n_x86_vendors, cpu_map_n_ppc64_vendors, cpu_map_n_arm_vendors;
extern const CpuMapFeature cpu_map_x86_features[];
extern const size_t cpu_map_n_x86_features;
extern const CpuMapX86Model cpu_map_x86_models[];
extern const size_t cpu_map_n_x86_models;
extern const char *const cpu_map_arm_features[];
extern const size_t cpu_map_n_arm_features;
extern const CpuMapPvrModel cpu_map_ppc64_models[], cpu_map_arm_models[];
extern const size_t cpu_map_n_ppc64_models, cpu_map_n_arm_models;
