/* fsm_test.c - the one function that changes a state, and what it refuses. */
#include "tests/harness.h"

#include "lib/base/fsm.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RED, GREEN, BROKEN };

static const struct fsm_state states[] = {
    [RED] = { "RED", TO(GREEN) | TO(BROKEN) },
    [GREEN] = { "GREEN", TO(RED) },
    [BROKEN] = { "BROKEN", 0 },
};
static const struct fsm light = { "light", states, 3 };

/* Whether a process that makes this move aborts. */
static bool aborts(int from, int to)
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        int quiet = open("/dev/null", O_WRONLY);
        dup2(quiet, STDERR_FILENO);
        setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
        signal(SIGABRT, SIG_DFL);
        fsm_move(&light, &from, to, "1", "test");
        _exit(from == to ? 0 : 1);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!WIFSIGNALED(status))
        assert_int_equal(status, 0);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void every_pair_of_states(void **state)
{
    static const bool allowed[3][3] = {
        [RED] = { true, true, true },
        [GREEN] = { true, true, false },
        [BROKEN] = { false, false, true },
    };

    (void)state;
    for (int from = RED; from <= BROKEN; from++)
        for (int to = RED; to <= BROKEN; to++)
            if (aborts(from, to) == allowed[from][to])
                fail_msg("%s -> %s", fsm_name(&light, from), fsm_name(&light, to));
}

static void what_is_no_state_aborts(void **state)
{
    (void)state;
    assert_true(aborts(RED, 3));
    assert_true(aborts(RED, -1));
    assert_true(aborts(3, RED));
    assert_true(aborts(-1, RED));
}

static void names_and_states(void **state)
{
    (void)state;
    for (int i = RED; i <= BROKEN; i++)
        assert_int_equal(fsm_find(&light, fsm_name(&light, i)), i);
    assert_int_equal(fsm_find(&light, "gReEn"), GREEN);
    assert_int_equal(fsm_find(&light, "GREE"), -1);
    assert_int_equal(fsm_find(&light, ""), -1);
    assert_string_equal(fsm_name(&light, 3), "UNKNOWN");
    assert_string_equal(fsm_name(&light, -1), "UNKNOWN");
}

static void what_can_come(void **state)
{
    static const struct fsm_state far[] = {
        { "A", TO(1) }, { "B", TO(2) }, { "C", 0 }, { "D", TO(0) }
    };
    static const struct fsm way = { "way", far, 4 };

    (void)state;
    assert_true(fsm_can_reach(&way, 3, TO(2)));
    assert_true(fsm_can_reach(&way, 2, TO(2)));
    assert_true(fsm_can_reach(&way, 1, TO(0) | TO(2)));
    assert_false(fsm_can_reach(&way, 1, TO(0) | TO(3)));
    assert_false(fsm_can_reach(&way, 0, 0));
    assert_true(fsm_can_reach(&light, GREEN, TO(BROKEN)));
    assert_false(fsm_can_reach(&light, BROKEN, TO(RED) | TO(GREEN)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pair_of_states),
        cmocka_unit_test(what_is_no_state_aborts),
        cmocka_unit_test(names_and_states),
        cmocka_unit_test(what_can_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
