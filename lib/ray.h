/* ray.h - the C API: tasks, actors and objects on a cluster of machines.
 *
 * A *task library* is a shared object whose functions are registered with RAY_FUNCTION
 * and whose classes are registered with RAY_ACTOR and RAY_METHOD. A *driver* is a
 * program that calls ray_init() with the path of that library, then
 *
 *     ray_remote("add", RAY_ARGS(ray_int(1), ray_int(2)), NULL, &err)   a task
 *     ray_actor_create("counter", RAY_ARGS(ray_int(0)), NULL, &err)     an actor
 *     ray_call(counter, "increment", RAY_NO_ARGS, NULL, &err)           a method of it
 *     ray_put(ray_bytes(data, size), &err)                              an object
 *     ray_get(ref, &value, timeout_ms, &err)                            its value
 *
 * A ref is a promise of a value. Given as an argument it is replaced by its value
 * before the function runs. Every ref and actor handle that a function returns belongs
 * to the caller, who ends it with ray_release() or ray_actor_release().
 *
 * Errors: functions return 0 or a negative code (or NULL), and fill the caller's
 * `struct ray_error`, which may be NULL. All functions may be called from any thread.
 * Functions of a task library may call them too: tasks may start tasks, and a task that
 * waits for others lends its CPU to them meanwhile. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#include <initializer_list>
extern "C" {
#endif

#define RAY_VERSION "0.1.0"
#define RAY_API __attribute__((visibility("default")))

/* ---- errors ---- */

/* Codes are those of lib/base/error.def; RAY_OK is 0. Functions return them negated. */
enum ray_code {
    RAY_OK = 0,
    RAY_FAILED = 1,
    RAY_USAGE = 2,
    RAY_NOT_FOUND = 3,
    RAY_TIMEOUT = 4,
    RAY_UNREACHABLE = 5,
    RAY_REFUSED = 6,
    RAY_IO = 7,
    RAY_INVALID = 8,
    RAY_EXISTS = 9,
    RAY_FULL = 10,
    RAY_CANCELLED = 14,
    RAY_CLOSED = 15,
    RAY_TASK_FAILED = 16, /* the function returned an error; text says what it said */
    RAY_WORKER_DIED = 17, /* its process ended while it ran, on the last attempt */
    RAY_ACTOR_DIED = 18,
    RAY_ACTOR_UNAVAILABLE =
        19, /* it is being restarted; the call may or may not have run */
    RAY_OBJECT_LOST = 20,
    RAY_OWNER_DIED = 21,
    RAY_TYPE = 22, /* an argument of the wrong type, or too many or too few */
    RAY_LOAD = 23, /* the task library does not load, or lacks the function */
    RAY_RUNTIME_ENV_SETUP_FAILED =
        25, /* a node could not make its environment; text says which and why */
    RAY_OUT_OF_MEMORY = 26, /* its node ended it, on the last attempt, for its memory */
};

struct ray_error {
    enum ray_code code;
    int64_t pid;        /* process in which a function failed; 0: none did */
    char function[128]; /* "train", "counter.increment"; "" when none is concerned */
    char node[57];      /* id of the node it ran on, hex; "" when unknown */
    char text[512];     /* one line, with all of the above in words where it helps */
};

/* ---- values ---- */

enum ray_type {
    RAY_NONE,
    RAY_BOOL,
    RAY_INT,
    RAY_DOUBLE,
    RAY_STRING,
    RAY_BYTES,
    RAY_REF,
    RAY_HANDLE /* an actor: ray_handle(), ray_actor_of() */
};

struct ray_ref;
struct ray_actor;
struct ray_task; /* a running task: the context of its function */

/* A value, borrowed: strings and bytes belong to whoever made or got them. */
struct ray_value {
    enum ray_type type;
    union {
        bool boolean;
        int64_t integer;
        double number;
        struct {
            const void *data; /* a RAY_STRING is terminated behind `size` */
            size_t size;      /* bytes */
        } bytes;
        struct ray_ref *ref;
    } as;
    /* Refs inside it: see ray_with_refs(). Borrowed, too. */
    struct ray_ref *const *refs;
    size_t refs_count;
};

RAY_API struct ray_value ray_none(void);
RAY_API struct ray_value ray_bool(bool value);
RAY_API struct ray_value ray_int(int64_t value);
RAY_API struct ray_value ray_double(double value);
RAY_API struct ray_value ray_string(const char *text);
RAY_API struct ray_value ray_bytes(const void *data, size_t size);
/* An actor, for others to call: see ray_actor_of(). Borrowed from `actor`. */
RAY_API struct ray_value ray_handle(const struct ray_actor *actor);
/* As an argument: the value of `ref`, when it is ready. */
RAY_API struct ray_value ray_ref(struct ray_ref *ref);
/* `value` (no ref itself) with refs inside it, which travel along wherever it goes.
 * Unlike ray_ref() they are not replaced by their values, which need not be ready:
 * whoever gets `value` finds the refs in it and may ray_get() them, pass them on, or
 * keep them with ray_retain(). Borrows the array; copies are made where values are. */
