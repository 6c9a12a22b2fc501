/* stage_test.c - golden screens: a snapshot and keys in, a drawing out. */
#include "tests/harness.h"

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/resources.h"
#include "tui/stage.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct snapshot snapshot;
static struct stage *stage;

/* ---- a cluster on paper ---- */

#define NOON INT64_C(1767268800000000000) /* 2026-01-01 12:00:00 UTC */
#define SECOND INT64_C(1000000000)
#define GIB (INT64_C(1) << 30)

static struct id id_of(uint8_t size, uint8_t number)
{
    uint8_t bytes[ID_BYTES_MAX];

    memset(bytes, number, sizeof(bytes));
    return id_from_bytes(bytes, size);
}

static const struct amount *amounts(void)
{
    static const struct amount items[] = {
        { { "CPU", 3 }, 3 * RESOURCE_UNIT },
        { { "heavy", 5 }, RESOURCE_UNIT / 2 },
    };
    return items;
}

static const struct node_rows *nodes(void)
{
    static struct node_row rows[3];
    static const struct node_rows reply = { { rows, 3 }, 3, 0 };

    for (int i = 0; i < 3; i++) {
        rows[i] = (struct node_row){
            .node_id = id_of(ID_NODE, (uint8_t)(0xa1 + i)),
            .node_ip = slice("10.77.0.1"),
            .state = slice(i < 2 ? "ALIVE" : "DEAD"),
            .workers = 4 * i,
            .object_store_used = i * GIB,
            .object_store_limit = 4 * GIB,
            .cpu_used = i < 2 ? (i + 1) * 15 * RESOURCE_UNIT / 10 : 0,
            .cpu_total = i < 2 ? 4 * RESOURCE_UNIT : 0,
            .memory_used = i < 2 ? 15 * GIB : 0,
            .memory_total = i < 2 ? 16 * GIB : 0,
            .start_time = NOON - 3600 * SECOND,
        };
        rows[i].resources_available.items = (struct amount *)(uintptr_t)amounts();
        rows[i].resources_available.count = i < 2 ? 2 : 0;
    }
    rows[0].node_name = slice("head");
    rows[1].node_name = slice("工作機-1");
    rows[2].node_name = slice("\033[2Jevil");
    rows[2].state_message = slice("connection reset\nby peer");
    return &reply;
}

static const struct job_rows *jobs(void)
{
    static struct job_row rows[3];
    static const struct job_rows reply = { { rows, 3 }, 3, 0 };

    rows[0] = (struct job_row){ .job_id = id_job(3),
                                .submission_id = slice("raysubmit_digits"),
                                .status = slice("RUNNING"),
                                .entrypoint = slice("automl --data digits.csv"),
                                .start_time = NOON - 20 * SECOND };
    rows[1] = (struct job_row){ .job_id = id_job(2),
                                .status = slice("SUCCEEDED"),
                                .entrypoint = slice("./driver"),
                                .message = slice("the driver has left"),
                                .start_time = NOON - 90 * SECOND,
                                .end_time = NOON - 30 * SECOND };
    rows[2] = (struct job_row){ .job_id = id_job(1),
                                .submission_id = slice("raysubmit_wine"),
                                .status = slice("FAILED"),
                                .entrypoint = slice("sh -c '\a\a'"),
                                .message = slice("exit status 3"),
                                .start_time = NOON - 300 * SECOND,
                                .end_time = NOON - 299 * SECOND };
    return &reply;
}

static const struct actor_rows *actors(void)
{
    static struct actor_row rows[2];
    static const struct actor_rows reply = { { rows, 2 }, 2, 0 };

    rows[0] = (struct actor_row){ .actor_id = id_of(ID_ACTOR, 0x11),
                                  .class_name = slice("trainer"),
                                  .state = slice("ALIVE"),
                                  .job_id = id_job(3),
                                  .name = slice("résumé"),
                                  .node_id = id_of(ID_NODE, 0xa1),
                                  .worker_id = id_of(ID_WORKER, 0xb1),
                                  .pid = 4711 };
    rows[1] = (struct actor_row){
        .actor_id = id_of(ID_ACTOR, 0x22),
        .class_name = slice("proxy"),
        .state = slice("PENDING_CREATION"),
        .job_id = id_job(3),
        .pending_reason = slice("no node has GPU (needs 1)"),
    };
    return &reply;
}

