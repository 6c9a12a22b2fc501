/* actors_main.c - actors: order, names, lives and deaths. */
#include "checks.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct ray_actor *create(int64_t start, const struct ray_actor_options *options)
{
    struct ray_error err;
    struct ray_actor *actor =
        ray_actor_create("counter", RAY_ARGS(ray_int(start)), options, &err);

    if (!actor)
        check(false, "create: %s", err.text);
    return actor;
}

static struct ray_ref *call(struct ray_actor *actor, const char *method, int64_t value)
{
    struct ray_error err;
    struct ray_ref *ref = ray_call(actor, method, RAY_ARGS(ray_int(value)), NULL, &err);

    if (!ref)
        check(false, "%s: %s", method, err.text);
    return ref;
}

static void calls_are_in_order(void)
{
    struct ray_actor *actor = create(0, NULL);
    struct ray_ref *last = NULL;
    int64_t expected = 0;

    for (int i = 0; i < 3000; i++) {
        ray_release(last);
        last = call(actor, "append", i % 10);
        expected = (expected * 10 + i % 10) % 1000000007;
    }
    check(checks_int(last, "append") == expected, "3,000 calls run in order");
    ray_actor_release(actor);
}

/* A slow argument holds its call, and those behind it, back. */
static void order_waits_for_arguments(void)
{
    struct ray_error err;
    struct ray_actor *actor = create(0, NULL);
    struct ray_ref *slow = ray_remote("nap", RAY_ARGS(ray_int(30)), NULL, &err);
    struct ray_ref *first =
        ray_call(actor, "append", RAY_ARGS(ray_ref(slow)), NULL, &err);
    struct ray_ref *second = call(actor, "append", 5);

    check(checks_int(second, "second") == 305, "a call waits for the one before it");
    ray_release(first);
    ray_release(slow);
    ray_actor_release(actor);
}

static void names(void)
{
    const struct ray_actor_options named = { .name = "tally" };
    const struct ray_actor_options again = { .name = "tally", .get_if_exists = true };
    const struct ray_actor_options elsewhere = { .name = "tally",
                                                 .namespace_ = "other" };
    struct ray_error err = { .text = "" };
    struct ray_actor *actor = create(10, &named), *same, *other;

    check(!ray_actor_create("counter", RAY_ARGS(ray_int(0)), &named, &err) &&
              err.code == RAY_EXISTS,
          "a name is taken once: %s", err.text);
    same = create(99, &again);
    check(checks_int(call(same, "add", 1), "same") == 11, "get_if_exists finds it");
    other = create(50, &elsewhere);
    check(checks_int(call(other, "add", 1), "other") == 51,
          "another namespace, another actor");
    ray_actor_release(same);
    same = ray_actor_get("tally", NULL, &err);
    check(same && checks_int(call(same, "add", 1), "found") == 12, "found by name");
    check(!ray_actor_get("nobody", NULL, &err) && err.code == RAY_NOT_FOUND,
          "no such name: %s", err.text);
    check(checks_int(ray_call(other, "add_to",
                              RAY_ARGS(ray_string("tally"), ray_int(5)), NULL, &err),
                     "add_to") == 17,
          "an actor calls another by name");
    ray_actor_kill(other, true, &err);
    ray_actor_release(other);
    ray_actor_kill(actor, true, &err);
    check(!ray_actor_get("tally", NULL, &err), "the name is free after a kill");
    ray_actor_release(same);
    ray_actor_release(actor);
}

