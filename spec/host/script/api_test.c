/* script/api_*.c and scripts/moondock/bot.lua: what plugins can do. */
#include "../../support/script_room.h"

#include "base/clock.h"
#include "script/api.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void names_of_the_host_are_given_once(void **state)
{
    (void)state;
#ifdef MOONDOCK_TESTING
    const char *name = api_given_twice();
    if (name)
        fail_msg("host.%s is there twice", name);
#endif
}

static void fields_of_a_message(void **state)
{
    (void)state;
    struct room *room = room_open(
        "bot.on('message', function(m)\n"
        "  bot.log.warn('%s|%s|%s|%s|%s|%s', m.id, m.text, m.sender.id, m.sender.name,\n"
        "    m.group and m.group.id or 'none', m.chat.kind)\n"
        "  bot.log.warn('%s %s %s %s', m.kind, m.mentions[1], #m.mentions, m.backlog)\n"
        "  bot.log.warn('%s %s %s', m.time > 1e12, m.content.extra, m.nothing)\n"
        "  bot.log.warn('%s %s', m.sender == bot.user(m.sender.id), m.redelivered)\n"
        "  bot.log.warn('%s', select(2, pcall(function() m.text = 1 end)))\nend)",
        "");
    room_content(
        room, "g1", "alice", "RC:TxtMsg",
        "{\"content\":\"hi \\u4f60\",\"extra\":\"x\",\"user\":{\"id\":\"alice\","
        "\"name\":\"Alice A\"},\"mentionedInfo\":{\"type\":2,\"userIdList\":[\"bob\"]}}");
    assert_non_null(strstr(room->log, "UID-1|hi 你|alice|Alice A|g1|group"));
    assert_non_null(strstr(room->log, "text bob 1 false"));
    assert_non_null(strstr(room->log, "true x nil"));
    assert_non_null(strstr(room->log, "true false"));
    assert_non_null(strstr(room->log, "attempt to index a moondock.Message"));
    room_say(room, NULL, "alice", "again");
    assert_non_null(strstr(room->log, "UID-2|again|alice|Alice A|none|private"));
    room_free(room);
}

static void replies_of_all_kinds(void **state)
{
    (void)state;
    struct room *room = room_open(
        "bot.on('message', function(m)\n"
        "  m:reply('hello {who}, {what} {missing}', { who = m.sender, what = '{who}' })\n"
        "  m:reply { text = 'look', mentions = { m.sender, 'carol' } }\n"
        "  m:reply { text = 'all', mentions = 'all' }\n"
        "  m:reply { type = 'MY:Card', content = { list = { 1, 2.5 }, on = true } }\n"
        "  local sent = m:reply('oops') sent:recall()\n"
        "  local _, why = m:reply(('x'):rep(140000)) bot.log.warn('%s', why.code)\nend)",
        "");
    room_say(room, "g1", "alice", "x");
    for (int i = 0; i < 8; i++)
        room_turn(room);
    assert_true(room_did(room, "\"content\":\"hello @alice, {who} {missing}\""));
    assert_true(room_did(room, "\"userIdList\":[\"alice\"]"));
    assert_true(room_did(room, "\"userIdList\":[\"alice\",\"carol\"]"));
    assert_true(room_did(room, "\"type\":1"));
    assert_true(room_did(room, "MY:Card {\"") && room_did(room, "\"list\":[1,2.5]"));
    assert_true(room_did(room, "key=UID-1/p/1/4"));
    assert_true(room_did(room, "recall group:g1 robot UID-OUT"));
    assert_non_null(strstr(room->log, "limit"));
    room_forget(room);
    room_say(room, NULL, "alice", "x"); /* no mentions in private */
    room_turn(room);
    assert_true(
        room_did(room, "send private:alice RC:TxtMsg {\"content\":\"hello alice,"));
    assert_false(room_did(room, "mentionedInfo"));
    room_free(room);
}

