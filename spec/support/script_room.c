#include "room_inside.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/must.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of an event; 0: the host's own. With a sanitizer all is slower, opening a part of the
 * library in the first event above all. */
#if defined(__SANITIZE_ADDRESS__)
enum { USUAL_CPU_MS = 500 };
#else
enum { USUAL_CPU_MS = 0 };
#endif

void room_note(struct room *room, const char *format, ...)
{
    char line[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    must(room->did_count < ROOM_LINES);
    room->did[room->did_count++] = str_dup(str_from(line));
}

static void unlink_call(struct room_call *call)
{
    struct room_call **link = &call->room->calls;
    while (*link != call)
        link = &(*link)->next;
    *link = call->next;
}

static void answer(void *arg)
{
    struct room_call call = *(struct room_call *)arg;
    const struct err *why =
        call.room->refuse.code == ERR_NONE ? NULL : &call.room->refuse;
    struct sent sent = { STR("UID-OUT"), clock_wall_ms() };
    unlink_call(arg);
    free(arg);
    if (call.on_sent)
        call.on_sent(call.arg, why ? NULL : &sent, why);
    if (call.on_done)
        call.on_done(call.arg, why);
    if (call.on_history)
        room_answer_history(&call, why);
    if (call.on_order)
        room_answer_order(&call, why);
    if (call.on_uploaded) {
        char url[128];
        snprintf(url, sizeof(url), "https://store.example/%s", call.name);
        call.on_uploaded(call.arg, why ? STR_NONE : str_from(url), why);
    }
}

static struct room_call *add_call(struct room *room, void *arg)
{
    struct room_call *call = MEM_NEW(struct room_call);
    call->room = room;
    call->arg = arg;
    call->next = room->calls;
    room->calls = call;
    if (!room->hold)
        loop_defer(room->loop, answer, call);
    return call;
}

void room_answer(struct room *room)
{
    room->hold = false;
    for (struct room_call *call = room->calls; call; call = call->next)
        loop_defer(room->loop, answer, call);
}

static const char *kind_of(enum conversation_type type)
{
    return type == CONVERSATION_GROUP ? "group" : "private";
}

/* What few messages have: " status silent push=T/D expansion={…} only=bob,eve". */
static void describe_more(const struct outgoing *message, char *room, size_t size)
{
    int len = snprintf(room, size, "%s%s", message->status_only ? " status" : "",
                       message->silent ? " silent" : "");
    if (message->push_text.len + message->push_data.len > 0)
        len += snprintf(room + len, size - (size_t)len, " push=%.*s/%.*s",
                        STR_ARG(message->push_text), STR_ARG(message->push_data));
    if (message->expansion.len > 0)
        len += snprintf(room + len, size - (size_t)len, " expansion=%.*s",
                        STR_ARG(message->expansion));
    for (size_t i = 0; i < message->to_user_count; i++)
        len += snprintf(room + len, size - (size_t)len, "%s%.*s", i == 0 ? " only=" : ",",
                        STR_ARG(message->to_users[i]));
    must((size_t)len < size);
}

static void *fake_send(void *arg, const struct outgoing *message, account_sent_fn *done,
                       void *done_arg, struct err *err)
{
    (void)err;
    char more[512] = "";
    describe_more(message, more, sizeof(more));
    room_note(arg, "send %s:%.*s %.*s %.*s key=%.*s%s", kind_of(message->type),
              STR_ARG(message->target), STR_ARG(message->object_name),
              STR_ARG(message->content), STR_ARG(message->key), more);
    struct room *room = arg;
    room->last_wait_ms = message->wait_ms;
    room->last_broadcast = message->broadcast;
    struct room_call *call = add_call(arg, done_arg);
    call->on_sent = done;
    return call;
}

static void *fake_recall(void *arg, enum conversation_type type, struct str target,
                         struct str sender, struct str uid, int64_t sent_ms,
                         account_done_fn *done, void *done_arg, struct err *err)
{
    (void)err;
    (void)sent_ms;
    room_note(arg, "recall %s:%.*s %.*s %.*s", kind_of(type), STR_ARG(target),
              STR_ARG(sender), STR_ARG(uid));
    struct room_call *call = add_call(arg, done_arg);
    call->on_done = done;
    return call;
}

static void *fake_history(void *arg, const struct history_query *query,
                          account_history_fn *done, void *done_arg, struct err *err)
{
    (void)err;
    room_note(arg, "history %s:%.*s %s%d %d", kind_of(query->type),
              STR_ARG(query->target), query->newer ? ">" : "", (int)query->from_ms,
              query->count);
    struct room_call *call = add_call(arg, done_arg);
    call->on_history = done;
    call->history = *query;
    return call;
}

static void *fake_order(void *arg, const struct order *order, order_done_fn *done,
                        void *done_arg, struct err *err)
{
    char text[1100] = "", number[32] = "", room[300] = "";
    if (order->verb == ORDER_USER_NAMES || order->verb == ORDER_GROUP_NAMES) {
        err_set(err, ERR_DENIED, "the account names no App Server");
        return NULL;
    }
    if (order->text.len > 0)
        snprintf(text, sizeof(text), " \"%.*s\"", STR_ARG(order->text));
    if (order->room.len > 0)
        snprintf(room, sizeof(room), " %.*s", STR_ARG(order->room));
    if (order->key.len > 0)
        snprintf(room, sizeof(room), " %.*s \"%.*s\"", STR_ARG(order->room),
                 STR_ARG(order->key));
    if (order_lasts(order->verb) || order->verb == ORDER_MUTE_ALL ||
        (order->room.len > 0 && order->number != 0) ||
        order->verb == ORDER_CLEAR_HISTORY || order->verb == ORDER_CONVERSATIONS ||
        order->verb == ORDER_PIN || order->verb == ORDER_FORGET)
        snprintf(number, sizeof(number), " %lld", (long long)order->number);
    room_note(arg, "%s%s%s%.*s%s%.*s%s%s", order_word(order->verb), room,
              order->group.len ? " " : "", STR_ARG(order->group),
              order->user.len ? " " : "", STR_ARG(order->user), text, number);
    struct room_call *call = add_call(arg, done_arg);
    call->on_order = done;
    call->verb = order->verb;
    call->number = order->number;
    return call;
}

/* All of it is on its way at once. */
static void *fake_upload(void *arg, const struct media_upload *what, media_done_fn *done,
                         void *done_arg, struct err *err)
{
    char bytes[64];
    ssize_t len = pread(what->fd, bytes, sizeof(bytes), 0);
    (void)err;
    room_note(arg, "upload %d %.*s %.*s %lld \"%.*s\"", (int)what->kind,
              STR_ARG(what->name), STR_ARG(what->type), (long long)what->size,
              len < 0 ? 0 : (int)len, bytes);
    struct room_call *call = add_call(arg, done_arg);
    call->on_uploaded = done;
    snprintf(call->name, sizeof(call->name), "%.*s", STR_ARG(what->name));
    if (what->progress)
        what->progress(done_arg, what->size / 2, what->size);
    return call;
}

/* The store of this world is the server that the test has opened. */
static bool fake_is_ours(void *arg, struct str url)
{
    const struct room *room = arg;
    return room->store_place && str_starts(url, str_from(room->store_place));
}

static void fake_cancel(void *arg, void *pending)
{
    struct room *room = arg;
    room->cancelled++;
    loop_defer_cancel(room->loop, answer, pending);
    unlink_call(pending);
    free(pending);
}

static size_t fake_outbox(void *arg)
{
    const struct room *room = arg;
    size_t count = 0;
    for (const struct room_call *call = room->calls; call; call = call->next)
        count += call->on_sent != NULL;
    return count;
}

static struct str fake_user(void *arg)
{
    (void)arg;
    return STR("robot");
}

static void on_log(void *arg, enum log_level level, struct str line)
{
    struct room *room = arg;
    size_t len = strlen(room->log);
    if (level <= LOG_WARN)
        snprintf(room->log + len, sizeof(room->log) - len, "%.*s\n", STR_ARG(line));
}

static const char *language = "en";

void room_speak(const char *wanted)
{
    language = wanted;
}

static void start(struct room *room)
{
    static const struct str owners[] = { { "olivia", 6 } },
                            moderators[] = { { "mod", 3 } };
    struct err err = { 0 };
    struct script_im im = {
        .arg = room,
        .send = fake_send,
        .recall = fake_recall,
        .history = fake_history,
        .order = fake_order,
        .upload = fake_upload,
        .is_ours = fake_is_ours,
        .cancel = fake_cancel,
        .outbox = fake_outbox,
        .done = room_done,
        .again = room_again,
        .read = room_read,
        .user = fake_user,
    };
    struct script_web web = room_web(room);
    struct script_options options = {
        .loop = room->loop,
        .store = room->store,
        .im = &im,
        .web = &web,
        .bot = STR("test"),
        .language = str_from(language),
        .library = str_from(room->library),
        .zone = room->zone,
        .owners = owners,
        .owner_count = 1,
        .moderators = moderators,
        .moderator_count = 1,
        .command_max_age_ms = 600000,
        .serves = true,
        .memory_limit = room->memory_limit,
        .cpu_limit_ms = room->cpu_limit_ms,
    };
    room->script = script_new(&options, &err);
    must(room->script);
}

struct room *room_new(size_t memory_limit, int64_t cpu_limit_ms)
{
    struct room *room = MEM_NEW(struct room);
    struct err err = { 0 };
    strcpy(room->folder, "/tmp/moondock_room_XXXXXX");
    must(mkdtemp(room->folder));
    must(getcwd(room->library, sizeof(room->library) - 16));
    strcat(room->library, "/scripts");
    log_set_sink(on_log, room);
    clock_freeze(true);
    room->loop = loop_new(&err);
    room->store = store_open(":memory:", STORE_NORMAL, &err);
    must(room->loop && room->store);
    room->web = (struct http_answer){ .status = 200, .body = STR("{}") };
    room->memory_limit = memory_limit;
    room->cpu_limit_ms = cpu_limit_ms ? cpu_limit_ms : USUAL_CPU_MS;
    start(room);
    return room;
}

void room_restart(struct room *room, const char *zone)
{
    script_free(room->script);
    zone_free(room->zone);
    room->zone = zone ? zone_open(str_from(zone), NULL) : NULL;
    must(!room->calls && (room->zone || !zone));
    start(room);
}

void room_forget(struct room *room)
{
    while (room->did_count > 0)
        free(room->did[--room->did_count]);
    room->done_count = 0;
    room->log[0] = '\0';
}

struct room *room_open(const char *code, const char *grants)
{
    struct buf whole;
    struct room *room = room_new(0, 0);
    buf_init(&whole, 1 << 16);
    must(buf_add_format(&whole, "local bot = ...\n%s", code));
    room_load(room, "p", whole.at, grants);
    buf_clear(&whole);
    return room;
}

void room_free(struct room *room)
{
    room_quiet(false);
    script_free(room->script);
    must(!room->calls && !room->request); /* each was answered or cancelled */
    net_free(room->net);
    store_close(room->store);
    zone_free(room->zone);
    loop_turn(room->loop, 0);
    loop_free(room->loop);
    log_set_sink(NULL, NULL);
    clock_freeze(false);
    room_forget(room);
    room_unsay(room);
    char command[128];
    snprintf(command, sizeof(command), "rm -r %s", room->folder);
    must(system(command) == 0);
    free(room);
}

void room_write(struct room *room, const char *plugin, const char *file, const char *text)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", room->folder, plugin);
    mkdir(path, 0700);
    snprintf(path, sizeof(path), "%s/%s/%s", room->folder, plugin, file);
    *strrchr(path, '/') = '\0';
    mkdir(path, 0700);
    path[strlen(path)] = '/';
    FILE *out = fopen(path, "w");
    must(out);
    fputs(text, out);
    fclose(out);
}

