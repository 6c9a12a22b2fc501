/* cluster_test.c - cluster.yaml: what is read, and where each mistake is said to be. */
#include "tests/harness.h"

#include "autoscale/cluster.h"
#include "lib/base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_MAX_HERE = 512 };

struct warnings {
    int count;
    char text[1024]; /* all of them, a line each */
};

static void note(void *arg, const char *text)
{
    struct warnings *warnings = arg;
    size_t used = strlen(warnings->text);

    warnings->count++;
    snprintf(warnings->text + used, sizeof(warnings->text) - used, "%s\n", text);
}

static const char *path_of_file(void)
{
    static char path[PATH_MAX_HERE];

    snprintf(path, sizeof(path), "%s/cluster.yaml", harness_dir());
    return path;
}

static void put_file(const char *text)
{
    FILE *file = fopen(path_of_file(), "w");

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

static struct cluster *load(const char *text, struct warnings *warnings,
                            struct error *err)
{
    *warnings = (struct warnings){ 0 };
    *err = (struct error){ 0 };
    put_file(text);
    return cluster_load(path_of_file(), note, warnings, err);
}

/* `text` is refused with ERR_INVALID and exactly "<file>:<message>". */
static void assert_refused(const char *text, const char *message)
{
    char expected[PATH_MAX_HERE + ERROR_TEXT_MAX];
    struct warnings warnings;
    struct error err;
    struct cluster *cluster = load(text, &warnings, &err);

    assert_null(cluster);
    snprintf(expected, sizeof(expected), "%s:%s", path_of_file(), message);
    assert_string_equal(err.text, expected);
    assert_int_equal(err.code, ERR_INVALID);
}

#define TYPES "available_node_types:\n  small:\n    resources: {CPU: 1}\n"
#define TAIL "provider: {type: process}\nhead_node_type: small\n" TYPES

static void a_whole_file(void **state)
{
    static const char text[] =
        "cluster_name: demo\n"
        "max_workers: 7\n"
        "provider:\n"
        "  type: process\n"
        "head_node_type: big\n"
        "available_node_types:\n"
        "  small:\n"
        "    resources: {CPU: 0.5, object_store_memory: 1048576}\n"
        "    min_workers: 2\n"
        "    max_workers: 5\n"
        "    node_config: {}\n"
        "  big:\n"
        "    resources: {CPU: 16, GPU: 2, a-thing: 0}\n"
        "    labels: {zone: a, 'disk kind': ssd}\n";
    struct warnings warnings;
    struct error err;
    struct cluster *cluster = load(text, &warnings, &err);
    struct node_type *small, *big;

    (void)state;
    if (cluster == NULL)
        fail_msg("%s", err.text);
    small = &cluster->types[0];
    big = &cluster->types[1];
    assert_string_equal(cluster->name, "demo");
    assert_string_equal(cluster->provider, "process");
    assert_int_equal(cluster->max_workers, 7);
    assert_int_equal(cluster->types_count, 2);
    assert_ptr_equal(cluster->head_type, big);
    assert_string_equal(small->name, "small");
    assert_int_equal(resources_get(&small->resources, "CPU"), RESOURCE_UNIT / 2);
    assert_int_equal(small->resources.count, 1); /* the store is no resource */
    assert_int_equal(small->store_limit, 1048576);
    assert_int_equal(small->min_workers, 2);
    assert_int_equal(small->max_workers, 5);
    assert_int_equal(resources_get(&big->resources, "GPU"), 2 * RESOURCE_UNIT);
    assert_int_equal(big->store_limit, 0);
    assert_int_equal(big->labels_count, 2);
    assert_string_equal(big->labels[0], "zone=a");
    assert_string_equal(big->labels[1], "disk kind=ssd");
    assert_int_equal(warnings.count, 0);
    cluster_destroy(cluster);
}

static void what_is_not_said_has_a_default(void **state)
{
    struct warnings warnings;
    struct error err;
    struct cluster *cluster = load("cluster_name: a\n"
                                   "provider: {type: process}\n"
                                   "head_node_type: only\n"
                                   "available_node_types: {only: {resources: ~}}\n",
                                   &warnings, &err);

    (void)state;
    if (cluster == NULL)
        fail_msg("%s", err.text);
    assert_int_equal(cluster->max_workers, -1);
    assert_int_equal(cluster->types[0].max_workers, -1);
    assert_int_equal(cluster->types[0].min_workers, 0);
    assert_int_equal(cluster->types[0].resources.count, 0);
    assert_int_equal(cluster->types[0].labels_count, 0);
    cluster_destroy(cluster);
    cluster_destroy(NULL);
}

static void keys_without_effect_are_told(void **state)
{
    struct warnings warnings;
    struct error err;
    struct cluster *cluster =
        load("cluster_name: a\n"
             "setup_commands: [echo hi]\n"
             "head_setup_commands: []\n"
             "file_mounts: ~\n"
             "auth: {ssh_user: me}\n"
             "idle_timeout_minutes: 5\n" TAIL "    docker: {image: x}\n",
             &warnings, &err);

    (void)state;
    if (cluster == NULL)
        fail_msg("%s", err.text);
    assert_string_equal(warnings.text,
                        "'idle_timeout_minutes' is not honoured yet\n"
                        "'docker' is not honoured yet\n"
                        "'auth' has no effect with provider 'process'\n"
                        "'setup_commands' has no effect with provider 'process'\n");
    cluster_destroy(cluster);
    /* Nobody has to listen. */
    cluster = cluster_load(path_of_file(), NULL, NULL, &err);
    assert_non_null(cluster);
    cluster_destroy(cluster);
}

/* Loads `format` with each of the lines in it; exactly that key is said to be without
 * effect. */
static void assert_known(const char *format, const char *const *lines, size_t count)
{
    struct warnings warnings;
    struct error err;
    char text[1024], expected[256];

    for (size_t i = 0; i < count; i++) {
        const char *at = strchr(format, '@');
        snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - format), format, lines[i],
                 at + 1);
        snprintf(expected, sizeof(expected), "'%.*s' is not honoured yet\n",
                 (int)strcspn(lines[i], ":"), lines[i]);
        cluster_destroy(load(text, &warnings, &err));
        assert_string_equal(warnings.text, expected);
    }
}

