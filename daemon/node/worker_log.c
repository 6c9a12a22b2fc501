/* worker_log.c - opened before the process starts, since it inherits them; named when
 * its pid is known. */
#include "daemon/node/worker_log.h"

#include "lib/net/tail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { TAIL_LINES = 5 };

static int open_one(const struct worker_log_owner *owner, const char *suffix,
                    char *path, struct error *err)
{
    char hex[ID_HEX_MAX];
    int fd;

    snprintf(path, PATH_MAX, "%s/worker-%.12s.%s", owner->folder,
             id_hex(&owner->worker, hex), suffix);
    fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail(err, ERR_IO, "%s: %s", path, strerror(errno));
    return fd;
}

int worker_log_open(struct worker_log *log, const struct worker_log_owner *owner,
                    int *out, int *err_fd, struct error *err)
{
    *out = open_one(owner, "out", log->out, err);
    *err_fd = *out >= 0 ? open_one(owner, "err", log->err, err) : -1;
    if (*err_fd >= 0)
        return 0;
    if (*out >= 0)
        close(*out);
    return -ERR_IO;
}

static void rename_one(const struct worker_log_owner *owner, const char *suffix,
                       char *path)
{
    char final[PATH_MAX], hex[ID_HEX_MAX], job[ID_HEX_MAX];

    snprintf(final, sizeof(final), "%s/worker-%.12s-%s-%lld.%s", owner->folder,
             id_hex(&owner->worker, hex), id_hex(&owner->job, job),
             (long long)owner->pid, suffix);
    if (rename(path, final) == 0) /* else it keeps its first name */
        memcpy(path, final, sizeof(final));
}

void worker_log_rename(struct worker_log *log, const struct worker_log_owner *owner)
{
    rename_one(owner, "out", log->out);
    rename_one(owner, "err", log->err);
}

void worker_log_tail(const struct worker_log *log, char *text, size_t size)
{
    tails_last_lines(log->err, TAIL_LINES, text, size);
    for (char *at = text; *at != '\0'; at++)
        if (*at == '\n')
            *at = ' ';
}
