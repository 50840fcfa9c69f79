#include "sandbox/mail.h"

#include "base/mem.h"
#include "base/must.h"

#include <string.h>

#define UID_DIGITS "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"

void mail_init(struct mail *mail, size_t max)
{
    must(max > 0);
    mail->ring = mem_zero(max * sizeof *mail->ring);
    mail->max = max;
    mail->oldest = mail->next = 1;
    map_init(&mail->reserved);
}

static void drop_oldest(struct mail *mail)
{
    struct message **slot = &mail->ring[mail->oldest % mail->max];
    struct str uid = *slot ? str_from((*slot)->uid) : STR_NONE;
    if (uid.len && map_get(&mail->reserved, uid) == *slot)
        map_del(&mail->reserved, uid);
    free(*slot);
    *slot = NULL;
    mail->oldest++;
}

void mail_clear(struct mail *mail)
{
    while (mail->oldest < mail->next)
        drop_oldest(mail);
    map_clear(&mail->reserved);
}

/* The number is in the first ten characters, in base 32, so a uid finds its message
 * without an index; the other six differ from run to run. */
static void make_uid(uint64_t number, char uid[MAIL_UID_LEN + 1])
{
    uint64_t noise = map_hash(str_of(&number, sizeof number));
    char plain[16];
    for (int i = 9; i >= 0; i--) {
        plain[i] = UID_DIGITS[number & 31];
        number >>= 5;
    }
    for (int i = 10; i < 16; i++) {
        plain[i] = UID_DIGITS[noise & 31];
        noise >>= 5;
    }
    for (int i = 0, at = 0; i < 16; i++) {
        if (i > 0 && i % 4 == 0)
            uid[at++] = '-';
        uid[at++] = plain[i];
    }
    uid[MAIL_UID_LEN] = '\0';
}

void mail_next_uid(const struct mail *mail, char uid[MAIL_UID_LEN + 1])
{
    make_uid(mail->next, uid);
}

void mail_skip_to(struct mail *mail, uint64_t number)
{
    if (mail->oldest == mail->next)
        mail->oldest = mail->next = number;
    while (mail->next < number) {
        if (mail->next - mail->oldest == mail->max)
            drop_oldest(mail);
        mail->next++;
    }
}

/* Copies `s` to *at and moves *at on; a missing string stays missing. */
static struct str pack(char **at, struct str s)
{
    if (!s.at)
        return STR_NONE;
    struct str copy = { *at, s.len };
    memcpy(*at, s.at, s.len);
    *at += s.len;
    return copy;
}

void mail_reserve_uid(struct mail *mail, char uid[MAIL_UID_LEN + 1])
{
    make_uid(mail->next, uid);
    mail_skip_to(mail, mail->next + 1);
}

/* A copy of `letter` in one piece. */
static struct message *make(const struct letter *letter, struct str down)
{
    size_t size = sizeof(struct message) + letter->to_count * sizeof(struct str) +
                  letter->from.len + letter->target.len + letter->object.len +
                  letter->content.len + letter->extra_content.len +
                  letter->push_text.len + down.len;
    for (size_t i = 0; i < letter->to_count; i++)
        size += letter->to[i].len;

    struct message *message = mem_alloc(size);
    struct str *to = (struct str *)(message + 1);
    char *at = (char *)(to + letter->to_count);
    message->letter = *letter;
    message->letter.from = pack(&at, letter->from);
    message->letter.target = pack(&at, letter->target);
    message->letter.object = pack(&at, letter->object);
    message->letter.content = pack(&at, letter->content);
    message->letter.extra_content = pack(&at, letter->extra_content);
    message->letter.push_text = pack(&at, letter->push_text);
    message->letter.to = to;
    for (size_t i = 0; i < letter->to_count; i++)
        to[i] = pack(&at, letter->to[i]);
    message->down = pack(&at, down);
    return message;
}

