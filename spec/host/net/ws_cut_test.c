/* ws while its connections are cut at any byte, and while owners close theirs, and each
 * other's, from every callback. SEED=N plays another storm, ROUNDS=N a longer one. */
#include "ws_fixture.h"

#include "net/relay.h"

#include <stdlib.h>

/* ---- between client and server: passes so many bytes of each side, then cuts ---- */

enum { LINKS = 4096, NO_LIMIT = 1 << 30 };

struct wire {
    int left[2]; /* bytes, by side */
    bool reset, over;
};

static struct relay *relay;
static struct wire wires[LINKS]; /* by the number of the link, round and round */
static int64_t doomed[LINKS];    /* cut between turns */
static int doomed_count;
static struct wire next_wire; /* what the next link gets, unless `storm` */
static bool storm;
static uint64_t seed;

static int pick(int bound)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (int)((seed >> 33) % (uint64_t)bound);
}

static void doom(int64_t link)
{
    struct wire *wire = &wires[link % LINKS];

    if (wire->over)
        return;
    wire->over = true;
    assert_true(doomed_count < LINKS);
    doomed[doomed_count++] = link;
}

static void on_link(void *arg, int64_t link)
{
    struct wire *wire = &wires[link % LINKS];

    (void)arg;
    *wire = next_wire;
    if (storm)
        *wire = (struct wire){ { pick(400), pick(400) }, pick(2) == 0, false };
    if (wire->left[RELAY_CLIENT] == 0)
        doom(link);
}

static void on_bytes(void *arg, int64_t link, enum relay_side from, struct str bytes)
{
    struct wire *wire = &wires[link % LINKS];
    struct str part = str_sub(bytes, 0, (size_t)wire->left[from]);

    (void)arg;
    if (wire->over)
        return;
    wire->left[from] -= (int)part.len;
    relay_pass(relay, link, from == RELAY_CLIENT ? RELAY_SERVER : RELAY_CLIENT, part);
    if (wire->left[from] == 0)
        doom(link);
}

static void on_ended(void *arg, int64_t link, enum relay_side who)
{
    (void)arg;
    (void)who;
    doom(link);
}

static void turn(int ms)
{
    loop_turn(loop, ms);
    for (int i = 0; i < doomed_count; i++)
        relay_cut(relay, doomed[i], wires[doomed[i] % LINKS].reset);
    doomed_count = 0;
}

static int open_wires(void **state)
{
    static const struct relay_events events = { on_link, on_bytes, on_ended };
    struct err err = { 0 };

    if (set_up(state) != 0)
        return 1;
    storm = false;
    doomed_count = 0;
    relay = relay_open(loop, server_port(server), &events, NULL, &err);
    return relay == NULL;
}

static int close_wires(void **state)
{
    relay_close(relay);
    return tear_down(state);
}

/* ---- tests ---- */

/* Without waiting for the deadline, which the frozen clock never reaches. */
static void hears_of_a_cut(enum relay_side from, int after, bool reset)
{
    struct client client = { 0 };
    int64_t end = clock_real_ms() + 10000;

    next_wire = (struct wire){ { NO_LIMIT, NO_LIMIT }, reset, false };
    next_wire.left[from] = after;
    start(&client, HERE, relay_port(relay));
    while (client.closed == 0 && client.opened == 0 && clock_real_ms() < end)
        turn(100);
    if (client.closed + client.opened == 0)
        fail_msg("cut after %d bytes of side %d: not told", after, (int)from);
    if (client.opened == 0)
        assert_int_equal(client.closed, 1);
    clock_add_ms(20000); /* the deadline of a connection that is gone */
    turn(0);
    assert_true(client.closed <= 1);
    finish(&client);
}

static void a_connection_cut_while_it_opens_is_told_at_once(void **state)
{
    (void)state;
    for (int after = 0; after < 300; after += 7)
        for (int reset = 0; reset < 2; reset++) {
            hears_of_a_cut(RELAY_CLIENT, after, reset != 0);
            hears_of_a_cut(RELAY_SERVER, after + 1, reset != 0);
        }
}

/* ---- the storm ---- */

enum { PLACES = 12 };

struct place {
    struct ws *ws;
    bool open;
};

static struct place places[PLACES];
static int ends, starts; /* starts: opened by us; ends: told, or closed by us */

static void end_one(struct place *place)
{
    struct ws *ws = place->ws;

    if (ws == NULL)
        return;
    *place = (struct place){ 0 };
    ends++;
    ws_close(ws);
}

/* What an owner may do at any moment, to its own connection and to others. */
static void do_something(struct place *mine)
{
    struct place *other = &places[pick(PLACES)];

    switch (pick(6)) {
    case 0:
        end_one(mine);
        break;
    case 1:
        end_one(other);
        break;
    case 2:
        if (other->ws != NULL)
            ws_send(other->ws, STR("to somebody else"));
        break;
    case 3:
        if (mine->ws != NULL)
            ws_send(mine->ws, STR("once more"));
        break;
    default:
        break;
    }
}

static void storm_opened(void *arg)
{
    struct place *place = arg;

    assert_non_null(place->ws);
    assert_false(place->open);
    place->open = true;
    ws_send(place->ws, STR("hello"));
    do_something(place);
}

static void storm_message(void *arg, struct str bytes)
{
    struct place *place = arg;

    assert_non_null(place->ws);
    assert_true(place->open && bytes.len > 0);
    do_something(place);
}

static void storm_closed(void *arg, const struct err *why)
{
    struct place *place = arg;

    assert_non_null(place->ws);
    assert_true(why->code != ERR_NONE);
    *place = (struct place){ 0 };
    ends++;
    do_something(place);
}

static void begin_one(struct place *place)
{
    static const struct ws_events events = { storm_opened, storm_message, storm_closed };
    struct ws_options options = { 0 };
    struct err err = { 0 };
    char url[100];

    snprintf(url, sizeof(url), "ws://%s:%d/x", pick(8) == 0 ? "localhost" : HERE,
             relay_port(relay));
    options.url = str_from(url);
    place->ws = ws_open(net, &options, &events, place, &err);
    assert_non_null(place->ws);
    starts++;
}

static int number_of(const char *name, int otherwise)
{
    const char *text = getenv(name);
    return text != NULL ? atoi(text) : otherwise;
}

static void a_storm_of_cuts_and_closes_ends_each_once(void **state)
{
    int rounds = number_of("ROUNDS", 1500);
    struct client after = { 0 };

    (void)state;
    storm = true;
    seed = (uint64_t)number_of("SEED", 1);
    starts = ends = 0;
    for (int i = 0; i < rounds; i++) {
        struct place *place = &places[pick(PLACES)];

        if (place->ws == NULL)
            begin_one(place);
        else
            do_something(place);
        if (pick(50) == 0)
            clock_add_ms(pick(12000)); /* some meet their deadline while they open */
        turn(pick(4) == 0);
    }
    for (int i = 0; i < PLACES; i++)
        end_one(&places[i]);
    assert_true(starts > rounds / 20);
    assert_int_equal(starts, ends);
    clock_add_ms(20000);
    for (int i = 0; i < 5; i++)
        turn(1);
    assert_int_equal(starts, ends);
    open_client(&after); /* nothing of it stays in the way */
    finish(&after);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, open_wires, close_wires)
    const struct CMUnitTest tests[] = {
        TEST(a_connection_cut_while_it_opens_is_told_at_once),
        TEST(a_storm_of_cuts_and_closes_ends_each_once),
    };

    return cmocka_run_group_tests_name("ws_cut", tests, NULL, NULL);
}
