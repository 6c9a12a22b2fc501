/* automl_proxy.c - the proxy actor: named, detached, the one address of the service.
 *
 * It accepts requests, starts a trainer for each, keeps what the trainers tell, and
 * never waits: whoever wants to know something asks again.
 *
 * A trainer whose process dies is replaced by a new one when its request is next asked
 * about: a search depends on its seed alone, so that the new one comes to the same end.
 * Trainers of a request are numbered, because words of a dead one may still arrive. */
#include <ray.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "automl_error.h"
#include "dataset.h"
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
    struct bytes set;
    struct bytes report;        /* how it stands, short */
    struct bytes result, model; /* nothing until it is done */
    struct ray_actor *trainer;  /* NULL when the request has ended */
    struct ray_ref *run;
    int trainers; /* started so far; the number of the last */
};

struct proxy {
    struct entry *first;
    char *namespace_;
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
    free(entry->result.data);
    free(entry->model.data);
    free(entry);
}

static void proxy_free(void *state)
{
    struct proxy *proxy = state;

    while (proxy->first) {
        struct entry *entry = proxy->first;
        proxy->first = entry->next;
        entry_free(entry);
    }
    free(proxy->namespace_);
    free(proxy);
}

/* the namespace that it is named in */
static int proxy_new(struct ray_task *task, void **state)
{
    struct proxy *proxy = calloc(1, sizeof(*proxy));

    if (proxy)
        proxy->namespace_ = strdup(ray_arg_string(task, 0));
    if (!proxy || !proxy->namespace_) {
        free(proxy);
        return ray_fail(task, "out of memory");
    }
    *state = proxy;
    return 0;
}

RAY_ACTOR(proxy, "string", proxy_new, proxy_free);

static struct entry *find(const struct proxy *proxy, const char *id)
{
    struct entry *entry = proxy->first;

    while (entry && strcmp(entry->id, id) != 0)
        entry = entry->next;
    return entry;
}

static int keep_report(struct entry *entry, const struct report *report)
{
    size_t size;
    void *bytes = report_pack(report, &size, NULL);
    int status = bytes ? keep(&entry->report, bytes, size) : -1;

    free(bytes);
    return status;
}

/* A report without a search behind it. */
static int set_report(struct entry *entry, enum report_state state, const char *message)
{
    struct report report = { .state = state };

    snprintf(report.message, sizeof(report.message), "%s", message);
    return keep_report(entry, &report);
}

static int start_trainer(const struct proxy *proxy, struct entry *entry,
                         struct ray_error *why)
{
    entry->trainers++;
    entry->trainer = ray_actor_create(
        "trainer",
        RAY_ARGS(ray_string(entry->id), ray_int(entry->trainers),
                 ray_bytes(entry->set.data, entry->set.size),
                 ray_string(entry->options), ray_string(proxy->namespace_)),
        NULL, why);
    if (entry->trainer)
        entry->run = ray_call(entry->trainer, "run", RAY_NO_ARGS, NULL, why);
    if (entry->run)
        return 0;
    end_trainer(entry);
    return -1;
}

/* Nonsense is refused here, before a trainer is started for it. */
static int check_request(const void *data, size_t size, const char *options,
                         struct automl_error *err)
{
    struct request request;
    struct dataset set;
    struct search *search;

    if (strlen(options) >= REQUEST_TEXT)
        return automl_fail(err, "options of %zu characters", strlen(options));
    if (request_parse(&request, options, err) < 0 ||
        dataset_view(&set, data, size, err) < 0)
        return -1;
    search = search_create(&request.setup, err);
    search_destroy(search);
    return search ? 0 : -1;
}

