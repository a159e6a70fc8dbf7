/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* domain_caps.h - making <domainCapabilities>: the document before a driver says anything, and lists of values */
#pragma once

#include "drivers/conf/domaincaps_gen.h"

/* Nothing is supported yet.  @machine may be NULL. */
DomainCaps *domain_caps_new(const char *path, const char *virttype, const char *machine, const char *arch);

/* The mode of <cpu>, made by domain_caps_new(). */
CapsCpuMode *domain_caps_mode(const DomainCaps *caps, CpuMode mode);

CapsFact *domain_caps_fact(bool supported);
/* Another list of values, empty at first. */
CapsEnum *domain_caps_enum(GPtrArray **enums, const char *name);
void domain_caps_value(CapsEnum *list, const char *value);
/* A list of these values, which end with NULL. */
void domain_caps_values(GPtrArray **enums, const char *name, const char *const *values);

/* Guests can be booted; with firmware of the host where @loaders (ends with NULL) is not NULL.  @types are its kinds. */
CapsOs *domain_caps_os(const char *const *loaders, const char *const *types);
