/* script/api_upload, api_download: files of plugins, up and down. */
#include "web_fixture.h"

#include "store/audit.h"

#include <dirent.h>
#include <sys/stat.h>

#define PLUGIN "bot = ... bot.on('message', function(m) last = m end)"

static char kept[128];

/* `grants`: % is a folder of the operator's, @ the server's port. */
static void load_media(const char *grants)
{
    char all[512];
    size_t len = 0;
    snprintf(kept, sizeof(kept), "%s/kept", room->folder);
    mkdir(kept, 0700);
    for (; *grants; grants++)
        len +=
            (size_t)(*grants == '%' ? snprintf(all + len, sizeof(all) - len, "%s", kept)
                     : *grants == '@'
                         ? snprintf(all + len, sizeof(all) - len, "%d",
                                    server_port(server))
                         : snprintf(all + len, sizeof(all) - len, "%c", *grants));
    all[len] = '\0';
    room_load(room, "p", PLUGIN, all);
    room_write(room, "p", "cat.png", "meow");
    room_write(room, "p", "locale.txt", "x");
}

static void write_kept(const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", kept, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

/* What lies in the operator's folder, and how much. */
static void expect_kept(const char *name, const char *text)
{
    char path[256], have[100] = "";
    snprintf(path, sizeof(path), "%s/%s", kept, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    have[fread(have, 1, sizeof(have) - 1, file)] = '\0';
    fclose(file);
    assert_string_equal(have, text);
}

static int kept_count(void)
{
    int count = 0;
    DIR *folder = opendir(kept);
    for (struct dirent *entry; (entry = readdir(folder));)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(folder);
    return count;
}

static int tear_down_files(void **state)
{
    char command[200];
    snprintf(command, sizeof(command), "rm -rf '%s'", kept);
    assert_int_equal(system(command), 0);
    return tear_down(state);
}

/* A picture at this path of the server, or at a whole address. */
static void say_image(const char *url)
{
    char content[512];
    if (url[0] == '/')
        snprintf(content, sizeof(content),
                 "{\"content\":\"\",\"imageUri\":\"http://127.0.0.1:%d%s\"}",
                 server_port(server), url);
    else
        snprintf(content, sizeof(content), "{\"content\":\"\",\"imageUri\":\"%s\"}", url);
    room_content(room, "g1", "alice", "RC:ImgMsg", content);
    room_turn(room);
}

static void trust_server(void)
{
    static char place[64];
    snprintf(place, sizeof(place), "http://127.0.0.1:%d/", server_port(server));
    room->store_place = place;
}

static void expect_did(const char *part)
{
    if (!room_did(room, part))
        fail_msg("it did not %s but %s", part, room_last(room));
}

static void upload_gives_the_address(void **state)
{
    (void)state;
    load_media("media");
    expect("local u = bot.upload('cat.png', { kind = 'image' })"
           " return u.url, u.name, u.format, u.type, u.size",
           "\"https://store.example/cat.png\"\t\"cat.png\"\t\"png\"\t\"image/png\"\t4");
    expect_did("upload 1 cat.png image/png 4 \"meow\"");
    expect("return bot.upload('locale.txt').type", "text/plain");
    expect_did("upload 4 locale.txt");
}

static void sending_a_path_uploads_it(void **state)
{
    (void)state;
    load_media("media,send");
    room_write(room, "p", "small.jpg", "tiny");
    expect("assert(bot.send(bot.group('g1'), { image = 'cat.png' })) return 1", "1");
    expect_did(
        "RC:ImgMsg {\"imageUri\":\"https://store.example/cat.png\",\"content\":\"\"}");
    expect("assert(bot.send(bot.group('g1'), { image = { path = 'cat.png', thumb = "
           "'small.jpg', width = 3 } })) return 1",
           "1");
    expect_did("\"content\":\"dGlueQ==\",\"thumWidth\":3}");
    expect("assert(bot.send(bot.group('g1'), { image = { url = 'https://a/b', thumb = "
           "'\\xff\\xd8x' } })) return 1",
           "1");
    expect_did("{\"imageUri\":\"https://a/b\",\"content\":\"/9h4\"}");
    expect("assert(bot.send(bot.group('g1'), { file = 'cat.png' })) return 1", "1");
    expect_did("RC:FileMsg {\"fileUrl\":\"https://store.example/cat.png\","
               "\"name\":\"cat.png\",\"size\":4,\"type\":\"png\"}");
    expect("assert(bot.send(bot.group('g1'), { voice = { path = 'cat.png', duration = 2 "
           "} })) return 1",
           "1");
    expect_did("upload 2 cat.png");
    expect("assert(bot.send(bot.group('g1'), { video = { path = 'cat.png', duration = 2, "
           "name = 'own' } })) return 1",
           "1");
    expect_did("upload 5 cat.png");
    expect_did("\"size\":4,\"name\":\"own\"}");
    expect("assert(bot.send(bot.group('g1'), { gif = 'cat.png' })) return 1", "1");
    expect_did("\"gifDataSize\":4");
}

static void an_address_is_sent_as_it_is(void **state)
{
    (void)state;
    load_media("send");
    expect("assert(bot.send(bot.group('g1'), { image = 'https://a/b.png' })) return 1",
           "1");
    expect_did("RC:ImgMsg {\"imageUri\":\"https://a/b.png\"");
    assert_false(room_did(room, "upload"));
}

static void only_files_of_its_folders_are_read(void **state)
{
    static const char *const names[] = { "../p/cat.png", "/etc/passwd",
                                         "nothing.png",  ".",
                                         "spec",         "link.png",
                                         "way/cat.png" };
    char path[256], code[256];
    (void)state;
    load_media("media:%");
    snprintf(path, sizeof(path), "%s/link.png", kept);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    snprintf(path, sizeof(path), "%s/way", kept);
    assert_int_equal(symlink(room->folder, path), 0);
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        snprintf(code, sizeof(code), "return select(2, bot.upload('%s')).code", names[i]);
        expect(code, "not_found");
    }
    assert_false(room_did(room, "upload"));
    write_kept("theirs.txt", "from outside");
    expect("return bot.upload('theirs.txt').size", "12");
    write_kept("cat.png", "of somebody else");
    expect("return bot.upload('cat.png').size", "4"); /* its own comes first */
}

static void denied_before_anything_else(void **state)
{
    (void)state;
    load_media("send");
    say_image("/200");
    expect("return select(2, bot.upload(7)).code", "denied");
    expect("return select(2, bot.upload('cat.png')).message",
           "not granted \\\"media\\\"");
    expect("return select(2, last:download { to = 7 }).code", "denied");
    expect("return select(2, bot.send(bot.group('g1'), { image = 'cat.png' })).code",
           "denied");
    expect("return select(2, bot.send(bot.group('g1'), { image = { url = 'x:y', thumb = "
           "'cat.png' } })).code",
           "denied");
    assert_int_equal(room->did_count, 0);
    assert_string_equal(seen, "");
}

/* Who may not send there uploads nothing for it. */
static void what_may_not_be_sent_is_not_uploaded(void **state)
{
    (void)state;
    load_media("media");
    expect("return select(2, bot.send(bot.group('g1'), { image = 'cat.png' })).message",
           "not granted \\\"send\\\"");
    assert_int_equal(room->did_count, 0);
}

static void wrong_arguments_are_named(void **state)
{
    static const char *const cases[][2] = {
        { "bot.upload()", "path: want a text, have a nil" },
        { "bot.upload('')", "path: want the name of a file" },
        { "bot.upload('a\\0b')", "path: want the name of a file" },
        { "bot.upload('cat.png', 7)", "opts: want a table" },
        { "bot.upload('cat.png', { kind = 'song' })", "opts.kind: want \\\"image\\\"" },
        { "bot.upload('cat.png', { timeout = 0 })", "opts.timeout: up to an hour" },
        { "bot.upload('cat.png', { progress = 7 })", "opts.progress: want a function" },
        { "last:download(7)", "opts: want a table" },
        { "last:download { to = 7 }", "opts.to: want a text" },
        { "last:download { to = 'a/b' }", "opts.to: want the name of a file" },
        { "last:download { to = '.hidden' }", "opts.to: want the name of a file" },
        { "last:download { max = 0 }", "opts.max: want a whole number up to 1048576" },
        { "last:download { max = 'x' }", "opts.max: want a whole number" },
        { "last:download { timeout = '2h' }", "opts.timeout: up to an hour" },
        { "bot.send(last, { image = { path = 7 } })", "path: want a text" },
        { "bot.send(last, { image = { url = 'x:y', thumb = 7 } })",
          "thumb: want a text" },
    };
    (void)state;
    load_media("media,send");
    say_image("/200");
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char code[512];
        snprintf(code, sizeof(code), "return select(2, pcall(function() %s end))",
                 cases[i][0]);
        expect(code, cases[i][1]);
    }
}