#define COUNT(list) (sizeof(list) / sizeof(*(list)))

/* Keys of Ray's schema (python/ray/autoscaler/ray-schema.json and the providers'
 * examples) that are not honoured. */
static void every_key_of_ray_is_known(void **state)
{
    static const char *const top[] = {
        "upscaling_speed: 1.5",
        "idle_timeout_minutes: 5",
        "docker: {image: x, container_name: y}",
        "cluster_synced_files: [a]",
        "file_mounts_sync_continuously: false",
        "rsync_exclude: ['*.o']",
        "rsync_filter: [.gitignore]",
        "metadata: {a: 1}",
        "no_restart: false",
        "head_node: {a: 1}",
        "worker_nodes: {a: 1}",
    };
    static const char *const provider[] = {
        "external_head_ip: a",
        "coordinator_address: a",
        "use_internal_ips: true",
        "disable_node_updaters: true",
        "disable_launch_config_check: true",
        "foreground_node_launch: true",
        "worker_liveness_check: true",
        "module: a",
        "region: a",
        "availability_zone: a",
        "cache_stopped_nodes: true",
        "security_group: {a: 1}",
        "cloudwatch: {a: 1}",
        "project_id: a",
        "gcp_credentials: {a: 1}",
        "location: a",
        "resource_group: a",
        "subscription_id: a",
        "tags: {a: 1}",
        "msi_name: a",
        "msi_resource_group: a",
        "subnet_id: a",
        "use_external_head_ip: true",
    };
    static const char *const type[] = {
        "idle_timeout_s: 1",
        "initialization_commands: [a]",
        "worker_setup_commands: [a]",
        "docker: {worker_image: x}",
    };

    (void)state;
    assert_known("cluster_name: a\n@\n" TAIL, top, COUNT(top));
    assert_known("cluster_name: a\nprovider: {type: process, @}\n"
                 "head_node_type: small\n" TYPES,
                 provider, COUNT(provider));
    assert_known("cluster_name: a\n" TAIL "    @\n", type, COUNT(type));
}

