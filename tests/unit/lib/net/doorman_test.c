/* doorman_test.c - who is let in, who is sent on, who is sent away. */
#include "tests/harness.h"

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/net/doorman.h"
#include "lib/net/frame.h"
#include "lib/net/loop.h"
#include "lib/proto/proto.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct door {
    struct loop *loop;
    struct doorman *doorman;
    int guest; /* our end */
    int inside;
    bool answered;
    struct id worker;
};

static void on_here(void *arg, int fd)
{
    struct door *door = arg;
    door->inside = fd;
    door->answered = true;
}

static void on_elsewhere(void *arg, const struct id *worker, int fd)
{
    struct door *door = arg;
    door->worker = *worker;
    on_here(arg, fd);
}

static int set_up(void **state)
{
    static struct door door;
    const struct doorman_events events = { on_here, on_elsewhere, &door };
    int fds[2];

    door = (struct door){ .inside = -1 };
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    door.loop = loop_create();
    door.doorman = doorman_create(door.loop, &events);
    door.guest = fds[0];
    doorman_ask(door.doorman, fds[1]);
    *state = &door;
    return 0;
}

static int tear_down(void **state)
{
    struct door *door = *state;

    doorman_destroy(door->doorman);
    loop_destroy(door->loop);
    close(door->guest);
    if (door->inside >= 0)
        close(door->inside);
    return 0;
}

/* What our end reads: -1 nothing yet, 0 the other end is closed. */
static ssize_t hear(struct door *door)
{
    char byte;
    return recv(door->guest, &byte, 1, MSG_DONTWAIT);
}

static void say(struct door *door, const void *data, size_t size)
{
    int64_t deadline = clock_now() + 5 * NS_PER_S;

    assert_int_equal(write(door->guest, data, size), (ssize_t)size);
    while (!door->answered && hear(door) != 0 && clock_now() < deadline)
        loop_run_until(door->loop, &door->answered, clock_now() + NS_PER_MS);
}

static void tls_is_for_us(void **state)
{
    struct door *door = *state;
    char bytes[3];

    say(door, "\x16\x03\x01", 3);
    assert_true(door->answered);
    assert_false(id_is_set(&door->worker));
    assert_int_equal(read(door->inside, bytes, sizeof(bytes)), 3); /* untouched */
    assert_memory_equal(bytes, "\x16\x03\x01", 3);
}

static void a_route_is_taken_and_what_follows_stays(void **state)
{
    struct frame frame = { .kind = FRAME_ROUTE };
    uint8_t number[ID_WORKER] = { 1, 2, 3 };
    struct route route = { .worker_id = id_from_bytes(number, sizeof(number)) };
    struct door *door = *state;
    struct buf bytes = { 0 };
    char rest[8];

    assert_int_equal(frame_pack(&bytes, &frame, &route_desc, &route), 0);
    assert_int_equal(buf_append(&bytes, "\x16rest", 5), 0);
    say(door, bytes.data, bytes.size);
    buf_finish(&bytes);
    assert_true(door->answered);
    assert_true(id_equal(&door->worker, &route.worker_id));
    assert_int_equal(read(door->inside, rest, sizeof(rest)), 5);
    assert_memory_equal(rest, "\x16rest", 5);
}

static void noise_is_sent_away(void **state)
{
    struct door *door = *state;

    say(door, "GET / HTTP/1.1\r\n\r\n", 18);
    assert_false(door->answered);
    assert_int_equal(hear(door), 0);
}

static void other_frames_are_sent_away(void **state)
{
    struct frame frame = { .kind = FRAME_HELLO };
    struct hello hello = { .major = 1 };
    struct door *door = *state;
    struct buf bytes = { 0 };

    assert_int_equal(frame_pack(&bytes, &frame, &hello_desc, &hello), 0);
    say(door, bytes.data, bytes.size);
    buf_finish(&bytes);
    assert_false(door->answered);
    assert_int_equal(hear(door), 0);
}

#define EACH(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(tls_is_for_us),
        EACH(a_route_is_taken_and_what_follows_stays),
        EACH(noise_is_sent_away),
        EACH(other_frames_are_sent_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
