/* mounts.c - only what is new or changed goes over the wire.
 *
 * The same script lists the files of a folder here and there, with their SHA-256 and
 * whether they can be executed; tar leaves out what stands in both lists. What is there
 * and not here stays. A name with a newline or backslash is always sent: sha256sum
 * escapes it. */
#include "autoscale/mounts.h"

#include "autoscale/bring_up.h"
#include "autoscale/cluster.h"
#include "autoscale/step.h"
#include "lib/base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    LIST_MAX = 256 * 1024 * 1024, /* bytes; some 100 a file */
    FILE_ANSWER_MAX = 128,        /* a SHA-256, a mode */
};

/* Of the current folder, sorted; x or - in front: whether its owner can execute it. */
#define LIST_FILES                                                                     \
    "{ find . -type f -perm -100 -exec sha256sum {} + | sed 's/^/x/'; "                \
    "find . -type f ! -perm -100 -exec sha256sum {} + | sed 's/^/-/'; } | "            \
    "LC_ALL=C sort"
/* The path in a line: behind the mark, the sum and two blanks. */
#define PATH_COLUMN "68"

/* What the machine has of the folder, into a temporary file; its path, which the caller
 * removes and frees, or NULL. */
static char *list_there(struct work *work, const char *to)
{
    const char *folder = getenv("TMPDIR");
    char *path = xprintf("%s/rayctl-mount.XXXXXX", folder != NULL ? folder : "/tmp");
    char *script = xprintf("mkdir -p %s && cd %s && " LIST_FILES, to, to);
    struct buf list;
    int fd = mkstemp(path), status = 0;
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;

    buf_init(&list, LIST_MAX);
    if (file == NULL) {
        status = fail(work->err, ERR_IO, "%s: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
    } else {
        status = step_read(work, "file_mounts", script, &list);
        if (status == 0 && list.size > 0 &&
            fwrite(list.data, 1, list.size, file) != list.size)
            status = fail(work->err, ERR_IO, "%s: %s", path, strerror(errno));
        if (fclose(file) != 0 && status == 0)
            status = fail(work->err, ERR_IO, "%s: %s", path, strerror(errno));
    }
    buf_finish(&list);
    free(script);
    if (status == 0)
        return path;
    unlink(path);
    free(path);
    return NULL;
}

/* A shell command that writes a tar of what the list of the machine lacks. */
static char *tar_command(const char *from, const char *there)
{
    char *folder = step_quote(from), *list = step_quote(there);
    char *line =
        xprintf("cd %s && " LIST_FILES
                " | LC_ALL=C comm -12 - %s | grep -v '^.[\\]' | cut -c " PATH_COLUMN
                "- >%s.same; tar --anchored --no-wildcards -X %s.same -cf - .; "
                "status=$?; rm -f %s.same; exit $status",
                folder, list, list, list, list);

    free(folder);
    free(list);
    return line;
}

static int mount_folder(struct work *work, const char *from, const char *to)
{
    char *there = list_there(work, to), *line, *script;
    FILE *tar;
    int status;

    if (there == NULL)
        return -(int)work->err->code;
    line = tar_command(from, there);
    script = xprintf("tar -C %s -xf -", to);
    tar = popen(line, "re");
    if (tar == NULL) {
        status = fail(work->err, ERR_IO, "tar: %s", strerror(errno));
    } else {
        status = step_run_with(work, "file_mounts", script, fileno(tar), STEP_MS);
        if (pclose(tar) != 0 && status == 0)
            status = fail(work->err, ERR_IO, "tar of %s failed here", from);
    }
    unlink(there);
    free(there);
    free(line);
    free(script);
    return status;
}

/* Whether the file there has the bytes and the mode of ours. */
static bool is_there(struct work *work, const char *from, const char *to)
{
    static const char ask[] = "{ sha256sum <%s && stat -Lc %%a %s; } 2>/dev/null || :";
    char ours[FILE_ANSWER_MAX], *here = step_quote(from);
    char *ask_here = xprintf(ask, here, here), *ask_there = xprintf(ask, to, to);
    FILE *pipe = popen(ask_here, "re");
    size_t size = pipe != NULL ? fread(ours, 1, sizeof(ours), pipe) : 0;
    struct buf theirs;
    bool is_same;

    buf_init(&theirs, FILE_ANSWER_MAX);
    is_same = size > 0 && step_read(work, "file_mounts", ask_there, &theirs) == 0 &&
              theirs.size == size && memcmp(theirs.data, ours, size) == 0;
    if (pipe != NULL)
        (void)pclose(pipe); /* what it printed says enough */
    buf_finish(&theirs);
    free(here);
    free(ask_here);
    free(ask_there);
    return is_same;
}

static int mount_file(struct work *work, const char *from, const char *to)
{
    struct stat info;
    char *script;
    int status;

    if (is_there(work, from, to))
        return 0;
    if (stat(from, &info) != 0)
        return fail(work->err, ERR_IO, "%s: %s", from, strerror(errno));
    script = xprintf("mkdir -p \"$(dirname %s)\" && cat >%s.new && chmod %o %s.new && "
                     "mv %s.new %s",
                     to, to, (unsigned)info.st_mode & 07777, to, to, to);
    status = step_send(work, "file_mounts", from, script);
    free(script);
    return status;
}

/* A shell word in which a leading ~ still stands for the home. */
static char *remote_path(const char *path)
{
    char *quoted, *word;

    if (strncmp(path, "~/", 2) != 0)
        return step_quote(path);
    quoted = step_quote(path + 2);
    word = xprintf("\"$HOME\"/%s", quoted);
    free(quoted);
    return word;
}

static int mount_one(struct work *work, const char *there, const char *here)
{
    char *to = remote_path(there), *slash = xprintf("%s/.", here);
    bool is_folder = access(slash, F_OK) == 0;
    int status = is_folder ? mount_folder(work, here, to) : mount_file(work, here, to);

    free(slash);
    free(to);
    return status;
}

int mounts_send(struct work *work)
{
    const struct cluster *cluster = work->plan->cluster;
    int status = 0;

    for (size_t i = 0; status == 0 && i < cluster->mounts_to.count; i++) {
        step_say(work, "copying files");
        status =
            mount_one(work, cluster->mounts_to.items[i], cluster->mounts_from.items[i]);
        if (status != 0)
            wrap(work->err, "%s", cluster->mounts_to.items[i]);
    }
    return status;
}
