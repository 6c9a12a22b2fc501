/* lost.c - finds the lanes, and leaves the rest to whom they belong to: a lease's tasks
 * to submit.c, an actor's calls to actor.c. */
#include "lib/client/lost.h"

#include "lib/base/id.h"
#include "lib/base/slice.h"
#include "lib/client/actor.h"
#include "lib/client/lane.h"
#include "lib/client/lease.h"
#include "lib/client/runtime.h"
#include "lib/proto/proto.h"

/* A lane to that worker. On another machine it is told by its bridge: what comes along
 * the bridge before its end counts. */
static struct lane *find_lane(struct runtime *rt, const struct id *worker_id,
                              bool has_bridge)
{
    struct list *at;

    list_each(at, &rt->lanes) {
        struct lane *lane = container_of(at, struct lane, all);
        if (id_equal(&lane->worker_id, worker_id) && (lane->bridge != 0) == has_bridge)
            return lane;
    }
    return NULL;
}

static void lose_lane(struct runtime *rt, struct lane *lane, const struct error *why)
{
    if (lane->lease != NULL)
        submit_lose_lease(rt, lane->lease, why);
    else
        actor_on_lane_lost(rt, lane->actor);
}

void lost_worker(struct runtime *rt, const struct worker_exit *exit)
{
    struct error why;
    struct lane *lane;

    fail(&why, exit->code != ERR_OK ? (enum error_code)exit->code : ERR_WORKER_DIED,
         "%.*s", SLICE_ARGS(exit->reason));

    pthread_mutex_lock(&rt->lock);
    while ((lane = find_lane(rt, &exit->worker_id, false)) != NULL)
        lose_lane(rt, lane, &why);
    lane = find_lane(rt, &exit->worker_id, true);
    if (lane != NULL)
        lane->died = why;
    pthread_mutex_unlock(&rt->lock);
}

void lost_bridge(struct runtime *rt, uint64_t number, const struct error *why)
{
    struct error died;
    struct list *at;

    pthread_mutex_lock(&rt->lock);
    list_each(at, &rt->lanes) {
        struct lane *lane = container_of(at, struct lane, all);
        if (lane->bridge != number)
            continue;
        died = lane->died;
        if (died.code == ERR_OK)
            fail(&died, ERR_WORKER_DIED, "%s", why->text);
        lose_lane(rt, lane, &died);
        break;
    }
    pthread_mutex_unlock(&rt->lock);
}

static struct lane *find_lane_at(struct runtime *rt, const struct node_link *node)
{
    struct list *at;

    list_each(at, &rt->lanes)
        if (container_of(at, struct lane, all)->node == node)
            return container_of(at, struct lane, all);
    return NULL;
}

/* From the front each time: what ends with a lane may be the last handle of an actor,
 * and with that another lane. */
void lost_node(struct runtime *rt, struct node_link *node)
{
    struct error why;
    struct lane *lane;

    fail(&why, ERR_WORKER_DIED, "its node was lost");
    pthread_mutex_lock(&rt->lock);
    while ((lane = find_lane_at(rt, node)) != NULL)
        lose_lane(rt, lane, &why);
    pthread_mutex_unlock(&rt->lock);
}