static void unknown_keys_are_named_with_the_nearest(void **state)
{
    (void)state;
    assert_refused("cluster_name: a\n" TAIL "max_wrokers: 2\n",
                   "7:1: unknown key 'max_wrokers'; did you mean 'max_workers'?");
    assert_refused("cluster_name: a\n" TAIL "    min_worker: 2\n",
                   "7:5: unknown key 'min_worker'; did you mean 'min_workers'?");
    assert_refused("provider:\n  typ: process\n",
                   "2:3: unknown key 'typ'; did you mean 'type'?");
    assert_refused("cluster_name: a\nqqqqqqqq: 1\n", "2:1: unknown key 'qqqqqqqq'");
}

static void what_is_missing_is_named(void **state)
{
    (void)state;
    assert_refused("", "1:1: the file is empty");
    assert_refused(TAIL, "1:1: cluster_name is missing");
    assert_refused("cluster_name: a\nhead_node_type: small\n" TYPES,
                   "1:1: provider: type is missing");
    assert_refused("cluster_name: a\nprovider: {region: x}\n" TYPES,
                   "1:1: provider: type is missing");
    assert_refused("cluster_name: a\nprovider: {type: process}\n" TYPES,
                   "1:1: head_node_type is missing");
    assert_refused("cluster_name: a\nprovider: {type: process}\nhead_node_type: x\n",
                   "3:17: head_node_type: no node type is called 'x'");
}

static void other_kinds_are_refused(void **state)
{
    (void)state;
    /* A list or map is where its first text is, an empty one where its key is. */
    assert_refused("[a, b]\n", "1:2: cluster: expected a map");
    assert_refused("cluster_name: a\nprovider: process\n",
                   "2:11: provider: expected a map");
    assert_refused("cluster_name: a\nprovider: []\n", "2:1: provider: expected a map");
    assert_refused("available_node_types: [a]\n",
                   "1:24: available_node_types: expected a map of node types");
    assert_refused("available_node_types:\n  a: 3\n", "2:6: a: expected a map");
    assert_refused("available_node_types:\n  a: {resources: [CPU]}\n",
                   "2:19: resources: expected a map of amounts");
    assert_refused("available_node_types:\n  a: {labels: text}\n",
                   "2:15: labels: expected a map of text");
    assert_refused("available_node_types:\n  a: {node_config: 1}\n",
                   "2:20: node_config: expected a map");
}

static void amounts_out_of_range_are_refused(void **state)
{
    (void)state;
    assert_refused("max_workers: -1\n", "1:14: max_workers: expected 0 to 100000");
    assert_refused("max_workers: 100001\n", "1:14: max_workers: expected 0 to 100000");
    assert_refused("available_node_types:\n  a: {min_workers: -3}\n",
                   "2:20: min_workers: expected 0 to 100000");
    assert_refused("available_node_types:\n  a: {resources: {CPU: -1}}\n",
                   "2:24: CPU: amount -1 is not a number from 0 to 1e14");
    assert_refused("available_node_types:\n  a: {resources: {'': 1}}\n",
                   "2:23: '' is no name of a resource");
    assert_refused("available_node_types:\n  a: {min_workers: 3, max_workers: 2}\n",
                   "2:3: a: min_workers is above max_workers");
    assert_refused(
        "provider:\n  type: aws\n",
        "2:9: provider type 'aws' is not there yet; use 'local' or 'process'");
}

static void names_of_nodes_and_clusters(void **state)
{
    static const char types[] = "provider: {type: process}\nhead_node_type: a/b\n"
                                "available_node_types: {a/b: {min_workers: 0}}\n";
    char text[512];
    struct warnings warnings;
    struct error err;
    struct cluster *cluster;

    (void)state;
    assert_refused("cluster_name: a/b\n",
                   "1:15: cluster_name 'a/b': use up to 64 letters, "
                   "digits, '.', '_', '-'");
    assert_refused("cluster_name: current\n",
                   "1:15: cluster_name 'current': use up to 64 letters, digits, '.', "
                   "'_', '-'");
    assert_refused("available_node_types:\n  a/b: {min_workers: 1}\n",
                   "2:3: 'a/b' cannot begin the name of a node: letters, digits, '.', "
                   "'_' and '-', 32 with the number behind it");
    assert_refused("available_node_types:\n"
                   "  a23456789012345678901234567890: {min_workers: 10}\n",
                   "2:3: 'a23456789012345678901234567890' cannot begin the name of a "
                   "node: letters, digits, '.', '_' and '-', 32 with the number behind "
                   "it");
    /* A type that no node is made of may be called anything. */
    snprintf(text, sizeof(text), "cluster_name: a\n%s", types);
    cluster = load(text, &warnings, &err);
    if (cluster == NULL)
        fail_msg("%s", err.text);
    cluster_destroy(cluster);
}

