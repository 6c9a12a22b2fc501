/* events_save.c - attempts that have ended go to the archive in batches, one at a time,
 * on a pool thread.
 *
 * A batch has copies of the rows, so that the table may forget them meanwhile. When it
 * fails (disk full) its attempts stay unsaved and are in a batch again after AGAIN_MS;
 * the table bounds how many wait so. */
#include "daemon/head/archive.h"
#include "daemon/head/events_table.h"
#include "lib/base/arena.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/net/loop.h"

#include <stdlib.h>
#include <string.h>

enum { BATCH_MAX = 5000, SOON_MS = 100, AGAIN_MS = 1000 };

struct events_save {
    struct events *events; /* NULL: destroyed, while a batch is on its way */
    struct loop *loop;
    struct archive *archive;
    struct loop_timer *timer;
    uint64_t next; /* number in the archive */
    bool is_writing, is_failing;
};

struct batch {
    struct events_save *save;
    struct arena arena;
    struct archive_item *items;
    size_t count;
    int status;
    struct error err;
};

/* The oldest that are not saved. */
static void collect(struct events_save *save, struct batch *batch)
{
    struct list *at;

    *batch = (struct batch){ .save = save };
    batch->items = arena_array(&batch->arena, BATCH_MAX, sizeof(*batch->items));
    list_each(at, &save->events->unsaved) {
        struct event *event = container_of(at, struct event, age);
        struct archive_item *item = &batch->items[batch->count];
        if (batch->count == BATCH_MAX)
            break;
        if (event->archived == 0)
            event->archived = save->next++;
        item->number = event->archived;
        item->task = event->key.task;
        item->attempt = event->key.attempt;
        item->row = arena_copy(&batch->arena, slice_of(event->packed, event->size));
        batch->count++;
    }
}

static void write_batch(void *arg)
{
    struct batch *batch = arg;

    batch->status =
        archive_add(batch->save->archive, batch->items, batch->count, &batch->err);
}

/* Those of the batch are the first of the list, but for what was forgotten. */
static void mark_saved(struct events *events, uint64_t last)
{
    struct list *at, *after;

    list_each_safe(at, after, &events->unsaved) {
        struct event *event = container_of(at, struct event, age);
        if (event->archived == 0 || event->archived > last)
            break;
        list_remove(&event->age);
        list_add(&events->saved, &event->age);
    }
}

static void settle(struct events_save *save, const struct batch *batch)
{
    if (batch->status == 0) {
        if (save->is_failing)
            log_info("events", "the history of tasks is written again");
        mark_saved(save->events, batch->items[batch->count - 1].number);
    } else if (!save->is_failing) { /* one line for a full disk, not one a batch */
        log_error("events", "%s; the last %d attempts stay in memory", batch->err.text,
                  EVENTS_MAX);
    }
    save->is_failing = batch->status != 0;
}

static void release(struct events_save *save)
{
    archive_close(save->archive);
    free(save);
}

static void batch_written(void *arg)
{
    struct batch *batch = arg;
    struct events_save *save = batch->save;

    save->is_writing = false;
    if (save->events == NULL) {
        release(save);
    } else {
        settle(save, batch);
        if (!list_is_empty(&save->events->unsaved))
            loop_timer_start(save->timer, save->is_failing ? AGAIN_MS : 0, 0);
    }
    arena_finish(&batch->arena);
    free(batch);
}

static void begin_batch(void *arg)
{
    struct events_save *save = arg;
    struct batch *batch;

    if (list_is_empty(&save->events->unsaved))
        return;
    batch = xcalloc(1, sizeof(*batch));
    collect(save, batch);
    save->is_writing = true;
    loop_work(save->loop, write_batch, batch_written, batch);
}

void events_save_soon(struct events *events)
{
    struct events_save *save = events->save;

    if (save != NULL && !save->is_writing && !loop_timer_is_active(save->timer))
        loop_timer_start(save->timer, SOON_MS, 0);
}

bool events_save_has(const struct events *events, const struct attempt_key *key)
{
    return events->save != NULL &&
           archive_has(events->save->archive, &key->task, key->attempt);
}

/* The process ends: nobody is kept waiting any more. A batch that is on its way may be
 * written twice, which is the same as once. */
static void save_rest(struct events_save *save)
{
    struct batch batch = { .status = 0 };

    while (batch.status == 0 && !list_is_empty(&save->events->unsaved)) {
        collect(save, &batch);
        write_batch(&batch);
        if (batch.status == 0)
            mark_saved(save->events, batch.items[batch.count - 1].number);
        else
            log_error("events", "%s", batch.err.text);
        arena_finish(&batch.arena);
    }
}

void events_save_destroy(struct events_save *save)
{
    if (save == NULL)
        return;
    save_rest(save);
    loop_timer_destroy(save->timer);
    save->events = NULL;
    if (!save->is_writing)
        release(save);
}

int events_open_archive(struct events *events, struct loop *loop, const char *path,
                        struct error *err)
{
    struct archive *archive = archive_open(path, err);
    struct events_save *save;

    if (archive == NULL)
        return -ERR_IO;
    save = xcalloc(1, sizeof(*save));
    save->events = events;
    save->loop = loop;
    save->archive = archive;
    save->timer = loop_timer_create(loop, true, begin_batch, save);
    save->next = archive_last(archive) + 1;
    events->save = save;
    return 0;
}

const char *events_archive(const struct events *events, uint64_t *below)
{
    const struct events_save *save = events->save;
    const struct list *first =
        list_is_empty(&events->saved) ? events->unsaved.next : events->saved.next;

    if (save == NULL)
        return NULL;
    *below = save->next;
    if (first != &events->unsaved) {
        const struct event *oldest = container_of(first, struct event, age);
        if (oldest->archived != 0)
            *below = oldest->archived;
    }
    return archive_path(save->archive);
}
