/* conn_test.c - descriptors stay with their frames, however the bytes are cut. */
#include "tests/harness.h"

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/net/conn.h"
#include "lib/net/fdpass.h"
#include "lib/net/loop.h"
#include "lib/proto/proto.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FRAMES = 3, HEAD = 5 /* bytes: not a whole frame */ };

struct ends {
    struct loop *loop;
    struct conn *conn;
    int far;
    int takes; /* descriptors of each frame that are taken */
    int frames;
    ino_t taken[FRAMES]; /* which file a frame came with; 0: none */
    bool enough, ended;
};

static ino_t inode(int fd)
{
    struct stat about;

    return fd >= 0 && fstat(fd, &about) == 0 ? about.st_ino : 0;
}

static void on_frame(void *arg, const struct frame *frame)
{
    struct ends *ends = arg;

    assert_in_range(ends->frames, 0, FRAMES - 1);
    if (frame->fds > 0 && ends->takes > 0) {
        int fd = conn_take_fd(ends->conn);
        ends->taken[ends->frames] = inode(fd);
        close(fd);
    }
    ends->enough = ++ends->frames == FRAMES;
}

static void on_end(void *arg, const struct error *why)
{
    struct ends *ends = arg;

    (void)why;
    ends->ended = ends->enough = true;
    conn_destroy(ends->conn);
    ends->conn = NULL;
}

static int set_up(void **state)
{
    static struct ends ends;
    const struct conn_events events = { NULL, on_frame, on_end, &ends };
    int fds[2];

    ends = (struct ends){ .takes = 1 };
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    ends.loop = loop_create();
    ends.conn = conn_create(ends.loop, fds[0], false, &events);
    ends.far = fds[1];
    *state = &ends;
    return 0;
}

static int tear_down(void **state)
{
    struct ends *ends = *state;

    if (ends->far >= 0)
        close(ends->far);
    if (ends->conn != NULL)
        loop_run_until(ends->loop, &ends->ended, clock_now() + 5 * NS_PER_S);
    assert_true(ends->ended);
    loop_destroy(ends->loop);
    return 0;
}

/* A file of its own, to know a descriptor by. */
static int a_file(int number)
{
    char path[4096];
    int fd;

    snprintf(path, sizeof(path), "%s/file-%d", harness_dir(), number);
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    return fd;
}

static void pack(struct buf *bytes, int fds)
{
    static const struct nothing nothing;
    const struct frame frame = { .kind = FRAME_NOTE, .fds = (uint8_t)fds };

    buf_clear(bytes);
    assert_int_equal(frame_pack(bytes, &frame, &nothing_desc, &nothing), 0);
}

static void send_part(struct ends *ends, struct slice bytes, int fd)
{
    assert_int_equal(fdpass_send(ends->far, bytes, &fd, fd >= 0), (ssize_t)bytes.size);
}

static void run(struct ends *ends)
{
    loop_run_until(ends->loop, &ends->enough, clock_now() + 5 * NS_PER_S);
    assert_int_equal(ends->frames, FRAMES);
    assert_false(ends->ended);
}

/* The end of the first frame, the next, and the descriptors of both are there at once.
 */
static void two_with_descriptors_are_read_together(void **state)
{
    struct ends *ends = *state;
    struct buf bytes = { 0 };
    int files[FRAMES] = { a_file(0), a_file(1), -1 };
    bool never = false;

    pack(&bytes, 1);
    send_part(ends, slice_of(bytes.data, HEAD), files[0]);
    loop_run_until(ends->loop, &never, clock_now() + NS_PER_MS); /* reads that much */
    send_part(ends, slice_of(bytes.data + HEAD, bytes.size - HEAD), -1);
    send_part(ends, buf_slice(&bytes), files[1]);
    pack(&bytes, 0);
    send_part(ends, buf_slice(&bytes), -1);
    run(ends);
    for (int i = 0; i < FRAMES; i++) {
        assert_int_equal(ends->taken[i], inode(files[i]));
        close(files[i]);
    }
    buf_finish(&bytes);
}

/* What a frame's receiver leaves is closed, and is not given to the next. */
static void what_nobody_takes_is_closed(void **state)
{
    struct ends *ends = *state;
    struct buf bytes = { 0 };
    int file = a_file(2), before = dup(file);

    close(before); /* the lowest descriptor that is free */
    ends->takes = 0;
    pack(&bytes, 1);
    for (int i = 0; i < FRAMES; i++)
        send_part(ends, buf_slice(&bytes), file);
    run(ends);
    assert_int_equal(dup(file), before);
    close(before);
    close(file);
    buf_finish(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(two_with_descriptors_are_read_together, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_nobody_takes_is_closed, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
