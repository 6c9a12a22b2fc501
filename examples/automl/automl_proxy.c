/* automl_proxy.c - the proxy actor: named, detached, the one address of the service.
 *
 * It accepts requests, starts a trainer for each, keeps the last report of each, and
 * never waits. A trainer whose process dies is replaced by a new one: a search depends
 * on its seed alone, so that the new one comes to the same end. */
#include <ray.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "automl_error.h"
#include "report.h"
#include "request.h"

#define TRAINERS_MAX 4 /* for one request */
#define ID_TEXT 32

struct bytes {
    void *data;
    size_t size;
};

struct entry {
    struct entry *next;
    char id[ID_TEXT];
    char options[REQUEST_TEXT];
    struct bytes set, report, model;
    struct ray_actor *trainer; /* NULL when the request has ended */
    struct ray_ref *run;
    int trainers; /* started so far */
};

struct proxy {
    struct entry *first;
    unsigned last_number;
};

static int keep(struct bytes *kept, const void *data, size_t size)
{
    void *copy = malloc(size + 1);

    if (!copy)
        return -1;
    memcpy(copy, data, size);
    free(kept->data);
    *kept = (struct bytes){ copy, size };
    return 0;
}

static void end_trainer(struct entry *entry)
{
    if (!entry->trainer)
        return;
    ray_release(entry->run);
    ray_actor_kill(entry->trainer, true, NULL);
    ray_actor_release(entry->trainer);
    entry->run = NULL;
    entry->trainer = NULL;
}

static void entry_free(struct entry *entry)
{
    end_trainer(entry);
    free(entry->set.data);
    free(entry->report.data);
    free(entry->model.data);
    free(entry);
}

static int proxy_new(struct ray_task *task, void **state)
{
    *state = calloc(1, sizeof(struct proxy));
    return *state ? 0 : ray_fail(task, "out of memory");
}

static void proxy_free(void *state)
{
    struct proxy *proxy = state;

    while (proxy->first) {
        struct entry *entry = proxy->first;
        proxy->first = entry->next;
        entry_free(entry);
    }
    free(proxy);
}

RAY_ACTOR(proxy, "", proxy_new, proxy_free);

static struct entry *find(const struct proxy *proxy, const char *id)
{
    struct entry *entry = proxy->first;

    while (entry && strcmp(entry->id, id) != 0)
        entry = entry->next;
    return entry;
}

/* A report without a search behind it. */
static int set_report(struct entry *entry, enum report_state state, const char *message)
{
    struct report report = { .state = state };
    size_t size;
    void *bytes;
    int status;

    snprintf(report.message, sizeof(report.message), "%s", message);
    bytes = report_pack(&report, &size, NULL);
    status = bytes ? keep(&entry->report, bytes, size) : -1;
    free(bytes);
    return status;
}

static int start_trainer(struct entry *entry, struct ray_error *why)
{
    entry->trainers++;
    entry->trainer = ray_actor_create(
        "trainer",
        RAY_ARGS(ray_string(entry->id), ray_bytes(entry->set.data, entry->set.size),
                 ray_string(entry->options)),
        NULL, why);
    if (entry->trainer)
        entry->run = ray_call(entry->trainer, "run", RAY_NO_ARGS, NULL, why);
    return entry->run ? 0 : -1;
}

/* data set, options -> id */
RAY_METHOD(proxy, submit, "bytes string")
{
    struct proxy *proxy = state;
    struct entry *entry = calloc(1, sizeof(*entry));
    struct ray_error why;
    size_t size;
    const void *data = ray_arg_bytes(task, 0, &size);

    if (!entry || keep(&entry->set, data, size) < 0 ||
        set_report(entry, REPORT_QUEUED, "") < 0) {
        if (entry)
            entry_free(entry);
        return ray_fail(task, "out of memory");
    }
    snprintf(entry->id, sizeof(entry->id), "request-%u", ++proxy->last_number);
    snprintf(entry->options, sizeof(entry->options), "%s", ray_arg_string(task, 1));
    if (start_trainer(entry, &why) != 0) {
        entry_free(entry);
        return ray_fail(task, "start a trainer: %s", why.text);
    }
    entry->next = proxy->first;
    proxy->first = entry;
    return ray_return(task, 0, ray_string(entry->id));
}

/* id, report, model or nothing: from the trainer */
RAY_METHOD(proxy, progress, "string bytes any")
{
    struct entry *entry = find(state, ray_arg_string(task, 0));
    const struct ray_value *model = ray_arg(task, 2);
    size_t size;
    const void *data = ray_arg_bytes(task, 1, &size);

    if (!entry ||
        !entry->trainer) /* forgotten, or a word of a trainer that was replaced */
        return 0;
    if (keep(&entry->report, data, size) < 0)
        return ray_fail(task, "out of memory");
    if (model->type != RAY_BYTES)
        return 0;
    if (keep(&entry->model, model->as.bytes.data, model->as.bytes.size) < 0)
        return ray_fail(task, "out of memory");
    return 0;
}

/* Looks whether the trainer has failed; starts another when its process died. */
static void look_after(struct entry *entry)
{
    struct ray_value value;
    struct ray_error why;
    bool ready;
    int status;

    if (!entry->run || ray_wait(&entry->run, 1, 1, 0, &ready) < 1)
        return;
    status = ray_get(entry->run, &value, 0, &why);
    end_trainer(entry); /* it has nothing more to do, or is no more */
    if (status == 0)
        return;
    if (status == -RAY_TASK_FAILED || entry->trainers >= TRAINERS_MAX ||
        start_trainer(entry, &why) != 0)
        set_report(entry, REPORT_FAILED, why.text);
}

/* id -> report */
RAY_METHOD(proxy, status, "string")
{
    struct entry *entry = find(state, ray_arg_string(task, 0));

    if (!entry)
        return ray_fail(task, "no request '%s'", ray_arg_string(task, 0));
    look_after(entry);
    return ray_return(task, 0, ray_bytes(entry->report.data, entry->report.size));
}

/* id -> model */
RAY_METHOD(proxy, model, "string")
{
    struct entry *entry = find(state, ray_arg_string(task, 0));

    if (!entry || !entry->model.data)
        return ray_fail(task, "no model of request '%s'", ray_arg_string(task, 0));
    return ray_return(task, 0, ray_bytes(entry->model.data, entry->model.size));
}

/* id: ends it if it runs still, and forgets it */
RAY_METHOD(proxy, forget, "string")
{
    struct proxy *proxy = state;
    struct entry **at = &proxy->first;

    while (*at && strcmp((*at)->id, ray_arg_string(task, 0)) != 0)
        at = &(*at)->next;
    if (*at) {
        struct entry *entry = *at;
        *at = entry->next;
        entry_free(entry);
    }
    return 0;
}