static void a_file_comes_as_bytes_or_into_a_file(void **state)
{
    (void)state;
    load_media("media:%");
    trust_server();
    say_image("/200");
    expect("local d = last:download() return d.data, d.size, d.type, d.path",
           "\"{\\\"n\\\":7}\"\t7\t\"application/json\"\tnil");
    expect("local d = last:download { to = 'n.json' } return d.path, d.size, d.data",
           "\"n.json\"\t7\tnil");
    expect_kept("n.json", "{\"n\":7}");
    expect("return last:download { to = 'n.json', max = 7 }.size", "7");
    assert_int_equal(kept_count(), 1);
    expect("return bot.upload('n.json').size", "7");
}

/* The operator's folder is made when it is needed; those above it are not. */
static void the_folder_is_made(void **state)
{
    (void)state;
    load_media("media:%/own");
    trust_server();
    say_image("/200");
    expect("return last:download { to = 'a' }.size", "7");
    expect_kept("own/a", "{\"n\":7}");
    assert_true(script_unload(room->script, STR("p"), NULL));
    load_media("media:%/no/such");
    say_image("/200");
    expect("return select(2, last:download { to = 'a' }).code", "storage");
}

static void what_can_go_wrong_with_a_download(void **state)
{
    (void)state;
    load_media("media:%");
    trust_server();
    say_image("/404");
    expect("return select(2, last:download()).code", "not_found");
    expect("return select(2, last:download { to = 'x' }).code", "not_found");
    say_image("/500");
    expect("return select(2, last:download()).status", "500");
    say_image("/huge");
    expect("return select(2, last:download()).code", "limit");
    expect("return last:download { to = 'huge' }.size", "1048577");
    expect("return select(2, last:download { to = 'x', max = 1000 }).code", "limit");
    say_image("ftp://x/y");
    expect("return select(2, last:download()).code", "proto");
    room_say(room, "g1", "alice", "no file");
    room_turn(room);
    expect("return select(2, last:download()).code", "not_found");
    assert_int_equal(kept_count(), 1); /* nothing half-done stays */
}

