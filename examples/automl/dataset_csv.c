/* dataset_csv.c - reads a data set from a file of comma-separated numbers.
 *
 * The first line names the columns and so says how many there are. Each further line is
 * taken apart in place: a cell ends at a comma or at the end of the line, and is a
 * number in decimal notation without spaces, quotes or thousands marks. Lines may end
 * in CR LF; empty lines are skipped. Everything else is an error with file, line and
 * column, because a guess about bad data becomes a bad model. */
#include "dataset.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "automl_error.h"

/* The file, and the line of it that is being taken apart. */
struct source {
    const char *path;
    FILE *file;
    char *line; /* of getline, without its end */
    size_t capacity;
    uint32_t number; /* counted from 1 */
    char *cell;      /* the next one, or NULL when the line is used up */
};

struct table {
    double *values;
    int32_t *labels;
    uint32_t rows;
    uint32_t capacity;
    uint32_t features;
    uint32_t count_of[DATASET_MAX_CLASSES];
};

static int fail_at(const struct source *source, const char *place, const char *what,
                   struct automl_error *err)
{
    return automl_fail(err, "%s:%" PRIu32 ":%zu: %s", source->path, source->number,
                       (size_t)(place - source->line) + 1, what);
}

/* Reads the next line that is not empty. 1 if there is one, 0 at the end of the
 * file. */
static int next_line(struct source *source, struct automl_error *err)
{
    ssize_t length;
    do {
        errno = 0;
        length = getline(&source->line, &source->capacity, source->file);
        if (length < 0 && (ferror(source->file) || errno))
            return automl_fail(err, "%s: %s", source->path, strerror(errno));
        if (length < 0)
            return 0;
        source->number++;
        if (length > 0 && source->line[length - 1] == '\n')
            length--;
        if (length > 0 && source->line[length - 1] == '\r')
            length--;
        source->line[length] = '\0';
    } while (length == 0);
    source->cell = source->line;
    size_t text = strlen(source->line);
    if (text != (size_t)length)
        return fail_at(source, source->line + text, "a zero byte is no text", err);
    return 1;
}

/* Cuts the next cell off the line; NULL when there is none. */
static char *next_cell(struct source *source)
{
    char *cell = source->cell;
    if (!cell)
        return NULL;
    char *comma = strchr(cell, ',');
    if (comma)
        *comma = '\0';
    source->cell = comma ? comma + 1 : NULL;
    return cell;
}

static int parse_value(const char *cell, double *value)
{
    /* strtod also takes spaces, hexadecimal, "inf" and "nan". */
    if (cell[0] == '\0' || cell[strspn(cell, "0123456789+-.eE")] != '\0')
        return -1;
    char *end;
    *value = strtod(cell, &end);
    return *end == '\0' && isfinite(*value) ? 0 : -1;
}

static int parse_label(const char *cell, int32_t *label)
{
    size_t digits = strspn(cell, "0123456789");
    if (digits < 1 || digits > 4 || cell[digits] != '\0')
        return -1;
    *label = (int32_t)strtol(cell, NULL, 10);
    return *label < (int32_t)DATASET_MAX_CLASSES ? 0 : -1;
}

static int fail_cell(const struct source *source, const char *cell, const char *wanted,
                     struct automl_error *err)
{
    char what[96];
    snprintf(what, sizeof(what), "'%.32s' is not %s", cell, wanted);
    return fail_at(source, cell, what, err);
}

static int fail_width(const struct source *source, const char *place, const char *much,
                      struct automl_error *err)
{
    char what[96];
    snprintf(what, sizeof(what), "too %s cells in this line for the header", much);
    return fail_at(source, place, what, err);
}

static int read_header(struct source *source, struct table *table,
                       struct automl_error *err)
{
    int found = next_line(source, err);
    if (found < 0)
        return -1;
    if (found == 0)
        return automl_fail(err, "%s: the file is empty", source->path);
    double number;
    uint32_t columns = 0;
    for (char *cell = next_cell(source); cell; cell = next_cell(source)) {
        if (parse_value(cell, &number) == 0)
            return fail_cell(source, cell, "a column name: the header is missing", err);
        columns++;
    }
    if (columns < 2)
        return fail_at(source, source->line, "a feature and the label are needed", err);
    if (columns - 1 > DATASET_MAX_FEATURES)
        return fail_at(source, source->line, "too many columns", err);
    table->features = columns - 1;
    return 0;
}

