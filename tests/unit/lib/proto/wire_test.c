/* wire_test.c - each kind of field against each kind of value of msgpack, byte by byte;
 * nesting, buffers that are full, copies. */
#include "tests/harness.h"

#include "lib/proto/codec.h"

#include <string.h>

struct inner {
    int64_t number;
};

static const struct field inner_fields[] = {
    { 1, KIND_INT, 0, offsetof(struct inner, number), "number", NULL },
};
static const struct desc inner_desc = { "inner", sizeof(struct inner), inner_fields,
                                        1 };

struct outer {
    bool flag;
    int64_t number, time, amount;
    double real;
    struct slice text, bytes;
    struct id id;
    struct inner inner;
    struct list_field list;
};

enum {
    FLAG = 1,
    NUMBER,
    TIME,
    AMOUNT,
    REAL,
    TEXT,
    BYTES,
    ID,
    INNER,
    LIST,
    FIELDS = LIST
};

static const struct field outer_fields[] = {
    { FLAG, KIND_BOOL, 0, offsetof(struct outer, flag), "flag", NULL },
    { NUMBER, KIND_INT, 0, offsetof(struct outer, number), "number", NULL },
    { TIME, KIND_TIME, 0, offsetof(struct outer, time), "time", NULL },
    { AMOUNT, KIND_AMOUNT, 0, offsetof(struct outer, amount), "amount", NULL },
    { REAL, KIND_FLOAT, 0, offsetof(struct outer, real), "real", NULL },
    { TEXT, KIND_STRING, 0, offsetof(struct outer, text), "text", NULL },
    { BYTES, KIND_BYTES, 0, offsetof(struct outer, bytes), "bytes", NULL },
    { ID, KIND_ID, 0, offsetof(struct outer, id), "id", NULL },
    { INNER, KIND_MESSAGE, 0, offsetof(struct outer, inner), "inner", &inner_desc },
    { LIST, KIND_LIST, 0, offsetof(struct outer, list), "list", &inner_desc },
};
static const struct desc outer_desc = { "outer", sizeof(struct outer), outer_fields,
                                        FIELDS };

#define BIT(field) (1u << (field))
#define INTS (BIT(NUMBER) | BIT(TIME) | BIT(AMOUNT) | BIT(REAL))
#define STRINGS (BIT(TEXT) | BIT(BYTES) | BIT(ID))

/* Values, and the fields that take them. */
static const struct {
    struct slice value;
    unsigned fields;
} values[] = {
    { { "\xc0", 1 }, 0 }, /* nil */
    { { "\xc1", 1 }, 0 }, /* never used */
    { { "\xc2", 1 }, BIT(FLAG) },
    { { "\xc3", 1 }, BIT(FLAG) },
    { { "\x00", 1 }, INTS },
    { { "\x7f", 1 }, INTS },
    { { "\xff", 1 }, INTS },
    { { "\xcc\xff", 2 }, INTS },
    { { "\xcd\xff\xff", 3 }, INTS },
    { { "\xce\xff\xff\xff\xff", 5 }, INTS },
    { { "\xcf\x7f\xff\xff\xff\xff\xff\xff\xff", 9 }, INTS },
    { { "\xcf\x80\x00\x00\x00\x00\x00\x00\x00", 9 }, 0 }, /* beyond int64 */
    { { "\xd0\x80", 2 }, INTS },
    { { "\xd3\x80\x00\x00\x00\x00\x00\x00\x00", 9 }, INTS },
    { { "\xca\x3f\x80\x00\x00", 5 }, BIT(REAL) },
    { { "\xcb\x3f\xf0\x00\x00\x00\x00\x00\x00", 9 }, BIT(REAL) },
    { { "\xa0", 1 }, STRINGS },
    { { "\xa2\x01\x02", 3 }, STRINGS },
    { { "\xd9\x02xy", 4 }, STRINGS },
    { { "\xda\x00\x01x", 4 }, STRINGS },
    { { "\xdb\x00\x00\x00\x01x", 6 }, STRINGS },
    { { "\xc4\x02xy", 4 }, STRINGS },
    { { "\xc5\x00\x01x", 4 }, STRINGS },
    { { "\xc6\x00\x00\x00\x01x", 6 }, STRINGS },
    { { "\xd4\x01x", 3 }, 0 }, /* ext */
    { { "\xc7\x01\x01x", 4 }, 0 },
    { { "\x80", 1 }, BIT(INNER) },
    { { "\x81\x01\x05", 3 }, BIT(INNER) },
    { { "\xde\x00\x00", 3 }, BIT(INNER) },
    { { "\xdf\x00\x00\x00\x01\x01\x05", 7 }, BIT(INNER) },
    { { "\x81\x01\xa0", 3 }, 0 },  /* of the wrong kind inside */
    { { "\x81\xa1x\x05", 4 }, 0 }, /* a tag that is no number */
    { { "\x90", 1 }, BIT(LIST) },
    { { "\x92\x80\x81\x01\x05", 5 }, BIT(LIST) },
    { { "\xdc\x00\x01\x80", 4 }, BIT(LIST) },
    { { "\xdd\x00\x00\x00\x01\x80", 6 }, BIT(LIST) },
    { { "\x91\x05", 2 }, 0 }, /* items that are no messages */
};

