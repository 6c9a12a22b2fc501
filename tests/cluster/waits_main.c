/* waits_main.c - tasks that wait for tasks that are started later, on a machine with
 * one CPU: each lends it while it waits, and the next may not stay behind it. */
#include "checks.h"

#include <stdio.h>

enum { TASKS = 3 };

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

int main(void)
{
    const struct ray_actor_options options = { .max_concurrency = TASKS + 1 };
    struct checks_marks marks = checks_marks("gate");
    struct ray_ref *refs[TASKS];
    struct wait wait;
    struct ray_error err;

    checks_begin(1);
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
    return checks_end();
}
