/* notify: what the service manager hears of a real host, supervisor and worker, with a
 * real sandbox. This program is all three: with arguments it is moondock. */
#include "app/app.h"
#include "base/buf.h"
#include "base/clock.h"
#include "net/process.h"

#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define PATIENCE_MS 60000
#define TURN_MS 50

static const char config[] =
    "return { state = \"var\", bots = { b = { account = { app_key = \"k\", user = "
    "\"b\",\n"
    "  secret = \"s\", token = { from = \"server_api\" },\n"
    "  navi = { env(\"SERVER\") }, api = { env(\"SERVER\") } } } } }\n";

struct stage {
    char folder[64], file[80], variable[90], server[100];
    struct loop *loop;
    struct process *sandbox, *host;
    int exits, status; /* of the host */
    int manager;       /* the service manager's socket */
    struct buf heard;  /* a line a datagram, but for the watchdog's */
    int alive;         /* those */
};

static void on_sandbox_line(void *arg, enum process_stream stream, struct str line)
{
    struct stage *stage = arg;
    struct str ready = STR("sandbox ready ");
    (void)stream;
    if (str_starts(line, ready))
        snprintf(stage->server, sizeof(stage->server), "SERVER=%.*s",
                 STR_ARG(str_sub(line, ready.len, line.len)));
}

static void on_host_line(void *arg, enum process_stream stream, struct str line)
{
    (void)arg;
    (void)stream;
    (void)line;
}

static void on_host_exited(void *arg, int status, int number)
{
    struct stage *stage = arg;
    stage->exits++;
    stage->status = number ? 128 + number : status;
}

static void hear(struct stage *stage)
{
    char text[1000];
    ssize_t len;
    while ((len = recv(stage->manager, text, sizeof(text), MSG_DONTWAIT)) >= 0) {
        if (str_eq(str_of(text, (size_t)len), STR("WATCHDOG=1")))
            stage->alive++;
        else
            buf_add_format(&stage->heard, "%.*s\n", (int)len, text);
    }
}

/* Takes it, and what came before it, out of what was heard. */
static bool has_heard(struct stage *stage, const char *text)
{
    hear(stage);
    ptrdiff_t at = str_find(buf_str(&stage->heard), str_from(text));
    if (at >= 0)
        buf_shift(&stage->heard, (size_t)at + strlen(text));
    return at >= 0;
}

/* Until the manager has heard `text`; NULL: until the host has ended. */
static void await(struct stage *stage, const char *text)
{
    int64_t until_ms = clock_real_ms() + PATIENCE_MS;
    while (text ? !has_heard(stage, text) : stage->exits == 0) {
        if (clock_real_ms() >= until_ms)
            fail_msg("waited for %s; heard %s", text ? text : "the end",
                     stage->heard.at ? stage->heard.at : "nothing");
        loop_turn(stage->loop, TURN_MS);
    }
}

static struct process *start(struct stage *stage, const char *const *argv,
                             const char *const *env, const struct process_events *events)
{
    struct err err = { 0 };
    struct process_options options = {
        .argv = argv, .env = env, .file = "/proc/self/exe", .own_session = true
    };
    struct process *process = process_start(stage->loop, &options, events, stage, &err);
    assert_non_null(process);
    return process;
}

static void start_sandbox(struct stage *stage)
{
    static const struct process_events events = { .on_line = on_sandbox_line };
    static const char *const argv[] = { "moondock",     "sandbox",   "--listen",
                                        "127.0.0.1:0",  "--app-key", "k",
                                        "--app-secret", "s",         NULL };
    stage->sandbox = start(stage, argv, NULL, &events);
    int64_t until_ms = clock_real_ms() + PATIENCE_MS;
    while (!stage->server[0]) {
        assert_true(clock_real_ms() < until_ms);
        loop_turn(stage->loop, TURN_MS);
    }
}

