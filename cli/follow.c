/* follow.c - long polls one after the other; each answer says where the next begins. */
#include "cli/follow.h"

#include "lib/net/loop.h"
#include "lib/net/tail.h"
#include "lib/proto/proto.h"
#include "lib/text/visible.h"

#include <signal.h>
#include <unistd.h>

enum { READER_MS = 250 }; /* how soon we see that nobody reads */

static struct following {
    struct error err;
    struct context *ctx;
    struct visible visible;
    int64_t next;
    bool is_done, is_end, is_interrupted, got_data;
} following; /* static: a call may still be under way when we leave after Ctrl-C */

static void on_interrupt(void *arg)
{
    (void)arg;
    following.is_interrupted = following.is_done = true;
}

bool follow_is_interrupted(struct context *ctx)
{
    if (following.is_interrupted)
        ctx->exit_status = EXIT_INTERRUPTED;
    return following.is_interrupted;
}

/* A terminal obeys what it is sent; programs get every byte. */
static void write_text(struct slice text)
{
    struct buf out;

    if (following.ctx->raw || !isatty(STDOUT_FILENO)) {
        context_write(text.data, text.size);
        return;
    }
    buf_init(&out, 0);
    visible_append(&out, &following.visible, text);
    context_write(out.data, out.size);
    buf_finish(&out);
}

static void write_rest(void)
{
    struct buf out;

    buf_init(&out, 0);
    visible_end(&out, &following.visible);
    context_write(out.data, out.size);
    buf_finish(&out);
}

static void on_chunk(void *arg, const struct error *err, const void *reply)
{
    const struct log_chunk *chunk = reply;

    (void)arg;
    following.is_done = true;
    if (err != NULL) {
        following.err = *err;
        return;
    }
    write_text(chunk->data);
    following.next = chunk->next_offset;
    following.is_end = chunk->is_end;
    following.got_data = chunk->data.size > 0;
}

static void check_reader(void *arg)
{
    (void)arg;
    context_check_reader();
}

static int read_all(struct context *ctx, const struct method *method,
                    struct log_read *rq, struct error *err)
{
    const bool is_long = rq->follow && ctx->timeout_ms > 0;
    const struct engine_request asked = {
        method, rq, ctx->timeout_ms + (is_long ? TAIL_WAIT_MS : 0)
    };

    int64_t deadline = 0;

    while (!following.is_end && (rq->follow || following.got_data)) {
        following.is_done = false;
        following.err.code = ERR_OK;
        engine_call(ctx->engine, &asked, on_chunk, NULL);
        while (!following.is_done)
            loop_run_until(ctx->loop, &following.is_done, 0);
        if (follow_is_interrupted(ctx))
            return 0;
        if (following.err.code != ERR_OK) {
            if (rq->follow && context_again(ctx, &following.err, &deadline))
                continue;
            break;
        }
        deadline = 0;
        rq->offset = following.next;
        rq->tail_lines = 0;
    }
    write_rest();
    return error_copy(err, following.err.code != ERR_OK ? &following.err : NULL);
}

int follow_log(struct context *ctx, const struct method *method, struct log_read *rq,
               struct error *err)
{
    struct loop_timer *timer = loop_timer_create(ctx->loop, true, check_reader, NULL);
    int status;

    following = (struct following){ .ctx = ctx, .got_data = true };
    loop_on_signal(ctx->loop, SIGINT, on_interrupt, NULL);
    loop_timer_start(timer, READER_MS, READER_MS);
    status = read_all(ctx, method, rq, err);
    loop_timer_destroy(timer);
    return status;
}
