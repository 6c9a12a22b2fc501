/* archive_sqlite.c - one table `attempts(number, task, attempt, row)`, write-ahead log
 * on.
 *
 * One connection writes, under a lock; archive_has() and each walk have one of their
 * own, so that readers and the writer do not wait for each other. synchronous=NORMAL as
 * in store_sqlite.c.
 */
#include "daemon/head/archive.h"

#include "lib/base/mem.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum { BUSY_MS = 2000 };

struct archive {
    pthread_mutex_t lock; /* of `db` and what is prepared on it */
    sqlite3 *db;
    sqlite3_stmt *put, *forget;
    sqlite3 *reader;
    sqlite3_stmt *find; /* on `reader` */
    char *path;
    uint64_t last;
};

static int set_error(const char *path, sqlite3 *db, int status, const char *verb,
                     struct error *err)
{
    return fail(err, (status & 0xff) == SQLITE_FULL ? ERR_FULL : ERR_IO,
                "%s the history of tasks %s: %s", verb, path,
                db != NULL ? sqlite3_errmsg(db) : sqlite3_errstr(status));
}

/* A connection; NULL and *status when there is none. */
static sqlite3 *connect(const char *path, int *status)
{
    sqlite3 *db = NULL;

    *status = sqlite3_open_v2(
        path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
        NULL);
    if (*status == SQLITE_OK)
        *status = sqlite3_busy_timeout(db, BUSY_MS);
    return db;
}

static int prepare(sqlite3 *db, const char *text, sqlite3_stmt **statement)
{
    return sqlite3_prepare_v3(db, text, -1, SQLITE_PREPARE_PERSISTENT, statement, NULL);
}

static uint64_t read_last(sqlite3 *db, int *status)
{
    sqlite3_stmt *statement = NULL;
    uint64_t last = 0;

    *status = prepare(db, "SELECT max(number) FROM attempts", &statement);
    if (*status == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW)
        last = (uint64_t)sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return last;
}

static int set_up(struct archive *archive)
{
    int status = sqlite3_exec(archive->db,
                              "PRAGMA journal_mode=WAL;"
                              "PRAGMA synchronous=NORMAL;"
                              "CREATE TABLE IF NOT EXISTS attempts("
                              " number INTEGER PRIMARY KEY, task BLOB NOT NULL,"
                              " attempt INTEGER NOT NULL, row BLOB NOT NULL);"
                              "CREATE UNIQUE INDEX IF NOT EXISTS attempts_by_task"
                              " ON attempts(task, attempt);",
                              NULL, NULL, NULL);

    if (status == SQLITE_OK)
        archive->last = read_last(archive->db, &status);
    if (status == SQLITE_OK)
        status = prepare(archive->db,
                         "INSERT OR REPLACE INTO attempts(number, task, attempt, row)"
                         " VALUES(?1, ?2, ?3, ?4)",
                         &archive->put);
    if (status == SQLITE_OK)
        status = prepare(archive->db, "DELETE FROM attempts WHERE number <= ?1",
                         &archive->forget);
    if (status == SQLITE_OK)
        archive->reader = connect(archive->path, &status);
    if (status == SQLITE_OK)
        status = prepare(archive->reader,
                         "SELECT 1 FROM attempts WHERE task = ?1 AND attempt = ?2",
                         &archive->find);
    return status;
}

struct archive *archive_open(const char *path, struct error *err)
{
    struct archive *archive = xcalloc(1, sizeof(*archive));
    int status;

    pthread_mutex_init(&archive->lock, NULL); /* never fails on Linux */
    archive->path = xstrdup(path);
    archive->db = connect(path, &status);
    if (status == SQLITE_OK)
        status = set_up(archive);
    if (status == SQLITE_OK)
        return archive;
    set_error(archive->path, archive->db, status, "open", err);
    archive_close(archive);
    return NULL;
}

void archive_close(struct archive *archive)
{
    if (archive == NULL)
        return;
    sqlite3_finalize(archive->put);
    sqlite3_finalize(archive->forget);
    sqlite3_finalize(archive->find);
    sqlite3_close(archive->reader);
    sqlite3_close(archive->db);
    pthread_mutex_destroy(&archive->lock);
    free(archive->path);
    free(archive);
}

const char *archive_path(const struct archive *archive)
{
    return archive->path;
}

uint64_t archive_last(const struct archive *archive)
{
    return archive->last;
}

/* ---- write ---- */

/* Runs a statement to its first row, or the end. */
static int run(sqlite3_stmt *statement)
{
    int status = sqlite3_step(statement);

    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return status;
}

static int put(struct archive *archive, const struct archive_item *item)
{
    /* Out of memory is the one way to fail: the statement then fails, too. */
    sqlite3_bind_int64(archive->put, 1, (sqlite3_int64)item->number);
    sqlite3_bind_blob(archive->put, 2, item->task.bytes, item->task.size,
                      SQLITE_STATIC);
    sqlite3_bind_int64(archive->put, 3, item->attempt);
    sqlite3_bind_blob(archive->put, 4, item->row.data, (int)item->row.size,
                      SQLITE_STATIC);
    return run(archive->put);
}

