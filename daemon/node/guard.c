/* guard.c - among those that use at least half as much as the largest. */
#include "daemon/node/guard.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool guard_is_over(const struct guard_level *level, int percent)
{
    return level->limit > 0 &&
           (double)level->used * 100 > (double)level->limit * percent;
}

struct guard_level guard_fuller(struct guard_level a, struct guard_level b)
{
    double of_a = a.limit > 0 ? (double)a.used / (double)a.limit : -1;
    double of_b = b.limit > 0 ? (double)b.used / (double)b.limit : -1;

    return of_b > of_a ? b : a;
}

static int64_t largest(const struct guard_worker *workers, size_t count)
{
    int64_t most = 0;

    for (size_t i = 0; i < count; i++)
        if (workers[i].bytes > most)
            most = workers[i].bytes;
    return most;
}

/* How many tasks here have that owner. */
static size_t tasks_of(const struct guard_worker *workers, size_t count,
                       const struct id *owner)
{
    size_t tasks = 0;

    for (size_t i = 0; i < count; i++)
        tasks += !workers[i].is_actor && id_equal(&workers[i].owner, owner);
    return tasks;
}

/* Whether `a` is ended rather than `b`. */
static bool goes_first(const struct guard_worker *a, size_t tasks_a,
                       const struct guard_worker *b, size_t tasks_b)
{
    if (a->is_actor != b->is_actor)
        return b->is_actor;
    if (tasks_a != tasks_b)
        return tasks_a > tasks_b;
    return a->since > b->since;
}

int guard_pick(const struct guard_worker *workers, size_t count)
{
    const int64_t much = largest(workers, count) / 2;
    size_t tasks_first = 0;
    int first = -1;

    for (size_t i = 0; i < count; i++) {
        size_t tasks;
        if (workers[i].bytes < much)
            continue;
        tasks = tasks_of(workers, count, &workers[i].owner);
        if (first >= 0 && !goes_first(&workers[i], tasks, &workers[first], tasks_first))
            continue;
        first = (int)i;
        tasks_first = tasks;
    }
    return first;
}

int64_t guard_parse_stat(const char *text, const char *name)
{
    size_t size = strlen(name);

    for (const char *line = text; *line != '\0';) {
        int64_t bytes;
        if (strncmp(line, name, size) == 0 &&
            sscanf(line + size, " %" SCNd64, &bytes) == 1)
            return bytes;
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
    return 0;
}

int64_t guard_parse_statm(const char *text, int64_t page)
{
    int64_t size, resident, shared;

    if (sscanf(text, "%" SCNd64 " %" SCNd64 " %" SCNd64, &size, &resident, &shared) !=
            3 ||
        resident < shared)
        return 0;
    return (resident - shared) * page;
}
