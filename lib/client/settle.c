/* settle.c - the refs of a task that has run: those it returns, those it has kept.
 *
 * The order matters. First the results are handed over (refs_hand_over()), while the
 * task still holds what came with its arguments. Then it lets go of both; what is still
 * held here by something else, and came with the arguments alone, is borrowed from its
 * owner, before the answer goes out and its sender lets go of it, too. */
#include "lib/client/activation.h"
#include "lib/client/handover.h"
#include "lib/client/inside.h"
#include "lib/client/object.h"
#include "lib/client/runtime.h"
#include "lib/client/serving.h"

typedef void each_fn(struct ray_task *task, struct ray_ref *object);

static void each_argument(struct ray_task *task, each_fn *fn)
{
    for (size_t i = 0; task->args_inside != NULL && i < task->spec.args.count; i++) {
        const struct inside *inside = task->args_inside[i];
        for (size_t j = 0; inside != NULL && j < inside->count; j++)
            fn(task, inside->refs[j]);
    }
}

static bool has_any(struct inside *const *of, size_t count)
{
    for (size_t i = 0; of != NULL && i < count; i++)
        if (of[i] != NULL)
            return true;
    return false;
}

/* What came with the arguments is known to the sender. Marks last as long as the lock
 * is held. */
static void mark(struct ray_task *task, struct ray_ref *object)
{
    if (object->shared != NULL)
        object->shared->mark = task;
}

static void unmark(struct ray_task *task, struct ray_ref *object)
{
    (void)task;
    if (object->shared != NULL)
        object->shared->mark = NULL;
}

static void hand_over(struct ray_task *task, size_t i, struct serving *to,
                      struct handover *handover)
{
    struct runtime *rt = task->rt;
    const struct inside *inside = task->returns_inside[i];

    for (size_t j = 0; inside != NULL && j < inside->count; j++) {
        struct shared *shared = inside->refs[j]->shared;
        int64_t *loans = &task->returns[i].refs.items[j].loans;
        *loans = 0;
        switch (refs_hand_over(&rt->refs, shared, &to->owner, shared->mark == task)) {
        case REFS_LENT:
            *loans = 1;
            lend_made(rt, &to->owner, slice(to->address));
            break;
        case REFS_ASK:
            handover_add(handover, inside->refs[j], loans);
            break;
        case REFS_SEND:
            break;
        }
    }
}

static void hand_over_results(struct ray_task *task, struct handover *handover)
{
    each_argument(task, mark);
    for (int64_t i = 0; i < task->spec.num_returns; i++) {
        if (!task->has_failed)
            hand_over(task, (size_t)i, task->serving, handover);
        inside_destroy(task->rt, task->returns_inside[i]);
        task->returns_inside[i] = NULL;
    }
    each_argument(task, unmark);
}

static void unhold(struct ray_task *task, struct ray_ref *object)
{
    (void)task;
    object->refs--;
}

static void hold(struct ray_task *task, struct ray_ref *object)
{
    (void)task;
    object->refs++;
}

/* Those that something here needs beyond this task. */
static void borrow_kept(struct ray_task *task, struct handover *handover)
{
    for (size_t i = 0; i < task->spec.args.count; i++) {
        const struct inside *inside = task->args_inside[i];
        for (size_t j = 0; inside != NULL && j < inside->count; j++) {
            struct ray_ref *object = inside->refs[j];
            if ((object->refs > 0 || object->pins > 0 || object->kept > 0) &&
                object->shared != NULL &&
                refs_must_borrow(&task->rt->refs, object->shared))
                handover_add(handover, object, NULL);
        }
    }
}

static void let_go_arguments(struct ray_task *task, struct handover *handover)
{
    each_argument(task, unhold);
    borrow_kept(task, handover);
    each_argument(task, hold);
    for (size_t i = 0; i < task->spec.args.count; i++) {
        inside_destroy(task->rt, task->args_inside[i]);
        task->args_inside[i] = NULL;
    }
}

static void ask_and_end(struct runtime *rt, struct handover *handover)
{
    if (!handover_is_empty(handover))
        handover_wait(handover);
    pthread_mutex_lock(&rt->lock);
    handover_destroy(handover);
    pthread_mutex_unlock(&rt->lock);
}

bool activation_settle(struct ray_task *task)
{
    struct runtime *rt = task->rt;
    const struct serving *to = task->serving;
    const char *home;
    struct handover *theirs, *ours;

    if (!has_any(task->args_inside, task->spec.args.count) &&
        !has_any(task->returns_inside, (size_t)task->spec.num_returns))
        return false;
    pthread_mutex_lock(&rt->lock);
    home = node_link_public(rt->home);
    theirs = handover_create(rt, to != NULL ? &to->owner : &rt->refs.self,
                             to != NULL ? to->address : home);
    ours = handover_create(rt, &rt->refs.self, home);
    hand_over_results(task, theirs);
    if (task->args_inside != NULL)
        let_go_arguments(task, ours);
    pthread_mutex_unlock(&rt->lock);
    ask_and_end(rt, theirs);
    ask_and_end(rt, ours);
    return true;
}
