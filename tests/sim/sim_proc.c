/* sim_proc.c - lib/net/proc.h: the one program of this world is ray-worker. */
#include "tests/sim/sim.h"

#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/net/proc.h"

#include <signal.h>
#include <string.h>

enum { START_NS = 30 * 1000 * 1000, REAP_NS = 1000 * 1000, NAME_MAX_HERE = 512 };

struct proc {
    struct list list; /* of the parent */
    struct loop *parent, *child;
    int pid, status, signal;
    bool has_ended;
    proc_exit *on_exit;
    void *arg;
};

/* A program that is being loaded. */
struct image {
    struct loop *process, *parent;
    char node[NAME_MAX_HERE], worker[64];
};

static void on_started(void *arg)
{
    struct image *image = arg;
    const struct sim_image begun = { image->process, image->parent, image->node,
                                     image->worker };

    sim_worker_begin(&begun);
    free(image);
}

static const char *value_of(const char *const *argv, const char *name)
{
    for (; *argv != NULL; argv++)
        if (strcmp(*argv, name) == 0)
            return argv[1];
    return NULL;
}

struct proc *proc_spawn(struct loop *loop, const struct proc_options *options,
                        proc_exit *on_exit, void *arg, struct error *err)
{
    const char *node = value_of(options->argv, "--node");
    const char *worker = value_of(options->argv, "--worker-id");
    struct image *image;
    struct proc *proc;

    if (loop->is_dead || node == NULL || worker == NULL) {
        fail(err, ERR_NOT_FOUND, "start %s: not in this world", options->argv[0]);
        return NULL;
    }
    proc = xcalloc(1, sizeof(*proc));
    proc->parent = loop;
    proc->child = sim_process(loop->machine);
    proc->child->proc = proc;
    proc->pid = proc->child->pid;
    proc->on_exit = on_exit;
    proc->arg = arg;
    list_add(&loop->procs, &proc->list);
    image = xcalloc(1, sizeof(*image));
    image->process = proc->child;
    image->parent = loop;
    snprintf(image->node, sizeof(image->node), "%s", node);
    snprintf(image->worker, sizeof(image->worker), "%s", worker);
    sim_on_discard(sim_at(proc->child, (int64_t)sim_draw(START_NS), on_started, image),
                   free);
    return proc;
}

int proc_pid(const struct proc *proc)
{
    return proc->pid;
}

static void proc_end(struct proc *proc)
{
    list_remove(&proc->list);
    proc->on_exit(proc->arg, proc->status, proc->signal);
    free(proc);
}

static void on_reaped(void *arg)
{
    proc_end(arg);
}

void sim_exit(struct loop *process, int status, int number)
{
    struct proc *proc = process->proc;

    if (process->is_dead)
        return;
    sim_worker_end(process);
    process->proc = NULL;
    sim_kill(process);
    if (proc == NULL)
        return;
    proc->has_ended = true;
    proc->child = NULL;
    proc->status = status;
    proc->signal = number;
    sim_at(proc->parent, (int64_t)sim_draw(REAP_NS), on_reaped, proc);
}

static void on_killed(void *arg)
{
    sim_exit(arg, 0, SIGKILL);
}

int proc_kill_group(struct proc *proc, int number)
{
    (void)number;
    if (proc->has_ended)
        return -ERR_NOT_FOUND;
    if (!proc->parent->is_dead)
        sim_at(proc->child, (int64_t)sim_draw(REAP_NS), on_killed, proc->child);
    return 0;
}

int proc_kill(struct proc *proc, int number)
{
    return proc_kill_group(proc, number);
}

/* The children of a killed node live on; what it knew of them is freed. */
void sim_kill_procs(struct loop *process)
{
    while (!list_is_empty(&process->procs)) {
        struct proc *proc = container_of(process->procs.next, struct proc, list);
        if (proc->child != NULL)
            proc->child->proc = NULL;
        proc->signal = SIGKILL;
        proc_end(proc);
    }
}

void proc_describe(int status, int number, char *text, unsigned size)
{
    snprintf(text, size, "ended with status %d, signal %d", status, number);
}

void proc_end_orphans(bool (*is_ours)(void *arg, int pid), void *arg)
{
    (void)is_ours;
    (void)arg;
}

char *proc_beside(const char *name)
{
    return xstrdup(name);
}
