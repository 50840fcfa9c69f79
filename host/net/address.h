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

/* Whether `number` ("192.0.2.1", "2001:db8::1") may be reached from everywhere. False for
 * what is no number; also for an IPv4 address in the clothes of an IPv6 one. */
bool address_is_public(struct str number);

/* Whether both are the same number, however it was written ("::1", "0:0::1"). */
bool address_same(struct str a, struct str b);

#endif
