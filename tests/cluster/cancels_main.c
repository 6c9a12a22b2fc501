/* cancels_main.c - tasks and calls that are not wanted any more, wherever they are. */
#include "checks.h"

static struct ray_ref *start(const char *function, struct ray_args args)
{
    struct ray_error err;
    struct ray_ref *ref = ray_remote(function, args, NULL, &err);

    if (!ref)
        check(false, "%s: %s", function, err.text);
    return ref;
}

static void cancel(struct ray_ref *ref, unsigned flags)
{
    struct ray_error err = { .text = "" };

    if (ray_cancel(ref, flags, &err) != 0)
        check(false, "ray_cancel: %s", err.text);
}

/* Both CPUs are busy; of ten that wait, in the queue or behind a busy one, the odd ones
 * are cancelled. */
static void queued(void)
{
    struct checks_marks never = checks_marks("never");
    struct ray_ref *busy[2], *refs[10];

    for (int i = 0; i < 2; i++)
        busy[i] = start("nap", RAY_ARGS(ray_int(200)));
    for (int i = 0; i < 10; i++)
        refs[i] = i % 2 ? start("mark", RAY_ARGS(ray_string(never.path), ray_int(0)))
                        : start("nap", RAY_ARGS(ray_int(1)));
    for (int i = 1; i < 10; i += 2) {
        cancel(refs[i], 0);
        checks_fails(refs[i], RAY_CANCELLED, "mark: cancelled");
    }
    for (int i = 0; i < 10; i += 2)
        check(checks_int(refs[i], "beside") == 1, "one beside it runs");
    for (int i = 0; i < 2; i++)
        checks_int(busy[i], "busy");
    checks_marked(&never, "", "none of them has run");
}

/* It waits for the value of another, and others for its own. */
static void waiting_for_arguments(void)
{
    struct ray_ref *slow = start("nap", RAY_ARGS(ray_int(100)));
    struct ray_ref *second = start("add", RAY_ARGS(ray_ref(slow), ray_ref(slow)));
    struct ray_ref *third = start("echo", RAY_ARGS(ray_ref(second)));

    cancel(second, 0);
    checks_fails(second, RAY_CANCELLED, "add: cancelled");
    checks_fails(third, RAY_CANCELLED, "add: cancelled");
    check(checks_int(slow, "slow") == 100, "its argument is made as before");
}

static void running(void)
{
    struct checks_marks asked = checks_marks("asked"), deaf = checks_marks("deaf");
    struct ray_ref *patient = start("patient", RAY_ARGS(ray_string(asked.path)));
    struct ray_ref *stubborn =
        start("mark", RAY_ARGS(ray_string(deaf.path), ray_int(100)));
    struct ray_value value;
    struct ray_error err;

    checks_marked(&asked, "b", "it runs");
    check(ray_get(patient, &value, 50, &err) == -RAY_TIMEOUT, "until it is cancelled");
    cancel(patient, 0);
    checks_fails(patient, RAY_CANCELLED, "patient: cancelled");
    checks_marked(&asked, "bc", "its function was asked");
    checks_marked(&deaf, "b", "another one runs");
    cancel(stubborn, 0);
    checks_fails(stubborn, RAY_CANCELLED, "mark: cancelled");
    checks_marked(&deaf, "be", "who does not ask runs to its end, in vain");
}

/* Its worker is killed, it is not tried again, and who was behind it is unharmed. */
static void by_force(void)
{
    struct checks_marks once = checks_marks("once");
    struct ray_ref *ref =
        start("mark", RAY_ARGS(ray_string(once.path), ray_int(600000)));
    struct ray_ref *others[20];
    bool good = true;

    checks_marked(&once, "b", "it runs");
    for (int i = 0; i < 20; i++)
        others[i] = start("nap", RAY_ARGS(ray_int(2)));
    cancel(ref, RAY_CANCEL_FORCE);
    checks_fails(ref, RAY_CANCELLED, "mark: cancelled");
    for (int i = 0; i < 20; i++)
        good = checks_int(others[i], "behind") == 2 && good;
    check(good, "20 others run");
    checks_marked(&once, "b", "it was not tried again");
}

