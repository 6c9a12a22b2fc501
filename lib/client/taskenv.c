/* taskenv.c - "NAME=VALUE" into pairs, over the others, packed. */
#include "lib/client/taskenv.h"

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/proto/codec.h"
#include "lib/proto/overlay.h"

#include <string.h>

static int read_vars(const struct ray_runtime_env *env, struct runtime_env *out,
                     struct arena *arena, struct error *err)
{
    out->env.items = arena_array(arena, env->vars_count, sizeof(*out->env.items));
    for (size_t i = 0; i < env->vars_count; i++) {
        const char *var = env->vars[i];
        const char *sign = var != NULL ? strchr(var, '=') : NULL;
        if (sign == NULL || sign == var)
            return fail(err, ERR_INVALID,
                        "runtime environment: '%.80s' is no variable: NAME=VALUE",
                        var != NULL ? var : "");
        out->env.items[out->env.count++] =
            (struct label){ slice_of(var, (size_t)(sign - var)), slice(sign + 1) };
    }
    return 0;
}

int taskenv_pack(const struct ray_runtime_env *env, struct slice package,
                 struct slice below, struct buf *out, struct error *err)
{
    struct runtime_env own = { .package = package }, under = { 0 }, all;
    struct arena arena = { 0 };
    int status = read_vars(env, &own, &arena, err);

    buf_clear(out);
    if (status == 0 && below.size > 0)
        status = codec_unpack(below, &runtime_env_desc, &under, &arena, err);
    if (status == 0) {
        all = overlay(&own, &under, &arena);
        if (all.package.size > 0 || all.env.count > 0)
            status = codec_pack(out, &runtime_env_desc, &all);
        if (status != 0 || out->size > TASKENV_SIZE_MAX)
            status = fail(err, ERR_INVALID,
                          "runtime environment: its variables take more than %d KiB",
                          TASKENV_SIZE_MAX / 1024);
    }
    arena_finish(&arena);
    return status;
}