static void all_types_together_have_a_limit(void **state)
{
    static const char types[] = "available_node_types:\n  small: {min_workers: 2}\n"
                                "  big: {min_workers: 3}\n";
    static const char head[] =
        "cluster_name: a\nprovider: {type: process}\nhead_node_type: big\n";
    char text[512];
    struct warnings warnings;
    struct error err;
    struct cluster *cluster;

    (void)state;
    snprintf(text, sizeof(text), "%smax_workers: 4\n%s", head, types);
    assert_refused(text, "4:14: max_workers: the min_workers of all node types are 5");
    snprintf(text, sizeof(text), "%smax_workers: 5\n%s", head, types);
    cluster = load(text, &warnings, &err);
    if (cluster == NULL)
        fail_msg("%s", err.text);
    cluster_destroy(cluster);
}

/* Their texts are yaml.c's; the place is ours to check. */
static void wrong_values_are_placed(void **state)
{
    static const struct {
        const char *text, *place;
    } files[] = {
        { "cluster_name: [a]\n", ":1:16: cluster_name: " },
        { "max_workers: many\n", ":1:14: max_workers: " },
        { "max_workers: 1.5\n", ":1:14: max_workers: " },
        { "head_node_type: {a: b}\n", ":1:18: head_node_type: " },
        { "available_node_types:\n  a: {resources: {CPU: x}}\n", ":2:24: CPU: " },
        { "available_node_types:\n  a: {labels: {k: [v]}}\n", ":2:20: k: " },
        { "cluster_name: a\ncluster_name: b\n", ":2:1: " },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
        struct warnings warnings;
        struct error err;
        assert_null(load(files[i].text, &warnings, &err));
        if (err.code != ERR_INVALID || strstr(err.text, files[i].place) == NULL)
            fail_msg("%s: '%s' where '%s' was expected", files[i].text, err.text,
                     files[i].place);
    }
}

static void a_file_that_is_not_there(void **state)
{
    struct error err;

    (void)state;
    assert_null(cluster_load("/nonexistent/cluster.yaml", NULL, NULL, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
}

static void too_many_types_and_labels(void **state)
{
    struct warnings warnings;
    struct error err;
    struct buf text;
    char *types, *labels;

    (void)state;
    buf_init(&text, 0);
    buf_printf(&text, "available_node_types:\n");
    for (int i = 0; i <= CLUSTER_TYPES_MAX; i++)
        buf_printf(&text, "  t%d: {}\n", i);
    types = buf_take(&text);
    assert_null(load(types, &warnings, &err));
    assert_non_null(strstr(err.text, ":258:3: more than 256 node types"));
    buf_printf(&text, "available_node_types:\n  a:\n    labels:\n");
    for (int i = 0; i <= CLUSTER_LABELS_MAX; i++)
        buf_printf(&text, "      l%d: v\n", i);
    labels = buf_take(&text);
    assert_null(load(labels, &warnings, &err));
    assert_non_null(strstr(err.text, "labels: more than 64 labels"));
    free(types);
    free(labels);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_file),
        cmocka_unit_test(what_is_not_said_has_a_default),
        cmocka_unit_test(keys_without_effect_are_told),
        cmocka_unit_test(every_key_of_ray_is_known),
        cmocka_unit_test(unknown_keys_are_named_with_the_nearest),
        cmocka_unit_test(what_is_missing_is_named),
        cmocka_unit_test(other_kinds_are_refused),
        cmocka_unit_test(amounts_out_of_range_are_refused),
        cmocka_unit_test(names_of_nodes_and_clusters),
        cmocka_unit_test(all_types_together_have_a_limit),
        cmocka_unit_test(wrong_values_are_placed),
        cmocka_unit_test(a_file_that_is_not_there),
        cmocka_unit_test(too_many_types_and_labels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
