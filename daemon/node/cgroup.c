/* cgroup.c - /proc/self/cgroup says the paths (cgroups(7)), /sys/fs/cgroup has them. */
#include "daemon/node/cgroup.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool cgroup_read(const char *folder, const char *name, char text[CGROUP_TEXT_MAX])
{
    char path[PATH_MAX];
    int length = snprintf(path, sizeof(path), "%s/%s", folder, name);
    ssize_t size = -1;
    int fd;

    text[0] = '\0';
    if (length < 0 || (size_t)length >= sizeof(path))
        return false;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    size = read(fd, text, CGROUP_TEXT_MAX - 1);
    close(fd);
    text[size > 0 ? size : 0] = '\0';
    return size > 0;
}

/* Is `name` one of the names in `list`, which ends at ':' and has commas between them?
 */
static bool is_listed(const char *list, const char *name)
{
    size_t size = strlen(name);

    for (;;) {
        size_t one = strcspn(list, ",:\n");
        if (one == size && memcmp(list, name, size) == 0)
            return true;
        if (list[one] != ',')
            return false;
        list += one + 1;
    }
}

bool cgroup_parse_path(const char *text, const char *controller, char *path,
                       size_t size)
{
    for (const char *line = text; *line != '\0';) {
        const char *end = line + strcspn(line, "\n");
        const char *list = memchr(line, ':', (size_t)(end - line));
        const char *from =
            list != NULL ? memchr(list + 1, ':', (size_t)(end - list - 1)) : NULL;
        if (from != NULL && is_listed(list + 1, controller)) {
            int length = snprintf(path, size, "%.*s", (int)(end - from - 1), from + 1);
            return length >= 0 && (size_t)length < size;
        }
        line = *end == '\n' ? end + 1 : end;
    }
    return false;
}

static const struct hierarchy {
    const char *controller, *mount;
} hierarchies[] = {
    [CGROUP_UNIFIED] = { "", "/sys/fs/cgroup" },
    [CGROUP_V1_CPU] = { "cpu", "/sys/fs/cgroup/cpu" },
    [CGROUP_V1_MEMORY] = { "memory", "/sys/fs/cgroup/memory" },
};

struct walk {
    const char *root;
    cgroup_fn *fn;
    void *arg;
};

/* From `path`, the process's cgroup, up to the root of the hierarchy. */
static void walk_up(const struct walk *walk, enum cgroup_kind kind, char *path)
{
    char folder[PATH_MAX];

    for (;;) {
        char *slash;
        int length = snprintf(folder, sizeof(folder), "%s%s%s", walk->root,
                              hierarchies[kind].mount, path);
        if (length >= 0 && (size_t)length < sizeof(folder))
            walk->fn(walk->arg, kind, folder);
        slash = strrchr(path, '/');
        if (slash == NULL)
            return;
        *slash = '\0';
    }
}

void cgroup_each(const char *root, cgroup_fn *fn, void *arg)
{
    const struct walk walk = { root, fn, arg };
    char folder[PATH_MAX], text[CGROUP_TEXT_MAX], path[PATH_MAX];

    snprintf(folder, sizeof(folder), "%s/proc/self", root);
    cgroup_read(folder, "cgroup", text);
    for (int i = 0; i <= CGROUP_V1_MEMORY; i++)
        if (cgroup_parse_path(text, hierarchies[i].controller, path, sizeof(path)))
            walk_up(&walk, (enum cgroup_kind)i, path);
}
