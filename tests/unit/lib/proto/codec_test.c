/* codec_test.c - every message of the schema, there and back, whole and damaged. */
#include "tests/harness.h"

#include "lib/proto/amounts.h"
#include "lib/proto/codec.h"
#include "lib/proto/proto.h"

#include <stdlib.h>
#include <string.h>

/* All messages, by the schema. */
static const struct desc *const all[] = {
#include "lib/proto/no_messages.h"
#undef MSG
#define MSG(x) &x##_desc,
#include "lib/proto/no_services.h"
#include "lib/proto/schema.def"
#include "lib/proto/undef.h"
};

enum { MESSAGES = sizeof(all) / sizeof(*all), ITEMS = 2 };

static uint64_t next_value;

static void fill(struct arena *arena, const struct desc *desc, void *message);

static void fill_field(struct arena *arena, const struct field *field, void *at)
{
    struct list_field *list = at;

    next_value = next_value * 31 + 7;
    switch ((enum field_kind)field->kind) {
    case KIND_BOOL:
        *(bool *)at = true;
        break;
    case KIND_FLOAT:
        *(double *)at = (double)next_value / 3;
        break;
    case KIND_STRING:
    case KIND_BYTES:
        *(struct slice *)at =
            arena_printf(arena, "text %lld", (long long)(next_value >> 1));
        break;
    case KIND_ID:
        *(struct id *)at = id_from_bytes(&next_value, sizeof(next_value));
        break;
    case KIND_MESSAGE:
        fill(arena, field->sub, at);
        break;
    case KIND_LIST:
    case KIND_PAIRS:
        list->count = ITEMS;
        list->items = arena_array(arena, ITEMS, field->sub->size);
        for (size_t i = 0; i < ITEMS; i++)
            fill(arena, field->sub, (char *)list->items + i * field->sub->size);
        break;
    case KIND_INT:
    case KIND_TIME:
    case KIND_DURATION:
    case KIND_SIZE:
    case KIND_AMOUNT:
        *(int64_t *)at = (int64_t)(next_value >> 1);
        break;
    }
}

static void fill(struct arena *arena, const struct desc *desc, void *message)
{
    for (size_t i = 0; i < desc->count; i++)
        fill_field(arena, &desc->fields[i], desc_at(&desc->fields[i], message));
}

/* Packs, unpacks, packs again: the two byte strings are the same. */
static void round_trip(const struct desc *desc)
{
    struct arena arena = { 0 };
    void *message = arena_alloc(&arena, desc->size);
    void *back = arena_alloc(&arena, desc->size),
         *copy = arena_alloc(&arena, desc->size);
    struct buf first, second;
    struct error err;

    buf_init(&first, 0);
    buf_init(&second, 0);
    fill(&arena, desc, message);
    assert_int_equal(codec_pack(&first, desc, message), 0);
    assert_ok(codec_unpack(buf_slice(&first), desc, back, &arena, &err), &err);
    codec_copy(&arena, desc, copy, back);
    assert_int_equal(codec_pack(&second, desc, copy), 0);
    assert_int_equal(first.size, second.size);
    assert_memory_equal(first.data, second.data, first.size);
    for (size_t size = 0; size < first.size; size++)
        if (codec_unpack(slice_of(first.data, size), desc, back, &arena, &err) == 0)
            fail_msg("%s: %zu of %zu bytes accepted", desc->name, size, first.size);
    buf_finish(&first);
    buf_finish(&second);
    arena_finish(&arena);
}

static void all_messages_survive(void **state)
{
    (void)state;
    for (size_t i = 0; i < MESSAGES; i++)
        round_trip(all[i]);
    assert_true(MESSAGES > 60);
}

/* Bytes turned over one after the other: refused or read, never a crash. */
static void damage_is_survived(void **state)
{
    struct arena arena = { 0 };
    struct task_spec spec = { 0 }, back;
    struct buf packed;

    (void)state;
    buf_init(&packed, 0);
    fill(&arena, &task_spec_desc, &spec);
    codec_pack(&packed, &task_spec_desc, &spec);
    for (size_t i = 0; i < packed.size; i++) {
        for (int bit = 0; bit < 8; bit++) {
            struct arena scratch = { 0 };
            packed.data[i] ^= (uint8_t)(1 << bit);
            (void)codec_unpack(buf_slice(&packed), &task_spec_desc, &back, &scratch,
                               NULL);
            packed.data[i] ^= (uint8_t)(1 << bit);
            arena_finish(&scratch);
        }
    }
    buf_finish(&packed);
    arena_finish(&arena);
}

