/* head_restart_test.c - the head dies and comes back: nodes and drivers carry on. */
#include "tests/sim/story.h"

int main(void)
{
    static const struct story story = { .name = "head restart",
                                        .faults =
                                            FAULT_HEAD | FAULT_WORKER | FAULT_DRIVER,
                                        .tasks = 10,
                                        .actors = 3,
                                        .runs = 2000 };
    return story_main(&story);
}