static void groups_are_moderated(void **state)
{
    (void)state;
    struct room *room = room_open(
        "bot.on('message', function(m)\n"
        "  local g = bot.group('g9')\n"
        "  assert(g:mute('bob', '90s')) assert(g:mute(bot.user('bob')))\n"
        "  assert(g:mute('bob', '30d')) assert(g:unmute('bob'))\n"
        "  assert(g:kick('bob', 'spam')) assert(g:mute_all(true))\n"
        "  local names = {} for user in g:members() do names[#names + 1] = user.id end\n"
        "  assert(m:recall()) assert(bot.send(g, table.concat(names, '+')))\n"
        "  assert(bot.send(bot.user('zoe'), 'hey'))\nend)",
        "send,recall,group.read,group.mute,group.kick");
    room_say(room, "g1", "alice", "x");
    for (int i = 0; i < 8; i++)
        room_turn(room);
    assert_string_equal(room->log, "");
    assert_true(room_did(room, "mute g9 bob 2"));
    assert_true(room_did(room, "mute g9 bob 0"));
    assert_true(room_did(room, "mute g9 bob 43200"));
    assert_true(room_did(room, "unmute g9 bob"));
    assert_true(room_did(room, "kick g9 bob \"spam\""));
    assert_true(room_did(room, "mute_all g9 1"));
    assert_true(room_did(room, "recall group:g1 alice UID-1"));
    assert_true(room_did(room, "send group:g9 RC:TxtMsg {\"content\":\"alice+bob\"}"));
    assert_true(room_did(room, "send private:zoe RC:TxtMsg {\"content\":\"hey\"}"));
    room_free(room);
}

static void stores_keep_plain_values(void **state)
{
    (void)state;
    struct room *room = room_open("", "");
    room_load(room, "q", "", "");
    assert_string_equal(room_eval(room, "p", "bot.store():set('k', { 1, { a = 'ü' } })"),
                        "true");
    assert_string_equal(room_eval(room, "p", "bot.store():get('k')"),
                        "{ 1, { a = \"ü\" } }");
    assert_string_equal(room_eval(room, "p", "bot.store('other'):get('k', 'none')"),
                        "\"none\"");
    assert_string_equal(room_eval(room, "q", "bot.store():get('k')"), "nil");
    assert_string_equal(
        room_eval(room, "p", "bot.store():add('n', 2), bot.store():add('n')"), "2\t3");
    assert_string_equal(
        room_eval(room, "p", "bot.store():del('k'), bot.store():get('k', 0)"), "true\t0");
    assert_string_equal(room_eval(room, "p", "bot.store():set('t', 1, { ttl = '10s' })"),
                        "true");
    assert_string_equal(room_eval(room, "p", "bot.store():get('t')"), "1");
    clock_add_ms(10000);
    assert_string_equal(room_eval(room, "p", "bot.store():get('t')"), "nil");
    assert_non_null(strstr(room_eval(room, "p", "bot.store():set('f', print)"),
                           "value: a function cannot be written"));
    assert_non_null(
        strstr(room_eval(room, "p", "bot.store():set('', 1)"), "key: want a text"));
    assert_non_null(strstr(room_eval(room, "p",
                                     "local t = {} t.t = t return "
                                     "bot.store():set('x', t)"),
                           "nested too deeply"));
    room_free(room);
}

static void stores_have_a_size(void **state)
{
    (void)state;
    struct room *room = room_new(0, 5000);
    room_load(room, "p", "", "");
    room_load(room, "q", "", "store:2M");
    const char *fill =
        "local s, big = bot.store(), ('x'):rep(600000)\n"
        "local first, second = s:set('a', big), select(2, s:set('b', big))\n"
        "return first, second and second.code";
    assert_string_equal(room_eval(room, "p", fill), "true\t\"limit\"");
    assert_string_equal(room_eval(room, "q", fill), "true\tnil");
    assert_non_null(strstr(
        room_eval(room, "p", "bot.store():set('big', ('x'):rep(1 << 20))"), "nil"));
    room_free(room);
}

static void stores_are_not_for_main_chunks(void **state)
{
    (void)state;
    struct err err = { 0 };
    struct room *room = room_new(0, 0);
    assert_false(
        room_try_load(room, "p", "local bot = ...\nbot.store():get('x')", "", "", &err));
    assert_non_null(strstr(err.text, "only inside a handler"));
    room_free(room);
}

