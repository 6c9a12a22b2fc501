/* clock.h - time, in nanoseconds. */
#pragma once

#include <stdint.h>
#include <time.h>

#define NS_PER_S INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)

static inline int64_t clock_read(clockid_t which)
{
    struct timespec now;
    clock_gettime(which, &now); /* cannot fail for the two clocks used here */
    return now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* Since an arbitrary start; never goes back. For durations and deadlines. */
static inline int64_t clock_now(void)
{
    return clock_read(CLOCK_MONOTONIC);
}

/* Since 1970-01-01 UTC; may jump. For what people read. */
static inline int64_t clock_wall(void)
{
    return clock_read(CLOCK_REALTIME);
}
