/* actor_test.c - actors: created, crashed, started again, killed, never left behind. */
#include "tests/sim/story.h"

int main(void)
{
    static const struct story story = { .name = "actors",
                                        .faults = FAULT_WORKER | FAULT_DRIVER,
                                        .tasks = 4,
                                        .actors = 6,
                                        .failing = 50,
                                        .runs = 3000 };
    return story_main(&story);
}
