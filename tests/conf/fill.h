/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fill.h - fill any struct at random from its rows, such that all of it is formatted. */
#pragma once

#include "util/xml.h"

/* @depth: how far to follow pointers to other structs. */
void *fill_new(const XmlStruct *s, GRand *rand, int depth);
