/* frame.c - the frame's header is five small msgpack integers: reading them here by
 * hand spares an object tree for each frame; the body is left to the codec. */
#include "lib/net/frame.h"

#include "lib/proto/codec.h"
#include "lib/proto/proto.h"

enum { LENGTH_SIZE = 4, HEADER_ELEMENTS = 6, FIXARRAY = 0x90 };

static void put_u32(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 24);
    at[1] = (uint8_t)(value >> 16);
    at[2] = (uint8_t)(value >> 8);
    at[3] = (uint8_t)value;
}

/* msgpack: positive fixint is the byte itself, 0xcc/0xcd/0xce/0xcf an unsigned integer
 * of 1/2/4/8 bytes (https://github.com/msgpack/msgpack/blob/master/spec.md). */
static size_t put_uint(uint8_t *at, uint32_t value)
{
    if (value < 0x80) {
        at[0] = (uint8_t)value;
        return 1;
    }
    at[0] = 0xce;
    put_u32(at + 1, value);
    return 5;
}

/* -1 when there is no unsigned integer of at most 32 bits at *at. */
static int64_t take_uint(const uint8_t **at, const uint8_t *end)
{
    static const uint8_t sizes[] = { 1, 2, 4, 8 };
    uint64_t value = 0;
    uint8_t first;

    if (*at == end)
        return -1;
    first = *(*at)++;
    if (first < 0x80)
        return first;
    if (first < 0xcc || first > 0xcf || end - *at < sizes[first - 0xcc])
        return -1;
    for (uint8_t i = 0; i < sizes[first - 0xcc]; i++)
        value = value << 8 | *(*at)++;
    return value <= UINT32_MAX ? (int64_t)value : -1;
}

int frame_pack(struct buf *out, const struct frame *frame, const struct desc *desc,
               const void *message)
{
    size_t start = out->size;
    uint8_t header[LENGTH_SIZE + 1 + 5 * 5];
    size_t used = LENGTH_SIZE;
    int status;

    header[used++] = FIXARRAY | HEADER_ELEMENTS;
    used += put_uint(header + used, frame->kind);
    used += put_uint(header + used, frame->call);
    used += put_uint(header + used, frame->method);
    used += put_uint(header + used, frame->deadline_ms);
    used += put_uint(header + used, frame->fds);
    put_u32(header, 0);
    status = buf_append(out, header, used);
    if (status == 0)
        status = codec_pack(out, desc, message);
    if (status == 0 && out->size - start > PROTO_MESSAGE_MAX)
        status = -ERR_FULL;
    if (status != 0) {
        out->size = start;
        return status;
    }
    put_u32(out->data + start, (uint32_t)(out->size - start - LENGTH_SIZE));
    return 0;
}

static int parse_header(const uint8_t **at, const uint8_t *end, struct frame *frame)
{
    int64_t value[HEADER_ELEMENTS - 1];

    if (*at == end || *(*at)++ != (FIXARRAY | HEADER_ELEMENTS))
        return -ERR_PROTOCOL;
    for (int i = 0; i < HEADER_ELEMENTS - 1; i++)
        if ((value[i] = take_uint(at, end)) < 0)
            return -ERR_PROTOCOL;
    if (value[0] >= FRAME_KINDS || value[2] > UINT8_MAX || value[4] > UINT8_MAX)
        return -ERR_PROTOCOL;
    frame->kind = (uint8_t)value[0];
    frame->call = (uint32_t)value[1];
    frame->method = (uint8_t)value[2];
    frame->deadline_ms = (uint32_t)value[3];
    frame->fds = (uint8_t)value[4];
    return 0;
}

int64_t frame_parse(struct slice bytes, size_t most, struct frame *frame,
                    struct error *err)
{
    const uint8_t *at = (const uint8_t *)bytes.data, *end;
    uint32_t size;

    if (bytes.size < LENGTH_SIZE)
        return 0;
    size = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
    if (size > most)
        return fail(err, ERR_PROTOCOL, "frame of %u bytes, at most %zu are allowed",
                    size, most);
    if (bytes.size - LENGTH_SIZE < size)
        return 0;
    at += LENGTH_SIZE;
    end = at + size;
    if (parse_header(&at, end, frame) != 0)
        return fail(err, ERR_PROTOCOL, "bytes that are not a frame of this protocol");
    frame->body = slice_of(at, (size_t)(end - at));
    return LENGTH_SIZE + (int64_t)size;
}
