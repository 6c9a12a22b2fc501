/* activation.c - arguments in, results out, for one running task. */
#include "lib/client/activation.h"

#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/client/exec.h"
#include "lib/client/inside.h"
#include "lib/client/library.h"
#include "lib/client/object.h"
#include "lib/client/runtime.h"
#include "lib/client/shm.h"
#include "lib/client/type.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local struct ray_task *current;

struct ray_task *activation_current(void)
{
    return current;
}

void activation_set_current(struct ray_task *task)
{
    current = task;
}

static int refuse(struct ray_task *task, const struct error *err, enum error_code *code)
{
    task->has_failed = true;
    *code = err->code;
    snprintf(task->why, sizeof(task->why), "%s", err->text);
    return -(int)err->code;
}

/* Which table of the library a spec means. */
static enum entry_kind kind_of(const struct task_spec *spec, bool *is_constructor)
{
    *is_constructor = spec->actor_id.size != 0 && spec->class_name.size == 0;
    if (*is_constructor)
        return ENTRY_ACTOR;
    return spec->actor_id.size != 0 ? ENTRY_METHOD : ENTRY_FUNCTION;
}

static int find_entry(struct ray_task *task, struct error *err)
{
    const struct task_spec *spec = &task->spec;
    char *library = arena_string(&task->arena, spec->library);
    char *name = arena_string(&task->arena, spec->function);
    char *class_name = arena_string(&task->arena, spec->class_name);
    bool is_constructor;
    enum entry_kind kind = kind_of(spec, &is_constructor);
    int status = 0;

    pthread_mutex_lock(&task->rt->library_lock);
    if (kind == ENTRY_METHOD &&
        task->rt->library != NULL) /* its actor's, whoever calls */
        task->library = task->rt->library;
    else
        status = libraries_load(&task->rt->libraries, library, &task->library, err);
    if (status == 0) {
        task->entry = library_find(task->library, kind,
                                   kind == ENTRY_METHOD ? class_name : NULL, name, err);
        task->rt->library = task->library;
        status = task->entry != NULL ? 0 : -ERR_LOAD;
    }
    pthread_mutex_unlock(&task->rt->library_lock);
    return status;
}

static int map_argument(struct ray_task *task, size_t i, const struct task_value *from,
                        struct error *err)
{
    struct place *place = xcalloc(1, sizeof(*place));
    const void *data;

    pthread_mutex_lock(&task->rt->lock);
    place->node = runtime_node(task->rt, from->place.address);
    pthread_mutex_unlock(&task->rt->lock);
    place->object = from->object_id;
    place->segment = from->place.segment;
    place->offset = from->place.offset;
    place->size = from->place.size;
    task->arg_places[i] = place;
    data = shm_map(task->rt, place, err);
    if (data == NULL)
        return -(int)err->code;
    task->args[i].as.bytes.data = data;
    task->args[i].as.bytes.size = (size_t)place->size;
    return 0;
}

/* Inline bytes are copied to where any type may lie, and terminated. */
static void copy_argument(struct ray_task *task, size_t i,
                          const struct task_value *from)
{
    struct ray_value *to = &task->args[i];

    if (type_has_bytes(to->type)) {
        to->as.bytes.data = arena_string(&task->arena, from->data);
        to->as.bytes.size = from->data.size;
    } else if (from->data.size > 0 && from->data.size <= sizeof(int64_t)) {
        memcpy(&to->as, from->data.data, from->data.size);
    }
}

static void receive_inside(struct ray_task *task, size_t i,
                           const struct task_value *from)
{
    struct inside *inside;

    if (from->refs.count == 0)
        return;
    pthread_mutex_lock(&task->rt->lock);
    inside = inside_receive(task->rt, from->refs.items, from->refs.count);
    pthread_mutex_unlock(&task->rt->lock);
    task->args_inside[i] = inside;
    task->args[i].refs = inside->refs;
    task->args[i].refs_count = inside->count;
}

