/* script/manifest and script_check: what is wrong with a plugin, and where. */
#include "../../support/script_room.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct room *room;
static struct buf problems;

static int open_room(void **state)
{
    (void)state;
    room = room_new(0, 0);
    room_write(room, "p", "init.lua", "");
    buf_init(&problems, 16384);
    return 0;
}

static int close_room(void **state)
{
    (void)state;
    buf_clear(&problems);
    room_free(room);
    return 0;
}

/* Checks the plugin with that manifest; config is JSON or NULL, grants one text or NULL.
 */
static const char *check(const char *manifest, const char *config, const char *grants)
{
    char folder[256];
    struct str list[8], rest = grants && grants[0] ? str_from(grants) : STR_NONE;
    size_t count = 0;
    room_write(room, "p", "plugin.lua", manifest);
    snprintf(folder, sizeof(folder), "%s/p", room->folder);
    while (str_split(&rest, ',', &list[count]))
        count++;
    struct json *values = config ? json_parse(str_from(config), NULL) : NULL;
    struct script_plugin given = {
        .name = STR("p"),
        .folder = str_from(folder),
        .grants = grants ? list : NULL,
        .grant_count = count,
        .config = values,
    };
    buf_reset(&problems);
    bool ok = script_check(&given, &problems);
    assert_int_equal(ok, problems.len == 0);
    json_free(values);
    return problems.len > 0 ? problems.at : "";
}

static void has(const char *text, const char *place, const char *what)
{
    char want[512];
    snprintf(want, sizeof(want), "%s/p/%s%s", room->folder, place, what);
    if (!strstr(text, want))
        fail_msg("want \"%s\" in \"%s\"", want, text);
}

#define HEAD "return { name = 'p', version = '1', summary = 's',\n"

static void a_good_manifest_has_no_problems(void **state)
{
    (void)state;
    assert_string_equal(
        check(HEAD
              "needs = { 'send', 'http:example.org', 'store:10M' }, options = {\n"
              "a = { type = 'integer', default = 3, min = 1, max = 5 },\n"
              "b = { type = 'string', choices = { 'x', 'y' }, default = 'x' },\n"
              "c = { type = 'duration', default = '10m' }, d = { type = 'boolean' } } }",
              "{\"a\":5,\"b\":\"y\",\"c\":90,\"d\":true}",
              "send,http:example.org,store:10M"),
        "");
}

static void problems_have_their_line(void **state)
{
    (void)state;
    has(check("return { name = 'p',\nversion = '1' }", NULL, NULL),
        "plugin.lua:1: ", "summary is missing");
    has(check("return {\nname = 'q', version = '1', summary = 's' }", NULL, NULL),
        "plugin.lua:2: ", "name is q, but the configuration calls it p");
    has(check(HEAD "\nneed = {} }", NULL, NULL),
        "plugin.lua:3: ", "unknown key need; did you mean needs?");
    has(check(HEAD "\ndrain = '2h' }", NULL, NULL),
        "plugin.lua:3: ", "drain must be a duration of at most 1h");
    has(check(HEAD "needs = {\n'send',\n'fly' } }", NULL, NULL),
        "plugin.lua:4: ", "there is no capability \"fly\"");
    has(check(HEAD "options = {\na = { type = 'int' } } }", NULL, NULL),
        "plugin.lua:3: ", "options.a: want { type");
    has(check(HEAD "options = {\na = { type = 'integer', default = 1.5 } } }", NULL,
              NULL),
        "plugin.lua:3: ", "options.a: the default is a number, want a whole number");
    has(check(HEAD "options = {\na = { type = 'integer', defualt = 1 } } }", "{\"a\":1}",
              NULL),
        "plugin.lua:3: ", "options.a: unknown key defualt; did you mean default?");
    has(check(HEAD "\n oops }", NULL, NULL), "plugin.lua:3: ", "unknown name 'oops'");
    has(check("return {", NULL, NULL), "plugin.lua:1: ", "unexpected symbol near <eof>");
}

