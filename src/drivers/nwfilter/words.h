/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* words.h - what a rule matches, as words for ebtables and iptables
 *
 * The tables are in words.c.  Packets of the other direction have source and destination change places; what cannot be
 * said of them is left out.
 */
#pragma once

#include "drivers/conf/nwfilter_gen.h"

/* Append the words (strings) for @matches, FwMatch of one protocol without variables, to @argv: all of those for ebtables;
 * for iptables those in front of the state of the connection, and those behind it. */
void nwfilter_words_ether(GPtrArray *argv, const GPtrArray *matches, bool reversed);
void nwfilter_words_early(GPtrArray *argv, const GPtrArray *matches, bool reversed);
void nwfilter_words_late(GPtrArray *argv, const GPtrArray *matches, bool reversed);

/* Whether anything about @matches, the protocol apart, can be said to iptables. */
bool nwfilter_words_narrow(const GPtrArray *matches, bool reversed);

/* Words that tell packets for a chain by its name, such as " -p 0x806" for "arp-xyz"; "" where all of them go there. */
const char *nwfilter_words_chain(const char *chain);
