#include "app/metrics.h"

#include "net/loop.h"

#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

/* A number of bot_status: of a bot, or of each of its plugins. */
struct metric {
    const char *name;
    const char *key;
    const char *type;
    const char *help;
    bool ms; /* shown in seconds */
};

static const struct metric of_bots[] = {
    { "moondock_bot_state_age_seconds", "since_ms", "gauge",
      "Seconds since the state of the bot changed.", true },
    { "moondock_bot_came_online_total", "came_online", "counter",
      "Times the bot came online.", false },
    { "moondock_bot_messages_received_total", "received", "counter",
      "Messages given to the plugins' handlers.", false },
    { "moondock_bot_messages_redelivered_total", "redelivered", "counter",
      "Those of them given once more after a restart.", false },
    { "moondock_bot_messages_handled_total", "handled", "counter",
      "Messages whose handlers have all ended, or that nobody wanted.", false },
    { "moondock_bot_sends_acknowledged_total", "acknowledged", "counter",
      "Messages sent that the cloud has accepted.", false },
    { "moondock_bot_sends_refused_total", "refused", "counter",
      "Messages sent that the cloud has refused.", false },
    { "moondock_bot_sends_given_up_total", "given_up", "counter",
      "Messages that could not be sent in time, or nobody could tell.", false },
    { "moondock_bot_rows_written_total", "written", "counter",
      "Rows written to the bot's database.", false },
    { "moondock_bot_journal_messages", "journal", "gauge",
      "Messages accepted and not yet handled.", false },
    { "moondock_bot_outbox_messages", "outbox", "gauge",
      "Messages queued or not yet acknowledged.", false },
    { "moondock_bot_poison_messages", "poison", "gauge",
      "Messages set aside because the host died of them.", false },
    { "moondock_bot_stopped_events", "stopped", "gauge",
      "Events set aside because a plugin was stopped hard in them.", false },
    { "moondock_bot_interrupted_events", "interrupted", "gauge",
      "Events set aside because a plugin could not go on in them after a crash.", false },
    { NULL, NULL, NULL, NULL, false },
};

static const struct metric of_plugins[] = {
    { "moondock_plugin_generation", "generation", "gauge",
      "Number of the version that runs: 1, and 1 more for each reload.", false },
    { "moondock_plugin_memory_bytes", "memory", "gauge", "Memory of the plugin's Lua.",
      false },
    { "moondock_plugin_cpu_seconds_total", "cpu_ms", "counter",
      "CPU time in the plugin's Lua, sampled.", true },
    { "moondock_plugin_errors_total", "errors", "counter",
      "Errors of handlers and hard stops.", false },
    { "moondock_plugin_events_handled_total", "handled", "counter",
      "Runs of the plugin's handlers that have ended.", false },
    { "moondock_plugin_sends_acknowledged_total", "acknowledged", "counter",
      "Messages of the plugin that the cloud has accepted.", false },
    { "moondock_plugin_sends_refused_total", "refused", "counter",
      "Messages of the plugin that the cloud has refused.", false },
    { "moondock_plugin_sends_given_up_total", "given_up", "counter",
      "Messages of the plugin that could not be sent in time, or nobody could tell.",
      false },
    { "moondock_plugin_soft_stops_total", "soft_stops", "counter",
      "Runs ended by an error because they used too much CPU time or memory.", false },
    { "moondock_plugin_hard_stops_total", "hard_stops", "counter",
      "Times the plugin was stopped and started again.", false },
    { "moondock_plugin_events_stopped_total", "stopped", "counter",
      "Events set aside because the plugin was stopped hard in them.", false },
    { "moondock_plugin_events_interrupted_total", "interrupted", "counter",
      "Events set aside because the plugin could not go on in them after a crash.",
      false },
    { "moondock_plugin_tasks", "tasks", "gauge", "Tasks that run or wait.", false },
    { NULL, NULL, NULL, NULL, false },
};

static const char *const plugin_states[] = { "running", "asleep",      "off",
                                             "failed",  "quarantined", NULL };

/* As far as bytes fit; whether all did is seen at the end. */
struct page_out {
    struct buf *buf;
    bool whole;
};

static void add(struct page_out *out, struct str text)
{
    out->whole = out->whole && buf_add_str(out->buf, text);
}

