/* library.c - dlopen(3) by names that hold on every node, and the symbols that the
 * macros of ray.h leave behind: ray_function_<name>, ray_actor_<class>,
 * ray_method_<class>_<name>. Each is a constant that holds a version, a signature and a
 * function. */
#include "lib/client/library.h"

#include "lib/base/mem.h"
#include "lib/base/slice.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SYMBOL_MAX = 512 };

struct library {
    struct map_node node;
    void *handle;
    struct map entries;
    char name[];
};

static const char *const type_names[] = {
    [RAY_NONE] = "none",     [RAY_BOOL] = "bool",     [RAY_INT] = "int",
    [RAY_DOUBLE] = "double", [RAY_STRING] = "string", [RAY_BYTES] = "bytes",
    [RAY_REF] = "ref",       [RAY_HANDLE] = "actor",
};

const char *type_name(enum ray_type type)
{
    return (unsigned)type <= RAY_HANDLE ? type_names[type] : "unknown";
}

static void entry_destroy(struct entry *entry)
{
    free((char *)(uintptr_t)entry->name);
    free((char *)(uintptr_t)entry->class_name);
    free((char *)(uintptr_t)entry->full_name);
    free(entry);
}

void libraries_finish(struct libraries *libraries)
{
    struct map_node *node, *after, *inner, *inner_after;

    map_each(node, after, &libraries->by_name) {
        struct library *library = container_of(node, struct library, node);
        map_each(inner, inner_after, &library->entries) {
            map_remove(&library->entries, inner);
            entry_destroy(container_of(inner, struct entry, node));
        }
        map_remove(&libraries->by_name, node);
        free(library);
    }
}

static const char *working_folder(void)
{
    const char *folder = getenv("RAY_WORKING_DIR");
    return folder != NULL && folder[0] == '/' ? folder : NULL;
}

char *library_name_of(const char *path)
{
    const char *folder = working_folder();
    char real[PATH_MAX];
    size_t size;

    if (realpath(path, real) == NULL) /* let dlopen say what is wrong */
        return xstrdup(path);
    size = folder != NULL ? strlen(folder) : 0;
    if (size > 0 && strncmp(real, folder, size) == 0 && real[size] == '/')
        return xstrdup(real + size + 1);
    return xstrdup(real);
}

static void *open_library(const char *name)
{
    const char *folder = name[0] != '/' ? working_folder() : NULL;
    char *path = folder != NULL ? xprintf("%s/%s", folder, name) : xstrdup(name);
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);

    free(path);
    return handle;
}

int libraries_load(struct libraries *libraries, const char *name,
                   struct library **library, struct error *err)
{
    struct map_node *known = map_find(&libraries->by_name, name, strlen(name));
    void *handle;

    if (known != NULL) {
        *library = container_of(known, struct library, node);
        return 0;
    }
    handle = open_library(name);
    if (handle == NULL)
        return fail(err, ERR_LOAD, "cannot load task library: %s", dlerror());
    *library = xcalloc(1, sizeof(**library) + strlen(name) + 1);
    (*library)->handle = handle;
    memcpy((*library)->name, name, strlen(name) + 1);
    map_add(&libraries->by_name, &(*library)->node, (*library)->name, strlen(name));
    return 0;
}

/* The first member of all three kinds of entry is the version. */
static const void *find_symbol(struct library *library, const char *symbol,
                               const char *what, struct error *err)
{
    const uint32_t *abi = dlsym(library->handle, symbol);

    if (abi == NULL) {
        fail(err, ERR_LOAD, "task library %s has no %s", library->name, what);
        return NULL;
    }
    if (*abi != RAY_ABI) {
        fail(err, ERR_LOAD, "%s of %s was built for version %u of ray.h, this is %u",
             what, library->name, *abi, RAY_ABI);
        return NULL;
    }
    return abi;
}

static const void *look_up(struct library *library, const struct entry *entry,
                           struct error *err)
{
    static const char *const prefixes[] = { "ray_function_", "ray_actor_",
                                            "ray_method_" };
    static const char *const kinds[] = { "function", "actor class", "method" };
    char symbol[SYMBOL_MAX], what[SYMBOL_MAX];
    int size = snprintf(symbol, sizeof(symbol), "%s%s%s%s", prefixes[entry->kind],
                        entry->class_name != NULL ? entry->class_name : "",
                        entry->class_name != NULL ? "_" : "", entry->name);

