/* request.h - what a client asks for, as the text that travels: "seed=1 candidates=36
 * rounds=4 heavy=1". */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "evaluate.h"
#include "search.h"

struct automl_error;

#define REQUEST_TEXT 128          /* with the terminator */
#define AUTOML_NAMESPACE "automl" /* where the proxy is, unless a client says else */
#define AUTOML_PROXY "automl-proxy"

struct request {
    struct search_setup setup;
    struct evaluate_plan plan;
    bool heavy; /* heavy candidates go to nodes that declare the resource "heavy" */
};

/* The usual search with that seed. */
void request_usual(struct request *, uint64_t seed);
void request_format(const struct request *, char text[REQUEST_TEXT]);
int request_parse(struct request *, const char *text, struct automl_error *err);