static void add_head(struct page_out *out, const char *name, const char *type,
                     const char *help)
{
    out->whole = out->whole && buf_add_format(out->buf, "# HELP %s %s\n# TYPE %s %s\n",
                                              name, help, name, type);
}

static void add_label(struct page_out *out, const char *name, struct str value)
{
    add(out, str_from(name));
    add(out, STR("=\""));
    for (size_t i = 0; i < value.len; i++) {
        char c = value.at[i];
        if (c == '\n')
            add(out, STR("\\n"));
        else if (c == '"' || c == '\\')
            out->whole = out->whole && buf_add_format(out->buf, "\\%c", c);
        else
            add(out, str_sub(value, i, 1));
    }
    add(out, STR("\""));
}

static void add_int(struct page_out *out, int64_t value, bool ms)
{
    out->whole =
        out->whole && (ms ? buf_add_format(out->buf, "%.3f\n", (double)value / 1000)
                          : buf_add_format(out->buf, "%lld\n", (long long)value));
}

/* `plugin` and `word` are left out when empty. */
static void add_labels(struct page_out *out, const char *name, struct str bot,
                       struct str plugin, const char *key, struct str word)
{
    add(out, str_from(name));
    add(out, STR("{"));
    add_label(out, "bot", bot);
    if (plugin.len > 0) {
        add(out, STR(","));
        add_label(out, "plugin", plugin);
    }
    if (word.len > 0) {
        add(out, STR(","));
        add_label(out, key, word);
    }
    add(out, STR("} "));
}

static void add_of_bots(struct page_out *out, const struct metric *metric,
                        const struct json *bots)
{
    add_head(out, metric->name, metric->type, metric->help);
    for (const struct json *bot = json_next(bots, NULL); bot;
         bot = json_next(bots, bot)) {
        add_labels(out, metric->name, json_str(json_get(bot, "name")), STR_NONE, NULL,
                   STR_NONE);
        add_int(out, json_int(json_get(bot, metric->key), 0), metric->ms);
    }
}

static void add_bot_states(struct page_out *out, const struct json *bots)
{
    static const char name[] = "moondock_bot_state";
    add_head(out, name, "gauge", "1 for the state the bot is in, 0 for the others.");
    for (const struct json *bot = json_next(bots, NULL); bot; bot = json_next(bots, bot))
        for (int i = ACCOUNT_CONNECTING; i <= ACCOUNT_REFUSED; i++) {
            struct str word = str_from(account_state_word((enum account_state)i));
            add_labels(out, name, json_str(json_get(bot, "name")), STR_NONE, "state",
                       word);
            add_int(out, str_eq(word, json_str(json_get(bot, "state"))), false);
        }
}

static void add_ends(struct page_out *out, const struct json *bots)
{
    static const char name[] = "moondock_bot_tasks_ended_total";
    add_head(out, name, "counter", "Tasks that have ended, by how they did.");
    for (const struct json *bot = json_next(bots, NULL); bot;
         bot = json_next(bots, bot)) {
        const struct json *ends = json_get(bot, "ended");
        for (const struct json *end = json_next(ends, NULL); end;
             end = json_next(ends, end)) {
            add_labels(out, name, json_str(json_get(bot, "name")), STR_NONE, "end",
                       json_name(end));
            add_int(out, json_int(end, 0), false);
        }
    }
}

/* `metric` NULL: their states. */
static void add_of_plugins(struct page_out *out, const struct metric *metric,
                           const struct json *bots)
{
    static const char state[] = "moondock_plugin_state";
    if (metric)
        add_head(out, metric->name, metric->type, metric->help);
    else
        add_head(out, state, "gauge", "1 for the state the plugin is in, else 0.");
    for (const struct json *bot = json_next(bots, NULL); bot;
         bot = json_next(bots, bot)) {
        struct str name = json_str(json_get(bot, "name"));
        const struct json *plugins = json_get(bot, "plugins");
        for (const struct json *one = json_next(plugins, NULL); one;
             one = json_next(plugins, one)) {
            struct str plugin = json_str(json_get(one, "name"));
            if (metric) {
                add_labels(out, metric->name, name, plugin, NULL, STR_NONE);
                add_int(out, json_int(json_get(one, metric->key), 0), metric->ms);
                continue;
            }
            for (const char *const *word = plugin_states; *word; word++) {
                add_labels(out, state, name, plugin, "state", str_from(*word));
                add_int(out, str_eq(str_from(*word), json_str(json_get(one, "state"))),
                        false);
            }
        }
    }
}

