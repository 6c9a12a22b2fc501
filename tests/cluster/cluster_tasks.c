/* cluster_tasks.c - functions and classes that do what the tests need done. */
#include <ray.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/stat.h>
#include <unistd.h>

/* Appends a letter to a file: who has run, and how it went on, is in it. */
static void leave_mark(const char *path, char letter)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

    if (fd < 0 || write(fd, &letter, 1) != 1)
        abort();
    close(fd);
}

static void pause_ms(int64_t ms)
{
    const struct timespec time = { ms / 1000, ms % 1000 * 1000000 };

    nanosleep(&time, NULL);
}

/* ---- functions ---- */

RAY_FUNCTION(echo, "any")
{
    return ray_return(task, 0, *ray_arg(task, 0));
}

RAY_FUNCTION(add, "int int")
{
    return ray_return(task, 0, ray_int(ray_arg_int(task, 0) + ray_arg_int(task, 1)));
}

RAY_FUNCTION(sum, "int ...")
{
    int64_t sum = 0;

    for (size_t i = 0; i < ray_arg_count(task); i++)
        sum += ray_arg(task, i)->as.integer;
    return ray_return(task, 0, ray_int(sum));
}

/* The sum of the bytes, and how many. */
RAY_FUNCTION(weigh, "bytes")
{
    size_t size;
    const unsigned char *bytes = ray_arg_bytes(task, 0, &size);
    int64_t sum = 0;

    for (size_t i = 0; i < size; i++)
        sum += bytes[i];
    return ray_return(task, 0, ray_int(sum + (int64_t)size));
}

RAY_FUNCTION(fill, "int int")
{
    size_t size = (size_t)ray_arg_int(task, 1);
    char *bytes = malloc(size + 1);
    int status;

    if (!bytes)
        return ray_fail(task, "out of memory");
    memset(bytes, (int)ray_arg_int(task, 0), size);
    status = ray_return(task, 0, ray_bytes(bytes, size));
    free(bytes);
    return status;
}

RAY_FUNCTION(three, "")
{
    for (size_t i = 0; i < 3; i++)
        ray_return(task, i, ray_int((int64_t)i + 1));
    return 0;
}

RAY_FUNCTION(pid, "")
{
    return ray_return(task, 0, ray_int(getpid()));
}

RAY_FUNCTION(nap, "int")
{
    int64_t ms = ray_arg_int(task, 0);

    pause_ms(ms);
    return ray_return(task, 0, ray_int(ms));
}

/* ---- those that are cancelled ---- */

/* Marks 'b' when it begins, 'e' at its end, after so many ms. */
RAY_FUNCTION(mark, "string int")
{
    leave_mark(ray_arg_string(task, 0), 'b');
    pause_ms(ray_arg_int(task, 1));
    leave_mark(ray_arg_string(task, 0), 'e');
    return ray_return(task, 0, ray_int(0));
}

/* Marks 'm', and keeps its CPU until there are so many marks; 20 s at most. */
RAY_FUNCTION(meet_by_marks, "string int")
{
    struct stat about = { .st_size = 0 };

    leave_mark(ray_arg_string(task, 0), 'm');
    for (int i = 0; i < 20000 && about.st_size < ray_arg_int(task, 1); i++) {
        pause_ms(1);
        if (stat(ray_arg_string(task, 0), &about) != 0)
            abort();
    }
    return ray_return(task, 0, ray_int(about.st_size));
}

/* Marks 'b', waits until it is cancelled, marks 'c'; returns in good order. */
static int be_patient(struct ray_task *task)
{
    leave_mark(ray_arg_string(task, 0), 'b');
    while (!ray_cancelled(task))
        pause_ms(1);
    leave_mark(ray_arg_string(task, 0), 'c');
    return ray_return(task, 0, ray_int(1));
}

RAY_FUNCTION(patient, "string")
{
    return be_patient(task);
}

/* Starts a patient one, and waits for it. Marks 'p' when its wait ends by a cancel. */
RAY_FUNCTION(parent, "string string")
{
    struct ray_error err;
    struct ray_value value;
    struct ray_ref *ref =
        ray_remote("patient", RAY_ARGS(*ray_arg(task, 0)), NULL, &err);
    int status = ref ? ray_get(ref, &value, -1, &err) : -1;

    if (status == -RAY_CANCELLED && ray_cancelled(task))
        leave_mark(ray_arg_string(task, 1), 'p');
    ray_release(ref);
    return status;
}

/* Fibonacci, the slow way: waits for tasks of its own, so that it lends its CPU. */
RAY_FUNCTION(fib, "int")
{
    int64_t n = ray_arg_int(task, 0);
    struct ray_ref *refs[2];
    struct ray_value values[2];
    struct ray_error err;
    int status;

    if (n < 2)
        return ray_return(task, 0, ray_int(n));
    for (int i = 0; i < 2; i++)
        refs[i] = ray_remote("fib", RAY_ARGS(ray_int(n - 1 - i)), NULL, &err);
    status = ray_get_many(refs, 2, values, -1, &err);
    ray_release(refs[0]);
    ray_release(refs[1]);
    if (status != 0)
        return ray_fail(task, "%s", err.text);
    return ray_return(task, 0, ray_int(values[0].as.integer + values[1].as.integer));
}

