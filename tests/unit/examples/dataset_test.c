/* dataset_test.c - data sets: reading files, and the packed form in place. */
#include "examples/automl/dataset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "examples/automl/automl_error.h"

#define DATA "examples/automl/data/"

static char path[] = "/tmp/automl-dataset-XXXXXX.csv";

static void write_file(const char *bytes, size_t size)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static int make_file(void **state)
{
    (void)state;
    int file = mkstemps(path, 4);
    return file < 0 ? -1 : close(file);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

static void check_counts(const struct dataset *set, const uint32_t *wanted)
{
    uint32_t found[DATASET_MAX_CLASSES] = { 0 };
    for (uint32_t row = 0; row < set->rows; row++)
        found[set->labels[row]]++;
    for (uint32_t label = 0; label < set->classes; label++)
        assert_int_equal(found[label], wanted[label]);
}

static void real_files_have_their_known_shape(void **state)
{
    (void)state;
    static const struct {
        const char *path, *name;
        uint32_t rows, features, classes;
        double first, last;
        uint32_t counts[10];
    } wanted[] = {
        { DATA "breast_cancer.csv",
          "breast_cancer",
          569,
          30,
          2,
          17.99,
          0.07039,
          { 212, 357 } },
        { DATA "wine.csv", "wine", 178, 13, 3, 14.23, 560, { 59, 71, 48 } },
        { DATA "digits.csv",
          "digits",
          1797,
          64,
          10,
          0,
          0,
          { 178, 182, 177, 183, 181, 182, 181, 179, 174, 180 } },
    };
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        struct dataset set;
        struct automl_error err = { "" };
        assert_int_equal(dataset_load(&set, wanted[i].path, &err), 0);
        assert_string_equal(set.name, wanted[i].name);
        assert_int_equal(set.rows, wanted[i].rows);
        assert_int_equal(set.features, wanted[i].features);
        assert_int_equal(set.classes, wanted[i].classes);
        assert_true(set.values[0] == wanted[i].first);
        assert_true(set.values[set.rows * set.features - 1] == wanted[i].last);
        check_counts(&set, wanted[i].counts);
        dataset_finish(&set);
    }
}

static void bad_files_are_refused_with_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *error; /* the error follows the path */
    } bad[] = {
        { "", ": the file is empty" },
        { "\n\n", ": the file is empty" },
        { "a,label\n", ": no rows follow the header" },
        { "label\n1\n", ":1:1: a feature and the label are needed" },
        { "1,2,0\n", ":1:1: '1' is not a column name: the header is missing" },
        { "a,b,label\n1,x,0\n", ":2:3: 'x' is not a number" },
        { "a,b,label\n1,2,0\n1,,0\n", ":3:3: '' is not a number" },
        { "a,label\n 1,0\n", ":2:1: ' 1' is not a number" },
        { "a,label\nnan,0\n", ":2:1: 'nan' is not a number" },
        { "a,label\ninf,0\n", ":2:1: 'inf' is not a number" },
        { "a,label\n0x1,0\n", ":2:1: '0x1' is not a number" },
        { "a,label\n1e999,0\n", ":2:1: '1e999' is not a number" },
        { "a,label\n1-2,0\n", ":2:1: '1-2' is not a number" },
        { "a,b,label\n1,2\n", ":2:4: too few cells in this line for the header" },
        { "a,b,label\n1\n", ":2:2: too few cells in this line for the header" },
        { "a,label\n1,0\n\n1,0,5\n",
          ":4:5: too many cells in this line for the header" },
        { "a,label\n1,0.5\n",
          ":2:3: '0.5' is not a label: a whole number from 0 to 255" },
        { "a,label\n1,-1\n",
          ":2:3: '-1' is not a label: a whole number from 0 to 255" },
        { "a,label\n1,256\n",
          ":2:3: '256' is not a label: a whole number from 0 to 255" },
        { "a,label\n1,\n", ":2:3: '' is not a label: a whole number from 0 to 255" },
        { "a,label\n1,0\n1,2\n", ": label 2 is used, but never 1" },
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct dataset set;
        struct automl_error err = { "" };
        char wanted[sizeof(err.text)];
        write_file(bad[i].text, strlen(bad[i].text));
        snprintf(wanted, sizeof(wanted), "%s%s", path, bad[i].error);
        assert_true(dataset_load(&set, path, &err) < 0);
        assert_string_equal(err.text, wanted);
        dataset_finish(&set);
    }
}

