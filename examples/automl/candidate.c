/* candidate.c - candidates as text, and drawn at random.
 *
 * Random draws work on a place in 0..1 within a parameter's range: place_of and
 * value_at translate, by the logarithm where the parameter's scale says so. value_at
 * rounds to a short number, which also hides last-digit differences between
 * mathematical libraries: the same seed names the same candidates everywhere. */
#include "candidate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "automl_error.h"
#include "prng.h"

#define NUMBER 32 /* characters that hold any double */

static void format_number(double value, char text[NUMBER])
{
    int digits = 1;
    if (value == floor(value) && fabs(value) < 1e9) {
        snprintf(text, NUMBER, "%.0f", value);
        return;
    }
    do {
        snprintf(text, NUMBER, "%.*g", digits, value);
    } while (digits++ < 17 && strtod(text, NULL) != value);
}

static int find_param(const struct family *family, const char *name)
{
    for (size_t i = 0; i < family_param_count(family); i++) {
        if (strcmp(family->params[i].name, name) == 0)
            return (int)i;
    }
    return -1;
}

static int fail_family(const char *name, struct automl_error *err)
{
    char names[128] = "";
    for (size_t i = 0; i < family_count(); i++) {
        size_t used = strlen(names);
        snprintf(names + used, sizeof(names) - used, "%s%s", i ? ", " : "",
                 family_at(i)->name);
    }
    return automl_fail(err, "no model family '%.40s'; there are: %s", name, names);
}

static int parse_number(const struct family_param *param, const char *text,
                        double *value, struct automl_error *err)
{
    char *end;
    *value = strtod(text, &end);
    bool is_plain = text[0] != '\0' && text[strspn(text, "0123456789+-.eE")] == '\0';
    if (!is_plain || *end != '\0')
        return automl_fail(err, "%s='%.40s' is not a number", param->name, text);
    if (!(*value >= param->low && *value <= param->high))
        return automl_fail(err, "%s=%.40s is outside %g..%g", param->name, text,
                           param->low, param->high);
    if (param->scale == FAMILY_WHOLE && *value != floor(*value))
        return automl_fail(err, "%s=%.40s is not a whole number", param->name, text);
    return 0;
}

/* One "key=value". `given` has a bit for each parameter seen before. */
static int parse_word(struct candidate *candidate, char *word, unsigned *given,
                      struct automl_error *err)
{
    const struct family *family = candidate->family;
    char *equals = strchr(word, '=');
    if (!equals)
        return automl_fail(err, "%s: '%.40s' is not key=value", family->name, word);
    *equals = '\0';
    int i = find_param(family, word);
    if (i < 0)
        return automl_fail(err, "%s has no parameter '%.40s'", family->name, word);
    if (*given & 1u << i)
        return automl_fail(err, "%s: %s is given twice", family->name, word);
    *given |= 1u << i;
    if (parse_number(&family->params[i], equals + 1, &candidate->values[i], err) < 0)
        return automl_wrap(err, "%s", family->name);
    return 0;
}

bool candidate_is_heavy(const struct candidate *candidate)
{
    const struct family *family = candidate->family;
    return family->is_heavy && family->is_heavy(candidate->values);
}

int candidate_parse(struct candidate *candidate, const char *text,
                    struct automl_error *err)
{
    char words[CANDIDATE_TEXT];
    if (strlen(text) >= sizeof(words))
        return automl_fail(err, "a candidate of %zu characters is too long",
                           strlen(text));
    memcpy(words, text, strlen(text) + 1);
    char *rest;
    char *word = strtok_r(words, " ", &rest);
    if (!word)
        return automl_fail(err, "a candidate starts with the name of a model family");
    const struct family *family = family_find(word);
    if (!family)
        return fail_family(word, err);
    struct candidate parsed;
    candidate_usual(&parsed, family);
    unsigned given = 0;
    while ((word = strtok_r(NULL, " ", &rest))) {
        if (parse_word(&parsed, word, &given, err) < 0)
            return -1;
    }
    *candidate = parsed;
    return 0;
}

void candidate_format(const struct candidate *candidate, char text[CANDIDATE_TEXT])
{
    const struct family *family = candidate->family;
    int used = snprintf(text, CANDIDATE_TEXT, "%s", family->name);
    for (size_t i = 0; i < family_param_count(family); i++) {
        char number[NUMBER];
        format_number(candidate->values[i], number);
        used += snprintf(text + used, CANDIDATE_TEXT - (size_t)used, " %s=%s",
                         family->params[i].name, number);
    }
}

static double place_of(const struct family_param *param, double value)
{
    if (param->scale == FAMILY_LOG)
        return log(value / param->low) / log(param->high / param->low);
    return (value - param->low) / (param->high - param->low);
}

static double value_at(const struct family_param *param, double place)
{
    double value = param->low + place * (param->high - param->low);
    if (param->scale == FAMILY_LOG)
        value = param->low * pow(param->high / param->low, place);
    char text[NUMBER];
    snprintf(text, sizeof(text), param->scale == FAMILY_WHOLE ? "%.0f" : "%.3g", value);
    value = strtod(text, NULL);
    return fmin(fmax(value, param->low), param->high);
}

void candidate_usual(struct candidate *candidate, const struct family *family)
{
    *candidate = (struct candidate){ .family = family };
    for (size_t i = 0; i < family_param_count(family); i++)
        candidate->values[i] = family->params[i].usual;
}

void candidate_draw(struct candidate *candidate, const struct family *family,
                    struct prng *prng)
{
    *candidate = (struct candidate){ .family = family };
    for (size_t i = 0; i < family_param_count(family); i++)
        candidate->values[i] = value_at(&family->params[i], prng_unit(prng));
}

void candidate_near(struct candidate *candidate, const struct candidate *from,
                    double width, struct prng *prng)
{
    const struct family *family = from->family;
    uint32_t count = (uint32_t)family_param_count(family);
    uint32_t chosen = prng_below(prng, count);
    *candidate = *from;
    for (uint32_t i = 0; i < count; i++) {
        const struct family_param *param = &family->params[i];
        /* The sum of two draws: small steps are more likely than large ones. */
        double step = width * (prng_unit(prng) + prng_unit(prng) - 1);
        bool moves = prng_below(prng, 2) == 0 || i == chosen;
        double place = place_of(param, from->values[i]) + step;
        if (moves)
            candidate->values[i] = value_at(param, fmin(fmax(place, 0), 1));
    }
}