/* ---- those that fail ---- */

RAY_FUNCTION(complain, "string")
{
    return ray_fail(task, "%s", ray_arg_string(task, 0));
}

RAY_FUNCTION(return_code, "int")
{
    return (int)ray_arg_int(task, 0);
}

RAY_FUNCTION(raise_signal, "int")
{
    signal((int)ray_arg_int(task, 0), SIG_DFL);
    raise((int)ray_arg_int(task, 0));
    return 0;
}

RAY_FUNCTION(leave, "int")
{
    _exit((int)ray_arg_int(task, 0));
}

/* Dies on its first attempts, returns the number of the one that lived. */
RAY_FUNCTION(die_until, "int")
{
    if (ray_attempt(task) < ray_arg_int(task, 0))
        raise(SIGKILL);
    return ray_return(task, 0, ray_int(ray_attempt(task)));
}

/* Fails on its first attempts, returns the number of the one that did not. */
static int fail_until(struct ray_task *task)
{
    if (ray_attempt(task) < ray_arg_int(task, 0))
        return ray_fail(task, "attempt %d", ray_attempt(task));
    return ray_return(task, 0, ray_int(ray_attempt(task)));
}

RAY_FUNCTION(fail_until, "int")
{
    return fail_until(task);
}

/* ---- classes ---- */

static int counter_new(struct ray_task *task, void **state)
{
    int64_t *count = malloc(sizeof(*count));

    if (!count)
        return ray_fail(task, "out of memory");
    if (ray_arg_int(task, 0) < 0) {
        free(count);
        return ray_fail(task, "counts are not negative");
    }
    *count = ray_arg_int(task, 0);
    *state = count;
    return 0;
}

RAY_ACTOR(counter, "int", counter_new, free);

RAY_METHOD(counter, add, "int")
{
    int64_t *count = state;

    *count += ray_arg_int(task, 0);
    return ray_return(task, 0, ray_int(*count));
}

/* Appends a digit: the order of calls is in the value. */
RAY_METHOD(counter, append, "int")
{
    int64_t *count = state;

    *count = (*count * 10 + ray_arg_int(task, 0)) % 1000000007;
    return ray_return(task, 0, ray_int(*count));
}

/* So many bytes, zeros. */
RAY_METHOD(counter, bytes, "int")
{
    size_t size = (size_t)ray_arg_int(task, 0);
    char *bytes = calloc(1, size + 1);
    int status;

    (void)state;
    if (!bytes)
        return ray_fail(task, "out of memory");
    status = ray_return(task, 0, ray_bytes(bytes, size));
    free(bytes);
    return status;
}

RAY_METHOD(counter, pid, "")
{
    (void)state;
    return ray_return(task, 0, ray_int(getpid()));
}

RAY_METHOD(counter, complain, "string")
{
    (void)state;
    return ray_fail(task, "%s", ray_arg_string(task, 0));
}

RAY_METHOD(counter, die, "")
{
    (void)task;
    (void)state;
    raise(SIGKILL);
    return 0;
}

/* Marks 'd' and dies; the next time it lives, and returns its attempt. */
RAY_METHOD(counter, die_once, "string")
{
    (void)state;
    leave_mark(ray_arg_string(task, 0), 'd');
    if (ray_attempt(task) == 0)
        raise(SIGKILL);
    return ray_return(task, 0, ray_int(ray_attempt(task)));
}

RAY_METHOD(counter, fail_until, "int")
{
    (void)state;
    return fail_until(task);
}

RAY_METHOD(counter, patient, "string")
{
    (void)state;
    return be_patient(task);
}

/* Calls another actor by name, as actors of a service do. */
RAY_METHOD(counter, add_to, "string int")
{
    struct ray_error err;
    struct ray_value value;
    struct ray_actor *other = ray_actor_get(ray_arg_string(task, 0), NULL, &err);
    struct ray_ref *ref = NULL;
    int status = -1;

    (void)state;
    if (other)
        ref =
            ray_call(other, "add", RAY_ARGS(ray_int(ray_arg_int(task, 1))), NULL, &err);
    if (ref)
        status = ray_get(ref, &value, 10000, &err);
    ray_release(ref);
    ray_actor_release(other);
    if (status != 0)
        return ray_fail(task, "%s", err.text);
    return ray_return(task, 0, ray_int(value.as.integer));
}