static int make_room(struct table *table, struct automl_error *err)
{
    if (table->rows < table->capacity)
        return 0;
    if (table->rows == DATASET_MAX_ROWS)
        return automl_fail(err, "more than %u rows", DATASET_MAX_ROWS);
    uint32_t capacity = table->capacity ? table->capacity * 2 : 256;
    size_t row_size = table->features * sizeof(double);
    double *values = realloc(table->values, capacity * row_size);
    if (values)
        table->values = values;
    int32_t *labels = realloc(table->labels, capacity * sizeof(*labels));
    if (labels)
        table->labels = labels;
    if (!values || !labels)
        return automl_fail(err, "out of memory for %" PRIu32 " rows", capacity);
    table->capacity = capacity;
    return 0;
}

static int read_row(struct source *source, struct table *table,
                    struct automl_error *err)
{
    const char *end = source->line + strlen(source->line);
    if (make_room(table, err) < 0)
        return automl_wrap(err, "%s:%" PRIu32, source->path, source->number);
    double *values = table->values + (size_t)table->rows * table->features;
    for (uint32_t i = 0; i < table->features; i++) {
        char *cell = next_cell(source);
        if (!cell)
            return fail_width(source, end, "few", err);
        if (parse_value(cell, &values[i]) < 0)
            return fail_cell(source, cell, "a number", err);
    }
    char *cell = next_cell(source);
    if (!cell)
        return fail_width(source, end, "few", err);
    int32_t *label = &table->labels[table->rows];
    if (parse_label(cell, label) < 0)
        return fail_cell(source, cell, "a label: a whole number from 0 to 255", err);
    if (source->cell)
        return fail_width(source, source->cell, "many", err);
    table->count_of[*label]++;
    table->rows++;
    return 0;
}

static int read_table(struct source *source, struct table *table,
                      struct automl_error *err)
{
    if (read_header(source, table, err) < 0)
        return -1;
    int found;
    while ((found = next_line(source, err)) > 0) {
        if (read_row(source, table, err) < 0)
            return -1;
    }
    if (found == 0 && table->rows == 0)
        return automl_fail(err, "%s: no rows follow the header", source->path);
    return found;
}

/* Labels must leave no gap: a class without rows would count, but never be learnt. */
static int count_classes(const struct source *source, const struct table *table,
                         uint32_t *classes, struct automl_error *err)
{
    *classes = DATASET_MAX_CLASSES;
    while (table->count_of[*classes - 1] == 0)
        *classes -= 1;
    for (uint32_t label = 0; label < *classes; label++) {
        if (table->count_of[label] == 0)
            return automl_fail(err, "%s: label %" PRIu32 " is used, but never %" PRIu32,
                               source->path, *classes - 1, label);
    }
    return 0;
}

static void name_after(struct dataset *set, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    const char *dot = strrchr(base, '.');
    size_t length = dot && dot > base ? (size_t)(dot - base) : strlen(base);
    if (length >= sizeof(set->name))
        length = sizeof(set->name) - 1;
    memcpy(set->name, base, length);
    set->name[length] = '\0';
}

static int load_table(struct dataset *set, struct source *source, struct table *table,
                      struct automl_error *err)
{
    if (read_table(source, table, err) < 0)
        return -1;
    struct dataset read = {
        .rows = table->rows,
        .features = table->features,
        .values = table->values,
        .labels = table->labels,
    };
    if (count_classes(source, table, &read.classes, err) < 0)
        return -1;
    name_after(&read, source->path);
    if (dataset_copy(set, &read, err) < 0)
        return automl_wrap(err, "%s", source->path);
    return 0;
}

int dataset_load(struct dataset *set, const char *path, struct automl_error *err)
{
    struct source source = { .path = path };
    struct table table = { 0 };
    memset(set, 0, sizeof(*set));
    source.file = fopen(path, "re");
    if (!source.file)
        return automl_fail(err, "%s: %s", path, strerror(errno));
    int status = load_table(set, &source, &table, err);
    fclose(source.file);
    free(source.line);
    free(table.values);
    free(table.labels);
    return status;
}
