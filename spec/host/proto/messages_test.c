/* proto/messages: the tables against the .proto, both ways. */
#include "../../support/frames.h"

#include "proto/messages.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PROTO_FILE "spec/support/rongcloud.proto"

/* One line "  optional int64 time = 2;" of the .proto. */
struct proto_field {
    char label[16], type[64], name[64];
    int number;
};

static char *text;
static size_t text_len;

static int load(void **state)
{
    (void)state;
    text = samples_file(PROTO_FILE, &text_len);
    return 0;
}

static int unload(void **state)
{
    (void)state;
    free(text);
    return 0;
}

static bool is_declared(const char *what, const char *name)
{
    char line[128];
    snprintf(line, sizeof(line), "\n%s %s {\n", what, name);
    return strstr(text, line) != NULL;
}

/* Cuts the next line off; false at the end. */
static bool next_line(const char **at, char *line, size_t size)
{
    size_t len = strcspn(*at, "\n");
    if ((*at)[len] == '\0')
        return false;
    assert_true(len < size);
    memcpy(line, *at, len);
    line[len] = '\0';
    *at += len + 1;
    return true;
}

static int table_kind(const char *type)
{
    if (strcmp(type, "int32") == 0 || strcmp(type, "int64") == 0)
        return PB_INT;
    if (strcmp(type, "bool") == 0)
        return PB_BOOL;
    if (strcmp(type, "string") == 0)
        return PB_STR;
    if (strcmp(type, "bytes") == 0)
        return PB_BYTES;
    if (is_declared("enum", type))
        return PB_INT;
    assert_true(is_declared("message", type));
    return PB_MSG;
}

static int table_label(const char *label)
{
    if (strcmp(label, "required") == 0)
        return PB_REQUIRED;
    if (strcmp(label, "repeated") == 0)
        return PB_REPEATED;
    assert_string_equal(label, "optional");
    return PB_OPTIONAL;
}

static void compare_field(const struct pb_type *type, size_t row,
                          const struct proto_field *want)
{
    if (row >= type->count)
        fail_msg("%s has no row for %s", type->name, want->name);
    const struct pb_field *field = &type->fields[row];
    if (strcmp(field->name, want->name) != 0 || field->number != want->number ||
        field->label != table_label(want->label) || field->kind != table_kind(want->type))
        fail_msg("%s: row %s = %d is not the .proto's %s %s %s = %d", type->name,
                 field->name, field->number, want->label, want->type, want->name,
                 want->number);
    if (field->kind == PB_MSG)
        assert_string_equal(field->type->name, want->type);
}

/* Compares the rows of one message; `at` stands behind its first line. */
static void compare_message(const char **at, const char *name)
{
    const struct pb_type *type = samples_type(str_from(name));
    if (type == NULL)
        fail_msg("%s has no table", name);
    char line[256];
    size_t row = 0;
    while (next_line(at, line, sizeof(line)) && strcmp(line, "}") != 0) {
        struct proto_field want;
        if (sscanf(line, " %15s %63s %63s = %d;", want.label, want.type, want.name,
                   &want.number) != 4)
            fail_msg("%s: cannot read \"%s\"", name, line);
        compare_field(type, row++, &want);
    }
    if (row != type->count)
        fail_msg("%s has %d rows, the .proto %zu", name, type->count, row);
}

static void test_tables_are_the_proto(void **state)
{
    (void)state;
    const char *at = text;
    char line[256], name[64];
    size_t messages = 0, tables;
    while (next_line(&at, line, sizeof(line))) {
        if (sscanf(line, "message %63s {", name) != 1)
            continue;
        compare_message(&at, name);
        messages++;
    }
    messages_types(&tables);
    assert_int_equal(messages, tables);
    assert_true(messages > 100);
}

/* Tables written in any order would be searched slowly and written wrongly. */
static void test_rows_ascend(void **state)
{
    (void)state;
    size_t count;
    const struct pb_type *const *types = messages_types(&count);
    for (size_t i = 0; i < count; i++)
        for (int row = 1; row < types[i]->count; row++)
            assert_true(types[i]->fields[row - 1].number < types[i]->fields[row].number);
}

static void test_topics(void **state)
{
    (void)state;
    size_t count;
    const struct message_topic *topics = messages_topics(&count);
    for (size_t i = 0; i < count; i++) {
        const struct pb_type *request, *answer;
        if (i > 0)
            assert_true(strcmp(topics[i - 1].topic, topics[i].topic) < 0);
        assert_true(messages_for_topic(str_from(topics[i].topic), &request, &answer));
        assert_ptr_equal(request, topics[i].request);
        assert_ptr_equal(answer, topics[i].answer);
        assert_non_null(request);
    }
    const struct pb_type *request = &notify_msg_type, *answer = &notify_msg_type;
    assert_false(messages_for_topic(STR("nowhere"), &request, &answer));
    assert_null(request);
    assert_null(answer);
    assert_false(messages_for_topic(STR_NONE, NULL, NULL));
    assert_true(messages_for_topic(STR("pullMsg"), &request, NULL));
    assert_ptr_equal(request, &sync_request_msg_type);
}

static void test_status_bits(void **state)
{
    (void)state;
    assert_int_equal(messages_status(0), 0);
    assert_int_equal(messages_status(3), 48);
    assert_int_equal(messages_status(7), 112);
    assert_int_equal(messages_status(35), 560);
    assert_int_equal(messages_status(3 | UP_EXPANDABLE), 1072);
    assert_int_equal(messages_status(8), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables_are_the_proto),
        cmocka_unit_test(test_rows_ascend),
        cmocka_unit_test(test_topics),
        cmocka_unit_test(test_status_bits),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
