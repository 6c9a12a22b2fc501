/* automl_main.c - the client: finds the service by name (or starts it), submits a data
 * set, watches, prints the leaderboard.
 *
 * The leaderboard goes to stdout, all else to stderr. Ctrl-C takes the request back.
 * Exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted. */
#include <ray.h>

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "automl_error.h"
#include "board.h"
#include "dataset.h"
#include "evaluate.h"
#include "holdout.h"
#include "report.h"
#include "request.h"

#define LOOK_MS 100
#define TALK_SECONDS 2
#define FORGET_MS 5000
#define BOARD_LINES 10
#define INTERRUPTED 130
#define SERVICE_DIED 131 /* under a request, which can be given to another */
#define SERVICES_MAX 3

struct client {
    const char *data, *json, *model, *check_model, *address, *namespace_;
    struct request request;
    bool plain, quiet, stop;
    struct ray_actor *proxy;
    char id[64]; /* "" without a request */
};

static volatile sig_atomic_t is_interrupted;

static void on_signal(int number)
{
    (void)number;
    is_interrupted = 1;
}

/* Once: a second Ctrl-C ends the program as usual. */
static void catch_signals(void)
{
    const struct sigaction action = { .sa_handler = on_signal,
                                      .sa_flags = SA_RESETHAND };

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

static int complain(const char *what, const char *why)
{
    fprintf(stderr, "automl: %s: %s\n", what, why);
    return 1;
}

static int fail_call(const char *what, const struct ray_error *err)
{
    if (err->code == RAY_ACTOR_DIED || err->code == RAY_ACTOR_UNAVAILABLE)
        return SERVICE_DIED;
    return complain(what, err->text);
}

/* automl.so beside this program. */
static int connect_cluster(const struct client *client)
{
    char library[PATH_MAX];
    struct ray_options options = { .address = client->address,
                                   .library = library,
                                   .namespace_ = client->namespace_ };
    struct ray_error err;
    ssize_t size = readlink("/proc/self/exe", library, sizeof(library) - 4);

    if (size < 0)
        return complain("/proc/self/exe", strerror(errno));
    memcpy(library + size, ".so", 4);
    return ray_init(&options, &err) == 0 ? 0 : complain("connect", err.text);
}

static int find_proxy(struct client *client)
{
    const struct ray_actor_options options = { .name = AUTOML_PROXY,
                                               .namespace_ = client->namespace_,
                                               .get_if_exists = true,
                                               .detached = true };
    struct ray_error err;

    client->proxy = ray_actor_create("proxy", RAY_ARGS(ray_string(client->namespace_)),
                                     &options, &err);
    return client->proxy ? 0 : complain("service", err.text);
}

static int submit(struct client *client, const struct dataset *set)
{
    char options[REQUEST_TEXT];
    size_t size = dataset_packed_size(set);
    void *bytes = aligned_alloc(8, (size + 7) / 8 * 8);
    struct automl_error why;
    struct ray_error err;
    struct ray_value value;
    struct ray_ref *ref;
    int status;

    if (!bytes || dataset_pack(set, bytes, size, &why) < 0) {
        free(bytes);
        return complain(client->data, bytes ? why.text : "out of memory");
    }
    request_format(&client->request, options);
    ref = ray_call(client->proxy, "submit",
                   RAY_ARGS(ray_bytes(bytes, size), ray_string(options)), NULL, &err);
    free(bytes);
    status = ref ? ray_get(ref, &value, -1, &err) : -1;
    if (status == 0)
        snprintf(client->id, sizeof(client->id), "%s",
                 (const char *)value.as.bytes.data);
    ray_release(ref);
    return status == 0 ? 0 : fail_call("submit", &err);
}

/* A report, by the method "status" or "result". */
static int ask(const struct client *client, const char *method, struct report *report)
{
    struct automl_error why;
    struct ray_error err;
    struct ray_value value;
    struct ray_ref *ref =
        ray_call(client->proxy, method, RAY_ARGS(ray_string(client->id)), NULL, &err);
    int status = ref ? ray_get(ref, &value, -1, &err) : -1;

    if (status != 0)
        status = fail_call(method, &err);
    else if (report_open(report, value.as.bytes.data, value.as.bytes.size, &why) < 0)
        status = complain(method, why.text);
    ray_release(ref);
    return status;
}

/* Says how the request stands, on a terminal at every look, else now and then. */
static void talk(const struct client *client, const struct report *report,
                 double *talked)
{
    bool is_terminal = isatty(STDERR_FILENO);

    if (client->quiet || report->trials == 0)
        return;
    if (is_terminal || report->seconds - *talked > TALK_SECONDS) {
        board_progress(stderr, report, is_terminal);
        *talked = report->seconds;
    }
}

/* Looks again and again until the request has ended. */
static int watch(const struct client *client)
{
    const struct timespec pause = { .tv_nsec = LOOK_MS * 1000000L };
    struct report report = { .state = REPORT_QUEUED };
    bool has_ended = false;
    double talked = 0;
    int status = 0;

    while (!has_ended && status == 0) {
        status = is_interrupted ? INTERRUPTED : ask(client, "status", &report);
        has_ended = report.state == REPORT_DONE || report.state == REPORT_FAILED;
        if (status != 0 || has_ended)
            continue;
        talk(client, &report, &talked);
        report_finish(&report);
        nanosleep(&pause, NULL);
    }
    if (!client->quiet && isatty(STDERR_FILENO))
        fprintf(stderr, "\r\033[K");
    if (status == 0 && report.state == REPORT_FAILED)
        status = complain("search", report.message);
    report_finish(&report);
    return status;
}

static int save(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wbe");
    bool good = file && fwrite(bytes, 1, size, file) == size;

    if (file && fclose(file) != 0)
        good = false;
    return good ? 0 : complain(path, strerror(errno));
}

static int save_json(const struct client *client, const char *name,
                     const struct report *report)
{
    FILE *file = fopen(client->json, "we");

    if (!file)
        return complain(client->json, strerror(errno));
    board_json(file, name, report);
    return fclose(file) == 0 ? 0 : complain(client->json, strerror(errno));
}

static int save_model(const struct client *client)
{
    struct ray_error err;
    struct ray_value value;
    struct ray_ref *ref =
        ray_call(client->proxy, "model", RAY_ARGS(ray_string(client->id)), NULL, &err);
    int status = ref ? ray_get(ref, &value, -1, &err) : -1;

    if (status == 0)
        status = save(client->model, value.as.bytes.data, value.as.bytes.size);
    else
        status = complain("model", err.text);
    ray_release(ref);
    return status;
}

static void print(const struct client *client, const struct dataset *set,
                  const struct report *report)
{
    printf("%s: %" PRIu32 " rows, %" PRIu32 " features, %" PRIu32 " classes\n",
           set->name, set->rows, set->features, set->classes);
    board_print(stdout, report, client->plain ? UINT_MAX : BOARD_LINES, client->plain);
    if (report->count > 0)
        printf("winner: %s\n", report->lines[0].text);
    printf("accuracy on the hold-out: %.4f (%" PRIu32 " of %" PRIu32 ")\n",
           evaluate_score(&report->holdout), report->holdout.correct,
           report->holdout.total);
    if (!client->plain)
        printf("%" PRIu32 " trials in %.1f s, %" PRIu32 " of them run again\n",
               report->trials, report->seconds, report->retried);
}

static void forget(const struct client *client)
{
    struct ray_value nothing;
    struct ray_ref *ref =
        ray_call(client->proxy, "forget", RAY_ARGS(ray_string(client->id)), NULL, NULL);

    if (ref)
        ray_get(ref, &nothing, FORGET_MS, NULL);
    ray_release(ref);
}

static int search(struct client *client, const struct dataset *set,
                  struct report *report)
{
    int status = submit(client, set);

    if (status == 0)
        status = watch(client);
    if (status == 0)
        status = ask(client, "result", report);
    return status;
}

/* Once more with another service when it dies under the request: the seed decides what
 * comes out. */
static int search_anyhow(struct client *client, const struct dataset *set,
                         struct report *report)
{
    int status = search(client, set, report);

    for (int i = 1; i < SERVICES_MAX && status == SERVICE_DIED; i++) {
        fprintf(stderr, "automl: the service died; the request goes to another\n");
        ray_actor_release(client->proxy);
        client->id[0] = '\0';
        status = find_proxy(client);
        if (status == 0)
            status = search(client, set, report);
    }
    return status == SERVICE_DIED ? complain("service", "it has died too often")
                                  : status;
}

static int serve_request(struct client *client, const struct dataset *set)
{
    struct report report = { 0 };
    int status = search_anyhow(client, set, &report);

    if (status == 0) {
        print(client, set, &report);
        if (client->json)
            status = save_json(client, set->name, &report);
        if (status == 0 && client->model)
            status = save_model(client);
    }
    report_finish(&report);
    if (client->proxy && client->id[0])
        forget(client);
    return status;
}

/* Ends the service; requests that run still end with it. */
static int stop_service(const struct client *client)
{
    struct ray_error err;
    struct ray_actor *proxy = ray_actor_get(AUTOML_PROXY, client->namespace_, &err);
    int status;

    if (!proxy)
        return complain("service", err.text);
    status = ray_actor_kill(proxy, true, &err);
    ray_actor_release(proxy);
    return status == 0 ? 0 : complain("service", err.text);
}

static int check_model(const struct client *client, const struct dataset *set)
{
    struct holdout_result result;
    struct automl_error err;
    char text[CANDIDATE_TEXT];

    if (holdout_check(client->check_model, set, &client->request.plan, &result, &err) <
        0)
        return complain("model", err.text);
    candidate_format(&result.candidate, text);
    printf("model: %s\naccuracy on the hold-out: %.4f (%" PRIu32 " of %" PRIu32 ")\n",
           text, evaluate_score(&result.tally), result.tally.correct,
           result.tally.total);
    return 0;
}

static const struct option options[] = {
    { "data", required_argument, NULL, 'd' },
    { "seed", required_argument, NULL, 's' },
    { "candidates", required_argument, NULL, 'c' },
    { "heavy", no_argument, NULL, 'h' },
    { "json", required_argument, NULL, 'j' },
    { "model", required_argument, NULL, 'm' },
    { "address", required_argument, NULL, 'a' },
    { "namespace", required_argument, NULL, 'n' },
    { "plain", no_argument, NULL, 'p' },
    { "quiet", no_argument, NULL, 'q' },
    { "stop", no_argument, NULL, 'S' },
    { "check-model", required_argument, NULL, 'k' },
    { NULL, 0, NULL, 0 },
};

static bool take_number(const char *text, uint64_t most, uint64_t *number)
{
    char *end;

    errno = 0;
    *number = strtoull(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && *number <= most;
}

static bool take_option(struct client *client, int option)
{
    uint64_t number = 0;

    switch (option) {
    case 'd':
        client->data = optarg;
        break;
    case 's':
        if (!take_number(optarg, INT64_MAX, &number))
            return false;
        client->request.setup.seed = client->request.plan.seed = number;
        break;
    case 'c':
        if (!take_number(optarg, SEARCH_MAX_CANDIDATES, &number) || number == 0)
            return false;
        client->request.setup.candidates = (uint32_t)number;
        if (client->request.setup.rounds > number)
            client->request.setup.rounds = (uint32_t)number;
        break;
    case 'h':
        client->request.heavy = true;
        break;
    case 'j':
        client->json = optarg;
        break;
    case 'm':
        client->model = optarg;
        break;
    case 'a':
        client->address = optarg;
        break;
    case 'n':
        client->namespace_ = optarg;
        break;
    case 'p':
        client->plain = true;
        break;
    case 'q':
        client->quiet = true;
        break;
    case 'S':
        client->stop = true;
        break;
    case 'k':
        client->check_model = optarg;
        break;
    default:
        return false;
    }
    return true;
}

static int usage(void)
{
    fprintf(stderr,
            "usage: automl --data FILE.csv [--seed N] [--candidates N] [--heavy] "
            "[--json FILE]\n              [--model FILE] [--plain] [--quiet] "
            "[--address A] [--namespace N]\n"
            "       automl --data FILE.csv --check-model FILE [--seed N]\n"
            "       automl --stop [--address A] [--namespace N]\n");
    return 2;
}

static int use_service(struct client *client, const struct dataset *set)
{
    int status = connect_cluster(client);

    if (status != 0)
        return status;
    if (client->stop) {
        status = stop_service(client);
    } else {
        catch_signals();
        status = find_proxy(client);
        if (status == 0)
            status = serve_request(client, set);
        ray_actor_release(client->proxy);
    }
    ray_shutdown();
    return status;
}

int main(int argc, char **argv)
{
    struct client client = { .namespace_ = AUTOML_NAMESPACE };
    struct automl_error err;
    struct dataset set = { 0 };
    int option, status;

    request_usual(&client.request, 1);
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
        if (!take_option(&client, option))
            return usage();
    if (optind < argc || !client.data == !client.stop)
        return usage();
    if (client.data && dataset_load(&set, client.data, &err) < 0)
        return complain("data", err.text);
    if (client.check_model)
        status = check_model(&client, &set);
    else
        status = use_service(&client, &set);
    dataset_finish(&set);
    return status;
}
