/* refs_main.c - refs inside values: got, kept, returned, stored and passed on by tasks
 * and actors, as long as anybody holds them and no longer. With an argument it waits
 * for the end of its stdin when it has released all (tests/cluster/refs.bats). */
#include "checks.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LARGE 1000000

static struct ray_value none_with(struct ray_ref *const *refs, size_t count)
{
    return ray_with_refs(ray_none(), refs, count);
}

static int64_t run(const char *function, struct ray_value value)
{
    struct ray_error err = { .text = "" };
    struct ray_ref *ref = ray_remote(function, RAY_ARGS(value), NULL, &err);

    if (!ref)
        check(false, "%s: %s", function, err.text);
    return checks_int(ref, function);
}

/* Takes nothing; the result belongs to the caller. */
static struct ray_ref *call(struct ray_actor *actor, const char *method,
                            struct ray_args args)
{
    struct ray_error err = { .text = "" };
    struct ray_ref *ref = ray_call(actor, method, args, NULL, &err);

    if (!ref)
        check(false, "%s: %s", method, err.text);
    return ref;
}

static struct ray_actor *shelf_with(struct ray_value value)
{
    struct ray_error err = { .text = "" };
    struct ray_actor *actor = ray_actor_create("shelf", RAY_ARGS(value), NULL, &err);

    if (!actor)
        check(false, "shelf: %s", err.text);
    return actor;
}

static struct ray_ref *large(void)
{
    static char bytes[LARGE];
    return ray_put(ray_bytes(bytes, sizeof(bytes)), NULL);
}

/* The value of a ref that has refs inside it; false and a failed check if it has not
 * `count`. */
static bool get_list(struct ray_ref *ref, struct ray_value *value, size_t count)
{
    struct ray_error err = { .text = "" };
    int status = ref ? ray_get(ref, value, 30000, &err) : -1;

    return check(status == 0 && value->refs_count == count, "%zu refs: %s", count,
                 err.text);
}

static void at_home(void)
{
    struct ray_ref *one = ray_put(ray_int(1), NULL), *two = ray_put(ray_int(2), NULL);
    struct ray_ref *list = ray_put(
        ray_with_refs(ray_string("two"), (struct ray_ref *[]){ one, two }, 2), NULL);
    struct ray_ref *null = NULL;
    struct ray_value value, inner = ray_none();
    struct ray_error err;

    ray_release(one);
    ray_release(two);
    if (get_list(list, &value, 2))
        check(strcmp(value.as.bytes.data, "two") == 0 &&
                  ray_get(value.refs[1], &inner, 0, NULL) == 0 && inner.as.integer == 2,
              "an object holds the refs in its value");
    one = ray_retain(value.refs[0]);
    ray_release(list);
    check(ray_get(one, &inner, 0, NULL) == 0 && inner.as.integer == 1,
          "what was retained outlives it");
    ray_release(one);
    check(!ray_put(none_with(&null, 1), &err) && err.code == RAY_INVALID,
          "no NULL inside: %s", err.text);
}

static void down_and_on(size_t size, int64_t each)
{
    struct ray_ref *refs[3];
    struct ray_ref *list, *outer;

    for (int i = 0; i < 3; i++)
        refs[i] = size > 0 ? large() : ray_put(ray_int(each), NULL);
    list = ray_put(none_with(refs, 3), NULL);
    outer = ray_put(none_with(&list, 1), NULL);
    check(run("refs_sum", none_with(refs, 3)) == 3 * each, "refs in an argument");
    check(run("refs_sum", ray_ref(list)) == 3 * each, "refs in an object");
    check(run("refs_sum", ray_ref(outer)) == 3 * each,
          "refs in an object in an object");
    for (int i = 0; i < 3; i++)
        ray_release(refs[i]);
    ray_release(list);
    check(run("refs_pass", ray_ref(outer)) == 3 * each, "passed on by a task");
    ray_release(outer);
}