static const struct summary_rows *groups(void)
{
    static struct count trial[] = { { { "FINISHED", 8 }, 60 },
                                    { { "RUNNING", 7 }, 20 },
                                    { { "PENDING_NODE_ASSIGNMENT", 23 }, 15 },
                                    { { "FAILED", 6 }, 5 } };
    static struct count load[] = { { { "FINISHED", 8 }, 3 } };
    static struct summary_row rows[2];
    static const struct summary_rows reply = { { rows, 2 }, 2 };

    rows[0] = (struct summary_row){ .name = slice("evaluate_trial"),
                                    .type = slice("NORMAL_TASK"),
                                    .state_counts = { trial, 4 },
                                    .total = 100 };
    rows[1] = (struct summary_row){ .name = slice("trainer.load"),
                                    .type = slice("ACTOR_TASK"),
                                    .state_counts = { load, 1 },
                                    .total = 3 };
    return &reply;
}

static const struct task_rows *tasks(void)
{
    static struct task_row rows[2];
    static const struct task_rows reply = { { rows, 2 }, 100, 0 };

    rows[0] = (struct task_row){ .task_id = id_of(ID_TASK, 0x31),
                                 .name = slice("evaluate_trial"),
                                 .state = slice("RUNNING"),
                                 .type = slice("NORMAL_TASK"),
                                 .node_id = id_of(ID_NODE, 0xa1),
                                 .worker_pid = 4712,
                                 .creation_time = NOON - 5 * SECOND,
                                 .start_time = NOON - 4 * SECOND };
    rows[1] = (struct task_row){ .task_id = id_of(ID_TASK, 0x32),
                                 .name = slice("evaluate_trial"),
                                 .state = slice("FAILED"),
                                 .type = slice("NORMAL_TASK"),
                                 .attempt_number = 1,
                                 .error_type = slice("WORKER_DIED"),
                                 .error_message = slice("killed by signal 9"),
                                 .creation_time = NOON - 9 * SECOND,
                                 .start_time = NOON - 9 * SECOND,
                                 .end_time = NOON - 7 * SECOND };
    return &reply;
}

static const struct log_files *files(void)
{
    static struct log_file rows[2];
    static const struct log_files reply = { { rows, 2 }, 2 };

    rows[0] = (struct log_file){ .name = slice("head.log"),
                                 .size = 2048,
                                 .modified = NOON - SECOND };
    rows[1] = (struct log_file){ .name = slice("worker-1\r2.out"),
                                 .size = 12,
                                 .node_id = id_of(ID_NODE, 0xa1),
                                 .modified = NOON };
    return &reply;
}

static const struct cluster_status *status(void)
{
    static struct usage usage[] = {
        { { "CPU", 3 }, 5 * RESOURCE_UNIT, 8 * RESOURCE_UNIT },
        { { "object_store_memory", 19 }, GIB * RESOURCE_UNIT, 8 * GIB * RESOURCE_UNIT },
    };
    static struct demand_row demands[2];
    static struct count job_counts[] = { { { "RUNNING", 7 }, 1 },
                                         { { "SUCCEEDED", 9 }, 1 },
                                         { { "FAILED", 6 }, 1 } };
    static struct count actor_counts[] = { { { "ALIVE", 5 }, 1 },
                                           { { "PENDING_CREATION", 16 }, 1 } };
    static struct count task_counts[] = { { { "FINISHED", 8 }, 63 },
                                          { { "RUNNING", 7 }, 20 } };
    static struct cluster_status reply;

    demands[0] = (struct demand_row){ slice("CPU=1"), 15, slice("tasks"),
                                      slice("waiting for CPU: all 2 nodes are busy") };
    demands[1] = (struct demand_row){ slice("GPU=1"), 1, slice("actors"),
                                      slice("no node has GPU (needs 1)") };
    reply = (struct cluster_status){ .nodes_alive = 2,
                                     .nodes_dead = 1,
                                     .usage = { usage, 2 },
                                     .demands = { demands, 2 },
                                     .tasks = { task_counts, 2 },
                                     .actors = { actor_counts, 2 },
                                     .jobs = { job_counts, 3 } };
    return &reply;
}

