/* dataset.c - the packed form of a data set, and rows picked out of it.
 *
 * Layout: struct header, rows * features doubles, rows labels of 32 bits. The header's
 * size is a multiple of eight, so the doubles are aligned whenever the block is. The
 * magic number reads differently on a machine of the other byte order, which is
 * refused. dataset_view believes nothing: limits come first, so the sizes cannot
 * overflow, and each label is looked at because it is used as an index later. */
#include "dataset.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "automl_error.h"

#define MAGIC UINT64_C(0x31544553444c4d41) /* "AMLDSET1" on a little-endian machine */

struct header {
    uint64_t magic;
    uint64_t size;
    uint32_t rows;
    uint32_t features;
    uint32_t classes;
    uint32_t unused;
    char name[DATASET_NAME];
};

_Static_assert(sizeof(struct header) % sizeof(double) == 0, "values must be aligned");

static int check_shape(const struct dataset *set, struct automl_error *err)
{
    if (set->rows < 1 || set->rows > DATASET_MAX_ROWS)
        return automl_fail(err, "a data set of %" PRIu32 " rows; 1 to %u are allowed",
                           set->rows, DATASET_MAX_ROWS);
    if (set->features < 1 || set->features > DATASET_MAX_FEATURES)
        return automl_fail(err,
                           "a data set of %" PRIu32 " features; 1 to %u are allowed",
                           set->features, DATASET_MAX_FEATURES);
    if (set->classes < 1 || set->classes > DATASET_MAX_CLASSES)
        return automl_fail(err,
                           "a data set of %" PRIu32 " classes; 1 to %u are allowed",
                           set->classes, DATASET_MAX_CLASSES);
    if (!memchr(set->name, '\0', sizeof(set->name)))
        return automl_fail(err, "the name of the data set has no end");
    return 0;
}

static int check_labels(const struct dataset *set, struct automl_error *err)
{
    for (uint32_t row = 0; row < set->rows; row++) {
        int32_t label = set->labels[row];
        if (label < 0 || (uint32_t)label >= set->classes)
            return automl_fail(err, "row %" PRIu32 " has label %" PRId32 " of %" PRIu32,
                               row, label, set->classes);
    }
    return 0;
}

static size_t values_size(const struct dataset *set)
{
    return (size_t)set->rows * set->features * sizeof(double);
}

static int check_place(const void *bytes, struct automl_error *err)
{
    if ((uintptr_t)bytes % sizeof(double) != 0)
        return automl_fail(err, "the block's address is not a multiple of %zu",
                           sizeof(double));
    return 0;
}

size_t dataset_packed_size(const struct dataset *set)
{
    return sizeof(struct header) + values_size(set) + set->rows * sizeof(int32_t);
}

int dataset_pack(const struct dataset *set, void *bytes, size_t size,
                 struct automl_error *err)
{
    if (check_shape(set, err) < 0 || check_labels(set, err) < 0 ||
        check_place(bytes, err) < 0)
        return -1;
    size_t needed = dataset_packed_size(set);
    if (size < needed)
        return automl_fail(err, "a data set of %zu bytes into %zu", needed, size);
    struct header header = {
        .magic = MAGIC,
        .size = needed,
        .rows = set->rows,
        .features = set->features,
        .classes = set->classes,
    };
    /* What follows the terminator stays zero: equal sets give equal blocks. */
    memcpy(header.name, set->name, strlen(set->name));
    char *out = bytes;
    memcpy(out, &header, sizeof(header));
    memcpy(out + sizeof(header), set->values, values_size(set));
    memcpy(out + sizeof(header) + values_size(set), set->labels,
           set->rows * sizeof(int32_t));
    return 0;
}

int dataset_view(struct dataset *set, const void *bytes, size_t size,
                 struct automl_error *err)
{
    struct header header;
    memset(set, 0, sizeof(*set));
    if (check_place(bytes, err) < 0)
        return -1;
    if (size < sizeof(header))
        return automl_fail(err, "%zu bytes are too few for a data set", size);
    memcpy(&header, bytes, sizeof(header));
    if (header.magic != MAGIC)
        return automl_fail(err, "the block is no data set of this kind of machine");
    struct dataset seen = {
        .rows = header.rows,
        .features = header.features,
        .classes = header.classes,
    };
    memcpy(seen.name, header.name, sizeof(seen.name));
    if (check_shape(&seen, err) < 0)
        return -1;
    if (header.size != dataset_packed_size(&seen) || header.size > size)
        return automl_fail(err,
                           "the data set says %" PRIu64 " bytes, has %zu, needs %zu",
                           header.size, size, dataset_packed_size(&seen));
    const char *values = (const char *)bytes + sizeof(header);
    seen.values = (const void *)values;
    seen.labels = (const void *)(values + values_size(&seen));
    if (check_labels(&seen, err) < 0)
        return -1;
    *set = seen;
    return 0;
}

int dataset_copy(struct dataset *set, const struct dataset *from,
                 struct automl_error *err)
{
    memset(set, 0, sizeof(*set));
    if (check_shape(from, err) < 0)
        return -1;
    size_t size = dataset_packed_size(from);
    void *bytes = malloc(size);
    if (!bytes)
        return automl_fail(err, "out of memory for a data set of %zu bytes", size);
    if (dataset_pack(from, bytes, size, err) < 0 ||
        dataset_view(set, bytes, size, err) < 0) {
        free(bytes);
        return -1;
    }
    set->owned = bytes;
    return 0;
}

void dataset_finish(struct dataset *set)
{
    free(set->owned);
    memset(set, 0, sizeof(*set));
}

uint32_t dataset_row(const struct dataset_rows *rows, uint32_t i)
{
    return rows->index ? rows->index[i] : i;
}

void dataset_gather(const struct dataset_rows *rows, double *values, int32_t *labels)
{
    size_t features = rows->set->features;
    for (uint32_t i = 0; i < rows->count; i++) {
        uint32_t row = dataset_row(rows, i);
        if (values)
            memcpy(values + i * features, rows->set->values + row * features,
                   features * sizeof(double));
        if (labels)
            labels[i] = rows->set->labels[row];
    }
}
