/* hello_tasks.c - a task library: one function and one actor class. */
#include <ray.h>

#include <stdlib.h>

RAY_FUNCTION(square, "int")
{
    int64_t x = ray_arg_int(task, 0);
    return ray_return(task, 0, ray_int(x * x));
}

static int counter_new(struct ray_task *task, void **state)
{
    int64_t *count = malloc(sizeof(*count));

    if (count == NULL)
        return ray_fail(task, "out of memory");
    *count = ray_arg_int(task, 0);
    *state = count;
    return 0;
}

RAY_ACTOR(counter, "int", counter_new, free);

RAY_METHOD(counter, add, "int")
{
    int64_t *count = state;

    *count += ray_arg_int(task, 0);
    return ray_return(task, 0, ray_int(*count));
}
