/* worker.c - ray-worker: a process that a node starts to run tasks and actors.
 *
 *     ray-worker --node unix:/path --worker-id HEX [--session DIR]
 *
 * All of its work is in libray (lib/client), which it shares with the task libraries
 * that it loads: there is one runtime in the process. It dies with its node, by the
 * kernel's hand. What its functions have started stays below it (subreaper), whatever
 * session that is in, and comes to the node when it ends, which ends it. */
#include "lib/base/log.h"
#include "lib/client/worker_main.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* When the kernel runs out of memory it ends workers, not the daemons (proc(5)); the
 * number is Ray's. Where /proc is read-only it chooses by itself. */
static void offer_to_oom_killer(void)
{
    static const char first[] = "1000";
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

    if (fd < 0)
        return;
    if (write(fd, first, sizeof(first) - 1) < 0)
        log_debug("worker", "oom_score_adj: %s", strerror(errno));
    close(fd);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        { "node", required_argument, NULL, 'n' },
        { "worker-id", required_argument, NULL, 'w' },
        { "session", required_argument, NULL, 's' },
        { NULL, 0, NULL, 0 }
    };
    const char *node = NULL, *worker_id = NULL;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'n')
            node = optarg;
        else if (option == 'w')
            worker_id = optarg;
        else if (option != 's')
            return 2;
    }
    if (node == NULL || worker_id == NULL) {
        fprintf(stderr, "ray-worker is started by rayd, not by hand\n");
        return 2;
    }
    log_init(LOG_INFO);
    signal(SIGPIPE, SIG_IGN);
    offer_to_oom_killer();
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() == 1 ||
        prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
        return 1;
    return ray_worker_main(node, worker_id);
}
