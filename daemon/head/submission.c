/* submission.c - the environment of a job. */
#include "daemon/head/submission.h"

#include "lib/base/digest.h"
#include "lib/proto/proto.h"

#include <ctype.h>
#include <string.h>

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

const char **submission_environment(struct arena *arena, const char *session,
                                    const struct job_submit *rq, struct slice id)
{
    extern char **environ;
    size_t inherited = 0, count = 0;
    const char **env;

    while (environ[inherited] != NULL)
        inherited++;
    env = arena_array(arena, inherited + rq->env.count + 4, sizeof(*env));
    /* getenv() takes the first of a name: ours before theirs before what was there. */
    env[count++] = arena_printf(arena, "RAY_ADDRESS=unix:%s/head.sock", session).data;
    env[count++] =
        arena_printf(arena, "RAYCTL_ADDRESS=unix:%s/head.sock", session).data;
    env[count++] =
        arena_printf(arena, "RAY_JOB_SUBMISSION_ID=%.*s", SLICE_ARGS(id)).data;
    for (size_t i = 0; i < rq->env.count; i++)
        env[count++] =
            arena_printf(arena, "%.*s=%.*s", SLICE_ARGS(rq->env.items[i].name),
                         SLICE_ARGS(rq->env.items[i].value))
                .data;
    for (size_t i = 0; i < inherited; i++) {
        size_t size = strcspn(environ[i], "=") + 1;
        bool is_set = false;
        for (size_t j = 0; j < 3 + rq->env.count && !is_set; j++)
            is_set = strncmp(env[j], environ[i], size) == 0;
        if (!is_set)
            env[count++] = environ[i];
    }
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
