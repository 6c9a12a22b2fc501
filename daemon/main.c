/* main.c - rayd: the daemon of a cluster.
 *
 *     rayd head --session DIR --cluster NAME [--host H] [--port N]
 *     rayd node --session DIR --head ADDRESS --name NAME [--host H] [--port N]
 *               [--is-head] [--resource NAME=AMOUNT]... [--label KEY=VALUE]...
 *               [--object-store-memory BYTES] [--object-spilling-directory DIR]
 *               [--object-spilling-limit BYTES] [--object-spilling-threshold PERCENT]
 *     rayd job FILE COMMAND: the parent of a job's command (runner.h)
 *     daemons:  [--log-max-size BYTES] [--log-max-age SECONDS]
 *               [--ready-fd N] [--die-with-fd N] [--ephemeral: removes the session at
 * its end]
 *
 * Started by rayctl and libray. When it serves, or cannot, one line goes to --ready-fd:
 * "ok" or "error: ...". It stops in good order on SIGTERM and SIGINT, and when
 * --die-with-fd reads its end, which is how it goes with the program that it belongs
 * to. A node adopts the orphans of its children (subreaper), so that nothing outlives
 * it unseen. */
#include "daemon/defaults.h"
#include "daemon/head/head.h"
#include "daemon/node/node.h"
#include "daemon/runner.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/resources.h"
#include "lib/net/loop.h"
#include "lib/net/session.h"
#include "lib/net/session_watch.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum { DRAIN_MS = 2000 };

struct rayd {
    struct loop *loop;
    struct loop_watch *life;
    struct session_watch *home;
    struct head *head;
    struct node *node;
    const char *session;
    char role[SESSION_ROLE_MAX];
    int ready_fd, life_fd;
    bool stopping, failed;
    bool ephemeral; /* the session ends with this process */
    struct offers_none none;
    struct log_bounds logs; /* 0: the default */
    struct head_options head_options;
    struct node_options node_options;
};

static void say_ready(struct rayd *rayd, const struct error *err)
{
    char line[ERROR_TEXT_MAX + 16];
    int size;

    if (err != NULL) {
        rayd->failed = true;
        log_error("rayd", "%s", err->text);
    }
    if (rayd->ready_fd < 0)
        return;
    size = err == NULL ? snprintf(line, sizeof(line), "ok\n")
                       : snprintf(line, sizeof(line), "error: %s\n", err->text);
    if (write(rayd->ready_fd, line, (size_t)size) != size)
        log_warn("rayd", "whoever started this does not listen: %s", strerror(errno));
    close(rayd->ready_fd);
    rayd->ready_fd = -1;
}

static void on_stopped(void *arg)
{
    struct rayd *rayd = arg;
    loop_stop(rayd->loop);
}

static void stop(void *arg)
{
    struct rayd *rayd = arg;

    if (rayd->stopping)
        return;
    rayd->stopping = true;
    log_info("rayd", "stopping");
    if (rayd->node != NULL)
        node_stop(rayd->node, on_stopped, rayd);
    else
        head_stop(rayd->head, on_stopped, rayd);
}

static void on_session_gone(void *arg)
{
    struct rayd *rayd = arg;

    if (!rayd->stopping)
        log_error("rayd", "%s was deleted: nobody can reach this daemon any more",
                  rayd->session);
    stop(rayd);
}

/* One that ends with its parent is found in any case, and must end at once: closing an
 * inotify instance takes 15 ms. */
static void watch_session(struct rayd *rayd)
{
    char *name = xprintf("%s.sock", rayd->role);
    const struct session_watch_options options = { rayd->loop, rayd->session, name,
                                                   on_session_gone, rayd };

    if (rayd->life_fd < 0)
        rayd->home = session_watch_create(&options);
    free(name);
}

static void on_life(void *arg, int events)
{
    struct rayd *rayd = arg;
    char byte;

    (void)events;
    if (read(rayd->life_fd, &byte, 1) > 0)
        return;
    loop_watch_set(rayd->life, 0);
    stop(rayd);
}

static void on_node_ready(void *arg, const struct error *err)
{
    struct rayd *rayd = arg;
    struct error why;

    if (err == NULL &&
        session_write_pid(rayd->session, rayd->role, getpid(), &why) != 0)
        err = &why;
    if (err == NULL)
        watch_session(rayd);
    say_ready(rayd, err);
    if (err != NULL)
        stop(rayd);
}

static void on_child(void *arg)
{
    struct rayd *rayd = arg;

    if (rayd->node != NULL)
        node_on_child(rayd->node);
    if (rayd->head != NULL)
        head_on_child(rayd->head);
}