static void timers_follow_the_clock(void **state)
{
    (void)state;
    struct room *room =
        room_open("count = 0\n"
                  "local every = bot.every('1m', function() count = count + 1\n"
                  "  if count == 4 then error('four') end end)\n"
                  "bot.after(30, function() bot.log.warn('after') bot.sleep(1) "
                  "bot.log.warn('slept') end)\n"
                  "local never = bot.after(5, function() bot.log.warn('never') end)\n"
                  "never:stop() never:stop()\n"
                  "bot.hear('stop', function() every:stop() end)\n"
                  "bot.hear('remind', function(m) bot.after(1, function()\n"
                  "  local _, why = bot.send(m.group, 'now') m:reply('again')\n"
                  "  local _, denied = bot.send(bot.group('g2'), 'x') "
                  "bot.log.warn(denied.code) end) end)",
                  "");
    room_pass(room, 29999);
    assert_string_equal(room->log, "");
    room_pass(room, 1);
    assert_non_null(strstr(room->log, "after"));
    room_pass(room, 1000);
    assert_non_null(strstr(room->log, "slept"));
    for (int i = 0; i < 5; i++)
        room_pass(room, 60000);
    assert_string_equal(room_eval(room, "p", "count"), "5"); /* an error ends no timer */
    assert_non_null(strstr(room->log, "four"));
    room_say(room, "g1", "alice", "stop");
    room_pass(room, 600000);
    assert_string_equal(room_eval(room, "p", "count"), "5");
    assert_null(strstr(room->log, "never"));
    /* A timer may answer where its maker might. */
    room_forget(room);
    int64_t row = room_say(room, "g1", "alice", "remind");
    assert_false(room_is_done(room, row)); /* the event goes on with it */
    room_pass(room, 1000);
    room_turn(room);
    assert_true(room_is_done(room, row));
    assert_true(room_did(room, "{\"content\":\"now\"} key="));
    assert_true(room_did(room, "again"));
    assert_non_null(strstr(room->log, "denied"));
    room_free(room);
}

static void texts_are_translated(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    struct err err = { 0 };
    room_write(room, "p", "locale/zh-CN.lua",
               "return { ['Hi, {name}!'] = '你好，{name}！' }");
    room_write(room, "p", "locale/en.lua",
               "return { ['short'] = 'a longer text',"
               " ['{n} things'] = { one = 'one thing', other = '{n} things' } }");
    room_load(
        room, "p",
        "local bot = ...\nbot.hear('hi', function(m)\n"
        "  m:reply('short') bot.log.warn(bot.t('Hi, {name}!', { name = 'x' }, 'zh-CN'))\n"
        "  bot.log.warn(bot.t('Hi, {name}!', { name = m.sender }, 'zh'))\n"
        "  bot.log.warn('%s, %s', bot.t('{n} things', { n = 1 }),\n"
        "    bot.t('{n} things', { n = 2 }, 'fr'))\n"
        "  bot.log.warn(bot.t('short', nil, 'fr')) end)",
        "");
    room_say(room, "g1", "bob", "hi");
    room_turn(room);
    assert_true(room_did(room, "a longer text"));
    assert_non_null(strstr(room->log, "你好，x！"));
    assert_non_null(strstr(room->log, "你好，bob！"));
    assert_non_null(strstr(room->log, "plugin=p a longer text"));
    assert_non_null(strstr(room->log, "one thing, 2 things"));
    room_write(room, "bad", "locale/en.lua", "return { oops");
    assert_false(room_try_load(room, "bad", "", "", "", &err));
    assert_non_null(strstr(err.text, "bad/locale/en.lua:1:"));
    room_free(room);
}

static void the_library_speaks_the_language_too(void **state)
{
    (void)state;
    room_speak("zh-CN");
    struct room *room = room_new(0, 0);
    room_speak("en");
    room_write(room, "p", "locale/zh-CN.lua", "return { ['fine'] = '好' }");
    room_load(room, "p",
              "local bot = ... bot.command { 'go <n:integer>', role = 'owner',\n"
              "  run = function(m) m:reply('fine') end }",
              "");
    room_say(room, "g1", "alice", "/go 1");
    room_turn(room);
    assert_true(room_did(room, "你在这里没有权限。"));
    room_say(room, "g1", "olivia", "/go x");
    room_turn(room);
    assert_true(room_did(room, "x 不是整数。"));
    room_say(room, "g1", "olivia", "/go 1");
    room_turn(room);
    assert_true(room_did(room, "\"好\""));
    room_free(room);
}

