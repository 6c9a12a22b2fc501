/* id.c - nesting of ids: a job's id is the tail of its actors', an actor's the tail of
 * its tasks', a task's the head of its objects'. */
#include "lib/base/id.h"

#include <ctype.h>
#include <string.h>

enum { UNIQUE_TASK = 8, UNIQUE_ACTOR = 12, UNIQUE_GROUP = 14, DRIVER_FILL = 20 };

struct id id_from_bytes(const void *bytes, size_t size)
{
    struct id id = { 0 };

    if (size <= ID_BYTES_MAX) {
        id.size = (uint8_t)size;
        memcpy(id.bytes, bytes, size);
    }
    return id;
}

static void put_le32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

static uint32_t get_le32(const uint8_t *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

struct id id_job(uint32_t number)
{
    struct id id = { .size = ID_JOB };
    put_le32(id.bytes, number);
    return id;
}

uint32_t id_job_number(struct id job)
{
    return get_le32(job.bytes);
}

/* `head_size` bytes (NULL: 0xff) followed by the bytes of `tail`. */
static struct id join(const void *head, size_t head_size, const struct id *tail)
{
    struct id id = { .size = (uint8_t)(head_size + tail->size) };

    if (head != NULL)
        memcpy(id.bytes, head, head_size);
    else
        memset(id.bytes, 0xff, head_size);
    memcpy(id.bytes + head_size, tail->bytes, tail->size);
    return id;
}

struct id id_actor(struct id job, const uint8_t random[12])
{
    return join(random, UNIQUE_ACTOR, &job);
}

struct id id_group(struct id job, const uint8_t random[14])
{
    return join(random, UNIQUE_GROUP, &job);
}

struct id id_actor_task(struct id actor, uint64_t unique)
{
    uint8_t head[UNIQUE_TASK];

    put_le32(head, (uint32_t)unique);
    put_le32(head + 4, (uint32_t)(unique >> 32));
    return join(head, sizeof(head), &actor);
}

/* As id_actor_task() of the actor 0xff... would be, in one step: every task and every
 * object that is put has one. */
struct id id_task(struct id job, uint64_t unique)
{
    struct id id = { .size = (uint8_t)(UNIQUE_TASK + UNIQUE_ACTOR + job.size) };

    put_le32(id.bytes, (uint32_t)unique);
    put_le32(id.bytes + 4, (uint32_t)(unique >> 32));
    memset(id.bytes + UNIQUE_TASK, 0xff, UNIQUE_ACTOR);
    memcpy(id.bytes + UNIQUE_TASK + UNIQUE_ACTOR, job.bytes, ID_JOB);
    return id;
}

struct id id_driver_task(struct id job)
{
    return join(NULL, DRIVER_FILL, &job);
}

struct id id_object(struct id task, uint32_t index)
{
    struct id id = task;

    id.size = ID_OBJECT;
    put_le32(id.bytes + ID_TASK, index);
    return id;
}

struct id id_object_task(struct id object)
{
    return object.size == ID_OBJECT ? id_from_bytes(object.bytes, ID_TASK)
                                    : (struct id){ 0 };
}

uint32_t id_object_index(struct id object)
{
    return object.size == ID_OBJECT ? get_le32(object.bytes + ID_TASK) : 0;
}

struct id id_task_actor(struct id task)
{
    static const uint8_t none[UNIQUE_ACTOR] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                                0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

    if (task.size != ID_TASK ||
        memcmp(task.bytes + UNIQUE_TASK, none, sizeof(none)) == 0)
        return (struct id){ 0 };
    return id_from_bytes(task.bytes + UNIQUE_TASK, ID_ACTOR);
}

struct id id_job_of(struct id id)
{
    size_t end = id.size == ID_OBJECT ? (size_t)ID_TASK : id.size;

    if (end < ID_JOB)
        return (struct id){ 0 };
    return id_from_bytes(id.bytes + end - ID_JOB, ID_JOB);
}

bool id_equal(const struct id *a, const struct id *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

const char *id_hex(const struct id *id, char text[ID_HEX_MAX])
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < id->size; i++) {
        text[2 * i] = digits[id->bytes[i] >> 4];
        text[2 * i + 1] = digits[id->bytes[i] & 15];
    }
    text[2 * (size_t)id->size] = '\0';
    return text;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int id_parse(struct slice hex, uint8_t size, struct id *id, struct error *err)
{
    struct id parsed = { .size = size };

    if (size > ID_BYTES_MAX || hex.size != 2 * (size_t)size)
        return fail(err, ERR_INVALID, "id '%.*s' does not have %d hex digits",
                    SLICE_ARGS(hex), 2 * size);
    for (size_t i = 0; i < size; i++) {
        int high = hex_value(hex.data[2 * i]), low = hex_value(hex.data[2 * i + 1]);
        if (high < 0 || low < 0)
            return fail(err, ERR_INVALID, "id '%.*s' is not hexadecimal",
                        SLICE_ARGS(hex));
        parsed.bytes[i] = (uint8_t)(high << 4 | low);
    }
    *id = parsed;
    return 0;
}

bool id_has_prefix(const struct id *id, struct slice prefix)
{
    char hex[ID_HEX_MAX];

    id_hex(id, hex);
    if (prefix.size > 2 * (size_t)id->size)
        return false;
    for (size_t i = 0; i < prefix.size; i++)
        if (hex[i] != tolower((unsigned char)prefix.data[i]))
            return false;
    return true;
}