static int begin(void **state)
{
    static const struct screen_context nobody;

    (void)state;
    snapshot = (struct snapshot){
        .status = status(),
        .nodes = nodes(),
        .jobs = jobs(),
        .actors = actors(),
        .groups = groups(),
        .tasks = tasks(),
        .files = files(),
        .now = NOON,
        .usage = { 4.5, 8, 30.0 * GIB, 32.0 * GIB, 1.0 * GIB, 8.0 * GIB },
    };
    history_init(&snapshot.cpu, 100);
    history_init(&snapshot.memory, 100);
    history_init(&snapshot.store, 100);
    for (int i = 0; i < 40; i++) {
        history_add(&snapshot.cpu, i % 9);
        history_add(&snapshot.memory, (double)(10 + i / 2) * GIB);
        history_add(&snapshot.store, i > 30 ? 1.0 * GIB : 0);
    }
    stage = stage_create(&nobody);
    return 0;
}

static int end(void **state)
{
    (void)state;
    stage_destroy(stage);
    history_finish(&snapshot.cpu);
    history_finish(&snapshot.memory);
    history_finish(&snapshot.store);
    return 0;
}

/* ---- drawings ---- */

static void assert_golden(int width, int height, const char *name)
{
    struct canvas canvas;
    struct buf drawn;
    char *text;

    canvas_init(&canvas, width, height);
    stage_draw(stage, &canvas, &snapshot);
    buf_init(&drawn, 0);
    canvas_text(&canvas, &drawn);
    canvas_finish(&canvas);
    text = buf_take(&drawn);
    harness_golden(__FILE__, name, text);
    free(text);
}

static unsigned press(int key)
{
    return stage_input(stage, &(struct input){ .key = key }, &snapshot);
}

static void type(const char *text)
{
    for (; *text != '\0'; text++)
        press(*text);
}

static unsigned click(int x, int y)
{
    return stage_input(stage, &(struct input){ .key = INPUT_CLICK, .x = x, .y = y },
                       &snapshot);
}

/* Without a file: what a drawing has, and has not, in it. */
static bool draws(int width, int height, const char *part)
{
    struct canvas canvas;
    struct buf drawn;
    char *text;
    bool found;

    canvas_init(&canvas, width, height);
    stage_draw(stage, &canvas, &snapshot);
    buf_init(&drawn, 0);
    canvas_text(&canvas, &drawn);
    canvas_finish(&canvas);
    text = buf_take(&drawn);
    found = strstr(text, part) != NULL;
    free(text);
    return found;
}

static void each_screen_in_a_usual_terminal(void **state)
{
    static const char *const names[] = { "overview", "nodes", "jobs",
                                         "actors",   "tasks", "files" };

    (void)state;
    for (int i = 0; i < 6; i++) {
        assert_int_equal(press('1' + i) & STAGE_REDRAW, STAGE_REDRAW);
        assert_golden(100, 24, names[i]);
    }
}

static void each_screen_in_the_smallest_terminal(void **state)
{
    static const char *const names[] = {
        "overview-40x10", "nodes-40x10", "jobs-40x10",
        "actors-40x10",   "tasks-40x10", "files-40x10"
    };

    (void)state;
    for (int i = 0; i < 6; i++) {
        press('1' + i);
        assert_golden(40, 10, names[i]);
    }
}

static void a_terminal_that_is_too_small_is_told_so(void **state)
{
    (void)state;
    assert_golden(39, 10, "too-small");
    assert_true(draws(100, 9, "40x10 needed, this is 100x9"));
    assert_false(draws(1, 1, "Nodes"));
}

static void before_the_first_answer(void **state)
{
    (void)state;
    snapshot.status = NULL;
    snapshot.nodes = NULL;
    snapshot.actors = NULL;
    snapshot.usage = (struct snapshot_usage){ 0 };
    assert_true(draws(80, 24, "asking ..."));
    assert_true(draws(80, 24, "not known yet"));
    press('4');
    assert_true(draws(80, 24, "asking ..."));
}

static void the_last_data_stay_while_the_cluster_is_away(void **state)
{
    (void)state;
    press('2');
    snapshot.lost_since = NOON - 5 * SECOND;
    fail(&snapshot.lost, ERR_UNREACHABLE, "no cluster answers at unix:/x");
    assert_golden(80, 12, "away");
}

