#include "sandbox/entries.h"

#include "base/mem.h"
#include "sandbox/topics.h"

#include <string.h>

static bool key_ok(struct str key)
{
    if (key.len == 0 || key.len > ENTRY_KEY_MAX)
        return false;
    for (size_t i = 0; i < key.len; i++) {
        char c = key.at[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && (c == '\0' || !strchr("+=-_", c)))
            return false;
    }
    return true;
}

bool entry_gone(const struct entry *entry)
{
    return !entry || entry->status & ENTRY_DELETED;
}

static void touch(struct room *room, struct entry *entry, int64_t now)
{
    room->changed_ms = now > room->changed_ms ? now : room->changed_ms + 1;
    entry->changed_ms = room->changed_ms;
}

bool entry_ok(const struct entry_change *change)
{
    return key_ok(change->key) && change->value.len > 0 &&
           change->value.len <= ENTRY_VALUE_MAX;
}

int entry_set(struct room *room, const struct entry_change *change)
{
    struct entry *entry = map_get(&room->entries, change->key);
    if (!entry_ok(change))
        return STATUS_BAD;
    if (!entry_gone(entry) && !str_eq(entry->owner, change->user) &&
        !(change->status & ENTRY_OVERWRITE))
        return STATUS_KEY_NOT_YOURS;
    if (!entry) {
        if (room->entries.len >= ENTRIES_MAX)
            return STATUS_TOO_MANY_ENTRIES;
        entry = MEM_NEW(struct entry);
        state_set(&entry->key, change->key);
        map_set(&room->entries, change->key, entry);
    }
    state_set(&entry->value, change->value);
    state_set(&entry->owner, change->user);
    entry->status = (int)(change->status & (ENTRY_GOES_WITH_OWNER | ENTRY_OVERWRITE));
    touch(room, entry, change->now);
    return STATUS_OK;
}

int entry_del(struct room *room, const struct entry_change *change)
{
    struct entry *entry = map_get(&room->entries, change->key);
    if (entry_gone(entry))
        return STATUS_NO_KEY;
    if (!str_eq(entry->owner, change->user) && !(change->status & ENTRY_OVERWRITE))
        return STATUS_KEY_NOT_YOURS;
    entry->status |= ENTRY_DELETED;
    state_set(&entry->owner, change->user);
    touch(room, entry, change->now);
    return STATUS_OK;
}
