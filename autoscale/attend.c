/* attend.c - pidfds and a signalfd under one poll(). */
#include "autoscale/attend.h"

#include "lib/net/session.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* A descriptor that becomes readable with SIGTERM or SIGINT. */
static int open_signals(struct error *err)
{
    sigset_t set;
    int fd;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return fail(err, ERR_IO, "sigprocmask: %s", strerror(errno));
    fd = signalfd(-1, &set, SFD_CLOEXEC);
    return fd >= 0 ? fd : fail(err, ERR_IO, "signalfd: %s", strerror(errno));
}

static int pidfd_of(const struct session_process *processes, int found,
                    const char *role)
{
    for (int i = 0; i < found; i++)
        if (strcmp(processes[i].role, role) == 0)
            return processes[i].pidfd;
    return -1;
}

/* waits[0] is for signals, waits[1 + i] for role i. */
static int wait_for_end(struct pollfd *waits, const struct attend *attend,
                        const char *session, struct error *err)
{
    int status;

    do
        status = poll(waits, (nfds_t)(attend->count + 1), -1);
    while (status < 0 && errno == EINTR);
    if (status < 0)
        return fail(err, ERR_IO, "poll: %s", strerror(errno));
    for (size_t i = 0; waits[0].revents == 0 && i < attend->count; i++)
        if (waits[1 + i].revents != 0)
            return fail(err, ERR_CLOSED, "%s has ended; its log: %s/logs/%s.log",
                        attend->roles[i], session, attend->roles[i]);
    return 0;
}

int attend(const struct attend *attend, struct error *err)
{
    struct session_process *processes = NULL;
    struct pollfd waits[ATTEND_MAX + 1] = { { .fd = -1 } };
    char session[SESSION_PATH_MAX];
    int found = 0, status = session_path(attend->cluster, session, false, err);

    if (status == 0)
        found = status = session_processes(session, &processes, err);
    if (status < 0)
        return status;
    waits[0] = (struct pollfd){ open_signals(err), POLLIN, 0 };
    status = waits[0].fd >= 0 ? 0 : -(int)err->code;
    for (size_t i = 0; status == 0 && i < attend->count; i++) {
        int fd = pidfd_of(processes, found, attend->roles[i]);
        waits[1 + i] = (struct pollfd){ fd, POLLIN, 0 };
        if (fd < 0)
            status =
                fail(err, ERR_CLOSED, "%s has ended already; its log: %s/logs/%s.log",
                     attend->roles[i], session, attend->roles[i]);
    }
    if (status == 0)
        status = wait_for_end(waits, attend, session, err);
    if (waits[0].fd >= 0)
        close(waits[0].fd);
    session_free(processes, found);
    return status;
}
