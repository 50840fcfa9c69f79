#include "app/app.h"
#include "base/buf.h"
#include "base/log.h"
#include "im/account.h"
#include "net/lines.h"
#include "net/url.h"
#include "proto/content.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

/* A person in the conversation: what is typed is sent, what arrives is printed. Without a
 * terminal it ends 1 s after the input does and everything typed was answered. */
enum { LINGER_MS = 1000, CONTENT_SIZE = CONTENT_MAX };

struct chat {
    struct loop *loop;
    struct account *account;
    struct lines *input;
    struct loop_timer linger;
    enum conversation_type type; /* where typed lines go */
    struct str target;           /* empty: nowhere */
    struct buf line;             /* reused */
    size_t sending;
    bool input_ended;
    bool announce; /* a terminal: also say how the connection is */
    int status;
};

/* Whoever writes the messages must not steer the terminal. */
static void add_printable(struct buf *line, struct str text)
{
    size_t before = line->len;
    if (buf_add_str(line, text))
        str_blank_controls(line->at + before, text.len);
}

static void add_notice(struct buf *line, const struct content_notice *notice)
{
    add_printable(line, STR("* "));
    add_printable(line, notice->operation);
    for (size_t i = 0; i < notice->target_count; i++) {
        add_printable(line, i ? STR(", ") : STR(" "));
        add_printable(line, notice->targets[i]);
    }
}

static void add_what(struct buf *line, const struct content *content,
                     struct str object_name)
{
    switch (content->kind) {
    case CONTENT_TEXT:
    case CONTENT_QUOTE:
    case CONTENT_INFO:
        add_printable(line, content->text);
        return;
    case CONTENT_GROUP_NOTICE:
        add_notice(line, &content->notice);
        return;
    case CONTENT_RECALL:
        add_printable(line, STR("* recalled a message"));
        return;
    default:
        add_printable(line, STR("["));
        add_printable(line, object_name);
        add_printable(line, STR("]"));
    }
}

static void print_message(struct chat *chat, const struct message *message)
{
    struct content content;
    if (!content_parse(&content, message->object_name, message->content, NULL))
        return;
    if (content.kind != CONTENT_TYPING && content.kind != CONTENT_READ) {
        bool private = message->type == CONVERSATION_PRIVATE;
        struct str name = content.user.name.len > 0 ? content.user.name : message->sender;
        buf_reset(&chat->line);
        add_printable(&chat->line, private ? STR("private") : message->target);
        add_printable(&chat->line, STR(" "));
        add_printable(&chat->line, name);
        add_printable(&chat->line, STR(": "));
        add_what(&chat->line, &content, message->object_name);
        printf("%.*s\n", STR_ARG(buf_str(&chat->line)));
        fflush(stdout);
    }
    content_clear(&content);
}

static void on_message(void *arg, const struct message *message)
{
    struct chat *chat = arg;
    if (!message->own)
        print_message(chat, message);
    account_done(chat->account, message->row);
}

static void on_state(void *arg, enum account_state state, struct str detail)
{
    struct chat *chat = arg;
    if (account_needs_person(state)) {
        fprintf(stderr, "moondock: %s: %.*s\n", account_state_word(state),
                STR_ARG(detail));
        chat->status = APP_REFUSED;
        loop_stop(chat->loop);
    } else if (chat->announce) {
        fprintf(stderr, "(%s)\n", account_state_word(state));
    }
}

static void on_linger_over(void *arg)
{
    struct chat *chat = arg;
    loop_stop(chat->loop);
}

static void end_when_quiet(struct chat *chat)
{
    if (chat->input_ended && chat->sending == 0) {
        loop_timer_start(chat->loop, &chat->linger, chat->announce ? 0 : LINGER_MS,
                         on_linger_over, chat);
    }
}

static void on_sent(void *arg, const struct sent *sent, const struct err *why)
{
    struct chat *chat = arg;
    (void)sent;
    if (why) {
        fprintf(stderr, "moondock: not sent: %s\n", why->text);
        chat->status = APP_REFUSED;
    }
    chat->sending--;
    end_when_quiet(chat);
}

static void send_line(struct chat *chat, struct str text)
{
    struct err err = { 0 };
    struct buf content;
    buf_init(&content, CONTENT_SIZE);
    bool built = str_is_utf8(text) ? content_text(&content, text, NULL, 0, false, &err)
                                   : err_set(&err, ERR_ARGUMENT, "the line is not UTF-8");
    struct outgoing message = {
        .type = chat->type,
        .target = chat->target,
        .object_name = STR("RC:TxtMsg"),
        .content = buf_str(&content),
        .stored = -1,
        .counted = -1,
    };
    if (built && account_send(chat->account, &message, on_sent, chat, &err)) {
        chat->sending++;
    } else {
        fprintf(stderr, "moondock: not sent: %s\n", err.text);
        chat->status = APP_REFUSED;
    }
    buf_clear(&content);
}

