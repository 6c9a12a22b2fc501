/* commands.c - `rayctl list nodes` as a whole process, and `true` beside it. */
#include "measure.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

extern char **environ;

static char rayctl[PATH_MAX + 32];

static void spawn(char *const *argv)
{
    posix_spawn_file_actions_t actions;
    pid_t pid;
    int status = 1;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    if (posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ) != 0 ||
        waitpid(pid, &status, 0) < 0 || status != 0)
        exit(1);
    posix_spawn_file_actions_destroy(&actions);
}

static void list_nodes(int count)
{
    static char list[] = "list", nodes[] = "nodes";
    char *argv[] = { rayctl, list, nodes, NULL };

    for (int i = 0; i < count; i++)
        spawn(argv);
}

static void run_true(int count)
{
    static char name[] = "true";
    char *argv[] = { name, NULL };

    for (int i = 0; i < count; i++)
        spawn(argv);
}

int main(void)
{
    static char start[] = "start", head[] = "--head", quiet[] = "-q", stop[] = "stop";
    char folder[] = "/tmp/rb.XXXXXX";
    ssize_t size = readlink("/proc/self/exe", rayctl, PATH_MAX);

    while (size > 0 && rayctl[size - 1] != '/')
        size--;
    memcpy(rayctl + size, "../../bin/rayctl", sizeof("../../bin/rayctl"));
    if (!mkdtemp(folder) || setenv("RAYCTL_TMPDIR", folder, 1) != 0)
        return 1;
    spawn((char *const[]){ rayctl, start, head, quiet, NULL });
    measure_row("rayctl list nodes, whole process", list_nodes, 50, "ms", 1e-3);
    measure_row("true, whole process (limit)", run_true, 50, "ms", 1e-3);
    spawn((char *const[]){ rayctl, stop, quiet, NULL });
    rmdir(folder);
    return 0;
}
