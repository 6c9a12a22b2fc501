/* runner.c - what the command has started is below us (subreaper) and ends with it; how
 * a command has ended is on disk before its parent ends, so that a head which is
 * started again knows it, too.
 *
 * SIGTERM and SIGINT are for the command, which is in our process group: we outlive it.
 * Only SIGKILL leaves no word. */
#include "daemon/runner.h"

#include "lib/net/proc.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void ignore(int number)
{
    (void)number;
}

/* Not SIG_IGN, which the command would inherit. */
static void outlive(int number)
{
    const struct sigaction action = { .sa_handler = ignore, .sa_flags = SA_RESTART };

    (void)sigaction(number, &action, NULL); /* fails for numbers that there are not */
}

static void write_end(const char *ended, int status, int number)
{
    char path[4096];
    FILE *file;
    bool is_whole;

    if ((size_t)snprintf(path, sizeof(path), "%s.new", ended) >= sizeof(path))
        return;
    file = fopen(path, "we");
    if (file == NULL)
        return; /* a head that lives hears it from the kernel */
    is_whole = fprintf(file, "%d %d\n", status, number) > 0;
    is_whole &= fclose(file) == 0;
    if (!is_whole || rename(path, ended) != 0)
        (void)unlink(path);
}

static bool nobody(void *arg, int pid)
{
    (void)arg;
    (void)pid;
    return false;
}

/* Waits for one of those that the command has left; false when there is none. */
static bool end_orphans(void)
{
    proc_end_orphans(nobody, NULL);
    return waitpid(-1, NULL, 0) > 0 || errno == EINTR;
}

int runner_main(const char *ended, const char *command)
{
    const struct rlimit none = { 0, 0 };
    int how = 0, status, number;
    pid_t child;

    outlive(SIGTERM);
    outlive(SIGINT);
    outlive(SIGHUP);
    child = fork();
    if (child == 0) {
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    if (child < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) {
        fprintf(stderr, "fork: %s\n", strerror(errno));
        return 126;
    }
    while (waitpid(child, &how, 0) < 0 && errno == EINTR)
        continue;
    status = WIFEXITED(how) ? WEXITSTATUS(how) : 0;
    number = WIFSIGNALED(how) ? WTERMSIG(how) : 0;
    while (end_orphans())
        continue;
    write_end(ended, status, number);
    if (number != 0) {
        (void)setrlimit(RLIMIT_CORE, &none); /* the command has left its own */
        (void)signal(number, SIG_DFL);
        (void)raise(number);
    }
    return status;
}
