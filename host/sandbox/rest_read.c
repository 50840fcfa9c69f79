/* Reading the parameters of a call. */
#include "sandbox/rest.h"

#include <string.h>
#include <time.h>

#define BEIJING_S (8 * 3600)

struct str rest_get(const struct call *call, const char *name)
{
    for (size_t i = 0; i < call->count; i++) {
        if (str_eq(call->pairs[i].name, str_from(name)))
            return call->pairs[i].value.len ? call->pairs[i].value : STR_NONE;
    }
    return STR_NONE;
}

/* The Node SDK writes this where it has nothing to send. */
static bool is_nothing(struct str value)
{
    return value.len == 0 || str_eq(value, STR("undefined"));
}

static bool check_text(struct call *call, const char *name, size_t max, struct str text)
{
    if (text.len > max)
        return rest_fail(call, REST_TOO_LONG, "%s is longer than %zu bytes.", name, max);
    if (!str_is_utf8(text))
        return rest_fail(call, REST_PARAMETER, "%s is not UTF-8.", name);
    return true;
}

bool rest_text_maybe(struct call *call, const char *name, size_t max, struct str *out)
{
    *out = rest_get(call, name);
    if (is_nothing(*out))
        *out = STR_NONE;
    return check_text(call, name, max, *out);
}

bool rest_text(struct call *call, const char *name, size_t max, struct str *out)
{
    *out = rest_get(call, name);
    if (out->len == 0)
        return rest_fail(call, REST_PARAMETER, "%s is required.", name);
    return check_text(call, name, max, *out);
}

static bool check_id(struct call *call, const char *name, struct str id)
{
    if (id.len > STATE_ID_MAX)
        return rest_fail(call, REST_TOO_LONG, "%s is longer than %d bytes.", name,
                         STATE_ID_MAX);
    if (!state_id_ok(id))
        return rest_fail(call, REST_PARAMETER, "%s is not a valid id.", name);
    return true;
}

bool rest_id(struct call *call, const char *name, struct str *out)
{
    *out = rest_get(call, name);
    if (out->len == 0)
        return rest_fail(call, REST_PARAMETER, "%s is required.", name);
    return check_id(call, name, *out);
}

bool rest_int(struct call *call, const char *name, int64_t min, int64_t max,
              int64_t otherwise, int64_t *out)
{
    struct str text = rest_get(call, name);
    *out = otherwise;
    if (is_nothing(text) && otherwise < min)
        return rest_fail(call, REST_PARAMETER, "%s is required.", name);
    if (is_nothing(text))
        return true;
    if (!str_to_i64(text, out) || *out < min || *out > max)
        return rest_fail(call, REST_PARAMETER, "%s must be a number from %lld to %lld.",
                         name, (long long)min, (long long)max);
    return true;
}

bool rest_flag(struct call *call, const char *name, bool otherwise, bool *out)
{
    struct str text = rest_get(call, name);
    *out = otherwise;
    if (is_nothing(text))
        return true;
    if (str_eq(text, STR("1")) || str_eq_nocase(text, STR("true")))
        *out = true;
    else if (str_eq(text, STR("0")) || str_eq_nocase(text, STR("false")))
        *out = false;
    else
        return rest_fail(call, REST_PARAMETER, "%s must be 0 or 1.", name);
    return true;
}

static size_t count_pieces(const struct call *call, const char *name, bool commas)
{
    size_t count = 0;
    for (size_t i = 0; i < call->count; i++) {
        if (!str_eq(call->pairs[i].name, str_from(name)))
            continue;
        count++;
        for (size_t k = 0; commas && k < call->pairs[i].value.len; k++)
            count += call->pairs[i].value.at[k] == ',';
    }
    return count;
}

/* Collects the values, each cut at commas when `commas`; empty ones do not count. */
static bool collect(struct call *call, const char *name, bool commas, size_t max,
                    struct ids *out)
{
    size_t room = count_pieces(call, name, commas);
    out->count = 0;
    out->at = arena_alloc(&call->box->arena, (room + 1) * sizeof *out->at);
    if (!out->at)
        return rest_fail(call, REST_PARAMETER, "%s has too many values.", name);
    for (size_t i = 0; i < call->count; i++) {
        struct str rest = call->pairs[i].value, piece;
        if (!str_eq(call->pairs[i].name, str_from(name)))
            continue;
        while (rest.len && (commas ? str_split(&rest, ',', &piece)
                                   : (piece = rest, rest = STR_NONE, true))) {
            if (piece.len)
                out->at[out->count++] = piece;
        }
    }
    if (out->count > max)
        return rest_fail(call, REST_PARAMETER, "%s has more than %zu values.", name, max);
    return true;
}

bool rest_list(struct call *call, const char *name, size_t max, struct ids *out)
{
    if (!collect(call, name, false, max, out))
        return false;
    if (out->count == 0)
        return rest_fail(call, REST_PARAMETER, "%s is required.", name);
    return true;
}

bool rest_ids_maybe(struct call *call, const char *name, size_t max, struct ids *out)
{
    if (!collect(call, name, true, max, out))
        return false;
    if (out->count == 1 && is_nothing(out->at[0]))
        out->count = 0;
    for (size_t i = 0; i < out->count; i++) {
        if (!check_id(call, name, out->at[i]))
            return false;
    }
    return true;
}

bool rest_ids(struct call *call, const char *name, size_t max, struct ids *out)
{
    if (!rest_ids_maybe(call, name, max, out))
        return false;
    if (out->count == 0)
        return rest_fail(call, REST_PARAMETER, "%s is required.", name);
    return true;
}

struct str rest_bracketed(struct str name, const char *list)
{
    struct str start = str_from(list);
    if (!str_starts(name, start) || !str_ends(name, STR("]")) ||
        name.len < start.len + 2 || name.at[start.len] != '[')
        return STR_NONE;
    return str_sub(name, start.len + 1, name.len - start.len - 2);
}

void rest_add_time(struct json *to, const char *name, int64_t ms)
{
    char text[40];
    time_t seconds = ms == STATE_FOREVER ? 253370764800 : (time_t)(ms / 1000 + BEIJING_S);
    struct tm parts;
    gmtime_r(&seconds, &parts);
    strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts);
    json_add_str(to, name, str_from(text));
}

int64_t rest_until(const struct call *call, int64_t minutes)
{
    return minutes == 0 ? STATE_FOREVER : call->now + minutes * 60000;
}
