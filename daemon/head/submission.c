/* submission.c - the environment of a job. */
#include "daemon/head/submission.h"

#include "lib/base/buf.h"
#include "lib/base/digest.h"
#include "lib/base/expand.h"
#include "lib/base/mem.h"
#include "lib/net/proc.h"
#include "lib/proto/proto.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ENV_MAX = 1000 };

int submission_check(const struct job_submit *rq, struct error *err)
{
    if (rq->entrypoint.size == 0)
        return fail(err, ERR_INVALID, "the command is empty");
    if (rq->env.count > ENV_MAX)
        return fail(err, ERR_INVALID, "more than %d environment variables", ENV_MAX);
    if (!submission_is_id(rq->submission_id))
        return fail(err, ERR_INVALID,
                    "submission id: use up to %d letters, digits, '.', '_', '-'",
                    SUBMISSION_ID_MAX);
    return 0;
}

static const char *value_here(const char *name)
{
    return getenv(name);
}

static const char *user_line(struct arena *arena, const struct label *var)
{
    const char *line;
    struct buf out;

    buf_init(&out, 0);
    buf_printf(&out, "%.*s=", SLICE_ARGS(var->name));
    expand_append(&out, var->value, value_here);
    line = arena_string(arena, buf_slice(&out));
    buf_finish(&out);
    return line;
}

/* Where libray is, for drivers that were built elsewhere; NULL when programs look there
 * anyway, or it is not there. */
static const char *library_line(struct arena *arena)
{
    const char *before = getenv("LD_LIBRARY_PATH"), *line = NULL;
    char *beside = proc_beside("../lib"), *folder = NULL, *library = NULL;

    if (beside != NULL)
        folder = realpath(beside, NULL);
    if (folder != NULL)
        library = xprintf("%s/libray.so.0", folder);
    if (library != NULL && access(library, R_OK) == 0 &&
        strcmp(folder, "/usr/lib") != 0 && strcmp(folder, "/usr/local/lib") != 0)
        line =
            arena_printf(arena, "LD_LIBRARY_PATH=%s%s%s", before != NULL ? before : "",
                         before != NULL ? ":" : "", folder)
                .data;
    free(beside);
    free(folder);
    free(library);
    return line;
}

static bool is_named(const char *const *env, size_t count, const char *line)
{
    size_t size = strcspn(line, "=") + 1;

    for (size_t i = 0; i < count; i++)
        if (strncmp(env[i], line, size) == 0)
            return true;
    return false;
}

const char **submission_environment(struct arena *arena,
                                    const struct submission_place *place,
                                    const struct job_submit *rq)
{
    extern char **environ;
    size_t inherited = 0, count = 0, own;
    const char **env, *library = library_line(arena);

    while (environ[inherited] != NULL)
        inherited++;
    env = arena_array(arena, inherited + rq->env.count + 6, sizeof(*env));
    /* getenv() takes the first of a name: ours before theirs before what was there. */
    env[count++] =
        arena_printf(arena, "RAY_ADDRESS=unix:%s/head.sock", place->session).data;
    env[count++] =
        arena_printf(arena, "RAYCTL_ADDRESS=unix:%s/head.sock", place->session).data;
    env[count++] =
        arena_printf(arena, "RAY_JOB_SUBMISSION_ID=%.*s", SLICE_ARGS(place->id)).data;
    if (place->is_package)
        env[count++] =
            arena_printf(arena, "RAY_WORKING_DIR=%.*s", SLICE_ARGS(rq->working_dir))
                .data;
    for (size_t i = 0; i < rq->env.count; i++)
        env[count++] = user_line(arena, &rq->env.items[i]);
    if (library != NULL && !is_named(env, count, library))
        env[count++] = library;
    own = count;
    for (size_t i = 0; i < inherited; i++)
        if (!is_named(env, own, environ[i]))
            env[count++] = environ[i];
    return env;
}

struct slice submission_new_id(struct arena *arena)
{
    static const char letters[] =
        "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
    uint8_t random[16];
    char text[17] = "";

    digest_random(random, sizeof(random));
    for (size_t i = 0; i < sizeof(random); i++)
        text[i] = letters[random[i] % (sizeof(letters) - 1)];
    return arena_printf(arena, "raysubmit_%s", text);
}

bool submission_is_id(struct slice id)
{
    for (size_t i = 0; i < id.size; i++)
        if (!isalnum((unsigned char)id.data[i]) && strchr("._-", id.data[i]) == NULL)
            return false;
    return id.size <= SUBMISSION_ID_MAX;
}
