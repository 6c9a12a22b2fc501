/* automl_trainer.c - the trainer actor: one a request. It plans the search, hands
 * trials out as tasks, takes their results in any order, and tells the proxy how it
 * goes.
 *
 * An actor runs one method at a time and `run` lasts as long as the search, so nobody
 * can ask a trainer anything: it calls the proxy. Of progress it does not wait for an
 * answer; that the result has arrived it makes sure, and fails if it has not.
 *
 * A trial whose worker dies is run again by the engine. A trial that cannot be trained
 * gives its candidate up; the search goes on. */
#include <ray.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "automl_error.h"
#include "report.h"
#include "request.h"

#define TELL_SECONDS 0.1
#define LOOK_UP_MS 1000 /* to tell that nothing has happened */
#define ANSWER_MS 60000
#define RETRIES 10 /* of a trial whose workers die */

/* What was measured beside the score. */
struct effort {
    char text[CANDIDATE_TEXT];
    double seconds;
    char node[REPORT_NODE];
};

struct pending {
    struct ray_ref *ref;
    uint32_t trial;
    char text[CANDIDATE_TEXT];
};

struct trainer {
    char *id;
    int64_t number; /* among the trainers of the request */
    struct request request;
    struct ray_ref *data;
    struct search *search;
    struct ray_actor *proxy;
    struct effort *efforts;
    size_t efforts_count;
    struct pending *pending;
    size_t pending_count;
    uint32_t retried;
    double began, told;
};

static double now(void)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static void trainer_free(void *state)
{
    struct trainer *trainer = state;

    for (size_t i = 0; i < trainer->pending_count; i++)
        ray_release(trainer->pending[i].ref);
    ray_release(trainer->data);
    ray_actor_release(trainer->proxy);
    search_destroy(trainer->search);
    free(trainer->pending);
    free(trainer->efforts);
    free(trainer->id);
    free(trainer);
}

/* id of the request, number, data set, options, namespace of the proxy */
static int trainer_new(struct ray_task *task, void **state)
{
    struct trainer *trainer = calloc(1, sizeof(*trainer));
    struct automl_error err = { "out of memory" };
    struct ray_error why = { .text = "" };
    size_t size;
    const void *bytes = ray_arg_bytes(task, 2, &size);

    if (!trainer)
        return ray_fail(task, "out of memory");
    trainer->id = strdup(ray_arg_string(task, 0));
    trainer->number = ray_arg_int(task, 1);
    if (trainer->id &&
        request_parse(&trainer->request, ray_arg_string(task, 3), &err) == 0)
        trainer->search = search_create(&trainer->request.setup, &err);
    if (!trainer->search) {
        trainer_free(trainer);
        return ray_fail(task, "%s", err.text);
    }
    /* Once: every task reads it in place. */
    trainer->data = ray_put(ray_bytes(bytes, size), &why);
    if (trainer->data)
        trainer->proxy = ray_actor_get(AUTOML_PROXY, ray_arg_string(task, 4), &why);
    if (!trainer->proxy) {
        trainer_free(trainer);
        return ray_fail(task, "%s", why.text);
    }
    *state = trainer;
    return 0;
}

RAY_ACTOR(trainer, "string int bytes string string", trainer_new, trainer_free);

/* ---- telling the proxy ---- */

static struct effort *find_effort(const struct trainer *trainer, const char *text)
{
    for (size_t i = 0; i < trainer->efforts_count; i++)
        if (strcmp(trainer->efforts[i].text, text) == 0)
            return &trainer->efforts[i];
    return NULL;
}

static int add_effort(struct trainer *trainer, const char *text,
                      const struct outcome *outcome)
{
    struct effort *effort = find_effort(trainer, text);

    if (!effort) {
        struct effort *more =
            realloc(trainer->efforts, (trainer->efforts_count + 1) * sizeof(*more));
        if (!more)
            return -1;
        trainer->efforts = more;
        effort = &more[trainer->efforts_count++];
        *effort = (struct effort){ .seconds = 0 };
        memcpy(effort->text, text, strlen(text) + 1);
    }
    effort->seconds += outcome->seconds;
    memcpy(effort->node, outcome->node, sizeof(effort->node));
    return 0;
}

