/* cluster.c - the yaml tree, key by key.
 *
 * A map is read by a table of its keys: a reader, or NULL for keys that Ray has and we
 * do not honour yet. A key in no table is an error that names the nearest one. */
#include "autoscale/cluster.h"

#include "autoscale/cluster_read.h"
#include "autoscale/launch.h"
#include "lib/base/mem.h"
#include "lib/base/nearest.h"
#include "lib/text/yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEYS_MAX = 64, NODE_NAME_BYTES = 64 };

static int unknown_key(struct reading *reading, const struct key *keys,
                       const struct yaml_node *key, const char *name)
{
    const char *names[KEYS_MAX], *close;
    size_t count = 0;

    for (; keys->name != NULL && count < KEYS_MAX; keys++)
        names[count++] = keys->name;
    close = nearest(slice(name), names, count);
    return yaml_fail(key, reading->err, "unknown key '%s'%s%s%s", name,
                     close != NULL ? "; did you mean '" : "",
                     close != NULL ? close : "", close != NULL ? "'?" : "");
}

/* null, [] and {} ask for nothing. */
static bool asks_for_something(const struct yaml_node *value)
{
    return yaml_kind(value) == YAML_SCALAR || yaml_count(value) > 0;
}

int cluster_read_map(struct reading *reading, const char *what,
                     const struct yaml_node *map, const struct key *keys)
{
    if (yaml_kind(map) != YAML_MAP)
        return yaml_fail(map, reading->err, "%s: expected a map", what);
    for (size_t i = 0; i < yaml_count(map); i++) {
        const struct key *key = keys;
        const char *name;
        char text[256];
        int status = yaml_string(yaml_key(map, i), "key", &name, reading->err);
        while (status == 0 && key->name != NULL && strcmp(key->name, name) != 0)
            key++;
        if (status != 0)
            return status;
        if (key->name == NULL)
            return unknown_key(reading, keys, yaml_key(map, i), name);
        if (key->read != NULL) {
            status = key->read(reading, name, yaml_value(map, i));
            if (status != 0)
                return status;
        } else if (reading->warn != NULL && asks_for_something(yaml_value(map, i))) {
            snprintf(text, sizeof(text), "'%s' is not honoured yet", name);
            reading->warn(reading->arg, text);
        }
    }
    return 0;
}

int cluster_read_text(struct reading *reading, const char *what,
                      const struct yaml_node *value, char **text)
{
    const char *found;
    int status = yaml_string(value, what, &found, reading->err);

    if (status == 0 && *text == NULL)
        *text = xstrdup(found);
    return status;
}

int cluster_read_count(struct reading *reading, const char *what,
                       const struct yaml_node *value, int64_t *count)
{
    int status = yaml_int(value, what, count, reading->err);

    if (status == 0 && (*count < 0 || *count > 100000))
        status = yaml_fail(value, reading->err, "%s: expected 0 to 100000", what);
    return status;
}

/* ---- node types ---- */

static int read_resource(struct reading *reading, const char *name,
                         const struct yaml_node *value)
{
    struct node_type *type = reading->type;
    struct error why;
    int64_t amount;
    double number;
    int status = yaml_number(value, name, &number, reading->err);

    if (status != 0)
        return status;
    if (resources_from_double(number, &amount, &why) != 0)
        return yaml_fail(value, reading->err, "%s: %s", name, why.text);
    if (strcmp(name, "object_store_memory") == 0) {
        type->store_limit = (int64_t)number;
        return 0;
    }
    if (resources_set(&type->resources, slice(name), amount) != 0)
        return yaml_fail(value, reading->err, "'%s' is no name of a resource", name);
    return 0;
}

