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

/* `get`: an id, a submission id, or a prefix of one, in the first two fields of a row.
 */
static bool has_id(const struct desc *desc, const void *row, struct slice id)
{
    for (size_t i = 0; i < 2 && i < desc->count; i++) {
        const struct field *field = &desc->fields[i];
        const void *value = desc_at(field, row);
        if (field->kind == KIND_ID && id_is_set(value) && id_has_prefix(value, id))
            return true;
        if (field->kind == KIND_STRING &&
            slice_is(slice(field->name), "submission_id") &&
            slice_starts(*(const struct slice *)value, id))
            return true;
    }
    return false;
}

static bool matches(const struct rowset *set, const void *row)
{
    const struct list_request *rq = set->rq;

    if (rq->id.size > 0 && !has_id(set->desc, row, rq->id))
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
