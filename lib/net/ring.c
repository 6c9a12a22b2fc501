/* ring.c - records in shared memory, claimed by compare-and-swap.
 *
 * Positions count bytes from the beginning of time; position modulo size is the place. A record is a
 * header of 16 bytes (state, size) and its bytes, rounded up to 16, and never crosses the end:
 * where it would, a filler record takes the rest (a double mapping would spare it, but costs two
 * mappings for each of thousands of rings). The writer owns `tail` and publishes it with release after
 * the record is written; the reader owns `head` and publishes it when the space of a claimed record
 * may be used again. Each side keeps its own index in private memory and only reads the other's
 * when its last copy of it does not suffice, so that in the common case no cache line
 * travels but those of the data.
 *
 * READY -> CLAIMED by the reader, READY -> TAKEN by the writer: exactly one of them wins.
 * What the peer says (its index, sizes in headers) is checked before it is believed. */
#include "lib/net/ring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    MAGIC = 0x52494e47, /* "RING" */
    ALIGN = 16,
    SEALS = F_SEAL_SHRINK | F_SEAL_GROW,
};

enum record_state { RECORD_FILLER, RECORD_READY, RECORD_CLAIMED, RECORD_TAKEN };

struct record {
    _Atomic uint32_t state;
    uint32_t size; /* bytes of data behind this header */
    uint64_t unused;
};

struct ring_shared {
    _Alignas(64) uint32_t magic;
    _Alignas(64) _Atomic uint64_t head; /* the reader's */
    _Alignas(64) _Atomic uint64_t tail; /* the writer's */
    _Alignas(64) char data[RING_SIZE];
};

_Static_assert(sizeof(struct record) == ALIGN, "a header is one unit");
_Static_assert(RING_SIZE % ALIGN == 0 && RING_RECORD_MAX + 2 * ALIGN < RING_SIZE / 2,
               "a record and a filler fit");