static void strangers_are_handled(void **state)
{
    struct arena arena = { 0 };
    struct failure failure;
    struct error err;
    /* {1: 3, 99: [1, {"x": nil}]}: an unknown tag */
    static const char unknown[] = "\x82\x01\x03\x63\x92\x01\x81\xa1x\xc0";
    /* {1: "text"}: an int is expected */
    static const char wrong[] = "\x81\x01\xa4text";
    /* {2: str of 4 GiB} */
    static const char huge[] = "\x81\x02\xdb\xff\xff\xff\xff";
    /* {1: 3} and a byte too many */
    static const char trailing[] = "\x81\x01\x03\x00";

    (void)state;
    assert_ok(
        codec_unpack(slice_of(unknown, 10), &failure_desc, &failure, &arena, &err),
        &err);
    assert_int_equal(failure.code, 3);
    assert_int_equal(
        codec_unpack(slice_of(wrong, 7), &failure_desc, &failure, &arena, &err),
        -ERR_PROTOCOL);
    assert_int_equal(
        codec_unpack(slice_of(huge, 7), &failure_desc, &failure, &arena, &err),
        -ERR_PROTOCOL);
    assert_int_equal(
        codec_unpack(slice_of(trailing, 4), &failure_desc, &failure, &arena, &err),
        -ERR_PROTOCOL);
    arena_finish(&arena);
}

/* A few bytes that stand for far more memory: a list of empty rows, a byte each. */
static void what_would_blow_up_is_refused(void **state)
{
    static const uint8_t start[] = { 0x81, 1, 0xdd, 0, 0x80, 0, 0 };
    enum { ROWS = 0x800000 };
    uint8_t *bytes = malloc(sizeof(start) + ROWS);
    struct arena arena = { 0 };
    struct task_rows rows;
    struct error err;

    (void)state;
    assert_true(sizeof(struct task_row) > CODEC_LISTS_MAX / ROWS);
    memcpy(bytes, start, sizeof(start));
    memset(bytes + sizeof(start), 0x80, ROWS);
    assert_int_equal(codec_unpack(slice_of(bytes, sizeof(start) + ROWS),
                                  &task_rows_desc, &rows, &arena, &err),
                     -ERR_PROTOCOL);
    free(bytes);
    arena_finish(&arena);
}

static void methods_have_their_numbers(void **state)
{
    (void)state;
    assert_string_equal(proto_method(METHOD_leases_ask)->name, "leases.ask");
    assert_ptr_equal(proto_method(METHOD_leases_ask)->request, &lease_request_desc);
    assert_null(proto_method(0));
    assert_null(proto_method(255));
}

static void amounts_become_sets(void **state)
{
    struct amount items[] = { { slice("CPU"), 15000 }, { slice("gold"), 1 } };
    struct lease_request rq = { .resources = { items, 2 } }, back = { 0 };
    struct resources set = { 0 };
    struct arena arena = { 0 };
    struct error err;

    (void)state;
    assert_ok(amounts_to_resources(&rq.resources, &set, &err), &err);
    assert_int_equal(resources_get(&set, "CPU"), 15000);
    amounts_from_resources(&set, &back.resources, &arena);
    assert_int_equal(back.resources.count, 2);
    items[1].value = RESOURCE_AMOUNT_MAX + 1;
    assert_int_equal(amounts_to_resources(&rq.resources, &set, &err), -ERR_INVALID);
    items[1].value = -1;
    assert_int_equal(amounts_to_resources(&rq.resources, &set, &err), -ERR_INVALID);
    resources_finish(&set);
    arena_finish(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_messages_survive),
        cmocka_unit_test(damage_is_survived),
        cmocka_unit_test(strangers_are_handled),
        cmocka_unit_test(what_would_blow_up_is_refused),
        cmocka_unit_test(methods_have_their_numbers),
        cmocka_unit_test(amounts_become_sets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
