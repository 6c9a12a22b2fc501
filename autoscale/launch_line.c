/* launch_line.c - the options that rayd takes (daemon/main.c). */
#include "autoscale/launch_line.h"

#include "lib/base/clock.h"
#include "lib/base/mem.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void add(struct launch_line *line, const char *text)
{
    if (line->count + 1 < LAUNCH_LINE_MAX)
        line->items[line->count++] = text;
}

static void add_owned(struct launch_line *line, char *text)
{
    if (line->owned_count < LAUNCH_LINE_MAX)
        line->owned[line->owned_count++] = text;
    add(line, text);
}

void launch_line_finish(struct launch_line *line)
{
    for (size_t i = 0; i < line->owned_count; i++)
        free(line->owned[i]);
    free(line);
}

/* rayd beside this program, else in PATH. */
static char *find_rayd(void)
{
    char self[PATH_MAX], *slash, *path;
    ssize_t size = readlink("/proc/self/exe", self, sizeof(self) - 1);

    self[size > 0 ? size : 0] = '\0';
    slash = strrchr(self, '/');
    if (slash == NULL)
        return xstrdup("rayd");
    path = xprintf("%.*s/rayd", (int)(slash - self), self);
    if (access(path, X_OK) == 0)
        return path;
    free(path);
    return xstrdup("rayd");
}

static struct launch_line *begin(const char *role, const char *session)
{
    struct launch_line *line = xcalloc(1, sizeof(*line));

    add_owned(line, find_rayd());
    add(line, role);
    add(line, "--session");
    add(line, session);
    add(line, "--ready-fd");
    add(line, "3");
    return line;
}

static void add_number(struct launch_line *line, const char *option, int64_t number)
{
    if (number <= 0)
        return;
    add(line, option);
    add_owned(line, xprintf("%lld", (long long)number));
}

static void add_log_bounds(struct launch_line *line, const struct log_bounds *bounds)
{
    add_number(line, "--log-max-size", bounds->size);
    add_number(line, "--log-max-age", (bounds->age + NS_PER_S - 1) / NS_PER_S);
}

static void add_host(struct launch_line *line, const char *host, int64_t port)
{
    if (host != NULL) {
        add(line, "--host");
        add(line, host);
    }
    add(line, "--port");
    add_owned(line, xprintf("%lld", (long long)port));
}

static void add_node_options(struct launch_line *line, const struct launch_node *node)
{
    for (size_t i = 0; i < node->resources.count; i++) {
        const struct resource *resource = &node->resources.items[i];
        add(line, "--resource");
        add_owned(line, xprintf("%s=%.15g", resource->name,
                                resources_to_double(resource->amount)));
    }
    if (node->no_cpus) {
        add(line, "--resource");
        add(line, "CPU=0");
    }
    if (node->no_gpus) {
        add(line, "--resource");
        add(line, "GPU=0");
    }
    for (size_t i = 0; i < node->labels_count; i++) {
        add(line, "--label");
        add(line, node->labels[i]);
    }
    add_number(line, "--object-store-memory", node->store_limit);
    add_number(line, "--object-spilling-limit", node->spill_limit);
    add_number(line, "--object-spilling-threshold", node->spill_threshold);
    if (node->spill_folder != NULL) {
        add(line, "--object-spilling-directory");
        add(line, node->spill_folder);
    }
    if (node->is_head)
        add(line, "--is-head");
    add_log_bounds(line, &node->logs);
    if (node->host != NULL)
        add_host(line, node->host, node->port);
}

struct launch_line *launch_line_head(const struct launch_head *head,
                                     const char *session)
{
    struct launch_line *line = begin("head", session);

    add(line, "--cluster");
    add(line, head->cluster);
    add_log_bounds(line, &head->logs);
    add_host(line, head->host, head->port);
    return line;
}

struct launch_line *launch_line_node(const struct launch_node *node,
                                     const char *session, const char *address)
{
    struct launch_line *line = begin("node", session);

    add(line, "--head");
    add_owned(line, address != NULL ? xstrdup(address)
                                    : xprintf("unix:%s/head.sock", session));
    add(line, "--name");
    add(line, node->name);
    add_node_options(line, node);
    return line;
}
