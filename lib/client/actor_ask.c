/* actor_ask.c - asked on the loop thread, as often as heads end before they answer. */
#include "lib/client/actor_ask.h"

#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/client/mishap.h"
#include "lib/client/retry.h"
#include "lib/client/runtime.h"
#include "lib/net/loop.h"
#include "lib/net/stubs.h"

#include <stdio.h>
#include <stdlib.h>

enum { ANSWER_MS = 30000, AWAY_MS = 50 };

static void keep(char *to, size_t size, struct slice *text)
{
    snprintf(to, size, "%.*s", SLICE_ARGS(*text));
    *text = slice(to);
}

static void ask_end(struct actor_ask *ask, const struct error *err)
{
    loop_timer_destroy(ask->again);
    ask->again = NULL;
    mailbox_finish(&ask->mail, err);
}

/* The head is away: `again` runs in AWAY_MS, unless ANSWER_MS are over. */
static void ask_again(struct actor_ask *ask, loop_fn *again)
{
    struct error err;

    if (ask->deadline == 0)
        ask->deadline = clock_now() + ANSWER_MS * NS_PER_MS;
    if (ask->rt->is_down || clock_now() >= ask->deadline) {
        fail(&err, ERR_CLOSED, "the head is gone, and no new one came");
        ask_end(ask, &err);
        return;
    }
    if (ask->again == NULL)
        ask->again = loop_timer_create(ask->rt->loop, true, again, ask);
    loop_timer_start(ask->again, AWAY_MS, 0);
}

/* The connection ended before the answer came. All that is asked here may be asked
 * twice: an actor has its id from us. */
static bool is_unanswered(const struct error *err)
{
    return err != NULL && (err->code == ERR_CLOSED || err->code == ERR_UNREACHABLE);
}

static void send_ask(void *arg);

static void on_info(void *arg, const struct error *err, const void *message)
{
    struct actor_ask *ask = arg;

    if (err == NULL && message != NULL) {
        ask->info = *(const struct actor_info *)message;
        ask->info.death = (struct failure){ .code = ask->info.death.code };
        ask->info.name = slice("");
        keep(ask->class_name, sizeof(ask->class_name), &ask->info.class_name);
        keep(ask->library, sizeof(ask->library), &ask->info.library);
        keep(ask->address, sizeof(ask->address), &ask->info.node_address);
    }
    if (is_unanswered(err))
        ask_again(ask, send_ask);
    else
        ask_end(ask, err);
}

static void on_nothing(void *arg, const struct error *err, const void *message)
{
    struct actor_ask *ask = arg;

    (void)message;
    if (is_unanswered(err))
        ask_again(ask, send_ask);
    else
        ask_end(ask, err);
}

static void send_ask(void *arg)
{
    struct actor_ask *ask = arg;
    const struct call_options options = { .timeout_ms = ANSWER_MS };

    if (ask->rt->head == NULL) {
        ask_again(ask, send_ask);
        return;
    }
    peer_call(ask->rt->head, (struct peer_request){ ask->method, ask->request },
              &options, ask->method->reply == &actor_info_desc ? on_info : on_nothing,
              ask);
}

struct actor_ask *actor_ask_create(struct runtime *rt, enum method_number method,
                                   const void *request)
{
    struct actor_ask *ask = xcalloc(1, sizeof(*ask));

    ask->rt = rt;
    ask->method = proto_method((uint8_t)method);
    ask->request = request;
    return ask;
}

int actor_ask_head(struct actor_ask *ask, struct ray_error *err)
{
    mailbox_wait(ask->rt, send_ask, ask, &ask->mail);
    return ask->mail.err.code == ERR_OK ? 0 : mishap_of_error(err, &ask->mail.err);
}

static int task_retries(int64_t asked)
{
    if (asked < 0 || asked > RETRIES_ALWAYS)
        return RETRIES_ALWAYS;
    return (int)asked;
}

static struct ray_actor *handle_create(struct runtime *rt,
                                       const struct actor_info *info,
                                       const char *class_name, struct library *library)
{
    struct ray_actor *actor = xcalloc(1, sizeof(*actor));

    actor->rt = rt;
    actor->id = info->actor_id;
    actor->max_task_retries = task_retries(info->max_task_retries);
    actor->handles = 1;
    actor->state = ACTOR_PENDING_CREATION;
    actor->class_name = xstrdup(class_name);
    actor->library = library;
    list_init(&actor->queue);
    list_add(&rt->actors, &actor->list);
    return actor;
}

struct ray_actor *actor_find_handle(struct runtime *rt, const struct id *id)
{
    struct list *at;

    list_each(at, &rt->actors) {
        struct ray_actor *actor = container_of(at, struct ray_actor, list);
        if (id_equal(&actor->id, id) && actor->handles > 0)
            return actor;
    }
    return NULL;
}

static void watch(void *arg);

static void on_watched(void *arg, const struct error *err, const void *message)
{
    struct actor_ask *ask = arg;

    if (err == NULL)
        actor_on_changed(ask->rt, message);
    if (is_unanswered(err))
        ask_again(ask, watch);
    else
        ask_end(ask, err);
}

/* (loop) A handle exists now: whatever the head says of the actor from here on finds
 * it. */
static void watch(void *arg)
{
    struct actor_ask *ask = arg;
    struct actor_ref ref = { .actor_id = ask->actor_id };

    if (ask->rt->head != NULL)
        call_actors_watch(ask->rt->head, &ref, NULL, on_watched, ask);
    else
        ask_again(ask, watch);
}

struct ray_actor *actor_ask_handle(struct actor_ask *ask, struct library *library,
                                   struct ray_error *err)
{
    struct runtime *rt = ask->rt;
    struct ray_actor *actor;

    pthread_mutex_lock(&rt->lock);
    actor = actor_find_handle(rt, &ask->info.actor_id);
    if (actor != NULL)
        actor->handles++;
    else
        actor = handle_create(rt, &ask->info, ask->class_name, library);
    pthread_mutex_unlock(&rt->lock);
    ask->actor_id = actor->id;
    mailbox_wait(rt, watch, ask, &ask->mail);
    if (ask->mail.err.code != ERR_OK) {
        mishap_of_error(err, &ask->mail.err);
        ray_actor_release(actor);
        return NULL;
    }
    return actor;
}
