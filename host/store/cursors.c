/* cursors: see the header. */
#include "store/cursors.h"

#include "store/inside.h"

struct cursors cursors_get(const struct store *store)
{
    return store->cursors;
}

void cursors_set(struct store *store, struct cursors cursors)
{
    if (cursors.inbox == store->cursors.inbox &&
        cursors.outbox == store->cursors.outbox &&
        cursors.broadcast == store->cursors.broadcast)
        return;
    store->cursors = cursors;
    db_write(store, DB_CURSORS_SET,
             "UPDATE cursors SET inbox = ?1, outbox = ?2, broadcast = ?3", "iii",
             cursors.inbox, cursors.outbox, cursors.broadcast);
}
