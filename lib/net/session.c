/* session.c - session folders: paths, the current cluster, recorded processes.
 *
 * Everything is small files, written beside their name and renamed over it, so that a
 * reader sees the old content or the new. A recorded process is opened as a pidfd first
 * and its start time is compared afterwards: between the two the pid cannot be given to
 * another process unnoticed. */
#include "lib/net/session.h"

#include "lib/base/mem.h"
#include "lib/net/address.h"
#include "lib/net/auth.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    CLUSTER_NAME_MAX = 64,
    SOCKET_NAME_MAX =
        sizeof("/node-.sock") + 32, /* the longest name in a session folder */
    LINE_MAX_BYTES = 1024,
    FOLDER_DEPTH = 64, /* of a session */
    LOGIN_MAX = 40,    /* of a path that leaves room for those of sockets */
};

/* ---- folders ---- */

/* A folder of ours that nobody else may enter. */
static int check_folder(const char *path, bool create, struct error *err)
{
    struct stat about;

    if (create && mkdir(path, 0700) != 0 && errno != EEXIST)
        return fail(err, ERR_IO,
                    "make folder %s: %s; set RAYCTL_TMPDIR to a folder that can be "
                    "written",
                    path, strerror(errno));
    if (lstat(path, &about) != 0)
        return fail(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path,
                    strerror(errno));
    if (!S_ISDIR(about.st_mode))
        return fail(err, ERR_REFUSED, "%s is not a folder", path);
    if (about.st_uid != geteuid() || (about.st_mode & 077) != 0)
        return fail(err, ERR_REFUSED,
                    "%s must belong to you and have mode 0700: remove it, or set "
                    "RAYCTL_TMPDIR to another folder",
                    path);
    return 0;
}

/* Whether a cluster of ours has been started with that base. */
static bool has_current(const char *base)
{
    char current[SESSION_PATH_MAX + 16];

    snprintf(current, sizeof(current), "%s/current", base);
    return access(current, F_OK) == 0 && check_folder(base, false, NULL) == 0;
}

/* The base of this login and, when nothing is there to be found, those of others: of a
 * shell without a login, of a service of the system (rayctl-head.service). */
static void find_base(char path[SESSION_PATH_MAX], bool create)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    char login[LOGIN_MAX + 8] = "", plain[64];
    const char *others[] = { plain, "/run/rayctl" };

    snprintf(plain, sizeof(plain), "/tmp/rayctl-%u", (unsigned)geteuid());
    if (runtime != NULL && runtime[0] != '\0' && strlen(runtime) <= LOGIN_MAX &&
        access(runtime, W_OK) == 0)
        snprintf(login, sizeof(login), "%s/rayctl", runtime);
    snprintf(path, SESSION_PATH_MAX, "%s", login[0] != '\0' ? login : plain);
    for (size_t i = 0; i < 2 && !create && !has_current(path); i++)
        if (has_current(others[i]))
            snprintf(path, SESSION_PATH_MAX, "%s", others[i]);
}

int session_base(char path[SESSION_PATH_MAX], bool create, struct error *err)
{
    const char *own = getenv("RAYCTL_TMPDIR");

    if (own != NULL && own[0] != '\0')
        snprintf(path, SESSION_PATH_MAX, "%s", own);
    else
        find_base(path, create);
    return check_folder(path, create, err);
}

static bool is_cluster_name(const char *name)
{
    size_t size = strlen(name);

    return size > 0 && size <= CLUSTER_NAME_MAX && name[0] != '.' &&
           strcmp(name, "current") != 0 &&
           strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                        "0123456789._-") == size;
}

static int make_inner(const char *path, const char *name, struct error *err)
{
    char inner[SESSION_PATH_MAX + 16];

    snprintf(inner, sizeof(inner), "%s/%s", path, name);
    return check_folder(inner, true, err);
}

int session_path(const char *cluster, char path[SESSION_PATH_MAX], bool create,
                 struct error *err)
{
    char base[SESSION_PATH_MAX];
    int status, size;

