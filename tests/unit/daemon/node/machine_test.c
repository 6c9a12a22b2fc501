/* machine_test.c - the limits of cgroups, of both versions, in folders made for it. */
#include "tests/harness.h"

#include "daemon/node/cgroup.h"
#include "daemon/node/machine.h"

#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const struct machine whole = { .cpus = 64, .memory = INT64_C(1) << 40 };

static int make_root(void **state)
{
    char name[] = "/tmp/machine.XXXXXX";

    *state = mkdtemp(name) != NULL ? strdup(name) : NULL;
    return *state != NULL ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *about, int type,
                      struct FTW *where)
{
    (void)about;
    (void)type;
    (void)where;
    return remove(path);
}

static int remove_root(void **state)
{
    int status = nftw(*state, remove_one, 8, FTW_DEPTH | FTW_PHYS);

    free(*state);
    return status;
}

/* The file `name` under the root, with the folders above it. */
static void put(const char *root, const char *name, const char *text)
{
    char path[PATH_MAX];
    FILE *file;

    snprintf(path, sizeof(path), "%s%s", root, name);
    for (char *at = path + strlen(root) + 1; (at = strchr(at, '/')) != NULL; at++) {
        *at = '\0';
        (void)mkdir(path, 0700);
        *at = '/';
    }
    file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void cgroup_of_a_controller(void **state)
{
    const char *text = "12:cpuset:/a\n4:cpu,cpuacct:/b/c\n1:name=systemd:/d\n0::/e:f\n";
    char path[32], small[4];

    (void)state;
    assert_true(cgroup_parse_path(text, "cpu", path, sizeof(path)));
    assert_string_equal(path, "/b/c");
    assert_true(cgroup_parse_path(text, "cpuacct", path, sizeof(path)));
    assert_string_equal(path, "/b/c");
    assert_true(cgroup_parse_path(text, "", path, sizeof(path)));
    assert_string_equal(path, "/e:f");
    assert_false(cgroup_parse_path(text, "memory", path, sizeof(path)));
    assert_false(cgroup_parse_path(text, "cpu", small, sizeof(small)));
    assert_false(cgroup_parse_path("", "cpu", path, sizeof(path)));
    assert_false(cgroup_parse_path("4:cpu\n:", "cpu", path, sizeof(path)));
}

static void quota_is_whole_cpus_and_never_none(void **state)
{
    int64_t cpus;

    (void)state;
    assert_true(machine_parse_quota("250000 100000\n", &cpus));
    assert_int_equal(cpus, 2);
    assert_true(machine_parse_quota("50000 100000\n", &cpus));
    assert_int_equal(cpus, 1);
    assert_false(machine_parse_quota("max 100000\n", &cpus));
    assert_false(machine_parse_quota("-1\n 100000\n", &cpus));
    assert_false(machine_parse_quota("100000 0", &cpus));
    assert_false(machine_parse_quota("", &cpus));
}

static void no_cgroups_no_limits(void **state)
{
    struct machine machine = whole;

    machine_limit(&machine, *state);
    assert_int_equal(machine.cpus, whole.cpus);
    assert_int_equal(machine.memory, whole.memory);
}

static void tightest_of_the_groups_above_holds(void **state)
{
    struct machine machine = whole;

    put(*state, "/proc/self/cgroup", "0::/user/app\n");
    put(*state, "/sys/fs/cgroup/user/app/cpu.max", "800000 100000\n");
    put(*state, "/sys/fs/cgroup/user/app/memory.max", "1000000\n");
    put(*state, "/sys/fs/cgroup/user/cpu.max", "300000 100000\n");
    put(*state, "/sys/fs/cgroup/user/memory.max", "max\n");
    machine_limit(&machine, *state);
    assert_int_equal(machine.cpus, 3);
    assert_int_equal(machine.memory, 1000000);
}

static void version_1_has_a_hierarchy_each(void **state)
{
    struct machine machine = whole;

    put(*state, "/proc/self/cgroup", "3:cpu,cpuacct:/c\n2:memory:/m\n0::/\n");
    put(*state, "/sys/fs/cgroup/cpu/c/cpu.cfs_quota_us", "450000\n");
    put(*state, "/sys/fs/cgroup/cpu/c/cpu.cfs_period_us", "100000\n");
    put(*state, "/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
    put(*state, "/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
    put(*state, "/sys/fs/cgroup/memory/m/memory.limit_in_bytes", "2000000\n");
    put(*state, "/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    machine_limit(&machine, *state);
    assert_int_equal(machine.cpus, 4);
    assert_int_equal(machine.memory, 2000000);
}

static void root_counts_where_the_hosts_path_is_not_there(void **state)
{
    struct machine machine = whole;

    put(*state, "/proc/self/cgroup", "3:cpu:/docker/0123\n");
    put(*state, "/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "200000\n");
    put(*state, "/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
    machine_limit(&machine, *state);
    assert_int_equal(machine.cpus, 2);
}

static void this_machine_has_something(void **state)
{
    struct machine machine;
    struct error err;

    (void)state;
    assert_int_equal(machine_read(&machine, &err), 0);
    assert_true(machine.cpus >= 1 && machine.memory > 0);
}

#define in_root(test) cmocka_unit_test_setup_teardown(test, make_root, remove_root)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cgroup_of_a_controller),
        cmocka_unit_test(quota_is_whole_cpus_and_never_none),
        in_root(no_cgroups_no_limits),
        in_root(tightest_of_the_groups_above_holds),
        in_root(version_1_has_a_hierarchy_each),
        in_root(root_counts_where_the_hosts_path_is_not_there),
        cmocka_unit_test(this_machine_has_something),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
