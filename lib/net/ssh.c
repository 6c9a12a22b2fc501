/* ssh.c - from a socket to a shell on another machine.
 *
 * Happy path: connect (or a proxy command on a socketpair), handshake, the machine's
 * key, our key. The socket does not block; ssh_wait() polls it, so that every step has
 * a deadline and a machine that accepts and then says nothing is given up. */
#include "lib/net/ssh.h"
#include "lib/net/ssh_session.h"

#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/net/address.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CONNECT_MS = 10000, SSH_PORT = 22 };

const char *ssh_reason(struct ssh *ssh)
{
    char *text = NULL;

    libssh2_session_last_error(ssh->session, &text, NULL, 0);
    return text != NULL && text[0] != '\0' ? text : "unknown reason";
}

bool ssh_wait(struct ssh *ssh, int extra, int64_t timeout_ms)
{
    int wants = libssh2_session_block_directions(ssh->session);
    struct pollfd fds[2] = { { .fd = ssh->fd, .events = POLLIN },
                             { .fd = extra, .events = POLLIN } };
    int got;

    if ((wants & LIBSSH2_SESSION_BLOCK_OUTBOUND) != 0)
        fds[0].events |= POLLOUT;
    got = poll(fds, 2, timeout_ms < 0 ? -1 : (int)timeout_ms);
    return got > 0 || (got < 0 && errno == EINTR);
}

/* Waits within a deadline of clock_now(). */
static int wait_until(struct ssh *ssh, int64_t deadline, const char *what,
                      struct error *err)
{
    int64_t left = (deadline - clock_now()) / NS_PER_MS;

    if (left > 0 && ssh_wait(ssh, -1, left))
        return 0;
    if (clock_now() < deadline)
        return 0;
    return fail(err, ERR_TIMEOUT, "%s: no answer in time (%s)", ssh->host, what);
}

/* ---- the way there ---- */

static int connect_tcp(struct ssh *ssh, const struct ssh_options *options,
                       int64_t deadline, struct error *err)
{
    char address[ADDRESS_TEXT_MAX];
    bool connecting = false;
    struct pollfd wait;
    int number = 0, left;
    socklen_t size = sizeof(number);

    snprintf(address, sizeof(address), strchr(options->host, ':') ? "[%s]:%d" : "%s:%d",
             options->host, options->port != 0 ? options->port : SSH_PORT);
    ssh->fd = address_dial(address, &connecting, err);
    if (ssh->fd < 0)
        return wrap(err, "%s", ssh->host);
    wait = (struct pollfd){ .fd = ssh->fd, .events = POLLOUT };
    left = (int)((deadline - clock_now()) / NS_PER_MS);
    if (connecting && poll(&wait, 1, left > 0 ? left : 0) <= 0)
        return fail(err, ERR_TIMEOUT, "%s: no answer in time (connect)", ssh->host);
    if (getsockopt(ssh->fd, SOL_SOCKET, SO_ERROR, &number, &size) != 0)
        number = errno;
    if (number != 0)
        return fail(err, ERR_UNREACHABLE, "%s: connect: %s", ssh->host,
                    strerror(number));
    return 0;
}

/* sh -c COMMAND with a socket for stdin and stdout. %h and %p are replaced. */
static char *expand(const struct ssh_options *options)
{
    char *line = xstrdup("");

    for (const char *at = options->proxy_command; *at != '\0'; at++) {
        char *before = line;
        if (at[0] == '%' && at[1] == 'h')
            line = xprintf("%s%s", before, options->host);
        else if (at[0] == '%' && at[1] == 'p')
            line = xprintf("%s%d", before, options->port ? options->port : SSH_PORT);
        else
            line = xprintf("%s%c", before, *at);
        at += at[0] == '%' && (at[1] == 'h' || at[1] == 'p');
        free(before);
    }
    return line;
}

static int start_proxy(struct ssh *ssh, const struct ssh_options *options,
                       struct error *err)
{
    char *line = expand(options);
    int fds[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) {
        free(line);
        return fail(err, ERR_IO, "socketpair: %s", strerror(errno));
    }
    ssh->proxy = fork();
    if (ssh->proxy == 0) { /* async-signal-safe calls only */
        dup2(fds[1], STDIN_FILENO);
        dup2(fds[1], STDOUT_FILENO);
        execl("/bin/sh", "sh", "-c", line, (char *)NULL);
        _exit(127);
    }
    free(line);
    close(fds[1]);
    ssh->fd = fds[0];
    if (ssh->proxy < 0) {
        ssh->proxy = 0;
        return fail(err, ERR_IO, "fork: %s", strerror(errno));
    }
    (void)fcntl(ssh->fd, F_SETFL, O_NONBLOCK);
    return 0;
}

/* ---- who is there, and who are we ---- */

static int shake_hands(struct ssh *ssh, int64_t deadline, struct error *err)
{
    int status;

    while ((status = libssh2_session_handshake(ssh->session, ssh->fd)) ==
           LIBSSH2_ERROR_EAGAIN)
        if (wait_until(ssh, deadline, "SSH handshake", err) != 0)
            return -ERR_TIMEOUT;
    ssh->said_hello = status == 0;
    return status == 0 ? 0
                       : fail(err, ERR_UNREACHABLE, "%s: SSH handshake: %s", ssh->host,
                              ssh_reason(ssh));
}

