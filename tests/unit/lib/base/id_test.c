/* id_test.c - layout, nesting and hex of ids. */
#include "tests/harness.h"

#include "lib/base/id.h"

#include <string.h>

static const uint8_t random_bytes[14] = {
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14
};

static void ids_nest(void **state)
{
    struct id job = id_job(0x01020304), actor = id_actor(job, random_bytes);
    struct id task = id_actor_task(actor, 77), object = id_object(task, 3);
    struct id back;

    (void)state;
    assert_int_equal(job.size, ID_JOB);
    assert_int_equal(actor.size, ID_ACTOR);
    assert_int_equal(task.size, ID_TASK);
    assert_int_equal(object.size, ID_OBJECT);
    assert_int_equal(id_job_number(job), 0x01020304);
    assert_int_equal(id_object_index(object), 3);
    back = id_object_task(object);
    assert_true(id_equal(&back, &task));
    back = id_task_actor(task);
    assert_true(id_equal(&back, &actor));
    back = id_job_of(actor);
    assert_true(id_equal(&back, &job));
    back = id_job_of(object);
    assert_true(id_equal(&back, &job));
    back = id_job_of(id_group(job, random_bytes));
    assert_true(id_equal(&back, &job));
}

static void a_task_of_no_actor_has_none(void **state)
{
    struct id task = id_task(id_job(5), 1), none = id_task_actor(task);

    (void)state;
    assert_false(id_is_set(&none));
    assert_int_equal(task.bytes[8], 0xff);
    none = id_object_task(task); /* not an object */
    assert_false(id_is_set(&none));
}

static void hex_goes_both_ways(void **state)
{
    struct id id = id_actor(id_job(9), random_bytes), back;
    char hex[ID_HEX_MAX], none_hex[ID_HEX_MAX];
    struct error err;
    struct id none = { 0 };

    (void)state;
    assert_int_equal(strlen(id_hex(&id, hex)), 32);
    assert_ok(id_parse(slice(hex), ID_ACTOR, &back, &err), &err);
    assert_true(id_equal(&id, &back));
    assert_int_equal(id_parse(slice(hex), ID_TASK, &back, &err), -ERR_INVALID);
    hex[3] = 'x';
    assert_int_equal(id_parse(slice(hex), ID_ACTOR, &back, &err), -ERR_INVALID);
    assert_string_equal(id_hex(&none, none_hex), "");
}

static void what_is_no_id(void **state)
{
    struct id id = id_job(7);
    struct error err;
    struct id none;

    (void)state;
    assert_int_equal(id_parse(slice("0700000g"), ID_JOB, &id, &err), -ERR_INVALID);
    assert_int_equal(id_parse(slice("0700000"), ID_JOB, &id, &err), -ERR_INVALID);
    assert_int_equal(id_parse(slice(" 7000000"), ID_JOB, &id, &err), -ERR_INVALID);
    assert_int_equal(id_parse(slice("07"), UINT8_MAX, &id, &err), -ERR_INVALID);
    assert_int_equal(id_job_number(id), 7); /* left as it was */
    assert_int_equal(id_parse(slice("0A0b0C0d"), ID_JOB, &id, &err), 0);
    assert_int_equal(id_job_number(id), 0x0d0c0b0a);
    none = id_from_bytes("\1\2\3", 3);
    none = id_job_of(none); /* too short to be of a job */
    assert_false(id_is_set(&none));
    assert_int_equal(id_object_index(id), 0);
    none = id_task_actor(id);
    assert_false(id_is_set(&none));
}

/* Layouts of Ray's src/ray/common/id.h, byte by byte. */
static void bytes_are_where_ray_has_them(void **state)
{
    struct id job = id_job(0x01020304), driver = id_driver_task(job), none;
    struct id object = id_object(
        id_actor_task(id_actor(job, random_bytes), UINT64_C(0x1122334455667788)),
        0x0a0b0c0d);
    char hex[ID_HEX_MAX];

    (void)state;
    assert_string_equal(id_hex(&object, hex), "8877665544332211"
                                              "0102030405060708090a0b0c"
                                              "04030201"
                                              "0d0c0b0a");
    assert_string_equal(id_hex(&driver, hex),
                        "ffffffffffffffffffffffffffffffffffffffff04030201");
    none = id_task_actor(driver);
    assert_false(id_is_set(&none));
}

static void prefixes_in_any_case(void **state)
{
    struct id id = id_from_bytes("\xab\xcd\xef\x01", 4), over = id_from_bytes("", 29);

    (void)state;
    assert_true(id_has_prefix(&id, slice("abcdef01")));
    assert_true(id_has_prefix(&id, slice("ABC")));
    assert_true(id_has_prefix(&id, slice("")));
    assert_false(id_has_prefix(&id, slice("abd")));
    assert_false(id_has_prefix(&id, slice("abcdef0100")));
    assert_false(id_is_set(&over));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_nest),
        cmocka_unit_test(a_task_of_no_actor_has_none),
        cmocka_unit_test(hex_goes_both_ways),
        cmocka_unit_test(what_is_no_id),
        cmocka_unit_test(bytes_are_where_ray_has_them),
        cmocka_unit_test(prefixes_in_any_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
