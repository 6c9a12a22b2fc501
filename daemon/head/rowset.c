/* rowset.c - all *_rows messages have the layout of `struct rows`: a list, a total, and
 * whether there are more. */
#include "daemon/head/rowset.h"

#include "lib/base/mem.h"
#include "lib/net/peer.h"
#include "lib/proto/codec.h"
#include "lib/proto/proto.h"
#include "lib/text/filter.h"

#include <stdlib.h>
#include <string.h>

enum { SPARE = 1000 }; /* rows beyond twice the limit, so that sorting is seldom */

struct rows {
    struct list_field rows;
    int64_t total, next;
};
_Static_assert(sizeof(struct rows) == sizeof(struct task_rows) &&
                   offsetof(struct rows, total) == offsetof(struct task_rows, total),
               "rows differ from the schema's");

static struct filter_term term_of(const struct filter *filter)
{
    return (struct filter_term){ .key = filter->key,
                                 .value = filter->value,
                                 .op = slice_is(filter->op, "!=") ? FILTER_NOT_EQUAL
                                                                  : FILTER_EQUAL };
}

static bool is_downwards(const struct rowset *set)
{
    return set->rq->sort.size > 0 && set->rq->sort.data[0] == '-';
}

static int take_order(struct rowset *set, struct error *err)
{
    struct slice key = set->rq->sort;
    struct filter_term term = { .op = FILTER_EQUAL };

    if (is_downwards(set))
        key = slice_of(key.data + 1, key.size - 1);
    if (set->rq->sort.size == 0)
        return 0;
    set->sort = desc_find(set->desc, key);
    if (set->sort != NULL)
        return 0;
    term.key = key;
    if (filter_check(set->desc, &term, err) == 0) /* labels.x: no field of its own */
        return fail(err, ERR_INVALID, "rows cannot be sorted by '%.*s'",
                    SLICE_ARGS(key));
    return wrap(err, "sort");
}

int rowset_init(struct rowset *set, const struct desc *desc,
                const struct list_request *rq, struct error *err)
{
    int status = 0;

    *set = (struct rowset){ .desc = desc, .rq = rq };
    if (rq->filters.count > ROWSET_FILTERS_MAX)
        return fail(err, ERR_INVALID, "more than %d filters", ROWSET_FILTERS_MAX);
    for (size_t i = 0; i < rq->filters.count && status == 0; i++) {
        struct filter_term term = term_of(&rq->filters.items[i]);
        status = filter_check(desc, &term, err);
    }
    return status == 0 ? take_order(set, err) : status;
}

static struct slice text_of(const struct desc *desc, const void *row, const char *key)
{
    const struct field *field = desc_find(desc, slice(key));

    return field != NULL && field->kind == KIND_STRING
               ? *(const struct slice *)desc_at(field, row)
               : slice("");
}

bool rowset_has_name(const struct desc *desc, const void *row, struct slice name)
{
    if (name.size == 0)
        return false;
    if (desc == &job_row_desc)
        return slice_equal(text_of(desc, row, "submission_id"), name);
    if (desc != &node_row_desc && desc != &actor_row_desc)
        return false;
    return !slice_is(text_of(desc, row, "state"), "DEAD") &&
           slice_equal(
               text_of(desc, row, desc == &node_row_desc ? "node_name" : "name"), name);
}

bool rowset_has_id(const struct desc *desc, const void *row, struct slice id)
{
    const struct field *first = &desc->fields[0];
    const struct id *own = desc_at(first, row);

    if (first->kind == KIND_ID && id_is_set(own) && id_has_prefix(own, id))
        return true;
    if (desc == &job_row_desc && slice_starts(text_of(desc, row, "submission_id"), id))
        return true;
    return rowset_has_name(desc, row, id);
}

static bool matches(const struct rowset *set, const void *row)
{
    const struct list_request *rq = set->rq;

    if (rq->id.size > 0 && !rowset_has_id(set->desc, row, rq->id))
        return false;
    for (size_t i = 0; i < rq->filters.count; i++) {
        struct filter_term term = term_of(&rq->filters.items[i]);
        if (!filter_matches(set->desc, row, &term))
            return false;
    }
    return true;
}

