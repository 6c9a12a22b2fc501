/* contexts.c - what is a session folder is a context; nothing else is stored of one. */
#include "lib/net/contexts.h"

#include "lib/base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ENTRIES_MAX = 10000 };

/* Its head's socket when the head is here, else what its `address` file says. */
static void read_address(const char *path, char address[SESSION_ADDRESS_MAX])
{
    char file[SESSION_PATH_MAX + 16];
    FILE *stream;

    snprintf(address, SESSION_ADDRESS_MAX, "unix:%.200s/head.sock", path);
    if (access(address + sizeof("unix:") - 1, F_OK) == 0)
        return;
    address[0] = '\0';
    snprintf(file, sizeof(file), "%s/address", path);
    stream = fopen(file, "re");
    if (stream == NULL)
        return;
    if (fgets(address, SESSION_ADDRESS_MAX, stream) != NULL)
        address[strcspn(address, "\n")] = '\0';
    fclose(stream);
}

/* False when it is no session. */
static bool read_entry(const char *name, struct context_entry *entry)
{
    struct session_process *processes = NULL;
    char path[SESSION_PATH_MAX], pids[SESSION_PATH_MAX + 8];

    if (name[0] == '.' || strlen(name) >= sizeof(entry->name) ||
        session_path(name, path, false, NULL) != 0)
        return false;
    snprintf(pids, sizeof(pids), "%s/pids", path);
    read_address(path, entry->address);
    if (access(pids, F_OK) != 0 && entry->address[0] == '\0')
        return false;
    memcpy(entry->name, name, strlen(name) + 1); /* it fits: see above */
    entry->processes = session_processes(path, &processes, NULL);
    if (entry->processes >= 0)
        session_free(processes, entry->processes);
    return true;
}

static int by_name(const void *a, const void *b)
{
    const struct context_entry *x = a, *y = b;

    return strcmp(x->name, y->name);
}

int contexts_read(struct context_entry **entries, struct error *err)
{
    char base[SESSION_PATH_MAX], current[SESSION_PATH_MAX];
    bool has_current = session_current(current, sizeof(current));
    struct dirent *found;
    int count = 0;
    DIR *folder;

    *entries = NULL;
    if (session_base(base, false, err) != 0)
        return err->code == ERR_NOT_FOUND ? 0 : -(int)err->code;
    folder = opendir(base);
    if (folder == NULL)
        return fail(err, ERR_IO, "%s: %s", base, strerror(errno));
    while (count < ENTRIES_MAX && (found = readdir(folder)) != NULL) {
        struct context_entry *entry;
        *entries = xrealloc(*entries, (size_t)(count + 1) * sizeof(**entries));
        entry = &(*entries)[count];
        *entry = (struct context_entry){ .processes = 0 };
        if (!read_entry(found->d_name, entry))
            continue;
        entry->is_current = has_current && strcmp(entry->name, current) == 0;
        count++;
    }
    closedir(folder);
    qsort(*entries, (size_t)count, sizeof(**entries), by_name);
    return count;
}