static void fill_line(const struct trainer *trainer, const struct search_entry *entry,
                      struct report_line *line)
{
    const struct effort *effort;

    candidate_format(&entry->candidate, line->text);
    line->folds = entry->folds;
    line->tally = entry->tally;
    line->has_failed = entry->has_failed;
    effort = find_effort(trainer, line->text);
    if (effort) {
        line->seconds = effort->seconds;
        memcpy(line->node, effort->node, sizeof(line->node));
    }
}

/* Fills the report in, with `most` lines at most, which are the caller's to free. */
static int make_report(const struct trainer *trainer, size_t most,
                       struct report *report)
{
    struct search_progress progress;
    size_t known = search_board(trainer->search, NULL, 0);
    size_t count = known < most ? known : most;
    struct search_entry *entries = calloc(count + 1, sizeof(*entries));

    search_progress(trainer->search, &progress);
    report->round = progress.round;
    report->candidates = progress.candidates;
    report->trials = progress.trials;
    report->pending = progress.pending;
    report->retried = trainer->retried;
    report->seconds = now() - trainer->began;
    report->lines = calloc(count + 1, sizeof(*report->lines));
    if (!entries || !report->lines) {
        free(entries);
        return -1;
    }
    search_board(trainer->search, entries, count);
    report->count = (uint32_t)count;
    for (size_t i = 0; i < count; i++)
        fill_line(trainer, &entries[i], &report->lines[i]);
    free(entries);
    return 0;
}

static void tell_progress(struct trainer *trainer, enum report_state state)
{
    struct report report = { .state = state };
    struct ray_ref *ref = NULL;
    void *bytes = NULL;
    size_t size;

    if (make_report(trainer, 1, &report) == 0)
        bytes = report_pack(&report, &size, NULL);
    if (bytes)
        ref = ray_call(trainer->proxy, "progress",
                       RAY_ARGS(ray_string(trainer->id), ray_int(trainer->number),
                                ray_bytes(bytes, size)),
                       NULL, NULL);
    ray_release(ref);
    free(bytes);
    report_finish(&report);
    trainer->told = now();
}

static int tell_result(const struct trainer *trainer, const struct trial_tally *holdout,
                       struct ray_value model, struct automl_error *err)
{
    struct report report = { .state = REPORT_DONE, .holdout = *holdout };
    struct ray_error why = { .text = "" };
    struct ray_ref *ref = NULL;
    struct ray_value nothing;
    void *bytes = NULL;
    size_t size;
    int status = make_report(trainer, REPORT_LINES, &report);

    if (status < 0)
        automl_fail(err, "out of memory");
    else
        bytes = report_pack(&report, &size, err);
    report_finish(&report);
    if (!bytes)
        return -1;
    ref = ray_call(trainer->proxy, "finish",
                   RAY_ARGS(ray_string(trainer->id), ray_int(trainer->number),
                            ray_bytes(bytes, size), model),
                   NULL, &why);
    free(bytes);
    status = ref ? ray_get(ref, &nothing, ANSWER_MS, &why) : -1;
    ray_release(ref);
    return status == 0 ? 0 : automl_fail(err, "tell the result: %.200s", why.text);
}

/* ---- the search ---- */

static int launch(struct trainer *trainer, const struct trial *trial,
                  struct ray_error *why)
{
    static const struct ray_resource heavy = { "heavy", 1 };
    struct pending *pending = &trainer->pending[trainer->pending_count];
    struct ray_task_options options = { .max_retries = RETRIES };

    pending->trial = trial->id;
    candidate_format(&trial->candidate, pending->text);
    options.name = pending->text;
    if (trainer->request.heavy && candidate_is_heavy(&trial->candidate)) {
        options.resources = &heavy;
        options.resources_count = 1;
    }
    pending->ref =
        ray_remote("evaluate_trial",
                   RAY_ARGS(ray_ref(trainer->data), ray_string(pending->text),
                            ray_int(trial->first_fold), ray_int(trial->fold_count),
                            ray_int((int64_t)trainer->request.plan.seed)),
                   &options, why);
    if (!pending->ref)
        return -1;
    trainer->pending_count++;
    return 0;
}

static int take_outcome(struct trainer *trainer, const struct pending *pending,
                        struct automl_error *err)
{
    struct ray_value value;
    struct outcome outcome;
    struct ray_error why;
    int status = ray_get(pending->ref, &value, -1, &why);

