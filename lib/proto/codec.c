/* codec.c - one walk over the descriptor packs, one unpacks.
 *
 * Packing uses msgpack-c's packer straight into the buffer: no object tree, no
 * allocation. Unpacking reads the format
 * (https://github.com/msgpack/msgpack/blob/master/spec.md) with a cursor of its own:
 * msgpack-c would build a tree of objects for each message first, which a task on the
 * ring cannot afford. Every length is checked against the bytes that are left before
 * anything is allocated or followed, and a list is no longer than the bytes that are
 * left, since each of its items takes at least one. A byte can stand for a struct of
 * some hundred, so that all lists of a message together have a limit, too. */
#include "lib/proto/codec.h"

#include "lib/proto/proto.h"

#include <msgpack.h>
#include <string.h>

static int write_bytes(void *data, const char *bytes, size_t size)
{
    return buf_append(data, bytes, size);
}

static bool is_zero_message(const struct desc *desc, const void *message);

static bool is_zero(const struct field *field, const void *at)
{
    switch ((enum field_kind)field->kind) {
    case KIND_BOOL:
        return !*(const bool *)at;
    case KIND_INT:
    case KIND_TIME:
    case KIND_DURATION:
    case KIND_SIZE:
    case KIND_AMOUNT:
        return *(const int64_t *)at == 0;
    case KIND_FLOAT:
        return memcmp(at, &(double){ 0 }, sizeof(double)) == 0;
    case KIND_STRING:
    case KIND_BYTES:
        return ((const struct slice *)at)->size == 0;
    case KIND_ID:
        return ((const struct id *)at)->size == 0;
    case KIND_MESSAGE:
        return is_zero_message(field->sub, at);
    case KIND_LIST:
    case KIND_PAIRS: {
        struct list_field list;
        memcpy(&list, at, sizeof(list));
        return list.count == 0;
    }
    }
    return true;
}

static bool is_zero_message(const struct desc *desc, const void *message)
{
    for (size_t i = 0; i < desc->count; i++)
        if (!is_zero(&desc->fields[i], desc_at(&desc->fields[i], message)))
            return false;
    return true;
}

static void pack_message(msgpack_packer *pk, const struct desc *desc,
                         const void *message);

static void pack_list(msgpack_packer *pk, const struct field *field, const void *at)
{
    struct list_field list;

    memcpy(&list, at, sizeof(list));
    msgpack_pack_array(pk, list.count);
    for (size_t i = 0; i < list.count; i++)
        pack_message(pk, field->sub, (const char *)list.items + i * field->sub->size);
}

static void pack_field(msgpack_packer *pk, const struct field *field, const void *at)
{
    const struct slice *s = at;
    const struct id *id = at;

    switch ((enum field_kind)field->kind) {
    case KIND_BOOL:
        msgpack_pack_true(pk); /* false is left out */
        break;
    case KIND_INT:
    case KIND_TIME:
    case KIND_DURATION:
    case KIND_SIZE:
    case KIND_AMOUNT:
        msgpack_pack_int64(pk, *(const int64_t *)at);
        break;
    case KIND_FLOAT:
        msgpack_pack_double(pk, *(const double *)at);
        break;
    case KIND_STRING:
        msgpack_pack_str(pk, s->size);
        msgpack_pack_str_body(pk, s->data, s->size);
        break;
    case KIND_BYTES:
        msgpack_pack_bin(pk, s->size);
        msgpack_pack_bin_body(pk, s->data, s->size);
        break;
    case KIND_ID:
        msgpack_pack_bin(pk, id->size);
        msgpack_pack_bin_body(pk, id->bytes, id->size);
        break;
    case KIND_MESSAGE:
        pack_message(pk, field->sub, at);
        break;
    case KIND_LIST:
    case KIND_PAIRS:
        pack_list(pk, field, at);
        break;
    }
}

