/* refs.h - who holds objects of whom: the counting of refs between processes. Pure.
 *
 * An object has one owner, the process that made it. A ref to it travels inside values,
 * and every process that keeps one is a *borrower*: the owner counts, for each
 * borrower, the *loans* it has made to it, and keeps the object until all of them have
 * been given back. A borrower counts the loans it has heard of (`owed`) and gives back
 * that many when nothing in it needs the object any more. So it does not matter in
 * which order the messages of different processes arrive: a loan that the borrower has
 * not heard of yet is one that it cannot have given back.
 *
 * What keeps an object alive while a ref to it travels:
 * - With a task: the sender's hold, until the task's answer has come. A worker that
 *   still needs the object when its task ends takes a loan before it answers; one that
 *   does not never talks to the owner (refs_must_borrow()).
 * - With an answer (a result, or a value that a borrower has asked for): a loan to the
 *   receiver, made before the answer is sent; by whoever answers when that is the
 *   owner, else at his request (refs_hand_over()). What came with the task needs none:
 *   the receiver holds it itself.
 * A process that has ended gives back what it had (refs_forget_process()).
 *
 * Who uses this decides what holds are: of a process's own, refs.c knows nothing. */
#pragma once

#include "lib/base/id.h"
#include "lib/base/map.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct node_link;
struct ray_ref;

/* Loans of one object to one process. */
struct loan {
    struct id process;
    int64_t count;
    bool is_read; /* it has been told where the bytes are */
};

/* An object that other processes know, too. */
struct shared {
    struct map_node node;
    struct id id, owner;
    struct ray_ref *object;
    struct node_link *home; /* of the owner's process */
    /* Of an object that we own: */
    struct loan *loans;
    size_t loans_count, loans_capacity;
    /* Of one that we have borrowed: */
    int64_t owed;
    bool is_asked;    /* the owner was asked for its value */
    unsigned misses;  /* how often its bytes were not where they should be */
    const void *mark; /* whoever holds the lock may mark it */
};

struct refs {
    struct map all;  /* of struct shared, by id */
    struct id self;  /* this process */
    size_t borrowed; /* objects of ours that have borrowers */
};

void refs_finish(struct refs *refs); /* frees what is left, not the objects */

/* NULL: nobody else knows it. */
struct shared *refs_find(const struct refs *refs, const struct id *id);
/* `id` is not known yet. */
struct shared *refs_add(struct refs *refs, const struct id *id, const struct id *owner);
/* It has no loans, or its borrowers shall hear no more. */
void refs_remove(struct refs *refs, struct shared *shared);
bool refs_is_mine(const struct refs *refs, const struct shared *shared);

/* ---- of the owner ---- */

/* One more loan to `process`. */
void refs_lend(struct refs *refs, struct shared *shared, const struct id *process);
/* `process` gives back `count` loans. */
void refs_return(struct refs *refs, struct shared *shared, const struct id *process,
                 int64_t count);
static inline bool refs_is_lent(const struct shared *shared)
{
    return shared->loans_count > 0;
}
/* `process` has been told where the bytes are (or that there are none any more). */
void refs_mark_read(struct shared *shared, const struct id *process, bool is_read);
/* Whether some borrower has been told where the bytes are. */
bool refs_is_read(const struct shared *shared);
/* A process has ended: its loans are back. `on_back` hears of each object of ours that
 * it had, and may remove that one. */
void refs_forget_process(struct refs *refs, const struct id *process,
                         void (*on_back)(void *arg, struct shared *shared), void *arg);

/* ---- of a borrower ---- */

/* We have heard of `count` loans to us, of any object. */
void refs_credit(struct refs *refs, struct shared *shared, int64_t count);
/* How many loans to give back, now that nothing here needs it any more. */
int64_t refs_settle(struct shared *shared);
/* The task with which it came is about to be answered, and something here needs it. */
bool refs_must_borrow(const struct refs *refs, const struct shared *shared);

/* ---- of whoever answers ---- */

enum refs_step {
    REFS_SEND, /* as it is */
    REFS_LENT, /* with one loan, which was made here and now */
    REFS_ASK   /* with one loan, which the owner has to make first */
};
/* What a ref in an answer to `receiver` needs. `is_theirs`: it came with the task. */
enum refs_step refs_hand_over(struct refs *refs, struct shared *shared,
                              const struct id *receiver, bool is_theirs);
