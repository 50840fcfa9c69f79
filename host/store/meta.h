/*
 * meta: the few facts about an account that outlive the process: device id, cached token,
 * cached navi answer, the chatrooms it sits in.
 *
 * Layer: store.  Thread: loop thread only.
 */
#ifndef STORE_META_H
#define STORE_META_H

#include "base/buf.h"
#include "store/db.h"

/* Appends the value to `out`; false when there is none (or it cannot be read). */
bool meta_get(struct store *store, struct str name, struct buf *out);

void meta_set(struct store *store, struct str name, struct str value);
void meta_del(struct store *store, struct str name);

/* The same for numbers; 0 when there is none. */
int64_t meta_get_int(struct store *store, struct str name);
void meta_set_int(struct store *store, struct str name, int64_t value);

/* Those whose names begin so, in their order; what `fn` gets is borrowed for the call. It
 * may not read the store. */
typedef void meta_fn(void *arg, struct str name, struct str value);
void meta_each(struct store *store, struct str prefix, meta_fn *fn, void *arg);

#endif
