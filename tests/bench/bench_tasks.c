/* bench_tasks.c - what does nothing, as fast as it can. */
#include <ray.h>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

RAY_FUNCTION(nothing, "")
{
    (void)task;
    return 0;
}

static int idler_new(struct ray_task *task, void **state)
{
    (void)task;
    *state = NULL;
    return 0;
}

RAY_ACTOR(idler, "", idler_new, NULL);

RAY_METHOD(idler, nothing, "")
{
    (void)task;
    (void)state;
    return 0;
}

RAY_FUNCTION(take, "...")
{
    (void)task;
    return 0;
}

RAY_FUNCTION(make, "int")
{
    size_t size = (size_t)ray_arg_int(task, 0);
    void *bytes = calloc(1, size);
    int rc = bytes ? ray_return(task, 0, ray_bytes(bytes, size))
                   : ray_fail(task, "no memory");

    free(bytes);
    return rc;
}

/* Holds its CPU until somebody has the FIFO open to write. */
RAY_FUNCTION(hold, "string")
{
    int fd = open(ray_arg_string(task, 0), O_RDONLY);

    return fd >= 0 ? close(fd) : ray_fail(task, "no FIFO");
}
