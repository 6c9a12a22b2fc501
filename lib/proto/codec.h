/* codec.h - messages to msgpack and back, by descriptor.
 *
 * On the wire a message is a map from its fields' tags to values; zero values are left
 * out. Unknown tags are skipped, so that newer peers may add fields; a value of the
 * wrong type, a size beyond the input, a nesting deeper than CODEC_DEPTH_MAX or lists
 * of more than CODEC_LISTS_MAX bytes of structs are -ERR_PROTOCOL. */
#pragma once

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/desc.h"
#include "lib/base/error.h"

enum { CODEC_DEPTH_MAX = 16, CODEC_LISTS_MAX = 1024 * 1024 * 1024 };

/* Appends the message. -ERR_FULL when the buffer's ceiling is reached. */
int codec_pack(struct buf *out, const struct desc *desc, const void *message);

/* Fills *message (desc->size bytes, zeroed first). Strings and bytes point into `data`;
 * lists are allocated from `arena`. Trailing bytes are an error. */
int codec_unpack(struct slice data, const struct desc *desc, void *message,
                 struct arena *arena, struct error *err);

/* A deep copy of a message: everything it points to lives in `arena`. */
void codec_copy(struct arena *arena, const struct desc *desc, void *to,
                const void *from);