static int start_node(struct rayd *rayd, struct error *err)
{
    struct node_options *options = &rayd->node_options;
    int status;

    options->session = rayd->session;
    options->logs = defaults_logs(rayd->session, &rayd->logs);
    status = defaults_fill(options, &rayd->none, err);

    if (status != 0)
        return status;
    if (options->head == NULL || options->name == NULL)
        return fail(err, ERR_USAGE, "rayd node needs --head and --name");
    snprintf(rayd->role, sizeof(rayd->role), "node-%.80s", options->name);
    rayd->node = node_create(rayd->loop, options, on_node_ready, rayd, err);
    return rayd->node != NULL ? 0 : -(int)err->code;
}

static int start_head(struct rayd *rayd, struct error *err)
{
    struct head_options *options = &rayd->head_options;

    if (options->cluster == NULL)
        return fail(err, ERR_USAGE, "rayd head needs --cluster");
    snprintf(rayd->role, sizeof(rayd->role), "head");
    options->session = rayd->session;
    options->logs = defaults_logs(rayd->session, &rayd->logs);
    rayd->head = head_create(rayd->loop, options, err);
    if (rayd->head == NULL)
        return -(int)err->code;
    if (session_write_pid(rayd->session, rayd->role, getpid(), err) != 0)
        return -(int)err->code;
    log_info("rayd", "head serves address=%s", head_address(rayd->head));
    watch_session(rayd);
    say_ready(rayd, NULL);
    return 0;
}

static int add_resource(struct resources *set, const char *text, struct error *err)
{
    const char *equals = strchr(text, '=');
    int64_t amount;
    int status;

    if (equals == NULL)
        return fail(err, ERR_USAGE, "--resource %s: expected NAME=AMOUNT", text);
    status = resources_parse_amount(slice(equals + 1), &amount, err);
    if (status == 0 &&
        resources_set(set, slice_of(text, (size_t)(equals - text)), amount) != 0)
        status = fail(err, ERR_USAGE, "--resource %s: no such name", text);
    return status != 0 ? wrap(err, "--resource %s", text) : 0;
}

static int add_label(struct node_options *options, const char *text, struct error *err)
{
    if (strchr(text, '=') == NULL || options->labels_count >= NODE_LABELS_MAX)
        return fail(err, ERR_USAGE,
                    "--label %s: expected KEY=VALUE, at most %d of them", text,
                    NODE_LABELS_MAX);
    options->labels[options->labels_count++] = text;
    return 0;
}

static int take_number(const char *name, const char *text, int64_t most, int64_t *value,
                       struct error *err)
{
    char *end;

    errno = 0;
    *value = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || *value < 0 || *value > most)
        return fail(err, ERR_USAGE, "--%s %s: expected a number of 0 to %lld", name,
                    text, (long long)most);
    return 0;
}

static const struct option long_options[] = {
    { "session", required_argument, NULL, 's' },
    { "cluster", required_argument, NULL, 'c' },
    { "host", required_argument, NULL, 'H' },
    { "port", required_argument, NULL, 'p' },
    { "head", required_argument, NULL, 'a' },
    { "name", required_argument, NULL, 'n' },
    { "is-head", no_argument, NULL, 'i' },
    { "resource", required_argument, NULL, 'r' },
    { "label", required_argument, NULL, 'l' },
    { "object-store-memory", required_argument, NULL, 'o' },
    { "object-spilling-directory", required_argument, NULL, 'S' },
    { "object-spilling-limit", required_argument, NULL, 'L' },
    { "object-spilling-threshold", required_argument, NULL, 'T' },
    { "log-max-size", required_argument, NULL, 'z' },
    { "log-max-age", required_argument, NULL, 'A' },
    { "ephemeral", no_argument, NULL, 'e' },
    { "ready-fd", required_argument, NULL, 'R' },
    { "die-with-fd", required_argument, NULL, 'D' },
    { NULL, 0, NULL, 0 },
};

static int take_descriptor(const char *name, int *fd, struct error *err)
{
    int64_t number;
    int status = take_number(name, optarg, 65535, &number, err);

    *fd = (int)number;
    return status;
}

static int take_age(struct rayd *rayd, struct error *err)
{
    int64_t seconds;
    int status =
        take_number("log-max-age", optarg, INT64_MAX / NS_PER_S, &seconds, err);

    rayd->logs.age = seconds * NS_PER_S;
    return status;
}