    if (!is_cluster_name(cluster))
        return fail(err, ERR_INVALID,
                    "cluster name '%s': use up to %d letters, digits, '.', '_', '-'",
                    cluster, CLUSTER_NAME_MAX);
    status = session_base(base, create, err);
    if (status != 0 && (create || err == NULL || err->code != ERR_NOT_FOUND))
        return status;
    size = snprintf(path, SESSION_PATH_MAX, "%s/%s", base, cluster);
    if ((size_t)size + SOCKET_NAME_MAX > sizeof(((struct sockaddr_un *)0)->sun_path))
        return fail(err, ERR_INVALID,
                    "%s is too long a path for sockets in it: set RAYCTL_TMPDIR to a "
                    "shorter folder",
                    path);
    if (!create)
        return 0;
    status = check_folder(path, true, err);
    if (status == 0)
        status = make_inner(path, "logs", err);
    return status == 0 ? make_inner(path, "pids", err) : status;
}

static int remove_folder(const char *path, int depth, struct error *err)
{
    DIR *folder = opendir(path);
    struct dirent *entry;
    int status = 0;

    if (folder == NULL)
        return errno == ENOENT ? 0 : fail(err, ERR_IO, "%s: %s", path, strerror(errno));
    while (status == 0 && (entry = readdir(folder)) != NULL) {
        char *inner;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        inner = xprintf("%s/%s", path, entry->d_name);
        if (unlink(inner) != 0)
            status = depth > 0 && (errno == EISDIR || errno == EPERM)
                         ? remove_folder(inner, depth - 1, err)
                         : fail(err, ERR_IO, "remove %s: %s", inner, strerror(errno));
        free(inner);
    }
    closedir(folder);
    if (status == 0 && rmdir(path) != 0)
        status = fail(err, ERR_IO, "remove %s: %s", path, strerror(errno));
    return status;
}

int session_remove(const char *path, struct error *err)
{
    return remove_folder(path, FOLDER_DEPTH, err);
}

/* ---- small files ---- */

static int write_line(const char *path, const char *line, struct error *err)
{
    char beside[SESSION_PATH_MAX + 64];
    int fd, status = 0;
    size_t size = strlen(line);

    snprintf(beside, sizeof(beside), "%s.%d", path, getpid());
    fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail(err, ERR_IO, "%s: %s", beside, strerror(errno));
    if (write(fd, line, size) != (ssize_t)size || rename(beside, path) != 0) {
        status = fail(err, ERR_IO, "write %s: %s", path, strerror(errno));
        unlink(beside);
    }
    close(fd);
    return status;
}

/* The first line of a file, terminated, without its end; false when there is none. */
static bool read_line(const char *path, char *line, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got;

    if (fd < 0)
        return false;
    got = read(fd, line, size - 1);
    close(fd);
    line[got > 0 ? got : 0] = '\0';
    line[strcspn(line, "\n")] = '\0';
    return line[0] != '\0';
}

static int current_path(char path[SESSION_PATH_MAX + 16], bool create,
                        struct error *err)
{
    char base[SESSION_PATH_MAX];
    int status = session_base(base, create, err);

    if (status == 0)
        snprintf(path, SESSION_PATH_MAX + 16, "%s/current", base);
    return status;
}

int session_set_current(const char *cluster, struct error *err)
{
    char path[SESSION_PATH_MAX + 16], line[CLUSTER_NAME_MAX + 2];
    int status = current_path(path, true, err);

    snprintf(line, sizeof(line), "%s\n", cluster);
    return status == 0 ? write_line(path, line, err) : status;
}

bool session_current(char *cluster, size_t size)
{
    char path[SESSION_PATH_MAX + 16];

    return current_path(path, false, NULL) == 0 && read_line(path, cluster, size) &&
           is_cluster_name(cluster);
}

void session_clear_current(const char *cluster)
{
    char path[SESSION_PATH_MAX + 16], named[LINE_MAX_BYTES], base[SESSION_PATH_MAX];
    const char *own = getenv("RAYCTL_TMPDIR");

    if (session_current(named, sizeof(named)) && strcmp(named, cluster) == 0 &&
        current_path(path, false, NULL) == 0)
        unlink(path);
    if ((own == NULL || own[0] == '\0') && session_base(base, false, NULL) == 0)
        (void)rmdir(base); /* which fails as long as it is used */
}

