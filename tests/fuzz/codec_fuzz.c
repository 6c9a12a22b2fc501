/* codec_fuzz.c - every message of schema.def, there and back.
 *
 * The first byte chooses the message. Its last bit chooses the way: the rest are the
 * bytes of a stranger, or the values from which a message is made by its descriptor, so
 * that no corpus has to know the schema. Whatever was decoded and is encoded again is
 * equal, field by field, when it is decoded again, and has the same bytes when it is
 * encoded once more. */
#include "tests/fuzz/fuzz.h"

#include "lib/proto/codec.h"
#include "lib/proto/proto.h"

enum { DEPTH_MAX = 4, LIST_MAX = 3 };

static const struct desc *const messages[] = {
#include "lib/proto/no_messages.h"
#include "lib/proto/no_services.h"
#undef MSG
#define MSG(x) &x##_desc,
#include "lib/proto/schema.def"
#include "lib/proto/undef.h"
};

enum { MESSAGES = sizeof(messages) / sizeof(messages[0]) };

struct source {
    const uint8_t *data;
    size_t size;
    struct arena arena;
};

static bool same(const struct desc *desc, const void *a, const void *b);

static bool same_list(const struct field *field, const void *a, const void *b)
{
    struct list_field left, right;

    memcpy(&left, a, sizeof(left));
    memcpy(&right, b, sizeof(right));
    for (size_t i = 0; i < left.count && i < right.count; i++)
        if (!same(field->sub, (char *)left.items + i * field->sub->size,
                  (char *)right.items + i * field->sub->size))
            return false;
    return left.count == right.count;
}

static bool same_field(const struct field *field, const void *a, const void *b)
{
    switch ((enum field_kind)field->kind) {
    case KIND_BOOL:
        return *(const bool *)a == *(const bool *)b;
    case KIND_INT:
    case KIND_TIME:
    case KIND_DURATION:
    case KIND_SIZE:
    case KIND_AMOUNT:
    case KIND_FLOAT:
        return memcmp(a, b, sizeof(int64_t)) == 0;
    case KIND_STRING:
    case KIND_BYTES:
        return slice_equal(*(const struct slice *)a, *(const struct slice *)b);
    case KIND_ID:
        return id_equal(a, b);
    case KIND_MESSAGE:
        return same(field->sub, a, b);
    case KIND_LIST:
    case KIND_PAIRS:
        return same_list(field, a, b);
    }
    return false;
}

static bool same(const struct desc *desc, const void *a, const void *b)
{
    for (size_t i = 0; i < desc->count; i++)
        if (!same_field(&desc->fields[i], desc_at(&desc->fields[i], a),
                        desc_at(&desc->fields[i], b)))
            return false;
    return true;
}

/* ---- a message from a few bytes ---- */

static void make(struct source *from, const struct desc *desc, void *message,
                 int depth);

static struct slice make_bytes(struct source *from)
{
    size_t size = (size_t)fuzz_take(&from->data, &from->size, 1);
    struct slice bytes;

    if (size > 250) /* lengths of two and of four bytes, too */
        size *= 270;
    bytes.data = memset(arena_alloc(&from->arena, size + 1), 'x', size);
    bytes.size = size;
    return bytes;
}

static void make_list(struct source *from, const struct field *field, void *at,
                      int depth)
{
    struct list_field list = { .count = (size_t)fuzz_take(&from->data, &from->size, 1) %
                                        (LIST_MAX + 1) };

    if (depth >= DEPTH_MAX)
        return;
    list.items = arena_array(&from->arena, list.count, field->sub->size);
    for (size_t i = 0; i < list.count; i++)
        make(from, field->sub, (char *)list.items + i * field->sub->size, depth + 1);
    memcpy(at, &list, sizeof(list));
}

static void make_field(struct source *from, const struct field *field, void *at,
                       int depth)
{
    uint64_t number;

    switch ((enum field_kind)field->kind) {
    case KIND_BOOL:
        *(bool *)at = (fuzz_take(&from->data, &from->size, 1) & 1) != 0;
        break;
    case KIND_INT:
    case KIND_TIME:
    case KIND_DURATION:
    case KIND_SIZE:
    case KIND_AMOUNT:
    case KIND_FLOAT:
        number = fuzz_take(&from->data, &from->size, 1);
        number = fuzz_take(&from->data, &from->size, number % 9);
        memcpy(at, &number, sizeof(number));
        break;
    case KIND_STRING:
    case KIND_BYTES:
        *(struct slice *)at = make_bytes(from);
        break;
    case KIND_ID: {
        struct slice bytes = make_bytes(from);
        *(struct id *)at = id_from_bytes(bytes.data, bytes.size % (ID_BYTES_MAX + 1));
        break;
    }
    case KIND_MESSAGE:
        make(from, field->sub, at, depth + 1);
        break;
    case KIND_LIST:
    case KIND_PAIRS:
        make_list(from, field, at, depth);
        break;
    }
}

static void make(struct source *from, const struct desc *desc, void *message, int depth)
{
    for (size_t i = 0; i < desc->count; i++)
        make_field(from, &desc->fields[i], desc_at(&desc->fields[i], message), depth);
}

/* ---- the rules ---- */

static void there_and_back(const struct desc *desc, const void *first,
                           struct arena *arena)
{
    void *second = arena_alloc(arena, desc->size);
    void *copy = arena_alloc(arena, desc->size);
    struct buf once, twice;
    struct error err;

    buf_init(&once, 0);
    buf_init(&twice, 0);
    MUST(codec_pack(&once, desc, first) == 0);
    MUST(codec_unpack(buf_slice(&once), desc, second, arena, &err) == 0);
    MUST(same(desc, first, second));
    codec_copy(arena, desc, copy, second);
    MUST(codec_pack(&twice, desc, copy) == 0);
    MUST(slice_equal(buf_slice(&once), buf_slice(&twice)));
    buf_finish(&once);
    buf_finish(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct source from = { .data = data, .size = size };
    uint64_t choice = fuzz_take(&from.data, &from.size, 2);
    const struct desc *desc = messages[(choice >> 1) % MESSAGES];
    void *message = arena_alloc(&from.arena, desc->size);
    struct error err;

    if ((choice & 1) != 0) {
        make(&from, desc, message, 0);
        there_and_back(desc, message, &from.arena);
    } else if (codec_unpack(slice_of(from.data, from.size), desc, message, &from.arena,
                            &err) == 0) {
        there_and_back(desc, message, &from.arena);
    }
    arena_finish(&from.arena);
    return 0;
}

/* Every message once, small and large: this is the corpus that the schema gives. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    uint8_t bytes[2048];

    (void)argc;
    (void)argv;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(i * 37 + i / 64);
    for (size_t i = 0; i < MESSAGES; i++) {
        bytes[0] = (uint8_t)(i >> 7);
        bytes[1] = (uint8_t)(i << 1 | 1);
        LLVMFuzzerTestOneInput(bytes, sizeof(bytes));
        LLVMFuzzerTestOneInput(bytes, 8 + i % 64);
    }
    return 0;
}
