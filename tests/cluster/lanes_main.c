/* lanes_main.c - what is sent to a worker ahead of time is not held up there: tasks
 * that have not begun behind a long one are taken back and run elsewhere. */
#include "checks.h"

enum { SHORTS = 400 };

static struct ray_ref *start(const char *function, struct ray_args args)
{
    struct ray_error err;
    struct ray_ref *ref = ray_remote(function, args, NULL, &err);

    if (!ref)
        check(false, "%s: %s", function, err.text);
    return ref;
}

/* The long one stands in the middle, behind short ones and before others, and ends only
 * when they all have ended. */
static void shorts_around_a_long_one(int before)
{
    struct checks_marks marks = checks_marks("long");
    struct ray_value values[SHORTS] = { { 0 } };
    struct ray_ref *refs[SHORTS], *patient = NULL;
    struct ray_error err = { .text = "" };
    int64_t sum = 0;

    for (int i = 0; i < SHORTS; i++) {
        if (i == before)
            patient = start("patient", RAY_ARGS(ray_string(marks.path)));
        refs[i] = start("add", RAY_ARGS(ray_int(i), ray_int(1)));
    }
    check(ray_get_many(refs, SHORTS, values, 30000, &err) == 0,
          "%d short ones end while a long one runs, the %dth: %s", SHORTS, before,
          err.text);
    for (int i = 0; i < SHORTS; i++) {
        sum += values[i].as.integer;
        ray_release(refs[i]);
    }
    check(sum == (int64_t)SHORTS * (SHORTS + 1) / 2, "each with its own result");
    checks_marked(&marks, "b", "it has begun, and runs");
    check(ray_cancel(patient, 0, &err) == 0, "its end: %s", err.text);
    checks_fails(patient, RAY_CANCELLED, "cancelled");
}

int main(void)
{
    checks_begin(2);
    shorts_around_a_long_one(0);
    shorts_around_a_long_one(1);
    shorts_around_a_long_one(SHORTS / 2);
    return checks_end();
}