static int forget(struct archive *archive, uint64_t newest)
{
    if (newest <= ARCHIVE_MAX)
        return SQLITE_DONE;
    sqlite3_bind_int64(archive->forget, 1, (sqlite3_int64)(newest - ARCHIVE_MAX));
    return run(archive->forget);
}

static int add_all(struct archive *archive, const struct archive_item *items,
                   size_t count)
{
    int status = SQLITE_DONE;

    for (size_t i = 0; i < count && status == SQLITE_DONE; i++)
        status = put(archive, &items[i]);
    if (status == SQLITE_DONE)
        status = forget(archive, items[count - 1].number);
    return status == SQLITE_DONE ? SQLITE_OK : status;
}

int archive_add(struct archive *archive, const struct archive_item *items, size_t count,
                struct error *err)
{
    int status, result = 0;

    if (count == 0)
        return 0;
    pthread_mutex_lock(&archive->lock);
    status = sqlite3_exec(archive->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    if (status == SQLITE_OK)
        status = add_all(archive, items, count);
    if (status == SQLITE_OK)
        status = sqlite3_exec(archive->db, "COMMIT", NULL, NULL, NULL);
    if (status != SQLITE_OK) {
        result = set_error(archive->path, archive->db, status, "write", err);
        if (!sqlite3_get_autocommit(archive->db)) /* it may have rolled back */
            sqlite3_exec(archive->db, "ROLLBACK", NULL, NULL, NULL);
    }
    pthread_mutex_unlock(&archive->lock);
    return result;
}

/* ---- read ---- */

bool archive_has(struct archive *archive, const struct id *task, int32_t attempt)
{
    sqlite3_bind_blob(archive->find, 1, task->bytes, task->size, SQLITE_STATIC);
    sqlite3_bind_int64(archive->find, 2, attempt);
    return run(archive->find) == SQLITE_ROW;
}

struct walk {
    sqlite3 *db;
    sqlite3_stmt *statement;
    struct id lowest, highest; /* tasks */
};

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The first and the last id whose hex form begins with `prefix`; false: there is none.
 */
static bool span(struct slice prefix, struct id *lowest, struct id *highest)
{
    *lowest = *highest = (struct id){ .size = ID_TASK };
    memset(highest->bytes, 0xff, ID_TASK);
    if (prefix.size > 2 * ID_TASK)
        return false;
    for (size_t i = 0; i < prefix.size; i++) {
        int value = digit(prefix.data[i]), shift = i % 2 == 0 ? 4 : 0;
        if (value < 0)
            return false;
        lowest->bytes[i / 2] |= (uint8_t)(value << shift);
        highest->bytes[i / 2] &= (uint8_t) ~((0xf ^ value) << shift);
    }
    return true;
}

/* Prepares the walk; SQLITE_DONE when nothing can be in the range. */
static int begin(struct walk *walk, const char *path, const struct archive_range *range)
{
    const bool by_task = range->prefix.size > 0;
    char text[160];
    int status;

    *walk = (struct walk){ 0 };
    if (!span(range->prefix, &walk->lowest, &walk->highest))
        return SQLITE_DONE;
    sqlite3_snprintf(sizeof(text), text,
                     "SELECT row, number FROM attempts WHERE %snumber < ?1%s"
                     " ORDER BY number DESC",
                     by_task ? "+" : "", /* + keeps SQLite to the other index */
                     by_task ? " AND task BETWEEN ?2 AND ?3" : "");
    walk->db = connect(path, &status);
    if (status == SQLITE_OK)
        status = prepare(walk->db, text, &walk->statement);
    if (status != SQLITE_OK)
        return status;
    sqlite3_bind_int64(walk->statement, 1, (sqlite3_int64)range->below);
    if (by_task) {
        sqlite3_bind_blob(walk->statement, 2, walk->lowest.bytes, ID_TASK,
                          SQLITE_STATIC);
        sqlite3_bind_blob(walk->statement, 3, walk->highest.bytes, ID_TASK,
                          SQLITE_STATIC);
    }
    return SQLITE_OK;
}

int archive_each(const char *path, const struct archive_range *range, archive_fn *fn,
                 void *arg, struct error *err)
{
    struct walk walk;
    int status = begin(&walk, path, range), result = 0;
    bool goes_on = true;

    if (status == SQLITE_OK)
        status = sqlite3_step(walk.statement);
    while (status == SQLITE_ROW && goes_on) {
        const void *row = sqlite3_column_blob(walk.statement, 0);
        size_t size = (size_t)sqlite3_column_bytes(walk.statement, 0);
        goes_on = fn(arg, (uint64_t)sqlite3_column_int64(walk.statement, 1),
                     slice_of(row, size));
        if (goes_on)
            status = sqlite3_step(walk.statement);
    }
    if (goes_on && status != SQLITE_DONE)
        result = set_error(path, walk.db, status, "read", err);
    sqlite3_finalize(walk.statement);
    sqlite3_close(walk.db);
    return result;
}
