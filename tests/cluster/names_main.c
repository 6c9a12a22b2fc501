/* names_main.c - names of 100 and of 100,000 characters, wherever a program gives one.
 */
#include "checks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *name_of(size_t size)
{
    char *name = calloc(1, size + 1);

    if (name == NULL)
        abort();
    return memset(name, 'n', size);
}

static void refused(const void *got, const struct ray_error *err, enum ray_code code,
                    const char *part, const char *what)
{
    check(got == NULL && err->code == code && strstr(err->text, part) != NULL, "%s: %s",
          what, got == NULL ? err->text : "accepted");
}

static struct ray_ref *add(const struct ray_task_options *options,
                           struct ray_error *err)
{
    return ray_remote("add", RAY_ARGS(ray_int(1), ray_int(2)), options, err);
}

static void are_accepted(const char *name)
{
    const struct ray_actor_options named = { .name = name, .namespace_ = name };
    char *setting = name_of(strlen(name) + 2);
    const char *const vars[] = { setting };
    const struct ray_runtime_env env = { .vars = vars, .vars_count = 1 };
    const struct ray_resource resource = { name, 1 };
    struct ray_actor *actor, *again;
    struct ray_error err;
    struct ray_ref *ref;
    bool ready;

    memcpy(setting + strlen(name), "=1", 2);
    check(checks_int(add(&(struct ray_task_options){ .name = name }, &err), "task") ==
              3,
          "a task is called so");
    check(checks_int(add(&(struct ray_task_options){ .env = &env }, &err), "env") == 3,
          "a variable is called so");
    ref =
        add(&(struct ray_task_options){ .resources = &resource, .resources_count = 1 },
            &err);
    check(ref != NULL && ray_wait(&ref, 1, 1, 0, &ready) == 0,
          "a resource is called so: nobody has it, its task waits");
    check(ray_cancel(ref, 0, &err) == 0, "and is cancelled");
    checks_fails(ref, RAY_CANCELLED, "cancel");
    actor = ray_actor_create("counter", RAY_ARGS(ray_int(1)), &named, &err);
    again = ray_actor_get(name, name, &err);
    check(actor != NULL && again != NULL, "an actor is called so, and is found");
    check(checks_int(ray_call(again, "add", RAY_ARGS(ray_int(1)), NULL, &err),
                     "call") == 2,
          "it answers");
    ray_actor_release(actor);
    ray_actor_release(again);
    free(setting);
}

static void are_refused(const char *name)
{
    const struct ray_resource resource = { name, 1 };
    const struct ray_runtime_env env = { .working_dir = name };
    struct ray_actor *actor;
    struct ray_error err;

    refused(add(&(struct ray_task_options){ .name = name }, &err), &err, RAY_INVALID,
            "name of a task: 100000 bytes, at most 4096", "a task");
    refused(
        add(&(struct ray_task_options){ .resources = &resource, .resources_count = 1 },
            &err),
        &err, RAY_INVALID, "bad resource name", "a resource");
    refused(add(&(struct ray_task_options){ .env = &env }, &err), &err, RAY_NOT_FOUND,
            "File name too long", "a working_dir");
    refused(ray_remote(name, RAY_NO_ARGS, NULL, &err), &err, RAY_LOAD,
            "longer than any", "a function");
    refused(ray_actor_create(name, RAY_NO_ARGS, NULL, &err), &err, RAY_LOAD,
            "longer than any", "a class");
    refused(ray_actor_create("counter", RAY_ARGS(ray_int(1)),
                             &(struct ray_actor_options){ .name = name }, &err),
            &err, RAY_INVALID, "name of an actor: 100000 bytes, at most 4096",
            "an actor");
    refused(ray_actor_create(
                "counter", RAY_ARGS(ray_int(1)),
                &(struct ray_actor_options){ .name = "a", .namespace_ = name }, &err),
            &err, RAY_INVALID, "namespace of an actor: 100000 bytes", "a namespace");
    refused(ray_actor_get(name, NULL, &err), &err, RAY_NOT_FOUND, "in namespace",
            "an actor that nobody made");
    actor = ray_actor_create("counter", RAY_ARGS(ray_int(1)), NULL, &err);
    refused(ray_call(actor, name, RAY_NO_ARGS, NULL, &err), &err, RAY_LOAD,
            "longer than any", "a method");
    check(checks_int(ray_call(actor, "add", RAY_ARGS(ray_int(1)), NULL, &err),
                     "call") == 2,
          "and the actor answers on");
    ray_actor_release(actor);
}

int main(void)
{
    char *name = name_of(100), *longest = name_of(RAY_NAME_MAX),
         *too_long = name_of(100000);
    struct ray_error err;

    check(ray_init(&(struct ray_options){ .address = "local", .namespace_ = too_long },
                   &err) == -RAY_INVALID,
          "a namespace of 100,000 characters: %s", err.text);
    checks_begin(2);
    are_accepted(name);
    check(checks_int(add(&(struct ray_task_options){ .name = longest }, &err),
                     "task") == 3,
          "a task with the longest name");
    are_refused(too_long);
    free(name);
    free(longest);
    free(too_long);
    return checks_end();
}