RAY_API struct ray_value ray_with_refs(struct ray_value value,
                                       struct ray_ref *const *refs, size_t count);

/* Arguments of a task: an array of values, copied before the call returns. */
struct ray_args {
    const struct ray_value *values;
    size_t count;
};
#ifdef __cplusplus
extern "C++" inline struct ray_args ray_args_of(
    std::initializer_list<struct ray_value> values)
{
    return { values.begin(), values.size() };
}
/* Valid until the end of the statement. */
#define RAY_ARGS(...) ray_args_of({ __VA_ARGS__ })
#define RAY_NO_ARGS ray_args_of({})
#else
#define RAY_ARGS(...)                                                                  \
    ((struct ray_args){ (const struct ray_value[]){ __VA_ARGS__ },                     \
                        sizeof((const struct ray_value[]){ __VA_ARGS__ }) /            \
                            sizeof(struct ray_value) })
#define RAY_NO_ARGS ((struct ray_args){ NULL, 0 })
#endif

/* ---- runtime environments ---- */

/* What processes start in. Zero means: as the job has it; for what a task starts, as
 * that task has it. Variables of several levels are put together, those of the task or
 * actor count; a working_dir replaces that of the job. A worker made for one
 * environment never runs tasks of another. */
struct ray_runtime_env {
    /* A folder, which is packed and uploaded when this process first names it (unless
     * the cluster has its content already; later changes are not seen), or "pkg:<name>"
     * as `rayctl env push` prints it. Each node makes it once; the process starts in it
     * and finds it in RAY_WORKING_DIR, too. It is shared: do not write there. */
    const char *working_dir;
    const char *const *vars; /* "NAME=VALUE"; ${X} in a value is the node's own X */
    size_t vars_count;
    const char *const *excludes; /* what the folder shall not bring, as .gitignore */
    size_t excludes_count;
};

/* ---- connecting ---- */

#define RAY_NAME_MAX 4096 /* bytes in the name of a task, an actor or a namespace */

struct ray_options {
    /* "unix:/path", "host:port" or "local" (a private cluster of this process's own).
     * NULL: the one that RAYCTL_ADDRESS, RAY_ADDRESS or the current session name;
     * without any of them, a private one, which ends with the program. */
    const char *address;
    const char *library;    /* path of the task library; NULL: the program only asks */
    const char *namespace_; /* of named actors; NULL: one of this driver's own */
    double num_cpus;        /* of a private cluster; 0: those of this machine */
    const struct ray_runtime_env *env; /* of the job's tasks and actors; NULL: none */
};

/* Connects this process, once, until ray_shutdown(). -RAY_UNREACHABLE, -RAY_LOAD the
 * library does not load, -RAY_EXISTS connected already. */
RAY_API int ray_init(const struct ray_options *options, struct ray_error *err);
/* Ends the driver's job, with its tasks and undetached actors. No ref or handle may be
 * touched again. */
RAY_API void ray_shutdown(void);
/* Hex ids of the job and of our node, until ray_shutdown(); "" before ray_init(). */
RAY_API const char *ray_job_id(void);
RAY_API const char *ray_node_id(void);

/* ---- tasks ---- */

struct ray_resource {
    const char *name; /* "GPU", "memory", any name */
    double amount;    /* 0 and up, in steps of 1/10000 */
};

/* Zero or NULL means the default. */
struct ray_task_options {
    const char *name; /* shown by `rayctl list tasks`; default: the function's */
    int num_returns;  /* default 1, RAY_ZERO_RETURNS for none; use ray_remote_many()
                         above 1 */
    double num_cpus;  /* default 1; RAY_ZERO_CPUS for none */
    double num_gpus;  /* default 0 */
    const struct ray_resource *resources; /* others, `resources_count` of them */
    size_t resources_count;
    int max_retries; /* after crashes of its worker; default 3, of a call that of its
                        actor; RAY_NO_RETRIES for none */
    bool retry_exceptions;             /* a function that fails is tried again, too */
    const struct ray_runtime_env *env; /* NULL: that of what it starts from */
};
#define RAY_ZERO_CPUS (-1.0)
#define RAY_ZERO_RETURNS (-1)
#define RAY_NO_RETRIES (-1)

/* Starts a task; returns at once with the ref of its (first) result. NULL on error: no
 * such function in the library, wrong number or types of arguments, not connected. */
RAY_API struct ray_ref *ray_remote(const char *function, struct ray_args args,
                                   const struct ray_task_options *options,
                                   struct ray_error *err);
