/* lease_test.c - leases: every task runs, nothing is granted twice, all comes back. */
#include "tests/sim/story.h"

int main(void)
{
    static const struct story story = { .name = "leases",
                                        .faults =
                                            FAULT_WORKER | FAULT_DRIVER | FAULT_LINK,
                                        .tasks = 20,
                                        .runs = 3000 };
    return story_main(&story);
}