/* What an actor, that came as an argument, says to `method` with one int. */
static int return_of_call(struct ray_task *task, const char *method)
{
    struct ray_error err;
    struct ray_value value;
    struct ray_actor *actor = ray_actor_of(ray_arg(task, 0), &err);
    struct ray_ref *ref = NULL;
    int status = -1;

    if (actor)
        ref = ray_call(actor, method, RAY_ARGS(ray_int(ray_arg_int(task, 1))), NULL,
                       &err);
    if (ref)
        status = ray_get(ref, &value, 20000, &err);
    status = status == 0 ? ray_return(task, 0, value) : ray_fail(task, "%s", err.text);
    ray_release(ref);
    ray_actor_release(actor);
    return status;
}

RAY_FUNCTION(add_by_handle, "actor int")
{
    return return_of_call(task, "add");
}

/* The same, by a task of this one. */
RAY_FUNCTION(add_below, "actor int")
{
    struct ray_error err;
    struct ray_value value;
    struct ray_ref *ref = ray_remote(
        "add_by_handle", RAY_ARGS(*ray_arg(task, 0), *ray_arg(task, 1)), NULL, &err);
    int status = ref ? ray_get(ref, &value, 20000, &err) : -1;

    status = status == 0 ? ray_return(task, 0, value) : ray_fail(task, "%s", err.text);
    ray_release(ref);
    return status;
}

RAY_FUNCTION(hand_back, "actor")
{
    return ray_return(task, 0, *ray_arg(task, 0));
}

/* An actor of its own, which lives as long as the job. */
RAY_FUNCTION(make_counter, "int")
{
    struct ray_error err;
    struct ray_actor *actor =
        ray_actor_create("counter", RAY_ARGS(*ray_arg(task, 0)), NULL, &err);
    int status =
        actor ? ray_return(task, 0, ray_handle(actor)) : ray_fail(task, "%s", err.text);

    ray_actor_release(actor);
    return status;
}

/* ---- a class for several threads ---- */

struct gate {
    pthread_mutex_t lock;
    pthread_cond_t came;
    int64_t inside, count;
    char *path;
};

/* Its destructor marks 'x' there. */
static int gate_new(struct ray_task *task, void **state)
{
    struct gate *gate = calloc(1, sizeof(*gate));

    if (!gate)
        return ray_fail(task, "out of memory");
    pthread_mutex_init(&gate->lock, NULL);
    pthread_cond_init(&gate->came, NULL);
    gate->path = strdup(ray_arg_string(task, 0));
    *state = gate;
    return 0;
}

static void gate_free(void *state)
{
    struct gate *gate = state;

    leave_mark(gate->path, 'x');
    free(gate->path);
    free(gate);
}

RAY_ACTOR(gate, "string", gate_new, gate_free);

/* Waits until so many calls are inside at the same time. */
RAY_METHOD(gate, meet, "int")
{
    struct gate *gate = state;
    struct timespec until;
    int failure = 0;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 20;
    pthread_mutex_lock(&gate->lock);
    gate->inside++;
    pthread_cond_broadcast(&gate->came);
    while (gate->inside < ray_arg_int(task, 0) && failure == 0)
        failure = pthread_cond_timedwait(&gate->came, &gate->lock, &until);
    pthread_mutex_unlock(&gate->lock);
    return failure == 0 ? ray_return(task, 0, ray_int(1)) : ray_fail(task, "alone");
}

RAY_METHOD(gate, count, "")
{
    struct gate *gate = state;
    int64_t count;

    pthread_mutex_lock(&gate->lock);
    count = ++gate->count;
    pthread_mutex_unlock(&gate->lock);
    return ray_return(task, 0, ray_int(count));
}

RAY_METHOD(gate, nap, "int")
{
    (void)state;
    pause_ms(ray_arg_int(task, 0));
    return ray_return(task, 0, ray_int(ray_arg_int(task, 0)));
}

RAY_METHOD(gate, inside, "")
{
    struct gate *gate = state;
    int64_t count;

    pthread_mutex_lock(&gate->lock);
    count = gate->inside;
    pthread_mutex_unlock(&gate->lock);
    return ray_return(task, 0, ray_int(count));
}

/* Waits at a gate for so many. */
RAY_FUNCTION(meet_at, "actor int")
{
    return return_of_call(task, "meet");
}

/* Waits for a task of its own, as all threads may at the same time. */
RAY_METHOD(gate, ask, "int")
{
    struct ray_error err;
    struct ray_value value;
    struct ray_ref *ref = ray_remote("echo", RAY_ARGS(*ray_arg(task, 0)), NULL, &err);
    int status = ref ? ray_get(ref, &value, 20000, &err) : -1;

    (void)state;
    ray_release(ref);
    return status == 0 ? ray_return(task, 0, value) : ray_fail(task, "%s", err.text);
}

RAY_METHOD(gate, leave, "")
{
    (void)state;
    ray_return(task, 0, ray_int(7));
    return ray_actor_exit(task);
}
