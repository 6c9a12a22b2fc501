/* checks.c - counts, prints, never sleeps for a fixed time but between two looks. */
#include "checks.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WAIT_MS 30000
#define MARKS_MAX 32

static struct {
    int count, failed;
} results;

/* Files of marks, removed at the end. */
static struct {
    char paths[MARKS_MAX][sizeof(((struct checks_marks *)0)->path)];
    int count;
} files;

const char *checks_path(const char *name)
{
    static char path[PATH_MAX + NAME_MAX + 2];
    ssize_t size = readlink("/proc/self/exe", path, PATH_MAX);

    while (size > 0 && path[size - 1] != '/')
        size--;
    snprintf(path + size, sizeof(path) - (size_t)size, "%s", name);
    return path;
}

void checks_begin_in(double num_cpus, const struct ray_runtime_env *env)
{
    const char *address = getenv("CHECKS_ADDRESS");
    const struct ray_options options = { .address = address != NULL ? address : "local",
                                         .library = checks_path("cluster.so"),
                                         .num_cpus = num_cpus,
                                         .env = env };
    struct ray_error err;

    setvbuf(stdout, NULL, _IOLBF, 0);
    if (ray_init(&options, &err) == 0)
        return;
    printf("Bail out! ray_init: %s\n", err.text);
    exit(1);
}

void checks_begin(double num_cpus)
{
    checks_begin_in(num_cpus, NULL);
}

int checks_end(void)
{
    ray_shutdown();
    while (files.count > 0)
        unlink(files.paths[--files.count]);
    printf("1..%d\n", results.count);
    return results.failed > 0;
}

bool check(bool good, const char *format, ...)
{
    va_list args;

    results.failed += !good;
    printf("%sok %d - ", good ? "" : "not ", ++results.count);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
    return good;
}

int64_t checks_int(struct ray_ref *ref, const char *what)
{
    struct ray_value value = ray_none();
    struct ray_error err = { .text = "no ref" };
    int status = ref ? ray_get(ref, &value, WAIT_MS, &err) : -1;

    if (status != 0 || value.type != RAY_INT)
        check(false, "%s: type %d, %s", what, (int)value.type,
              status != 0 ? err.text : "");
    ray_release(ref);
    return status == 0 && value.type == RAY_INT ? value.as.integer : INT64_MIN;
}

void checks_fails(struct ray_ref *ref, enum ray_code code, const char *part)
{
    struct ray_value value;
    struct ray_error err = { .text = "no error" };
    int status = ref ? ray_get(ref, &value, WAIT_MS, &err) : -1;

    check(ref && status == -(int)code && err.code == code && strstr(err.text, part),
          "fails with %d, '%s': %d, %s", (int)code, part, -status, err.text);
    ray_release(ref);
}

bool checks_until(bool (*is_so)(void *arg), void *arg)
{
    const struct timespec pause = { .tv_nsec = 5000000 };

    for (int i = 0; i < WAIT_MS / 5; i++) {
        if (is_so(arg))
            return true;
        nanosleep(&pause, NULL);
    }
    return false;
}

struct checks_marks checks_marks(const char *name)
{
    const char *folder = getenv("TMPDIR");
    struct checks_marks marks = { .wanted = "" };

    snprintf(marks.path, sizeof(marks.path), "%s/%s.%d", folder ? folder : "/tmp", name,
             (int)getpid());
    unlink(marks.path);
    if (files.count == MARKS_MAX)
        abort();
    memcpy(files.paths[files.count++], marks.path, sizeof(marks.path));
    return marks;
}

static const char *read_marks(const struct checks_marks *marks)
{
    static char text[64];
    FILE *file = fopen(marks->path, "r");
    size_t size = file ? fread(text, 1, sizeof(text) - 1, file) : 0;

    text[size] = '\0';
    if (file)
        fclose(file);
    return text;
}

static bool are_there(void *arg)
{
    const struct checks_marks *at = arg;
    return strcmp(read_marks(at), at->wanted) == 0;
}

void checks_marked(struct checks_marks *marks, const char *wanted, const char *what)
{
    marks->wanted = wanted;
    check(checks_until(are_there, marks), "%s: '%s', wanted '%s'", what,
          read_marks(marks), wanted);
}
