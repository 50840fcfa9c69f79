/*
 * rest_hosted: what the calls about hosted groups share (server-api.md 9.7).
 *
 * Layer: sandbox, private to the rest files.
 */
#ifndef SANDBOX_REST_HOSTED_H
#define SANDBOX_REST_HOSTED_H

#include "sandbox/rest.h"

/* The hosted group that `groupId` names; NULL, refused, when there is none. */
struct group *rest_hosted_group(struct call *call);

/* What `pageToken` and `size` ask for of `count` entries; adds the token of the next. */
bool rest_hosted_page(struct call *call, size_t count, size_t *from, size_t *to);

#endif
