/* cluster_fuzz.c - any text as cluster.yaml: a whole cluster, or an error with its
 * place. */
#include "tests/fuzz/fuzz.h"

#include "autoscale/cluster.h"

#include <stdbool.h>

static void on_warning(void *arg, const char *text)
{
    (void)arg;
    MUST(strlen(text) > 0);
}

static void check_list(const struct cluster_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        MUST(list->items[i] != NULL);
}

static void check_type(const struct node_type *type)
{
    MUST(type->name != NULL && type->min_workers >= 0 && type->store_limit >= 0);
    for (size_t i = 0; i < type->labels_count; i++)
        MUST(strchr(type->labels[i], '=') != NULL);
    for (size_t i = 0; i < type->resources.count; i++)
        MUST(type->resources.items[i].amount >= 0);
}

static void check(const struct cluster *cluster)
{
    MUST(cluster->name != NULL && cluster->provider != NULL);
    MUST(cluster->types_count <= CLUSTER_TYPES_MAX);
    MUST(cluster->mounts_to.count == cluster->mounts_from.count);
    for (size_t i = 0; i < cluster->types_count; i++)
        check_type(&cluster->types[i]);
    check_list(&cluster->worker_ips);
    check_list(&cluster->setup);
    check_list(&cluster->head_start);
    check_list(&cluster->worker_start);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = { 0 };
    char path[64];
    int fd = fuzz_file(data, size, path);
    struct cluster *cluster = cluster_load(path, on_warning, NULL, &err);

    if (cluster != NULL)
        check(cluster);
    else
        MUST(err.code != 0 && strlen(err.text) > 0);
    cluster_destroy(cluster);
    close(fd);
    return 0;
}
