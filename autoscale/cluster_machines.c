/* cluster_machines.c - the keys of a cluster.yaml that speak of machines: which ones,
 * the way in, what to do on them. */
#include "autoscale/cluster_read.h"

#include "autoscale/cluster.h"
#include "lib/base/mem.h"
#include "lib/text/yaml.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int read_list(struct reading *reading, const char *what,
                     const struct yaml_node *list, struct cluster_list *into)
{
    if (yaml_kind(list) != YAML_LIST && yaml_kind(list) != YAML_NULL)
        return yaml_fail(list, reading->err, "%s: expected a list", what);
    into->items = xcalloc(yaml_count(list) + 1, sizeof(*into->items));
    for (size_t i = 0; i < yaml_count(list); i++) {
        const char *text;
        int status = yaml_string(yaml_item(list, i), what, &text, reading->err);
        if (status != 0)
            return status;
        into->items[into->count++] = xstrdup(text);
    }
    return 0;
}

/* A reader for each list of texts. */
#define LIST_READER(member)                                                            \
    int machines_read_##member(struct reading *reading, const char *what,              \
                               const struct yaml_node *value)                          \
    {                                                                                  \
        return read_list(reading, what, value, &reading->cluster->member);             \
    }
LIST_READER(worker_ips)
LIST_READER(initialization)
LIST_READER(setup)
LIST_READER(head_setup)
LIST_READER(worker_setup)
LIST_READER(head_start)
LIST_READER(worker_start)

int machines_read_head_ip(struct reading *reading, const char *what,
                          const struct yaml_node *value)
{
    return cluster_read_text(reading, what, value, &reading->cluster->head_ip);
}

static char *without_tilde(const char *path)
{
    const char *home = getenv("HOME");

    if (path[0] == '~' && path[1] == '/' && home != NULL)
        return xprintf("%s%s", home, path + 1);
    return xstrdup(path);
}

/* there: here */
int machines_read_mounts(struct reading *reading, const char *what,
                         const struct yaml_node *map)
{
    struct cluster *cluster = reading->cluster;

    if (yaml_kind(map) != YAML_MAP && yaml_kind(map) != YAML_NULL)
        return yaml_fail(map, reading->err, "%s: expected a map", what);
    cluster->mounts_to.items = xcalloc(yaml_count(map) + 1, sizeof(char *));
    cluster->mounts_from.items = xcalloc(yaml_count(map) + 1, sizeof(char *));
    for (size_t i = 0; i < yaml_count(map); i++) {
        const char *there, *here;
        int status = yaml_string(yaml_key(map, i), "path", &there, reading->err);
        if (status == 0)
            status = yaml_string(yaml_value(map, i), there, &here, reading->err);
        if (status != 0)
            return status;
        cluster->mounts_to.items[cluster->mounts_to.count++] = xstrdup(there);
        cluster->mounts_from.items[cluster->mounts_from.count++] = without_tilde(here);
        if (access(cluster->mounts_from.items[i], R_OK) != 0)
            return yaml_fail(yaml_value(map, i), reading->err, "%s: %s", here,
                             strerror(errno));
    }
    return 0;
}

static int read_user(struct reading *reading, const char *what,
                     const struct yaml_node *value)
{
    return cluster_read_text(reading, what, value, &reading->cluster->auth.user);
}

static int read_key_file(struct reading *reading, const char *what,
                         const struct yaml_node *value)
{
    const char *path;
    int status = yaml_string(value, what, &path, reading->err);

    if (status == 0)
        reading->cluster->auth.key_file = without_tilde(path);
    return status;
}

static int read_proxy(struct reading *reading, const char *what,
                      const struct yaml_node *value)
{
    return cluster_read_text(reading, what, value,
                             &reading->cluster->auth.proxy_command);
}

static const struct key auth_keys[] = {
    { "ssh_user", read_user },
    { "ssh_private_key", read_key_file },
    { "ssh_proxy_command", read_proxy },
    { "ssh_public_key", NULL },
    { NULL, NULL },
};

int machines_read_auth(struct reading *reading, const char *what,
                       const struct yaml_node *value)
{
    if (yaml_kind(value) == YAML_NULL)
        return 0;
    return cluster_read_map(reading, what, value, auth_keys);
}

/* Local processes need no way to a machine, and no setting up. */
void machines_warn(const struct reading *reading)
{
    const struct cluster *cluster = reading->cluster;
    const struct {
        const char *name;
        bool is_given;
    } keys[] = {
        { "auth", cluster->auth.user != NULL || cluster->auth.key_file != NULL },
        { "file_mounts", cluster->mounts_to.count > 0 },
        { "initialization_commands", cluster->initialization.count > 0 },
        { "setup_commands", cluster->setup.count > 0 },
        { "head_setup_commands", cluster->head_setup.count > 0 },
        { "worker_setup_commands", cluster->worker_setup.count > 0 },
        { "head_start_ray_commands", cluster->head_start.count > 0 },
        { "worker_start_ray_commands", cluster->worker_start.count > 0 },
    };
    char text[128];

    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
        if (keys[i].is_given && reading->warn != NULL) {
            snprintf(text, sizeof(text), "'%s' has no effect with provider 'process'",
                     keys[i].name);
            reading->warn(reading->arg, text);
        }
}

/* Machines are named one by one: there are no types of them. */
int machines_check(struct reading *reading, const struct yaml_node *root)
{
    struct cluster *cluster = reading->cluster;
    int64_t workers = (int64_t)cluster->worker_ips.count;

    if (cluster->head_ip == NULL)
        return yaml_fail(root, reading->err, "provider: head_ip is missing");
    if (cluster->types_count > 0)
        return yaml_fail(root, reading->err,
                         "available_node_types: not with provider 'local'");
    if (cluster->max_workers >= 0 && cluster->max_workers < workers)
        cluster->worker_ips.count = (size_t)(workers = cluster->max_workers);
    if (cluster->min_workers > workers)
        return yaml_fail(reading->min_node, reading->err,
                         "min_workers: there are %lld machines for workers",
                         (long long)workers);
    if (cluster->min_workers < 0)
        cluster->min_workers = workers;
    return 0;
}

void machines_finish(struct cluster *cluster)
{
    struct cluster_list *lists[] = {
        &cluster->worker_ips, &cluster->mounts_to,    &cluster->mounts_from,
        &cluster->setup,      &cluster->head_setup,   &cluster->worker_setup,
        &cluster->head_start, &cluster->worker_start, &cluster->initialization,
    };

    for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
        for (char **at = lists[i]->items; at != NULL && *at != NULL; at++)
            free(*at);
        free(lists[i]->items);
    }
    free(cluster->auth.user);
    free(cluster->auth.key_file);
    free(cluster->auth.proxy_command);
    free(cluster->head_ip);
}