/* The same with options->num_returns results in refs[]. */
RAY_API int ray_remote_many(const char *function, struct ray_args args,
                            const struct ray_task_options *options,
                            struct ray_ref **refs, struct ray_error *err);

enum ray_cancel_flags {
    RAY_CANCEL_FORCE = 1,     /* a task that runs: its worker is killed */
    RAY_CANCEL_RECURSIVE = 2, /* the tasks and calls that it has started, too */
};

/* Cancels the task or the call whose result `ref` is: when it ends, ref gives
 * -RAY_CANCELLED, whatever its function returns, and it is not retried. One that has
 * not begun never does. One that runs is asked: see ray_cancelled(). A call of an actor
 * cannot be forced (-RAY_INVALID): kill the actor. What has ended already, and what was
 * put, stays. Of its children those of a task that runs are cancelled, if asked for. */
RAY_API int ray_cancel(struct ray_ref *ref, unsigned flags, struct ray_error *err);

/* ---- objects ---- */

/* Stores a copy of a value. When the object store is full, waits while unused objects
 * go to disk; -RAY_FULL when no room can be made. */
RAY_API struct ray_ref *ray_put(struct ray_value value, struct ray_error *err);
/* Waits for a value for `timeout_ms` (negative: for ever; 0: not at all, -RAY_TIMEOUT).
 * Strings and bytes are read in place and stay valid, and in memory, until the ref is
 * released. When its task failed, returns its error. A result that was lost with its
 * node is made again by its task, if that has retries left; else -RAY_OBJECT_LOST. */
RAY_API int ray_get(struct ray_ref *ref, struct ray_value *value, int64_t timeout_ms,
                    struct ray_error *err);
/* All of `count` values, or the first error in their order. */
RAY_API int ray_get_many(struct ray_ref *const *refs, size_t count,
                         struct ray_value *values, int64_t timeout_ms,
                         struct ray_error *err);
/* Waits until `wanted` of `count` refs are ready (a failed task's is) or the time is
 * over. Sets ready[i] and returns how many are, at most `wanted`, in the order of refs.
 * -RAY_CLOSED not connected, -RAY_INVALID more wanted than there are, or no ref. */
RAY_API int ray_wait(struct ray_ref *const *refs, size_t count, size_t wanted,
                     int64_t timeout_ms, bool *ready);
/* Ends a ref (accepts NULL). The object is freed with the last one, of all processes
 * that have one and all values that it is in. */
RAY_API void ray_release(struct ray_ref *ref);
/* Another handle of the same object, to be released, too: keeps a ref that was found
 * inside a value, beyond the task or the object that it came with. Such an object still
 * belongs to the process that made it: when that has died, ray_get() gives
 * -RAY_OWNER_DIED unless the value is here already. */
RAY_API struct ray_ref *ray_retain(struct ray_ref *ref);
/* Its object id in hex into text[57]; returns it. */
RAY_API const char *ray_ref_id(const struct ray_ref *ref, char text[57]);

/* ---- actors ---- */

struct ray_actor_options {
    const char *name;       /* unique in its namespace; NULL: none */
    const char *namespace_; /* NULL: the driver's */
    bool get_if_exists;     /* a handle of the one with that name, if there is one */
    bool detached;          /* lives on when the driver ends */
    double num_cpus;        /* held while it lives; default 0 (1 to place it) */
    double num_gpus;
    const struct ray_resource *resources;
    size_t resources_count;
    int max_restarts;     /* after crashes; default 0; -1: always */
    int max_task_retries; /* of a call that was running when it crashed, once it is
                             started again; default 0: the call fails; -1: always */
    int max_concurrency;  /* threads that run calls; default 1. With more, calls begin
                             in order, but run and end side by side: the class guards
                             its own state */
    const struct ray_runtime_env *env; /* as for tasks; of its restarts, too */
};

/* Starts an actor; returns at once, calls wait until it lives. */
RAY_API struct ray_actor *ray_actor_create(const char *class_name, struct ray_args args,
                                           const struct ray_actor_options *options,
                                           struct ray_error *err);
/* The living actor of that name; namespace_ NULL: the driver's. -RAY_NOT_FOUND. */
RAY_API struct ray_actor *ray_actor_get(const char *name, const char *namespace_,
                                        struct ray_error *err);
/* The actor of a RAY_HANDLE. -RAY_INVALID, -RAY_NOT_FOUND forgotten by the head. */
RAY_API struct ray_actor *ray_actor_of(const struct ray_value *value,
                                       struct ray_error *err);
/* Calls a method. Calls of one process on one actor run in the order of ray_call(),
 * but for those that are tried again. Of the options name, num_returns (at most 1),
 * max_retries and retry_exceptions are used. */
RAY_API struct ray_ref *ray_call(struct ray_actor *actor, const char *method,
                                 struct ray_args args,
                                 const struct ray_task_options *options,
                                 struct ray_error *err);
