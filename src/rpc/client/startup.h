/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* startup.h - what happens once in a process before the library is used */
#pragma once

/* Cheap when done already; any thread. */
void startup_once(void);