static void details_of_a_row_and_back(void **state)
{
    (void)state;
    press('4');
    assert_golden(100, 10, "actors-short");
    press(INPUT_DOWN);
    assert_int_equal(press(INPUT_ENTER), STAGE_REDRAW | STAGE_ASK);
    assert_golden(80, 14, "actor-detail");
    assert_int_equal(stage_questions(stage), ASKS(actors));
    press(INPUT_ESCAPE);
    assert_true(draws(80, 14, "Actors: 2"));
    assert_int_equal(press(INPUT_ESCAPE), 0); /* nothing to leave */
}

static void the_details_of_a_row_that_has_gone_stay(void **state)
{
    static const struct actor_rows none;

    (void)state;
    press('4');
    press(INPUT_ENTER);
    snapshot.actors = &none;
    snapshot.serials[QUESTION_actors]++;
    assert_true(draws(80, 14, "not listed any more"));
    assert_true(draws(80, 24, "trainer"));
}

static void a_group_opens_its_tasks(void **state)
{
    struct list_request rq = { .limit = 0 };
    struct arena arena = { 0 };

    (void)state;
    press('5');
    press(INPUT_ENTER);
    assert_int_equal(stage_questions(stage), ASKS(tasks));
    assert_golden(120, 10, "task-list");
    press('/');
    type("state=failed");
    press(INPUT_ENTER);
    assert_golden(120, 10, "task-list-filtered");
    /* The head does the filtering. */
    stage_choose_tasks(stage, &rq, &arena);
    assert_int_equal(rq.filters.count, 3);
    assert_true(slice_is(rq.filters.items[0].value, "evaluate_trial"));
    assert_true(slice_is(rq.filters.items[2].key, "state"));
    assert_true(slice_is(rq.filters.items[2].value, "failed"));
    arena_finish(&arena);
    press(INPUT_ESCAPE); /* the filter, then the screen */
    assert_true(draws(120, 10, "RUNNING"));
    press(INPUT_ESCAPE);
    assert_int_equal(stage_questions(stage), ASKS(groups));
}

static void a_filter_is_a_text_or_a_term(void **state)
{
    (void)state;
    press('3');
    press('/');
    type("DIGITS");
    assert_golden(100, 10, "jobs-filtering");
    press(INPUT_ENTER);
    assert_true(draws(100, 10, "Jobs: 1 of 3 with DIGITS"));
    press('/');
    for (int i = 0; i < 6; i++)
        press(INPUT_BACKSPACE);
    type("status!=RUNNING");
    press(INPUT_ENTER);
    assert_true(draws(100, 10, "Jobs: 2 of 3"));
    press('/');
    type("xyz");
    press(INPUT_ESCAPE); /* as it was */
    assert_true(draws(100, 10, "with status!=RUNNING"));
    press(INPUT_ESCAPE);
    assert_true(draws(100, 10, "Jobs: 3"));
    press('/');
    type("nothing has this");
    assert_true(draws(100, 10, "none of 3 rows fits the filter"));
}

static void columns_are_sorted(void **state)
{
    (void)state;
    press('3');
    assert_true(draws(100, 10, "STARTED▼"));
    press('<');
    assert_true(draws(100, 10, "SUBMISSION▼"));
    press('I');
    assert_golden(100, 10, "jobs-sorted");
    press('>');
    assert_true(draws(100, 10, "STARTED▲"));
}

static void the_cursor_stays_on_its_row(void **state)
{
    static struct job_row more[4];
    static const struct job_rows reply = { { more, 4 }, 4, 0 };

    (void)state;
    press('3');
    press(INPUT_DOWN); /* the job of ./driver */
    memcpy(more + 1, snapshot.jobs->rows.items, 3 * sizeof(*more));
    more[0] = more[1];
    more[0].job_id = id_job(9);
    more[0].start_time = NOON;
    snapshot.jobs = &reply;
    snapshot.serials[QUESTION_jobs]++;
    press(INPUT_ENTER);
    assert_true(draws(100, 20, "./driver"));
}