/* Anybody can write any address into a message. */
static void a_strangers_address_leads_nowhere_private(void **state)
{
    (void)state;
    load_media("media");
    say_image("/200");
    expect("return select(2, last:download()).code", "denied");
    expect("return select(2, last:download()).message", "http.private:");
    expect("return select(2, last:download { to = 'x' }).message",
           "not granted \\\"media:FOLDER\\\"");
    assert_string_equal(seen, "");
}

/* Not even by a redirect of the store. */
static void a_redirect_leads_nowhere_private(void **state)
{
    char url[128];
    (void)state;
    load_media("media");
    trust_server();
    snprintf(url, sizeof(url), "/302?to=http://localhost:%d/200", server_port(server));
    say_image(url);
    expect("return select(2, last:download()).code", "denied");
    assert_null(strstr(seen, "GET /200"));
}

static void granted_places_count(void **state)
{
    (void)state;
    load_media("media,http:127.0.0.1:@");
    say_image("/200");
    expect("return last:download().size", "7");
}

static void progress_is_told(void **state)
{
    (void)state;
    load_media("media");
    room->hold = true;
    struct asked asked;
    start_asking(&asked, "steps = {} local u = bot.upload('cat.png', { progress = "
                         "function(done, total) steps[#steps + 1] = done .. '/' .. total "
                         "end }) return table.concat(steps, ' '), u.size");
    room_pass(room, 250);
    expect("return table.concat(steps, ' ')", "2/4");
    room_pass(room, 250);
    expect("return #steps", "1"); /* nothing new, nothing told */
    room_answer(room);
    WAIT_FOR(asked.calls == 1);
    assert_non_null(strstr(asked.text, "2/4 4/4\"\t4"));
    struct json *left = json_array();
    script_left(room->script, left);
    assert_int_equal(json_size(left), 0);
    json_free(left);
}

