#include "script/limits_match.h"

#include "script/limits_class.h"

#include <string.h>

/* --- items: what stands for one byte --- */

enum item_kind { ITEM_BYTE, ITEM_ANY, ITEM_CLASS, ITEM_SET };

struct item {
    enum item_kind kind;
    unsigned char byte; /* BYTE; CLASS: its letter */
    unsigned class;
    const char *at, *end; /* in the pattern */
};

static const char *fail(struct match *m, const char *why)
{
    m->fault = why;
    return NULL;
}

static const char *spend(struct match *m)
{
    return fail(m, "pattern needs too many steps");
}

/* Behind the ']' of the set whose '[' is at `p`; NULL with a fault. */
static const char *end_of_set(struct match *m, const char *p)
{
    const char *end = m->pattern_end;
    p++;
    if (p < end && *p == '^')
        p++;
    for (bool first = true; first || p == end || *p != ']'; first = false) {
        if (p == end)
            return fail(m, "malformed pattern (missing ']')");
        bool escapes = *p == '%';
        p++;
        if (escapes && p < end)
            p++;
    }
    return p + 1;
}

/* A set from its '[' to behind its ']'. */
static bool in_set(unsigned char c, const char *p, const char *end)
{
    bool found = true;
    end--;
    p++;
    if (*p == '^') {
        found = false;
        p++;
    }
    while (p < end) {
        if (*p == '%') {
            if (in_class(c, (unsigned char)p[1]))
                return found;
            p += 2;
        } else if (p[1] == '-' && p + 2 < end) {
            if ((unsigned char)p[0] <= c && c <= (unsigned char)p[2])
                return found;
            p += 3;
        } else {
            if ((unsigned char)*p == c)
                return found;
            p++;
        }
    }
    return !found;
}

static inline bool read_item(struct match *m, const char *p, struct item *item)
{
    item->at = p;
    item->byte = (unsigned char)*p;
    item->kind = ITEM_BYTE;
    item->end = p + 1;
    if (*p == '.') {
        item->kind = ITEM_ANY;
    } else if (*p == '%') {
        if (item->end == m->pattern_end)
            return fail(m, "malformed pattern (ends with '%%')");
        item->byte = (unsigned char)p[1];
        item->class = class_of(item->byte);
        item->kind = item->class ? ITEM_CLASS : ITEM_BYTE;
        item->end = p + 2;
    } else if (*p == '[') {
        item->kind = ITEM_SET;
        item->end = end_of_set(m, p);
    }
    return item->end != NULL;
}

static inline bool fits(const struct match *m, const char *s, const struct item *item)
{
    if (s == m->text_end)
        return false;
    unsigned char c = (unsigned char)*s;
    switch (item->kind) {
    case ITEM_ANY:
        return true;
    case ITEM_CLASS:
        return is_a(c, item->class) != is_a(item->byte, UPPER);
    case ITEM_SET:
        return in_set(c, item->at, item->end);
    default:
        return c == item->byte;
    }
}

/* Where the bytes from `s` on that fit the item end; NULL with a fault. */
static const char *skip_fitting(struct match *m, const char *s, const struct item *item)
{
    const char *end = m->text_end, *start = s;
    bool negated = is_a(item->byte, UPPER);
    int64_t weight = 1;
    switch (item->kind) {
    case ITEM_ANY:
        return end;
    case ITEM_BYTE:
        while (s < end && (unsigned char)*s == item->byte)
            s++;
        break;
    case ITEM_CLASS:
        while (s < end && is_a((unsigned char)*s, item->class) != negated)
            s++;
        break;
    case ITEM_SET:
        weight = 1 + (item->end - item->at) / 4;
        while (s < end && m->steps >= (s - start) * weight &&
               in_set((unsigned char)*s, item->at, item->end))
            s++;
        break;
    }
    m->steps -= (s - start) * weight;
    return m->steps < 0 ? spend(m) : s;
}

/* --- matching at one place --- */

static const char *match_here(struct match *m, const char *s, const char *p);

/* The byte that a match of what is left of the pattern begins with; -1: not known, or
 * not to be had without going deeper. */
static inline int next_byte(const struct match *m, const char *p)
{
    if (p == m->pattern_end || m->depth == 0)
        return -1;
    int byte = (unsigned char)*p;
    if (*p == '%') {
        if (++p == m->pattern_end || is_a((unsigned char)*p, UPPER | LOWER | DIGIT))
            return -1;
        byte = (unsigned char)*p;
    } else if (is_a((unsigned char)*p, SPECIAL) || *p == ')') {
        return -1;
    }
    p++;
    bool optional = p < m->pattern_end && (*p == '*' || *p == '-' || *p == '?');
    return optional ? -1 : byte;
}

