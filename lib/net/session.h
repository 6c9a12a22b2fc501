/* session.h - the folder of a running cluster on this machine, and who lives in it.
 *
 * Base folder: $RAYCTL_TMPDIR, else $XDG_RUNTIME_DIR/rayctl when that can be written,
 * else /tmp/rayctl-<uid>. A cluster that is not in there is looked for in
 * /tmp/rayctl-<uid> and in /run/rayctl (of rayctl-head.service), too. It has
 * mode 0700 and is ours, or -ERR_REFUSED. A cluster's session is <base>/<cluster>/ with
 *     secret              32 bytes, mode 0600 (lib/net/auth.h)
 *     head.sock           the head's Unix socket; address: its TCP address, one line
 *     ssh                 how to get to the head's machine (lib/net/tunnel.h)
 *     node-<name>.sock    a node's Unix socket
 *     pids/<role>         "<pid> <start time>" of head, node-<name>, job-<id>
 *     logs/               head.log, node-<name>.log, worker-*.out|err, job-driver-*.log
 *     store.db            the head's tables (SQLite)
 *     history.db          the head's history of tasks (SQLite)
 * and <base>/current names the cluster that commands without an address mean. A process
 * is identified by pid and start time (field 22 of /proc/<pid>/stat), never by name. */
#pragma once

#include "lib/base/error.h"

#include <stdbool.h>
#include <stddef.h>

enum { SESSION_PATH_MAX = 4096, SESSION_ADDRESS_MAX = 256, SESSION_ROLE_MAX = 96 };

/* The base folder, made if `create`. */
int session_base(char path[SESSION_PATH_MAX], bool create, struct error *err);
/* The session folder of a cluster (which need not exist); made with logs/ and pids/ if
 * `create`. -ERR_INVALID for a name that is not [A-Za-z0-9._-]+ or does not fit a
 * socket path. */
int session_path(const char *cluster, char path[SESSION_PATH_MAX], bool create,
                 struct error *err);
/* Removes the folder and all that is in it. 0 when there is none. */
int session_remove(const char *path, struct error *err);
int session_set_current(const char *cluster, struct error *err);
/* The name of the current cluster, terminated; false when there is none. */
bool session_current(char *cluster, size_t size);
/* Forgets it when it is `cluster`. The base folder goes, too, when nothing is left in
 * it and it is not one that RAYCTL_TMPDIR names. */
void session_clear_current(const char *cluster);

/* The address to use, in this order: `option` (may be NULL), RAYCTL_ADDRESS,
 * RAY_ADDRESS, the current cluster's head socket, or its TCP address when the head is
 * on another machine. "unix:/path", "host:port", or
 * http(s)://... unchanged; a bare path to a socket gets its "unix:". -ERR_UNREACHABLE
 * when there is no cluster to talk to, with what to do about it. */
int session_resolve(const char *option, char address[SESSION_ADDRESS_MAX],
                    struct error *err);
/* The folder whose `secret` goes with that address: of a Unix socket its own folder,
 * else $RAYCTL_SECRET_DIR, else the session on this machine whose `address` file names
 * it. -ERR_NOT_FOUND when there is none. */
int session_of_address(const char *address, char path[SESSION_PATH_MAX],
                       struct error *err);

/* Records this process (or `pid`) as `role`, atomically. */
int session_write_pid(const char *path, const char *role, int pid, struct error *err);
void session_remove_pid(const char *path, const char *role);

struct session_process {
    char role[SESSION_ROLE_MAX];
    int pid;
    int pidfd; /* owned; of exactly the recorded process */
};

/* The recorded processes that still live, in *found (the caller frees it by
 * session_free); returns their number, or an error. */
int session_processes(const char *path, struct session_process **found,
                      struct error *err);
void session_free(struct session_process *processes, int count);
