/*
 * kv: the key-values of plugins. A store is named by its plugin and a name of the
 * plugin's own ("" for the plain one); keys and values are bytes. An entry past its
 * expiry is not there.
 *
 * While the store has failed (db.h) every call gives ERR_STORAGE.
 *
 * Layer: store.  Thread: loop thread only.
 */
#ifndef STORE_KV_H
#define STORE_KV_H

#include "base/buf.h"
#include "store/db.h"

struct kv_name {
    struct str plugin, name;
};

/* Appends the value to `out`. *found says whether there is one, *expires_ms (may be NULL)
 * until when; 0: for ever. */
bool kv_get(struct store *store, struct kv_name in, struct str key, int64_t now_ms,
            struct buf *out, bool *found, int64_t *expires_ms, struct err *err);

/* `expires_ms` (wall clock) 0: never. ERR_LIMIT when the plugin's stores together would
 * grow past `limit` bytes; 0: no limit. */
bool kv_set(struct store *store, struct kv_name in, struct str key, struct str value,
            int64_t expires_ms, int64_t limit, struct err *err);

bool kv_del(struct store *store, struct kv_name in, struct str key, struct err *err);

/* Removes all stores of the plugin. */
bool kv_clear(struct store *store, struct str plugin, struct err *err);

/* Calls `fn` for the keys that start with `prefix`, in bytewise order, beginning after
 * `after` (empty: at the start), at most `max`; ends early when `fn` gives false. `fn`
 * may not call this room. */
typedef bool kv_each_fn(void *arg, struct str key, struct str value);
bool kv_each(struct store *store, struct kv_name in, struct str prefix, struct str after,
             int64_t now_ms, int max, kv_each_fn *fn, void *arg, struct err *err);

/* Bytes of keys and values of all stores of the plugin; expired ones count until pruned.
 */
int64_t kv_size(struct store *store, struct str plugin);

/* Deletes at most 500 expired entries. */
bool kv_prune(struct store *store, int64_t now_ms, struct err *err);

#endif
