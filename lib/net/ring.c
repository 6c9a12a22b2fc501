/* ring.c - records in shared memory, one writer, one reader.
 *
 * The data is an array of 64-bit words. A record is one header word (state in the low
 * half, size in the high half) and its bytes, padded to 8; positions count bytes and
 * never wrap, their place is position % RING_SIZE. There is no shared tail: the word
 * after the newest record is always EMPTY, and the reader waits for that word to
 * change. So the common case touches only the lines of the records themselves:
 *
 *   write    bytes, EMPTY behind them, then header = READY (release)
 *   claim    header (acquire); READY -> CLAIMED by compare-and-swap
 *   release  `freed` = next (release), the one shared index, alone on its lines; the
 *            writer reads it only when the space that it knows of is used up
 *   take back  READY -> TAKEN by compare-and-swap; the reader steps over it
 *
 * State and size are one word, so that what the swap confirms is what was checked: a
 * peer cannot change the size in between. A record does not cross the end of the data:
 * there the writer leaves a PADDING word, written after the record at place 0. We chose
 * this over mapping the data twice because it needs one mapping a channel instead of
 * five, gives every byte one address (sanitizers and "inside the mapping" stay simple),
 * and costs one comparison a record.
 *
 * Invariants: freed <= next <= freed + RING_SIZE - 8 at both ends, each kept in private
 * memory; a place is computed from a private position alone. What comes from the peer
 * is checked before use: `freed` must lie between its last value and `next`; a header
 * must have a state that is possible there and a size that stays inside the data. The
 * reader steps over at most RING_SIZE bytes between two releases, so that no writer can
 * keep it busy. Whatever does not fit breaks the ring for good. */
#include "lib/net/ring.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

enum {
    WORD = 8, /* bytes of a header; records are aligned to it */
    /* Lines are fetched in pairs: 128 bytes keep the neighbours of an index quiet. */
    APART = 128,
    CHANNEL_MAGIC = 0x52435231,
    MEMFD_SEALS = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL,
    TMPFS = 0x01021994, /* what statfs says of a memfd of ordinary pages */
};

enum header_state {
    HEADER_EMPTY, /* end of what was written; the whole word is 0 */
    HEADER_READY,
    HEADER_CLAIMED,
    HEADER_TAKEN,
    HEADER_PADDING, /* the next record is at place 0; no size */
};

struct ring_shared {
    _Alignas(APART) _Atomic uint64_t freed;
    _Alignas(APART) _Atomic uint64_t words[RING_SIZE / WORD];
};

struct channel_shared {
    uint32_t magic, ring_size, record_max;
    struct ring_shared rings[2]; /* [side] is written by that side */
};

_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "a lock would not be shared");
_Static_assert((RING_SIZE & (RING_SIZE - 1)) == 0, "places are positions modulo size");
_Static_assert(2 * (RING_RECORD_MAX + WORD) + WORD <= RING_SIZE,
               "the largest record must fit behind the largest padding");

static uint64_t header(enum header_state state, size_t size)
{
    return (uint64_t)size << 32 | state;
}

static uint64_t place(uint64_t position)
{
    return position & (RING_SIZE - 1);
}

static uint64_t record_size(uint64_t size)
{
    return WORD + ((size + WORD - 1) & ~(uint64_t)(WORD - 1));
}

static _Atomic uint64_t *word_at(const struct ring *ring, uint64_t position)
{
    return &ring->shared->words[place(position) / WORD];
}

/* Whether the writer may use everything before `end` and the EMPTY word there. */
static bool has_room(struct ring *ring, uint64_t end)
{
    uint64_t freed;

    if (end - ring->freed <= RING_SIZE - WORD)
        return true;
    /* Acquire: the reader is done with those bytes before we write over them. */
    freed = atomic_load_explicit(&ring->shared->freed, memory_order_acquire);
    if (freed % WORD != 0 || freed - ring->freed > ring->next - ring->freed) {
        ring->broken = true;
        return false;
    }
    ring->freed = freed;
    return end - freed <= RING_SIZE - WORD;
}

static void copy_in(struct ring *ring, uint64_t start, struct slice a, struct slice b)
{
    char *to = (char *)word_at(ring, start) + WORD;

    if (a.size > 0)
        memcpy(to, a.data, a.size);
    if (b.size > 0)
        memcpy(to + a.size, b.data, b.size);
}

