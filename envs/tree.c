/* tree.c - a walk in sorted order, with the ignore rules of each folder on the way. */
#include "envs/tree.h"

#include "lib/base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LARGEST = 10, READ_SIZE = 256 * 1024, IGNORE_FILE_MAX = 1024 * 1024 };

static const char *const default_excludes[] = { ".git", ".venv", "venv",
                                                "__pycache__" };

struct walk {
    struct tree *tree;
    const struct tree_options *options;
    struct ignore ignore;
    struct error *err;
};

bool tree_link_is_inside(const char *path, const char *target)
{
    int depth = 0;

    if (target[0] == '/' || target[0] == '\0')
        return false;
    for (const char *at = path; (at = strchr(at, '/')) != NULL; at++)
        depth++; /* folders above the link */
    while (*target != '\0') {
        size_t size = strcspn(target, "/");
        if (size == 2 && strncmp(target, "..", 2) == 0)
            depth--;
        else if (size > 0 && !(size == 1 && target[0] == '.'))
            depth++;
        if (depth < 0)
            return false;
        target += size + (target[size] == '/');
    }
    return true;
}

static char *full_path(const struct tree *tree, const char *path)
{
    return path[0] == '\0' ? xstrdup(tree->root) : xprintf("%s/%s", tree->root, path);
}

static struct tree_entry *add_entry(struct tree *tree, const char *path,
                                    enum tree_kind kind)
{
    struct tree_entry *entry;

    tree->entries =
        xgrow(tree->entries, &tree->capacity, tree->count + 1, sizeof(*tree->entries));
    entry = &tree->entries[tree->count++];
    *entry = (struct tree_entry){ .path = xstrdup(path), .kind = kind };
    return entry;
}

/* The rules of an ignore file in a folder, if there is one. */
static void read_ignore_file(struct walk *walk, const char *folder, const char *name)
{
    char *base = full_path(walk->tree, folder), *path = xprintf("%s/%s", base, name);
    FILE *file = fopen(path, "re");
    char *text = file != NULL ? xalloc(IGNORE_FILE_MAX) : NULL;

    if (file != NULL) {
        size_t size = fread(text, 1, IGNORE_FILE_MAX, file);
        ignore_add_lines(&walk->ignore, folder, slice_of(text, size));
        fclose(file);
    }
    free(text);
    free(path);
    free(base);
}

static int add_link(struct walk *walk, const char *path, const char *full)
{
    char target[PATH_MAX];
    ssize_t size = readlink(full, target, sizeof(target) - 1);

    if (size < 0)
        return fail(walk->err, ERR_IO, "read %s: %s", full, strerror(errno));
    target[size] = '\0';
    if (!tree_link_is_inside(path, target))
        return fail(walk->err, ERR_UNSUPPORTED, "%s: a link that leads outside (%s)",
                    full, target);
    add_entry(walk->tree, path, TREE_LINK)->target = xstrdup(target);
    return 0;
}

static int walk_folder(struct walk *walk, const char *path);

static int add_path(struct walk *walk, const char *path, const char *full)
{
    struct tree_entry *entry;
    struct stat about;

    if (lstat(full, &about) != 0)
        return fail(walk->err, ERR_IO, "%s: %s", full, strerror(errno));
    if (ignore_matches(&walk->ignore, path, S_ISDIR(about.st_mode)))
        return 0;
    if (S_ISDIR(about.st_mode)) {
        add_entry(walk->tree, path, TREE_FOLDER);
        return walk_folder(walk, path);
    }
    if (S_ISLNK(about.st_mode))
        return add_link(walk, path, full);
    if (!S_ISREG(about.st_mode))
        return fail(walk->err, ERR_UNSUPPORTED,
                    "%s is neither a file nor a folder; leave it out by excludes",
                    full);
    if (access(full, R_OK) != 0)
        return fail(walk->err, ERR_IO, "read %s: %s", full, strerror(errno));
    entry = add_entry(walk->tree, path, TREE_FILE);
    entry->is_executable = (about.st_mode & 0111) != 0;
    entry->size = about.st_size;
    walk->tree->size += about.st_size;
    return 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int walk_folder(struct walk *walk, const char *path)
{
    char *folder = full_path(walk->tree, path);
    struct dirent **names = NULL;
    int status = 0, count = scandir(folder, &names, NULL, by_bytes);

    if (count < 0)
        status = fail(walk->err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s",
                      folder, strerror(errno));
    else if (!walk->options->takes_all) {
        read_ignore_file(walk, path, ".gitignore");
        read_ignore_file(walk, path, ".rayignore");
    }
    for (int i = 0; i < count; i++) {
        const char *name = names[i]->d_name;
        if (status == 0 && strcmp(name, ".") != 0 && strcmp(name, "..") != 0) {
            char *inner =
                path[0] != '\0' ? xprintf("%s/%s", path, name) : xstrdup(name);
            char *full = xprintf("%s/%s", folder, name);
            status = add_path(walk, inner, full);
            free(inner);
            free(full);
        }
        free(names[i]);
    }
    free(names);
    free(folder);
    return status;
}

static int by_size(const void *a, const void *b)
{
    const struct tree_entry *const *x = a, *const *y = b;
    return (*y)->size > (*x)->size ? 1 : (*y)->size < (*x)->size ? -1 : 0;
}

/* Larger than allowed: names the files that make it so. */
static int fail_size(const struct walk *walk)
{
    const struct tree *tree = walk->tree;
    const struct tree_entry **sorted = xcalloc(tree->count + 1, sizeof(*sorted));
    char text[ERROR_TEXT_MAX] = "";
    size_t used = 0;

    for (size_t i = 0; i < tree->count; i++)
        sorted[i] = &tree->entries[i];
    qsort(sorted, tree->count, sizeof(*sorted), by_size);
    for (size_t i = 0; i < tree->count && i < LARGEST && used < sizeof(text); i++)
        if (sorted[i]->size > 0)
            used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%.60s (%lld)",
                                     i > 0 ? ", " : "", sorted[i]->path,
                                     (long long)sorted[i]->size);
    free(sorted);
    return fail(walk->err, ERR_FULL,
                "%s has %lld bytes, at most %lld are packed; leave files out by "
                ".rayignore; the largest: %s",
                tree->root, (long long)tree->size, (long long)walk->options->max_size,
                text);
}

