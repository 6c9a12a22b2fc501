/* store_sqlite.c - one table `items(kind, key, value)` in a file of its own,
 * write-ahead log on.
 *
 * synchronous=NORMAL: a commit survives the death of the process, and of the machine up
 * to the last checkpoint, without an fsync in the loop. */
#include "daemon/head/store.h"

#include "daemon/head/pending.h"
#include "lib/base/arena.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/net/loop.h"

#include <sqlite3.h>
#include <stdlib.h>

enum statement { BEGIN, COMMIT, ROLLBACK, PUT, REMOVE, FIND, EACH, STATEMENTS };

static const char *const texts[STATEMENTS] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    [PUT] = "INSERT OR REPLACE INTO items(kind, key, value) VALUES(?1, ?2, ?3)",
    [REMOVE] = "DELETE FROM items WHERE kind = ?1 AND key = ?2",
    [FIND] = "SELECT key, value FROM items WHERE kind = ?1 AND key = ?2",
    [EACH] = "SELECT key, value FROM items WHERE kind = ?1 AND key >= ?2 ORDER BY key",
};

struct store {
    struct loop *loop;
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS];
    struct pending pending;
    struct loop_timer *again;
    bool failing, closed, commit_due;
};

enum { AGAIN_MS = 1000 };

static int prepare(struct store *store)
{
    int status = SQLITE_OK;

    for (int i = 0; i < STATEMENTS && status == SQLITE_OK; i++)
        status = sqlite3_prepare_v3(store->db, texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                                    &store->statements[i], NULL);
    return status;
}

/* Runs a statement that gives no rows. */
static int run(struct store *store, enum statement which)
{
    int status = sqlite3_step(store->statements[which]);

    sqlite3_reset(store->statements[which]);
    return status;
}

static void bind(struct store *store, enum statement which, struct slice table,
                 struct slice key)
{
    sqlite3_stmt *statement = store->statements[which];

    /* Out of memory is the one way to fail: the statement then fails, too. */
    sqlite3_bind_text(statement, 1, table.data, (int)table.size, SQLITE_STATIC);
    sqlite3_bind_blob(statement, 2, key.size > 0 ? key.data : "", (int)key.size,
                      SQLITE_STATIC);
}

static int write_one(struct store *store, const struct pending_write *write)
{
    enum statement which = write->is_removal ? REMOVE : PUT;
    int status;

    bind(store, which, write->table, write->key);
    if (which == PUT)
        sqlite3_bind_blob(store->statements[PUT], 3,
                          write->value_size > 0 ? write->value : "",
                          (int)write->value_size, SQLITE_STATIC);
    status = run(store, which);
    sqlite3_clear_bindings(store->statements[which]);
    return status;
}

/* All of them, or none. */
static int write_all(struct store *store, const struct pending *pending,
                     struct error *err)
{
    int status = run(store, BEGIN);
    struct map_node *node, *after;

    map_each(node, after, &pending->all)
        if (status == SQLITE_DONE)
            status = write_one(store, container_of(node, struct pending_write, node));
    if (status == SQLITE_DONE)
        status = run(store, COMMIT);
    if (status == SQLITE_DONE)
        return 0;
    fail(err, (status & 0xff) == SQLITE_FULL ? ERR_FULL : ERR_IO,
         "write the head's tables %s: %s", sqlite3_db_filename(store->db, "main"),
         sqlite3_errmsg(store->db));
    if (!sqlite3_get_autocommit(store->db)) /* it may have rolled back by itself */
        run(store, ROLLBACK);
    return -(int)err->code;
}

/* One line for a full disk, not one a write. */
static void note_failing(struct store *store, const struct error *err)
{
    if (!store->failing)
        log_error("store", "%s; the head goes on from memory and tries again",
                  err->text);
    store->failing = true;
    loop_timer_start(store->again, AGAIN_MS, 0);
}

int store_sync(struct store *store, struct error *err)
{
    struct error why;

    if (pending_is_empty(&store->pending))
        return 0;
    if (write_all(store, &store->pending, &why) != 0) {
        note_failing(store, &why);
        return error_copy(err, &why);
    }
    if (store->failing)
        log_info("store", "the head's tables are written again");
    store->failing = false;
    pending_clear(&store->pending);
    return 0;
}

