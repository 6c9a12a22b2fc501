/* ship.c - rayctl as a child, whose output goes into memory files.
 *
 * Happy path: the folder, by its real path, and its excludes are new: the child uploads
 * it and prints "pkg:<name>", which is kept. Files instead of pipes mean that nobody
 * has to read while the child runs.
 *
 * Failure: what the child has said on stderr, its last line, is the error; nothing is
 * kept, so that the next who asks tries again. A program that has its children reaped
 * by others (SIGCHLD ignored) is served, too: the printed name counts. */
#include "lib/client/ship.h"

#include "lib/base/buf.h"
#include "lib/base/mem.h"
#include "lib/client/beside.h"
#include "lib/proto/pkg.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ARGS_FIXED = 7 };

struct ship {
    struct list list;
    char *key; /* folder and excludes, a line each */
    char *package;
};

/* A child's stdout and stderr. */
struct said {
    int out, err;
};

void ships_init(struct ships *ships)
{
    pthread_mutex_init(&ships->lock, NULL);
    list_init(&ships->all);
}

void ships_finish(struct ships *ships)
{
    struct list *at;

    while ((at = list_take_first(&ships->all)) != NULL) {
        struct ship *ship = container_of(at, struct ship, list);
        free(ship->key);
        free(ship->package);
        free(ship);
    }
    pthread_mutex_destroy(&ships->lock);
}

static char *key_of(const char *folder, const struct ray_runtime_env *env)
{
    struct buf key;

    buf_init(&key, 0);
    buf_printf(&key, "%s", folder);
    for (size_t i = 0; i < env->excludes_count; i++)
        buf_printf(&key, "\n%s", env->excludes[i]);
    return buf_take(&key);
}

static struct ship *find(struct ships *ships, const char *key)
{
    struct list *at;

    list_each(at, &ships->all) {
        struct ship *ship = container_of(at, struct ship, list);
        if (strcmp(ship->key, key) == 0)
            return ship;
    }
    return NULL;
}

/* ---- the child ---- */

/* The last line of what it has written there, without its end. */
static void last_line(int fd, char *line, size_t size)
{
    char text[ERROR_TEXT_MAX];
    off_t end = lseek(fd, 0, SEEK_END);
    off_t from = end > (off_t)sizeof(text) - 1 ? end - (off_t)sizeof(text) + 1 : 0;
    ssize_t got = pread(fd, text, sizeof(text) - 1, from);
    char *last;

    text[got > 0 ? got : 0] = '\0';
    while (got > 0 && text[got - 1] == '\n')
        text[--got] = '\0';
    last = strrchr(text, '\n');
    snprintf(line, size, "%s", last != NULL ? last + 1 : text);
}

static int spawn(const char *const *argv, const struct said *said, pid_t *pid)
{
    extern char **environ;
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none;
    int status;

    sigemptyset(&none);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", 0, 0);
    posix_spawn_file_actions_adddup2(&files, said->out, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, said->err, STDERR_FILENO);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    status = posix_spawnp(pid, argv[0], &files, &attributes,
                          (char *const *)(uintptr_t)argv, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    return status;
}

/* Runs it to its end; its last words are in `said`. */
static int run(const char *const *argv, const struct said *said, struct error *err)
{
    pid_t pid = -1;
    int status = spawn(argv, said, &pid), how = 0;

    if (status != 0)
        return fail(err, status == ENOENT ? ERR_NOT_FOUND : ERR_IO,
                    "start %s, which uploads folders: %s", argv[0], strerror(status));
    while ((status = waitpid(pid, &how, 0)) < 0 && errno == EINTR)
        ;
    if (status == pid && !(WIFEXITED(how) && WEXITSTATUS(how) == 0)) {
        char why[ERROR_TEXT_MAX] = "";
        last_line(said->err, why, sizeof(why));
        return fail(err, ERR_FAILED, "%s", why[0] != '\0' ? why : "rayctl was killed");
    }
    return 0;
}

static int push(const char *const *argv, char **package, struct error *err)
{
    struct said said = { memfd_create("ship-out", MFD_CLOEXEC),
                         memfd_create("ship-err", MFD_CLOEXEC) };
    char uri[256];
    int status;

    if (said.out < 0 || said.err < 0)
        status = fail(err, ERR_IO, "memfd_create: %s", strerror(errno));
    else
        status = run(argv, &said, err);
    if (status == 0) {
        last_line(said.out, uri, sizeof(uri));
        if (pkg_is_uri(slice(uri)))
            *package = xslicedup(pkg_name_of(slice(uri)));
        else
            status = fail(err, ERR_FAILED, "rayctl env push printed no name");
    }
    if (said.out >= 0)
        close(said.out);
    if (said.err >= 0)
        close(said.err);
    return status;
}

static int upload(const char *folder, const char *address,
                  const struct ray_runtime_env *env, char **package, struct error *err)
{
    const char **argv = xcalloc(ARGS_FIXED + 2 * env->excludes_count, sizeof(*argv));
    char program[PATH_MAX];
    size_t count = 0;
    int status;

    argv[count++] = beside_find("rayctl", program);
    argv[count++] = "env";
    argv[count++] = "push";
    argv[count++] = "--address";
    argv[count++] = address;
    for (size_t i = 0; i < env->excludes_count; i++) {
        argv[count++] = "--exclude";
        argv[count++] = env->excludes[i];
    }
    argv[count++] = folder;
    status = push(argv, package, err);
    free(argv);
    return status;
}

/* ---- folders ---- */

static int ship_folder(struct ships *ships, const char *address,
                       const struct ray_runtime_env *env, const char **package,
                       struct error *err)
{
    char folder[PATH_MAX], *key;
    struct ship *ship;
    char *name = NULL;
    int status = 0;

    if (realpath(env->working_dir, folder) == NULL)
        return fail(err, ERR_NOT_FOUND, "%s: %s", env->working_dir, strerror(errno));
    key = key_of(folder, env);
    pthread_mutex_lock(&ships->lock);
    ship = find(ships, key);
    if (ship == NULL) {
        status = upload(folder, address, env, &name, err);
        if (status == 0) {
            ship = xalloc(sizeof(*ship));
            *ship = (struct ship){ .key = key, .package = name };
            key = NULL;
            list_add(&ships->all, &ship->list);
        }
    }
    if (status == 0)
        *package = ship->package;
    pthread_mutex_unlock(&ships->lock);
    free(key);
    return status;
}

int ships_package(struct ships *ships, const char *address,
                  const struct ray_runtime_env *env, const char **package,
                  struct error *err)
{
    struct slice given = slice(env->working_dir);

    *package = "";
    if (given.size == 0)
        return 0;
    if (pkg_is_uri(given)) {
        *package = pkg_name_of(given).data;
        return 0;
    }
    if (slice_starts(given, slice("pkg:")))
        return fail(err, ERR_INVALID, "working_dir: '%.80s' names no package",
                    env->working_dir);
    return ship_folder(ships, address, env, package, err) == 0
               ? 0
               : wrap(err, "working_dir");
}