static int read_arguments(struct ray_task *task, struct error *err)
{
    size_t count = task->spec.args.count;
    int status = 0;

    task->args = arena_array(&task->arena, count, sizeof(*task->args));
    task->arg_places = arena_array(&task->arena, count, sizeof(*task->arg_places));
    task->args_inside = arena_array(&task->arena, count, sizeof(*task->args_inside));
    for (size_t i = 0; i < count && status == 0; i++) {
        const struct task_value *from = &task->spec.args.items[i];
        if (!type_travels(from->type))
            return fail(err, ERR_PROTOCOL, "argument %zu is of an unknown type", i + 1);
        task->args[i].type = (enum ray_type)from->type;
        receive_inside(task, i, from);
        if (from->place.size > 0)
            status = map_argument(task, i, from, err);
        else
            copy_argument(task, i, from);
    }
    return status;
}

int activation_init(struct ray_task *task, struct runtime *rt,
                    const struct task_spec *spec, enum error_code *code)
{
    struct error err;
    size_t returns = spec->num_returns > 0 ? (size_t)spec->num_returns : 0;

    *task = (struct ray_task){ .rt = rt, .spec = *spec };
    task->returns = arena_array(&task->arena, returns, sizeof(*task->returns));
    task->return_places =
        arena_array(&task->arena, returns, sizeof(*task->return_places));
    task->returns_inside =
        arena_array(&task->arena, returns, sizeof(*task->returns_inside));
    if (find_entry(task, &err) != 0 || read_arguments(task, &err) != 0 ||
        entry_check(task->entry, task->args, spec->args.count, &err) != 0)
        return refuse(task, &err, code);
    return 0;
}

/* The refs that it still has in its arguments and results. */
static void drop_inside(struct ray_task *task)
{
    struct runtime *rt = task->rt;

    pthread_mutex_lock(&rt->lock);
    for (size_t i = 0; task->args_inside != NULL && i < task->spec.args.count; i++) {
        inside_destroy(rt, task->args_inside[i]);
        task->args_inside[i] = NULL;
    }
    for (int64_t i = 0; i < task->spec.num_returns; i++) {
        inside_destroy(rt, task->returns_inside[i]);
        task->returns_inside[i] = NULL;
    }
    pthread_mutex_unlock(&rt->lock);
}

void activation_finish(struct ray_task *task)
{
    struct runtime *rt = task->rt;

    for (size_t i = 0; task->arg_places != NULL && i < task->spec.args.count; i++)
        if (task->arg_places[i] != NULL) {
            pthread_mutex_lock(&rt->lock);
            shm_unmap(rt, task->arg_places[i]);
            pthread_mutex_unlock(&rt->lock);
        }
    for (int64_t i = 0; i < task->spec.num_returns; i++)
        if (task->return_places[i] != NULL)
            shm_discard(rt, task->return_places[i]);
    drop_inside(task);
    arena_finish(&task->arena);
}

void activation_seal(struct ray_task *task, const struct id *owner)
{
    for (int64_t i = 0; i < task->spec.num_returns; i++) {
        if (task->return_places[i] == NULL)
            continue;
        shm_seal(task->rt, &task->returns[i].object_id, owner, task->return_places[i]);
        free(task->return_places[i]);
        task->return_places[i] = NULL;
    }
}

/* A function that asks for what its signature does not promise has a bug. */
static const struct ray_value *argument(const struct ray_task *task, size_t index,
                                        enum ray_type type)
{
    if (index >= task->spec.args.count || task->args[index].type != type) {
        log_error("context", "%s(%s): asks for argument %zu as %s",
                  task->entry->full_name, task->entry->signature, index + 1,
                  type_name(type));
        abort();
    }
    return &task->args[index];
}

size_t ray_arg_count(const struct ray_task *task)
{
    return task->spec.args.count;
}

const struct ray_value *ray_arg(const struct ray_task *task, size_t index)
{
    if (index >= task->spec.args.count)
        argument(task, index, RAY_NONE); /* aborts, and says why */
    return &task->args[index];
}

bool ray_arg_bool(const struct ray_task *task, size_t index)
{
    return argument(task, index, RAY_BOOL)->as.boolean;
}

int64_t ray_arg_int(const struct ray_task *task, size_t index)
{
    return argument(task, index, RAY_INT)->as.integer;
}

