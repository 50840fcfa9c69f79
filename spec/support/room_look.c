/* What is seen of a script_room: what its plugins did, and what they answer when asked.
 */
#include "script_room.h"

#include "base/must.h"

#include <stdio.h>
#include <string.h>

bool room_did(const struct room *room, const char *part)
{
    for (size_t i = 0; i < room->did_count; i++)
        if (strstr(room->did[i], part))
            return true;
    return false;
}

const char *room_last(const struct room *room)
{
    return room->did_count ? room->did[room->did_count - 1] : "";
}

bool room_is_done(const struct room *room, int64_t row)
{
    for (size_t i = 0; i < room->done_count; i++)
        if (room->done[i] == row)
            return true;
    return false;
}

struct eval {
    char text[4096];
    int calls;
};

static void on_eval(void *arg, struct str result, const struct err *why)
{
    struct eval *eval = arg;
    eval->calls++;
    snprintf(eval->text, sizeof(eval->text), "%s%.*s", why ? "error: " : "",
             why ? (int)strlen(why->text) : (int)result.len, why ? why->text : result.at);
}

const char *room_eval(struct room *room, const char *plugin, const char *code)
{
    static struct eval eval;
    memset(&eval, 0, sizeof(eval));
    script_eval(room->script, SCRIPT_EVAL_LINE, str_from(plugin), str_from(code), on_eval,
                &eval);
    room_turn(room);
    must(eval.calls == 1);
    return eval.text;
}
