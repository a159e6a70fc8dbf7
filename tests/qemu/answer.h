/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* answer.h - an emulator that is a handful of made-up answers, for tests of what comes of its capabilities */
#pragma once

#include "drivers/qemu/caps/qemu_caps.h"

typedef struct Answer {
    const char *command, *json;
} Answer;

/* QemuCapsSource.ask; @data: answers of the test, before those that all have; they end with no command. */
Json *answer_ask(void *data, bool tcg, const char *command, Json *arguments, GError **error);