/* -1: the key is not accepted (or not there); 0: it is. Other errors are negative. */
static int try_key(struct ssh *ssh, const char *user, const char *file,
                   int64_t deadline, struct error *err)
{
    int status;

    while ((status = libssh2_userauth_publickey_fromfile_ex(
                ssh->session, user, (unsigned)strlen(user), NULL, file, NULL)) ==
           LIBSSH2_ERROR_EAGAIN)
        if (wait_until(ssh, deadline, "authentication", err) != 0)
            return -ERR_TIMEOUT;
    return status == 0 ? 0 : -1;
}

static int try_agent(struct ssh *ssh, const char *user)
{
    LIBSSH2_AGENT *agent = libssh2_agent_init(ssh->session);
    struct libssh2_agent_publickey *key = NULL;
    int status = -1;

    libssh2_session_set_blocking(ssh->session, 1);
    if (agent != NULL && libssh2_agent_connect(agent) == 0 &&
        libssh2_agent_list_identities(agent) == 0)
        while (status != 0 && libssh2_agent_get_identity(agent, &key, key) == 0)
            status = libssh2_agent_userauth(agent, user, key) == 0 ? 0 : -1;
    if (agent != NULL) {
        (void)libssh2_agent_disconnect(agent);
        libssh2_agent_free(agent);
    }
    libssh2_session_set_blocking(ssh->session, 0);
    return status;
}

static int try_defaults(struct ssh *ssh, const char *user, int64_t deadline,
                        struct error *err)
{
    static const char *const names[] = { "id_ed25519", "id_ecdsa", "id_rsa" };
    const char *home = getenv("HOME");
    int status = getenv("SSH_AUTH_SOCK") != NULL ? try_agent(ssh, user) : -1;

    for (size_t i = 0; status == -1 && i < sizeof(names) / sizeof(*names); i++) {
        char *file = xprintf("%s/.ssh/%s", home != NULL ? home : "", names[i]);
        if (access(file, R_OK) == 0)
            status = try_key(ssh, user, file, deadline, err);
        free(file);
    }
    return status;
}

static int authenticate(struct ssh *ssh, const struct ssh_options *options,
                        int64_t deadline, struct error *err)
{
    struct passwd *own = options->user == NULL ? getpwuid(geteuid()) : NULL;
    const char *user = own != NULL ? own->pw_name : options->user;
    int status;

    if (user == NULL)
        return fail(err, ERR_INVALID, "%s: as which user? set auth: ssh_user",
                    ssh->host);
    if (options->key_file == NULL)
        status = try_defaults(ssh, user, deadline, err);
    else if (access(options->key_file, R_OK) != 0)
        return fail(err, ERR_NOT_FOUND, "%s: key %s: %s", ssh->host, options->key_file,
                    strerror(errno));
    else
        status = try_key(ssh, user, options->key_file, deadline, err);
    if (status == -1)
        return fail(err, ERR_REFUSED, "%s: user %s is not let in with %s (%s)",
                    ssh->host, user,
                    options->key_file != NULL ? options->key_file
                                              : "the keys of the agent and ~/.ssh",
                    ssh_reason(ssh));
    return status;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void init_library(void)
{
    (void)libssh2_init(0); /* fails without memory; then so does a session */
}

static int open_session(struct ssh *ssh, const struct ssh_options *options,
                        struct error *err)
{
    int64_t ms = options->connect_ms > 0 ? options->connect_ms : CONNECT_MS;
    int64_t deadline = clock_now() + ms * NS_PER_MS;
    int status = options->proxy_command != NULL
                     ? start_proxy(ssh, options, err)
                     : connect_tcp(ssh, options, deadline, err);

    if (status != 0)
        return status;
    pthread_once(&once, init_library);
    ssh->session = libssh2_session_init_ex(NULL, NULL, NULL, NULL);
    if (ssh->session == NULL)
        return fail(err, ERR_FULL, "%s: no memory for a session", ssh->host);
    libssh2_session_set_blocking(ssh->session, 0);
    ssh_hosts_prefer(ssh, options);
    status = shake_hands(ssh, deadline, err);
    if (status == 0)
        status = ssh_hosts_check(ssh, options, err);
    return status == 0 ? authenticate(ssh, options, deadline, err) : status;
}

struct ssh *ssh_open(const struct ssh_options *options, struct error *err)
{
    struct ssh *ssh = xcalloc(1, sizeof(*ssh));

    ssh->fd = -1;
    ssh->host = xstrdup(options->host);
    if (open_session(ssh, options, err) == 0)
        return ssh;
    ssh_close(ssh);
    return NULL;
}

void ssh_close(struct ssh *ssh)
{
    if (ssh == NULL)
        return;
    if (ssh->said_hello) /* not blocking: what the socket takes is said */
        (void)libssh2_session_disconnect(ssh->session, "done");
    if (ssh->session != NULL)
        libssh2_session_free(ssh->session);
    if (ssh->fd >= 0)
        close(ssh->fd);
    if (ssh->proxy > 0) {
        (void)kill(ssh->proxy, SIGTERM);
        (void)waitpid(ssh->proxy, NULL, 0);
    }
    free(ssh->host);
    free(ssh);
}
