/* goal.c - filters on the state become a set of states, so that the edges of
 * states.def tell what can still be reached. Of anything else only this is known: what
 * has come to its last state does not change any more. */
#include "daemon/head/goal.h"

#include "lib/base/nearest.h"
#include "lib/proto/proto.h"
#include "lib/text/filter.h"

#include <stdio.h>

enum { NAME_MAX_SIZE = 64, STATES_MAX = 32 };

static const struct kind {
    const char *name;
    const struct desc *row;
    const struct fsm *fsm;
    const char *state; /* the field that has it */
} kinds[] = {
    { "node", &node_row_desc, &node_fsm, "state" },
    { "actor", &actor_row_desc, &actor_fsm, "state" },
    { "task", &task_row_desc, &task_fsm, "state" },
    { "job", &job_row_desc, &job_fsm, "status" },
    { "worker", &worker_row_desc, &worker_fsm, "state" },
    { "object", &object_row_desc, NULL, NULL },
};

static struct filter_term term_of(const struct filter *filter)
{
    return (struct filter_term){ filter->key, filter->value,
                                 slice_is(filter->op, "!=") ? FILTER_NOT_EQUAL
                                                            : FILTER_EQUAL };
}

/* Ray calls it "state" of most things and "status" of jobs; either will do. */
static bool is_of_state(const struct goal *goal, const struct filter *filter)
{
    return goal->fsm != NULL &&
           (slice_is(filter->key, "state") || slice_is(filter->key, goal->state->name));
}

static int find_state(const struct goal *goal, struct slice word, struct error *err)
{
    char name[NAME_MAX_SIZE];
    const char *names[STATES_MAX], *close;
    int found;

    snprintf(name, sizeof(name), "%.*s", SLICE_ARGS(word));
    found = fsm_find(goal->fsm, name);
    if (found >= 0)
        return found;
    for (int i = 0; i < goal->fsm->count && i < STATES_MAX; i++)
        names[i] = goal->fsm->states[i].name;
    close = nearest(word, names, (size_t)goal->fsm->count);
    return fail(err, ERR_INVALID, "a %s is never '%.*s'%s%s%s", goal->kind,
                SLICE_ARGS(word), close != NULL ? "; did you mean '" : "",
                close != NULL ? close : "", close != NULL ? "'?" : "");
}

/* "A,B,C" */
static int take_states(struct goal *goal, const struct filter *filter,
                       struct error *err)
{
    struct slice left = filter->value;
    uint32_t named = 0;

    for (;;) {
        const char *comma = left.size > 0 ? memchr(left.data, ',', left.size) : NULL;
        size_t size = comma != NULL ? (size_t)(comma - left.data) : left.size;
        int found = find_state(goal, slice_of(left.data, size), err);
        if (found < 0)
            return found;
        named |= TO(found);
        if (comma == NULL)
            break;
        left = slice_of(comma + 1, left.size - size - 1);
    }
    goal->states &= slice_is(filter->op, "!=") ? ~named : named;
    return 0;
}

static int take_filter(struct goal *goal, const struct filter *filter,
                       struct error *err)
{
    struct filter_term term = term_of(filter);

    if (is_of_state(goal, filter))
        return take_states(goal, filter, err);
    return filter_check(goal->row, &term, err);
}

int goal_init(struct goal *goal, struct slice kind, const struct wait_request *rq,
              struct error *err)
{
    int status = 0;

    *goal = (struct goal){ .rq = rq, .states = UINT32_MAX };
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        if (!slice_is(kind, kinds[i].name))
            continue;
        goal->kind = kinds[i].name;
        goal->row = kinds[i].row;
        goal->fsm = kinds[i].fsm;
        if (goal->fsm != NULL)
            goal->state = desc_find(goal->row, slice(kinds[i].state));
    }
    if (goal->row == NULL)
        return fail(err, ERR_INVALID, "nothing is of the kind '%.*s'",
                    SLICE_ARGS(kind));
    for (size_t i = 0; i < rq->filters.count && status == 0; i++)
        status = take_filter(goal, &rq->filters.items[i], err);
    return status;
}

struct slice goal_state(const struct goal *goal, const void *row)
{
    return goal->state != NULL ? *(const struct slice *)desc_at(goal->state, row)
                               : slice("");
}

static int state_of(const struct goal *goal, const void *row)
{
    char name[NAME_MAX_SIZE];

    if (goal->fsm == NULL)
        return -1;
    snprintf(name, sizeof(name), "%.*s", SLICE_ARGS(goal_state(goal, row)));
    return fsm_find(goal->fsm, name);
}

static bool others_match(const struct goal *goal, const void *row)
{
    for (size_t i = 0; i < goal->rq->filters.count; i++) {
        const struct filter *filter = &goal->rq->filters.items[i];
        struct filter_term term = term_of(filter);
        if (!is_of_state(goal, filter) && !filter_matches(goal->row, row, &term))
            return false;
    }
    return true;
}

static enum goal_outcome judge_deleted(const struct goal *goal, const void *row)
{
    return slice_is(goal_state(goal, row), "DEAD") ? GOAL_REACHED : GOAL_WAITING;
}

enum goal_outcome goal_judge(const struct goal *goal, const void *row)
{
    int state = state_of(goal, row);
    bool is_there, others = others_match(goal, row);

    if (goal->rq->deleted)
        return judge_deleted(goal, row);
    is_there = state < 0 || (goal->states & TO(state)) != 0;
    if (is_there && others)
        return GOAL_REACHED;
    if (state < 0)
        return GOAL_WAITING;
    if (!fsm_can_reach(goal->fsm, state, goal->states))
        return GOAL_IMPOSSIBLE;
    return goal->fsm->states[state].next == 0 && !others ? GOAL_IMPOSSIBLE
                                                         : GOAL_WAITING;
}
