/* changes_test.c - long polls: answered by a change, a deadline, or at once. */
#include "tests/harness.h"

#include "daemon/head/changes.h"
#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/net/auth.h"
#include "lib/net/loop.h"
#include "lib/net/server.h"
#include "lib/net/stubs.h"

#include <stdio.h>
#include <stdlib.h>

static struct loop *loop;
static struct changes *changes;
static struct dispatch dispatch;
static struct server *server;
static struct peer *client;
static struct identity self;
static bool is_answered, is_closed;
static struct table_versions answer;
static int watched;

static void on_watched(void *arg, int64_t duration)
{
    (void)arg;
    assert_true(duration > 0);
    watched++;
}

static void on_close(void *arg, struct peer *peer, const struct error *why)
{
    (void)arg;
    (void)peer;
    (void)why;
    is_closed = true;
}

static int set_up(void **state)
{
    char *address = xprintf("unix:%s/s", harness_dir());
    struct peer_options options = { .self = &self, .dispatch = &dispatch };
    struct error err;

    (void)state;
    watched = 0;
    is_answered = is_closed = false;
    snprintf(self.role, sizeof(self.role), "admin");
    dispatch = (struct dispatch){ 0 };
    loop = loop_create();
    changes = changes_create(loop, on_watched, NULL);
    changes_serve(changes, &dispatch);
    server = server_listen(loop, address, &options, &err);
    options = (struct peer_options){ .self = &self, .on_close = on_close };
    client = peer_connect(loop, address, &options);
    free(address);
    return server != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    peer_close(client);
    while (!is_closed)
        loop_run_until(loop, &is_closed, 0);
    server_close(server);
    changes_destroy(changes);
    loop_destroy(loop);
    return 0;
}

static void on_answer(void *arg, const struct error *err, const void *reply)
{
    (void)arg;
    if (err != NULL) /* the end of the test */
        return;
    answer = *(const struct table_versions *)reply;
    is_answered = true;
}

static void wait_for_change(struct table_versions seen, int64_t ms)
{
    const struct changes_wait rq = { .seen = seen, .duration = ms * NS_PER_MS };

    is_answered = false;
    call_changes_wait(client, &rq, NULL, on_answer, NULL);
}

/* Whether the answer has come after that time. */
static bool answered_within(int64_t ms)
{
    loop_run_until(loop, &is_answered, clock_now() + ms * NS_PER_MS);
    return is_answered;
}

static struct table_versions first_answer(void)
{
    wait_for_change((struct table_versions){ 0 }, 60000);
    assert_true(answered_within(10000));
    return answer;
}

static void who_has_nothing_is_answered_at_once(void **state)
{
    struct table_versions first = first_answer();

    (void)state;
    assert_true(first.nodes > 0 && first.jobs > 0 && first.actors > 0 &&
                first.tasks > 0);
    assert_int_equal(watched, 1);
    wait_for_change(first, 60000);
    assert_false(answered_within(CHANGES_GATHER_MS / 2));
    assert_int_equal(watched, 1); /* not so soon again */
}

static void a_change_is_named(void **state)
{
    struct table_versions first = first_answer();

    (void)state;
    wait_for_change(first, 60000);
    assert_false(answered_within(10));
    changes_touch(changes, CHANGES_ACTORS);
    assert_true(answered_within(10000));
    assert_true(answer.actors != first.actors);
    assert_true(answer.nodes == first.nodes && answer.jobs == first.jobs &&
                answer.tasks == first.tasks);
}

static void what_changed_before_the_question_is_not_missed(void **state)
{
    struct table_versions first = first_answer();

    (void)state;
    changes_touch(changes, CHANGES_TASKS);
    wait_for_change(first, 60000);
    assert_true(answered_within(10000));
    assert_true(answer.tasks != first.tasks);
}

static void many_changes_are_one_answer(void **state)
{
    struct table_versions first = first_answer();
    int64_t begin = clock_now();

    (void)state;
    wait_for_change(first, 60000);
    assert_false(answered_within(10));
    for (int i = 0; i < 1000; i++)
        changes_touch(changes, (enum changes_table)(i % CHANGES_TABLES));
    assert_true(answered_within(10000));
    assert_true(clock_now() - begin >= CHANGES_GATHER_MS * NS_PER_MS);
    assert_true(answer.nodes != first.nodes && answer.tasks != first.tasks);
}

static void a_deadline_answers_with_the_same(void **state)
{
    struct table_versions first = first_answer();

    (void)state;
    wait_for_change(first, 30);
    assert_true(answered_within(10000));
    assert_true(answer.nodes == first.nodes && answer.tasks == first.tasks);
}

/* Another head has other versions, though nothing has changed in it. */
static void a_head_that_comes_again_is_another(void **state)
{
    struct table_versions first = first_answer();

    (void)state;
    first.jobs -= 1000; /* an earlier start */
    wait_for_change(first, 60000);
    assert_true(answered_within(10000));
}

static void an_end_answers_those_who_wait(void **state)
{
    struct table_versions first = first_answer();

    (void)state;
    wait_for_change(first, 60000);
    assert_false(answered_within(10));
    changes_destroy(changes);
    changes = NULL;
    assert_true(answered_within(10000));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(who_has_nothing_is_answered_at_once),
        TEST(a_change_is_named),
        TEST(what_changed_before_the_question_is_not_missed),
        TEST(many_changes_are_one_answer),
        TEST(a_deadline_answers_with_the_same),
        TEST(a_head_that_comes_again_is_another),
        TEST(an_end_answers_those_who_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
