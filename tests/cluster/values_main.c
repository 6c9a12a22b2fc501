/* values_main.c - values in and out: every type, every size, alone and in crowds. */
#include "checks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MANY 2000

static struct ray_ref *echo(struct ray_value value)
{
    struct ray_error err;
    struct ray_ref *ref = ray_remote("echo", RAY_ARGS(value), NULL, &err);

    if (!ref)
        check(false, "echo: %s", err.text);
    return ref;
}

static void types_come_back(void)
{
    struct ray_ref *refs[] = { echo(ray_none()),          echo(ray_bool(true)),
                               echo(ray_int(INT64_MIN)),  echo(ray_double(-0.25)),
                               echo(ray_string("grüße")), echo(ray_bytes("a\0b", 3)) };
    struct ray_value v[6];
    struct ray_error err = { .text = "" };

    if (!check(ray_get_many(refs, 6, v, 30000, &err) == 0, "six types: %s", err.text))
        return;
    check(v[0].type == RAY_NONE, "none");
    check(v[1].type == RAY_BOOL && v[1].as.boolean, "bool");
    check(v[2].type == RAY_INT && v[2].as.integer == INT64_MIN, "int");
    check(v[3].type == RAY_DOUBLE && v[3].as.number * -4 == 1, "double");
    check(v[4].type == RAY_STRING && strcmp(v[4].as.bytes.data, "grüße") == 0,
          "string");
    check(v[5].type == RAY_BYTES && v[5].as.bytes.size == 3 &&
              memcmp(v[5].as.bytes.data, "a\0b", 3) == 0,
          "bytes with a zero in them");
    for (int i = 0; i < 6; i++)
        ray_release(refs[i]);
}

/* Put, passed to a task by reference, and made by a task: inline and in shared memory.
 */
static void size_comes_back(size_t size)
{
    unsigned char *bytes = malloc(size + 1);
    struct ray_ref *put, *made = NULL;
    struct ray_value value;
    struct ray_error err = { .text = "" };
    int64_t sum = (int64_t)size;

    for (size_t i = 0; i < size; i++)
        sum += bytes[i] = (unsigned char)(i * 31);
    put = ray_put(ray_bytes(bytes, size), &err);
    if (!check(put != NULL, "put %zu bytes: %s", size, err.text)) {
        free(bytes);
        return;
    }
    check(ray_get(put, &value, 30000, &err) == 0 && value.as.bytes.size == size &&
              memcmp(value.as.bytes.data, bytes, size) == 0,
          "get %zu bytes", size);
    check(checks_int(ray_remote("weigh", RAY_ARGS(ray_ref(put)), NULL, &err),
                     "weigh") == sum,
          "a task sees %zu bytes by reference", size);
    check(checks_int(ray_remote("weigh", RAY_ARGS(ray_bytes(bytes, size)), NULL, &err),
                     "weigh") == sum,
          "a task sees %zu bytes as an argument", size);
    made = ray_remote("fill", RAY_ARGS(ray_int(7), ray_int((int64_t)size)), NULL, &err);
    memset(bytes, 7, size);
    check(made && ray_get(made, &value, 30000, &err) == 0 &&
              value.as.bytes.size == size &&
              memcmp(value.as.bytes.data, bytes, size) == 0,
          "a task returns %zu bytes", size);
    ray_release(made);
    ray_release(put);
    free(bytes);
}

static void arguments_are_refs(void)
{
    struct ray_error err;
    struct ray_ref *one =
        ray_remote("add", RAY_ARGS(ray_int(1), ray_int(0)), NULL, &err);
    struct ray_ref *ref = one;

    for (int i = 0; i < 50; i++) {
        struct ray_ref *next =
            ray_remote("add", RAY_ARGS(ray_ref(ref), ray_ref(one)), NULL, &err);
        if (ref != one)
            ray_release(ref);
        ref = next;
    }
    check(checks_int(ref, "chain") == 51,
          "a chain of 50 tasks, each with the last's ref");
    ray_release(one);
}

static void many(void)
{
    static struct ray_ref *refs[MANY];
    static struct ray_value values[MANY];
    struct ray_error err = { .text = "" };
    bool good = true;

    for (int i = 0; i < MANY; i++)
        refs[i] = ray_remote("add", RAY_ARGS(ray_int(i), ray_int(i)), NULL, &err);
    good = ray_get_many(refs, MANY, values, 60000, &err) == 0;
    for (int i = 0; i < MANY && good; i++)
        good = values[i].as.integer == 2 * i;
    check(good, "%d tasks, in order: %s", MANY, err.text);
    for (int i = 0; i < MANY; i++)
        ray_release(refs[i]);
}

static void returns(void)
{
    const struct ray_task_options options = { .num_returns = 3 };
    const struct ray_task_options nothing = { .num_returns = RAY_ZERO_RETURNS };
    struct ray_ref *refs[3];
    struct ray_error err = { .text = "" };

    if (check(ray_remote_many("three", RAY_NO_ARGS, &options, refs, &err) == 0,
              "three returns: %s", err.text))
        for (int i = 0; i < 3; i++)
            check(checks_int(refs[i], "three") == i + 1, "return %d", i);
    check(ray_remote("three", RAY_NO_ARGS, &nothing, &err) == NULL,
          "no returns: no ref");
}

static void waiting(void)
{
    struct ray_error err;
    struct ray_value value;
    struct ray_ref *refs[2] = {
        ray_remote("nap", RAY_ARGS(ray_int(60000)), NULL, &err),
        ray_remote("add", RAY_ARGS(ray_int(1), ray_int(1)), NULL, &err),
    };
    bool ready[2] = { true, false };

    check(ray_wait(refs, 2, 1, 30000, ready) == 1 && !ready[0] && ready[1],
          "wait for the first of two that is ready");
    check(ray_wait(refs, 2, 2, 20, ready) == 1, "wait gives up after its time");
    check(ray_get(refs[0], &value, 20, &err) == -RAY_TIMEOUT, "get gives up: %s",
          err.text);
    check(ray_get(refs[0], &value, 0, &err) == -RAY_TIMEOUT,
          "get does not wait at all");
    check(ray_wait(refs, 2, 3, 0, ready) == -RAY_INVALID,
          "wait for more than there are");
    ray_release(refs[0]);
    ray_release(refs[1]);
}

int main(void)
{
    const size_t sizes[] = {
        0, 1, 8, 1000, 102399, 102400, 102401, 1000000, 100000000
    };
    struct ray_error err;

    checks_begin(2);
    types_come_back();
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
        size_comes_back(sizes[i]);
    arguments_are_refs();
    many();
    returns();
    check(checks_int(ray_remote("sum", RAY_ARGS(ray_int(1), ray_int(2), ray_int(3)),
                                NULL, &err),
                     "sum") == 6,
          "any number of arguments");
    check(checks_int(ray_remote("fib", RAY_ARGS(ray_int(9)), NULL, &err), "fib") == 34,
          "109 nested tasks on 2 CPUs");
    waiting();
    return checks_end();
}
