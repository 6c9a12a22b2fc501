/* tables.h - the rows of a kind, one after the other: from the head's own tables, or
 * from those of the nodes.
 *
 * A row is made when it is asked for and lives until the callback returns. Loop thread
 * only. */
#pragma once

#include <stdbool.h>

struct desc;
struct query_sources;

typedef void tables_fn(void *arg, const void *row);

/* Whether the nodes have the rows of that kind (workers, objects), so that they must be
 * asked. */
bool tables_are_remote(const struct desc *row);
/* Calls fn for all rows of a kind that the head has itself, newest first. */
void tables_each(const struct query_sources *sources, const struct desc *row,
                 tables_fn *fn, void *arg);

struct tables_ops {
    tables_fn *on_row;
    void (*on_done)(void *arg); /* once, last, never before tables_ask() returns */
    void *arg;
};

/* The same for a remote kind, as the nodes answer; one that does not is left out. */
void tables_ask(const struct query_sources *sources, const struct desc *row,
                const struct tables_ops *ops);
