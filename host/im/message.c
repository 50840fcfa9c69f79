/* message: see the header. */
#include "im/message.h"

#include "proto/content.h"

bool message_type_flags(struct str object_name, bool *stored, bool *counted)
{
    bool is_stored, is_counted;
    if (!content_type_flags(object_name, &is_stored, &is_counted))
        return false;
    *stored = is_stored;
    *counted = is_counted;
    return true;
}

bool message_is_made_here(const struct message *message)
{
    return str_starts(message->uid, STR(MESSAGE_MADE_HERE));
}

struct str message_edited(const struct message *message)
{
    struct str rest = message->uid, version;
    if (!str_starts(rest, STR(MESSAGE_EDITED)))
        return STR_NONE;
    rest = str_sub(rest, sizeof(MESSAGE_EDITED) - 1, rest.len);
    return str_split(&rest, '/', &version) ? rest : STR_NONE;
}

bool message_text(struct buf *out, struct str text, const struct str *mentions,
                  size_t mention_count, bool mention_all, struct err *err)
{
    return content_text(out, text, mentions, mention_count, mention_all, err);
}
