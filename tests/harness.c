/* harness.c - the clock, the private folder of a test program, files to compare with.
 */
#include "tests/harness.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { GOLDEN_MAX = 64 * 1024 };

static long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

const char *harness_dir(void)
{
    const char *dir = getenv("TMPDIR");
    return dir ? dir : "/tmp";
}

bool harness_wait(bool (*is_done)(void *arg), void *arg, int ms)
{
    const struct timespec pause = { .tv_nsec = 1000000 };
    long end = now_ms() + ms;

    while (!is_done(arg)) {
        if (now_ms() > end)
            return false;
        nanosleep(&pause, NULL);
    }
    return true;
}

void harness_golden(const char *test, const char *name, const char *text)
{
    const char *slash = strrchr(test, '/');
    char path[512], *wanted = calloc(1, GOLDEN_MAX);
    bool is_new = getenv("GOLDEN_WRITE") != NULL;
    FILE *file;

    snprintf(path, sizeof(path), "%.*s/golden/%s.txt", (int)(slash - test), test, name);
    file = fopen(path, is_new ? "we" : "re");
    if (file == NULL || wanted == NULL)
        fail_msg("%s: %s", path, strerror(errno));
    if (is_new)
        fputs(text, file);
    else
        (void)!fread(wanted, 1, GOLDEN_MAX - 1, file);
    fclose(file);
    if (!is_new && strcmp(text, wanted) != 0)
        fail_msg("%s says\n%s\nbut here is\n%s", path, wanted, text);
    free(wanted);
}