int tree_read(struct tree *tree, const char *root, const struct tree_options *options,
              struct error *err)
{
    struct walk walk = { tree, options, { 0 }, err };
    int status;

    *tree = (struct tree){ .root = xstrdup(root) };
    ignore_init(&walk.ignore);
    for (size_t i = 0; !options->takes_all &&
                       i < sizeof(default_excludes) / sizeof(*default_excludes);
         i++)
        ignore_add(&walk.ignore, "", slice(default_excludes[i]));
    for (size_t i = 0; i < options->excludes_count; i++)
        ignore_add(&walk.ignore, "", slice(options->excludes[i]));
    status = walk_folder(&walk, "");
    if (status == 0 && options->max_size > 0 && tree->size > options->max_size)
        status = fail_size(&walk);
    ignore_finish(&walk.ignore);
    if (status != 0)
        tree_finish(tree);
    return status;
}

void tree_finish(struct tree *tree)
{
    for (size_t i = 0; i < tree->count; i++) {
        free(tree->entries[i].path);
        free(tree->entries[i].target);
    }
    free(tree->entries);
    free(tree->root);
    *tree = (struct tree){ 0 };
}

static int digest_file(const struct tree *tree, const struct tree_entry *entry,
                       char hex[DIGEST_HEX_MAX], struct error *err)
{
    char *path = full_path(tree, entry->path), *bytes = xalloc(READ_SIZE);
    int status = 0, fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    uint8_t out[DIGEST_SIZE];
    struct digest digest;
    int64_t sum = 0;
    ssize_t got = 1;

    digest_init(&digest);
    while (fd >= 0 && (got = read(fd, bytes, READ_SIZE)) > 0) {
        digest_add(&digest, bytes, (size_t)got);
        sum += got;
    }
    digest_finish(&digest, out);
    digest_hex(out, sizeof(out), hex);
    if (fd < 0 || got < 0)
        status = fail(err, ERR_IO, "read %s: %s", path, strerror(errno));
    else if (sum != entry->size)
        status = fail(err, ERR_IO, "%s changes while it is read", path);
    if (fd >= 0)
        close(fd);
    free(bytes);
    free(path);
    return status;
}

int tree_digest(const struct tree *tree, char hex[DIGEST_HEX_MAX], struct error *err)
{
    static const char kinds[] = { 'd', 'f', 'l' };
    uint8_t out[DIGEST_SIZE];
    struct digest digest;
    int status = 0;

    digest_init(&digest);
    for (size_t i = 0; i < tree->count && status == 0; i++) {
        const struct tree_entry *entry = &tree->entries[i];
        char file[DIGEST_HEX_MAX] = "", *line;
        if (entry->kind == TREE_FILE)
            status = digest_file(tree, entry, file, err);
        line = xprintf("%c %lld %s %s", entry->is_executable ? 'x' : kinds[entry->kind],
                       (long long)entry->size,
                       entry->kind == TREE_LINK ? entry->target : file, entry->path);
        digest_add(&digest, line, strlen(line) + 1);
        free(line);
    }
    digest_finish(&digest, out);
    digest_hex(out, sizeof(out), hex);
    return status;
}
