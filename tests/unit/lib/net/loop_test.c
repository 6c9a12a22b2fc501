/* loop_test.c - waiting on a loop ends by its deadline, whatever else is alive on it.
 */
#include "tests/harness.h"

#include "lib/base/clock.h"
#include "lib/net/loop.h"

#include <unistd.h>

enum { WAITS = 300 };

static void on_readable(void *arg, int events)
{
    (void)events;
    *(bool *)arg = true;
}

/* Deadlines at every fraction of a millisecond; the watch keeps the loop waiting. */
static void a_deadline_always_ends_the_wait(void **state)
{
    struct loop *loop = loop_create();
    struct loop_watch *watch;
    bool flag = false;
    int fds[2];

    (void)state;
    assert_int_equal(pipe(fds), 0);
    watch = loop_watch_create(loop, fds[0], on_readable, &flag);
    loop_watch_set(watch, LOOP_READABLE);
    alarm(20); /* a wait that does not end fails as a signal */
    for (int i = 0; i < WAITS; i++)
        loop_run_until(loop, &flag, clock_now() + i * NS_PER_MS * 7 / 1000);
    assert_false(flag);
    assert_int_equal(write(fds[1], "x", 1), 1);
    loop_run_until(loop, &flag, 0);
    assert_true(flag);
    alarm(0);
    loop_watch_destroy(watch);
    loop_destroy(loop);
    close(fds[0]);
    close(fds[1]);
}

static void raise_flag(void *arg)
{
    *(bool *)arg = true;
}

/* Deferred calls and timers that are due run before the poll of their turn. */
static void a_deferred_call_ends_the_wait(void **state)
{
    struct loop *loop = loop_create();
    struct loop_watch *watch;
    struct loop_timer *timer;
    bool flag = false;
    int fds[2];

    (void)state;
    assert_int_equal(pipe(fds), 0);
    watch = loop_watch_create(loop, fds[0], on_readable, &flag);
    loop_watch_set(watch, LOOP_READABLE);
    alarm(20);
    loop_defer(loop, raise_flag, &flag);
    loop_run_until(loop, &flag, 0);
    flag = false;
    timer = loop_timer_create(loop, true, raise_flag, &flag);
    loop_timer_start(timer, 0, 0);
    loop_run_until(loop, &flag, 0);
    alarm(0);
    loop_timer_destroy(timer);
    loop_watch_destroy(watch);
    loop_destroy(loop);
    close(fds[0]);
    close(fds[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_deadline_always_ends_the_wait),
        cmocka_unit_test(a_deferred_call_ends_the_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
