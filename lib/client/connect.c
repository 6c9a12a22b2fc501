/* connect.c - ray_init and ray_shutdown.
 *
 * A driver connects the head, asks it for the nodes, attaches itself to the head's node
 * (the one on this machine), which gives it the key to reach other machines by, and
 * registers its job. Each step is a call on the loop
 * thread that starts the next; the programmer's thread waits for the last. A cluster
 * that is just coming up may have no node yet: asked again until CONNECT_MS is over. */
#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/client/actor.h"
#include "lib/client/lane.h"
#include "lib/client/mishap.h"
#include "lib/client/name.h"
#include "lib/client/private.h"
#include "lib/client/runtime.h"
#include "lib/client/submit.h"
#include "lib/client/task.h"
#include "lib/client/taskenv.h"
#include "lib/net/address.h"
#include "lib/net/loop.h"
#include "lib/net/stubs.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { CONNECT_MS = 15000, AGAIN_MS = 50 };

struct connecting {
    struct mail mail;
    struct runtime *rt;
    const char *address, *namespace_;
    struct loop_timer *again;
    int64_t deadline;
};

static void ask_view(void *arg);

static void connected(struct connecting *c, const struct error *err)
{
    loop_timer_destroy(c->again);
    mailbox_finish(&c->mail, err);
}

static void on_attached(void *arg, const struct error *err, const void *message)
{
    struct connecting *c = arg;
    const struct driver_registered *driver = message;
    struct runtime *rt = c->rt;

    if (err == NULL) {
        pthread_mutex_lock(&rt->lock);
        rt->job_id = driver->job_id;
        rt->driver_task = id_driver_task(rt->job_id);
        id_hex(&rt->job_id, rt->job_hex);
        rt->namespace_ = c->namespace_ != NULL ? xstrdup(c->namespace_)
                                               : xprintf("job-%s", rt->job_hex);
        pthread_mutex_unlock(&rt->lock);
    }
    connected(c, err);
}

/* What this program is called, for `list jobs`. */
static char *command_line(void)
{
    char text[4096] = "";
    FILE *file = fopen("/proc/self/cmdline", "re");
    size_t size = file != NULL ? fread(text, 1, sizeof(text) - 1, file) : 0;

    if (file != NULL)
        fclose(file);
    for (size_t i = 0; i + 1 < size; i++)
        if (text[i] == '\0')
            text[i] = ' ';
    return xstrdup(text);
}

/* The head has gone again meanwhile. */
static void no_head(struct connecting *c)
{
    struct error why;

    pthread_mutex_lock(&c->rt->lock);
    why = c->rt->down_why;
    pthread_mutex_unlock(&c->rt->lock);
    connected(c, &why);
}

static void attach(struct connecting *c)
{
    struct runtime *rt = c->rt;
    char *entrypoint = command_line();
    struct driver_register rq = {
        .worker_id = rt->self.id,
        .pid = getpid(),
        .entrypoint = slice(entrypoint),
        .submission_id = slice(getenv("RAY_JOB_SUBMISSION_ID")),
        .namespace_ = slice(c->namespace_),
        .node_id = rt->home->node_id,
        .env = buf_slice(&rt->job_env),
    };
    const struct call_options options = { .timeout_ms = CONNECT_MS };

    call_jobs_attach_driver(rt->head, &rq, &options, on_attached, c);
    free(entrypoint);
}

static void on_home(void *arg, const struct error *err)
{
    struct connecting *c = arg;

    if (err != NULL)
        connected(c, err);
    else if (c->rt->head == NULL)
        no_head(c);
    else
        attach(c);
}

/* The node to attach to: the head's, else the first that lives. */
static const struct node_view *choose(const struct cluster_view *view)
{
    const struct node_view *chosen = NULL;

    for (size_t i = 0; i < view->nodes.count; i++) {
        const struct node_view *node = &view->nodes.items[i];
        if (node->is_alive && (chosen == NULL || node->info.is_head))
            chosen = node;
    }
    return chosen;
}

static void on_view(void *arg, const struct error *err, const void *message)
{
    struct connecting *c = arg;
    struct runtime *rt = c->rt;
    const struct node_view *node = err == NULL ? choose(message) : NULL;
    struct error none;

    if (err == NULL && node == NULL && clock_now() < c->deadline) {
        loop_timer_start(c->again, AGAIN_MS, 0);
        return;
    }
    if (err == NULL && node == NULL) {
        fail(&none, ERR_UNREACHABLE, "the cluster at %s has no living node",
             c->address);
        err = &none;
    }
    if (err != NULL) {
        connected(c, err);
        return;
    }
    pthread_mutex_lock(&rt->lock);
    rt->home = runtime_node(rt, node->info.address);
    rt->home->node_id = node->info.node_id;
    id_hex(&node->info.node_id, rt->node_hex);
    pthread_mutex_unlock(&rt->lock);
    rt->on_home = on_home;
    rt->on_home_arg = c;
    node_link_peer(rt->home);
}

