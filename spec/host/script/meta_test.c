/* scripts/meta says what there is, no more and no less; but for what only scripts have,
 * which spec/scenarios/exec_spec.lua compares. */
#include "../../support/script_room.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Every `function X(` of the stubs, as names with a space behind each. */
static char documented[8192];

static void read_stubs(void)
{
    glob_t files;
    char line[1024];
    assert_int_equal(glob("scripts/meta/*.lua", 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        if (strstr(files.gl_pathv[i], "/scripts.lua"))
            continue;
        FILE *file = fopen(files.gl_pathv[i], "r");
        assert_non_null(file);
        while (fgets(line, sizeof(line), file)) {
            const char *end = strchr(line, '(');
            if (strncmp(line, "function ", 9) != 0 || !end)
                continue;
            strncat(documented, line + 9, (size_t)(end - line - 9));
            strcat(documented, " ");
        }
        fclose(file);
    }
    globfree(&files);
}

static bool is_documented(const char *name)
{
    char want[128];
    snprintf(want, sizeof(want), "%s ", name);
    return strstr(documented, want) != NULL;
}

/* An expression that gives the thing a stub's class stands for. */
static const char *example_of(struct str class)
{
    static const char *const examples[][2] = {
        { "bot", "bot" },
        { "bot.log", "bot.log" },
        { "bot.http", "bot.http" },
        { "bot.json", "bot.json" },
        { "Response", "response" },
        { "Group", "bot.group('g')" },
        { "User", "bot.user('u')" },
        { "Message", "message" },
        { "Event", "event" },
        { "Request", "request" },
        { "Sent", "sent" },
        { "Timer", "bot.after('1d', print)" },
        { "Date", "bot.date()" },
        { "Store", "bot.store()" },
        { "Conversation", "bot.conversation(bot.user('u'))" },
        { "Room", "bot.room('r')" },
        { "Task", "bot.spawn(print)" },
    };
    for (size_t i = 0; i < sizeof(examples) / sizeof(*examples); i++)
        if (str_eq(class, str_from(examples[i][0])))
            return examples[i][1];
    return NULL;
}

static struct room *room_with_examples(void)
{
    struct room *room = room_new(0, 0);
    room_load(room, "p",
              "local bot = ...\n"
              "bot.on('message', function(m) message = m sent = m:reply('x')\n"
              "  response = bot.http.get('http://web.test') end)\n"
              "bot.on('member.joined', function(e) event = e end)\n"
              "bot.on('friend.requested', function(r) request = r end)",
              "http:web.test");
    room_say(room, "g1", "alice", "x");
    room_content(room, "g1", "__system__", "RC:GrpNtf",
                 "{\"operation\":\"Add\",\"data\":{\"targetUserIds\":[\"bob\"]}}");
    room_content(room, NULL, "__system__", "RC:ContactNtf",
                 "{\"operation\":\"Request\",\"sourceUserId\":\"bob\"}");
    room_turn(room);
    room_turn(room);
    return room;
}

static void everything_documented_exists(void **state)
{
    (void)state;
    struct room *room = room_with_examples();
    struct str rest = str_from(documented), name;
    int count = 0;
    while (str_split(&rest, ' ', &name) && name.len > 0) {
        char code[256];
        size_t cut = name.len;
        while (cut > 0 && name.at[cut - 1] != '.' && name.at[cut - 1] != ':')
            cut--;
        const char *example = example_of(str_sub(name, 0, cut - 1));
        if (!example)
            fail_msg("no example for %.*s", STR_ARG(name));
        snprintf(code, sizeof(code), "type((%s).%.*s)", example,
                 STR_ARG(str_sub(name, cut, name.len)));
        if (strcmp(room_eval(room, "p", code), "\"function\"") != 0)
            fail_msg("%.*s is documented, but not there", STR_ARG(name));
        count++;
    }
    assert_true(count > 30);
    room_free(room);
}

static void everything_that_exists_is_documented(void **state)
{
    (void)state;
    struct room *room = room_with_examples();
    char names[2048];
    const char *code =
        "local names = {}\n"
        "for name, value in pairs(bot) do\n"
        "  names[#names + 1] = (type(value) == 'function' and 'bot.' or '') .. name\n"
        "end\n"
        "for _, part in ipairs { 'log', 'http', 'json' } do\n"
        "  for name, value in pairs(bot[part]) do\n"
        "    if type(value) == 'function' then\n"
        "      names[#names + 1] = 'bot.' .. part .. '.' .. name\n"
        "    end\n  end\nend\n"
        "return table.concat(names, ' ')";
    snprintf(names, sizeof(names), "%s", room_eval(room, "p", code));
    struct str rest = str_from(names), name;
    rest = str_sub(rest, 1, rest.len - 2); /* the quotes */
    int count = 0;
    while (str_split(&rest, ' ', &name)) {
        char text[64];
        snprintf(text, sizeof(text), "%.*s", STR_ARG(name));
        bool field = strcmp(text, "config") == 0 || strcmp(text, "plugin") == 0 ||
                     strcmp(text, "log") == 0 || strcmp(text, "http") == 0 ||
                     strcmp(text, "json") == 0;
        if (!field && !is_documented(text))
            fail_msg("%s is there, but not documented", text);
        count++;
    }
    assert_true(count > 20);
    room_free(room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_documented_exists),
        cmocka_unit_test(everything_that_exists_is_documented),
    };
    read_stubs();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
