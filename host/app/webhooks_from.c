/*
 * webhooks_from: where a post may come from. Of a connection from one of the bot's
 * proxies the address counts that it wrote down last: what stands before it may have been
 * made up by whoever posts.
 */
#include "app/webhooks_inside.h"
#include "net/address.h"

/* The last of all. */
static struct str read_forwarded(struct str lines)
{
    static const struct str name = { "X-Forwarded-For", sizeof("X-Forwarded-For") - 1 };
    struct str line, word, last = STR_NONE;
    while (str_split(&lines, '\n', &line)) {
        struct str found = STR_NONE;
        str_split(&line, ':', &found);
        while (str_eq_nocase(found, name) && str_split(&line, ',', &word))
            last = str_trim(word);
    }
    return last;
}

void webhooks_read_from(struct webhooks_call *call)
{
    char peer[ADDRESS_SIZE];
    struct str forwarded = read_forwarded(server_header_lines(call->request));
    struct arena *arena = &call->webhooks->arena;
    call->from.peer = arena_copy(arena, server_address(call->request, peer));
    call->from.forwarded = arena_copy(arena, str_sub(forwarded, 0, ADDRESS_SIZE));
}

static bool is_in(struct str number, const struct str_list *blocks)
{
    for (size_t i = 0; i < blocks->count; i++)
        if (address_is_within(number, blocks->at[i]))
            return true;
    return false;
}

bool webhooks_is_from(const struct webhooks_from *from, const struct config_bot *row)
{
    const struct config_webhooks *webhooks = &row->webhooks;
    bool by_proxy = is_in(from->peer, &webhooks->proxies);
    return webhooks->from.count == 0 ||
           is_in(by_proxy ? from->forwarded : from->peer, &webhooks->from);
}
