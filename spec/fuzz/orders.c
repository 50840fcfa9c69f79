/* im/orders: any answer to any order becomes a result or an error, over the socket and by
 * the Server API. */
#include "fuzz.h"

#include "im/orders_inside.h"

enum { PAGES = 3 };

static void drop_message(void *arg, struct message *message)
{
    (void)arg;
    (void)message;
}

/* Whose they are; some answers are read from that side. */
static struct orders *the_orders(void)
{
    static struct orders *orders;
    if (!orders) {
        struct loop *loop = loop_new(NULL);
        struct store *store = store_open(":memory:", STORE_OFF, NULL);
        struct requests *requests = requests_new(loop, NULL);
        struct chatrooms *chatrooms =
            chatrooms_new(loop, store, requests, drop_message, NULL);
        orders = orders_new(NULL, requests, chatrooms, STR("bot"));
    }
    return orders;
}

static struct order_run new_run(enum order_verb verb)
{
    return (struct order_run){
        .orders = the_orders(),
        .order = { .verb = verb,
                   .group = STR("g"),
                   .user = STR("bob"),
                   .text = STR("x"),
                   .room = STR("r"),
                   .key = STR("k") },
    };
}

static void by_socket(enum order_verb verb, struct str bytes, struct lists *lists)
{
    struct order_run run = new_run(verb);
    const struct order_step *step = orders_wire_steps(&run.order, true);
    for (int i = 0; step && step->take_wire && i < PAGES; i++) {
        struct err err = { 0 };
        arena_reset(&lists->arena);
        if (!step->take_wire(&run, bytes, lists, &err)) {
            must(err.code != ERR_NONE && err.text[0] != '\0');
            break;
        }
        if (!run.again)
            break;
    }
    json_free(run.result);
}

static void by_api(enum order_verb verb, const struct json *answer)
{
    struct order_run run = new_run(verb);
    const struct order_step *step = orders_api_steps(&run.order, true);
    for (int i = 0; step && i < PAGES; i++) {
        run.again = false;
        run.turn = NULL;
        if (step->take)
            step->take(&run, answer);
        if (!run.again)
            step = run.turn ? run.turn : step->next;
    }
    json_free(run.result);
}

/* What a plugin asks for as its bot's profile; nothing that passes is too long to write.
 */
static void as_profile(struct str text)
{
    struct order_run run = new_run(ORDER_SET_PROFILE);
    struct buf body;
    run.order.text = text;
    if (!order_check_profile(text, NULL))
        return;
    for (int way = 0; way < 4; way++) {
        const struct order_step *step =
            orders_profile_steps(&run.order, way & 1, way & 2);
        buf_init(&body, 8 * text.len + 4096);
        must(!step || step->fill(&run, &body));
        buf_clear(&body);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lists lists;
    struct json *answer = json_parse(str_of(data, size), NULL);
    lists_init(&lists);
    as_profile(str_of(data, size));
    for (int verb = 0; verb < ORDER_COUNT; verb++) {
        by_socket((enum order_verb)verb, str_of(data, size), &lists);
        if (json_kind(answer) == JSON_OBJECT)
            by_api((enum order_verb)verb, answer);
    }
    json_free(answer);
    lists_clear(&lists);
    return 0;
}
