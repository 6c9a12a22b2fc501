/* search.c - successive halving with a barrier after each round.
 *
 * Contenders are candidates in the order in which they were made; a trial is the step
 * of one contender to its next rung. All decisions are taken in search_next, when the
 * results of the round before are complete, and by comparisons that never tie, so the
 * order in which results came in leaves no trace.
 *
 * A round's trials: first those who go on (the best third of each rung that have not
 * gone on before), then the new candidates. A contender has at most one trial a round,
 * so the tables have one place for each candidate. Each round draws from its own stream
 * of random numbers, so more draws in one round do not shift those of the next. */
#include "search.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "automl_error.h"
#include "contender.h"
#include "prng.h"

#define KEEP_ONE_IN 3  /* of those that reached a rung, go on to the next */
#define PARENTS 3      /* families whose best candidate new ones are drawn near */
#define STRAY_ONE_IN 5 /* new candidates that come from anywhere */
#define WIDTH                                                                          \
    0.5          /* of a parameter's range, over the round's number: how far to step   \
                  */
#define TRIES 64 /* to find a candidate that is new */

const struct search_setup search_usual = {
    .seed = 1,
    .candidates = 36,
    .rounds = 4,
    .folds = 20,
};

struct search {
    struct search_setup setup;
    uint32_t rung_count;
    uint32_t rung_folds[CONTENDER_RUNGS]; /* how many folds are done at each rung */
    struct contender *contenders;
    const struct contender **ranked; /* room to sort them */
    uint32_t count;
    uint32_t round;
    uint32_t handed_out;    /* trials before this round */
    struct trial *trials;   /* of this round */
    uint32_t *contender_of; /* trial of this round -> contender */
    bool *is_reported;
    uint32_t trial_count;
    uint32_t pending;
    bool is_done;
};

static int check_setup(const struct search_setup *setup, struct automl_error *err)
{
    if (setup->candidates < 1 || setup->candidates > SEARCH_MAX_CANDIDATES)
        return automl_fail(err, "%" PRIu32 " candidates; 1 to %u are allowed",
                           setup->candidates, SEARCH_MAX_CANDIDATES);
    if (setup->rounds < 1 || setup->rounds > setup->candidates)
        return automl_fail(err, "%" PRIu32 " rounds; 1 to %" PRIu32 " are allowed",
                           setup->rounds, setup->candidates);
    if (setup->folds < 2 || setup->folds > SEARCH_MAX_FOLDS)
        return automl_fail(err, "%" PRIu32 " folds; 2 to %u are allowed", setup->folds,
                           SEARCH_MAX_FOLDS);
    return 0;
}

/* A fifth of the folds, half, all; two rungs when that makes no difference. */
static void make_rungs(struct search *search)
{
    uint32_t folds = search->setup.folds;
    uint32_t first = (folds + 4) / 5;
    uint32_t half = (folds + 1) / 2;
    search->rung_folds[search->rung_count++] = first;
    if (half > first)
        search->rung_folds[search->rung_count++] = half;
    search->rung_folds[search->rung_count++] = folds;
}

static bool make_room(struct search *search)
{
    uint32_t count = search->setup.candidates;
    search->contenders = calloc(count, sizeof(*search->contenders));
    search->ranked = calloc(count, sizeof(*search->ranked));
    search->trials = calloc(count, sizeof(*search->trials));
    search->contender_of = calloc(count, sizeof(*search->contender_of));
    search->is_reported = calloc(count, sizeof(*search->is_reported));
    return search->contenders && search->ranked && search->trials &&
           search->contender_of && search->is_reported;
}

struct search *search_create(const struct search_setup *setup, struct automl_error *err)
{
    if (check_setup(setup, err) < 0)
        return NULL;
    struct search *search = calloc(1, sizeof(*search));
    if (search)
        search->setup = *setup;
    if (!search || !make_room(search)) {
        search_destroy(search);
        automl_fail(err, "out of memory for %" PRIu32 " candidates", setup->candidates);
        return NULL;
    }
    make_rungs(search);
    return search;
}

void search_destroy(struct search *search)
{
    if (!search)
        return;
    free(search->contenders);
    free(search->ranked);
    free(search->trials);
    free(search->contender_of);
    free(search->is_reported);
    free(search);
}

