/* rowset.c - all *_rows messages have the layout of `struct rows`: a list and a total.
 */
#include "daemon/head/rowset.h"

#include "lib/base/mem.h"
#include "lib/net/peer.h"
#include "lib/proto/codec.h"
#include "lib/proto/proto.h"
#include "lib/text/filter.h"

#include <stdlib.h>

struct rows {
    struct list_field rows;
    int64_t total;
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

int rowset_init(struct rowset *set, const struct desc *desc,
                const struct list_request *rq, struct arena *arena, struct error *err)
{
    int status = 0;

    *set = (struct rowset){ .desc = desc, .rq = rq, .arena = arena };
    if (rq->filters.count > ROWSET_FILTERS_MAX)
        return fail(err, ERR_INVALID, "more than %d filters", ROWSET_FILTERS_MAX);
    for (size_t i = 0; i < rq->filters.count && status == 0; i++) {
        struct filter_term term = term_of(&rq->filters.items[i]);
        status = filter_check(desc, &term, err);
    }
    return status;
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

void rowset_add(struct rowset *set, const void *row)
{
    if (!matches(set, row))
        return;
    set->total++;
    if (set->rq->limit > 0 && set->total > set->rq->limit)
        return;
    set->items = xgrow(set->items, &set->capacity, set->count + 1, set->desc->size);
    codec_copy(set->arena, set->desc, set->items + set->count * set->desc->size, row);
    set->count++;
}

void rowset_reply(struct rowset *set, struct call *call)
{
    struct rows reply = { { set->items, set->count }, set->total };

    call_reply(call, &reply);
    free(set->items);
}
