/* contender.c - comparisons between the candidates of a search.
 *
 * Scores are compared by cross-multiplication of whole numbers, which is exact. On a
 * rung, each contender counts with what it had after that rung, also if it went further
 * since: otherwise it would be judged on folds that the others have not seen. */
#include "contender.h"

#include <string.h>

static int compare_at(const struct contender *a, const struct contender *b,
                      uint32_t rung)
{
    const struct trial_tally *one = &a->after[rung];
    const struct trial_tally *other = &b->after[rung];
    uint64_t left = (uint64_t)one->correct * other->total;
    uint64_t right = (uint64_t)other->correct * one->total;
    if (left != right)
        return left > right ? -1 : 1;
    return strcmp(a->text, b->text);
}

static bool is_at(const struct contender *contender, uint32_t rung)
{
    return !contender->has_failed && contender->rungs > rung;
}

void contender_step(struct contender *contender, const struct trial_tally *tally)
{
    struct trial_tally sum = contender_tally(contender);
    sum.correct += tally->correct;
    sum.total += tally->total;
    contender->after[contender->rungs++] = sum;
}

struct trial_tally contender_tally(const struct contender *contender)
{
    if (contender->rungs == 0)
        return (struct trial_tally){ 0, 0 };
    return contender->after[contender->rungs - 1];
}

int contender_compare(const struct contender *a, const struct contender *b)
{
    if (a->has_failed != b->has_failed)
        return a->has_failed ? 1 : -1;
    if (a->rungs != b->rungs)
        return a->rungs > b->rungs ? -1 : 1;
    return a->rungs > 0 ? compare_at(a, b, a->rungs - 1) : strcmp(a->text, b->text);
}

uint32_t contender_count_at(const struct contender *list, uint32_t count, uint32_t rung)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < count; i++)
        found += is_at(&list[i], rung);
    return found;
}

uint32_t contender_place_at(const struct contender *list, uint32_t count, uint32_t rung,
                            const struct contender *one)
{
    uint32_t better = 0;
    for (uint32_t i = 0; i < count; i++)
        better += is_at(&list[i], rung) && compare_at(&list[i], one, rung) < 0;
    return better;
}
