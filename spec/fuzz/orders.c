/* im/orders: any answer to any order becomes a result or an error, over the socket and by
 * the Server API. */
#include "fuzz.h"

#include "im/orders_inside.h"

enum { MEMORY = 1 << 20, PAGES = 3 };

/* Whose they are; some answers are read from that side. */
static struct orders *the_orders(void)
{
    static struct orders *orders;
    if (!orders)
        orders = orders_new(NULL, NULL, STR("bot"));
    return orders;
}

static struct order_run new_run(enum order_verb verb)
{
    return (struct order_run){
        .orders = the_orders(),
        .order = { .verb = verb,
                   .group = STR("g"),
                   .user = STR("bob"),
                   .text = STR("x") },
    };
}

static void by_socket(enum order_verb verb, struct str bytes, struct arena *arena)
{
    struct order_run run = new_run(verb);
    const struct order_step *step = orders_wire_steps(&run.order, true);
    for (int i = 0; step && step->take_wire && i < PAGES; i++) {
        struct err err = { 0 };
        arena_reset(arena);
        if (!step->take_wire(&run, bytes, arena, &err)) {
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct json *answer = json_parse(str_of(data, size), NULL);
    arena_init(&arena, MEMORY);
    for (int verb = 0; verb < ORDER_COUNT; verb++) {
        by_socket((enum order_verb)verb, str_of(data, size), &arena);
        if (json_kind(answer) == JSON_OBJECT)
            by_api((enum order_verb)verb, answer);
    }
    json_free(answer);
    arena_clear(&arena);
    return 0;
}
