/* threads_main.c - four threads of one driver at once: tasks, objects, an actor, waits.
 */
#include "checks.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define THREADS 4
#define ROUNDS 300

static struct ray_actor *counter;
static atomic_int wrong;

static int64_t get_int(struct ray_ref *ref)
{
    struct ray_value value = ray_none();
    int64_t number = -1;

    if (ref && ray_get(ref, &value, 30000, NULL) == 0)
        number = value.as.integer;
    ray_release(ref);
    return number;
}

static void *work(void *arg)
{
    int64_t me = (int64_t)(intptr_t)arg;

    for (int64_t i = 0; i < ROUNDS; i++) {
        struct ray_ref *put = ray_put(ray_int(i), NULL);
        struct ray_ref *refs[2] = {
            ray_remote("add", RAY_ARGS(ray_ref(put), ray_int(me)), NULL, NULL),
            ray_remote("add", RAY_ARGS(ray_int(1), ray_int(1)), NULL, NULL),
        };
        bool ready[2];
        if (ray_wait(refs, 2, 2, 30000, ready) != 2)
            wrong++;
        if (get_int(refs[0]) != i + me || get_int(refs[1]) != 2)
            wrong++;
        ray_release(put);
        if (get_int(ray_call(counter, "add", RAY_ARGS(ray_int(1)), NULL, NULL)) < 1)
            wrong++;
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    struct ray_error err;

    checks_begin(2);
    counter = ray_actor_create("counter", RAY_ARGS(ray_int(0)), NULL, &err);
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, work, (void *)(intptr_t)i) != 0)
            return 1;
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    check(wrong == 0, "%d wrong answers of %d", wrong, THREADS * ROUNDS * 4);
    check(get_int(ray_call(counter, "add", RAY_ARGS(ray_int(0)), NULL, &err)) ==
              THREADS * ROUNDS,
          "the actor has counted every call");
    ray_actor_release(counter);
    return checks_end();
}
