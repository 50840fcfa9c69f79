#include "app/answer.h"

enum { ANSWER_MAX = 1 << 20 };

struct json *answer_success(struct str text)
{
    struct json *body = json_object();
    json_add_bool(body, "ok", true);
    json_add_str(body, "text", text);
    return body;
}

struct json *answer_failure(const struct err *err, struct str text)
{
    struct json *body = json_object();
    json_add_bool(body, "ok", false);
    json_add_str(body, "code", str_from(err_word(err->code)));
    json_add_str(body, "error", str_from(err->text));
    json_add_str(body, "text", text);
    return body;
}

struct json *answer_reconfigured(struct str report, const struct err *why)
{
    if (why)
        return answer_failure(why, report);
    return answer_success(report.len > 0 ? report : STR("nothing has changed"));
}

void answer_send(struct lines *lines, const struct json *answer)
{
    struct buf text;
    buf_init(&text, ANSWER_MAX);
    if (!json_write(answer, &text)) {
        buf_reset(&text);
        buf_add_str(&text, STR("{\"ok\":false,\"code\":\"limit\","
                               "\"error\":\"the answer is too large\"}"));
    }
    lines_send(lines, buf_str(&text));
    buf_clear(&text);
}
