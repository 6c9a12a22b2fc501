/* cmd_completion.c - scripts for shells, which ask `rayctl completion words` what may
 * come next: candidates, and a line that begins with ':' for what the shell has to add.
 *
 * Ids come from a cluster on this machine that answers at once; from others none do, so
 * that a key never waits for a network. */
#include "cli/command.h"
#include "cli/complete.h"
#include "cli/kinds.h"
#include "lib/net/address.h"
#include "lib/net/contexts.h"
#include "lib/net/session.h"

#include <stdlib.h>
#include <string.h>

enum { ANSWER_MS = 300, IDS_MAX = 200 };

static const char bash_script[] =
    "_rayctl() {\n"
    "    local value rest words=(\"${COMP_WORDS[@]:1:COMP_CWORD}\")\n"
    "    COMPREPLY=()\n"
    "    while IFS=$'\\t' read -r value rest; do\n"
    "        case $value in\n"
    "        :files) compopt -o filenames; mapfile -t -O ${#COMPREPLY[@]} COMPREPLY "
    "< <(compgen -f -- \"$2\") ;;\n"
    "        :folders) compopt -o filenames; mapfile -t -O ${#COMPREPLY[@]} COMPREPLY "
    "< <(compgen -d -- \"$2\") ;;\n"
    "        :command)\n"
    "            if declare -F _command_offset >/dev/null; then\n"
    "                _command_offset $((rest + 1))\n"
    "            elif ((rest + 1 == COMP_CWORD)); then\n"
    "                mapfile -t COMPREPLY < <(compgen -c -- \"$2\")\n"
    "            else\n"
    "                compopt -o default\n"
    "            fi ;;\n"
    "        *[=/,]) compopt -o nospace; COMPREPLY+=(\"$value\") ;;\n"
    "        *) COMPREPLY+=(\"$value\") ;;\n"
    "        esac\n"
    "    done < <(\"$1\" completion words \"${words[@]}\" 2>/dev/null)\n"
    "}\n"
    "complete -F _rayctl rayctl\n";

static const char zsh_script[] =
    "#compdef rayctl\n"
    "_rayctl() {\n"
    "    local line value rest\n"
    "    local -a ends goes_on\n"
    "    for line in ${(f)\"$(rayctl completion words \"${(@Q)words[2,CURRENT]}\" "
    "2>/dev/null)\"}; do\n"
    "        value=${line%%$'\\t'*} rest=${line#*$'\\t'}\n"
    "        case $value in\n"
    "        :files) _files ;;\n"
    "        :folders) _files -/ ;;\n"
    "        :command) words=(\"${(@)words[rest + 2,-1]}\"); "
    "((CURRENT -= rest + 1)); _normal ;;\n"
    "        *[=/,]) goes_on+=(\"${value//:/\\\\:}:$rest\") ;;\n"
    "        *) ends+=(\"${value//:/\\\\:}:$rest\") ;;\n"
    "        esac\n"
    "    done\n"
    "    (($#ends == 0)) || _describe -V rayctl ends\n"
    "    (($#goes_on == 0)) || _describe -V rayctl goes_on -S ''\n"
    "}\n"
    "if [[ ${funcstack[1]} == _rayctl ]]; then _rayctl \"$@\"; else compdef _rayctl "
    "rayctl; fi\n";

static const char fish_script[] =
    "function __rayctl_complete\n"
    "    set -l words (commandline -opc)[2..] (commandline -ct)\n"
    "    rayctl completion words $words 2>/dev/null | while read -l line\n"
    "        switch $line\n"
    "            case ':files*'\n"
    "                __fish_complete_path (commandline -ct)\n"
    "            case ':folders*'\n"
    "                __fish_complete_directories (commandline -ct)\n"
    "            case ':command*'\n"
    "                set -l at (string split \\t -- $line)[2]\n"
    "                complete -C (string join ' ' -- (string escape -- "
    "$words[(math $at + 1)..-2]) $words[-1])\n"
    "            case '*'\n"
    "                echo $line\n"
    "        end\n"
    "    end\n"
    "end\n"
    "complete -c rayctl -f -a '(__rayctl_complete)'\n";

/* ---- what may come next ---- */