/* data set, options (request.h) -> id */
RAY_METHOD(proxy, submit, "bytes string")
{
    struct proxy *proxy = state;
    struct automl_error err;
    struct ray_error why;
    struct entry *entry;
    size_t size;
    const void *data = ray_arg_bytes(task, 0, &size);

    if (check_request(data, size, ray_arg_string(task, 1), &err) < 0)
        return ray_fail(task, "%s", err.text);
    entry = calloc(1, sizeof(*entry));
    if (!entry || keep(&entry->set, data, size) < 0 ||
        set_report(entry, REPORT_QUEUED, "") < 0) {
        if (entry)
            entry_free(entry);
        return ray_fail(task, "out of memory");
    }
    snprintf(entry->id, sizeof(entry->id), "request-%u", ++proxy->last_number);
    snprintf(entry->options, sizeof(entry->options), "%s", ray_arg_string(task, 1));
    if (start_trainer(proxy, entry, &why) != 0) {
        entry_free(entry);
        return ray_fail(task, "start a trainer: %s", why.text);
    }
    entry->next = proxy->first;
    proxy->first = entry;
    return ray_return(task, 0, ray_string(entry->id));
}

/* The request that a trainer speaks of. NULL when it was forgotten, has ended, or has
 * another trainer by now. */
static struct entry *find_told(const struct proxy *proxy, const struct ray_task *task)
{
    struct entry *entry = find(proxy, ray_arg_string(task, 0));
    bool is_its = entry && entry->trainer && entry->trainers == ray_arg_int(task, 1);

    return is_its ? entry : NULL;
}

/* id, number of the trainer, short report: from the trainer */
RAY_METHOD(proxy, progress, "string int bytes")
{
    struct entry *entry = find_told(state, task);
    size_t size;
    const void *data = ray_arg_bytes(task, 2, &size);

    if (entry && keep(&entry->report, data, size) < 0)
        return ray_fail(task, "out of memory");
    return 0;
}

/* id, number of the trainer, whole report, model: from the trainer, at the end */
RAY_METHOD(proxy, finish, "string int bytes bytes")
{
    struct entry *entry = find_told(state, task);
    struct automl_error err = { "out of memory" };
    struct report report;
    size_t size, model_size;
    const void *data = ray_arg_bytes(task, 2, &size);
    const void *model = ray_arg_bytes(task, 3, &model_size);
    int status;

    if (!entry)
        return 0;
    if (report_open(&report, data, size, &err) < 0)
        return ray_fail(task, "%s", err.text);
    report.count = report.count > 0;
    status = keep(&entry->result, data, size);
    if (status == 0)
        status = keep(&entry->model, model, model_size);
    if (status == 0)
        status = keep_report(entry, &report); /* last: it says that the rest is there */
    report_finish(&report);
    return status == 0 ? 0 : ray_fail(task, "%s", err.text);
}

/* Looks whether the trainer has ended; starts another when its process died. */
static void look_after(const struct proxy *proxy, struct entry *entry)
{
    struct ray_value value;
    struct ray_error why;
    bool ready;
    int status;

    if (!entry->run || ray_wait(&entry->run, 1, 1, 0, &ready) < 1)
        return;
    status = ray_get(entry->run, &value, 0, &why);
    end_trainer(entry); /* it has nothing more to do, or is no more */
    if (entry->model.data)
        return;
    if (status == 0) /* it makes sure that we have heard its result */
        set_report(entry, REPORT_FAILED, "the trainer ended without a result");
    else if (status == -RAY_TASK_FAILED || entry->trainers >= TRAINERS_MAX ||
             start_trainer(proxy, entry, &why) != 0)
        set_report(entry, REPORT_FAILED, why.text);
}

static int give(struct ray_task *task, const struct bytes *kept)
{
    return ray_return(task, 0, ray_bytes(kept->data, kept->size));
}

/* id -> short report */
RAY_METHOD(proxy, status, "string")
{
    struct entry *entry = find(state, ray_arg_string(task, 0));

    if (!entry)
        return ray_fail(task, "no request '%s'", ray_arg_string(task, 0));
    look_after(state, entry);
    return give(task, &entry->report);
}

/* id -> whole report, once it is done */
RAY_METHOD(proxy, result, "string")
{
    struct entry *entry = find(state, ray_arg_string(task, 0));

    if (!entry || !entry->result.data)
        return ray_fail(task, "no result of request '%s'", ray_arg_string(task, 0));
    return give(task, &entry->result);
}

/* id -> model, once it is done */
RAY_METHOD(proxy, model, "string")
{
    struct entry *entry = find(state, ray_arg_string(task, 0));

    if (!entry || !entry->model.data)
        return ray_fail(task, "no model of request '%s'", ray_arg_string(task, 0));
    return give(task, &entry->model);
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
