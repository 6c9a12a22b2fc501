/* package_fuzz.c - any bytes as an archive: what passes the check can do no harm. */
#include "tests/fuzz/fuzz.h"

#include "envs/package.h"

enum { SIZE_MAX_HERE = 1024 * 1024 };

struct found {
    int64_t size;
};

/* Whether `path` could leave the folder that it is unpacked in. */
static int leads_out(const char *path)
{
    size_t size = strlen(path);

    return path[0] == '/' || strcmp(path, "..") == 0 || strncmp(path, "../", 3) == 0 ||
           strstr(path, "/../") != NULL ||
           (size >= 3 && strcmp(path + size - 3, "/..") == 0);
}

static void on_entry(void *arg, const struct tree_entry *entry)
{
    struct found *found = arg;

    MUST(entry->path[0] != '\0' && !leads_out(entry->path));
    MUST(entry->kind != TREE_LINK || entry->target[0] != '/');
    MUST(entry->size >= 0);
    found->size += entry->size;
    MUST(found->size <= SIZE_MAX_HERE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct found found = { 0 };
    struct error err = { 0 };
    char path[64];
    int fd = fuzz_file(data, size, path);

    if (package_check(path, SIZE_MAX_HERE, on_entry, &found, &err) != 0)
        MUST(err.code != 0 && strlen(err.text) > 0);
    close(fd);
    return 0;
}
