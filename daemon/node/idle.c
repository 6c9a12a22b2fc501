/* idle.c - two patiences. */
#include "daemon/node/idle.h"

bool idle_ends(const struct idle_worker *worker, size_t count, size_t most)
{
    if (worker->has_env && worker->idle_ms >= IDLE_ENV_KEEP_MS)
        return true;
    return count > most && worker->idle_ms >= IDLE_KEEP_MS;
}
