/* proc.c - children by uv_spawn, which reaps them and never leaves a zombie. */
#include "lib/net/proc.h"

#include "lib/base/mem.h"
#include "lib/net/loop.h"
#include "lib/net/loop_uv.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

struct proc {
    uv_process_t uv;
    proc_exit *on_exit;
    void *arg;
    int status, signal;
    bool ended;
};

static void on_closed(uv_handle_t *handle)
{
    struct proc *proc = handle->data;
    proc->on_exit(proc->arg, proc->status, proc->signal);
    free(proc);
}

static void on_failed_closed(uv_handle_t *handle)
{
    struct proc *proc = handle->data;
    free(proc);
}

static void on_process_exit(uv_process_t *uv, int64_t status, int number)
{
    struct proc *proc = uv->data;
    proc->ended = true;
    proc->status = (int)status;
    proc->signal = number;
    uv_close((uv_handle_t *)uv, on_closed);
}

struct proc *proc_spawn(struct loop *loop, const struct proc_options *options,
                        proc_exit *on_exit, void *arg, struct error *err)
{
    struct proc *proc = xcalloc(1, sizeof(*proc));
    uv_stdio_container_t stdio[3] = { { .flags = UV_IGNORE } };
    uv_process_options_t wanted = {
        .exit_cb = on_process_exit,
        .file = options->argv[0],
        /* uv_spawn does not write through either, whatever their types say. */
        .args = (char **)(uintptr_t)options->argv,
        .env = (char **)(uintptr_t)options->env,
        .cwd = options->cwd,
        .flags = options->new_session ? UV_PROCESS_DETACHED : 0,
        .stdio_count = 3,
        .stdio = stdio,
    };
    int status;

    stdio[1].flags = options->out >= 0 ? UV_INHERIT_FD : UV_IGNORE;
    stdio[1].data.fd = options->out;
    stdio[2].flags = options->err >= 0 ? UV_INHERIT_FD : UV_IGNORE;
    stdio[2].data.fd = options->err;
    proc->on_exit = on_exit;
    proc->arg = arg;
    proc->uv.data = proc;
    status = uv_spawn(loop_uv(loop), &proc->uv, &wanted);
    if (status == 0)
        return proc;
    fail(err, status == UV_ENOENT ? ERR_NOT_FOUND : ERR_IO, "start %s: %s",
         options->argv[0], uv_strerror(status));
    uv_close((uv_handle_t *)&proc->uv, on_failed_closed);
    return NULL;
}

int proc_pid(const struct proc *proc)
{
    return uv_process_get_pid(&proc->uv);
}

int proc_kill(struct proc *proc, int number)
{
    if (proc->ended || uv_process_kill(&proc->uv, number) != 0)
        return -ERR_NOT_FOUND;
    return 0;
}

int proc_kill_group(struct proc *proc, int number)
{
    if (proc->ended || kill(-proc_pid(proc), number) != 0)
        return -ERR_NOT_FOUND;
    return 0;
}

void proc_describe(int status, int number, char *text, unsigned size)
{
    if (number != 0)
        snprintf(text, size, "killed by signal %d (%s)", number, strsignal(number));
    else
        snprintf(text, size, "exited with status %d", status);
}

void proc_end_orphans(bool (*is_ours)(void *arg, int pid), void *arg)
{
    char path[64];
    FILE *file;
    int pid;

    /* proc(5): the children of the main thread, which adopts. */
    snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
    file = fopen(path, "re");
    while (file != NULL && fscanf(file, "%d", &pid) == 1)
        if (!is_ours(arg, pid)) {
            (void)kill(pid, SIGKILL);
            (void)waitpid(pid, NULL, WNOHANG); /* 0: it is about to end */
        }
    if (file != NULL)
        fclose(file);
}

char *proc_beside(const char *name)
{
    char self[PATH_MAX], *slash;
    ssize_t size = readlink("/proc/self/exe", self, sizeof(self) - 1);

    self[size > 0 ? size : 0] = '\0';
    slash = strrchr(self, '/');
    return slash != NULL ? xprintf("%.*s/%s", (int)(slash - self), self, name) : NULL;
}