static bool is_full(const struct rowset *set)
{
    return set->sort == NULL && set->rq->limit > 0 && set->total >= set->rq->limit;
}

bool rowset_counts_only(const struct rowset *set)
{
    return is_full(set) && set->rq->id.size == 0 && set->rq->filters.count == 0;
}

void rowset_count(struct rowset *set)
{
    set->total++;
}

/* Rows that cannot be among the first any more are not kept. */
static void prune(struct rowset *set)
{
    struct arena before = set->arena;
    char *items;

    rowset_sort(set);
    items = xcalloc(set->count + 1, set->desc->size);
    set->arena = (struct arena){ 0 };
    for (size_t i = 0; i < set->count * set->desc->size; i += set->desc->size)
        codec_copy(&set->arena, set->desc, items + i, set->items + i);
    arena_finish(&before);
    free(set->items);
    set->items = items;
    set->capacity = set->count + 1;
}

void rowset_finish(struct rowset *set)
{
    arena_finish(&set->arena);
    free(set->items);
    set->items = NULL;
}

void rowset_add(struct rowset *set, const void *row)
{
    bool is_kept = !is_full(set);

    if (!matches(set, row))
        return;
    set->total++;
    if (!is_kept)
        return;
    set->items = xgrow(set->items, &set->capacity, set->count + 1, set->desc->size);
    codec_copy(&set->arena, set->desc, set->items + set->count * set->desc->size, row);
    set->count++;
    if (set->sort != NULL && set->rq->limit > 0 &&
        set->count >= 2 * (size_t)set->rq->limit + SPARE)
        prune(set);
}

static int compare_numbers(double a, double b)
{
    return (a > b) - (a < b);
}

static int compare_integers(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_lists(const struct list_field *a, const struct list_field *b)
{
    return (a->count > b->count) - (a->count < b->count);
}

/* Text by its bytes, ids by their hex form, lists by their length. */
static int compare_fields(const struct field *field, const void *a, const void *b)
{
    char left[ID_HEX_MAX], right[ID_HEX_MAX];

    switch ((enum field_kind)field->kind) {
    case KIND_BOOL:
        return *(const bool *)a - *(const bool *)b;
    case KIND_FLOAT:
        return compare_numbers(*(const double *)a, *(const double *)b);
    case KIND_STRING:
    case KIND_BYTES:
        return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
    case KIND_ID:
        return strcmp(id_hex(a, left), id_hex(b, right));
    case KIND_INT:
    case KIND_TIME:
    case KIND_DURATION:
    case KIND_SIZE:
    case KIND_AMOUNT:
        return compare_integers(*(const int64_t *)a, *(const int64_t *)b);
    case KIND_LIST:
    case KIND_PAIRS:
        return compare_lists(a, b);
    case KIND_MESSAGE:
        break;
    }
    return 0;
}

/* Equal rows stay as they came: they lie one after the other in what is sorted. */
static int compare_rows(const void *a, const void *b, void *arg)
{
    const struct rowset *set = arg;
    const char *left = *(const char *const *)a, *right = *(const char *const *)b;
    int order =
        compare_fields(set->sort, desc_at(set->sort, left), desc_at(set->sort, right));

    if (order == 0)
        return (left > right) - (left < right);
    return is_downwards(set) ? -order : order;
}

void rowset_sort(struct rowset *set)
{
    size_t size = set->desc->size, limit = (size_t)set->rq->limit;
    const char **order;
    char *items;

    if (set->sort == NULL || set->count == 0)
        return;
    order = xcalloc(set->count, sizeof(*order));
    items = xcalloc(set->count, size);
    for (size_t i = 0; i < set->count; i++)
        order[i] = set->items + i * size;
    qsort_r(order, set->count, sizeof(*order), compare_rows, set);
    for (size_t i = 0; i < set->count; i++)
        memcpy(items + i * size, order[i], size);
    free(order);
    free(set->items);
    set->items = items;
    if (set->rq->limit > 0 && set->count > limit)
        set->count = limit;
}

void rowset_reply(struct rowset *set, struct call *call)
{
    struct rows reply;

    rowset_sort(set);
    reply = (struct rows){ { set->items, set->count }, set->total, set->next };
    call_reply(call, &reply);
    rowset_finish(set);
}