static void add_plain(struct page_out *out, const char *name, const char *type,
                      const char *help, int64_t value, bool ms)
{
    add_head(out, name, type, help);
    add(out, str_from(name));
    add(out, STR(" "));
    add_int(out, value, ms);
}

static void add_lag(struct page_out *out, const char *name, const char *help,
                    int64_t value_us)
{
    add_head(out, name, "gauge", help);
    out->whole =
        out->whole && buf_add_format(out->buf, "%s %.6f\n", name, (double)value_us / 1e6);
}

static int64_t resident_bytes(void)
{
    long long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file)
        return 0;
    if (fscanf(file, "%*s %lld", &pages) != 1)
        pages = 0;
    fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

static int64_t cpu_ms(void)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (int64_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000 +
           (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1000;
}

static void add_process(struct page_out *out, const struct worker *worker,
                        int64_t start_ms)
{
    add_head(out, "moondock_build_info", "gauge", "1; the version is a label.");
    add(out, STR("moondock_build_info{version=\"" APP_VERSION "\"} 1\n"));
    add_plain(out, "moondock_worker_restarts_total", "counter",
              "Times the worker was started again.", worker_past(worker)->restarts,
              false);
    struct loop_lag lag = loop_lag(worker_loop(worker));
    add_lag(out, "moondock_worker_loop_lag_seconds",
            "Longest turn of the event loop in the last minute: others wait so long.",
            lag.minute_us);
    add_lag(out, "moondock_worker_loop_lag_max_seconds",
            "Longest turn of the event loop since the worker began.", lag.worst_us);
    add_plain(out, "moondock_process_start_time_seconds", "gauge",
              "When the worker began, in seconds since 1970.", start_ms, true);
    add_plain(out, "moondock_process_resident_memory_bytes", "gauge",
              "Memory of the worker.", resident_bytes(), false);
    add_plain(out, "moondock_process_cpu_seconds_total", "counter",
              "CPU time of the worker.", cpu_ms(), true);
}

static void add_counted(struct page_out *out, const char *name, const char *label,
                        const char *word, int64_t value)
{
    add(out, str_from(name));
    add(out, STR("{"));
    add_label(out, label, str_from(word));
    add(out, STR("} "));
    add_int(out, value, false);
}

static void add_webhooks(struct page_out *out, const struct webhooks *webhooks)
{
    static const char refused[] = "moondock_webhook_posts_refused_total";
    static const char doubled[] = "moondock_webhook_posts_doubled_total";
    const struct webhooks_counts *counts = webhooks_counts(webhooks);
    add_head(out, refused, "counter", "Posts that were not taken, by what was wrong.");
    for (int i = 0; i < WEBHOOKS_REFUSALS; i++)
        add_counted(out, refused, "reason",
                    webhooks_refusal_word((enum webhooks_refusal)i), counts->refused[i]);
    add_head(out, doubled, "counter", "Posts of what had been posted before.");
    for (int i = 0; i < WEBHOOKS; i++)
        add_counted(out, doubled, "webhook", webhook_word((enum webhook)i),
                    counts->doubled[i]);
}

bool metrics_write(const struct worker *worker, const struct webhooks *webhooks,
                   int64_t start_ms, struct buf *out)
{
    struct page_out page = { out, true };
    struct json *bots = json_array();
    for (size_t i = 0; i < worker_bot_count(worker); i++)
        bot_status(worker_bot(worker, i), bots);
    add_process(&page, worker, start_ms);
    add_webhooks(&page, webhooks);
    add_bot_states(&page, bots);
    for (const struct metric *metric = of_bots; metric->name; metric++)
        add_of_bots(&page, metric, bots);
    add_ends(&page, bots);
    add_of_plugins(&page, NULL, bots);
    for (const struct metric *metric = of_plugins; metric->name; metric++)
        add_of_plugins(&page, metric, bots);
    json_free(bots);
    return page.whole;
}