/* The contender takes its next rung. */
static void add_trial(struct search *search, uint32_t contender)
{
    uint32_t rung = search->contenders[contender].rungs;
    uint32_t done = rung ? search->rung_folds[rung - 1] : 0;
    uint32_t trial = search->trial_count++;
    search->trials[trial] = (struct trial){
        .first_fold = done,
        .fold_count = search->rung_folds[rung] - done,
        .candidate = search->contenders[contender].candidate,
    };
    search->contender_of[trial] = contender;
}

static void add_promotions(struct search *search, uint32_t rung)
{
    const struct contender *list = search->contenders;
    uint32_t reached = contender_count_at(list, search->count, rung);
    uint32_t keep = (reached + KEEP_ONE_IN - 1) / KEEP_ONE_IN;
    for (uint32_t i = 0; i < search->count; i++) {
        bool is_waiting = !list[i].has_failed && list[i].rungs == rung + 1;
        if (is_waiting &&
            contender_place_at(list, search->count, rung, &list[i]) < keep)
            add_trial(search, i);
    }
}

/* Adds the candidate unless there is such a one. */
static bool add_contender(struct search *search, const struct candidate *candidate)
{
    struct contender added = { .candidate = *candidate };
    candidate_format(candidate, added.text);
    for (uint32_t i = 0; i < search->count; i++) {
        if (strcmp(search->contenders[i].text, added.text) == 0)
            return false;
    }
    search->contenders[search->count++] = added;
    return true;
}

/* The first round: each family as it usually is, then each from anywhere, in turn. */
static bool add_survey(struct search *search, uint32_t turn, struct prng *prng)
{
    const struct family *family = family_at(turn % family_count());
    struct candidate candidate;
    if (turn < family_count())
        candidate_usual(&candidate, family);
    else
        candidate_draw(&candidate, family, prng);
    return add_contender(search, &candidate);
}

/* A candidate from anywhere, or near one of the parents, best first. */
static bool add_near(struct search *search, const struct contender *const *parents,
                     uint32_t parent_count, struct prng *prng)
{
    struct candidate candidate;
    if (parent_count == 0 || prng_below(prng, STRAY_ONE_IN) == 0) {
        uint32_t any = prng_below(prng, (uint32_t)family_count());
        candidate_draw(&candidate, family_at(any), prng);
        return add_contender(search, &candidate);
    }
    /* The lower of two draws: the best is the most likely parent. */
    uint32_t one = prng_below(prng, parent_count);
    uint32_t other = prng_below(prng, parent_count);
    candidate_near(&candidate, &parents[one < other ? one : other]->candidate,
                   WIDTH / search->round, prng);
    return add_contender(search, &candidate);
}

static int on_compare(const void *left, const void *right)
{
    const struct contender *const *a = left;
    const struct contender *const *b = right;
    return contender_compare(*a, *b);
}

static void rank(const struct search *search)
{
    for (uint32_t i = 0; i < search->count; i++)
        search->ranked[i] = &search->contenders[i];
    qsort(search->ranked, search->count, sizeof(search->ranked[0]), on_compare);
}

/* The best contender of each family, in the order of the board. */
static uint32_t find_parents(const struct search *search,
                             const struct contender **parents)
{
    uint32_t found = 0;
    rank(search);
    for (uint32_t i = 0; i < search->count && found < PARENTS; i++) {
        const struct contender *ranked = search->ranked[i];
        bool is_first = !ranked->has_failed;
        for (uint32_t j = 0; j < found; j++)
            is_first &= parents[j]->candidate.family != ranked->candidate.family;
        if (is_first)
            parents[found++] = ranked;
    }
    return found;
}

/* How many candidates there are to be in this round: half in the first, then the rest
 * in equal parts. */
static uint32_t wanted_now(const struct search *search)
{
    const struct search_setup *setup = &search->setup;
    if (search->round >= setup->rounds)
        return setup->candidates;
    uint32_t first = (setup->candidates + 1) / 2;
    uint32_t later = setup->candidates - first;
    return first + later * (search->round - 1) / (setup->rounds - 1);
}

