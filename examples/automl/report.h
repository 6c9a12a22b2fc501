/* report.h - what is known of a request: the message between trainer, proxy and client.
 *
 * While a request runs, its trainer sends short reports, with the best line alone; the
 * last one has all lines. The proxy keeps them as bytes and hands them on; the client
 * opens them. An outcome is what a worker task returns of one trial.
 *
 * Both are blocks (block.h), checked when they are opened: the fields of the structures
 * below in their order, numbers at their width, texts at their full one with zeros
 * behind. `count` lines end a report. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "candidate.h"
#include "trial.h"

struct automl_error;

#define REPORT_NODE 16 /* the first digits of a node's id, with the terminator */
#define REPORT_LINES 4096u

enum report_state {
    REPORT_QUEUED,
    REPORT_SEARCHING,
    REPORT_TRAINING,
    REPORT_DONE,
    REPORT_FAILED
};

/* A line of the leaderboard. */
struct report_line {
    char text[CANDIDATE_TEXT]; /* family and parameters */
    uint32_t folds;
    struct trial_tally tally;
    double seconds;         /* of computing, over all its trials */
    char node[REPORT_NODE]; /* where the last of them ran */
    uint32_t has_failed;
};

struct report {
    uint32_t state; /* enum report_state */
    uint32_t round;
    uint32_t candidates;        /* known so far */
    uint32_t trials, pending;   /* handed out, and of these without a result */
    uint32_t retried;           /* trials that were run again because a worker died */
    double seconds;             /* since the search began */
    struct trial_tally holdout; /* of the winner, when done */
    char message[256];          /* why it failed */
    uint32_t count;             /* lines, best first; REPORT_LINES at most */
    struct report_line *lines;  /* owned */
};

struct outcome {
    struct trial_tally tally;
    double seconds;
    uint32_t attempt; /* greater than 0 when a worker died under an earlier one */
    char node[REPORT_NODE];
};

/* The bytes, which the caller frees; NULL when memory runs out. */
void *report_pack(const struct report *, size_t *size, struct automl_error *err);
/* Fills the report in; the caller ends it with report_finish. On failure there is
 * nothing to end. */
int report_open(struct report *, const void *bytes, size_t size,
                struct automl_error *err);
/* Frees the lines. A report of zeros is allowed. */
void report_finish(struct report *);
/* The share of right answers in the folds done so far. */
double report_score(const struct report_line *);

void *outcome_pack(const struct outcome *, size_t *size, struct automl_error *err);
int outcome_open(struct outcome *, const void *bytes, size_t size,
                 struct automl_error *err);
