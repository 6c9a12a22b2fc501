/* beside.c - the library knows its own file by dladdr(3). */
#include "lib/client/beside.h"

#include "lib/ray.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_there(char path[PATH_MAX], const char *folder, const char *between,
                     const char *name)
{
    return snprintf(path, PATH_MAX, "%s/%s%s", folder, between, name) < PATH_MAX &&
           access(path, X_OK) == 0;
}

const char *beside_find(const char *name, char path[PATH_MAX])
{
    const char *chosen = getenv("RAYCTL_BIN_DIR");
    char real[PATH_MAX];
    Dl_info self;
    char *slash;

    if (chosen != NULL && is_there(path, chosen, "", name))
        return path;
    if (dladdr((void *)(uintptr_t)&ray_init, &self) != 0 && self.dli_fname != NULL &&
        realpath(self.dli_fname, real) != NULL &&
        (slash = strrchr(real, '/')) != NULL) {
        *slash = '\0';
        if (is_there(path, real, "../bin/", name) || is_there(path, real, "", name))
            return path;
    }
    return name;
}
