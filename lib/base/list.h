/* list.h - an intrusive, doubly linked, circular list.
 *
 * A `struct list` is embedded in what is listed and is itself the head of a list.
 * An element is in at most one list per embedded field. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct list {
    struct list *next, *prev;
};

/* The structure of type `type` whose field `member` is at `p`. */
#define container_of(p, type, member)                                                  \
    ((type *)(void *)((char *)(p)-offsetof(type, member)))

#define list_each(at, head) for (at = (head)->next; at != (head); at = at->next)
/* As list_each, but `at` may be removed (and freed) in the body. */
#define list_each_safe(at, after, head)                                                \
    for (at = (head)->next, after = at->next; at != (head);                            \
         at = after, after = at->next)

static inline void list_init(struct list *head)
{
    head->next = head->prev = head;
}

static inline bool list_is_empty(const struct list *head)
{
    return head->next == head;
}

static inline void list_add_before(struct list *where, struct list *item)
{
    item->next = where;
    item->prev = where->prev;
    where->prev->next = item;
    where->prev = item;
}

/* Appends. */
static inline void list_add(struct list *head, struct list *item)
{
    list_add_before(head, item);
}

static inline void list_add_first(struct list *head, struct list *item)
{
    list_add_before(head->next, item);
}

/* Harmless when `item` is in no list but was initialised. */
static inline void list_remove(struct list *item)
{
    item->prev->next = item->next;
    item->next->prev = item->prev;
    item->next = item->prev = item;
}

/* The first element, removed; NULL when empty. */
static inline struct list *list_take_first(struct list *head)
{
    struct list *item = head->next;
    if (item == head)
        return NULL;
    list_remove(item);
    return item;
}