static void errors(void)
{
    struct ray_error err = { .text = "" };
    struct ray_actor *actor = create(0, NULL), *bad = create(-1, NULL);

    checks_fails(
        ray_call(actor, "complain", RAY_ARGS(ray_string("broken")), NULL, &err),
        RAY_TASK_FAILED, "broken");
    check(checks_int(call(actor, "add", 1), "after") == 1,
          "an error does not end an actor");
    check(!ray_call(actor, "no_method", RAY_NO_ARGS, NULL, &err) &&
              err.code == RAY_LOAD,
          "no such method: %s", err.text);
    check(!ray_call(actor, "add", RAY_ARGS(ray_string("x")), NULL, &err) &&
              err.code == RAY_TYPE,
          "wrong type: %s", err.text);
    checks_fails(call(bad, "add", 1), RAY_ACTOR_DIED, "not negative");
    check(!ray_actor_create("no_class", RAY_NO_ARGS, NULL, &err) &&
              err.code == RAY_LOAD,
          "no such class: %s", err.text);
    ray_actor_release(bad);
    ray_actor_release(actor);
}

static void deaths(void)
{
    const struct ray_actor_options twice = { .max_restarts = 1 };
    struct ray_error err = { .text = "" };
    struct ray_value value;
    struct ray_actor *mortal = create(0, NULL), *cat = create(7, &twice);
    struct ray_ref *ref = ray_call(mortal, "die", RAY_NO_ARGS, NULL, &err);
    int64_t before, after;
    int status;

    status = ray_get(ref, &value, 30000, &err);
    check(status == -RAY_ACTOR_UNAVAILABLE || status == -RAY_ACTOR_DIED,
          "the call under which it dies: %s", err.text);
    ray_release(ref);
    checks_fails(call(mortal, "add", 1), RAY_ACTOR_DIED, "signal 9");
    before = checks_int(ray_call(cat, "pid", RAY_NO_ARGS, NULL, &err), "pid");
    kill((pid_t)before, SIGKILL);
    /* A call that was under way may fail; then it is there again, as new. */
    do {
        ref = ray_call(cat, "pid", RAY_NO_ARGS, NULL, &err);
        status = ray_get(ref, &value, 30000, &err);
        after = status == 0 ? value.as.integer : 0;
        ray_release(ref);
    } while (status == -RAY_ACTOR_UNAVAILABLE || (status == 0 && after == before));
    check(status == 0 && after != before, "it is started again: %s", err.text);
    check(checks_int(call(cat, "add", 1), "anew") == 8, "with a new state");
    kill((pid_t)after, SIGKILL);
    do {
        ref = call(cat, "add", 1);
        status = ray_get(ref, &value, 30000, &err);
        ray_release(ref);
    } while (status == 0 || status == -RAY_ACTOR_UNAVAILABLE);
    check(status == -RAY_ACTOR_DIED, "once, not twice: %s", err.text);
    ray_actor_release(cat);
    ray_actor_release(mortal);
}

static void kills(void)
{
    struct ray_error err = { .text = "" };
    struct ray_actor *actor = create(0, NULL);

    check(checks_int(call(actor, "add", 1), "alive") == 1, "alive");
    check(ray_actor_kill(actor, true, &err) == 0, "kill: %s", err.text);
    checks_fails(call(actor, "add", 1), RAY_ACTOR_DIED, "killed");
    ray_actor_release(actor);
}

static void resources(void)
{
    const struct ray_actor_options greedy = { .num_cpus = 2 };
    struct ray_error err;
    struct ray_actor *first = create(0, &greedy), *second;
    struct ray_ref *ref;
    struct ray_value value;

    check(checks_int(call(first, "add", 1), "first") == 1, "holds both CPUs");
    second = create(0, &greedy);
    ref = call(second, "add", 1);
    check(ray_get(ref, &value, 300, &err) == -RAY_TIMEOUT, "a second has to wait");
    ray_actor_kill(first, true, &err);
    check(checks_int(ref, "second") == 1, "until the first is gone");
    ray_actor_kill(second, true, &err);
    ray_actor_release(first);
    ray_actor_release(second);
}

int main(void)
{
    checks_begin(2);
    calls_are_in_order();
    order_waits_for_arguments();
    names();
    errors();
    deaths();
    kills();
    resources();
    return checks_end();
}
