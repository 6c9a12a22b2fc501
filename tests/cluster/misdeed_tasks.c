/* misdeed_tasks.c - functions that do what no function should. */
#include <ray.h>

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

/* What the compiler must not see through. */
static char *volatile target;
static volatile bool for_ever = true;

RAY_FUNCTION(overrun, "")
{
    target = malloc(16);
    if (target == NULL)
        return ray_fail(task, "out of memory");
    for (size_t i = 0; i < (size_t)1 << 30; i++)
        target[i] = 'x';
    return 0;
}

RAY_FUNCTION(scribble, "bytes")
{
    size_t size;

    target = (char *)(uintptr_t)ray_arg_bytes(task, 0, &size);
    memset(target, 'x', size);
    return 0;
}

/* Takes so many MB more every 10 ms, and keeps them. */
RAY_FUNCTION(hog, "int")
{
    size_t size = (size_t)ray_arg_int(task, 0) << 20;

    while (for_ever) {
        target = malloc(size);
        if (target == NULL)
            return ray_fail(task, "malloc failed");
        memset(target, 'x', size);
        usleep(10000);
    }
    return 0;
}

RAY_FUNCTION(spin, "")
{
    while (for_ever)
        ;
    return ray_return(task, 0, ray_none());
}

/* A child that sleeps for ever; in a session of its own if so wanted. Its pid. */
RAY_FUNCTION(beget, "bool")
{
    bool is_stranger = ray_arg_bool(task, 0);
    pid_t child = fork();

    if (child < 0)
        return ray_fail(task, "fork failed");
    if (child == 0) {
        if (is_stranger)
            (void)setsid(); /* of a child that leads nothing: cannot fail */
        for (;;)
            pause();
    }
    return ray_return(task, 0, ray_int(child));
}

RAY_FUNCTION(close_all, "")
{
    for (int fd = 3; fd < 1024; fd++)
        close(fd);
    return ray_return(task, 0, ray_int(1));
}

static void *crash(void *arg)
{
    (void)arg;
    target = NULL;
    *target = 'x';
    return NULL;
}

RAY_FUNCTION(crash_in_thread, "")
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, crash, NULL) != 0)
        return ray_fail(task, "no thread");
    pthread_join(thread, NULL);
    return 0;
}

static int descend(volatile char *above)
{
    volatile char here[4096];

    here[0] = *above;
    return for_ever ? descend(here) + here[0] : 0;
}

RAY_FUNCTION(descend_for_ever, "")
{
    volatile char bottom = 0;

    return ray_return(task, 0, ray_int(descend(&bottom)));
}

/* So many MB to stdout. */
RAY_FUNCTION(chatter, "int")
{
    static char line[1 << 20];

    memset(line, 'x', sizeof(line));
    line[sizeof(line) - 1] = '\n';
    for (int64_t i = 0; i < ray_arg_int(task, 0); i++)
        if (write(STDOUT_FILENO, line, sizeof(line)) < 0)
            return ray_fail(task, "stdout");
    return ray_return(task, 0, *ray_arg(task, 0));
}
