/* defaults.c - the machine's own, and Ray's. */
#include "daemon/defaults.h"

#include "daemon/node/machine.h"
#include "daemon/node/node.h"
#include "daemon/node/nvidia.h"
#include "lib/base/resources.h"
#include "lib/net/log_keeper.h"

#include <linux/magic.h>
#include <stdlib.h>
#include <sys/vfs.h>

enum { SPILL_THRESHOLD = 80 /* percent; Ray's */ };

/* What this machine has, where options do not say otherwise. */
static int add_machine(struct node_options *options, const struct offers_none *none,
                       struct error *err)
{
    struct machine machine;

    if (machine_read(&machine, err) != 0)
        return -(int)err->code;
    if (options->store_limit == 0)
        options->store_limit = machine.memory * 3 / 10;
    if (!none->cpus && resources_get(&options->resources, "CPU") == 0)
        resources_set(&options->resources, slice("CPU"), machine.cpus * RESOURCE_UNIT);
    if (!none->gpus && resources_get(&options->resources, "GPU") == 0) {
        int64_t gpus = nvidia_count("", getenv("CUDA_VISIBLE_DEVICES"));
        if (gpus > 0)
            resources_set(&options->resources, slice("GPU"), gpus * RESOURCE_UNIT);
    }
    if (resources_get(&options->resources, "memory") == 0 &&
        machine.memory > options->store_limit)
        resources_set(&options->resources, slice("memory"),
                      (machine.memory - options->store_limit) * RESOURCE_UNIT);
    resources_set(&options->resources, slice("object_store_memory"),
                  options->store_limit * RESOURCE_UNIT);
    return 0;
}

/* What leaves memory must not go to a file system that is in memory itself. */
static const char *spill_folder(const char *session)
{
    struct statfs about;

    if (statfs(session, &about) == 0 &&
        (about.f_type == TMPFS_MAGIC || about.f_type == RAMFS_MAGIC))
        return "/var/tmp";
    return session;
}

int defaults_fill(struct node_options *options, const struct offers_none *none,
                  struct error *err)
{
    if (options->spill_folder == NULL)
        options->spill_folder = spill_folder(options->session);
    if (options->spill_threshold == 0)
        options->spill_threshold = SPILL_THRESHOLD;
    return add_machine(options, none, err);
}

struct log_bounds defaults_logs(const char *session, const struct log_bounds *asked)
{
    struct log_bounds bounds = log_keeper_defaults(session);

    if (asked->size > 0)
        bounds.size = asked->size;
    if (asked->age > 0)
        bounds.age = asked->age;
    return bounds;
}