    if (size >= SYMBOL_MAX) {
        fail(err, ERR_LOAD, "name of %d characters is longer than any function's",
             size);
        return NULL;
    }
    snprintf(what, sizeof(what), "%s '%s'", kinds[entry->kind], entry->full_name);
    return find_symbol(library, symbol, what, err);
}

static struct entry *entry_create(enum entry_kind kind, const char *class_name,
                                  const char *name, const char *key)
{
    struct entry *entry = xcalloc(1, sizeof(*entry) + strlen(key) + 1);

    memcpy(entry->key, key, strlen(key) + 1);
    entry->kind = kind;
    entry->name = xstrdup(name);
    entry->class_name = class_name != NULL ? xstrdup(class_name) : NULL;
    entry->full_name =
        class_name != NULL ? xprintf("%s.%s", class_name, name) : xstrdup(name);
    return entry;
}

static void set_target(struct entry *entry, const void *symbol)
{
    switch (entry->kind) {
    case ENTRY_FUNCTION:
        entry->as.function = symbol;
        entry->signature = entry->as.function->signature;
        break;
    case ENTRY_ACTOR:
        entry->as.actor = symbol;
        entry->signature = entry->as.actor->signature;
        break;
    case ENTRY_METHOD:
        entry->as.method = symbol;
        entry->signature = entry->as.method->signature;
        break;
    }
}

/* As much of `text` as there is room for; returns its end. */
static char *append(char *at, const char *end, const char *text)
{
    size_t size = strnlen(text, (size_t)(end - at));

    memcpy(at, text, size);
    return at + size;
}

/* "0.square", "2counter.increment": made for every task, so not by printf. A name that
 * is cut is longer than any that the map can have. */
static void format_key(char key[SYMBOL_MAX], enum entry_kind kind,
                       const char *class_name, const char *name)
{
    const char *end = key + SYMBOL_MAX - 1;
    char *at = key;

    *at++ = (char)('0' + (int)kind);
    at = append(at, end, class_name != NULL ? class_name : "");
    at = append(at, end, ".");
    at = append(at, end, name);
    *at = '\0';
}

const struct entry *library_find(struct library *library, enum entry_kind kind,
                                 const char *class_name, const char *name,
                                 struct error *err)
{
    char key[SYMBOL_MAX];
    struct map_node *known;
    struct entry *entry;
    const void *symbol;

    format_key(key, kind, class_name, name);
    known = map_find(&library->entries, key, strlen(key));
    if (known != NULL)
        return container_of(known, struct entry, node);
    entry = entry_create(kind, class_name, name, key);
    symbol = look_up(library, entry, err);
    if (symbol == NULL) {
        entry_destroy(entry);
        return NULL;
    }
    entry->library = library->name;
    set_target(entry, symbol);
    map_add(&library->entries, &entry->node, entry->key, strlen(entry->key));
    return entry;
}

/* The next word of a signature; empty at its end. */
static struct slice next_word(const char **at)
{
    size_t size;
    struct slice word;

    *at += strspn(*at, " ,");
    size = strcspn(*at, " ,");
    word = slice_of(*at, size);
    *at += size;
    return word;
}

static bool matches(struct slice word, enum ray_type type)
{
    return slice_is(word, "any") || type == RAY_REF || slice_is(word, type_name(type));
}

int entry_check(const struct entry *entry, const struct ray_value *values, size_t count,
                struct error *err)
{
    const char *at = entry->signature;

    for (size_t i = 0; i < count; i++) {
        struct slice word = next_word(&at);
        if (slice_is(word, "..."))
            return 0;
        if (word.size == 0)
            return fail(err, ERR_TYPE, "%s(%s): %zu arguments given", entry->full_name,
                        entry->signature, count);
        if (!matches(word, values[i].type))
            return fail(err, ERR_TYPE, "%s(%s): argument %zu is %s, not %.*s",
                        entry->full_name, entry->signature, i + 1,
                        type_name(values[i].type), SLICE_ARGS(word));
    }
    if (*at != '\0' && !slice_is(next_word(&at), "..."))
        return fail(err, ERR_TYPE, "%s(%s): only %zu arguments given", entry->full_name,
                    entry->signature, count);
    return 0;
}
