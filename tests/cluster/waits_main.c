/* waits_main.c - tasks that need each other, on a machine with two CPUs: none may stay
 * behind another that it could run beside. */
#include "checks.h"

#include <stdio.h>

enum { CPUS = 2, TASKS = 3 };

struct wait {
    struct ray_actor *gate;
    int64_t count;
};

static bool are_inside(void *arg)
{
    struct wait *wait = arg;

    return checks_int(ray_call(wait->gate, "inside", RAY_NO_ARGS, NULL, NULL),
                      "who is inside") == wait->count;
}

/* Each lends its CPU while it waits for those that are started later. */
static void one_after_the_other(void)
{
    const struct ray_actor_options options = { .max_concurrency = TASKS + 1 };
    struct checks_marks marks = checks_marks("gate");
    struct ray_ref *refs[TASKS];
    struct wait wait;
    struct ray_error err;

    wait.gate =
        ray_actor_create("gate", RAY_ARGS(ray_string(marks.path)), &options, &err);
    for (int i = 0; i < TASKS; i++) {
        refs[i] = ray_remote("meet_at", RAY_ARGS(ray_handle(wait.gate), ray_int(TASKS)),
                             NULL, &err);
        wait.count = i + 1;
        if (i + 1 < TASKS)
            check(checks_until(are_inside, &wait), "task %d waits for the others", i);
    }
    for (int i = 0; i < TASKS; i++)
        check(checks_int(refs[i], "a task that has waited") == 1,
              "task %d has met them", i);
    ray_actor_release(wait.gate);
}

/* Each keeps its CPU: the worker that is there gets them all, the next one that comes
 * takes its half. */
static void all_at_once(void)
{
    struct checks_marks marks = checks_marks("marks");
    struct ray_ref *refs[CPUS];
    struct ray_error err;

    (void)checks_int(ray_remote("echo", RAY_ARGS(ray_int(0)), NULL, &err), "the first");
    for (int i = 0; i < CPUS; i++)
        refs[i] =
            ray_remote("meet_by_marks", RAY_ARGS(ray_string(marks.path), ray_int(CPUS)),
                       NULL, &err);
    for (int i = 0; i < CPUS; i++)
        check(checks_int(refs[i], "a task that keeps its CPU") == CPUS,
              "task %d has run beside the other", i);
}

int main(void)
{
    checks_begin(CPUS);
    all_at_once();
    one_after_the_other();
    return checks_end();
}
