/* candidate.h - one way to build a model: a family and its parameters.
 *
 * As text it is "family key=value ...", the form that travels between processes and
 * that people read. Parameters left out have their usual value; candidate_format writes
 * all of them in the family's order, with as few digits as give the same number back,
 * so two candidates are the same exactly if their texts are.
 * Plain values, no memory to free. LC_NUMERIC must be "C", as for dataset.h. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "family.h"

struct automl_error;
struct prng;

#define CANDIDATE_TEXT 256 /* with the terminator; any values of any family fit */

struct candidate {
    const struct family *family;
    double values[FAMILY_PARAMS]; /* zero beyond the family's parameters */
};

/* Whether it asks for a machine with time to spare: boosted trees, and support vector
 * machines that are told to fit closely. */
bool candidate_is_heavy(const struct candidate *);

/* Negative with a text that names the word at fault if the family or a key is unknown,
 * a key is given twice or without a number, or a number is outside the family's
 * range. */
int candidate_parse(struct candidate *, const char *text, struct automl_error *err);

void candidate_format(const struct candidate *, char text[CANDIDATE_TEXT]);

/* The family with its usual parameters. */
void candidate_usual(struct candidate *, const struct family *);

/* The family with parameters drawn from its whole range. Numbers drawn have three
 * significant digits, so that texts are short. */
void candidate_draw(struct candidate *, const struct family *, struct prng *);

/* Like `from`, with at least one parameter moved by up to `width` (0..1) of its
 * range. */
void candidate_near(struct candidate *, const struct candidate *from, double width,
                    struct prng *);
