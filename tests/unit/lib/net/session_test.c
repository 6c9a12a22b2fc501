/* session_test.c - folders, the current cluster, recorded processes. */
#include "tests/harness.h"

#include "lib/net/session.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char base[256];

static int set_up(void **state)
{
    (void)state;
    snprintf(base, sizeof(base), "%s/b", harness_dir());
    setenv("RAYCTL_TMPDIR", base, 1);
    unsetenv("RAYCTL_ADDRESS");
    unsetenv("RAY_ADDRESS");
    return 0;
}

static void a_session_is_made_for_us_alone(void **state)
{
    char path[SESSION_PATH_MAX];
    struct error err;
    struct stat about;

    (void)state;
    assert_ok(session_path("one", path, true, &err), &err);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0700);
    chmod(base, 0755);
    assert_int_equal(session_path("two", path, true, &err), -ERR_REFUSED);
    chmod(base, 0700);
    assert_int_equal(session_path("a/b", path, true, &err), -ERR_INVALID);
    assert_int_equal(session_path("..", path, true, &err), -ERR_INVALID);
    assert_int_equal(session_path("current", path, true, &err), -ERR_INVALID);
    assert_int_equal(session_path("", path, true, &err), -ERR_INVALID);
}

static void long_folders_are_refused(void **state)
{
    char longer[120], path[SESSION_PATH_MAX];
    struct error err;

    (void)state;
    memset(longer, 'x', sizeof(longer) - 1);
    longer[0] = '/';
    longer[sizeof(longer) - 1] = '\0';
    setenv("RAYCTL_TMPDIR", longer, 1);
    assert_int_equal(session_path("one", path, false, &err), -ERR_INVALID);
    setenv("RAYCTL_TMPDIR", base, 1);
}

static void put_line(const char *folder, const char *name, const char *line)
{
    char path[SESSION_PATH_MAX + 64];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    file = fopen(path, "we");
    assert_non_null(file);
    fprintf(file, "%s\n", line);
    fclose(file);
}

static void addresses_come_in_order(void **state)
{
    char address[SESSION_ADDRESS_MAX], path[SESSION_PATH_MAX],
        socket[SESSION_PATH_MAX + 16], tables[SESSION_PATH_MAX + 16];
    struct error err;

    (void)state;
    assert_int_equal(session_resolve(NULL, address, &err), -ERR_UNREACHABLE);
    assert_ok(session_path("one", path, true, &err), &err);
    assert_ok(session_set_current("one", &err), &err);
    assert_int_equal(session_resolve(NULL, address, &err), -ERR_UNREACHABLE);
    snprintf(socket, sizeof(socket), "%s/head.sock", path);
    put_line(path, "head.sock", "");
    assert_ok(session_resolve(NULL, address, &err), &err);
    assert_string_equal(address + 5, socket);
    /* A head takes the place of a dead one: its TCP address is of the past. */
    put_line(path, "address", "127.0.0.1:1");
    put_line(path, "store.db", "");
    unlink(socket);
    assert_ok(session_resolve(NULL, address, &err), &err);
    assert_string_equal(address + 5, socket);
    /* The head of another machine. */
    snprintf(tables, sizeof(tables), "%s/store.db", path);
    unlink(tables);
    assert_ok(session_resolve(NULL, address, &err), &err);
    assert_string_equal(address, "127.0.0.1:1");
    setenv("RAY_ADDRESS", "h:2", 1);
    assert_ok(session_resolve(NULL, address, &err), &err);
    assert_string_equal(address, "h:2");
    setenv("RAYCTL_ADDRESS", "h:1", 1);
    assert_ok(session_resolve("auto", address, &err), &err);
    assert_string_equal(address, "h:1");
    assert_ok(session_resolve("/x/head.sock", address, &err), &err);
    assert_string_equal(address, "unix:/x/head.sock");
    assert_int_equal(session_resolve("nonsense", address, &err), -ERR_INVALID);
    unsetenv("RAYCTL_ADDRESS");
    unsetenv("RAY_ADDRESS");
    session_clear_current("other");
    assert_true(session_current(address, sizeof(address)));
    session_clear_current("one");
    assert_false(session_current(address, sizeof(address)));
}

static void only_the_recorded_process_is_found(void **state)
{
    struct session_process *found;
    char path[SESSION_PATH_MAX];
    struct error err;
    pid_t child = fork();
    int count;

    (void)state;
    if (child == 0) {
        pause();
        _exit(0);
    }
    assert_ok(session_path("three", path, true, &err), &err);
    assert_ok(session_write_pid(path, "head", child, &err), &err);
    count = session_processes(path, &found, &err);
    assert_int_equal(count, 1);
    assert_int_equal(found[0].pid, child);
    assert_string_equal(found[0].role, "head");
    session_free(found, count);
    kill(child, SIGKILL);
    waitid(P_PID, (id_t)child, &(siginfo_t){ 0 }, WEXITED | WNOWAIT);
    assert_int_equal(session_processes(path, &found, &err), 0); /* a zombie is dead */
    free(found);
    waitpid(child, NULL, 0);
    session_remove_pid(path, "head");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_is_made_for_us_alone),
        cmocka_unit_test(long_folders_are_refused),
        cmocka_unit_test(addresses_come_in_order),
        cmocka_unit_test(only_the_recorded_process_is_found),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