int channel_memory_create(struct error *err)
{
    int fd = memfd_create("ray-channel", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    const uint32_t magic = MAGIC;

    if (fd < 0)
        return fail(err, ERR_IO, "make a channel: %s", strerror(errno));
    if (ftruncate(fd, 2 * sizeof(struct ring_shared)) != 0 ||
        pwrite(fd, &magic, sizeof(magic), 0) != sizeof(magic) ||
        pwrite(fd, &magic, sizeof(magic), sizeof(struct ring_shared)) != sizeof(magic) ||
        fcntl(fd, F_ADD_SEALS, SEALS) != 0) {
        int status = fail(err, ERR_IO, "make a channel: %s", strerror(errno));
        close(fd);
        return status;
    }
    return fd;
}

static int check_memory(int fd, struct error *err)
{
    struct stat about;

    if (fd < 0)
        return fail(err, ERR_PROTOCOL, "a channel came without its descriptor");
    if ((fcntl(fd, F_GET_SEALS) & F_SEAL_SHRINK) == 0 || fstat(fd, &about) != 0 ||
        about.st_size < (off_t)(2 * sizeof(struct ring_shared)))
        return fail(err, ERR_PROTOCOL, "a channel's memory could shrink under us");
    return 0;
}

int channel_memory_open(struct channel_memory *memory, int memfd, int side,
                        struct error *err)
{
    int status = check_memory(memfd, err);
    struct ring_shared *pair = NULL;

    *memory = (struct channel_memory){.size = 2 * sizeof(struct ring_shared)};
    if (status == 0) {
        pair = mmap(NULL, memory->size, PROT_READ | PROT_WRITE, MAP_SHARED, memfd, 0);
        if (pair == MAP_FAILED)
            status = fail(err, ERR_IO, "map a channel: %s", strerror(errno));
        else if (pair[0].magic != MAGIC || pair[1].magic != MAGIC) {
            munmap(pair, memory->size);
            status = fail(err, ERR_PROTOCOL, "not the memory of a channel");
        }
    }
    if (memfd >= 0)
        close(memfd);
    if (status != 0)
        return status;
    memory->mapping = pair;
    memory->out.shared = &pair[side];
    memory->in.shared = &pair[1 - side];
    return 0;
}

void channel_memory_finish(struct channel_memory *memory)
{
    if (memory->mapping != NULL)
        munmap(memory->mapping, memory->size);
    memory->mapping = NULL;
}

static struct record *record_at(const struct ring *ring, uint64_t position)
{
    return (struct record *)(void *)(ring->shared->data + position % RING_SIZE);
}

static uint64_t space_of(size_t size)
{
    return ALIGN + ((size + ALIGN - 1) & ~(uint64_t)(ALIGN - 1));
}

/* Whether `need` bytes can be written; asks the reader's index when the last copy says no. */
static bool has_room(struct ring *ring, uint64_t need)
{
    if (ring->tail + need - ring->head <= RING_SIZE)
        return true;
    ring->head = atomic_load_explicit(&ring->shared->head, memory_order_acquire);
    /* Beyond our tail or far behind it: the peer made that up. */
    if (ring->head > ring->tail || ring->tail - ring->head > RING_SIZE)
        ring->broken = true;
    return !ring->broken && ring->tail + need - ring->head <= RING_SIZE;
}

static void fill_to_end(struct ring *ring, uint64_t rest)
{
    struct record *filler = record_at(ring, ring->tail);

    filler->size = (uint32_t)(rest - ALIGN);
    atomic_store_explicit(&filler->state, RECORD_FILLER, memory_order_relaxed);
    ring->tail += rest;
}

int ring_write(struct ring *ring, struct slice a, struct slice b, uint64_t *position)
{
    uint64_t size = (uint64_t)a.size + b.size, need = space_of((size_t)size);
    uint64_t rest = RING_SIZE - ring->tail % RING_SIZE;
    struct record *record;
    char *data;

    if (size > RING_RECORD_MAX)
        return -ERR_INVALID;
    if (!has_room(ring, rest < need ? rest + need : need))
        return ring->broken ? -ERR_PROTOCOL : -ERR_FULL;
    if (rest < need)
        fill_to_end(ring, rest);
    record = record_at(ring, ring->tail);
    data = (char *)(record + 1);
    if (a.size > 0)
        memcpy(data, a.data, a.size);
    if (b.size > 0)
        memcpy(data + a.size, b.data, b.size);
    record->size = (uint32_t)size;
    atomic_store_explicit(&record->state, RECORD_READY, memory_order_relaxed);
    *position = ring->tail;
    ring->tail += need;
    atomic_store_explicit(&ring->shared->tail, ring->tail, memory_order_release);
    return 0;
}

bool ring_take_back(struct ring *ring, uint64_t position)
{
    uint32_t expected = RECORD_READY;

    return atomic_compare_exchange_strong(&record_at(ring, position)->state, &expected,
                                          RECORD_TAKEN);
}

bool ring_is_claimed(struct ring *ring, uint64_t position)
{
    return atomic_load_explicit(&record_at(ring, position)->state, memory_order_acquire) ==
           RECORD_CLAIMED;
}

/* Whether a record begins at head; asks the writer's index when the last copy says no. */
static bool has_next(struct ring *ring)
{
    if (ring->head != ring->tail)
        return true;
    ring->tail = atomic_load_explicit(&ring->shared->tail, memory_order_acquire);
    if (ring->tail - ring->head > RING_SIZE || ring->tail % ALIGN != 0)
        ring->broken = true;
    return !ring->broken && ring->head != ring->tail;
}

/* The size of the record at head, -1 when it cannot be one. */
static int64_t checked_size(const struct ring *ring, const struct record *record)
{
    uint32_t size = __atomic_load_n(&record->size, __ATOMIC_RELAXED);
    uint64_t rest = RING_SIZE - ring->head % RING_SIZE;

    if (space_of(size) > rest || space_of(size) > ring->tail - ring->head)
        return -1;
    return size;
}

int ring_claim(struct ring *ring, struct slice *record)
{
    while (!ring->broken && has_next(ring)) {
        struct record *next = record_at(ring, ring->head);
        int64_t size = checked_size(ring, next);
        uint32_t expected = RECORD_READY;

        if (size < 0) {
            ring->broken = true;
            break;
        }
        ring->head += space_of((size_t)size);
        if (atomic_compare_exchange_strong(&next->state, &expected, RECORD_CLAIMED)) {
            *record = slice_of(next + 1, (size_t)size);
            return 1;
        }
        ring_release(ring); /* taken back, or a filler */
    }
    return ring->broken ? -ERR_PROTOCOL : 0;
}

void ring_release(struct ring *ring)
{
    atomic_store_explicit(&ring->shared->head, ring->head, memory_order_release);
}

bool ring_has_records(struct ring *ring)
{
    return !ring->broken && has_next(ring);
}
