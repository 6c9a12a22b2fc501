/* clients_main.c - several drivers at once, one a core: tasks, and each with an actor.
 *
 * The clients are processes that connect to one cluster and tell their readiness, take
 * a start and tell their end over one byte each, so that all of them run from the first
 * task to the last. */
#include "limits.h"
#include "measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CLIENTS_MAX = 64, CALLS = 20000, TURNS = 10 };

static struct ray_actor *actor;
static int orders[CLIENTS_MAX], answers[2], clients;
static pid_t pids[CLIENTS_MAX];
static struct ray_ref *(*start)(void);

static struct ray_ref *start_task(void)
{
    return ray_remote("nothing", RAY_NO_ARGS, NULL, NULL);
}

static struct ray_ref *start_call(void)
{
    return ray_call(actor, "nothing", RAY_NO_ARGS, NULL, NULL);
}

/* A client: a turn for each byte that comes, until there are no more. */
static void serve(int order)
{
    char byte = 0;

    measure_connect(NULL);
    if (start == start_call)
        actor = ray_actor_create("idler", RAY_NO_ARGS, NULL, NULL);
    measure_get(start());
    while (write(answers[1], &byte, 1) == 1 && read(order, &byte, 1) == 1)
        measure_thousands(start, CALLS);
    ray_actor_release(actor);
    ray_shutdown();
    exit(0);
}

static void await_clients(void)
{
    char byte;

    for (int i = 0; i < clients; i++)
        measure_must(read(answers[0], &byte, 1) == 1, "clients", NULL);
}

static void turn(int count)
{
    char byte = 0;

    (void)count;
    for (int i = 0; i < clients; i++)
        measure_must(write(orders[i], &byte, 1) == 1, "clients", NULL);
    await_clients();
}

static void start_clients(void)
{
    int ends[2];

    measure_must(pipe(answers) == 0, "pipe", NULL);
    for (int i = 0; i < clients; i++) {
        measure_must(pipe(ends) == 0 && (pids[i] = fork()) >= 0, "fork", NULL);
        if (pids[i] == 0) {
            for (int other = 0; other < i; other++)
                close(orders[other]);
            close(ends[1]);
            close(answers[0]);
            serve(ends[0]);
        }
        close(ends[0]);
        orders[i] = ends[1];
    }
    close(answers[1]);
    await_clients();
}

static void report(const char *name, struct ray_ref *(*work)(void))
{
    struct measure seconds;

    start = work;
    start_clients();
    seconds = measure_seconds(turn, 1);
    for (int i = 0; i < clients; i++)
        close(orders[i]);
    close(answers[0]);
    for (int i = 0; i < clients; i++) {
        int status = 1;
        measure_must(waitpid(pids[i], &status, 0) == pids[i] && status == 0, "clients",
                     NULL);
    }
    measure_report(&(struct measure_row){
        name, "/s", true, measure_rate(seconds, (double)CALLS * clients),
        1 / measure_seconds(limits_messages, 20000).median, "messages of 64 bytes, 1:1",
        0 });
}

int main(void)
{
    char *rayctl;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    clients = cores < 1 ? 1 : cores > CLIENTS_MAX ? CLIENTS_MAX : (int)cores;
    measure_cluster(&rayctl);
    report("multi client tasks async", start_task);
    report("n:n actor calls async", start_call);
    return 0;
}
