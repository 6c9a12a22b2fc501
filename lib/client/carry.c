/* carry.c - small values travel by their bytes, large ones by their place. */
#include "lib/client/carry.h"

#include "lib/base/mem.h"
#include "lib/client/inside.h"
#include "lib/client/object.h"
#include "lib/client/runtime.h"
#include "lib/client/task.h"
#include "lib/client/type.h"

#include <string.h>

static void carry_place(const struct ray_ref *object, struct task_value *value)
{
    const struct place *place = object->place;

    value->object_id = object->id;
    value->place =
        (struct object_place){ .node_id = place->node->node_id,
                               .address = slice(node_link_public(place->node)),
                               .segment = place->segment,
                               .offset = place->offset,
                               .size = place->size };
}

void carry_object(struct runtime *rt, const struct ray_ref *object,
                  struct task_value *value, struct arena *arena)
{
    *value = (struct task_value){ .type = object->type };
    if (object->place != NULL)
        carry_place(object, value);
    else if (type_has_bytes(object->type))
        value->data = slice_of(object->as.bytes.data, object->as.bytes.size);
    else if (object->type == RAY_BOOL)
        value->data = slice_of(&object->as.boolean, sizeof(object->as.boolean));
    else if (object->type != RAY_NONE)
        /* an int and a double are eight bytes at the same address */
        value->data = slice_of(&object->as.integer, sizeof(object->as.integer));
    if (object->inside != NULL)
        inside_describe(rt, object->inside->refs, object->inside->count, value, arena);
}

/* The refs inside an argument. */
static struct ray_ref *const *held_of(const struct task *task, size_t i)
{
    size_t before = 0;

    for (size_t j = 0; j < i; j++)
        before += task->args[j].refs_count;
    return task->held + before;
}

void carry_argument(struct runtime *rt, const struct task *task, size_t i,
                    struct task_value *value, struct arena *arena)
{
    const struct argument *arg = &task->args[i];

    if (arg->type == RAY_REF) {
        carry_object(rt, arg->as.object, value, arena);
        return;
    }
    *value = (struct task_value){ .type = arg->type };
    if (arg->refs_count > 0)
        inside_describe(rt, held_of(task, i), arg->refs_count, value, arena);
    if (type_has_bytes(arg->type))
        value->data = slice_of(arg->as.bytes.data, arg->as.bytes.size);
    else if (arg->type == RAY_BOOL)
        value->data = slice_of(&arg->as.boolean, sizeof(arg->as.boolean));
    else if (arg->type != RAY_NONE)
        value->data = slice_of(&arg->as.integer, sizeof(arg->as.integer));
}

static void set_small(struct ray_ref *object, const struct task_value *value)
{
    struct ray_value copy = { .type = (enum ray_type)value->type };

    if (type_has_bytes(copy.type))
        copy.as.bytes.data = value->data.data, copy.as.bytes.size = value->data.size;
    else if (value->data.size > 0 && value->data.size <= sizeof(copy.as.integer))
        memcpy(&copy.as, value->data.data, value->data.size);
    object_set_value(object, &copy);
}

static struct place *place_of(struct runtime *rt, const struct task_value *value)
{
    struct place *place = xcalloc(1, sizeof(*place));

    place->node = runtime_node(rt, value->place.address);
    place->segment = value->place.segment;
    place->offset = value->place.offset;
    place->size = value->place.size;
    return place;
}

void carry_set(struct runtime *rt, struct ray_ref *object,
               const struct task_value *value)
{
    struct inside *inside = inside_receive(rt, value->refs.items, value->refs.count);

    if (!type_travels(value->type)) {
        struct failure failure = { .code = ERR_PROTOCOL,
                                   .text = slice("value of an unknown type") };
        object_set_failure(object, &failure);
    } else if (value->place.size > 0) {
        object_set_place(rt, object, (enum ray_type)value->type, place_of(rt, value));
    } else {
        set_small(object, value);
    }
    inside_destroy(rt, object->inside); /* of an earlier making */
    object->inside = inside;
}

void carry_drop(struct runtime *rt, const struct id *id, const struct task_value *value)
{
    inside_destroy(rt, inside_receive(rt, value->refs.items, value->refs.count));
    if (value->place.size > 0)
        shm_release(rt, id, place_of(rt, value));
}