    if (status == -RAY_TASK_FAILED) /* this candidate cannot be trained */
        return search_fail(trainer->search, pending->trial, err);
    if (status != 0)
        return automl_fail(err, "%.200s", why.text);
    if (outcome_open(&outcome, value.as.bytes.data, value.as.bytes.size, err) < 0)
        return -1;
    trainer->retried += outcome.attempt > 0;
    if (add_effort(trainer, pending->text, &outcome) < 0)
        return automl_fail(err, "out of memory");
    return search_report(trainer->search, pending->trial, &outcome.tally, err);
}

/* Waits a while for some of the trials that are under way and takes their results. */
static int take_some(struct trainer *trainer, struct automl_error *err)
{
    size_t count = trainer->pending_count, left = 0;
    struct ray_ref **refs = calloc(count, sizeof(*refs));
    bool *ready = calloc(count, sizeof(*ready));
    int status = refs && ready ? 0 : automl_fail(err, "out of memory");

    for (size_t i = 0; i < count && status == 0; i++)
        refs[i] = trainer->pending[i].ref;
    if (status == 0 && ray_wait(refs, count, 1, LOOK_UP_MS, ready) < 0)
        status = automl_fail(err, "the cluster has gone");
    for (size_t i = 0; i < count; i++) {
        struct pending pending = trainer->pending[i];
        if (status != 0 || !ready[i]) {
            trainer->pending[left++] = pending;
            continue;
        }
        status = take_outcome(trainer, &pending, err);
        ray_release(pending.ref);
    }
    trainer->pending_count = left;
    free(refs);
    free(ready);
    return status;
}

static int run_round(struct trainer *trainer, const struct trial *trials, size_t count,
                     struct automl_error *err)
{
    struct pending *room = realloc(trainer->pending, count * sizeof(*room));
    struct ray_error why;
    int status = 0;

    if (!room)
        return automl_fail(err, "out of memory");
    trainer->pending = room;
    for (size_t i = 0; i < count; i++)
        if (launch(trainer, &trials[i], &why) != 0)
            return automl_fail(err, "%.200s", why.text);
    while (trainer->pending_count > 0 && status == 0) {
        status = take_some(trainer, err);
        if (now() - trainer->told > TELL_SECONDS)
            tell_progress(trainer, REPORT_SEARCHING);
    }
    return status;
}

/* The winner, trained on everything but the hold-out. */
static int finish(struct trainer *trainer, struct automl_error *err)
{
    const struct ray_task_options options = { .num_returns = 3,
                                              .max_retries = RETRIES };
    struct search_entry best;
    struct trial_tally holdout;
    char text[CANDIDATE_TEXT];
    struct ray_ref *refs[3];
    struct ray_value values[3];
    struct ray_error why;
    int status;

    if (!search_best(trainer->search, &best))
        return automl_fail(err, "no candidate could be trained");
    tell_progress(trainer, REPORT_TRAINING);
    candidate_format(&best.candidate, text);
    if (ray_remote_many("train_final",
                        RAY_ARGS(ray_ref(trainer->data), ray_string(text),
                                 ray_int((int64_t)trainer->request.plan.seed)),
                        &options, refs, &why) != 0)
        return automl_fail(err, "%.200s", why.text);
    status = ray_get_many(refs, 3, values, -1, &why);
    if (status == 0) {
        holdout.correct = (uint32_t)values[1].as.integer;
        holdout.total = (uint32_t)values[2].as.integer;
        status = tell_result(trainer, &holdout, values[0], err);
    } else {
        automl_fail(err, "%.200s", why.text);
    }
    for (int i = 0; i < 3; i++)
        ray_release(refs[i]);
    return status;
}

RAY_METHOD(trainer, run, "")
{
    struct trainer *trainer = state;
    struct automl_error err;
    const struct trial *trials;
    size_t count;
    int status = 0;

    trainer->began = now();
    while (status == 0 && (count = search_next(trainer->search, &trials)) > 0)
        status = run_round(trainer, trials, count, &err);
    if (status == 0)
        status = finish(trainer, &err);
    return status != 0 ? ray_fail(task, "%s", err.text) : 0;
}
