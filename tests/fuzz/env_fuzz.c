/* env_fuzz.c - any text as a runtime environment, as JSON on a command line and as a
 * YAML file. */
#include "tests/fuzz/fuzz.h"

#include "envs/env.h"

static void check(const struct env_spec *spec)
{
    MUST(spec->vars_count <= ENV_VARS_MAX && spec->excludes_count <= ENV_EXCLUDES_MAX);
    for (size_t i = 0; i < spec->vars_count; i++) {
        MUST(spec->vars[i].name[0] != '\0' && strchr(spec->vars[i].name, '=') == NULL);
        MUST(spec->vars[i].value != NULL);
    }
    for (size_t i = 0; i < spec->excludes_count; i++)
        MUST(spec->excludes[i] != NULL);
}

static void read_text(const char *text)
{
    struct error err = { 0 };
    struct env_spec spec;

    if (env_read(&spec, text, &err) == 0)
        check(&spec);
    else
        MUST(err.code != 0 && strlen(err.text) > 0);
    env_finish(&spec);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size), path[64];
    int fd = fuzz_file(data, size, path);

    if (text[0] == '{')
        read_text(text);
    read_text(path);
    close(fd);
    free(text);
    return 0;
}