static int read_resources(struct reading *reading, const char *what,
                          const struct yaml_node *map)
{
    int status = 0;

    if (yaml_kind(map) != YAML_MAP && yaml_kind(map) != YAML_NULL)
        return yaml_fail(map, reading->err, "%s: expected a map of amounts", what);
    for (size_t i = 0; i < yaml_count(map) && status == 0; i++) {
        const char *name;
        status = yaml_string(yaml_key(map, i), "resource", &name, reading->err);
        if (status == 0)
            status = read_resource(reading, name, yaml_value(map, i));
    }
    return status;
}

static int read_labels(struct reading *reading, const char *what,
                       const struct yaml_node *map)
{
    struct node_type *type = reading->type;

    if (yaml_kind(map) != YAML_MAP && yaml_kind(map) != YAML_NULL)
        return yaml_fail(map, reading->err, "%s: expected a map of text", what);
    for (size_t i = 0; i < yaml_count(map); i++) {
        const char *name, *value;
        int status = yaml_string(yaml_key(map, i), "label", &name, reading->err);
        if (status == 0)
            status = yaml_string(yaml_value(map, i), name, &value, reading->err);
        if (status != 0)
            return status;
        if (type->labels_count == CLUSTER_LABELS_MAX)
            return yaml_fail(map, reading->err, "%s: more than %d labels", what,
                             CLUSTER_LABELS_MAX);
        type->labels[type->labels_count++] = xprintf("%s=%s", name, value);
    }
    return 0;
}

static int read_min_workers(struct reading *reading, const char *what,
                            const struct yaml_node *value)
{
    return cluster_read_count(reading, what, value, &reading->type->min_workers);
}

static int read_type_max(struct reading *reading, const char *what,
                         const struct yaml_node *value)
{
    return cluster_read_count(reading, what, value, &reading->type->max_workers);
}

/* What a provider makes of it; nothing to read for local processes. */
static int read_node_config(struct reading *reading, const char *what,
                            const struct yaml_node *value)
{
    if (yaml_kind(value) != YAML_MAP && yaml_kind(value) != YAML_NULL)
        return yaml_fail(value, reading->err, "%s: expected a map", what);
    return 0;
}

static const struct key type_keys[] = {
    { "resources", read_resources },
    { "labels", read_labels },
    { "min_workers", read_min_workers },
    { "max_workers", read_type_max },
    { "node_config", read_node_config },
    { "idle_timeout_s", NULL },
    { "initialization_commands", NULL },
    { "worker_setup_commands", NULL },
    { "docker", NULL },
    { NULL, NULL },
};

/* What only the whole type shows. Nodes are called "<type>-<n>". */
static int check_type(const struct reading *reading, const struct yaml_node *key)
{
    const struct node_type *type = reading->type;
    char name[NODE_NAME_BYTES];
    int size = snprintf(name, sizeof(name), "%s-%lld", type->name,
                        (long long)type->min_workers);

    if (type->max_workers >= 0 && type->max_workers < type->min_workers)
        return yaml_fail(key, reading->err, "%s: min_workers is above max_workers",
                         type->name);
    if (type->min_workers > 0 &&
        (size >= NODE_NAME_BYTES || !launch_is_name(name, LAUNCH_NODE_NAME_MAX)))
        return yaml_fail(key, reading->err,
                         "'%s' cannot begin the name of a node: letters, digits, '.', "
                         "'_' and '-', %d with the number behind it",
                         type->name, LAUNCH_NODE_NAME_MAX);
    return 0;
}

static int read_types(struct reading *reading, const char *what,
                      const struct yaml_node *map)
{
    struct cluster *cluster = reading->cluster;

    if (yaml_kind(map) != YAML_MAP)
        return yaml_fail(map, reading->err, "%s: expected a map of node types", what);
    for (size_t i = 0; i < yaml_count(map); i++) {
        const char *name;
        int status = yaml_string(yaml_key(map, i), "node type", &name, reading->err);
        if (status == 0 && cluster->types_count == CLUSTER_TYPES_MAX)
            status = yaml_fail(yaml_key(map, i), reading->err,
                               "more than %d node types", CLUSTER_TYPES_MAX);
        if (status != 0)
            return status;
        reading->type = &cluster->types[cluster->types_count++];
        reading->type->name = xstrdup(name);
        reading->type->max_workers = -1;
        status = cluster_read_map(reading, name, yaml_value(map, i), type_keys);
        if (status == 0)
            status = check_type(reading, yaml_key(map, i));
        if (status != 0)
            return status;
    }
    return 0;
}

