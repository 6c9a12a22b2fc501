/* tail.c - files are read with pread(2) in the loop: they are local and in the page
 * cache. The beginning of one may be a hole (lib/net/log_keeper.h). */
#include "lib/net/tail.h"

#include "lib/base/clock.h"
#include "lib/base/list.h"
#include "lib/base/mem.h"
#include "lib/net/loop.h"
#include "lib/net/peer.h"
#include "lib/proto/proto.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BACK_MAX = 64 * 1024 * 1024, LINE_MAX_BYTES = 64 * 1024 };

struct waiter {
    struct list list;
    struct call *call;
    char *path;
    int64_t offset, deadline;
};

struct tails {
    struct loop *loop;
    struct loop_timer *timer;
    struct list waiters;
    tail_is_over *is_over;
    void *arg;
};

static void on_timer(void *arg);

struct tails *tails_create(struct loop *loop, tail_is_over *is_over, void *arg)
{
    struct tails *tails = xcalloc(1, sizeof(*tails));

    tails->loop = loop;
    tails->is_over = is_over;
    tails->arg = arg;
    tails->timer = loop_timer_create(loop, true, on_timer, tails);
    list_init(&tails->waiters);
    return tails;
}

/* Bytes of the file from `offset` into `data`; -1 with errno when it cannot be read. */
static ssize_t read_at(const char *path, int64_t offset, char *data, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got;

    if (fd < 0)
        return -1;
    got = pread(fd, data, size, offset);
    close(fd);
    return got;
}

/* Where the first whole line is that is still there: 0, or behind the hole. */
static int64_t first_line(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int64_t start = fd >= 0 ? lseek(fd, 0, SEEK_DATA) : 0;
    char data[LINE_MAX_BYTES];
    const char *end;
    ssize_t got;

    if (start > 0) {
        got = pread(fd, data, sizeof(data), start);
        end = got > 0 ? memchr(data, '\n', (size_t)got) : NULL;
        start += end != NULL ? end + 1 - data : 0;
    }
    if (fd >= 0)
        close(fd);
    return start > 0 ? start : 0; /* -1: it is empty */
}

/* How many bytes of data[0..got) to leave out so that `*lines` whole lines are left;
 * counts them down. -1: all of it is needed, and more. */
static int64_t skip_lines(const char *data, ssize_t got, int64_t *lines)
{
    for (ssize_t at = got; at > 0; at--)
        if (data[at - 1] == '\n' && (*lines)-- == 0)
            return at;
    return -1;
}

/* Where the last `lines` lines begin, looking at most BACK_MAX bytes back: there, or at
 * that many bytes. */
static int64_t line_start(const char *path, int64_t size, int64_t lines)
{
    int64_t from = size, found = -1, least = first_line(path);
    char *data = xalloc(TAIL_CHUNK);

    if (least < size - BACK_MAX)
        least = size - BACK_MAX;
    if (size > 0 && (read_at(path, size - 1, data, 1) != 1 || data[0] != '\n'))
        lines--; /* the last one is not ended yet */
    while (from > least && found < 0) {
        int64_t to = from;
        from = to - least > TAIL_CHUNK ? to - TAIL_CHUNK : least;
        found =
            skip_lines(data, read_at(path, from, data, (size_t)(to - from)), &lines);
    }
    free(data);
    return found >= 0 ? from + found : least;
}

static int64_t begin_of(const char *path, const struct log_read *rq)
{
    struct stat about;
    int64_t size = stat(path, &about) == 0 ? about.st_size : 0;

    if (rq->tail_lines > 0)
        return line_start(path, size, rq->tail_lines);
    if (rq->offset < 0)
        return size + rq->offset > 0 ? size + rq->offset : 0;
    return rq->offset;
}

/* Answers with what is there; false when there is nothing and more may come. */
static bool answer(struct tails *tails, struct waiter *waiter, bool wait)
{
    bool over = tails->is_over != NULL && tails->is_over(tails->arg, waiter->path);
    int64_t first = first_line(waiter->path);
    struct log_chunk chunk = { 0 };
    char *data = xalloc(TAIL_CHUNK);
    struct error err;
    ssize_t got;

    if (waiter->offset < first)
        waiter->offset = first;
    chunk.next_offset = waiter->offset;
    got = read_at(waiter->path, waiter->offset, data, TAIL_CHUNK);

    if (got == 0 && wait && !over && clock_now() < waiter->deadline) {
        free(data);
        return false;
    }
    if (got < 0) {
        if (errno == ENOENT)
            fail(&err, ERR_NOT_FOUND,
                 "no %s: there never was one, or it went as --log-max-age and "
                 "--log-max-size of `rayctl start` say",
                 waiter->path);
        else
            fail(&err, ERR_IO, "%s: %s", waiter->path, strerror(errno));
        call_fail(waiter->call, &err);
    } else {
        chunk.data = slice_of(data, (size_t)got);
        chunk.next_offset += got;
        /* Asked for a file that has ended: the end is when nothing more was read. */
        chunk.is_end = got == 0 && (over || !wait);
        call_reply(waiter->call, &chunk);
    }
    free(data);
    return true;
}

static void waiter_destroy(struct waiter *waiter)
{
    list_remove(&waiter->list);
    free(waiter->path);
    free(waiter);
}

static void on_timer(void *arg)
{
    struct tails *tails = arg;
    struct list *at, *after;

    list_each_safe(at, after, &tails->waiters) {
        struct waiter *waiter = container_of(at, struct waiter, list);
        if (call_peer(waiter->call) == NULL || answer(tails, waiter, true))
            waiter_destroy(waiter);
    }
    if (list_is_empty(&tails->waiters))
        loop_timer_stop(tails->timer);
}

void tails_read(struct tails *tails, const char *path, const struct log_read *rq,
                struct call *call)
{
    struct waiter *waiter = xcalloc(1, sizeof(*waiter));

    list_init(&waiter->list);
    waiter->call = call;
    waiter->path = xstrdup(path);
    waiter->offset = begin_of(path, rq);
    waiter->deadline = clock_now() + TAIL_WAIT_MS * NS_PER_MS;
    if (answer(tails, waiter, rq->follow)) {
        waiter_destroy(waiter);
        return;
    }
    list_add(&tails->waiters, &waiter->list);
    if (!loop_timer_is_active(tails->timer))
        loop_timer_start(tails->timer, TAIL_POLL_MS, TAIL_POLL_MS);
}

void tails_destroy(struct tails *tails)
{
    struct list *at, *after;

    list_each_safe(at, after, &tails->waiters) {
        struct waiter *waiter = container_of(at, struct waiter, list);
        answer(tails, waiter, false);
        waiter_destroy(waiter);
    }
    loop_timer_destroy(tails->timer);
    free(tails);
}

void tails_last_lines(const char *path, int lines, char *text, size_t size)
{
    struct stat about;
    int64_t total = stat(path, &about) == 0 ? about.st_size : 0;
    int64_t from = line_start(path, total, lines);
    ssize_t got;

    if (total - from > (int64_t)size - 1)
        from = total - (int64_t)size + 1;
    got = read_at(path, from, text, size - 1);
    text[got > 0 ? got : 0] = '\0';
}

bool tails_is_file_name(const char *name)
{
    return name[0] != '\0' && name[0] != '.' && strchr(name, '/') == NULL;
}