/* Refs to objects of a worker, which come back to us. */
static void up(size_t size, int64_t sum)
{
    struct ray_error err = { .text = "" };
    struct ray_ref *made = ray_remote(
        "refs_new", RAY_ARGS(ray_int(3), ray_int((int64_t)size)), NULL, &err);
    struct ray_ref *wrapped, *first = NULL;
    struct ray_value value, inner;

    if (!get_list(made, &value, 3))
        return;
    check(ray_get(value.refs[2], &inner, 30000, &err) == 0 &&
              inner.type == (size > 0 ? RAY_BYTES : RAY_INT),
          "an object of a worker: %s", err.text);
    check(run("refs_sum", ray_ref(made)) == sum, "back in a task");
    check(run("refs_sum", ray_ref(value.refs[2])) == sum / (size > 0 ? 3 : 2),
          "as an argument: its value");
    wrapped = ray_remote("refs_wrap", RAY_ARGS(ray_ref(made)), NULL, &err);
    ray_release(made);
    check(run("refs_pass", ray_ref(wrapped)) == sum,
          "a worker has put into an object what another has made");
    if (get_list(wrapped, &value, 1))
        first = ray_retain(value.refs[0]);
    ray_release(wrapped);
    if (first && get_list(first, &value, 3))
        check(run("refs_sum", ray_ref(first)) == sum, "all that is in it");
    ray_release(first);
}

/* An object that is not ready yet. */
static void before_it_is_ready(void)
{
    struct ray_error err;
    struct ray_ref *slow = ray_remote("nap", RAY_ARGS(ray_int(300)), NULL, &err);
    struct ray_ref *list = ray_put(none_with(&slow, 1), NULL);
    struct ray_ref *sum = ray_remote("refs_sum", RAY_ARGS(ray_ref(list)), NULL, &err);
    struct ray_ref *failing =
        ray_remote("complain", RAY_ARGS(ray_string("no")), NULL, &err);

    ray_release(slow);
    ray_release(list);
    check(checks_int(sum, "sum") == 300, "waits for the task that makes it");
    checks_fails(ray_remote("refs_sum", RAY_ARGS(none_with(&failing, 1)), NULL, &err),
                 RAY_TASK_FAILED, "no");
    ray_release(failing);
}

static void kept_by_actors(size_t size, int64_t each)
{
    struct ray_ref *refs[2], *shown, *kept;
    struct ray_actor *first, *second;
    struct ray_value value;

    for (int i = 0; i < 2; i++)
        refs[i] = size > 0 ? large() : ray_put(ray_int(each), NULL);
    first = shelf_with(none_with(refs, 1));
    second = shelf_with(ray_none());
    check(checks_int(call(first, "keep", RAY_ARGS(none_with(refs, 2))), "keep") == 3,
          "an actor keeps them");
    for (int i = 0; i < 2; i++)
        ray_release(refs[i]);
    check(checks_int(call(first, "sum", RAY_NO_ARGS), "sum") == 3 * each,
          "and has them when we have none");
    shown = call(first, "show", RAY_NO_ARGS);
    kept = call(second, "keep", RAY_ARGS(ray_ref(shown)));
    check(checks_int(kept, "keep") == 3, "another actor gets them by us");
    check(checks_int(call(first, "drop", RAY_NO_ARGS), "drop") == 0, "the first drops");
    if (get_list(shown, &value, 3))
        check(run("refs_sum", ray_ref(value.refs[0])) == each, "we get our own back");
    ray_release(shown);
    check(checks_int(call(second, "sum", RAY_NO_ARGS), "sum") == 3 * each,
          "the second has them still");
    checks_int(call(second, "drop", RAY_NO_ARGS), "drop");
    ray_actor_release(first);
    ray_actor_release(second);
}

