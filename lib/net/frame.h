/* frame.h - messages on a byte stream. Pure: bytes to frames and back.
 *
 * A frame is a 4-byte big-endian length of what follows, then the msgpack array
 *     [kind, call id, method, deadline ms, descriptors, body]
 * whose last element is the message, a map (lib/proto/codec.h). `descriptors` counts
 * the file descriptors that came along with the frame on a Unix socket. */
#pragma once

#include "lib/base/buf.h"
#include "lib/base/desc.h"
#include "lib/base/error.h"
#include "lib/base/slice.h"

#include <stdint.h>

enum frame_kind {
    FRAME_REQUEST,
    FRAME_REPLY,
    FRAME_FAILURE, /* the reply of a call that failed; its body is a `failure` */
    FRAME_NOTE,    /* a request without a reply */
    FRAME_HELLO,   /* first of both sides */
    FRAME_ROUTE,   /* whom a connection is for; its body is a `route` */
    FRAME_KINDS
};

struct frame {
    uint8_t kind;         /* enum frame_kind */
    uint8_t method;       /* of requests and notes */
    uint8_t fds;          /* descriptors that belong to it */
    uint32_t call;        /* chosen by the asker; the same in the reply */
    uint32_t deadline_ms; /* how long the asker waits; 0: for ever */
    struct slice body;
};

/* Appends a frame whose body is `message` of type `desc`; `frame->body` is ignored.
 * -ERR_FULL when the buffer's ceiling or PROTO_MESSAGE_MAX is reached: nothing is
 * appended then. */
int frame_pack(struct buf *out, const struct frame *frame, const struct desc *desc,
               const void *message);

/* Reads the first frame of `bytes`. Returns how many bytes it took, 0 when it is not
 * complete yet, -ERR_PROTOCOL when it is no frame or longer than `most`. frame->body
 * points into `bytes`. */
int64_t frame_parse(struct slice bytes, size_t most, struct frame *frame,
                    struct error *err);