static void start_host(struct stage *stage, const char *option)
{
    static const struct process_events events = { .on_line = on_host_line,
                                                  .on_exited = on_host_exited };
    const char *const argv[] = { "moondock", "-q", "run", stage->file, option, NULL };
    const char *const env[] = { stage->server, stage->variable, "WATCHDOG_USEC=200000",
                                NULL };
    stage->exits = 0;
    stage->host = start(stage, argv, env, &events);
}

static void write_config(const struct stage *stage, const char *more)
{
    FILE *file = fopen(stage->file, "w");
    assert_non_null(file);
    fprintf(file, "%s%s", more, config);
    fclose(file);
}

static int open_stage(void **state)
{
    struct stage *stage = calloc(1, sizeof(*stage));
    struct err err = { 0 };
    *state = stage;
    strcpy(stage->folder, "/tmp/moondock-notify-XXXXXX");
    assert_non_null(mkdtemp(stage->folder));
    snprintf(stage->file, sizeof(stage->file), "%s/moondock.lua", stage->folder);
    snprintf(stage->variable, sizeof(stage->variable), "NOTIFY_SOCKET=%s/n",
             stage->folder);
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/n", stage->folder);
    stage->manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(stage->manager, (struct sockaddr *)&address, sizeof(address)),
                     0);
    buf_init(&stage->heard, 1 << 16);
    stage->loop = loop_new(&err);
    assert_non_null(stage->loop);
    write_config(stage, "");
    start_sandbox(stage);
    return 0;
}

static int close_stage(void **state)
{
    struct stage *stage = *state;
    char command[100];
    if (stage->host)
        process_close(stage->host);
    process_close(stage->sandbox);
    loop_free(stage->loop);
    close(stage->manager);
    buf_clear(&stage->heard);
    snprintf(command, sizeof(command), "rm -r %s", stage->folder);
    assert_int_equal(system(command), 0);
    free(stage);
    return 0;
}

/* Ready, reloading with a good and with a bad file, alive all the time, stopping. */
static void play(struct stage *stage, const char *option)
{
    start_host(stage, option);
    await(stage, "READY=1\n");
    for (int round = 0; round < 2; round++) {
        write_config(stage, round == 0 ? "-- once more\n" : "this is no Lua\n");
        process_signal(stage->host, SIGHUP);
        await(stage, "RELOADING=1\nMONOTONIC_USEC=");
        await(stage, "READY=1\n");
    }
    int alive = stage->alive;
    while (stage->alive < alive + 3) {
        hear(stage);
        loop_turn(stage->loop, TURN_MS);
    }
    process_signal(stage->host, SIGTERM);
    await(stage, "STOPPING=1\n");
    await(stage, NULL);
    assert_int_equal(stage->status, 0);
}

static void test_supervisor(void **state)
{
    play(*state, NULL);
}

static void test_foreground(void **state)
{
    play(*state, "--foreground");
}

/* A host on a terminal that goes away finishes its work, and ends. */
static void hang_up(struct stage *stage, const char *option)
{
    int terminal, status;
    pid_t child = forkpty(&terminal, NULL, NULL, NULL);
    assert_true(child >= 0);
    if (child == 0) {
        putenv(stage->server);
        putenv(stage->variable);
        execl("/proc/self/exe", "moondock", "-q", "run", stage->file, option, NULL);
        _exit(127);
    }
    await(stage, "READY=1\n");
    kill(child, SIGHUP); /* while it is there, that is for the configuration */
    await(stage, "RELOADING=1\n");
    await(stage, "READY=1\n");
    close(terminal);
    await(stage, "STOPPING=1\n");
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void test_terminal_of_a_supervisor(void **state)
{
    hang_up(*state, NULL);
}

static void test_terminal_in_the_foreground(void **state)
{
    hang_up(*state, "--foreground");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_supervisor, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_foreground, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(test_terminal_of_a_supervisor, open_stage,
                                        close_stage),
        cmocka_unit_test_setup_teardown(test_terminal_in_the_foreground, open_stage,
                                        close_stage),
    };
    if (argc > 1)
        return app_run(argc, argv);
    setenv("MOONDOCK_DATA", ".", 0);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
