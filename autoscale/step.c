/* step.c - scripts for the /bin/sh of a machine, and what they say when they fail. */
#include "autoscale/step.h"

#include "autoscale/bring_up.h"
#include "autoscale/cluster.h"
#include "lib/base/mem.h"
#include "lib/net/ssh.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    TAIL_SIZE = 300,         /* of what a failed command printed */
    PRINTED_MAX = 64 * 1024, /* kept of it meanwhile */
};

char *step_quote(const char *text)
{
    struct buf out;

    buf_init(&out, 0);
    buf_append(&out, "'", 1);
    for (const char *at = text; *at != '\0'; at++)
        if (*at == '\'')
            buf_append(&out, "'\\''", 4);
        else
            buf_append(&out, at, 1);
    buf_append(&out, "'", 1);
    return buf_take(&out);
}

static void on_output(void *arg, bool is_stderr, struct slice text)
{
    struct work *work = arg;

    if (!is_stderr && work->answer != NULL) {
        work->is_too_much |= buf_append(work->answer, text.data, text.size) != 0;
        return;
    }
    if (work->printed.size + text.size > PRINTED_MAX)
        buf_consume(&work->printed, work->printed.size / 2);
    buf_append(&work->printed, text.data, text.size);
}

/* The end of what was printed, on one line. */
static void printed_tail(struct work *work, char tail[TAIL_SIZE])
{
    struct slice text = buf_slice(&work->printed);
    size_t used = 0;

    while (text.size > 0 && (unsigned char)text.data[text.size - 1] <= ' ')
        text.size--;
    if (text.size > TAIL_SIZE - 1) {
        text.data += text.size - (TAIL_SIZE - 1);
        text.size = TAIL_SIZE - 1;
    }
    for (size_t i = 0; i < text.size; i++)
        tail[used++] = (unsigned char)text.data[i] < ' ' ? ' ' : text.data[i];
    tail[used] = '\0';
}

int step_run_with(struct work *work, const char *what, const char *script, int input,
                  int64_t timeout_ms)
{
    char *line = bring_up_line(work->plan->cluster->name, script);
    const struct ssh_command command = { line, input, timeout_ms, on_output, work };
    char tail[TAIL_SIZE];
    int ended = 0, status;

    buf_clear(&work->printed);
    status = ssh_run(work->ssh, &command, &ended, work->err);
    free(line);
    if (status != 0)
        return wrap(work->err, "%s", what);
    if (ended == 0)
        return 0;
    printed_tail(work, tail);
    return fail(work->err, ERR_FAILED, "%s: status %d%s%s", what, ended,
                tail[0] != '\0' ? ": " : "", tail);
}

int step_run(struct work *work, const char *what, const char *script)
{
    return step_run_with(work, what, script, -1, STEP_MS);
}

void step_say(struct work *work, const char *what)
{
    work->machine->say(work->machine->arg, what);
}

int step_read(struct work *work, const char *what, const char *script,
              struct buf *answer)
{
    int status;

    work->answer = answer;
    work->is_too_much = false;
    status = step_run(work, what, script);
    work->answer = NULL;
    if (status == 0 && work->is_too_much)
        status = fail(work->err, ERR_FULL, "%s: too long an answer", what);
    return status;
}

int step_send(struct work *work, const char *what, const char *path, const char *script)
{
    int status, fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return fail(work->err, ERR_IO, "open %s: %s", path, strerror(errno));
    status = step_run_with(work, what, script, fd, STEP_MS);
    close(fd);
    return status;
}