/* Each manifest stands in lines 2 and on; its problems come all at once. */
static void every_problem_is_said(void **state)
{
    static const struct {
        const char *manifest, *config, *grants, *wants[4];
    } cases[] = {
        { "optoins = {} }",
          NULL,
          NULL,
          { "2: unknown key optoins; did you mean options?" } },
        { "zzz = {} }", NULL, NULL, { "2: unknown key zzz\n" } },
        { "needs = {\n'group.muet' } }",
          NULL,
          NULL,
          { "3: there is no capability \"group.muet\"; did you mean group.mute?" } },
        { "needs = 'send' }", NULL, NULL, { "2: needs must be a list of texts" } },
        { "serial = 1 }", NULL, NULL, { "2: serial must be true or false" } },
        { "options = 5 }", NULL, NULL, { "2: options must be a table" } },
        { "options = {\na = {\ntype = 'interger' } } }",
          NULL,
          NULL,
          { "4: options.a: want {", "did you mean integer?" } },
        { "options = {\na = 'integer' } }", NULL, NULL, { "3: options.a: want {" } },
        { "options = {\na = { type = 'integer',\nmin = 'x',\nmax = 1.5 } } }",
          NULL,
          NULL,
          { "4: options.a: min is a text, want a whole number",
            "5: options.a: max is a number, want a whole number" } },
        { "options = {\na = { type = 'duration', min = '2h',\nmax = '1h' } } }",
          NULL,
          NULL,
          { "4: options.a: min is above max" } },
        { "options = {\na = { type = 'string',\nmin = 1 } } }",
          NULL,
          NULL,
          { "4: options.a: the type string has no min" } },
        { "options = {\na = { type = 'number',\nchoices = { 'x' } } } }",
          NULL,
          NULL,
          { "4: options.a: choices are for the types string and list" } },
        { "options = {\na = { type = 'string',\nchoices = {} } } }",
          NULL,
          NULL,
          { "4: options.a: choices must be a list of texts" } },
        { "options = {\na = { type = 'string', choices = { 'x' },\ndefault = 'y' } } }",
          NULL,
          NULL,
          { "4: options.a: the default is not one of its choices" } },
        { "options = {\na = { type = 'list', choices = { 'x' }, default = {} } } }",
          "{\"a\":[\"x\",\"y\"]}",
          NULL,
          { "3: config.a: is not one of its choices" } },
        { "options = {\na = { type = 'string', default = '',\nhelp = 5 } } }",
          NULL,
          NULL,
          { "4: options.a: help must be a text" } },
        { "options = {\nlimit = { type = 'integer', default = 1 } } }",
          "{\"limti\":1}",
          NULL,
          { "2: config.limti: this plugin has no such option; did you mean limit?" } },
        { "}",
          NULL,
          "sned",
          { "grants[1]: there is no capability \"sned\"; did you mean send?" } },
        { "need = {},\nserial = 2,\noptions = {\na = { typ = 'x' },\n"
          "b = { type = 'boolean', default = 3 } } }",
          NULL,
          NULL,
          { "2: unknown key need", "3: serial must be", "5: options.a: want {",
            "6: options.b: the default is a number, want true or false" } },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char manifest[1024];
        snprintf(manifest, sizeof(manifest), HEAD "%s", cases[i].manifest);
        const char *found = check(manifest, cases[i].config, cases[i].grants);
        for (size_t j = 0; j < 4 && cases[i].wants[j]; j++)
            if (!strstr(found, cases[i].wants[j]))
                fail_msg("case %zu: want \"%s\" in \"%s\"", i, cases[i].wants[j], found);
    }
}

/* Whatever is wrong, in whichever file, is said in one run. */
static void every_file_is_looked_at(void **state)
{
    (void)state;
    room_write(room, "p", "init.lua", "local x =\n");
    room_write(room, "p", "rules.lua", "\n\nif then\n");
    const char *found = check(HEAD "serial = 1 }", NULL, NULL);
    has(found, "plugin.lua:2: ", "serial must be true or false");
    has(found, "init.lua:2: ", "unexpected symbol near <eof>");
    has(found, "rules.lua:3: ", "unexpected symbol near 'then'");
    buf_reset(&problems);
    char folder[256];
    snprintf(folder, sizeof(folder), "%s/p", room->folder);
    assert_false(script_check_alone(str_from(folder), &problems));
    has(problems.at, "rules.lua:3: ", "unexpected symbol near 'then'");
}

static void values_are_checked_against_options(void **state)
{
    (void)state;
    const char *manifest = HEAD "options = {\na = { type = 'integer', min = 1 },\n"
                                "b = { type = 'list', default = {} } } }";
    has(check(manifest, NULL, NULL), "plugin.lua:3: ", "config.a: is missing");
    has(check(manifest, "{\"a\":\"x\"}", NULL),
        "plugin.lua:3: ", "config.a: is a text, want a whole number");
    has(check(manifest, "{\"a\":0}", NULL),
        "plugin.lua:3: ", "config.a: is out of range: 0");
    has(check(manifest, "{\"a\":1,\"b\":[\"x\",1]}", NULL),
        "plugin.lua:4: ", "config.b: is a list, want a list of texts");
    has(check(manifest, "{\"a\":1,\"c\":1}", NULL),
        "plugin.lua:2: ", "config.c: this plugin has no such option");
    manifest = HEAD "options = { d = { type = 'duration', min = 1, max = '1h' } } }";
    has(check(manifest, "{\"d\":\"2h\"}", NULL),
        "plugin.lua:2: ", "config.d: is out of range: 7200");
    has(check(manifest, "{\"d\":3601}", NULL),
        "plugin.lua:2: ", "config.d: is out of range: 3601");
    assert_string_equal(check(manifest, "{\"d\":\"59m\"}", NULL), "");
}

