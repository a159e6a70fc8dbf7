/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cpu_model.h - what the CPU map says of a model's name */
#pragma once

/* "Intel"; NULL where the map does not say. */
const char *cpu_model_vendor(const char *arch, const char *model);

/* The versioned name a model without a version stands for ("486-v1" for "486"), or NULL. */
const char *cpu_model_canonical(const char *arch, const char *model);