struct message *mail_add(struct mail *mail, const struct letter *letter, int64_t time,
                         struct str uid, struct str down)
{
    struct message *message = make(letter, down);
    message->number = mail->next++;
    message->time = time;
    message->recalled = false;
    make_uid(message->number, message->uid);
    bool reserved = uid.len == MAIL_UID_LEN && !str_eq(uid, str_from(message->uid));
    if (reserved)
        memcpy(message->uid, uid.at, MAIL_UID_LEN);
    /* Only now: the letter may borrow from the one that is dropped. */
    if (mail->next - 1 - mail->oldest == mail->max)
        drop_oldest(mail);
    mail->ring[message->number % mail->max] = message;
    if (reserved)
        map_set(&mail->reserved, str_from(message->uid), message);
    return message;
}

struct message *mail_edit(struct mail *mail, struct message *message,
                          const struct letter *letter, struct str down)
{
    struct message *edited = make(letter, down);
    edited->number = message->number;
    edited->time = message->time;
    edited->recalled = message->recalled;
    memcpy(edited->uid, message->uid, sizeof edited->uid);
    mail->ring[message->number % mail->max] = edited;
    if (map_get(&mail->reserved, str_from(message->uid)) == message)
        map_set(&mail->reserved, str_from(edited->uid), edited);
    free(message);
    return edited;
}

struct message *mail_get(const struct mail *mail, uint64_t number)
{
    if (number < mail->oldest || number >= mail->next)
        return NULL;
    return mail->ring[number % mail->max];
}

struct message *mail_find(const struct mail *mail, struct str uid)
{
    if (uid.len != MAIL_UID_LEN)
        return NULL;
    uint64_t number = 0;
    for (size_t i = 0, digits = 0; digits < 10; i++) {
        if (i % 5 == 4)
            continue;
        const char *digit = uid.at[i] ? strchr(UID_DIGITS, uid.at[i]) : NULL;
        if (!digit)
            return NULL;
        number = number << 5 | (uint64_t)(digit - UID_DIGITS);
        digits++;
    }
    struct message *message = mail_get(mail, number);
    if (message && memcmp(message->uid, uid.at, MAIL_UID_LEN) == 0)
        return message;
    return map_get(&mail->reserved, uid);
}

static uint64_t number_at(const struct log *log, size_t at)
{
    return log->numbers[(log->head + at) & (log->cap - 1)];
}

static void shift(struct log *log)
{
    log->head = (log->head + 1) & (log->cap - 1);
    log->len--;
}

static void grow(struct log *log)
{
    size_t cap = log->cap ? log->cap * 2 : 8;
    uint64_t *numbers = mem_alloc(cap * sizeof *numbers);
    for (size_t i = 0; i < log->len; i++)
        numbers[i] = number_at(log, i);
    free(log->numbers);
    log->numbers = numbers;
    log->head = 0;
    log->cap = cap;
}

void log_add(struct log *log, const struct mail *mail, const struct message *message)
{
    while (log->len && (number_at(log, 0) < mail->oldest || log->len >= MAIL_LOG_MAX))
        shift(log);
    if (log->len == log->cap)
        grow(log);
    log->numbers[(log->head + log->len) & (log->cap - 1)] = message->number;
    log->len++;
    if (message->time > log->last_ms)
        log->last_ms = message->time;
}

void log_remove(struct log *log, uint64_t number)
{
    size_t at = log->len;
    while (at > 0 && number_at(log, at - 1) != number)
        at--; /* from the end: what is taken out came lately */
    if (at == 0)
        return;
    for (; at < log->len; at++)
        log->numbers[(log->head + at - 1) & (log->cap - 1)] = number_at(log, at);
    log->len--;
}

struct message *log_at(const struct log *log, const struct mail *mail, size_t at)
{
    must(at < log->len);
    return mail_get(mail, number_at(log, at));
}

size_t log_after(const struct log *log, const struct mail *mail, int64_t time)
{
    size_t low = 0, high = log->len;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct message *message = log_at(log, mail, middle);
        if (!message || message->time <= time) /* dropped ones are the oldest */
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void log_drop(struct log *log, size_t count)
{
    for (; count > 0 && log->len > 0; count--)
        shift(log);
}

void log_clear(struct log *log)
{
    free(log->numbers);
    *log = (struct log){ 0 };
}
