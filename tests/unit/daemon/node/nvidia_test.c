/* nvidia_test.c - GPUs are counted in the driver's folder, or by its program. */
#include "tests/harness.h"

#include "daemon/node/nvidia.h"
#include "lib/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char *root, *bin;

static void make_folder(const char *path)
{
    char *whole = xprintf("%s%s", root, path);

    assert_int_equal(mkdir(whole, 0700), 0);
    free(whole);
}

static void the_drivers_folder_has_one_for_each(void **state)
{
    (void)state;
    make_folder("/proc");
    make_folder("/proc/driver");
    make_folder("/proc/driver/nvidia");
    make_folder("/proc/driver/nvidia/gpus");
    assert_int_equal(nvidia_count(root, NULL), 0);
    make_folder("/proc/driver/nvidia/gpus/0000:01:00.0");
    make_folder("/proc/driver/nvidia/gpus/0000:02:00.0");
    make_folder("/proc/driver/nvidia/gpus/0000:03:00.0");
    assert_int_equal(nvidia_count(root, NULL), 3);
}

static void what_cuda_does_not_show_is_not_offered(void **state)
{
    (void)state;
    assert_int_equal(nvidia_count(root, "0,2"), 2);
    assert_int_equal(nvidia_count(root, "GPU-1a,GPU-2b,GPU-3c,GPU-4d"), 3);
    assert_int_equal(nvidia_count(root, ""), 0);
    assert_int_equal(nvidia_count(root, "-1"), 0);
    assert_int_equal(nvidia_count(root, "1,-1,0"), 1);
}

static void set_program(const char *text)
{
    char *path = xprintf("%s/nvidia-smi", bin);
    FILE *file = fopen(path, "we");

    fprintf(file, "#!/bin/sh\n%s\n", text);
    fclose(file);
    chmod(path, 0700);
    free(path);
}

static void without_that_folder_the_program_is_asked(void **state)
{
    (void)state;
    setenv("PATH", bin, 1);
    assert_int_equal(nvidia_count("/nowhere", NULL), 0); /* no such program */
    set_program("[ \"$1\" = -L ] && echo 'GPU 0: NVIDIA A100 (UUID: GPU-1)' && "
                "echo 'GPU 1: NVIDIA A100 (UUID: GPU-2)' && echo '  MIG 1g.5gb'");
    assert_int_equal(nvidia_count("/nowhere", NULL), 2);
    assert_int_equal(nvidia_count("/nowhere", "1"), 1);
    set_program("echo 'GPU 0: NVIDIA A100'; exit 9");
    assert_int_equal(nvidia_count("/nowhere", NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_drivers_folder_has_one_for_each),
        cmocka_unit_test(what_cuda_does_not_show_is_not_offered),
        cmocka_unit_test(without_that_folder_the_program_is_asked),
    };
    int failed;

    root = xprintf("%s/nvidia.XXXXXX", harness_dir());
    if (mkdtemp(root) == NULL)
        return 1;
    bin = xprintf("%s/bin", root);
    if (mkdir(bin, 0700) != 0)
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(root);
    free(bin);
    return failed;
}
