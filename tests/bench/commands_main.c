/* commands_main.c - what a user's shell and an idle machine see: `rayctl list nodes` as
 * a whole process, and the daemons that do nothing. */
#include "limits.h"
#include "measure.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { IDLE_SECONDS = 10 };

static char *rayctl;

static void list_nodes(int count)
{
    static char list[] = "list", nodes[] = "nodes";
    char *argv[] = { rayctl, list, nodes, NULL };

    for (int i = 0; i < count; i++)
        measure_spawn(argv);
}

/* The pid of `rayd ROLE` whose environment names `folder`; 0: none. */
static long find_daemon(const char *role, const char *folder)
{
    char path[PATH_MAX], text[8192];
    struct dirent *entry;
    DIR *proc = opendir("/proc");
    long found = 0;

    measure_must(proc != NULL, "/proc", NULL);
    while (found == 0 && (entry = readdir(proc))) {
        FILE *file;
        size_t size;
        snprintf(path, sizeof(path), "/proc/%s/cmdline", entry->d_name);
        file = fopen(path, "r");
        size = file ? fread(text, 1, sizeof(text) - 1, file) : 0;
        text[size] = '\0';
        if (file)
            fclose(file);
        if (size > strlen(text) + 1 && strstr(text, "rayd") &&
            strcmp(text + strlen(text) + 1, role) == 0 &&
            memmem(text, size, folder, strlen(folder)))
            found = strtol(entry->d_name, NULL, 10);
    }
    closedir(proc);
    return found;
}

static double field(long pid, const char *file_name, const char *key)
{
    char path[64], line[512];
    double value = -1;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%ld/%s", pid, file_name);
    file = fopen(path, "r");
    measure_must(file != NULL, path, NULL);
    while (value < 0 && fgets(line, sizeof(line), file))
        if (strncmp(line, key, strlen(key)) == 0)
            value = strtod(line + strlen(key), NULL);
    fclose(file);
    return value;
}

/* Seconds of CPU that the process has used, to the nanosecond. */
static double cpu(long pid)
{
    struct timespec used;
    clockid_t clock;

    measure_must(clock_getcpuclockid((pid_t)pid, &clock) == 0 &&
                     clock_gettime(clock, &used) == 0,
                 "clock of a daemon", NULL);
    return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

static void report_single(const char *name, const char *unit, double value,
                          double target)
{
    measure_report(&(struct measure_row){
        name, unit, false, { value, value, value }, 0, NULL, target });
}

static void report_idle(const char *folder)
{
    long node = find_daemon("node", folder), head = find_daemon("head", folder);
    double node_cpu, head_cpu;

    measure_must(node != 0 && head != 0, "find the daemons", NULL);
    node_cpu = cpu(node);
    head_cpu = cpu(head);
    sleep(IDLE_SECONDS); /* what is measured is what they do meanwhile */
    node_cpu = (cpu(node) - node_cpu) / IDLE_SECONDS;
    head_cpu = (cpu(head) - head_cpu) / IDLE_SECONDS;
    report_single("idle rayd node, resident", "MB",
                  field(node, "status", "VmRSS:") / 1024, 12);
    report_single("idle rayd head, resident", "MB",
                  field(head, "status", "VmRSS:") / 1024, 12);
    report_single("idle rayd node, CPU", "%", node_cpu * 100, 0.2);
    report_single("idle rayd head, CPU", "%", head_cpu * 100, 0.2);
}

int main(void)
{
    const char *folder = measure_cluster(&rayctl);

    measure_report(&(struct measure_row){
        "rayctl list nodes, whole process", "ms", false,
        measure_scaled(measure_seconds(list_nodes, 50), 1e3),
        measure_seconds(limits_spawn, 50).median * 1e3, "posix_spawn of true", 10 });
    report_idle(folder);
    return 0;
}