/* Ends its process at once, with `no_restart` for good. */
RAY_API int ray_actor_kill(struct ray_actor *actor, bool no_restart,
                           struct ray_error *err);
/* Ends a handle (accepts NULL). The actor lives until its driver ends, or detached. */
RAY_API void ray_actor_release(struct ray_actor *actor);
RAY_API const char *ray_actor_id(const struct ray_actor *actor, char text[33]);

/* ---- inside a task library ---- */

/* A registered function. Returns 0, or ray_fail() / a negative code. */
typedef int ray_function(struct ray_task *task);
/* Makes an actor's state from the constructor's arguments. */
typedef int ray_actor_new(struct ray_task *task, void **state);
typedef int ray_method(struct ray_task *task, void *state);
/* Frees the state when the actor ends in good order. */
typedef void ray_actor_free(void *state);

struct ray_function_entry {
    uint32_t abi; /* RAY_ABI of the library's build */
    const char *signature;
    ray_function *run;
};
struct ray_actor_entry {
    uint32_t abi;
    const char *signature; /* of the constructor */
    ray_actor_new *create;
    ray_actor_free *destroy; /* may be NULL */
};
struct ray_method_entry {
    uint32_t abi;
    const char *signature;
    ray_method *run;
};
#define RAY_ABI 2u

#ifdef __cplusplus
#define RAY_EXPORT extern "C" RAY_API
#else
#define RAY_EXPORT extern RAY_API
#endif

/* Registers and begins a function: RAY_FUNCTION(add, "int int") { ... return 0; }
 * The signature names the type of each argument: any, bool, int, double, string, bytes,
 * actor; a last "..." takes any number more. Inside, `task` is the context. */
#define RAY_FUNCTION(name, types)                                                      \
    static int ray_run_##name(struct ray_task *task);                                  \
    RAY_EXPORT const struct ray_function_entry ray_function_##name;                    \
    const struct ray_function_entry ray_function_##name = { RAY_ABI, types,            \
                                                            ray_run_##name };          \
    static int ray_run_##name(struct ray_task *task)
/* Registers a class by its constructor and destructor (or NULL). */
#define RAY_ACTOR(name, types, create, destroy)                                        \
    RAY_EXPORT const struct ray_actor_entry ray_actor_##name;                          \
    const struct ray_actor_entry ray_actor_##name = { RAY_ABI, types, create, destroy }
/* Registers and begins a method; `task` is the context, `state` the actor's. */
#define RAY_METHOD(class_name, name, types)                                            \
    static int ray_run_##class_name##_##name(struct ray_task *task, void *state);      \
    RAY_EXPORT const struct ray_method_entry ray_method_##class_name##_##name;         \
    const struct ray_method_entry ray_method_##class_name##_##name = {                 \
        RAY_ABI, types, ray_run_##class_name##_##name                                  \
    };                                                                                 \
    static int ray_run_##class_name##_##name(struct ray_task *task, void *state)

/* Arguments, borrowed until the function returns; their types are those of the
 * signature. An index or type that it does not promise is a bug of the library and
 * aborts the worker with a message. */
RAY_API size_t ray_arg_count(const struct ray_task *task);
RAY_API const struct ray_value *ray_arg(const struct ray_task *task, size_t index);
RAY_API bool ray_arg_bool(const struct ray_task *task, size_t index);
RAY_API int64_t ray_arg_int(const struct ray_task *task, size_t index);
RAY_API double ray_arg_double(const struct ray_task *task, size_t index);
RAY_API const char *ray_arg_string(const struct ray_task *task, size_t index);
RAY_API const void *ray_arg_bytes(const struct ray_task *task, size_t index,
                                  size_t *size);
/* Sets result `index` (0 and up) to a copy of a value that is no ref (but may have some
 * inside it). What is not set is RAY_NONE. -RAY_FULL as for ray_put(). */
RAY_API int ray_return(struct ray_task *task, size_t index, struct ray_value value);
/* Fails the task with a message; returns what the function should return. */
RAY_API int ray_fail(struct ray_task *task, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* From a method: the actor ends in good order. This call and those that run beside it
 * are answered as usual, later ones fail with -RAY_ACTOR_DIED, its destructor runs, and
 * it is not started again. Returns 0, or what the function should return when it is no
 * method. */
RAY_API int ray_actor_exit(struct ray_task *task);
/* Whether it was cancelled: then it should return soon, anything; its ray_get() gives
 * -RAY_CANCELLED. Any thread of the function may ask. */
RAY_API bool ray_cancelled(const struct ray_task *task);
/* Its attempt, 0 and up: greater than 0 when a worker died under an earlier one. */
RAY_API int ray_attempt(const struct ray_task *task);

#ifdef __cplusplus
}
#endif