static void pack_message(msgpack_packer *pk, const struct desc *desc,
                         const void *message)
{
    const struct field *set[UINT8_MAX];
    size_t count = 0;

    for (size_t i = 0; i < desc->count; i++)
        if (!is_zero(&desc->fields[i], desc_at(&desc->fields[i], message)))
            set[count++] = &desc->fields[i];
    msgpack_pack_map(pk, count);
    for (size_t i = 0; i < count; i++) {
        msgpack_pack_uint8(pk, set[i]->tag);
        pack_field(pk, set[i], desc_at(set[i], message));
    }
}

/* A buffer that refuses once refuses for good, so that a message is whole or not there.
 */
struct sink {
    struct buf *out;
    int status;
};

static int write_sink(void *data, const char *bytes, size_t size)
{
    struct sink *sink = data;

    if (sink->status == 0)
        sink->status = write_bytes(sink->out, bytes, size);
    return sink->status;
}

int codec_pack(struct buf *out, const struct desc *desc, const void *message)
{
    struct sink sink = { .out = out };
    size_t before = out->size;
    msgpack_packer pk;

    msgpack_packer_init(&pk, &sink, write_sink);
    pack_message(&pk, desc, message);
    if (sink.status != 0)
        out->size = before;
    return sink.status;
}

/* ---- unpacking ---- */

enum token_kind {
    TOKEN_NIL,
    TOKEN_BOOL,
    TOKEN_INT,
    TOKEN_FLOAT,
    TOKEN_BYTES, /* str, bin */
    TOKEN_ARRAY,
    TOKEN_MAP,
    TOKEN_EXT,
    TOKEN_BAD
};

struct token {
    enum token_kind kind;
    union {
        int64_t integer; /* also bool */
        double number;
        struct slice bytes;
        uint32_t count; /* of an array or map */
    } as;
};

struct cursor {
    const uint8_t *at, *end;
    struct arena *arena;
    size_t room; /* bytes that lists may still take */
    int depth;
};

static size_t left(const struct cursor *c)
{
    return (size_t)(c->end - c->at);
}

static bool take_be(struct cursor *c, unsigned size, uint64_t *value)
{
    *value = 0;
    if (left(c) < size)
        return false;
    while (size-- > 0)
        *value = *value << 8 | *c->at++;
    return true;
}

static struct token bad(void)
{
    return (struct token){ .kind = TOKEN_BAD };
}

static struct token take_bytes(struct cursor *c, uint64_t size)
{
    struct token token = { .kind = TOKEN_BYTES };

    if (size > left(c))
        return bad();
    token.as.bytes = slice_of(c->at, (size_t)size);
    c->at += size;
    return token;
}

static struct token counted(const struct cursor *c, enum token_kind kind,
                            uint64_t count)
{
    if (count > left(c)) /* each element takes a byte at least */
        return bad();
    return (struct token){ .kind = kind, .as.count = (uint32_t)count };
}

static struct token whole(int64_t value)
{
    return (struct token){ .kind = TOKEN_INT, .as.integer = value };
}

static struct token floating(uint64_t bits, unsigned size)
{
    struct token token = { .kind = TOKEN_FLOAT };
    uint32_t low = (uint32_t)bits;
    float single;

    if (size == 4) {
        memcpy(&single, &low, sizeof(single));
        token.as.number = (double)single;
    } else {
        memcpy(&token.as.number, &bits, sizeof(bits));
    }
    return token;
}

/* Formats 0xc0 to 0xdf: a byte that says which, then a number of 1, 2, 4 or 8 bytes. */
static struct token take_long(struct cursor *c, uint8_t first)
{
    uint64_t n;
    unsigned size;

