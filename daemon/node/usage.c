/* usage.c - the difference of two readings of /proc/stat is what was used between them.
 *
 * usage.watch sets a time until which to report. The first report comes after
 * USAGE_FIRST_MS, over that time alone: what an earlier watcher saw is old. */
#include "daemon/node/usage.h"

#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/base/resources.h"
#include "lib/net/loop.h"
#include "lib/net/stubs.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_MAX = 4096, WATCH_MAX_S = 60, MACHINE_MAX = 40 };

struct usage_probe {
    struct peer *const *head;
    const struct id *id;
    struct loop_timer *timer;
    struct usage_ticks last;
    int64_t until; /* clock_now() */
    char machine[MACHINE_MAX];
};

bool usage_parse_ticks(const char *text, struct usage_ticks *ticks)
{
    int64_t user, nice, system, idle, wait = 0, irq = 0, soft = 0, steal = 0;

    if (sscanf(text,
               "cpu %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64
               " %" SCNd64 " %" SCNd64 " %" SCNd64,
               &user, &nice, &system, &idle, &wait, &irq, &soft, &steal) < 4)
        return false;
    ticks->busy = user + nice + system + irq + soft + steal;
    ticks->all = ticks->busy + idle + wait;
    return true;
}

static bool find_kilobytes(const char *text, const char *name, int64_t *bytes)
{
    const char *line = strstr(text, name);

    if (line == NULL || sscanf(line + strlen(name), ": %" SCNd64, bytes) != 1)
        return false;
    *bytes *= 1024;
    return true;
}

bool usage_parse_memory(const char *text, int64_t *used, int64_t *total)
{
    int64_t available;

    if (!find_kilobytes(text, "MemTotal", total) ||
        !find_kilobytes(text, "MemAvailable", &available))
        return false;
    *used = *total - available;
    return true;
}

/* The beginning of a file of /proc; empty when there is none. */
static void read_text(const char *path, char text[TEXT_MAX])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd >= 0 ? read(fd, text, TEXT_MAX - 1) : 0;

    text[size > 0 ? size : 0] = '\0';
    if (fd >= 0)
        close(fd);
}

/* The id that the kernel gave itself at its start: containers and namespaces of a
 * machine see the same, as they see the same /proc/stat. */
static void read_machine(struct usage_probe *probe)
{
    char text[TEXT_MAX];

    read_text("/proc/sys/kernel/random/boot_id", text);
    snprintf(probe->machine, sizeof(probe->machine), "%.*s", (int)strcspn(text, "\n"),
             text);
}

static bool read_ticks(struct usage_ticks *ticks)
{
    char text[TEXT_MAX];

    read_text("/proc/stat", text);
    return usage_parse_ticks(text, ticks);
}

static void fill_cpu(struct usage_probe *probe, struct node_usage *usage)
{
    struct usage_ticks now;
    int64_t all;

    usage->cpu_total = sysconf(_SC_NPROCESSORS_ONLN) * RESOURCE_UNIT;
    if (!read_ticks(&now))
        return;
    all = now.all - probe->last.all;
    if (all > 0)
        usage->cpu_used = (now.busy - probe->last.busy) * usage->cpu_total / all;
    if (usage->cpu_used < 0)
        usage->cpu_used = 0;
    probe->last = now;
}

static void on_timer(void *arg)
{
    struct usage_probe *probe = arg;
    struct node_usage usage = { .node_id = *probe->id,
                                .machine = slice(probe->machine) };
    char text[TEXT_MAX];

    if (*probe->head == NULL || clock_now() > probe->until)
        return;
    fill_cpu(probe, &usage);
    read_text("/proc/meminfo", text);
    if (!usage_parse_memory(text, &usage.memory_used, &usage.memory_total))
        usage.memory_used = usage.memory_total = 0;
    note_nodes_usage(*probe->head, &usage, NULL);
    loop_timer_start(probe->timer, USAGE_MS, 0);
}

struct usage_probe *usage_create(struct loop *loop, struct peer *const *head,
                                 const struct id *id)
{
    struct usage_probe *probe = xcalloc(1, sizeof(*probe));

    probe->head = head;
    probe->id = id;
    probe->timer = loop_timer_create(loop, true, on_timer, probe);
    read_machine(probe);
    return probe;
}

void usage_destroy(struct usage_probe *probe)
{
    loop_timer_destroy(probe->timer);
    free(probe);
}

static void on_watch(void *self, const struct usage_watch *rq, struct call *call)
{
    struct usage_probe *probe = self;
    int64_t most = WATCH_MAX_S * NS_PER_S;

    probe->until = clock_now() + (rq->duration < most ? rq->duration : most);
    if (!loop_timer_is_active(probe->timer) && read_ticks(&probe->last))
        loop_timer_start(probe->timer, USAGE_FIRST_MS, 0);
    call_done(call);
}

static const struct usage_handlers handlers = { .watch = on_watch };

void usage_serve(struct usage_probe *probe, struct dispatch *dispatch)
{
    dispatch_add(dispatch, &usage_methods, &handlers, sizeof(handlers), probe);
}
