/* search.h - which candidates to try, and on how many folds.
 *
 * A state machine without clock, threads or I/O. It goes in rounds: search_next hands
 * out a round's trials, their results come back by search_report in any order, and when
 * all are in, search_next hands out the next round, until nothing is left to try:
 *
 *     while ((count = search_next(search, &trials)) > 0)
 *         run all of them anywhere, search_report or search_fail each;
 *
 * Successive halving: every candidate starts on a fifth of the folds, the best third go
 * on to half of them, and the best third of those to all (the steps are called rungs).
 * The first round tries half of the candidates, spread over all families; each later
 * one adds some near the best so far of each of the leading families, in ever smaller
 * steps, and one in five from anywhere.
 *
 * What is handed out depends on the setup and the results alone, never on their order
 * or timing. So a search that was lost is rebuilt by reporting the known results
 * again. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trial.h"

struct automl_error;
struct search;

#define SEARCH_MAX_CANDIDATES 4096u
#define SEARCH_MAX_FOLDS 2000u

struct search_setup {
    uint64_t seed;
    uint32_t candidates; /* to try in all: 1 .. SEARCH_MAX_CANDIDATES */
    uint32_t rounds;     /* that bring new candidates: 1 .. candidates */
    uint32_t folds;      /* of the full cross-validation: 2 .. SEARCH_MAX_FOLDS */
};

/* 36 candidates in 4 rounds, on the folds of evaluate_usual, seed 1: of the three sets
 * in data/, a search of the largest takes about 15 seconds of one processor. */
extern const struct search_setup search_usual;

/* A line of the leaderboard. */
struct search_entry {
    struct candidate candidate;
    uint32_t folds;           /* done so far */
    struct trial_tally tally; /* over these folds */
    double score;
    bool has_failed;
};

struct search_progress {
    uint32_t round;      /* the one under way, from 1; 0 before the first search_next */
    uint32_t candidates; /* known so far */
    uint32_t trials;     /* handed out so far */
    uint32_t pending;    /* of these, without a result */
    bool is_done;
};

/* NULL if a number of the setup is out of range or memory runs out. */
struct search *search_create(const struct search_setup *, struct automl_error *err);

/* NULL is allowed. */
void search_destroy(struct search *);

/* Hands out the next round: returns how many trials `*trials` points at, heavy ones
 * first so that a round does not end with a long one. They are borrowed until the next
 * round is handed out. 0 while results are pending, and when the search is done. */
size_t search_next(struct search *, const struct trial **trials);

/* Takes the result of a trial of this round. Negative, and nothing changes, if the
 * trial is not of this round, has its result already, or the tally is no result. */
int search_report(struct search *, uint32_t trial, const struct trial_tally *,
                  struct automl_error *err);

/* Gives the trial's candidate up, for instance because it cannot be trained. */
int search_fail(struct search *, uint32_t trial, struct automl_error *err);

void search_progress(const struct search *, struct search_progress *);

/* Fills in up to `max` lines and returns how many there are in all. Order: more folds
 * first, then the better score, then the text; failed candidates last. */
size_t search_board(const struct search *, struct search_entry *lines, size_t max);

/* The first line of the board. False if no candidate has a result. */
bool search_best(const struct search *, struct search_entry *best);
