/* gpus_main.c - which GPUs tasks and actors see: those that they have been given. */
#include "checks.h"

#include <stdio.h>
#include <string.h>

enum { WAIT = 30000, TEXT = 600, MANY = 6 };

static const char var[] = "CUDA_VISIBLE_DEVICES";

static const char *text_of(struct ray_ref *ref, char text[TEXT])
{
    struct ray_value value = ray_none();
    struct ray_error err;

    if (ref == NULL || ray_get(ref, &value, WAIT, &err) != 0)
        snprintf(text, TEXT, "failed: %s", ref != NULL ? err.text : "no ref");
    else
        snprintf(text, TEXT, "%s", (const char *)value.as.bytes.data);
    ray_release(ref);
    return text;
}

static struct ray_ref *ask(double gpus)
{
    const struct ray_task_options options = { .num_gpus = gpus };
    struct ray_error err;

    return ray_remote("variable", RAY_ARGS(ray_string(var)), &options, &err);
}

static void task_sees(double gpus, const char *expected)
{
    char text[TEXT];

    text_of(ask(gpus), text);
    check(strcmp(text, expected) == 0, "a task with %g GPUs sees '%s': '%s'", gpus,
          expected, text);
}

static struct ray_actor *create(double gpus)
{
    const struct ray_actor_options options = { .num_gpus = gpus };
    struct ray_error err;

    return ray_actor_create("witness", RAY_NO_ARGS, &options, &err);
}

static void actor_sees(struct ray_actor *actor, const char *expected)
{
    struct ray_error err;
    char text[TEXT];

    text_of(ray_call(actor, "variable", RAY_ARGS(ray_string(var)), NULL, &err), text);
    check(strcmp(text, expected) == 0, "an actor sees '%s': '%s'", expected, text);
}

/* More than there are at a time: each has one, in turn. */
static void many_tasks(void)
{
    struct ray_ref *refs[MANY];
    char text[TEXT];
    int good = 0;

    for (int i = 0; i < MANY; i++)
        refs[i] = ask(1);
    for (int i = 0; i < MANY; i++) {
        text_of(refs[i], text);
        good += strcmp(text, "4") == 0 || strcmp(text, "6") == 0;
    }
    check(good == MANY, "%d tasks with a GPU each see one of 4 and 6: %d", MANY, good);
}

int main(void)
{
    const struct ray_task_options one_and_a_half = { .num_gpus = 1.5 };
    struct ray_actor *half, *whole, *other;
    struct ray_error err;

    checks_begin(4);
    task_sees(0, "");
    task_sees(2, "4,6");
    task_sees(0, ""); /* the worker that has seen both is not asked again */
    half = create(0.5);
    actor_sees(half, "4");
    whole = create(1);
    actor_sees(whole, "6");
    task_sees(0.5, "4"); /* what is left of the first */
    ray_actor_kill(whole, true, &err);
    task_sees(1, "6");
    other = create(0.5);
    actor_sees(other, "4");
    ray_actor_kill(half, true, &err);
    ray_actor_kill(other, true, &err);
    many_tasks();
    check(ray_remote("variable", RAY_ARGS(ray_string(var)), &one_and_a_half, &err) ==
                  NULL &&
              strstr(err.text, "whole") != NULL,
          "one and a half is refused: %s", err.text);
    ray_actor_release(half);
    ray_actor_release(whole);
    ray_actor_release(other);
    return checks_end();
}
