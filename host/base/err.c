#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const words[ERR_COUNT] = {
#define ERR_WORD(name, word) [ERR_##name] = word,
    ERR_LIST(ERR_WORD)
#undef ERR_WORD
};

void err_fill(struct err *err, enum err_code code, const char *format, ...)
{
    if (err == NULL)
        return;
    err->code = code;
    err->status = 0;
    va_list args;
    va_start(args, format);
    vsnprintf(err->text, sizeof(err->text), format, args);
    va_end(args);
}

void err_fill_refused(struct err *err, int status, const char *format, ...)
{
    if (err == NULL)
        return;
    err->code = ERR_REFUSED;
    err->status = status;
    va_list args;
    va_start(args, format);
    vsnprintf(err->text, sizeof(err->text), format, args);
    va_end(args);
}

void err_fill_prefix(struct err *err, const char *format, ...)
{
    if (err == NULL)
        return;
    char old[sizeof(err->text)];
    memcpy(old, err->text, sizeof(old));
    va_list args;
    va_start(args, format);
    int len = vsnprintf(err->text, sizeof(err->text), format, args);
    va_end(args);
    if (len < 0 || (size_t)len >= sizeof(err->text))
        return;
    size_t room = sizeof(err->text) - 1 - (size_t)len;
    strncat(err->text, ": ", room);
    strncat(err->text, old, room > 2 ? room - 2 : 0);
}

const char *err_word(enum err_code code)
{
    return (unsigned)code < ERR_COUNT ? words[code] : "unknown";
}