static void plugins_know_their_configuration(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    struct err err = { 0 };
    assert_true(room_try_load(room, "p", "local bot = ... limit = bot.config.limit",
                              "limit = { type = 'integer', default = 3 },"
                              "words = { type = 'list', default = {} }",
                              "", &err));
    assert_string_equal(room_eval(room, "p",
                                  "limit, #bot.config.words, bot.plugin.name, "
                                  "bot.plugin.version"),
                        "3\t0\t\"p\"\t\"1.0.0\"");
    assert_string_equal(room_eval(room, "p",
                                  "bot.role('olivia'), bot.role(bot.user('mod')), "
                                  "bot.role('x', bot.group('g'))"),
                        "\"owner\"\t\"moderator\"\t\"member\"");
    assert_string_equal(room_eval(room, "p", "bot.now() // 1000 == os.time()"), "true");
    room_free(room);
}

static void commands_of_all_plugins_can_be_listed(void **state)
{
    (void)state;
    struct room *room =
        room_open("bot.command { 'a <x:user>', help = 'A', run = print }", "");
    room_load(room, "q",
              "local bot = ... bot.command { 'b', aliases = { ' Bee' }, role = 'admin', "
              "run = print }",
              "");
    assert_string_equal(
        room_eval(room, "q", "bot.commands()"),
        "{ { help = \"A\", plugin = \"p\", shown = \"a <x>\", "
        "usage = \"a <x:user>\", words = { \"a\" } }, "
        "{ plugin = \"q\", role = \"admin\", shown = \"b\", usage = \"b\", "
        "words = { \"b\", \"bee\" } } }");
    room_free(room);
}

static void modules_of_the_plugin_are_required(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    struct err err = { 0 };
    room_write(room, "p", "lists/words.lua",
               "local bot, name = ... return { bot.plugin.name, name }");
    room_write(room, "p", "circle.lua", "require 'circle'");
    room_write(room, "p", "broken.lua", "local x =\n= 1");
    room_load(room, "p",
              "words = require 'lists.words' same = require 'lists.words' == words", "");
    assert_string_equal(room_eval(room, "p", "words, same"),
                        "{ \"p\", \"lists.words\" }\ttrue");
    assert_non_null(strstr(room_eval(room, "p", "require 'circle'"), "in a circle"));
    assert_non_null(strstr(room_eval(room, "p", "require 'broken'"), "p/broken.lua:2:"));
    assert_non_null(strstr(room_eval(room, "p", "require 'none'"), "none.lua"));
    assert_int_equal(symlink("/etc/passwd", strcat(strcpy((char[256]){ 0 }, room->folder),
                                                   "/p/link.lua")),
                     0);
    assert_non_null(
        strstr(room_eval(room, "p", "require 'link'"), "links are not followed"));
    (void)err;
    room_free(room);
}

static void eval_shows_values_and_errors(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    assert_string_equal(room_eval(room, "", "1 + 1"), "2");
    assert_string_equal(room_eval(room, "", "x = 'a\\nb'"), "");
    assert_string_equal(room_eval(room, "", "x, nil, { x = 1, 2 }"),
                        "\"a\\nb\"\tnil\t{ 2, x = 1 }");
    assert_non_null(strstr(room_eval(room, "", "1 +"), "error: eval:1:"));
    assert_non_null(strstr(room_eval(room, "", "error('no')"), "error: eval:1: no"));
    assert_non_null(
        strstr(room_eval(room, "nobody", "1"), "error: nobody is not loaded"));
    assert_string_equal(
        room_eval(room, "", "select(2, bot.send(bot.user('x'), 'y')).code"),
        "\"denied\"");
    assert_non_null(
        strstr(room_eval(room, "", "while true do end"), "CPU budget exceeded"));
    room_free(room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_the_host_are_given_once),
        cmocka_unit_test(fields_of_a_message),
        cmocka_unit_test(replies_of_all_kinds),
        cmocka_unit_test(groups_are_moderated),
        cmocka_unit_test(stores_keep_plain_values),
        cmocka_unit_test(stores_have_a_size),
        cmocka_unit_test(stores_are_not_for_main_chunks),
        cmocka_unit_test(timers_follow_the_clock),
        cmocka_unit_test(texts_are_translated),
        cmocka_unit_test(the_library_speaks_the_language_too),
        cmocka_unit_test(plugins_know_their_configuration),
        cmocka_unit_test(commands_of_all_plugins_can_be_listed),
        cmocka_unit_test(modules_of_the_plugin_are_required),
        cmocka_unit_test(eval_shows_values_and_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
