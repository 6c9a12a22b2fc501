/* envs_main.c - runtime environments of a job, its tasks and its actors. */
#include "checks.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WAIT = 30000, BURST = 20, PATH = 512, TEXT = 600 };

static const char *const job_vars[] = { "ENVS_JOB=job", "ENVS_LEVEL=job" };
static const struct ray_runtime_env of_job = { .vars = job_vars, .vars_count = 2 };

/* The text of a ref within WAIT, released, into `text`. */
static const char *text_of(struct ray_ref *ref, const struct ray_error *made,
                           char text[TEXT])
{
    struct ray_value value = ray_none();
    struct ray_error err;

    if (!ref)
        snprintf(text, TEXT, "not started: %s", made->text);
    else if (ray_get(ref, &value, WAIT, &err) != 0)
        snprintf(text, TEXT, "failed: %s", err.text);
    else
        snprintf(text, TEXT, "%s",
                 value.type == RAY_STRING ? (const char *)value.as.bytes.data
                                          : "no string");
    ray_release(ref);
    return text;
}

/* One task in that environment says what is expected. */
static void check_task(const char *function, const char *argument,
                       const struct ray_runtime_env *env, const char *expected)
{
    const struct ray_task_options options = { .env = env };
    struct ray_error err;
    char text[TEXT];

    text_of(ray_remote(function, RAY_ARGS(ray_string(argument)), &options, &err), &err,
            text);
    check(strcmp(text, expected) == 0, "%s(%s) says '%s': '%s'", function, argument,
          expected, text);
}

static void check_call(struct ray_actor *actor, const char *method,
                       const char *argument, const char *expected)
{
    struct ray_error err;
    char text[TEXT];

    text_of(ray_call(actor, method, RAY_ARGS(ray_string(argument)), NULL, &err), &err,
            text);
    check(strcmp(text, expected) == 0, "%s(%s) says '%s': '%s'", method, argument,
          expected, text);
}

/* ---- variables ---- */

static const char *const red_vars[] = { "ENVS_COLOUR=red", "ENVS_LEVEL=task" };
/* The same in another order. */
static const char *const red_again[] = { "ENVS_LEVEL=task", "ENVS_COLOUR=red" };
static const char *const blue_vars[] = { "ENVS_COLOUR=blue" };
static const struct ray_runtime_env red = { .vars = red_vars, .vars_count = 2 };
static const struct ray_runtime_env red_too = { .vars = red_again, .vars_count = 2 };
static const struct ray_runtime_env blue = { .vars = blue_vars, .vars_count = 1 };

static void levels(void)
{
    check_task("variable", "ENVS_JOB", NULL, "job");
    check_task("variable", "ENVS_COLOUR", NULL, "");
    check_task("variable", "ENVS_COLOUR", &red, "red");
    check_task("variable", "ENVS_LEVEL", &red, "task");
    check_task("variable", "ENVS_JOB", &red, "job");
    check_task("variable", "ENVS_LEVEL", &blue, "job");
    check_task("variable_below", "ENVS_COLOUR", &red, "red");
    check_task("variable_below", "ENVS_JOB", &red, "job");
}

static void level_of_a_task_of_a_task(void)
{
    const struct ray_task_options options = { .env = &red };
    const char *const asked[] = { "ENVS_COLOUR", "ENVS_LEVEL" };
    const char *const expected[] = { "green", "task" };
    struct ray_error err;
    char text[TEXT];

    for (int i = 0; i < 2; i++) {
        text_of(
            ray_remote("variable_beside",
                       RAY_ARGS(ray_string(asked[i]), ray_string("ENVS_COLOUR=green")),
                       &options, &err),
            &err, text);
        check(strcmp(text, expected[i]) == 0, "%s two levels down is '%s': '%s'",
              asked[i], expected[i], text);
    }
}

static int64_t pid_in(const struct ray_runtime_env *env)
{
    const struct ray_task_options options = { .env = env };
    return checks_int(ray_remote("pid", RAY_NO_ARGS, &options, NULL), "pid");
}

static bool is_gone(void *pid)
{
    return kill(*(pid_t *)pid, 0) != 0 && errno == ESRCH;
}

/* A worker is of one environment; who says the same shares it; it goes when nobody
 * wants it any more. */
static void workers(void)
{
    int64_t of_red = pid_in(&red), of_blue = pid_in(&blue), plain = pid_in(NULL);
    pid_t worker = (pid_t)of_red;

    check(of_red != of_blue && of_red != plain && of_blue != plain,
          "three environments, three processes");
    check(pid_in(&red) == of_red, "the same environment, the same process");
    check(pid_in(&red_too) == of_red, "the order of variables does not count");
    check(checks_until(is_gone, &worker), "the worker of an unused environment ends");
    check_task("variable", "ENVS_COLOUR", &red, "red");
}

/* Tasks of two environments at once never meet each other's. */
static void two_at_once(void)
{
    const struct ray_runtime_env *const envs[] = { &red, &blue };
    const char *const colours[] = { "red", "blue" };
    struct ray_ref *refs[BURST];
    struct ray_error err;
    char text[TEXT];
    int right = 0;

    for (int i = 0; i < BURST; i++) {
        const struct ray_task_options options = { .env = envs[i % 2] };
        refs[i] =
            ray_remote("variable", RAY_ARGS(ray_string("ENVS_COLOUR")), &options, &err);
    }
    for (int i = 0; i < BURST; i++)
        right += strcmp(text_of(refs[i], &err, text), colours[i % 2]) == 0;
    check(right == BURST, "two environments at once: %d of %d right", right, BURST);
}

