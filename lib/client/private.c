/* private.c - rayd head and rayd node as children.
 *
 * Each child inherits the read end of a pipe whose only write end is ours (--die-with-fd): when we are
 * gone, even by SIGKILL, it reads the end of the file and stops in good order. A second
 * pipe (--ready-fd) brings back "ok" or the reason why not. rayd is looked for beside this
 * library (../bin/rayd), in $RAYCTL_BIN_DIR, then in PATH. */
#include "lib/client/private.h"

#include "lib/base/mem.h"
#include "lib/net/auth.h"
#include "lib/ray.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { READY_MS = 15000, ARGS_MAX = 20, CHILD_READY_FD = 3, CHILD_DIE_FD = 4 };

struct private_cluster {
    char name[64];
    char session[SESSION_PATH_MAX];
    char address[SESSION_PATH_MAX + 16];
    pid_t head, node;
    int life; /* write end: held open as long as the cluster shall live */
};

static bool is_program(const char *path)
{
    return access(path, X_OK) == 0;
}

static const char *find_rayd(char path[PATH_MAX])
{
    const char *folder = getenv("RAYCTL_BIN_DIR");
    char real[PATH_MAX];
    Dl_info self;
    char *slash;

    if (folder != NULL && snprintf(path, PATH_MAX, "%s/rayd", folder) < PATH_MAX &&
        is_program(path))
        return path;
    if (dladdr((void *)(uintptr_t)&ray_init, &self) != 0 && self.dli_fname != NULL &&
        realpath(self.dli_fname, real) != NULL && (slash = strrchr(real, '/')) != NULL) {
        *slash = '\0';
        if (snprintf(path, PATH_MAX, "%s/../bin/rayd", real) < PATH_MAX && is_program(path))
            return path;
        if (snprintf(path, PATH_MAX, "%s/rayd", real) < PATH_MAX && is_program(path))
            return path;
    }
    return "rayd";
}

/* In the child: only what may be called between fork and exec. */
static void become(const char *const *argv, int ready, int life, int log)
{
    int null = open("/dev/null", O_RDONLY);

    /* Move both out of the way of 3 and 4 first. */
    ready = fcntl(ready, F_DUPFD, 10);
    life = fcntl(life, F_DUPFD, 10);
    if (null < 0 || ready < 0 || life < 0 || dup2(null, 0) < 0 || dup2(log, 1) < 0 ||
        dup2(log, 2) < 0 || dup2(ready, CHILD_READY_FD) < 0 || dup2(life, CHILD_DIE_FD) < 0)
        _exit(127);
    for (int fd = CHILD_DIE_FD + 1; fd < 64; fd++)
        close(fd);
    setsid(); /* Ctrl-C at the program's terminal is the program's business */
    execvp(argv[0], (char *const *)(uintptr_t)argv);
    _exit(127);
}

/* Reads the child's one line. */
static int await_ready(int fd, const char *what, struct error *err)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    char line[ERROR_TEXT_MAX] = "";
    ssize_t got = 0;

    if (poll(&wait, 1, READY_MS) == 1)
        got = read(fd, line, sizeof(line) - 1);
    line[got > 0 ? strcspn(line, "\n") : 0] = '\0';
    if (strcmp(line, "ok") == 0)
        return 0;
    return fail(err, ERR_FAILED, "start %s of a private cluster: %s", what,
                line[0] != '\0' ? line : "it ended at once (is rayd installed?)");
}

static pid_t start_child(struct private_cluster *cluster, const char *const *argv,
                         int life, struct error *err)
{
    char log_path[SESSION_PATH_MAX + 32];
    int ready[2] = {-1, -1}, log;
    pid_t pid;

    snprintf(log_path, sizeof(log_path), "%s/logs/%s.log", cluster->session, argv[1]);
    log = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log < 0 || pipe2(ready, O_CLOEXEC) != 0) {
        fail(err, ERR_IO, "%s: %s", log_path, strerror(errno));
        if (log >= 0)
            close(log);
        return -1;
    }
    pid = fork();
    if (pid == 0)
        become(argv, ready[1], life, log);
    close(ready[1]);
    close(log);
    if (pid < 0)
        fail(err, ERR_IO, "fork: %s", strerror(errno));
    else if (await_ready(ready[0], argv[1], err) != 0) {
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        pid = -1;
    }
    close(ready[0]);
    return pid;
}

static int start_both(struct private_cluster *cluster, double num_cpus, int life,
                      struct error *err)
{
    char rayd[PATH_MAX], cpus[64], head_address[sizeof(cluster->address)];
    const char *head[] = {find_rayd(rayd), "head", "--session", cluster->session,
                          "--cluster", cluster->name, "--port", "0", "--ready-fd", "3",
                          "--die-with-fd", "4", NULL};
    const char *node[ARGS_MAX] = {head[0], "node", "--session", cluster->session, "--head",
                                  head_address, "--name", "node-0", "--is-head",
                                  "--ready-fd", "3", "--die-with-fd", "4", NULL};

    snprintf(head_address, sizeof(head_address), "%s", cluster->address);
    if (num_cpus > 0) {
        snprintf(cpus, sizeof(cpus), "CPU=%.4f", num_cpus);
        node[13] = "--resource";
        node[14] = cpus;
        node[15] = NULL;
    }
    cluster->head = start_child(cluster, head, life, err);
    if (cluster->head > 0)
        cluster->node = start_child(cluster, node, life, err);
    return cluster->node > 0 ? 0 : -(int)err->code;
}

struct private_cluster *private_start(double num_cpus, struct error *err)
{
    struct private_cluster *cluster = xcalloc(1, sizeof(*cluster));
    int life[2] = {-1, -1};
    int status;

    cluster->life = -1;
    snprintf(cluster->name, sizeof(cluster->name), "private-%d", getpid());
    status = session_path(cluster->name, cluster->session, true, err);
    if (status == 0)
        status = auth_create_secret(cluster->session, err);
    if (status == 0 && pipe2(life, O_CLOEXEC) != 0)
        status = fail(err, ERR_IO, "pipe: %s", strerror(errno));
    if (status == 0) {
        cluster->life = life[1];
        snprintf(cluster->address, sizeof(cluster->address), "unix:%s/head.sock",
                 cluster->session);
        status = start_both(cluster, num_cpus, life[0], err);
        close(life[0]);
    }
    if (status == 0)
        return cluster;
    private_stop(cluster);
    return NULL;
}

const char *private_address(const struct private_cluster *cluster)
{
    return cluster->address;
}

/* Removes a folder of files and folders of files: sessions are no deeper. */
static void remove_folder(const char *path, int depth)
{
    DIR *folder = opendir(path);
    struct dirent *entry;

    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        char inner[SESSION_PATH_MAX + 256];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(inner, sizeof(inner), "%s/%s", path, entry->d_name);
        if (unlink(inner) != 0 && depth > 0)
            remove_folder(inner, depth - 1);
    }
    if (folder != NULL)
        closedir(folder);
    rmdir(path);
}

void private_stop(struct private_cluster *cluster)
{
    if (cluster == NULL)
        return;
    if (cluster->life >= 0)
        close(cluster->life);
    if (cluster->node > 0)
        waitpid(cluster->node, NULL, 0);
    if (cluster->head > 0)
        waitpid(cluster->head, NULL, 0);
    if (cluster->session[0] != '\0')
        remove_folder(cluster->session, 2);
    free(cluster);
}
