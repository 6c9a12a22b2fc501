/* node_death_test.c - nodes die and come back, links break: work runs elsewhere. */
#include "tests/sim/story.h"

int main(void)
{
    static const struct story story = { .name = "node death",
                                        .faults = FAULT_WORKER | FAULT_NODE |
                                                  FAULT_LINK | FAULT_DRIVER,
                                        .tasks = 10,
                                        .actors = 3,
                                        .runs = 2000 };
    return story_main(&story);
}