double ray_arg_double(const struct ray_task *task, size_t index)
{
    return argument(task, index, RAY_DOUBLE)->as.number;
}

const char *ray_arg_string(const struct ray_task *task, size_t index)
{
    return argument(task, index, RAY_STRING)->as.bytes.data;
}

const void *ray_arg_bytes(const struct ray_task *task, size_t index, size_t *size)
{
    const struct ray_value *value = argument(task, index, RAY_BYTES);
    *size = value->as.bytes.size;
    return value->as.bytes.data;
}

static int return_large(struct ray_task *task, size_t index, struct ray_value value)
{
    struct place *place;
    struct error err;
    void *data;

    if (shm_allocate(task->rt, value.as.bytes.size, &data, &place, &err) != 0)
        return ray_fail(task, "result %zu: %s", index + 1, err.text);
    memcpy(data, value.as.bytes.data, value.as.bytes.size);
    ((char *)data)[value.as.bytes.size] = '\0';
    task->return_places[index] = place;
    task->returns[index].object_id = id_object(task->spec.task_id, (uint32_t)index + 1);
    task->returns[index].place =
        (struct object_place){ .node_id = place->node->node_id,
                               .address = slice(node_link_public(place->node)),
                               .segment = place->segment,
                               .offset = place->offset,
                               .size = place->size };
    return 0;
}

static void return_inside(struct ray_task *task, size_t index,
                          const struct ray_value *value)
{
    struct runtime *rt = task->rt;
    struct inside *before = task->returns_inside[index];

    if (before == NULL && value->refs_count == 0)
        return;
    pthread_mutex_lock(&rt->lock);
    task->returns_inside[index] = inside_create(value->refs, value->refs_count);
    inside_destroy(rt, before);
    inside_describe(rt, value->refs, value->refs_count, &task->returns[index],
                    &task->arena);
    pthread_mutex_unlock(&rt->lock);
    for (size_t i = 0; i < value->refs_count; i++)
        task->returns[index].refs.items[i].loans = 1; /* at most */
}

int ray_return(struct ray_task *task, size_t index, struct ray_value value)
{
    struct task_value *to;

    if (index >= (size_t)task->spec.num_returns)
        return ray_fail(task, "result %zu of a task that has %lld", index + 1,
                        (long long)task->spec.num_returns);
    if (value.type == RAY_REF)
        return ray_fail(task, "result %zu is a ref; return its value", index + 1);
    if (inside_find_null(&value) < value.refs_count)
        return ray_fail(task, "result %zu: a ref inside it is NULL", index + 1);
    to = &task->returns[index];
    if (task->return_places[index] != NULL) {
        shm_discard(task->rt, task->return_places[index]);
        task->return_places[index] = NULL;
    }
    *to = (struct task_value){ .type = value.type };
    return_inside(task, index, &value);
    if (type_has_bytes(value.type)) {
        size_t size = value.as.bytes.size;
        if (task->inline_bytes + size > OBJECT_INLINE_MAX)
            return return_large(task, index, value);
        task->inline_bytes += size;
        to->data = arena_copy(&task->arena, slice_of(value.as.bytes.data, size));
    } else if (value.type == RAY_BOOL) {
        to->data = arena_copy(&task->arena, slice_of(&value.as.boolean, sizeof(bool)));
    } else if (value.type != RAY_NONE) {
        to->data =
            arena_copy(&task->arena, slice_of(&value.as.integer, sizeof(int64_t)));
    }
    return 0;
}

int ray_fail(struct ray_task *task, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(task->why, sizeof(task->why), format, args);
    va_end(args);
    task->has_failed = true;
    return -RAY_TASK_FAILED;
}

int ray_actor_exit(struct ray_task *task)
{
    if (task->entry->kind != ENTRY_METHOD)
        return ray_fail(task, "ray_actor_exit: only a method of an actor may call it");
    executor_leave(task->rt->executor);
    return 0;
}

bool ray_cancelled(const struct ray_task *task)
{
    return atomic_load_explicit(&task->is_cancelled, memory_order_relaxed);
}

int ray_attempt(const struct ray_task *task)
{
    return (int)task->spec.attempt;
}