/* Reads {tag: value}. */
static int read_one(uint8_t tag, struct slice value, struct outer *outer,
                    struct arena *arena)
{
    char bytes[64] = { '\x81', (char)tag };
    struct slice data = { bytes, 2 + value.size };

    assert_true(data.size <= sizeof(bytes));
    memcpy(bytes + 2, value.data, value.size);
    return codec_unpack(data, &outer_desc, outer, arena, NULL);
}

static void fields_take_values_of_their_kind_only(void **state)
{
    struct arena arena = { 0 };
    struct outer outer;

    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
        for (uint8_t tag = FLAG; tag <= FIELDS; tag++) {
            int status = read_one(tag, values[i].value, &outer, &arena);
            int expected = (values[i].fields & BIT(tag)) != 0 ? 0 : -ERR_PROTOCOL;
            if (status != expected)
                fail_msg("value %zu (0x%02x) in %s: %d", i,
                         (unsigned char)values[i].value.data[0],
                         outer_fields[tag - 1].name, status);
        }
    }
    arena_finish(&arena);
}

static void unknown_tags_take_any_value(void **state)
{
    struct arena arena = { 0 };
    struct outer outer;

    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
        struct slice value = values[i].value;
        unsigned char first = (unsigned char)value.data[0];
        bool is_value = first != 0xc1 && !(first == 0xcf && value.data[1] < 0);
        assert_int_equal(read_one(99, value, &outer, &arena) == 0, is_value);
        for (size_t size = 0; size < value.size; size++)
            assert_int_equal(read_one(99, slice_of(value.data, size), &outer, &arena),
                             -ERR_PROTOCOL);
    }
    arena_finish(&arena);
}

static int64_t integer(const char *bytes, size_t size)
{
    struct arena arena = { 0 };
    struct outer outer;

    assert_int_equal(read_one(NUMBER, slice_of(bytes, size), &outer, &arena), 0);
    arena_finish(&arena);
    return outer.number;
}

static void integers_have_their_values(void **state)
{
    (void)state;
    assert_int_equal(integer("\x7f", 1), 127);
    assert_int_equal(integer("\xe0", 1), -32);
    assert_int_equal(integer("\xcc\xff", 2), 255);
    assert_int_equal(integer("\xcd\xff\xfe", 3), 65534);
    assert_int_equal(integer("\xce\xff\xff\xff\xff", 5), UINT32_MAX);
    assert_int_equal(integer("\xd0\x80", 2), -128);
    assert_int_equal(integer("\xd0\x7f", 2), 127);
    assert_int_equal(integer("\xd1\x80\x00", 3), -32768);
    assert_int_equal(integer("\xd2\x80\x00\x00\x00", 5), INT32_MIN);
    assert_true(integer("\xd3\x80\x00\x00\x00\x00\x00\x00\x00", 9) == INT64_MIN);
    assert_true(integer("\xcf\x7f\xff\xff\xff\xff\xff\xff\xff", 9) == INT64_MAX);
}

static void ids_have_a_largest_size(void **state)
{
    char bytes[2 + ID_BYTES_MAX + 1] = { '\xc4', ID_BYTES_MAX };
    struct arena arena = { 0 };
    struct outer outer;

    (void)state;
    assert_int_equal(read_one(ID, slice_of(bytes, 2 + ID_BYTES_MAX), &outer, &arena),
                     0);
    assert_int_equal(outer.id.size, ID_BYTES_MAX);
    bytes[1]++;
    assert_int_equal(read_one(ID, slice_of(bytes, 3 + ID_BYTES_MAX), &outer, &arena),
                     -ERR_PROTOCOL);
    arena_finish(&arena);
}

