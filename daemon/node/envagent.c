/* envagent.c - a want goes through two tables: what its job has, then the folder.
 *
 * Happy path: the job's environment is known or asked for; merged with the want's own
 * it names a package or none; the package's folder is there, or is on its way
 * (MAKING), and then the want is told how to start a process in it.
 *
 * Failure: what cannot be fetched or unpacked fails all who wait for it, and is tried
 * anew for the next who asks. A damaged archive in this session's packages is removed,
 * so that it can be uploaded again. A folder is never seen before it is whole
 * (envs/package.h). */
#include "daemon/node/envagent.h"

#include "daemon/node/fetch.h"
#include "envs/cache.h"
#include "lib/base/arena.h"
#include "lib/base/digest.h"
#include "lib/base/log.h"
#include "lib/base/map.h"
#include "lib/base/mem.h"
#include "lib/net/loop.h"
#include "lib/net/stubs.h"
#include "lib/proto/codec.h"
#include "lib/proto/overlay.h"
#include "lib/proto/pkg.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { JOB_RETRY_MS = 100 };

struct envagent {
    struct envagent_options options;
    const struct env_plugin *plugin;
    struct map jobs;    /* of struct job_env */
    struct map folders; /* of struct env_use, by package */
    struct cache cache;
    struct loop_timer *retry; /* go_on: soon, or when the head may be back */
    size_t making;            /* folders */
    char *root;
};

/* What the head says of a job. */
struct job_env {
    struct map_node node;
    struct envagent *agent;
    struct id job;
    struct list wants; /* until it is known */
    bool is_known, is_asked;
    struct arena arena;
    struct runtime_env env;
};

/* A folder, there or in the making. */
struct env_use {
    struct map_node node;
    struct cache_item item;
    struct envagent *agent;
    char *package, *folder, *archive;
    bool is_made, is_fetched; /* `archive` is a copy of ours */
    struct list wants;        /* until it is made */
    int64_t size;
    struct error err; /* of the making */
};

/* Somebody who wants an environment; in one of the lists. */
struct want {
    struct list list;
    struct runtime_env env; /* in `arena`; merged when the job's is known */
    struct arena arena;
    envagent_done *done;
    void *arg;
    struct call *call; /* envs.make: instead of `done` */
};

static void go_on(void *arg);

struct envagent *envagent_create(const struct envagent_options *options)
{
    struct envagent *agent = xcalloc(1, sizeof(*agent));
    char *all = xprintf("%s/envs", options->session);

    agent->options = *options;
    agent->plugin = &plugin_process;
    agent->root = xprintf("%s/%s", all, options->name);
    agent->retry = loop_timer_create(options->loop, true, go_on, agent);
    cache_init(&agent->cache, options->limit);
    agent->plugin->remove(agent->root); /* of an earlier daemon */
    (void)mkdir(all, 0700);             /* what fails fails at the first fetch */
    (void)mkdir(agent->root, 0700);
    free(all);
    return agent;
}

static void want_destroy(struct want *want)
{
    list_remove(&want->list);
    arena_finish(&want->arena);
    free(want);
}

static void drop_wants(struct list *wants)
{
    struct list *at, *after;

    list_each_safe(at, after, wants) {
        want_destroy(container_of(at, struct want, list));
    }
}

static void job_env_destroy(struct job_env *job)
{
    drop_wants(&job->wants);
    map_remove(&job->agent->jobs, &job->node);
    arena_finish(&job->arena);
    free(job);
}

static void folder_destroy(struct env_use *use)
{
    drop_wants(&use->wants);
    map_remove(&use->agent->folders, &use->node);
    free(use->package);
    free(use->folder);
    free(use->archive);
    free(use);
}

void envagent_destroy(struct envagent *agent)
{
    struct map_node *node, *after;

    map_each(node, after, &agent->jobs) {
        job_env_destroy(container_of(node, struct job_env, node));
    }
    map_each(node, after, &agent->folders) {
        folder_destroy(container_of(node, struct env_use, node));
    }
    loop_timer_destroy(agent->retry);
    agent->plugin->remove(agent->root);
    free(agent->root);
    free(agent);
}

bool envagent_is_busy(const struct envagent *agent)
{
    return agent->making > 0;
}

/* ---- answers ---- */

static void tell(struct envagent *agent, struct want *want, struct env_use *use)
{
    struct env_launch launch = { 0 };
    struct env_var *vars = xcalloc(want->env.env.count + 1, sizeof(*vars));
    struct env_folder reply = { .folder = slice(use != NULL ? use->folder : "") };

    for (size_t i = 0; i < want->env.env.count; i++)
        vars[i] = (struct env_var){ want->env.env.items[i].name,
                                    want->env.env.items[i].value };
    agent->plugin->enter(use != NULL ? use->folder : NULL, vars, want->env.env.count,
                         &launch);
    if (want->call != NULL)
        call_reply(want->call, &reply);
    else
        want->done(want->arg, &launch, use, NULL);
    env_launch_finish(&launch);
    free(vars);
    want_destroy(want);
}

