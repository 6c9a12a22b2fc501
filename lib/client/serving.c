/* serving.c - records off one ring, onto the other.
 *
 * A record is copied out of shared memory and its space given back at once: the owner
 * sees that it was claimed, whether or not the space is used again. */
#include "lib/client/serving.h"

#include "lib/base/arena.h"
#include "lib/base/mem.h"
#include "lib/client/record.h"
#include "lib/proto/codec.h"
#include "lib/proto/proto.h"

#include <stdlib.h>
#include <unistd.h>

struct serving *serving_create(const struct id *peer, const int fds[3],
                               struct error *err)
{
    struct serving *serving = xcalloc(1, sizeof(*serving));
    int status = channel_memory_open(&serving->memory, fds[0], 1, err);

    if (status != 0) {
        close(fds[1]);
        close(fds[2]);
    } else {
        status = bells_open(&serving->bells, fds[1], fds[2], err);
    }
    if (status != 0) {
        channel_memory_finish(&serving->memory);
        free(serving);
        return NULL;
    }
    serving->peer = serving->owner = *peer;
    serving->address = xstrdup("");
    list_init(&serving->list);
    return serving;
}

void serving_destroy(struct serving *serving)
{
    list_remove(&serving->list);
    channel_memory_finish(&serving->memory);
    bells_finish(&serving->bells);
    free(serving->address);
    free(serving);
}

/* A copy of the next record, taken off the ring. */
static char *claim(struct serving *serving, struct slice *record)
{
    char *copy;

    if (ring_claim(&serving->memory.in, record) != 1)
        return NULL;
    copy = xslicedup(*record);
    *record = slice_of(copy, record->size);
    ring_release(&serving->memory.in);
    return copy;
}

static void read_owner(struct serving *serving, struct slice record)
{
    struct process_ref owner;
    struct arena arena = { 0 };

    record = slice_of(record.data + 1, record.size - 1);
    if (codec_unpack(record, &process_ref_desc, &owner, &arena, NULL) == 0) {
        serving->owner = owner.worker_id;
        free(serving->address);
        serving->address = xslicedup(owner.address);
    }
    arena_finish(&arena);
}

char *serving_take(struct serving *serving, struct slice *record)
{
    char *copy;

    while ((copy = claim(serving, record)) != NULL && record->size > 0 &&
           record->data[0] == RECORD_OWNER) {
        read_owner(serving, *record);
        free(copy);
    }
    serving->running += copy != NULL;
    return copy;
}

int serving_write(struct serving *serving, uint8_t kind, struct slice body)
{
    uint64_t position;
    int status;

    if (serving->has_gone)
        return 0;
    status = ring_write(&serving->memory.out, slice_of(&kind, 1), body, &position);
    if (status == 0)
        bell_ring(&serving->bells.page->reply, serving->bells.eventfd);
    return status;
}

void serving_end(struct serving *serving)
{
    if (--serving->running == 0 && serving->has_gone)
        serving_destroy(serving);
}

void serving_drop(struct serving *serving)
{
    serving->has_gone = true;
    if (serving->running == 0)
        serving_destroy(serving);
}