static void needs_are_compared_with_grants(void **state)
{
    (void)state;
    const char *manifest = HEAD "needs = { 'send',\n'recall' } }";
    assert_string_equal(check(manifest, NULL, "recall,send"), "");
    assert_string_equal(check(manifest, NULL, NULL), "");
    has(check(manifest, NULL, "send"),
        "plugin.lua:3: ", "grants: the plugin needs \"recall\"");
    has(check(manifest, NULL, "send,recall,fly"),
        "plugin.lua:2: ", "grants[3]: there is no capability \"fly\"");
}

static void sources_are_compiled_but_not_run(void **state)
{
    (void)state;
    room_write(room, "p", "init.lua", "error('ran')");
    assert_string_equal(check(HEAD "}", NULL, NULL), "");
    room_write(room, "p", "init.lua", "local x =\n=");
    room_write(room, "p", "locale/zh.lua", "return {\n1 + }");
    const char *text = check(HEAD "}", NULL, NULL);
    has(text, "init.lua:2: ", "unexpected symbol");
    has(text, "locale/zh.lua:2: ", "unexpected symbol");
}

static void loading_says_the_first_problem(void **state)
{
    (void)state;
    struct err err = { 0 };
    assert_false(room_try_load(room, "x", "", "a = { type = 'integer' }", "", &err));
    assert_int_equal(err.code, ERR_CONFIG);
    assert_non_null(strstr(err.text, "x/plugin.lua:2: config.a: is missing"));
    assert_false(room_try_load(room, "x", "", "", "fly", &err));
    assert_non_null(strstr(err.text, "there is no capability \"fly\""));
    char big[70000];
    memset(big, ' ', sizeof(big));
    big[sizeof(big) - 1] = '\0';
    assert_false(room_try_load(room, "x", big, "", "", &err));
    assert_non_null(strstr(err.text, "larger than 65536 bytes"));
}

static void translations_are_looked_at(void **state)
{
    (void)state;
    const char *manifest = HEAD "}";
    room_write(room, "p", "locale/en.lua",
               "return {\n['Hi, {name}!'] = 'Hello, {name}!',\n"
               "['{n} days'] = { one = 'a day', other = '{n} days', by = 'n' } }");
    assert_string_equal(check(manifest, NULL, NULL), "");
    room_write(room, "p", "locale/en.lua", "return {\n['Hi'] = 'Hi',\n['{n} a'] = 5 }");
    has(check(manifest, NULL, NULL), "locale/en.lua:3: ", "\"{n} a\": want a text, or {");
    room_write(room, "p", "locale/en.lua", "return { ['{n} a'] = { one = 'x' } }");
    has(check(manifest, NULL, NULL), "locale/en.lua:1: ", "\"{n} a\": want a text, or {");
    room_write(room, "p", "locale/en.lua",
               "return { ['{n} a'] = { other = 'x', on = 'y' } }");
    has(check(manifest, NULL, NULL), "locale/en.lua:1: ", "\"{n} a\": a plural form is");
    room_write(room, "p", "locale/en.lua", "return { ['Hi {name}'] = 'Hi {nmae}' }");
    has(check(manifest, NULL, NULL),
        "locale/en.lua:1: ", "\"Hi {name}\": the sentence has no place {nmae}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_good_manifest_has_no_problems, open_room,
                                        close_room),
        cmocka_unit_test_setup_teardown(problems_have_their_line, open_room, close_room),
        cmocka_unit_test_setup_teardown(every_problem_is_said, open_room, close_room),
        cmocka_unit_test_setup_teardown(every_file_is_looked_at, open_room, close_room),
        cmocka_unit_test_setup_teardown(values_are_checked_against_options, open_room,
                                        close_room),
        cmocka_unit_test_setup_teardown(needs_are_compared_with_grants, open_room,
                                        close_room),
        cmocka_unit_test_setup_teardown(sources_are_compiled_but_not_run, open_room,
                                        close_room),
        cmocka_unit_test_setup_teardown(translations_are_looked_at, open_room,
                                        close_room),
        cmocka_unit_test_setup_teardown(loading_says_the_first_problem, open_room,
                                        close_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