/* {99: [[...[]...]]}: as a stranger may send it to make us recurse. */
static int read_nested(size_t depth)
{
    static char bytes[100000];
    struct arena arena = { 0 };
    struct outer outer;
    int status;

    memset(bytes, '\x91', sizeof(bytes));
    memcpy(bytes, "\x81\x63", 2);
    bytes[1 + depth] = '\x90';
    status =
        codec_unpack(slice_of(bytes, 2 + depth), &outer_desc, &outer, &arena, NULL);
    arena_finish(&arena);
    return status;
}

static void nesting_is_bounded(void **state)
{
    (void)state;
    assert_int_equal(read_nested(1), 0);
    assert_int_equal(read_nested(CODEC_DEPTH_MAX - 1), 0);
    assert_int_equal(read_nested(CODEC_DEPTH_MAX + 1), -ERR_PROTOCOL);
    assert_int_equal(read_nested(90000), -ERR_PROTOCOL);
}

static void lists_are_no_longer_than_their_bytes(void **state)
{
    struct arena arena = { 0 };
    struct outer outer;

    (void)state;
    /* 4 Gi items are said to come; one does. */
    assert_int_equal(
        read_one(LIST, slice_of("\xdd\xff\xff\xff\xff\x80", 6), &outer, &arena),
        -ERR_PROTOCOL);
    assert_int_equal(
        read_one(99, slice_of("\xdf\xff\xff\xff\xff\x01\x01", 7), &outer, &arena),
        -ERR_PROTOCOL);
    assert_null(arena.blocks); /* nothing was allocated for it */
    arena_finish(&arena);
}

static void a_full_buffer_keeps_what_it_had(void **state)
{
    const struct outer outer = { .number = 5, .text = slice("0123456789") };
    struct buf all, small;

    (void)state;
    buf_init(&all, 0);
    assert_int_equal(codec_pack(&all, &outer_desc, &outer), 0);
    for (size_t room = 0; room < all.size; room++) {
        buf_init(&small, 3 + room);
        buf_append(&small, "abc", 3);
        assert_int_equal(codec_pack(&small, &outer_desc, &outer), -ERR_FULL);
        assert_int_equal(small.size, 3);
        assert_memory_equal(small.data, "abc", 3);
        buf_finish(&small);
    }
    buf_finish(&all);
}

static void zeros_take_no_room(void **state)
{
    const struct outer outer = { .flag = false };
    struct arena arena = { 0 };
    struct outer back;
    struct buf packed;

    (void)state;
    buf_init(&packed, 0);
    assert_int_equal(codec_pack(&packed, &outer_desc, &outer), 0);
    assert_int_equal(packed.size, 1);
    memset(&back, 0xff, sizeof(back));
    assert_int_equal(codec_unpack(buf_slice(&packed), &outer_desc, &back, &arena, NULL),
                     0);
    assert_int_equal(back.number, 0);
    assert_false(back.flag);
    assert_int_equal(back.list.count, 0);
    assert_int_equal(codec_unpack(slice(""), &outer_desc, &back, &arena, NULL),
                     -ERR_PROTOCOL);
    buf_finish(&packed);
}

static void copies_share_nothing(void **state)
{
    char text[] = "text";
    struct inner items[] = { { 1 }, { 2 } };
    struct outer copy, outer = { .text = slice(text), .list = { items, 2 } };
    struct arena arena = { 0 };

    (void)state;
    codec_copy(&arena, &outer_desc, &copy, &outer);
    memset(text, 'x', 4);
    memset(items, 0xff, sizeof(items));
    assert_true(slice_is(copy.text, "text"));
    assert_int_equal(((struct inner *)copy.list.items)[1].number, 2);
    arena_finish(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_take_values_of_their_kind_only),
        cmocka_unit_test(unknown_tags_take_any_value),
        cmocka_unit_test(integers_have_their_values),
        cmocka_unit_test(ids_have_a_largest_size),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(lists_are_no_longer_than_their_bytes),
        cmocka_unit_test(a_full_buffer_keeps_what_it_had),
        cmocka_unit_test(zeros_take_no_room),
        cmocka_unit_test(copies_share_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