/* As many as fit, then fewer. */
static const char *expand_most(struct match *m, const char *s, const struct item *item,
                               const char *rest)
{
    const char *at = skip_fitting(m, s, item);
    if (!at || (rest == m->pattern_end && m->depth > 0))
        return at;
    int byte = next_byte(m, rest);
    for (; at >= s; at--) {
        if (byte >= 0 && (at == m->text_end || (unsigned char)*at != byte)) {
            m->steps--;
            continue;
        }
        const char *end = match_here(m, at, rest);
        if (end || m->fault)
            return end;
    }
    return NULL;
}

/* None, then more. */
static const char *expand_least(struct match *m, const char *s, const struct item *item,
                                const char *rest)
{
    int byte = next_byte(m, rest);
    for (;; s++) {
        if (byte >= 0 && (s == m->text_end || (unsigned char)*s != byte)) {
            m->steps--;
        } else {
            const char *end = match_here(m, s, rest);
            if (end || m->fault)
                return end;
        }
        if (!fits(m, s, item))
            return NULL;
        if (item->kind == ITEM_SET && (m->steps -= (item->end - item->at) / 4) < 0)
            return spend(m);
    }
}

/* At a '(' or "()". */
static const char *open_capture(struct match *m, const char *s, const char *p)
{
    bool position = p + 1 < m->pattern_end && p[1] == ')';
    if (m->level == MATCH_CAPTURES)
        return fail(m, "too many captures");
    m->captures[m->level].at = s;
    m->captures[m->level].len = position ? MATCH_POSITION : MATCH_OPEN;
    m->level++;
    const char *end = match_here(m, s, p + 1 + position);
    if (!end)
        m->level--;
    return end;
}

/* At a ')'. */
static const char *close_capture(struct match *m, const char *s, const char *p)
{
    int i = m->level - 1;
    while (i >= 0 && m->captures[i].len != MATCH_OPEN)
        i--;
    if (i < 0)
        return fail(m, "invalid pattern capture");
    m->captures[i].len = s - m->captures[i].at;
    const char *end = match_here(m, s, p + 1);
    if (!end)
        m->captures[i].len = MATCH_OPEN;
    return end;
}

/* "%bxy" with x at `p`. */
static const char *skip_balanced(struct match *m, const char *s, const char *p)
{
    if (m->pattern_end - p < 2)
        return fail(m, "malformed pattern (missing arguments to '%%b')");
    if (s == m->text_end || *s != *p)
        return NULL;
    const char *start = s;
    for (int64_t open = 1; ++s < m->text_end;) {
        if (*s == p[1]) {
            if (--open == 0)
                break;
        } else if (*s == p[0]) {
            open++;
        }
    }
    m->steps -= s - start;
    if (m->steps < 0)
        return spend(m);
    return s < m->text_end ? s + 1 : NULL;
}

/* "%f[set]" with the '[' at `p`; gives behind it, NULL when it does not fit. */
static const char *skip_frontier(struct match *m, const char *s, const char *p)
{
    if (p == m->pattern_end || *p != '[')
        return fail(m, "missing '[' after '%%f' in pattern");
    const char *end = end_of_set(m, p);
    if (!end)
        return NULL;
    char before = s == m->text.at ? '\0' : s[-1];
    char now = s == m->text_end ? '\0' : *s;
    m->steps -= (end - p) / 4;
    bool edge =
        !in_set((unsigned char)before, p, end) && in_set((unsigned char)now, p, end);
    return edge ? end : NULL;
}

/* "%1": what that capture holds, again. */
static const char *skip_again(struct match *m, const char *s, char digit)
{
    int i = digit - '1';
    if (i < 0 || i >= m->level || m->captures[i].len == MATCH_OPEN) {
        m->number = i + 1;
        return fail(m, "invalid capture index %%%d");
    }
    const struct match_capture *capture = &m->captures[i];
    if (capture->len == MATCH_POSITION || m->text_end - s < capture->len)
        return NULL;
    m->steps -= capture->len / 8;
    return memcmp(s, capture->at, (size_t)capture->len) == 0 ? s + capture->len : NULL;
}

/* "%b", "%f", "%1": what starts with '%' and stands for no single byte. */
static inline bool is_jump(const struct match *m, const char *p)
{
    return *p == '%' && p + 1 < m->pattern_end &&
           (p[1] == 'b' || p[1] == 'f' || is_a((unsigned char)p[1], DIGIT));
}

/* Moves both behind it; false when it does not fit. */
static bool jump(struct match *m, const char **s, const char **p)
{
    const char *at = *p, *end;
    if (at[1] == 'f') {
        end = skip_frontier(m, *s, at + 2);
        *p = end;
        return end != NULL;
    }
    end = at[1] == 'b' ? skip_balanced(m, *s, at + 2) : skip_again(m, *s, at[1]);
    *s = end;
    *p = at + (at[1] == 'b' ? 4 : 2);
    return end != NULL;
}

