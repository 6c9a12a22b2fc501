/* frame_fuzz.c - bytes of a stranger as frames.
 *
 * A frame lies inside of its bytes; one that is not there in full is not reported; and
 * what was read, packed again, says the same. */
#include "tests/fuzz/fuzz.h"

#include "lib/net/frame.h"
#include "lib/proto/proto.h"

enum { MOST = 64 * 1024 };

static void pack_again(const struct frame *frame)
{
    static const struct nothing nothing;
    struct frame again;
    struct error err;
    struct buf out;

    buf_init(&out, 0);
    MUST(frame_pack(&out, frame, &nothing_desc, &nothing) == 0);
    MUST(frame_parse(buf_slice(&out), MOST, &again, &err) == (int64_t)out.size);
    MUST(again.kind == frame->kind && again.method == frame->method);
    MUST(again.call == frame->call && again.fds == frame->fds);
    MUST(again.deadline_ms == frame->deadline_ms);
    buf_finish(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice left = slice_of(data, size);
    struct frame frame;
    struct error err;
    int64_t took;

    while ((took = frame_parse(left, MOST, &frame, &err)) > 0) {
        struct frame ignored;
        MUST((size_t)took <= left.size && frame.body.size < (size_t)took);
        MUST(frame.body.data >= left.data &&
             frame.body.data + frame.body.size == left.data + took);
        MUST(frame_parse(slice_of(left.data, (size_t)took - 1), MOST, &ignored, &err) ==
             0);
        pack_again(&frame);
        left = slice_of(left.data + took, left.size - (size_t)took);
    }
    return 0;
}