int ring_write(struct ring *ring, struct slice a, struct slice b, uint64_t *position)
{
    uint64_t start = ring->next, left = RING_SIZE - place(start), news, end;

    if (ring->broken)
        return -ERR_PROTOCOL;
    if (a.size > RING_RECORD_MAX || b.size > RING_RECORD_MAX - a.size)
        return -ERR_INVALID;
    if (record_size(a.size + b.size) > left)
        start += left;
    end = start + record_size(a.size + b.size);
    if (!has_room(ring, end))
        return ring->broken ? -ERR_PROTOCOL : -ERR_FULL;
    copy_in(ring, start, a, b);
    atomic_store_explicit(word_at(ring, end), 0, memory_order_relaxed);
    news = header(HEADER_READY, a.size + b.size);
    if (start != ring->next) {
        atomic_store_explicit(word_at(ring, start), news, memory_order_relaxed);
        news = header(HEADER_PADDING, 0);
    }
    /* The reader waits for this word to change: its store publishes all of the above.
     */
    atomic_store_explicit(word_at(ring, ring->next), news, memory_order_release);
    ring->next = end;
    *position = start;
    return 0;
}

/* Whether the word at `position` is still that record's header: its space is not reused
 * before this end has seen it freed. */
static bool is_standing(const struct ring *ring, uint64_t position)
{
    return position - ring->freed < ring->next - ring->freed;
}

bool ring_take_back(struct ring *ring, uint64_t position)
{
    _Atomic uint64_t *word = word_at(ring, position);
    uint64_t seen;

    if (!is_standing(ring, position))
        return false;
    seen = atomic_load_explicit(word, memory_order_relaxed);
    if ((uint32_t)seen != HEADER_READY)
        return false;
    /* Relaxed is enough: no data changes hands, and a swap leaves the release of
     * ring_write in force for the reader that sees TAKEN. */
    return atomic_compare_exchange_strong_explicit(
        word, &seen, header(HEADER_TAKEN, seen >> 32), memory_order_relaxed,
        memory_order_relaxed);
}

bool ring_is_claimed(struct ring *ring, uint64_t position)
{
    if (!is_standing(ring, position))
        return true;
    return (uint32_t)atomic_load_explicit(word_at(ring, position),
                                          memory_order_relaxed) == HEADER_CLAIMED;
}

/* Where the record whose header was `seen` at ring->next ends; 0 when no honest writer
 * would have written that header there. */
static uint64_t record_end(const struct ring *ring, uint64_t seen)
{
    uint64_t size = seen >> 32, left = RING_SIZE - place(ring->next), end;

    if (seen == header(HEADER_PADDING, 0))
        end = ring->next + left;
    else if ((uint32_t)seen != HEADER_READY && (uint32_t)seen != HEADER_TAKEN)
        return 0;
    else if (size > RING_RECORD_MAX || record_size(size) > left)
        return 0;
    else
        end = ring->next + record_size(size);
    return end - ring->freed <= RING_SIZE - WORD ? end : 0;
}

static void free_space(struct ring *ring)
{
    ring->freed = ring->next;
    ring->holding = false;
    /* Release: what was read of the records was read before the writer reuses them. */
    atomic_store_explicit(&ring->shared->freed, ring->freed, memory_order_release);
}

static int break_ring(struct ring *ring)
{
    ring->broken = true;
    return -ERR_PROTOCOL;
}

int ring_claim(struct ring *ring, struct slice *record)
{
    while (!ring->broken) {
        _Atomic uint64_t *word = word_at(ring, ring->next);
        uint64_t seen = atomic_load_explicit(word, memory_order_acquire);
        uint64_t size = seen >> 32, end;

        if (seen == 0) {
            /* Records that were all taken back have no release of their own. */
            if (!ring->holding && ring->freed != ring->next)
                free_space(ring);
            return 0;
        }
        end = record_end(ring, seen);
        if (end == 0)
            return break_ring(ring);
        if ((uint32_t)seen == HEADER_READY) {
            /* Relaxed: the load above has acquired the record. */
            if (atomic_compare_exchange_strong_explicit(
                    word, &seen, header(HEADER_CLAIMED, size), memory_order_relaxed,
                    memory_order_relaxed)) {
                *record = slice_of((const char *)word + WORD, size);
                ring->next = end;
                ring->holding = true;
                return 1;
            }
            /* Only a take-back can have come between. */
            if (seen != header(HEADER_TAKEN, size))
                return break_ring(ring);
        }
        ring->next = end;
    }
    return -ERR_PROTOCOL;
}

