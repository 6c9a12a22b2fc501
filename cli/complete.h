/* complete.h - what may come next on a command line, by the tables of commands.
 *
 * Pure. The words of a line are those behind "rayctl"; the last one is being typed, and
 * may be empty. */
#pragma once

#include "lib/base/buf.h"

/* What the shell or the cluster has to add to the candidates. */
enum complete_source {
    COMPLETE_NONE,
    COMPLETE_FILES,
    COMPLETE_FOLDERS,
    COMPLETE_COMMAND, /* the command line of another program begins here */
    COMPLETE_IDS,     /* of things of `kind` that live in the cluster */
    COMPLETE_CONTEXTS,
};

struct completion {
    struct buf candidates; /* lines "<word>\t<what it is>\n"; one whose word ends with
                              '=', '/' or ',' goes on */
    enum complete_source source;
    const char *kind;    /* "job"; static */
    struct slice prefix; /* of the last word: stays as it is */
    const char *typed;   /* the rest of it: what candidates begin with behind that */
    int offset;          /* of COMPLETE_COMMAND: the word that it begins with */
};

/* Adds the candidate, if it goes on from what is typed. */
void complete_add(struct completion *out, struct slice word, struct slice about);
/* Fills `out`, whose candidates the caller frees with buf_finish(). */
void complete(char **words, int count, struct completion *out);