static void on_line(void *arg, struct str line)
{
    struct chat *chat = arg;
    line = str_trim(line);
    if (line.len == 0)
        return;
    if (chat->target.len == 0) {
        fprintf(stderr, "moondock: start with --group or --to to say something\n");
        return;
    }
    send_line(chat, line);
}

static void on_input_ended(void *arg, const struct err *why)
{
    struct chat *chat = arg;
    if (why->code != ERR_CLOSED) {
        fprintf(stderr, "moondock: input: %s\n", why->text);
        chat->status = APP_REFUSED;
    }
    chat->input_ended = true;
    end_when_quiet(chat);
}

static void on_interrupt(void *arg)
{
    struct chat *chat = arg;
    loop_stop(chat->loop);
}

static int talk(struct chat *chat, const struct account_config *config)
{
    static const struct account_events events = {
        .on_message = on_message,
        .on_state = on_state,
    };
    static const struct lines_events input_events = {
        .on_line = on_line,
        .on_closed = on_input_ended,
    };
    struct err err = { 0 };
    struct net *net = NULL;
    struct store *store = store_open(":memory:", STORE_NORMAL, &err);
    chat->loop = store ? loop_new(&err) : NULL;
    net = chat->loop ? net_new(chat->loop, NULL, &err) : NULL;
    if (net && loop_on_signal(chat->loop, SIGINT, on_interrupt, chat, &err) &&
        loop_on_signal(chat->loop, SIGTERM, on_interrupt, chat, &err))
        chat->account = account_open(net, store, config, &events, chat, &err);
    if (chat->account)
        chat->input = lines_stdin(chat->loop, &input_events, chat, &err);
    if (chat->input) {
        loop_run(chat->loop);
        lines_close(chat->input);
    } else {
        chat->status = app_fail(&err);
    }
    if (chat->account)
        account_close(chat->account);
    if (net) {
        loop_timer_stop(chat->loop, &chat->linger);
        net_free(net);
    }
    if (chat->loop)
        loop_free(chat->loop);
    if (store)
        store_close(store);
    return chat->status;
}

static int run(struct app *app, int argc, char **argv)
{
    const char *server = NULL, *key = NULL, *secret = NULL, *token = NULL, *user = NULL;
    const char *group = NULL, *to = NULL;
    const struct app_option options[] = {
        { .name = "--server", .value = &server }, { .name = "--app-key", .value = &key },
        { .name = "--secret", .value = &secret }, { .name = "--token", .value = &token },
        { .name = "--user", .value = &user },     { .name = "--group", .value = &group },
        { .name = "--to", .value = &to },         { .name = NULL },
    };
    if (!app_options(&cmd_chat, options, &argc, argv))
        return APP_USAGE;
    if (argc > 1 || !server || !key || !user || !secret == !token || (group && to)) {
        return app_usage(&cmd_chat, "%s",
                         argc > 1          ? "there are words too many"
                         : group && to     ? "--group or --to, not both"
                         : !server || !key ? "--server and --app-key are needed"
                         : !user           ? "--user is needed"
                                           : "--secret or --token, one of them");
    }
    struct str url = str_from(server);
    struct url parts;
    if (!url_parse(url, &parts, NULL) || !str_starts(parts.scheme, STR("http")))
        return app_usage(&cmd_chat, "--server takes an http:// or https:// address");
    struct account_config config = {
        .app_key = str_from(key),
        .user = str_from(user),
        .name = str_from(user),
        .secret = str_from(secret),
        .navi = &url,
        .navi_count = 1,
        .api = &url,
        .api_count = 1,
        .token_from = token ? ACCOUNT_TOKEN_STATIC : ACCOUNT_TOKEN_SERVER_API,
        .token = str_from(token),
    };
    struct chat chat = {
        .type = group ? CONVERSATION_GROUP : CONVERSATION_PRIVATE,
        .target = str_from(group ? group : to),
        .announce = isatty(STDIN_FILENO) && !app->quiet,
    };
    if (!app->verbose)
        log_set_level(LOG_ERROR);
    buf_init(&chat.line, 1 << 20);
    int status = talk(&chat, &config);
    buf_clear(&chat.line);
    return status;
}

const struct command cmd_chat = {
    .name = "chat",
    .usage =
        "--server URL --app-key K (--secret S | --token T) --user ID [--group G | --to "
        "ID]",
    .summary = "talk in a group or with a user, from the terminal or a pipe",
    .run = run,
};