static struct slice text_of(const struct kind *kind, const void *row, const char *name)
{
    const struct field *field = desc_find(kind->row, slice(name));

    return field != NULL && field->kind == KIND_STRING
               ? *(const struct slice *)desc_at(field, row)
               : slice("");
}

/* By the name that people gave it, else by its id. */
static void add_id(struct arena *arena, struct completion *out, const struct kind *kind,
                   const void *row)
{
    static const char *const names[] = { "name", "node_name", "func_or_class_name" };
    struct slice word = text_of(kind, row, "submission_id");
    struct slice name = slice(""), state = text_of(kind, row, "state");
    char hex[ID_HEX_MAX];

    if (word.size == 0)
        word = slice(id_hex(desc_at(&kind->row->fields[0], row), hex));
    for (size_t i = 0; i < sizeof(names) / sizeof(*names) && name.size == 0; i++)
        name = text_of(kind, row, names[i]);
    complete_add(out, word,
                 arena_printf(arena, "%.*s%s%.*s", SLICE_ARGS(name),
                              name.size > 0 ? " " : "", SLICE_ARGS(state)));
}

static void add_ids(struct context *ctx, struct completion *out)
{
    const struct list_request rq = { .limit = IDS_MAX };
    struct engine_request asked = { .message = &rq, .timeout_ms = ANSWER_MS };
    char address[SESSION_ADDRESS_MAX];
    struct error ignored;
    const struct kind *kind =
        out->kind != NULL ? kinds_find(out->kind, &ignored) : NULL;
    const struct kind_rows *reply;

    if (kind == NULL || session_resolve(NULL, address, &ignored) != 0 ||
        !address_is_unix(address) || context_engine(ctx, ENGINE_STATE, &ignored) != 0)
        return;
    asked.method = proto_method((uint8_t)kind->list);
    reply = engine_wait(ctx->engine, &asked, &ctx->arena, &ignored);
    for (size_t i = 0; reply != NULL && i < reply->rows.count; i++)
        add_id(&ctx->arena, out, kind,
               (const char *)reply->rows.items + i * kind->row->size);
}

static void add_contexts(struct completion *out)
{
    struct context_entry *entries;
    struct error ignored;
    int count = contexts_read(&entries, &ignored);

    for (int i = 0; i < count; i++)
        complete_add(out, slice(entries[i].name), slice(entries[i].address));
    free(entries);
}

static void write_words(struct context *ctx, char **words, int count)
{
    static const char *const sources[] = {
        [COMPLETE_FILES] = ":files\t\n", [COMPLETE_FOLDERS] = ":folders\t\n"
    };
    struct completion out;

    complete(words, count, &out);
    if (out.source == COMPLETE_IDS)
        add_ids(ctx, &out);
    else if (out.source == COMPLETE_CONTEXTS)
        add_contexts(&out);
    else if (out.source == COMPLETE_COMMAND)
        buf_printf(&out.candidates, ":command\t%d\n", out.offset);
    else if (out.source != COMPLETE_NONE)
        buf_printf(&out.candidates, "%s", sources[out.source]);
    context_write(out.candidates.data, out.candidates.size);
    buf_finish(&out.candidates);
}

static int run(struct context *ctx, struct args *args, struct error *err)
{
    static const struct {
        const char *name, *script;
    } shells[] = { { "bash", bash_script },
                   { "zsh", zsh_script },
                   { "fish", fish_script } };
    const char *name = args->items[0];

    if (strcmp(name, "words") == 0) {
        write_words(ctx, args->items + 1, args->count - 1);
        return 0;
    }
    for (size_t i = 0; i < sizeof(shells) / sizeof(*shells); i++)
        if (strcmp(name, shells[i].name) == 0) {
            context_write(shells[i].script, strlen(shells[i].script));
            return 0;
        }
    return fail(err, ERR_USAGE, "no completion for '%s': there are bash, zsh, fish",
                name);
}

const struct command cmd_completion = {
    .name = "completion",
    .args = "bash|zsh|fish",
    .summary = "print the script that completes rayctl's command lines in a shell",
    .needs = RUNS_COMMAND,
    .args_min = 1,
    .args_max = -1,
    .run = run,
    .example = "rayctl completion fish >~/.config/fish/completions/rayctl.fish",
};
