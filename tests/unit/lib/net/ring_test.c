/* ring_test.c - a pair of rings: order, room, taking back, and a peer that cheats. */
#include "tests/harness.h"

#include "lib/net/ring.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct pair {
    struct channel_memory a, b;
    int fd;
};

static int open_pair(void **state)
{
    struct pair *pair = calloc(1, sizeof(*pair));
    struct error err;

    pair->fd = channel_memory_create(&err);
    assert_true(pair->fd >= 0);
    assert_ok(channel_memory_open(&pair->a, dup(pair->fd), 0, &err), &err);
    assert_ok(channel_memory_open(&pair->b, dup(pair->fd), 1, &err), &err);
    *state = pair;
    return 0;
}

static int close_pair(void **state)
{
    struct pair *pair = *state;

    channel_memory_finish(&pair->a);
    channel_memory_finish(&pair->b);
    close(pair->fd);
    free(pair);
    return 0;
}

static void records_come_in_order(void **state)
{
    struct pair *pair = *state;
    struct slice record;
    uint64_t position;

    assert_int_equal(ring_claim(&pair->b.in, &record), 0);
    for (int round = 0; round < 3000; round++) {
        for (int i = 0; i < 3; i++) {
            char text[400];
            int size =
                snprintf(text, sizeof(text), "%d:%d:%*s", round, i, round % 300, "");
            assert_int_equal(ring_write(&pair->a.out, slice_of(text, (size_t)size),
                                        slice("tail"), &position),
                             0);
        }
        for (int i = 0; i < 3; i++) {
            char head[32];
            int size = snprintf(head, sizeof(head), "%d:%d:", round, i);
            assert_int_equal(ring_claim(&pair->b.in, &record), 1);
            assert_memory_equal(record.data, head, (size_t)size);
            assert_memory_equal(record.data + record.size - 4, "tail", 4);
            ring_release(&pair->b.in);
        }
    }
    assert_false(ring_has_records(&pair->b.in));
}

static void a_full_ring_says_so(void **state)
{
    struct pair *pair = *state;
    static char bytes[RING_RECORD_MAX + 1];
    struct slice record;
    const size_t large = RING_RECORD_MAX / 4 * 3; /* two fit */
    uint64_t position;
    int written = 0;

    assert_int_equal(
        ring_write(&pair->a.out, slice_of(bytes, sizeof(bytes)), slice(""), &position),
        -ERR_INVALID);
    while (ring_write(&pair->a.out, slice_of(bytes, large), slice(""), &position) == 0)
        written++;
    assert_int_equal(written, 2);
    assert_int_equal(ring_claim(&pair->b.in, &record), 1);
    assert_int_equal(record.size, large);
    assert_int_equal(ring_claim(&pair->b.in, &record), 1);
    ring_release(&pair->b.in); /* of both */
    assert_int_equal(
        ring_write(&pair->a.out, slice_of(bytes, large), slice(""), &position), 0);
}

static void what_is_not_claimed_can_be_taken_back(void **state)
{
    struct pair *pair = *state;
    struct slice record;
    uint64_t first, second, third;

    ring_write(&pair->a.out, slice("first"), slice(""), &first);
    ring_write(&pair->a.out, slice("second"), slice(""), &second);
    ring_write(&pair->a.out, slice("third"), slice(""), &third);
    assert_int_equal(ring_claim(&pair->b.in, &record), 1);
    assert_false(ring_take_back(&pair->a.out, first));
    assert_true(ring_is_claimed(&pair->a.out, first));
    assert_true(ring_take_back(&pair->a.out, second));
    assert_false(ring_take_back(&pair->a.out, second));
    ring_release(&pair->b.in);
    assert_int_equal(ring_claim(&pair->b.in, &record), 1);
    assert_memory_equal(record.data, "third", 5);
}

/* Any word of the mapping set to anything: an error or a record inside it, never a
 * crash. */
static void a_cheating_peer_breaks_its_ring_only(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed < 300; seed++) {
        void *own = NULL;
        struct pair *pair;
        struct slice record;
        uint64_t position, *words;
        int status = 1;

        open_pair(&own);
        pair = own;
        ring_write(&pair->a.out, slice("something"), slice(""), &position);
        words = pair->a.mapping;
        srand(seed);
        for (int i = 0; i < 40; i++)
            words[(size_t)rand() % (pair->a.size / 8)] =
                (uint64_t)rand() << (rand() % 33) | (uint64_t)(rand() % 6);
        for (int i = 0; i < 100 && status == 1; i++) {
            status = ring_claim(&pair->b.in, &record);
            if (status == 1) {
                const char *begin = pair->b.mapping;
                assert_true(record.data >= begin &&
                            record.data + record.size <= begin + pair->b.size);
                ring_release(&pair->b.in);
            }
        }
        (void)ring_write(&pair->b.out, slice("answer"), slice(""), &position);
        close_pair(&own);
    }
}

static void what_is_no_channel_is_refused(void **state)
{
    struct channel_memory memory = { 0 };
    struct error err;
    int plain = memfd_create("plain", MFD_CLOEXEC), null = open("/dev/null", O_RDWR);

    (void)state;
    assert_true(channel_memory_open(&memory, plain, 0, &err) < 0);
    assert_true(channel_memory_open(&memory, null, 0, &err) < 0);
    channel_memory_finish(&memory);
}

enum { RUNS = 200000 };

static void *produce(void *arg)
{
    struct ring *ring = arg;

    for (uint64_t i = 0; i < RUNS;) {
        uint64_t position;
        if (ring_write(ring, slice_of(&i, sizeof(i)), slice(""), &position) == 0)
            i++;
    }
    return NULL;
}

static void two_threads_pass_numbers(void **state)
{
    struct pair *pair = *state;
    pthread_t thread;
    struct slice record;

    assert_int_equal(pthread_create(&thread, NULL, produce, &pair->a.out), 0);
    for (uint64_t i = 0; i < RUNS;) {
        uint64_t number;
        if (ring_claim(&pair->b.in, &record) != 1)
            continue;
        memcpy(&number, record.data, sizeof(number));
        assert_int_equal(number, i++);
        ring_release(&pair->b.in);
    }
    pthread_join(thread, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(records_come_in_order, open_pair, close_pair),
        cmocka_unit_test_setup_teardown(a_full_ring_says_so, open_pair, close_pair),
        cmocka_unit_test_setup_teardown(what_is_not_claimed_can_be_taken_back,
                                        open_pair, close_pair),
        cmocka_unit_test(a_cheating_peer_breaks_its_ring_only),
        cmocka_unit_test(what_is_no_channel_is_refused),
        cmocka_unit_test_setup_teardown(two_threads_pass_numbers, open_pair,
                                        close_pair),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
