#include "script/needle.h"

#include <string.h>

/* The longest run of plain characters so far, and the one being read. */
struct runs {
    struct needle best, now;
};

static void end_run(struct runs *runs)
{
    if (runs->now.len > runs->best.len)
        runs->best = runs->now;
    runs->now = (struct needle){ .len = 0 };
}

static void add(struct runs *runs, char c)
{
    if (runs->now.len < NEEDLE_MAX)
        runs->now.text[runs->now.len++] = c;
}

/* Where a set that begins at `at` ('[') ends, behind its ']'. */
static size_t skip_set(struct str p, size_t at)
{
    at++;
    if (at < p.len && p.at[at] == '^')
        at++;
    do { /* a ']' in the first place is a member */
        if (at < p.len && p.at[at] == '%')
            at++;
        at++;
    } while (at < p.len && p.at[at] != ']');
    return at + 1;
}

/* Is "%c" the character c itself? */
static bool is_escaped(char c)
{
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return !letter && !(c >= '0' && c <= '9');
}

/* One item that stands for one character, and the quantifier behind it. */
static size_t read_single(struct str p, size_t at, struct runs *runs)
{
    bool plain = p.at[at] != '.' && p.at[at] != '[';
    char c = p.at[at];
    if (c == '[') {
        at = skip_set(p, at);
    } else if (c == '%' && at + 1 < p.len) {
        c = p.at[at + 1];
        plain = is_escaped(c);
        at += 2;
    } else {
        at++;
    }
    char quantifier = at < p.len ? p.at[at] : '\0';
    bool repeats = quantifier == '+';
    bool optional = quantifier == '*' || quantifier == '-' || quantifier == '?';
    if (plain && !optional)
        add(runs, c);
    if (!plain || optional || repeats)
        end_run(runs);
    return at + (repeats || optional);
}

struct needle needle_of(struct str p)
{
    struct runs runs = { .now = { .len = 0 } };
    size_t at = 0;
    if (p.len > 0 && p.at[0] == '^') {
        runs.now.at_front = true;
        at = 1;
    }
    while (at < p.len) {
        char c = p.at[at], next = at + 1 < p.len ? p.at[at + 1] : '\0';
        if (c == '(' || c == ')') {
            at++; /* of no width: what stands before and behind touches */
        } else if (c == '$' && at + 1 == p.len) {
            at++;
        } else if (c == '%' && next == 'f') {
            at = skip_set(p, at + 2); /* of no width either */
        } else if (c == '%' && next == 'b') {
            end_run(&runs);
            at += 4;
        } else if (c == '%' && next >= '0' && next <= '9') {
            end_run(&runs);
            at += 2;
        } else {
            at = read_single(p, at, &runs);
        }
    }
    end_run(&runs);
    return runs.best;
}

bool needle_in(const struct needle *needle, struct str text)
{
    if (needle->len == 0)
        return true;
    if (needle->at_front)
        return text.len >= needle->len && memcmp(text.at, needle->text, needle->len) == 0;
    return text.len > 0 && memmem(text.at, text.len, needle->text, needle->len) != NULL;
}