/* The owner is an actor: it dies, and so do its objects, but for what was read. */
static void an_owner_dies(void)
{
    struct ray_actor *maker = shelf_with(ray_none());
    struct ray_ref *made = call(maker, "make", RAY_ARGS(ray_int(3), ray_int(0)));
    struct ray_value value, inner;
    struct ray_error err = { .text = "" };

    if (!get_list(made, &value, 3))
        return;
    check(ray_get(value.refs[0], &inner, 30000, &err) == 0 && inner.as.integer == 1,
          "a value while it lives: %s", err.text);
    ray_actor_kill(maker, true, NULL);
    checks_fails(call(maker, "sum", RAY_NO_ARGS), RAY_ACTOR_DIED, "");
    check(ray_get(value.refs[1], &inner, 30000, &err) == -RAY_OWNER_DIED,
          "its owner has died: %s", err.text);
    checks_fails(ray_remote("echo", RAY_ARGS(ray_ref(value.refs[2])), NULL, NULL),
                 RAY_OWNER_DIED, "ended");
    check(ray_get(value.refs[0], &inner, 0, &err) == 0 && inner.as.integer == 1,
          "what was read stays");
    ray_release(made);
    ray_actor_release(maker);
}

/* A borrower dies: what it held goes (refs.bats looks). */
static void a_borrower_dies(void)
{
    struct ray_ref *ref = large();
    struct ray_actor *shelf = shelf_with(none_with(&ref, 1));

    check(checks_int(call(shelf, "sum", RAY_NO_ARGS), "sum") == LARGE, "it borrows");
    ray_release(ref);
    checks_fails(call(shelf, "crash", RAY_NO_ARGS), RAY_ACTOR_UNAVAILABLE, "");
    ray_actor_release(shelf);
}

static bool has_ended(void *arg)
{
    return kill((pid_t) * (int64_t *)arg, 0) != 0;
}

/* Workers with an environment of their own end soon when they are idle. One that lends
 * does not, though it is idle for longer than one that has ended. */
static void an_idle_owner_stays(void)
{
    const char *const one[] = { "WHO=owner" }, *const other[] = { "WHO=nobody" };
    const struct ray_runtime_env envs[] = { { .vars = one, .vars_count = 1 },
                                            { .vars = other, .vars_count = 1 } };
    const struct ray_task_options options[] = { { .env = &envs[0] },
                                                { .env = &envs[1] } };
    struct ray_error err = { .text = "" };
    struct ray_ref *made =
        ray_remote("refs_new", RAY_ARGS(ray_int(1), ray_int(0)), &options[0], &err);
    struct ray_value value, inner;
    int64_t pid;

    if (!get_list(made, &value, 1))
        return;
    pid = checks_int(ray_remote("pid", RAY_NO_ARGS, &options[1], &err), "pid");
    check(pid > 0 && checks_until(has_ended, &pid), "an idle worker ends");
    check(ray_get(value.refs[0], &inner, 30000, &err) == 0,
          "one that others have refs of does not: %s", err.text);
    ray_release(made);
}

static void many(void)
{
    enum { COUNT = 1000 };
    static struct ray_ref *refs[COUNT];
    struct ray_ref *list, *made;
    struct ray_value value;
    int64_t sum = 0;

    for (int i = 0; i < COUNT; i++) {
        refs[i] = ray_put(ray_int(i), NULL);
        sum += i;
    }
    list = ray_put(none_with(refs, COUNT), NULL);
    for (int i = 0; i < COUNT; i++)
        ray_release(refs[i]);
    check(run("refs_sum", ray_ref(list)) == sum, "%d refs in one value", COUNT);
    ray_release(list);
    made = ray_remote("refs_new", RAY_ARGS(ray_int(COUNT), ray_int(0)), NULL, NULL);
    if (get_list(made, &value, COUNT))
        check(run("refs_sum", ray_ref(made)) == sum + COUNT, "%d that a task has made",
              COUNT);
    ray_release(made);
}

int main(int argc, char **argv)
{
    (void)argv;
    checks_begin(4);
    at_home();
    down_and_on(0, 5);
    down_and_on(LARGE, LARGE);
    up(0, 6);
    up(LARGE, 3 * LARGE);
    before_it_is_ready();
    kept_by_actors(0, 7);
    kept_by_actors(LARGE, LARGE);
    an_owner_dies();
    a_borrower_dies();
    an_idle_owner_stays();
    many();
    if (argc > 1) {
        puts("# released");
        while (getchar() != EOF)
            continue;
    }
    return checks_end();
}
