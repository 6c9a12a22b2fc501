/* calls_main.c - calls that are tried again, that run side by side, and the last ones
 * of an actor that leaves. */
#include "checks.h"

static struct ray_actor *create(const char *class_name, struct ray_value value,
                                const struct ray_actor_options *options)
{
    struct ray_error err;
    struct ray_actor *actor =
        ray_actor_create(class_name, RAY_ARGS(value), options, &err);

    if (!actor)
        check(false, "create: %s", err.text);
    return actor;
}

static struct ray_ref *call(struct ray_actor *actor, const char *method,
                            struct ray_args args)
{
    struct ray_error err;
    struct ray_ref *ref = ray_call(actor, method, args, NULL, &err);

    if (!ref)
        check(false, "%s: %s", method, err.text);
    return ref;
}

static void finish(struct ray_actor *actor)
{
    struct ray_error err;

    ray_actor_kill(actor, true, &err);
    ray_actor_release(actor);
}

/* The call under which it dies runs again, before those behind it. */
static void again_after_a_death(void)
{
    const struct ray_actor_options cat = { .max_restarts = -1, .max_task_retries = 1 };
    struct checks_marks deaths = checks_marks("deaths");
    struct ray_actor *actor = create("counter", ray_int(3), &cat);
    struct ray_ref *before = call(actor, "append", RAY_ARGS(ray_int(1)));
    struct ray_ref *dies = call(actor, "die_once", RAY_ARGS(ray_string(deaths.path)));
    struct ray_ref *first = call(actor, "append", RAY_ARGS(ray_int(4)));
    struct ray_ref *second = call(actor, "append", RAY_ARGS(ray_int(5)));

    check(checks_int(before, "before") == 31, "a call before");
    check(checks_int(dies, "die_once") == 1, "the second attempt lives");
    check(checks_int(first, "first") == 34, "those behind it find a new state");
    check(checks_int(second, "second") == 345, "and are in order");
    checks_marked(&deaths, "dd", "it ran twice");
    finish(actor);
}

static void not_for_ever(void)
{
    const struct ray_actor_options cat = { .max_restarts = -1, .max_task_retries = 1 };
    const struct ray_task_options none = { .max_retries = RAY_NO_RETRIES };
    const struct ray_task_options twice = { .max_retries = 2,
                                            .retry_exceptions = true };
    struct ray_error err;
    struct ray_actor *actor = create("counter", ray_int(0), &cat);

    checks_fails(call(actor, "die", RAY_NO_ARGS), RAY_ACTOR_UNAVAILABLE,
                 "process ended");
    checks_fails(ray_call(actor, "die", RAY_NO_ARGS, &none, &err),
                 RAY_ACTOR_UNAVAILABLE, "process ended");
    checks_fails(ray_call(actor, "fail_until", RAY_ARGS(ray_int(1)), NULL, &err),
                 RAY_TASK_FAILED, "attempt 0");
    check(checks_int(ray_call(actor, "fail_until", RAY_ARGS(ray_int(2)), &twice, &err),
                     "fail_until") == 2,
          "a call that fails is tried again, if wanted");
    finish(actor);
}

static void dead_is_dead(void)
{
    const struct ray_actor_options once = { .max_restarts = 1, .max_task_retries = -1 };
    struct ray_actor *actor = create("counter", ray_int(0), &once);

    checks_fails(call(actor, "die", RAY_NO_ARGS), RAY_ACTOR_DIED, "signal 9");
    finish(actor);
}

static void side_by_side(void)
{
    enum { THREADS = 8, CALLS = 2000 };
    static struct ray_ref *refs[CALLS];
    const struct ray_actor_options many = { .max_concurrency = THREADS };
    struct checks_marks marks = checks_marks("gate");
    struct ray_actor *gate = create("gate", ray_string(marks.path), &many);
    int64_t sum = 0, most = 0;

    for (int i = 0; i < THREADS; i++)
        refs[i] = call(gate, "meet", RAY_ARGS(ray_int(THREADS)));
    for (int i = 0; i < THREADS; i++)
        sum += checks_int(refs[i], "meet");
    check(sum == THREADS, "%d calls meet", THREADS);
    for (int i = 0; i < CALLS; i++)
        refs[i] = call(gate, "count", RAY_NO_ARGS);
    sum = 0;
    for (int i = 0; i < CALLS; i++) {
        int64_t count = checks_int(refs[i], "count");
        most = count > most ? count : most;
        sum += count;
    }
    check(most == CALLS && sum == (int64_t)CALLS * (CALLS + 1) / 2,
          "%d calls, each counted once", CALLS);
    for (int i = 0; i < 64; i++)
        refs[i] = call(gate, "ask", RAY_ARGS(ray_int(i)));
    sum = 0;
    for (int i = 0; i < 64; i++)
        sum += checks_int(refs[i], "ask");
    check(sum == 64 * 63 / 2, "all of them may wait for tasks");
    finish(gate);
}

static void wrong_numbers(void)
{
    const struct ray_actor_options crowd = { .max_concurrency = 100000 };
    struct ray_error err = { .text = "" };

    check(!ray_actor_create("counter", RAY_ARGS(ray_int(0)), &crowd, &err) &&
              err.code == RAY_INVALID,
          "too many threads: %s", err.text);
}

/* `threads`: the call that runs beside the last one is answered, too. */
static void leaves(int threads)
{
    const struct ray_actor_options options = { .max_concurrency = threads,
                                               .max_restarts = -1,
                                               .max_task_retries = -1 };
    struct checks_marks marks = checks_marks("leaves");
    struct ray_actor *gate = create("gate", ray_string(marks.path), &options);
    struct ray_ref *nap = call(gate, "nap", RAY_ARGS(ray_int(100)));
    struct ray_ref *last = call(gate, "leave", RAY_NO_ARGS), *after[20];

    for (int i = 0; i < 20; i++)
        after[i] = call(gate, "nap", RAY_ARGS(ray_int(600000)));
    check(checks_int(nap, "nap") == 100, "the call before, %d threads", threads);
    check(checks_int(last, "leave") == 7, "the last one");
    for (int i = 0; i < 20; i++)
        checks_fails(after[i], RAY_ACTOR_DIED, "ray_actor_exit()");
    checks_marked(&marks, "x", "its destructor has run");
    checks_fails(call(gate, "count", RAY_NO_ARGS), RAY_ACTOR_DIED, "ray_actor_exit()");
    ray_actor_release(gate);
}

int main(void)
{
    checks_begin(2);
    again_after_a_death();
    not_for_ever();
    dead_is_dead();
    side_by_side();
    wrong_numbers();
    leaves(1);
    leaves(2);
    return checks_end();
}
