/* provider_local.c - machines that are there already, reached by SSH: a head and the
 * workers of `provider: {head_ip, worker_ips}`.
 *
 * The head first, then all workers at once, each in a thread of libuv's pool (raised to
 * POOL_SIZE). What a machine is doing is posted to the caller's loop. */
#include "autoscale/bring_up.h"
#include "autoscale/cluster.h"
#include "autoscale/provider.h"
#include "autoscale/reach.h"
#include "lib/base/buf.h"
#include "lib/base/digest.h"
#include "lib/base/mem.h"
#include "lib/net/loop.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WHAT_MAX = 512, FAILED_MAX = 256 };
static const char pool_size[] = "128"; /* machines at once */

struct crew {
    struct loop *loop;
    const struct provider_run *run;
    struct bring_up plan;
    const struct cluster *cluster;
    bool is_down; /* taking down */
    size_t busy;
    bool idle;
    struct hand *hands; /* [0] is the head */
    size_t count;
};

/* One machine. */
struct hand {
    struct crew *crew;
    struct reach reach;
    struct machine machine;
    struct error err; /* code 0: it went well */
};

struct saying {
    struct hand *hand;
    char what[WHAT_MAX];
};

static void deliver(void *arg)
{
    struct saying *saying = arg;
    const struct provider_run *run = saying->hand->crew->run;

    run->on_node(run->arg, saying->hand->machine.host, saying->what);
    free(saying);
}

/* On the thread of a machine. */
static void on_say(void *arg, const char *what)
{
    struct hand *hand = arg;
    struct saying *saying = xalloc(sizeof(*saying));

    saying->hand = hand;
    snprintf(saying->what, sizeof(saying->what), "%s", what);
    loop_post(hand->crew->loop, deliver, saying);
}

static void on_finished(void *arg)
{
    struct crew *crew = ((struct hand *)arg)->crew;

    crew->idle = --crew->busy == 0;
}

/* Errors of SSH begin with the machine, for those who talk to but one. */
static const char *without_host(const struct hand *hand)
{
    const char *text = hand->err.text;
    size_t size = strlen(hand->machine.host);

    if (strncmp(text, hand->machine.host, size) == 0 &&
        strncmp(text + size, ": ", 2) == 0)
        text += size + 2;
    return text;
}

static void serve(struct hand *hand)
{
    struct crew *crew = hand->crew;
    struct ssh *ssh = ssh_open(&hand->reach.ssh, &hand->err);
    int status;

    if (ssh == NULL)
        return;
    status = crew->is_down
                 ? take_down_machine(crew->cluster, &hand->machine, ssh, &hand->err)
                 : bring_up_machine(&crew->plan, &hand->machine, ssh, &hand->err);
    if (status == 0) /* what it said of steps that need not succeed */
        hand->err.code = ERR_OK;
    ssh_close(ssh);
}

static void work(void *arg)
{
    struct hand *hand = arg;

    on_say(hand, "connecting");
    serve(hand);
    if (hand->err.code != ERR_OK)
        on_say(hand, without_host(hand));
    loop_post(hand->crew->loop, on_finished, hand); /* after all that it has said */
}

/* on_finished() has done it. */
static void on_work_over(void *arg)
{
    (void)arg;
}

/* Hands from..to, at once; waits for all. How many went well. */
static size_t put_to_work(struct crew *crew, size_t from, size_t to)
{
    size_t well = 0;

    crew->busy = to - from;
    crew->idle = crew->busy == 0;
    for (size_t i = from; i < to; i++)
        loop_work(crew->loop, work, on_work_over, &crew->hands[i]);
    loop_run_until(crew->loop, &crew->idle, 0);
    for (size_t i = from; i < to; i++)
        well += crew->hands[i].err.code == ERR_OK;
    return well;
}

/* The name of a node: what a host name may hold that a node's may not is replaced. */
static void name_node(struct machine *machine)
{
    snprintf(machine->name, sizeof(machine->name), "%.32s",
             machine->is_head ? "head" : machine->host);
    for (char *at = machine->name; *at != '\0'; at++)
        if (*at == ':' || *at == '%')
            *at = '-';
}

static void crew_init(struct crew *crew, const struct cluster *cluster,
                      const struct provider_run *run)
{
    (void)setenv("UV_THREADPOOL_SIZE", pool_size, 0); /* read at first use */
    *crew = (struct crew){ .cluster = cluster,
                           .run = run,
                           .count = cluster->worker_ips.count + 1 };
    crew->loop = loop_create();
    crew->hands = xcalloc(crew->count, sizeof(*crew->hands));
    for (size_t i = 0; i < crew->count; i++) {
        struct hand *hand = &crew->hands[i];
        hand->crew = crew;
        reach_init(&hand->reach, cluster,
                   i == 0 ? cluster->head_ip : cluster->worker_ips.items[i - 1]);
        hand->reach.ssh.accept_new = run->accept_new_host_keys;
        hand->machine = (struct machine){
            .host = hand->reach.host, .is_head = i == 0, .say = on_say, .arg = hand
        };
        name_node(&hand->machine);
    }
}

