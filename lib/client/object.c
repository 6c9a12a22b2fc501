/* object.c - life of an object, from promise to value to nothing. */
#include "lib/client/object.h"

#include "lib/base/mem.h"
#include "lib/client/borrow.h"
#include "lib/client/inside.h"
#include "lib/client/lineage.h"
#include "lib/client/mishap.h"
#include "lib/client/runtime.h"
#include "lib/client/type.h"

#include <stdlib.h>
#include <string.h>

struct ray_ref *object_create(struct id id)
{
    struct ray_ref *object = xcalloc(1, sizeof(*object));
    object->id = id;
    return object;
}

static bool holds_bytes(const struct ray_ref *object)
{
    return object->state == OBJECT_READY && type_has_bytes(object->type);
}

/* Of large bytes the owner frees the memory, others let go of it. */
static void release_place(struct runtime *rt, struct ray_ref *object)
{
    if (borrow_is(rt, object))
        shm_unmap(rt, object->place);
    else
        shm_release(rt, &object->id, object->place);
    object->place = NULL;
    object->is_read = false;
}

static void object_destroy(struct runtime *rt, struct ray_ref *object)
{
    if (object->maker != NULL)
        lineage_on_freed(rt, object);
    if (object->place != NULL)
        release_place(rt, object);
    else if (holds_bytes(object))
        free(object->as.bytes.data);
    else if (object->state == OBJECT_FAILED)
        failure_destroy(object->as.failure);
    inside_destroy(rt, object->inside);
    if (object->shared != NULL)
        borrow_end(rt, object);
    free(object->dependents);
    free(object);
}

/* Frees what nobody holds any more: the object, or its large bytes. */
void object_let_go(struct runtime *rt, struct ray_ref *object)
{
    if (object->refs > 0 || object->pins > 0 ||
        (object->shared != NULL && refs_is_lent(object->shared)))
        return;
    if (object->kept == 0) {
        object_destroy(rt, object);
    } else if (object->place != NULL) {
        bool is_borrowed = borrow_is(rt, object);
        release_place(rt, object);
        object->state = is_borrowed ? OBJECT_PENDING : OBJECT_RELEASED;
    }
}

void object_drop_place(struct runtime *rt, struct ray_ref *object)
{
    struct place *place = object->place;

    object->place = NULL;
    if (place == NULL)
        return;
    if (object->is_read)
        place->mapping = NULL;
    object->is_read = false;
    shm_unmap(rt, place);
}

void object_unref(struct runtime *rt, struct ray_ref *object)
{
    object->refs--;
    object_let_go(rt, object);
}

void object_unpin(struct runtime *rt, struct ray_ref *object)
{
    object->pins--;
    object_let_go(rt, object);
}

void object_keep(struct runtime *rt, struct ray_ref *object)
{
    object->kept++;
    object_unpin(rt, object);
}

void object_take_kept(struct ray_ref *object)
{
    object->pins++;
    object->kept--;
}

void object_unkeep(struct runtime *rt, struct ray_ref *object)
{
    object->kept--;
    object_let_go(rt, object);
}

void object_set_value(struct ray_ref *object, const struct ray_value *value)
{
    object->state = OBJECT_READY;
    object->type = (uint8_t)value->type;
    if (type_has_bytes(value->type)) {
        char *copy = xalloc(value->as.bytes.size + 1);
        if (value->as.bytes.size > 0)
            memcpy(copy, value->as.bytes.data, value->as.bytes.size);
        copy[value->as.bytes.size] = '\0';
        object->as.bytes.data = copy;
        object->as.bytes.size = value->as.bytes.size;
    } else if (value->type == RAY_DOUBLE) {
        object->as.number = value->as.number;
    } else if (value->type == RAY_BOOL) {
        object->as.boolean = value->as.boolean;
    } else {
        object->as.integer = value->as.integer;
    }
}

void object_set_place(struct runtime *rt, struct ray_ref *object, enum ray_type type,
                      struct place *place)
{
    object->state = OBJECT_READY;
    object->type = (uint8_t)type;
    object->place = place;
    place->object = object->id;
    if (!borrow_is(rt, object)) {
        place->owner = object;
        map_add(&rt->shm.owned, &place->owned, ID_KEY(&place->object));
    }
    object->as.bytes.data = NULL;
    object->as.bytes.size = (size_t)place->size;
}

void object_set_failure(struct ray_ref *object, const struct failure *failure)
{
    object->state = OBJECT_FAILED;
    object->as.failure = failure_copy(failure);
}

void object_add_dependent(struct ray_ref *object, struct task *task)
{
    size_t capacity = object->dependents_capacity;

    if (object->dependents_count == capacity) {
        object->dependents = xgrow(object->dependents, &capacity,
                                   object->dependents_count + 1, sizeof(struct task *));
        object->dependents_capacity = (uint32_t)capacity;
    }
    object->dependents[object->dependents_count++] = task;
}

void object_remove_dependent(struct ray_ref *object, const struct task *task)
{
    uint32_t left = 0;

    for (uint32_t i = 0; i < object->dependents_count; i++)
        if (object->dependents[i] != task)
            object->dependents[left++] = object->dependents[i];
    object->dependents_count = left;
}