/* ---- addresses ---- */

static const char *from_environment(void)
{
    const char *names[] = { "RAYCTL_ADDRESS", "RAY_ADDRESS" };

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && value[0] != '\0' && strcmp(value, "auto") != 0)
            return value;
    }
    return NULL;
}

/* The address in a session's `address` file: of a head on another machine. */
static bool read_address(const char *path, char address[SESSION_ADDRESS_MAX])
{
    char file[SESSION_PATH_MAX + 16];

    snprintf(file, sizeof(file), "%s/address", path);
    return read_line(file, address, SESSION_ADDRESS_MAX);
}

/* The head's socket of the cluster that `current` names; its TCP address when the head
 * is elsewhere. */
/* Whether the head's machine is this one. Its socket may be missing for a moment, while
 * a head takes the place of a dead one; its tables are not. */
static bool is_head_here(const char *path)
{
    static const char *const marks[] = { "head.sock", "store.db" };
    char mark[SESSION_PATH_MAX + 16];
    bool found = false;

    for (size_t i = 0; i < sizeof(marks) / sizeof(*marks) && !found; i++) {
        snprintf(mark, sizeof(mark), "%s/%s", path, marks[i]);
        found = access(mark, F_OK) == 0;
    }
    return found;
}

static int current_address(char address[SESSION_ADDRESS_MAX], struct error *err)
{
    char cluster[LINE_MAX_BYTES], path[SESSION_PATH_MAX];
    struct error why;

    if (!session_current(cluster, sizeof(cluster)) ||
        session_path(cluster, path, false, &why) != 0)
        return fail(
            err, ERR_UNREACHABLE,
            "no cluster to talk to: start one with `rayctl start --head`, or name "
            "one with --address or RAYCTL_ADDRESS");
    snprintf(address, SESSION_ADDRESS_MAX, "unix:%.200s/head.sock", path);
    if (!is_head_here(path) && !read_address(path, address))
        return fail(
            err, ERR_UNREACHABLE,
            "cluster '%s' does not run any more: start it again, or name another "
            "with --address or RAYCTL_ADDRESS",
            cluster);
    return 0;
}

int session_resolve(const char *option, char address[SESSION_ADDRESS_MAX],
                    struct error *err)
{
    const char *text =
        option != NULL && option[0] != '\0' && strcmp(option, "auto") != 0
            ? option
            : from_environment();

    if (text == NULL)
        return current_address(address, err);
    if (strlen(text) + sizeof("unix:") > SESSION_ADDRESS_MAX)
        return fail(err, ERR_INVALID, "address is too long: %.60s...", text);
    if (text[0] != '/' && strchr(text, ':') == NULL)
        return fail(err, ERR_INVALID, "address '%s': expected unix:/path or host:port",
                    text);
    snprintf(address, SESSION_ADDRESS_MAX, "%s%s", text[0] == '/' ? "unix:" : "", text);
    return 0;
}

/* Looks for the session on this machine whose `address` file says `address`. */
static bool find_by_address(const char *base, const char *address, char *path)
{
    DIR *folder = opendir(base);
    struct dirent *entry;
    bool found = false;

    while (folder != NULL && !found && (entry = readdir(folder)) != NULL) {
        char file[SESSION_PATH_MAX + 512], line[LINE_MAX_BYTES];
        if (!is_cluster_name(entry->d_name))
            continue;
        snprintf(file, sizeof(file), "%s/%s/address", base, entry->d_name);
        found = read_line(file, line, sizeof(line)) && strcmp(line, address) == 0;
        if (found)
            snprintf(path, SESSION_PATH_MAX, "%.3000s/%s", base, entry->d_name);
    }
    if (folder != NULL)
        closedir(folder);
    return found;
}

int session_of_address(const char *address, char path[SESSION_PATH_MAX],
                       struct error *err)
{
    const char *folder = getenv("RAYCTL_SECRET_DIR");
    char base[SESSION_PATH_MAX];
    char *slash;

