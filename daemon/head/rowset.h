/* rowset.h - rows on their way into an answer: filtered, counted, limited. Pure. */
#pragma once

#include "lib/base/arena.h"
#include "lib/base/desc.h"
#include "lib/base/error.h"

#include <stdbool.h>
#include <stdint.h>

struct call;
struct list_request;

enum { ROWSET_FILTERS_MAX = 64 };

struct rowset {
    const struct desc *desc; /* of a row */
    const struct list_request *rq;
    struct arena arena; /* of what is kept */
    char *items;
    size_t count, capacity;
    int64_t total;            /* that matched */
    int64_t next;             /* of the reply */
    const struct field *sort; /* NULL: as they come */
};

/* Checks filters and order against the row. `rq` lives as long as the set. */
int rowset_init(struct rowset *set, const struct desc *desc,
                const struct list_request *rq, struct error *err);
void rowset_finish(struct rowset *set); /* also one that is all zero */
/* Keeps a deep copy of the row if it matches and the limit is not reached; of rows in
 * an order, a few times as many as the limit says. */
void rowset_add(struct rowset *set, const void *row);
/* Whether the next row, whatever it is, would only be counted; then it may be. */
bool rowset_counts_only(const struct rowset *set);
void rowset_count(struct rowset *set);
/* Brings the rows into their order and cuts what is beyond the limit. */
void rowset_sort(struct rowset *set);
/* Sorts and replies (a message with `rows` and `total`), and frees. */
void rowset_reply(struct rowset *set, struct call *call);

/* Whether a row is asked for by `id`: by its id or a prefix of it, a submission id or a
 * prefix of it, or the whole name of a node or actor that is not DEAD. */
bool rowset_has_id(const struct desc *desc, const void *row, struct slice id);
/* Whether it is asked for by the whole of a submission id or name. */
bool rowset_has_name(const struct desc *desc, const void *row, struct slice name);