/* ---- folders ---- */

/* A new folder with one file in it. */
static const char *make_folder(const char *name, const char *text, char path[PATH])
{
    const char *base = getenv("TMPDIR");
    char file[PATH + 16];
    FILE *out;

    snprintf(path, PATH, "%s/envs-%d-%s", base ? base : "/tmp", (int)getpid(), name);
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        check(false, "mkdir %s: %s", path, strerror(errno));
    snprintf(file, sizeof(file), "%s/word.txt", path);
    out = fopen(file, "we");
    if (!check(out != NULL, "a folder with '%s'", text))
        return path;
    fputs(text, out);
    fclose(out);
    return path;
}

static void remove_folder(const char *path)
{
    char file[PATH + 16];

    snprintf(file, sizeof(file), "%s/word.txt", path);
    unlink(file);
    rmdir(path);
}

static void folders(void)
{
    static const char *const no_words[] = { "*.txt" };
    char one[PATH], two[PATH], text[TEXT];
    const struct ray_runtime_env in_one = { .working_dir =
                                                make_folder("one", "eins", one) };
    const struct ray_runtime_env in_two = {
        .working_dir = make_folder("two", "zwei", two),
        .vars = red_vars,
        .vars_count = 2,
    };
    const struct ray_runtime_env without = { .working_dir = one,
                                             .excludes = no_words,
                                             .excludes_count = 1 };
    const struct ray_actor_options options = { .env = &in_two };
    struct ray_actor *actor;
    struct ray_error err = { .text = "" };

    check_task("read_file", "word.txt", &in_one, "eins");
    check_task("read_file", "word.txt", &in_two, "zwei");
    check_task("variable", "ENVS_COLOUR", &in_two, "red");
    checks_fails(ray_remote("read_file", RAY_ARGS(ray_string("word.txt")),
                            &(struct ray_task_options){ .env = &without }, &err),
                 RAY_TASK_FAILED, "no file word.txt");
    text_of(ray_remote("read_file_in",
                       RAY_ARGS(ray_string(two), ray_string("word.txt")), NULL, &err),
            &err, text);
    check(strcmp(text, "zwei") == 0, "a task ships a folder: '%s'", text);
    actor = ray_actor_create("witness", RAY_NO_ARGS, &options, &err);
    if (check(actor != NULL, "an actor in a folder: %s", err.text)) {
        check_call(actor, "read_file", "word.txt", "zwei");
        check_call(actor, "variable", "ENVS_LEVEL", "task");
        check_call(actor, "variable", "ENVS_JOB", "job");
        check_call(actor, "variable_below", "ENVS_COLOUR", "red");
    }
    ray_actor_release(actor);
    remove_folder(one);
    remove_folder(two);
}

/* ---- what cannot be ---- */

static const char nowhere[] = "pkg:0000000000000000000000000000000000000000000000000000"
                              "000000000000.tar.zst";

static void refused(const struct ray_runtime_env *env, enum ray_code code,
                    const char *part)
{
    const struct ray_task_options options = { .env = env };
    struct ray_error err = { .text = "no error" };
    struct ray_ref *ref = ray_remote("pid", RAY_NO_ARGS, &options, &err);

    check(!ref && err.code == code && strstr(err.text, part),
          "refused with %d, '%s': %d, %s", (int)code, part, (int)err.code, err.text);
    ray_release(ref);
}

static void impossible(void)
{
    static const char *const no_sign[] = { "ENVS" };
    const struct ray_runtime_env missing = { .working_dir = nowhere };
    const struct ray_task_options options = { .env = &missing };
    const struct ray_actor_options actor_options = { .env = &missing };
    struct ray_error err;
    struct ray_actor *actor;

    refused(&(struct ray_runtime_env){ .vars = no_sign, .vars_count = 1 }, RAY_INVALID,
            "'ENVS' is no variable");
    refused(&(struct ray_runtime_env){ .working_dir = "/nowhere/at/all" },
            RAY_NOT_FOUND, "/nowhere/at/all");
    refused(&(struct ray_runtime_env){ .working_dir = "pkg:me" }, RAY_INVALID,
            "'pkg:me' names no package");
    checks_fails(ray_remote("pid", RAY_NO_ARGS, &options, &err),
                 RAY_RUNTIME_ENV_SETUP_FAILED, "runtime environment on node ");
    check(pid_in(NULL) > 0, "others go on");
    actor = ray_actor_create("witness", RAY_NO_ARGS, &actor_options, &err);
    if (check(actor != NULL, "an actor that cannot be"))
        checks_fails(ray_call(actor, "pid", RAY_NO_ARGS, NULL, &err), RAY_ACTOR_DIED,
                     "runtime environment on node ");
    ray_actor_release(actor);
}

int main(void)
{
    checks_begin_in(2, &of_job);
    levels();
    level_of_a_task_of_a_task();
    two_at_once();
    workers();
    folders();
    impossible();
    return checks_end();
}
