/* ending.c - actors.kill and jobs.stop; the head's answer becomes a line. */
#include "tui/ending.h"

#include "lib/base/mem.h"
#include "lib/engine/engine.h"
#include "lib/text/cell.h"

#include <stdio.h>
#include <stdlib.h>

enum { ANSWER_MS = 10000, WORDS_MAX = 100 };

struct ending_call {
    struct ending ending;
    ending_done *done; /* NULL: nobody wants to know */
    void *arg;
};

static bool is_over(struct slice state)
{
    return slice_is(state, "DEAD") || slice_is(state, "STOPPED") ||
           slice_is(state, "SUCCEEDED") || slice_is(state, "FAILED");
}

static bool of_actor(const struct actor_row *actor, struct ending *ending,
                     char why[ENDING_TEXT_MAX])
{
    char hex[ID_HEX_MAX];

    ending->actor = actor->actor_id;
    snprintf(ending->what, sizeof(ending->what), "actor %.*s%s%.*s (%.*s)",
             SLICE_ARGS(actor->class_name), actor->name.size > 0 ? " " : "",
             SLICE_ARGS(actor->name), CELL_ID_DIGITS, id_hex(&actor->actor_id, hex));
    if (is_over(actor->state))
        snprintf(why, ENDING_TEXT_MAX, "that actor is dead already");
    return !is_over(actor->state);
}

static bool of_job(const struct job_row *job, struct ending *ending,
                   char why[ENDING_TEXT_MAX])
{
    char hex[ID_HEX_MAX];

    if (job->submission_id.size > 0)
        snprintf(ending->job, sizeof(ending->job), "%.*s",
                 SLICE_ARGS(job->submission_id));
    else
        snprintf(ending->job, sizeof(ending->job), "%s", id_hex(&job->job_id, hex));
    snprintf(ending->what, sizeof(ending->what), "job %s: %.*s", ending->job,
             (int)(job->entrypoint.size < WORDS_MAX ? job->entrypoint.size : WORDS_MAX),
             job->entrypoint.size > 0 ? job->entrypoint.data : "");
    if (is_over(job->status))
        snprintf(why, ENDING_TEXT_MAX, "that job has ended already");
    return !is_over(job->status);
}

bool ending_of(const struct target *target, struct ending *ending,
               char why[ENDING_TEXT_MAX])
{
    *ending = (struct ending){ .kind = target->kind };
    if (target->kind == TARGET_ACTOR)
        return of_actor(target->row, ending, why);
    if (target->kind == TARGET_JOB)
        return of_job(target->row, ending, why);
    if (target->kind == TARGET_TASK || target->kind == TARGET_GROUP)
        snprintf(why, ENDING_TEXT_MAX, "a task ends with its job: stop that");
    else
        snprintf(why, ENDING_TEXT_MAX, "k ends actors and jobs");
    return false;
}

static void on_answer(void *arg, const struct error *err, const void *reply)
{
    struct ending_call *call = arg;
    char text[ERROR_TEXT_MAX + ENDING_TEXT_MAX + 2];

    (void)reply;
    if (err == NULL)
        snprintf(text, sizeof(text), "%s %s",
                 call->ending.kind == TARGET_JOB ? "stopping" : "killed",
                 call->ending.what);
    else
        snprintf(text, sizeof(text), "%s: %s", call->ending.what, err->text);
    if (call->done != NULL)
        call->done(call->arg, err == NULL, text);
    free(call);
}

struct ending_call *ending_begin(struct engine *engine, const struct ending *ending,
                                 ending_done *done, void *arg)
{
    struct ending_call *call = xcalloc(1, sizeof(*call));
    const struct actor_kill kill = { .actor_id = ending->actor, .no_restart = true };
    const struct job_ref job = { .id = slice(ending->job) };
    struct engine_request rq = { proto_method(METHOD_actors_kill), &kill, ANSWER_MS };

    if (ending->kind == TARGET_JOB)
        rq = (struct engine_request){ proto_method(METHOD_jobs_stop), &job, ANSWER_MS };
    call->ending = *ending;
    call->done = done;
    call->arg = arg;
    engine_call(engine, &rq, on_answer, call);
    return call;
}

void ending_forget(struct ending_call *call)
{
    if (call != NULL)
        call->done = NULL;
}