static void ending_asks_first(void **state)
{
    (void)state;
    press('4');
    press('k');
    assert_golden(80, 10, "kill");
    assert_int_equal(press('n') & STAGE_END, 0);
    press('k');
    assert_int_equal(press('x') & STAGE_END, 0);
    assert_int_equal(press('y') & STAGE_END, STAGE_END);
    assert_int_equal(stage_ending(stage)->kind, TARGET_ACTOR);
    assert_true(id_equal(&stage_ending(stage)->actor,
                         &snapshot.actors->rows.items[0].actor_id));
    press('3');
    press('k');
    assert_int_equal(press('y') & STAGE_END, STAGE_END);
    assert_string_equal(stage_ending(stage)->job, "raysubmit_digits");
    press(INPUT_DOWN);
    press('k'); /* it is over */
    assert_true(draws(80, 10, "that job has ended already"));
    press('5');
    press('k');
    assert_true(draws(80, 10, "a task ends with its job"));
    press('1');
    assert_int_equal(press('k'), 0);
}

static void help_is_the_key_table(void **state)
{
    (void)state;
    press('?');
    assert_golden(80, 34, "help");
    assert_int_equal(press('?'), 0);
    press(INPUT_ESCAPE);
    assert_true(draws(80, 24, "Leased"));
}

static void the_mouse_chooses(void **state)
{
    (void)state;
    assert_true(draws(100, 24, "CPU"));
    click(25, 0); /* " 1 Overview  2 Nodes  3 Jobs " */
    assert_true(draws(100, 24, "Jobs: 3"));
    assert_int_equal(click(5, 4), STAGE_REDRAW | STAGE_ASK); /* the second row */
    assert_int_equal(click(5, 20), 0);                       /* no row there */
    click(5, 4);                                             /* again: open it */
    assert_true(draws(100, 24, "./driver"));
    assert_true(draws(100, 24, "message:"));
    press(INPUT_ESCAPE);
    assert_true(draws(100, 24, "STARTED▼"));
    click(0, 2); /* a title */
    assert_true(draws(100, 24, "JOB▲"));
    click(0, 2);
    assert_true(draws(100, 24, "JOB▼"));
}

static void tabs_go_round(void **state)
{
    (void)state;
    press(INPUT_BACK_TAB);
    assert_true(draws(100, 24, "Logs: 2"));
    press(INPUT_TAB);
    press(INPUT_TAB);
    assert_true(draws(100, 24, "Nodes: 3"));
    assert_int_equal(press('q') & STAGE_QUIT, STAGE_QUIT);
    assert_int_equal(press(INPUT_CTRL_L) & STAGE_ANEW, STAGE_ANEW);
}

static void screens_are_chosen_by_name(void **state)
{
    struct error err;

    (void)state;
    assert_ok(stage_choose(stage, "ACTORS", &err), &err);
    assert_true(draws(100, 24, "Actors: 2"));
    assert_int_equal(stage_choose(stage, "planets", &err), -ERR_USAGE);
    assert_non_null(strstr(err.text, "planets"));
}

static void any_size_and_any_key(void **state)
{
    static const int odd[] = {
        0, -1, INPUT_FIRST, INPUT_CLICK, INPUT_WHEEL_UP, 0x10ffff
    };

    (void)state;
    for (int width = 1; width < 130; width += 13) {
        for (int height = 1; height < 40; height += 3) {
            press('1' + width % 5); /* not into a log: there is no loop */
            press(height % 2 ? INPUT_DOWN : INPUT_PAGE_DOWN);
            press(odd[(width + height) % 6]);
            (void)draws(width, height, "");
            click(width, height);
            press(INPUT_ESCAPE);
        }
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(each_screen_in_a_usual_terminal),
        TEST(each_screen_in_the_smallest_terminal),
        TEST(a_terminal_that_is_too_small_is_told_so),
        TEST(before_the_first_answer),
        TEST(the_last_data_stay_while_the_cluster_is_away),
        TEST(details_of_a_row_and_back),
        TEST(the_details_of_a_row_that_has_gone_stay),
        TEST(a_group_opens_its_tasks),
        TEST(a_filter_is_a_text_or_a_term),
        TEST(columns_are_sorted),
        TEST(the_cursor_stays_on_its_row),
        TEST(ending_asks_first),
        TEST(help_is_the_key_table),
        TEST(the_mouse_chooses),
        TEST(tabs_go_round),
        TEST(screens_are_chosen_by_name),
        TEST(any_size_and_any_key),
    };
    setenv("TZ", "UTC", 1);
    tzset();
    glyph_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
