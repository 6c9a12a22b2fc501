/* context.c - the common options, and the two ways out: data on stdout, talk on stderr.
 */
#include "cli/context.h"

#include "cli/options.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/net/address.h"
#include "lib/net/loop.h"
#include "lib/net/session.h"
#include "lib/net/tunnel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { AGAIN_MS = 200, TIMEOUT_S = 30, DIRECT_MS = 1000, MS_PER_S = 1000 };

static struct {
    const char *address, *format;
    int64_t timeout;
    int verbose;
    bool quiet, help;
} opt = { .timeout = -1 };

const struct option context_options[] = {
    OPT_STRING(
        0, "address", &opt.address, "ADDRESS",
        "the cluster: unix:/path, host:port (default: RAYCTL_ADDRESS, RAY_ADDRESS, "
        "the current one)"),
    OPT_STRING(0, "format", &opt.format, "table|json|jsonl|yaml|csv", "how to print"),
    OPT_DURATION(0, "timeout", &opt.timeout, "TIME",
                 "how long to wait for an answer; 0: for ever (30s)"),
    OPT_FLAG('q', "quiet", &opt.quiet, "say nothing but data and errors"),
    OPT_COUNT('v', "verbose", &opt.verbose, "say what happens on the way; twice: more"),
    OPT_FLAG('h', "help", &opt.help, "show this"),
    OPT_END,
};

bool context_wants_help(void)
{
    return opt.help;
}

static int terminal_width(void)
{
    struct winsize size;
    const char *columns = getenv("COLUMNS");
    long width = columns != NULL ? strtol(columns, NULL, 10) : 0;

    if (!isatty(STDOUT_FILENO))
        return 0;
    if (width > 0 && width < 10000)
        return (int)width;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

int context_init(struct context *ctx, struct error *err)
{
    const char *no_colour = getenv("NO_COLOR");
    int status = 0;

    *ctx = (struct context){ .quiet = opt.quiet,
                             .verbose = opt.verbose,
                             .address = opt.address,
                             .has_timeout = opt.timeout >= 0,
                             .timeout_ms = opt.timeout < 0 ? TIMEOUT_S * MS_PER_S
                                                           : opt.timeout / NS_PER_MS };
    if (opt.verbose > 0)
        log_init(opt.verbose > 1 ? LOG_DEBUG : LOG_INFO);
    /* Ray calls its table "default". */
    if (opt.format != NULL && strcmp(opt.format, "default") != 0)
        status = print_parse_format(opt.format, &ctx->print.format, err);
    if (status != 0)
        return fail(err, ERR_USAGE, "--format: %s", err->text);
    ctx->print.width = terminal_width();
    ctx->print.colour =
        isatty(STDOUT_FILENO) && (no_colour == NULL || no_colour[0] == '\0');
    return 0;
}

void context_finish(struct context *ctx)
{
    engine_close(ctx->engine);
    loop_destroy(ctx->loop);
    arena_finish(&ctx->arena);
}

/* A cluster that was brought up by SSH may be out of reach but for it: then the address
 * becomes that of a tunnel. */
static int find_way(char address[SESSION_ADDRESS_MAX], struct error *err)
{
    char folder[SESSION_PATH_MAX], *file;
    bool has_way;

    if (address_is_unix(address) || strncmp(address, "http", 4) == 0 ||
        session_of_address(address, folder, NULL) != 0)
        return 0;
    file = xprintf("%s/ssh", folder);
    has_way = access(file, R_OK) == 0;
    free(file);
    if (!has_way || tunnel_is_needless(address, DIRECT_MS))
        return 0;
    /* Its secret is found by the address, which changes. */
    if (setenv("RAYCTL_SECRET_DIR", folder, 1) != 0)
        return fail(err, ERR_FULL, "setenv: %s", strerror(errno));
    return tunnel_open(folder, address, address, SESSION_ADDRESS_MAX, err);
}

int context_engine(struct context *ctx, unsigned capabilities, struct error *err)
{
    char address[SESSION_ADDRESS_MAX];
    int status;

    if (ctx->engine != NULL)
        return 0;
    status = session_resolve(opt.address, address, err);
    if (status != 0)
        return status;
    status = find_way(address, err);
    if (status != 0)
        return status;
    if (ctx->loop == NULL)
        ctx->loop = loop_create();
    ctx->engine = engine_open(ctx->loop, address, err);
    if (ctx->engine == NULL)
        return -(int)err->code;
    if ((engine_capabilities(ctx->engine) & capabilities) != capabilities)
        return fail(err, ERR_UNSUPPORTED, "the cluster at %s cannot do that", address);
    return 0;
}

bool context_again(struct context *ctx, const struct error *err, int64_t *deadline)
{
    static const bool never = false;
    struct error ignored;

    if (err->code != ERR_UNREACHABLE && err->code != ERR_CLOSED)
        return false;
    if (*deadline == 0) {
        context_say(ctx, "the head has gone; waiting for the next");
        *deadline =
            ctx->timeout_ms > 0 ? clock_now() + ctx->timeout_ms * NS_PER_MS : INT64_MAX;
    }
    engine_close(ctx->engine);
    ctx->engine = NULL;
    while (clock_now() < *deadline) {
        loop_run_until(ctx->loop, &never, clock_now() + AGAIN_MS * NS_PER_MS);
        if (context_engine(ctx, 0, &ignored) == 0)
            return true; /* whether it answers, the question will tell */
    }
    return false;
}

/* As a signal would: 128 + SIGPIPE (141) to a shell, as of git and most others. */
static void end_by_pipe(void)
{
    signal(SIGPIPE, SIG_DFL);
    raise(SIGPIPE);
}

void context_check_reader(void)
{
    struct pollfd out = { .fd = STDOUT_FILENO };

    if (poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0)
        end_by_pipe();
}

void context_guard_streams(void)
{
    /* Each open() takes the lowest that is free. */
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
            (void)open("/dev/null", O_RDONLY);
}

void context_write(const void *data, size_t size)
{
    const char *at = data;

    while (size > 0) {
        ssize_t written = write(STDOUT_FILENO, at, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0 && errno == EPIPE)
            end_by_pipe();
        if (written < 0) {
            fprintf(stderr, "rayctl: write to stdout: %s\n", strerror(errno));
            _exit(1);
        }
        at += written;
        size -= (size_t)written;
    }
}

void context_print_rows(struct context *ctx, const struct print_rows *rows)
{
    struct buf out;

    buf_init(&out, 0);
    print_rows(&out, &ctx->print, rows);
    context_write(out.data, out.size);
    buf_finish(&out);
}

void context_print_message(struct context *ctx, const struct desc *desc,
                           const void *message)
{
    struct buf out;

    buf_init(&out, 0);
    print_one(&out, &ctx->print, desc, message);
    context_write(out.data, out.size);
    buf_finish(&out);
}

void context_say(const struct context *ctx, const char *format, ...)
{
    va_list args;

    if (ctx->quiet)
        return;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}
