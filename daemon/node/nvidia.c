/* nvidia.c - a folder is counted, or lines of a program's output. */
#include "daemon/node/nvidia.h"

#include <dirent.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ANSWER_MS = 5000, OUTPUT_MAX = 16384 };

extern char **environ;

/* -1: there is no such folder. */
static int64_t count_folders(const char *root)
{
    char path[PATH_MAX];
    struct dirent *entry;
    int64_t count = 0;
    DIR *folder;

    snprintf(path, sizeof(path), "%s/proc/driver/nvidia/gpus", root);
    folder = opendir(path);
    if (folder == NULL)
        return -1;
    while ((entry = readdir(folder)) != NULL)
        count += entry->d_name[0] != '.';
    closedir(folder);
    return count;
}

/* "GPU 0: NVIDIA A100 (UUID: GPU-...)", a line each. */
static int64_t count_lines(const char *text)
{
    int64_t count = strncmp(text, "GPU ", 4) == 0;

    while ((text = strstr(text, "\nGPU ")) != NULL) {
        count++;
        text++;
    }
    return count;
}

/* Until the end of the output; false when that takes too long. */
static bool read_all(int fd, char *text, size_t size)
{
    struct pollfd output = { .fd = fd, .events = POLLIN };
    size_t used = 0;
    ssize_t got = 1;

    while (got > 0 && used + 1 < size) {
        if (poll(&output, 1, ANSWER_MS) != 1)
            return false;
        got = read(fd, text + used, size - used - 1);
        used += got > 0 ? (size_t)got : 0;
    }
    text[used] = '\0';
    return true;
}

static int64_t ask_program(void)
{
    char name[] = "nvidia-smi", list[] = "-L";
    char *const argv[] = { name, list, NULL };
    static char text[OUTPUT_MAX];
    posix_spawn_file_actions_t actions;
    int ends[2], status;
    bool answered = false;
    pid_t pid;

    if (pipe(ends) != 0)
        return 0;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", 1, 0);
    status = posix_spawnp(&pid, name, &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (status == 0) {
        answered = read_all(ends[0], text, sizeof(text));
        if (!answered)
            kill(pid, SIGKILL);
        while (waitpid(pid, &status, 0) < 0)
            ;
    }
    close(ends[0]);
    return answered && status == 0 ? count_lines(text) : 0;
}

/* As CUDA reads it: names up to the first that is none; "" and "-1" hide all. */
static int64_t count_visible(const char *visible)
{
    int64_t count = 0;

    while (*visible != '\0' && *visible != ',' && *visible != '-') {
        count++;
        visible += strcspn(visible, ",");
        visible += *visible == ',';
    }
    return count;
}

int64_t nvidia_count(const char *root, const char *visible)
{
    int64_t count = count_folders(root), limit;

    if (count < 0)
        count = ask_program();
    if (visible == NULL || count == 0)
        return count;
    limit = count_visible(visible);
    return limit < count ? limit : count;
}
