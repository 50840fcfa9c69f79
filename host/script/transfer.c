#include "script/transfer.h"

#include "script/api.h"
#include "script/quota.h"
#include "script/record.h"

#include <lauxlib.h>

bool transfer_may(const struct instance *instance, struct err *err)
{
    return quota_check(QUOTA_HTTP, instance->http_count, err);
}

void transfer_begin(struct transfer *transfer, struct instance *instance)
{
    transfer->instance = instance;
    transfer->number = ++instance->last_transfer;
    transfer->next = instance->transfers;
    transfer->link = &instance->transfers;
    if (transfer->next)
        transfer->next->link = &transfer->next;
    instance->transfers = transfer;
}

void transfer_end(struct transfer *transfer)
{
    *transfer->link = transfer->next;
    if (transfer->next)
        transfer->next->link = transfer->link;
}

/* host.next_transfer(): the number of the one that begins next. */
static int api_next_transfer(lua_State *L)
{
    lua_pushinteger(L, instance_of(L)->last_transfer + 1);
    return 1;
}

/* host.transferred(number): bytes done, and in all if that is known; nothing when there
 * is no such transfer. */
static int api_transferred(lua_State *L)
{
    lua_Integer number = luaL_checkinteger(L, 1);
    const struct transfer *at = instance_of(L)->transfers;
    while (at && at->number != number)
        at = at->next;
    if (!at)
        return 0;
    lua_pushinteger(L, at->done);
    if (at->total < 0)
        return 1;
    lua_pushinteger(L, at->total);
    return 2;
}

static const struct record_call transfer_calls[] = {
    { "next_transfer", api_next_transfer, RECORD_NOT },
    { "transferred", api_transferred, RECORD_NOT },
    { NULL, NULL, 0 },
};

const struct api_group host_transfers = RECORD_CALLS(transfer_calls);