static int take_option(struct rayd *rayd, int option, struct error *err)
{
    int64_t number;
    int status = 0;

    switch (option) {
    case 's':
        rayd->session = optarg;
        break;
    case 'c':
        rayd->head_options.cluster = optarg;
        break;
    case 'H':
        rayd->head_options.host = rayd->node_options.host = optarg;
        break;
    case 'p':
        status = take_number("port", optarg, 65535, &number, err);
        rayd->head_options.port = rayd->node_options.port = (int)number;
        break;
    case 'a':
        rayd->node_options.head = optarg;
        break;
    case 'n':
        rayd->node_options.name = optarg;
        break;
    case 'i':
        rayd->node_options.is_head = true;
        break;
    case 'r':
        rayd->none.cpus |= strcmp(optarg, "CPU=0") == 0;
        rayd->none.gpus |= strcmp(optarg, "GPU=0") == 0;
        return add_resource(&rayd->node_options.resources, optarg, err);
    case 'l':
        return add_label(&rayd->node_options, optarg, err);
    case 'o':
        return take_number("object-store-memory", optarg, INT64_MAX / RESOURCE_UNIT,
                           &rayd->node_options.store_limit, err);
    case 'S':
        rayd->node_options.spill_folder = optarg;
        break;
    case 'L':
        return take_number("object-spilling-limit", optarg, INT64_MAX,
                           &rayd->node_options.spill_limit, err);
    case 'T':
        return take_number("object-spilling-threshold", optarg, 100,
                           &rayd->node_options.spill_threshold, err);
    case 'z':
        return take_number("log-max-size", optarg, INT64_MAX, &rayd->logs.size, err);
    case 'A':
        return take_age(rayd, err);
    case 'e':
        rayd->ephemeral = rayd->head_options.is_ephemeral = true;
        break;
    case 'R':
        return take_descriptor("ready-fd", &rayd->ready_fd, err);
    case 'D':
        return take_descriptor("die-with-fd", &rayd->life_fd, err);
    default:
        return fail(err, ERR_USAGE, "unknown option; rayd is started by rayctl");
    }
    return status;
}

static int take_options(struct rayd *rayd, int argc, char **argv, struct error *err)
{
    int option, status = 0;

    while (status == 0 &&
           (option = getopt_long(argc, argv, "", long_options, NULL)) != -1)
        status = take_option(rayd, option, err);
    if (status == 0 && (optind + 1 != argc || (strcmp(argv[optind], "head") != 0 &&
                                               strcmp(argv[optind], "node") != 0)))
        status = fail(err, ERR_USAGE, "usage: rayd head|node --session DIR ...");
    if (status == 0 && rayd->session == NULL)
        status = fail(err, ERR_USAGE, "--session is missing");
    return status;
}

/* Every connection is a descriptor, every segment one, every channel three on their way
 * through. */
static void raise_limits(void)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == files.rlim_max)
        return;
    files.rlim_cur = files.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &files) != 0)
        log_warn("rayd", "setrlimit: %s", strerror(errno));
}

/* Removes the session when its nodes have gone, too: they have the same reason to. */
static void remove_session(const struct rayd *rayd)
{
    int64_t deadline = clock_now() + DRAIN_MS * NS_PER_MS;
    struct session_process *processes;
    struct error err;
    int left;

    do {
        const struct timespec pause = { .tv_nsec = 10 * NS_PER_MS };
        left = session_processes(rayd->session, &processes, NULL);
        session_free(processes, left > 0 ? left : 0);
        if (left > 0)
            nanosleep(&pause, NULL);
    } while (left > 0 && clock_now() < deadline);
    if (session_remove(rayd->session, &err) != 0)
        log_warn("rayd", "%s", err.text);
}

static void run(struct rayd *rayd)
{
    bool never = false;

    loop_run(rayd->loop);
    loop_run_until(rayd->loop, &never, clock_now() + DRAIN_MS * NS_PER_MS);
    session_remove_pid(rayd->session, rayd->role);
    if (rayd->node != NULL)
        node_destroy(rayd->node);
    if (rayd->head != NULL)
        head_destroy(rayd->head);
}

int main(int argc, char **argv)
{
    struct rayd rayd = { .ready_fd = -1, .life_fd = -1 };
    struct error err;
    int status;

    if (argc == 4 && strcmp(argv[1], "job") == 0)
        return runner_main(argv[2], argv[3]);
    log_init(LOG_INFO);
    signal(SIGPIPE, SIG_IGN);
    raise_limits();
    rayd.loop = loop_create();
    loop_on_signal(rayd.loop, SIGTERM, stop, &rayd);
    loop_on_signal(rayd.loop, SIGINT, stop, &rayd);
    loop_on_signal(rayd.loop, SIGCHLD, on_child, &rayd);
    status = take_options(&rayd, argc, argv, &err);
    if (status == 0 && prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
        status = fail(&err, ERR_IO, "prctl: %s", strerror(errno));
    if (status == 0 && strcmp(argv[optind], "node") == 0) {
        status = start_node(&rayd, &err);
    } else if (status == 0) {
        status = start_head(&rayd, &err);
    }
    if (status != 0) {
        say_ready(&rayd, &err);
        return error_exit_status(err.code);
    }
    if (rayd.life_fd >= 0) {
        rayd.life = loop_watch_create(rayd.loop, rayd.life_fd, on_life, &rayd);
        loop_watch_set(rayd.life, LOOP_READABLE);
    }
    run(&rayd);
    if (rayd.ephemeral)
        remove_session(&rayd);
    session_watch_destroy(rayd.home);
    loop_watch_destroy(rayd.life);
    resources_finish(&rayd.node_options.resources);
    loop_destroy(rayd.loop);
    return rayd.failed ? 1 : 0;
}
