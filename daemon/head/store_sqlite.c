/* store_sqlite.c - one table `items(kind, key, value)` in a file of its own,
 * write-ahead log on.
 *
 * synchronous=NORMAL: a commit survives the death of the process, and of the machine up
 * to the last checkpoint, without an fsync in the loop. */
#include "daemon/head/store.h"

#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/net/loop.h"

#include <sqlite3.h>
#include <stdlib.h>

enum statement { BEGIN, COMMIT, PUT, REMOVE, FIND, EACH, STATEMENTS };

static const char *const texts[STATEMENTS] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [PUT] = "INSERT OR REPLACE INTO items(kind, key, value) VALUES(?1, ?2, ?3)",
    [REMOVE] = "DELETE FROM items WHERE kind = ?1 AND key = ?2",
    [FIND] = "SELECT key, value FROM items WHERE kind = ?1 AND key = ?2",
    [EACH] = "SELECT key, value FROM items WHERE kind = ?1 AND key >= ?2 ORDER BY key",
};

struct store {
    struct loop *loop;
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS];
    bool in_transaction, failing, closed, commit_due;
};

static int prepare(struct store *store)
{
    int status = SQLITE_OK;

    for (int i = 0; i < STATEMENTS && status == SQLITE_OK; i++)
        status = sqlite3_prepare_v3(store->db, texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                                    &store->statements[i], NULL);
    return status;
}

struct store *store_open(struct loop *loop, const char *path, struct error *err)
{
    struct store *store = xcalloc(1, sizeof(*store));
    int status = sqlite3_open_v2(
        path, &store->db,
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);

    store->loop = loop;
    if (status == SQLITE_OK)
        status = sqlite3_exec(store->db,
                              "PRAGMA journal_mode=WAL;"
                              "PRAGMA synchronous=NORMAL;"
                              "PRAGMA busy_timeout=2000;"
                              "CREATE TABLE IF NOT EXISTS items(kind TEXT NOT NULL,"
                              " key BLOB NOT NULL, value BLOB NOT NULL,"
                              " PRIMARY KEY(kind, key)) WITHOUT ROWID;",
                              NULL, NULL, NULL);
    if (status == SQLITE_OK)
        status = prepare(store);
    if (status == SQLITE_OK)
        return store;
    fail(err, ERR_IO, "open the head's tables %s: %s", path,
         store->db != NULL ? sqlite3_errmsg(store->db) : sqlite3_errstr(status));
    store_close(store);
    return NULL;
}

/* Runs a statement that gives no rows. */
static bool run(struct store *store, enum statement which)
{
    sqlite3_stmt *statement = store->statements[which];
    int status = sqlite3_step(statement);

    sqlite3_reset(statement);
    if (status == SQLITE_DONE) {
        store->failing = false;
        return true;
    }
    if (!store->failing) /* one line for a full disk, not one a write */
        log_error("store", "%s failed: %s", texts[which], sqlite3_errmsg(store->db));
    store->failing = true;
    return false;
}

static void commit(struct store *store)
{
    if (store->in_transaction && run(store, COMMIT))
        store->in_transaction = false;
}

static void on_turn_over(void *arg)
{
    struct store *store = arg;

    store->commit_due = false;
    if (store->closed) {
        free(store);
        return;
    }
    commit(store);
}

static void begin(struct store *store)
{
    if (!store->in_transaction)
        store->in_transaction = run(store, BEGIN);
    if (store->commit_due)
        return;
    store->commit_due = true;
    loop_defer(store->loop, on_turn_over, store);
}

void store_close(struct store *store)
{
    if (store == NULL)
        return;
    commit(store);
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(store->statements[i]);
    sqlite3_close(store->db);
    store->closed = true;
    if (!store->commit_due)
        free(store);
}

static void bind(struct store *store, enum statement which, const char *table,
                 struct slice key)
{
    sqlite3_stmt *statement = store->statements[which];

    /* Out of memory is the one way to fail: the statement then fails, and is logged. */
    sqlite3_bind_text(statement, 1, table, -1, SQLITE_STATIC);
    sqlite3_bind_blob(statement, 2, key.size > 0 ? key.data : "", (int)key.size,
                      SQLITE_STATIC);
}

void store_put(struct store *store, const char *table, struct slice key,
               struct slice value)
{
    begin(store);
    bind(store, PUT, table, key);
    sqlite3_bind_blob(store->statements[PUT], 3, value.size > 0 ? value.data : "",
                      (int)value.size, SQLITE_STATIC);
    run(store, PUT);
    sqlite3_clear_bindings(store->statements[PUT]);
}

void store_remove(struct store *store, const char *table, struct slice key)
{
    begin(store);
    bind(store, REMOVE, table, key);
    run(store, REMOVE);
    sqlite3_clear_bindings(store->statements[REMOVE]);
}

static struct slice column(sqlite3_stmt *statement, int index)
{
    const void *data = sqlite3_column_blob(statement, index);
    return slice_of(data, (size_t)sqlite3_column_bytes(statement, index));
}

bool store_find(struct store *store, const char *table, struct slice key, store_fn *fn,
                void *arg)
{
    sqlite3_stmt *statement = store->statements[FIND];
    bool found;

    bind(store, FIND, table, key);
    found = sqlite3_step(statement) == SQLITE_ROW;
    if (found)
        fn(arg, column(statement, 0), column(statement, 1));
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return found;
}

void store_each(struct store *store, const char *table, struct slice prefix,
                store_fn *fn, void *arg)
{
    sqlite3_stmt *statement = store->statements[EACH];

    bind(store, EACH, table, prefix);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        struct slice key = column(statement, 0);
        if (!slice_starts(key, prefix))
            break;
        fn(arg, key, column(statement, 1));
    }
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
}
