/* table_test.c - what people see: columns, cuts, and nothing that drives a terminal. */
#include "tests/harness.h"

#include "lib/base/resources.h"
#include "lib/text/cell.h"
#include "lib/text/table.h"

#include <stdlib.h>
#include <string.h>

struct pair {
    struct slice name;
    int64_t value;
};

static const struct field pair_fields[] = {
    { 1, KIND_STRING, 0, offsetof(struct pair, name), "name", NULL },
    { 2, KIND_AMOUNT, 0, offsetof(struct pair, value), "value", NULL },
};
static const struct desc pair_desc = { "pair", sizeof(struct pair), pair_fields, 2 };

struct row {
    struct id id;
    struct slice name, state;
    int64_t size, lasted;
    struct list_field amounts, items;
};

static const struct field row_fields[] = {
    { 1, KIND_STRING, 0, offsetof(struct row, name), "name", NULL },
    { 2, KIND_SIZE, 0, offsetof(struct row, size), "size", NULL },
    { 3, KIND_STRING, 0, offsetof(struct row, state), "state", NULL },
    { 4, KIND_ID, FIELD_DETAIL, offsetof(struct row, id), "id", NULL },
    { 5, KIND_DURATION, FIELD_DETAIL, offsetof(struct row, lasted), "lasted", NULL },
    { 6, KIND_PAIRS, FIELD_DETAIL, offsetof(struct row, amounts), "amounts",
      &pair_desc },
    { 7, KIND_LIST, FIELD_DETAIL, offsetof(struct row, items), "items", &pair_desc },
};
static const struct desc row_desc = { "row", sizeof(struct row), row_fields, 7 };

static struct pair pairs[] = {
    { { "CPU", 3 }, 5000 },
    { { "memory", 6 }, INT64_C(2048) * RESOURCE_UNIT },
};

static void assert_table(const struct print_options *options, const struct row *rows,
                         size_t count, int64_t total, const char *expected)
{
    const struct print_rows all = { &row_desc, rows, count, total };
    struct buf out;
    char *text;

    buf_init(&out, 0);
    table_append(&out, options, &all);
    text = buf_take(&out);
    assert_string_equal(text, expected);
    free(text);
}

static void words_to_the_left_numbers_to_the_right(void **state)
{
    const struct print_options plain = { 0 };
    const struct row rows[] = {
        { .name = slice("a"), .size = 5, .state = slice("ALIVE") },
        { .name = slice("longer"), .size = 1 << 20, .state = slice("DEAD") },
    };

    (void)state;
    assert_table(&plain, rows, 2, 2,
                 "NAME       SIZE  STATE\n"
                 "a           5 B  ALIVE\n"
                 "longer  1.0 MiB  DEAD\n");
    assert_table(&plain, NULL, 0, 0, "NAME  SIZE  STATE\n");
    assert_table(&plain, rows, 1, 7,
                 "NAME  SIZE  STATE\n"
                 "a      5 B  ALIVE\n"
                 "(1 of 7 shown; --limit 0 shows all)\n");
}

static void details_are_shown_when_asked_for(void **state)
{
    const struct print_options detail = { .detail = true };
    const struct row row = { .name = slice("a"),
                             .id = id_task(id_job(1), 0xab),
                             .lasted = 1500000000,
                             .amounts = { pairs, 2 },
                             .items = { pairs, 2 } };

    (void)state;
    assert_table(&detail, &row, 1, 1,
                 "NAME  SIZE  STATE  ID        LASTED  AMOUNTS                 ITEMS\n"
                 "a      0 B         ab000000    1.5s  CPU=0.5 memory=2.0 KiB  2\n");
}

/* No line is longer than the terminal, whatever its width. */
static void lines_are_cut_at_any_width(void **state)
{
    const struct row rows[] = {
        { .name = slice("gr\xc3\xbc\xc3\x9f"),
          .size = 1 << 30,
          .state = slice("ALIVE") },
        { .name = slice("x"), .state = slice("PENDING_CREATION") },
    };
    const struct print_rows all = { &row_desc, rows, 2, 2 };

    (void)state;
    for (int width = 1; width < 60; width++) {
        const struct print_options options = { .width = width, .detail = true };
        struct buf out;
        int lines = 0, column = 0;
        buf_init(&out, 0);
        table_append(&out, &options, &all);
        for (size_t i = 0; i < out.size; i++) {
            lines += out.data[i] == '\n';
            column = out.data[i] == '\n' ? 0 : column + ((out.data[i] & 0xc0) != 0x80);
            assert_true(column <= width);
        }
        assert_int_equal(lines, 3);
        buf_finish(&out);
    }
}

