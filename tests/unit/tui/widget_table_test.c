/* widget_table_test.c - very many rows: order, cursor, scrolling, time. */
#include "tests/harness.h"

#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "tui/input.h"
#include "tui/widget_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 10000, WIDTH = 40, HEIGHT = 12 };

struct row {
    struct slice name;
    int64_t size;
    char text[16];
};

static const struct field fields[] = {
    { 1, KIND_STRING, 0, offsetof(struct row, name), "name", NULL },
    { 2, KIND_INT, 0, offsetof(struct row, size), "size", NULL },
};
static const struct desc desc = { "row", sizeof(struct row), fields, 2 };

static const struct table_column columns[] = {
    { .title = "NAME", .field = "name", .width = 12 },
    { .title = "SIZE", .field = "size" },
};

static const struct table_spec spec = {
    .desc = &desc,
    .columns = columns,
    .count = 2,
    .keys = { "name" },
    .sort = -1,
    .empty = "nothing",
};

static struct row *rows;
static struct table table;
static uint64_t serial;

static int set_up(void **state)
{
    (void)state;
    rows = xcalloc(ROWS, sizeof(*rows));
    for (int i = 0; i < ROWS; i++) {
        snprintf(rows[i].text, sizeof(rows[i].text), "row-%05d", i);
        rows[i].name = slice(rows[i].text);
        rows[i].size = i * 7919 % ROWS; /* each number once, in no order */
    }
    table_init(&table, &spec);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    table_finish(&table);
    free(rows);
    return 0;
}

static void update(size_t count)
{
    table_update(&table, &(struct table_rows){ rows, count, ++serial });
}

static unsigned press(int key)
{
    unsigned flags = table_input(&table, &(struct input){ .key = key });

    table_update(&table, &table.rows);
    return flags;
}

static const char *selected(void)
{
    const struct row *row = table_selected(&table);
    return row != NULL ? row->text : "";
}

/* The first line that shows a row. */
static void assert_first(const char *text)
{
    struct canvas canvas;
    struct buf out;
    char *drawn;

    canvas_init(&canvas, WIDTH, HEIGHT);
    table_draw(&table, &canvas, (struct area){ 0, 0, WIDTH, HEIGHT });
    buf_init(&out, 0);
    canvas_text(&canvas, &out);
    drawn = buf_take(&out);
    if (strncmp(strchr(drawn, '\n') + 1, text, strlen(text)) != 0)
        fail_msg("expected %s first in\n%s", text, drawn);
    free(drawn);
    canvas_finish(&canvas);
}

static void the_cursor_scrolls_the_page(void **state)
{
    (void)state;
    update(ROWS);
    assert_first("row-00000");
    for (int i = 0; i < HEIGHT - 2; i++)
        press(INPUT_DOWN);
    assert_first("row-00000");
    press(INPUT_DOWN);
    assert_first("row-00001");
    press(INPUT_PAGE_DOWN);
    assert_string_equal(selected(), "row-00022");
    assert_first("row-00012");
    press(INPUT_END);
    assert_string_equal(selected(), "row-09999");
    assert_first("row-09989");
    press(INPUT_DOWN);
    assert_string_equal(selected(), "row-09999");
    press(INPUT_HOME);
    press(INPUT_UP);
    assert_string_equal(selected(), "row-00000");
    assert_first("row-00000");
}

static void fewer_rows_leave_no_gap(void **state)
{
    (void)state;
    update(ROWS);
    press(INPUT_END);
    assert_first("row-09989");
    update(15); /* the row under the cursor has gone */
    assert_string_equal(selected(), "row-00014");
    assert_first("row-00004");
    update(0);
    assert_first("nothing");
    assert_null(table_selected(&table));
    press(INPUT_DOWN);
    assert_int_equal(table_input(&table, &(struct input){ .key = INPUT_CLICK, .y = 2 }),
                     0);
}

static void sorting_keeps_the_cursor_on_its_row(void **state)
{
    (void)state;
    update(ROWS);
    press(INPUT_DOWN);
    assert_string_equal(selected(), "row-00001"); /* 7919 */
    press('>');
    press('>');
    assert_string_equal(selected(), "row-00001");
    assert_int_equal(table.selected, 7919);
    press('I');
    assert_int_equal(table.selected, ROWS - 1 - 7919);
    press(INPUT_HOME);
    assert_int_equal(((const struct row *)table_selected(&table))->size, ROWS - 1);
}

static void a_term_compares_a_text_searches(void **state)
{
    (void)state;
    update(ROWS);
    snprintf(table.filter, sizeof(table.filter), "size=7919");
    table_update(&table, &table.rows);
    assert_int_equal(table.count, 1);
    assert_string_equal(selected(), "row-00001");
    snprintf(table.filter, sizeof(table.filter), "ROW-0001");
    table_update(&table, &table.rows);
    assert_int_equal(table.count, 10);
    snprintf(table.filter, sizeof(table.filter), "nokey=1"); /* of no field: a text */
    table_update(&table, &table.rows);
    assert_int_equal(table.count, 0);
    table.filter[0] = '\0';
    table_update(&table, &table.rows);
    assert_int_equal(table.count, ROWS);
}

/* What a frame costs does not grow with the rows: only those in sight are formatted. */
static void a_frame_is_cheap(void **state)
{
    struct canvas canvas;
    int64_t begin, took = INT64_MAX;

    (void)state;
    update(ROWS);
    press(INPUT_END);
    canvas_init(&canvas, WIDTH, HEIGHT);
    for (int i = 0; i < 20; i++) {
        begin = clock_now();
        table_draw(&table, &canvas, (struct area){ 0, 0, WIDTH, HEIGHT });
        took = clock_now() - begin < took ? clock_now() - begin : took;
    }
    canvas_finish(&canvas);
    assert_true(took < 5 * NS_PER_MS);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_cursor_scrolls_the_page),
        TEST(fewer_rows_leave_no_gap),
        TEST(sorting_keeps_the_cursor_on_its_row),
        TEST(a_term_compares_a_text_searches),
        TEST(a_frame_is_cheap),
    };
    glyph_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
