/* The log of all messages of an hour, as a zip of lines (server-api.md 9.3). It can be
 * asked for when the hour is over, for three days. */
#include "base/civil.h"
#include "base/gzip.h"
#include "sandbox/files.h"
#include "sandbox/rest.h"

#include <stdio.h>

#define HOUR_MS 3600000ll
#define KEPT_MS (72 * HOUR_MS)
#define BEIJING_MS (8 * HOUR_MS)
#define NAME_MAX 32

struct hour {
    struct str date; /* "2026112307", in Beijing time */
    int64_t from_ms; /* of its beginning */
    bool there;      /* over, and not too long ago */
};

static bool read_hour(struct call *call, struct hour *out)
{
    int64_t number;
    if (!rest_text(call, "date", 10, &out->date))
        return false;
    bool fine = out->date.len == 10 && str_to_i64(out->date, &number) && number > 0;
    struct civil civil = {
        .year = fine ? (int)(number / 1000000) : 0,
        .month = fine ? (int)(number / 10000 % 100) : 0,
        .day = fine ? (int)(number / 100 % 100) : 0,
        .hour = fine ? (int)(number % 100) : 0,
    };
    if (civil.month < 1 || civil.month > 12 || civil.day < 1 || civil.hour > 23 ||
        civil.day > civil_month_days(civil.year, civil.month))
        return rest_fail(call, REST_PARAMETER, "date must be YYYYMMDDHH.");
    out->from_ms = civil_seconds(civil) * 1000 - BEIJING_MS;
    out->there = call->now >= out->from_ms + HOUR_MS &&
                 call->now < out->from_ms + HOUR_MS + KEPT_MS;
    return true;
}

static struct json *describe(struct call *call, const struct message *message)
{
    const struct letter *letter = &message->letter;
    struct json *line = json_object();
    struct civil at = civil_of((message->time + BEIJING_MS) / 1000);
    char time[40];
    snprintf(time, sizeof time, "%04d-%02d-%02d %02d:%02d:%02d.%03d", at.year, at.month,
             at.day, at.hour, at.minute, at.second, (int)(message->time % 1000));
    json_add_str(line, "appId", call->box->app_key);
    json_add_str(line, "fromUserId", letter->from);
    json_add_str(line, "targetId", letter->target);
    json_add_int(line, "targetType", letter->type);
    json_add_str(line, "GroupId",
                 letter->type == CHAT_GROUP || letter->type == CHAT_ROOM ? letter->target
                                                                         : STR(""));
    json_add_str(line, "classname", letter->object);
    json_add_str(line, "content", letter->content);
    json_add_str(line, "dateTime", str_from(time));
    json_add_str(line, "msgUID", str_from(message->uid));
    return line;
}

static bool write_lines(struct call *call, const struct hour *hour, struct buf *out)
{
    const struct mail *mail = &call->box->mail;
    bool fine = true;
    for (uint64_t n = mail->oldest; fine && n < mail->next; n++) {
        const struct message *message = mail_get(mail, n);
        if (!message || message->time < hour->from_ms ||
            message->time >= hour->from_ms + HOUR_MS)
            continue;
        struct json *line = describe(call, message);
        fine = json_write(line, out) && buf_add_byte(out, '\n');
        json_free(line);
    }
    return fine;
}

/* A zip of one file. Its bytes are those of a gzip, between other heads. */

static bool add_number(struct buf *out, uint32_t number, int bytes)
{
    bool fine = true;
    for (int i = 0; i < bytes; i++, number >>= 8)
        fine = fine && buf_add_byte(out, (uint8_t)number);
    return fine;
}

/* What the heads at both ends share: sizes, checksum, name length. */
static bool add_head(struct buf *out, struct str packed, size_t size, struct str name)
{
    return add_number(out, 20, 2) && add_number(out, 0x0800, 2) && /* version; UTF-8 */
           add_number(out, 8, 2) &&                                /* deflated */
           add_number(out, 0, 2) && add_number(out, 0x21, 2) &&    /* 1980-01-01 */
           buf_add(out, packed.at + packed.len - 8, 4) &&          /* checksum */
           add_number(out, (uint32_t)(packed.len - 18), 4) &&
           add_number(out, (uint32_t)size, 4) && add_number(out, (uint32_t)name.len, 2) &&
           add_number(out, 0, 2);
}

static bool zip(struct buf *out, struct str name, struct str bytes)
{
    struct buf gzip;
    buf_init(&gzip, FILES_ONE_MAX);
    bool fine = gzip_pack(&gzip, bytes, NULL);
    struct str packed = buf_str(&gzip);
    fine = fine && buf_add_str(out, STR("PK\3\4")) &&
           add_head(out, packed, bytes.len, name) && buf_add_str(out, name) &&
           buf_add_str(out, str_sub(packed, 10, packed.len - 18));
    size_t central = out->len;
    fine = fine && buf_add_str(out, STR("PK\1\2")) && add_number(out, 20, 2) &&
           add_head(out, packed, bytes.len, name) && add_number(out, 0, 2) &&
           add_number(out, 0, 4) && add_number(out, 0, 4) && add_number(out, 0, 4) &&
           buf_add_str(out, name);
    size_t end = out->len;
    fine = fine && buf_add_str(out, STR("PK\5\6")) && add_number(out, 0, 4) &&
           add_number(out, 1, 2) && add_number(out, 1, 2) &&
           add_number(out, (uint32_t)(end - central), 4) &&
           add_number(out, (uint32_t)central, 4) && add_number(out, 0, 2);
    buf_clear(&gzip);
    return fine;
}

/* Makes the file and answers with where it is. */
static bool keep(struct call *call, const struct hour *hour, struct str lines)
{
    char name[NAME_MAX], key[NAME_MAX];
    struct buf file, *url = &call->box->scratch;
    snprintf(name, sizeof name, "%.*s.txt", STR_ARG(hour->date));
    snprintf(key, sizeof key, "history-%.*s.zip", STR_ARG(hour->date));
    buf_init(&file, FILES_ONE_MAX);
    buf_reset(url);
    bool fine = zip(&file, str_from(name), lines) &&
                files_address(call->box, call->place, str_from(key), url);
    if (fine) {
        files_keep(call->box, str_from(key), STR("application/zip"), buf_str(&file));
        json_add_str(call->answer, "url", buf_str(url));
    }
    buf_clear(&file);
    return fine;
}

static bool get(struct call *call)
{
    struct hour hour;
    struct buf lines;
    bool fine = true;
    if (!read_hour(call, &hour))
        return false;
    buf_init(&lines, FILES_ONE_MAX);
    if (hour.there && !map_get(&call->box->state.unlogged, hour.date))
        fine = write_lines(call, &hour, &lines);
    if (fine && lines.len)
        fine = keep(call, &hour, buf_str(&lines));
    else
        json_add_str(call->answer, "url", STR(""));
    json_add_str(call->answer, "date", hour.date);
    buf_clear(&lines);
    return fine ||
           rest_fail(call, REST_INTERNAL, "The log is larger than a file may be.");
}

static bool del(struct call *call)
{
    struct hour hour;
    if (!read_hour(call, &hour))
        return false;
    if (hour.there)
        map_set(&call->box->state.unlogged, hour.date, call->box);
    return true;
}

const struct endpoint log_endpoints[] = {
    { "/message/history.json", get },
    { "/message/history/delete.json", del },
    { NULL, NULL },
};
