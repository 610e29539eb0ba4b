#include "gallery/postgres.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/memory.h"
#include "gallery/postgres_server.h"

/* ---- transactions ---- */

/* Somebody may have made an index meanwhile, or removed it. */
#define POSTGRES_HAS_NEAR "SELECT to_regclass('likeness.near') IS NOT NULL"

static lk_status postgres_run_begin(lk_database *db, const char *text)
{
    lk_server *server = lk_server_of(db);
    LK_TRY(lk_server_make_way(db));
    PGresult *result = PQexec(server->connection, text);
    bool done = PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1;
    lk_status status = done ? LK_OK : lk_server_fail(db, result);
    if (done)
        db->near = *PQgetvalue(result, 0, 0) == 't';
    PQclear(result);
    return status;
}

/* The number tells readers that something has changed, and lets one writer in at a time: the
 * row is locked until the end. */
static lk_status postgres_begin(lk_database *db, bool to_write)
{
    lk_server *server = lk_server_of(db);
    const char *text = to_write
                           ? "BEGIN; UPDATE state SET number = number + 1; " POSTGRES_HAS_NEAR
                           : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; " POSTGRES_HAS_NEAR;
    lk_status status = postgres_run_begin(db, text);
    if (status == LK_ERROR_NETWORK) {
        LK_TRY(lk_server_reconnect(db));
        status = postgres_run_begin(db, text);
    }
    server->within = true;
    if (status != LK_OK)
        lk_database_rollback(db);
    return status;
}

static lk_status postgres_commit(lk_database *db)
{
    lk_server *server = lk_server_of(db);
    LK_TRY(lk_server_flush(db));
    PGresult *result = PQexec(server->connection, "COMMIT");
    bool done = PQresultStatus(result) == PGRES_COMMAND_OK &&
                strcmp(PQcmdStatus(result), "COMMIT") == 0; /* it may say ROLLBACK */
    lk_status status = done ? LK_OK : lk_server_fail(db, result);
    PQclear(result);
    if (done)
        server->within = false;
    lk_server_forget_rows(server);
    return status;
}

static void postgres_rollback(lk_database *db)
{
    lk_server *server = lk_server_of(db);
    lk_server_forget_rows(server);
    if (server->within && !lk_server_is_lost(db))
        PQclear(PQexec(server->connection, "ROLLBACK"));
    server->within = false;
}

/* ---- the whole ---- */

static lk_status postgres_version(lk_database *db, int64_t *out)
{
    return lk_query_whole(db, out, 0, "SELECT number FROM state", "");
}

static lk_status postgres_size(lk_database *db, uint64_t *out)
{
    int64_t bytes;
    LK_TRY(lk_query_whole(db, &bytes, 0,
                          "SELECT coalesce(sum(pg_total_relation_size(pg_class.oid)), 0)::bigint "
                          "FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace "
                          "WHERE nspname = 'likeness' AND relkind = 'r'",
                          ""));
    *out = (uint64_t)bytes;
    return LK_OK;
}

/* The server looks after its own structure. */
static lk_status postgres_check(lk_database *db, lk_database_tell_fn tell, void *user)
{
    int64_t version;
    LK_TRY(lk_query_whole(db, &version, -1, "SELECT version FROM state", ""));
    if (version < 1)
        tell(user, "it says no version");
    return LK_OK;
}

/* New files for all tables; each by itself, since that is no part of a transaction. */
static lk_status postgres_wipe(lk_database *db)
{
    static const char *const texts[] = {"VACUUM FULL person", "VACUUM FULL face",
                                        "VACUUM FULL exact", "VACUUM FULL coarse"};
    int64_t near;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        LK_TRY(lk_server_run(db, texts[i]));
    LK_TRY(lk_query_whole(db, &near, 0, POSTGRES_HAS_NEAR, ""));
    return near ? lk_server_run(db, "VACUUM FULL near") : LK_OK;
}

/* ---- opening ---- */

static void postgres_close(lk_database *db)
{
    lk_server *server = lk_server_of(db);
    lk_server_forget_rows(server);
    for (size_t i = 0; i < LK_SERVER_TABLES; i++) {
        lk_buffer_clear(&server->copies[i].bytes);
        free(server->numbers[i].numbers);
    }
    lk_server_free_results(server);
    PQfinish(server->connection);
    free(server->address);
    free(server);
    free(db->path);
}

static const lk_database_kind postgres_kind = {
    .close = postgres_close,
    .query = lk_server_query,
    .next = lk_server_next,
    .end = lk_server_end,
    .whole = lk_server_whole,
    .real = lk_server_real,
    .text = lk_server_text,
    .bytes = lk_server_bytes,
    .append = lk_server_append,
    .begin = postgres_begin,
    .commit = postgres_commit,
    .rollback = postgres_rollback,
    .version = postgres_version,
    .size = postgres_size,
    .check = postgres_check,
    .wipe = postgres_wipe,
    .near_make = lk_server_near_make,
    .near_finish = lk_server_near_finish,
    .near_drop = lk_server_near_drop,
    .near_add = lk_server_near_add,
    .near_size = lk_server_near_size,
    .near_rows = lk_server_near_rows,
    .exact_rows = lk_server_exact_rows,
    .remote = true,
};

static lk_status postgres_open_within(lk_database *db, const char *address,
                                      const lk_database_how *how)
{
    LK_TRY(lk_strdup(&lk_server_of(db)->address, address));
    LK_TRY(lk_server_name(&db->path, address));
    LK_TRY(lk_server_connect(db, false));
    lk_status status = lk_server_prepare(db, how);
    if (status != LK_ERROR_NETWORK)
        return status;
    LK_TRY(lk_server_reconnect(db)); /* it was stopped just now */
    return lk_server_prepare(db, how);
}

lk_status lk_postgres_open(lk_database *out, const char *address, const lk_database_how *how)
{
    lk_database db = {.kind = &postgres_kind, .wait = how->wait};
    LK_TRY(lk_alloc(&db.own, 1, sizeof(lk_server)));
    lk_status status = postgres_open_within(&db, address, how);
    if (status == LK_OK)
        *out = db;
    else
        postgres_close(&db);
    return status;
}