/* Walks along the pattern; deeper only where there is more than one way. Each call costs
 * one step, and the part of the pattern that it walked some more. */
static const char *match_here(struct match *m, const char *s, const char *p)
{
    const char *const start = p, *const pattern_end = m->pattern_end;
    struct item item;
    if (m->depth == 0)
        return fail(m, "pattern too complex");
    if (m->steps < 0)
        return spend(m);
    m->depth--;
    while (s && p < pattern_end) {
        if (*p == '(') {
            s = open_capture(m, s, p);
            break;
        }
        if (*p == ')') {
            s = close_capture(m, s, p);
            break;
        }
        if (*p == '$' && p + 1 == pattern_end) {
            s = s == m->text_end ? s : NULL;
            break;
        }
        if (is_jump(m, p)) {
            const char *before = p;
            if (!jump(m, &s, &p)) {
                p = before;
                s = NULL;
            }
            continue;
        }
        if (!read_item(m, p, &item)) {
            s = NULL;
            break;
        }
        bool fitting = fits(m, s, &item);
        char repeat = item.end < pattern_end ? *item.end : '\0';
        p = item.end;
        if (repeat == '*' || repeat == '-' || repeat == '?') {
            p++;
            if (!fitting)
                continue; /* none of it */
        } else if (!fitting) {
            s = NULL;
        } else if (repeat == '+') {
            s = expand_most(m, s + 1, &item, p + 1);
            break;
        } else {
            s++;
        }
        if (repeat == '*') {
            s = expand_most(m, s, &item, p);
            break;
        }
        if (repeat == '-') {
            s = expand_least(m, s, &item, p);
            break;
        }
        if (repeat == '?') {
            const char *end = match_here(m, s + 1, p);
            if (end || m->fault) {
                s = end;
                break;
            }
        }
    }
    m->steps -= 1 + (p - start) / 4;
    m->depth++;
    return s;
}

/* --- searching --- */

bool match_is_plain(struct str pattern)
{
    for (size_t i = 0; i < pattern.len; i++)
        if (is_a((unsigned char)pattern.at[i], SPECIAL))
            return false;
    return true;
}

void match_start(struct match *m, struct str text, struct str pattern, bool plain_caret)
{
    m->anchored = !plain_caret && pattern.len > 0 && pattern.at[0] == '^';
    if (m->anchored)
        pattern = str_of(pattern.at + 1, pattern.len - 1);
    m->text = text;
    m->text_end = text.at + text.len;
    m->pattern = pattern;
    m->pattern_end = pattern.at + pattern.len;
    m->depth = MATCH_DEPTH;
    m->level = 0;
    m->fault = NULL;
    m->steps = MATCH_STEPS + (text.len < MATCH_STEPS_MAX ? (int64_t)text.len * 4 : 0);
    if (m->steps > MATCH_STEPS_MAX || text.len >= MATCH_STEPS_MAX)
        m->steps = MATCH_STEPS_MAX;
}

/* The item that every match begins with, if there is one. */
static bool read_first(struct match *m, struct item *item)
{
    const char *p = m->pattern.at, *end = m->pattern_end;
    while (end - p > 1 && p[0] == '(' && p[1] != ')')
        p++;
    if (p == end || *p == '(' || *p == ')' || *p == '$')
        return false;
    if (is_jump(m, p))
        return false;
    if (!read_item(m, p, item)) {
        m->fault = NULL; /* the match itself will find it */
        return false;
    }
    char repeat = item->end < end ? *item->end : '\0';
    return repeat != '*' && repeat != '-' && repeat != '?';
}

/* From `s` on, the first byte that fits; NULL: none does, or a fault. */
static const char *skip_to(struct match *m, const char *s, const struct item *item)
{
    const char *start = s, *end = m->text_end;
    if (item->kind == ITEM_BYTE)
        return s < end ? memchr(s, item->byte, (size_t)(end - s)) : NULL;
    int64_t weight = item->kind == ITEM_SET ? 1 + (item->end - item->at) / 4 : 1;
    while (s < end && !fits(m, s, item) && m->steps >= (s - start) * weight)
        s++;
    m->steps -= (s - start) * weight;
    if (m->steps < 0)
        return spend(m);
    return s < end ? s : NULL;
}

const char *match_find(struct match *m, const char *from, const char *last,
                       const char **start)
{
    struct item first = { .kind = ITEM_ANY };
    bool skips = !m->anchored && read_first(m, &first);
    for (const char *s = from;; s++) {
        if (skips && !(s = skip_to(m, s, &first)))
            return NULL;
        m->level = 0;
        const char *end = match_here(m, s, m->pattern.at);
        if (end && end != last) {
            *start = s;
            return end;
        }
        if (m->fault || m->anchored || s == m->text_end)
            return NULL;
    }
}
