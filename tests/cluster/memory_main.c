/* memory_main.c - a function that takes all memory there is (of the cgroup that this
 * runs in: tests/cluster/quota.bats) fails its task; others, and the node, go on.
 *
 *     memory CODE TEXT    how the task fails */
#include "checks.h"

#include <stdlib.h>

static const struct ray_task_options once = { .max_retries = RAY_NO_RETRIES };

int main(int argc, char **argv)
{
    struct ray_ref *bystander, *hog;
    struct ray_actor *actor;
    struct ray_value value;
    struct ray_error err;

    if (argc != 3)
        return 2;
    checks_begin(3);
    actor = ray_actor_create("counter", RAY_ARGS(ray_int(41)), NULL, &err);
    bystander = ray_remote("spin", RAY_NO_ARGS, &once, &err);
    check(ray_get(bystander, &value, 300, &err) == -RAY_TIMEOUT, "another task runs");
    hog = ray_remote("hog", RAY_ARGS(ray_int(4)), &once, &err);
    checks_fails(hog, (enum ray_code)strtol(argv[1], NULL, 10), argv[2]);
    check(ray_get(bystander, &value, 300, &err) == -RAY_TIMEOUT, "it still does");
    check(ray_cancel(bystander, RAY_CANCEL_FORCE, &err) == 0, "and is cancelled");
    check(checks_int(ray_call(actor, "add", RAY_ARGS(ray_int(1)), NULL, &err), "add") ==
              42,
          "an actor keeps its state");
    check(checks_int(ray_remote("echo", RAY_ARGS(ray_int(7)), NULL, &err), "echo") == 7,
          "the next task runs");
    ray_release(bystander);
    ray_actor_release(actor);
    return checks_end();
}
