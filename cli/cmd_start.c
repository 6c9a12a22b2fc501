/* cmd_start.c - a head, or one more node, on this machine.
 *
 * Three ways: --head makes a cluster; --address HOST:PORT joins one whose head is on
 * another machine, with its secret; without either, one more node joins the cluster of
 * this machine. */
#include "autoscale/attend.h"
#include "autoscale/launch.h"
#include "cli/command.h"
#include "lib/net/address.h"
#include "lib/net/session.h"
#include "lib/text/yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOT_GIVEN INT64_MIN

enum { GRACE_MS = 5000, STOP_MS = 16000 };

static struct {
    bool head, block;
    const char *cluster, *name, *resources, *labels, *ip, *secret;
    const char *spill_folder;
    int64_t port, node_port, num_cpus, num_gpus, store, memory;
    int64_t spill_limit, spill_threshold;
    struct log_bounds logs;
} opt = { .num_cpus = NOT_GIVEN, .num_gpus = NOT_GIVEN };

static const struct option options[] = {
    OPT_FLAG(0, "head", &opt.head, "start a cluster: a head and the node beside it"),
    OPT_FLAG(
        0, "block", &opt.block,
        "stay, until a signal (then the cluster's processes on this machine end) or "
        "one of them ends"),
    OPT_STRING(
        0, "cluster-name", &opt.cluster, "NAME",
        "of the cluster to start or join (default: \"default\", the current one)"),
    OPT_STRING(0, "node-name", &opt.name, "NAME", "of the node (head, node-<pid>)"),
    OPT_STRING(0, "node-ip-address", &opt.ip, "IP",
               "listen there for other machines (with --head: 127.0.0.1)"),
    OPT_INT(0, "port", &opt.port, "N", "TCP port of the head; 0: a free one"),
    OPT_INT(0, "node-port", &opt.node_port, "N", "TCP port of the node; 0: a free one"),
    OPT_STRING(0, "secret-file", &opt.secret, "FILE",
               "the cluster's secret: 32 bytes, mode 0600"),
    OPT_INT(0, "num-cpus", &opt.num_cpus, "N",
            "CPUs that it offers (those it may use)"),
    OPT_INT(0, "num-gpus", &opt.num_gpus, "N",
            "GPUs that it offers (those of NVIDIA that it has)"),
    OPT_SIZE(0, "memory", &opt.memory, "SIZE", "memory that it offers"),
    OPT_SIZE(0, "object-store-memory", &opt.store, "SIZE",
             "shared memory for objects (30 % of the machine's)"),
    OPT_STRING(0, "object-spilling-directory", &opt.spill_folder, "DIR",
               "where objects go when that is full (the session's folder or /var/tmp)"),
    OPT_SIZE(0, "object-spilling-limit", &opt.spill_limit, "SIZE",
             "what they may fill there (no limit)"),
    OPT_INT(0, "object-spilling-threshold", &opt.spill_threshold, "PERCENT",
            "of the shared memory, from which on unused objects go there (80)"),
    OPT_SIZE(0, "log-max-size", &opt.logs.size, "SIZE",
             "of all log files of a daemon (1 GiB, or a tenth of the disk)"),
    OPT_DURATION(0, "log-max-age", &opt.logs.age, "TIME",
                 "that a file is kept when nobody writes to it any more (7d)"),
    OPT_STRING(0, "resources", &opt.resources, "JSON",
               "others: '{\"accelerator\": 2}' or accelerator=2,disk=1"),
    OPT_STRING(0, "labels", &opt.labels, "K=V,K=V", "of the node"),
    OPT_END,
};

static int add_amount(struct resources *set, struct slice name, double number,
                      struct error *err)
{
    int64_t amount;
    int status = resources_from_double(number, &amount, err);

    if (status == 0 && resources_set(set, name, amount) != 0)
        status =
            fail(err, ERR_USAGE, "'%.*s' is no name of a resource", SLICE_ARGS(name));
    return status;
}

/* JSON is YAML. */
static int add_json(struct resources *set, const char *text, struct error *err)
{
    struct yaml *yaml = yaml_parse("--resources", slice(text), err);
    const struct yaml_node *root = yaml != NULL ? yaml_root(yaml) : NULL;
    int status = yaml != NULL ? 0 : -(int)err->code;

    if (status == 0 && yaml_kind(root) != YAML_MAP)
        status =
            fail(err, ERR_USAGE, "--resources: expected '{\"name\": amount, ...}'");
    for (size_t i = 0; status == 0 && i < yaml_count(root); i++) {
        const char *name;
        double number;
        status = yaml_string(yaml_key(root, i), "name", &name, err);
        if (status == 0)
            status = yaml_number(yaml_value(root, i), name, &number, err);
        if (status == 0)
            status = add_amount(set, slice(name), number, err);
    }
    yaml_destroy(yaml);
    return status != 0 ? fail(err, ERR_USAGE, "%s", err->text) : 0;
}

