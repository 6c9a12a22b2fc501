/* proc.h - child processes of the loop. */
#pragma once

#include "lib/base/error.h"

#include <stdbool.h>

struct loop;
struct proc;

struct proc_options {
    const char *const *argv; /* NULL-terminated; argv[0] is searched in PATH */
    const char *const *env;  /* "NAME=value", NULL-terminated; NULL: ours */
    const char *cwd;         /* NULL: ours */
    int out, err;     /* descriptors for stdout and stderr, borrowed; -1: /dev/null */
    bool new_session; /* setsid: leads a process group of its own */
};

/* How it ended: `signal` is 0 when it exited with `status`. */
typedef void proc_exit(void *arg, int status, int signal);

/* Starts it; NULL on error (-ERR_NOT_FOUND no such program, -ERR_IO else). stdin is
 * /dev/null. on_exit runs exactly once, later; the proc is freed after it. */
struct proc *proc_spawn(struct loop *loop, const struct proc_options *options,
                        proc_exit *on_exit, void *arg, struct error *err);
int proc_pid(const struct proc *proc);
/* -ERR_NOT_FOUND when it has ended. */
int proc_kill(struct proc *proc, int signal);
/* Signals the whole process group (new_session only). */
int proc_kill_group(struct proc *proc, int signal);
/* "exited with status 3", "killed by signal 9 (Killed)". */
void proc_describe(int status, int signal, char *text, unsigned size);
/* Kills and reaps those children of this process that is_ours() does not know: orphans
 * that a subreaper inherits when a child of its own has ended. What they leave comes to
 * us in turn: call it whenever a child has ended. */
void proc_end_orphans(bool (*is_ours)(void *arg, int pid), void *arg);
/* "<folder of this program>/<name>", the caller's; NULL when that is not known. */
char *proc_beside(const char *name);
