#include "script/router_text.h"

#include <string.h>

/* Bytes of the space at the front: ASCII or U+3000; 0 if there is none. */
static size_t space_at(struct str s)
{
    if (s.len > 0 && (s.at[0] == ' ' || (s.at[0] >= '\t' && s.at[0] <= '\r')))
        return 1;
    return str_starts(s, STR("\u3000")) ? 3 : 0;
}

static void skip_space(struct str *s)
{
    for (size_t n; (n = space_at(*s)) > 0;)
        *s = str_sub(*s, n, s->len);
}

bool router_text_command(struct str text, struct str *body)
{
    static const char *const prefixes[] = { "/", "!", "\uff0f", "\uff01" };
    skip_space(&text);
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
        struct str prefix = str_from(prefixes[i]);
        if (!str_starts(text, prefix))
            continue;
        *body = str_sub(text, prefix.len, text.len);
        return true;
    }
    return false;
}

bool router_text_word(struct str *rest, struct str *word)
{
    skip_space(rest);
    size_t len = 0;
    while (len < rest->len && space_at(str_sub(*rest, len, 3)) == 0)
        len++;
    *word = str_sub(*rest, 0, len);
    *rest = str_sub(*rest, len, rest->len);
    return len > 0;
}

bool router_text_begins(struct str body, struct str phrase, struct str *rest)
{
    struct str want, have;
    while (str_split(&phrase, ' ', &want))
        if (!router_text_word(&body, &have) || !str_eq_nocase(have, want))
            return false;
    *rest = body;
    return true;
}

struct str router_text_lower(struct str word, char *room, size_t size)
{
    size_t len = word.len < size ? word.len : size;
    for (size_t i = 0; i < len; i++) {
        char c = word.at[i];
        room[i] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
    return str_of(room, len);
}