static void tell_failure(struct envagent *agent, struct want *want,
                         const struct error *err)
{
    struct error why = *err;

    wrap(&why, "runtime environment on node %s", agent->options.name);
    if (want->call != NULL)
        call_fail(want->call, &why);
    else
        want->done(want->arg, NULL, NULL, &why);
    want_destroy(want);
}

/* ---- folders ---- */

static void remove_work(void *arg)
{
    plugin_process.remove(arg);
}

/* Out of the way at once, removed in a pool thread. */
static void evict(struct envagent *agent)
{
    struct cache_item *item;

    while ((item = cache_evict(&agent->cache)) != NULL) {
        struct env_use *use = container_of(item, struct env_use, item);
        char *gone = xprintf("%s.gone", use->folder);
        log_info("envs", "evicted package=%s bytes=%lld", use->package,
                 (long long)item->size);
        if (rename(use->folder, gone) == 0) {
            loop_work(agent->options.loop, remove_work, free, gone);
        } else {
            log_warn("envs", "rename %s: %s", use->folder, strerror(errno));
            free(gone);
        }
        folder_destroy(use);
    }
}

void envagent_leave(struct env_use *use)
{
    if (use == NULL)
        return;
    cache_leave(&use->agent->cache, &use->item);
    evict(use->agent);
}

static void make_failed(struct env_use *use)
{
    struct list *at;

    log_warn("envs", "package=%s %s", use->package, use->err.text);
    while ((at = use->wants.next) != &use->wants)
        tell_failure(use->agent, container_of(at, struct want, list), &use->err);
    use->agent->making--;
    folder_destroy(use);
}

static void make_work(void *arg)
{
    struct env_use *use = arg;
    char digest[DIGEST_HEX_MAX];

    snprintf(digest, sizeof(digest), "%.*s", DIGEST_HEX_MAX - 1, use->package);
    (void)use->agent->plugin->create(use->archive, use->folder, digest, &use->size,
                                     &use->err);
}

static void on_made(void *arg)
{
    struct env_use *use = arg;
    struct envagent *agent = use->agent;
    struct list *at;

    if (use->is_fetched || use->err.code == ERR_FAILED) /* a copy; or damaged */
        (void)unlink(use->archive);
    if (use->err.code != ERR_OK) {
        make_failed(use);
        return;
    }
    log_info("envs", "made package=%s bytes=%lld", use->package, (long long)use->size);
    use->is_made = true;
    agent->making--;
    cache_add(&agent->cache, &use->item, use->size);
    while ((at = use->wants.next) != &use->wants) {
        cache_use(&use->item);
        tell(agent, container_of(at, struct want, list), use);
    }
    envagent_leave(use); /* the making itself */
}

static void on_fetched(void *arg, const struct error *err)
{
    struct env_use *use = arg;

    if (err == NULL) {
        loop_work(use->agent->options.loop, make_work, on_made, use);
        return;
    }
    use->err = *err;
    make_failed(use);
}

static void begin(void *arg)
{
    struct env_use *use = arg;
    struct envagent *agent = use->agent;
    struct fetch_options options = { agent->options.head, use->package, NULL,
                                     on_fetched, use };

    use->archive = xprintf("%s/packages/%s", agent->options.session, use->package);
    if (access(use->archive, R_OK) == 0) { /* the head's own session */
        on_fetched(use, NULL);
        return;
    }
    free(use->archive);
    options.path = use->archive = xprintf("%s/.%s", agent->root, use->package);
    use->is_fetched = true;
    if (fetch_begin(&options, &use->err) != 0)
        make_failed(use);
}

/* Into the folder of its package. */
static void settle(struct envagent *agent, struct want *want)
{
    struct slice package = want->env.package;
    struct map_node *node = map_find(&agent->folders, package.data, package.size);
    struct env_use *use;
    struct error err;

    list_remove(&want->list);
    if (package.size == 0) {
        tell(agent, want, NULL);
        return;
    }
    if (!pkg_is_name(package)) {
        fail(&err, ERR_INVALID, "'%.80s' is no name of a package",
             arena_string(&want->arena, package));
        tell_failure(agent, want, &err);
        return;
    }
    use = node != NULL ? container_of(node, struct env_use, node) : NULL;
    if (use != NULL && use->is_made) {
        cache_use(&use->item);
        tell(agent, want, use);
        return;
    }
    if (use == NULL) {
        use = xcalloc(1, sizeof(*use));
        use->agent = agent;
        agent->making++;
        use->package = xslicedup(package);
        use->folder = xprintf("%s/%.*s", agent->root, DIGEST_HEX_MAX - 1, use->package);
        list_init(&use->wants);
        map_add(&agent->folders, &use->node, use->package, strlen(use->package));
        loop_defer(agent->options.loop, begin, use);
    }
    list_add(&use->wants, &want->list);
}

