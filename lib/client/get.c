/* get.c - ray_put, ray_get, ray_wait, ray_release, ray_retain. */
#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/client/away.h"
#include "lib/client/inside.h"
#include "lib/client/mishap.h"
#include "lib/client/object.h"
#include "lib/client/runtime.h"
#include "lib/client/shm.h"
#include "lib/client/type.h"
#include "lib/client/wait.h"

#include <string.h>

static bool is_large(const struct ray_value *value)
{
    return type_has_bytes(value->type) && value->as.bytes.size > OBJECT_INLINE_MAX;
}

static struct place *store(struct runtime *rt, const struct ray_value *value,
                           struct ray_error *err)
{
    struct place *place;
    struct error why;
    void *data;

    if (shm_allocate(rt, value->as.bytes.size, &data, &place, &why) != 0) {
        mishap_of_error(err, &why);
        return NULL;
    }
    memcpy(data, value->as.bytes.data, value->as.bytes.size);
    ((char *)data)[value->as.bytes.size] = '\0';
    return place;
}

struct ray_ref *ray_put(struct ray_value value, struct ray_error *err)
{
    struct runtime *rt = runtime_require(err);
    struct place *place = NULL;
    struct ray_ref *object;

    if (rt == NULL)
        return NULL;
    if (value.type == RAY_REF) {
        mishap(err, ERR_INVALID, "ray_put: the value is a ref already");
        return NULL;
    }
    if (inside_find_null(&value) < value.refs_count) {
        mishap(err, ERR_INVALID, "ray_put: ref %zu inside the value is NULL",
               inside_find_null(&value) + 1);
        return NULL;
    }
    if (is_large(&value) && (place = store(rt, &value, err)) == NULL)
        return NULL;
    pthread_mutex_lock(&rt->lock);
    object = object_create(runtime_put_id(rt));
    object->refs = 1;
    object->inside = inside_create(value.refs, value.refs_count);
    if (place != NULL)
        object_set_place(rt, object, value.type, place);
    else
        object_set_value(object, &value);
    pthread_mutex_unlock(&rt->lock);
    if (place != NULL)
        shm_seal(rt, &object->id, &rt->self.id, place);
    return object;
}

/* clock_now() at which to give up; 0: never, negative: at once. */
static int64_t deadline_of(int64_t timeout_ms)
{
    if (timeout_ms < 0)
        return 0;
    return timeout_ms == 0 ? -1 : clock_now() + timeout_ms * NS_PER_MS;
}

static int check_refs(struct ray_ref *const *refs, size_t count, struct ray_error *err)
{
    for (size_t i = 0; i < count; i++)
        if (refs[i] == NULL)
            return mishap(err, ERR_INVALID, "ref %zu is NULL", i + 1);
    return 0;
}

static int not_readable(struct ray_ref *object, const struct error *why,
                        struct ray_error *err)
{
    if (why->code == ERR_OBJECT_LOST)
        object->place->is_lost = true;
    return mishap_of_error(err, why);
}

/* The value of an object that is not PENDING. Lock held; gives it up to map large ones.
 */
static int read_value(struct runtime *rt, struct ray_ref *object,
                      struct ray_value *value, struct ray_error *err)
{
    struct error why;
    const void *data;

    if (object->state == OBJECT_FAILED)
        return mishap_of_failure(err, object->as.failure);
    value->type = (enum ray_type)object->type;
    value->refs = object->inside != NULL ? object->inside->refs : NULL;
    value->refs_count = object->inside != NULL ? object->inside->count : 0;
    if (object->type == RAY_BOOL) {
        value->as.boolean = object->as.boolean;
    } else if (!type_has_bytes(object->type)) {
        value->as.integer = object->as.integer;
    } else {
        data = object->as.bytes.data;
        object->is_read = true;
        if (object->place != NULL && (data = shm_find(rt, object->place)) == NULL) {
            pthread_mutex_unlock(&rt->lock);
            data = shm_map(rt, object->place, &why);
            pthread_mutex_lock(&rt->lock);
            if (data == NULL)
                return not_readable(object, &why, err);
        }
        value->as.bytes.data = data;
        value->as.bytes.size = object->as.bytes.size;
    }
    return 0;
}

static int not_ready(struct runtime *rt, size_t count, int64_t timeout_ms,
                     struct ray_error *err)
{
    if (rt->is_down)
        return mishap_of_error(err, &rt->down_why);
    if (wait_is_vain(rt))
        return mishap(err, ERR_CANCELLED, "the task that waits was cancelled");
    return mishap(err, ERR_TIMEOUT, "%zu object%s not ready after %lld ms", count,
                  count == 1 ? "" : "s", (long long)timeout_ms);
}

/* Waits until all are ready, and those with large values in memory. */
static bool wait_here(struct runtime *rt, struct ray_ref *const *refs, size_t count,
                      int64_t deadline)
{
    do {
        if (!wait_objects(rt, refs, count, count, deadline))
            return false;
    } while (away_call_back(rt, refs, count));
    return true;
}

int ray_get_many(struct ray_ref *const *refs, size_t count, struct ray_value *values,
                 int64_t timeout_ms, struct ray_error *err)
{
    struct runtime *rt = runtime_require(err);
    int64_t deadline = deadline_of(timeout_ms);
    int status = 0;

    if (rt == NULL)
        return -RAY_CLOSED;
    status = check_refs(refs, count, err);
    if (status != 0)
        return status;
    pthread_mutex_lock(&rt->lock);
    do {
        status = 0;
        if (!wait_here(rt, refs, count, deadline))
            status = not_ready(rt, count, timeout_ms, err);
        for (size_t i = 0; i < count && status == 0; i++)
            status = read_value(rt, refs[i], &values[i], err);
    } while (status == -RAY_OBJECT_LOST && away_call_back(rt, refs, count));
    pthread_mutex_unlock(&rt->lock);
    return status;
}

int ray_get(struct ray_ref *ref, struct ray_value *value, int64_t timeout_ms,
            struct ray_error *err)
{
    return ray_get_many(&ref, 1, value, timeout_ms, err);
}

int ray_wait(struct ray_ref *const *refs, size_t count, size_t wanted,
             int64_t timeout_ms, bool *ready)
{
    struct runtime *rt = runtime_require(NULL);
    size_t found = 0;

    if (rt == NULL)
        return -RAY_CLOSED;
    if (check_refs(refs, count, NULL) != 0 || wanted > count)
        return -RAY_INVALID;
    pthread_mutex_lock(&rt->lock);
    wait_objects(rt, refs, count, wanted, deadline_of(timeout_ms));
    for (size_t i = 0; i < count; i++) {
        ready[i] = found < wanted && refs[i]->state != OBJECT_PENDING;
        found += ready[i];
    }
    pthread_mutex_unlock(&rt->lock);
    return (int)found;
}

void ray_release(struct ray_ref *ref)
{
    struct runtime *rt = runtime_get();

    if (ref == NULL || rt == NULL)
        return;
    pthread_mutex_lock(&rt->lock);
    object_unref(rt, ref);
    pthread_mutex_unlock(&rt->lock);
}

struct ray_ref *ray_retain(struct ray_ref *ref)
{
    struct runtime *rt = runtime_get();

    if (ref == NULL || rt == NULL)
        return NULL;
    pthread_mutex_lock(&rt->lock);
    ref->refs++;
    pthread_mutex_unlock(&rt->lock);
    return ref;
}

const char *ray_ref_id(const struct ray_ref *ref, char text[57])
{
    return id_hex(&ref->id, text);
}
