/* requests.c - groups in a list: there are as many as askers and shapes of work, which
 * is few. */
#include "daemon/node/requests.h"

#include "lib/base/mem.h"
#include "lib/net/loop.h"
#include "lib/net/peer.h"

#include <stdint.h>
#include <stdlib.h>

void requests_init(struct requests *requests)
{
    list_init(&requests->groups);
}

struct request *request_create(struct call *call, const struct id *job,
                               struct slice namespace_)
{
    struct request *request = xcalloc(1, sizeof(*request));

    list_init(&request->list);
    request->call = call;
    request->peer = call_peer(call);
    request->job = *job;
    request->namespace_ = xslicedup(namespace_);
    return request;
}

static struct group *find_group(struct requests *requests,
                                const struct request *request)
{
    struct list *at;

    list_each(at, &requests->groups) {
        struct group *group = container_of(at, struct group, list);
        if (group->peer == request->peer && id_equal(&group->job, &request->job) &&
            slice_equal(group->env, request->env) &&
            resources_equal(&group->shape, &request->shape))
            return group;
    }
    return NULL;
}

void requests_add(struct requests *requests, struct request *request)
{
    struct group *group = find_group(requests, request);

    if (group == NULL) {
        group = xcalloc(1, sizeof(*group));
        group->job = request->job;
        group->peer = request->peer;
        group->env = slice_of(xslicedup(request->env), request->env.size);
        resources_copy(&group->shape, &request->shape);
        list_init(&group->requests);
        list_add(&requests->groups, &group->list);
    }
    request->group = group;
    group->waiting++;
    list_add(&group->requests, &request->list);
}

void requests_remove(struct request *request)
{
    struct group *group = request->group;

    list_remove(&request->list);
    request->group = NULL;
    if (group == NULL || --group->waiting > 0)
        return;
    list_remove(&group->list);
    resources_finish(&group->shape);
    resources_finish(&group->lacking);
    free((char *)(uintptr_t)group->env.data);
    free(group);
}

void request_destroy(struct request *request)
{
    requests_remove(request);
    loop_timer_destroy(request->patience);
    resources_finish(&request->shape);
    arena_finish(&request->arena);
    free(request->namespace_);
    free(request);
}
