/* engine.c - address -> back-end; waiting for an answer. */
#include "lib/engine/engine.h"

#include "lib/base/mem.h"
#include "lib/engine/native.h"
#include "lib/net/loop.h"
#include "lib/proto/codec.h"

#include <stdlib.h>

struct engine {
    struct loop *loop;
    const struct engine_ops *ops;
    void *self;
    char *address;
};

struct engine *engine_open(struct loop *loop, const char *address, struct error *err)
{
    struct engine *engine;
    struct slice text = slice(address);

    if (slice_starts(text, slice("http://")) || slice_starts(text, slice("https://")) ||
        slice_starts(text, slice("ray://"))) {
        fail(err, ERR_UNSUPPORTED, "%s: clusters of Ray itself cannot be talked to yet",
             address);
        return NULL;
    }
    engine = xcalloc(1, sizeof(*engine));
    engine->loop = loop;
    engine->address = xstrdup(address);
    engine->ops = &native_engine;
    engine->self = native_create(loop, address);
    return engine;
}

void engine_close(struct engine *engine)
{
    if (engine == NULL)
        return;
    engine->ops->close(engine->self);
    free(engine->address);
    free(engine);
}

const char *engine_address(const struct engine *engine)
{
    return engine->address;
}

unsigned engine_capabilities(const struct engine *engine)
{
    return engine->ops->capabilities;
}

void engine_call(struct engine *engine, const struct engine_request *rq,
                 engine_done *done, void *arg)
{
    engine->ops->call(engine->self, rq, done, arg);
}

struct waiting {
    struct arena *arena;
    const struct desc *desc;
    struct error err;
    void *reply;
    bool is_done;
};

static void on_done(void *arg, const struct error *err, const void *reply)
{
    struct waiting *waiting = arg;

    waiting->is_done = true;
    if (err != NULL) {
        waiting->err = *err;
        return;
    }
    waiting->reply = arena_alloc(waiting->arena, waiting->desc->size);
    codec_copy(waiting->arena, waiting->desc, waiting->reply, reply);
}

const void *engine_wait(struct engine *engine, const struct engine_request *rq,
                        struct arena *arena, struct error *err)
{
    struct waiting waiting = { .arena = arena, .desc = rq->method->reply };

    engine_call(engine, rq, on_done, &waiting);
    while (!waiting.is_done)
        loop_run_until(engine->loop, &waiting.is_done, 0);
    if (waiting.reply == NULL)
        error_copy(err, &waiting.err);
    return waiting.reply;
}