static void bytes_of_zero_are_refused(void **state)
{
    (void)state;
    struct dataset set;
    struct automl_error err;
    char wanted[sizeof(err.text)];
    static const char text[] = "a,label\n1\0,0\n";
    write_file(text, sizeof(text) - 1);
    snprintf(wanted, sizeof(wanted), "%s:2:2: a zero byte is no text", path);
    assert_true(dataset_load(&set, path, &err) < 0);
    assert_string_equal(err.text, wanted);
}

static void missing_files_and_folders_are_refused(void **state)
{
    (void)state;
    struct dataset set;
    struct automl_error err;
    assert_true(dataset_load(&set, "/nonexistent/x.csv", &err) < 0);
    assert_string_equal(err.text, "/nonexistent/x.csv: No such file or directory");
    assert_true(dataset_load(&set, "/tmp", &err) < 0);
    assert_string_equal(err.text, "/tmp: Is a directory");
    assert_true(dataset_load(&set, "/nonexistent/x.csv", NULL) < 0);
}

static void line_ends_and_empty_lines_do_not_matter(void **state)
{
    (void)state;
    struct dataset set;
    struct automl_error err;
    static const char text[] = "a,b,label\r\n\r\n-1.5,2e3,1\r\n\n+.5,0,0";
    write_file(text, sizeof(text) - 1);
    assert_int_equal(dataset_load(&set, path, &err), 0);
    assert_int_equal(set.rows, 2);
    assert_int_equal(set.classes, 2);
    assert_true(set.values[0] == -1.5 && set.values[1] == 2000);
    assert_true(set.values[2] == 0.5 && set.labels[0] == 1 && set.labels[1] == 0);
    dataset_finish(&set);
}

static void load_wine(struct dataset *set)
{
    assert_int_equal(dataset_load(set, DATA "wine.csv", NULL), 0);
}

static void views_read_the_block_in_place(void **state)
{
    (void)state;
    struct dataset set, view;
    struct automl_error err = { "" };
    load_wine(&set);
    size_t size = dataset_packed_size(&set);
    size_t room = size + 4096;
    void *map =
        mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(map, MAP_FAILED);
    assert_int_equal(dataset_pack(&set, map, room, &err), 0);
    assert_int_equal(mprotect(map, room, PROT_READ), 0);
    assert_int_equal(dataset_view(&view, map, room, &err), 0);
    assert_string_equal(view.name, "wine");
    assert_int_equal(view.rows, set.rows);
    assert_int_equal(view.features, set.features);
    assert_int_equal(view.classes, set.classes);
    assert_true((const char *)view.values > (const char *)map);
    assert_true((const char *)(view.labels + view.rows) == (const char *)map + size);
    assert_memory_equal(view.values, set.values,
                        sizeof(double) * set.rows * set.features);
    assert_memory_equal(view.labels, set.labels, sizeof(int32_t) * set.rows);
    assert_null(view.owned);
    dataset_finish(&view);
    munmap(map, room);
    dataset_finish(&set);
}

static void packing_needs_room_and_a_sound_set(void **state)
{
    (void)state;
    struct dataset set;
    struct automl_error err;
    load_wine(&set);
    size_t size = dataset_packed_size(&set);
    char *bytes = malloc(size + 8);
    assert_true(dataset_pack(&set, bytes, size - 1, &err) < 0);
    assert_true(dataset_pack(&set, bytes + 4, size, &err) < 0);
    struct dataset wrong = set;
    wrong.classes = 2;
    assert_true(dataset_pack(&wrong, bytes, size, &err) < 0);
    assert_non_null(strstr(err.text, "has label 2 of 2"));
    wrong = set;
    wrong.rows = 0;
    assert_true(dataset_copy(&wrong, &wrong, &err) < 0);
    free(bytes);
    dataset_finish(&set);
}

/* Puts `size` bytes at the end of what was allocated, so that a sanitizer sees a read
 * beyond them. */