/* name=amount,name=amount */
static int add_pairs(struct resources *set, const char *text, struct error *err)
{
    const char *at = text;
    int status = 0;

    while (status == 0 && *at != '\0') {
        struct slice name = slice_of(at, strcspn(at, "=,"));
        char *end = NULL;
        double number = 0;
        if (name.size > 0 && at[name.size] == '=')
            number = strtod(at + name.size + 1, &end);
        if (end == NULL || end == at + name.size + 1 || (*end != ',' && *end != '\0'))
            return fail(err, ERR_USAGE,
                        "--resources %s: expected '{\"name\": amount, ...}' or "
                        "name=amount,...",
                        text);
        status = add_amount(set, name, number, err);
        at = end + (*end == ',');
    }
    return status != 0 ? fail(err, ERR_USAGE, "--resources: %s", err->text) : 0;
}

static int add_count(struct resources *set, const char *name, int64_t count,
                     struct error *err)
{
    if (count == NOT_GIVEN)
        return 0;
    if (count < 0)
        return fail(err, ERR_USAGE, "%lld %ss: expected 0 or more", (long long)count,
                    name);
    return add_amount(set, slice(name), (double)count, err);
}

static int fill_resources(struct resources *set, struct error *err)
{
    int status = add_count(set, "CPU", opt.num_cpus, err);

    if (status == 0)
        status = add_count(set, "GPU", opt.num_gpus, err);
    if (status == 0 && opt.memory > 0)
        status = add_amount(set, slice("memory"), (double)opt.memory, err);
    if (status != 0 || opt.resources == NULL)
        return status;
    return opt.resources[strspn(opt.resources, " \t\n")] == '{'
               ? add_json(set, opt.resources, err)
               : add_pairs(set, opt.resources, err);
}

static int fill_labels(struct context *ctx, struct launch_node *node, struct error *err)
{
    const char *at = opt.labels;

    while (at != NULL && *at != '\0') {
        size_t size = strcspn(at, ",");
        if (memchr(at, '=', size) == NULL || node->labels_count == LAUNCH_LABELS_MAX)
            return fail(err, ERR_USAGE, "--labels %s: expected KEY=VALUE,...",
                        opt.labels);
        node->labels[node->labels_count++] =
            arena_string(&ctx->arena, slice_of(at, size));
        at += size + (at[size] == ',');
    }
    return 0;
}

/* Whether the session at `path` is one of our base folder: then this machine has that
 * cluster, and it gets its name. */
static bool is_ours(struct context *ctx, const char *path)
{
    const char *slash = strrchr(path, '/');
    char ours[SESSION_PATH_MAX];

    if (slash == NULL || session_path(slash + 1, ours, false, NULL) != 0 ||
        strcmp(ours, path) != 0)
        return false;
    opt.cluster = arena_string(&ctx->arena, slice(slash + 1));
    return true;
}

/* The cluster of the address that commands would use: of this machine, or by its secret
 * (*join). */
static int find_cluster(struct context *ctx, struct launch_join *join,
                        struct error *err)
{
    char address[SESSION_ADDRESS_MAX], path[SESSION_PATH_MAX];
    int status;

    if (ctx->address != NULL && opt.head)
        return fail(err, ERR_USAGE,
                    "--address names a cluster to join: give it without --head");
    if (opt.head && opt.cluster == NULL)
        opt.cluster = "default";
    if (ctx->address == NULL && opt.cluster != NULL)
        return 0;
    status = session_resolve(ctx->address, address, err);
    if (status != 0)
        return status;
    join->address = arena_string(&ctx->arena, slice(address));
    if (opt.secret != NULL && !address_is_unix(address)) {
        join->secret_file = opt.secret;
        return 0;
    }
    if (session_of_address(address, path, NULL) == 0 && is_ours(ctx, path))
        return 0;
    return fail(err, ERR_UNREACHABLE,
                "the cluster at %s is not one of this machine: join it with its "
                "secret, by --secret-file",
                address);
}

static void say_started(const struct context *ctx)
{
    char session[SESSION_PATH_MAX], address[SESSION_ADDRESS_MAX] = "",
                                    path[SESSION_PATH_MAX];
    FILE *file;

    if (session_path(opt.cluster, session, false, NULL) != 0)
        return;
    snprintf(path, sizeof(path), "%.4000s/address", session);
    file = fopen(path, "re");
    if (file != NULL) {
        if (fgets(address, sizeof(address), file) != NULL)
            address[strcspn(address, "\n")] = '\0';
        fclose(file);
    }
    context_say(ctx,
                "Local node IP: %s\n\nRay runtime started.\n\nNext steps\n"
                "  Add a node to this cluster:  rayctl start --node-name NAME\n"
                "  Submit a job:                rayctl submit -- COMMAND\n"
                "  See what runs:               rayctl status\n"
                "  End it:                      rayctl stop\n"
                "  Its address:                 unix:%s/head.sock or %s",
                opt.ip != NULL ? opt.ip : "127.0.0.1", session, address);
}