static void add_candidates(struct search *search)
{
    const struct contender *parents[PARENTS];
    uint32_t parent_count = find_parents(search, parents);
    uint32_t known = search->count;
    uint32_t wanted = wanted_now(search);
    uint32_t turn = 0;
    uint32_t tries = 0;
    struct prng prng;
    prng_init(&prng, search->setup.seed, search->round);
    while (search->count < wanted && tries < TRIES) {
        bool is_new = search->round == 1
                          ? add_survey(search, turn++, &prng)
                          : add_near(search, parents, parent_count, &prng);
        tries = is_new ? 0 : tries + 1;
    }
    for (uint32_t i = known; i < search->count; i++)
        add_trial(search, i);
}

/* Moves the heavy ones to the front, all else in the order in which it was. */
static void order_trials(struct search *search)
{
    uint32_t heavy = 0;
    for (uint32_t i = 0; i < search->trial_count; i++) {
        struct trial trial = search->trials[i];
        uint32_t contender = search->contender_of[i];
        size_t before = i - heavy;
        if (!candidate_is_heavy(&trial.candidate))
            continue;
        memmove(&search->trials[heavy + 1], &search->trials[heavy],
                before * sizeof(trial));
        memmove(&search->contender_of[heavy + 1], &search->contender_of[heavy],
                before * sizeof(contender));
        search->trials[heavy] = trial;
        search->contender_of[heavy] = contender;
        heavy++;
    }
    for (uint32_t i = 0; i < search->trial_count; i++)
        search->trials[i].id = search->handed_out + i;
}

size_t search_next(struct search *search, const struct trial **trials)
{
    if (search->pending > 0 || search->is_done)
        return 0;
    search->handed_out += search->trial_count;
    search->trial_count = 0;
    search->round++;
    for (uint32_t rung = 0; rung + 1 < search->rung_count; rung++)
        add_promotions(search, rung);
    if (search->round <= search->setup.rounds)
        add_candidates(search);
    if (search->trial_count == 0) {
        search->round--;
        search->is_done = true;
        return 0;
    }
    order_trials(search);
    memset(search->is_reported, 0, search->trial_count * sizeof(*search->is_reported));
    search->pending = search->trial_count;
    *trials = search->trials;
    return search->trial_count;
}

/* The contender of the trial, which counts as reported from now on. */
static struct contender *take_trial(struct search *search, uint32_t trial,
                                    struct automl_error *err)
{
    uint32_t i = trial - search->handed_out;
    if (trial < search->handed_out || i >= search->trial_count) {
        automl_fail(err, "trial %" PRIu32 " is not of this round", trial);
        return NULL;
    }
    if (search->is_reported[i]) {
        automl_fail(err, "trial %" PRIu32 " has its result already", trial);
        return NULL;
    }
    search->is_reported[i] = true;
    search->pending--;
    return &search->contenders[search->contender_of[i]];
}

int search_report(struct search *search, uint32_t trial,
                  const struct trial_tally *tally, struct automl_error *err)
{
    if (tally->total == 0 || tally->correct > tally->total)
        return automl_fail(err, "trial %" PRIu32 ": %" PRIu32 " right of %" PRIu32,
                           trial, tally->correct, tally->total);
    struct contender *contender = take_trial(search, trial, err);
    if (!contender)
        return -1;
    contender_step(contender, tally);
    return 0;
}

int search_fail(struct search *search, uint32_t trial, struct automl_error *err)
{
    struct contender *contender = take_trial(search, trial, err);
    if (!contender)
        return -1;
    contender->has_failed = true;
    return 0;
}

void search_progress(const struct search *search, struct search_progress *progress)
{
    *progress = (struct search_progress){
        .round = search->round,
        .candidates = search->count,
        .trials = search->handed_out + search->trial_count,
        .pending = search->pending,
        .is_done = search->is_done,
    };
}

static struct search_entry entry_of(const struct search *search,
                                    const struct contender *contender)
{
    struct trial_tally tally = contender_tally(contender);
    return (struct search_entry){
        .candidate = contender->candidate,
        .folds = contender->rungs ? search->rung_folds[contender->rungs - 1] : 0,
        .tally = tally,
        .score = tally.total ? (double)tally.correct / tally.total : 0,
        .has_failed = contender->has_failed,
    };
}

size_t search_board(const struct search *search, struct search_entry *lines, size_t max)
{
    rank(search);
    for (uint32_t i = 0; i < search->count && i < max; i++)
        lines[i] = entry_of(search, search->ranked[i]);
    return search->count;
}

bool search_best(const struct search *search, struct search_entry *best)
{
    return search_board(search, best, 1) > 0 && !best->has_failed && best->folds > 0;
}
