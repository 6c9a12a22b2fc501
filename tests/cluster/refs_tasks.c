/* refs_tasks.c - functions and a class that get, keep, make and pass on refs. */
#include <ray.h>

#include <stdlib.h>
#include <string.h>

#define REFS_MAX 4096

/* The sum of all ints inside a value, and inside the values of the refs in it, and so
 * on; bytes count by their number. False on an error, which is then the task's. */
static bool add_up(struct ray_task *task, const struct ray_value *value, int64_t *sum)
{
    struct ray_error err;
    struct ray_value inner;

    if (value->type == RAY_INT)
        *sum += value->as.integer;
    if (value->type == RAY_BYTES)
        *sum += (int64_t)value->as.bytes.size;
    for (size_t i = 0; i < value->refs_count; i++) {
        if (ray_get(value->refs[i], &inner, 20000, &err) != 0) {
            ray_fail(task, "%s", err.text);
            return false;
        }
        if (!add_up(task, &inner, sum))
            return false;
    }
    return true;
}

RAY_FUNCTION(refs_sum, "any")
{
    int64_t sum = 0;

    if (!add_up(task, ray_arg(task, 0), &sum))
        return -1;
    return ray_return(task, 0, ray_int(sum));
}

/* The same, by a task of its own; what it gets is not looked at here. */
RAY_FUNCTION(refs_pass, "any")
{
    struct ray_error err;
    struct ray_value value;
    struct ray_ref *ref =
        ray_remote("refs_sum", RAY_ARGS(*ray_arg(task, 0)), NULL, &err);
    int status = ref ? ray_get(ref, &value, 20000, &err) : -1;

    ray_release(ref);
    return status == 0 ? ray_return(task, 0, value) : ray_fail(task, "%s", err.text);
}

/* `count` objects of this process: the ints from 1 up, or `size` bytes each. */
static int return_new(struct ray_task *task)
{
    static struct ray_ref *refs[REFS_MAX];
    int64_t count = ray_arg_int(task, 0);
    size_t size = (size_t)ray_arg_int(task, 1);
    char *bytes = calloc(1, size + 1);
    int status = 0;

    for (int64_t i = 0; i < count; i++)
        refs[i] = ray_put(size > 0 ? ray_bytes(bytes, size) : ray_int(i + 1), NULL);
    status = ray_return(task, 0, ray_with_refs(ray_string("new"), refs, (size_t)count));
    for (int64_t i = 0; i < count; i++)
        ray_release(refs[i]);
    free(bytes);
    return status;
}

RAY_FUNCTION(refs_new, "int int")
{
    return return_new(task);
}

/* Puts what it gets, and returns a ref to that. */
RAY_FUNCTION(refs_wrap, "any")
{
    struct ray_ref *ref = ray_put(*ray_arg(task, 0), NULL);
    int status = ray_return(task, 0, ray_with_refs(ray_none(), &ref, 1));

    ray_release(ref);
    return status;
}

/* ---- a class that keeps refs ---- */

struct shelf {
    struct ray_ref *refs[REFS_MAX];
    size_t count;
};

static void keep(struct shelf *shelf, const struct ray_value *value)
{
    for (size_t i = 0; i < value->refs_count && shelf->count < REFS_MAX; i++)
        shelf->refs[shelf->count++] = ray_retain(value->refs[i]);
}

static void drop(struct shelf *shelf)
{
    while (shelf->count > 0)
        ray_release(shelf->refs[--shelf->count]);
}

static int shelf_new(struct ray_task *task, void **state)
{
    struct shelf *shelf = calloc(1, sizeof(*shelf));

    keep(shelf, ray_arg(task, 0));
    *state = shelf;
    return 0;
}

static void shelf_free(void *state)
{
    drop(state);
    free(state);
}

RAY_ACTOR(shelf, "any", shelf_new, shelf_free);

RAY_METHOD(shelf, keep, "any")
{
    keep(state, ray_arg(task, 0));
    return ray_return(task, 0, ray_int((int64_t)((struct shelf *)state)->count));
}

RAY_METHOD(shelf, sum, "")
{
    struct shelf *shelf = state;
    const struct ray_value all = ray_with_refs(ray_none(), shelf->refs, shelf->count);
    int64_t sum = 0;

    if (!add_up(task, &all, &sum))
        return -1;
    return ray_return(task, 0, ray_int(sum));
}

RAY_METHOD(shelf, show, "")
{
    struct shelf *shelf = state;
    return ray_return(task, 0, ray_with_refs(ray_none(), shelf->refs, shelf->count));
}

RAY_METHOD(shelf, drop, "")
{
    drop(state);
    return ray_return(task, 0, ray_int(0));
}

RAY_METHOD(shelf, make, "int int")
{
    (void)state;
    return return_new(task);
}

RAY_METHOD(shelf, crash, "")
{
    (void)state;
    (void)task;
    abort();
}
