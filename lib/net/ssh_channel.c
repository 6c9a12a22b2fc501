/* ssh_channel.c - what goes on over a connection: commands, terminals, forwarding.
 *
 * Nothing blocks but the poll in ssh_wait(). A command's stdin is a file, sent as fast
 * as the machine takes it while what the command prints is read; a terminal and a
 * forwarded connection are the same with ours at the near end. */
#include "lib/net/ssh.h"
#include "lib/net/ssh_session.h"

#include "lib/base/clock.h"
#include "lib/base/mem.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

enum {
    PIECE = 32 * 1024,
    OPEN_MS = 15000, /* for a channel and a command to be accepted */
    RESIZE_MS = 500, /* how soon a new size of the terminal is passed on */
};

static int lost(struct ssh *ssh, const char *what, struct error *err)
{
    return fail(err, ERR_CLOSED, "%s: %s: %s", ssh->host, what, ssh_reason(ssh));
}

/* A channel for commands, or to HOST:PORT. */
static LIBSSH2_CHANNEL *open_channel(struct ssh *ssh, const char *host, int port,
                                     struct error *err)
{
    int64_t deadline = clock_now() + OPEN_MS * NS_PER_MS;
    LIBSSH2_CHANNEL *channel;

    for (;;) {
        channel = host == NULL ? libssh2_channel_open_session(ssh->session)
                               : libssh2_channel_direct_tcpip(ssh->session, host, port);
        if (channel != NULL)
            return channel;
        if (libssh2_session_last_errno(ssh->session) != LIBSSH2_ERROR_EAGAIN) {
            fail(err, host == NULL ? ERR_CLOSED : ERR_UNREACHABLE, "%s: %s%s: %s",
                 ssh->host, host == NULL ? "channel" : "connection to ",
                 host == NULL ? "" : host, ssh_reason(ssh));
            return NULL;
        }
        if (clock_now() >= deadline) {
            fail(err, ERR_TIMEOUT, "%s: no answer in time (channel)", ssh->host);
            return NULL;
        }
        (void)ssh_wait(ssh, -1, OPEN_MS);
    }
}

/* Asks for a shell or a command; `line` NULL: a shell. */
static int begin(struct ssh *ssh, LIBSSH2_CHANNEL *channel, const char *line,
                 struct error *err)
{
    int64_t deadline = clock_now() + OPEN_MS * NS_PER_MS;
    int status;

    while ((status = libssh2_channel_process_startup(
                channel, line != NULL ? "exec" : "shell", line != NULL ? 4 : 5, line,
                line != NULL ? (unsigned)strlen(line) : 0)) == LIBSSH2_ERROR_EAGAIN) {
        if (clock_now() >= deadline)
            return fail(err, ERR_TIMEOUT, "%s: no answer in time (command)", ssh->host);
        (void)ssh_wait(ssh, -1, OPEN_MS);
    }
    return status == 0 ? 0 : lost(ssh, "command", err);
}

/* 128+n as shells say it; libssh2 gives the name without SIG. */
static int signal_status(const char *name)
{
    static const struct {
        const char *name;
        int number;
    } known[] = { { "HUP", SIGHUP },   { "INT", SIGINT },   { "QUIT", SIGQUIT },
                  { "ILL", SIGILL },   { "ABRT", SIGABRT }, { "FPE", SIGFPE },
                  { "KILL", SIGKILL }, { "SEGV", SIGSEGV }, { "PIPE", SIGPIPE },
                  { "ALRM", SIGALRM }, { "TERM", SIGTERM } };

    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
        if (strcmp(known[i].name, name) == 0)
            return 128 + known[i].number;
    return 255;
}

/* Closes it and reads how the command ended. */
static int finish(struct ssh *ssh, LIBSSH2_CHANNEL *channel)
{
    int64_t deadline = clock_now() + OPEN_MS * NS_PER_MS;
    char *name = NULL;
    int status;

    while (libssh2_channel_close(channel) == LIBSSH2_ERROR_EAGAIN &&
           clock_now() < deadline)
        (void)ssh_wait(ssh, -1, OPEN_MS);
    status = libssh2_channel_get_exit_status(channel);
    if (libssh2_channel_get_exit_signal(channel, &name, NULL, NULL, NULL, NULL, NULL) ==
            0 &&
        name != NULL) {
        status = signal_status(name);
        libssh2_free(ssh->session, name);
    }
    return status;
}

static void free_channel(struct ssh *ssh, LIBSSH2_CHANNEL *channel)
{
    int64_t deadline = clock_now() + OPEN_MS * NS_PER_MS;

    while (channel != NULL && libssh2_channel_free(channel) == LIBSSH2_ERROR_EAGAIN &&
           clock_now() < deadline)
        (void)ssh_wait(ssh, -1, OPEN_MS);
}

