/* failures_main.c - functions that fail, die, or are called wrongly: one clear error
 * each. */
#include "checks.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static const struct ray_task_options once = { .max_retries = RAY_NO_RETRIES };

static void refused(const char *function, struct ray_args args, enum ray_code code,
                    const char *part)
{
    struct ray_error err = { .text = "no error" };
    struct ray_ref *ref = ray_remote(function, args, NULL, &err);

    check(!ref && err.code == code && strstr(err.text, part), "%s refused, '%s': %s",
          function, part, err.text);
    ray_release(ref);
}

static void errors_say_where(void)
{
    struct ray_error err = { .text = "" };
    struct ray_value value;
    struct ray_ref *ref =
        ray_remote("complain", RAY_ARGS(ray_string("no such file")), NULL, &err);

    check(ref && ray_get(ref, &value, 30000, &err) == -RAY_TASK_FAILED, "it failed");
    check(strcmp(err.function, "complain") == 0 && err.pid > 1 &&
              strcmp(err.node, ray_node_id()) == 0,
          "the error names function %s, pid, node", err.function);
    check(strstr(err.text, "no such file") != NULL, "and what it said: %s", err.text);
    check(ray_get(ref, &value, 0, &err) == -RAY_TASK_FAILED, "asked again: the same");
    ray_release(ref);
}

static void errors_pass_on(void)
{
    struct ray_error err;
    struct ray_ref *bad =
        ray_remote("complain", RAY_ARGS(ray_string("first")), NULL, &err);

    checks_fails(ray_remote("add", RAY_ARGS(ray_ref(bad), ray_int(1)), NULL, &err),
                 RAY_TASK_FAILED, "first");
    ray_release(bad);
}

static void deaths(void)
{
    const struct ray_task_options two = { .max_retries = 2 };
    struct ray_error err;

    checks_fails(ray_remote("raise_signal", RAY_ARGS(ray_int(SIGKILL)), &once, &err),
                 RAY_WORKER_DIED, "signal 9");
    checks_fails(ray_remote("raise_signal", RAY_ARGS(ray_int(SIGABRT)), &once, &err),
                 RAY_WORKER_DIED, "signal 6");
    checks_fails(ray_remote("raise_signal", RAY_ARGS(ray_int(SIGSEGV)), &once, &err),
                 RAY_WORKER_DIED, "signal 11");
    checks_fails(ray_remote("leave", RAY_ARGS(ray_int(3)), &once, &err),
                 RAY_WORKER_DIED, "status 3");
    check(checks_int(ray_remote("die_until", RAY_ARGS(ray_int(2)), &two, &err),
                     "retry") == 2,
          "the third attempt lives");
    checks_fails(ray_remote("die_until", RAY_ARGS(ray_int(3)), &two, &err),
                 RAY_WORKER_DIED, "signal 9");
}

/* What fails by itself is final, unless it may be tried again. */
static void retried_failures(void)
{
    const struct ray_task_options twice = { .max_retries = 2,
                                            .retry_exceptions = true };
    struct ray_error err;

    checks_fails(ray_remote("fail_until", RAY_ARGS(ray_int(1)), NULL, &err),
                 RAY_TASK_FAILED, "attempt 0");
    check(checks_int(ray_remote("fail_until", RAY_ARGS(ray_int(2)), &twice, &err),
                     "retry") == 2,
          "the third attempt is good");
    checks_fails(ray_remote("fail_until", RAY_ARGS(ray_int(3)), &twice, &err),
                 RAY_TASK_FAILED, "attempt 2");
}

/* A death takes down the tasks behind it on that worker: they run elsewhere. */
static void bystanders_survive(void)
{
    struct ray_ref *refs[60];
    struct ray_error err;
    bool good = true;

    for (int i = 0; i < 60; i++)
        refs[i] = i % 20 == 7 ? ray_remote("raise_signal", RAY_ARGS(ray_int(SIGKILL)),
                                           &once, &err)
                              : ray_remote("nap", RAY_ARGS(ray_int(i % 3)), NULL, &err);
    for (int i = 0; i < 60; i++) {
        if (i % 20 == 7)
            checks_fails(refs[i], RAY_WORKER_DIED, "signal 9");
        else
            good = checks_int(refs[i], "bystander") == i % 3 && good;
    }
    check(good, "57 tasks beside 3 that kill their workers");
}

static void wrong_calls(void)
{
    struct ray_error err;

    refused("no_such_function", RAY_NO_ARGS, RAY_LOAD, "no_such_function");
    refused("add", RAY_ARGS(ray_int(1)), RAY_TYPE, "add");
    refused("add", RAY_ARGS(ray_int(1), ray_int(2), ray_int(3)), RAY_TYPE, "add");
    refused("add", RAY_ARGS(ray_int(1), ray_string("2")), RAY_TYPE, "string");
    checks_fails(ray_remote("return_code", RAY_ARGS(ray_int(-9)), NULL, &err),
                 RAY_TASK_FAILED, "return_code");
}

/* A ref's type is known when it is there: the task fails, not the call. */
static void wrong_type_by_ref(void)
{
    struct ray_error err;
    struct ray_ref *text = ray_put(ray_string("seven"), &err);

    checks_fails(ray_remote("add", RAY_ARGS(ray_ref(text), ray_int(1)), NULL, &err),
                 RAY_TYPE, "string");
    ray_release(text);
}

static void what_nobody_has(void)
{
    const struct ray_resource gold = { "gold", 1 };
    const struct ray_task_options options = { .resources = &gold,
                                              .resources_count = 1 };
    struct ray_error err = { .text = "" };
    struct ray_value value;
    struct ray_ref *ref =
        ray_remote("add", RAY_ARGS(ray_int(1), ray_int(1)), &options, &err);

    check(ref && ray_get(ref, &value, 300, &err) == -RAY_TIMEOUT,
          "what needs a resource that no node has waits: %s", err.text);
    ray_release(ref);
    check(checks_int(ray_remote("add", RAY_ARGS(ray_int(1), ray_int(1)), NULL, &err),
                     "after") == 2,
          "and does not stand in the way of others");
}

static void second_init(void)
{
    struct ray_error err;

    check(ray_init(NULL, &err) == -RAY_EXISTS, "connected already: %s", err.text);
}

int main(void)
{
    const struct ray_options nowhere = { .address = "unix:/nowhere/head.sock" };
    const struct ray_options no_library = { .address = "local",
                                            .library = "/nowhere/lib.so" };
    struct ray_error err = { .text = "" };

    check(ray_init(&nowhere, &err) == -RAY_UNREACHABLE && strstr(err.text, "nowhere"),
          "no cluster there: %s", err.text);
    check(ray_init(&no_library, &err) == -RAY_LOAD &&
              strstr(err.text, "/nowhere/lib.so"),
          "no library there: %s", err.text);
    check(ray_remote("add", RAY_NO_ARGS, NULL, &err) == NULL, "not connected: %s",
          err.text);
    checks_begin(2);
    second_init();
    errors_say_where();
    errors_pass_on();
    deaths();
    retried_failures();
    bystanders_survive();
    wrong_calls();
    wrong_type_by_ref();
    what_nobody_has();
    return checks_end();
}
