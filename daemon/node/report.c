/* report.c - one timer, one note. */
#include "daemon/node/report.h"

#include "daemon/node/ledger.h"
#include "daemon/node/leases.h"
#include "daemon/node/objects.h"
#include "daemon/node/workers.h"
#include "lib/base/arena.h"
#include "lib/base/mem.h"
#include "lib/net/loop.h"
#include "lib/net/stubs.h"
#include "lib/proto/amounts.h"
#include "lib/proto/codec.h"

#include <stdlib.h>

enum { DEMANDS_MAX = 1000 };

struct report {
    struct report_sources sources;
    struct loop_timer *timer;
    struct buf last; /* what the head has, packed */
};

struct gathered {
    struct arena *arena;
    struct node_report *message;
};

static void add_demand(void *arg, const struct resources *shape, size_t waiting)
{
    struct gathered *gathered = arg;
    struct node_report *message = gathered->message;

    if (message->demands.count >= DEMANDS_MAX)
        return;
    amounts_from_resources(shape,
                           &message->demands.items[message->demands.count].resources,
                           gathered->arena);
    message->demands.items[message->demands.count++].waiting = (int64_t)waiting;
}

/* What an oversubscribed node lacks is nobody's to have: it counts as nothing. */
static void free_amounts(const struct ledger *ledger, struct node_report *message,
                         struct arena *arena)
{
    amounts_from_resources(&ledger->available, &message->available, arena);
    for (size_t i = 0; i < message->available.count; i++)
        if (message->available.items[i].value < 0)
            message->available.items[i].value = 0;
}

/* Whether it differs from the last one. Views come because somebody has reported:
 * without this, every report would be answered by one. */
static bool is_news(struct report *report, const struct node_report *message)
{
    struct buf packed;
    bool same;

    buf_init(&packed, 0);
    if (codec_pack(&packed, &node_report_desc, message) != 0) {
        buf_finish(&packed);
        return true;
    }
    same = slice_equal(buf_slice(&packed), buf_slice(&report->last));
    buf_finish(&report->last);
    report->last = packed;
    return !same;
}

static void send(void *arg)
{
    struct report *report = arg;
    const struct report_sources *from = &report->sources;
    struct arena arena = { 0 };
    struct node_report message = { .node_id = from->node_id };
    struct gathered gathered = { &arena, &message };

    if (from->head == NULL || *from->head == NULL)
        return;
    free_amounts(from->ledger, &message, &arena);
    message.demands.items = arena_array(&arena, DEMANDS_MAX, sizeof(struct demand));
    leases_each_demand(from->leases, add_demand, &gathered);
    message.workers = (int64_t)workers_count(from->workers);
    message.store_used = objects_used(from->objects);
    message.store_limit = from->store_limit;
    message.objects = (int64_t)objects_count(from->objects);
    if (is_news(report, &message))
        note_nodes_report(*from->head, &message, NULL);
    arena_finish(&arena);
}

struct report *report_create(struct loop *loop)
{
    struct report *report = xcalloc(1, sizeof(*report));

    report->timer = loop_timer_create(loop, true, send, report);
    return report;
}

void report_begin(struct report *report, const struct report_sources *sources)
{
    report->sources = *sources;
    report_soon(report);
}

void report_destroy(struct report *report)
{
    loop_timer_destroy(report->timer);
    buf_finish(&report->last);
    free(report);
}

void report_soon(void *arg)
{
    struct report *report = arg;

    if (!loop_timer_is_active(report->timer))
        loop_timer_start(report->timer, REPORT_MS, 0);
}

void report_anew(struct report *report)
{
    buf_clear(&report->last);
    report_soon(report);
}
