/* crowd_main.c - what `rayctl top` is to show: crowd ACTORS TASKS. Creates and runs
 * them, says so in a line, and waits for the end of its stdin. */
#include "measure.h"

#include <stdio.h>
#include <stdlib.h>

static struct ray_ref *start(void)
{
    return ray_remote("nothing", RAY_NO_ARGS, NULL, NULL);
}

int main(int argc, char **argv)
{
    const struct ray_actor_options options = { .num_cpus = 0 };
    struct ray_error err = { .text = "" };
    int actors, tasks;

    measure_must(argc == 3, "usage: crowd ACTORS TASKS", NULL);
    actors = (int)strtol(argv[1], NULL, 10);
    tasks = (int)strtol(argv[2], NULL, 10);
    measure_connect(NULL);
    for (int i = 0; i < actors; i++)
        measure_must(ray_actor_create("idler", RAY_NO_ARGS, &options, &err) != NULL,
                     "actor", &err);
    for (int done = 0; done < tasks; done += 1000) {
        double begin = measure_now();
        measure_thousands(start, 1000);
        /* A driver reports at most 10,000 ended tasks a second; the rest is counted. */
        while (measure_now() - begin < 0.11)
            continue;
    }
    puts("ready");
    fflush(stdout);
    while (getchar() != EOF)
        continue;
    ray_shutdown();
    return 0;
}