/* ---- the document ---- */

static bool is_local(const struct cluster *cluster)
{
    return cluster->provider != NULL && strcmp(cluster->provider, "local") == 0;
}

static int read_provider_type(struct reading *reading, const char *what,
                              const struct yaml_node *value)
{
    int status = cluster_read_text(reading, what, value, &reading->cluster->provider);

    if (status == 0 && !is_local(reading->cluster) &&
        strcmp(reading->cluster->provider, "process") != 0)
        status = yaml_fail(value, reading->err,
                           "provider type '%s' is not there yet; use 'local' or "
                           "'process'",
                           reading->cluster->provider);
    return status;
}

static const struct key provider_keys[] = {
    { "type", read_provider_type },
    { "head_ip", machines_read_head_ip },
    { "worker_ips", machines_read_worker_ips },
    { "external_head_ip", NULL },
    { "coordinator_address", NULL },
    { "use_internal_ips", NULL },
    { "disable_node_updaters", NULL },
    { "disable_launch_config_check", NULL },
    { "foreground_node_launch", NULL },
    { "worker_liveness_check", NULL },
    { "module", NULL },
    { "region", NULL },
    { "availability_zone", NULL },
    { "cache_stopped_nodes", NULL },
    { "security_group", NULL }, /* of aws */
    { "cloudwatch", NULL },
    { "project_id", NULL }, /* of gcp */
    { "gcp_credentials", NULL },
    { "location", NULL }, /* of azure */
    { "resource_group", NULL },
    { "subscription_id", NULL },
    { "tags", NULL },
    { "msi_name", NULL },
    { "msi_resource_group", NULL },
    { "subnet_id", NULL },
    { "use_external_head_ip", NULL },
    { NULL, NULL },
};

static int read_provider(struct reading *reading, const char *what,
                         const struct yaml_node *value)
{
    return cluster_read_map(reading, what, value, provider_keys);
}

static int read_name(struct reading *reading, const char *what,
                     const struct yaml_node *value)
{
    int status = cluster_read_text(reading, what, value, &reading->cluster->name);

    if (status == 0 &&
        (!launch_is_name(reading->cluster->name, LAUNCH_CLUSTER_NAME_MAX) ||
         strcmp(reading->cluster->name, "current") == 0))
        status = yaml_fail(value, reading->err,
                           "%s '%s': use up to %d letters, digits, '.', '_', '-'", what,
                           reading->cluster->name, LAUNCH_CLUSTER_NAME_MAX);
    return status;
}

static int read_max_workers(struct reading *reading, const char *what,
                            const struct yaml_node *value)
{
    reading->max_node = value;
    return cluster_read_count(reading, what, value, &reading->cluster->max_workers);
}

static int read_cluster_min(struct reading *reading, const char *what,
                            const struct yaml_node *value)
{
    reading->min_node = value;
    return cluster_read_count(reading, what, value, &reading->cluster->min_workers);
}

static int read_head_type(struct reading *reading, const char *what,
                          const struct yaml_node *value)
{
    const char *name;

    reading->head_node = value;
    return yaml_string(value, what, &name, reading->err);
}

