/* packed: see the header. */
#include "im/packed.h"

#include <string.h>

#define VERSION 1

/* Little-endian, so that a database may be carried to another machine. */
static void put(uint8_t **at, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        *(*at)++ = (uint8_t)(value >> (8 * i));
}

static uint64_t get(const uint8_t **at, int bytes)
{
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++)
        value |= (uint64_t) * (*at)++ << (8 * i);
    return value;
}

void packed_write(const struct message *message, struct packed_head *head,
                  struct str parts[PACKED_PARTS])
{
    uint8_t *at = head->bytes;
    put(&at, VERSION, 1);
    put(&at, (uint64_t)message->type, 1);
    put(&at, message->offline, 1);
    put(&at, 0, 1);
    put(&at, (uint64_t)message->sent_ms, 8);
    put(&at, (uint64_t)message->status, 8);
    put(&at, (uint64_t)message->client_unique_id, 8);
    put(&at, message->target.len, 4);
    put(&at, message->sender.len, 4);
    put(&at, message->object_name.len, 4);
    put(&at, message->content.len, 4);
    parts[0] = str_of(head->bytes, (size_t)(at - head->bytes));
    parts[1] = message->target;
    parts[2] = message->sender;
    parts[3] = message->object_name;
    parts[4] = message->content;
}

bool packed_read(struct str body, struct message *out)
{
    const size_t head = 4 + 3 * 8 + 4 * 4;
    if (body.len < head || (uint8_t)body.at[0] != VERSION)
        return false;
    const uint8_t *at = (const uint8_t *)body.at + 1;
    *out = (struct message){ 0 };
    out->type = (enum conversation_type)get(&at, 1);
    out->offline = get(&at, 1) != 0;
    at++;
    out->sent_ms = (int64_t)get(&at, 8);
    out->status = (int64_t)get(&at, 8);
    out->client_unique_id = (int64_t)get(&at, 8);
    struct str *const strings[] = { &out->target, &out->sender, &out->object_name,
                                    &out->content };
    size_t from = head;
    for (int i = 0; i < 4; i++) {
        size_t len = get(&at, 4);
        if (len > body.len - from)
            return false;
        *strings[i] = str_sub(body, from, len);
        from += len;
    }
    return from == body.len;
}
