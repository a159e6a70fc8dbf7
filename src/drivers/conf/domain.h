/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* domain.h - rules of <domain> that are in more than one file. */
#pragma once

#include "drivers/conf/domain_gen.h"

/* Check what must fit together, and fill what follows from the rest. */
bool domain_rules(Domain *domain, GError **error);
bool domain_os_rules(Domain *domain, GError **error);
bool domain_cpu_rules(const Domain *domain, GError **error);
bool domain_tune_rules(const Domain *domain, GError **error);
bool domain_device_rules(const Domain *domain, GError **error);

/* Number controllers and place smartcards, for drivers that have no addresses of their own. */
void domain_places_settle(Domain *domain);

/* Controllers of a type stand together, by index; an EHCI controller before its companions. */
void domain_places_insert_controller(GPtrArray *list, Controller *controller);
/* A new controller of @model, which may be NULL, in its place. */
Controller *domain_places_add_controller(Domain *domain, ControllerType type, unsigned index, const char *model);
/* Number those that have no index. */
void domain_places_number_controllers(Domain *domain);
/* Disks of a bus stand together in the order of their names, as guests number them. */
void domain_places_sort_disks(Domain *domain);
/* "sda" -> 0, "hdaa1" -> 26; -1 if it is no disk name. */
int domain_places_disk_index(const char *target);
/* The other way: 27 on a SATA bus -> "sdab". */
char *domain_places_disk_name(DiskBus bus, unsigned index);

/* The first console and the first serial port are one and the same: where one is missing, add it after the other.
 * @board is "type/model" of the machine's own serial ports, or NULL. */
void domain_console_pair(Domain *domain, const char *board);
/* Let the first console show what the first serial port is, its address and alias with it. */
void domain_console_mirror(Domain *domain);
