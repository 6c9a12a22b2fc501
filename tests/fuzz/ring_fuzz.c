/* ring_fuzz.c - a channel whose other side writes what it likes where it likes.
 *
 * The input is a program: steps of the honest side (claim, release, write, take back),
 * and words that the hostile side stores into the shared memory, mostly where the
 * honest one will look next. Whatever happens, a record lies inside of the mapping, and
 * nothing goes on for ever: between two stores at most RING_SIZE bytes can be claimed,
 * and a claim that does not return is found by libFuzzer's own time limit. */
#include "tests/fuzz/fuzz.h"

#include "lib/net/ring.h"

enum { STEPS_MAX = 4096, WORD = 8, RECORDS_MAX = RING_SIZE / WORD };

struct stage {
    struct channel_memory honest;
    uint8_t *shared; /* the same memory, as the other side has it */
    uint64_t written[8];
    unsigned writes;
    uint64_t sum; /* of the bytes of all records: they were read */
};

static void *raw_mapping(int fd, size_t size)
{
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    MUST(at != MAP_FAILED);
    return at;
}

/* One channel for all inputs: only its memory and the honest end begin anew. */
static void begin(struct stage *stage)
{
    static struct channel_memory opened;
    static uint8_t *shared, *fresh;
    struct error err;

    if (shared == NULL) {
        int fd = channel_memory_create(&err), other = dup(fd);
        MUST(fd >= 0 && channel_memory_open(&opened, fd, 0, &err) == 0);
        shared = raw_mapping(other, opened.size);
        fresh = malloc(opened.size);
        MUST(fresh != NULL);
        memcpy(fresh, shared, opened.size);
        close(other);
    }
    memcpy(shared, fresh, opened.size);
    *stage = (struct stage){ .honest = opened, .shared = shared };
}

/* Where `ring`'s memory begins as the other side sees it. */
static uint8_t *hostile_view(const struct stage *stage, const struct ring *ring)
{
    return stage->shared + ((uint8_t *)ring->shared - (uint8_t *)stage->honest.mapping);
}

static void claim_all(struct stage *stage, bool release)
{
    struct ring *ring = &stage->honest.in;
    const char *start = stage->honest.mapping;
    struct slice record;
    unsigned count = 0;

    while (ring_claim(ring, &record) > 0) {
        MUST(record.size <= RING_RECORD_MAX && (uintptr_t)record.data % WORD == 0);
        MUST(record.data >= start &&
             record.data + record.size <= start + stage->honest.size);
        for (size_t i = 0; i < record.size; i++)
            stage->sum += (uint8_t)record.data[i];
        MUST(++count <= 2 * RECORDS_MAX);
        if (release)
            ring_release(ring);
    }
    MUST(ring->next - ring->freed <= RING_SIZE);
    if (ring->broken)
        MUST(ring_claim(ring, &record) == -ERR_PROTOCOL && !ring_has_records(ring));
}

static void write_one(struct stage *stage, size_t size)
{
    static char bytes[RING_RECORD_MAX + 1];
    struct ring *ring = &stage->honest.out;
    int status = ring_write(ring, slice_of(bytes, size), slice("tail"),
                            &stage->written[stage->writes % 8]);

    MUST(status == 0 || status == -ERR_FULL || status == -ERR_INVALID ||
         status == -ERR_PROTOCOL);
    MUST(ring->next - ring->freed <= RING_SIZE);
    stage->writes += status == 0;
}

static void store(struct stage *stage, const uint8_t **data, size_t *size)
{
    struct ring *ring =
        fuzz_take(data, size, 1) & 1 ? &stage->honest.in : &stage->honest.out;
    uint64_t where = fuzz_take(data, size, 1), word, at;

    /* The shared index is first, the words come after it: see ring.c. */
    if (where < 32)
        at = 0;
    else if (where < 224)
        at = 128 + (ring->next + (where & 7) * WORD) % RING_SIZE;
    else
        at = 128 + fuzz_take(data, size, 2) * WORD % RING_SIZE;
    word = fuzz_take(data, size, 4) << 32;
    word |= fuzz_take(data, size, 1);
    memcpy(hostile_view(stage, ring) + at, &word, sizeof(word));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct stage stage;

    begin(&stage);
    for (int i = 0; i < STEPS_MAX && size > 0; i++) {
        uint64_t step = fuzz_take(&data, &size, 1);
        if (step < 160)
            store(&stage, &data, &size);
        else if (step < 200)
            claim_all(&stage, (step & 1) != 0);
        else if (step < 220)
            write_one(&stage, (size_t)fuzz_take(&data, &size, 2) * 2);
        else if (step < 235)
            (void)ring_take_back(&stage.honest.out, stage.written[step % 8]);
        else if (step < 245)
            (void)ring_is_claimed(&stage.honest.out, stage.written[step % 8]);
        else
            ring_release(&stage.honest.in);
    }
    claim_all(&stage, true);
    return 0;
}
