/* frame_test.c - bytes to frames: whole, in pieces, and wrong. */
#include "tests/harness.h"

#include "lib/base/arena.h"
#include "lib/net/frame.h"
#include "lib/proto/codec.h"
#include "lib/proto/proto.h"

#include <string.h>

enum { MOST = 1024 * 1024 };

static void pack(struct buf *out)
{
    const struct frame frame = { .kind = FRAME_REQUEST,
                                 .method = METHOD_leases_cancel,
                                 .fds = 2,
                                 .call = 70000,
                                 .deadline_ms = 1500 };
    const struct lease_cancel rq = { .request_id = 12345 };

    assert_int_equal(frame_pack(out, &frame, &lease_cancel_desc, &rq), 0);
}

static void a_frame_comes_in_pieces(void **state)
{
    struct arena arena = { 0 };
    struct frame frame;
    struct lease_cancel rq;
    struct buf out;
    struct error err;

    (void)state;
    buf_init(&out, 0);
    pack(&out);
    for (size_t size = 0; size < out.size; size++)
        assert_int_equal(frame_parse(slice_of(out.data, size), MOST, &frame, &err), 0);
    pack(&out);
    assert_int_equal(frame_parse(buf_slice(&out), MOST, &frame, &err), out.size / 2);
    assert_int_equal(frame.kind, FRAME_REQUEST);
    assert_int_equal(frame.call, 70000);
    assert_int_equal(frame.deadline_ms, 1500);
    assert_int_equal(frame.fds, 2);
    assert_ok(codec_unpack(frame.body, &lease_cancel_desc, &rq, &arena, &err), &err);
    assert_int_equal(rq.request_id, 12345);
    arena_finish(&arena);
    buf_finish(&out);
}

static void too_long_is_refused_by_its_length(void **state)
{
    struct frame frame;
    struct error err;

    (void)state;
    assert_int_equal(frame_parse(slice_of("\x7f\xff\xff\xff", 4), MOST, &frame, &err),
                     -ERR_PROTOCOL);
    assert_int_equal(
        frame_parse(slice_of("GET / HTTP/1.1\r\n", 16), MOST, &frame, &err),
        -ERR_PROTOCOL);
}

/* 4 bytes of length, 6 elements, the five numbers of `header`, an empty map. */
static int64_t parse(const char *header, size_t size, struct frame *frame)
{
    char bytes[64] = { 0, 0, 0, (char)(size + 2), '\x96' };

    memcpy(bytes + 5, header, size);
    bytes[5 + size] = '\x80';
    return frame_parse(slice_of(bytes, 6 + size), MOST, frame, NULL);
}

static void numbers_have_their_ranges(void **state)
{
    struct frame frame;

    (void)state;
    assert_int_equal(parse("\4\1\2\3\4", 5, &frame), 11);
    assert_int_equal(frame.kind, FRAME_HELLO);
    assert_int_equal(frame.body.size, 1);
    assert_int_equal(parse("\6\1\2\3\4", 5, &frame), -ERR_PROTOCOL); /* kind */
    assert_int_equal(parse("\1\xce\xff\xff\xff\xff\xcc\xff\3\xcc\xff", 11, &frame), 17);
    assert_true(frame.call == UINT32_MAX);
    assert_int_equal(frame.method, 255);
    assert_int_equal(frame.fds, 255);
    assert_int_equal(parse("\1\1\xcd\1\0\3\4", 7, &frame), -ERR_PROTOCOL);
    assert_int_equal(parse("\1\1\2\3\xcd\1\0", 7, &frame), -ERR_PROTOCOL);
    assert_int_equal(parse("\1\xcf\0\0\0\1\0\0\0\0\2\3\4", 13, &frame),
                     -ERR_PROTOCOL);                                   /* 33 bits */
    assert_int_equal(parse("\1\xff\2\3\4", 5, &frame), -ERR_PROTOCOL); /* -1 */
    assert_int_equal(parse("\1\2\3", 3, &frame), -ERR_PROTOCOL); /* the map is none */
}

static void what_does_not_fit_is_not_there(void **state)
{
    const struct frame frame = { .kind = FRAME_NOTE };
    const struct failure body = { .code = 5, .text = slice("0123456789") };
    struct buf all, small;

    (void)state;
    buf_init(&all, 0);
    assert_int_equal(frame_pack(&all, &frame, &failure_desc, &body), 0);
    for (size_t room = 0; room < all.size; room++) {
        buf_init(&small, 3 + room);
        buf_append(&small, "abc", 3);
        assert_int_equal(frame_pack(&small, &frame, &failure_desc, &body), -ERR_FULL);
        assert_int_equal(small.size, 3);
        buf_finish(&small);
    }
    buf_finish(&all);
}

/* Every byte of a frame turned over: no crash, and no frame that is longer than its
 * bytes. */
static void damage_is_survived(void **state)
{
    struct frame frame;
    struct error err;
    struct buf out;

    (void)state;
    buf_init(&out, 0);
    pack(&out);
    for (size_t i = 0; i < out.size; i++) {
        for (int value = 0; value < 256; value++) {
            uint8_t before = out.data[i];
            int64_t took;
            out.data[i] = (uint8_t)value;
            took = frame_parse(buf_slice(&out), MOST, &frame, &err);
            assert_true(took <= (int64_t)out.size);
            if (took > 0)
                assert_true(frame.kind < FRAME_KINDS && frame.body.size <= out.size);
            out.data[i] = before;
        }
    }
    buf_finish(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_comes_in_pieces),
        cmocka_unit_test(too_long_is_refused_by_its_length),
        cmocka_unit_test(numbers_have_their_ranges),
        cmocka_unit_test(what_does_not_fit_is_not_there),
        cmocka_unit_test(damage_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