static void a_cancelled_transfer_leaves_nothing(void **state)
{
    (void)state;
    load_media("media:%");
    trust_server();
    say_image("/hold");
    expect("task = bot.spawn(function() result = { last:download { to = 'x' } } end) "
           "return 1",
           "1");
    WAIT_FOR(held_count == 1);
    assert_int_equal(kept_count(), 1); /* the hidden one */
    expect("task:cancel() bot.sleep(0) return result[2].code", "cancelled");
    assert_int_equal(kept_count(), 0);
    room->hold = true;
    expect("task = bot.spawn(function() result = { bot.upload('cat.png') } end) "
           "bot.sleep(0) task:cancel() bot.sleep(0) return result[2].code",
           "cancelled");
    assert_int_equal(room->cancelled, 1);
}

/* The plugin goes while its files are on their way. */
static void unloading_leaves_nothing(void **state)
{
    (void)state;
    load_media("media:%");
    trust_server();
    say_image("/hold");
    room->hold = true;
    expect("bot.spawn(function() last:download { to = 'x' } end)"
           " bot.spawn(function() bot.upload('cat.png') end) return 1",
           "1");
    WAIT_FOR(held_count == 1);
    assert_true(script_unload(room->script, STR("p"), NULL));
    assert_int_equal(kept_count(), 0);
    assert_int_equal(room->cancelled, 1);
    assert_null(room->calls);
}

/* As many as requests to the web. */
static void transfers_are_counted(void **state)
{
    (void)state;
    load_media("media");
    room->hold = true;
    expect("for _ = 1, 8 do bot.spawn(bot.upload, 'cat.png') end bot.sleep(0)"
           " return select(2, bot.upload('cat.png')).message",
           "more than 8 http requests under way");
    room_answer(room);
    room_turn(room);
    expect("return bot.upload('cat.png').size", "4");
}

static void note_row(void *arg, const struct audit_row *row)
{
    size_t len = strlen(arg);
    snprintf((char *)arg + len, 2000 - len, "%.*s %.*s %.*s\n", STR_ARG(row->verb),
             STR_ARG(row->target), STR_ARG(row->result));
}

static void one_row_for_each_in_the_audit(void **state)
{
    char rows[2000] = "", want[200];
    (void)state;
    load_media("media");
    trust_server();
    say_image("/200?secret");
    expect("bot.upload('cat.png') bot.upload('none') last:download() return 1", "1");
    assert_true(audit_each(room->store, 50, note_row, rows, NULL));
    assert_non_null(strstr(rows, "media cat.png done\n"));
    assert_non_null(strstr(rows, "media none not_found\n"));
    snprintf(want, sizeof(want), "media 127.0.0.1:%d done\n", server_port(server));
    assert_non_null(strstr(rows, want));
    assert_null(strstr(rows, "secret"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down_files)
    const struct CMUnitTest tests[] = {
        TEST(upload_gives_the_address),
        TEST(sending_a_path_uploads_it),
        TEST(an_address_is_sent_as_it_is),
        TEST(only_files_of_its_folders_are_read),
        TEST(denied_before_anything_else),
        TEST(what_may_not_be_sent_is_not_uploaded),
        TEST(wrong_arguments_are_named),
        TEST(a_file_comes_as_bytes_or_into_a_file),
        TEST(the_folder_is_made),
        TEST(what_can_go_wrong_with_a_download),
        TEST(a_strangers_address_leads_nowhere_private),
        TEST(a_redirect_leads_nowhere_private),
        TEST(granted_places_count),
        TEST(progress_is_told),
        TEST(a_cancelled_transfer_leaves_nothing),
        TEST(unloading_leaves_nothing),
        TEST(transfers_are_counted),
        TEST(one_row_for_each_in_the_audit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