    if (address_is_unix(address)) {
        snprintf(path, SESSION_PATH_MAX, "%s", address + sizeof("unix:") - 1);
        slash = strrchr(path, '/');
        if (slash == NULL)
            return fail(err, ERR_INVALID, "%s: not an absolute path", address);
        *slash = '\0';
        return 0;
    }
    if (folder != NULL && folder[0] != '\0') {
        snprintf(path, SESSION_PATH_MAX, "%s", folder);
        return 0;
    }
    if (session_base(base, false, err) == 0 && find_by_address(base, address, path))
        return 0;
    return fail(err, ERR_NOT_FOUND, "no session on this machine has the address %s",
                address);
}

/* ---- processes ---- */

/* Field 22 of /proc/<pid>/stat: clock ticks from boot to its start; 0 when it is gone.
 * The command in parentheses may hold anything, so fields count from the last ')'. */
static uint64_t start_time(int pid)
{
    char path[64], text[LINE_MAX_BYTES];
    char *at;

    snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    if (!read_line(path, text, sizeof(text)) || (at = strrchr(text, ')')) == NULL)
        return 0;
    for (int field = 2; field < 22 && at != NULL; field++)
        at = strchr(at + 1, ' ');
    return at != NULL ? strtoull(at + 1, NULL, 10) : 0;
}

static void pid_path(char *file, size_t size, const char *path, const char *role)
{
    snprintf(file, size, "%s/pids/%s", path, role);
}

int session_write_pid(const char *path, const char *role, int pid, struct error *err)
{
    char file[SESSION_PATH_MAX + 128], line[128];

    pid_path(file, sizeof(file), path, role);
    snprintf(line, sizeof(line), "%d %" PRIu64 "\n", pid, start_time(pid));
    return write_line(file, line, err);
}

void session_remove_pid(const char *path, const char *role)
{
    char file[SESSION_PATH_MAX + 128];

    pid_path(file, sizeof(file), path, role);
    unlink(file);
}

/* Also of a process that nobody has reaped yet: there is nothing left to talk to. */
static bool has_ended(int pidfd)
{
    struct pollfd wait = { .fd = pidfd, .events = POLLIN };
    return poll(&wait, 1, 0) == 1;
}

/* A pidfd of the process that was recorded; -1 when it has ended. */
static int open_recorded(const char *file, int *pid)
{
    char line[LINE_MAX_BYTES];
    uint64_t started;
    char *end;
    int fd;

    if (!read_line(file, line, sizeof(line)))
        return -1;
    *pid = (int)strtol(line, &end, 10);
    started = strtoull(end, NULL, 10);
    if (*pid <= 1 || started == 0)
        return -1;
    fd = (int)syscall(SYS_pidfd_open, *pid, 0); /* close-on-exec by itself */
    if (fd >= 0 && (start_time(*pid) != started || has_ended(fd))) {
        close(fd);
        fd = -1;
    }
    return fd;
}

int session_processes(const char *path, struct session_process **found,
                      struct error *err)
{
    char folder_path[SESSION_PATH_MAX + 8], file[SESSION_PATH_MAX + 512];
    size_t capacity = 0, count = 0;
    struct dirent *entry;
    DIR *folder;

    *found = NULL;
    snprintf(folder_path, sizeof(folder_path), "%s/pids", path);
    folder = opendir(folder_path);
    if (folder == NULL)
        return errno == ENOENT
                   ? 0
                   : fail(err, ERR_IO, "%s: %s", folder_path, strerror(errno));
    while ((entry = readdir(folder)) != NULL) {
        struct session_process one;
        if (entry->d_name[0] == '.')
            continue;
        snprintf(file, sizeof(file), "%s/%s", folder_path, entry->d_name);
        one.pidfd = open_recorded(file, &one.pid);
        if (one.pidfd < 0)
            continue;
        snprintf(one.role, sizeof(one.role), "%.*s", SESSION_ROLE_MAX - 1,
                 entry->d_name);
        *found = xgrow(*found, &capacity, count + 1, sizeof(**found));
        (*found)[count++] = one;
    }
    closedir(folder);
    return (int)count;
}

void session_free(struct session_process *processes, int count)
{
    for (int i = 0; i < count; i++)
        close(processes[i].pidfd);
    free(processes);
}
