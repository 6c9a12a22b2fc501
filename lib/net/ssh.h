/* ssh.h - one SSH connection to one machine (libssh2).
 *
 * All calls block, each with a deadline: they run in pool threads (loop_work) or in a
 * program that has nothing else to do; one thread at a time uses a connection. Nothing
 * is trusted on first sight: the machine's key must be in ~/.ssh/known_hosts, where
 * `accept_new` adds one that is not there; a changed key is always refused. */
#pragma once

#include "lib/base/error.h"
#include "lib/base/slice.h"

#include <stdbool.h>
#include <stdint.h>

struct ssh;

struct ssh_options {
    const char *host;          /* name or IP */
    int port;                  /* 0: 22 */
    const char *user;          /* NULL: ours */
    const char *key_file;      /* NULL: the agent, then ~/.ssh/id_* */
    const char *proxy_command; /* run by sh -c instead of connecting; NULL: none */
    bool accept_new;           /* add an unknown machine to known_hosts */
    int64_t connect_ms;        /* for the way to a shell; 0: 10,000 */
};

/* NULL on error: -ERR_UNREACHABLE, -ERR_TIMEOUT, -ERR_REFUSED (the machine's key, or
 * ours). The message names the host. */
struct ssh *ssh_open(const struct ssh_options *options, struct error *err);
void ssh_close(struct ssh *ssh); /* accepts NULL */

/* What a command prints, in pieces as they come. */
typedef void ssh_output(void *arg, bool is_stderr, struct slice text);

struct ssh_command {
    const char *line;   /* for the user's shell */
    int input;          /* a file that becomes its stdin; -1: none */
    int64_t timeout_ms; /* without any output or progress; 0: for ever */
    ssh_output *output; /* NULL: dropped */
    void *arg;
};

/* Runs it to its end. *status is its exit status, 128+n for signal n. -ERR_TIMEOUT,
 * -ERR_CLOSED when the connection is lost. */
int ssh_run(struct ssh *ssh, const struct ssh_command *command, int *status,
            struct error *err);
/* A shell (or `line`) on a terminal of its own: ours becomes raw until it ends, and
 * changes of its size are passed on. stdin must be a terminal. */
int ssh_attach(struct ssh *ssh, const char *line, int *status, struct error *err);
/* Carries bytes between `fd` and HOST:PORT as that machine sees it, until one side
 * closes. -ERR_UNREACHABLE when the machine cannot connect. */
int ssh_forward(struct ssh *ssh, const char *host, int port, int fd, struct error *err);
