/* actor_entry.c - rows and messages made of an entry. */
#include "daemon/head/actor_entry.h"

#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/proto/amounts.h"
#include "lib/proto/codec.h"

#include <stdio.h>
#include <stdlib.h>

void actor_entry_destroy(struct actor_entry *actor)
{
    resources_finish(&actor->demand);
    arena_finish(&actor->arena);
    arena_finish(&actor->death_arena);
    free(actor);
}

/* What a node must have free: what it holds, and what Ray's default asks for besides.
 */
static int fill_demand(struct actor_entry *actor, struct error *err)
{
    struct resources held = { 0 };
    int status = amounts_to_resources(&actor->spec.placement, &actor->demand, err);

    if (status == 0)
        status = amounts_to_resources(&actor->spec.resources, &held, err);
    for (size_t i = 0; status == 0 && i < held.count; i++)
        if (resources_get(&actor->demand, held.items[i].name) < held.items[i].amount)
            status = resources_set(&actor->demand, slice(held.items[i].name),
                                   held.items[i].amount);
    resources_finish(&held);
    return status;
}

struct actor_entry *actor_entry_create(const struct actor_spec *spec, struct error *err)
{
    struct actor_entry *actor = xcalloc(1, sizeof(*actor));

    actor->id = spec->actor_id;
    actor->state = ACTOR_PENDING_CREATION;
    actor->created = clock_wall();
    codec_copy(&actor->arena, &actor_spec_desc, &actor->spec, spec);
    if (fill_demand(actor, err) == 0)
        return actor;
    actor_entry_destroy(actor);
    return NULL;
}

void actor_entry_record(const struct actor_entry *actor, struct actor_record *record)
{
    *record = (struct actor_record){
        .spec = actor->spec,
        .state = actor->state,
        .restarts = actor->restarts,
        .node_id = actor->node_id,
        .node_address = slice(actor->node_address),
        .worker_id = actor->worker_id,
        .pid = actor->pid,
        .created = actor->created,
        .start_time = actor->start_time,
        .end_time = actor->end_time,
        .death = actor->death,
    };
}

struct actor_entry *actor_entry_load(const struct actor_record *record)
{
    struct actor_entry *actor = actor_entry_create(&record->spec, NULL);

    if (actor == NULL)
        return NULL;
    actor->state = (int)record->state;
    actor->restarts = record->restarts;
    actor->node_id = record->node_id;
    snprintf(actor->node_address, sizeof(actor->node_address), "%.*s",
             SLICE_ARGS(record->node_address));
    actor->worker_id = record->worker_id;
    actor->pid = record->pid;
    actor->created = record->created;
    actor->start_time = record->start_time;
    actor->end_time = record->end_time;
    actor->is_away = actor->state != ACTOR_DEAD && id_is_set(&actor->node_id);
    codec_copy(&actor->death_arena, &failure_desc, &actor->death, &record->death);
    return actor;
}

void actor_entry_info(const struct actor_entry *actor, struct actor_info *info)
{
    *info = (struct actor_info){
        .actor_id = actor->id,
        .state = actor->state,
        .worker_id = actor->worker_id,
        .pid = actor->pid,
        .node_id = actor->node_id,
        .node_address = slice(actor->node_address),
        .restarts = actor->restarts,
        .max_task_retries = actor->spec.max_task_retries,
        .death = actor->death,
        .class_name = actor->spec.constructor.class_name,
        .library = actor->spec.constructor.library,
        .name = actor->spec.name,
    };
    if (info->class_name.size == 0)
        info->class_name = actor->spec.constructor.function;
}

void actor_entry_task(const struct actor_entry *actor, struct task_row *row,
                      struct arena *arena)
{
    static const char *const task_states[] = {
        [ACTOR_DEPENDENCIES_UNREADY] = "PENDING_ARGS_AVAIL",
        [ACTOR_PENDING_CREATION] = "PENDING_NODE_ASSIGNMENT",
        [ACTOR_ALIVE] = "FINISHED",
        [ACTOR_RESTARTING] = "PENDING_NODE_ASSIGNMENT",
        [ACTOR_DEAD] = "FAILED",
    };
    /* Whatever became of the actor: its constructor did its work. */
    const bool is_constructed = actor->start_time != 0;

    *row = (struct task_row){
        .task_id = id_actor_task(actor->id, 0),
        .attempt_number = actor->restarts,
        .state = slice(task_states[is_constructed ? ACTOR_ALIVE : actor->state]),
        .job_id = actor->spec.job_id,
        .actor_id = actor->id,
        .type = slice("ACTOR_CREATION_TASK"),
        .func_or_class_name = actor->spec.constructor.function,
        .node_id = actor->node_id,
        .worker_id = actor->worker_id,
        .worker_pid = actor->pid,
        .creation_time = actor->created,
        .end_time = is_constructed ? actor->start_time : actor->end_time,
    };
    row->name =
        arena_printf(arena, "%.*s.__init__", SLICE_ARGS(row->func_or_class_name));
    amounts_from_resources(&actor->demand, &row->required_resources, arena);
    if (actor->state == ACTOR_DEAD && !is_constructed) {
        row->error_type = slice("ACTOR_DIED");
        row->error_message = actor->death.text;
    }
}

void actor_entry_row(const struct actor_entry *actor, struct actor_row *row)
{
    *row = (struct actor_row){
        .actor_id = actor->id,
        .class_name = actor->spec.constructor.function,
        .state = slice(fsm_name(&actor_fsm, actor->state)),
        .job_id = actor->spec.job_id,
        .name = actor->spec.name,
        .node_id = actor->node_id,
        .pid = actor->pid,
        .ray_namespace = actor->spec.namespace_,
        .death_cause = actor->death.text,
        .is_detached = actor->spec.is_detached,
        .num_restarts = actor->restarts,
        .worker_id = actor->worker_id,
        .start_time = actor->start_time,
        .end_time = actor->end_time,
    };
    row->required_resources.items = actor->spec.resources.items;
    row->required_resources.count = actor->spec.resources.count;
}
