/* ended.c - a ring that is searched when a lease is asked for, newest first. */
#include "daemon/node/ended.h"

void ended_add(struct ended *ended, const struct id *job)
{
    if (!ended_has(ended, job))
        ended->jobs[ended->count++ % ENDED_MAX] = *job;
}

bool ended_has(const struct ended *ended, const struct id *job)
{
    size_t kept = ended->count < ENDED_MAX ? ended->count : ENDED_MAX;

    for (size_t back = 1; back <= kept; back++)
        if (id_equal(&ended->jobs[(ended->count - back) % ENDED_MAX], job))
            return true;
    return false;
}