static const struct key cluster_keys[] = {
    { "cluster_name", read_name },
    { "max_workers", read_max_workers },
    { "min_workers", read_cluster_min },
    { "provider", read_provider },
    { "available_node_types", read_types },
    { "head_node_type", read_head_type },
    { "upscaling_speed", NULL },
    { "idle_timeout_minutes", NULL },
    { "docker", NULL },
    { "auth", machines_read_auth },
    { "file_mounts", machines_read_mounts },
    { "metadata", NULL },
    { "no_restart", NULL },
    { "head_node", NULL },
    { "worker_nodes", NULL },
    { "cluster_synced_files", NULL },
    { "file_mounts_sync_continuously", NULL },
    { "rsync_exclude", NULL },
    { "rsync_filter", NULL },
    { "initialization_commands", machines_read_initialization },
    { "setup_commands", machines_read_setup },
    { "head_setup_commands", machines_read_head_setup },
    { "worker_setup_commands", machines_read_worker_setup },
    { "head_start_ray_commands", machines_read_head_start },
    { "worker_start_ray_commands", machines_read_worker_start },
    { NULL, NULL },
};

static int find_head(struct reading *reading, const struct yaml_node *root)
{
    struct cluster *cluster = reading->cluster;
    const char *name = NULL;

    if (reading->head_node == NULL)
        return yaml_fail(root, reading->err, "head_node_type is missing");
    if (yaml_string(reading->head_node, "head_node_type", &name, reading->err) != 0)
        return -(int)reading->err->code;
    for (size_t i = 0; i < cluster->types_count; i++)
        if (strcmp(cluster->types[i].name, name) == 0)
            cluster->head_type = &cluster->types[i];
    if (cluster->head_type == NULL)
        return yaml_fail(reading->head_node, reading->err,
                         "head_node_type: no node type is called '%s'", name);
    return 0;
}

static int check_limit(const struct reading *reading)
{
    const struct cluster *cluster = reading->cluster;
    int64_t sum = 0;

    for (size_t i = 0; i < cluster->types_count; i++)
        sum += cluster->types[i].min_workers;
    if (reading->max_node == NULL || sum <= cluster->max_workers)
        return 0;
    return yaml_fail(reading->max_node, reading->err,
                     "max_workers: the min_workers of all node types are %lld",
                     (long long)sum);
}

static int read_cluster(struct reading *reading, const struct yaml_node *root)
{
    int status = cluster_read_map(reading, "cluster", root, cluster_keys);

    if (status == 0 && reading->cluster->name == NULL)
        status = yaml_fail(root, reading->err, "cluster_name is missing");
    if (status == 0 && reading->cluster->provider == NULL)
        status = yaml_fail(root, reading->err, "provider: type is missing");
    if (status == 0 && is_local(reading->cluster))
        return machines_check(reading, root);
    if (status == 0) {
        machines_warn(reading);
        status = check_limit(reading);
    }
    return status == 0 ? find_head(reading, root) : status;
}

struct cluster *cluster_load(const char *path, cluster_warn *warn, void *arg,
                             struct error *err)
{
    struct yaml *yaml = yaml_load(path, err);
    struct reading reading = { .warn = warn, .arg = arg, .err = err };
    int status;

    if (yaml == NULL)
        return NULL;
    reading.cluster = xcalloc(1, sizeof(*reading.cluster));
    reading.cluster->max_workers = reading.cluster->min_workers = -1;
    status = yaml_root(yaml) == NULL
                 ? fail(err, ERR_INVALID, "%s:1:1: the file is empty", path)
                 : read_cluster(&reading, yaml_root(yaml));
    yaml_destroy(yaml);
    if (status == 0)
        return reading.cluster;
    cluster_destroy(reading.cluster);
    return NULL;
}

void cluster_destroy(struct cluster *cluster)
{
    if (cluster == NULL)
        return;
    for (size_t i = 0; i < cluster->types_count; i++) {
        struct node_type *type = &cluster->types[i];
        for (size_t j = 0; j < type->labels_count; j++)
            free(type->labels[j]);
        resources_finish(&type->resources);
        free(type->name);
    }
    machines_finish(cluster);
    free(cluster->name);
    free(cluster->provider);
    free(cluster);
}
