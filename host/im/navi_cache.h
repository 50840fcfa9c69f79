/*
 * navi_cache: navi's last answer, kept in the database for two hours (wire.md A.4). It is
 * good for the same app key, token (its text before '@') and navi addresses only.
 *
 * Layer: im.  Thread: loop thread only.
 */
#ifndef IM_NAVI_CACHE_H
#define IM_NAVI_CACHE_H

#include "im/navi.h"
#include "store/db.h"

bool navi_cache_read(struct store *store, const struct navi_request *request,
                     struct navi_answer *out);
void navi_cache_write(struct store *store, const struct navi_request *request,
                      const struct navi_answer *answer);
void navi_cache_drop(struct store *store);

#endif