    if (first == 0xc0)
        return (struct token){ .kind = TOKEN_NIL };
    if (first == 0xc2 || first == 0xc3)
        return (struct token){ .kind = TOKEN_BOOL, .as.integer = first == 0xc3 };
    if (first >= 0xd4 && first <= 0xd8) { /* ext of 1 to 16 bytes, and its type */
        struct token ext = take_bytes(c, 1 + (UINT64_C(1) << (first - 0xd4)));
        ext.kind = ext.kind == TOKEN_BAD ? TOKEN_BAD : TOKEN_EXT;
        return ext;
    }
    if (first >= 0xcc && first <= 0xd3) { /* uint 8..64, int 8..64 */
        size = 1u << ((first - 0xcc) & 3);
        if (!take_be(c, size, &n) || (first == 0xcf && n > INT64_MAX))
            return bad();
        if (first >= 0xd0 && size < 8 && (n >> (8 * size - 1)) != 0)
            n |= ~UINT64_C(0) << 8 * size; /* sign */
        return whole((int64_t)n);
    }
    if (first == 0xca || first == 0xcb) {
        size = first == 0xca ? 4 : 8;
        return take_be(c, size, &n) ? floating(n, size) : bad();
    }
    if (first >= 0xd9 && first <= 0xdb)
        return take_be(c, 1u << (first - 0xd9), &n) ? take_bytes(c, n) : bad();
    if (first >= 0xc4 && first <= 0xc6)
        return take_be(c, 1u << (first - 0xc4), &n) ? take_bytes(c, n) : bad();
    if (first == 0xdc || first == 0xdd)
        return take_be(c, 2u << (first - 0xdc), &n) ? counted(c, TOKEN_ARRAY, n)
                                                    : bad();
    if (first == 0xde || first == 0xdf)
        return take_be(c, 2u << (first - 0xde), &n) ? counted(c, TOKEN_MAP, n) : bad();
    if (first >= 0xc7 && first <= 0xc9 && take_be(c, 1u << (first - 0xc7), &n)) {
        struct token ext = take_bytes(c, n + 1);
        ext.kind = ext.kind == TOKEN_BAD ? TOKEN_BAD : TOKEN_EXT;
        return ext;
    }
    return bad();
}

static struct token take(struct cursor *c)
{
    uint8_t first;

    if (c->at == c->end)
        return bad();
    first = *c->at++;
    if (first < 0x80)
        return whole(first);
    if (first >= 0xe0)
        return whole((int8_t)first);
    if (first < 0x90)
        return counted(c, TOKEN_MAP, first & 0x0f);
    if (first < 0xa0)
        return counted(c, TOKEN_ARRAY, first & 0x0f);
    if (first < 0xc0)
        return take_bytes(c, first & 0x1f);
    return take_long(c, first);
}

static bool skip_value(struct cursor *c, int depth)
{
    struct token token = take(c);
    uint64_t inner = 0;

    if (token.kind == TOKEN_BAD || depth > CODEC_DEPTH_MAX)
        return false;
    if (token.kind == TOKEN_ARRAY)
        inner = token.as.count;
    else if (token.kind == TOKEN_MAP)
        inner = 2 * (uint64_t)token.as.count;
    while (inner-- > 0)
        if (!skip_value(c, depth + 1))
            return false;
    return true;
}

static bool unpack_message(struct cursor *c, const struct desc *desc, void *message);

static bool unpack_list(struct cursor *c, const struct field *field, void *at)
{
    struct token token = take(c);
    struct list_field list;

    if (token.kind != TOKEN_ARRAY)
        return false;
    list.count = token.as.count;
    if (list.count > c->room / field->sub->size)
        return false;
    c->room -= list.count * field->sub->size;
    list.items = arena_array(c->arena, list.count, field->sub->size);
    for (size_t i = 0; i < list.count; i++)
        if (!unpack_message(c, field->sub, (char *)list.items + i * field->sub->size))
            return false;
    memcpy(at, &list, sizeof(list));
    return true;
}

static bool unpack_scalar(struct cursor *c, const struct field *field, void *at)
{
    struct token token = take(c);

    switch ((enum field_kind)field->kind) {
    case KIND_BOOL:
        *(bool *)at = token.as.integer != 0;
        return token.kind == TOKEN_BOOL;
    case KIND_INT:
    case KIND_TIME:
    case KIND_DURATION:
    case KIND_SIZE:
    case KIND_AMOUNT:
        *(int64_t *)at = token.as.integer;
        return token.kind == TOKEN_INT;
    case KIND_FLOAT:
        *(double *)at =
            token.kind == TOKEN_INT ? (double)token.as.integer : token.as.number;
        return token.kind == TOKEN_FLOAT || token.kind == TOKEN_INT;
    case KIND_STRING:
    case KIND_BYTES:
        if (token.kind != TOKEN_BYTES)
            return false;
        *(struct slice *)at = token.as.bytes;
        return true;
    case KIND_ID:
        if (token.kind != TOKEN_BYTES || token.as.bytes.size > ID_BYTES_MAX)
            return false;
        *(struct id *)at = id_from_bytes(token.as.bytes.data, token.as.bytes.size);
        return true;
    case KIND_MESSAGE:
    case KIND_LIST:
    case KIND_PAIRS:
        break;
    }
    return false;
}

