/* history.c - `next` is where the next sample goes. */
#include "lib/base/history.h"

#include "lib/base/mem.h"

#include <stdlib.h>

void history_init(struct history *history, size_t capacity)
{
    *history = (struct history){ .capacity = capacity };
    history->items = xcalloc(capacity, sizeof(*history->items));
}

void history_finish(struct history *history)
{
    free(history->items);
    *history = (struct history){ 0 };
}

void history_add(struct history *history, double sample)
{
    history->items[history->next] = sample;
    history->next = (history->next + 1) % history->capacity;
    if (history->count < history->capacity)
        history->count++;
}

double history_at(const struct history *history, size_t age)
{
    size_t back = (age + 1) % history->capacity;
    return history
        ->items[(history->next + history->capacity - back) % history->capacity];
}

double history_max(const struct history *history, size_t count)
{
    double most = 0;

    for (size_t age = 0; age < count && age < history->count; age++)
        if (history_at(history, age) > most)
            most = history_at(history, age);
    return most;
}
