/* follow.c - long polls one after the other; each answer says where the next begins. */
#include "cli/follow.h"

#include "lib/net/loop.h"
#include "lib/net/tail.h"
#include "lib/proto/proto.h"

#include <signal.h>

struct following {
    struct error err;
    int64_t next;
    bool is_done, is_end, is_interrupted, got_data;
};

static void on_interrupt(void *arg)
{
    struct following *following = arg;
    following->is_interrupted = following->is_done = true;
}

static void on_chunk(void *arg, const struct error *err, const void *reply)
{
    const struct log_chunk *chunk = reply;
    struct following *following = arg;

    following->is_done = true;
    if (err != NULL) {
        following->err = *err;
        return;
    }
    context_write(chunk->data.data, chunk->data.size);
    following->next = chunk->next_offset;
    following->is_end = chunk->is_end;
    following->got_data = chunk->data.size > 0;
}

int follow_log(struct context *ctx, const struct method *method, struct log_read *rq,
               struct error *err)
{
    /* Static: a call may still be under way when we leave after Ctrl-C. */
    static struct following following;
    const bool is_long = rq->follow && ctx->timeout_ms > 0;
    const struct engine_request asked = {
        method, rq, ctx->timeout_ms + (is_long ? TAIL_WAIT_MS : 0)
    };

    following = (struct following){ .got_data = true };
    loop_on_signal(ctx->loop, SIGINT, on_interrupt, &following);
    while (!following.is_end && following.err.code == ERR_OK &&
           (rq->follow || following.got_data)) {
        following.is_done = false;
        engine_call(ctx->engine, &asked, on_chunk, &following);
        while (!following.is_done)
            loop_run_until(ctx->loop, &following.is_done, 0);
        if (following.is_interrupted) {
            ctx->exit_status = EXIT_INTERRUPTED;
            return 0;
        }
        rq->offset = following.next;
        rq->tail_lines = 0;
    }
    return error_copy(err, following.err.code != ERR_OK ? &following.err : NULL);
}