/* ---- jobs ---- */

/* What a want does not say is as its job has it. */
static void merge(struct want *want, const struct runtime_env *of)
{
    const struct runtime_env all = overlay(&want->env, of, &want->arena);

    codec_copy(&want->arena, &runtime_env_desc, &want->env, &all);
}

static void settle_all(struct job_env *job)
{
    struct list *at;

    while ((at = job->wants.next) != &job->wants) {
        struct want *want = container_of(at, struct want, list);
        merge(want, &job->env);
        settle(job->agent, want);
    }
}

static void on_job(void *arg, const struct error *err, const void *reply)
{
    struct job_env *job = arg;

    job->is_asked = false;
    if (err != NULL) { /* the head will be back */
        loop_timer_start(job->agent->retry, JOB_RETRY_MS, 0);
        return;
    }
    job->is_known = true;
    codec_copy(&job->arena, &runtime_env_desc, &job->env, reply);
    settle_all(job);
}

/* Goes on with all wants whose job is known, and asks the head for the other jobs. */
static void go_on(void *arg)
{
    struct envagent *agent = arg;
    struct map_node *node, *after;

    map_each(node, after, &agent->jobs) {
        struct job_env *job = container_of(node, struct job_env, node);
        const struct job_binding rq = { .job_id = job->job };
        if (job->is_known) {
            settle_all(job);
        } else if (*agent->options.head == NULL) {
            loop_timer_start(agent->retry, JOB_RETRY_MS, 0);
        } else if (!job->is_asked) {
            job->is_asked = true;
            call_job_envs_find(*agent->options.head, &rq, NULL, on_job, job);
        }
    }
}

static struct job_env *job_of(struct envagent *agent, const struct id *id)
{
    struct map_node *node = map_find(&agent->jobs, ID_KEY(id));
    struct job_env *job;

    if (node != NULL)
        return container_of(node, struct job_env, node);
    job = xcalloc(1, sizeof(*job));
    job->agent = agent;
    job->job = *id;
    list_init(&job->wants);
    map_add(&agent->jobs, &job->node, ID_KEY(&job->job));
    return job;
}

void envagent_get(struct envagent *agent, const struct id *id, struct slice env,
                  envagent_done *done, void *arg)
{
    struct want *want = xcalloc(1, sizeof(*want));

    want->done = done;
    want->arg = arg;
    list_add(&job_of(agent, id)->wants, &want->list);
    if (env.size > 0) /* what the asker has checked; else it has none of its own */
        (void)codec_unpack(arena_copy(&want->arena, env), &runtime_env_desc, &want->env,
                           &want->arena, NULL);
    loop_timer_start(agent->retry, 0, 0);
}

static void forget_in(struct list *wants, const void *arg)
{
    struct list *at, *after;

    list_each_safe(at, after, wants) {
        struct want *want = container_of(at, struct want, list);
        if (want->call == NULL && want->arg == arg)
            want_destroy(want);
    }
}

void envagent_forget(struct envagent *agent, const void *arg)
{
    struct map_node *node, *after;

    map_each(node, after, &agent->jobs) {
        forget_in(&container_of(node, struct job_env, node)->wants, arg);
    }
    map_each(node, after, &agent->folders) {
        forget_in(&container_of(node, struct env_use, node)->wants, arg);
    }
}

static void forget_job(struct map_node *node)
{
    struct job_env *job = container_of(node, struct job_env, node);

    if (!job->is_asked && list_is_empty(&job->wants))
        job_env_destroy(job);
}

void envagent_forget_job(struct envagent *agent, const struct id *id)
{
    struct map_node *node = map_find(&agent->jobs, ID_KEY(id));

    if (node != NULL)
        forget_job(node);
}

void envagent_forget_jobs(struct envagent *agent)
{
    struct map_node *node, *after;

    map_each(node, after, &agent->jobs)
        forget_job(node);
}

/* ---- for the head: the folder of a driver ---- */

static void on_make(void *self, const struct package_ref *rq, struct call *call)
{
    struct want *want = xcalloc(1, sizeof(*want));

    list_init(&want->list);
    want->call = call;
    want->env.package = arena_copy(&want->arena, rq->name);
    settle(self, want);
}

static void on_leave(void *self, const struct package_ref *rq, struct call *call)
{
    struct envagent *agent = self;
    struct map_node *node = map_find(&agent->folders, rq->name.data, rq->name.size);
    struct env_use *use =
        node != NULL ? container_of(node, struct env_use, node) : NULL;

    if (use != NULL && use->is_made && use->item.users > 0)
        envagent_leave(use);
    call_done(call);
}

static const struct envs_handlers handlers = { .make = on_make, .leave = on_leave };

void envagent_serve(struct envagent *agent, struct dispatch *dispatch)
{
    dispatch_add(dispatch, &envs_methods, &handlers, sizeof(handlers), agent);
}