static int check_port(const char *name, int64_t port, struct error *err)
{
    if (port >= 0 && port <= 65535)
        return 0;
    return fail(err, ERR_USAGE, "--%s: expected 0 to 65535", name);
}

static int check_threshold(struct error *err)
{
    if (opt.spill_threshold >= 0 && opt.spill_threshold <= 100)
        return 0;
    return fail(err, ERR_USAGE, "--object-spilling-threshold: expected 1 to 100");
}

static int start_head(struct error *err)
{
    const struct launch_head head = { .cluster = opt.cluster,
                                      .host = opt.ip,
                                      .port = opt.port,
                                      .secret_file = opt.secret,
                                      .logs = opt.logs };
    int status = launch_head(&head, err);

    return status == 0 ? session_set_current(opt.cluster, err) : status;
}

/* The node beside the head. It runs already when only the head had died. A new head
 * whose node cannot start is no cluster; one that other nodes have waited for stays. */
static int start_beside_head(const struct launch_node *node, struct error *err)
{
    const struct launch_stop stop = { node->cluster, GRACE_MS };
    char role[SESSION_ROLE_MAX];
    int status = 0, stopped;

    snprintf(role, sizeof(role), "node-%.64s", node->name);
    if (!launch_is_running(node->cluster, role))
        status = launch_node(node, err);
    if (status != 0 && launch_count(node->cluster) == 1)
        (void)launch_stop(&stop, &stopped, NULL); /* the first failure counts */
    return status;
}

static int start_joining(const struct launch_join *join, const struct launch_node *node,
                         struct context *ctx, struct error *err)
{
    char cluster[LAUNCH_CLUSTER_NAME_MAX];
    int status = launch_join(join, node, cluster, err);

    if (status != 0)
        return status;
    opt.cluster = arena_string(&ctx->arena, slice(cluster));
    return session_set_current(cluster, err);
}

static int start(struct context *ctx, struct launch_node *node, struct error *err)
{
    struct launch_join join = { NULL, NULL };
    int status = find_cluster(ctx, &join, err);

    node->cluster = opt.cluster;
    if (status == 0 && opt.head &&
        !(opt.block && launch_is_running(opt.cluster, "head")))
        status = start_head(err);
    if (status != 0)
        return status;
    if (opt.head)
        return start_beside_head(node, err);
    if (join.secret_file != NULL)
        return start_joining(&join, node, ctx, err);
    return launch_node(node, err);
}

/* --block: for supervisors, to which the end of a daemon is a failure; starting again
 * brings back what is missing. */
static int stay(const struct launch_node *node, struct error *err)
{
    const struct launch_stop stop = { opt.cluster, STOP_MS };
    struct attend with = { .cluster = opt.cluster };
    char role[SESSION_ROLE_MAX];
    int status, stopped;

    snprintf(role, sizeof(role), "node-%.64s", node->name);
    with.roles[with.count++] = role;
    if (opt.head)
        with.roles[with.count++] = "head";
    status = attend(&with, err);
    return status == 0 ? launch_stop(&stop, &stopped, err) : status;
}

static int run(struct context *ctx, struct args *args, struct error *err)
{
    struct launch_node node = { .is_head = opt.head,
                                .store_limit = opt.store,
                                .spill_folder = opt.spill_folder,
                                .spill_limit = opt.spill_limit,
                                .spill_threshold = opt.spill_threshold,
                                .logs = opt.logs,
                                .no_cpus = opt.num_cpus == 0,
                                .no_gpus = opt.num_gpus == 0,
                                .host = opt.ip,
                                .port = opt.node_port };
    char name[32];
    int status;

    (void)args;
    snprintf(name, sizeof(name), "node-%d", (int)getpid());
    if (opt.secret == NULL) /* as `up` gives it to the commands of a cluster.yaml */
        opt.secret = getenv("RAYCTL_SECRET_FILE");
    node.name = opt.name != NULL ? opt.name : opt.head ? "head" : name;
    status = check_threshold(err);
    if (status == 0)
        status = check_port("port", opt.port, err);
    if (status == 0)
        status = check_port("node-port", opt.node_port, err);
    if (status == 0)
        status = fill_resources(&node.resources, err);
    if (status == 0)
        status = fill_labels(ctx, &node, err);
    if (status == 0)
        status = start(ctx, &node, err);
    resources_finish(&node.resources);
    if (status == 0)
        say_started(ctx);
    if (status == 0 && opt.block)
        status = stay(&node, err);
    return status;
}

const struct command cmd_start = {
    .name = "start",
    .summary = "start a cluster on this machine, or add a node to it",
    .options = options,
    .run = run,
    .example = "rayctl start --head --num-cpus 8",
};