static void on_again(void *arg)
{
    struct error err;

    store_sync(arg, &err); /* it has said what failed */
}

static void on_turn_over(void *arg)
{
    struct store *store = arg;

    store->commit_due = false;
    if (store->closed)
        free(store);
    else
        on_again(store);
}

static void commit_later(struct store *store)
{
    if (store->commit_due)
        return;
    store->commit_due = true;
    loop_defer(store->loop, on_turn_over, store);
}

void store_close(struct store *store)
{
    struct error err;

    if (store == NULL)
        return;
    store_sync(store, &err);
    pending_clear(&store->pending);
    loop_timer_destroy(store->again);
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(store->statements[i]);
    sqlite3_close(store->db);
    store->closed = true;
    if (!store->commit_due)
        free(store);
}

struct store *store_open(struct loop *loop, const char *path, struct error *err)
{
    struct store *store = xcalloc(1, sizeof(*store));
    int status = sqlite3_open_v2(
        path, &store->db,
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);

    store->loop = loop;
    store->again = loop_timer_create(loop, true, on_again, store);
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

void store_put(struct store *store, const char *table, struct slice key,
               struct slice value)
{
    pending_put(&store->pending, table, key, value);
    commit_later(store);
}

void store_remove(struct store *store, const char *table, struct slice key)
{
    pending_remove(&store->pending, table, key);
    commit_later(store);
}

int store_write(struct store *store, const char *table, struct slice key,
                struct slice value, struct error *err)
{
    struct pending one = { 0 };
    int status = store_sync(store, err);

    if (status != 0)
        return status;
    pending_put(&one, table, key, value);
    status = write_all(store, &one, err);
    pending_clear(&one);
    return status;
}

static struct slice column(sqlite3_stmt *statement, int index)
{
    const void *data = sqlite3_column_blob(statement, index);
    return slice_of(data, (size_t)sqlite3_column_bytes(statement, index));
}

bool store_find(struct store *store, const char *table, struct slice key, store_fn *fn,
                void *arg)
{
    const struct pending_write *write = pending_find(&store->pending, table, key);
    sqlite3_stmt *statement = store->statements[FIND];
    bool found;

    if (write != NULL) {
        if (!write->is_removal)
            fn(arg, key, slice_of(write->value, write->value_size));
        return !write->is_removal;
    }
    bind(store, FIND, slice(table), key);
    found = sqlite3_step(statement) == SQLITE_ROW;
    if (found)
        fn(arg, column(statement, 0), column(statement, 1));
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return found;
}

/* What is pending, between what is on disk. */
struct overlay {
    const struct pending_write **writes;
    size_t count, next;
    store_fn *fn;
    void *arg;
};

static void tell(const struct overlay *overlay, const struct pending_write *write)
{
    if (!write->is_removal)
        overlay->fn(overlay->arg, write->key,
                    slice_of(write->value, write->value_size));
}

/* Tells those before `key`; returns whether one is of that key itself. */
static bool overlay_up_to(struct overlay *overlay, struct slice key)
{
    while (overlay->next < overlay->count) {
        const struct pending_write *write = overlay->writes[overlay->next];
        int order = slice_compare(write->key, key);
        if (order > 0)
            return false;
        overlay->next++;
        tell(overlay, write);
        if (order == 0)
            return true;
    }
    return false;
}

void store_each(struct store *store, const char *table, struct slice prefix,
                store_fn *fn, void *arg)
{
    sqlite3_stmt *statement = store->statements[EACH];
    struct arena arena = { 0 };
    struct overlay overlay = { .fn = fn, .arg = arg };

    overlay.writes =
        pending_list(&store->pending, table, prefix, &arena, &overlay.count);
    bind(store, EACH, slice(table), prefix);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        struct slice key = column(statement, 0);
        if (!slice_starts(key, prefix))
            break;
        if (!overlay_up_to(&overlay, key))
            fn(arg, key, column(statement, 1));
    }
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    while (overlay.next < overlay.count)
        tell(&overlay, overlay.writes[overlay.next++]);
    arena_finish(&arena);
}
