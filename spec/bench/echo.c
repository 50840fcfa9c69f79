/*
 * echo: what an echo bot costs without Lua: an account that sends every text back, with
 * the durability of the host. Messages are journaled before they are acknowledged, an
 * answer is a row before it leaves, a message is done when its answer was accepted.
 *
 *   echo URL APP_KEY TOKEN USER DATABASE     prints "ready" when online, ends on SIGTERM
 */
#include "base/log.h"
#include "base/mem.h"
#include "im/account.h"

#include <signal.h>
#include <stdio.h>

struct echo {
    struct loop *loop;
    struct account *account;
    bool ready;
};

/* One message on its way back. */
struct answer {
    struct echo *echo;
    int64_t row;
};

static void on_sent(void *arg, const struct sent *sent, const struct err *why)
{
    struct answer *answer = arg;
    if (!sent) {
        log_error(LOG_IM, "answer not accepted: %s", why->text);
    }
    account_done(answer->echo->account, answer->row);
    free(answer);
}

static void on_message(void *arg, const struct message *message)
{
    struct echo *echo = arg;
    if (message->own || !str_eq(message->object_name, STR("RC:TxtMsg"))) {
        account_done(echo->account, message->row);
        return;
    }
    char key[128];
    snprintf(key, sizeof(key), "%.*s/echo/1/1", STR_ARG(message->uid));
    struct answer *answer = MEM_NEW(struct answer);
    answer->echo = echo;
    answer->row = message->row;
    struct outgoing out = {
        .type = message->type,
        .target = message->target,
        .object_name = message->object_name,
        .content = message->content,
        .stored = -1,
        .counted = -1,
        .key = str_from(key),
    };
    struct err err;
    if (!account_send(echo->account, &out, on_sent, answer, &err)) {
        log_error(LOG_IM, "answer not queued: %s", err.text);
        account_done(echo->account, message->row);
        free(answer);
    }
}

static void on_state(void *arg, enum account_state state, struct str detail)
{
    struct echo *echo = arg;
    log_info(LOG_IM, "state=%s %.*s", account_state_word(state), STR_ARG(detail));
    if (state == ACCOUNT_ONLINE && !echo->ready) {
        echo->ready = true;
        printf("ready\n");
        fflush(stdout);
    }
}

static void on_term(void *arg)
{
    struct echo *echo = arg;
    loop_stop(echo->loop);
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        fprintf(stderr, "usage: echo URL APP_KEY TOKEN USER DATABASE\n");
        return 2;
    }
    struct err err = { 0 };
    struct echo echo = { 0 };
    struct str url = str_from(argv[1]);
    struct account_config config = {
        .app_key = str_from(argv[2]),
        .token_from = ACCOUNT_TOKEN_STATIC,
        .token = str_from(argv[3]),
        .user = str_from(argv[4]),
        .navi = &url,
        .navi_count = 1,
        .api = &url,
        .api_count = 1,
    };
    struct account_events events = { .on_message = on_message, .on_state = on_state };

    echo.loop = loop_new(&err);
    struct net *net = echo.loop ? net_new(echo.loop, NULL, &err) : NULL;
    struct store *store = net ? store_open(argv[5], STORE_NORMAL, &err) : NULL;
    if (!store || !loop_on_signal(echo.loop, SIGTERM, on_term, &echo, &err)) {
        fprintf(stderr, "echo: %s\n", err.text);
        return 1;
    }
    echo.account = account_open(net, store, &config, &events, &echo, &err);
    if (!echo.account) {
        fprintf(stderr, "echo: %s\n", err.text);
        return 1;
    }
    loop_run(echo.loop);
    account_close(echo.account);
    store_close(store);
    net_free(net);
    loop_free(echo.loop);
    return 0;
}