void room_manifest(struct room *room, const char *plugin, const char *version,
                   const char *options)
{
    char text[2048];
    snprintf(text, sizeof(text),
             "return { name = \"%s\", version = \"%s\", summary = \"x\",\n"
             "  options = { %s } }\n",
             plugin, version, options);
    room_write(room, plugin, "plugin.lua", text);
}

bool room_try_load(struct room *room, const char *plugin, const char *code,
                   const char *options, const char *grants, struct err *err)
{
    struct str list[16], rest = grants[0] ? str_from(grants) : STR_NONE;
    size_t count = 0;
    char folder[256];
    room_manifest(room, plugin, "1.0.0", options);
    room_write(room, plugin, "init.lua", code);
    snprintf(folder, sizeof(folder), "%s/%s", room->folder, plugin);
    while (str_split(&rest, ',', &list[count]))
        count++;
    struct script_plugin given = {
        .name = str_from(plugin),
        .folder = str_from(folder),
        .grants = list,
        .grant_count = count,
    };
    return script_load(room->script, &given, err);
}

void room_load(struct room *room, const char *plugin, const char *code,
               const char *grants)
{
    struct err err = { 0 };
    bool loaded = room_try_load(room, plugin, code, "", grants, &err);
    if (!loaded)
        fprintf(stderr, "%s\n", err.text);
    must(loaded);
}

void room_quiet(bool quiet)
{
    static int kept = -1;
    if (quiet == (kept >= 0))
        return;
    if (quiet) {
        kept = dup(STDERR_FILENO);
        int nowhere = open("/dev/null", O_WRONLY);
        dup2(nowhere, STDERR_FILENO);
        close(nowhere);
    } else {
        dup2(kept, STDERR_FILENO);
        close(kept);
        kept = -1;
    }
}

void room_turn(struct room *room)
{
    for (int i = 0; i < 4; i++)
        loop_turn(room->loop, 0);
}

void room_pass(struct room *room, int64_t ms)
{
    clock_add_ms(ms);
    room_turn(room);
}