static void states_have_colours(void **state)
{
    const struct print_options colour = { .colour = true };
    const struct row rows[] = {
        { .name = slice("DEAD?"), .state = slice("DEAD") },
        { .name = slice("x"), .state = slice("PENDING_CREATION") },
    };

    (void)state;
    assert_table(&colour, rows, 2, 2,
                 "NAME   SIZE  STATE\n"
                 "DEAD?   0 B  \033[31mDEAD\033[0m\n"
                 "x       0 B  \033[33mPENDING_CREATION\033[0m\n");
}

static void assert_shown(struct slice name, const char *expected)
{
    const struct print_options plain = { 0 };
    const struct row row = { .name = name, .size = 1 };
    struct buf out;
    char *text;

    buf_init(&out, 0);
    table_append_message(&out, &plain, &row_desc, &row);
    text = buf_take(&out);
    if (strncmp(text, "name:     ", 10) != 0 ||
        strncmp(text + 10, expected, strlen(expected)) != 0 ||
        text[10 + strlen(expected)] != '\n')
        fail_msg("'%s' where '%s' is expected", text, expected);
    free(text);
}

static void nothing_drives_the_terminal(void **state)
{
    (void)state;
    assert_shown(slice("a\033[2Jb"), "a?[2Jb");
    assert_shown(slice("a\nb\tc\rd\x7f"), "a b c?d?");
    assert_shown(slice_of("a\0b", 3), "a?b");
    assert_shown(slice("a\xc2\x9b"
                       "2J"),
                 "a??2J"); /* CSI, as UTF-8 */
    assert_shown(slice("a\x9b"
                       "2J"),
                 "a?2J"); /* CSI, as one byte */
}

static void malformed_text_is_replaced(void **state)
{
    (void)state;
    assert_shown(slice("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80"),
                 "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80");
    assert_shown(slice("a\xe2\x82"), "a??"); /* cut short */
    assert_shown(slice("a\xc3"), "a?");      /* would swallow the new line */
    assert_shown(slice("a\x80\xbf"
                       "b"),
                 "a??b");                              /* no beginning */
    assert_shown(slice("\xc0\xaf"), "??");             /* overlong */
    assert_shown(slice("\xed\xa0\x80"), "???");        /* half a surrogate pair */
    assert_shown(slice("\xf5\x80\x80\x80x"), "????x"); /* beyond U+10FFFF */
}

static void one_message_has_a_line_a_field(void **state)
{
    const struct print_options plain = { 0 };
    const struct row row = { .name = slice("a"),
                             .id = id_job(1),
                             .lasted = 250000000,
                             .amounts = { pairs, 2 } };
    struct buf out;
    char *text;

    (void)state;
    buf_init(&out, 0);
    table_append_message(&out, &plain, &row_desc, &row);
    text = buf_take(&out);
    assert_string_equal(text, "name:     a\n"
                              "size:     0 B\n"
                              "id:       01000000\n"
                              "lasted:   250ms\n"
                              "amounts:  CPU=0.5 memory=2.0 KiB\n");
    free(text);
}

static void characters_have_their_sizes(void **state)
{
    (void)state;
    assert_int_equal(cell_character("a", 1), 1);
    assert_int_equal(cell_character("\xc3\xbc", 2), 2);
    assert_int_equal(cell_character("\xc3\xbc", 1), 0);
    assert_int_equal(cell_character("\xe2\x82\xac", 3), 3);
    assert_int_equal(cell_character("\xf4\x8f\xbf\xbf", 4), 4);
    assert_int_equal(cell_character("\xf4\x90\x80\x80", 4), 0);
    assert_int_equal(cell_character("\xe0\x9f\xbf", 3), 0);
    assert_int_equal(cell_character("\xf0\x8f\xbf\xbf", 4), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_to_the_left_numbers_to_the_right),
        cmocka_unit_test(details_are_shown_when_asked_for),
        cmocka_unit_test(lines_are_cut_at_any_width),
        cmocka_unit_test(states_have_colours),
        cmocka_unit_test(nothing_drives_the_terminal),
        cmocka_unit_test(malformed_text_is_replaced),
        cmocka_unit_test(one_message_has_a_line_a_field),
        cmocka_unit_test(characters_have_their_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