static void ask_view(void *arg)
{
    struct connecting *c = arg;
    static const struct nothing nothing;
    const struct call_options options = { .timeout_ms = CONNECT_MS };

    if (c->rt->head != NULL)
        call_nodes_view(c->rt->head, &nothing, &options, on_view, c);
    else
        no_head(c);
}

static void begin(void *arg)
{
    struct connecting *c = arg;

    c->deadline = clock_now() + CONNECT_MS * NS_PER_MS;
    c->again = loop_timer_create(c->rt->loop, false, ask_view, c);
    runtime_connect_head(c->rt, c->address);
    ask_view(c);
}

static int load_library(struct runtime *rt, const char *path, struct error *err)
{
    char *name;
    int status;

    if (path == NULL)
        return 0;
    name = library_name_of(path);
    status = libraries_load(&rt->libraries, name, &rt->library, err);
    free(name);
    return status;
}

/* Where to connect; starts a private cluster when there is none. */
static int find_cluster(const struct ray_options *options, char *address,
                        struct private_cluster **own, struct error *err)
{
    bool local = options->address != NULL && strcmp(options->address, "local") == 0;

    if (!local && session_resolve(options->address, address, err) == 0)
        return 0;
    if (!local && (options->address != NULL || err->code != ERR_UNREACHABLE))
        return -(int)err->code;
    *own = private_start(options->num_cpus, err);
    if (*own == NULL)
        return -(int)err->code;
    snprintf(address, SESSION_ADDRESS_MAX, "%s", private_address(*own));
    return 0;
}

/* What the job's processes shall have, before anybody is told of the job. */
static int prepare_env(struct runtime *rt, const struct ray_runtime_env *env,
                       const char *address, struct error *err)
{
    const char *package;

    if (env == NULL)
        return 0;
    if (ships_package(&rt->ships, address, env, &package, err) != 0)
        return -(int)err->code;
    return taskenv_pack(env, slice(package), slice(""), &rt->job_env, err);
}

static int connect_runtime(struct runtime *rt, const struct ray_options *options,
                           const char *address, struct error *err)
{
    struct connecting c = { .rt = rt,
                            .address = address,
                            .namespace_ = options->namespace_ };

    mailbox_wait(rt, begin, &c, &c.mail);
    return error_copy(err, c.mail.err.code != ERR_OK ? &c.mail.err : NULL);
}

static int set_up(const struct ray_options *options, struct error *err)
{
    char address[SESSION_ADDRESS_MAX], folder[SESSION_PATH_MAX];
    struct private_cluster *own = NULL;
    struct runtime *rt;
    int status = name_check("namespace", options->namespace_, err);

    if (status == 0)
        status = find_cluster(options, address, &own, err);
    if (status != 0)
        return status;
    rt = runtime_create("admin", false, err);
    if (rt == NULL) {
        private_stop(own);
        return -(int)err->code;
    }
    rt->private_cluster = own;
    status = load_library(rt, options->library, err);
    if (status == 0 && !address_is_unix(address)) {
        status = session_of_address(address, folder, err);
        if (status == 0)
            status = auth_load_secret(&rt->self, folder, err);
    }
    if (status == 0)
        status = prepare_env(rt, options->env, address, err);
    if (status == 0)
        status = connect_runtime(rt, options, address, err);
    if (status == 0) {
        runtime_set(rt);
        return 0;
    }
    runtime_destroy(rt);
    private_stop(own);
    return status;
}

int ray_init(const struct ray_options *options, struct ray_error *err)
{
    static const struct ray_options defaults;
    struct error why;

    if (runtime_get() != NULL)
        return mishap(err, ERR_EXISTS, "ray_init: this process is connected already");
    if (set_up(options != NULL ? options : &defaults, &why) != 0)
        return mishap_of_error(err, &why);
    return 0;
}

/* Ends what is under way: nobody will wait for it. */
static void end_all(struct runtime *rt)
{
    struct failure failure = { .code = ERR_CANCELLED,
                               .text = slice("the driver has ended") };
    struct list *at, *after;

    pthread_mutex_lock(&rt->lock);
    list_each_safe(at, after, &rt->live) {
        struct task *task = container_of(at, struct task, live);
        if (task->deps == 0) { /* those that wait for it fail with it */
            if (task->lane != NULL)
                task->lane->count--;
            task_fail(rt, task, &failure);
            after = rt->live.next;
        }
    }
    pthread_mutex_unlock(&rt->lock);
}

void ray_shutdown(void)
{
    struct runtime *rt = runtime_get();
    struct private_cluster *own;

    if (rt == NULL || rt->is_worker)
        return;
    own = rt->private_cluster;
    runtime_set(NULL);
    end_all(rt);
    runtime_destroy(rt);
    private_stop(own);
}

const char *ray_job_id(void)
{
    struct runtime *rt = runtime_get();
    return rt != NULL ? rt->job_hex : "";
}

const char *ray_node_id(void)
{
    struct runtime *rt = runtime_get();
    return rt != NULL ? rt->node_hex : "";
}