static bool unpack_field(struct cursor *c, const struct field *field, void *message)
{
    void *at = desc_at(field, message);

    if (field->kind == KIND_MESSAGE)
        return unpack_message(c, field->sub, at);
    if (field->kind == KIND_LIST || field->kind == KIND_PAIRS)
        return unpack_list(c, field, at);
    return unpack_scalar(c, field, at);
}

/* Fields mostly come in the order of the descriptor: begin where the last one was. */
static const struct field *find_tag(const struct desc *desc, int64_t tag, size_t *from)
{
    for (size_t i = 0; i < desc->count; i++) {
        size_t at = (*from + i) % desc->count;
        if (desc->fields[at].tag == tag) {
            *from = at + 1;
            return &desc->fields[at];
        }
    }
    return NULL;
}

static bool unpack_message(struct cursor *c, const struct desc *desc, void *message)
{
    struct token map = take(c);
    size_t from = 0;
    bool good = map.kind == TOKEN_MAP && c->depth < CODEC_DEPTH_MAX;

    c->depth++;
    for (uint32_t i = 0; good && i < map.as.count; i++) {
        struct token tag = take(c);
        const struct field *field;
        if (tag.kind != TOKEN_INT)
            return false;
        field = find_tag(desc, tag.as.integer, &from);
        good =
            field != NULL ? unpack_field(c, field, message) : skip_value(c, c->depth);
    }
    c->depth--;
    return good;
}

int codec_unpack(struct slice data, const struct desc *desc, void *message,
                 struct arena *arena, struct error *err)
{
    struct cursor c = { .at = (const uint8_t *)data.data,
                        .arena = arena,
                        .room = CODEC_LISTS_MAX };

    c.end = c.at + data.size;
    memset(message, 0, desc->size);
    if (data.size == 0 || !unpack_message(&c, desc, message))
        return fail(err, ERR_PROTOCOL, "malformed %s", desc->name);
    if (c.at != c.end)
        return fail(err, ERR_PROTOCOL, "%zu bytes behind a %s", left(&c), desc->name);
    return 0;
}

static void copy_field(struct arena *arena, const struct field *field, void *at)
{
    struct list_field list;
    char *items;

    switch ((enum field_kind)field->kind) {
    case KIND_STRING:
    case KIND_BYTES:
        *(struct slice *)at = arena_copy(arena, *(struct slice *)at);
        break;
    case KIND_MESSAGE:
        codec_copy(arena, field->sub, at, at);
        break;
    case KIND_LIST:
    case KIND_PAIRS:
        memcpy(&list, at, sizeof(list));
        items = arena_array(arena, list.count, field->sub->size);
        for (size_t i = 0; i < list.count; i++)
            codec_copy(arena, field->sub, items + i * field->sub->size,
                       (char *)list.items + i * field->sub->size);
        list.items = items;
        memcpy(at, &list, sizeof(list));
        break;
    case KIND_BOOL:
    case KIND_INT:
    case KIND_FLOAT:
    case KIND_ID:
    case KIND_TIME:
    case KIND_DURATION:
    case KIND_SIZE:
    case KIND_AMOUNT:
        break;
    }
}

void codec_copy(struct arena *arena, const struct desc *desc, void *to,
                const void *from)
{
    if (to != from)
        memcpy(to, from, desc->size);
    for (size_t i = 0; i < desc->count; i++)
        copy_field(arena, &desc->fields[i], desc_at(&desc->fields[i], to));
}
