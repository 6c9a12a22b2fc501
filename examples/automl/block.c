/* block.c - growing writer, bounded reader, and the envelope around the bytes. */
#include "block.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "automl_error.h"

struct envelope {
    uint64_t magic;
    uint64_t size;     /* of the whole block */
    uint64_t checksum; /* of the body */
};

/* FNV-1a, 64 bits (Fowler, Noll, Vo). */
static uint64_t checksum(const unsigned char *bytes, size_t size)
{
    uint64_t sum = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ bytes[i]) * UINT64_C(0x100000001b3);
    return sum;
}

static bool has_room(struct block_writer *writer, size_t size)
{
    if (writer->failed || size <= writer->capacity - writer->size)
        return !writer->failed;
    size_t capacity = writer->capacity ? writer->capacity : 256;
    while (capacity - writer->size < size && capacity <= SIZE_MAX / 2)
        capacity *= 2;
    unsigned char *bytes = NULL;
    if (capacity - writer->size >= size)
        bytes = realloc(writer->bytes, capacity);
    if (!bytes) {
        writer->failed = true;
        return false;
    }
    writer->bytes = bytes;
    writer->capacity = capacity;
    return true;
}

void block_init(struct block_writer *writer)
{
    memset(writer, 0, sizeof(*writer));
    struct envelope empty = { 0 };
    block_put(writer, &empty, sizeof(empty));
}

void block_finish(struct block_writer *writer)
{
    free(writer->bytes);
    memset(writer, 0, sizeof(*writer));
}

void block_put(struct block_writer *writer, const void *bytes, size_t size)
{
    if (size == 0 || !has_room(writer, size))
        return;
    memcpy(writer->bytes + writer->size, bytes, size);
    writer->size += size;
}

void block_put_u32(struct block_writer *writer, uint32_t value)
{
    block_put(writer, &value, sizeof(value));
}

void block_put_double(struct block_writer *writer, double value)
{
    block_put(writer, &value, sizeof(value));
}

void *block_take(struct block_writer *writer, uint64_t magic, size_t *size,
                 struct automl_error *err)
{
    if (writer->failed) {
        block_finish(writer);
        automl_fail(err, "out of memory");
        return NULL;
    }
    struct envelope envelope = { .magic = magic, .size = writer->size };
    envelope.checksum =
        checksum(writer->bytes + sizeof(envelope), writer->size - sizeof(envelope));
    memcpy(writer->bytes, &envelope, sizeof(envelope));
    void *bytes = writer->bytes;
    *size = writer->size;
    memset(writer, 0, sizeof(*writer));
    return bytes;
}

int block_open(struct block_reader *reader, const void *bytes, size_t size,
               uint64_t magic, struct automl_error *err)
{
    struct envelope envelope;
    memset(reader, 0, sizeof(*reader));
    if (size < sizeof(envelope))
        return automl_fail(err, "%zu bytes are too few for a block", size);
    memcpy(&envelope, bytes, sizeof(envelope));
    if (envelope.magic != magic)
        return automl_fail(err, "the block is of another kind or another machine");
    if (envelope.size != size)
        return automl_fail(err, "the block says %" PRIu64 " bytes, but has %zu",
                           envelope.size, size);
    reader->next = (const unsigned char *)bytes + sizeof(envelope);
    reader->left = size - sizeof(envelope);
    if (checksum(reader->next, reader->left) != envelope.checksum)
        return automl_fail(err, "the block is damaged: its checksum differs");
    return 0;
}

const void *block_get_array(struct block_reader *reader, size_t count, size_t size)
{
    if (reader->failed || (size > 0 && count > reader->left / size)) {
        reader->failed = true;
        return NULL;
    }
    const void *bytes = reader->next;
    reader->next += count * size;
    reader->left -= count * size;
    return bytes;
}

void block_get(struct block_reader *reader, void *bytes, size_t size)
{
    const void *found = block_get_array(reader, 1, size);
    if (found)
        memcpy(bytes, found, size);
    else
        memset(bytes, 0, size);
}

uint32_t block_get_u32(struct block_reader *reader)
{
    uint32_t value;
    block_get(reader, &value, sizeof(value));
    return value;
}

double block_get_double(struct block_reader *reader)
{
    double value;
    block_get(reader, &value, sizeof(value));
    return value;
}

bool block_is_read(const struct block_reader *reader)
{
    return !reader->failed && reader->left == 0;
}
