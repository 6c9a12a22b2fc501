/* logfeed.c - find the file, read its end, then wait for more, one call at a time. */
#include "tui/logfeed.h"

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/mem.h"
#include "lib/engine/engine.h"
#include "lib/net/loop.h"
#include "lib/net/tail.h"

#include <stdlib.h>

enum { TAIL_LINES = 1000, ANSWER_MS = 10000, RETRY_MS = 1000 };

struct logfeed {
    struct screen_context context;
    struct arena arena; /* of the choice and the name */
    struct log_choice choice;
    struct slice name;
    struct text *lines;
    struct buf partial; /* a line whose end has not come */
    struct loop_timer *again;
    enum logfeed_state state;
    struct error err;
    int64_t offset;
    bool has_begun, is_under_way, is_closed;
};

static void read_on(void *arg);

struct logfeed *logfeed_open(const struct screen_context *context,
                             const struct log_choice *choice, struct text *lines)
{
    struct logfeed *feed = xcalloc(1, sizeof(*feed));

    feed->context = *context;
    feed->choice = *choice;
    feed->choice.id = feed->name = arena_copy(&feed->arena, choice->id);
    feed->choice.glob = arena_copy(&feed->arena, choice->glob);
    feed->lines = lines;
    buf_init(&feed->partial, 0);
    feed->again = loop_timer_create(context->loop, true, read_on, feed);
    read_on(feed);
    return feed;
}

static void finish(struct logfeed *feed)
{
    arena_finish(&feed->arena);
    buf_finish(&feed->partial);
    free(feed);
}

void logfeed_close(struct logfeed *feed)
{
    if (feed == NULL)
        return;
    loop_timer_destroy(feed->again);
    feed->is_closed = true;
    if (!feed->is_under_way)
        finish(feed);
}

enum logfeed_state logfeed_state(const struct logfeed *feed)
{
    return feed->state;
}

const char *logfeed_why(const struct logfeed *feed)
{
    return feed->err.code != ERR_OK ? feed->err.text : "";
}

struct slice logfeed_name(const struct logfeed *feed)
{
    return feed->name;
}

/* ---- lines ---- */

static void add_line(struct logfeed *feed)
{
    struct buf line;

    buf_init(&line, 0);
    glyph_escape(&line, buf_slice(&feed->partial));
    text_add(feed->lines, STYLE_PLAIN, buf_slice(&line));
    buf_finish(&line);
    buf_clear(&feed->partial);
}

static void add_data(struct logfeed *feed, struct slice data)
{
    while (data.size > 0) {
        const char *end = memchr(data.data, '\n', data.size);
        size_t size = end != NULL ? (size_t)(end - data.data) : data.size;
        buf_append(&feed->partial, data.data, size);
        if (end != NULL || feed->partial.size > TEXT_LINE_MAX)
            add_line(feed);
        size += end != NULL;
        data.data += size;
        data.size -= size;
    }
}

/* ---- calls ---- */

/* Whether the feed shall go on after an answer. */
static bool ended(struct logfeed *feed, const struct error *err)
{
    feed->is_under_way = false;
    if (feed->is_closed) {
        finish(feed);
        return false;
    }
    feed->err = err != NULL ? *err : (struct error){ .code = ERR_OK };
    if (err != NULL && error_is_retryable(err->code)) {
        loop_timer_start(feed->again, RETRY_MS, 0);
    } else if (err != NULL) {
        feed->state = LOGFEED_FAILED;
    }
    if (err != NULL)
        feed->context.on_changed(feed->context.arg);
    return err == NULL;
}

static void on_chunk(void *arg, const struct error *err, const void *reply)
{
    const struct log_chunk *chunk = reply;
    struct logfeed *feed = arg;

    if (!ended(feed, err))
        return;
    feed->has_begun = true;
    feed->offset = chunk->next_offset;
    add_data(feed, chunk->data);
    if (chunk->is_end) {
        feed->state = LOGFEED_ENDED;
        if (feed->partial.size > 0)
            add_line(feed);
    } else {
        read_on(feed);
    }
    feed->context.on_changed(feed->context.arg);
}

static void on_files(void *arg, const struct error *err, const void *reply)
{
    const struct log_files *files = reply;
    struct logfeed *feed = arg;

    if (!ended(feed, err))
        return;
    if (files->rows.count == 0) {
        feed->state = LOGFEED_FAILED;
        fail(&feed->err, ERR_NOT_FOUND, "there is no file %.*s (any more)",
             SLICE_ARGS(feed->choice.glob));
        feed->context.on_changed(feed->context.arg);
        return;
    }
    feed->name = arena_copy(&feed->arena, files->rows.items[0].name);
    feed->choice.id = feed->name;
    feed->choice.node_id = files->rows.items[0].node_id;
    read_on(feed);
}

static void find_file(struct logfeed *feed)
{
    const struct log_list rq = { .glob = feed->choice.glob,
                                 .node_id = feed->choice.node_id };
    const struct engine_request asked = { proto_method(METHOD_query_logs), &rq,
                                          ANSWER_MS };

    engine_call(feed->context.engine, &asked, on_files, feed);
}

static void read_on(void *arg)
{
    struct logfeed *feed = arg;
    const struct log_read rq = { .id = feed->choice.id,
                                 .node_id = feed->choice.node_id,
                                 .offset = feed->offset,
                                 .follow = true,
                                 .tail_lines = feed->has_begun ? 0 : TAIL_LINES };
    const struct engine_request asked = { proto_method(feed->choice.is_job
                                                           ? METHOD_jobs_read_log
                                                           : METHOD_query_read_log),
                                          &rq, TAIL_WAIT_MS + ANSWER_MS };

    feed->is_under_way = true;
    if (feed->choice.id.size == 0) {
        find_file(feed);
        return;
    }
    feed->state = LOGFEED_FOLLOWING;
    engine_call(feed->context.engine, &asked, on_chunk, feed);
}
