/* cmd_kill_actor.c - end an actor, by name or id. */
#include "cli/command.h"
#include "cli/kinds.h"
#include "lib/engine/ask.h"

static struct {
    const char *name, *namespace_;
    bool force, no_restart;
} opt;

static const struct option options[] = {
    OPT_STRING(0, "name", &opt.name, "NAME", "of the actor"),
    OPT_STRING(0, "namespace", &opt.namespace_, "NAMESPACE", "that the name is in"),
    OPT_FLAG(0, "force", &opt.force,
             "accepted for Ray's sake: its process ends at once anyway"),
    OPT_FLAG(0, "no-restart", &opt.no_restart, "for good, whatever its max_restarts"),
    OPT_END,
};

static int find_id(struct context *ctx, const char *prefix, struct id *id,
                   struct error *err)
{
    const struct actor_row *actor =
        kinds_get(ctx, kinds_find("actor", err), prefix, err);

    if (actor == NULL)
        return -(int)err->code;
    *id = actor->actor_id;
    return 0;
}

static int run(struct context *ctx, struct args *args, struct error *err)
{
    struct actor_kill rq = { .no_restart = opt.no_restart,
                             .name = slice(opt.name),
                             .namespace_ = slice(opt.namespace_) };

    if ((opt.name != NULL) == (args->count > 0))
        return fail(err, ERR_USAGE, "give either --name or an id");
    if (opt.name != NULL && opt.name[0] == '\0')
        return fail(err, ERR_USAGE, "--name: it is empty");
    if (args->count > 0 && find_id(ctx, args->items[0], &rq.actor_id, err) != 0)
        return -(int)err->code;
    if (ask_actors_kill(ctx->engine, &rq, ctx->timeout_ms, &ctx->arena, err) == NULL)
        return -(int)err->code;
    context_say(ctx, "killed");
    return 0;
}

const struct command cmd_kill_actor = {
    .name = "kill-actor",
    .args = "[ID]",
    .summary = "end an actor",
    .options = options,
    .needs = NEEDS_ACTORS,
    .args_max = 1,
    .run = run,
    .example = "rayctl kill-actor --name proxy --namespace automl --no-restart",
};