static int view_exactly(const char *bytes, size_t size, struct automl_error *err)
{
    struct dataset view;
    char *copy = malloc(size ? size : 1);
    if (size > 0)
        memcpy(copy, bytes, size);
    int status = dataset_view(&view, copy, size, err);
    if (status == 0)
        assert_true(dataset_packed_size(&view) <= size);
    free(copy);
    return status;
}

static void cut_blocks_are_refused(void **state)
{
    (void)state;
    struct dataset set;
    struct automl_error err;
    load_wine(&set);
    size_t size = dataset_packed_size(&set);
    for (size_t cut = 0; cut < size; cut += cut < 128 ? 1 : 997)
        assert_true(view_exactly(set.owned, cut, &err) < 0);
    assert_true(view_exactly(set.owned, size - 1, &err) < 0);
    assert_int_equal(view_exactly(set.owned, size, &err), 0);
    struct dataset view;
    assert_true(dataset_view(&view, (char *)set.owned + 4, size - 4, &err) < 0);
    dataset_finish(&set);
}

static void changed_blocks_are_refused(void **state)
{
    (void)state;
    struct dataset set;
    struct automl_error err;
    load_wine(&set);
    size_t size = dataset_packed_size(&set);
    char *bytes = malloc(size);
    memcpy(bytes, set.owned, size);
    /* Magic, size and shape: any other bit makes another block. */
    for (size_t bit = 0; bit < 28 * 8; bit++) {
        bytes[bit / 8] ^= (char)(1 << bit % 8);
        bool is_more_classes = bit >= 24 * 8;
        int status = view_exactly(bytes, size, &err);
        assert_true(status < 0 || is_more_classes);
        bytes[bit / 8] ^= (char)(1 << bit % 8);
    }
    memset(bytes + 32, 'x', DATASET_NAME);
    assert_true(view_exactly(bytes, size, &err) < 0);
    memcpy(bytes, set.owned, size);
    bytes[size - 1] = -1;
    assert_true(view_exactly(bytes, size, &err) < 0);
    free(bytes);
    dataset_finish(&set);
}

static void gathering_picks_rows_in_order(void **state)
{
    (void)state;
    struct dataset set;
    load_wine(&set);
    uint32_t index[] = { 177, 0, 60 };
    struct dataset_rows rows = { &set, index, 3 };
    double values[3 * 13];
    int32_t labels[3];
    dataset_gather(&rows, values, labels);
    assert_memory_equal(values, set.values + 177 * 13, 13 * sizeof(double));
    assert_memory_equal(values + 26, set.values + 60 * 13, 13 * sizeof(double));
    assert_int_equal(labels[0], 2);
    assert_int_equal(labels[1], 0);
    assert_int_equal(labels[2], 1);
    rows.index = NULL;
    dataset_gather(&rows, NULL, labels);
    assert_int_equal(labels[2], 0);
    dataset_finish(&set);
}

static void long_names_are_cut(void **state)
{
    (void)state;
    char long_path[] = "/tmp/automl-a-name-of-more-than-thirty-one-characters.csv";
    struct dataset set;
    write_file("a,label\n1,0\n", 12);
    unlink(long_path);
    assert_int_equal(link(path, long_path), 0);
    assert_int_equal(dataset_load(&set, long_path, NULL), 0);
    assert_string_equal(set.name, "automl-a-name-of-more-than-thir");
    dataset_finish(&set);
    unlink(long_path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_files_have_their_known_shape),
        cmocka_unit_test(bad_files_are_refused_with_their_place),
        cmocka_unit_test(bytes_of_zero_are_refused),
        cmocka_unit_test(missing_files_and_folders_are_refused),
        cmocka_unit_test(line_ends_and_empty_lines_do_not_matter),
        cmocka_unit_test(views_read_the_block_in_place),
        cmocka_unit_test(packing_needs_room_and_a_sound_set),
        cmocka_unit_test(cut_blocks_are_refused),
        cmocka_unit_test(changed_blocks_are_refused),
        cmocka_unit_test(gathering_picks_rows_in_order),
        cmocka_unit_test(long_names_are_cut),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
