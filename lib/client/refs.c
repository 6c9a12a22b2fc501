/* refs.c - loans made, loans owed.
 *
 * An owner can be its own borrower for a moment: somebody answers it with a ref to an
 * object of its own, and asks for a loan first, lest the owner drop the object while
 * the answer is on its way. The owner gives that loan back to itself when the answer
 * has come (refs_credit()). */
#include "lib/client/refs.h"

#include "lib/base/mem.h"

#include <stdlib.h>

struct shared *refs_find(const struct refs *refs, const struct id *id)
{
    struct map_node *node = map_find(&refs->all, ID_KEY(id));
    return node != NULL ? container_of(node, struct shared, node) : NULL;
}

struct shared *refs_add(struct refs *refs, const struct id *id, const struct id *owner)
{
    struct shared *shared = xcalloc(1, sizeof(*shared));

    shared->id = *id;
    shared->owner = *owner;
    map_add(&refs->all, &shared->node, ID_KEY(&shared->id));
    return shared;
}

void refs_remove(struct refs *refs, struct shared *shared)
{
    if (shared->loans_count > 0)
        refs->borrowed--;
    map_remove(&refs->all, &shared->node);
    free(shared->loans);
    free(shared);
}

void refs_finish(struct refs *refs)
{
    struct map_node *node, *after;

    map_each(node, after, &refs->all)
        refs_remove(refs, container_of(node, struct shared, node));
}

bool refs_is_mine(const struct refs *refs, const struct shared *shared)
{
    return id_equal(&shared->owner, &refs->self);
}

static struct loan *find_loan(const struct shared *shared, const struct id *process)
{
    for (size_t i = 0; i < shared->loans_count; i++)
        if (id_equal(&shared->loans[i].process, process))
            return &shared->loans[i];
    return NULL;
}

void refs_lend(struct refs *refs, struct shared *shared, const struct id *process)
{
    struct loan *loan = find_loan(shared, process);

    if (loan == NULL) {
        shared->loans = xgrow(shared->loans, &shared->loans_capacity,
                              shared->loans_count + 1, sizeof(*shared->loans));
        refs->borrowed += shared->loans_count == 0;
        loan = &shared->loans[shared->loans_count++];
        *loan = (struct loan){ .process = *process };
    }
    loan->count++;
}

static void drop(struct refs *refs, struct shared *shared, struct loan *loan)
{
    *loan = shared->loans[--shared->loans_count];
    refs->borrowed -= shared->loans_count == 0;
}

void refs_return(struct refs *refs, struct shared *shared, const struct id *process,
                 int64_t count)
{
    struct loan *loan = find_loan(shared, process);

    if (loan == NULL || count <= 0)
        return;
    loan->count -= count;
    if (loan->count <= 0)
        drop(refs, shared, loan);
}

void refs_mark_read(struct shared *shared, const struct id *process, bool is_read)
{
    struct loan *loan = find_loan(shared, process);

    if (loan != NULL)
        loan->is_read = is_read;
}

bool refs_is_read(const struct shared *shared)
{
    for (size_t i = 0; i < shared->loans_count; i++)
        if (shared->loans[i].is_read)
            return true;
    return false;
}

void refs_forget_process(struct refs *refs, const struct id *process,
                         void (*on_back)(void *arg, struct shared *shared), void *arg)
{
    struct map_node *node, *after;

    map_each(node, after, &refs->all) {
        struct shared *shared = container_of(node, struct shared, node);
        struct loan *loan = find_loan(shared, process);
        if (loan == NULL)
            continue;
        drop(refs, shared, loan);
        on_back(arg, shared);
    }
}

void refs_credit(struct refs *refs, struct shared *shared, int64_t count)
{
    if (refs_is_mine(refs, shared))
        refs_return(refs, shared, &refs->self, count);
    else
        shared->owed += count;
}

int64_t refs_settle(struct shared *shared)
{
    int64_t owed = shared->owed;

    shared->owed = 0;
    return owed;
}

bool refs_must_borrow(const struct refs *refs, const struct shared *shared)
{
    return shared->owed == 0 && !refs_is_mine(refs, shared);
}

enum refs_step refs_hand_over(struct refs *refs, struct shared *shared,
                              const struct id *receiver, bool is_theirs)
{
    if (is_theirs)
        return REFS_SEND;
    if (!refs_is_mine(refs, shared))
        return REFS_ASK;
    if (!id_equal(receiver, &refs->self))
        refs_lend(refs, shared, receiver);
    return id_equal(receiver, &refs->self) ? REFS_SEND : REFS_LENT;
}