/* ---- commands ---- */

struct running {
    struct ssh *ssh;
    LIBSSH2_CHANNEL *channel;
    const struct ssh_command *command;
    char out[PIECE]; /* of the input, not sent yet */
    size_t from, to;
    bool input_over;
};

/* Reads what is there of both streams. How much, or negative when the connection is
 * lost. */
static ssize_t take_output(struct running *running)
{
    ssize_t sum = 0;

    for (int stream = 0; stream < 2; stream++) {
        char text[PIECE];
        ssize_t got;
        while ((got = libssh2_channel_read_ex(running->channel, stream, text,
                                              sizeof(text))) > 0) {
            sum += got;
            if (running->command->output != NULL)
                running->command->output(running->command->arg, stream == 1,
                                         slice_of(text, (size_t)got));
        }
        if (got < 0 && got != LIBSSH2_ERROR_EAGAIN)
            return -1;
    }
    return sum;
}

static ssize_t send_pending(struct running *running)
{
    ssize_t sent = libssh2_channel_write(running->channel, running->out + running->from,
                                         running->to - running->from);

    if (sent == LIBSSH2_ERROR_EAGAIN)
        return 0;
    if (sent > 0)
        running->from += (size_t)sent;
    return sent;
}

/* A pipe or terminal may have nothing to say for long. */
static bool has_input(const struct running *running)
{
    struct pollfd ready = { .fd = running->command->input, .events = POLLIN };

    return running->command->input < 0 || poll(&ready, 1, 0) == 1;
}

/* Sends what the machine takes. A command that has closed its stdin is not an error. */
static ssize_t give_input(struct running *running)
{
    ssize_t got, sent;

    if (running->input_over)
        return 0;
    if (running->from == running->to) {
        if (!has_input(running))
            return 0;
        got = running->command->input >= 0
                  ? read(running->command->input, running->out, PIECE)
                  : 0;
        running->from = 0;
        running->to = got > 0 ? (size_t)got : 0;
        if (got <= 0) {
            int status = libssh2_channel_send_eof(running->channel);
            running->input_over = status != LIBSSH2_ERROR_EAGAIN;
            return 0;
        }
    }
    sent = send_pending(running);
    if (sent < 0)
        running->input_over = true;
    return sent > 0 ? sent : 0;
}

/* What to wait for beside the machine: more input, once all of it is sent. */
static int wanted_input(const struct running *running)
{
    bool all_sent = running->from == running->to;
    return running->input_over || !all_sent ? -1 : running->command->input;
}

static int run_to_end(struct running *running, struct error *err)
{
    struct ssh *ssh = running->ssh;
    int64_t timeout = running->command->timeout_ms, last = clock_now();

    for (;;) {
        /* In this order: sending may read what has come from the socket. */
        ssize_t given = give_input(running), moved = take_output(running);
        if (moved < 0)
            return lost(ssh, "command", err);
        if (libssh2_channel_eof(running->channel) != 0)
            return 0;
        if (moved + given > 0) {
            last = clock_now();
            continue;
        }
        if (timeout > 0 && clock_now() - last >= timeout * NS_PER_MS)
            return fail(err, ERR_TIMEOUT, "%s: nothing for %lld s", ssh->host,
                        (long long)timeout / 1000);
        (void)ssh_wait(ssh, wanted_input(running), timeout > 0 ? timeout : -1);
    }
}

int ssh_run(struct ssh *ssh, const struct ssh_command *command, int *status,
            struct error *err)
{
    struct running *running = xcalloc(1, sizeof(*running));
    int failed = 0;

    running->ssh = ssh;
    running->command = command;
    running->channel = open_channel(ssh, NULL, 0, err);
    if (running->channel == NULL)
        failed = -(int)err->code;
    if (failed == 0)
        failed = begin(ssh, running->channel, command->line, err);
    if (failed == 0)
        failed = run_to_end(running, err);
    if (failed == 0)
        *status = finish(ssh, running->channel);
    free_channel(ssh, running->channel);
    free(running);
    return failed;
}

/* ---- both ways ---- */

/* Writes all of it to a descriptor. */
static bool write_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t done = write(fd, data, size);
        struct pollfd wait = { .fd = fd, .events = POLLOUT };
        if (done < 0 && errno == EAGAIN)
            (void)poll(&wait, 1, -1);
        else if (done < 0 && errno != EINTR)
            return false;
        data += done > 0 ? done : 0;
        size -= done > 0 ? (size_t)done : 0;
    }
    return true;
}