void ring_release(struct ring *ring)
{
    if (!ring->broken && ring->holding)
        free_space(ring);
}

bool ring_has_records(struct ring *ring)
{
    return !ring->broken &&
           atomic_load_explicit(word_at(ring, ring->next), memory_order_relaxed) != 0;
}

int ring_memfd_create(const char *name, size_t size, struct error *err)
{
    int memfd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (memfd < 0)
        return fail(err, ERR_IO, "memfd_create: %s", strerror(errno));
    if (ftruncate(memfd, (off_t)size) != 0 ||
        fcntl(memfd, F_ADD_SEALS, MEMFD_SEALS) != 0) {
        int status =
            fail(err, ERR_IO, "shared memory of %zu bytes: %s", size, strerror(errno));
        close(memfd);
        return status;
    }
    return memfd;
}

int ring_memfd_map(int memfd, size_t size, void **mapping, struct error *err)
{
    int seals = fcntl(memfd, F_GET_SEALS);
    struct statfs kind;
    struct stat stat;
    void *at;

    if (seals < 0 || fstat(memfd, &stat) != 0 || fstatfs(memfd, &kind) != 0)
        return fail(err, ERR_PROTOCOL, "descriptor is no shared memory: %s",
                    strerror(errno));
    if ((seals & MEMFD_SEALS) != MEMFD_SEALS)
        return fail(err, ERR_PROTOCOL, "shared memory can change its size");
    /* Pages of a huge-page memfd can be punched out and then not be had again. */
    if (kind.f_type != TMPFS)
        return fail(err, ERR_PROTOCOL, "shared memory is not of ordinary pages");
    if (stat.st_size != (off_t)size)
        return fail(err, ERR_PROTOCOL, "shared memory has %lld bytes, not %zu",
                    (long long)stat.st_size, size);
    at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, memfd, 0);
    if (at == MAP_FAILED)
        return fail(err, ERR_IO, "map shared memory: %s", strerror(errno));
    *mapping = at;
    return 0;
}

/* Fills the header of a new channel; the rings are empty when they are zero. */
static int write_header(int memfd, struct error *err)
{
    const uint32_t fields[] = { CHANNEL_MAGIC, RING_SIZE, RING_RECORD_MAX };

    if (pwrite(memfd, fields, sizeof(fields), 0) != (ssize_t)sizeof(fields))
        return fail(err, ERR_IO, "write shared memory: %s", strerror(errno));
    return 0;
}

int channel_memory_create(struct error *err)
{
    int memfd = ring_memfd_create("ray-channel", sizeof(struct channel_shared), err);
    int status;

    if (memfd < 0)
        return memfd;
    status = write_header(memfd, err);
    if (status != 0) {
        close(memfd);
        return status;
    }
    return memfd;
}

int channel_memory_open(struct channel_memory *memory, int memfd, int side,
                        struct error *err)
{
    size_t size = sizeof(struct channel_shared);
    struct channel_shared *shared;
    void *mapping;
    int status = ring_memfd_map(memfd, size, &mapping, err);

    assert(side == 0 || side == 1);
    memset(memory, 0, sizeof(*memory));
    close(memfd);
    if (status != 0)
        return status;
    shared = mapping;
    if (shared->magic != CHANNEL_MAGIC || shared->ring_size != RING_SIZE ||
        shared->record_max != RING_RECORD_MAX) {
        munmap(mapping, size);
        return fail(err, ERR_PROTOCOL, "shared memory is no channel of this version");
    }
    memory->mapping = mapping;
    memory->size = size;
    memory->out.shared = &shared->rings[side];
    memory->in.shared = &shared->rings[1 - side];
    return 0;
}

void channel_memory_finish(struct channel_memory *memory)
{
    if (memory->mapping != NULL)
        munmap(memory->mapping, memory->size);
    memset(memory, 0, sizeof(*memory));
}
