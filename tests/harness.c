/* harness.c - the clock and the private folder of a test program. */
#include "tests/harness.h"

#include <stdlib.h>
#include <time.h>

static long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

const char *harness_dir(void)
{
    const char *dir = getenv("TMPDIR");
    return dir ? dir : "/tmp";
}

bool harness_wait(bool (*is_done)(void *arg), void *arg, int ms)
{
    const struct timespec pause = { .tv_nsec = 1000000 };
    long end = now_ms() + ms;

    while (!is_done(arg)) {
        if (now_ms() > end)
            return false;
        nanosleep(&pause, NULL);
    }
    return true;
}
