/* daemon.c - fork, move descriptors into place, exec, read one line.
 *
 * Between fork and exec only async-signal-safe functions are called, since the caller
 * may have threads. */
#include "lib/net/daemon.h"

#include "lib/net/tail.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOVED_FD = 10, INHERITED_MAX = 1024 };

static void become(const struct daemon_options *options, int ready, int log)
{
    int null = open("/dev/null", O_RDONLY), life = -1;
    sigset_t none;

    /* Out of the way of 3 and 4 first. */
    ready = fcntl(ready, F_DUPFD, MOVED_FD);
    log = fcntl(log, F_DUPFD, MOVED_FD);
    if (options->life_fd >= 0)
        life = fcntl(options->life_fd, F_DUPFD, MOVED_FD);
    if (null < 0 || ready < 0 || dup2(null, 0) < 0 || dup2(log, 1) < 0 ||
        dup2(log, 2) < 0 || dup2(ready, DAEMON_READY_FD) < 0)
        _exit(127);
    if (options->life_fd >= 0 && dup2(life, DAEMON_LIFE_FD) < 0)
        _exit(127);
    for (int fd = options->life_fd >= 0 ? DAEMON_LIFE_FD + 1 : DAEMON_READY_FD + 1;
         fd < INHERITED_MAX; fd++)
        close(fd);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setsid(); /* Ctrl-C at the starter's terminal is the starter's business */
    execvp(options->argv[0], (char *const *)(uintptr_t)options->argv);
    _exit(127);
}

/* Reads the child's one line. */
static int await_ready(int fd, const struct daemon_options *options, struct error *err)
{
    struct pollfd wait = { .fd = fd, .events = POLLIN };
    char line[ERROR_TEXT_MAX] = "", last[ERROR_TEXT_MAX / 2];
    ssize_t got = 0;
    const char *why = line;

    if (poll(&wait, 1, DAEMON_READY_MS) == 1)
        got = read(fd, line, sizeof(line) - 1);
    line[got > 0 ? strcspn(line, "\n") : 0] = '\0';
    if (strcmp(line, "ok") == 0)
        return 0;
    if (strncmp(line, "error: ", 7) == 0)
        why = line + 7;
    if (line[0] == '\0') {
        tails_last_lines(options->log_path, 1, last, sizeof(last));
        last[strcspn(last, "\n")] = '\0';
        why = last[0] != '\0' ? last : "it ended at once; is it installed?";
    }
    return fail(err, ERR_FAILED, "%s %s: %s", options->argv[0], options->argv[1], why);
}

int daemon_start(const struct daemon_options *options, pid_t *pid, struct error *err)
{
    int log = open(options->log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    int ready[2] = { -1, -1 }, status;

    if (log < 0 || pipe2(ready, O_CLOEXEC) != 0) {
        status = fail(err, ERR_IO, "%s: %s", options->log_path, strerror(errno));
        if (log >= 0)
            close(log);
        return status;
    }
    *pid = fork();
    if (*pid == 0)
        become(options, ready[1], log);
    close(ready[1]);
    close(log);
    status = *pid < 0 ? fail(err, ERR_IO, "fork: %s", strerror(errno))
                      : await_ready(ready[0], options, err);
    if (status != 0 && *pid > 0) {
        kill(*pid, SIGKILL);
        waitpid(*pid, NULL, 0);
    }
    close(ready[0]);
    return status;
}
