/* endings.c - a list; an entry goes when the head has answered.
 *
 * Failure: the head ends before it has answered: the entry stays for the next one,
 * which ignores what it knows already. */
#include "daemon/node/endings.h"

#include "lib/base/arena.h"
#include "lib/base/list.h"
#include "lib/base/mem.h"
#include "lib/net/stubs.h"
#include "lib/proto/codec.h"

#include <stdlib.h>

struct ending {
    struct list list;
    struct endings *endings;
    struct arena arena; /* of `exit` */
    struct worker_exit exit;
    bool is_asked; /* the head's answer is on its way */
    bool is_over;  /* confirmed otherwise meanwhile */
    bool in_join;  /* sent with one that has not been answered */
};

struct endings {
    struct list all;
};

struct endings *endings_create(void)
{
    struct endings *endings = xcalloc(1, sizeof(*endings));

    list_init(&endings->all);
    return endings;
}

static void ending_free(struct ending *ending)
{
    list_remove(&ending->list);
    arena_finish(&ending->arena);
    free(ending);
}

void endings_destroy(struct endings *endings)
{
    struct list *at, *after;

    list_each_safe(at, after, &endings->all)
        ending_free(container_of(at, struct ending, list));
    free(endings);
}

static void on_told(void *arg, const struct error *err, const void *reply)
{
    struct ending *ending = arg;

    (void)reply;
    ending->is_asked = false;
    if (err == NULL || ending->is_over)
        ending_free(ending);
}

void endings_add(struct endings *endings, const struct worker_exit *exit,
                 struct peer *head)
{
    struct ending *ending = xcalloc(1, sizeof(*ending));

    ending->endings = endings;
    codec_copy(&ending->arena, &worker_exit_desc, &ending->exit, exit);
    list_add(&endings->all, &ending->list);
    if (head == NULL)
        return;
    ending->is_asked = true;
    call_actors_worker_exited(head, &ending->exit, NULL, on_told, ending);
}

void endings_fill(struct endings *endings, struct node_join *join, struct arena *arena)
{
    struct list *at;
    size_t count = 0;

    list_each(at, &endings->all)
        count++;
    join->ended.items = arena_array(arena, count, sizeof(*join->ended.items));
    list_each(at, &endings->all) {
        struct ending *ending = container_of(at, struct ending, list);
        ending->in_join = true;
        join->ended.items[join->ended.count++] = ending->exit;
    }
}

void endings_joined(struct endings *endings)
{
    struct list *at, *after;

    list_each_safe(at, after, &endings->all) {
        struct ending *ending = container_of(at, struct ending, list);
        ending->is_over |= ending->in_join;
        if (ending->is_over && !ending->is_asked)
            ending_free(ending);
    }
}
