/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* domain.h - rules of <domain> that are in more than one file. */
#pragma once

#include "drivers/conf/domain_gen.h"

/* Check what must fit together, and fill what follows from the rest. */
bool domain_rules(Domain *domain, GError **error);
bool domain_tune_rules(const Domain *domain, GError **error);
bool domain_device_rules(const Domain *domain, GError **error);

/* Number controllers and place smartcards, for drivers that have no addresses of their own. */
void domain_places_settle(Domain *domain);
