/* request.c - four numbers; the rest is usual. */
#include "request.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "automl_error.h"

void request_usual(struct request *request, uint64_t seed)
{
    *request = (struct request){ .setup = search_usual, .plan = evaluate_usual };
    request->setup.seed = request->plan.seed = seed;
    request->setup.folds = evaluate_folds(&request->plan);
}

void request_format(const struct request *request, char text[REQUEST_TEXT])
{
    snprintf(text, REQUEST_TEXT,
             "seed=%" PRIu64 " candidates=%" PRIu32 " rounds=%" PRIu32 " heavy=%d",
             request->setup.seed, request->setup.candidates, request->setup.rounds,
             request->heavy);
}

int request_parse(struct request *request, const char *text, struct automl_error *err)
{
    uint64_t seed;
    uint32_t candidates, rounds;
    int heavy;
    char again[REQUEST_TEXT];

    if (sscanf(text,
               "seed=%" SCNu64 " candidates=%" SCNu32 " rounds=%" SCNu32 " heavy=%d",
               &seed, &candidates, &rounds, &heavy) != 4)
        return automl_fail(err, "a request that makes no sense: %.80s", text);
    request_usual(request, seed);
    request->setup.candidates = candidates;
    request->setup.rounds = rounds;
    request->heavy = heavy != 0;
    /* sscanf forgives much: signs, overflow, anything behind the last number. */
    request_format(request, again);
    if (strcmp(again, text) == 0)
        return 0;
    return automl_fail(err, "a request that makes no sense: %.80s", text);
}