static void crew_finish(struct crew *crew)
{
    loop_destroy(crew->loop);
    free(crew->hands);
}

/* ../kit.tar.gz of a build, ../lib/rayctl/kit.tar.gz of an installation. */
static char *find_kit(struct error *err)
{
    static const char *const places[] = { "kit.tar.gz", "lib/rayctl/kit.tar.gz" };
    char self[PATH_MAX], *slash;
    ssize_t size = readlink("/proc/self/exe", self, sizeof(self) - 1);

    self[size > 0 ? size : 0] = '\0';
    slash = strrchr(self, '/');
    for (size_t i = 0; slash != NULL && i < sizeof(places) / sizeof(*places); i++) {
        char *path = xprintf("%.*s/../%s", (int)(slash - self), self, places[i]);
        if (access(path, R_OK) == 0)
            return path;
        free(path);
    }
    fail(err, ERR_NOT_FOUND, "kit.tar.gz is neither beside %s nor installed with it",
         self);
    return NULL;
}

static int hash_file(const char *path, char hex[DIGEST_HEX_MAX], struct error *err)
{
    uint8_t digest[DIGEST_SIZE];
    struct buf bytes;
    FILE *file = fopen(path, "re");
    size_t got = 1;

    if (file == NULL)
        return fail(err, ERR_IO, "open %s: %s", path, strerror(errno));
    buf_init(&bytes, 0);
    while (got > 0) {
        (void)buf_reserve(&bytes, 1 << 20); /* no ceiling */
        got = fread(bytes.data + bytes.size, 1, 1 << 20, file);
        bytes.size += got;
    }
    fclose(file);
    digest_sha256(buf_slice(&bytes), digest);
    digest_hex(digest, sizeof(digest), hex);
    buf_finish(&bytes);
    return 0;
}

/* " not 10.77.0.2, 10.77.0.3", as many as there is room for. */
static void list_failed(const struct crew *crew, char *text, size_t size)
{
    const char *before = " not";
    size_t used = 0;

    text[0] = '\0';
    for (size_t i = 0; i < crew->count && used < size; i++) {
        if (crew->hands[i].err.code == ERR_OK)
            continue;
        used += (size_t)snprintf(text + used, size - used, "%s %s", before,
                                 crew->hands[i].machine.host);
        before = ",";
    }
}

static int work_through(struct crew *crew, size_t *nodes, struct error *err)
{
    char failed[FAILED_MAX];
    size_t joined;

    if (put_to_work(crew, 0, 1) == 0) {
        *err = crew->hands[0].err;
        return wrap(err, "head");
    }
    *nodes = 1;
    if (session_set_current(crew->cluster->name, err) != 0)
        return -(int)err->code;
    joined = put_to_work(crew, 1, crew->count);
    *nodes += joined;
    if ((int64_t)joined >= crew->cluster->min_workers)
        return 0;
    list_failed(crew, failed, sizeof(failed));
    return fail(err, ERR_FAILED, "%zu of %zu workers joined, min_workers is %lld:%s",
                joined, crew->count - 1, (long long)crew->cluster->min_workers, failed);
}

static int up(const struct cluster *cluster, const struct provider_run *run,
              size_t *nodes, struct error *err)
{
    char path[SESSION_PATH_MAX], sha[DIGEST_HEX_MAX], *secret = NULL;
    char *kit = find_kit(err);
    struct crew crew;
    int status = kit != NULL ? hash_file(kit, sha, err) : -(int)err->code;

    *nodes = 0;
    if (status == 0)
        status = reach_prepare(cluster, path, err);
    if (status == 0) {
        secret = xprintf("%s/secret", path);
        crew_init(&crew, cluster, run);
        crew.plan = (struct bring_up){ .cluster = cluster,
                                       .kit = kit,
                                       .kit_sha = sha,
                                       .secret = secret,
                                       .head_ip = crew.hands[0].reach.host,
                                       .head_port = REACH_HEAD_PORT,
                                       .no_restart = run->no_restart };
        status = work_through(&crew, nodes, err);
        crew_finish(&crew);
    }
    free(secret);
    free(kit);
    return status;
}

static int down(const struct cluster *cluster, const struct provider_run *run,
                int *stopped, struct error *err)
{
    char failed[FAILED_MAX];
    struct crew crew;
    size_t workers, heads;

    crew_init(&crew, cluster, run);
    crew.is_down = true;
    workers = put_to_work(&crew, 1, crew.count); /* before their head goes */
    heads = put_to_work(&crew, 0, 1);
    *stopped = (int)(workers + heads);
    list_failed(&crew, failed, sizeof(failed));
    crew_finish(&crew);
    if (workers + heads < cluster->worker_ips.count + 1)
        return fail(err, ERR_FAILED, "%zu of %zu machines are down:%s", workers + heads,
                    cluster->worker_ips.count + 1, failed);
    return reach_forget(cluster, err);
}

const struct provider provider_local = { .type = "local", .up = up, .down = down };
