/*
 * address: which numbers are ordinary addresses of the Internet. Pure.
 *
 * Everything else is somebody's own: this machine, this network, a tunnel into another
 * one, or nobody's. What a plugin fetches may not go there unless the operator said so.
 *
 * Layer: net.  Thread: any.
 */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include "base/str.h"

#define ADDRESS_SIZE 46 /* characters of a number, with the NUL */

/* Whether `number` ("192.0.2.1", "2001:db8::1") may be reached from everywhere. False for
 * what is no number; also for an IPv4 address in the clothes of an IPv6 one. */
bool address_is_public(struct str number);

/* Whether both are the same number, however it was written ("::1", "0:0::1"). */
bool address_same(struct str a, struct str b);

/* Whether `block` is one: "192.0.2.0/24", "2001:db8::/32", or a number alone. */
bool address_is_block(struct str block);

/* Whether `number` is in `block`. False when either is none. */
bool address_is_within(struct str number, struct str block);

#endif