static void with_children(void)
{
    struct checks_marks child = checks_marks("child"), waits = checks_marks("waits");
    struct ray_ref *ref =
        start("parent", RAY_ARGS(ray_string(child.path), ray_string(waits.path)));

    checks_marked(&child, "b", "the child runs");
    cancel(ref, 0);
    checks_fails(ref, RAY_CANCELLED, "parent: cancelled");
    checks_marked(&waits, "p", "its wait was ended");
    ref = start("parent", RAY_ARGS(ray_string(child.path), ray_string(waits.path)));
    checks_marked(&child, "bb", "a second child runs");
    cancel(ref, RAY_CANCEL_RECURSIVE);
    checks_fails(ref, RAY_CANCELLED, "parent: cancelled");
    checks_marked(&child, "bbc", "the child was cancelled, too");
}

static void calls(void)
{
    struct ray_error err = { .text = "" };
    struct checks_marks runs = checks_marks("runs");
    struct ray_actor *actor =
        ray_actor_create("counter", RAY_ARGS(ray_int(0)), NULL, &err);
    struct ray_ref *patient, *behind, *last;

    patient = ray_call(actor, "patient", RAY_ARGS(ray_string(runs.path)), NULL, &err);
    behind = ray_call(actor, "add", RAY_ARGS(ray_int(100)), NULL, &err);
    last = ray_call(actor, "add", RAY_ARGS(ray_int(1)), NULL, &err);
    checks_marked(&runs, "b", "a call runs");
    check(ray_cancel(patient, RAY_CANCEL_FORCE, &err) == -RAY_INVALID,
          "not by force: %s", err.text);
    cancel(behind, 0);
    checks_fails(behind, RAY_CANCELLED, "counter.add: cancelled");
    cancel(patient, 0);
    checks_fails(patient, RAY_CANCELLED, "counter.patient: cancelled");
    check(checks_int(last, "last") == 1, "the actor goes on, without the one behind");
    ray_actor_kill(actor, true, &err);
    ray_actor_release(actor);
}

/* Before the actor lives: the call never leaves this process. */
static void calls_before(void)
{
    const struct ray_actor_options large = { .num_cpus = 3 };
    struct ray_error err = { .text = "" };
    struct ray_actor *actor =
        ray_actor_create("counter", RAY_ARGS(ray_int(0)), &large, &err);
    struct ray_ref *ref = ray_call(actor, "add", RAY_ARGS(ray_int(100)), NULL, &err);

    cancel(ref, 0);
    checks_fails(ref, RAY_CANCELLED, "counter.add: cancelled");
    ray_actor_kill(actor, true, &err);
    ray_actor_release(actor);
}

static void too_late(void)
{
    struct ray_error err = { .text = "" };
    struct ray_ref *ref = start("add", RAY_ARGS(ray_int(2), ray_int(3)));
    struct ray_ref *put = ray_put(ray_int(7), &err);
    struct ray_value value;

    check(ray_get(ref, &value, 30000, &err) == 0, "it has ended");
    cancel(ref, RAY_CANCEL_FORCE);
    check(checks_int(ref, "ended") == 5, "what has ended keeps its value");
    cancel(put, 0);
    check(checks_int(put, "put") == 7, "what was put, too");
    check(ray_cancel(NULL, 0, &err) == -RAY_INVALID, "no ref: %s", err.text);
}

/* Cancelled at every moment of their lives; each ends once, one way or the other. */
static void at_any_moment(void)
{
    enum { COUNT = 2000 };
    static struct ray_ref *refs[COUNT];
    struct ray_error err;
    struct ray_value value;
    int done = 0, cancelled = 0;

    for (int i = 0; i < COUNT; i++) {
        refs[i] = start("add", RAY_ARGS(ray_int(i), ray_int(1)));
        if (i >= 50)
            cancel(refs[i - i % 50], 0);
    }
    for (int i = 0; i < COUNT; i++) {
        int status = ray_get(refs[i], &value, 30000, &err);
        done += status == 0 && value.as.integer == i + 1;
        cancelled += status == -RAY_CANCELLED;
        ray_release(refs[i]);
    }
    check(done + cancelled == COUNT, "%d have ended well, %d are cancelled", done,
          cancelled);
}

int main(void)
{
    checks_begin(2);
    queued();
    waiting_for_arguments();
    running();
    by_force();
    with_children();
    calls();
    calls_before();
    too_late();
    at_any_moment();
    return checks_end();
}
