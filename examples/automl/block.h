/* block.h - a sequence of bytes that is written once and read with suspicion.
 *
 * The writer grows; the reader never passes its end. Both remember the first failure,
 * so a caller makes all its calls and asks once. Numbers are in the machine's own byte
 * order: blocks travel between processes of one cluster, and the envelope's magic
 * number tells a machine of the other order apart.
 * The envelope is magic, size and checksum before the body. The checksum finds damage,
 * not malice: blocks come from processes that hold the cluster's secret. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct automl_error;

struct block_writer {
    unsigned char *bytes;
    size_t size;
    size_t capacity;
    bool failed; /* memory ran out */
};

struct block_reader {
    const unsigned char *next;
    size_t left;
    bool failed; /* something was read that is not there */
};

/* Starts a block and leaves room for the envelope. */
void block_init(struct block_writer *);
void block_finish(struct block_writer *);

void block_put(struct block_writer *, const void *bytes, size_t size);
void block_put_u32(struct block_writer *, uint32_t value);
void block_put_double(struct block_writer *, double value);

/* Fills in the envelope and hands the bytes over; the caller frees them. NULL with a
 * text if memory ran out since block_init. The writer is finished either way. */
void *block_take(struct block_writer *, uint64_t magic, size_t *size,
                 struct automl_error *err);

/* Checks the envelope of `size` bytes at `bytes` and places the reader on the body. The
 * reader borrows the bytes. Negative if they are too short, of another kind, cut or
 * changed. */
int block_open(struct block_reader *, const void *bytes, size_t size, uint64_t magic,
               struct automl_error *err);

/* Copy the next bytes out, or zeros once anything was missing. */
void block_get(struct block_reader *, void *bytes, size_t size);
uint32_t block_get_u32(struct block_reader *);
double block_get_double(struct block_reader *);

/* Borrows the next `count` items of `size` bytes, not aligned. NULL if they are not all
 * there, which is how a count is checked before memory is asked for. */
const void *block_get_array(struct block_reader *, size_t count, size_t size);

/* Everything was there and nothing is left over. */
bool block_is_read(const struct block_reader *);
