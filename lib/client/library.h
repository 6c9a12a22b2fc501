/* library.h - task libraries: loading, looking functions up, checking arguments.
 *
 * Used by drivers (to refuse a wrong call before it is sent) and by workers (to run
 * it). A library stays loaded for the life of the process; so do the entries found in
 * it. The caller serialises calls. */
#pragma once

#include "lib/base/error.h"
#include "lib/base/map.h"
#include "lib/ray.h"

struct library;

struct libraries {
    struct map by_name;
};

enum entry_kind { ENTRY_FUNCTION, ENTRY_ACTOR, ENTRY_METHOD };

/* A function, class or method of a library. */
struct entry {
    struct map_node node;
    enum entry_kind kind;
    const char *library;    /* its name */
    const char *name;       /* "add", "counter", "increment"; owned */
    const char *class_name; /* of a method's class; NULL else; owned */
    const char *full_name;  /* "add", "counter", "counter.increment"; owned */
    const char *signature;
    union {
        const struct ray_function_entry *function;
        const struct ray_actor_entry *actor;
        const struct ray_method_entry *method;
    } as;
    char key[]; /* under which it is in its library's map */
};

void libraries_finish(
    struct libraries *libraries); /* frees the tables, unloads nothing */
/* What the library at `path` is called on all nodes: its absolute path, or, when it
 * lies in the working folder of this process's runtime environment, its path from
 * there, for that folder is another one on each node. Owned by the caller. */
char *library_name_of(const char *path);
/* Loads a library by that name, or finds it loaded. -ERR_LOAD with what dlopen(3) says.
 */
int libraries_load(struct libraries *libraries, const char *name,
                   struct library **library, struct error *err);
/* Looks up; `class_name` is NULL but for methods. Borrowed. NULL and ERR_LOAD when the
 * library does not register it, or was built for another version of ray.h. */
const struct entry *library_find(struct library *library, enum entry_kind kind,
                                 const char *class_name, const char *name,
                                 struct error *err);
/* Compares an argument list with the signature. The value of a ref is not known yet:
 * any type will do for it. -ERR_TYPE with the number of the argument. */
int entry_check(const struct entry *entry, const struct ray_value *values, size_t count,
                struct error *err);
/* "int", "bytes", ... */
const char *type_name(enum ray_type type);
