/* misdeeds_main.c - what a function does to its own process is an error of its task: it
 * has a clear text, others' objects stay as they are, and the next task runs. */
#include "checks.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

static const struct ray_task_options once = { .max_retries = RAY_NO_RETRIES };

static void next_runs(const char *after)
{
    struct ray_error err;

    check(checks_int(ray_remote("echo", RAY_ARGS(ray_int(7)), NULL, &err), after) == 7,
          "after %s the next task runs", after);
}

/* Its worker dies. */
static void kills_itself(const char *function)
{
    struct ray_error err;

    checks_fails(ray_remote(function, RAY_NO_ARGS, &once, &err), RAY_WORKER_DIED,
                 "died");
    next_runs(function);
}

static void objects_are_read_only(void)
{
    static char bytes[1 << 20];
    struct ray_error err;
    struct ray_ref *object = ray_put(ray_bytes(bytes, sizeof(bytes)), &err);

    checks_fails(ray_remote("scribble", RAY_ARGS(ray_ref(object)), &once, &err),
                 RAY_WORKER_DIED, "died");
    check(checks_int(ray_remote("weigh", RAY_ARGS(ray_ref(object)), NULL, &err),
                     "weigh") == (int64_t)sizeof(bytes),
          "an object that a function wrote to is as it was");
    ray_release(object);
}

static void loops_are_cancelled(void)
{
    struct ray_error err;
    struct ray_value value;
    struct ray_ref *ref = ray_remote("spin", RAY_NO_ARGS, &once, &err);

    check(ray_get(ref, &value, 300, &err) == -RAY_TIMEOUT, "it spins");
    check(ray_cancel(ref, RAY_CANCEL_FORCE, &err) == 0, "it is cancelled by force");
    check(ray_get(ref, &value, 30000, &err) == -RAY_CANCELLED, "cancelled: %s",
          err.text);
    ray_release(ref);
    next_runs("a loop");
}

static bool has_gone(void *arg)
{
    const int64_t *pid = arg;

    return kill((pid_t)*pid, 0) != 0 && errno == ESRCH;
}

/* One that is in the group of its worker, and one that has left it. */
static void children_do_not_outlive(bool is_stranger)
{
    struct ray_error err;
    int64_t child = checks_int(
        ray_remote("beget", RAY_ARGS(ray_bool(is_stranger)), &once, &err), "beget");

    checks_fails(ray_remote("raise_signal", RAY_ARGS(ray_int(SIGKILL)), &once, &err),
                 RAY_WORKER_DIED, "signal 9");
    check(child > 1 && checks_until(has_gone, &child),
          "a child that is %s ends with its worker",
          is_stranger ? "in a session of its own" : "in its group");
}

static void closed_descriptors(void)
{
    struct ray_error err;
    struct ray_value value;
    struct ray_ref *ref = ray_remote("close_all", RAY_NO_ARGS, &once, &err);
    int status = ray_get(ref, &value, 30000, &err);

    check(status == 0 || status == -RAY_WORKER_DIED, "it closed them all: %d", status);
    ray_release(ref);
    for (int i = 0; i < 3; i++)
        next_runs("closing all descriptors");
}

static void much_talk(void)
{
    struct ray_error err;

    check(checks_int(ray_remote("chatter", RAY_ARGS(ray_int(100)), NULL, &err),
                     "chatter") == 100,
          "100 MB on stdout");
}

int main(void)
{
    struct ray_error err;

    checks_begin(1);
    kills_itself("overrun");
    kills_itself("crash_in_thread");
    kills_itself("descend_for_ever");
    checks_fails(ray_remote("leave", RAY_ARGS(ray_int(0)), &once, &err),
                 RAY_WORKER_DIED, "status 0");
    next_runs("exit");
    objects_are_read_only();
    loops_are_cancelled();
    children_do_not_outlive(false);
    children_do_not_outlive(true);
    closed_descriptors();
    much_talk();
    return checks_end();
}
