/* handles_main.c - actors as values: arguments, results, objects, through tasks and
 * other actors. */
#include "checks.h"

#include <stdio.h>
#include <string.h>

enum { WAIT = 30000 };

static struct ray_actor *make(int64_t start)
{
    struct ray_error err;
    return ray_actor_create("counter", RAY_ARGS(ray_int(start)), NULL, &err);
}

static int64_t remote(const char *function, struct ray_value actor, int64_t more)
{
    struct ray_error err;
    struct ray_ref *ref =
        ray_remote(function, RAY_ARGS(actor, ray_int(more)), NULL, &err);

    if (ref == NULL)
        check(false, "%s: %s", function, err.text);
    return checks_int(ref, function);
}

static void tasks_call_what_they_are_given(void)
{
    struct ray_actor *actor = make(100);

    check(remote("add_by_handle", ray_handle(actor), 1) == 101,
          "a task calls an actor");
    check(remote("add_below", ray_handle(actor), 2) == 103, "so does a task of a task");
    ray_actor_release(actor);
}

/* Calls by a handle that came out of `value`. */
static int64_t add_to(const struct ray_value *value, int64_t more)
{
    struct ray_error err;
    struct ray_actor *actor = ray_actor_of(value, &err);
    int64_t result = -1;

    if (actor == NULL)
        check(false, "ray_actor_of: %s", err.text);
    else
        result = checks_int(ray_call(actor, "add", RAY_ARGS(ray_int(more)), NULL, &err),
                            "add");
    ray_actor_release(actor);
    return result;
}

static void handles_come_back(void)
{
    struct ray_actor *actor = make(0);
    struct ray_value value = ray_none();
    struct ray_error err;
    struct ray_ref *put = ray_put(ray_handle(actor), &err), *back, *made;

    check(ray_get(put, &value, 0, &err) == 0 && value.type == RAY_HANDLE,
          "a handle is put and got");
    check(add_to(&value, 5) == 5, "it is that actor's");
    back = ray_remote("hand_back", RAY_ARGS(ray_ref(put)), NULL, &err);
    ray_actor_release(actor); /* the actor lives on */
    check(ray_get(back, &value, WAIT, &err) == 0 && add_to(&value, 1) == 6,
          "it goes through a task and an object");
    check(remote("add_by_handle", ray_ref(back), 1) == 7, "a result of a task, too");
    made = ray_remote("make_counter", RAY_ARGS(ray_int(40)), NULL, &err);
    check(ray_get(made, &value, WAIT, &err) == 0 && add_to(&value, 2) == 42,
          "an actor that a task has made");
    ray_release(made);
    ray_release(back);
    ray_release(put);
}

static void what_is_none_is_refused(void)
{
    const char nobody[16] = { 1, 2, 3 };
    const struct ray_value number = ray_int(1);
    struct ray_value unknown = ray_bytes(nobody, sizeof(nobody));
    struct ray_error err = { .code = RAY_OK };
    struct ray_ref *ref;

    check(ray_actor_of(&number, &err) == NULL && err.code == RAY_INVALID,
          "a number is no actor: %s", err.text);
    unknown.type = RAY_HANDLE;
    check(ray_actor_of(&unknown, &err) == NULL && err.code == RAY_NOT_FOUND,
          "nor is one that nobody knows: %s", err.text);
    ref = ray_remote("add_by_handle", RAY_ARGS(ray_int(1), ray_int(1)), NULL, &err);
    check(ref == NULL && strstr(err.text, "actor") != NULL,
          "an argument of another type: %s", err.text);
}

static void the_dead_say_so(void)
{
    struct ray_actor *actor = make(0);
    const struct ray_value value = ray_handle(actor);
    struct ray_error err;
    struct ray_ref *ref;

    ray_actor_kill(actor, true, &err);
    ref = ray_remote("add_by_handle", RAY_ARGS(value, ray_int(1)), NULL, &err);
    checks_fails(ref, RAY_TASK_FAILED, "killed");
    ray_actor_release(actor);
}

int main(void)
{
    checks_begin(2);
    tasks_call_what_they_are_given();
    handles_come_back();
    what_is_none_is_refused();
    the_dead_say_so();
    return checks_end();
}