/* What has come from the machine, to `fd`. False at the end, or when nobody reads. */
static bool carry_in(LIBSSH2_CHANNEL *channel, int fd)
{
    char bytes[PIECE];
    ssize_t got;

    for (int stream = 0; stream < 2; stream++) {
        while ((got = libssh2_channel_read_ex(channel, stream, bytes, sizeof(bytes))) >
               0)
            if (!write_all(stream == 1 && fd == STDOUT_FILENO ? STDERR_FILENO : fd,
                           bytes, (size_t)got))
                return false;
        if (got < 0 && got != LIBSSH2_ERROR_EAGAIN)
            return false;
    }
    return libssh2_channel_eof(channel) == 0;
}

/* What `fd` has, to the machine. False when the machine takes no more. *over at the
 * end of `fd`. */
static bool carry_out(struct ssh *ssh, LIBSSH2_CHANNEL *channel, int fd, bool *over)
{
    struct pollfd ready = { .fd = fd, .events = POLLIN };
    char bytes[PIECE];
    ssize_t got, done = 0;

    if (*over || poll(&ready, 1, 0) != 1)
        return true;
    got = read(fd, bytes, sizeof(bytes));
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return true;
    if (got <= 0) {
        *over = true;
        (void)libssh2_channel_send_eof(channel);
        return true;
    }
    while (done < got) {
        ssize_t sent =
            libssh2_channel_write(channel, bytes + done, (size_t)(got - done));
        if (sent == LIBSSH2_ERROR_EAGAIN)
            (void)ssh_wait(ssh, -1, -1);
        else if (sent < 0)
            return false;
        done += sent > 0 ? sent : 0;
    }
    return true;
}

int ssh_forward(struct ssh *ssh, const char *host, int port, int fd, struct error *err)
{
    LIBSSH2_CHANNEL *channel = open_channel(ssh, host, port, err);
    bool over = false;

    if (channel == NULL)
        return -(int)err->code;
    while (carry_in(channel, fd) && carry_out(ssh, channel, fd, &over) && !over)
        (void)ssh_wait(ssh, fd, -1);
    free_channel(ssh, channel);
    return 0;
}

/* ---- terminals ---- */

static struct winsize window_size(void)
{
    struct winsize size = { .ws_col = 80, .ws_row = 24 };

    if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        size = (struct winsize){ .ws_col = 80, .ws_row = 24 };
    return size;
}

static int ask_terminal(struct ssh *ssh, LIBSSH2_CHANNEL *channel, struct error *err)
{
    const char *term = getenv("TERM");
    struct winsize size = window_size();
    int status;

    if (term == NULL || term[0] == '\0')
        term = "xterm";
    while ((status = libssh2_channel_request_pty_ex(
                channel, term, (unsigned)strlen(term), NULL, 0, size.ws_col,
                size.ws_row, 0, 0)) == LIBSSH2_ERROR_EAGAIN)
        if (!ssh_wait(ssh, -1, OPEN_MS))
            return fail(err, ERR_TIMEOUT, "%s: no terminal in time", ssh->host);
    return status == 0 ? 0 : lost(ssh, "terminal", err);
}

static void pass_size(LIBSSH2_CHANNEL *channel, struct winsize *last)
{
    struct winsize size = window_size();

    if (size.ws_col == last->ws_col && size.ws_row == last->ws_row)
        return;
    /* Again at the next look when the socket is full. */
    if (libssh2_channel_request_pty_size(channel, size.ws_col, size.ws_row) !=
        LIBSSH2_ERROR_EAGAIN)
        *last = size;
}

static void talk(struct ssh *ssh, LIBSSH2_CHANNEL *channel)
{
    struct winsize size = window_size();
    bool over = false;

    while (carry_in(channel, STDOUT_FILENO) &&
           carry_out(ssh, channel, STDIN_FILENO, &over)) {
        (void)ssh_wait(ssh, over ? -1 : STDIN_FILENO, RESIZE_MS);
        pass_size(channel, &size);
    }
}

int ssh_attach(struct ssh *ssh, const char *line, int *status, struct error *err)
{
    struct termios before, raw;
    LIBSSH2_CHANNEL *channel;
    int failed;

    if (tcgetattr(STDIN_FILENO, &before) != 0)
        return fail(err, ERR_UNSUPPORTED, "attach needs a terminal on stdin");
    channel = open_channel(ssh, NULL, 0, err);
    if (channel == NULL)
        return -(int)err->code;
    failed = ask_terminal(ssh, channel, err);
    if (failed == 0)
        failed = begin(ssh, channel, line, err);
    if (failed == 0) {
        raw = before;
        cfmakeraw(&raw);
        (void)tcsetattr(STDIN_FILENO, TCSANOW, &raw);
        talk(ssh, channel);
        (void)tcsetattr(STDIN_FILENO, TCSANOW, &before);
        *status = finish(ssh, channel);
    }
    free_channel(ssh, channel);
    return failed;
}
