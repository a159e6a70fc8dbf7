/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* transcript.h - emulators as recorded dialogues */
#pragma once

#include "corpus/tool.h"
#include "drivers/qemu/caps/qemu_caps.h"

/* From the text of a dialogue; @path names it in errors. */
QemuCaps *transcript_build(const Request *request, const char *text, const char *path, const char *binary, GError **error);

/* The emulator of --caps, with what --caps-add and --caps-del change.  Kept from one request to the next. */
QemuCaps *transcript_caps(const Request *request, GError **error);
