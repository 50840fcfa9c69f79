#include "app/prompt.h"

#include "base/mem.h"

#include <histedit.h>
#include <locale.h>
#include <string.h>
#include <unistd.h>

enum { HISTORY_SIZE = 500, CANDIDATES_MAX = 1 << 16 };

struct prompt {
    EditLine *edit;
    FILE *out;
    History *history;
    const char *label;
    bool dropped;
    prompt_complete_fn *complete;
    void *arg;
};

static struct prompt *prompt_of(EditLine *edit)
{
    void *prompt = NULL;
    el_get(edit, EL_CLIENTDATA, &prompt);
    return prompt;
}

static char *show_label(EditLine *edit)
{
    return (char *)prompt_of(edit)->label;
}

static unsigned char on_drop(EditLine *edit, int key)
{
    (void)key;
    const LineInfo *line = el_line(edit);
    prompt_of(edit)->dropped = true;
    el_cursor(edit, (int)(line->lastchar - line->cursor));
    fputs("^C\n", prompt_of(edit)->out);
    return CC_NEWLINE;
}

/* How many bytes all candidates have in common; `*count` is their number. */
static size_t common_part(struct str candidates, size_t *count)
{
    struct str first = STR_NONE, one;
    size_t common = 0;
    *count = 0;
    while (str_split(&candidates, '\n', &one)) {
        if (one.len == 0)
            continue;
        if ((*count)++ == 0) {
            first = one;
            common = one.len;
        }
        size_t same = 0;
        while (same < common && same < one.len && one.at[same] == first.at[same])
            same++;
        common = same;
    }
    return common;
}

static unsigned char on_tab(EditLine *edit, int key)
{
    (void)key;
    struct prompt *prompt = prompt_of(edit);
    const LineInfo *line = el_line(edit);
    struct str before = str_of(line->buffer, (size_t)(line->cursor - line->buffer));
    struct buf found;
    size_t typed = 0, count;
    unsigned char then = CC_ERROR;
    buf_init(&found, CANDIDATES_MAX);
    prompt->complete(prompt->arg, before, &found, &typed);
    size_t common = common_part(buf_str(&found), &count);
    if (count > 0 && common > typed) {
        struct str more = str_sub(buf_str(&found), typed, common - typed);
        char *text = str_dup(more);
        el_insertstr(edit, text);
        free(text);
        then = CC_REFRESH;
    } else if (count > 1) {
        fputc('\n', prompt->out);
        struct str rest = buf_str(&found), one;
        while (str_split(&rest, '\n', &one))
            if (one.len > 0)
                fprintf(prompt->out, "%.*s  ", STR_ARG(one));
        fputc('\n', prompt->out);
        then = CC_REDISPLAY;
    }
    fflush(prompt->out);
    buf_clear(&found);
    return then;
}

struct prompt *prompt_open(FILE *in, FILE *out, prompt_complete_fn *complete, void *arg)
{
    HistEvent event;
    if (!isatty(fileno(in)) || !isatty(fileno(out)))
        return NULL;
    setlocale(LC_CTYPE, ""); /* only characters: the editor counts columns */
    struct prompt *prompt = MEM_NEW(struct prompt);
    prompt->complete = complete;
    prompt->arg = arg;
    prompt->out = out;
    prompt->edit = el_init("moondock", in, out, out);
    if (!prompt->edit) {
        free(prompt);
        return NULL;
    }
    prompt->history = history_init();
    history(prompt->history, &event, H_SETSIZE, HISTORY_SIZE);
    history(prompt->history, &event, H_SETUNIQUE, 1);
    el_set(prompt->edit, EL_CLIENTDATA, prompt);
    el_set(prompt->edit, EL_PROMPT, show_label);
    el_set(prompt->edit, EL_EDITOR, "emacs");
    el_set(prompt->edit, EL_HIST, history, prompt->history);
    /* The narrow form copies both texts and never frees them. */
    el_wset(prompt->edit, EL_ADDFN, L"drop", L"leaves the line", on_drop);
    el_wset(prompt->edit, EL_ADDFN, L"complete", L"completes a name", on_tab);
    /* While a line is edited Ctrl-C is a key; while it runs, the signal it always is. */
    el_set(prompt->edit, EL_SETTY, "-d", "-isig", NULL);
    el_set(prompt->edit, EL_BIND, "^C", "drop", NULL);
    el_set(prompt->edit, EL_BIND, "\t", "complete", NULL);
    el_set(prompt->edit, EL_BIND, "^R", "em-inc-search-prev", NULL);
    return prompt;
}

void prompt_close(struct prompt *prompt)
{
    if (!prompt)
        return;
    history_end(prompt->history);
    el_end(prompt->edit);
    free(prompt);
}

enum prompt_result prompt_read(struct prompt *prompt, const char *label, struct buf *line)
{
    HistEvent event;
    int len = 0;
    prompt->label = label;
    prompt->dropped = false;
    buf_reset(line);
    const char *text = el_gets(prompt->edit, &len);
    if (prompt->dropped)
        return PROMPT_DROPPED;
    if (!text || len <= 0)
        return PROMPT_END;
    struct str typed = str_of(text, (size_t)len);
    if (typed.at[typed.len - 1] == '\n')
        typed.len--;
    buf_add_str(line, typed);
    if (typed.len > 0)
        history(prompt->history, &event, H_ENTER, text);
    return PROMPT_LINE;
}
